"""`[values]` of the INI: replaces values in a column before anything else reads them.

The raw cells of the file do not change, so a rejects file has the original values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from exact_import.errors import ConfigError
from exact_import.mapping.templates import Header, TemplateError
from exact_import.text import quote, suggest

if TYPE_CHECKING:
    from exact_import.config.declare import ValueMap
    from exact_import.tables.rows import Batch


class ColumnValues:
    """The value maps of one file, by the position of their column.

    `missing` are the columns of `[values]` that the file does not have.
    """

    def __init__(self, header: Sequence[str], maps: Mapping[str, ValueMap], file: str) -> None:
        known = Header(header)
        self._maps: dict[int, ValueMap] = {}
        self.missing: list[str] = []
        for column, values in maps.items():
            try:
                self._maps[known.find(_bare(column))] = values
            except TemplateError as error:
                if known.positions(_bare(column)) or suggest(_bare(column), header):
                    raise ConfigError(
                        f"[values] does not fit {file}: " + " ".join(error.problems),
                        "Write the column's header as the file has it.",
                    ) from None
                self.missing.append(column)

    def notes(self) -> Iterator[str]:
        """Yield a note for each column of `[values]` that the file does not have."""
        for column in self.missing:
            yield f"[values] {column}: the file has no column {quote(_bare(column))}."

    def batches(self, batches: Sequence[Batch]) -> Sequence[Batch]:
        """Return the batches with the replaced values."""
        return [self._replaced(batch) for batch in batches] if self._maps else batches

    def cells(self, cells: Sequence[str]) -> Sequence[str]:
        """Return the cells of one row, with the values replaced."""
        if not self._maps:
            return cells
        return [self._maps[i].of(c) if i in self._maps else c for i, c in enumerate(cells)]

    def _replaced(self, batch: Batch) -> Batch:
        columns = list(batch.columns)
        for index, values in self._maps.items():
            if index < len(columns):
                found = {cell: values.of(cell) for cell in dict.fromkeys(columns[index])}
                columns[index] = [found[cell] for cell in columns[index]]
        return replace(batch, columns=columns)


def _bare(column: str) -> str:
    """Return the header of a setting: `{#5}` as in a template, or the header itself."""
    text = column.strip()
    return text[1:-1] if text[:1] == "{" and text[-1:] == "}" else text
