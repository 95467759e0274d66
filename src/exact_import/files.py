"""Files written whole or not at all, readable by their owner only unless stated.

Each file is written under another name in the same folder, flushed to the disk, and moved into
place in one step: after a crash or on a full disk there is the old file or the new one, never a
part. A device, a FIFO or a name of standard output is never replaced: it is written to.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from filelock import BaseFileLock

PRIVATE = 0o600

# How often to retry if Windows refuses to replace a file that another program has open.
_REPLACE_TRIES = 20
# Seconds without a write after which a draft belongs to a process that was killed.
_ABANDONED = 60.0
# File systems that cannot flush a folder, and folders that may be written to but not read.
_NO_FOLDER_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM)


# Names of streams that this process already has open; they may be regular files.
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/(?:(stdout)|(stderr)|fd/(\d+))")


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file being written, at `path` until `put` moves it."""

    path: Path
    stream: BinaryIO

    def sync(self) -> None:
        """Flush what was written to the disk, and close it."""
        self.stream.flush()
        os.fsync(self.stream.fileno())
        self.stream.close()

    def put(self, target: Path) -> None:
        """Replace `target`, which must be in the same folder, in one step, durably."""
        for _ in range(_REPLACE_TRIES):
            try:
                self.path.replace(target)
                break
            except PermissionError:
                if os.name != "nt":
                    raise
                time.sleep(0.05)
        else:
            self.path.replace(target)
        _sync_folder(target.parent)


@contextlib.contextmanager
def open_draft(target: Path) -> Iterator[DraftFile]:
    """Yield a new file (0600) beside `target`, deleted at the end unless it was put in place.

    First removes drafts of killed processes.
    """
    import tempfile  # takes as long to load as all of this

    clear_drafts(target, _ABANDONED)
    descriptor, name = tempfile.mkstemp(_SUFFIX, _prefix(target), target.parent)
    path = Path(name)
    try:
        with open(descriptor, "wb") as stream:  # noqa: PTH123 -- a descriptor, not a path
            yield DraftFile(path, stream)
    finally:
        path.unlink(missing_ok=True)


def is_stream(path: Path) -> bool:
    """Return True for a device, a FIFO or a name of standard output: it is only written to."""
    if _DESCRIPTOR.fullmatch(str(path)):
        return True
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def open_stream(path: Path) -> BinaryIO:
    """Open a stream (see `is_stream`) for writing; raises OSError."""
    if (named := _DESCRIPTOR.fullmatch(str(path))) is None:
        return path.open("wb")
    number = 1 if named[1] else 2 if named[2] else int(named[3])
    for standard in (sys.stdout, sys.stderr):  # what was printed comes first
        standard.flush()
    return os.fdopen(os.dup(number), "wb")


@contextlib.contextmanager
def open_atomic(
    path: Path, *, mode: int = PRIVATE, owner: os.stat_result | None = None
) -> Iterator[BinaryIO]:
    """Open what becomes the file `path`, with this mode, once everything inside went well.

    `owner` is who it shall belong to, as far as this user may give it away.
    """
    if is_stream(path):
        with open_stream(path) as stream:
            yield stream
        return
    with open_draft(path) as draft:
        yield draft.stream
        draft.sync()
        if mode != PRIVATE:
            draft.path.chmod(mode)
        if owner is not None:
            _give(draft.path, owner)
        draft.put(path)


def write_atomic(
    path: Path, content: bytes, *, mode: int = PRIVATE, owner: os.stat_result | None = None
) -> None:
    """Make `content` that of the file `path`, as `open_atomic` does; raises OSError."""
    with open_atomic(path, mode=mode, owner=owner) as stream:
        stream.write(content)


def check_space(path: Path, size: int) -> None:
    """Raise OSError unless a file of `size` bytes can be written beside `path` now."""
    with open_draft(path) as draft:
        draft.stream.write(b" " * size)
        draft.sync()


def clear_drafts(path: Path, age: float = 0.0) -> None:
    """Remove drafts of `path` from killed processes, last written `age` seconds ago.

    Without an age, call it only if nothing else writes there.
    """
    import glob

    latest = time.time() - age
    for draft in path.parent.glob(f"{glob.escape(_prefix(path))}*{_SUFFIX}"):
        with contextlib.suppress(OSError):
            if not age or draft.stat().st_mtime <= latest:
                draft.unlink()


def make_private(path: Path) -> bool | None:
    """Remove the permissions of group and others.

    Returns True if done, False if only the owner can, None if there was nothing to do.
    """
    if os.name == "nt" or not path.stat().st_mode & 0o077:
        return None
    try:
        path.chmod(PRIVATE)
    except OSError:  # it is somebody else's
        return False
    return True


def acquire(lock: BaseFileLock, timeout: float, poll: float = 0.05) -> None:
    """Acquire a lock file within `timeout` seconds, checking every `poll` seconds.

    Raises filelock's Timeout if another process has it, and OSError if it cannot be created.
    """
    try:
        lock.acquire(timeout=timeout, poll_interval=poll)
    except NotImplementedError as error:
        # filelock raises this on a network drive without locks: for users, a disk error.
        raise OSError(None, str(error)) from None


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits; raises OSError."""
    import hashlib  # loads OpenSSL

    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def identity(path: Path) -> tuple[int, int] | None:
    """Return the identity of a file or folder, to notice a replacement; None if not readable."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


_SUFFIX = ".tmp"


def _prefix(target: Path) -> str:
    # Part of the name only: the longest that a file may have leaves no room for more. What is kept
    # beside a file (.NAME.renewal) shares its prefix, so that clearing its drafts clears both.
    return f".{target.name.lstrip('.')[:32]}."


def _give(path: Path, owner: os.stat_result) -> None:
    """Give the file to `owner` (root may refresh a user's tokens)."""
    if sys.platform == "win32":
        return
    new = path.stat()
    if (new.st_uid, new.st_gid) != (owner.st_uid, owner.st_gid):
        with contextlib.suppress(PermissionError):
            os.chown(path, owner.st_uid, owner.st_gid)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
