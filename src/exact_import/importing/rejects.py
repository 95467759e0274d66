"""The rows that were refused, written to files that can be mended and imported."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from exact_import.importing.load import Sheet
from exact_import.reporting.report import Report
from exact_import.tables.rejects_file import (
    as_text,
    beside_original,
    is_unedited,
    remove_stale_rejects,
    write_rejects,
)
from exact_import.tables.table import Table

Remembered = Callable[[Path], str | None]
Remember = Callable[[Path, str], None]


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
    remembers which files were written by us and are not edited. `sheets` tell what the rejects
    alone would not say of how their file writes dates and decimals. Raises StorageError.
    """
    reasons = {source: "; ".join(found) for source, found in report.rows.rejected.items()}
    reasons |= dict(report.refused())
    files = {file for file, _ in reasons}
    sheet_of = {sheet.table.name: sheet for sheet in sheets}
    with _memory(journal) as (remembered, remember):
        for table in tables:
            if table.name in files:
                bad = [row for row in table.rows() if (table.name, row.line) in reasons]
                sheet = sheet_of.get(table.name)
                written = write_rejects(
                    table,
                    [(row, reasons[table.name, row.line]) for row in bad],
                    path,
                    remembered=remembered,
                    remember=remember,
                    taken=[Path(name) for name in report.rejects],
                    habits=sheet.untold(bad) if sheet is not None else {},
                )
                report.rejects.append(str(written))
            elif path is None:
                remove_stale_rejects(table, remembered=remembered)


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
