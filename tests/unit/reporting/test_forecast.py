"""What carrying out a plan is said to cost."""

from __future__ import annotations

import pytest

from exact_import.exact.rate_window import CallBudget
from exact_import.reporting.forecast import Forecast, forecast, side_by_side

FRESH = CallBudget(day_limit=5000, day_remaining=5000, minute_limit=60)


@pytest.mark.parametrize(
    ("calls", "budget", "expected"),
    [
        (0, FRESH, Forecast(0, 0.0, 5000, 0, 0)),
        (30, FRESH, Forecast(30, 0.5, 5000, 1, 30)),
        (4750, FRESH, Forecast(4750, 79.2, 5000, 1, 4750)),
        (4751, FRESH, Forecast(4751, 79.2, 5000, 2, 4750)),
        (9501, FRESH, Forecast(9501, 158.3, 5000, 3, 4750)),
        # What remains of today goes first; the reserve is no part of it.
        (10, CallBudget(day_limit=5000, day_remaining=260), Forecast(10, 0.2, 260, 1, 10)),
        (11, CallBudget(day_limit=5000, day_remaining=260), Forecast(11, 0.2, 260, 2, 10)),
        (1, CallBudget(day_limit=5000, day_remaining=100), Forecast(1, 0.0, 100, 2, 0)),
        # What is left of this minute costs no waiting.
        (60, CallBudget(minute_limit=60, minute_remaining=60), Forecast(60, 0.0, None, 1, 60)),
        (160, CallBudget(minute_limit=60, minute_remaining=10), Forecast(160, 2.5, None, 1, 160)),
        # Another company's limits, and none that are known.
        (600, CallBudget(day_limit=1250, minute_limit=300), Forecast(600, 2.0, None, 1, 600)),
        (4751, None, Forecast(4751, 79.2, None, 2, 4750)),
        # A reserve larger than the day leaves one call a night.
        (3, CallBudget(day_limit=200, day_remaining=200), Forecast(3, 0.1, 200, 4, 0)),
    ],
)
def test_a_forecast_has_calls_minutes_and_nights(
    calls: int, budget: CallBudget | None, expected: Forecast
) -> None:
    assert forecast(calls, budget, reserve=250) == expected


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Forecast(30, 0.4, 5000, 1, 30), "less than a minute"),
        (Forecast(3944, 65.7, 5000, 1, 3944), "about 66 minutes"),
        (Forecast(9501, 158.3, 5000, 3, 4750), "3 days, 4,750 calls today"),
        (Forecast(9501, 158.3, 100, 4, 0), "4 days, none today"),
    ],
)
def test_how_long_in_a_few_words(found: Forecast, words: str) -> None:
    assert found.words == words


def test_companies_are_worked_on_side_by_side() -> None:
    parts = [Forecast(30, 0.5, 5000, 1, 30), Forecast(600, 10.0, 4000, 1, 600)]
    assert side_by_side(parts) == Forecast(630, 10.0, None, 1, 630)
    assert side_by_side([]) == Forecast(0, 0.0, None, 0, 0)
