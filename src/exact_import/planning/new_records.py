"""The new records of a plan so far, indexed by what they can have in common. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from exact_import.planning.evidence import Identity
from exact_import.planning.lookup import CROWD, NamesInPlaces
from exact_import.planning.plan import Candidate
from exact_import.records.models import RowLocation
from exact_import.values.names import name_words


class NewRecords:
    """The new records so far, indexed by what they can have in common."""

    def __init__(self) -> None:
        self._rows: list[Identity] = []
        self._by_line: dict[RowLocation, Identity] = {}
        self._names = NamesInPlaces[int]()
        self._signs: defaultdict[tuple[str, str], list[int]] = defaultdict(list)

    def add(self, row: Identity) -> None:
        """Add a new record."""
        number = len(self._rows)
        self._rows.append(row)
        if row.line is not None:
            self._by_line.setdefault(row.line, row)
        self._names.add({row.postcode, row.city} - {""}, name_words(row.name), number)
        for sign in self._signs_of(row):
            self._signs[sign].append(number)

    def like(self, row: Identity) -> Iterable[Identity]:
        """Return the new records that share a sign with `row`, or nearly its name and place."""
        words = name_words(row.name)
        found: set[int] = set()
        for place in {row.postcode, row.city} - {""}:
            found.update(self._names.spellings(place, words, same=True))
        for sign in self._signs_of(row):
            having = self._signs.get(sign, ())
            found.update(having if len(having) <= CROWD else ())
        return [self._rows[number] for number in sorted(found)]

    def meant(self, candidate: Candidate) -> Identity:
        """Return the new records that a row may be."""
        return self._by_line[candidate.line] if candidate.line is not None else Identity()

    @staticmethod
    def _signs_of(row: Identity) -> list[tuple[str, str]]:
        signs = (
            ("Email", row.email),
            ("Phone", row.phone),
            ("Website", row.website),
            ("Address", row.address),
            *(("Number", number) for number in row.numbers.values()),
        )
        return [sign for sign in signs if sign[1]]
