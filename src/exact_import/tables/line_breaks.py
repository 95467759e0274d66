"""Line breaks within cells: rows that one parted, and rows that Excel counts otherwise.

A row is parted where the cell has no quotes around it. Both halves are shorter than the header.
Read as rows of their own, the second would be a company that has the postcode as its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from exact_import.tables.rows import Batch, Row
from exact_import.tables.shapes import Shape, shape_of

_WIDE = 4  # columns from which on short rows that add up to a whole row are not an accident
_SAMPLE = 1000  # rows that show which shapes of cells a column has

_TYPED: frozenset[Shape] = frozenset({"e-mail", "url", "date", "phone"})


def row_note(head: Sequence[Row], batches: Sequence[Batch]) -> Iterator[str]:
    """Yield a sentence where a line is not the same row in Excel: below cells with line breaks.

    `head` are the rows down to the header, `batches` those below it.
    """
    ends = [row.line for batch in batches for row in batch.broken]
    ends += [batch.lines[-1] for batch in batches if batch.lines]
    if max(ends, default=head[-1].line) == head[-1].line + sum(map(len, batches)):
        return  # each row is one line
    breaks, line, row_in_excel = 0, 0, 0
    for rows in (head, *(batch.rows() for batch in batches)):
        for row in rows:
            if breaks:
                line, row_in_excel = row.line, row.line - breaks
            breaks += sum(cell.count("\n") for cell in row.raw)
    if line:
        yield (
            "Cells contain line breaks, so a line of this file is not always a row in Excel: "
            f"line {line} is row {row_in_excel}."
        )


def parted_rows(batches: Sequence[Batch], width: int) -> dict[int, str]:
    """Return, by line, the problems of rows that are parts of a row.

    `width` is the number of columns. Parts are on consecutive lines and add up to one row. That
    alone is enough only in a wide table without other short rows. Otherwise, a cell of a later part
    must not fit its present column, but fit its place in the whole row.
    """
    chains: list[list[Row]] = []
    alone = 0
    for chain in _neighbours(_short_rows(batches, width)):
        whole, left = _chained(chain, width)
        chains.extend(whole)
        alone += left
    if not chains:
        return {}
    shapes = _shapes(batches, width)
    certain = width >= _WIDE and not alone
    return {
        row.line: (
            f"this row and the one on line {chain[1].line} look like one row, split by a line "
            "break in a cell without quotes; join the lines"
            if row is chain[0]
            else f"this looks like the rest of the row on line {chain[0].line}; join the lines"
        )
        for chain in chains
        if certain or _misplaced(chain, shapes)
        for row in chain
    }


def _short_rows(batches: Sequence[Batch], width: int) -> Iterator[Row]:
    for batch in batches:
        lines = {line for line, raw in batch.raw.items() if 0 < len(raw) < width}
        if lines:
            yield from (row for row in batch.rows() if row.line in lines and not row.problem)


def _neighbours(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Yield rows on consecutive lines together."""
    found: list[Row] = []
    for row in rows:
        if found and row.line != found[-1].line + 1:
            yield found
            found = []
        found.append(row)
    if found:
        yield found


def _chained(rows: Sequence[Row], width: int) -> tuple[list[list[Row]], int]:
    """Return the parts of each row that adds up, and how many short rows remain."""
    chains: list[list[Row]] = []
    chain: list[Row] = []
    left = cells = 0
    for row in rows:
        cells += len(row.raw) - bool(chain)
        chain.append(row)
        if cells == width:
            chains.append(chain)
            chain, cells = [], 0
        elif cells > width:
            left += len(chain) - 1
            chain, cells = [row], len(row.raw)
    return chains, left + len(chain)


def _shapes(batches: Sequence[Batch], width: int) -> list[set[Shape]]:
    """Return the shapes of the cells of each column in whole rows."""
    shapes: list[set[Shape]] = [set() for _ in range(width)]
    rows = (row for batch in batches for row in batch.rows() if len(row.raw) >= width)
    for row in islice(rows, _SAMPLE):
        for found, cell in zip(shapes, row.cells, strict=False):
            found.add(shape_of(cell))
    return shapes


def _misplaced(chain: Sequence[Row], shapes: Sequence[set[Shape]]) -> bool:
    """Return True if a cell of a later part fits the whole row and not its present place."""
    begin = len(chain[0].raw) - 1
    for row in chain[1:]:
        for place, cell in enumerate(row.raw):
            shape = shape_of(cell)
            if (
                shape in _TYPED
                and place
                and shape not in shapes[place]
                and shape in shapes[begin + place]
            ):
                return True
        begin += len(row.raw) - 1
    return False
