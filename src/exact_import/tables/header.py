"""The header of a table: its rows, the rows above it, and its problems."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from exact_import.errors import RowProblem, UsageError
from exact_import.tables.rows import SPACE, Batch, Row
from exact_import.tables.structure import Structure
from exact_import.text import counted, joined, line_word, quote

_GAP = re.compile(r"\S {3,}\S")
# The contents of a cell that was made from several cells.
_PARTS = (
    ('";"', re.compile(";")),
    ("a tab", re.compile("\t")),
    ('"|"', re.compile(r"\|")),
    ("several spaces", _GAP),
)
EXPORTED = "account.ID"
"""A header that only exports have."""
MAX_COLUMNS = 16384
"""Excel's limit of columns."""

_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class TableHeader:
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
    def of(cls, places: Sequence[Row | None], structure: Structure) -> TableHeader:
        """Return the header as found by `structure`, without one surplus empty cell."""
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
        """True if the rows below it confirm how broken quotes were read."""
        whole = [row.raw for row in self.below if not row.problem]
        width = len(self.raw)
        return (
            len(whole) > 1
            and len({*map(len, whole)}) == 1
            and len(whole[0]) >= width
            and not any(any(cells[width:]) for cells in whole)
        )


def with_blanks(rows: Iterable[Row]) -> list[Row | None]:
    """Return rows with None for the blank lines between them."""
    places: list[Row | None] = []
    last: Row | None = None
    for row in rows:
        # Cells of several lines, which are rare, leave gaps too.
        if last is not None and row.line > last.line + 1:
            breaks = sum(len(_BREAK.findall(cell)) for cell in last.raw)
            if row.line > last.line + 1 + breaks:
                places.append(None)
        places.append(row)
        last = row
    return places


def refuse_header(name: str, header: TableHeader, structure: Structure) -> None:
    """Raise UsageError if a header cannot be read, or is a row."""
    where = f"{name}, {line_word(name)} {header.line}"
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
            f"{where}: {structure.doubt}.", "Put the names of the columns above the rows."
        )


def refuse_columns(name: str, header: TableHeader) -> None:
    """Raise UsageError for a table whose cells still contain a delimiter in most rows."""
    rows = [row.raw for row in header.below if not row.problem]
    alone = len(header.raw) == 1
    for place, title in enumerate(header.raw):
        for shown, pattern in _PARTS:
            if not pattern.search(title) and (not alone or pattern is _GAP):
                continue
            held = sum(1 for cells in rows if place < len(cells) and pattern.search(cells[place]))
            if held > 1 and held * 2 > len(rows):
                where = f"{name}, {line_word(name)} {header.line}"
                raise UsageError(
                    f"{where}: most cells below {quote(title)} hold {shown}, so the columns of "
                    "this file were not understood.",
                    "Leave --delimiter out or name another, or export it again.",
                )


def header_notes(name: str, header: TableHeader) -> Iterator[str]:
    """Yield notes on the rows of the header, and on the rows above it."""
    lines = [str(row.line) for row in header.rows]
    if header.above:
        title = " ".join(cell for row in header.above for cell in row.raw if cell.strip())
        where = f"The header is on {line_word(name)} {joined(lines)}"
        yield f"{where}; the title above it was left out: {quote(title)}."
    elif len(lines) > 1:
        yield f"The header is on {line_word(name)}s {joined(lines)}."
    if header.surplus:
        yield (
            f"The empty cell in column {header.surplus} of the header was left out: "
            "all rows have one cell fewer."
        )


def oddities(name: str, found: TableHeader, header: Sequence[str]) -> Iterator[RowProblem]:
    """Yield warnings about a header whose clean cells are `header`."""
    line = found.line
    for row in found.rows:
        if row.problem:
            yield RowProblem(name, row.line, "warning", row.problem)
    places: dict[str, list[int]] = {}
    for index, cell in enumerate(header, 1):
        places.setdefault(cell, []).append(index)
    for cell, columns in places.items():
        numbers = ", ".join(map(str, columns))
        if cell and len(columns) > 1:
            message = f'columns {numbers} have the same header "{cell}"'
            yield RowProblem(name, line, "warning", message, cell)


def headless(name: str, header: Sequence[str], batches: Sequence[Batch]) -> Iterator[RowProblem]:
    """Yield a warning for each column without a name in `header` that has values."""
    places = range(len(batches[0].columns) if batches else 0)
    for place in (place for place in places if not header[place : place + 1] or not header[place]):
        cells = (
            (line, cell)
            for batch in batches
            for line, cell in zip(batch.lines, batch.columns[place], strict=True)
        )
        filled = [(line, cell) for line, cell in cells if cell.strip(SPACE)]
        if filled:
            line, cell = filled[0]
            yield RowProblem(
                name,
                line,
                "warning",
                f"column {place + 1} has no header and is not read; "
                f"{counted(len(filled), 'cell')} in it, here {quote(cell)}",
            )
