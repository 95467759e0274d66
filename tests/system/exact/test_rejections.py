"""A token that is rejected: renewed once for all workers, tried once, and then given up."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from double_client import START, TOKEN, call, connected
from exact_import.errors import ExactImportError, ExitStatus, LoginError, TemporaryError
from exact_import.exact.auth.storage import Storage
from exact_import.exact.client import Client
from exact_import.exact.errors import OutcomeUnknown
from memory_journal import memory_journal
from tls_double import DIVISION, Double, FastClock, Reply, Seen

EARLY = "Rate limit exceeded: access_token not expired"
TOO_EARLY = Reply(
    400,
    json.dumps({"error": "access_denied", "error_description": EARLY}).encode(),
    {"Reason": f"TooEarlyToRefreshTokens: {EARLY}"},
)
REVOKED = Reply(400, b'{"error":"invalid_grant","error_description":"empty chainId"}')


def create(exact: Client) -> None:
    """Create an account; after a 401, which may have come of one that was made, look first."""
    try:
        exact.create("account", {"Name": "x"})
    except OutcomeUnknown as unknown:
        if unknown.rejection is None or unknown.final:
            raise
        call(exact)
        exact.create("account", {"Name": "x"})


def everybody(work: Callable[[Client], None], exact: Client, calls: int) -> Counter[str]:
    """Make the calls from eight threads; return how they ended, by the kind of their fault."""

    def ended(_: int) -> str:
        try:
            work(exact)
        except ExactImportError as fault:
            return type(fault).__name__
        return ""

    with ThreadPoolExecutor(8) as pool:
        return Counter(pool.map(ended, range(calls)))


def rejected(double: Double) -> Counter[str]:
    """Return how many calls were made with each token that the double no longer knows."""
    return Counter(
        token
        for seen in double.seen
        if (token := seen.headers.get("authorization", "")) not in ("", f"Bearer {double.access}")
    )


@pytest.mark.parametrize("work", [call, create])
def test_one_rejection_in_the_middle_is_renewed_once_and_costs_nothing_more(
    ini: Callable[..., Path], double: Double, clock: FastClock, work: Callable[[Client], None]
) -> None:
    """Exact Online withdraws the token while eight threads are busy."""
    store = memory_journal()
    path = ini()
    exact = connected(path, clock, store)
    work(exact)
    double.issued_at -= 600  # renewing is allowed, and the token is of no use any more
    barrier = threading.Barrier(8)

    def together(exact: Client) -> None:
        barrier.wait()
        work(exact)

    assert everybody(together, exact, 8) == {"": 8}
    assert everybody(work, exact, 40) == {"": 40}
    assert double.refreshes == len(double.requests(TOKEN)) == 1
    # Only the one that found it out goes out with the old token.
    assert sum(rejected(double).values()) - 1 == 1
    # And a later run has nothing to hear of it.
    assert everybody(work, connected(path, clock, store), 8) == {"": 8}
    assert store.errors_since(DIVISION, "crm/Accounts", 0) == 0
    assert store.errors_since(DIVISION, "crm/Accounts 401 seen", 0) >= 1


@pytest.mark.parametrize("stage", ["renewing", "trying"])
def test_the_others_wait_while_a_rejected_token_is_looked_into(
    ini: Callable[..., Path], double: Double, clock: FastClock, stage: str
) -> None:
    """Until it has been renewed, and one call has been made with the new one."""
    reached, go_on = threading.Event(), threading.Event()

    def respond(seen: Seen) -> None:
        renewing = seen.path == TOKEN
        trying = seen.headers.get("authorization") == "Bearer access-1"
        if (renewing if stage == "renewing" else trying) and not reached.is_set():
            reached.set()
            double.lock.release()
            go_on.wait(10)
            double.lock.acquire()

    exact = connected(ini(), clock)
    call(exact)
    double.respond = respond
    double.issued_at -= 600
    before = 2 if stage == "renewing" else 3
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(call, exact)
        assert reached.wait(10)
        others = [pool.submit(call, exact) for _ in range(8)]
        threading.Event().wait(0.3)
        assert len(double.requests("crm/Accounts")) == before
        go_on.set()
        for one in [first, *others]:
            one.result(10)
    assert rejected(double) == {"Bearer access-0": 2}
    assert double.refreshes == 1


def test_a_stray_rejection_is_got_over(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    """A 401 for no reason, with a token that is too young to be renewed: once more."""
    strays = iter([401, 401])

    def respond(seen: Seen) -> Reply | None:
        if seen.method == "POST" and seen.path != TOKEN and len(double.seen) in (3, 20):
            return Reply(next(strays))
        return None

    double.respond = respond
    store = memory_journal()
    exact = connected(ini(), clock, store)
    for _ in range(20):
        create(exact)
        clock.skipped += 1
    assert next(strays, None) is None
    assert len(double.records["Accounts"]) == 20
    assert double.refreshes == 0
    # Within a minute Exact Online is not asked again what it has just answered.
    assert len(double.requests(TOKEN)) == 1
    assert store.errors_since(DIVISION, "crm/Accounts", 0) == 0


@pytest.mark.parametrize("work", [call, create])
def test_a_token_that_stays_rejected_is_a_matter_of_logging_in(
    ini: Callable[..., Path], double: Double, clock: FastClock, work: Callable[[Client], None]
) -> None:
    double.respond = lambda seen: TOO_EARLY if seen.path == TOKEN else Reply(401)
    store = memory_journal()
    path = ini()
    exact = connected(path, clock, store)
    with pytest.raises(LoginError, match=r"rejects the login \(HTTP 401\)") as caught:
        work(exact)
    assert caught.value.exit_status == ExitStatus.LOGIN
    assert "exact-import login" in caught.value.advice
    assert (exact.calls.total, exact.calls.token) == (2, 1)
    # Nothing more is sent with it, not by other workers and not by the next run.
    assert everybody(work, exact, 16) == {"LoginError": 16}
    assert exact.calls.total == 2
    later = connected(path, clock, store)
    assert everybody(work, later, 8) == {"LoginError": 8}
    assert (later.calls.total, later.calls.token) == (0, 1)
    # A new login is another matter, at once.
    double.respond = lambda _: None
    clock.skipped += 100
    double.issue()
    Storage(path).save_tokens(double.access, double.refresh, clock.now() + 600)
    work(connected(path, clock, store))


def test_a_fresh_token_that_is_rejected_is_a_matter_of_logging_in(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    clock.skipped += 590
    double.respond = lambda seen: None if seen.path == TOKEN else Reply(401)
    exact = connected(ini(access_expiry=str(int(START) + 600)), clock)
    for _ in range(3):
        with pytest.raises(LoginError, match="rejects the login"):
            call(exact)
    assert (double.refreshes, exact.calls.reads, exact.calls.token) == (1, 2, 2)


def test_of_many_that_wait_for_a_renewal_in_vain_only_one_renews(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    """Where the server renews as often as it is asked, and rejects what it gives."""
    double.earliest = None
    exact = connected(ini(), clock)
    call(exact)
    double.respond = lambda seen: None if seen.path == TOKEN else Reply(401)
    assert everybody(call, exact, 40) == {"LoginError": 40}
    assert double.refreshes == 1
    # The one that found it out, and the trial with the new token.
    assert len(double.requests("crm/Accounts")) == 1 + 1 + 1


def test_rejections_that_no_renewal_cures_stay_below_half_of_what_locks_the_key(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    """A run every five minutes for an hour, while Exact Online rejects every token it gives."""
    double.respond = lambda seen: None if seen.path == TOKEN else Reply(401)
    store = memory_journal()
    path = ini()
    for _ in range(12):
        with pytest.raises(LoginError) as caught:
            call(connected(path, clock, store))
        clock.skipped += 299
    assert len(double.requests("crm/Accounts")) <= 5
    assert "in an hour" in str(caught.value)


def test_a_revoked_login_does_not_keep_the_next_one_out(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    """Access is taken back, a nightly job goes on for an hour, and then somebody logs in."""
    double.respond = lambda seen: REVOKED if seen.path == TOKEN else Reply(401)
    store = memory_journal()
    path = ini()
    for _ in range(10):
        assert everybody(call, connected(path, clock, store), 8) == {"LoginError": 8}
        clock.skipped += 300
    assert len(double.requests("crm/Accounts")) == 1
    assert len(double.requests(TOKEN)) <= 4
    double.respond = lambda _: None
    double.issue()
    Storage(path).save_tokens(double.access, double.refresh, clock.now() + 600)
    assert everybody(call, connected(path, clock, store), 8) == {"": 8}


def test_maintenance_while_a_rejected_token_is_renewed(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    store = memory_journal()
    path = ini()
    double.respond = lambda seen: Reply(503) if seen.path == TOKEN else None
    double.issued_at -= 600
    with pytest.raises(TemporaryError):
        call(connected(path, clock, store))
    double.respond = lambda _: None
    call(connected(path, clock, store))
    assert double.refreshes == 1


def test_errors_on_top_of_mended_ones_stop_before_the_key_is_locked(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    store = memory_journal()
    for _ in range(12):
        store.note_error(DIVISION, "crm/Accounts 401 seen", 401, START)
    exact = connected(ini(), clock, store)
    call(exact)
    store.note_error(DIVISION, "crm/Accounts", 404, START)
    clock.skipped += 10
    with pytest.raises(ExactImportError, match="answered 1 request"):
        call(exact)
    assert len(double.seen) == 1


def test_a_renewal_and_a_minute_that_is_used_up_do_not_wait_for_each_other(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    double.minute_limit = 7
    exact = connected(ini(access_expiry=None), clock)
    for round_number in range(1, 6):
        double.issued_at -= 600
        assert everybody(call, exact, 24) == {"": 24}
        assert double.refreshes == round_number
    assert double.overruns == 0


@pytest.mark.parametrize("ahead", [6, 12, 40])
def test_a_token_that_was_too_young_just_before_its_end_is_renewed_at_its_end(
    ini: Callable[..., Path], double: Double, clock: FastClock, ahead: int
) -> None:
    """The expiry was written by a clock that is behind, so the first refresh comes too early."""
    exact = connected(ini(access_expiry=str(int(START) + 600 - ahead)), clock)
    for _ in range(300):
        call(exact)
        clock.skipped += 5
    assert double.refreshes == 2
    assert len(double.requests(TOKEN)) == 3
