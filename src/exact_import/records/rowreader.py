"""Rows to records: mapped, converted and checked, with all problems of a row.

The work is done a block of rows at a time, in `blockreader`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from exact_import.records.blockreader import read_block
from exact_import.records.record import RowRecord, RowsRead, Source
from exact_import.records.scheme import Scheme

if TYPE_CHECKING:
    from exact_import.csvfile.mapping import Mapping as ColumnMapping
    from exact_import.csvfile.reader import Row, Table
    from exact_import.records.blocks import Block
    from exact_import.values.normalise import Converter
    from exact_import.values.rewritten import Rewritten

BLOCK = 500  # rows; with more, the processor's caches are too small, with fewer, columns too short


class RowReader:
    """Turns the rows of one table into `RowRecord`s, or into blocks of them."""

    def __init__(
        self,
        table: Table,
        mapping: ColumnMapping,
        converter: Converter,
        blank: str,
        rewritten: Rewritten | None = None,
    ) -> None:
        self._table = table
        self._scheme = Scheme(mapping, converter, clear=blank == "clear", rewritten=rewritten)

    def records(self, rows: Iterable[Row], outcome: RowsRead) -> Iterator[RowRecord]:
        """Yield a record for each of `rows` that can be sent; the others are noted in `outcome`."""
        for block in self.blocks(rows, outcome):
            yield from block.records()

    def blocks(self, rows: Iterable[Row], outcome: RowsRead) -> Iterator[Block]:
        """Yield `rows` as blocks; what is wrong with them is noted in `outcome`."""
        rest = iter(rows)
        while chunk := list(islice(rest, BLOCK)):
            outcome.read += len(chunk)
            for row in chunk:
                if row.problem:
                    outcome.reject((self._table.name, row.line), row.problem)
            whole = [row for row in chunk if not row.problem]
            yield read_block(self._scheme, self._table.name, whole, outcome)

    def reasons(self, rows: Iterable[Row]) -> Mapping[Source, Sequence[str]]:
        """Return why each of `rows` must not be sent, as far as the row alone tells."""
        outcome = RowsRead()
        outcome.rejected.keep_all()
        for _ in self.blocks(rows, outcome):
            pass
        return outcome.rejected
