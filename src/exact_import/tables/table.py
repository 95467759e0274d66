"""A CSV as its rows: clean cells, and the line of the file where each row starts.

`open_table` finds out how the file is written and reads its header; `Table.rows` streams the
rows, in memory that does not grow with the file.
"""

from __future__ import annotations

import csv
import io
import re
from contextlib import contextmanager, nullcontext
from itertools import islice
from typing import TYPE_CHECKING

from exact_import.errors import RowProblem, UsageError
from exact_import.tables.batches import Batch, read_batches
from exact_import.tables.dialect import HEAD, find_dialect, parse_delimiter
from exact_import.tables.encoding import find_encoding
from exact_import.tables.parts import can_be_parted, cut
from exact_import.tables.paths import expand
from exact_import.tables.quoting import MAX_CELL, CellTooLargeError
from exact_import.tables.rows import SPACE, Row, RowLayout, clean, read_rows
from exact_import.tables.source import STDIN, FileSource
from exact_import.text import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from exact_import.tables.dialect import Dialect
    from exact_import.tables.encoding import Encoding
    from exact_import.tables.parts import Part

__all__ = ["STDIN", "Row", "Table", "expand", "open_table"]

TITLED = 3
"""Cells of a first row that is a header, or surely no title above one."""

MAX_COLUMNS = 16384
"""As many columns as Excel has."""

_E_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


