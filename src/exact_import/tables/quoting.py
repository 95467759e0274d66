"""Rows whose quotes are wrong: what can be saved of them, and what must not be swallowed.

The csv module in its strict mode says where a quote is wrong. A quote that is never closed costs
the row in which it opens and no other: the lines that it would have swallowed are read afresh,
and distrusted.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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
