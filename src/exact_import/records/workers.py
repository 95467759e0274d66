"""Parts of large files, read by several processes at once, one for each processor core.

The processes are started as programs of their own, so that it goes alike on every system; they end
when the one that started them does, and a Ctrl-C is for that one only. All hash texts alike, for
surveys are compared by hashes.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import random
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING, Self

from exact_import.errors import ExactImportError
from exact_import.records.parts import LostError, PartReader, Recipe, RowsFound

if TYPE_CHECKING:
    from concurrent.futures import Future

    from exact_import.tables.parts import Part

AT_MOST = 4  # processes: more would wait for the one that joins what they read


def cores() -> int:
    """Return how many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Workers:
    """So many processes that read; for use in a `with`, after which they are gone."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._open = contextlib.ExitStack()
        self._idle: queue.SimpleQueue[subprocess.Popen[bytes]] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        seed = str(random.SystemRandom().randrange(1, 2**32))
        try:
            for _ in range(self._count):
                process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "exact_import.records.workers"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env={**os.environ, "PYTHONHASHSEED": seed},
                )
                self._open.callback(_end, process)
                self._idle.put(process)
        except (OSError, TypeError) as error:  # TypeError where Python does not know its own name
            self._open.close()
            raise LostError from error
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def read_parts(self, recipe: Recipe, parts: Iterable[Part]) -> Generator[RowsFound]:
        """Yield what the parts of a table come to, in order; raises LostError, and faults."""
        from concurrent.futures import ThreadPoolExecutor  # for large files only

        packed = pickle.dumps(recipe)

        def found(part: Part) -> RowsFound:
            process = self._idle.get()
            try:
                return _ask(process, (packed, part))
            finally:
                self._idle.put(process)

        under_way: deque[Future[RowsFound]] = deque()
        with ThreadPoolExecutor(self._count) as pool:
            try:
                for part in parts:
                    under_way.append(pool.submit(found, part))
                    if len(under_way) > 2 * self._count:
                        yield under_way.popleft().result()
                while under_way:
                    yield under_way.popleft().result()
            finally:
                for one in under_way:
                    one.cancel()


@contextlib.contextmanager
def ready() -> Generator[Workers | None]:
    """Start a process for each core; None where there is one only, or they cannot be started."""
    with contextlib.ExitStack() as opened:
        workers = None
        if cores() > 1:
            with contextlib.suppress(LostError):
                workers = opened.enter_context(Workers(min(cores(), AT_MOST)))
        yield workers


def _ask(process: subprocess.Popen[bytes], question: tuple[bytes, Part]) -> RowsFound:
    if process.stdin is None or process.stdout is None:
        raise LostError
    try:
        pickle.dump(question, process.stdin)
        process.stdin.flush()
        answer: RowsFound | ExactImportError = pickle.load(process.stdout)  # noqa: S301 # our own process
    except (OSError, EOFError, pickle.UnpicklingError) as error:
        raise LostError from error
    if isinstance(answer, ExactImportError):
        raise answer
    return answer


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


def main() -> None:
    """Answer what is asked on standard input, until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = sys.stdout.buffer
    reader: PartReader | None = None
    known = b""
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            packed, part = pickle.load(sys.stdin.buffer)  # noqa: S301 # from the one that began us
            answer: RowsFound | ExactImportError
            try:
                if reader is None or packed != known:
                    reader, known = PartReader(pickle.loads(packed)), packed  # noqa: S301 # alike
                answer = reader.part(part)
            except ExactImportError as fault:
                answer = fault
            pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()


if __name__ == "__main__":
    main()
