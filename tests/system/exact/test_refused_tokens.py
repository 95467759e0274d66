"""Refusals to renew a login, and maintenance: each told in its own words, none repeated in vain."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from double_client import TOKEN, call, connected
from exact_import.errors import (
    ConfigError,
    ExactImportError,
    ExitStatus,
    LoginError,
    TemporaryError,
)
from exact_import.exact.auth.storage import Storage
from memory_journal import memory_journal
from tls_double import Double, FastClock, Reply, Seen, answer

# FACTS: the token endpoint's refusals, what they are taken for, and what the user is told.
REFUSALS = {
    "used": (
        Reply(
            401, b'{"error":"unauthorized_client","error_description":"Old refresh token used."}'
        ),
        LoginError,
        "renewed elsewhere",
    ),
    "unused for thirty days": (
        Reply(
            400,
            rb'{"error":"invalid_request","error_description":"The refresh token expired at '
            rb'10\/11\/2022 9:18:20 PM and it is now 10\/28\/2022 4:15:50 PM."}',
        ),
        LoginError,
        "not used for thirty days",
    ),
    "revoked": (
        Reply(
            400,
            b'{ "error":"invalid_grant","error_description":"Token is not allowed, because of '
            b'invalid or empty chainId" }',
        ),
        LoginError,
        "Access was revoked",
    ),
    "wrong client": (Reply(400, b'{"error":"invalid_request"}'), ConfigError, "client_secret"),
    "invalid": (
        Reply(400, b'{"error":"invalid_grant","error_description":"Refresh token is invalid."}'),
        LoginError,
        "no longer recognises this login",
    ),
    "something else": (Reply(403, b"<html>"), LoginError, "HTTP 403"),
    "no tokens": (answer({"access_token": "canary"}), LoginError, "no usable tokens"),
    "a list": (answer(["canary"]), LoginError, "no usable tokens"),
    "lines in a token": (
        answer({"access_token": "a", "refresh_token": "b\n[x]", "expires_in": "600"}),
        LoginError,
        "no usable tokens",
    ),
    "cut off": (Reply(200, b'{"access_token": "canary'), TemporaryError, "cannot be read"),
    "empty": (Reply(200), TemporaryError, "cannot be read"),
    "too many": (Reply(429), TemporaryError, "HTTP 429"),
    "500": (Reply(500), TemporaryError, "HTTP 500"),
    "502": (Reply(502, b"<html>canary</html>"), TemporaryError, "HTTP 502"),
    "504": (Reply(504), TemporaryError, "HTTP 504"),
    "dropped": (Reply(fault="drop"), TemporaryError, "the answer from Exact Online was lost"),
    "hangs": (Reply(fault="hang"), TemporaryError, "was lost (no answer came in time)"),
    "truncated": (Reply(200, b"x" * 99, fault="truncate"), TemporaryError, "was lost"),
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
    if kind is LoginError:
        assert caught.value.exit_status == ExitStatus.LOGIN
        assert "exact-import login" in str(caught.value)


def test_a_refused_login_is_not_tried_for_ever(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    double.respond = lambda seen: REFUSALS["used"][0] if seen.path == TOKEN else None
    clock.skipped += 650
    store = memory_journal()
    path = ini()
    for _ in range(9):
        exact = connected(path, clock, store)
        with pytest.raises(LoginError):
            call(exact)
    assert len(double.requests(TOKEN)) == 4
    # A new login is another matter.
    double.respond = lambda _: None
    Storage(path).save_tokens(double.access, double.refresh + "", clock.now() - 1)
    Storage(path).write_options("application", {"client_id": "another"})
    call(connected(path, clock, store))
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
    with pytest.raises(
        TemporaryError, match=r"login cannot be renewed now: .*refuses the connection"
    ):
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
    with pytest.raises(
        TemporaryError, match=r"login cannot be renewed now: .*maintenance"
    ) as caught:
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
        with pytest.raises(TemporaryError, match="maintenance"):
            call(connected(ini(), clock))
    assert (len(double.requests(TOKEN)), clock.sleeps) == (2, [])


def test_a_lost_answer_is_not_repeated_by_the_other_threads(
    ini: Callable[..., Path], double: Double, clock: FastClock
) -> None:
    double.respond = lambda seen: Reply(fault="drop") if seen.path == TOKEN else None
    clock.skipped += 650
    exact = connected(ini(), clock)

    def attempt(_: int) -> str:
        with pytest.raises(TemporaryError) as caught:
            call(exact)
        return caught.value.message

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(attempt, range(8)))) == 1
    assert len(double.requests(TOKEN)) == 1


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
            except ExactImportError as fault:
                whole = "".join(traceback.format_exception(fault))
                logging.getLogger("test").debug("%r %s", fault, whole, exc_info=fault)
    written = capfd.readouterr()
    assert "LoginError" in caplog.text
    assert "CANARY" not in caplog.text + written.out + written.err
