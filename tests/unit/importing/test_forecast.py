"""What carrying out a plan is said to cost."""

from __future__ import annotations

import pytest

from exact_import.exact.rate_window import CallBudget
from exact_import.importing.pipeline import forecast
from exact_import.reporting.report import Forecast

FRESH = CallBudget(day_limit=5000, day_remaining=5000, minute_limit=60)


@pytest.mark.parametrize(
    ("calls", "budget", "expected"),
    [
        (0, FRESH, Forecast(0, 0.0, 5000, 0)),
        (30, FRESH, Forecast(30, 0.5, 5000, 1)),
        (4750, FRESH, Forecast(4750, 79.2, 5000, 1)),
        (4751, FRESH, Forecast(4751, 79.2, 5000, 2)),
        (9501, FRESH, Forecast(9501, 158.3, 5000, 3)),
        # What remains of today goes first; the reserve is no part of it.
        (10, CallBudget(day_limit=5000, day_remaining=260), Forecast(10, 0.2, 260, 1)),
        (11, CallBudget(day_limit=5000, day_remaining=260), Forecast(11, 0.2, 260, 2)),
        (1, CallBudget(day_limit=5000, day_remaining=100), Forecast(1, 0.0, 100, 2)),
        # Another company's limits, and none that are known.
        (600, CallBudget(day_limit=1250, minute_limit=300), Forecast(600, 2.0, None, 1)),
        (4751, None, Forecast(4751, 79.2, None, 2)),
        # A reserve larger than the day leaves one call a night.
        (3, CallBudget(day_limit=200, day_remaining=200), Forecast(3, 0.1, 200, 4)),
    ],
)
def test_a_forecast_has_calls_minutes_and_nights(
    calls: int, budget: CallBudget | None, expected: Forecast
) -> None:
    assert forecast(calls, budget, reserve=250) == expected
