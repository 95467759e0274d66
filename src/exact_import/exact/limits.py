"""How many calls may be made, and when: the minute, the day, and the errors.

The numbers come from the headers of answers, per division (docs/exact-online.md, "Limits"). The
minute is spent as fast as the server allows, then waited out; the day ends the run; errors are
stopped long before they lock the user's key.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from exact_import.exact.clock import Clock, Interrupted, ServerTime
from exact_import.exact.errors import COUNTED_ERRORS, Answer, ExactStop
from exact_import.problems import TryLater

__all__ = [
    "Budget",
    "Clock",
    "DaySpent",
    "Interrupted",
    "LimitStore",
    "Limiter",
    "MemoryLimitStore",
    "Ticket",
]

log = logging.getLogger(__name__)

OnWait = Callable[[float, str], None]

HOUR = 3600.0
# Exact Online locks the key after ten errors an hour; we stop before the fifth.
MOST_ERRORS = 4
# Answers 429 that say nothing more: this often, and at most this long between two, in seconds.
MOST_REFUSALS = 8
_LONGEST_PATIENCE = 60.0
# What another process counted is asked again after so many seconds.
_COUNT_AGE = 5.0
_SAVE_AGE = 30.0
# Reset times are never trusted beyond a day and an hour.
_DAY = 25 * HOUR


class DaySpent(TryLater):
    """The day's calls are used up; they return at `returns_at` (UTC)."""

    def __init__(self, message: str, advice: str, returns_at: datetime) -> None:
        super().__init__(message, advice)
        self.returns_at = returns_at


class LimitStore(Protocol):
    """What outlives a process: errors counted, and the last known budgets."""

    def note_error(self, division: int, endpoint: str, status: int, at: float) -> None:
        """Remember an answer with an error `status`, at `at` epoch seconds."""

    def errors_since(self, division: int, endpoint: str, since: float) -> int:
        """Return how many errors were noted after `since` epoch seconds."""

    def save_budget(self, division: int, budget: Mapping[str, int | float]) -> None:
        """Remember the last known budget of a division."""

    def load_budget(self, division: int) -> Mapping[str, int | float] | None:
        """Return what was saved last; None where nothing was."""


class MemoryLimitStore:
    """A `LimitStore` that lives as long as the process."""

    def __init__(self) -> None:
        self._errors: list[tuple[int, str, int, float]] = []
        self._budgets: dict[int, dict[str, int | float]] = {}

    def note_error(self, division: int, endpoint: str, status: int, at: float) -> None:
        """Remember one error."""
        self._errors.append((division, endpoint, status, at))

    def errors_since(self, division: int, endpoint: str, since: float) -> int:
        """Count the errors of an endpoint after `since`."""
        return sum(
            (one, other) == (division, endpoint) and at > since
            for one, other, _, at in self._errors
        )

    def save_budget(self, division: int, budget: Mapping[str, int | float]) -> None:
        """Remember a budget."""
        self._budgets[division] = dict(budget)

    def load_budget(self, division: int) -> Mapping[str, int | float] | None:
        """Return the budget that was saved last."""
        return self._budgets.get(division)


@dataclass(frozen=True, slots=True)
class Budget:
    """The calls of one division: limits, what remains, and the resets in epoch seconds (UTC).

    None where the server has not said it.
    """

    day_limit: int | None = None
    day_remaining: int | None = None
    day_reset: float | None = None
    minute_limit: int | None = None
    minute_remaining: int | None = None
    minute_reset: float | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave to make one call; hand it back with the answer."""

    division: int
    endpoint: str
    window: int


class _Window:
    """One division's minute and day, as far as the answers have told."""

    def __init__(self) -> None:
        self.budget = Budget()
        self.in_flight = 0
        self.heard = False
        self.window = 0  # counts the minute windows we have entered
        self.minute_left: int | None = None
        self.minute_over = math.inf  # local time by which the window has surely ended
        self.minute_seen = 0.0
        self.too_early = 0
        self.refusals = 0
        self.blocked_until = 0.0
        self.saved_at = -math.inf


