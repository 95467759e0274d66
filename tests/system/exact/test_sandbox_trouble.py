"""The layer against the sandbox: every trouble it makes, and hours of work in seconds."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from exact_import.config.settings import Settings
from exact_import.errors import LoginError, TemporaryError
from exact_import.exact import client
from exact_import.exact.auth.storage import Storage
from exact_import.exact.clock import Clock
from exact_import.exact.errors import OutcomeUnknown, Rejected, ServiceError
from exact_sandbox import Sandbox, SandboxSettings
from memory_journal import memory_journal
from tls_double import FastClock


class QuickClock(Clock):
    """A clock that runs `speed` times as fast as the real one."""

    def __init__(self, speed: float, start: float) -> None:
        self.speed = speed
        self.start = start
        self.began = time.monotonic()

    def now(self) -> float:
        return self.start + self.monotonic()

    def monotonic(self) -> float:
        return (time.monotonic() - self.began) * self.speed

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        (stop or threading.Event()).wait(seconds / self.speed)


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings(tmp_path / "sandbox")) as sandbox:
        monkeypatch.setenv("SSL_CERT_FILE", str(sandbox.ca_file))
        yield sandbox


def connected(sandbox: Sandbox, clock: Clock, read_timeout: float = 0.5) -> client.Client:
    storage = Storage(sandbox.config)
    return client.connect(
        storage,
        memory_journal(),
        Settings(read_timeout=read_timeout),
        division=storage.get_division(),
        clock=clock,
    )


# What a write ends in when each trouble comes once; a read gets over all but the redirect.
WRITES: dict[str, type[Exception]] = {
    "drop_before": OutcomeUnknown,
    "reset": OutcomeUnknown,
    "drop_after": OutcomeUnknown,
    "drop_then_write": OutcomeUnknown,
    "hang": OutcomeUnknown,
    "slow": OutcomeUnknown,
    "truncated": OutcomeUnknown,
    "error_502": OutcomeUnknown,
    "error_503": OutcomeUnknown,
    "error_504": OutcomeUnknown,
    "empty_500": OutcomeUnknown,
    "html_200": OutcomeUnknown,
    "too_many": OutcomeUnknown,
    "redirect": ServiceError,
}


@pytest.mark.parametrize("kind", WRITES)
def test_every_trouble_of_the_sandbox_is_understood(sandbox: Sandbox, kind: str) -> None:
    clock = FastClock()
    exact = connected(sandbox, clock)
    expected = WRITES[kind]
    sandbox.faults.add([{"kind": kind, "times": 1, "delay": 0.8, "match": {"method": "POST"}}])
    with pytest.raises(expected):
        exact.create("account", {"Name": "x"})
    assert exact.calls.writes == 1
    sandbox.faults.add([{"kind": kind, "times": 1, "delay": 0.8, "match": {"method": "GET"}}])
    if expected is ServiceError:
        with pytest.raises(ServiceError):
            exact.find("account", "Name eq 'x'", ["Name"])
    else:
        exact.find("account", "Name eq 'x'", ["Name"])
        assert exact.calls.reads == 2


def test_trouble_that_does_not_end(sandbox: Sandbox) -> None:
    exact = connected(sandbox, FastClock())
    sandbox.faults.add([{"kind": "html_200"}])
    with pytest.raises(TemporaryError, match="maintenance"):
        list(exact.sync_pages("account", 1, ["Name"]))


def test_its_refusals_are_refusals(sandbox: Sandbox) -> None:
    exact = connected(sandbox, FastClock())
    with pytest.raises(Rejected):
        exact.create("account", {"Name": "x", "Email": "nobody"})
    with pytest.raises(ServiceError, match="Nickname"):
        exact.create("account", {"Name": "x", "Nickname": "y"})


def test_hours_of_work_in_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half an hour at the pace of the limits, with its refreshes, two hundred times as fast."""
    speed = 200.0
    settings = SandboxSettings(tmp_path / "sandbox", speed=speed, day_limit=100_000)
    with Sandbox(settings) as sandbox, sandbox.remote() as control:
        monkeypatch.setenv("SSL_CERT_FILE", str(sandbox.ca_file))
        clock = QuickClock(speed, sandbox.now() + 25)  # and it is wrong by half a minute
        exact = connected(sandbox, clock, read_timeout=30)
        ends = clock.now() + 1950
        while clock.now() < ends:
            exact.find("account", "Name eq 'x'", ["Name"])
        counts = control.counts()
        statuses = Counter(entry["status"] for entry in control.log())
    sys.stdout.write(f"{counts} {statuses}\n")
    # The first expiry was written by another clock, so one refresh may come too early.
    assert counts["refused_refreshes"] <= 1
    assert counts["refreshes"] - counts["refused_refreshes"] == 3
    # A busy machine makes a quick clock jump, so that moments are missed now and then.
    assert statuses[401] <= 3
    assert statuses[429] <= 10
    assert statuses[200] == exact.calls.reads + 3 - statuses[401] - statuses[429]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_after_a_stray_401_a_read_is_repeated_and_a_write_is_not(
    sandbox: Sandbox, method: str
) -> None:
    exact = connected(sandbox, FastClock())
    match = {"method": method, "path": "crm/Accounts"}
    sandbox.faults.add([{"kind": "answer", "status": 401, "times": 1, "match": match}])
    if method == "GET":
        exact.create("account", {"Name": "x"})
    else:
        with pytest.raises(OutcomeUnknown) as unknown:
            exact.create("account", {"Name": "x"})
        assert unknown.value.rejection is not None
        assert not unknown.value.final
    exact.find("account", "Name eq 'x'", ["Name"])
    assert exact.calls.total == (3 if method == "GET" else 2)


def test_a_login_that_is_revoked_while_it_is_used(sandbox: Sandbox) -> None:
    exact = connected(sandbox, FastClock())
    exact.find("account", "Name eq 'x'", ["Name"])
    with sandbox.remote() as control:
        control.move_clock(700)
        control.tokens("revoke")
    with pytest.raises(LoginError, match="Access was revoked"):
        exact.find("account", "Name eq 'x'", ["Name"])
    with pytest.raises(LoginError, match="Access was revoked"):
        exact.create("account", {"Name": "x"})
    assert (exact.calls.total, exact.calls.token) == (2, 1)
