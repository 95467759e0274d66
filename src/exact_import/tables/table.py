"""A file as a table: its header, and its rows with the line of the file where each starts.

`open_table` reads a file once and finds out how it is written; the rows stay in memory for whoever
needs them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import TYPE_CHECKING

from exact_import.errors import RowProblem, UsageError
from exact_import.tables.dialect import (
    HEAD,
    MAX_CELL,
    CellTooLargeError,
    find_dialect,
    parse_delimiter,
    rows_above,
)
from exact_import.tables.encoding import decode
from exact_import.tables.rows import SPACE, Batch, Row, RowLayout, clean, read_batches, read_rows
from exact_import.tables.source import read_source
from exact_import.text import quote

if TYPE_CHECKING:
    from pathlib import Path

    from exact_import.tables.dialect import Dialect
    from exact_import.tables.encoding import DecodedText
    from exact_import.tables.rejects_file import RowNotes

TITLED = 3
"""Cells of a first row that is a header, or surely no title above one."""

MAX_COLUMNS = 16384
"""As many columns as Excel has."""

MAX_ROWS = 2_000_000
"""Rows that a table may have: twice as many as Excel has, and all are held in memory."""

_E_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_PIECE = 1 << 18  # characters that are parted into lines at a time
_TRIED = 1 << 13  # different cells, after which a column shares them only if half come again


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table whose header and rows have been read.

    `name` is what the user called it, `path` where it is (None for standard input). `header` is
    clean; `problems` tells what is odd about it or about the file as a whole, `notes` what was made
    of it. The columns that our own rejects (`is_rejects`) have besides the original ones are left
    out everywhere: `beside` has, by line, what they say of a row, and `habits` what they say of the
    original, how its "dates" and "decimals" are written. `batches` are the rows below the header,
    blank ones left out.
    """

    name: str
    path: Path | None
    dialect: Dialect
    header_line: int
    raw_header: tuple[str, ...]
    header: tuple[str, ...]
    batches: Sequence[Batch]
    problems: Sequence[RowProblem] = ()
    notes: Sequence[str] = ()
    habits: Mapping[str, str] = field(default_factory=dict)
    is_rejects: bool = False
    beside: Mapping[int, RowNotes] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        """Yield the rows below the header."""
        return chain.from_iterable(batch.rows() for batch in self.batches)


def open_table(source: str, *, delimiter: str | None = None, encoding: str | None = None) -> Table:
    """Read the CSV that the user calls `source` ("-" is standard input).

    `delimiter` and `encoding` decide where the user gave them. Raises UsageError when there is no
    file, it is no CSV, it cannot be decoded, or it is larger than a table can be.
    """
    separator = None if delimiter is None else parse_delimiter(delimiter)
    origin = read_source(source)
    name, path = origin.name, origin.path
    decoded = decode(origin, encoding)
    del origin  # the bytes are as large as the text
    dialect = find_dialect(
        decoded.text[:HEAD],
        complete=len(decoded.text) < HEAD,
        encoding=decoded.encoding,
        bom=decoded.bom,
        delimiter=separator,
    )
    csv.field_size_limit(MAX_CELL)
    try:
        return _read(name, path, decoded, dialect)
    except CellTooLargeError as error:
        raise UsageError(
            f"{name}, line {error.line}: a cell has more than {MAX_CELL >> 20} million characters.",
            "Is this the right file, and --delimiter its delimiter?",
        ) from error


