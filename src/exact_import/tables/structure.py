"""Which row is the header: a title may stand above it, as in lists that were made to be printed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from exact_import.data.header_parser import exact_field, read_header

if TYPE_CHECKING:
    from exact_import.tables.rows import Row

LOOKED_AT = 10  # rows
_FEW = 2  # cells of a title: what is in the list, and of which day


def rows_above(rows: Iterable[Row]) -> list[Row]:
    """Return the rows that are a title above the header: none, unless there surely is one.

    That is where the first row has a cell or two, and one of the next is wider and holds more
    words that are headers.
    """
    above: list[Row] = []
    for row in islice(rows, LOOKED_AT):
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
    known = (cell.strip() for cell in cells)
    return sum(1 for cell in known if cell and (read_header(cell) or exact_field(cell)))
