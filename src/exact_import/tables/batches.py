"""Rows, a few hundred at a time: read in one go wherever each line is a row of its own."""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from operator import itemgetter
from typing import TYPE_CHECKING

from exact_import.tables.encoding import is_plain
from exact_import.tables.quoting import MAX_CELL
from exact_import.tables.rows import SPACE, Row, RowLayout, RowsOfLines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

BATCH = 500  # rows; with more, the processor's caches are too small, with fewer, columns too short


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that follow each other: those that are whole, and the others apart.

    `lines` tells where each of the whole rows starts; their `cells` are as `Row` has them. `torn`
    says that a quote was opened and not closed: what that does may reach beyond these rows.
    """

    lines: Sequence[int]
    cells: Sequence[Sequence[str]]
    broken: Sequence[Row] = ()
    torn: bool = False

    def __len__(self) -> int:
        return len(self.lines) + len(self.broken)

    def starts(self) -> Iterator[int]:
        """Yield where the rows start, the whole ones first."""
        return chain(self.lines, (row.line for row in self.broken))

    def below(self, line: int) -> Batch:
        """Return the rows that start below `line`."""
        first = bisect_right(self.lines, line)
        broken = [row for row in self.broken if row.line > line]
        return replace(self, lines=self.lines[first:], cells=self.cells[first:], broken=broken)


def batches_of(rows: Iterable[Row]) -> Iterator[Batch]:
    """Yield the rows as batches."""
    rest = iter(rows)
    while batch := list(islice(rest, BATCH)):
        yield _sorted_out(batch)


def read_batches(
    opened: AbstractContextManager[Iterator[str]], line: int, layout: RowLayout, size: int = BATCH
) -> Iterator[Batch]:
    """Yield what `read_rows` would, as batches of about `size` rows."""
    with opened as lines:
        while taken := list(islice(lines, size)):
            batch = _at_once(taken, line, layout)
            if batch is not None:
                yield batch
                line += len(taken)
                continue
            # Row by row, until one ends where these lines do, or further down.
            reading = RowsOfLines(chain(taken, lines), line, layout)
            line += len(taken)
            rows: list[Row] = []
            for row in reading:
                rows.append(row)
                if reading.settled and reading.line >= line:
                    break
                if len(rows) == size:
                    yield _sorted_out(rows)
                    rows = []
            yield _sorted_out(rows, torn=reading.torn)
            line = reading.line


def _sorted_out(rows: Sequence[Row], *, torn: bool = False) -> Batch:
    whole = [row for row in rows if not row.problem]
    broken = [row for row in rows if row.problem] if len(whole) < len(rows) else ()
    return Batch([row.line for row in whole], [row.cells for row in whole], broken, torn)


def _at_once(taken: Sequence[str], line: int, layout: RowLayout) -> Batch | None:
    """Return the rows of some lines, None where a line is not a row of its own."""
    joined = "".join(taken)
    cells: list[list[str]]
    if '"' not in joined and len(joined) <= MAX_CELL:
        cells = [text.rstrip("\r\n").split(layout.delimiter) for text in taken]
    else:
        try:
            cells = list(csv.reader(taken, delimiter=layout.delimiter, strict=True))
        except csv.Error:
            return None
    if len(cells) != len(taken):
        return None
    width = layout.steady
    plain = layout.plain or is_plain(joined)
    if plain and {*map(len, cells)} == {width} and all(map(str.strip, map(itemgetter(0), cells))):
        return Batch(range(line, line + len(cells)), cells)
    rows = []
    for number, row in enumerate(cells):
        if len(row) == width and row[0].strip() and (plain or is_plain(taken[number])):
            whole = tuple(row)
            rows.append(Row(line + number, whole, whole))
        elif any(cell.strip(SPACE) for cell in row):
            rows.append(layout.row(line + number, row, ""))
    return _sorted_out(rows)
