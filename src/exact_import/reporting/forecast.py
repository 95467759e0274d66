"""How long sending takes: one estimate for plan, question, progress and summary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from exact_import.exact.rate_window import USUAL_DAY, USUAL_MINUTE, CallBudget
from exact_import.text import counted

_HOURS_FROM = 90.0  # minutes


@dataclass(frozen=True, slots=True)
class Forecast:
    """What `calls` take: minutes in all, and nights if one day's calls are not enough.

    `left_today` are the calls that Exact Online still allows today, None if that is not known;
    `today` are those of `calls` that can be made today.
    """

    calls: int
    minutes: float
    left_today: int | None
    nights: int
    today: int = 0

    @property
    def duration(self) -> str:
        """The duration at the allowed rate."""
        return duration(self.minutes)

    @property
    def words(self) -> str:
        """The duration in a few words, with days."""
        if self.nights <= 1:
            return self.duration
        today = f"{counted(self.today, 'call')} today" if self.today else "none today"
        return f"{self.nights} days, {today}"


def forecast(calls: int, budget: CallBudget | None, reserve: int) -> Forecast:
    """Return how long `calls` take, with `reserve` calls of each day left to other programs.

    The calls left in this minute cost no waiting. Without a `budget`, which an answer of Exact
    Online gives, its usual limits apply.
    """
    a_minute = budget.minute_limit if budget and budget.minute_limit else USUAL_MINUTE
    now = budget.minute_remaining if budget and budget.minute_remaining else 0
    a_day = budget.day_limit if budget and budget.day_limit else USUAL_DAY
    left = budget.day_remaining if budget else None
    usable = max(1, a_day - reserve)
    today = usable if left is None else max(0, left - reserve)
    nights = 0 if calls == 0 else 1 + max(0, -(-(calls - today) // usable))
    minutes = round(max(0, calls - now) / a_minute, 1)
    return Forecast(calls, minutes, left, nights, min(calls, today))


def side_by_side(parts: Iterable[Forecast]) -> Forecast:
    """Return the forecast for several companies that run at the same time.

    Each company has its own limits, so the slowest one decides.
    """
    found = list(parts)
    return Forecast(
        sum(part.calls for part in found),
        max((part.minutes for part in found), default=0.0),
        None,
        max((part.nights for part in found), default=0),
        sum(part.today for part in found),
    )


def duration(minutes: float) -> str:
    """Return a number of minutes in words: "about 25 minutes", "about 2 hours 40 minutes"."""
    if minutes < 1:
        return "less than a minute"
    if minutes < 1.5:
        return "about a minute"
    if minutes < _HOURS_FROM:
        return f"about {minutes:.0f} minutes"
    hours, rest = divmod(round(minutes / 10) * 10, 60)
    return f"about {counted(hours, 'hour')}" + (f" {rest} minutes" if rest else "")
