"""The form of rejects files: how they are named, the columns that they add, and safe cells.

To those of the original, `_line`, the line in the original, and `_error`, the reasons. For held
rows there are four more: `_why`, `_candidates` (what the row may be), `_source` (the original's
source) and `_answer`, which a person fills in.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

REJECTS_COLUMNS = ("_line", "_error")
"""The columns that a file of rejects adds to the original ones."""

HELD_COLUMNS = ("_why", "_candidates", "_source", "_answer")
"""The further columns of a file of rejects that has held rows."""

RESULT_COLUMNS = ("_outcome", "_account_code", "_account_id", "_contact_id", "_message")
"""The columns that a file of results adds to the original ones."""

_CONVENTION_COLUMN = re.compile(r"_(dates|decimals)_([a-z]+)")
"""An empty column of rejects whose name says how the whole original is written."""


class RowNotes(NamedTuple):
    """Our own cells beside a row of a rejects file.

    `line` is the line in the original. A held row also has `why` it is held, the `candidates` that
    it may be, the `source` of the original, and the `answer` that a person wrote.
    """

    line: int = 0
    why: str = ""
    candidates: str = ""
    source: str = ""
    answer: str = ""


_REJECTS = re.compile(r"(?P<stem>.+)\.rejected(?:-(?P<number>[1-9][0-9]*))?\.csv", re.IGNORECASE)
_SUFFIX = re.compile(r"(\.(csv|tsv|tab|txt|xlsx|xlsm|xls|xlsb|ods))?(\.gz)?$", re.IGNORECASE)
_LOOK = 1 << 16
# The longest file name, in bytes, on all common file systems.
_LONGEST_NAME = 255


def own_columns(header: Sequence[str]) -> dict[str, int]:
    """Return the indexes, by name, of our own columns in a file that we wrote.

    That is a file of rejects or results; other files have none.
    """
    places = {cell: place for place, cell in enumerate(header)}
    if not any(places.keys() >= set(own) for own in (REJECTS_COLUMNS, RESULT_COLUMNS)):
        return {}
    known = (*REJECTS_COLUMNS, *HELD_COLUMNS, *RESULT_COLUMNS)
    return {
        cell: at
        for cell, at in places.items()
        if cell in known or _CONVENTION_COLUMN.fullmatch(cell)
    }


def conventions_of(names: Iterable[str]) -> dict[str, str]:
    """Return the conventions of the original in the names of our columns: its "dates" and so on."""
    found = filter(None, map(_CONVENTION_COLUMN.fullmatch, names))
    return {match[1]: match[2] for match in found}


def notes_of(places: Mapping[str, int], cells: Sequence[str]) -> RowNotes:
    """Return the contents of our columns, at `places`, in a row with these cells."""

    def cell(name: str) -> str:
        place = places.get(name, len(cells))
        return cells[place].strip() if place < len(cells) else ""

    number = cell(REJECTS_COLUMNS[0])[:9]
    return RowNotes(int(number) if number.isdecimal() else 0, *map(cell, HELD_COLUMNS))


def parse_rejects_name(name: str) -> tuple[str, int] | None:
    """Return the stem and number of a rejects file's name, None for any other name.

    "contacts.rejected-2.csv" gives ("contacts", 2), "contacts.rejected.csv" ("contacts", 1).
    """
    match = _REJECTS.fullmatch(name)
    return match and (match["stem"], int(match["number"] or 1))


def shortened(stem: str, room: int) -> str:
    """Return `stem`, shortened if a file name with `room` more bytes would be too long.

    A few characters of a digest keep shortened names different.
    """
    whole = os.fsencode(stem)
    if len(whole) + room <= _LONGEST_NAME:
        return stem
    import hashlib  # loads OpenSSL, and few runs need it

    mark = f"~{hashlib.sha256(whole).hexdigest()[:6]}"
    return whole[: _LONGEST_NAME - room - len(mark)].decode("utf-8", "ignore") + mark


def is_rejects(path: Path) -> bool:
    """Return True if `path` is, by its name and its columns, a file of rejects that we wrote."""
    if parse_rejects_name(path.name) is None:
        return False
    try:
        with path.open("rb") as stream:
            head = stream.read(_LOOK).replace(b"\0", b"")  # which reads UTF-16 well enough
    except OSError:
        return False
    return all(column.encode() in head for column in REJECTS_COLUMNS)


def beside_original(names: Sequence[str]) -> list[str]:
    """Return those of `names` that are rejects of another of them, as in a shell's `*.csv`."""
    originals = {Path(name).absolute().with_name(stem_of(Path(name).name)) for name in names}
    found = []
    for name in names:
        path = Path(name)
        earlier = parse_rejects_name(path.name)
        if earlier and path.absolute().with_name(earlier[0]) in originals and is_rejects(path):
            found.append(name)
    return found


def stem_of(name: str) -> str:
    """Return the stem for the rejects of a file: without .csv, .csv.gz or .xlsx."""
    return _SUFFIX.sub("", name) or name


# --- cells that a spreadsheet might run --------------------------------------------------------

# A spreadsheet runs a cell as a formula if it begins with = + - @, also after characters that it
# strips. If the file is read with another delimiter, a cell begins in the middle of one of ours.
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
