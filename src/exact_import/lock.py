"""One writer at a time for a configuration."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator

from exact_import.journal import Journal
from exact_import.problems import TryLater


@contextlib.contextmanager
def only_writer(journal: Journal) -> Iterator[None]:
    """Hold the right to write with this journal; raises TryLater, saying who has it.

    A lock left by a dead process does not block: the system lets go of it.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(journal.path.with_suffix(".lock"), timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        writer = json.loads(journal.fact("writer") or "{}")
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(writer.get("since", 0)))
        raise TryLater(
            "Another run is busy with this configuration"
            + (f" (process {writer['pid']}, since {since})." if writer else "."),
            "Run again when it has ended.",
        ) from None
    try:
        journal.note("writer", json.dumps({"pid": os.getpid(), "since": time.time()}))
        yield
    finally:
        lock.release()
