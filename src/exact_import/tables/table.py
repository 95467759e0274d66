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
from exact_import.tables.body import judge_body
from exact_import.tables.damage import Repairs, looks_damaged, repair, repair_batches
from exact_import.tables.dialect import DELIMITERS, HEAD, find_dialect, parse_delimiter
from exact_import.tables.encoding import decode
from exact_import.tables.quoting import MAX_CELL, CellTooLargeError, resplit
from exact_import.tables.rows import SPACE, Batch, Row, RowLayout, clean, read_batches, read_rows
from exact_import.tables.source import read_source
from exact_import.tables.structure import HEAD_ROWS, Structure, judge
from exact_import.text import joined, quote

if TYPE_CHECKING:
    from pathlib import Path

    from exact_import.tables.dialect import Dialect
    from exact_import.tables.encoding import DecodedText

MAX_COLUMNS = 16384
"""As many columns as Excel has."""

MAX_ROWS = 2_000_000
"""Rows that a table may have: twice as many as Excel has, and all are held in memory."""

_BREAK = re.compile(r"\r\n|\r|\n")
_SAMPLE = 200  # rows that show what the columns hold
_PIECE = 1 << 18  # characters that are parted into lines at a time
_TRIED = 1 << 13  # different cells, after which a column shares them only if half come again


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table whose header and rows have been read.

    `name` is what the user called it, `path` where it is (None for standard input). `header` is
    clean; `problems` tells what is odd about it or about the file as a whole, `notes` what was made
    of it. The columns `_line` and `_error` of our own rejects (`is_rejects`) are left out
    everywhere; `habits` is what further columns of theirs say of the original: how its "dates" and
    "decimals" are written. `batches` are the rows below the header, blank ones left out.
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
    form = dialect.form

    def lines() -> Iterator[str]:
        return form.unwrapped(islice(_lines(decoded.text), first_line - 1, None))

    layout = RowLayout(form, expected=dialect.width)
    head = list(islice(read_rows(lines(), first_line, layout), HEAD_ROWS))
    if not head:
        raise UsageError(f"{name} has no header: all its lines are blank.")
    head = [_same_delimiter(row, dialect) for row in head]
    places = _with_blanks(head)
    structure = judge([row.raw if row is not None else () for row in places])
    header = _Header.of(places, structure)
    layout = RowLayout(
        form,
        header.raw,
        plain=decoded.plain,
        expected=dialect.width,
        sample=header.below[:_SAMPLE],
    )
    raw_header = layout.pick(header.raw)
    names = tuple(clean(cell, layout.marker).strip(SPACE) for cell in layout.pick(header.names))
    _refuse_header(name, header, structure)
    _refuse_columns(name, header)
    table = Table(
        name,
        path,
        dialect,
        header.line,
        raw_header,
        names,
        (),
        tuple(_oddities(name, header, names, decoded)),
        tuple(_notes(header)),
        layout.habits,
        layout.ours,
    )
    below = _below_header(read_batches(lines(), first_line, layout), header.line)
    batches: Sequence[Batch] = _kept(name, below)
    repairs = Repairs()
    if looks_damaged(decoded.text):
        batches = repair_batches(batches, repairs)
        table = replace(table, header=tuple(map(repair, table.header)))
    if layout.ours:
        return replace(table, batches=batches, notes=repairs.notes())
    body = judge_body(batches, [raw_header, *(row.raw for row in header.rows)])
    return replace(
        table,
        batches=body.batches,
        notes=(*table.notes, *body.notes(), *repairs.notes()),
    )


