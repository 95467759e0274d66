"""One division's calls: its minute and its day, by the headers of answers.

Pure bookkeeping, given the time with every answer (docs/exact-online.md, "Limits"). The windows
are the clock minute and the UTC day of the *server*, whose clock need not be ours. Calls are made
one at a time, so an answer always belongs to the window that its call was made in.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from exact_import.exact.errors import Response

# Reset times are never trusted beyond a day and an hour, in seconds.
_DAY = 25 * 3600.0
_LONGEST_PAUSE = 60.0
# Calls in a minute and in a day if the server does not send its limits: Exact Online's usual ones.
USUAL_MINUTE, USUAL_DAY = 60, 5000


@dataclass(frozen=True, slots=True)
class CallBudget:
    """The calls of one division: limits, what remains, and the resets in epoch seconds (UTC).

    None if the server has not given it.
    """

    day_limit: int | None = None
    day_remaining: int | None = None
    day_reset: float | None = None
    minute_limit: int | None = None
    minute_remaining: int | None = None
    minute_reset: float | None = None


class RateWindow:
    """The state of one division. Times called `now` are local, others the server's.

    `learned` is False until the server itself has given numbers; `budget` may be an earlier
    process's until then. `refusals` counts answers 429 in a row.
    """

    def __init__(self, budget: CallBudget) -> None:
        self.budget = budget
        self.learned = False
        self.refusals = 0
        self.blocked_until = 0.0
        # Until the first answer, a minute begins with its first call and has the usual limit.
        self._assumed = True
        self._left: int | None = None
        self._over = math.inf  # local time by which the minute window has ended for certain
        self._first_answer = 0.0
        self._too_early = 0

    def day_left(self, server_now: float) -> int | None:
        """Return the calls left today; None if that is not known."""
        reset = self.budget.day_reset
        if reset is None or not 0 < reset - server_now <= _DAY:
            return None
        return self.budget.day_remaining

    def minute_free(self, now: float) -> bool:
        """Return True if one more call fits in this minute, entering the next if this is over."""
        if self._left is None or (now >= self._over and self._assumed):
            self._left, self._over = USUAL_MINUTE, now + 60
        elif now >= self._over:
            self._left = self.budget.minute_limit or 1
            self._over = math.inf
        return self._left > 0

    def minute_over(self, now: float) -> float:
        """Return the local time at which to try again."""
        if self._over == math.inf:
            # Every call of this window was lost without an answer: a minute ends it.
            self._over = now + 60
        return self._over

    def unanswered(self) -> None:
        """Count a call that may have reached the server, though no numbers came back."""
        if self._left is not None:
            self._left -= 1

    def learn(self, answer: Response, *, now: float, server_now: float) -> bool:
        """Take over the limits in an answer.

        Returns True if they explain a 429.
        """
        self._learn_day(answer, server_now)
        explained = self._learn_minute(answer, now, server_now)
        return explained or self.day_left(server_now) == 0

    def _learn_day(self, answer: Response, server_now: float) -> None:
        limit = number_in(answer, "x-ratelimit-limit")
        left = number_in(answer, "x-ratelimit-remaining")
        if left is None:
            return
        reset = number_in(answer, "x-ratelimit-reset")
        ends = reset / 1000 if reset else (server_now // 86400 + 1) * 86400
        if ends - server_now > _DAY:
            return  # impossible, so the known values stay
        known = self.budget
        if known.day_reset is not None and ends < known.day_reset:
            return
        self.learned = True
        self.budget = dataclasses.replace(
            known, day_limit=limit or known.day_limit, day_remaining=left, day_reset=ends
        )

    def _learn_minute(self, answer: Response, now: float, server_now: float) -> bool:
        limit = number_in(answer, "x-ratelimit-minutely-limit")
        left = number_in(answer, "x-ratelimit-minutely-remaining")
        if left is None:
            self.unanswered()
            return False
        reset = number_in(answer, "x-ratelimit-minutely-reset")
        ends = reset / 1000 if reset else 0.0
        if not reset or ends - server_now > _DAY:
            ends = (server_now // 60 + 1) * 60
        known = self.budget.minute_reset
        if known is not None and ends < known:
            self.unanswered()  # an end in the past: only the count can be trusted
            return left == 0
        if ends != known:
            self._first_answer = now
            self._too_early = 0
        elif self._over == math.inf:
            # The window was not over as assumed: the clocks disagree.
            self._too_early += 1
        self.learned = True
        self._assumed = False
        self._left = left
        self._over = now + self._rest(ends - server_now, now)
        self.budget = dataclasses.replace(
            self.budget,
            minute_limit=limit or self.budget.minute_limit,
            minute_remaining=left,
            minute_reset=ends,
        )
        return left == 0

    def _rest(self, by_the_server: float, now: float) -> float:
        """Return how many seconds this minute window lasts at most."""
        if self._too_early:
            return min(2.0**self._too_early, _LONGEST_PAUSE)
        # It ends a minute after its first answer at the latest, whatever the clocks say.
        longest = max(0.0, self._first_answer + 60 - now)
        return min(longest, by_the_server) if 0 < by_the_server <= 61 else longest


def number_in(answer: Response, header: str) -> int | None:
    """Return a header as a number that is not negative; None if it is absent or odd."""
    text = answer.headers.get(header, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
