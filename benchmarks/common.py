"""What the benchmarks share: medians with their range, taking turns, and a sandbox to work on."""

from __future__ import annotations

import argparse
import atexit
import contextlib
import functools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from exact_sandbox import RemoteControl

Measure = TypeVar("Measure")

# A sandbox whose limits are never felt.
UNLIMITED = {"minute_limit": 1_000_000, "day_limit": 10_000_000}


@dataclass(frozen=True, slots=True)
class Spread:
    """Measurements of one thing."""

    values: Sequence[float]

    @property
    def median(self) -> float:
        """The one in the middle."""
        return statistics.median(self.values)

    def show(self, form: str = ".2f") -> str:
        """Return the median and the range, each in the format `form`."""
        low, high = min(self.values), max(self.values)
        return f"{self.median:{form}} ({low:{form}} to {high:{form}})"


@dataclass(frozen=True, slots=True)
class Served:
    """A sandbox in a process of its own."""

    remote: RemoteControl
    config: Path
    ca_file: Path


@dataclass(frozen=True, slots=True)
class Ended:
    """How one `exact-import` process ended; times in seconds."""

    document: dict[str, Any]
    wall: float
    cpu: float
    started: float  # epoch seconds


def options(description: str | None, *, times: int, quick: int) -> argparse.ArgumentParser:
    """Return a parser with `--quick` and `--times`; `times_of` reads them."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="less of everything, to try it out")
    parser.add_argument("--times", type=int, help=f"how often (default {times}, quick {quick})")
    parser.set_defaults(usual=times, few=quick)
    return parser


def times_of(said: argparse.Namespace) -> int:
    """Return how often to measure."""
    return int(said.times or (said.few if said.quick else said.usual))


def in_turn(cases: Mapping[str, Callable[[], Measure]], times: int) -> dict[str, list[Measure]]:
    """Measure all cases `times` times, taking turns, so that a noisy minute hits all alike."""
    found: dict[str, list[Measure]] = {name: [] for name in cases}
    for turn in range(times):
        for name in sorted(cases, reverse=turn % 2 == 1):
            found[name].append(cases[name]())
    return found


def ratios(these: Sequence[float], to: Sequence[float]) -> Spread:
    """Return the ratio of each measurement to the one that was taken beside it."""
    return Spread([one / other for one, other in zip(these, to, strict=True)])


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """Yield a folder that goes again."""
    with tempfile.TemporaryDirectory(prefix="exact-import-benchmark-") as name:
        yield Path(name)


@contextlib.contextmanager
def sandbox(state: Path, **settings: float | str) -> Iterator[Served]:
    """Run a sandbox in a process of its own; `settings` are those of `SandboxSettings`."""
    # Here, for a process that is started has at first the memory of the one that starts it.
    from exact_sandbox import RemoteControl

    chosen = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    process = subprocess.Popen(
        [sys.executable, "-m", "exact_sandbox", f"--state={state}", *chosen],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        ready = json.loads(process.stdout.readline() if process.stdout else "")
        ca_file = Path(ready["ca_file"])
        with RemoteControl(ready["url"], ca_file) as remote:
            yield Served(remote, Path(ready["config"]), ca_file)
    finally:
        process.terminate()
        process.communicate()


def run_import(where: Path, *arguments: str) -> Ended:
    """Run `exact-import … --json` in the folder `where`; raises where it did not go well."""
    command = [sys.executable, "-m", "exact_import", *arguments, "--json"]
    with (where / "out.json").open("w+b") as out, (where / "err.txt").open("w+b") as err:
        started = time.time()
        process = subprocess.Popen(command, cwd=where, stdout=out, stderr=err, env=environment())
        _, status, used = os.wait4(process.pid, 0)
        wall = time.time() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            raise RuntimeError(f"exact-import ended with {process.returncode}: {err.read()!r}")
        return Ended(json.loads(out.read()), wall, used.ru_utime + used.ru_stime, started)


@functools.cache
def environment() -> dict[str, str]:
    """Return an environment in which Python compiles a module once, as where it is installed."""
    kept = tempfile.mkdtemp(prefix="exact-import-compiled-")
    atexit.register(shutil.rmtree, kept, ignore_errors=True)
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": kept}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


@dataclass(frozen=True, slots=True)
class Ran:
    """How one process ended: times in seconds, `peak` the most memory it had in MB."""

    output: bytes
    wall: float
    cpu: float
    peak: float


def run(
    command: Sequence[str],
    where: Path,
    *,
    cores: int = 0,
    accepted: Sequence[int] = (0,),
    watch: bool = False,
) -> Ran:
    """Run a command in the folder `where`, held to so many cores where the system can do that.

    To `watch` it finds out its memory, and on systems other than Linux nothing; without, `peak` is
    not less than this process's own. Raises where its exit status is none of the `accepted` ones.
    """
    mine = os.sched_getaffinity(0) if cores and hasattr(os, "sched_getaffinity") else None
    with (where / "out.txt").open("w+b") as out, (where / "err.txt").open("w+b") as err:
        try:
            if mine is not None:  # which the process inherits
                os.sched_setaffinity(0, sorted(mine)[-cores:])
            started = time.perf_counter()
            process = subprocess.Popen(
                command, cwd=where, stdout=out, stderr=err, env=environment()
            )
            peak = _watched(process.pid) if watch else 0.0
            _, status, used = os.wait4(process.pid, 0)
            wall = time.perf_counter() - started
        finally:
            if mine is not None:
                os.sched_setaffinity(0, mine)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode not in accepted:
            raise RuntimeError(f"{command} ended with {process.returncode}: {err.read()!r}")
        peak = peak or used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
        return Ran(out.read(), wall, used.ru_utime + used.ru_stime, peak)


def _watched(process: int) -> float:
    """Return the most memory of a process, in MB, once it has ended."""
    largest = 0.0
    while os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        largest = max(largest, resident(process))
        time.sleep(0.02)
    return largest


def resident(process: int) -> float:
    """Return the memory that a process has now, in MB; 0 where that is not known."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return 0.0


def machine() -> str:
    """Return in a line what this was measured on."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    python = ".".join(map(str, sys.version_info[:3]))
    return f"Python {python}, {os.cpu_count()} cores, load {load:.1f} at the start"