@dataclass(frozen=True, slots=True)
class _Header:
    """The rows of a header, its cells, the rows above it, and those of the head below it.

    `raw` are its cells as written and `names` what they are called; `problem` says what is wrong
    with it and hinders nothing.
    """

    rows: list[Row]
    above: list[Row]
    below: list[Row]
    raw: tuple[str, ...]
    names: tuple[str, ...]
    surplus: int = 0

    @property
    def line(self) -> int:
        """The line on which the last of the header's rows starts."""
        return self.rows[-1].line

    @classmethod
    def of(cls, places: Sequence[Row | None], structure: Structure) -> _Header:
        """Return the header of rows as `structure` has it, less an empty cell too many."""
        below = [row for row in places[structure.header[-1] + 1 :] if row is not None]
        raw, names = structure.raw_header, structure.names
        surplus = 0
        blanks = [place for place, cell in enumerate(raw[:-1], 1) if not cell.strip()]
        widths = {len(row.raw) for row in below}
        if len(blanks) == 1 and widths == {len(raw) - 1} and raw[-1].strip() and len(below) > 2:
            surplus = blanks[0]
            raw = (*raw[: surplus - 1], *raw[surplus:])
            names = (*names[: surplus - 1], *names[surplus:])
        return cls(
            [row for place in structure.header if (row := places[place]) is not None],
            [row for place in structure.above if (row := places[place]) is not None],
            below,
            raw,
            names,
            surplus,
        )

    @property
    def fits(self) -> bool:
        """Whether the rows below it bear out how broken quotes were read."""
        whole = [row.raw for row in self.below if not row.problem]
        width = len(self.raw)
        return (
            len(whole) > 1
            and len({*map(len, whole)}) == 1
            and len(whole[0]) >= width
            and not any(any(cells[width:]) for cells in whole)
        )


def _same_delimiter(row: Row, dialect: Dialect) -> Row:
    """Return a row of the head as its own delimiter splits it, where that is another one."""
    if not dialect.width or len(row.raw) == dialect.width:
        return row
    cells, _ = resplit(list(row.raw), dialect.form, dialect.width, DELIMITERS)
    return row._replace(raw=tuple(cells)) if cells else row


def _with_blanks(rows: Iterable[Row]) -> list[Row | None]:
    """Return rows with None for the blank lines between them."""
    places: list[Row | None] = []
    end = 0
    for row in rows:
        if places and row.line > end:
            places.append(None)
        places.append(row)
        end = row.line + 1 + sum(len(_BREAK.findall(cell)) for cell in row.raw)
    return places


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


def _refuse_header(name: str, header: _Header, structure: Structure) -> None:
    where = f"{name}, line {header.line}"
    broken = next((row.problem for row in header.rows if row.problem), "")
    if broken and not header.fits:
        raise UsageError(f"{where}: {broken}.", "Correct the header.")
    if len(header.raw) > MAX_COLUMNS:
        raise UsageError(
            f"{where}: {len(header.raw)} columns are more than the {MAX_COLUMNS} that a "
            "table may have.",
            "Is this the right file, and --delimiter its delimiter?",
        )
    if structure.doubt:
        raise UsageError(
            f"{where}: this looks like a row and not like a header: {structure.doubt}.",
            "Put the names of the columns above the rows.",
        )


def _refuse_columns(name: str, header: _Header) -> None:
    """Refuse a table whose cells still hold a delimiter in most rows."""
    rows = [row.raw for row in header.below if not row.problem]
    for place, title in enumerate(header.raw):
        for delimiter in DELIMITERS[1:]:
            if len(header.raw) > 1 and delimiter not in title:
                continue
            cells = [cells[place] for cells in rows if place < len(cells)]
            held = sum(delimiter in cell for cell in cells)
            if held > 1 and held * 2 > len(cells):
                shown = {"\t": "a tab"}.get(delimiter, f'"{delimiter}"')
                raise UsageError(
                    f"{name}, line {header.line}: most cells below {quote(title)} hold {shown}, so "
                    "the columns of this file were not understood.",
                    "Name its delimiter with --delimiter, or export it again.",
                )


def _notes(header: _Header) -> Iterator[str]:
    """Say what the header is made of, and what is above it."""
    lines = [str(row.line) for row in header.rows]
    if header.above:
        title = " ".join(cell for row in header.above for cell in row.raw if cell.strip())
        where = f"The header is on line {joined(lines)}"
        yield f"{where}; the title above it was left out: {quote(title)}."
    elif len(lines) > 1:
        yield f"The header is on lines {joined(lines)}."
    if header.surplus:
        yield (
            f"The empty cell in column {header.surplus} of the header was left out: "
            "all rows have one cell less."
        )


def _oddities(
    name: str, found: _Header, header: Sequence[str], decoded: DecodedText
) -> Iterator[RowProblem]:
    line = found.line
    for row in found.rows:
        if row.problem:
            yield RowProblem(name, row.line, "warning", row.problem)
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
