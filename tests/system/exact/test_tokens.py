"""Refreshing the login: late enough, once, durably, and explained when it fails."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import textwrap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from depth import scaled, thinned
from double_client import START, TOKEN, call, connected
from exact_import.errors import LoginError, StorageError
from exact_import.exact.auth.storage import Storage
from tls_double import DIVISION, Double, FastClock, Reply, Seen

EARLY = "Rate limit exceeded: access_token not expired"


@pytest.mark.parametrize(
    ("pace", "latency"), thinned([(0.35, 0.02), (1.0, 0.1), (1.0, 0.3), (5.0, 0.02)])
)
def test_a_paced_import_of_several_token_lives_is_never_refused_a_refresh(
    ini: Callable[..., Path], double: Double, clock: FastClock, pace: float, latency: float
) -> None:
    """The server refuses below 570.000 s, and counts from when it issued the token."""
    chance = random.Random(pace)
    double.minute_limit, double.day_limit = 1_000, 100_000
    ages: list[float] = []

    def respond(seen: Seen) -> Reply | None:
        if seen.path != TOKEN:
            clock.skipped += latency * chance.random()
            return None
        clock.skipped += latency * chance.random()
        ages.append(clock.now() - double.issued_at)
        reply = double.ordinary(seen)
        clock.skipped += latency * chance.random()
        return reply

    double.respond = respond
    path = ini(access_expiry=str(int(START) + 600))
    for _ in range(2):  # the second process goes by what the first one stored
        exact = connected(path, clock)
        ends = clock.now() + 1300
        while clock.now() < ends:
            call(exact)
            # At that pace only where a refresh is near: the rest of a token's life is all one.
            near = clock.now() - double.issued_at > 530
            clock.skipped += (pace if near else max(pace, 10)) * (0.5 + chance.random())
    assert len(ages) == double.refreshes == 4
    assert all(570 <= age < 600 for age in ages)
    assert not any(seen for seen in double.seen if seen.path == TOKEN and b"refused" in seen.body)


def test_without_an_expiry_the_token_is_used_until_it_is_rejected(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    exact = connected(ini(access_expiry=None), clock)
    call(exact)
    assert double.requests(TOKEN) == []
    clock.skipped += 601
    call(exact)
    assert double.refreshes == 1
    assert exact.calls.reads == 3
    assert exact.calls.token == 1
    assert exact.api.storage.get_access_expiry() == int(START) + 601 + 600
    clock.skipped += 575
    call(exact)
    assert double.refreshes == 2
    assert exact.calls.reads == 4


def test_without_an_access_token_one_is_fetched_first(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    clock.skipped += 600
    exact = connected(ini(access_expiry=None, access_token=None), clock)
    call(exact)
    assert (double.refreshes, exact.calls.reads) == (1, 1)


def test_a_refresh_that_is_refused_as_too_early_does_not_end_the_run(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    clock.skipped += 100
    exact = connected(ini(access_expiry=str(int(START) - 50)), clock)
    for _ in range(20):
        call(exact)
        clock.skipped += 10
    assert len(double.requests(TOKEN)) == 1
    assert double.refreshes == 0
    clock.skipped += 400
    call(exact)
    assert double.refreshes == 1


@pytest.mark.parametrize(
    "refusal",
    [
        Reply(
            400,
            b'{ "error":"access_denied","error_description":"Rate limit exceeded: access_token not '
            b'expired" }',
        ),
        Reply(400, b"", {"Reason": "TooEarlyToRefreshTokens: Rate limit exceeded"}),
        Reply(401, b"Access Token not expired"),
    ],
)
def test_the_present_token_is_used_however_too_early_is_worded(
    ini: Callable[..., Path], double: Double, clock: FastClock, refusal: Reply
) -> None:
    double.respond = lambda seen: refusal if seen.path == TOKEN else None
    call(connected(ini(access_expiry=str(int(START) - 50)), clock))
    assert len(double.requests(TOKEN)) == 1


@pytest.mark.parametrize("life", ["", '"expires_in": "soon",', '"expires_in": 600.0,'])
def test_tokens_of_an_odd_life_are_not_lost(
    ini: Callable[..., Path], double: Double, clock: FastClock, life: str
) -> None:
    def respond(seen: Seen) -> Reply | None:
        if seen.path != TOKEN:
            return None
        reply = double.ordinary(seen)
        grant = json.loads(reply.body)
        body = f'{{{life} "access_token": "{grant["access_token"]}",'
        return Reply(200, f'{body} "refresh_token": "{grant["refresh_token"]}"}}'.encode())

    double.respond = respond
    clock.skipped += 650
    exact = connected(ini(), clock)
    call(exact)
    clock.skipped += 560
    call(exact)
    assert double.refreshes == 1
    clock.skipped += 20
    call(exact)
    assert double.refreshes == 2


@pytest.mark.posix
@pytest.mark.parametrize("read_only", ["file", "disk"])
def test_nothing_is_spent_where_it_could_not_be_kept(
    ini: Callable[..., Path], double: Double, clock: FastClock, read_only: str
) -> None:
    clock.skipped += 650
    path = ini()
    exact = connected(path, clock)
    if read_only == "file":
        path.chmod(0o400)
        with pytest.raises(StorageError, match="read-only"):
            call(exact)
    else:
        import resource

        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
        try:
            with pytest.raises(StorageError, match="cannot be written"):
                call(exact)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert double.seen == []


def test_a_login_that_could_not_be_kept_is_reported(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    path = ini()

    def respond(seen: Seen) -> None:
        if seen.path == TOKEN:
            path.unlink()

    double.respond = respond
    clock.skipped += 650
    with pytest.raises(StorageError, match=r"old one is invalid.*does not exist") as caught:
        call(connected(path, clock))
    assert "exact-import login" in str(caught.value)


def test_another_process_was_first(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    path = ini()
    one, other = connected(path, clock), connected(path, clock)
    for _ in range(4):
        clock.skipped += 575
        call(one)
        call(other)
    assert double.refreshes == 4
    assert one.calls.token + other.calls.token == 4
    other.api.storage.set_division(3)
    assert Storage(path).get_refresh_token() == double.refresh


def test_threads_refresh_once(ini: Callable[..., Path], double: Double, clock: FastClock) -> None:
    exact = connected(ini(), clock)
    for round_number in range(1, 4):
        clock.skipped += 590
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: call(exact), range(16)))
        assert double.refreshes == round_number
    assert not [seen for seen in double.seen if seen.headers.get("authorization") == "Bearer "]


def test_a_token_that_ended_during_a_wait_is_refreshed_before_the_call(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    double.minute_limit, double.day_limit = 60, 1
    waits: list[float] = []
    exact = connected(
        ini(), clock, reserve=0, wait=True, on_wait=lambda seconds, _: waits.append(seconds)
    )
    call(exact)
    call(exact)
    assert [round(wait) for wait in waits] == [round(86401 - START % 86400)]
    assert (double.refreshes, exact.calls.reads, double.overruns) == (1, 2, 0)
    assert [seen.path == TOKEN for seen in double.seen] == [False, True, False]


def test_a_clock_that_is_set_does_not_ask_too_early(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    exact = connected(ini(), clock)
    clock.skipped += 580
    call(exact)
    assert double.refreshes == 1
    # The computer's clock jumps ahead by five minutes, the server's does not.
    clock.skipped += 300
    double.clock = lambda: clock.now() - 300
    clock.skipped += 200
    call(exact)
    clock.skipped += 200
    call(exact)
    assert len(double.requests(TOKEN)) <= 2
    assert double.refreshes == 1
    clock.skipped += 180
    call(exact)
    assert double.refreshes == 2


def test_a_login_that_is_nearly_too_old_is_warned_about(
    ini: Callable[..., Path], double: Double, clock: FastClock, caplog: pytest.LogCaptureFixture
) -> None:
    clock.skipped += 27 * 86400
    call(connected(ini(), clock))
    assert "last used 27 days ago" in caplog.text


def test_logging_in(ini: Callable[..., Path], double: Double, clock: FastClock) -> None:
    exact = connected(ini(access_expiry=None, access_token=None, refresh_token=None), clock)
    with pytest.raises(LoginError, match="exact-import login"):
        call(exact)
    url = exact.api.create_auth_request_url("st/ate")
    assert "redirect_uri=https%3A//example.com" in url
    assert parse_qs(urlsplit(url).query) == {
        "client_id": ["7f0b8e8a-client"],
        "redirect_uri": ["https://example.com"],
        "response_type": ["code"],
        "state": ["st/ate"],
    }
    exact.api.request_token("stampNL001.x!IAAA+/=")
    form = double.seen[-1].form
    assert form["code"] == "stampNL001.x!IAAA+/="
    assert form["grant_type"] == "authorization_code"
    assert form["redirect_uri"] == "https://example.com"
    assert "authorization" not in double.seen[-1].headers
    call(exact)
    assert "code" not in exact.api.storage.path.read_text()
    for body in (b"", b'{"error":"invalid_grant"}'):
        double.respond = lambda _, body=body: Reply(400, body)  # type: ignore[misc] # bound now
        with pytest.raises(LoginError, match="works once and for three minutes"):
            exact.api.request_token("used")


PROGRAM = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from exact_import.config.settings import Settings
    from exact_import.store.journal import IN_MEMORY, Journal
    from exact_import.exact.client import connect
    from exact_import.exact.auth.storage import Storage
    storage = Storage(Path(sys.argv[1]))
    exact = connect(storage, Journal(IN_MEMORY), Settings(), division=int(sys.argv[2]))
    print("ready", flush=True)
    sys.stdin.readline()
    list(exact.sync_pages("account", 1, ["Name"]))
    list(exact.sync_pages("contact", 1, ["LastName"]))
    print(exact.calls.token, flush=True)
    """
)


def test_eight_processes_with_an_expired_token_refresh_once(
    ini: Callable[..., Path], double: Double
) -> None:
    path = ini()
    rounds = scaled(2)
    for round_number in range(1, rounds + 1):
        double.issued_at -= 700
        Storage(path).save_tokens(double.access, double.refresh, double.issued_at + 600)
        running = [
            subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(path), str(DIVISION)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(8)
        ]
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in running:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        outputs = [process.communicate(timeout=60)[0] for process in running]
        assert [process.returncode for process in running] == [0] * 8
        assert sorted(outputs) == ["0\n"] * 7 + ["1\n"]
        assert double.refreshes == round_number
    offered = [seen.form["refresh_token"] for seen in double.requests(TOKEN)]
    assert len(offered) == len(set(offered)) == rounds
