"""The watched folder: the files in it that are complete, and where they go once imported.

A file is complete when it has not changed for a while: its writer has finished, or it was renamed
into place. Imported files go to `done` or `failed`, with their reports. The power may fail after
any step: the reports are written first, the journal then notes what was imported and where it goes,
and one rename moves the file; the next start finishes the rest.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import stat
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from exact_import.errors import StorageError
from exact_import.reporting.document import run_document
from exact_import.reporting.html import write_whole
from exact_import.reporting.report import Report
from exact_import.store import kept
from exact_import.store.journal import Journal, run_name
from exact_import.tables.rejects_form import parse_rejects_name, shortened, stem_of
from exact_import.tables.source import OPEN_PREFIXES, is_table_name, without_runs

log = logging.getLogger(__name__)

# Bytes in the longest name in addition to run and stem.
_SUFFIX_BYTES = len("--9999.rejected-999.csv")
# Names of files while they are written or copied, and of files that systems create.
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".download", "~")
_SYSTEM_FILES = ("desktop.ini", "thumbs.db")
# An empty file has usually not been filled yet.
_EMPTY_FACTOR = 12
_JUNCTION = 0xA0000003  # IO_REPARSE_TAG_MOUNT_POINT, which `stat` has on Windows only
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
        """Return the signature of the file at `path`, None if there is no regular file."""
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
    """A file in the folder, and since when (monotonic seconds) it has not changed."""

    path: Path
    signature: Signature
    since: float

    @property
    def order(self) -> tuple[int, str]:
        """The sort key for the order of imports."""
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
        self._others: dict[Path, InboxFile] = {}
        self._ignored: dict[Path, Signature] = {}

    def scan(self) -> bool:
        """List the folder again; returns False if it does not exist."""
        try:
            names = os.listdir(self.folder)  # noqa: PTH208  # names are all that is needed
        except OSError:
            self._known.clear()
            self._others.clear()
            return False
        tables = {name for name in names if is_table_name(name)}
        self._known = self._found(tables, self._known)
        self._others = self._found(filter(_is_meant, set(names) - tables), self._others)
        return True

    def _found(
        self, names: Iterable[str], before: Mapping[Path, InboxFile]
    ) -> dict[Path, InboxFile]:
        """Return the regular files with these names, each with the time of its last change."""
        found: dict[Path, InboxFile] = {}
        for name in names:
            path = self.folder / name
            signature = Signature.of(path)
            if signature is None or self._ignored.get(path) == signature:
                continue
            known = before.get(path)
            if known is None or known.signature != signature:
                known = InboxFile(path, signature, self._since(signature, known is None))
            found[path] = known
        return found

    def passed_over(self) -> list[InboxFile]:
        """Return the complete files whose names are not those of tables, each once."""
        found = [file for file in self._others.values() if self._seconds_left(file) <= 0]
        for file in found:
            self._ignored[file.path] = file.signature
            del self._others[file.path]
        return found

    def ready(self) -> list[InboxFile]:
        """Return the files that are complete, in order of arrival."""
        return sorted(
            (file for file in self._known.values() if self._seconds_left(file) <= 0),
            key=lambda file: file.order,
        )

    def next_ready(self) -> float | None:
        """Return the seconds until the next file may be complete; None if there is none."""
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


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """The last file imported: the SHA-256 of its bytes, its run and status, and where it goes.

    `filed` is False until the move is confirmed.
    """

    digest: str
    run: str
    status: int
    target: str
    filed: bool = False


class ImportHistory:
    """The files imported for `division`, in the journal at `path`.

    Methods raise StorageError if the journal cannot be used.
    """

    def __init__(self, path: Path, division: str) -> None:
        self._path = path
        self._name = f"watched {division}"

    def last(self) -> ImportedFile | None:
        """Return the file imported last, if any."""
        with contextlib.closing(Journal(self._path)) as journal:
            noted = journal.fact(self._name)
        if noted is None:
            return None
        try:
            return ImportedFile(**kept.document(noted))
        except TypeError:
            raise kept.damage() from None

    def record(self, imported: ImportedFile) -> None:
        """Record durably that `imported` is now the last file."""
        with contextlib.closing(Journal(self._path)) as journal:
            journal.note(self._name, json.dumps(asdict(imported)))

    def is_unedited_rejects(self, digest: str) -> bool:
        """Return True if the file with this SHA-256 is one of our rejects, which nobody edited."""
        with contextlib.closing(Journal(self._path)) as journal:
            return bool(
                journal.read(
                    "SELECT 1 FROM fact WHERE name LIKE 'rejects %' AND value = ? LIMIT 1",
                    (digest,),
                )
            )


def _is_meant(name: str) -> bool:
    """Return True if somebody may have meant a file of this name to be imported."""
    name = name.lower()
    return not (
        name.startswith(OPEN_PREFIXES) or name.endswith(_UNFINISHED) or name in _SYSTEM_FILES
    )


class Archive:
    """The folders `done` and `failed` within `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def check(self) -> None:
        """Raise StorageError if nothing can be moved: also if a folder is a link to anywhere."""
        if not os.access(self._folder, os.W_OK):
            raise StorageError(
                f"Files cannot be moved within {self._folder}; nothing was imported.",
                "Make the folder writable.",
            )
        for name in ("done", "failed"):
            folder = self._folder / name
            if _is_link(folder):
                raise StorageError(
                    f"{folder} is a symbolic link, which is not followed; nothing was imported.",
                    "Remove it; the folder is created when it is needed.",
                )

    def prepare(self, file: InboxFile, report: Report, *, good: bool) -> Path:
        """Create the folder, move the rejects there, and return the target of the file itself.

        All files of one run begin with the name of the run and of the file.
        """
        folder = self._folder / ("done" if good else "failed")
        # A file without a run is named in the same way, so that all sort by time.
        run = run_of(report) or run_name(time.time())
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            target = _free_name(folder, run, file.path)
            # Rejects of rejects are numbered on.
            stem, last = parse_rejects_name(target.name) or (stem_of(target.name), 0)
            for place, name in enumerate(report.rejects):
                rejected, number = Path(name), last + place + 1
                count = f"-{number}" if number > 1 else ""
                moved = target.with_name(f"{stem}.rejected{count}.csv")
                with contextlib.suppress(OSError):  # a share may not know permissions
                    rejected.chmod(mode_like(file.path))
                rejected.replace(moved)
                report.rejects[place] = str(moved)
        except OSError as error:
            raise _not_moved(file.path, folder, error) from error
        return target

    def write_document(self, target: Path, report: Report, mode: int) -> None:
        """Write the JSON document of `report` beside `target`; raises StorageError."""
        text = json.dumps(run_document(report), ensure_ascii=False, indent=1)
        write_whole(self.beside(target, ".json"), text + "\n", mode)

    def beside(self, target: Path, suffix: str) -> Path:
        """Return the path beside `target` with its name and another suffix."""
        return target.with_name(stem_of(target.name) + suffix)

    def move(self, file: InboxFile, target: Path) -> bool:
        """Move the file to `target`; False if it is gone or was replaced.

        Never overwrites, never copies. Raises StorageError.
        """
        before = Signature.of(file.path)
        if before is None or before.content != file.signature.content:
            return False
        try:
            file.path.rename(target)
        except FileNotFoundError:
            if file.path.exists():
                raise StorageError(f"The folder {target.parent} no longer exists.", "") from None
            return False
        except OSError as error:
            raise _not_moved(file.path, target.parent, error) from error
        moved = Signature.of(target)
        if moved is not None and moved.content != file.signature.content:
            # It was replaced just before: the moved file has not been imported yet.
            _put_back(target, file.path)
            return False
        log.info("%s went to %s.", file.path.name, target)
        return True


def _is_link(path: Path) -> bool:
    """Return True for a symbolic link, and for a junction (a link to a folder, on Windows)."""
    try:
        status = path.lstat()
    except (OSError, ValueError):
        return False
    junction = getattr(status, "st_reparse_tag", 0) == _JUNCTION
    return junction or stat.S_ISLNK(status.st_mode)


def run_of(report: Report) -> str:
    """Return the run's name, of several divisions' the first; empty where there was none."""
    return report.run or next((part.run for part in report.divisions if part.run), "")


def mode_like(path: Path) -> int:
    """Return permissions for reports on the file at `path`: its readers may read them."""
    try:
        return stat.S_IMODE(path.lstat().st_mode) & 0o644 | 0o600
    except OSError:
        return 0o600


def _free_name(folder: Path, run: str, path: Path) -> Path:
    """Return an unused name in `folder` for `path`, of its reports too.

    Rejects that come back have the name of an earlier run, and get that of this one.
    """
    plain = without_runs(path.name)
    stem = stem_of(plain)
    suffix = plain[len(stem) :]
    first = f"{run}-{shortened(stem, len(run) + _SUFFIX_BYTES)}"
    for number in range(1, 10_000):
        name = first + (f"-{number}" if number > 1 else "")
        taken = [folder / f"{name}{end}" for end in (suffix, ".json", ".html")]
        if not any(candidate.exists() for candidate in taken):
            return taken[0]
    raise StorageError(
        f"{folder} has too many files named like {path.name}.", "Delete old files in it."
    )


def _put_back(target: Path, original: Path) -> None:
    if original.exists():
        log.warning(
            "%s was replaced twice while it was imported; the version in between was not imported "
            "and is now %s.",
            original.name,
            target,
        )
        return
    try:
        target.rename(original)
    except OSError as error:
        raise _not_moved(target, original.parent, error) from error


def _not_moved(path: Path, folder: Path, error: OSError) -> StorageError:
    advice = "Check that the folder can be written to and has room; nothing is imported twice."
    if error.errno == errno.EXDEV:
        advice = f"{folder} must be on the same disk as the folder itself."
    elif os.name == "nt" and isinstance(error, PermissionError):
        advice = f"Close {path.name} in other programs, such as Excel; nothing is imported twice."
    return StorageError(
        f"{path.name} cannot be put into {folder}: {error.strerror or error}.", advice
    )
