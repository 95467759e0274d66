"""The rows that did not get into Exact Online, back to files that can be fixed or answered."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from exact_import.importing.answers import candidates_cell, original_lines, renumbered
from exact_import.importing.corrections import remember_corrected, remember_rejected
from exact_import.tables.rejects_file import (
    RowNotes,
    as_text,
    beside_original,
    is_unedited,
    remove_stale_rejects,
    write_rejects,
)
from exact_import.text import split_sheet
from exact_import.values.scalars import POINT_COUNTRIES

if TYPE_CHECKING:
    from exact_import.importing.load import Sheet
    from exact_import.records.models import RowLocation
    from exact_import.reporting.report import Report
    from exact_import.store.journal import Journal
    from exact_import.tables.rows import Row
    from exact_import.tables.table import Table

Remembered = Callable[[Path], str | None]
Remember = Callable[[Path, str], None]


def without_rejects(names: Sequence[str], journal: Path) -> tuple[list[str], list[str]]:
    """Return `names` without rejects that are beside their original, and notes on those.

    A shell's `*.csv` names them too. Nobody has fixed them as long as they are what `journal`
    remembers, so their rows would be rejected a second time.
    """
    beside = beside_original(names)
    if not beside or not journal.exists():
        return [*names], []
    with _memory(journal) as (remembered, _, _):
        left_out = [name for name in beside if is_unedited(Path(name), remembered)]
    notes = [
        f"{name} is skipped: it holds rejected rows that nobody has fixed yet." for name in left_out
    ]
    return [name for name in names if name not in left_out], notes


def put_rejects(
    tables: Sequence[Table],
    report: Report,
    path: Path | None,
    journal: Path | None,
    sheets: Sequence[Sheet],
) -> None:
    """Write the rejects of each of `tables`, and clear away those that no longer apply.

    `path` is where the user wants them, None for beside each CSV; `journal`, where there is one,
    remembers which files were written by us and are not edited. `sheets` tell what the rejects
    alone would not say of how their file writes dates and decimals. Raises StorageError.
    """
    reasons = {source: "; ".join(found) for source, found in report.rows.rejected.items()}
    reasons |= dict(report.refused())
    beside = _beside(report)
    places = {*reasons, *beside}
    files = {file for file, _ in places}
    sheet_of = {sheet.table.name: sheet for sheet in sheets}
    with _memory(journal) as (remembered, remember, opened):
        if opened is not None:
            remember_corrected(opened, tables, report)
        for table in tables:
            if table.name in files:
                bad = [row for row in table.rows() if (table.name, row.line) in places]
                sheet = sheet_of.get(table.name)
                written = write_rejects(
                    table if sheet is None else _for_excel(table, sheet),
                    [(row, reasons.get((table.name, row.line), "")) for row in bad],
                    path,
                    remembered=remembered,
                    remember=remember,
                    taken=[Path(name) for name in report.rejects],
                    conventions=sheet.hidden_conventions(bad) if sheet is not None else {},
                    held=_notes(table, bad, beside, report.rows.sources.get(table.name, "")),
                )
                if opened is not None:
                    remember_rejected(opened, written.name, bad)
                report.rejects.append(str(written))
                report.rejected_files.append(table.name)
            elif path is None:
                remove_stale_rejects(table, remembered=remembered)


def _for_excel(table: Table, sheet: Sheet) -> Table:
    """Return a workbook's table with the delimiter that Excel in its country opens a CSV with."""
    if split_sheet(table.name)[1] and sheet.rules.country in POINT_COUNTRIES:
        form = table.dialect.form._replace(delimiter=",")
        return replace(table, dialect=replace(table.dialect, form=form))
    return table


def _beside(report: Report) -> dict[RowLocation, RowNotes]:
    """Return what to say beside each row that is held; of a company before its people."""
    made: dict[str, dict[RowLocation, str]] = {"account": {}, "contact": {}}
    if any(one.line is not None for record in report.held for one in record.candidates):
        for change in report.changes():
            known = report.outcomes.of(change).id
            if known and change.kind in made:
                made[change.kind].update(dict.fromkeys(change.lines, known))
    found: dict[RowLocation, RowNotes] = {}
    for record in sorted(report.held, key=lambda record: record.kind):
        cell = candidates_cell(record.candidates, made[record.kind], record.lines[0][0])
        for place in record.lines:
            found.setdefault(place, RowNotes(0, record.why, cell))
    return found


def _notes(
    table: Table, rows: Sequence[Row], beside: Mapping[RowLocation, RowNotes], source: str
) -> dict[int, RowNotes]:
    """Return what to say beside `rows` of a table, by line; nothing where no question is open.

    An answer to a row that is rejected now stays beside it.
    """
    found, lines = {}, original_lines(table)
    for row in rows:
        notes = beside.get((table.name, row.line))
        if notes is None:
            notes = renumbered(table.beside.get(row.line, RowNotes()), lines)
        found[row.line] = notes._replace(source=source)
    return found if any(notes.why or notes.answer for notes in found.values()) else {}


@contextlib.contextmanager
def _memory(path: Path | None) -> Iterator[tuple[Remembered, Remember, Journal | None]]:
    if path is None:
        yield lambda _path: None, lambda _path, _digest: None, None
        return
    from exact_import.store.journal import Journal

    with contextlib.closing(Journal(path)) as journal:
        yield (
            lambda file: journal.fact(f"rejects {as_text(file.absolute())}"),
            lambda file, digest: journal.note(f"rejects {as_text(file.absolute())}", digest),
            journal,
        )
