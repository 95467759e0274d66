"""Splits lines into rows of cells, and repairs broken rows.

If each line is a row of its own, a few hundred rows are read at a time.
"""

from __future__ import annotations

import csv
from collections import deque
from itertools import chain, islice, repeat, tee
from typing import TYPE_CHECKING

from exact_import.tables.quoting import MAX_CELL, salvage
from exact_import.tables.rows import (
    BATCH,
    SPACE,
    Batch,
    BatchBuilder,
    Distrust,
    Row,
    RowLayout,
    is_plain,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def read_rows(lines: Iterator[str], line: int, layout: RowLayout) -> Iterator[Row]:
    """Yield the rows of `lines`, the first of which is physical line `line`."""
    for start, cells, problem in _RowsOfLines(lines, line, layout):
        yield Row(start, *layout.fit(start, cells, problem))


def read_batches(
    lines: Iterator[str], line: int, layout: RowLayout, size: int = BATCH
) -> Iterator[Batch]:
    """Yield the same rows as `read_rows`, in batches of about `size` rows."""
    rows = BatchBuilder()
    while taken := list(islice(lines, size)):
        batch = _read_at_once(taken, line, layout)
        if batch is not None:
            yield batch
            line += len(taken)
            continue
        # Row by row, until a row ends at or after the end of these lines.
        reading = _RowsOfLines(chain(taken, lines), line, layout)
        line += len(taken)
        for start, cells, problem in reading:
            rows.add(start, *layout.fit(start, cells, problem))
            if reading.settled and reading.line >= line:
                break
            if len(rows) == size:
                yield rows.batch()
        yield rows.batch()
        line = reading.line


def _read_at_once(taken: Sequence[str], line: int, layout: RowLayout) -> Batch | None:
    """Return the rows of some lines, None if a line is not a row of its own."""
    if (batch := _split_at_once(taken, line, layout)) is not None:
        return batch
    try:
        rows = list(layout.form.reader(taken))
    except csv.Error:
        return None
    if len(rows) != len(taken):
        return None
    plain = layout.plain or is_plain("".join(taken))
    if plain and {*map(len, rows)} == {layout.steady}:
        batch = _stripped(line, list(zip(*rows, strict=True)))
        if batch is not None:
            return batch
    found = BatchBuilder()
    for number, cells in enumerate(rows, line):
        if any(cell.strip(SPACE) for cell in cells):
            found.add(number, *layout.fit(number, cells))
    return found.batch()


def _split_at_once(taken: Sequence[str], line: int, layout: RowLayout) -> Batch | None:
    """Return the rows of some lines without any quotes, None if they are not all plain.

    The same result as the csv module, in half the time.
    """
    form, text = layout.form, "".join(taken)
    if form.quote in text or (form.escape and form.escape in text) or form.skip_spaces:
        return None
    if len(text) > MAX_CELL or not (layout.plain or is_plain(text)):
        return None
    rows = list(map(str.split, taken, repeat(form.delimiter)))
    if {*map(len, rows)} != {layout.steady}:
        return None
    *columns, last = zip(*rows, strict=True)
    return _stripped(line, [*columns, tuple(map(str.rstrip, last, repeat("\r\n")))])


def _stripped(line: int, raw: Sequence[tuple[str, ...]]) -> Batch | None:
    """Return the rows with these raw columns, None if one may be blank; `line` is the first's.

    Cells that were just made are in the processor's caches: later, it would take three times as
    long.
    """
    columns = [tuple(map(str.strip, column)) for column in raw]
    if not all(map(str.strip, columns[0], repeat(SPACE))):
        return None
    lines = range(line, line + len(columns[0]))
    if columns == raw:
        return Batch(lines, raw)
    rows = zip(lines, zip(*raw, strict=True), zip(*columns, strict=True), strict=True)
    return Batch(lines, columns, {number: cells for number, cells, bare in rows if cells != bare})


class _RowsOfLines:
    """The rows of `lines`, each as the line where it starts, its cells and what is wrong with it.

    Takes no more lines than those of the rows that were yielded; `line` is where the next starts.
    """

    def __init__(self, lines: Iterator[str], line: int, layout: RowLayout) -> None:
        self._lines = lines
        self.line = line
        self._layout = layout
        self._left: deque[str] = deque()
        self._distrust = Distrust()

    @property
    def settled(self) -> bool:
        """Return True if nothing read so far affects the next row."""
        return not self._left and self.line > self._distrust.until

    def __iter__(self) -> Iterator[tuple[int, list[str], str]]:
        layout, left, distrust = self._layout, self._left, self._distrust
        while True:
            # The reader takes its lines from one end of the tee; the other keeps them for us.
            ahead, behind = tee(chain(_drain(left), self._lines) if left else self._lines)
            reader = layout.form.reader(ahead)
            before = self.line
            try:
                for cells in reader:
                    start = self.line
                    self.line = line = before + reader.line_num
                    text = next(behind)
                    if line - start > 1:
                        text += "".join(islice(behind, line - start - 1))
                    if any(cell.strip(SPACE) for cell in cells):
                        problem = layout.doubt(start, line - 1, cells, text, distrust)
                        yield start, cells, problem
            except csv.Error as error:
                taken = list(islice(behind, before + reader.line_num - self.line))
                yield self._salvaged(taken, error)
            else:
                return

    def _salvaged(self, taken: list[str], error: csv.Error) -> tuple[int, list[str], str]:
        """Return the repaired row of lines that the reader cannot read."""
        layout, distrust, start = self._layout, self._distrust, self.line
        saved = salvage(taken, layout.form, layout.columns, start, error)
        self._left.extendleft(reversed(taken[saved.lines :]))
        self.line = start + saved.lines
        problem = saved.problem
        if problem:
            distrust.opened = start + saved.opened
            distrust.until = max(start + len(taken) - 1, self.line)
            distrust.all_rows = not layout.are_rows(taken[saved.lines :])
        else:
            problem = layout.doubt(start, start, saved.cells, taken[0], distrust)
        return start, saved.cells, problem


def _drain(left: deque[str]) -> Iterator[str]:
    while left:
        yield left.popleft()
