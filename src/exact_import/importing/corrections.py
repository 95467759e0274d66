"""Which rejected rows somebody corrected in their file of rejects, and imported from there.

The file that they came from still has the mistakes, and is often imported again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from exact_import.errors import RowProblem
from exact_import.store import kept
from exact_import.text import as_text

if TYPE_CHECKING:
    from exact_import.records.models import RowsRead
    from exact_import.reporting.report import Report
    from exact_import.store.journal import Journal
    from exact_import.tables.rows import Row
    from exact_import.tables.table import Table

_MOST = 2_000  # rows that are remembered of a file, and of a source
_IMPORTED = frozenset({"created", "updated", "unchanged", "kept", "skipped"})


def remember_rejected(journal: Journal, name: str, rows: Sequence[Row]) -> None:
    """Note which rows, by their line in the original, the file of rejects called `name` has."""
    found = {str(row.line): _digest(row) for row in rows[:_MOST]}
    journal.note(_rejected(name), kept.packed(found))


def remember_corrected(journal: Journal, tables: Sequence[Table], report: Report) -> None:
    """Note which rows of the originals were imported by a finished run from files of rejects."""
    if report.mode != "import" or report.error is not None or report.interrupted:
        return
    for table in tables:
        if not table.is_rejects or table.path is None:
            continue
        rows = _noted(journal, _rejected(table.path.name))
        outcomes = report.row_outcomes() if rows else {}
        found = {
            rows[str(notes.line)]: table.path.name
            for line, notes in table.beside.items()
            if str(notes.line) in rows
            and outcomes.get((table.name, line), "unchanged") in _IMPORTED
        }
        if found:
            fact = _corrected(report.rows.source_of(table.name))
            both = {**_noted(journal, fact), **found}
            journal.note(fact, kept.packed(dict([*both.items()][-_MOST:])))


def corrected_rows(
    journal: Journal, tables: Sequence[Table], rows: RowsRead
) -> Iterator[RowProblem]:
    """Yield a warning for each rejected row that was imported, corrected, from its rejects."""
    for table in tables:
        wrong = {line for file, line in rows.rejected if file == table.name}
        known = _noted(journal, _corrected(rows.source_of(table.name))) if wrong else {}
        for row in table.rows() if known and not table.is_rejects else ():
            name = known.get(_digest(row)) if row.line in wrong else None
            if name is not None:
                message = (
                    f"this row was corrected in {name} and imported from there; correct it in "
                    "this file too"
                )
                yield RowProblem(table.name, row.line, "warning", message)


def _rejected(name: str) -> str:
    return f"rejected rows {as_text(name)}"


def _corrected(source: str) -> str:
    return f"corrected rows {as_text(source)}"


def _noted(journal: Journal, fact: str) -> dict[str, str]:
    return kept.mapped(journal.fact(fact) or "{}", kept.text)


def _digest(row: Row) -> str:
    return hashlib.blake2b(repr([*row.raw]).encode(), digest_size=12).hexdigest()
