"""Which files the arguments mean, and which of them are rejects that we wrote."""

from __future__ import annotations

import glob
import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from exact_import.errors import UsageError
from exact_import.tables.source import STDIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

REJECTS_COLUMNS = ("_line", "_error")
"""The columns that a file of rejects has besides the original ones."""

HABIT = re.compile(r"_(dates|decimals)_([a-z]+)")
"""A column of rejects, all empty, whose name tells what the whole original told and they do not."""

_REJECTS = re.compile(r"(?P<stem>.+)\.rejected(?:-(?P<number>[1-9][0-9]*))?\.csv", re.IGNORECASE)
_SUFFIX = re.compile(r"(\.(csv|tsv|tab|txt))?(\.gz)?$", re.IGNORECASE)
_SUFFIXES = (".csv", ".csv.gz")
_LOOK = 1 << 16
# The bytes that a file's name may have, on every file system in use.
_LONGEST_NAME = 255


def parse_rejects_name(name: str) -> tuple[str, int] | None:
    """Return the stem and number of a rejects file's name, None for any other name.

    "contacts.rejected-2.csv" gives ("contacts", 2), "contacts.rejected.csv" ("contacts", 1).
    """
    match = _REJECTS.fullmatch(name)
    return match and (match["stem"], int(match["number"] or 1))


def shortened(stem: str, room: int) -> str:
    """Return `stem`, cut where a file's name with `room` more bytes would be too long.

    What is cut off is told apart by a few characters instead.
    """
    whole = os.fsencode(stem)
    if len(whole) + room <= _LONGEST_NAME:
        return stem
    mark = f"~{hashlib.sha256(whole).hexdigest()[:6]}"
    return whole[: _LONGEST_NAME - room - len(mark)].decode("utf-8", "ignore") + mark


def as_text(name: object) -> str:
    """Return a file's name in characters that UTF-8 has; an old share may have others in it."""
    return str(name).encode("utf-8", "backslashreplace").decode()


def is_rejects(path: Path) -> bool:
    """Return whether `path` is, by its name and its columns, a file of rejects that we wrote."""
    if parse_rejects_name(path.name) is None:
        return False
    try:
        with path.open("rb") as stream:
            head = stream.read(_LOOK).replace(b"\0", b"")  # which reads UTF-16 well enough
    except OSError:
        return False
    return all(column.encode() in head for column in REJECTS_COLUMNS)


def beside_original(names: Sequence[str]) -> list[str]:
    """Return those of `names` that are rejects of another of them, as a shell's `*.csv` gives."""
    originals = {Path(name).absolute().with_name(stem_of(Path(name).name)) for name in names}
    found = []
    for name in names:
        path = Path(name)
        earlier = parse_rejects_name(path.name)
        if earlier and path.absolute().with_name(earlier[0]) in originals and is_rejects(path):
            found.append(name)
    return found


def stem_of(name: str) -> str:
    """Return the name of a CSV as its rejects begin: without .csv or .csv.gz."""
    return _SUFFIX.sub("", name) or name


def expand(arguments: Sequence[str]) -> list[str]:
    """Return the files that `arguments` mean, each once and in order.

    A folder means the CSV files in it, a pattern (`*`, `?`, `[…]`, `**`) those that match it;
    neither means rejects that we wrote. What is named outright stays, "-" too. Raises UsageError
    for a folder or pattern without a CSV.
    """
    found: dict[str, str] = {}
    for argument in arguments:
        for name in _expand(argument):
            found.setdefault(name if name == STDIN else str(Path(name).absolute()), name)
    return list(found.values())


def _expand(argument: str) -> Iterator[str]:
    if argument == STDIN:
        return iter([argument])
    path = Path(argument)
    try:
        if path.is_dir():
            names = sorted(
                str(entry)
                for entry in path.iterdir()
                if entry.name.lower().endswith(_SUFFIXES) and not entry.name.startswith(".")
            )
            return _some(names, f"There is no CSV file in the folder {argument}.")
        if glob.has_magic(argument) and not path.exists():
            names = sorted(glob.glob(argument, recursive=True))  # noqa: PTH207 -- the pattern may be absolute
            return _some(names, f"No CSV file matches {argument}.")
    except (OSError, ValueError) as error:
        raise UsageError(f"{argument} cannot be read: {error}.") from error
    return iter([argument])


def _some(names: list[str], none: str) -> Iterator[str]:
    wanted = [name for name in names if Path(name).is_file() and not is_rejects(Path(name))]
    if not wanted:
        raise UsageError(none, "Check the name, or name the files themselves.")
    return iter(wanted)
