"""The form of rejects files: how they are named, and the columns that they add.

To those of the original, `_line`, the line in the original, and `_error`, the reasons. For held
rows there are four more: `_why`, `_candidates` (what the row may be), `_source` (the original's
source) and `_answer`, which a person fills in.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
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
