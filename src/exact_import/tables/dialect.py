"""How a CSV is written: its delimiter, its line ends, Excel's `sep=` line, a title above."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from exact_import.errors import UsageError

if TYPE_CHECKING:
    from exact_import.tables.rows import Row

DELIMITERS = (",", ";", "\t", "|")
NO_DELIMITER = "\x1f"
"""Stands for the delimiter of a file with one column, whose cells may hold all the others."""
HEAD = 1 << 18
"""Characters of the file from which the delimiter is judged."""

_ROWS = 1000
_LOOKED_AT = 10  # rows that may be a title
_FEW = 2  # cells of a title: what is in the list, and of which day
_NAMES = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
_SEP_LINE = re.compile(r'"?sep=([^\r\n]?)"?[,;|\t]*(\r\n|\r|\n|$)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written, as far as it takes to write another one like it.

    `encoding` is Python's name of the codec without its byte order mark, which `bom` tells;
    `sep_line` says that Excel's `sep=` line comes first; `newline` is the end of its first row.
    """

    encoding: str
    bom: bool
    delimiter: str
    sep_line: bool
    newline: str


def parse_delimiter(text: str) -> str:
    r"""Return the delimiter meant by what the user typed: a character, "tab", "\t", "semicolon".

    Raises UsageError when it is none.
    """
    delimiter = _NAMES.get(text.strip().lower(), text)
    if not _possible(delimiter):
        raise UsageError(
            f'"{text}" cannot separate columns.', 'Give one character, such as ";", or "tab".'
        )
    return delimiter


def find_dialect(
    head: str, *, complete: bool, encoding: str, bom: bool, delimiter: str | None
) -> Dialect:
    """Return the dialect of a file that begins with the text `head`.

    `complete` says that `head` is all of it; `delimiter`, when given, decides.
    """
    sep = _SEP_LINE.match(head)
    body = head[sep.end() :] if sep else head
    if delimiter is None and sep and _possible(sep.group(1)):
        delimiter = sep.group(1)
    end = re.search(r"\r\n|\r|\n", re.sub(r'"[^"]*"', "", head))
    return Dialect(
        encoding=encoding,
        bom=bom,
        delimiter=delimiter or _find_delimiter(body, complete=complete),
        sep_line=sep is not None,
        newline=end.group() if end else "\r\n",
    )


def _possible(delimiter: str) -> bool:
    return (
        len(delimiter) == 1
        and (delimiter in "\t\x1f" or (delimiter.isprintable() and not delimiter.isalnum()))
        and delimiter not in "\"'"
    )


def _find_delimiter(head: str, *, complete: bool) -> str:
    lines = [line for line in io.StringIO(head, newline="") if line.strip()]
    if not complete and len(lines) > 1:
        lines.pop()
    widths = {delimiter: _widths(lines, delimiter) for delimiter in DELIMITERS}
    scores = {
        delimiter: (_consistency(found), found[0])
        for delimiter, found in widths.items()
        if found and found[0] > 1
    }
    if scores:
        return max(scores, key=lambda delimiter: scores[delimiter])
    if lines and 0 in (found[0] for found in widths.values()):  # the header's quotes are wrong
        return max(DELIMITERS, key=lines[0].count)
    # One column. Cells that all split alike are no cells but rows without their headers, except
    # at commas, which text has.
    for delimiter in (";", "\t", "|"):
        body = widths[delimiter][1:]
        if len(body) > 2 and body[0] > 1 and set(body) == {body[0]}:
            return delimiter
    return NO_DELIMITER


def _widths(lines: list[str], delimiter: str) -> list[int]:
    """Return how many cells each row has when split at `delimiter`, 0 where its quotes are off.

    Empty cells beyond the first row's width do not count.
    """
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    widths: list[int] = []
    while len(widths) < _ROWS:
        try:
            for row in islice(reader, _ROWS - len(widths)):
                width = len(row)
                while widths and width > widths[0] and not row[width - 1]:
                    width -= 1
                widths.append(width)
        except csv.Error:
            widths.append(0)
        else:
            break
    return widths


def _consistency(widths: list[int]) -> float:
    """Return from 0 to 1 how well the rows fit under the first of them.

    A little less for few columns: text has commas, but seldom the same number on each line.
    """
    header, *body = widths
    fit = sum(1.0 if width == header else 0.75 if 1 < width < header else 0.0 for width in body)
    return (fit / len(body) if body else 1.0) * (1 - 1 / header)


def rows_above(rows: Iterable[Row]) -> list[Row]:
    """Return the rows that are a title above the header: none, unless there surely is one.

    That is where the first row has a cell or two, and one of the next is wider and holds more
    words that are headers.
    """
    above: list[Row] = []
    for row in islice(rows, _LOOKED_AT):
        if row.problem:
            return []
        if _width(row.raw) > _FEW:
            wider = above and _width(row.raw) > max(_width(one.raw) for one in above)
            words = max(2, _width(row.raw) // 2, *(_words(one.raw) + 1 for one in above))
            return above if wider and _words(row.raw) >= words else []
        above.append(row)
    return []


def _width(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if cell.strip())


def _words(cells: Sequence[str]) -> int:
    from exact_import.data.header_parser import exact_field, read_header  # few files need it

    known = (cell.strip() for cell in cells)
    return sum(1 for cell in known if cell and (read_header(cell) or exact_field(cell)))
