"""The lock of a configuration: processes that write it wait for each other, and lose nothing."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exact_import.config import ini_file
from exact_import.errors import StorageError
from exact_import.exact.auth.storage import Storage
from exact_import.exact.clock import Interrupted


@pytest.fixture
def path(ini: Callable[..., Path]) -> Path:
    """A configuration that several processes use."""
    return ini()


def test_many_processes_lose_no_update(path: Path) -> None:
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from exact_import.exact.auth.storage import Storage
        storage = Storage(Path(sys.argv[1]))
        for number in range(20):
            storage.write_options("count", {f"p{sys.argv[2]}n{number}": "1"})
        """
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(path), str(number)])
        for number in range(4)
    ]
    assert [process.wait(60) for process in running] == [0, 0, 0, 0]
    assert len(ini_file.read(path).section("count")) == 80


@contextlib.contextmanager
def held_elsewhere(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process holds the lock."""
    program = textwrap.dedent(
        """
        import os, sys
        from pathlib import Path
        from exact_import.exact.auth.storage import Storage
        with Storage(Path(sys.argv[1])).lock():
            print("held", flush=True)
            sys.stdin.read()
        """
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    assert holder.stdout.readline() == b"held\n"
    yield holder
    holder.kill()
    holder.wait()
    holder.stdin.close()
    holder.stdout.close()


def test_the_lock_of_a_dead_process_is_free(path: Path) -> None:
    with held_elsewhere(path) as holder:
        holder.kill()
        holder.wait()
        Storage(path).set_division(8)
    assert Storage(path).get_division() == 8


def test_waiting_for_the_lock_can_be_interrupted(path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with held_elsewhere(path), pytest.raises(Interrupted), Storage(path).lock(stop):
        pass
    with Storage(path).lock(stop):
        pass


def test_a_lock_that_cannot_be_made_is_reported(path: Path) -> None:
    path.with_name(".config.ini.lock").mkdir()
    with pytest.raises(StorageError, match="cannot be locked"):
        Storage(path).set_division(8)
