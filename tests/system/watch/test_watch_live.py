"""`watch` for as long as it runs: files, folders and signals come and go."""

from __future__ import annotations

import signal
import time
from functools import partial
from pathlib import Path

import pytest
from filelock import FileLock

from sandbox_env import SandboxEnv, ask_to_stop
from watch_env import (
    HEADER,
    company,
    csv,
    filed,
    filed_at_least,
    once,
    put,
    reports,
    until,
    watching,
)


def test_a_slow_writer_is_waited_for(env: SandboxEnv, inbox: Path) -> None:
    with watching(env), (inbox / "a.csv").open("w", encoding="utf-8", newline="") as file:
        file.write(HEADER + "\r\n")
        for number in range(12):
            file.write(company(number)[:9])
            file.flush()
            time.sleep(0.05)
            file.write(company(number)[9:] + "\r\n")
            file.flush()
            time.sleep(0.05)
        file.close()
        until(lambda: filed(inbox), "the file is filed")
    assert [report["rows"]["read"] for report in reports(inbox)] == [12]
    assert len(env.accounts()) == 12


def test_an_empty_file_is_given_time(env: SandboxEnv, inbox: Path) -> None:
    with watching(env):
        path = inbox / "a.csv"
        path.touch()
        time.sleep(1.2)  # several times what other files rest
        path.write_text(csv(company(1)), "utf-8")
        until(lambda: filed(inbox), "the file is filed")
    assert not (inbox / "failed").exists()


@pytest.mark.parametrize("options", [[], ["--poll", "0.2"]], ids=["listening", "polling"])
def test_what_arrives_is_imported_while_it_watches(
    env: SandboxEnv, inbox: Path, options: list[str]
) -> None:
    with watching(env, *options):
        for number in range(3):
            put(inbox, f"{number}.csv", csv(company(number)))
            until(partial(filed_at_least, inbox, number + 1), f"file {number} is filed")
        put(inbox, "2.csv", csv(company(3)))
        until(lambda: len(filed(inbox)) == 4, "the same name once more is filed")
    assert len(env.accounts()) == 4


@pytest.mark.posix
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_waiting(
    env: SandboxEnv, inbox: Path, number: signal.Signals, status: int
) -> None:
    process = env.start("watch", "in")
    assert process.stdout is not None
    assert "Watching" in process.stdout.readline()
    time.sleep(0.3)
    process.send_signal(number)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == status
    assert errors == ""


def test_a_signal_while_it_imports_leaves_the_file_for_the_next_start(
    env: SandboxEnv, inbox: Path
) -> None:
    env.control("POST", "settings", {"latency": 0.05})
    put(inbox, "a.csv", csv(*(company(number) for number in range(40))))
    process = env.start("watch", "in", "--rest", "0.1")
    until(lambda: len(env.accounts()) > 2, "the import is under way")
    ask_to_stop(process)
    output, errors = process.communicate(timeout=20)
    assert process.returncode == 143, errors
    assert "Stopped early" in output
    assert 2 < len(env.accounts()) < 40
    assert (inbox / "a.csv").exists()
    env.control("POST", "settings", {"latency": 0})
    once(env)
    assert len(env.accounts()) == 40
    assert filed(inbox) == ["a.csv"]


def test_what_is_replaced_while_it_is_imported_is_imported_too(
    env: SandboxEnv, inbox: Path
) -> None:
    env.control("POST", "settings", {"latency": 0.05})
    put(inbox, "a.csv", csv(*(company(number) for number in range(20))))
    with watching(env):
        until(lambda: len(env.accounts()) > 2, "the import is under way")
        put(inbox, "a.csv", csv(*(company(number) for number in range(20, 24))))
        until(lambda: filed(inbox), "the second one is filed")
    assert len(env.accounts()) == 24
    assert [report["rows"]["created"] for report in reports(inbox)] == [20, 4]


def test_what_is_removed_while_it_is_imported_is_let_go(env: SandboxEnv, inbox: Path) -> None:
    env.control("POST", "settings", {"latency": 0.05})
    put(inbox, "a.csv", csv(*(company(number) for number in range(20))))
    with watching(env):
        until(lambda: len(env.accounts()) > 2, "the import is under way")
        (inbox / "a.csv").unlink()
        until(lambda: reports(inbox), "it is reported on")
        put(inbox, "b.csv", csv(company(50)))
        until(lambda: filed(inbox) == ["b.csv"], "the next one is filed")
    assert len(env.accounts()) == 21


def test_a_folder_that_vanishes_and_returns(env: SandboxEnv, inbox: Path) -> None:
    with watching(env) as process:
        put(inbox, "a.csv", csv(company(1)))
        until(lambda: filed(inbox), "the first is filed")
        away = inbox.rename(env.folder / "away")
        assert process.stderr is not None
        assert "waiting for it" in process.stderr.readline()
        put(away, "b.csv", csv(company(2)))
        away.rename(inbox)
        until(lambda: len(filed(inbox)) == 2, "the second is filed")
        put(inbox, "c.csv", csv(company(3)))
        until(lambda: len(filed(inbox)) == 3, "the third is filed")
    assert len(env.accounts()) == 3


def test_a_folder_that_is_not_there_is_reported_at_the_start(env: SandboxEnv) -> None:
    ended = env.run("watch", "nowhere")
    assert ended.returncode == 2
    assert "There is no folder nowhere" in ended.stderr


def test_what_cannot_be_filed_is_not_imported_again(env: SandboxEnv, inbox: Path) -> None:
    (inbox / "done").write_text("in the way", "utf-8")
    put(inbox, "a.csv", csv(company(1)))
    with watching(env, "--try-every", "0.005") as process:
        assert process.stderr is not None
        assert "cannot be put into" in process.stderr.readline()
        until(lambda: len(env.accounts()) == 1, "it is imported")
        calls = len(env.calls())
        time.sleep(1)
        assert (inbox / "a.csv").exists()
        (inbox / "done").unlink()
        until(lambda: filed(inbox), "it is filed")
        assert len(env.calls()) == calls
    assert [report["rows"]["created"] for report in reports(inbox)] == [1]


@pytest.mark.posix
def test_what_has_to_wait_is_tried_again_and_reported_once(env: SandboxEnv, inbox: Path) -> None:
    put(inbox, "a.csv", csv(company(1)))
    log = env.folder / "log"
    with FileLock(env.config.with_name("config.journal.lock")):
        process = env.start(
            "watch", "in", "--rest", "0.1", "--try-every", "0.005", "--log-file", log
        )
        until(lambda: log.exists() and log.read_text("utf-8").count("arrived") > 3, "more tries")
    until(lambda: filed(inbox), "it is filed")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert errors.count("exact-import: ") == 1


def test_two_watches_of_one_folder_import_once(env: SandboxEnv, inbox: Path) -> None:
    with watching(env, "--try-every", "0.005"), watching(env, "--try-every", "0.005"):
        for number in range(3):
            put(inbox, f"{number}.csv", csv(company(number)))
        until(lambda: len(filed(inbox)) == 3, "all are filed")
    assert len(env.accounts()) == 3
    assert len(env.calls("POST", "crm/Accounts")) == 3
