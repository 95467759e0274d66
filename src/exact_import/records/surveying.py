"""Reads the rows of a run's files: all of them once, for the survey, and some again."""

from __future__ import annotations

import contextlib
import sys
from bisect import bisect_left
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from exact_import.records.conventions import (
    LOOKED_AT,
    Conventions,
    ConventionsSeen,
    seen_in,
    told_by,
    untold,
)
from exact_import.records.models import RowLocation, RowRecord, RowsRead
from exact_import.records.parts import LostError, PartReader, Recipe, RowsFound, read_parts
from exact_import.records.row_reader import RowReader
from exact_import.records.scheme import RowScheme
from exact_import.records.survey import Survey
from exact_import.tables.batches import batches_of
from exact_import.values.convert import Converter, Rules

if TYPE_CHECKING:
    from exact_import.mapping.column_mapping import ColumnMapping
    from exact_import.records.conventions import AskOrder
    from exact_import.records.conversion_log import ConversionLog
    from exact_import.records.workers import Workers
    from exact_import.tables.parts import Part
    from exact_import.tables.table import Row
    from exact_import.values.dates import DateOrder

ReadParts = Callable[[Recipe, Iterable["Part"]], Generator[RowsFound]]


class Sheet:
    """One table with all that its rows are read by.

    `recipe` has the rules as the settings give them; what these leave open, the habits of the file
    decide, and where its dates do not tell their order, whoever is to be asked. `rows` are those
    to read where that is not the whole table; they can be gone through more than once.
    """

    def __init__(
        self,
        recipe: Recipe,
        mapping: ColumnMapping,
        rows: Iterable[Row] | None = None,
        ask: AskOrder | None = None,
    ) -> None:
        self.table = recipe.table
        self._recipe = recipe
        self._mapping = mapping
        self._rows = rows
        self._ask = ask
        self._rules = recipe.rules
        self._broken = False

    @property
    def in_parts(self) -> bool:
        """Tell whether the rows can be read in parts."""
        return self._rows is None and next(self.table.parts(), None) is not None

    def survey(self, read: ReadParts, go_on: Callable[[], None]) -> RowsFound:
        """Return what all rows come to; `read` reads the parts of a large file.

        They are read by the habits that the first ones tell of, and once more where others, further
        down, tell better. `go_on` is called after each part.
        """
        parted = self.in_parts
        whole = self._rows is not None  # of these, the other rows of the table tell too
        rows = self.table.rows() if whole else islice(self.table.rows(), LOOKED_AT)
        first = seen_in(rows, self._mapping)
        seen = first if whole else ConventionsSeen()
        self._rules = self._by(first.habits)
        asked = False
        while True:
            found = RowsFound(Survey(self._recipe.match_account))
            with contextlib.closing(self._read(read if parted else None)) as reading:
                for one in reading:
                    go_on()
                    found.include(one)
                    if parted and found.torn:
                        parted, seen = False, ConventionsSeen()
                        break
                    seen.include(one.seen)
                    better = self._by(seen.habits)
                    if better != self._rules and not asked and not whole:
                        self._rules = better
                        break
                else:
                    order = "" if asked else self._order_of(seen)
                    if not order:
                        self._broken = found.broken
                        return found
                    self._rules, asked = replace(self._rules, date_order=order), True

    def _read(self, read: ReadParts | None) -> Generator[RowsFound]:
        recipe = replace(self._recipe, rules=self._rules)
        if read is not None:
            return read(recipe, self.table.parts())
        batches = self.table.batches() if self._rows is None else batches_of(self._rows)
        return PartReader(recipe, self._mapping).whole(batches)

    def _by(self, habits: Conventions) -> Rules:
        rules, told = self._recipe.rules, told_by(self.table)
        return replace(
            rules,
            date_order=rules.date_order or told.date_order or habits.date_order,
            decimal=rules.decimal or told.decimal or habits.decimal,
        )

    def _order_of(self, seen: ConventionsSeen) -> DateOrder:
        doubtful = "" if self._rules.date_order or self._ask is None else seen.dates.doubtful
        return self._ask(self.table.name, doubtful) if self._ask and doubtful else ""

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

    def untold(self, rows: Iterable[Row]) -> dict[str, str]:
        """Return the habits by which the table was read that `rows` alone would not tell."""
        found = Conventions(
            "" if self._recipe.rules.date_order else self._rules.date_order,
            "" if self._recipe.rules.decimal else self._rules.decimal,
        )
        return untold(found, seen_in(rows, self._mapping)) if any(found) else {}

    def reasons(self, rows: Iterable[Row]) -> Mapping[RowLocation, Sequence[str]]:
        """Return why each of `rows` must not be sent, as far as the row alone tells."""
        return self._reader().reasons(rows)

    def _reader(self) -> RowReader:
        scheme = RowScheme(self._mapping, Converter(self._rules), clear=self._recipe.clear)
        return RowReader(self.table.name, scheme)


class Surveying:
    """The rows of several sheets, one after the other; `workers` read those of large files."""

    def __init__(
        self, sheets: Sequence[Sheet], match_account: Sequence[str], workers: Workers | None = None
    ) -> None:
        self._sheets = sheets
        self._workers = workers
        self.survey = Survey(match_account)

    def look(
        self,
        outcome: RowsRead,
        rewritten: ConversionLog,
        go_on: Callable[[], None] = lambda: None,
    ) -> None:
        """Look at all rows; what is wrong with them is noted in `outcome`.

        `go_on` is called now and then, and ends it by what it raises.
        """
        surveyed = self._surveyed(go_on)
        for sheet in self._sheets:
            found = surveyed.pop(0)
            self.survey.begin(sheet.table.name)
            self.survey.include(found.survey)
            outcome.merge(found.outcome)
            rewritten.include(found.rewritten)
        self.survey.finish()

    def _surveyed(self, go_on: Callable[[], None]) -> list[RowsFound]:
        workers = self._workers
        if workers is not None and all(sheet.in_parts for sheet in self._sheets):
            # All of them or none: other processes hash texts in another way than this one.
            with contextlib.suppress(LostError):
                return [sheet.survey(workers.read_parts, go_on) for sheet in self._sheets]
        return [sheet.survey(read_parts, go_on) for sheet in self._sheets]

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
