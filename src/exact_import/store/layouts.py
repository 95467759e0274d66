"""How the columns of each source were used at its last import, and what has changed since.

If an export loses, renames or moves a column, it can still be read without an error and mean
something else. Comparing it with the previous file finds that.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from exact_import.store import kept
from exact_import.store.journal import Journal
from exact_import.text import quote

if TYPE_CHECKING:
    from exact_import.mapping.column_mapping import ColumnMapping


@dataclass(frozen=True, slots=True)
class FileLayout:
    """What each column of a file was used as: "account.City", or "" if it was not used.

    `columns` are by header; the second one with the same name is `Name#2`. `written` are the
    mapping sections of the INI.
    """

    columns: Mapping[str, str]
    written: frozenset[str] = frozenset()

    @classmethod
    def of(cls, mapping: ColumnMapping) -> FileLayout:
        """Return the layout of a file with this mapping."""
        seen: Counter[str] = Counter()
        columns: dict[str, str] = {}
        for choice in mapping.choices:
            seen[choice.header] += 1
            times = seen[choice.header]
            name = choice.header if times == 1 else f"{choice.header}#{times}"
            columns[name] = f"{choice.section}.{choice.field}" if choice.section else ""
        columns.pop("", None)
        return cls(columns, frozenset(mapping.written))

    def resembles(self, other: FileLayout) -> bool:
        """Return True if most columns of the two are called the same."""
        shared = len(self.columns.keys() & other.columns.keys())
        return 2 * shared >= max(len(self.columns), len(other.columns))


class LayoutChange(NamedTuple):
    """A column that is used differently: its header, the field, and the message."""

    header: str
    field: str
    message: str


def layout_changes(before: FileLayout, now: FileLayout, when: str) -> Iterator[LayoutChange]:
    """Yield how `now` differs from the layout `before`, of the import on the day `when`.

    Columns that neither layout uses are not reported, and neither are fields that the INI maps.
    """
    if before.written != now.written:
        return  # the user has just changed the mapping
    ours = tuple(f"{section}." for section in now.written)
    gone = {h: f for h, f in before.columns.items() if f and h not in now.columns}
    new = {h: f for h, f in now.columns.items() if f and h not in before.columns}
    earlier = f"the import of {when}"
    for header, field in gone.items():
        successor = next((h for h, f in new.items() if f == field), "")
        new.pop(successor, None)
        if field.startswith(ours) and ours:
            continue
        if successor:
            what = f"{quote(successor)} takes its place"
        elif other := next((h for h, f in now.columns.items() if f == field), ""):
            what = f"it now comes from {quote(other)} alone"
        else:
            what = "it is no longer imported"
        message = f"{quote(header)}, which was {field} in {earlier}, is not in the file: {what}."
        yield LayoutChange(successor or header, field.partition(".")[2], message)
    for header, field in now.columns.items():
        was = before.columns.get(header)
        if field == was or (ours and f"{field} {was}".startswith(ours)):
            continue
        if header in new:
            message = f"{quote(header)} is a new column since {earlier} and is used as {field}."
        elif was is None:
            continue
        elif not was:
            message = f"{quote(header)} was not used in {earlier} and is now used as {field}."
        elif field:
            message = f"{quote(header)} was {was} in {earlier} and is now used as {field}."
        else:
            message = f"{quote(header)} was {was} in {earlier} and is no longer used."
        yield LayoutChange(header, (field or was or "").partition(".")[2], message)


class KnownLayout(NamedTuple):
    """A layout, and when it was imported, in epoch seconds."""

    layout: FileLayout
    at: float


class Layouts:
    """The layouts of the sources of one division, in `journal` under `scope`.

    A source may have several files, each known by its name without date and digits.
    """

    def __init__(self, journal: Journal, scope: int) -> None:
        self._journal = journal
        self._scope = scope

    def last(self, source: str, file: str, like: FileLayout) -> KnownLayout | None:
        """Return the last layout of this file of `source`, else the last that resembles `like`.

        Raises StorageError if one of them is damaged.
        """
        found = self._journal.read(
            "SELECT file, columns, at FROM layout WHERE scope = ? AND source = ?"
            " ORDER BY file = ? DESC, at DESC",
            (self._scope, source, file),
        )
        for known, columns, at in found:
            document = kept.document(columns)
            layout = FileLayout(
                kept.texts_by_name(document.get("columns")),
                frozenset(kept.texts(document.get("written"))),
            )
            if known == file or layout.resembles(like):
                return KnownLayout(layout, kept.number(at))
        return None

    def remember(self, source: str, file: str, layout: FileLayout) -> None:
        """Keep the layout of a file that has been imported."""
        document = {"columns": dict(layout.columns), "written": sorted(layout.written)}
        with self._journal.lazy():
            self._journal.write(
                "INSERT OR REPLACE INTO layout VALUES (?, ?, ?, ?, ?)",
                (self._scope, source, file, json.dumps(document, ensure_ascii=False), time.time()),
            )
