"""Repairs damaged text: UTF-8 that was encoded twice, and HTML entities.

"LiÃ¨ge" is Liège, saved by a program that read UTF-8 as Windows-1252; "Jansen &amp; Zn" comes from
a web page. Text is repaired only if it has a single reading, and the table says so. An export is
never repaired: it has what Exact Online holds, damaged or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from exact_import.text import counted, quote

if TYPE_CHECKING:
    from exact_import.tables.rows import Batch

# Windows-1252's characters for the first byte of a character in UTF-8, and for the other bytes.
_FIRST = "ÂÃÄÅâ"
_OTHERS = "".join(bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xC0))
_TWICE = re.compile(f"[{_FIRST}][{re.escape(_OTHERS)}\x80-\x9f]")
_ENTITY = re.compile(r"&(#[0-9]{2,6}|#[xX][0-9a-fA-F]{2,5}|[A-Za-z][A-Za-z0-9]{1,23});")
_UNENDED = re.compile(r"&(#[0-9]{2,6}|#[xX][0-9a-fA-F]{2,5}|[A-Za-z][A-Za-z0-9]{1,23})\Z")


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


def rejoined(cells: Sequence[str], delimiter: str) -> list[str]:
    """Return a row's cells, joining those that were split at the semicolon of an entity."""
    joined: list[str] = []
    for cell in cells:
        if joined and delimiter == ";" and (match := _UNENDED.search(joined[-1])):
            entity = f"{match[1]};"
            if entity.startswith("#") or entity in _names():
                joined[-1] += delimiter + cell
                continue
        joined.append(cell)
    return joined


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

    whole = match.group()
    return html.unescape(whole) if whole[1] == "#" or whole[1:] in _names() else whole


def _names() -> Mapping[str, str]:
    """Return the names of HTML's entities, each with a semicolon: two thousand of them."""
    from html.entities import html5  # few files need it

    return html5
