"""The minute and the day of one division, by the headers of answers and no clock of its own."""

from __future__ import annotations

import pytest

from exact_import.exact.errors import Response
from exact_import.exact.rate_window import CallBudget, RateWindow, number_in

NOW = 1_800_000_000.0  # a whole minute: 08:00:00 UTC
MIDNIGHT = (NOW // 86400 + 1) * 86400


def answer(status: int = 200, **headers: object) -> Response:
    """Return an answer with headers of limits: `minutely_remaining` and so on."""
    names = {f"x-ratelimit-{name.replace('_', '-')}": str(text) for name, text in headers.items()}
    return Response(status, names, b"")


def minute(left: int, ends: float = NOW + 60, limit: int = 60) -> Response:
    return answer(
        minutely_limit=limit, minutely_remaining=left, minutely_reset=f"{ends * 1000:.0f}"
    )


def learned(*answers: Response, now: float = NOW, ahead: float = 0.0) -> RateWindow:
    window = RateWindow(CallBudget())
    for one in answers:
        window.learn(one, now=now, server_now=now + ahead)
    return window


def test_before_any_answer_nothing_is_known_and_nothing_is_held_back() -> None:
    window = RateWindow(CallBudget())
    assert window.minute_free(NOW)
    assert window.day_left(NOW) is None
    window.unanswered()
    assert window.minute_free(NOW)


def test_a_minute_that_is_spent_is_waited_out_and_the_next_is_full() -> None:
    window = learned(minute(1))
    assert window.minute_free(NOW)
    window.learn(minute(0), now=NOW + 20, server_now=NOW + 20)
    assert not window.minute_free(NOW + 59)
    assert window.minute_over(NOW + 59) == NOW + 60
    assert window.minute_free(NOW + 60)
    for _ in range(60):
        assert window.minute_free(NOW + 61)
        window.unanswered()
    assert not window.minute_free(NOW + 61)
    # All of its calls were lost, so nothing says when it ends: a minute from now.
    assert window.minute_over(NOW + 61) == NOW + 121


@pytest.mark.parametrize("ahead", [-3600.0, -37.3, 0.5, 60.0, 3600.0])
def test_clocks_that_differ_hold_nothing_back_for_more_than_a_minute(ahead: float) -> None:
    server = NOW + ahead
    ends = (server // 60 + 1) * 60
    window = learned(minute(0, ends), ahead=ahead)
    assert NOW < window.minute_over(NOW) <= NOW + 60
    # By our own clock alone, if the server's time is not known.
    unknown = learned(minute(0, ends))
    assert NOW < unknown.minute_over(NOW) <= NOW + 60


def test_a_window_that_lasts_longer_than_its_header_says_is_tried_ever_less_often() -> None:
    window = learned(minute(0))
    now, pauses = NOW, []
    for _ in range(8):
        until = window.minute_over(now)
        pauses.append(until - now)
        now = until
        assert window.minute_free(now)
        window.learn(minute(0), now=now, server_now=now)
    assert pauses == [60, 2, 4, 8, 16, 32, 60, 60]


def test_the_day_ends_at_its_reset_else_at_midnight_utc() -> None:
    with_reset = learned(answer(limit=5000, remaining=7, reset=f"{(NOW + 600) * 1000:.0f}"))
    assert with_reset.budget == CallBudget(day_limit=5000, day_remaining=7, day_reset=NOW + 600)
    assert with_reset.day_left(NOW + 599) == 7
    assert with_reset.day_left(NOW + 600) is None
    without_reset = learned(answer(remaining=7))
    assert without_reset.budget.day_reset == MIDNIGHT


def test_an_answer_of_yesterday_changes_nothing() -> None:
    window = learned(answer(remaining=7, reset=f"{MIDNIGHT * 1000:.0f}"))
    window.learn(
        answer(remaining=4000, reset=f"{(MIDNIGHT - 86400) * 1000:.0f}"), now=NOW, server_now=NOW
    )
    assert window.day_left(NOW) == 7


def test_a_reset_in_a_distant_future_is_not_believed() -> None:
    window = learned(answer(remaining=0, reset=f"{(NOW + 10**9) * 1000:.0f}"))
    assert window.day_left(NOW) is None


def test_a_429_is_explained_by_the_limit_that_is_used_up() -> None:
    window = RateWindow(CallBudget())
    assert window.learn(minute(0), now=NOW, server_now=NOW)
    assert not window.learn(minute(3, NOW + 120), now=NOW + 60, server_now=NOW + 60)
    assert not window.learn(answer(429), now=NOW + 60, server_now=NOW + 60)
    assert window.learn(answer(429, remaining=0), now=NOW + 60, server_now=NOW + 60)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("60", 60),
        (" 0 ", 0),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("²", None),
        ("9" * 19, None),
    ],
)
def test_odd_headers_are_no_numbers(text: str, number: int | None) -> None:
    assert number_in(Response(200, {"x": text}, b""), "x") == number
