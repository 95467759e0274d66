"""Street lines that are composed of columns: a street, its house number, its box.

Each cell is checked by itself before they are joined: a placeholder counts as empty, a number may
already be in the street, and "idem" refers to another row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from exact_import.data.header_words import read_header
from exact_import.mapping.address_columns import PIECES
from exact_import.text import fold, quote
from exact_import.values.placeholders import BLANKS, DITTO, NOTHING

if TYPE_CHECKING:
    from exact_import.mapping.templates import Template

_PARTS = frozenset((*PIECES, "number")) - {"street"}
_NUMBERS = frozenset(("house number", "street number", "number"))
_PLAIN = re.compile(r"\s*(?:[1-9]\d{0,4}\s?[A-Za-z]?|[A-Za-z]{1,2})?\s*")
_NONE = BLANKS - DITTO | {"0", "00", "000"}
_FLOATED = re.compile(r"(\d{1,5})[.,]0+")
# The number at the end of a street, and what follows it: "12", "12A", "12-14", "12 bus 3".
_TAIL = re.compile(
    r"(?<=\S)[\s,]+(\d{1,4}\s?[A-Za-z]?(?:\s?[-/+]\s?\w{1,4})*"
    r"(?:[\s,/]*(?:bus|bte|bo[iî]te|box)\.?\s*\w{1,5})?)$",
    re.IGNORECASE,
)
# The number before a French street.
_HEAD = re.compile(
    r"(\d{1,4}\s?(?:bis|ter|quater|[A-Za-z])?)[\s,]+(?=(?:rue|avenue|av|boulevard|bd|bld|place|pl"
    r"|chemin|ch|all[ée]e|route|rte|impasse|quai|cours|chauss[ée]e|square|passage|sentier|clos)\b)",
    re.IGNORECASE,
)
# Streets that end in a number of their own: "Industriezone 3", "Plein 1944".
_NUMBERED = re.compile(
    r"(?:zone|zoning|park|parc|terrein|gebied|haven|dok|block|blok|route|lot)\W*$"
    r"|\b(?:zi|za|zac|n|rn|rijksweg|kavel)\W*$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"1[5-9]\d\d|20\d\d")
_BOX_WORDS = frozenset(("bus", "bte", "boite", "box"))


class PieceProblem(NamedTuple):
    """A problem of a cell: its row and column, the check, and the sentence."""

    row: int
    column: int
    check: str
    message: str


def pieces_of(template: Template, header: Sequence[str]) -> tuple[int, ...]:
    """Return the columns of house numbers and boxes that a template puts after a street.

    Positions in `header`; () for a template that is anything else.
    """
    first, *others = template.columns or (0,)
    if template.constant or not others or _part(header[first]) in _PARTS:
        return ()
    return tuple(others) if all(_part(header[index]) in _PARTS for index in others) else ()


def _part(header: str) -> str:
    reading = read_header(header)
    return "" if reading is None else reading.part


def settle_pieces(
    template: Template,
    pieces: Sequence[int],
    header: Sequence[str],
    columns: Sequence[Sequence[str]],
) -> tuple[dict[int, str], list[PieceProblem]]:
    """Return the lines, by row, that differ from their joined cells, and the problems."""
    street = template.columns[0]
    odd = {text for index in pieces for text in {*columns[index]} if not _PLAIN.fullmatch(text)}
    rows: set[int] = set()
    if odd:
        rows |= {row for index in pieces for row, one in enumerate(columns[index]) if one in odd}
    numbered = {text for text in {*columns[street]} if re.search(r"\d", text)}
    if numbered:
        rows |= {row for row, text in enumerate(columns[street]) if text in numbered}
    numbers = [index for index in pieces if _part(header[index]) in _NUMBERS]
    lines: dict[int, str] = {}
    problems: list[PieceProblem] = []
    for row in sorted(rows):
        cells = [column[row].strip() for column in columns]
        before = [cells[index] for index in pieces]
        problems += _judged(row, cells, pieces)
        said = [index for index in pieces if cells[index]]
        own = bool(said) and said[0] in numbers
        if said and (message := _settle_repeats(cells, street, said, own=own)):
            at = said[0]
            where = f"{quote(header[at].strip())} is {quote(cells[at])}"
            line = quote(template.fill(cells))
            problems.append(
                PieceProblem(row, at, "several", f"{message}, but {where}; sent as {line}.")
            )
        if before != [cells[index] for index in pieces] or cells[street] != columns[street][row]:
            lines[row] = template.fill(cells)
    return lines, problems


def _judged(row: int, cells: list[str], pieces: Sequence[int]) -> Iterator[PieceProblem]:
    """Empty placeholder cells, remove ".0" from numbers, and yield the problems."""
    for index in pieces:
        text = cells[index]
        if text in DITTO or text.partition(" ")[0] in DITTO:
            message = f"{quote(text)} refers to another row; write the value itself in this row."
            yield PieceProblem(row, index, "ditto", message)
        elif text in _NONE or (text and fold(text) in NOTHING):
            cells[index] = ""
            message = f"{quote(text)} was treated as an empty cell."
            yield PieceProblem(row, index, "placeholder", message)
        elif floated := _FLOATED.fullmatch(text):
            cells[index] = floated[1]


def _settle_repeats(cells: list[str], street: int, said: Sequence[int], *, own: bool) -> str:
    """Keep a number once if street and number columns both have it.

    `own` says that the columns `said` begin with a house number. Returns a message if the street
    has a different number, otherwise, "".
    """
    text = cells[street]
    wanted = [run for index in said for run in _runs(cells[index])]
    head = _HEAD.match(text)
    tail = None if head else _TAIL.search(text)
    found = _runs(tail[1] if tail else head[1] if head else "")
    if not found or (tail and _NUMBERED.search(text[: tail.start()])):
        return ""
    if not own:
        if len(found) > len(wanted) and found[-len(wanted) :] == wanted:
            _empty(cells, said)
        return ""
    if found[: len(wanted)] == wanted:
        _empty(cells, said)
    elif wanted[: len(found)] == found:
        cells[street] = text[: tail.start()] if tail else text[head.end() :] if head else text
    elif not _YEAR.fullmatch("".join(found)):
        return f"{quote(text)} has a house number already"
    return ""


def _empty(cells: list[str], indexes: Sequence[int]) -> None:
    for index in indexes:
        cells[index] = ""


def _runs(text: str) -> list[str]:
    """Return the numbers and words of a house number, without the words for a box."""
    runs = re.findall(r"\d+|[^\W\d_]+", fold(text))
    return [run for run in runs if run not in _BOX_WORDS]