class Limiter:
    """Keeps all threads of a process within the limits of each division.

    `reserve` calls of the day are left to other programs; with `wait` an exhausted day is slept
    through instead of ending the run; `on_wait(seconds, why)` hears of every wait; setting
    `stop` ends any wait with `Interrupted`.
    """

    def __init__(
        self,
        store: LimitStore,
        *,
        reserve: int = 250,
        wait: bool = False,
        on_wait: OnWait | None = None,
        stop: threading.Event | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.stop = stop or threading.Event()
        self.server = ServerTime(self.clock)
        self._store = store
        self._reserve = reserve
        self._wait = wait
        self._on_wait = on_wait
        self._change = threading.Condition()
        self._divisions: dict[int, _Window] = {}
        self._errors: dict[tuple[int, str], tuple[int, float]] = {}
        self._left_alone: dict[tuple[int, str], tuple[float, str]] = {}
        self._announced = 0.0

    def before(self, division: int, endpoint: str) -> Ticket:
        """Wait until a call may be made, and count it as under way.

        Raises `DaySpent`, `TryLater` after too many bare 429s, `ExactStop` where the endpoint has
        to be left alone, and `Interrupted`.
        """
        while True:
            with self._change:
                self._check(division, endpoint)
                state = self._state(division)
                until, why = self._busy_until(division, state)
                if not why:
                    state.in_flight += 1
                    return Ticket(division, endpoint, state.window)
                if not until:
                    self._change.wait(0.5)
                    continue
            self.pause(until - self.clock.now(), why)

    def after(self, ticket: Ticket, answer: Answer | None) -> None:
        """Learn from the answer to the call of `ticket`; None where none came."""
        with self._change:
            state = self._state(ticket.division)
            state.in_flight -= 1
            self._change.notify_all()
            if answer is None:
                if state.minute_left is not None:
                    state.minute_left -= 1
                return
            self.server.observe(answer.headers)
            state.heard = True
            self._learn_day(state, answer)
            told = self._learn_minute(state, ticket, answer)
            if answer.status == 429:
                self._refused(state, answer, told=told)
            else:
                state.refusals = 0
            if answer.status in COUNTED_ERRORS:
                self._note(ticket.division, ticket.endpoint, answer.status)
            self._save(ticket.division, state)

    def observe(self, answer: Answer) -> None:
        """Learn the server's time from an answer that counts towards no limit."""
        with self._change:
            self.server.observe(answer.headers)

    def raise_if_stopped(self) -> None:
        """Raise `Interrupted` when `stop` is set."""
        if self.stop.is_set():
            raise Interrupted

    def leave_alone(self, division: int, endpoint: str, why: str) -> None:
        """Send nothing more to an endpoint for an hour."""
        with self._change:
            self._left_alone[division, endpoint] = (self.clock.now() + HOUR, why)

    def budget(self, division: int) -> Budget | None:
        """Return what the server last said of a division's budget; None before it said any."""
        with self._change:
            budget = self._state(division).budget
        return None if budget == Budget() else budget

    def pause(self, seconds: float, why: str) -> None:
        """Wait, telling `on_wait` once of each wait; raise `Interrupted` when stopped."""
        until = self.clock.now() + seconds
        if seconds >= 1 and until > self._announced + 1:
            self._announced = until
            log.info("Waiting %.0f s: %s", seconds, why)
            if self._on_wait:
                self._on_wait(seconds, why)
        # In pieces: a clock that is set, or a computer that sleeps, must not add hours.
        self.clock.sleep(min(seconds, 60.0), self.stop)
        if self.stop.is_set():
            raise Interrupted

    # What holds a call back

    def _check(self, division: int, endpoint: str) -> None:
        self.raise_if_stopped()
        now = self.clock.now()
        until, why = self._left_alone.get((division, endpoint), (0.0, ""))
        count, counted = self._errors.get((division, endpoint), (0, -math.inf))
        if now - counted > _COUNT_AGE:
            count = self._store.errors_since(division, endpoint, now - HOUR)
            self._errors[division, endpoint] = (count, now)
        if count >= MOST_ERRORS:
            raise ExactStop(
                f"{count} calls to {endpoint} were answered with an error in the last hour.",
                "Exact Online locks the key after ten, so nothing more is sent there for now; "
                "see the log for what was wrong, mend it, and run again in an hour.",
                endpoint=endpoint,
            )
        if now < until:
            raise ExactStop(why, "It is left alone for an hour.", endpoint=endpoint)

    def _busy_until(self, division: int, state: _Window) -> tuple[float, str]:
        """Return until when (local time) to wait and why; no reason means go.

        A reason without a time means: until a call under way has been answered.
        """
        flying = (0.0, "calls are under way")
        now = self.clock.now()
        if state.in_flight and not state.heard:
            return flying
        day = self._day_left(state)
        if day is not None and day - state.in_flight <= self._reserve:
            if state.in_flight and day > self._reserve:
                return flying
            return self._day_spent(division, state, day)
        if now < state.blocked_until:
            return state.blocked_until, "Exact Online says: too many calls"
        if state.minute_left is None:
            return 0.0, ""
        if now >= state.minute_over:
            state.window += 1
            state.minute_left = state.budget.minute_limit or 1
            state.minute_over = math.inf
        if state.minute_left > state.in_flight:
            return 0.0, ""
        if state.in_flight:
            return flying
        if state.minute_over == math.inf:
            # Every call of this window was lost without an answer: a minute ends it.
            state.minute_over = now + 60
        return state.minute_over, f"the {state.budget.minute_limit} calls of this minute are used"

    def _day_left(self, state: _Window) -> int | None:
        reset = state.budget.day_reset
        if reset is None or not 0 < reset - self.server.now() <= _DAY:
            return None
        return state.budget.day_remaining

    def _day_spent(self, division: int, state: _Window, left: int) -> tuple[float, str]:
        reset = state.budget.day_reset or 0.0
        returns = datetime.fromtimestamp(reset, UTC)
        here = returns.astimezone().strftime("%H:%M")
        limit = state.budget.day_limit
        why = f"the day's calls for division {division} are used up until {returns:%H:%M} UTC"
        if self._wait:
            return reset - (self.server.ahead or 0.0) + 1, why
        kept = f"; {left} are left, which `reserve` keeps for other programs" if left > 0 else ""
        self._save(division, state, at_once=True)
        raise DaySpent(
            f"The day's {limit or ''} calls to Exact Online for division {division} are used "
            f"up{kept}.",
            f"They return on {returns:%Y-%m-%d at %H:%M} UTC ({here} here). Run again then, or "
            "use --wait.",
            returns,
        )

    # What answers teach

    def _learn_day(self, state: _Window, answer: Answer) -> None:
        limit = _number(answer, "x-ratelimit-limit")
        left = _number(answer, "x-ratelimit-remaining")
        if left is None:
            return
        reset = _number(answer, "x-ratelimit-reset")
        ends = reset / 1000 if reset else (self.server.now() // 86400 + 1) * 86400
        known = state.budget
        if ends == known.day_reset and known.day_remaining is not None:
            left = min(left, known.day_remaining)
        elif known.day_reset is not None and ends < known.day_reset:
            return
        state.budget = dataclasses.replace(
            known, day_limit=limit or known.day_limit, day_remaining=left, day_reset=ends
        )

    def _learn_minute(self, state: _Window, ticket: Ticket, answer: Answer) -> bool:
        """Take over the minute's numbers; True where they explain a 429."""
        limit = _number(answer, "x-ratelimit-minutely-limit")
        left = _number(answer, "x-ratelimit-minutely-remaining")
        if left is None:
            if state.minute_left is not None:
                state.minute_left -= 1
            return False
        now, server_now = self.clock.now(), self.server.now()
        reset = _number(answer, "x-ratelimit-minutely-reset")
        ends = reset / 1000 if reset else (server_now // 60 + 1) * 60
        known = state.budget.minute_reset
        if known is not None and ends < known:
            return left == 0
        if ends == known:
            if ticket.window < state.window:
                return left == 0
            if state.minute_over == math.inf:
                # We took the window for over, and it was not: the clocks disagree.
                state.too_early += 1
                state.minute_left = left
                state.minute_over = now + min(2.0**state.too_early, _LONGEST_PATIENCE)
            else:
                left = min(left, state.minute_left if state.minute_left is not None else left)
        else:
            state.minute_seen = now
            state.minute_over = math.inf
            state.too_early = 0
        state.minute_left = left
        if not state.too_early:
            # A window lasts a minute, so it ends a minute after its first answer at the latest,
            # whatever the clocks say.
            latest = state.minute_seen + 60
            plausible = 0 < ends - server_now <= 61
            state.minute_over = min(latest, now + ends - server_now) if plausible else latest
        state.budget = dataclasses.replace(
            state.budget,
            minute_limit=limit or state.budget.minute_limit,
            minute_remaining=left,
            minute_reset=ends,
        )
        return left == 0

    def _refused(self, state: _Window, answer: Answer, *, told: bool) -> None:
        state.refusals += 1
        if state.refusals > MOST_REFUSALS:
            raise TryLater(
                f"Exact Online has answered {state.refusals} times: too many calls (HTTP 429).",
                "Another program may be using up the calls, or the key may be blocked for an "
                "hour after too many errors. Run again later.",
            )
        day = self._day_left(state)
        if day is not None and day <= 0:
            return
        if not told:
            patience = min(5.0 * 2 ** (state.refusals - 1), _LONGEST_PATIENCE)
            after = _number(answer, "retry-after")
            state.blocked_until = self.clock.now() + max(patience, min(after or 0, HOUR))

    def _note(self, division: int, endpoint: str, status: int) -> None:
        now = self.clock.now()
        self._store.note_error(division, endpoint, status, now)
        count = self._store.errors_since(division, endpoint, now - HOUR)
        self._errors[division, endpoint] = (count, now)

    # What is remembered between runs

    def _state(self, division: int) -> _Window:
        if division not in self._divisions:
            state = self._divisions[division] = _Window()
            known = self._store.load_budget(division) or {}
            # An hour later it is worth one call to hear whether it still holds.
            if 0 <= self.clock.now() - known.get("at", 0) < HOUR:
                with contextlib.suppress(KeyError):
                    state.budget = Budget(
                        day_limit=int(known["day_limit"]),
                        day_remaining=int(known["day_remaining"]),
                        day_reset=known["day_reset"],
                    )
        return self._divisions[division]

    def _save(self, division: int, state: _Window, *, at_once: bool = False) -> None:
        now = self.clock.now()
        if state.heard and (at_once or now - state.saved_at >= _SAVE_AGE):
            state.saved_at = now
            numbers = {
                name: number
                for name, number in dataclasses.asdict(state.budget).items()
                if number is not None
            }
            self._store.save_budget(division, {**numbers, "at": now})


def _number(answer: Answer, header: str) -> int | None:
    """Return a header as a number that is not negative; None where it is absent or odd."""
    text = answer.headers.get(header, "").strip()
    return int(text) if text.isascii() and text.isdigit() else None
