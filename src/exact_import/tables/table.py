"""A file as a table: its header, and its rows with the line where each starts.

`open_table` reads a file once and detects how it is written; the rows stay in memory.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import TYPE_CHECKING

from exact_import.errors import RowProblem, UsageError
from exact_import.tables.body import judge_body
from exact_import.tables.damage import Repairs, looks_damaged, repair, repair_batches
from exact_import.tables.dialect import (
    DELIMITERS,
    HEAD,
    Dialect,
    find_dialect,
    parse_delimiter,
)
from exact_import.tables.encoding import decode
from exact_import.tables.header import (
    EXPORTED,
    TableHeader,
    header_notes,
    headless,
    oddities,
    refuse_columns,
    refuse_header,
    with_blanks,
)
from exact_import.tables.line_breaks import row_note
from exact_import.tables.line_reader import read_batches, read_rows
from exact_import.tables.quoting import MAX_CELL, CellTooLargeError, CsvFormat, resplit
from exact_import.tables.rows import (
    SPACE,
    Batch,
    Row,
    RowLayout,
    fitted,
)
from exact_import.tables.source import WORKBOOKS, read_source
from exact_import.tables.structure import HEAD_ROWS, judge
from exact_import.text import line_word, sheet_of_file

if TYPE_CHECKING:
    from pathlib import Path

    from exact_import.tables.encoding import DecodedText
    from exact_import.tables.rejects_file import RowNotes
    from exact_import.tables.source import Source
    from exact_import.tables.workbook import SheetRows

MAX_ROWS = 2_000_000
"""The most rows of a table: twice as many as Excel allows; all are held in memory."""

_SAMPLE = 200  # rows that show what the columns hold
_PIECE = 1 << 18  # characters that are parted into lines at a time
_TRIED = 1 << 13  # different cells, after which a column shares them only if half come again


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table whose header and rows have been read.

    `name` is what the user called it, with the sheet of a workbook; `path` is where it is (None for
    standard input). `header` is cleaned; `problems` are warnings about it or the whole file,
    `notes` say how it was read. The own columns of our rejects (`is_rejects`) are left out
    everywhere: `beside` has their contents by line, and `conventions` how the original writes its
    "dates" and "decimals". `batches` are the rows below the header, blank ones left out.
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
    conventions: Mapping[str, str] = field(default_factory=dict)
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
    """Read the CSV or workbook `source` ("-" is standard input).

    `delimiter` and `encoding` of a CSV, and `sheet` of a workbook, are used if given. Raises
    UsageError if there is no file, or if it is not a table, cannot be decoded, or is too large.
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


# How the rejects of a workbook are written: for Excel in most of Europe.
SHEET_DIALECT = Dialect("utf-8", True, CsvFormat(";"), 0, False, "\r\n")


def _open_workbook(origin: Source, wanted: str | None) -> Table:
    from exact_import.tables.office_file import workbook_kind  # not needed for a CSV
    from exact_import.tables.workbook import Workbook, read_workbook

    book = Workbook(origin.name, origin.content, workbook_kind(origin.content))
    return read_workbook(book, wanted, lambda found: _sheet_table(origin, found))


