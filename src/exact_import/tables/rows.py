"""Lines to rows: split into cells, cleaned, and as wide as the header."""

from __future__ import annotations

import csv
import re
from collections import deque
from dataclasses import dataclass
from itertools import chain, islice, tee
from typing import TYPE_CHECKING, NamedTuple

from exact_import.tables.dialect import NO_DELIMITER
from exact_import.tables.encoding import is_plain
from exact_import.tables.paths import HABIT, REJECTS_COLUMNS
from exact_import.tables.quoting import salvage, swallows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

# Excel's marker of text, which is no part of it; 's-Hertogenbosch keeps its own.
MARKER = re.compile(r"'(?=[0-9=+\-@])")
# What the writer of rejects puts before cells that a spreadsheet might run, besides.
_OUR_MARKER = re.compile(r"'(?=[0-9=+\-@]|'*[\t\r\n\uff1d\uff0b\uff0d\uff20])")
SPACE = " \t\r\n\v\f\0\x1a\xa0\u2007\u202f\ufeff"
# In a table narrower than this a line of running text easily passes for a row.
_NARROW = 4


class Row(NamedTuple):
    """One row of the file; a tuple, since there are millions of them.

    `line` is the physical line where it starts, from 1, as an editor shows it. `cells` are clean
    and as many as the header has; `raw` are as in the file, and the same object when equal.
    `problem` is empty or says what is wrong with the row as a whole.
    """

    line: int
    cells: tuple[str, ...]
    raw: tuple[str, ...]
    problem: str = ""


@dataclass(slots=True)
class _Distrust:
    """Rows up to line `until` are distrusted for the quote that opens on line `opened`.

    Those of the right width too where `all_rows` says so.
    """

    until: int = 0
    opened: int = 0
    all_rows: bool = False


class RowLayout:
    """What a table's rows have in common; makes the rows that are not plain."""

    def __init__(
        self, delimiter: str, header: tuple[str, ...] = (), *, plain: bool = False
    ) -> None:
        self.delimiter = delimiter
        self.plain = plain
        self.columns = len(header)
        self.ours = set(header) >= set(REJECTS_COLUMNS)
        told = [HABIT.fullmatch(cell) for cell in header if self.ours]
        self.habits = {match[1]: match[2] for match in told if match is not None}
        self._kept = [
            i
            for i, cell in enumerate(header)
            if cell not in REJECTS_COLUMNS and not (self.ours and HABIT.fullmatch(cell))
        ]
        self.width = len(self._kept) if self.ours else self.columns
        self._clean = plain and not self.ours
        self.marker = _OUR_MARKER if self.ours else MARKER
        # The width of rows that are taken as they are. Those of rejects always lack some columns;
        # those of one column may hold nothing but odd white space.
        self.steady = -1 if self.ours or self.width < 2 else self.width

    def pick(self, cells: tuple[str, ...]) -> tuple[str, ...]:
        """Leave out our own columns."""
        if not self.ours:
            return cells
        return (
            *(cells[i] for i in self._kept if i < len(cells)),
            *cells[self.columns :],
        )

    def doubt(self, first: int, last: int, cells: list[str], text: str, distrust: _Distrust) -> str:
        """Return why a row on lines `first` to `last` may be no row, "" where it is one."""
        if last > first and swallows(cells, self.delimiter, self.columns):
            return (
                f"a quoted cell goes on to line {last} and holds what look like whole rows; "
                'is a quote (") missing?'
            )
        if first <= distrust.until:
            odd = len(cells) != self.columns or text.count('"') % 2
            if odd:
                distrust.until = max(distrust.until, last + 1)
            if odd or distrust.all_rows:
                return f'it may belong to the cell whose quote (") opens on line {distrust.opened}'
        return ""

    def are_rows(self, lines: list[str]) -> bool:
        """Return whether lines that a quote nearly swallowed can be rows, and not running text."""
        if self.columns >= _NARROW:
            return True
        filled = [line for line in lines if line.strip()]
        return (
            self.columns > 1
            and len(filled) > 1
            and all(line.count(self.delimiter) == self.columns - 1 for line in filled)
        )

    def row(self, line: int, found: list[str], problem: str) -> Row:
        """Make a row of cells in which something asks for attention."""
        raw = self.pick(tuple(found))
        if not self.width:
            return Row(line, raw, raw, problem)
        cells = raw if self._clean else tuple([clean(cell, self.marker) for cell in raw])
        extra = [cell for cell in cells[self.width :] if cell.strip()]
        if extra and not problem:
            shown = " ".join(extra[0].split())[:40]
            problem = (
                f'{len(raw)} cells where the header has {self.width}; too many by "{shown}" '
                f"(does a cell hold a {_name(self.delimiter)} and no quotes?)"
            )
        cells = cells[: self.width] + ("",) * (self.width - len(cells))
        return Row(line, raw if cells == raw else cells, raw, problem)


