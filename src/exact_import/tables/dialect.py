"""How a CSV is written: its delimiter, line ends, Excel's `sep=` line, a title above, quotes.

Where quotes are wrong, `salvage` reads what can be read of the row.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from exact_import.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

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

    Raises ConfigError when it is none.
    """
    delimiter = _NAMES.get(text.strip().lower(), text)
    if not _possible(delimiter):
        raise ConfigError(
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
    from exact_import.data.header_words import exact_field, read_header  # few files need it

    known = (cell.strip() for cell in cells)
    return sum(1 for cell in known if cell and (read_header(cell) or exact_field(cell)))


MAX_CELL = 1 << 23
"""Characters that one cell may have."""

_BREAK = re.compile(r"\r\n|\r|\n")
_TOO_LARGE = "field larger than"
# A line that shows, by being a row of its own, that the one before it was complete.
_NEXT = "next"


class CellTooLargeError(Exception):
    """A cell, on one line, has more than MAX_CELL characters."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


@dataclass(frozen=True, slots=True)
class RepairedRow:
    """What became of a row with wrong quotes.

    `cells` is the best reading of its first `lines` lines; the others are to be read again.
    `problem` is empty when that reading is beyond doubt, `opened` counts the lines from the
    row's first to the one with the quote at fault.
    """

    cells: list[str]
    lines: int
    problem: str
    opened: int = 0


def salvage(
    lines: list[str], delimiter: str, width: int, start: int, error: csv.Error
) -> RepairedRow:
    """Make the best of a row that the csv module refused with `error`.

    `lines` are all that it read for that row, the first being line `start` of the file; `width`
    is how many cells a row should have, 0 when that is not known. Raises CellTooLargeError when a
    single line holds a cell beyond MAX_CELL.
    """
    too_large = str(error).startswith(_TOO_LARGE)
    if len(lines) == 1:
        if too_large:
            raise CellTooLargeError(start)
        return _one_line(lines[0], delimiter, width)
    # The cell that never ended is the last one; one that ended in its middle is the last that
    # spans lines. From its line breaks follows where its quote opened.
    whole = lines[:-1] if too_large else [*lines[:-1], lines[-1].rstrip("\r\n")]
    cells = _read(whole, delimiter)
    unending = too_large or "unexpected end" in str(error)
    culprit = cells[-1] if unending else next((c for c in reversed(cells) if _breaks(c)), "")
    opened = max(len(whole) - 1 - _breaks(culprit) + (too_large and culprit[-1:] in "\r\n"), 0)
    end = "never closed" if unending else f"closed amid a cell on line {start + len(lines) - 1}"
    return RepairedRow(
        cells=_unquoted("".join(lines[: opened + 1]), delimiter, width),
        lines=opened + 1,
        problem=f'the quote (") that opens on line {start + opened} is {end}',
        opened=opened,
    )


def swallows(cells: list[str], delimiter: str, width: int) -> bool:
    """Return whether a cell holds whole rows, for want of a quote.

    It does when its first line completes the row that the cell is in, its last line is what the
    cells behind it lack, and those between are rows. A table of few columns cannot tell.
    """
    if width < 4:
        return False
    for index, cell in enumerate(cells):
        first, *between = _BREAK.split(cell)
        if not between or first.count(delimiter) != width - 1 - index:
            continue
        last = between.pop()
        pieces = cell.replace("\n", delimiter).replace("\r", delimiter).split(delimiter)
        if (
            last.count(delimiter) == index + width - len(cells)
            and all(line.count(delimiter) == width - 1 for line in between)
            and sum(map(bool, pieces)) * 2 > len(pieces)
        ):
            return True
    return False


def _one_line(line: str, delimiter: str, width: int) -> RepairedRow:
    """Read quotes amid a cell as Excel does, unless they change where the cells are."""
    cells, *rest = csv.reader([line, _NEXT], delimiter=delimiter)
    if rest and width in {0, len(cells)}:
        return RepairedRow(cells, 1, "")
    return RepairedRow(
        _unquoted(line, delimiter, width),
        1,
        'a quote (") amid a cell is not doubled' if rest else 'a quote (") is never closed',
    )


def _unquoted(text: str, delimiter: str, width: int) -> list[str]:
    """Split broken text at every delimiter if that gives a whole row, else as quotes have it."""
    plain = text.rstrip("\r\n").split(delimiter)
    if len(plain) == width:
        return plain
    return _read(io.StringIO(text.rstrip("\r\n"), newline=""), delimiter)


def _read(lines: Iterable[str], delimiter: str) -> list[str]:
    """Return the cells of the one row that `lines` are."""
    return next(csv.reader(lines, delimiter=delimiter), [])


def _breaks(cell: str) -> int:
    return len(_BREAK.findall(cell))
