"""How many calls may be made, and when: the minute, the day, and the errors.

The numbers come from the headers of answers, per division (docs/exact-online.md, "Limits"). The
calls of a minute are made as fast as the server allows, then the rest of the minute is waited for.
A used-up day ends the run. Errors stop the run long before they lock the user's key.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import math
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from exact_import.errors import ExactImportError, LoginError, TemporaryError
from exact_import.exact.clock import Clock, Interrupted, ServerTime
from exact_import.exact.errors import COUNTED_ERRORS, Response, ServiceError
from exact_import.exact.rate_window import USUAL_DAY, CallBudget, RateWindow, number_in

if TYPE_CHECKING:
    from exact_import.store.journal import Journal

log = logging.getLogger(__name__)

OnWait = Callable[[float, str], None]

HOUR = 3600.0
# Exact Online locks the key after ten errors an hour; we stop before the fifth.
MOST_ERRORS = 4
# Of all errors, also those that a renewal fixed: no further error is risked after this many.
MOST_SEEN = 9
# Answers 429 without numbers: how many in a row, and the longest pause after one, in seconds.
MOST_REFUSALS = 8
_LONGEST_PAUSE = 60.0
_SAVE_AGE = 30.0


class DailyLimitReached(TemporaryError):
    """The day's calls are used up."""