def read_rows(
    opened: AbstractContextManager[Iterator[str]], line: int, layout: RowLayout
) -> Iterator[Row]:
    """Yield the rows of the lines that `opened` gives, the first being physical line `line`."""
    with opened as lines:
        yield from RowsOfLines(lines, line, layout)


class RowsOfLines:
    """The rows of `lines`; takes no more of them than the rows that were yielded.

    `line` is where the next row starts; `torn` tells whether a quote was opened and not closed.
    """

    def __init__(self, lines: Iterator[str], line: int, layout: RowLayout) -> None:
        self._lines = lines
        self.line = line
        self.torn = False
        self._layout = layout
        self._left: deque[str] = deque()
        self._distrust = _Distrust()

    @property
    def settled(self) -> bool:
        """Tell whether nothing that was read so far bears upon the next row."""
        return not self._left and self.line > self._distrust.until

    def __iter__(self) -> Iterator[Row]:
        layout, left, distrust = self._layout, self._left, self._distrust
        delimiter, width, plain = layout.delimiter, layout.steady, layout.plain
        new = tuple.__new__  # half the time of Row(...)
        while True:
            # The reader takes its lines from one end of the tee; the other keeps them for us.
            ahead, behind = tee(chain(_drain(left), self._lines) if left else self._lines)
            reader = csv.reader(ahead, delimiter=delimiter, strict=True)
            before = self.line
            try:
                for cells in reader:
                    start = self.line
                    self.line = line = before + reader.line_num
                    text = next(behind)
                    if line - start > 1:
                        text += "".join(islice(behind, line - start - 1))
                    elif (
                        len(cells) == width
                        and start > distrust.until
                        and (plain or is_plain(text))
                        and cells[0].strip()
                    ):
                        whole = tuple(cells)
                        yield new(Row, (start, whole, whole, ""))
                        continue
                    if any(cell.strip(SPACE) for cell in cells):
                        yield layout.row(
                            start, cells, layout.doubt(start, line - 1, cells, text, distrust)
                        )
            except csv.Error as error:
                taken = list(islice(behind, before + reader.line_num - self.line))
                yield self._salvaged(taken, error)
            else:
                return

    def _salvaged(self, taken: list[str], error: csv.Error) -> Row:
        """Return the row that can be made of lines of which the reader can make none."""
        layout, distrust, start = self._layout, self._distrust, self.line
        self.torn = True
        saved = salvage(taken, layout.delimiter, layout.columns, start, error)
        self._left.extendleft(reversed(taken[saved.lines :]))
        self.line = start + saved.lines
        problem = saved.problem
        if problem:
            distrust.opened = start + saved.opened
            distrust.until = max(start + len(taken) - 1, self.line)
            distrust.all_rows = not layout.are_rows(taken[saved.lines :])
        else:
            problem = layout.doubt(start, start, saved.cells, taken[0], distrust)
        return layout.row(start, saved.cells, problem)


def _drain(left: deque[str]) -> Iterator[str]:
    while left:
        yield left.popleft()


def clean(cell: str, marker: re.Pattern[str] = MARKER) -> str:
    """Take off what a spreadsheet put around the value, and zero characters."""
    cell = cell.replace("\0", "")
    if match := marker.match(cell):
        cell = cell[match.end() :]
    if len(cell) > 2 and cell.startswith('="') and cell.endswith('"'):
        inner = cell[2:-1]
        if '"' not in inner.replace('""', ""):
            return inner.replace('""', '"')
    return cell


def _name(delimiter: str) -> str:
    return {"\t": "tab", NO_DELIMITER: "delimiter"}.get(delimiter, f'"{delimiter}"')
