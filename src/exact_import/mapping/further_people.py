"""Columns of a second or third contact of a row's company: "Contact 2 naam", "Contact 2 e-mail"."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from exact_import.data.header_words import ParsedHeader, read_header
from exact_import.mapping.infer import ColumnChoice

FurtherPerson = Mapping[int, int]
"""The positions of a further contact's columns, by those of the first contact's same columns."""


def further_people(
    choices: Sequence[ColumnChoice], used: Collection[int]
) -> tuple[FurtherPerson, ...]:
    """Return the further contacts of a header, by the number in it.

    Each has a name: in a column that says so ("Contactpersoon 2"), or a first and a last name. A
    bare "Naam 2" or "Voornaam 2" may belong to the first contact. Columns in `used` are taken.
    """
    first: dict[tuple[object, ...], int] = {}
    numbered: list[tuple[int, ParsedHeader]] = []
    for index, choice in enumerate(choices):
        reading = read_header(choice.header)
        if reading is not None and reading.ordinal > 1 and not choice.section and index not in used:
            numbered.append((index, reading))
        elif reading is not None and reading.ordinal < 2 and choice.section == "contact":
            first.setdefault(_thing(reading), index)
    people: dict[int, dict[int, int]] = {}
    named: dict[int, set[str]] = {}
    for index, reading in numbered:
        place = first.get(_thing(reading))
        if place is not None:
            people.setdefault(reading.ordinal, {}).setdefault(place, index)
            whole = reading.part == "name" and "person" in reading.qualifiers
            named.setdefault(reading.ordinal, set()).add("" if whole else choices[place].field)
    return tuple(
        columns
        for number, columns in sorted(people.items())
        if "" in named[number] or named[number] >= {"FirstName", "LastName"}
    )


def _thing(reading: ParsedHeader) -> tuple[object, ...]:
    return reading.targets, reading.part, reading.qualifiers
