"""Finds the files that the arguments mean, and reads their bytes.

A table is a file, a compressed file, or standard input; other binary files are refused. It is read
once, as a whole. An error ends the reading if the file is damaged, changes while it is read, or is
too large for a table.
"""

from __future__ import annotations

import codecs
import functools
import glob
import io
import os
import re
import stat
import sys
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, BinaryIO, cast

from exact_import.errors import UsageError
from exact_import.tables.rejects_form import is_rejects
from exact_import.text import counted, fold, split_sheet
from exact_import.values.vocabulary import month_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STDIN = "-"
MAX_BYTES = 1 << 29
"""The most decompressed bytes of a file: about 2.5 million rows, and a limit for zip bombs."""

_CHUNK = 1 << 18  # bytes read at least at a time; the first ones show whether they are text
_GZIP = b"\x1f\x8b"
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
WORKBOOKS = (_ZIP, _OLE)
"""The first bytes of workbooks, and of other files with the same packing."""
_FILES_SHOWN = 20
TABLE_SUFFIXES = (".csv", ".csv.gz", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
"""The suffixes of the files that are taken from a folder."""

# Hidden files, and Excel's lock files beside an open workbook.
OPEN_PREFIXES = (".", "~$")


def expand(arguments: Sequence[str]) -> list[str]:
    """Return the files that `arguments` mean, each once and in order.

    A folder means the tables in it, a pattern (`*`, `?`, `[…]`, `**`) the tables that match it;
    neither includes rejects that we wrote. Explicit names are kept, also "-". Raises UsageError for
    a folder or pattern without a table.
    """
    found: dict[str, str] = {}
    for argument in arguments:
        for name in _expand(argument):
            found.setdefault(name if name == STDIN else str(Path(name).absolute()), name)
    return list(found.values())


def _expand(argument: str) -> Iterator[str]:
    if argument == STDIN:
        return iter([argument])
    path = Path(argument)
    try:
        if path.is_dir():
            names = sorted(str(entry) for entry in path.iterdir() if is_table_name(entry.name))
            return _some(names, f"There is no CSV, Excel or ODS file in the folder {argument}.")
        if glob.has_magic(argument) and not path.exists():
            names = sorted(glob.glob(argument, recursive=True))  # noqa: PTH207 -- the pattern may be absolute
            return _some(names, f"No file matches {argument}.")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"{argument} cannot be read: {why}.", "Check its permissions.") from error
    return iter([argument])


def folder_notes(arguments: Sequence[str], files: Sequence[str]) -> list[str]:
    """Return a note with the files that the folders among `arguments` mean."""
    folders = [Path(name) for name in arguments if name != STDIN and Path(name).is_dir()]
    notes = []
    for folder in folders:
        names = [Path(name).name for name in files if Path(name).parent == folder]
        shown = [*names[:_FILES_SHOWN], *(["…"] if len(names) > _FILES_SHOWN else [])]
        notes.append(f"The folder {folder} has {counted(len(names), 'file')}: {', '.join(shown)}.")
    return notes


def is_table_name(name: str) -> bool:
    """Return True if a file with this name is taken from a folder."""
    return name.lower().endswith(TABLE_SUFFIXES) and not name.startswith(OPEN_PREFIXES)


def _some(names: list[str], none: str) -> Iterator[str]:
    wanted = [name for name in names if Path(name).is_file() and not is_rejects(Path(name))]
    if not wanted:
        raise UsageError(none, "Check the name, or name the files themselves.")
    return iter(wanted)


@dataclass(frozen=True, slots=True)
class Source:
    """The decompressed bytes of one name on the command line.

    `name` is its name in messages, `path` the file or None for standard input.
    """

    name: str
    path: Path | None
    content: bytes


def read_source(argument: str) -> Source:
    """Read the whole file `argument`, or standard input for "-".

    Raises UsageError if it cannot be read, is not text, or changes while it is read.
    """
    if argument == STDIN:
        if sys.stdin is None or sys.stdin.closed:
            raise UsageError("There is no standard input to read.", "Name a file.")
        return Source("<stdin>", None, _content("<stdin>", sys.stdin.buffer))
    path = Path(argument)
    status = _examine(argument, path)
    try:
        with path.open("rb") as stream:
            content = _content(argument, stream, status.st_size)
        now = path.stat()
    except (OSError, ValueError) as error:
        raise _unreadable(argument, error) from error
    if stat.S_ISREG(status.st_mode) and _identity(now) != _identity(status):
        raise UsageError(
            f"{argument} was changed while it was being read.",
            "Run again once it is completely written.",
        )
    return Source(argument, path, content)


def _examine(name: str, path: Path) -> os.stat_result:
    try:
        status = path.stat()
    except FileNotFoundError:
        raise UsageError(f"{name} does not exist.", "Check its name and folder.") from None
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from error
    if stat.S_ISDIR(status.st_mode):
        raise UsageError(f"{name} is a folder.", "Name the files in it.")
    if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
        raise UsageError(
            f"{name} is a device, not a file.", 'For standard input give "-" as the name.'
        )
    return status


def _identity(status: os.stat_result) -> tuple[int, ...]:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _unreadable(name: str, error: Exception) -> UsageError:
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    advice = "Check its name and permissions."
    if sys.platform == "win32" and isinstance(error, PermissionError):
        # On Windows, a program can prevent others from reading a file that it has open.
        advice = "Close it in other programs, such as Excel, or check its permissions."
    return UsageError(f"{name} cannot be read: {reason}.", advice)


