"""Protects cells that a spreadsheet might run, and removes the protection when reading.

A spreadsheet runs a cell as a formula if it begins with = + - @, also after characters that it
strips. If the file is read with another delimiter, a cell begins in the middle of one of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_WIDE = "\uff1d\uff0b\uff0d\uff20"  # which some spreadsheets read as = + - @
_SIGNS = rf"[=+\-@{_WIDE}]"
# Invisible characters: white space except for tabs and line ends, and zero-width marks.
_BLANKS = " \v\f\x85\xa0\xad\u1680\u180e\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, (*range(0x2000, 0x2010), *range(0x2060, 0x2065)))
)
_BLANK = f"[\t\r\n{re.escape(_BLANKS)}]"
_DELIMITERS = ",;|\t\r\n"
_DELIMITER = re.compile(f"[{_DELIMITERS}]")
_BETWEEN = frozenset(_BLANKS + '"')

_SIGN = re.compile(_SIGNS)
_DANGEROUS = re.compile(rf"[\t\r\n]|{_BLANK}*+{_SIGNS}")
# Plain numbers, as of telephones, are left alone.
_NUMBER = re.compile(
    # Possessive, without backtracking: a cell may have megabytes.
    r"[+\-](?:[ .,()/\u00a0\u202f\-]*+\d)++[\d .,()/%\u00a0\u202f]*+"
)
# Text from which the reader would remove a marker that is not ours.
_LIKE_OURS = re.compile(rf"'+(?:[\t\r\n{_WIDE}]|{_BLANK}++{_SIGNS})")
_INNER = re.compile(rf"(?<!')('*+){_SIGNS}")

# Excel's marker of text, and what `guard` puts before cells.
_OUR_MARKER = re.compile(rf"'(?=[0-9=+\-@]|'*(?:[\t\r\n{_WIDE}]|{_BLANK}++{_SIGNS}))")


def guard(cell: str, *, ours: bool = False) -> str:
    """Return `cell` with a ' if a spreadsheet might run it; the reader removes it again.

    `ours` says that the cell comes from rejects and has its ' already.
    """
    cell = guard_inside(cell.replace("\0", ""), ours=ours)
    if _DANGEROUS.match(cell):
        return cell if _NUMBER.fullmatch(cell) else f"'{cell}"
    if not ours and _LIKE_OURS.match(cell):
        return f"'{cell}"
    return cell


def guard_inside(cell: str, *, ours: bool = False) -> str:
    """Return `cell` with a ' before each sign where a cell begins with another delimiter."""
    return "'".join(safe_parts(cell, ours=ours))


def unguard(cell: str) -> str:
    """Return `cell` without the ' that `guard` or a spreadsheet put there."""
    return unguard_inside(cell[1:] if _OUR_MARKER.match(cell) else cell)


def unguard_inside(cell: str) -> str:
    """Return `cell` without what `guard_inside` put into it."""
    places = [start for start, marks in _beginnings(cell) if marks]
    ends = [*places, len(cell)]
    return "".join(
        cell[start:end] for start, end in zip([0, *(one + 1 for one in places)], ends, strict=True)
    )


def is_hidden(cell: str) -> bool:
    """Return True if a spreadsheet might run `cell` after stripping invisible characters."""
    return _DANGEROUS.match(cell) is not None and _SIGN.match(cell) is None


def safe_parts(cell: str, *, ours: bool = False) -> list[str]:
    """Return `cell` in parts that are safe with any delimiter: a ' is inserted between them."""
    places = [
        start
        for start, marks in _beginnings(cell)
        if (not ours if marks else not _is_number(cell, start))
    ]
    ends = [*places, len(cell)]
    return [cell[start:end] for start, end in zip([0, *places], ends, strict=True)]


def _beginnings(cell: str) -> Iterator[tuple[int, int]]:
    """Yield the positions of signs after a delimiter with ' before them, and how many '.

    The text between two signs is scanned once, so the time is linear.
    """
    if _DELIMITER.search(cell) is None:
        return
    for match in _INNER.finditer(cell):
        place = match.start()
        while place and cell[place - 1] in _BETWEEN:
            place -= 1
        if place and cell[place - 1] in _DELIMITERS:
            yield match.start(), len(match[1])


def _is_number(cell: str, start: int) -> bool:
    end = _DELIMITER.search(cell, start)
    return _NUMBER.fullmatch(cell, start, end.start() if end else len(cell)) is not None
