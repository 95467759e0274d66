"""One writer at a time for a configuration."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from exact_import.errors import StorageError, TemporaryError
from exact_import.store.journal import Journal


@contextlib.contextmanager
def only_writer(journal: Journal, config: Path) -> Iterator[None]:
    """Hold the right to write with this journal and INI; raises TemporaryError, saying who has it.

    A lock left by a dead process does not block: the system lets go of it.
    """
    with contextlib.ExitStack() as held:
        own = journal.path.with_suffix(".lock")
        _take(held, own, journal)
        # By way of a link the INI may be at work under another name, with another journal.
        ini = config.resolve()
        real = ini.with_name(f"{ini.stem}.journal.lock")
        if real != own.resolve() and os.access(real.parent, os.W_OK):
            _take(held, real, None)
        journal.note("writer", json.dumps({"pid": os.getpid(), "since": time.time()}))
        yield


def is_busy(path: Path) -> bool:
    """Tell whether a run is writing just now with the journal at `path`."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(path.with_suffix(".lock"), timeout=0, mode=0o600):
            return False
    except Timeout:
        return True
    except OSError:
        return False


def _take(held: contextlib.ExitStack, path: Path, journal: Journal | None) -> None:
    """Take the lock at `path`, whose holder the journal names, for as long as `held`."""
    from filelock import FileLock, Timeout

    try:
        held.enter_context(FileLock(path, timeout=0, mode=0o600))
    except Timeout:
        writer = json.loads((journal and journal.fact("writer")) or "{}")
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(writer.get("since", 0)))
        raise TemporaryError(
            "Another run is busy with this configuration"
            + (f" (process {writer['pid']}, since {since})." if writer else "."),
            "Run again when it has ended.",
        ) from None
    except OSError as error:
        raise StorageError(
            f"The file {path} cannot be locked: {error.strerror}.",
            "Make it and its folder writable for who runs this.",
        ) from None