def _read(name: str, path: Path | None, decoded: DecodedText, dialect: Dialect) -> Table:
    first_line = 2 if dialect.sep_line else 1

    def lines() -> Iterator[str]:
        return islice(_lines(decoded.text), first_line - 1, None)

    def bare_rows() -> Iterator[Row]:
        return read_rows(lines(), first_line, RowLayout(dialect.delimiter))

    first = next(bare_rows(), None)
    if first is None:
        raise UsageError(f"{name} has no header: all its lines are blank.")
    above: list[Row] = []
    if sum(map(bool, map(str.strip, first.raw))) < TITLED:
        above = rows_above(bare_rows())
        first = next(islice(bare_rows(), len(above), None), first)
    layout = RowLayout(dialect.delimiter, first.raw, plain=decoded.plain)
    raw_header = layout.pick(first.raw)
    header = tuple(clean(cell, layout.marker).strip(SPACE) for cell in raw_header)
    _refuse_header(name, first, header)
    table = Table(
        name,
        path,
        dialect,
        first.line,
        raw_header,
        header,
        (),
        tuple(_oddities(name, first.line, header, decoded)),
        tuple(_notes(above, first.line)),
        layout.habits,
        layout.ours,
        layout.notes,
    )
    batches = _below_header(read_batches(lines(), first_line, layout), first.line)
    table = replace(table, batches=_kept(name, batches))
    layout.notes.pop(first.line, None)  # the header's own
    return table


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of `text` with their ends; a piece of it at a time, for it may be large."""
    return chain.from_iterable(io.StringIO(piece, newline="") for piece in _pieces(text))


def _pieces(text: str) -> Iterator[str]:
    newline = "\n" if "\n" in text else "\r"
    start = 0
    while start < len(text):
        stop = text.find(newline, start + _PIECE) + 1 or len(text)
        yield text[start:stop]
        start = stop


def _below_header(batches: Iterator[Batch], header_line: int) -> Iterator[Batch]:
    for batch in batches:
        below = batch.below(header_line)
        if below:
            yield below
            break
    yield from batches


def _kept(name: str, batches: Iterable[Batch]) -> list[Batch]:
    """Return the batches, with one string for equal cells of a column that has many of them."""
    kept: list[Batch] = []
    known: list[dict[str, str] | None] = []
    count = 0
    for batch in batches:
        count += len(batch)
        if count > MAX_ROWS:
            raise UsageError(
                f"{name} has more than {MAX_ROWS:,} rows.", "Divide it into several files."
            )
        known = known or [{} for _ in batch.columns]
        columns = [
            column if texts is None else tuple(map(texts.setdefault, column, column))
            for texts, column in zip(known, batch.columns, strict=False)
        ]
        for place, texts in enumerate(known):
            if texts is not None and len(texts) > _TRIED and len(texts) * 2 > count:
                known[place] = None
        kept.append(replace(batch, columns=columns))
    return kept


def _refuse_header(name: str, first: Row, header: Sequence[str]) -> None:
    where = f"{name}, line {first.line}"
    if first.problem:
        raise UsageError(f"{where}: {first.problem}.", "The header must be in order.")
    if len(header) > MAX_COLUMNS:
        raise UsageError(
            f"{where}: {len(header)} columns are more than the {MAX_COLUMNS} that a "
            "table may have.",
            "Is this the right file, and --delimiter its delimiter?",
        )
    e_mail = next(filter(_E_MAIL.fullmatch, header), "")
    if e_mail or not any(c.isalpha() for cell in header for c in cell):
        raise UsageError(
            f"{where}: this looks like a row and not like a header"
            + (f', for it holds "{e_mail}".' if e_mail else ", for it has no words."),
            "Put the names of the columns above the rows.",
        )


def _notes(above: Sequence[Row], header_line: int) -> Iterator[str]:
    """Tell what is above the header, if anything."""
    if above:
        title = " ".join(cell for row in above for cell in row.raw if cell.strip())
        yield f"The header is on line {header_line}; above it stands {quote(title)}."


def _oddities(
    name: str, line: int, header: Sequence[str], decoded: DecodedText
) -> Iterator[RowProblem]:
    if decoded.doubt:
        yield RowProblem(name, 0, "warning", decoded.doubt)
    if decoded.zero_line:
        message = "holds zero characters (NUL), which are left out; was it cut off or damaged?"
        yield RowProblem(name, decoded.zero_line, "warning", message)
    places: dict[str, list[int]] = {}
    for index, cell in enumerate(header, 1):
        places.setdefault(cell, []).append(index)
    for cell, columns in places.items():
        numbers = ", ".join(map(str, columns))
        if not cell:
            if columns[0] < len(header) - len(columns) + 1:
                message = f"no header above column {numbers}"
                yield RowProblem(name, line, "warning", message)
        elif len(columns) > 1:
            message = f'the header "{cell}" stands above columns {numbers}'
            yield RowProblem(name, line, "warning", message, cell)