class RateLimit:
    """Keeps calls, made one at a time, within the limits of each division.

    The errors counted and the last known budgets are kept in `journal`. `reserve` calls of the day
    are left to other programs; with `wait`, a run waits for the next day instead of ending;
    `on_wait(seconds, why)` is called for every wait; setting `stop` ends any wait with
    `Interrupted`.
    """

    def __init__(
        self,
        journal: Journal,
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
        self._journal = journal
        self._reserve = reserve
        self._wait = wait
        self._on_wait = on_wait
        self._divisions: dict[int, RateWindow] = {}
        self._saved: dict[int, float] = {}
        self._left_alone: dict[tuple[int, str], tuple[float, ExactImportError]] = {}
        self._announced = 0.0

    def acquire(self, division: int, endpoint: str) -> None:
        """Wait until a call may be made; hand its answer to `record`.

        Raises `DailyLimitReached`, `ServiceError` (or what it was stopped by) where the endpoint
        has to be left alone, `TemporaryError` after too many answers 429 in a row, and
        `Interrupted`.
        """
        while True:
            self._check(division, endpoint)
            if self._window(division).refusals > MOST_REFUSALS:
                raise TemporaryError(
                    f"Exact Online has answered {MOST_REFUSALS + 1} times: too many calls "
                    "(HTTP 429).",
                    "Another program may be using up the calls, or the key may be blocked for an "
                    "hour after too many errors. Run again later.",
                )
            until, why = self._busy_until(division, self._window(division))
            if not why:
                return
            self.pause(until - self.clock.now(), why)

    def record(self, division: int, endpoint: str, answer: Response | None) -> None:
        """Update from the answer to a call; None if none came."""
        now = self.clock.now()
        window = self._window(division)
        if answer is None:
            window.unanswered()
            return
        self.server.observe(answer.headers)
        explained = window.learn(answer, now=now, server_now=self.server.now())
        if answer.status == 401:
            # Whether it was an error of ours shows only when the login has been renewed.
            self.note_error(division, f"{endpoint} 401 seen", 401)
        elif answer.status in COUNTED_ERRORS:
            self.note_error(division, endpoint, answer.status)
        if now - self._saved.get(division, -math.inf) >= _SAVE_AGE:
            self._save(division, window)
        if answer.status == 429:
            self._refused(window, answer, explained=explained)
        else:
            window.refusals = 0

    def note_error(self, division: int, endpoint: str, status: int) -> None:
        """Count an error answer, for this process and for others."""
        self._journal.note_error(division, endpoint, status, self.clock.now())

    def note_rejected(self, division: int, endpoint: str) -> None:
        """Count the two 401s of a token that no renewal could fix."""
        for _ in range(2):
            self.note_error(division, f"{endpoint} 401", 401)

    def errors(self, division: int, endpoint: str) -> int:
        """Return how many error answers were counted in the last hour, by all processes."""
        return self._journal.errors_since(division, endpoint, self.clock.now() - HOUR)

    def remember(self, division: int, endpoint: str, wrong: str) -> None:
        """Store a description of the last call that failed, for all processes."""
        self._journal.note(f"wrong {division} {endpoint}", wrong)

    def leave_alone(self, division: int, endpoint: str, error: ExactImportError) -> None:
        """Send nothing more to an endpoint for an hour; calls raise `error`."""
        self._left_alone[division, endpoint] = (self.clock.now() + HOUR, error)

    def budget(self, division: int) -> CallBudget | None:
        """Return a division's budget by the last answer; None before any gave numbers."""
        budget = self._window(division).budget
        return None if budget == CallBudget() else budget

    def raise_if_stopped(self) -> None:
        """Raise `Interrupted` when `stop` is set."""
        if self.stop.is_set():
            raise Interrupted

    def pause(self, seconds: float, why: str) -> None:
        """Wait, at most a minute at a time, calling `on_wait` once for each wait.

        Raises `Interrupted` when stopped.
        """
        until = self.clock.now() + seconds
        if seconds >= 1 and until > self._announced + 1:
            self._announced = until
            log.info("Waiting %.0f s: %s", seconds, why)
            if self._on_wait:
                self._on_wait(seconds, why)
        # In pieces: a clock that is set, or a computer that sleeps, must not add hours.
        self.clock.sleep(min(seconds, 60.0), self.stop)
        self.raise_if_stopped()

    def wait_out(self, seconds: float, why: str) -> None:
        """Wait all of `seconds`, otherwise like `pause`."""
        ends = self.clock.monotonic() + seconds
        while (left := ends - self.clock.monotonic()) > 0:
            self.pause(left, why)

    # What a call waits for

    def _check(self, division: int, endpoint: str) -> None:
        self.raise_if_stopped()
        refused = self.errors(division, endpoint)
        rejected = self.errors(division, f"{endpoint} 401")
        if refused or rejected:
            # Exact Online also counts the 401s that a renewal fixed.
            seen = refused + self.errors(division, f"{endpoint} 401 seen")
            if refused + rejected >= MOST_ERRORS or seen >= MOST_SEEN:
                raise self._too_many(division, endpoint, refused, rejected)
        until, error = self._left_alone.get((division, endpoint), (0.0, None))
        if error is not None and self.clock.now() < until:
            raise error

    def _too_many(
        self, division: int, endpoint: str, refused: int, rejected: int
    ) -> ExactImportError:
        advice = (
            "After ten such errors Exact Online blocks the app for an hour, so nothing more is "
            "sent there for now. "
        )
        if rejected > refused:
            return LoginError(
                f"Exact Online has rejected the login {rejected} times in the last hour (HTTP 401, "
                f"on {endpoint}).",
                f"{advice}Run `exact-import login`, and run this again in an hour.",
            )
        wrong = self._journal.fact(f"wrong {division} {endpoint}", HOUR)
        last = f" (the last: {wrong})" if wrong else ""
        return ServiceError(
            f"Exact Online answered {refused} requests for {endpoint} with an error in the last "
            f"hour{last}.",
            f"{advice}Fix what was wrong, and run this again in an hour.",
            endpoint=endpoint,
        )

    def _busy_until(self, division: int, window: RateWindow) -> tuple[float, str]:
        """Return until when (local time) to wait and why; no reason means go."""
        now = self.clock.now()
        day = window.day_left(self.server.now())
        if day is not None and day <= self._reserve:
            return self._day_spent(division, window, day)
        if now < window.blocked_until:
            return window.blocked_until, "Exact Online, which answered: too many calls"
        if window.minute_free(now):
            return 0.0, ""
        limit = window.budget.minute_limit
        return window.minute_over(now), f"Exact Online's limit of {limit} calls a minute"

    def _day_spent(self, division: int, window: RateWindow, left: int) -> tuple[float, str]:
        reset = window.budget.day_reset or 0.0
        returns = datetime.fromtimestamp(reset, UTC)
        why = f"Exact Online's limit of {window.budget.day_limit or USUAL_DAY:,} calls a day"
        if self._wait:
            return reset - (self.server.ahead or 0.0) + 1, why
        self._save(division, window)
        limit = f"{window.budget.day_limit} " if window.budget.day_limit else ""
        but = f" except for {left}, which `reserve` keeps for other programs" if left > 0 else ""
        raise DailyLimitReached(
            f"The day's {limit}calls to Exact Online for division {division} are used up{but}.",
            f"They return on {returns:%Y-%m-%d} at {returns:%H:%M} UTC "
            f"({returns.astimezone():%H:%M} here). Run again then, or use --wait.",
        )

    def _refused(self, window: RateWindow, answer: Response, *, explained: bool) -> None:
        window.refusals += 1
        if not explained:
            longest = min(5.0 * 2 ** (window.refusals - 1), _LONGEST_PAUSE)
            asked = min(number_in(answer, "retry-after") or 0, HOUR)
            window.blocked_until = self.clock.now() + max(longest, asked)

    # What is remembered between runs

    def _window(self, division: int) -> RateWindow:
        if division not in self._divisions:
            budget = CallBudget()
            # After an hour, one call may check whether it is still true.
            with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
                known = json.loads(self._journal.fact(f"budget {division}") or "{}")
                if 0 <= self.clock.now() - known["at"] < HOUR:
                    budget = CallBudget(
                        day_limit=int(known["day_limit"]),
                        day_remaining=int(known["day_remaining"]),
                        day_reset=float(known["day_reset"]),
                    )
            self._divisions[division] = RateWindow(budget)
        return self._divisions[division]

    def _save(self, division: int, window: RateWindow) -> None:
        if window.learned:
            self._saved[division] = now = self.clock.now()
            numbers = dataclasses.asdict(window.budget).items()
            known = {name: number for name, number in numbers if number is not None}
            with self._journal.lazy():
                self._journal.note(f"budget {division}", json.dumps({**known, "at": now}))
