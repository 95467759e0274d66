"""Finds damage: UTF-8 that was encoded twice, HTML entities, rows that a line break parted.

"LiÃ¨ge" is Liège, saved by a program that read UTF-8 as Windows-1252; "Jansen &amp; Zn" comes from
a web page. Text is repaired only if it has a single reading, and the table says so. An export is
never repaired: it has what Exact Online holds, damaged or not.

A row is parted where a cell with a line break has no quotes around it. Both halves are shorter than
the header. Read as rows of their own, the second would be a company that has the postcode as its
name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice

from exact_import.tables.rows import Batch, Row
from exact_import.tables.shapes import Shape, shape_of
from exact_import.text import counted, quote

# Windows-1252's characters for the first byte of a character in UTF-8, and for the other bytes.
_FIRST = "ÂÃÄÅâ"
_OTHERS = "".join(bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xC0))
_TWICE = re.compile(f"[{_FIRST}][{re.escape(_OTHERS)}\x80-\x9f]")
_ENTITY = re.compile(r"&(#[0-9]{2,6}|#[xX][0-9a-fA-F]{2,5}|[A-Za-z][A-Za-z0-9]{1,23});")


@dataclass(slots=True)
class Repairs:
    """What was repaired in a table: an example of each kind, with its line, and how many cells."""

    count: int = 0
    line: int = 0
    before: str = ""
    after: str = ""

    def note(self, line: int, before: str, after: str) -> None:
        """Count a repair, and keep the first as the example."""
        self.count += 1
        if self.count == 1:
            self.line, self.before, self.after = line, before, after

    def notes(self, word: str = "line") -> list[str]:
        """Yield a note on the repairs, if any; `word` is "line" or "row"."""
        if not self.count:
            return []
        example = f"{quote(self.before)} on {word} {self.line} was read as {quote(self.after)}"
        return [f"Damaged text was repaired in {counted(self.count, 'cell')}: {example}."]


def looks_damaged(text: str) -> bool:
    """Return True if `text`, of any length, may need repair."""
    if "&" in text and _ENTITY.search(text):
        return True
    return any(first in text for first in _FIRST) and _TWICE.search(text) is not None


def repair(cell: str) -> str:
    """Return `cell` as it was before the damage, or unchanged if that is not certain."""
    if "&" in cell:
        cell = _ENTITY.sub(_character, cell)
    if _TWICE.search(cell):
        from ftfy import fix_encoding_and_explain  # few files need it

        fixed, steps = fix_encoding_and_explain(cell)
        # Reading control characters as Windows-1252 would be a second guess.
        certain = all(how == "utf-8" for what, how in steps or () if what == "decode")
        if certain and not _TWICE.search(fixed) and "\ufffd" not in fixed:
            return fixed
    return cell


def repair_batches(batches: Iterable[Batch], repairs: Repairs) -> list[Batch]:
    """Return `batches` with repaired cells and unchanged raw cells; repairs are noted."""
    return [_repaired(batch, repairs) for batch in batches]


def _repaired(batch: Batch, repairs: Repairs) -> Batch:
    changed: dict[int, dict[int, str]] = {}
    for place, column in enumerate(batch.columns):
        if looks_damaged("\n".join(column)):
            for index, cell in enumerate(column):
                if (fixed := repair(cell)) != cell:
                    changed.setdefault(place, {})[index] = fixed
                    repairs.note(batch.lines[index], cell, fixed)
    if not changed:
        return batch
    raw = dict(batch.raw)
    for index in {index for cells in changed.values() for index in cells}:
        raw.setdefault(batch.lines[index], tuple(column[index] for column in batch.columns))
    columns = [
        column
        if place not in changed
        else [changed[place].get(index, cell) for index, cell in enumerate(column)]
        for place, column in enumerate(batch.columns)
    ]
    return replace(batch, columns=columns, raw=raw)


def _character(match: re.Match[str]) -> str:
    import html
    from html.entities import html5  # few files need its two thousand names

    whole = match.group()
    return html.unescape(whole) if whole[1] == "#" or whole[1:] in html5 else whole


# --- rows that were parted --------------------------------------------------------------------

_WIDE = 4  # columns from which on short rows that add up to a whole row are not an accident
_SAMPLE = 1000  # rows that show which shapes of cells a column has

_TYPED: frozenset[Shape] = frozenset({"e-mail", "url", "date", "phone"})


def parted_rows(batches: Sequence[Batch], width: int) -> dict[int, str]:
    """Return, by line, the problems of rows that are parts of a row.

    `width` is the number of columns. Parts are on consecutive lines and add up to one row. That
    alone is enough only in a wide table without other short rows. Otherwise, a cell of a later part
    must not fit its present column, but fit its place in the whole row.
    """
    chains: list[list[Row]] = []
    alone = 0
    # Rows on consecutive lines differ as much in line as in place.
    short = enumerate(_short_rows(batches, width))
    for _, neighbours in groupby(short, lambda row: row[1].line - row[0]):
        whole, left = _chained([row for _, row in neighbours], width)
        chains.extend(whole)
        alone += left
    if not chains:
        return {}
    shapes = _shapes(batches, width)
    certain = width >= _WIDE and not alone
    return {
        row.line: (
            f"this row and the one on line {chain[1].line} look like one row, split by a line "
            "break in a cell without quotes; join the lines"
            if row is chain[0]
            else f"this looks like the rest of the row on line {chain[0].line}; join the lines"
        )
        for chain in chains
        if certain or _misplaced(chain, shapes)
        for row in chain
    }


def _short_rows(batches: Sequence[Batch], width: int) -> Iterator[Row]:
    for batch in batches:
        lines = {line for line, raw in batch.raw.items() if 0 < len(raw) < width}
        if lines:
            yield from (row for row in batch.rows() if row.line in lines and not row.problem)


def _chained(rows: Sequence[Row], width: int) -> tuple[list[list[Row]], int]:
    """Return the parts of each row that adds up, and how many short rows remain."""
    chains: list[list[Row]] = []
    chain: list[Row] = []
    left = cells = 0
    for row in rows:
        cells += len(row.raw) - bool(chain)
        chain.append(row)
        if cells == width:
            chains.append(chain)
            chain, cells = [], 0
        elif cells > width:
            left += len(chain) - 1
            chain, cells = [row], len(row.raw)
    return chains, left + len(chain)


def _shapes(batches: Sequence[Batch], width: int) -> list[set[Shape]]:
    """Return the shapes of the cells of each column in whole rows."""
    shapes: list[set[Shape]] = [set() for _ in range(width)]
    rows = (row for batch in batches for row in batch.rows() if len(row.raw) >= width)
    for row in islice(rows, _SAMPLE):
        for found, cell in zip(shapes, row.cells, strict=False):
            found.add(shape_of(cell))
    return shapes


def _misplaced(chain: Sequence[Row], shapes: Sequence[set[Shape]]) -> bool:
    """Return True if a cell of a later part fits the whole row and not its present place."""
    begin = len(chain[0].raw) - 1
    for row in chain[1:]:
        for place, cell in enumerate(row.raw):
            shape = shape_of(cell)
            if (
                shape in _TYPED
                and place
                and shape not in shapes[place]
                and shape in shapes[begin + place]
            ):
                return True
        begin += len(row.raw) - 1
    return False
