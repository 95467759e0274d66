"""Where the bytes of a CSV come from: a file, a compressed file, or standard input.

Whatever it is, it can be read more than once, each time from the start, and is never held in
memory. Reading stops with one sentence when the file is damaged or changes under the program.
"""

from __future__ import annotations

import io
import os
import stat
import sys
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from exact_import.errors import StorageError, UsageError
from exact_import.tables.filetype import refuse_strangers

if TYPE_CHECKING:
    from collections.abc import Callable

STDIN = "-"
CHUNK = 1 << 18
"""Bytes read at a time."""

_GZIP = b"\x1f\x8b"


class FileSource:
    """The bytes behind one name on the command line.

    `name` is what messages call it, `path` the file or None for standard input. Raises
    UsageError when there is nothing that can be read, or what is there is not text.
    """

    def __init__(self, argument: str) -> None:
        self.name = "<stdin>" if argument == STDIN else argument
        self.path = None if argument == STDIN else Path(argument)
        self._spool: _Spool | None = None
        self._identity: tuple[int, ...] | None = None
        self._fingerprint = ""
        if self.path is None:
            self._spool = self._read_stdin()
        else:
            status = self._examine(self.path)
            if stat.S_ISREG(status.st_mode):
                self._identity = _identity(status)
            else:
                self._spool = self._read_pipe(self.path)
        self._compressed = False
        with self.open() as stream:
            self._compressed = stream.read(2) == _GZIP
        head = self.head()
        if not head:
            raise UsageError(f"{self.name} is empty.", "Export it again.")
        refuse_strangers(self.name, head)

    def head(self) -> bytes:
        """Return the first CHUNK bytes, or all when there are fewer."""
        with self.open() as stream:
            return stream.read(CHUNK)

    def open(self) -> io.BufferedReader:
        """Open the bytes from the start, decompressed.

        Reading raises UsageError where the file is damaged, cannot be read any more, or is not
        the file any more that it was at first.
        """
        try:
            if self._compressed:
                import gzip

                raw: BinaryIO = cast(
                    "BinaryIO",
                    gzip.GzipFile(self.path)
                    if self._spool is None
                    else gzip.GzipFile(fileobj=io.BufferedReader(self._spool.window())),
                )
            elif self._spool is not None:
                raw = cast("BinaryIO", self._spool.window())
            else:
                raw = cast("BinaryIO", io.FileIO(cast("Path", self.path)))
        except OSError as error:
            raise self._unreadable(error) from error
        return io.BufferedReader(_Guarded(raw, self._check, self._explain), CHUNK)

    @property
    def size(self) -> int:
        """The size of a file in bytes, 0 for what cannot be read from anywhere but its start."""
        return 0 if self._identity is None or self._compressed else self._identity[2]

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` to `stop` of a file that has a `size`; raises as `open`."""
        try:
            with cast("Path", self.path).open("rb") as stream:
                self._check()
                stream.seek(start)
                found = stream.read(stop - start)
                self._check()
                return found
        except OSError as error:
            raise self._unreadable(error) from error

    def fingerprint(self) -> str:
        """Return the SHA-256 of the (decompressed) bytes, in hexadecimal digits."""
        if not self._fingerprint:
            import hashlib

            with self.open() as stream:
                self._fingerprint = hashlib.file_digest(stream, "sha256").hexdigest()
        return self._fingerprint

    def _examine(self, path: Path) -> os.stat_result:
        try:
            status = path.stat()
        except FileNotFoundError:
            raise UsageError(f"{self.name} does not exist.", "Check its name and folder.") from None
        except (OSError, ValueError) as error:
            raise self._unreadable(error) from error
        if stat.S_ISDIR(status.st_mode):
            raise UsageError(f"{self.name} is a folder.", "Name the CSV files in it.")
        if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
            raise UsageError(
                f"{self.name} is a device, not a file.", 'For standard input give "-" as the name.'
            )
        return status

    def _read_stdin(self) -> _Spool:
        if sys.stdin is None or sys.stdin.closed:
            raise UsageError("There is no standard input to read.", "Name a CSV file.")
        return self._fill(sys.stdin.buffer)

    def _read_pipe(self, path: Path) -> _Spool:
        try:
            with path.open("rb") as stream:
                return self._fill(stream)
        except OSError as error:
            raise self._unreadable(error) from error

    def _fill(self, stream: BinaryIO) -> _Spool:
        import tempfile

        try:
            with tempfile.TemporaryFile(prefix="exact-import-") as copy:
                first = True
                while chunk := stream.read(CHUNK):
                    # An endless stream of no text ends here and not with a full disk.
                    if first and not chunk.startswith(_GZIP):
                        refuse_strangers(self.name, chunk)
                    first = False
                    copy.write(chunk)
                copy.flush()
                return _Spool(os.dup(copy.fileno()))
        except OSError as error:
            raise StorageError(
                f"{self.name} could not be kept in a temporary file: {error.strerror or error}.",
                "Make room, or set TMPDIR to a folder that has it.",
            ) from error

    def _check(self) -> None:
        """Raise UsageError when the file was changed or replaced since it was first opened."""
        if self._identity is None:
            return
        try:
            now = _identity(cast("Path", self.path).stat())
        except OSError as error:
            raise self._unreadable(error) from error
        if now != self._identity:
            raise UsageError(
                f"{self.name} was changed while it was being read.",
                "Run again once it is completely written.",
            )

    def _explain(self, error: Exception) -> UsageError:
        if self._compressed and not (isinstance(error, OSError) and error.errno):
            return UsageError(
                f"{self.name} is damaged: it cannot be decompressed to its end.",
                "Copy or download it again.",
            )
        return self._unreadable(error)

    def _unreadable(self, error: Exception) -> UsageError:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return UsageError(f"{self.name} cannot be read: {reason}.", "Check its name and rights.")


def _identity(status: os.stat_result) -> tuple[int, ...]:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


class _Spool:
    """A nameless temporary file, gone when nobody needs it."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.lock = threading.Lock()
        weakref.finalize(self, os.close, descriptor)

    def window(self) -> io.RawIOBase:
        return _Window(self)


class _Window(io.RawIOBase):
    """Reads a spool from a position of its own, so that it can be read several times at once."""

    def __init__(self, spool: _Spool) -> None:
        self._spool = spool
        self._position = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # narrower than any buffer
        with self._spool.lock:
            os.lseek(self._spool.descriptor, self._position, os.SEEK_SET)
            chunk = os.read(self._spool.descriptor, len(buffer))
        buffer[: len(chunk)] = chunk
        self._position += len(chunk)
        return len(chunk)


class _Guarded(io.RawIOBase):
    """Turns what goes wrong while reading into a sentence, and checks the file at both ends."""

    def __init__(
        self, raw: BinaryIO, check: Callable[[], None], explain: Callable[[Exception], UsageError]
    ) -> None:
        self._raw = raw
        self._check = check
        self._explain = explain
        self._started = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # narrower than any buffer
        import zlib

        if not self._started:
            self._started = True
            self._check()
        try:
            count = cast("io.RawIOBase", self._raw).readinto(buffer) or 0
        except (OSError, EOFError, zlib.error) as error:
            raise self._explain(error) from error
        if not count:
            self._check()
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()
