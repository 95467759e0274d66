"""Checks of files that need their company: columns used differently, columns for numbers."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from exact_import.errors import RowProblem
from exact_import.store.layouts import FileLayout, Layouts, layout_changes
from exact_import.tables.header import EXPORTED
from exact_import.tables.source import source_name

if TYPE_CHECKING:
    from exact_import.importing.load import LoadedFiles, Sheet
    from exact_import.store.division import DivisionStore


def layout_problems(
    loaded: LoadedFiles, store: DivisionStore, sources: Mapping[str, str]
) -> Iterator[RowProblem]:
    """Yield a warning for each column that is used differently than at the last import.

    `sources` are the names of the files' sources.
    """
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
    """Remember which field each column of the imported files was used as."""
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
