"""Asked to stop, the program ends in good order; two of them never write at the same time."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from in_process import assert_rows_add_up
from sandbox_env import MakeEnv, SandboxEnv

STOPS = pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143)],
    ids=["SIGINT", "SIGTERM"],
)
ROWS = 40
# A call that is never answered keeps a run at work for longer than any test may take.
PATIENT = "[import]\nread_timeout = 3600\n"
HELD_UP = {
    "kind": "hang",
    "written": True,
    "match": {"method": "POST", "path": "crm/Accounts"},
    "skip": 2,
    "times": 1,
}


def companies(count: int = ROWS) -> str:
    rows = [f"{number},Klant {number},Gent,P{number}" for number in range(1, count + 1)]
    return "\r\n".join(["Code,Company,City,Last name", *rows]) + "\r\n"


@contextlib.contextmanager
def started(env: SandboxEnv, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start the command; whatever happens it does not outlive the test."""
    process = env.start(*arguments)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(env: SandboxEnv, calls: int, method: str, path: str) -> None:
    """Wait until the sandbox has been asked so often."""
    while len(env.calls(method, path)) < calls:
        time.sleep(0.02)


def ended(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Return what the process printed; pytest's time-out is for one that does not end."""
    printed, errors = process.communicate()
    assert "Traceback" not in errors
    return printed, errors


def run_of(env: SandboxEnv, name: str) -> list[dict[str, Any]]:
    changes: list[dict[str, Any]] = json.loads(env.run("runs", name, "--json").stdout)["changes"]
    return changes


@STOPS
def test_a_signal_ends_an_import_in_good_order(
    make_env: MakeEnv, number: signal.Signals, status: int
) -> None:
    env = make_env(latency=0.4)
    env.write("a.csv", companies())
    with started(env, "a.csv", "--json") as process:
        wait_for(env, 5, "POST", "crm/")
        process.send_signal(number)
        printed, errors = ended(process)
    assert process.returncode == status
    assert "Stopping" in errors
    report = json.loads(printed)
    assert report["exit_status"] == status
    assert_rows_add_up(report)
    assert report["rows"]["pending"] > 0
    assert report["rows"]["unsettled"] == 0

    # What was in flight was finished and noted: nothing is in doubt, nothing undone. What was
    # announced and stopped before it was sent is known not to have been.
    states = Counter(change["state"] for change in run_of(env, report["run"]))
    assert states.keys() <= {"done", "absent"}
    made = len(env.accounts()) + len(env.contacts())
    assert states["done"] == made == report["accounts"]["create"] + report["contacts"]["create"]
    assert 5 <= made < 2 * ROWS

    env.control("POST", "settings", {"latency": 0})
    finished = env.json("a.csv")
    assert finished["rows"]["pending"] == 0
    assert len(env.calls("POST", "crm/")) == 2 * ROWS
    assert len(env.accounts()) == len(env.contacts()) == ROWS


# A signal that comes while the main thread waits for the very event that it sets: with a lock in
# between, this process never ends.
SET_WHILE_WAITING = """
import random, signal
from exact_import.exact.clock import Stop
stop, dice = Stop(), random.Random(1)
signal.signal(signal.SIGALRM, lambda *_: stop.set())
for _ in range(2000):
    stop.clear()
    signal.setitimer(signal.ITIMER_REAL, dice.uniform(1e-6, 3e-5))
    while not stop.wait(0):
        pass
"""


def test_a_signal_that_comes_while_waiting_for_it_is_heard() -> None:
    ended = subprocess.run([sys.executable, "-c", SET_WHILE_WAITING], timeout=60, check=False)
    assert ended.returncode == 0


# A signal that another thread takes does not interrupt the main thread's call, just as one that
# comes between the end of a handler and the call that is then taken up again.
SECOND_UNHEARD = """
import os, signal, socket, threading, time
from exact_import.exact.clock import on_signals
heard = []
def end(number, _):
    heard.append(number)
    if len(heard) == 2:
        os._exit(7)
def second():
    time.sleep(0.5)
    signal.raise_signal(signal.SIGINT)
here, there = socket.socketpair()
with on_signals(end):
    signal.raise_signal(signal.SIGINT)
    threading.Thread(target=second, daemon=True).start()
    here.recv(1)
"""


def test_a_second_signal_that_does_not_interrupt_what_is_waited_for_is_heard() -> None:
    ended = subprocess.run([sys.executable, "-c", SECOND_UNHEARD], timeout=60, check=False)
    assert ended.returncode == 7


def test_the_summary_says_how_far_it_came(make_env: MakeEnv) -> None:
    env = make_env(latency=0.1)
    env.write("a.csv", companies())
    with started(env, "a.csv") as process:
        wait_for(env, 3, "POST", "crm/")
        process.send_signal(signal.SIGINT)
        printed, _ = ended(process)
    assert process.returncode == 130
    made = len(env.accounts()) + len(env.contacts())
    assert f"Stopped early: {made} of {2 * ROWS} changes made in " in printed
    assert f" {2 * ROWS - made} left: " in printed
    assert f"{ROWS} read" in printed
    assert "pending" in printed


@STOPS
def test_a_second_signal_leaves_at_once(
    env: SandboxEnv, number: signal.Signals, status: int
) -> None:
    env.configure(PATIENT + "settle_after = 0\n")
    env.write("a.csv", companies(5))
    env.faults(HELD_UP)
    with started(env, "a.csv") as process:
        wait_for(env, 3, "POST", "crm/Accounts")
        process.send_signal(number)
        assert process.stderr is not None
        assert "press Ctrl-C again to stop at once" in process.stderr.readline()
        process.send_signal(number)
        ended(process)
    assert process.returncode == status
    assert env.json("a.csv")["rows"]["pending"] == 0
    assert len(env.accounts()) == len(env.contacts()) == 5


def test_a_second_signal_ends_a_program_that_cannot_print_what_it_says_to_the_first(
    env: SandboxEnv,
) -> None:
    env.configure(PATIENT)
    env.write("a.csv", companies(5))
    env.faults(HELD_UP)
    read, write = os.pipe()
    os.set_blocking(write, False)
    with contextlib.suppress(BlockingIOError):
        while os.write(write, b"x" * 512):
            pass
    os.set_blocking(write, True)
    with env.start("a.csv", stderr=write) as process:
        try:
            wait_for(env, 3, "POST", "crm/Accounts")
            process.send_signal(signal.SIGINT)
            time.sleep(1)
            process.send_signal(signal.SIGINT)
            process.wait()
        finally:
            process.kill()
            os.close(read)
            os.close(write)
    assert process.returncode == 130


def test_new_tokens_are_saved_whatever_signals_come(make_env: MakeEnv) -> None:
    env = make_env(refuse_refresh_before=0.0, latency=0.05)
    env.write("a.csv", companies())
    with started(env, "a.csv") as process:
        wait_for(env, 3, "POST", "crm/")
        env.faults({"kind": "slow", "delay": 1.0, "match": {"path": "oauth2/token"}})
        env.control("POST", "tokens", {"action": "expire access"})
        wait_for(env, 1, "POST", "oauth2/token")
        for _ in range(2):
            process.send_signal(signal.SIGTERM)
            time.sleep(0.1)
        ended(process)
    assert process.returncode == 143
    env.control("DELETE", "faults")
    # The refresh token works once: were the new one lost, the login would be.
    assert env.json("a.csv")["rows"]["pending"] == 0
    assert len(env.accounts()) == ROWS


@pytest.mark.parametrize("limits", [{"minute_limit": 12}, {"day_limit": 12}], ids=["minute", "day"])
def test_a_signal_ends_the_wait_for_new_calls(make_env: MakeEnv, limits: dict[str, int]) -> None:
    env = make_env(**limits)
    env.configure("[import]\nreserve = 0\n")
    env.write("a.csv", companies())
    with started(env, "a.csv", "--wait", "-v") as process:
        assert process.stderr is not None
        while "Waiting" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        printed, _ = ended(process)
    assert process.returncode == 143
    assert "pending" in printed


def test_a_dry_run_and_a_plan_stop_as_well(make_env: MakeEnv) -> None:
    env = make_env(latency=0.5)
    env.write("a.csv", companies())
    with started(env, "plan", "a.csv") as process:
        wait_for(env, 1, "GET", "sync/")
        process.send_signal(signal.SIGINT)
        ended(process)
    assert process.returncode == 130


WRITING: Sequence[tuple[str, ...]] = (
    ("a.csv",),
    ("apply", "plan.json"),
    ("undo", "RUN", "--yes"),
    ("forget", "--all", "--yes"),
)


def test_one_writes_at_a_time_and_all_may_read(env: SandboxEnv) -> None:
    env.write("first.csv", companies(1))
    run = env.json("first.csv")["run"]
    env.write("a.csv", companies())
    env.json("plan", "a.csv", "--out", "plan.json")
    env.configure(PATIENT)
    env.faults(HELD_UP)
    with started(env, "a.csv") as process:
        wait_for(env, 3 + 2, "POST", "crm/")
        for words in WRITING:
            arguments = [run if word == "RUN" else word for word in words]
            second = env.run(*arguments)
            assert second.returncode == 75, (words, second.stderr)
            assert f"process {process.pid}" in second.stderr
            assert "Traceback" not in second.stderr
        busy = env.json("a.csv", status=75)
        assert busy["api_calls"]["total"] == 0
        assert_rows_add_up(busy)
        assert busy["rows"]["pending"] == ROWS

        assert env.run("runs").returncode == 0
        assert env.run("a.csv", "--dry-run").returncode == 0
        planned = env.json("plan", "a.csv")
        assert planned["rows"]["created"] + planned["rows"]["unchanged"] == ROWS
        assert process.poll() is None

        # A writer that was killed holds nobody up.
        process.kill()
        process.communicate()
    env.control("DELETE", "faults")
    env.variables["EXACT_IMPORT_SETTLE_AFTER"] = "0"
    assert env.json("a.csv")["rows"]["pending"] == 0
    assert len(env.accounts()) == ROWS


def test_another_configuration_has_a_writer_of_its_own(env: SandboxEnv) -> None:
    env.write("a.csv", companies())
    env.configure(PATIENT)
    env.faults(HELD_UP)
    other = env.folder / "other.ini"
    other.write_bytes(env.config.read_bytes())
    env.write("b.csv", companies(1))
    with started(env, "a.csv") as process:
        wait_for(env, 3, "POST", "crm/Accounts")
        beside = env.run("-c", other, "b.csv", "--division", "425881")
        assert beside.returncode == 0, beside.stderr
        assert process.poll() is None
