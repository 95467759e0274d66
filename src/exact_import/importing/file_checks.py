"""Warnings about whole files: columns used differently than before, or by another mapping."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from exact_import.errors import ExactImportError, RowProblem
from exact_import.importing.load import read_files
from exact_import.importing.rejects import corrected_rows
from exact_import.reporting.report import Report
from exact_import.store.layouts import FileLayout, Layouts, layout_changes
from exact_import.tables.header import EXPORTED
from exact_import.tables.source import source_name

if TYPE_CHECKING:
    from exact_import.config.ini_file import Sections
    from exact_import.config.settings import Settings
    from exact_import.importing.load import LoadedFiles
    from exact_import.importing.sheet import Sheet
    from exact_import.records.models import RowLocation, RowsRead
    from exact_import.store.division import DivisionStore

_NAMED = 5  # fields
# A row, a field such as "contact.Gender", and its value.
_Fact = tuple["RowLocation", str, str]


def problems_since(
    loaded: LoadedFiles, store: DivisionStore, rows: RowsRead
) -> Iterator[RowProblem]:
    """Yield warnings that earlier imports give rise to, of columns and of rejected rows.

    A column may be used differently than at the last import, and a row may have been corrected.
    """
    layouts = Layouts(store.journal, store.scope)
    for sheet in _regular_sheets(loaded):
        table = sheet.table
        now = FileLayout.of(sheet.mapping)
        known = layouts.last(rows.sources[table.name], source_name(table.name), now)
        if known is not None:
            when = time.strftime("%Y-%m-%d", time.localtime(known.at))
            for header, field, message in layout_changes(known.layout, now, when):
                yield RowProblem(table.name, table.header_line, "warning", message, header, field)
    yield from corrected_rows(store.journal, loaded.tables, rows)


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


def with_numbers(loaded: LoadedFiles) -> frozenset[str]:
    """Return the files with a column for VAT or enterprise numbers."""
    return frozenset(
        sheet.table.name
        for sheet in loaded.sheets
        if not {"VATNumber", "ChamberOfCommerce"}.isdisjoint(
            sheet.mapping.templates.get("account", {})
        )
    )


def mapping_effects(settings: Settings, path: str, sections: Sections) -> str:
    """Return a sentence on what `sections` change in how `path` is read, "" if nothing changes.

    Reads the file twice, by `settings` and with the templates of `sections` instead of theirs. Some
    of what is made of a file cannot be written as a mapping: a gender that follows from the form of
    address before a name, or which rows are people of a company in another row.
    """
    try:
        without = {*_facts(settings, path)}
        mapped = {*_facts(replace(settings, sections=sections), path)}
    except ExactImportError:  # an import with the mapping says what is wrong
        return ""
    changed = without ^ mapped
    rows = len({place for place, _, _ in changed})
    if not rows:
        return ""
    lost = len({place for place, _, _ in without} - {place for place, _, _ in mapped})
    rejected = f", {lost} of them rejected" if lost else ""
    counts = Counter(name for _, name in {(place, name) for place, name, _ in changed})
    fields = sorted(counts, key=lambda name: (-counts[name], name))
    named = ", ".join(fields[:_NAMED])
    named += f" and {len(fields) - _NAMED} more fields" if len(fields) > _NAMED else ""
    return (
        f"With this mapping, {rows} {'row is' if rows == 1 else 'rows are'} read differently than "
        f"without it ({named}){rejected}, because not everything that is recognised can be written "
        "as a mapping."
    )


def _facts(settings: Settings, path: str) -> Iterator[_Fact]:
    report = Report("dry-run", [path])
    for record in read_files(settings, [path], report).records:
        parts = [("account", record.fields, record.lines)]
        parts += [("contact", one.fields, one.lines) for one in record.contacts]
        parts += [(one.section, one.fields, one.lines) for one in record.details]
        for section, fields, lines in parts:
            for place in lines:
                yield from ((place, f"{section}.{name}", str(v)) for name, v in fields.items() if v)
