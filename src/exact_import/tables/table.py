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
    Dialect,
    find_dialect,
    parse_delimiter,
    rows_above,
)
from exact_import.tables.encoding import decode
from exact_import.tables.rows import (
    SPACE,
    Batch,
    Row,
    RowLayout,
    batches_of,
    clean,
    read_batches,
    read_rows,
)
from exact_import.tables.source import WORKBOOKS, read_source
from exact_import.tables.structure import HEAD_ROWS, judge
from exact_import.text import counted, line_word, quote, sheet_of_file

if TYPE_CHECKING:
    from pathlib import Path

    from exact_import.tables.encoding import DecodedText
    from exact_import.tables.rejects_file import RowNotes
    from exact_import.tables.source import Source
    from exact_import.tables.workbook import SheetRows

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

    `name` is what the user called it, with the sheet of a workbook; `path` is where it is (None for
    standard input). `header` is clean; `problems` tells what is odd about it or about the file as
    a whole, `notes` what was made of it. The columns that our own rejects (`is_rejects`) have
    besides the original ones are left out everywhere: `beside` has, by line, what they say of a
    row, and `habits` what they say of the original, how its "dates" and "decimals" are written.
    `batches` are the rows below the header, blank ones left out.
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


def open_table(
    source: str,
    *,
    delimiter: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
) -> Table:
    """Read the CSV or workbook that the user calls `source` ("-" is standard input).

    `delimiter` and `encoding` of a CSV, and `sheet` of a workbook, decide where the user gave them.
    Raises UsageError when there is no file, it is no table, it cannot be decoded, or it is larger
    than a table can be.
    """
    separator = None if delimiter is None else parse_delimiter(delimiter)
    origin = read_source(source)
    if origin.content.startswith(WORKBOOKS):
        return _open_workbook(origin, sheet)
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


# How the rejects of a workbook are written, for Excel to open: as most of Europe has it.
SHEET_DIALECT = Dialect("utf-8", True, ";", False, "\r\n")


def _open_workbook(origin: Source, wanted: str | None) -> Table:
    from exact_import.tables.office_file import workbook_kind  # and more that a CSV does without
    from exact_import.tables.workbook import Workbook, read_workbook

    book = Workbook(origin.name, origin.content, workbook_kind(origin.content))
    return read_workbook(book, wanted, lambda found: _sheet_table(origin, found))


def _sheet_table(origin: Source, found: SheetRows) -> Table:
    """Return the rows of a sheet as a table."""
    name = sheet_of_file(origin.name, found.name)
    head = found.head(HEAD_ROWS)
    structure = judge(head)
    line = found.rows[0].number + structure.header[-1]
    layout = RowLayout(SHEET_DIALECT.delimiter, structure.raw_header, plain=found.plain)
    header = tuple(clean(c, layout.marker).strip(SPACE) for c in layout.pick(structure.names))
    _refuse_header(name, Row(line, header, header), header)
    # What is right of the last header is a remark; that it is not read is said.
    width = max((place for place, cell in enumerate(header, 1) if cell), default=0)
    rows = [Row(row.number, row.cells, row.cells) for row in found.rows if row.number > line]
    if layout.ours or not found.plain:
        rows = [layout.row(row.line, list(row.raw), "") for row in rows]
    odd = [
        RowProblem(name, number, "warning", message, " ".join(structure.names[place].split()))
        for (number, place), message in sorted(found.oddities.items())
        if number > line and place < len(structure.names)
    ]
    notes = [*_notes(name, [head[index] for index in structure.above], line)]
    if found.hidden_rows:
        notes.append(f"Hidden rows are read too; Excel hides {found.hidden_rows:,} of this sheet.")
    return Table(
        name,
        origin.path,
        SHEET_DIALECT,
        line,
        layout.pick(structure.raw_header)[:width],
        header[:width],
        _kept(name, batches_of(_narrowed(rows, width))),
        [*_oddities(name, line, header[:width]), *_beside(name, rows, width), *odd],
        notes,
        layout.habits,
        layout.ours,
        layout.notes,
    )


def _narrowed(rows: Iterable[Row], width: int) -> Iterator[Row]:
    """Yield the rows without their cells beyond `width`, and without those that are empty then."""
    for row in rows:
        if len(row.cells) == width and row.cells[0].strip(SPACE):
            yield row
            continue
        cells = row.cells[:width]
        if any(cell.strip(SPACE) for cell in cells):
            raw = cells if row.raw is row.cells else row.raw[:width]
            yield Row(row.line, cells, raw, row.problem)


def _beside(name: str, rows: Sequence[Row], width: int) -> Iterator[RowProblem]:
    """Yield a warning for each column right of the headers that holds anything."""
    for place in range(width, len(rows[0].cells) if rows else 0):
        filled = [row for row in rows if row.cells[place].strip(SPACE)]
        if filled:
            yield RowProblem(
                name,
                filled[0].line,
                "warning",
                f"column {place + 1} has no header and is not read; "
                f"{counted(len(filled), 'cell')} in it, here {quote(filled[0].cells[place])}",
            )


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
        (*_doubts(name, decoded), *_oddities(name, first.line, header)),
        tuple(_notes(name, [row.raw for row in above], first.line)),
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
    where = f"{name}, {line_word(name)} {first.line}"
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


def _notes(name: str, above: Sequence[Sequence[str]], header_line: int) -> Iterator[str]:
    """Tell what is above the header, if anything."""
    if above:
        title = " ".join(cell for cells in above for cell in cells if cell.strip())
        word = line_word(name)
        yield f"The header is on {word} {header_line}; above it stands {quote(title)}."


def _doubts(name: str, decoded: DecodedText) -> Iterator[RowProblem]:
    if decoded.doubt:
        yield RowProblem(name, 0, "warning", decoded.doubt)
    if decoded.zero_line:
        message = "holds zero characters (NUL), which are left out; was it cut off or damaged?"
        yield RowProblem(name, decoded.zero_line, "warning", message)


def _oddities(name: str, line: int, header: Sequence[str]) -> Iterator[RowProblem]:
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
