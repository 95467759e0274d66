"""Refreshing the login: late enough, once, durably, and explained when it fails."""

from __future__ import annotations

import json
import logging
import random
import subprocess
import sys
import textwrap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from exact_import.exact import remote
from exact_import.exact.limits import MemoryLimitStore
from exact_import.exact.remote import Remote
from exact_import.exact.storage import Storage
from exact_import.problems import (
    ConfigFault,
    DiskFault,
    ExitStatus,
    Fault,
    LoginFault,
    TryLater,
)
from tls_double import DIVISION, Double, FastClock, Reply, Seen, answer

START = 1_800_000_000.0
TOKEN = "/api/oauth2/token"
EARLY = "Rate limit exceeded: access_token not expired"


@pytest.fixture
def clock(double: Double) -> FastClock:
    """A clock that the double goes by, too."""
    clock = FastClock(START)
    double.clock = clock.now
    double.issued_at = START
    return clock


def connected(path: Path, clock: FastClock, **options: object) -> Remote:
    return remote.connect(
        Storage(path),
        division=DIVISION,
        limits=MemoryLimitStore(),
        clock=clock,
        **options,  # type: ignore[arg-type] # settings of one test
    )


def call(exact: Remote) -> None:
    exact.find("account", "Name eq 'x'", [])


