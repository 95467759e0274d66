"""The shape of a cell by its characters alone: a number, a date, an e-mail address, text.

It shows the structure of a table: a header has words where the rows below have numbers, dates and
addresses.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

Shape = str
"""One of "number", "date", "time", "e-mail", "url", "phone", "code" and "text"; "" of a blank cell.

A column may also be "blank", or "" if its cells differ.
"""

_SHAPES: tuple[tuple[Shape, re.Pattern[str]], ...] = (
    ("e-mail", re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")),
    ("date", re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}([ T]\d{1,2}:\d{2}.*)?")),
    ("time", re.compile(r"\d{1,2}:\d{2}(:\d{2})?")),
    ("phone", re.compile(r"(\+|00?)[\d ()./-]{7,}")),
    ("number", re.compile(r"[-+(]?[€$£]? ?[-+]?\d[\d.,' \u00a0]*[%€$£)-]?")),
    ("url", re.compile(r"(https?://|www\.)\S+", re.IGNORECASE)),
    # An ID of Exact Online.
    ("code", re.compile(r"\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?", re.IGNORECASE)),
    # A VAT number, an IBAN, a customer code: capitals, digits and separators.
    ("code", re.compile(r"(?=.*\d)[A-Z0-9][A-Z0-9 ./_-]{2,}", re.ASCII)),
)
_SURE = 0.9  # share of a column's cells that have its shape
_ENOUGH = 5  # cells that are needed to know a column's shape


def shape_of(cell: str) -> Shape:
    """Return the shape of `cell`, "" if it is blank."""
    text = cell.strip()
    if not text:
        return ""
    if len(text) < 200:
        for shape, pattern in _SHAPES:
            if pattern.fullmatch(text):
                return shape
    return "text"


def is_typed(cell: str) -> bool:
    """Return True if `cell` is a value rather than words."""
    return shape_of(cell) not in {"", "text"}


def known_words(row: Sequence[str]) -> int:
    """Return how many cells of `row` are known header words."""
    from exact_import.data.header_words import exact_field, read_header  # few files need it

    cells = (cell.strip() for cell in row)
    return sum(
        1
        for cell in cells
        if cell and len(cell) < 80 and (read_header(cell) is not None or exact_field(cell))
    )


def column_shapes(rows: Sequence[Sequence[str]], width: int) -> tuple[Shape, ...]:
    """Return the shape that nearly all cells of each column have, "" if there is none.

    That of a column without cells is "blank".
    """
    shapes: list[Shape] = []
    for place in range(width):
        counts = Counter(shape_of(row[place]) for row in rows if place < len(row))
        blank = counts.pop("", 0)
        if blank >= _ENOUGH and blank >= _SURE * (blank + counts.total()):
            shapes.append("blank")
            continue
        shape, count = next(iter(counts.most_common(1)), ("", 0))
        sure = count >= _ENOUGH and count >= _SURE * counts.total() and shape != "text"
        shapes.append(shape if sure else "")
    return tuple(shapes)


def without_empty(cells: Sequence[str], shapes: Sequence[Shape]) -> list[str] | None:
    """Return a row that is too wide without its surplus empty cell.

    None unless its cells then fit the `shapes` of the columns clearly better.
    """
    surplus = len(cells) - len(shapes)
    if surplus != 1 or cells[-1].strip():
        return None
    fits = _fit(cells, shapes)
    best: tuple[int, list[str]] = (fits + 1, [])
    for place, cell in enumerate(cells[:-1]):
        if not cell.strip():
            tried = [*cells[:place], *cells[place + 1 :]]
            best = max(best, (_fit(tried, shapes), tried), key=lambda found: found[0])
    return best[1] or None


def _fit(cells: Sequence[str], shapes: Sequence[Shape]) -> int:
    """Return how many cells have their column's shape, less those that have another."""
    found = [(shape_of(cell), shape) for cell, shape in zip(cells, shapes, strict=False) if shape]
    return sum(1 if own == shape else -1 for own, shape in found if own)
