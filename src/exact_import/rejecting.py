"""The rows that were refused, written to files that can be mended and imported."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from exact_import.csvfile.files import as_text
from exact_import.csvfile.reader import Table
from exact_import.csvfile.rejects import remove_stale_rejects, write_rejects
from exact_import.report import Report

Remembered = Callable[[Path], str | None]
Remember = Callable[[Path, str], None]


def put_rejects(
    tables: Sequence[Table], report: Report, path: Path | None, journal: Path | None
) -> None:
    """Write the rejects of each of `tables`, and clear away those that no longer apply.

    `path` is where the user wants them, None for beside each CSV; `journal`, where there is one,
    remembers which files were written by us and are not edited. Raises DiskFault.
    """
    refused = {source: "; ".join(messages) for source, messages in report.rows.rejected.items()}
    refused.update(report.refused())
    with _memory(journal) as (remembered, remember):
        for table in tables:
            lines = {line: text for (name, line), text in refused.items() if name == table.name}
            if lines:
                rows = ((row, lines[row.line]) for row in table.rows() if row.line in lines)
                written = write_rejects(
                    table,
                    rows,
                    path,
                    remembered=remembered,
                    remember=remember,
                    taken=[Path(name) for name in report.rejects],
                )
                report.rejects.append(str(written))
            elif path is None:
                remove_stale_rejects(table, remembered=remembered)


@contextlib.contextmanager
def _memory(path: Path | None) -> Iterator[tuple[Remembered, Remember]]:
    if path is None:
        yield lambda _path: None, lambda _path, _digest: None
        return
    from exact_import.journal import Journal

    with contextlib.closing(Journal(path)) as journal:
        yield (
            lambda file: journal.fact(f"rejects {as_text(file.absolute())}"),
            lambda file, digest: journal.note(f"rejects {as_text(file.absolute())}", digest),
        )
