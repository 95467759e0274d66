"""Writes rejects files: rejected rows as a CSV that can be fixed and imported.

The file has the form of the original, and the further columns of `rejects_form`. It contains no
formulas for spreadsheets, and reading it again gives the same cells.
"""

from __future__ import annotations

import contextlib
import re
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO

from exact_import.errors import StorageError, storage_errors
from exact_import.files import (
    DraftFile,
    clear_drafts,
    digest,
    is_stream,
    open_atomic,
    open_draft,
    open_stream,
)
from exact_import.tables.dialect import NO_DELIMITER
from exact_import.tables.rejects_form import (
    HELD_COLUMNS,
    REJECTS_COLUMNS,
    RESULT_COLUMNS,
    RowNotes,
    guard,
    parse_rejects_name,
    shortened,
    stem_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from exact_import.tables.rows import Row
    from exact_import.tables.table import Table

# The numbered names that are checked for rejects to remove.
_OLD = 100
# Bytes that follow the stem in the longest name of all.
_ROOM = len(".rejected-9999.csv")


def write_rejects(
    table: Table,
    rejected: Iterable[tuple[Row, str]],
    path: Path | None = None,
    *,
    remembered: Callable[[Path], str | None] | None = None,
    remember: Callable[[Path, str], None] | None = None,
    taken: Collection[Path] = (),
    conventions: Mapping[str, str] = MappingProxyType({}),
    held: Mapping[int, RowNotes] = MappingProxyType({}),
) -> Path:
    """Write the `rejected` rows of `table`, each with its errors, and return the file written.

    `path` is by default `<name>.rejected.csv` beside the CSV, for standard input in the current
    folder. If that file may have been edited, it is left alone and `…-2.csv` is written:
    `remembered` returns the SHA-256 that `remember` was given when a file (an absolute path) was
    last written, or None. `taken` are the rejects of this run's other files, which are left alone
    too. `conventions` are those of the original that these rows alone do not show, as `Table` has
    them; `held` is what to say, by line, beside rows that are held. Written whole or not at all,
    for its owner's eyes only (mode 0600), except a device or FIFO, which is written to. Call it
    only when there are rejects. Raises StorageError when it cannot be written.
    """
    wanted = path or _default_path(table)
    with storage_errors("rejected rows", wanted, "Name another file with --rejects."):
        if is_stream(wanted):
            with open_stream(wanted) as stream:
                _write(stream, _lines(table, rejected, conventions, held), table)
            return wanted
        with open_draft(wanted) as draft:
            written_digest = _write(draft.stream, _lines(table, rejected, conventions, held), table)
            draft.sync()
            written = _put(draft, wanted, table, written_digest, remembered, taken)
    if remember is not None:
        remember(written.absolute(), written_digest)
    return written


def remove_stale_rejects(table: Table, *, remembered: Callable[[Path], str | None]) -> list[Path]:
    """Remove unedited rejects of earlier runs of `table`; return the removed files.

    For a run without rejects. Raises StorageError if one cannot be removed.
    """
    removed = []
    path = _default_path(table)
    clear_drafts(path, age=60.0)
    for candidate in islice(_candidates(path), _OLD):
        if (
            candidate.is_file()
            and not _is_source(candidate, table)
            and is_unedited(candidate, remembered)
        ):
            try:
                candidate.unlink()
            except OSError as error:
                raise StorageError(
                    f"{candidate} no longer holds rejected rows, but cannot be removed: "
                    f"{error.strerror or error}."
                ) from error
            removed.append(candidate)
    return removed


def is_unedited(path: Path, remembered: Callable[[Path], str | None]) -> bool:
    """Return True if `path` is, byte for byte, the rejects that we last wrote there."""
    last_written = remembered(path.absolute())
    return last_written is not None and last_written == digest(path)


def _write(stream: BinaryIO, lines: Iterable[str], table: Table) -> str:
    """Write the file and return the SHA-256 of its bytes."""
    import hashlib  # loads OpenSSL, and few runs need it

    hashed = hashlib.sha256()
    for text in lines:
        # A message may quote characters that the file's encoding lacks; its own cells never do.
        line = text.encode(table.dialect.encoding, "replace")
        hashed.update(line)
        stream.write(line)
    return hashed.hexdigest()


def _lines(
    table: Table,
    rejected: Iterable[tuple[Row, str]],
    conventions: Mapping[str, str],
    held: Mapping[int, RowNotes],
) -> Iterator[str]:
    convention_columns = [f"_{name}_{written}" for name, written in conventions.items()]
    blank = [""] * len(convention_columns)
    columns = [*REJECTS_COLUMNS, *(HELD_COLUMNS if held else ()), *convention_columns]
    nothing = RowNotes()
    rows = (
        (row, (str(row.line), error, *(held.get(row.line, nothing)[1:] if held else ()), *blank))
        for row, error in rejected
    )
    return lines_like(table, columns, rows)


def lines_like(
    table: Table, columns: Sequence[str], rows: Iterable[tuple[Row, Sequence[str]]]
) -> Iterator[str]:
    """Yield the lines of a file in the form of `table`, with further `columns`.

    `rows` are rows of the table, each with its cells in those columns.
    """
    dialect = table.dialect
    delimiter = "," if dialect.delimiter == NO_DELIMITER else dialect.delimiter
    special = re.compile(f'[{re.escape(delimiter)}"\r\n]|^[ \t]|[ \t]$')

    def line(cells: Iterable[str]) -> str:
        quoted = (
            '"{}"'.format(cell.replace('"', '""')) if special.search(cell) else cell
            for cell in cells
        )
        return delimiter.join(quoted) + dialect.newline

    if dialect.bom:
        yield "\ufeff"
    if dialect.sep_line:
        yield f"sep={delimiter}{dialect.newline}"
    ours = table.is_rejects
    width = len(table.header)
    # A header on several equal lines is written once.
    header = (
        guard(name if name and not raw.replace(name, "").strip() else raw, ours=ours)
        for raw, name in zip(table.raw_header, table.header, strict=True)
    )
    yield line([*header, *columns])
    for row, beside in rows:
        cells = [guard(cell, ours=ours) for cell in row.raw]
        cells += [""] * (width - len(cells))
        # Surplus cells come after our columns, so that the other cells keep theirs.
        yield line([*cells[:width], *map(guard, beside), *cells[width:]])


def write_results(table: Table, results: Mapping[int, Sequence[str]], path: Path) -> None:
    """Write every row of `table` with its results, by line: the cells of `RESULT_COLUMNS`.

    Written whole or not at all, for its owner's eyes only (mode 0600); raises StorageError.
    """
    nothing = [""] * len(RESULT_COLUMNS)
    rows = ((row, results.get(row.line, nothing)) for row in table.rows())
    advice = "Name another file with --results."
    with storage_errors("results", path, advice), open_atomic(path) as stream:
        _write(stream, lines_like(table, RESULT_COLUMNS, rows), table)


def _default_path(table: Table) -> Path:
    folder, name = (Path(), "stdin") if table.path is None else (table.path.parent, table.path.name)
    earlier = parse_rejects_name(name)
    stem = earlier[0] if earlier else stem_of(name)
    return folder / f"{shortened(stem, _ROOM)}.rejected.csv"


def _candidates(path: Path) -> Iterator[Path]:
    """Yield `path`, then the names to use instead: `…-2.csv`, `…-3.csv` and so on."""
    yield path
    for number in range(2, 10_000):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


def _put(
    draft: DraftFile,
    wanted: Path,
    table: Table,
    written_digest: str,
    remembered: Callable[[Path], str | None] | None,
    taken: Collection[Path],
) -> Path:
    """Move `draft` to the first of the names for `wanted` that may be taken."""
    for candidate in _candidates(wanted):
        if not candidate.exists():
            draft.put(candidate)
            return candidate
        if candidate in taken or not candidate.is_file() or _is_source(candidate, table):
            continue
        if digest(candidate) == written_digest:
            return candidate
        if remembered is not None and is_unedited(candidate, remembered):
            # On Windows a file that is open in Excel cannot be replaced.
            with contextlib.suppress(PermissionError):
                draft.put(candidate)
                return candidate
    raise StorageError(f"There are too many files named like {wanted}.", "Remove the old ones.")


def _is_source(path: Path, table: Table) -> bool:
    return table.path is not None and table.path.exists() and path.samefile(table.path)
