"""The rows of a table, cleaned and as wide as its header: kept as columns of a few hundred each."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

from exact_import.tables.dialect import DELIMITERS, NO_DELIMITER
from exact_import.tables.quoting import rejoined, resplit, swallows
from exact_import.tables.rejects_form import (
    RowNotes,
    conventions_of,
    notes_of,
    own_columns,
    unguard,
)
from exact_import.tables.shapes import column_shapes, without_empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from exact_import.tables.quoting import CsvFormat
    from exact_import.tables.shapes import Shape

BATCH = 500  # rows; more do not fit into the processor's caches, fewer make columns too short

# A formula that joins texts; exports write it for cells that could be run in their middle.
_TEXTS = re.compile(r'="(?:[^"]|"")*+"(?:&"(?:[^"]|"")*+")++')
_ONE_TEXT = re.compile(r'"((?:[^"]|"")*+)"')
MARKER = re.compile(r"'(?=[0-9=+\-@])")
"""Excel's text marker, which is not part of the text; 's-Hertogenbosch keeps its own."""
SPACE = " \t\r\n\v\f\0\x1a\xa0\u2007\u202f\ufeff"
LINE_BREAK = re.compile(r"\r\n|\r|\n")
# In a narrower table, a line of running text can look like a row.
_NARROW = 4


class Row(NamedTuple):
    """One row by itself, as it is in the file; `Batch` has the rows as columns.

    `line` is the physical line where it starts, from 1, as an editor shows it. `cells` are cleaned
    and as many as the header has; `raw` are as in the file, and the same object if equal. `problem`
    is empty or says what is wrong with the whole row.
    """

    line: int
    cells: tuple[str, ...]
    raw: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive rows, stored as columns: valid rows, and separately the broken ones.

    `lines` has the line where each valid row starts, `columns` their cells as in `Row.cells`, and
    `raw`, by line, the raw cells if they differ. `broken` are the rows with a problem, which are
    not imported.
    """

    lines: Sequence[int]
    columns: Sequence[Sequence[str]]
    raw: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    broken: Sequence[Row] = ()

    def __len__(self) -> int:
        return len(self.lines) + len(self.broken)

    def rows(self) -> Iterator[Row]:
        """Yield all rows, in order."""
        raw = self.raw
        whole = (
            Row(line, cells, raw.get(line, cells))
            for line, cells in zip(self.lines, zip(*self.columns, strict=True), strict=True)
        )
        return iter(sorted((*whole, *self.broken))) if self.broken else whole

    def below(self, line: int) -> Batch:
        """Return the rows that start below `line`."""
        first = bisect_right(self.lines, line)
        return replace(
            self,
            lines=self.lines[first:],
            columns=[column[first:] for column in self.columns],
            broken=[row for row in self.broken if row.line > line],
        )

    def only(self, lines: Container[int]) -> Batch:
        """Return the rows that start on one of `lines`."""
        kept = [line in lines for line in self.lines]
        return replace(
            self,
            lines=list(compress(self.lines, kept)),
            columns=[tuple(compress(column, kept)) for column in self.columns],
            raw={line: cells for line, cells in self.raw.items() if line in lines},
            broken=[row for row in self.broken if row.line in lines],
        )

    def with_problems(self, problems: Mapping[int, str]) -> Batch:
        """Return the same rows; rows with a problem, by line, become broken."""
        if not problems:
            return self
        broken = [
            row._replace(problem=problems.get(row.line, row.problem))
            for row in self.rows()
            if row.problem or row.line in problems
        ]
        whole = {line for line in self.lines if line not in problems}
        return replace(self.only(whole), broken=broken)


def is_below_gap(one: Row, other: Row) -> bool:
    """Return True if a blank line separates two consecutive rows."""
    gap = other.line - one.line - 1
    return gap > 0 and gap > sum(len(LINE_BREAK.findall(cell)) for cell in one.raw)


