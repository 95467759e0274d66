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
    HEAD_ROWS,
    TableHeader,
    find_header,
    header_notes,
    oddities,
    refuse_columns,
    refuse_header,
)
from exact_import.tables.line_reader import read_batches, read_rows
from exact_import.tables.quoting import MAX_CELL, CellTooLargeError, CsvFormat, resplit
from exact_import.tables.rows import (
    SPACE,
    Batch,
    Row,
    RowLayout,
    clean,
    fitted,
)
from exact_import.tables.shapes import known_words
from exact_import.tables.source import WORKBOOKS, read_source
from exact_import.text import counted, joined, line_word, quote, sheet_of_file

if TYPE_CHECKING:
    from pathlib import Path

    from exact_import.tables.encoding import DecodedText
    from exact_import.tables.rejects_form import RowNotes
    from exact_import.tables.source import Source
    from exact_import.tables.workbook import SheetRows

MAX_ROWS = 2_000_000
"""The most rows of a table: twice as many as Excel allows; all are held in memory."""

# How many columns with known headers make a sheet a list of contacts.
_LIST = 2
_NOT_READ = "sheet {0} ({1:,} rows) is not read; import it as well with --sheet {0}"
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
    header_line: int = 0
    raw_header: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    batches: Sequence[Batch] = ()
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
    """Return the sheet `wanted`, else the first that is a list of contacts, else a table.

    Other sheets are in the table's notes, and in its problems if they look like contacts too.
    """
    from exact_import.tables.office_file import workbook_kind  # not needed for a CSV
    from exact_import.tables.workbook import Workbook

    book = Workbook(origin.name, origin.content, workbook_kind(origin.content))
    if wanted is not None and wanted.strip():
        found = book.rows(book.sheet_named(wanted))
        if not found.rows:
            raise UsageError(f"{sheet_of_file(book.name, found.name)} is empty.")
        return _sheet_table(origin, found)
    tables: dict[str, Table] = {}
    errors: dict[str, UsageError] = {}
    rows: dict[str, int] = {}
    for name in book.visible:
        try:
            found = book.rows(name)
            rows[name] = len(found.rows)
            if found.rows:
                tables[name] = _sheet_table(origin, found)
        except UsageError as error:
            errors[name] = error
    hidden = [name for name in book.hidden if book.has_cells(name)]
    if not tables and not errors:
        raise UsageError(
            f"{book.name} is empty: no sheet that Excel shows has a cell with a value.",
            f"Read a hidden sheet with --sheet {quote(hidden[0])}." if hidden else "",
        )
    if not tables:
        raise next(iter(errors.values()))
    lists = [name for name, table in tables.items() if known_words(table.header) >= _LIST]
    name, *others = lists or tables
    chosen = tables[name]
    problems = [
        RowProblem(chosen.name, 0, "warning", _NOT_READ.format(quote(other), rows[other]))
        for other in (others if lists else ())
    ]
    if not lists:
        problems += [RowProblem(chosen.name, 0, "warning", str(one)) for one in errors.values()]
    left = [quote(one) for one in book.visible if rows.get(one) != 0 and one not in (name, *lists)]
    left += [f"{quote(one)} (hidden)" for one in hidden]
    empty = [quote(one) for one in book.visible if rows.get(one) == 0]
    notes = []
    if left or lists[1:] or empty:
        notes.append(
            f"Sheet {quote(name)} is read"
            + (f"; not {joined(left, 'or')} (--sheet NAME reads another)" if left else "")
            + (f"; empty: {', '.join(empty)}" if empty else "")
            + "."
        )
    return replace(chosen, notes=[*notes, *chosen.notes], problems=[*chosen.problems, *problems])


def _sheet_table(origin: Source, found: SheetRows) -> Table:
    """Return the rows of a sheet as a table."""
    name = sheet_of_file(origin.name, found.name)
    header = find_header(found.rows[:HEAD_ROWS])
    titles = list(map(RowLayout(SHEET_DIALECT.form, header.raw).clean, header.names))
    # Cells right of the last header are remarks; a warning says that they are not read.
    width = max((place for place, cell in enumerate(titles, 1) if cell.strip(SPACE)), default=0)
    header = header.cut(width)
    refuse_header(name, header)
    layout = RowLayout(SHEET_DIALECT.form, header.raw, plain=found.plain)
    below = [row for row in found.rows if row.line > header.line]
    rows = ((row.line, row.raw[:width], "") for row in below)
    batches = fitted((row for row in rows if any(cell.strip(SPACE) for cell in row[1])), layout)
    notes = [*header_notes(name, header)]
    if found.hidden_rows:
        notes.append(f"Hidden rows are read too; Excel hides {found.hidden_rows:,} of this sheet.")
    table = _judged(
        Table(name, origin.path, SHEET_DIALECT, batches=_kept(name, batches), notes=notes),
        header,
        layout,
    )
    lines = {row.line for row in table.rows()} if found.oddities else ()
    odd = [
        RowProblem(name, line, "warning", message, " ".join(header.names[place].split()))
        for (line, place), message in sorted(found.oddities.items())
        if line in lines and place < width
    ]
    return replace(table, problems=[*table.problems, *_not_read(name, below, width), *odd])


