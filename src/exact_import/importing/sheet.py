"""A table with everything that is needed to read its rows."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from exact_import.config.settings import Settings
from exact_import.errors import ConfigError
from exact_import.mapping.column_mapping import ColumnMapping
from exact_import.mapping.templates import Header, TemplateError
from exact_import.records.conventions import Conventions, hidden_conventions, seen_in
from exact_import.tables.header import EXPORTED
from exact_import.tables.rows import BatchBuilder
from exact_import.tables.table import Table
from exact_import.text import quote, suggest
from exact_import.values.convert import Rules

if TYPE_CHECKING:
    from exact_import.config.declare import ValueMap
    from exact_import.tables.rows import Batch, Row


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table with everything that is needed to read its rows.

    `found` are the conventions that its cells show, if the settings leave them open; `rules`
    include them. `batches` are the rows to read, with the values of the INI's value maps.
    """

    table: Table
    mapping: ColumnMapping
    rules: Rules
    found: Conventions
    batches: Iterable[Batch]

    def only(self, lines: Container[int], settings: Settings) -> Sheet:
        """Return the sheet with only the rows that start on `lines`."""
        values = values_for(self.table, settings)
        return replace(
            self, batches=values.batches([batch.only(lines) for batch in self.table.batches])
        )

    def hidden_conventions(self, rows: Iterable[Row]) -> dict[str, str]:
        """Return the conventions that `rows` alone do not show, as `Table` names them."""
        if not any(self.found):
            return {}
        repaired = BatchBuilder()
        for row in rows:
            repaired.add(row.line, row.cells, row.raw)
        return hidden_conventions(self.found, seen_in([repaired.batch()], self.mapping))


class ColumnValues:
    """`[values]` of the INI for one file: what replaces cells before anything else reads them.

    The raw cells do not change, so a rejects file has the original values. `missing` are the
    columns of `[values]` that the file does not have.
    """

    def __init__(self, header: Sequence[str], maps: Mapping[str, ValueMap], file: str) -> None:
        known = Header(header)
        self._maps: dict[int, ValueMap] = {}
        self.missing: list[str] = []
        for column, values in maps.items():
            try:
                self._maps[known.find(_bare(column))] = values
            except TemplateError as error:
                if known.positions(_bare(column)) or suggest(_bare(column), header):
                    raise ConfigError(
                        f"[values] does not fit {file}: " + " ".join(error.problems),
                        "Write the column's header as the file has it.",
                    ) from None
                self.missing.append(column)

    def notes(self) -> Iterator[str]:
        """Yield a note for each column of `[values]` that the file does not have."""
        for column in self.missing:
            yield f"[values] {column}: the file has no column {quote(_bare(column))}."

    def batches(self, batches: Sequence[Batch]) -> Sequence[Batch]:
        """Return the batches with the replaced values."""
        if not self._maps:
            return batches
        return [
            replace(b, columns=[self._replaced(i, cells) for i, cells in enumerate(b.columns)])
            for b in batches
        ]

    def cells(self, cells: Sequence[str]) -> Sequence[str]:
        """Return the cells of one row, with the values replaced."""
        if not self._maps:
            return cells
        return [self._maps[i].of(c) if i in self._maps else c for i, c in enumerate(cells)]

    def _replaced(self, index: int, cells: Sequence[str]) -> Sequence[str]:
        if (values := self._maps.get(index)) is None:
            return cells
        found = {cell: values.of(cell) for cell in dict.fromkeys(cells)}
        return [found[cell] for cell in cells]


def _bare(column: str) -> str:
    """Return the header of a setting: `{#5}` as in a template, or the header itself."""
    text = column.strip()
    return text[1:-1] if text[:1] == "{" and text[-1:] == "}" else text


def values_for(table: Table, settings: Settings) -> ColumnValues:
    """Return the value maps of the INI that apply to a table; none for an export."""
    maps = {} if EXPORTED in table.header else settings.values
    return ColumnValues(table.header, maps, table.name)
