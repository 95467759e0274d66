"""What files tell once their company is known: columns read otherwise, columns for numbers."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from exact_import.errors import RowProblem
from exact_import.importing.corrections import corrected_rows
from exact_import.store.layouts import FileLayout, Layouts, layout_changes
from exact_import.tables.header import EXPORTED
from exact_import.tables.source import source_name

if TYPE_CHECKING:
    from exact_import.importing.load import LoadedFiles, Sheet
    from exact_import.records.models import RowsRead
    from exact_import.store.division import DivisionStore


def problems_since(
    loaded: LoadedFiles, store: DivisionStore, rows: RowsRead
) -> Iterator[RowProblem]:
    """Yield warnings that earlier imports give rise to, of columns and of rejected rows.

    A column may be understood otherwise than at the last import, a row may have been corrected.
    """
    yield from _layout_problems(loaded, store, rows.sources)
    yield from corrected_rows(store.journal, loaded.tables, rows)


def _layout_problems(
    loaded: LoadedFiles, store: DivisionStore, sources: Mapping[str, str]
) -> Iterator[RowProblem]:
    layouts = Layouts(store.journal, store.scope)
    for sheet in _regular_sheets(loaded):
        table = sheet.table
        now = FileLayout.of(sheet.mapping)
        known = layouts.last(sources[table.name], source_name(table.name), now)
        if known is not None:
            when = time.strftime("%Y-%m-%d", time.localtime(known.at))
            for header, field, message in layout_changes(known.layout, now, when):
                yield RowProblem(table.name, table.header_line, "warning", message, header, field)


def remember_layouts(loaded: LoadedFiles, store: DivisionStore, sources: Mapping[str, str]) -> None:
    """Keep what the columns of imported files were understood as."""
    layouts = Layouts(store.journal, store.scope)
    for sheet in _regular_sheets(loaded):
        name = sheet.table.name
        layouts.remember(sources[name], source_name(name), FileLayout.of(sheet.mapping))


def _regular_sheets(loaded: LoadedFiles) -> Iterator[Sheet]:
    """Yield the sheets that are like others of their source: no rejects, exports or empty files."""
    for sheet in loaded.sheets:
        table = sheet.table
        if not table.is_rejects and EXPORTED not in table.header and any(map(len, table.batches)):
            yield sheet


def with_numbers(loaded: LoadedFiles) -> dict[str, str]:
    """Return the files with a column for VAT or enterprise numbers.

    Each with the country (ISO-2) of its rows that name none.
    """
    return {
        sheet.table.name: sheet.rules.country
        for sheet in loaded.sheets
        if not {"VATNumber", "ChamberOfCommerce"}.isdisjoint(
            sheet.mapping.templates.get("account", {})
        )
    }