def _sheet_table(origin: Source, found: SheetRows) -> Table:
    """Return the rows of a sheet as a table."""
    from exact_import.tables.workbook import narrowed

    name = sheet_of_file(origin.name, found.name)
    head = found.head(HEAD_ROWS)
    structure = judge(head)
    first = found.rows[0].number
    places = [Row(first + i, cells, cells) if cells else None for i, cells in enumerate(head)]
    header = TableHeader.of(places, structure)
    layout = RowLayout(SHEET_DIALECT.form, header.raw, plain=found.plain)
    names = tuple(layout.clean(cell).strip(SPACE) for cell in layout.pick(header.names))
    refuse_header(name, header, structure)
    # Cells right of the last header are remarks.
    width = max((place for place, cell in enumerate(names, 1) if cell), default=0)
    rows = ((row.number, row.cells, "") for row in found.rows if row.number > header.line)
    whole = list(fitted(rows, layout))
    odd = [
        RowProblem(name, number, "warning", message, " ".join(header.names[place].split()))
        for (number, place), message in sorted(found.oddities.items())
        if number > header.line and place < len(header.names)
    ]
    notes = [*header_notes(name, header)]
    if found.hidden_rows:
        notes.append(f"Hidden rows are read too; Excel hides {found.hidden_rows:,} of this sheet.")
    repairs = Repairs()
    batches = _kept(name, (narrowed(batch, width) for batch in whole))
    if EXPORTED not in names:
        batches = repair_batches(batches, repairs)
    if not layout.ours:
        body = judge_body(batches, [header.raw[:width], *(row.raw[:width] for row in header.rows)])
        batches = body.batches
        notes += body.notes(line_word(name))
        no_rows = {row.line for rows in body.left_out.values() for row in rows}
        odd = [problem for problem in odd if problem.line not in no_rows]
    notes += repairs.notes(line_word(name))
    return Table(
        name,
        origin.path,
        SHEET_DIALECT,
        header.line,
        layout.pick(header.raw)[:width],
        tuple(map(repair, names[:width])),
        batches,
        [*oddities(name, header, names[:width]), *headless(name, names, whole), *odd],
        notes,
        layout.conventions,
        layout.ours,
        layout.notes,
    )


def _read(name: str, path: Path | None, decoded: DecodedText, dialect: Dialect) -> Table:
    first_line = 2 if dialect.sep_line else 1
    form = dialect.form

    def lines() -> Iterator[str]:
        return form.unwrapped(islice(_lines(decoded.text), first_line - 1, None))

    layout = RowLayout(form, expected=dialect.width)
    head = list(islice(read_rows(lines(), first_line, layout), HEAD_ROWS))
    if not head:
        raise UsageError(f"{name} has no header: all its lines are blank.")
    head = [_same_delimiter(row, dialect) for row in head]
    places = with_blanks(head)
    structure = judge([row.raw if row is not None else () for row in places])
    header = TableHeader.of(places, structure)
    layout = RowLayout(
        form,
        header.raw,
        plain=decoded.plain,
        expected=dialect.width,
        sample=header.below[:_SAMPLE],
    )
    raw_header = layout.pick(header.raw)
    names = tuple(layout.clean(cell).strip(SPACE) for cell in layout.pick(header.names))
    refuse_header(name, header, structure)
    refuse_columns(name, header)
    table = Table(
        name,
        path,
        dialect,
        header.line,
        raw_header,
        names,
        (),
        (*_doubts(name, decoded), *oddities(name, header, names)),
        tuple(header_notes(name, header)),
        layout.conventions,
        layout.ours,
        layout.notes,
    )
    below = _below_header(read_batches(lines(), first_line, layout), header.line)
    batches: Sequence[Batch] = _kept(name, below)
    breaks = [*row_note([*header.above, *header.rows], batches)]
    repairs = Repairs()
    if EXPORTED not in names and looks_damaged(decoded.text):
        batches = repair_batches(batches, repairs)
        table = replace(table, header=tuple(map(repair, table.header)))
    if layout.ours:
        layout.notes.pop(header.line, None)  # of the header itself
        return replace(table, batches=batches, notes=[*breaks, *repairs.notes()])
    body = judge_body(batches, [raw_header, *(row.raw for row in header.rows)])
    return replace(
        table,
        batches=body.batches,
        problems=(*table.problems, *headless(name, names, body.batches)),
        notes=(*table.notes, *breaks, *body.notes(line_word(name)), *repairs.notes()),
    )


def _same_delimiter(row: Row, dialect: Dialect) -> Row:
    """Return a row of the head split at its own delimiter, if that is another one."""
    if not dialect.width or len(row.raw) == dialect.width:
        return row
    cells, _ = resplit(list(row.raw), dialect.form, dialect.width, DELIMITERS)
    return row._replace(raw=tuple(cells)) if cells else row


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of `text` with their ends, piece by piece, because it may be large."""
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
    """Return the batches, sharing one string for equal cells of a column with many of them."""
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


def _doubts(name: str, decoded: DecodedText) -> Iterator[RowProblem]:
    if decoded.doubt:
        yield RowProblem(name, 0, "warning", decoded.doubt)
    if decoded.zero_line:
        message = "holds zero characters (NUL), which are left out; was it cut off or damaged?"
        yield RowProblem(name, decoded.zero_line, "warning", message)