@pytest.mark.parametrize(("pace", "latency"), [(0.35, 0.02), (1.0, 0.1), (1.0, 0.3), (5.0, 0.02)])
def test_a_paced_import_of_several_token_lives_is_never_refused_a_refresh(
    ini: Callable[..., Path], double: Double, clock: FastClock, pace: float, latency: float
) -> None:
    """The server refuses below 570.000 s, and counts from when it issued the token."""
    chance = random.Random(pace)
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
            clock.skipped += pace * (0.5 + chance.random())
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
def test_however_too_early_is_said_the_token_there_is_is_used(
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
        told = json.loads(reply.body)
        body = f'{{{life} "access_token": "{told["access_token"]}",'
        return Reply(200, f'{body} "refresh_token": "{told["refresh_token"]}"}}'.encode())

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


# FACTS: the token endpoint's refusals, what they are taken for, and what the user is told.
REFUSALS = {
    "used": (
        Reply(
            401, b'{"error":"unauthorized_client","error_description":"Old refresh token used."}'
        ),
        LoginFault,
        "renewed elsewhere",
    ),
    "unused for thirty days": (
        Reply(
            400,
            rb'{"error":"invalid_request","error_description":"The refresh token expired at '
            rb'10\/11\/2022 9:18:20 PM and it is now 10\/28\/2022 4:15:50 PM."}',
        ),
        LoginFault,
        "not used for thirty days",
    ),
    "revoked": (
        Reply(
            400,
            b'{ "error":"invalid_grant","error_description":"Token is not allowed, because of '
            b'invalid or empty chainId" }',
        ),
        LoginFault,
        "Access was taken back",
    ),
    "wrong client": (Reply(400, b'{"error":"invalid_request"}'), ConfigFault, "client_secret"),
    "invalid": (
        Reply(400, b'{"error":"invalid_grant","error_description":"Refresh token is invalid."}'),
        LoginFault,
        "does not know this login",
    ),
    "something else": (Reply(403, b"<html>"), LoginFault, "HTTP 403"),
    "no tokens": (answer({"access_token": "canary"}), LoginFault, "no usable tokens"),
    "a list": (answer(["canary"]), LoginFault, "no usable tokens"),
    "lines in a token": (
        answer({"access_token": "a", "refresh_token": "b\n[x]", "expires_in": "600"}),
        LoginFault,
        "no usable tokens",
    ),
    "cut off": (Reply(200, b'{"access_token": "canary'), TryLater, "cannot be read"),
    "empty": (Reply(200), TryLater, "cannot be read"),
    "too many": (Reply(429), TryLater, "HTTP 429"),
    "500": (Reply(500), TryLater, "HTTP 500"),
    "502": (Reply(502, b"<html>canary</html>"), TryLater, "HTTP 502"),
    "504": (Reply(504), TryLater, "HTTP 504"),
    "dropped": (Reply(fault="drop"), TryLater, "the answer of Exact Online was lost"),
    "hangs": (Reply(fault="hang"), TryLater, "was lost (no answer came in time)"),
    "truncated": (Reply(200, b"x" * 99, fault="truncate"), TryLater, "was lost"),
}


MAINTENANCE = {
    "a page": Reply(
        200, b"\r\n<!DOCTYPE html><title>canary</title>", {"Content-Type": "text/html"}
    ),
    "503": Reply(503, b"<html>canary</html>"),
    "503 that says when": Reply(503, b"Server maintenance", {"Retry-After": "120"}),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_every_refusal_has_its_own_sentence_and_is_not_repeated(
    ini: Callable[..., Path], double: Double, clock: FastClock, name: str
) -> None:
    reply, kind, sentence = REFUSALS[name]
    double.respond = lambda seen: reply if seen.path == TOKEN else None
    clock.skipped += 650
    path = ini()
    before = path.read_text()
    with pytest.raises(kind) as caught:
        call(connected(path, clock, read_timeout=0.4))
    assert sentence in str(caught.value)
    assert "canary" not in str(caught.value)
    assert len(double.requests(TOKEN)) == 1
    assert path.read_text() == before
    if kind is LoginFault:
        assert caught.value.exit_status == ExitStatus.LOGIN
        assert "exact-import login" in str(caught.value)


def test_a_refused_login_is_not_tried_for_ever(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    double.respond = lambda seen: REFUSALS["used"][0] if seen.path == TOKEN else None
    clock.skipped += 650
    store = MemoryLimitStore()
    path = ini()
    for _ in range(9):
        exact = remote.connect(Storage(path), division=DIVISION, limits=store, clock=clock)
        with pytest.raises(LoginFault):
            call(exact)
    assert len(double.requests(TOKEN)) == 4
    # A new login is another matter.
    double.respond = lambda _: None
    Storage(path).save_tokens(double.access, double.refresh + "", clock.now() - 1)
    Storage(path).write_options("application", {"client_id": "another"})
    call(remote.connect(Storage(path), division=DIVISION, limits=store, clock=clock))
    assert double.refreshes == 1


def test_a_refresh_that_never_left_is_tried_again(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    with Double() as gone:
        text = ini().read_text().replace(f"token_url = {double.url}", f"token_url = {gone.url}")
    path = ini()
    path.write_text(text)
    clock.skipped += 650
    waits: list[tuple[float, str]] = []
    exact = connected(path, clock, on_wait=lambda seconds, why: waits.append((seconds, why)))
    with pytest.raises(TryLater, match=r"login cannot be renewed now: .*refuses the connection"):
        call(exact)
    assert len(clock.sleeps) == 4
    # Somebody at a terminal hears of it from the first wait on.
    assert [seconds for seconds, _ in waits] == pytest.approx(clock.sleeps)
    assert all("refuses the connection" in why for _, why in waits)
    assert not list(path.parent.glob(".*renewal"))


@pytest.mark.parametrize("name", MAINTENANCE)
def test_a_refresh_that_met_with_maintenance_is_tried_again(
    ini: Callable[..., Path], double: Double, clock: FastClock, name: str
) -> None:
    """The refresh token was not spent, so it may be offered once more; in vain for a while."""
    down = 3

    def respond(seen: Seen) -> Reply | None:
        return MAINTENANCE[name] if len(double.requests(TOKEN)) <= down else None

    double.respond = respond
    clock.skipped += 650
    path = ini()
    waits: list[float] = []
    exact = connected(path, clock, on_wait=lambda seconds, _: waits.append(seconds))
    call(exact)
    assert (double.refreshes, exact.calls.token, len(waits)) == (1, 4, 3)
    assert sum(waits) == pytest.approx(sum(clock.sleeps))
    assert not MAINTENANCE[name].headers.get("Retry-After") or set(waits) == {120.0}
    assert not list(path.parent.glob(".*renewal"))

    clock.skipped += 650
    down = 99
    with pytest.raises(TryLater, match=r"login cannot be renewed now: .*maintenance") as caught:
        call(exact)
    assert "canary" not in str(caught.value)
    assert len(double.requests(TOKEN)) == 4 + 5
    assert path.read_text().count(double.refresh) == 1


@pytest.mark.parametrize("header", ["3600", "Fri, 15 Jan 2027 09:00:00 GMT"])
def test_a_long_maintenance_is_not_waited_for(
    ini: Callable[..., Path], double: Double, clock: FastClock, header: str
) -> None:
    double.respond = lambda _: Reply(503, b"", {"Retry-After": header})
    clock.skipped += 650
    for _ in range(2):
        with pytest.raises(TryLater, match="maintenance"):
            call(connected(ini(), clock))
    assert (len(double.requests(TOKEN)), clock.sleeps) == (2, [])


def test_a_lost_answer_is_not_repeated_by_the_other_threads(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    double.respond = lambda seen: Reply(fault="drop") if seen.path == TOKEN else None
    clock.skipped += 650
    exact = connected(ini(), clock, concurrency=8)

    def attempt(_: int) -> str:
        with pytest.raises(TryLater) as caught:
            call(exact)
        return caught.value.message

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(attempt, range(8)))) == 1
    assert len(double.requests(TOKEN)) == 1


@pytest.mark.parametrize("read_only", ["file", "disk"])
def test_nothing_is_spent_where_it_could_not_be_kept(
    ini: Callable[..., Path], double: Double, clock: FastClock, read_only: str
) -> None:
    clock.skipped += 650
    path = ini()
    exact = connected(path, clock)
    if read_only == "file":
        path.chmod(0o400)
        with pytest.raises(DiskFault, match="read-only"):
            call(exact)
    else:
        import resource

        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
        try:
            with pytest.raises(DiskFault, match="cannot be written"):
                call(exact)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert double.seen == []


def test_a_login_that_could_not_be_kept_is_told(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    path = ini()

    def respond(seen: Seen) -> None:
        if seen.path == TOKEN:
            path.unlink()

    double.respond = respond
    clock.skipped += 650
    with pytest.raises(DiskFault, match=r"old one is spent.*does not exist") as caught:
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
    exact = connected(ini(), clock, concurrency=8)
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
    with pytest.raises(LoginFault, match="exact-import login"):
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
        with pytest.raises(LoginFault, match="works once and for three minutes"):
            exact.api.request_token("used")


PROGRAM = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from exact_import.exact.limits import MemoryLimitStore
    from exact_import.exact.remote import connect
    from exact_import.exact.storage import Storage
    storage = Storage(Path(sys.argv[1]))
    exact = connect(storage, division=int(sys.argv[2]), limits=MemoryLimitStore())
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
    for round_number in range(1, 3):
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
        said = [process.communicate(timeout=60)[0] for process in running]
        assert [process.returncode for process in running] == [0] * 8
        assert sorted(said) == ["0\n"] * 7 + ["1\n"]
        assert double.refreshes == round_number
    offered = [seen.form["refresh_token"] for seen in double.requests(TOKEN)]
    assert len(offered) == len(set(offered)) == 2


def test_no_secret_shows_in_logs_or_errors(
    ini: Callable[..., Path],
    double: Double,
    clock: FastClock,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Every failure of the tables is provoked with unusual secrets and all logs open."""
    import traceback

    caplog.set_level(logging.DEBUG)
    secrets = ["CANARYaccess", "CANARYrefresh", "CANARYclient"]
    code = secrets[0].replace("access", "code")
    path = ini()
    text = path.read_text().replace("s3cr3t%client", secrets[2])
    for reply in [row[0] for row in REFUSALS.values()] + [Reply(401), Reply(fault="reset")]:
        path.write_text(text)
        path.chmod(0o600)
        Storage(path).save_tokens(secrets[0], secrets[1], clock.now() - 100)
        echo = Reply(reply.status, reply.body.replace(b"canary", b"CANARYaccess"), {}, reply.fault)
        double.respond = lambda _, reply=echo: reply  # type: ignore[misc] # bound now
        exact = connected(path, clock, read_timeout=0.3)
        for attempt in (call, lambda exact: exact.api.request_token(code)):
            try:
                attempt(exact)
            except Fault as fault:
                whole = "".join(traceback.format_exception(fault))
                logging.getLogger("test").debug("%r %s", fault, whole, exc_info=fault)
    written = capfd.readouterr()
    assert "Fault" in caplog.text
    assert "CANARY" not in caplog.text + written.out + written.err
