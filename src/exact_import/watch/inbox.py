"""The CSV files in a watched folder: in which order they came, and which are complete.

A file is complete when nothing about it has changed for a while: its writer has finished, or it
was renamed into place.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_SUFFIXES = (".csv", ".csv.gz")
# What spreadsheets and shares keep beside a file that is open.
_TEMPORARY = (".", "~$")
# An empty file is mostly one that its writer has yet to fill.
_EMPTY_FACTOR = 12
# Files unchanged for this long (seconds) were complete before the watch began; the clock of a share
# may differ by less.
_OLD = 120.0


@dataclass(frozen=True, slots=True)
class Signature:
    """What changes when a file is written to or replaced. Times are nanoseconds."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int

    @classmethod
    def of(cls, path: Path) -> Signature | None:
        """Return the signature of the file at `path`, None where there is no regular file."""
        try:
            status = path.lstat()
        except (OSError, ValueError):
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        return cls(
            status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
        )

    @property
    def content(self) -> tuple[int, int, int, int]:
        """The part that stays the same when the file is renamed."""
        return (self.device, self.inode, self.size, self.modified)

    @property
    def arrived(self) -> int:
        """When the file came here: POSIX notes that even for a rename, Windows does not."""
        return self.changed if os.name == "posix" else max(self.changed, self.modified)


@dataclass(slots=True)
class InboxFile:
    """A CSV in the folder, and since when (monotonic seconds) it has not changed."""

    path: Path
    signature: Signature
    since: float

    @property
    def order(self) -> tuple[int, str]:
        """The key by which files are imported in order."""
        return (self.signature.arrived, self.path.name)


class Inbox:
    """The folder; a file in it is complete after `rest` seconds without a change.

    Subfolders, hidden files and links are ignored. `monotonic` and `now` are clocks.
    """

    def __init__(
        self,
        folder: Path,
        rest: float,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.folder = folder
        self.rest = rest
        self._monotonic = monotonic
        self._now = now
        self._known: dict[Path, InboxFile] = {}
        self._ignored: dict[Path, Signature] = {}

    def scan(self) -> bool:
        """List the folder anew; returns False if it does not exist."""
        try:
            names = os.listdir(self.folder)  # noqa: PTH208  # names are all that is needed
        except OSError:
            self._known.clear()
            return False
        found: dict[Path, InboxFile] = {}
        for name in names:
            if not name.lower().endswith(_SUFFIXES) or name.startswith(_TEMPORARY):
                continue
            path = self.folder / name
            signature = Signature.of(path)
            if signature is None or self._ignored.get(path) == signature:
                continue
            known = self._known.get(path)
            if known is None or known.signature != signature:
                known = InboxFile(path, signature, self._since(signature, known is None))
            found[path] = known
        self._known = found
        return True

    def ready(self) -> list[InboxFile]:
        """Return the files that are complete, in order of arrival."""
        return sorted(
            (file for file in self._known.values() if self._seconds_left(file) <= 0),
            key=lambda file: file.order,
        )

    def next_ready(self) -> float | None:
        """Return the seconds until the next file may be complete; None if none is awaited."""
        left = [self._seconds_left(file) for file in self._known.values()]
        return min((seconds for seconds in left if seconds > 0), default=None)

    def ignore(self, file: InboxFile) -> None:
        """Ignore this file until it changes."""
        self._ignored[file.path] = file.signature
        self._known.pop(file.path, None)

    def _since(self, signature: Signature, first: bool) -> float:
        seconds = self._monotonic()
        touched = max(signature.modified, signature.changed) / 1e9
        if first and self._now() - touched > max(_OLD, self._rest_of(signature)):
            return seconds - self._rest_of(signature)
        return seconds

    def _rest_of(self, signature: Signature) -> float:
        return self.rest if signature.size else self.rest * _EMPTY_FACTOR

    def _seconds_left(self, file: InboxFile) -> float:
        return file.since + self._rest_of(file.signature) - self._monotonic()
