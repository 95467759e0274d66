"""Fixtures that all tests share."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from depth import scaled

if TYPE_CHECKING:
    from exact_sandbox import Sandbox
    from sandbox_env import MakeEnv, SandboxEnv

IN_MEMORY = Path("/dev/shm")
ROOM = 4_000_000_000  # bytes
NO_PROGRAMS = getattr(os, "ST_NOEXEC", 0)  # Linux's mark of a disk that no program may be on

# How long an example takes is the machine's affair.
settings.register_profile("patient", deadline=None, max_examples=scaled(100))
settings.load_profile("patient")


@pytest.hookimpl(tryfirst=True)  # before the workers are started
def pytest_configure(config: pytest.Config) -> None:
    """Choose where compiled modules and the tests' files are kept, for all processes.

    What may not be compiled beside the sources is kept among pytest's own files. To compile the
    tests takes as long as a third of the unit tests, and to compile the program a third of what a
    process costs that does little.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", "") and "PYTHONPYCACHEPREFIX" not in os.environ:
        folder = str(config.rootpath / ".pytest_cache" / "bytecode")
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = folder
        sys.dont_write_bytecode = False
    if "TMPDIR" not in os.environ and _has_room_in_memory():
        os.environ["TMPDIR"] = tempfile.tempdir = str(IN_MEMORY)


def _has_room_in_memory() -> bool:
    """Return True if the tests' files may be in memory: an import waits for its disk at each call.

    A killed process loses nothing that the system has taken, so no test needs a disk.
    """
    if sys.platform == "win32" or not os.access(IN_MEMORY, os.W_OK):
        return False
    disk = os.statvfs(IN_MEMORY)
    return disk.f_bavail * disk.f_frsize > ROOM and not disk.f_flag & NO_PROGRAMS


def pytest_xdist_auto_num_workers() -> int:
    """Return two workers a processor: many tests wait, for an answer that was lost or a limit."""
    return 2 * (os.cpu_count() or 1)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip on Windows what needs a POSIX system, and all that kills processes."""
    needs_posix = item.get_closest_marker("posix") is not None or "crash" in item.path.parts
    if sys.platform == "win32" and needs_posix:
        # Windows has no SIGKILL, modes of files, pseudo-terminals or POSIX shell to test with.
        pytest.skip("Windows has no such signals, limits, modes, terminals, names or shells")


@pytest.fixture(autouse=True)
def _log_level() -> Iterator[None]:
    """Leave the program's logger as it was: a worker has tests of all kinds, in any order."""
    ours = logging.getLogger("exact_import")
    level = ours.level
    yield
    ours.setLevel(level)


@pytest.fixture(name="make_env")
def _make_env(tmp_path: Path) -> Iterator[MakeEnv]:
    """Return what starts a sandbox; the sandbox's limits are wide unless it is told otherwise."""
    from exact_sandbox import Sandbox, SandboxSettings, write_config  # unit tests need none
    from sandbox_env import SandboxEnv

    envs: list[Sandbox] = []

    def make(**settings: object) -> SandboxEnv:
        place = tmp_path / f"env{len(envs)}"
        place.mkdir()
        wide: dict[str, Any] = {"minute_limit": 1_000_000, "day_limit": 1_000_000, **settings}
        sandbox = Sandbox(SandboxSettings(state=place / "sandbox", **wide))
        sandbox.start()
        envs.append(sandbox)
        config = place / "config.ini"
        write_config(sandbox, config)
        return SandboxEnv(place, sandbox, config, {"EXACT_IMPORT_SANDBOX": str(place / "sandbox")})

    yield make
    for sandbox in envs:
        sandbox.stop()


@pytest.fixture(name="env")
def _env(make_env: MakeEnv) -> SandboxEnv:
    """Return a sandbox whose limits nobody meets."""
    return make_env()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end, in red, which tests were not done, and why."""
    reasons = {
        str(report.longrepr[2])
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
    }
    for reason in sorted(reasons):
        terminalreporter.write_line(f"NOT TESTED: {reason}", red=True, bold=True)
