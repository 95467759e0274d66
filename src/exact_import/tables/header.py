"""The header of a table: where it is, the rows above it, and its problems.

The whole head decides, never only the first line: a header covers the columns that the rows below
use, has words where they have values, and often has known header words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from exact_import.errors import RowProblem, UsageError
from exact_import.tables.rows import Row, is_below_gap
from exact_import.tables.shapes import is_typed, known_words, shape_of
from exact_import.text import joined, line_word, quote

HEAD_ROWS = 1000
"""The number of rows that are used to find the structure."""

_LOOKED_AT = 30  # rows, blank ones aside, one of which is the header
_RARE = 0.1  # share of the rows that fill a column which counts as used
_WORDS = 2  # known words, which no row has that is not a header
# A telephone number, a VAT number, an IBAN or a postcode.
_VALUE = re.compile(
    r"(\+|00?)[1-9][\d ()./-]{7,}|[A-Z]{2} ?\d[\d. A-Z]{6,}|\d{4,5}|\d{4} ?[A-Z]{2}"
)
_NEARLY = 0.75  # share of a row's cells that are header words
_DENSE = 0.5  # share of the used columns that a row fills which is not a title
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


@dataclass(frozen=True, slots=True)
class TableHeader:
    """The rows of a header, those of a title above it, and those of the head below it.

    `raw` are its cells as written, several lines joined by a space; `names` are the names of its
    columns, where a line that repeats another adds nothing. `surplus` is the number of the empty
    column that was left out, 0 for none. `doubt` is empty, or says why it looks like a row.
    """

    rows: Sequence[Row]
    above: Sequence[Row]
    below: Sequence[Row]
    raw: tuple[str, ...]
    names: tuple[str, ...]
    surplus: int = 0
    doubt: str = ""

    @property
    def line(self) -> int:
        """The line on which the last of the header's rows starts."""
        return self.rows[-1].line

    def cut(self, width: int) -> TableHeader:
        """Return the header without columns from `width` on."""
        return replace(
            self,
            rows=[row._replace(raw=row.raw[:width]) for row in self.rows],
            raw=self.raw[:width],
            names=self.names[:width],
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


def find_header(rows: Sequence[Row]) -> TableHeader:
    """Return the header of a table that begins with `rows`, at least one.

    The first HEAD_ROWS of a table are enough.
    """
    filled = [row for row in rows if any(map(str.strip, row.raw))] or list(rows[:1])
    place = _find_place(filled)
    above, best, below = filled[:place], filled[place], filled[place + 1 :]
    lines, names = [best], best.raw
    if above and not is_below_gap(above[-1], best):
        longer = _with_line_above(above[-1].raw, best.raw)
        if longer:
            lines.insert(0, above.pop())
            names = longer
    raw = names
    for row in below:
        if is_below_gap(lines[-1], row) or not _continues(lines[-1].raw, row.raw):
            break
        same = _same(lines[-1].raw, row.raw)
        if len(lines) == 1 and not same and _is_group(best.raw, row.raw):
            raw = names = _grouped(best.raw, row.raw)
        else:
            raw = _joined(raw, row.raw)
            names = names if same else _joined(names, row.raw)
        lines.append(row)
    doubt = _doubt(best.raw, [row.raw for row in below], [row.raw for row in above])
    below = [row for row in rows if row.line > lines[-1].line]
    surplus = _surplus(raw, below)
    if surplus:
        raw, names = ((*cells[: surplus - 1], *cells[surplus:]) for cells in (raw, names))
    return TableHeader(lines, above, below, raw, names, surplus, doubt)


def _surplus(raw: Sequence[str], below: Sequence[Row]) -> int:
    """Return the number of the one empty column of a header that no row has, 0 for none."""
    blanks = [place for place, cell in enumerate(raw[:-1], 1) if not cell.strip()]
    short = {len(row.raw) for row in below} == {len(raw) - 1} and len(below) > 2
    return blanks[0] if len(blanks) == 1 and short and raw[-1].strip() else 0


def _find_place(rows: Sequence[Row]) -> int:
    """Return the index of the header row, or of its last line without repetitions."""
    counts: Counter[int] = Counter()
    for row in rows:
        counts.update(place for place, cell in enumerate(row.raw) if cell.strip())
    used = {place for place, count in counts.items() if count >= _RARE * len(rows)}
    best, best_score, dense = 0, -10.0, False
    for index, row in enumerate(rows[:_LOOKED_AT]):
        places = [place for place, cell in enumerate(row.raw) if cell.strip()]
        coverage = len(used.intersection(places)) / max(len(used), 1)
        typed = sum(is_typed(row.raw[place]) for place in places) / max(len(places), 1)
        known = known_words(row.raw) / max(len(places), 1)
        # A row of values may hold a header word, and below a header of unknown words even several.
        # Below a row that fills more columns, a single word is a cell of a row.
        alone = dense and len(places) == 1 < len(used)
        if alone or (known < _NEARLY and (dense or known * len(places) < _WORDS)):
            known = 0
        score = coverage + 1.5 * known - 2 * typed - (0.5 if dense else 0)
        if score > best_score:
            best, best_score = index, score
        if coverage == 1 and known > 0.9 and not typed:
            break
        dense = dense or coverage > _DENSE
    return best


def _with_line_above(above: Sequence[str], header: Sequence[str]) -> tuple[str, ...]:
    """Return a header with the line above it, if that is part of it; otherwise, nothing."""
    if _is_group(above, header):
        return _grouped(above, header)
    cells = [cell for cell in above if cell.strip()]
    if len(cells) < 2 or len(above) > len(header) or any(map(is_typed, cells)):
        return ()
    split = tuple(cell.replace("- ", "") for cell in _joined(above, header))
    parted = any(cell.rstrip().endswith("-") for cell in cells)
    return split if parted or known_words(split) > known_words(header) else ()


def _is_group(above: Sequence[str], header: Sequence[str]) -> bool:
    """Return True if the row above the header names groups of its columns: Customer;;;Contact;;."""
    places = [place for place, cell in enumerate(above) if cell.strip()]
    below = sum(1 for cell in header if cell.strip())
    return (
        1 < len(places) < below
        and places != list(range(len(places)))
        and places[-1] < len(header)
        and not any(is_typed(above[place]) for place in places)
    )


def _grouped(above: Sequence[str], header: Sequence[str]) -> tuple[str, ...]:
    """Return the header's cells, with the name of their group in front if that helps."""
    names: list[str] = []
    group = ""
    for place, cell in enumerate(header):
        own = above[place].strip() if place < len(above) else ""
        group = own or group
        # A column without a group has its name in the upper line.
        name = f"{group} {cell.strip()}".strip() if cell.strip() else own
        names.append(name if known_words([name]) or not known_words([cell]) else cell)
    return tuple(names)


def _continues(header: Sequence[str], row: Sequence[str]) -> bool:
    """Return True if `row`, below a line of the header, continues it."""
    cells = [cell.strip() for cell in row if cell.strip()]
    if _same(header, row):
        return len(cells) > 1
    if all(cell.startswith("(") and cell.endswith(")") for cell in cells):
        return True
    # A row of values may hold one or two header words, such as Customer or Contact.
    return len(cells) > 2 and known_words(cells) == len(cells)


def _same(one: Sequence[str], other: Sequence[str]) -> bool:
    return [cell.strip().casefold() for cell in one] == [cell.strip().casefold() for cell in other]


def _joined(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    pairs = zip_longest(one, other, fillvalue="")
    return tuple(f"{above.strip()} {below.strip()}".strip() for above, below in pairs)


def _doubt(
    header: Sequence[str], below: Sequence[Sequence[str]], above: Sequence[Sequence[str]]
) -> str:
    """Return why a header looks like a row, "" if it does not."""
    cells = [cell.strip() for cell in header if cell.strip()]
    if not any(c.isalpha() for cell in cells for c in cell):
        return "this looks like a row and not like a header: it has no words"
    known = known_words(header)
    for row in above:
        if 2 * sum(1 for cell in row if cell.strip()) > len(cells) > 2 and "e-mail" in map(
            shape_of, row
        ):
            return f"this header has a row above it: {quote(' '.join(filter(None, row)))}"
    first = [row[0] for row in below[:_LOOKED_AT] if row and row[0].strip()]
    if known < _WORDS and len(first) > 1 and known_words(first) * 4 > len(first) * 3:
        return "the names of the columns are in the first column, one below the other"
    value = next((cell for cell in cells if shape_of(cell) == "e-mail"), "")
    for place, cell in enumerate(header):
        if not value and _VALUE.fullmatch(cell.strip()) and known < _WORDS:
            column = [
                row[place].strip() for row in below if place < len(row) and row[place].strip()
            ]
            value = cell.strip() if column and all(map(_VALUE.fullmatch, column)) else ""
    return f"this looks like a row and not like a header: it holds {quote(value)}" if value else ""


def refuse_header(name: str, header: TableHeader) -> None:
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
    if header.doubt:
        raise UsageError(
            f"{where}: {header.doubt}.", "Put the names of the columns above the rows."
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
