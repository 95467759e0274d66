"""A CSV as its rows: clean cells, and the line of the file where each row starts.

`open_table` finds out how the file is written and reads its header; `Table.rows` streams the
rows, in memory that does not grow with the file.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice, tee
from typing import TYPE_CHECKING, NamedTuple

from exact_import.csvfile.dialect import HEAD, NO_DELIMITER, find_dialect, parse_delimiter
from exact_import.csvfile.encoding import Encoding, find_encoding, is_plain
from exact_import.csvfile.files import REJECTS_COLUMNS, expand
from exact_import.csvfile.quoting import MAX_CELL, CellTooLargeError, salvage, swallows
from exact_import.csvfile.source import STDIN, Source
from exact_import.problems import Problem, UsageFault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from exact_import.csvfile.dialect import Dialect

__all__ = ["STDIN", "Row", "Table", "expand", "open_table"]

MAX_COLUMNS = 16384
"""As many columns as Excel has."""

# Excel's marker of text, which is no part of it; 's-Hertogenbosch keeps its own.
_MARKER = re.compile(r"'(?=[0-9=+\-@])")
# What the writer of rejects puts before cells that a spreadsheet might run, besides.
_OUR_MARKER = re.compile(r"'(?=[0-9=+\-@]|'*[\t\r\n\uff1d\uff0b\uff0d\uff20])")
_E_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_OUTSIDE = " \t\r\n\v\f\0\x1a\xa0\u2007\u202f\ufeff"
# In a table narrower than this a line of running text easily passes for a row.
_NARROW = 4


class Row(NamedTuple):
    """One row of the file; a tuple, since there are millions of them.

    `line` is the physical line where it starts, from 1, as an editor shows it. `cells` are clean
    and as many as the header has; `raw` are as in the file, and the same object when equal.
    `problem` is empty or says what is wrong with the row as a whole.
    """

    line: int
    cells: tuple[str, ...]
    raw: tuple[str, ...]
    problem: str = ""


class Table:
    """A CSV whose header has been read.

    `name` is what the user called it, `path` where it is (None for standard input). `header` is
    clean; `problems` tells what is odd about it or about the file as a whole. The columns `_line`
    and `_error` of our own rejects are left out everywhere.
    """

    def __init__(self, source: Source, dialect: Dialect, encoding: Encoding) -> None:
        self.name = source.name
        self.path: Path | None = source.path
        self.dialect = dialect
        self._source = source
        self._mark = encoding.mark
        first = next(self._read(_Layout(dialect.delimiter)), None)
        if first is None:
            raise UsageFault(f"{self.name} has no header: all its lines are blank.")
        self.header_line = first.line
        self._layout = _Layout(dialect.delimiter, first.raw, plain=encoding.plain)
        self.raw_header = self._layout.pick(first.raw)
        self.header = tuple(_clean(cell, _MARKER).strip(_OUTSIDE) for cell in self.raw_header)
        self._refuse_header(first)
        self.problems = tuple(self._odd_headers(encoding.doubt))

    @property
    def is_rejects(self) -> bool:
        """True for a file of rejects that this program wrote."""
        return self._layout.ours

    def rows(self) -> Iterator[Row]:
        """Yield the rows below the header, blank ones left out; may be called more than once.

        Raises UsageFault when the file cannot be read to its end.
        """
        return islice(self._read(self._layout), 1, None)

    def fingerprint(self) -> str:
        """Return the SHA-256 of the file's (decompressed) bytes, in hexadecimal digits."""
        return self._source.fingerprint()

    def _read(self, layout: _Layout) -> Iterator[Row]:
        return _rows(self._lines(), 2 if self.dialect.sep_line else 1, layout)

    @contextmanager
    def _lines(self) -> Iterator[Iterator[str]]:
        """Open the file at its first line below `sep=`, and name it in what goes wrong inside."""
        csv.field_size_limit(MAX_CELL)
        try:
            with self._source.open() as stream:
                stream.read(len(self._mark))
                lines = io.TextIOWrapper(stream, self.dialect.encoding, newline="")
                if self.dialect.sep_line:
                    lines.readline()
                yield lines
        except UnicodeError as error:
            raise UsageFault(f"{self.name} cannot be decoded: {error}.") from error
        except CellTooLargeError as error:
            raise UsageFault(
                f"{self.name}, line {error.line}: a cell has more than {MAX_CELL >> 20} million "
                "characters.",
                "Is this the right file, and --delimiter its delimiter?",
            ) from error

    def _refuse_header(self, first: Row) -> None:
        where = f"{self.name}, line {self.header_line}"
        if first.problem:
            raise UsageFault(f"{where}: {first.problem}.", "The header must be in order.")
        if len(self.header) > MAX_COLUMNS:
            raise UsageFault(
                f"{where}: {len(self.header)} columns are more than the {MAX_COLUMNS} that a "
                "table may have.",
                "Is this the right file, and --delimiter its delimiter?",
            )
        e_mail = next(filter(_E_MAIL.fullmatch, self.header), "")
        if e_mail or not any(c.isalpha() for cell in self.header for c in cell):
            raise UsageFault(
                f"{where}: this looks like a row and not like a header"
                + (f', for it holds "{e_mail}".' if e_mail else ", for it has no words."),
                "Put the names of the columns above the rows.",
            )

    def _odd_headers(self, doubt: str) -> Iterator[Problem]:
        if doubt:
            yield Problem(self.name, 0, "warning", doubt)
        places: dict[str, list[int]] = {}
        for index, header in enumerate(self.header, 1):
            places.setdefault(header, []).append(index)
        for header, columns in places.items():
            numbers = ", ".join(map(str, columns))
            if not header:
                if columns[0] < len(self.header) - len(columns) + 1:
                    message = f"no header above column {numbers}"
                    yield Problem(self.name, self.header_line, "warning", message)
            elif len(columns) > 1:
                message = f'the header "{header}" stands above columns {numbers}'
                yield Problem(self.name, self.header_line, "warning", message, header)


