"""A table with everything that is needed to read its rows."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from exact_import.config.settings import Settings
from exact_import.mapping.column_mapping import ColumnMapping
from exact_import.mapping.value_maps import ColumnValues
from exact_import.records.conventions import Conventions, hidden_conventions, seen_in
from exact_import.tables.header import EXPORTED
from exact_import.tables.rows import BatchBuilder
from exact_import.tables.table import Table
from exact_import.values.convert import Rules

if TYPE_CHECKING:
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


def values_for(table: Table, settings: Settings) -> ColumnValues:
    """Return the value maps of the INI that apply to a table; none for an export."""
    maps = {} if EXPORTED in table.header else settings.values
    return ColumnValues(table.header, maps, table.name)