def _content(name: str, stream: BinaryIO, size: int = 0) -> bytes:
    """Return the bytes of a file of `size`, 0 if that is not known, unpacked if need be."""
    content = _read_all_bytes(name, stream, _GZIP, *WORKBOOKS, expected=size)
    if content.startswith(_GZIP):
        import gzip
        import zlib

        try:
            unpacked = cast("BinaryIO", gzip.GzipFile(fileobj=io.BytesIO(content)))
            content = _read_all_bytes(name, unpacked, *WORKBOOKS)
        except (OSError, EOFError, zlib.error) as error:
            raise UsageError(
                f"{name} is damaged: it cannot be decompressed to its end.",
                "Copy or download it again.",
            ) from error
    if content.startswith(WORKBOOKS):
        from exact_import.tables.office_file import workbook_kind  # a CSV does without

        if not workbook_kind(content):
            refuse_other_formats(name, content[:_CHUNK])
    return content


def _read_all_bytes(name: str, stream: BinaryIO, *packed: bytes, expected: int = 0) -> bytes:
    """Return all bytes of `stream`, which must begin as text does, or with one of `packed`.

    How many are `expected` decides only how many are read at a time.
    """
    chunks: list[bytes] = []
    size = 0
    while chunk := stream.read(max(_CHUNK, min(expected, MAX_BYTES) + 1)):
        # An endless binary stream ends here.
        if not chunks and not chunk.startswith(packed):
            refuse_other_formats(name, chunk[:_CHUNK])
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BYTES:
            raise UsageError(
                f"{name} has more than {MAX_BYTES >> 20} MB, too much for a table of contacts.",
                "If it is one, divide it into several files.",
            )
    if not chunks:
        raise UsageError(f"{name} is empty.", "Export it again.")
    return b"".join(chunks)


# --- what is not text ------------------------------------------------------------------------

_SAVE_AS_CSV = "Open it in the program that made it, save it as CSV and import that."
_UNPACK = "Unpack it and import the CSV that is in it."

# Files that are not CSV: how they begin, what they are, what to do.
_OTHER_FORMATS: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x05\x06", "an empty zip archive", _UNPACK),
    (_ZIP, "a zip archive, or another program's document (.docx, .numbers)", _UNPACK),
    (_OLE, "an old Word document or a message (.doc, .msg)", _SAVE_AS_CSV),
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
# The same for text, after white space and a byte order mark.
_OTHER_TEXT_FORMATS: tuple[tuple[bytes, str, str], ...] = (
    (b"<!doctype html", "a web page (HTML)", _SAVE_AS_CSV),
    (b"<html", "a web page (HTML)", _SAVE_AS_CSV),
    (b"<table", "a web page (HTML)", _SAVE_AS_CSV),
    (b"<?xml", "an XML document", _SAVE_AS_CSV),
    (b'{"', "a JSON document", "Export the same list as CSV."),
    (b'[{"', "a JSON document", "Export the same list as CSV."),
    (b"begin:vcard", "a list of vCards", "Open it in an address book and export it as CSV."),
)


def refuse_other_formats(name: str, head: bytes) -> None:
    """Raise UsageError when `head`, the first bytes of the file `name`, is not CSV text."""
    text = head[:256].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for formats, start in ((_OTHER_FORMATS, head), (_OTHER_TEXT_FORMATS, text)):
        for magic, what, advice in formats:
            if start.startswith(magic):
                raise UsageError(f"{name} is {what}, not a CSV or Excel file.", advice)
    if not head.strip(b" \t\r\n"):
        raise UsageError(f"{name} is empty.", "Export it again.")
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff")) or looks_wide(head, one_in=64)
    if not wide and (head.count(0) > len(head) // 2 or _is_noise(head)):
        raise UsageError(f"{name} is not text but binary.", _SAVE_AS_CSV)


def looks_wide(head: bytes, *, one_in: int) -> str:
    """Return the UTF-16 encoding of `head`, "" if it is not UTF-16.

    Every second byte is then below 9, always on the same side: nearly always in the scripts of
    Europe and the Near East (`one_in` 2), in other scripts for delimiters, digits and line ends.
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
    """Return True if there are many control characters, also in the header, and it is not UTF-8."""
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


_REJECTS = re.compile(r"(\.rejected(-[0-9]+)?)+$", re.IGNORECASE)
# The prefix of imported files in a watched folder: the name of the run.
_RUNS = re.compile(r"^([0-9]{8}-[0-9]{6}-[0-9a-f]{4}-)+")


@functools.lru_cache(maxsize=256)
def without_runs(name: str) -> str:
    """Return a file's name without the runs that a watched folder put before it."""
    return _RUNS.sub("", name) or name


def source_name(name: str) -> str:
    """Return a file's name without folder, ending, date, digits, run, "(1)" and ".rejected".

    Today's export has the same source as yesterday's.
    """
    file = split_sheet(name)[0].replace("\\", "/")
    stem = without_runs(_REJECTS.sub("", PurePath(file).stem))
    words = fold(re.sub(r"[0-9]+", " ", stem)).split()
    return (
        " ".join([word for word in words if word not in month_names()] or words)
        or fold(stem)
        or name
    )
