"""Reads the rows of a run's files: all of them once, for the survey, and some again."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from exact_import.records.record import RowRecord, RowsRead, Source
from exact_import.records.rowreader import RowReader
from exact_import.records.survey import Survey

if TYPE_CHECKING:
    from exact_import.csvfile.mapping import Mapping as ColumnMapping
    from exact_import.csvfile.reader import Row, Table
    from exact_import.values.normalise import Converter
    from exact_import.values.rewritten import Rewritten


class Sheet:
    """One table with all that its rows are read by.

    `rows` are those to read where that is not the whole table; they can be gone through more than
    once.
    """

    def __init__(
        self,
        table: Table,
        mapping: ColumnMapping,
        converter: Converter,
        blank: str,
        rows: Iterable[Row] | None = None,
    ) -> None:
        self.table = table
        self._mapping = mapping
        self._converter = converter
        self._blank = blank
        self._rows = rows
        self._broken = False

    def survey(self, survey: Survey, outcome: RowsRead, rewritten: Rewritten) -> None:
        """Take all rows into the survey; what is wrong with them is noted in `outcome`."""
        survey.begin(self.table.name)
        rows = self.table.rows() if self._rows is None else self._rows
        for block in self._reader(rewritten).blocks(self._watched(rows), outcome):
            survey.add(block)

    def _watched(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            if row.problem:
                self._broken = True
            yield row

    def again(self, lines: Sequence[int], spans: Iterable[range]) -> Iterator[RowRecord]:
        """Read the rows on `lines` again, which lie within `spans`, both ascending."""
        wanted = frozenset(lines)
        rows: Iterable[Row]
        if self._rows is not None:
            rows = self._rows
        elif self._broken:  # what a stray quote does depends on the lines before and after
            rows = self.table.rows()
        else:
            rows = self.table.rows_within(spans)
        return self._reader().records((row for row in rows if row.line in wanted), RowsRead())

    def reasons(self, rows: Iterable[Row]) -> Mapping[Source, Sequence[str]]:
        """Return why each of `rows` must not be sent, as far as the row alone tells."""
        return self._reader().reasons(rows)

    def _reader(self, rewritten: Rewritten | None = None) -> RowReader:
        return RowReader(self.table, self._mapping, self._converter, self._blank, rewritten)


class Surveying:
    """The rows of several sheets, one after the other."""

    def __init__(self, sheets: Sequence[Sheet], match_account: Sequence[str]) -> None:
        self._sheets = sheets
        self.survey = Survey(match_account)

    def look(self, outcome: RowsRead, rewritten: Rewritten) -> None:
        """Look at all rows; what is wrong with them is noted in `outcome`."""
        for sheet in self._sheets:
            sheet.survey(self.survey, outcome, rewritten)
        self.survey.finish()

    def again(self, items: Sequence[int]) -> Iterator[RowRecord]:
        """Read rows again, given their numbers in the survey, ascending."""
        for sheet, within in zip(self._sheets, self.survey.spans(), strict=True):
            first = bisect_left(items, within.start)
            mine = items[first : bisect_left(items, within.stop)]
            if mine:
                lines = [self.survey.lines[item] for item in mine]
                yield from sheet.again(lines, self._spans(mine, within.stop))

    def _spans(self, items: Sequence[int], stop: int) -> Iterator[range]:
        """Yield the lines of rows that follow each other, up to where the next row starts."""
        lines = self.survey.lines
        first = items[0]
        for place, item in enumerate(items, 1):
            if place == len(items) or items[place] != item + 1:
                yield range(lines[first], lines[item + 1] if item + 1 < stop else sys.maxsize)
                first = items[place] if place < len(items) else item
