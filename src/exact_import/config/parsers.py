"""The settings of [import] by name, each with what reads its text.

A reader returns the value, or raises ValueError with what was expected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from exact_import.config.settings import Safeguard
from exact_import.text import suggest

if TYPE_CHECKING:
    from exact_import.fields import RecordKind


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.casefold() not in words:
            raise ValueError(f"expected {' or '.join(word or 'nothing' for word in words)}")
        return text.casefold()

    return read


def _whole(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise ValueError("expected a whole number") from None
    if number < 0:
        raise ValueError("expected a number that is not negative")
    return number


def _division(text: str) -> int | str:
    return text if "{" in text else _whole(text)


def _seconds(text: str) -> float:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        raise ValueError("expected a number") from None
    if not 0 <= number < 1e9:
        raise ValueError("expected a number that is not negative")
    return number


def _timeout(text: str) -> float:
    seconds = _seconds(text)
    if not 0.1 <= seconds <= 86_400:
        raise ValueError("expected seconds, from 0.1 to 86400")
    return seconds


def _flag(text: str) -> bool:
    return _one_of("yes", "no", "true", "false", "1", "0", "on", "off")(text) in (
        "yes",
        "true",
        "1",
        "on",
    )


def _keys(kind: RecordKind) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        keys = [[part.strip() for part in key.split("+")] for key in text.split(",")]
        if not all(part for key in keys for part in key):
            raise ValueError("expected fields separated by commas, such as Code, VATNumber")
        return tuple("+".join(_field(kind, part) for part in key) for key in keys)

    return read


def _field(kind: RecordKind, name: str) -> str:
    from exact_import.fields import catalogue, find_field  # only where it is set

    field = find_field(kind, name)
    if field is None:
        hint = did_you_mean(name, catalogue(kind))
        raise ValueError(f"an {kind} has no field {name}{hint}".replace("an contact", "a contact"))
    return field.name


def did_you_mean(word: str, known: Iterable[str], *, likeness: float = 0.6) -> str:
    """Return what a message adds about the one of `known` that is near `word`, "" if none is."""
    meant = suggest(word, known, likeness=likeness)
    return f" (did you mean {meant}?)" if meant else ""


def _country(text: str) -> str:
    from exact_import.values.countries import country_code  # only where it is set

    code = country_code(text)
    if code is None:
        raise ValueError("expected the code of a country, such as BE")
    return code


def _safeguard(text: str) -> Safeguard:
    percent = text.endswith("%")
    return Safeguard(text, _seconds(text.rstrip("% ")), percent)


def _status(text: str) -> str:
    if text.upper() not in ("A", "C", "P", "S"):
        raise ValueError("expected C (customer), P (prospect), S (suspect) or A (none of these)")
    return text.upper()


READERS: dict[str, Callable[[str], Any]] = {
    "division": _division,
    "delimiter": str,
    "encoding": str,
    "mode": _one_of("upsert", "create", "update"),
    "limit": _whole,
    "strict": _flag,
    "retry": _flag,
    "recreate": _flag,
    "force": _flag,
    "wait": _flag,
    "match_account": _keys("account"),
    "match_contact": _keys("contact"),
    "new_account_status": _status,
    "blank": _one_of("keep", "clear"),
    "reserve": _whole,
    "settle_after": _seconds,
    "connect_timeout": _timeout,
    "read_timeout": _timeout,
    "country": _country,
    "date_order": _one_of("dmy", "mdy", "ymd"),
    "decimal": _one_of(",", "."),
    "max_updates": _safeguard,
    "max_creates": _safeguard,
    "reread_after_days": _seconds,
    "keep_runs": _seconds,
    "watch_rest": _seconds,
    "watch_poll": _seconds,
    "watch_try_every": _seconds,
}
