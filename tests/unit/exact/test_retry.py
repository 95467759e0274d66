"""How long a request waits before it is sent again."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from exact_import.exact.errors import NotSent, Response, pause_before

NOW = 1_800_000_000.0
LOST = NotSent("it refuses the connection")


def unavailable(retry_after: str) -> Response:
    return Response(503, {"retry-after": retry_after}, b"")


@pytest.mark.parametrize(("failures", "longest"), [(1, 2), (2, 4), (3, 8), (4, 16)])
def test_the_pause_doubles_and_varies(failures: int, longest: float) -> None:
    pauses = [pause_before(failures, LOST, NOW) for _ in range(50)]
    assert all(pause is not None and longest / 2 <= pause <= longest for pause in pauses)
    assert len(set(pauses)) > 1


def test_the_fifth_failure_is_the_last() -> None:
    assert pause_before(5, LOST, NOW) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), (" 120 ", 120), (formatdate(NOW + 45, usegmt=True), 45), ("300", 300)],
)
def test_the_server_may_ask_for_more(text: str, seconds: float) -> None:
    assert pause_before(1, unavailable(text), NOW) == seconds


@pytest.mark.parametrize("text", ["301", formatdate(NOW + 3600, usegmt=True)])
def test_what_takes_longer_than_five_minutes_is_left_for_another_run(text: str) -> None:
    assert pause_before(1, unavailable(text), NOW) is None


@pytest.mark.parametrize(
    "text", ["", "soon", "-5", "1.5", "1" * 12, "²", formatdate(NOW - 60, usegmt=True)]
)
def test_an_odd_or_past_time_asks_for_nothing(text: str) -> None:
    pause = pause_before(1, unavailable(text), NOW)
    assert pause is not None
    assert 1 <= pause <= 2
