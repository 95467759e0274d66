"""The minute and the day of one division, from the headers of answers alone."""

from __future__ import annotations

from exact_import.exact.errors import Response
from exact_import.exact.rate_window import CallBudget, RateWindow

NOON = 1_800_014_400.0  # a whole minute, and 12:00:00 UTC
MIDNIGHT = 1_800_057_600.0


def answer(left: int, *, minute: float = NOON + 60, day: int = 4000, status: int = 200) -> Response:
    return Response(
        status,
        {
            "x-ratelimit-limit": "5000",
            "x-ratelimit-remaining": str(day),
            "x-ratelimit-reset": f"{MIDNIGHT:.0f}000",
            "x-ratelimit-minutely-limit": "60",
            "x-ratelimit-minutely-remaining": str(left),
            "x-ratelimit-minutely-reset": f"{minute:.0f}000",
        },
        b"",
    )


def test_nothing_is_known_before_an_answer() -> None:
    window = RateWindow(CallBudget())
    assert window.minute_free(NOON)
    assert window.day_left(NOON) is None
    assert not window.learned


def test_an_answer_gives_the_numbers_of_the_minute_and_the_day() -> None:
    window = RateWindow(CallBudget())
    assert not window.learn(answer(1), now=NOON + 5, server_now=NOON + 5)
    assert window.learned
    assert window.minute_free(NOON + 5)
    assert window.day_left(NOON + 5) == 4000
    assert window.budget == CallBudget(5000, 4000, MIDNIGHT, 60, 1, NOON + 60)


def test_a_minute_without_calls_left_is_over_at_its_reset() -> None:
    window = RateWindow(CallBudget())
    assert window.learn(answer(0, status=429), now=NOON + 5, server_now=NOON + 5)
    assert not window.minute_free(NOON + 59)
    assert window.minute_over(NOON + 59) == NOON + 60
    assert window.minute_free(NOON + 60)


def test_a_clock_that_is_off_does_not_move_the_end_of_the_minute() -> None:
    window = RateWindow(CallBudget())
    window.learn(answer(0), now=NOON - 300, server_now=NOON + 20)
    assert window.minute_over(NOON - 300) == NOON - 300 + 40


def test_a_call_without_an_answer_counts() -> None:
    window = RateWindow(CallBudget())
    window.learn(answer(2), now=NOON, server_now=NOON)
    window.unanswered()
    assert window.minute_free(NOON + 1)
    window.unanswered()
    assert not window.minute_free(NOON + 1)


def test_a_new_minute_lost_without_answers_ends_after_a_minute() -> None:
    window = RateWindow(CallBudget())
    window.learn(answer(0), now=NOON, server_now=NOON)
    assert window.minute_free(NOON + 60)
    for _ in range(60):
        window.unanswered()
    assert not window.minute_free(NOON + 61)
    assert window.minute_over(NOON + 61) == NOON + 121


def test_the_server_corrects_a_count_that_others_share() -> None:
    window = RateWindow(CallBudget())
    window.learn(answer(30), now=NOON, server_now=NOON)
    window.learn(answer(0), now=NOON + 1, server_now=NOON + 1)
    assert not window.minute_free(NOON + 2)


def test_a_day_of_another_date_is_not_known() -> None:
    window = RateWindow(CallBudget(day_limit=5000, day_remaining=0, day_reset=MIDNIGHT))
    assert window.day_left(MIDNIGHT - 1) == 0
    assert window.day_left(MIDNIGHT) is None
    assert window.day_left(MIDNIGHT - 26 * 3600) is None
