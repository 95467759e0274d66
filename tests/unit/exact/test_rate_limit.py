"""What a call waits for, with a clock whose sleeps take no time."""

from __future__ import annotations

import threading

import pytest

from exact_import.errors import LoginError, TemporaryError
from exact_import.exact.clock import Interrupted
from exact_import.exact.errors import Response, ServiceError
from exact_import.exact.rate_limit import DailyLimitReached, RateLimit
from memory_journal import memory_journal
from tls_double import FastClock

START = 1_800_000_000.0  # a whole minute: 08:00:00 UTC
ACCOUNTS = "crm/Accounts"


@pytest.fixture(name="clock")
def _clock() -> FastClock:
    return FastClock(START)


def limit(clock: FastClock, **options: object) -> RateLimit:
    return RateLimit(memory_journal(), clock=clock, **{"reserve": 0, **options})  # type: ignore[arg-type] # of one test


def day(left: int) -> Response:
    ends = (START // 86400 + 1) * 86400
    names = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": str(left)}
    return Response(200, {**names, "x-ratelimit-reset": f"{ends * 1000:.0f}"}, b"")


def call(limiter: RateLimit, answer: Response | None) -> None:
    limiter.acquire(1, ACCOUNTS)
    limiter.record(1, ACCOUNTS, answer)


def test_a_reserve_of_the_day_is_left_to_others(clock: FastClock) -> None:
    limiter = limit(clock, reserve=250)
    call(limiter, day(251))
    call(limiter, day(250))
    with pytest.raises(DailyLimitReached) as reached:
        limiter.acquire(1, ACCOUNTS)
    assert "at 00:00 UTC" in reached.value.advice
    limiter.acquire(2, ACCOUNTS)  # another company has calls of its own
    assert clock.sleeps == []


def test_an_exhausted_day_may_be_slept_through(clock: FastClock) -> None:
    waits: list[float] = []
    limiter = limit(clock, wait=True, on_wait=lambda seconds, _: waits.append(seconds))
    call(limiter, day(0))
    limiter.acquire(1, ACCOUNTS)
    assert clock.now() >= (START // 86400 + 1) * 86400
    assert max(clock.sleeps) == 60, "in pieces, for a clock may be set meanwhile"
    assert len(waits) == 1, "it is said once"


def test_a_stop_ends_a_wait(clock: FastClock) -> None:
    stop = threading.Event()
    limiter = limit(clock, wait=True, stop=stop, on_wait=lambda *_: stop.set())
    call(limiter, day(0))
    with pytest.raises(Interrupted):
        limiter.acquire(1, ACCOUNTS)


def test_answers_429_are_waited_for_ever_longer_and_then_no_more(clock: FastClock) -> None:
    limiter, too_many = limit(clock), Response(429, {}, b"")
    for _ in range(8):
        call(limiter, too_many)
    with pytest.raises(TemporaryError):
        call(limiter, too_many)
    assert clock.sleeps == sorted(clock.sleeps)
    assert len(clock.sleeps) == 8


def test_four_errors_in_an_hour_stop_an_endpoint_and_no_other(clock: FastClock) -> None:
    limiter = limit(clock)
    for _ in range(4):
        call(limiter, Response(404, {}, b""))
    limiter.remember(1, ACCOUNTS, "GET crm/Accounts, HTTP 404")
    with pytest.raises(ServiceError, match="the last: GET crm/Accounts, HTTP 404"):
        limiter.acquire(1, ACCOUNTS)
    limiter.acquire(1, "crm/Contacts")
    clock.skipped += 3601
    limiter.acquire(1, ACCOUNTS)


def test_refusals_of_records_are_no_errors(clock: FastClock) -> None:
    limiter = limit(clock)
    for _ in range(20):
        call(limiter, Response(500, {}, b""))


def test_rejected_logins_are_a_matter_of_logging_in(clock: FastClock) -> None:
    limiter = limit(clock)
    for _ in range(2):
        limiter.note_rejected(1, ACCOUNTS)
    with pytest.raises(LoginError, match="4 times"):
        limiter.acquire(1, ACCOUNTS)


def test_an_endpoint_that_is_left_alone_raises_what_it_was_left_for(clock: FastClock) -> None:
    limiter = limit(clock)
    limiter.leave_alone(1, ACCOUNTS, ServiceError("Something is wrong."))
    with pytest.raises(ServiceError, match="Something is wrong"):
        limiter.acquire(1, ACCOUNTS)
    clock.skipped += 3601
    limiter.acquire(1, ACCOUNTS)
