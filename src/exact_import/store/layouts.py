"""What the columns of each source were understood as at its last import."""

from __future__ import annotations

import json
import time
from typing import NamedTuple

from exact_import.mapping.layout import FileLayout
from exact_import.store import kept
from exact_import.store.journal import Journal


class KnownLayout(NamedTuple):
    """A layout, and when it was imported, in epoch seconds."""

    layout: FileLayout
    at: float


class Layouts:
    """The layouts of the sources of one division, in `journal` under `scope`.

    A source may have several files; each goes by its name without date and digits.
    """

    def __init__(self, journal: Journal, scope: int) -> None:
        self._journal = journal
        self._scope = scope

    def last(self, source: str, file: str, like: FileLayout) -> KnownLayout | None:
        """Return the last layout of this file of `source`, else the last that resembles `like`.

        Raises StorageError where one of them is damaged.
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
