"""The three budgets of Exact Online: calls a minute, calls a day, and errors an hour.

docs/exact-online.md, "Limits". The counts are in the store, so they survive a restart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exact_sandbox.http import HttpResponse

if TYPE_CHECKING:
    from exact_sandbox.state import SandboxState

TOO_MANY = HttpResponse(429)
_COUNTED_ERRORS = frozenset({400, 401, 403, 404})


def admit(state: SandboxState, division: int) -> HttpResponse | None:
    """Count a call of `division`; return the 429 to answer with where a budget is used up."""
    day, minute = (_spent(state, division, span) for span in ("day", "minute"))
    settings = state.settings
    if day >= settings.day_limit:
        return TOO_MANY.with_headers(headers(state, division))
    if minute >= settings.minute_limit:
        # Only the minutely ones are sent then, docs/exact-online.md, "Limits".
        return TOO_MANY.with_headers(_span_headers(state, division, "minute"))
    for span, count in (("day", day), ("minute", minute)):
        state.store.sql.execute(
            "REPLACE INTO calls VALUES (?, ?, ?, ?)",
            (division, span, _window(state, span), count + 1),
        )
    return None


def headers(state: SandboxState, division: int) -> dict[str, str]:
    """Return the six headers with the remaining calls; times are in ms since 1970."""
    return {**_span_headers(state, division, "day"), **_span_headers(state, division, "minute")}


def blocked(state: SandboxState, division: int, endpoint: str) -> bool:
    """Return True if too many errors have closed `endpoint` until the hour is over."""
    return _errors(state, division, endpoint)[1] > state.settings.error_limit


def note(state: SandboxState, division: int, endpoint: str, status: int) -> None:
    """Count an answer towards the error budget if its status is one that counts."""
    if status in _COUNTED_ERRORS:
        since, count = _errors(state, division, endpoint)
        state.store.sql.execute(
            "REPLACE INTO errors VALUES (?, ?, ?, ?)", (division, endpoint, since, count + 1)
        )


def _errors(state: SandboxState, division: int, endpoint: str) -> tuple[float, int]:
    now = state.clock.now()
    query = "SELECT since, count FROM errors WHERE division = ? AND endpoint = ?"
    row = state.store.sql.execute(query, (division, endpoint)).fetchone()
    if row is None or now - row[0] >= state.settings.error_seconds:
        return now, 0
    return row[0], row[1]


def _length(state: SandboxState, span: str) -> float:
    return state.settings.day_seconds if span == "day" else state.settings.minute_seconds


def _window(state: SandboxState, span: str) -> float:
    length = _length(state, span)
    return state.clock.now() // length * length


def _spent(state: SandboxState, division: int, span: str) -> int:
    query = "SELECT since, count FROM calls WHERE division = ? AND span = ?"
    row = state.store.sql.execute(query, (division, span)).fetchone()
    return row[1] if row and row[0] == _window(state, span) else 0


def _span_headers(state: SandboxState, division: int, span: str) -> dict[str, str]:
    limit = state.settings.day_limit if span == "day" else state.settings.minute_limit
    prefix = "X-RateLimit" if span == "day" else "X-RateLimit-Minutely"
    return {
        f"{prefix}-Limit": str(limit),
        f"{prefix}-Remaining": str(max(0, limit - _spent(state, division, span))),
        f"{prefix}-Reset": str(round((_window(state, span) + _length(state, span)) * 1000)),
    }
