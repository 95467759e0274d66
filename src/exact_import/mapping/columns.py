"""The columns of a header that are understood, and which fields they have been given to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from exact_import.data.header_parser import ParsedHeader
from exact_import.fields import Section

# Where several columns say the same, the least of these goes first.
_WEIGHT = {
    "business": 1,
    "billing": 2,
    "home": 3,
    "main": 4,
    "other": 5,
    "postal": 6,
    "delivery": 6,
}


@dataclass(frozen=True, slots=True)
class HeaderColumn:
    """One column whose header is understood: its position, its header, what that says."""

    index: int
    header: str
    reading: ParsedHeader

    @property
    def weight(self) -> int:
        """How far this is from the plain one of its kind."""
        return max((_WEIGHT.get(q, 0) for q in self.reading.qualifiers), default=0)

    def has(self, *qualifiers: str) -> bool:
        """Tell whether the header holds one of the `qualifiers`."""
        return not self.reading.qualifiers.isdisjoint(qualifiers)


@dataclass(slots=True)
class FieldColumns:
    """What each field is filled from, while the columns of one header are shared out.

    `meant` has every column that means a field, by its position, also where it is spoken for
    (`used`) or its section is not asked for (`sections`); `taken` has those that fill the field.
    """

    used: frozenset[int]
    sections: frozenset[Section]
    meant: dict[tuple[Section, str], list[int]] = field(default_factory=dict)
    taken: dict[tuple[Section, str], list[HeaderColumn]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def take(self, section: Section, name: str, column: HeaderColumn, near: frozenset[str]) -> bool:
        """Give a column to a field, and return whether the field wanted it.

        A field that has a column wants another only to fill its gaps, if nothing but the
        qualifiers in `near` tells their headers apart.
        """
        self.meant.setdefault((section, name), []).append(column.index)
        if section not in self.sections or column.index in self.used:
            return False
        filled = self.taken.setdefault((section, name), [])
        if filled:
            apart = filled[0].reading.qualifiers ^ column.reading.qualifiers
            if not apart or not apart <= near:
                return False
        filled.append(column)
        return True

    def fill_gaps(self, section: Section, name: str, columns: Iterable[HeaderColumn]) -> None:
        """Let the first of `columns` stand in where the field's own columns are empty."""
        filled = self.taken.get((section, name), [])
        headers = {column.header for column in filled}
        if filled:
            free = [c for c in columns if c.index not in self.used and c.header not in headers]
            filled.extend(free[:1])

    def drop(self, section: Section) -> None:
        """Give back all columns of a section."""
        self.taken = {key: columns for key, columns in self.taken.items() if key[0] != section}

    def known(self, section: Section, *names: str) -> bool:
        """Tell whether some column means one of these fields."""
        return any((section, name) in self.meant for name in names)