def open_table(source: str, *, delimiter: str | None = None, encoding: str | None = None) -> Table:
    """Open the CSV that the user calls `source` ("-" is standard input), and read its header.

    `delimiter` and `encoding` decide where the user gave them. Raises UsageFault when there is no
    file, it is no CSV, or it cannot be decoded.
    """
    separator = None if delimiter is None else parse_delimiter(delimiter)
    origin = Source(source)
    code = find_encoding(origin, encoding)
    with origin.open() as stream:
        stream.read(len(code.mark))
        text = io.TextIOWrapper(stream, code.name, newline="")
        head = text.read(HEAD)
        dialect = find_dialect(
            head,
            complete=len(head) < HEAD,
            encoding=code.name,
            bom=bool(code.mark),
            delimiter=separator,
        )
    return Table(origin, dialect, code)


@dataclass(slots=True)
class _Distrust:
    """Rows up to line `until` are distrusted for the quote that opens on line `opened`."""

    until: int = 0
    opened: int = 0


class _Layout:
    """What a table's rows have in common; makes the rows that are not plain."""

    def __init__(
        self, delimiter: str, header: tuple[str, ...] = (), *, plain: bool = False
    ) -> None:
        self.delimiter = delimiter
        self.plain = plain
        self.columns = len(header)
        self.ours = set(header) >= set(REJECTS_COLUMNS)
        self._kept = [i for i, cell in enumerate(header) if cell not in REJECTS_COLUMNS]
        self.width = len(self._kept) if self.ours else self.columns
        self._clean = plain and not self.ours
        self._marker = _OUR_MARKER if self.ours else _MARKER

    def pick(self, cells: tuple[str, ...]) -> tuple[str, ...]:
        """Leave out our own columns."""
        if not self.ours:
            return cells
        return (
            *(cells[i] for i in self._kept if i < len(cells)),
            *cells[self.columns :],
        )

    def doubt(self, first: int, last: int, cells: list[str], text: str, distrust: _Distrust) -> str:
        """Return why a row on lines `first` to `last` may be no row, "" where it is one."""
        if last > first and swallows(cells, self.delimiter, self.columns):
            return (
                f"a quoted cell goes on to line {last} and holds what look like whole rows; "
                'is a quote (") missing?'
            )
        if first <= distrust.until:
            odd = len(cells) != self.columns or text.count('"') % 2
            if odd:
                distrust.until = max(distrust.until, last + 1)
            if odd or self.columns < _NARROW:
                return f'it may belong to the cell whose quote (") opens on line {distrust.opened}'
        return ""

    def row(self, line: int, found: list[str], problem: str) -> Row:
        """Make a row of cells in which something asks for attention."""
        raw = self.pick(tuple(found))
        if not self.width:
            return Row(line, raw, raw, problem)
        cells = raw if self._clean else tuple([_clean(cell, self._marker) for cell in raw])
        extra = [cell for cell in cells[self.width :] if cell.strip()]
        if extra and not problem:
            shown = " ".join(extra[0].split())[:40]
            problem = (
                f'{len(raw)} cells where the header has {self.width}; too many by "{shown}" '
                f"(does a cell hold a {_name(self.delimiter)} and no quotes?)"
            )
        cells = cells[: self.width] + ("",) * (self.width - len(cells))
        return Row(line, raw if cells == raw else cells, raw, problem)


