"""`watch` killed at any moment, while files come in every way: each row arrives exactly once."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from depth import KILLS, STEPS_APART
from sandbox_env import MakeEnv, SandboxEnv
from watch_env import company, csv, filed, put

STEPPING = [sys.executable, str(Path(__file__).parents[2] / "support" / "kill_at_step.py")]
SETTLE = "[import]\nsettle_after = 0.5\nread_timeout = 1\nconnect_timeout = 2\n"


def finish(env: SandboxEnv, *, most: int = 15) -> None:
    """Let --once finish what is left."""
    for _ in range(most):
        ended = env.run("watch", "in", "--once", "--rest", "0.3")
        assert ended.returncode in (0, 1, 75), ended.stdout + ended.stderr
        assert "Traceback" not in ended.stderr
        if ended.returncode != 75:
            return
        time.sleep(0.5)
    raise AssertionError(f"not finished: {ended.stdout}{ended.stderr}")


class Sender:
    """Puts files into a folder in every way that people and programs do, until it is told to end.

    Every file has companies of its own. `kept` are the numbers of those that stay, `names` the
    files they are in; what was removed again may arrive or not.
    """

    def __init__(self, folder: Path, dice: random.Random) -> None:
        self._folder = folder
        self._dice = dice
        self._next = 0
        self.kept: set[int] = set()
        self.names: set[str] = set()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._send)

    def _numbers(self) -> list[int]:
        count = self._dice.randint(1, 5)
        self._next += count
        return list(range(self._next - count, self._next))

    def _send(self) -> None:
        ways: list[Callable[[str], list[int]]] = [
            self._slowly,
            self._renamed,
            self._replaced,
            self._truncated,
            self._removed,
        ]
        number = 0
        while not self.over.is_set():
            name = f"file{number}.csv"
            stayed = ways[number % len(ways)](name)
            self.kept.update(stayed)
            if stayed:
                self.names.add(name)
            number += 1
            self.over.wait(self._dice.uniform(0, 0.6))

    def _slowly(self, name: str) -> list[int]:
        numbers = self._numbers()
        with (self._folder / name).open("w", encoding="utf-8") as file:
            for line in csv(*map(company, numbers)).splitlines(keepends=True):
                file.write(line)
                file.flush()
                time.sleep(self._dice.uniform(0, 0.1))
        return numbers

    def _renamed(self, name: str) -> list[int]:
        numbers = self._numbers()
        put(self._folder, name, csv(*map(company, numbers)))
        return numbers

    def _replaced(self, name: str) -> list[int]:
        numbers = self._numbers()
        put(self._folder, name, csv(*map(company, numbers)))
        time.sleep(self._dice.uniform(0, 1))
        more = [*numbers, *self._numbers()]
        put(self._folder, name, csv(*map(company, more)))
        return more

    def _truncated(self, name: str) -> list[int]:
        numbers = self._numbers()
        text = csv(*map(company, numbers))
        path = self._folder / name
        path.write_text(text * 3, "utf-8")
        path.write_text("", "utf-8")
        time.sleep(self._dice.uniform(0, 0.2))
        path.write_text(text, "utf-8")
        return numbers

    def _removed(self, name: str) -> list[int]:
        path = put(self._folder, name, csv(*map(company, self._numbers())))
        time.sleep(self._dice.uniform(0, 1.5))
        path.unlink(missing_ok=True)
        return []


@pytest.mark.crash
@pytest.mark.timeout(900)
def test_kills_at_random_moments_while_files_come_and_go(make_env: MakeEnv) -> None:
    dice = random.Random(20261123)
    env = make_env(latency=0.01)
    env.configure(SETTLE)
    inbox = env.folder / "in"
    inbox.mkdir()
    sender = Sender(inbox, dice)
    sender.thread.start()
    killed = 0
    while killed < KILLS // 5:
        process = env.start("watch", "in", "--rest", "0.3", "--try-every", "0.01")
        try:
            _, errors = process.communicate(timeout=dice.uniform(0.4, 3))
            raise AssertionError(f"it ended by itself: {errors}")
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            killed += 1
    sender.over.set()
    sender.thread.join()
    finish(env)

    found = Counter(account["Name"] for account in env.accounts())
    assert set(found.values()) <= {1}
    assert not {f"Bedrijf {number}" for number in sender.kept} - set(found)
    assert [path.name for path in inbox.iterdir() if path.suffix == ".csv"] == []
    assert not (inbox / "failed").exists()
    assert sender.names <= set(filed(inbox))


@pytest.mark.crash
@pytest.mark.timeout(900)
def test_kills_at_every_step_of_the_journal(make_env: MakeEnv) -> None:
    """The process ends itself with SIGKILL at the Nth step of the journal, in full for every N."""
    step = 1 - STEPS_APART
    killed = 0
    while killed < KILLS // 2:
        env = make_env()
        env.configure(SETTLE)
        inbox = env.folder / "in"
        inbox.mkdir()
        put(inbox, "a.csv", csv(company(1)))
        step += STEPS_APART
        env.variables["EXACT_IMPORT_TEST_STEP"] = str(step)
        process = subprocess.run(
            [*STEPPING, "watch", "in", "--once", "--rest", "0.01"],
            cwd=env.folder,
            env=env.environment(),
            capture_output=True,
            timeout=240,
            check=False,
        )
        if process.returncode != -signal.SIGKILL:
            assert process.returncode == 0, process.stderr
            break
        killed += 1
        finish(env)
        assert [account["Name"] for account in env.accounts()] == ["Bedrijf 1"]
        assert filed(inbox) == ["a.csv"]
        assert [path.name for path in inbox.iterdir()] == ["done"]
        # Whatever was noted as imported was not imported again.
        calls = len(env.calls())
        put(inbox, "a.csv", csv(company(1)))
        finish(env)
        assert len(env.calls()) == calls
    assert killed > 10 // STEPS_APART
