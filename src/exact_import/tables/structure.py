"""Finds the header of a table, and titles above it.

The whole head decides, never only the first line: a header covers the columns that the rows below
use, has words where they have values, and often has known header words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from exact_import.tables.shapes import is_typed, shape_of
from exact_import.text import quote

HEAD_ROWS = 1000
"""The number of rows that are used to find the structure."""

_E_MAIL = "e-mail"
_LOOKED_AT = 30  # rows, blank ones aside, one of which is the header
_RARE = 0.1  # share of the rows that fill a column which counts as used
_WORDS = 2  # known words, which no row has that is not a header
# A telephone number, a VAT number, an IBAN or a postcode.
_VALUE = re.compile(
    r"(\+|00?)[1-9][\d ()./-]{7,}|[A-Z]{2} ?\d[\d. A-Z]{6,}|\d{4,5}|\d{4} ?[A-Z]{2}"
)
_NEARLY = 0.75  # share of a row's cells that are header words
_DENSE = 0.5  # share of the used columns that a row fills which is not a title


@dataclass(frozen=True, slots=True)
class Structure:
    """The position of a table's header among rows of cells, as row indexes.

    `above` are the rows of a title, without blank ones; `header` the consecutive rows of the
    header. `raw_header` are its cells as written, several lines joined by a space; `names` are the
    names of its columns, where a line that repeats another adds nothing. `doubt` is empty, or says
    why the header looks like a row.
    """

    above: tuple[int, ...]
    header: tuple[int, ...]
    raw_header: tuple[str, ...]
    names: tuple[str, ...]
    doubt: str = ""


def judge(rows: Sequence[Sequence[str]]) -> Structure:
    """Return the structure of a table that begins with `rows`, blank ones included or not.

    The first HEAD_ROWS of a table are enough. There must be at least one.
    """
    filled = [index for index, row in enumerate(rows) if any(map(str.strip, row))] or [0]
    best = _find_header(rows, filled)
    place = filled.index(best)
    above = filled[:place]
    lines = [best]
    names = rows[best]
    group = above[-1] if above and above[-1] == best - 1 else -1
    if group >= 0 and (longer := _with_line_above(rows[group], rows[best])):
        above.pop()
        lines.insert(0, group)
        names = longer
    raw = tuple(names)
    for index in filled[place + 1 :]:
        if index != lines[-1] + 1 or not _continues(rows[lines[-1]], rows[index]):
            break
        same = _same(rows[lines[-1]], rows[index])
        groups = lines == [best] and not same and _is_group(rows[best], rows[index])
        if groups:
            raw = names = _grouped(rows[best], rows[index])
            lines.append(index)
            continue
        raw = _joined(raw, rows[index])
        names = names if same else _joined(names, rows[index])
        lines.append(index)
    doubt = _doubt(
        rows[best],
        [rows[index] for index in filled[place + 1 :]],
        [rows[index] for index in above],
    )
    return Structure(tuple(above), tuple(lines), raw, tuple(names), doubt)


def known_words(row: Sequence[str]) -> int:
    """Return how many cells of `row` are known header words."""
    from exact_import.data.header_words import exact_field, read_header  # few files need it

    cells = (cell.strip() for cell in row)
    return sum(
        1
        for cell in cells
        if cell and len(cell) < 80 and (read_header(cell) is not None or exact_field(cell))
    )


def _find_header(rows: Sequence[Sequence[str]], filled: Sequence[int]) -> int:
    """Return the index of the header row, or of its last line without repetitions."""
    counts: Counter[int] = Counter()
    for index in filled:
        counts.update(place for place, cell in enumerate(rows[index]) if cell.strip())
    used = {place for place, count in counts.items() if count >= _RARE * len(filled)}
    best, best_score, dense = filled[0], -10.0, False
    for index in filled[:_LOOKED_AT]:
        row = rows[index]
        places = [place for place, cell in enumerate(row) if cell.strip()]
        coverage = len(used.intersection(places)) / max(len(used), 1)
        typed = sum(is_typed(row[place]) for place in places) / max(len(places), 1)
        known = known_words(row) / max(len(places), 1)
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
    width = max(len(one), len(other))
    pairs = zip(_filled_up(one, width), _filled_up(other, width), strict=True)
    return tuple(" ".join(filter(None, (a.strip(), b.strip()))) for a, b in pairs)


def _filled_up(cells: Sequence[str], width: int) -> list[str]:
    return [*cells, *[""] * (width - len(cells))]


def _doubt(
    header: Sequence[str], below: Sequence[Sequence[str]], above: Sequence[Sequence[str]]
) -> str:
    """Return why a header looks like a row, "" if it does not."""
    cells = [cell.strip() for cell in header if cell.strip()]
    if not any(c.isalpha() for cell in cells for c in cell):
        return "this looks like a row and not like a header: it has no words"
    known = known_words(header)
    for row in above:
        if 2 * sum(1 for cell in row if cell.strip()) > len(cells) > 2 and _E_MAIL in map(
            shape_of, row
        ):
            return f"this header has a row above it: {quote(' '.join(filter(None, row)))}"
    first = [row[0] for row in below[:_LOOKED_AT] if row and row[0].strip()]
    if known < _WORDS and len(first) > 1 and known_words(first) * 4 > len(first) * 3:
        return "the names of the columns are in the first column, one below the other"
    value = next((cell for cell in cells if shape_of(cell) == _E_MAIL), "")
    for place, cell in enumerate(header):
        if not value and _VALUE.fullmatch(cell.strip()) and known < _WORDS:
            column = [
                row[place].strip() for row in below if place < len(row) and row[place].strip()
            ]
            value = cell.strip() if column and all(map(_VALUE.fullmatch, column)) else ""
    return f"this looks like a row and not like a header: it holds {quote(value)}" if value else ""
