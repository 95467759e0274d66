"""What a plan would cost, and whether it changes more than the settings allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exact_import.config.settings import Settings
from exact_import.errors import NotApplied
from exact_import.importing.load import KINDS
from exact_import.reporting.report import Forecast

if TYPE_CHECKING:
    from exact_import.exact.rate_window import CallBudget
    from exact_import.planning.plan import Plan
    from exact_import.store.mirror import Mirror


def forecast(calls: int, budget: CallBudget | None, reserve: int) -> Forecast:
    """Return how long `calls` take, with `reserve` calls of each day left to others.

    Without a `budget`, which an answer of Exact Online tells, its usual limits apply.
    """
    a_minute = budget.minute_limit if budget and budget.minute_limit else 60
    a_day = budget.day_limit if budget and budget.day_limit else 5000
    left = budget.day_remaining if budget else None
    usable = max(1, a_day - reserve)
    today = usable if left is None else max(0, left - reserve)
    nights = 0 if calls == 0 else 1 + max(0, -(-(calls - today) // usable))
    return Forecast(calls, round(calls / a_minute, 1), left, nights)


def guard(plan: Plan, settings: Settings, mirror: Mirror) -> None:
    """Raise NotApplied where `plan` goes past max_updates or max_creates."""
    if settings.force:
        return
    for action, limit in (("update", settings.max_updates), ("create", settings.max_creates)):
        for kind in KINDS if limit is not None else ():
            # The people of a new company come with it.
            count = sum(
                change.kind == kind
                and change.action == action
                and (change.account is None or change.account.action != "create")
                for change in plan.changes()
            )
            if limit is not None and not limit.allows(count, mirror.count(kind)):
                raise NotApplied(
                    f"Nothing was sent: the plan would {action} {count} {kind}s, more than "
                    f"max_{action}s = {limit.text} allows.",
                    "If that is right, run again with --force.",
                )