class BatchBuilder:
    """Builds batches from single rows."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._lines: list[int] = []
        self._cells: list[tuple[str, ...]] = []
        self._raw: dict[int, tuple[str, ...]] = {}
        self._broken: list[Row] = []

    def __len__(self) -> int:
        return len(self._lines) + len(self._broken)

    def add(
        self, line: int, cells: tuple[str, ...], raw: tuple[str, ...], problem: str = ""
    ) -> None:
        """Add a row with the values of a `Row`."""
        if problem:
            self._broken.append(Row(line, cells, raw, problem))
            return
        self._lines.append(line)
        self._cells.append(cells)
        if raw is not cells:
            self._raw[line] = raw

    def batch(self) -> Batch:
        """Return the rows that were added since the last batch."""
        made = Batch(self._lines, list(zip(*self._cells, strict=True)), self._raw, self._broken)
        self._start()
        return made


def fitted(rows: Iterable[tuple[int, Sequence[str], str]], layout: RowLayout) -> Iterator[Batch]:
    """Yield rows as batches: each row is its line, its cells, and its problem."""
    batch = BatchBuilder()
    for line, cells, problem in rows:
        batch.add(line, *layout.fit(line, cells, problem))
        if len(batch) == BATCH:
            yield batch.batch()
    if batch:
        yield batch.batch()


@dataclass(slots=True)
class Distrust:
    """Rows up to line `until` are uncertain because of the quote that opens on line `opened`.

    With `all_rows`, also rows of the right width.
    """

    until: int = 0
    opened: int = 0
    all_rows: bool = False


class RowLayout:
    """The common layout of a table's rows; the cells of each row are fitted into it.

    `expected` is how many cells most rows have, 0 if that is not known; `sample` are rows that show
    what the columns hold.
    """

    def __init__(
        self,
        form: CsvFormat,
        header: tuple[str, ...] = (),
        *,
        plain: bool = False,
        expected: int = 0,
        sample: Sequence[Row] = (),
    ) -> None:
        self.form = form
        self.delimiter = form.delimiter
        self.plain = plain
        self.columns = len(header) or expected
        self.expected = expected
        self._sample = sample
        self._shapes: tuple[Shape, ...] | None = None
        self._own = own_columns(header)
        self.ours = bool(self._own)
        self.conventions = conventions_of(self._own)
        self.clean = unguarded if self.ours else clean
        self.notes: dict[int, RowNotes] = {}
        self._kept = [i for i, cell in enumerate(header) if cell not in self._own]
        self.width = len(self._kept) if self.ours else len(header)
        self._clean = plain and not self.ours
        # The width of rows that are taken as they are. Those of rejects always lack some columns;
        # those of one column may hold nothing but odd white space.
        self.steady = -1 if self.ours or self.width < 2 else self.width

    def pick(self, cells: tuple[str, ...]) -> tuple[str, ...]:
        """Ignore our own columns."""
        if not self.ours:
            return cells
        return (
            *(cells[i] for i in self._kept if i < len(cells)),
            *cells[self.columns :],
        )

    def doubt(self, first: int, last: int, cells: list[str], text: str, distrust: Distrust) -> str:
        """Return why lines `first` to `last` may not be one row, "" if they are."""
        if last > first and swallows(cells, self.delimiter, self.columns):
            return (
                f"a quoted cell continues to line {last} and holds what look like whole rows; "
                f"is a quote ({self.form.quote}) missing?"
            )
        if first <= distrust.until:
            odd = len(cells) != self.columns or text.count(self.form.quote) % 2
            if odd:
                distrust.until = max(distrust.until, last + 1)
            if odd or distrust.all_rows:
                return (
                    f"it may belong to the cell whose quote ({self.form.quote}) opens on "
                    f"line {distrust.opened}"
                )
        return ""

    def are_rows(self, lines: list[str]) -> bool:
        """Return True if lines within a quoted cell can be rows, and not running text."""
        if self.columns >= _NARROW:
            return True
        filled = [line for line in lines if line.strip()]
        return (
            self.columns > 1
            and len(filled) > 1
            and all(line.count(self.delimiter) == self.columns - 1 for line in filled)
        )

    def fit(
        self, line: int, found: Sequence[str], problem: str = ""
    ) -> tuple[tuple[str, ...], tuple[str, ...], str]:
        """Return the clean cells of a row, the raw cells, and its problem."""
        if (
            len(found) == self.steady
            and not problem
            and found[0].strip(SPACE)
            and (self.plain or is_plain("\t".join(found)))
        ):
            whole = tuple(found)
            cells = tuple(map(str.strip, whole))
            return whole if cells == whole else cells, whole, ""
        if self.ours:
            self.notes[line] = notes_of(self._own, [unguarded(cell) for cell in found])
        if not self.width:
            whole = tuple(found)
            return whole, whole, problem
        if len(found) != self.columns and not self.ours and not problem:
            found, problem = self._refit(found)
        raw = self.pick(tuple(found))
        cells = tuple(map(str.strip if self._clean else self.clean, raw))
        extra = [cell for cell in cells[self.width :] if cell.strip()]
        if extra and not problem:
            shown = " ".join(extra[0].split())[:40]
            problem = (
                f'{len(raw)} cells where the header has {self.width}; too many by "{shown}" '
                f"(does a cell hold a {_name(self.delimiter)} and no quotes?)"
            )
        cells = cells[: self.width] + ("",) * (self.width - len(cells))
        return raw if cells == raw else cells, raw, problem

    def _column_shapes(self) -> tuple[Shape, ...]:
        if self._shapes is None:  # which takes time, and few files have a row to judge by them
            self._shapes = column_shapes([row.raw for row in self._sample], self.columns)
        return self._shapes

    def _refit(self, found: Sequence[str]) -> tuple[Sequence[str], str]:
        """Return the certain reading of a row of another width, or its problem.

        A row may be written with another delimiter, or have an empty cell too many.
        """
        whole = rejoined(found, self.delimiter) if len(found) > self.columns else found
        if len(whole) < len(found) and len(whole) == self.columns:
            return whole, ""
        again, delimiter = resplit(list(found), self.form, self.columns, DELIMITERS)
        if again:
            return (
                again,
                f"its cells are separated by {_name(delimiter)}, unlike those of other rows",
            )
        fitted = without_empty(found, self._column_shapes()) if len(found) > self.columns else None
        if fitted:
            return fitted, "an extra empty cell moves its cells into the wrong columns"
        if self.expected == self.columns and not any(map(str.strip, found[self.columns :])):
            return found[: self.columns], ""
        return found, ""


def is_plain(text: str) -> bool:
    """Return True if `text` certainly has no cell that needs cleaning."""
    # Searching for one character is much faster than for two.
    return (
        "\0" not in text
        and ("=" not in text or '="' not in text)
        and ("'" not in text or not MARKER.search(text))
    )


def clean(cell: str) -> str:
    """Remove a spreadsheet's wrapping of the value, zero characters, and spaces around it."""
    cell = cell.replace("\0", "")
    return _without_formula(cell[1:] if MARKER.match(cell) else cell).strip()


def unguarded(cell: str) -> str:
    """Do the same for a cell of our own rejects, and remove the markers of `guard`."""
    return _without_formula(unguard(cell.replace("\0", ""))).strip()


def _without_formula(cell: str) -> str:
    if len(cell) > 2 and cell.startswith('="') and cell.endswith('"'):
        inner = cell[2:-1]
        if '"' not in inner.replace('""', ""):
            return inner.replace('""', '"')
        if _TEXTS.fullmatch(cell):
            return "".join(one.replace('""', '"') for one in _ONE_TEXT.findall(cell))
    return cell


def _name(delimiter: str) -> str:
    return {"\t": "tab", " ": "space", NO_DELIMITER: "delimiter"}.get(delimiter, f'"{delimiter}"')
