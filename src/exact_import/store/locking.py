"""Locks for writing: one run at a time with a configuration, and one for each company.

The system releases these file locks when a process dies. Locks beside the journal and the INI
belong to the configuration; locks in the user's state folder belong to a company of a site, so that
copies of a configuration exclude each other too.
"""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from exact_import.errors import StorageError, TemporaryError
from exact_import.files import acquire, identity
from exact_import.store import kept

if TYPE_CHECKING:
    from exact_import.store.journal import Journal

log = logging.getLogger(__name__)

_AGAIN = "Run again when it has finished."


class WriteLock:
    """The right to write, while its lock files are the ones that were locked."""

    def __init__(self) -> None:
        self._files: dict[Path, tuple[int, int] | None] = {}

    def check(self) -> None:
        """Raise TemporaryError if a lock file was removed or replaced since it was locked."""
        for path, locked in self._files.items():
            if identity(path) != locked:
                raise TemporaryError(
                    f"The lock file {path} was removed or replaced, so another exact-import run "
                    "may be writing as well.",
                    "What was sent is in the journal. Run again when no other run is in progress.",
                )

    def take(self, held: contextlib.ExitStack, path: Path, busy: str) -> None:
        """Lock the file `path` until `held` closes.

        Raises TemporaryError with the text `busy` if another process has it, and OSError if it
        cannot be created.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(path, mode=0o600)
        try:
            acquire(lock, timeout=0)
        except Timeout:
            raise TemporaryError(busy, _AGAIN) from None
        held.callback(lock.release)
        self._files[path] = identity(path)
        held.callback(self._files.pop, path)


@contextlib.contextmanager
def only_writer(journal: Journal, config: Path) -> Iterator[WriteLock]:
    """Hold the right to write with this journal and INI; raises TemporaryError, naming the holder.

    The lock of a dead process does not block: the system releases it.
    """
    lock = WriteLock()
    who = _writer(journal)
    busy = "Another exact-import run is using this configuration"
    own = journal.path.with_suffix(".lock")
    # With a symbolic link, the INI may be in use under another name, with another journal.
    ini = config.resolve()
    real = ini.with_name(f"{ini.stem}.journal.lock")
    with contextlib.ExitStack() as held:
        path = own
        try:
            lock.take(held, path, f"{busy}{who}.")
            if real != own.resolve() and os.access(real.parent, os.W_OK):
                path = real
                lock.take(held, path, f"{busy}.")
        except OSError as error:
            raise StorageError(
                f"The file {path} cannot be locked: {error.strerror}.",
                "Make it and its folder writable for the user who runs this program.",
            ) from None
        journal.note("writer", json.dumps({"pid": os.getpid(), "since": time.time()}))
        yield lock


@contextlib.contextmanager
def only_writer_of(site: str, division: int) -> Iterator[WriteLock]:
    """Hold the right to write to a company of the site with this REST address, on this computer.

    Raises TemporaryError if another run writes to it, with any configuration. If the user's state
    folder cannot be written, there is no such lock, and a warning says so once.
    """
    from platformdirs import user_state_path  # only writers need it

    lock = WriteLock()
    folder = user_state_path("exact-import") / "locks"
    host = urlsplit(site).netloc.replace(":", "_")
    with contextlib.ExitStack() as held:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = folder / f"{host}-{division}.lock"
            lock.take(held, path, f"Another exact-import run is writing to company {division}.")
        except OSError as error:
            _warn_without_lock(folder, error.strerror or str(error))
        yield lock


@functools.cache
def _warn_without_lock(folder: Path, why: str) -> None:
    log.warning(
        "%s cannot be used for locks (%s): a copy of this configuration could write to the same "
        "company at the same time. Make the folder writable, or name another folder in "
        "XDG_STATE_HOME.",
        folder,
        why,
    )


def _writer(journal: Journal) -> str:
    """Return the last writer as the end of a sentence; "" if not known."""
    writer = kept.document(journal.fact("writer") or "{}")
    try:
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(writer["since"]))
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return ""
    return f" (process {writer.get('pid')}, since {since})"


def is_busy(path: Path) -> bool:
    """Return True if a run is writing with the journal at `path`."""
    with contextlib.ExitStack() as held:
        try:
            WriteLock().take(held, path.with_suffix(".lock"), "")
        except TemporaryError:
            return True
        except OSError:
            return False
    return False
