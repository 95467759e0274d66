"""Repairs rows with wrong quotes, and reports those that are ambiguous."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from _csv import Reader

MAX_CELL = 1 << 23
"""Characters that one cell may have."""

TYPOGRAPHIC = re.compile(r"(?<![^,;\t|])[“„«]([^“”„«»\"\r\n]*)[”“»](?=[,;\t|\r\n]|\Z)")
"""A cell in the quotes of a word processor."""

_BREAK = re.compile(r"\r\n|\r|\n")
_TOO_LARGE = "field larger than"
# A line that is clearly a row of its own, so that the line before it was complete.
_NEXT = "next"
_PADDING = ",;\t|"
_ENTITY = re.compile(r"&(#[0-9]{2,6}|#[xX][0-9a-fA-F]{2,5}|[A-Za-z][A-Za-z0-9]{1,23})\Z")
_MOST_PIECES = 300  # pieces of a line that are tried in all groupings
# How far-fetched it is that a cell has a quote inside, is quoted at its beginning only, holds what
# looks like the end of a quoted cell, or has a quote that nothing closes.
_STRAY, _PARTLY, _ENDED, _UNCLOSED = 1, 2, 3, 5


class CsvFormat(NamedTuple):
    r"""The delimiter of the cells of a row, and how they are quoted.

    `escape` is "\\" where a backslash takes the meaning of the character behind it, else "";
    `skip_spaces` says that spaces follow the delimiters; `wrapped` that each line as a whole is a
    quoted cell, with the row in it; `typographic` that the quotes are those of a word processor.
    """

    delimiter: str
    quote: str = '"'
    escape: str = ""
    skip_spaces: bool = False
    wrapped: bool = False
    typographic: bool = False

    def reader(self, lines: Iterable[str], *, strict: bool = True) -> Reader:
        """Return a reader of `lines`; one that is `strict` raises csv.Error for wrong quotes."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            escapechar=self.escape or None,
            skipinitialspace=self.skip_spaces,
            strict=strict,
        )

    def unwrapped(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield `lines` as the csv module reads them: unwrapped, and with plain quotes."""
        lines = map(_unwrapped, lines) if self.wrapped else lines
        return map(_plainly_quoted, lines) if self.typographic else iter(lines)


class CellTooLargeError(Exception):
    """A cell, on one line, has more than MAX_CELL characters."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


@dataclass(frozen=True, slots=True)
class RepairedRow:
    """The repair of a row with wrong quotes.

    `cells` is the best reading of its first `lines` lines; the other lines must be read again.
    `problem` is empty if that reading is certain, `opened` counts the lines from the row's first to
    the one with the wrong quote.
    """

    cells: list[str]
    lines: int
    problem: str
    opened: int = 0


def salvage(
    lines: list[str], form: CsvFormat, width: int, start: int, error: csv.Error
) -> RepairedRow:
    """Repair a row that the csv module refused with `error`.

    `lines` are all lines that it read for that row, from line `start` of the file on; `width` is
    how many cells a row should have, 0 if that is not known. Raises CellTooLargeError if a single
    line holds a cell beyond MAX_CELL.
    """
    too_large = str(error).startswith(_TOO_LARGE)
    if len(lines) == 1:
        if too_large:
            raise CellTooLargeError(start)
        return _one_line(lines[0], form, width)
    # The cell that never ended is the last one; one that ended in its middle is the last that spans
    # lines. Its line breaks show where its quote opened.
    whole = lines[:-1] if too_large else [*lines[:-1], lines[-1].rstrip("\r\n")]
    cells = _read(whole, form)
    unending = too_large or "unexpected end" in str(error)
    culprit = cells[-1] if unending else next((c for c in reversed(cells) if _breaks(c)), "")
    opened = max(len(whole) - 1 - _breaks(culprit) + (too_large and culprit[-1:] in "\r\n"), 0)
    end = (
        "never closed"
        if unending
        else f"closed in the middle of a cell on line {start + len(lines) - 1}"
    )
    text = "".join(lines[: opened + 1])
    readings = [] if opened else regrouped(text.rstrip("\r\n"), form, width)
    return RepairedRow(
        cells=readings[0] if len(readings) == 1 else _unquoted(text, form, width),
        lines=opened + 1,
        problem=f"the quote ({form.quote}) that opens on line {start + opened} is {end}",
        opened=opened,
    )


def swallows(cells: list[str], delimiter: str, width: int) -> bool:
    """Return True if a cell holds whole rows because a quote is missing.

    It does if its first line completes the row of the cell, its last line fits the cells after it,
    and the lines between are rows. A table of few columns cannot tell.
    """
    if width < 4:
        return False
    for index, cell in enumerate(cells):
        first, *between = _BREAK.split(cell)
        if not between or first.count(delimiter) != width - 1 - index:
            continue
        last = between.pop()
        pieces = cell.replace("\n", delimiter).replace("\r", delimiter).split(delimiter)
        if (
            last.count(delimiter) == index + width - len(cells)
            and all(line.count(delimiter) == width - 1 for line in between)
            and sum(map(bool, pieces)) * 2 > len(pieces)
        ):
            return True
    return False


def resplit(
    cells: list[str], form: CsvFormat, width: int, delimiters: Sequence[str]
) -> tuple[list[str], str]:
    """Return a row split into `width` cells by another of the `delimiters`, and which one.

    Spaces are tried if there are quotes next to them. Both are empty if there is none.
    """
    text = form.delimiter.join(cells)
    for delimiter in (*delimiters, " ") if width > 2 else ():
        if delimiter == form.delimiter or delimiter not in text:
            continue
        if delimiter == " " and ' "' not in text:
            continue
        try:
            rows = list(CsvFormat(delimiter).reader([text]))
        except csv.Error:
            continue
        if len(rows) == 1 and len(rows[0]) == width:
            return rows[0], delimiter
    return [], ""


def rejoined(cells: Sequence[str], delimiter: str) -> list[str]:
    """Return a row's cells, joining those that were split at the semicolon of an entity."""
    joined: list[str] = []
    for cell in cells:
        if joined and delimiter == ";" and (match := _ENTITY.search(joined[-1])):
            from html.entities import html5  # few files need its two thousand names

            if match[1][0] == "#" or f"{match[1]};" in html5:
                joined[-1] += delimiter + cell
                continue
        joined.append(cell)
    return joined


def regrouped(line: str, form: CsvFormat, width: int) -> list[list[str]]:
    """Return the readings of a line with undoubled quotes that have `width` cells.

    A cell in quotes ends where a quote comes before a delimiter, so it may hold both; of the ways
    to group the line's pieces into `width` cells, the most plausible are returned, two at most.
    """
    pieces = line.split(form.delimiter)
    if not width <= len(pieces) <= _MOST_PIECES or not width:
        return []
    # For each number of pieces taken: the best readings by their number of cells.
    best: list[dict[int, tuple[int, list[list[str]]]]] = [{} for _ in range(len(pieces) + 1)]
    best[0][0] = (0, [[]])
    for start in range(len(pieces)):
        here = best[start]
        if not here:
            continue
        for end, cell, cost in _cells_from(pieces, start, form):
            for count, (so_far, readings) in here.items():
                if count == width:
                    continue
                total = so_far + cost
                known, others = best[end].get(count + 1, (total + 1, []))
                more = [[*reading, cell] for reading in readings]
                if total < known:
                    best[end][count + 1] = (total, more)
                elif total == known:
                    best[end][count + 1] = (total, (others + more)[:2])
    return best[-1].get(width, (0, []))[1]


def _cells_from(pieces: list[str], start: int, form: CsvFormat) -> Iterator[tuple[int, str, int]]:
    """Yield the cells that may begin at a piece: their end, their text, and their penalty."""
    quote = form.quote
    first = pieces[start].lstrip(" ") if form.skip_spaces else pieces[start]
    if not first.startswith(quote):
        yield start + 1, first, 0
        return
    yield start + 1, first, _PARTLY if first.count(quote) % 2 == 0 else _UNCLOSED
    text = first
    for end in range(start + 1, len(pieces) + 1):
        if len(text) > 1 and text.endswith(quote):
            inner = text[1:-1]
            stray = inner.replace(quote * 2, "")
            ended = quote + form.delimiter in stray or form.delimiter + quote in stray
            cost = _ENDED if ended else _STRAY if quote in stray else 0
            yield end, inner.replace(quote * 2, quote), cost
        if end < len(pieces):
            text += form.delimiter + pieces[end]


def _one_line(line: str, form: CsvFormat, width: int) -> RepairedRow:
    """Read quotes inside a cell as their writer meant them, if only one reading is possible."""
    cells, *rest = form.reader([line, _NEXT], strict=False)
    text = line.rstrip("\r\n")
    readings = regrouped(text, form, width or len(cells))
    problem = (
        f"a quote ({form.quote}) in the middle of a cell is not doubled"
        if rest
        else f"a quote ({form.quote}) is never closed"
    )
    if len(readings) == 1:
        unclosed = any(c.startswith(form.quote) and c.count(form.quote) % 2 for c in readings[0])
        return RepairedRow(readings[0], 1, "" if rest and not unclosed else problem)
    readings = regrouped(text, form, len(cells)) if rest else []
    best = readings[0] if len(readings) == 1 else _unquoted(line, form, width)
    return RepairedRow(best, 1, problem)


def _unquoted(text: str, form: CsvFormat, width: int) -> list[str]:
    """Split broken text at every delimiter if that gives a whole row, otherwise by its quotes."""
    plain = text.rstrip("\r\n").split(form.delimiter)
    if len(plain) == width:
        return plain
    return _read(io.StringIO(text.rstrip("\r\n"), newline=""), form)


def _unwrapped(line: str) -> str:
    text = line.rstrip("\r\n")
    bare = text.rstrip(_PADDING)
    if bare[-1:] == '"':
        text = bare  # a spreadsheet has put such lines into its first column
    if len(text) < 2 or text[0] != '"' or text[-1] != '"' or '"' in text[1:-1].replace('""', ""):
        return line
    return text[1:-1].replace('""', '"') + line[len(line.rstrip("\r\n")) :]


def _plainly_quoted(line: str) -> str:
    return TYPOGRAPHIC.sub(r'"\1"', line)


def _read(lines: Iterable[str], form: CsvFormat) -> list[str]:
    """Return the cells of the one row that `lines` are."""
    return next(form.reader(lines, strict=False), [])


def _breaks(cell: str) -> int:
    return len(_BREAK.findall(cell))
