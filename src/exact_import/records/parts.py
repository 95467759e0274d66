"""The rows of one table, read by themselves: in parts that know nothing of each other, or whole."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from exact_import.mapping.column_mapping import make_mapping
from exact_import.records.conventions import ConventionsSeen
from exact_import.records.conversion_log import ConversionLog
from exact_import.records.models import RowsRead
from exact_import.records.row_reader import RowReader
from exact_import.records.scheme import RowScheme
from exact_import.records.survey import Survey
from exact_import.values.convert import SUGGESTIONS, Converter, Rules

if TYPE_CHECKING:
    from exact_import.fields import Section
    from exact_import.mapping.column_mapping import ColumnMapping
    from exact_import.tables.batches import Batch
    from exact_import.tables.parts import Part
    from exact_import.tables.table import Table

_FEWER_SUGGESTIONS = SUGGESTIONS // 40  # in each part but the first
_PIECE = 40  # batches


class LostError(Exception):
    """A process that was to read parts ended before its time, or could not be started."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that the rows of a table are read by; can be sent to another process.

    `sections` and `used` are what `make_mapping` takes, `clear` says that empty cells clear what
    Exact Online holds.
    """

    table: Table
    sections: Mapping[Section, Mapping[str, str]]
    used: frozenset[int]
    rules: Rules
    clear: bool
    match_account: tuple[str, ...]

    def mapping(self) -> ColumnMapping:
        """Return what becomes of the table's columns."""
        return make_mapping(self.table.header, self.sections, self.table.name, used=self.used)


@dataclass(slots=True)
class RowsFound:
    """What some rows of a table came to.

    `seen` are the habits that they tell of, `broken` and `torn` as in `Batch`, for any of them.
    """

    survey: Survey
    outcome: RowsRead = field(default_factory=RowsRead)
    rewritten: ConversionLog = field(default_factory=ConversionLog)
    seen: ConventionsSeen = field(default_factory=ConventionsSeen)
    broken: bool = False
    torn: bool = False

    def include(self, other: RowsFound) -> None:
        """Take in what the rows that follow came to; `other` is used up by that."""
        self.survey.include(other.survey)
        self.outcome.merge(other.outcome)
        self.rewritten.include(other.rewritten)
        self.seen.include(other.seen)
        self.broken = self.broken or other.broken
        self.torn = self.torn or other.torn


class PartReader:
    """Reads the rows of one table."""

    def __init__(self, recipe: Recipe, mapping: ColumnMapping | None = None) -> None:
        self._recipe = recipe
        self._mapping = mapping or recipe.mapping()

    def part(self, part: Part) -> RowsFound:
        """Return what the rows of a part come to, whatever was read before."""
        suggestions = _FEWER_SUGGESTIONS if part.start else SUGGESTIONS
        return self._found(self._scheme(suggestions), self._recipe.table.batches(part))

    def whole(self, batches: Iterable[Batch]) -> Generator[RowsFound]:
        """Yield what rows that are read one after the other come to, piece by piece."""
        scheme, rest = self._scheme(SUGGESTIONS), iter(batches)
        while (found := self._found(scheme, islice(rest, _PIECE))).outcome.read:
            yield found

    def _scheme(self, suggestions: int) -> RowScheme:
        recipe = self._recipe
        return RowScheme(self._mapping, Converter(recipe.rules, suggestions), clear=recipe.clear)

    def _found(self, scheme: RowScheme, batches: Iterable[Batch]) -> RowsFound:
        scheme.rewritten = ConversionLog()
        found = RowsFound(
            Survey(self._recipe.match_account), rewritten=scheme.rewritten, seen=scheme.seen
        )

        def watched() -> Iterator[Batch]:
            for batch in batches:
                found.broken = found.broken or bool(batch.broken)
                found.torn = found.torn or batch.torn
                yield batch

        reader = RowReader(self._recipe.table.name, scheme)
        for block in reader.blocks(watched(), found.outcome):
            found.survey.add(block)
        return found


def read_parts(recipe: Recipe, parts: Iterable[Part]) -> Generator[RowsFound]:
    """Yield what the parts of a table come to, in order."""
    reader = PartReader(recipe)
    yield from map(reader.part, parts)
