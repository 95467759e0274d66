"""Runs exact-import and kills it (SIGKILL) at the Nth step of its journal, counted from 1.

A step is the moment before a transaction begins, before it is committed, or after.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator

from exact_import.__main__ import main
from exact_import.store import journal

wanted = int(os.environ["EXACT_IMPORT_TEST_STEP"])
passed = 0
transaction_of = journal.Journal.transaction


def step() -> None:
    """Count one step; at the wanted one this process ends here and now."""
    global passed  # noqa: PLW0603  # one counter for the process, which is the point
    passed += 1
    if passed == wanted:
        os.kill(os.getpid(), signal.SIGKILL)


@contextlib.contextmanager
def stepping(self: journal.Journal) -> Iterator[None]:
    """Do what a transaction does, with a step before, inside and after the outermost one."""
    if self._depth:
        with transaction_of(self):
            yield
        return
    step()
    with transaction_of(self):
        yield
        step()
    step()


journal.Journal.transaction = stepping  # type: ignore[method-assign]  # counts, changes nothing
if __name__ == "__main__":
    sys.argv[0] = "exact-import"
    main()
