"""Rows to records: mapped, converted and checked, with all problems of a row.

The work is done a block of rows at a time, in `blockreader`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from exact_import.records.block_reader import read_block
from exact_import.records.models import RowLocation, RowRecord, RowsRead
from exact_import.tables.batches import batches_of

if TYPE_CHECKING:
    from exact_import.records.blocks import Block
    from exact_import.records.scheme import RowScheme
    from exact_import.tables.batches import Batch
    from exact_import.tables.table import Row


class RowReader:
    """Turns rows of `file` into `RowRecord`s, or into blocks of them, by a scheme."""

    def __init__(self, file: str, scheme: RowScheme) -> None:
        self._file = file
        self._scheme = scheme

    def records(self, rows: Iterable[Row], outcome: RowsRead) -> Iterator[RowRecord]:
        """Yield a record for each of `rows` that can be sent; the others are noted in `outcome`."""
        for block in self.blocks(batches_of(rows), outcome):
            yield from block.records()

    def blocks(self, batches: Iterable[Batch], outcome: RowsRead) -> Iterator[Block]:
        """Yield each batch as a block; what is wrong with the rows is noted in `outcome`."""
        for batch in batches:
            outcome.read += len(batch)
            for row in batch.broken:
                outcome.reject((self._file, row.line), row.problem)
            if batch.lines:
                yield read_block(self._scheme, self._file, batch, outcome)

    def reasons(self, rows: Iterable[Row]) -> Mapping[RowLocation, Sequence[str]]:
        """Return why each of `rows` must not be sent, as far as the row alone tells."""
        outcome = RowsRead()
        outcome.rejected.keep_all()
        for _ in self.records(rows, outcome):
            pass
        return outcome.rejected
