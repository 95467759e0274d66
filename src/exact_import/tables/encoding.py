"""Which encoding a file is written in.

A byte order mark tells. Without one the whole file is tried as UTF-8, since text in another
encoding practically never passes for it. What is not UTF-8 is judged by its accents.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from exact_import.errors import UsageError
from exact_import.tables.charset import AccentStatistics
from exact_import.tables.filetype import looks_wide
from exact_import.tables.source import CHUNK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exact_import.tables.source import FileSource

MAX_LINE = 1 << 26
"""Characters that one line may have; beyond that it is no CSV."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAVE_AS_UTF8 = "Save it again as UTF-8, or name its encoding with --encoding."
# Text encodings for Python, but not for files.
_NO_FILE_ENCODINGS = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"}

# What spreadsheets put before or around a value; see rows.py.
_MARKER = re.compile(r"'[0-9=+\-@]")
_FORMULA = '="'


@dataclass(frozen=True, slots=True)
class Encoding:
    """How bytes become text: Python's name of the codec, and the byte order mark to skip.

    `doubt` is empty, or says that the encoding was guessed, and from what. `plain` says that no
    cell of the file has a spreadsheet's marker or a zero character; `zero_line` is the line of the
    first of those, 0 for none.
    """

    name: str
    mark: bytes = b""
    plain: bool = False
    doubt: str = ""
    zero_line: int = 0


def find_encoding(source: FileSource, wanted: str | None) -> Encoding:
    """Return the encoding of `source`; `wanted`, when given, decides.

    Reads the whole file, and proves that all of it can be decoded. Raises UsageError, with the
    line, where it cannot, and where a line is longer than MAX_LINE.
    """
    head = source.head()
    mark, marked = next(((m, name) for m, name in _MARKS if head.startswith(m)), (b"", ""))
    if wanted is not None:
        return _obey(source, wanted, mark, marked)
    if mark:
        try:
            return _proven(source, marked, mark)
        except _UndecodableError as error:
            raise UsageError(
                f"{source.name}, line {error.line}: bytes that are not {marked.upper()}, though "
                "the file says that it is.",
                _SAVE_AS_UTF8,
            ) from error
    line = 1
    for name in (looks_wide(head, one_in=2), "utf-8", looks_wide(head, one_in=64)):
        if name:
            try:
                return _proven(source, name)
            except _UndecodableError as error:
                line = error.line if name == "utf-8" else line
    return _legacy(source, line)


def _obey(source: FileSource, wanted: str, mark: bytes, marked: str) -> Encoding:
    try:
        name = codecs.lookup(wanted.strip()).name
        "a,b".encode(name).decode(name)
    except (LookupError, ValueError):
        name = "undefined"
    if name.replace("-", "_") in _NO_FILE_ENCODINGS:
        raise UsageError(
            f'"{wanted}" is not an encoding of text files.',
            "Examples are utf-8, utf-16, cp1252 (Windows) and cp850 (DOS).",
        )
    name = name.removesuffix("-sig")
    if name == "utf-16":
        name = marked if marked.startswith(name) else looks_wide(source.head(), one_in=64)
        name = name or "utf-16-le"
    try:
        return _proven(source, name, mark if name == marked else b"")
    except _UndecodableError as error:
        raise UsageError(
            f"{source.name}, line {error.line}: bytes that are not {wanted}.",
            "Leave --encoding away to have the encoding found, or name another.",
        ) from error


def _legacy(source: FileSource, line: int) -> Encoding:
    """Return the encoding of a file that is not UTF-8, `line` being where that shows first."""
    accents = AccentStatistics()
    for chunk in _chunks(source):
        accents.look(chunk)
    if accents.mostly_utf8:
        raise UsageError(
            f"{source.name}, line {line}: bytes that are not UTF-8, though the rest of the file "
            "is.",
            "Mend that line, or name the file's encoding with --encoding.",
        )
    best, verdict = accents.judge()
    names = [accents.guess(), best] if verdict == "doubtful" else [best]
    for name in filter(None, names):
        doubt = ""
        if verdict != "sure":
            doubt = (
                f"The file does not say how it is encoded; it was read as {name} "
                f'("{accents.example(name)}"). If accents come out wrong, save it as UTF-8 or use '
                "--encoding."
            )
        try:
            return replace(_proven(source, name), doubt=doubt)
        except _UndecodableError:
            continue
    raise UsageError(
        f"{source.name}, line {line}: the encoding of the file cannot be recognised.",
        _SAVE_AS_UTF8,
    )


class _UndecodableError(Exception):
    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


def _proven(source: FileSource, encoding: str, mark: bytes = b"") -> Encoding:
    """Decode the whole file and return its encoding; raise _UndecodableError where it fails."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    done = 0
    run = 0
    plain = True
    zero_at = -1
    tail = ""
    chunk = b""
    try:
        for chunk in _chunks(source, mark):
            text = decoder.decode(chunk)
            if zero_at < 0 and "\0" in text:
                zero_at = done + len(text[: text.index("\0")].encode(encoding, "replace"))
            done += len(chunk)
            end = max(text.rfind("\n"), text.rfind("\r"))
            run = len(text) - end - 1 if end >= 0 else run + len(text)
            if run > MAX_LINE:
                raise UsageError(
                    f"{source.name} has a line of more than {MAX_LINE >> 20} million characters.",
                    "This is not a CSV, or its line ends were lost.",
                )
            plain = plain and is_plain(text) and is_plain(tail + text[:1])
            tail = text[-1:]
        chunk = b""
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        offset = done - (len(error.object) - len(chunk)) + error.start
        raise _UndecodableError(_line_at(source, encoding, mark, offset)) from error
    except UnicodeError as error:  # some codecs say no more than that
        raise _UndecodableError(_line_at(source, encoding, mark, done)) from error
    zero_line = 0 if zero_at < 0 else _line_at(source, encoding, mark, zero_at)
    return Encoding(encoding, mark, plain, zero_line=zero_line)


def is_plain(text: str) -> bool:
    """Return whether `text` surely has no cell that wants cleaning."""
    # One character is found much faster than two.
    return (
        "\0" not in text
        and ("=" not in text or _FORMULA not in text)
        and ("'" not in text or not _MARKER.search(text))
    )


def _line_at(source: FileSource, encoding: str, mark: bytes, offset: int) -> int:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    line = 1
    last = ""
    for chunk in _chunks(source, mark):
        text = decoder.decode(chunk[: max(offset, 0)])
        offset -= len(chunk)
        if last == "\r" and text.startswith("\n"):
            line -= 1
        line += text.count("\n") + text.count("\r") - text.count("\r\n")
        last = text[-1:]
        if offset <= 0:
            break
    return line


def _chunks(source: FileSource, mark: bytes = b"") -> Iterator[bytes]:
    with source.open() as stream:
        stream.read(len(mark))
        while chunk := stream.read(CHUNK):
            yield chunk
