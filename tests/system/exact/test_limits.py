"""The minute, the day and the errors: spent fully, never overrun, remembered."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from depth import thinned
from double_client import START, call, connected
from exact_import.errors import ExitStatus, TemporaryError
from exact_import.exact.clock import Clock, Interrupted
from exact_import.exact.errors import NotFound, OutcomeUnknown, Response, ServiceError
from exact_import.exact.rate_limit import DailyLimitReached, RateLimit
from exact_import.exact.rate_window import CallBudget
from memory_journal import memory_journal
from tls_double import DIVISION, Double, FastClock, Reply, Seen


@pytest.fixture
def clock(double: Double) -> FastClock:
    clock = FastClock(START)
    double.clock = clock.now
    double.issued_at = START
    double.life = 10**7
    return clock


@pytest.mark.parametrize("skew", thinned([0.0, 0.7, 60.0, -60.0, 37.3, -37.3, 3600.0]))
def test_the_minute_is_spent_to_the_full_and_never_overrun(
    ini: Callable[..., Path], double: Double, clock: FastClock, skew: float
) -> None:
    double.minute_limit, double.skew = 60, skew
    waits: list[tuple[float, str]] = []
    exact = connected(
        ini(access_expiry=None), clock, on_wait=lambda seconds, why: waits.append((seconds, why))
    )
    clock.skipped += 20.5

    def respond(_: Seen) -> Reply | None:
        clock.skipped += 0.2
        return None

    double.respond = respond
    for _ in range(600):
        call(exact)
    assert double.overruns == 0
    assert exact.calls.reads == 600
    # As many as fit into what was left of the first minute, then sixty in each; a second is lost
    # to every `Date`, which counts whole ones.
    rest = 60 - (20.5 + skew) % 60
    full = -(-(600 - min(60, int(rest / 0.2) + 1)) // 60)
    assert clock.skipped - 20.5 <= rest + (full - 1) * 60 + 60 * 0.2 + full
    assert len(waits) in {full - 1, full}
    assert all(0 < seconds <= 60 for seconds, _ in waits)
    assert waits[0][1] == "Exact Online's limit of 60 calls a minute"


def test_numbers_are_the_servers_own(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    double.minute_limit, double.day_limit = 100, 9000
    exact = connected(ini(access_expiry=None), clock)
    assert exact.budget() is None
    for _ in range(150):
        call(exact)
    assert double.overruns == 0
    assert len(clock.sleeps) == 1
    assert exact.budget() == CallBudget(
        day_limit=9000,
        day_remaining=8850,
        day_reset=(START // 86400 + 1) * 86400,
        minute_limit=100,
        minute_remaining=50,
        minute_reset=START + 120,
    )


def test_threads_together_never_overrun_the_minute(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    double.minute_limit = 7
    exact = connected(ini(access_expiry=None), clock)
    under_way = most = 0

    def respond(_: Seen) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        double.lock.release()
        threading.Event().wait(0.001)
        double.lock.acquire()
        under_way -= 1

    double.respond = respond
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: call(exact), range(120)))
    assert double.overruns == 0
    assert len(double.seen) == 120
    # They take turns: one call at a time, over one connection.
    assert (most, double.connections) == (1, 1)


def test_a_server_that_tells_nothing_is_called_60_times_a_minute_all_the_same(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    exact = connected(ini(access_expiry=None), clock)
    for _ in range(200):
        call(exact)
    assert clock.sleeps == [60, 60, 60]


def test_odd_headers_are_passed_over(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    odd = {
        "X-RateLimit-Limit": "many",
        "X-RateLimit-Remaining": "-1",
        "X-RateLimit-Reset": "9" * 40,
        "X-RateLimit-Minutely-Remaining": "²",
        "Date": "yesterday",
    }
    double.respond = lambda _: Reply(200, b'{"d": {"results": []}}', dict(odd))
    exact = connected(ini(access_expiry=None), clock)
    for _ in range(3):
        call(exact)
    assert clock.sleeps == []
    assert exact.budget() is None


def test_a_bare_429_is_waited_out_with_growing_patience(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    double.respond = lambda _: Reply(429) if len(double.seen) <= 4 else None
    exact = connected(ini(access_expiry=None), clock)
    call(exact)
    assert clock.sleeps == [5, 10, 20, 40]
    assert exact.calls.reads == 5


def test_a_429_to_a_post_may_have_been_carried_out(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    double.respond = lambda _: Reply(429) if len(double.seen) == 1 else None
    exact = connected(ini(access_expiry=None), clock)
    with pytest.raises(OutcomeUnknown):
        exact.create("account", {"Name": "x"})
    assert len(double.seen) == 1
    call(exact)  # what is asked next waits all the same
    assert clock.sleeps == [5]


def test_patience_with_429_ends(ini: Callable[..., Path], double: Double, clock: FastClock) -> None:
    double.respond = lambda _: Reply(429)
    exact = connected(ini(access_expiry=None), clock)
    with pytest.raises(TemporaryError, match="9 times: too many calls") as caught:
        call(exact)
    assert caught.value.exit_status == ExitStatus.TRY_LATER
    assert len(double.seen) == 9


def test_retry_after_is_obeyed(ini: Callable[..., Path], double: Double, clock: FastClock) -> None:
    double.respond = lambda _: (
        Reply(429, b"", {"Retry-After": "130"}) if len(double.seen) == 1 else None
    )
    call(connected(ini(access_expiry=None), clock))
    assert sum(clock.sleeps) == 130


def test_a_429_of_the_minute_waits_for_the_reset(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    """Another program has used the minute up before our first call."""
    double.minute_limit, double.minute_used, double.minute = 60, 60, START // 60
    clock.skipped = 10.0
    call(connected(ini(access_expiry=None), clock))
    assert (len(double.seen), double.overruns) == (2, 1)
    assert 49 < sum(clock.sleeps) <= 51


@pytest.mark.parametrize("behind", [20, 60, 100])
def test_resets_of_another_clock_than_the_date_are_survived(
    ini: Callable[..., Path], double: Double, clock: FastClock, behind: int
) -> None:
    """The window ends later than its header says, as has been reported."""
    double.minute_limit = 60
    double.skew = -behind

    def respond(seen: Seen) -> Reply | None:
        reply = double.ordinary(seen)
        reply.headers["Date"] = "Fri, 15 Jan 2027 08:00:00 GMT"
        del reply.headers["X-RateLimit-Minutely-Reset"]
        return reply

    double.respond = respond
    exact = connected(ini(access_expiry=None), clock)
    for _ in range(200):
        call(exact)
    assert double.overruns <= 12
    assert clock.skipped < 20 * 60


def test_the_day_ends_with_a_reserve_for_others(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    double.minute_limit, double.day_limit, double.day_used = 60, 5000, 4740
    store = memory_journal()
    path = ini(access_expiry=None)
    exact = connected(path, clock, store)
    for _ in range(10):
        call(exact)
    with pytest.raises(DailyLimitReached) as caught:
        call(exact)
    assert len(double.seen) == 10
    assert caught.value.exit_status == ExitStatus.TRY_LATER
    assert "5000 calls" in str(caught.value)
    assert "used up except for 250, which `reserve` keeps" in str(caught.value)
    assert "2027-01-16 at 00:00 UTC" in str(caught.value)
    assert "at 00:00 UTC" in caught.value.advice
    # The next process knows without asking, an hour later it asks once.
    with pytest.raises(DailyLimitReached):
        call(connected(path, clock, store))
    assert len(double.seen) == 10
    call(connected(path, clock, store, reserve=100))
    assert len(double.seen) == 11
    clock.skipped += 3700
    asking = connected(path, clock, store)
    call(asking)
    with pytest.raises(DailyLimitReached):
        call(asking)
    assert len(double.seen) == 12
    # The next day all is well.
    clock.skipped += 86400
    call(connected(path, clock, store))


def test_a_day_that_others_used_up(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    double.minute_limit, double.day_used = 60, 5000
    with pytest.raises(DailyLimitReached):
        call(connected(ini(access_expiry=None), clock))
    assert len(double.seen) == 1
    assert clock.sleeps == []


def test_threads_together_leave_the_reserve(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    double.minute_limit, double.day_limit = 10_000, 300
    exact = connected(ini(access_expiry=None), clock, reserve=250)
    with ThreadPoolExecutor(8) as pool:
        made = [pool.submit(call, exact) for _ in range(100)]
    assert sum(one.exception() is None for one in made) == 50
    assert {type(one.exception()) for one in made} == {type(None), DailyLimitReached}
    assert double.day_used == 50


class _Answers:
    """Answers 404 to writes."""

    def __call__(self, seen: Seen) -> Reply | None:
        return Reply(404) if seen.method == "PUT" else None


def test_errors_end_the_run_long_before_the_key_is_locked(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    double.respond = _Answers()
    store = memory_journal()
    path = ini(access_expiry=None)
    anyone = "00000000-0000-4000-8000-000000000000"
    for _ in range(2):  # counted across processes
        exact = connected(path, clock, store)
        for _ in range(2):
            with pytest.raises(NotFound):
                exact.update("account", anyone, {"Name": "x"})
            clock.skipped += 60
    exact = connected(path, clock, store)
    with pytest.raises(ServiceError, match=r"the last: PUT, HTTP 404\)"):
        exact.update("account", anyone, {"Name": "x"})
    for method in (exact.update, lambda *_: call(exact)):
        with pytest.raises(
            ServiceError, match="answered 4 requests for crm/Accounts with an error"
        ) as caught:
            method("account", anyone, {"Name": "x"})
    assert caught.value.exit_status == ExitStatus.FAULT
    assert len(double.seen) == 4
    # Another endpoint, and another hour, are another matter.
    with pytest.raises(NotFound):
        exact.update("contact", anyone, {"LastName": "x"})
    clock.skipped += 3600
    call(connected(path, clock, store))


def test_what_another_process_counts_is_seen_within_seconds(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    store = memory_journal()
    exact = connected(ini(access_expiry=None), clock, store)
    call(exact)
    for _ in range(4):
        store.note_error(DIVISION, "crm/Accounts", 400, clock.now())
    clock.skipped += 6
    with pytest.raises(ServiceError):
        call(exact)


def test_refusals_of_records_are_no_errors(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    double.respond = lambda seen: Reply(500, b"{}") if seen.method == "POST" else None
    exact = connected(ini(access_expiry=None), clock)
    for _ in range(20):
        with pytest.raises(Exception, match="Exact Online is not available"):
            exact.create("account", {"Name": "x"})
    assert len(double.seen) == 20


def test_a_wait_can_be_interrupted(ini: Callable[..., Path], double: Double) -> None:
    """With the real clock: the limit is used up for a minute, and somebody presses Ctrl-C."""
    double.minute_limit = 1
    double.life = 10**7
    stop = threading.Event()
    waits: list[float] = []

    def on_wait(seconds: float, _: str) -> None:
        waits.append(seconds)
        threading.Timer(0.1, stop.set).start()

    exact = connected(ini(access_expiry=None), Clock(), stop=stop, on_wait=on_wait)

    def call_often() -> None:
        for _ in range(3):  # a minute may begin between two of them
            call(exact)

    with pytest.raises(Interrupted):
        call_often()
    assert waits
    sent = len(double.seen)
    assert sent in (1, 2)
    with pytest.raises(Interrupted):
        exact.create("account", {"Name": "x"})
    assert len(double.seen) == sent


def test_divisions_have_budgets_of_their_own() -> None:
    clock = FastClock(START)
    limiter = RateLimit(memory_journal(), clock=clock, reserve=0)
    spent = {
        "x-ratelimit-minutely-limit": "60",
        "x-ratelimit-minutely-remaining": "0",
        "x-ratelimit-minutely-reset": f"{START + 60:.0f}000",
    }
    for division, headers in ((1, spent), (2, {}), (2, {})):
        limiter.acquire(division, "crm/Accounts")
        limiter.record(division, "crm/Accounts", Response(200, headers, b""))
    assert clock.sleeps == []
    limiter.acquire(1, "crm/Accounts")
    assert clock.sleeps == [60]


def test_calls_without_an_answer_are_counted() -> None:
    clock = FastClock(START)
    limiter = RateLimit(memory_journal(), clock=clock, reserve=0)
    headers = {"x-ratelimit-minutely-limit": "3", "x-ratelimit-minutely-remaining": "2"}
    answers = [Response(200, headers, b""), *[None] * 2]
    for answer in answers:
        limiter.acquire(1, "crm/Accounts")
        limiter.record(1, "crm/Accounts", answer)
    assert clock.sleeps == []
    for _ in range(4):
        limiter.acquire(1, "crm/Accounts")
        limiter.record(1, "crm/Accounts", None)
    assert len(clock.sleeps) == 2