def _rows(
    opened: AbstractContextManager[Iterator[str]], line: int, layout: _Layout
) -> Iterator[Row]:
    """Yield the rows of the lines that `opened` gives, the first being physical line `line`."""
    delimiter = layout.delimiter
    # Rows of rejects always lack two columns; rows of one may hold nothing but odd white space.
    width = -1 if layout.ours or layout.width < 2 else layout.width
    new = tuple.__new__  # half the time of Row(...)
    plain = layout.plain
    left: deque[str] = deque()
    distrust = _Distrust()
    with opened as lines:
        while True:
            # The reader takes its lines from one end of the tee; the other keeps them for us.
            ahead, behind = tee(chain(_drain(left), lines) if left else lines)
            reader = csv.reader(ahead, delimiter=delimiter, strict=True)
            before = line
            try:
                for cells in reader:
                    start = line
                    line = before + reader.line_num
                    text = next(behind)
                    if line - start > 1:
                        text += "".join(islice(behind, line - start - 1))
                    elif (
                        len(cells) == width
                        and start > distrust.until
                        and (plain or is_plain(text))
                        and cells[0].strip()
                    ):
                        whole = tuple(cells)
                        yield new(Row, (start, whole, whole, ""))
                        continue
                    if any(cell.strip(_OUTSIDE) for cell in cells):
                        yield layout.row(
                            start, cells, layout.doubt(start, line - 1, cells, text, distrust)
                        )
            except csv.Error as error:
                start = line
                taken = list(islice(behind, before + reader.line_num - start))
                saved = salvage(taken, delimiter, layout.columns, start, error)
                left.extendleft(reversed(taken[saved.lines :]))
                line = start + saved.lines
                problem = saved.problem
                if problem:
                    distrust.opened = start + saved.opened
                    distrust.until = max(start + len(taken) - 1, line)
                else:
                    problem = layout.doubt(start, start, saved.cells, taken[0], distrust)
                yield layout.row(start, saved.cells, problem)
            else:
                return


def _drain(left: deque[str]) -> Iterator[str]:
    while left:
        yield left.popleft()


def _clean(cell: str, marker: re.Pattern[str]) -> str:
    """Take off what a spreadsheet put around the value, and zero characters."""
    cell = cell.replace("\0", "")
    if match := marker.match(cell):
        cell = cell[match.end() :]
    if len(cell) > 2 and cell.startswith('="') and cell.endswith('"'):
        inner = cell[2:-1]
        if '"' not in inner.replace('""', ""):
            return inner.replace('""', '"')
    return cell


def _name(delimiter: str) -> str:
    return {"\t": "tab", NO_DELIMITER: "delimiter"}.get(delimiter, f'"{delimiter}"')
