"""Large files in parts that can be read apart from each other.

A part ends where a line does and the quotes so far are even. Where a quote is missing or stray,
that may still be inside a cell: then reading the part tells (`Batch.torn`), and the file must be
read as a whole.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exact_import.tables.source import FileSource

PART = 1 << 21
"""Bytes that a part has at least: some 10,000 rows."""
LARGE = 4 * PART
"""Bytes from which on a file is divided."""

_LINES = 1000  # that are looked at for the end of a cell
# In these no byte of another character looks like a line's end or a quote.
_TRANSPARENT = ("ascii", "utf-8", "cp12", "cp437", "cp850", "iso8859", "latin", "mac", "koi8")


class Part(NamedTuple):
    """The bytes from `start` to `stop` of a file, whose first is on physical line `line`."""

    start: int
    stop: int
    line: int


def is_large(argument: str) -> bool:
    """Tell whether what is called so on the command line is a file that may be worth dividing."""
    try:
        status = Path(argument).stat()
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size >= LARGE


def can_be_parted(source: FileSource, encoding: str) -> bool:
    """Tell whether a file is large, and can be read from any line on."""
    if source.size < LARGE or not encoding.startswith(_TRANSPARENT):
        return False
    return b"\n" in source.head()  # the others end their lines in a way of long ago


def cut(source: FileSource, start: int, line: int) -> Iterator[Part]:
    """Yield the parts of a file from the byte `start` on, which begins physical line `line`."""
    with source.open() as stream:
        stream.read(start)
        while text := stream.read(PART):
            text += stream.readline()
            quotes = text.count(b'"')
            for _ in range(_LINES if quotes % 2 else 0):
                more = stream.readline()
                text += more
                quotes += more.count(b'"')
                if quotes % 2 == 0:
                    break
            yield Part(start, start + len(text), line)
            start += len(text)
            line += text.count(b"\n")
            if b"\r" in text:
                line += text.count(b"\r") - text.count(b"\r\n")