def _not_read(name: str, rows: Sequence[Row], width: int) -> Iterator[RowProblem]:
    """Yield a warning for each column of a sheet, right of its header, that has values."""
    for place in range(width, len(rows[0].raw) if rows else 0):
        yield from _headless(name, place, ((row.line, clean(row.raw[place])) for row in rows))


def _headless(name: str, place: int, cells: Iterable[tuple[int, str]]) -> Iterator[RowProblem]:
    """Yield a warning if a column without a header has values, given with their lines."""
    filled = [(line, cell) for line, cell in cells if cell.strip(SPACE)]
    if filled:
        line, cell = filled[0]
        message = (
            f"column {place + 1} has no header and is not read; "
            f"{counted(len(filled), 'cell')} in it, here {quote(cell)}"
        )
        yield RowProblem(name, line, "warning", message)


def _read(name: str, path: Path | None, decoded: DecodedText, dialect: Dialect) -> Table:
    first_line = 2 if dialect.sep_line else 1
    form = dialect.form

    def lines() -> Iterator[str]:
        return form.unwrapped(islice(_lines(decoded.text), first_line - 1, None))

    layout = RowLayout(form, expected=dialect.width)
    head = list(islice(read_rows(lines(), first_line, layout), HEAD_ROWS))
    if not head:
        raise UsageError(f"{name} has no header: all its lines are blank.")
    header = find_header([_same_delimiter(row, dialect) for row in head])
    layout = RowLayout(
        form,
        header.raw,
        plain=decoded.plain,
        expected=dialect.width,
        sample=header.below[:_SAMPLE],
    )
    refuse_header(name, header)
    refuse_columns(name, header)
    below = _below_header(read_batches(lines(), first_line, layout), header.line)
    batches = _kept(name, below)
    return _judged(
        Table(
            name,
            path,
            dialect,
            batches=batches,
            problems=tuple(_doubts(name, decoded)),
            notes=[*header_notes(name, header), *_row_note([*header.above, *header.rows], batches)],
        ),
        header,
        layout,
        damaged=looks_damaged(decoded.text),
    )


def _judged(table: Table, header: TableHeader, layout: RowLayout, *, damaged: bool = True) -> Table:
    """Return a table with its header, damaged text repaired, without lines that are not rows."""
    names = tuple(layout.clean(cell).strip(SPACE) for cell in layout.pick(header.names))
    problems = (*table.problems, *oddities(table.name, header, names))
    batches, notes, repairs = table.batches, [*table.notes], Repairs()
    if damaged and EXPORTED not in names:
        batches = repair_batches(batches, repairs)
        names = tuple(map(repair, names))
    word = line_word(table.name)
    if not layout.ours:
        body = judge_body(batches, [header.raw, *(row.raw for row in header.rows)])
        batches = body.batches
        notes += body.notes(word)
    for place in (place for place, title in enumerate(names) if not title):
        cells = ((n, c) for b in batches for n, c in zip(b.lines, b.columns[place], strict=True))
        problems += (*_headless(table.name, place, cells),)
    layout.notes.pop(header.line, None)  # of the header itself
    return replace(
        table,
        header_line=header.line,
        raw_header=layout.pick(header.raw),
        header=names,
        batches=batches,
        problems=problems,
        notes=(*notes, *repairs.notes(word)),
        conventions=layout.conventions,
        is_rejects=layout.ours,
        beside=layout.notes,
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


def _row_note(head: Sequence[Row], batches: Sequence[Batch]) -> Iterator[str]:
    """Yield a sentence where a line is not the same row in Excel: below cells with line breaks.

    `head` are the rows down to the header, `batches` those below it.
    """
    ends = [row.line for batch in batches for row in batch.broken]
    ends += [batch.lines[-1] for batch in batches if batch.lines]
    if max(ends, default=head[-1].line) == head[-1].line + sum(map(len, batches)):
        return  # each row is one line
    breaks, line, row_in_excel = 0, 0, 0
    for rows in (head, *(batch.rows() for batch in batches)):
        for row in rows:
            if breaks:
                line, row_in_excel = row.line, row.line - breaks
            breaks += sum(cell.count("\n") for cell in row.raw)
    if line:
        yield (
            "Cells contain line breaks, so a line of this file is not always a row in Excel: "
            f"line {line} is row {row_in_excel}."
        )
