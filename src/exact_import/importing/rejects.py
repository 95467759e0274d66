"""The rows that were refused, written to files that can be mended and imported."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from exact_import.records.models import RejectedRows, RowLocation
from exact_import.records.surveying import Sheet
from exact_import.reporting.report import Report
from exact_import.tables.paths import as_text, beside_original
from exact_import.tables.rejects_file import is_unedited, remove_stale_rejects, write_rejects
from exact_import.tables.table import Row, Table

Remembered = Callable[[Path], str | None]
Remember = Callable[[Path, str], None]
_AT_ONCE = 500  # rows that are looked at again


def without_rejects(names: Sequence[str], journal: Path) -> tuple[list[str], list[str]]:
    """Return `names` without rejects that stand beside their original, and notes on those.

    A shell's `*.csv` names them too. Nobody has mended them as long as they are what `journal`
    remembers, so their rows would be refused a second time.
    """
    beside = beside_original(names)
    if not beside or not journal.exists():
        return [*names], []
    with _memory(journal) as (remembered, _):
        left_out = [name for name in beside if is_unedited(Path(name), remembered)]
    notes = [
        f"{name} is left out: it has rows that were refused, and nobody has mended them."
        for name in left_out
    ]
    return [name for name in names if name not in left_out], notes


def put_rejects(
    tables: Sequence[Table],
    report: Report,
    path: Path | None,
    journal: Path | None,
    sheets: Sequence[Sheet] = (),
) -> None:
    """Write the rejects of each of `tables`, and clear away those that no longer apply.

    `path` is where the user wants them, None for beside each CSV; `journal`, where there is one,
    remembers which files were written by us and are not edited. Where rows have reasons that were
    not kept, `sheets` tell them again. Raises StorageError.
    """
    refused = dict(report.refused())
    rejected = report.rows.rejected
    sheet_of = {sheet.table.name: sheet for sheet in sheets}
    with _memory(journal) as (remembered, remember):
        for table in tables:
            if rejected.any_of(table.name) or any(name == table.name for name, _ in refused):
                sheet = sheet_of.get(table.name)
                habits = sheet.untold(_bad(table, rejected, refused)) if sheet is not None else {}
                written = write_rejects(
                    table,
                    _rows(table, rejected, refused, sheet),
                    path,
                    remembered=remembered,
                    remember=remember,
                    taken=[Path(name) for name in report.rejects],
                    habits=habits,
                )
                report.rejects.append(str(written))
            elif path is None:
                remove_stale_rejects(table, remembered=remembered)


def _bad(table: Table, rejected: RejectedRows, refused: Mapping[RowLocation, str]) -> Iterator[Row]:
    for row in table.rows():
        source = (table.name, row.line)
        if source in rejected or source in refused:
            yield row


def _rows(
    table: Table, rejected: RejectedRows, refused: Mapping[RowLocation, str], sheet: Sheet | None
) -> Iterator[tuple[Row, str]]:
    """Yield the rows of `table` that were refused, each with its reasons."""
    name = table.name
    bad = _bad(table, rejected, refused)
    while some := list(islice(bad, _AT_ONCE)):
        untold = [
            row
            for row in some
            if (name, row.line) in rejected and not rejected.told((name, row.line))
        ]
        again = sheet.reasons(untold) if sheet is not None and untold else {}
        for row in some:
            source = (name, row.line)
            if source in again:
                yield row, "; ".join(again[source])
            else:
                yield row, "; ".join(rejected[source]) if source in rejected else refused[source]


@contextlib.contextmanager
def _memory(path: Path | None) -> Iterator[tuple[Remembered, Remember]]:
    if path is None:
        yield lambda _path: None, lambda _path, _digest: None
        return
    from exact_import.store.journal import Journal

    with contextlib.closing(Journal(path)) as journal:
        yield (
            lambda file: journal.fact(f"rejects {as_text(file.absolute())}"),
            lambda file, digest: journal.note(f"rejects {as_text(file.absolute())}", digest),
        )