class Table:
    """A CSV whose header has been read.

    `name` is what the user called it, `path` where it is (None for standard input). `header` is
    clean; `problems` tells what is odd about it or about the file as a whole, `notes` what was made
    of it. The columns `_line` and `_error` of our own rejects are left out everywhere; `habits` is
    what further columns of theirs say of the original: how its "dates" and "decimals" are written.
    """

    def __init__(self, source: FileSource, dialect: Dialect, encoding: Encoding) -> None:
        self.name = source.name
        self.path: Path | None = source.path
        self.dialect = dialect
        self._source = source
        self._mark = encoding.mark
        first = next(self._read(RowLayout(dialect.delimiter)), None)
        if first is None:
            raise UsageError(f"{self.name} has no header: all its lines are blank.")
        self._above: list[Row] = []
        if sum(map(bool, map(str.strip, first.raw))) < TITLED:
            first = self._below_title(first)
        self.header_line = first.line
        self._layout = RowLayout(dialect.delimiter, first.raw, plain=encoding.plain)
        self.habits: Mapping[str, str] = self._layout.habits
        self.raw_header = self._layout.pick(first.raw)
        self.header = tuple(
            clean(cell, self._layout.marker).strip(SPACE) for cell in self.raw_header
        )
        self._refuse_header(first)
        self.problems = tuple(self._odd_headers(encoding))

    @property
    def is_rejects(self) -> bool:
        """True for a file of rejects that this program wrote."""
        return self._layout.ours

    def rows(self) -> Iterator[Row]:
        """Yield the rows below the header, blank ones left out; may be called more than once.

        Raises UsageError when the file cannot be read to its end.
        """
        return islice(self._read(self._layout), 1 + len(self._above), None)

    def parts(self) -> Iterator[Part]:
        """Yield the parts that a large file can be read in; none where it must be read whole."""
        if not self.dialect.sep_line and can_be_parted(self._source, self.dialect.encoding):
            yield from cut(self._source, len(self._mark), self._first_line)

    def batches(self, part: Part | None = None) -> Iterator[Batch]:
        """Yield the same as `rows`, or those of a part, as batches, in less time; raises the same.

        Where a batch of a part is torn, nothing that was read of that part holds.
        """
        lines = self._lines() if part is None else nullcontext(self._lines_of(part))
        first = self._first_line if part is None else part.line
        read = read_batches(lines, first, self._layout)
        if first == self._first_line:
            for batch in read:
                yield batch.below(self.header_line)
                if any(line >= self.header_line for line in batch.starts()):
                    break
        yield from read

    def rows_within(self, spans: Iterable[range]) -> Iterator[Row]:
        """Yield the rows on lines within `spans`, ascending, each the lines of one row or more.

        The lines between them are passed over, which takes a tenth of the time of reading them.
        """
        with self._lines() as lines:
            at = self._first_line
            for span in spans:
                for _ in islice(lines, span.start - at):
                    pass
                yield from read_rows(
                    nullcontext(islice(lines, len(span))), span.start, self._layout
                )
                at = span.stop

    def fingerprint(self) -> str:
        """Return the SHA-256 of the file's (decompressed) bytes, in hexadecimal digits."""
        return self._source.fingerprint()

    def _read(self, layout: RowLayout) -> Iterator[Row]:
        return read_rows(self._lines(), self._first_line, layout)

    @property
    def _first_line(self) -> int:
        return 2 if self.dialect.sep_line else 1

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
            raise UsageError(f"{self.name} cannot be decoded: {error}.") from error
        except CellTooLargeError as error:
            raise UsageError(
                f"{self.name}, line {error.line}: a cell has more than {MAX_CELL >> 20} million "
                "characters.",
                "Is this the right file, and --delimiter its delimiter?",
            ) from error

    def _lines_of(self, part: Part) -> Iterator[str]:
        csv.field_size_limit(MAX_CELL)
        text = self._source.read(part.start, part.stop)
        return io.TextIOWrapper(io.BytesIO(text), self.dialect.encoding, newline="")

    @property
    def notes(self) -> tuple[str, ...]:
        """Tell what is above the header, if anything."""
        if not self._above:
            return ()
        title = " ".join(cell for row in self._above for cell in row.raw if cell.strip())
        return (f"The header is on line {self.header_line}; above it stands {quote(title)}.",)

    def _below_title(self, first: Row) -> Row:
        """Return the header, which may stand below a title that `first` belongs to."""
        from exact_import.tables.structure import rows_above  # few files need it

        try:
            self._above = rows_above(self._read(RowLayout(self.dialect.delimiter)))
        except UsageError:  # whoever reads the rows will hear it
            return first
        below = islice(self._read(RowLayout(self.dialect.delimiter)), len(self._above), None)
        return next(below, first)

    def _refuse_header(self, first: Row) -> None:
        where = f"{self.name}, line {self.header_line}"
        if first.problem:
            raise UsageError(f"{where}: {first.problem}.", "The header must be in order.")
        if len(self.header) > MAX_COLUMNS:
            raise UsageError(
                f"{where}: {len(self.header)} columns are more than the {MAX_COLUMNS} that a "
                "table may have.",
                "Is this the right file, and --delimiter its delimiter?",
            )
        e_mail = next(filter(_E_MAIL.fullmatch, self.header), "")
        if e_mail or not any(c.isalpha() for cell in self.header for c in cell):
            raise UsageError(
                f"{where}: this looks like a row and not like a header"
                + (f', for it holds "{e_mail}".' if e_mail else ", for it has no words."),
                "Put the names of the columns above the rows.",
            )

    def _odd_headers(self, encoding: Encoding) -> Iterator[RowProblem]:
        if encoding.doubt:
            yield RowProblem(self.name, 0, "warning", encoding.doubt)
        if encoding.zero_line:
            message = "holds zero characters (NUL), which are left out; was it cut off or damaged?"
            yield RowProblem(self.name, encoding.zero_line, "warning", message)
        places: dict[str, list[int]] = {}
        for index, header in enumerate(self.header, 1):
            places.setdefault(header, []).append(index)
        for header, columns in places.items():
            numbers = ", ".join(map(str, columns))
            if not header:
                if columns[0] < len(self.header) - len(columns) + 1:
                    message = f"no header above column {numbers}"
                    yield RowProblem(self.name, self.header_line, "warning", message)
            elif len(columns) > 1:
                message = f'the header "{header}" stands above columns {numbers}'
                yield RowProblem(self.name, self.header_line, "warning", message, header)


def open_table(source: str, *, delimiter: str | None = None, encoding: str | None = None) -> Table:
    """Open the CSV that the user calls `source` ("-" is standard input), and read its header.

    `delimiter` and `encoding` decide where the user gave them. Raises UsageError when there is no
    file, it is no CSV, or it cannot be decoded.
    """
    separator = None if delimiter is None else parse_delimiter(delimiter)
    origin = FileSource(source)
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
