"""What was written otherwise than the file has it, so that a plan can show it.

Only counts, and a number of different changes for each column, are kept: a million rows take no
more room than a thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

KEPT = 200  # different changes for each column


@dataclass(slots=True)
class ColumnConversions:
    """The values of one column that were rewritten.

    `count` is how many cells were; `changes` holds, by "text → value", the line of the first one
    and how many there are, for the first `KEPT` different ones.
    """

    file: str
    column: str
    field_name: str
    count: int = 0
    changes: dict[str, tuple[int, int]] = field(default_factory=dict)

    def include(self, counted: Mapping[str, int], line: Callable[[str], int]) -> None:
        """Take in how often cells further down were changed, and the line of the first of each."""
        changes = self.changes
        self.count += sum(counted.values())
        for note, cells in counted.items():
            held = changes.get(note)
            if held is not None:
                changes[note] = (held[0], held[1] + cells)
            elif len(changes) < KEPT:
                changes[note] = (line(note), cells)


class ConversionLog:
    """Gathers the rewritten values of a run."""

    def __init__(self) -> None:
        self._columns: dict[tuple[str, str, str], ColumnConversions] = {}

    def add(
        self,
        file: str,
        section: str,
        name: str,
        header: Callable[[], str],
        counted: Mapping[str, int],
        line: Callable[[str], int],
    ) -> None:
        """Note what became of the cells of a field, the column of which `header` names.

        `counted` has the notes, "text → value", in order, and how many cells there are of each;
        `line` tells where the first of them is.
        """
        column = self._columns.get((file, section, name))
        if column is None:
            column = ColumnConversions(file, header(), name)
            self._columns[file, section, name] = column
        column.include(counted, line)

    def columns(self) -> list[ColumnConversions]:
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
