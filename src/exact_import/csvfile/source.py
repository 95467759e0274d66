"""Where the bytes of a CSV come from: a file, a compressed file, or standard input.

Whatever it is, it can be read more than once, each time from the start, and is never held in
memory. Reading stops with one sentence when the file is damaged or changes under the program.
"""

from __future__ import annotations

import codecs
import io
import os
import stat
import sys
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from exact_import.problems import DiskFault, UsageFault

if TYPE_CHECKING:
    from collections.abc import Callable

STDIN = "-"
CHUNK = 1 << 18
"""Bytes read at a time."""

_GZIP = b"\x1f\x8b"
_SAVE_AS_CSV = "Open it in the program that made it, save it as CSV and import that."
_UNPACK = "Unpack it and import the CSV that is in it."

# What people hand over instead of a CSV: how it begins, what it is, what to do.
_STRANGERS: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x05\x06", "an empty zip archive", _UNPACK),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word document (.xls, .doc)", _SAVE_AS_CSV),
    (b"%PDF", "a PDF document", "Ask for the same list as CSV."),
    (b"{\\rtf", "a word processor's document (RTF)", _SAVE_AS_CSV),
    (b"\x89PNG", "a picture", "Ask for the same list as CSV."),
    (b"GIF8", "a picture", "Ask for the same list as CSV."),
    (b"\xff\xd8\xff", "a picture", "Ask for the same list as CSV."),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"BZh", "compressed with bzip2", _UNPACK),
    (b"\xfd7zXZ", "compressed with xz", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", _UNPACK),
    (b"SQLite format 3", "a SQLite database", "Export the table as CSV and import that."),
    (b"\x7fELF", "a program", "Name the CSV file instead."),
)
# The same for text; these are looked for after white space and a byte order mark.
_TEXT_STRANGERS: tuple[tuple[bytes, str, str], ...] = (
    (b"<!doctype html", "a web page (HTML)", _SAVE_AS_CSV),
    (b"<html", "a web page (HTML)", _SAVE_AS_CSV),
    (b"<table", "a web page (HTML)", _SAVE_AS_CSV),
    (b"<?xml", "an XML document", _SAVE_AS_CSV),
    (b'{"', "a JSON document", "Export the same list as CSV."),
    (b'[{"', "a JSON document", "Export the same list as CSV."),
    (b"begin:vcard", "a list of vCards", "Open it in an address book and export it as CSV."),
)


class Source:
    """The bytes behind one name on the command line.

    `name` is what messages call it, `path` the file or None for standard input. Raises
    UsageFault when there is nothing that can be read, or what is there is not text.
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
            raise UsageFault(f"{self.name} is empty.", "Export it again.")
        refuse_strangers(self.name, head)

    def head(self) -> bytes:
        """Return the first CHUNK bytes, or all when there are fewer."""
        with self.open() as stream:
            return stream.read(CHUNK)

    def open(self) -> io.BufferedReader:
        """Open the bytes from the start, decompressed.

        Reading raises UsageFault where the file is damaged, cannot be read any more, or is not
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
            raise UsageFault(f"{self.name} does not exist.", "Check its name and folder.") from None
        except (OSError, ValueError) as error:
            raise self._unreadable(error) from error
        if stat.S_ISDIR(status.st_mode):
            raise UsageFault(f"{self.name} is a folder.", "Name the CSV files in it.")
        if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
            raise UsageFault(
                f"{self.name} is a device, not a file.", 'For standard input give "-" as the name.'
            )
        return status

    def _read_stdin(self) -> _Spool:
        if sys.stdin is None or sys.stdin.closed:
            raise UsageFault("There is no standard input to read.", "Name a CSV file.")
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
                    if first:  # an endless stream of no text ends here and not with a full disk
                        refuse_strangers(self.name, chunk)
                        first = False
                    copy.write(chunk)
                copy.flush()
                return _Spool(os.dup(copy.fileno()))
        except OSError as error:
            raise DiskFault(
                f"{self.name} could not be kept in a temporary file: {error.strerror or error}.",
                "Make room, or set TMPDIR to a folder that has it.",
            ) from error

    def _check(self) -> None:
        """Raise UsageFault when the file was changed or replaced since it was first opened."""
        if self._identity is None:
            return
        try:
            now = _identity(cast("Path", self.path).stat())
        except OSError as error:
            raise self._unreadable(error) from error
        if now != self._identity:
            raise UsageFault(
                f"{self.name} was changed while it was being read.",
                "Run again once it is completely written.",
            )

    def _explain(self, error: Exception) -> UsageFault:
        if self._compressed and not (isinstance(error, OSError) and error.errno):
            return UsageFault(
                f"{self.name} is damaged: it cannot be decompressed to its end.",
                "Copy or download it again.",
            )
        return self._unreadable(error)

    def _unreadable(self, error: Exception) -> UsageFault:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return UsageFault(f"{self.name} cannot be read: {reason}.", "Check its name and rights.")


def refuse_strangers(name: str, head: bytes) -> None:
    """Raise UsageFault when `head`, the first bytes of the file `name`, is no text of a CSV."""
    if head.startswith(b"PK\x03\x04"):
        workbook = b"xl/" in head or b"[Content_Types].xml" in head
        sheet = workbook or b"opendocument.spreadsheet" in head
        what = "a spreadsheet (.xlsx, .ods)" if sheet else "a zip archive"
        raise UsageFault(f"{name} is {what}, not a CSV file.", _SAVE_AS_CSV if sheet else _UNPACK)
    text = head[:256].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for strangers, start in ((_STRANGERS, head), (_TEXT_STRANGERS, text)):
        for magic, what, advice in strangers:
            if start.startswith(magic):
                raise UsageFault(f"{name} is {what}, not a CSV file.", advice)
    if not head.strip(b" \t\r\n"):
        raise UsageFault(f"{name} is empty.", "Export it again.")
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff")) or looks_wide(head, one_in=64)
    if not wide and (head.count(0) > len(head) // 2 or _is_noise(head)):
        raise UsageFault(f"{name} is not text but binary.", _SAVE_AS_CSV)


def looks_wide(head: bytes, *, one_in: int) -> str:
    """Return which UTF-16 `head` must be, "" if it is none.

    Every second byte is below 9 then, always on the same side: in the scripts of Europe and the
    Near East nearly always (`one_in` 2), in the others for delimiters, digits and line ends.
    """
    pairs = len(head) // 2
    even, odd = (len(head[side : 2 * pairs : 2].translate(None, _NOT_LOW)) for side in range(2))
    if odd * one_in >= pairs and even * 8 < odd:
        return "utf-16-le"
    if even * one_in >= pairs and odd * 8 < even:
        return "utf-16-be"
    return ""


_NOT_LOW = bytes(range(9, 256))


def _is_noise(head: bytes) -> bool:
    """Return whether control characters abound, in the header too, and it is not UTF-8."""
    controls = len(head) - len(head.translate(None, _CONTROLS))
    first = head.split(b"\n", 1)[0]
    if controls <= max(len(head) // 20, 8) or first == first.translate(None, _CONTROLS):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return True
    return False


_CONTROLS = bytes(set(range(0x20)) - set(b"\0\t\n\v\f\r\x1a\x1b"))


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
        self, raw: BinaryIO, check: Callable[[], None], explain: Callable[[Exception], UsageFault]
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
