"""What was written otherwise than the file has it, so that a plan can show it.

Only counts, and a number of different changes for each column, are kept: a million rows take no
more room than a thousand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

KEPT = 200  # different changes for each column


@dataclass(slots=True)
class ColumnRewritten:
    """The values of one column that were rewritten.

    `count` is how many cells were; `changes` holds, by "text → value", the line of the first one
    and how many there are, for the first `KEPT` different ones.
    """

    file: str
    column: str
    field_name: str
    count: int = 0
    changes: dict[str, tuple[int, int]] = field(default_factory=dict)


class Rewritten:
    """Gathers the rewritten values of a run."""

    def __init__(self) -> None:
        self._columns: dict[tuple[str, str, str], ColumnRewritten] = {}

    def add(
        self,
        source: tuple[str, int],
        section: str,
        name: str,
        note: str,
        header: Callable[[], str],
        cells: int = 1,
    ) -> None:
        """Note what became of so many cells, the first at `source`.

        `note` is "text → value"; `header` names the column.
        """
        file, line = source
        column = self._columns.get((file, section, name))
        if column is None:
            column = ColumnRewritten(file, header(), name)
            self._columns[file, section, name] = column
        column.count += cells
        first, count = column.changes.get(note, (line, 0))
        if count or len(column.changes) < KEPT:
            column.changes[note] = (first, count + cells)

    def columns(self) -> list[ColumnRewritten]:
        """Return what was gathered, in the order in which the columns were first met."""
        return list(self._columns.values())

    def document(self) -> list[dict[str, Any]]:
        """Return it for the JSON document: each column with its count and the changes kept."""
        return [
            {
                "file": column.file,
                "column": column.column,
                "field": column.field_name,
                "count": column.count,
                "changes": [
                    {"line": line, "change": note, "count": count}
                    for note, (line, count) in column.changes.items()
                ],
            }
            for column in self.columns()
        ]
