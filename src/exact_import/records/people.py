"""Splits rows with several people, in columns or in one cell, into a row for each person."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exact_import.mapping.person_names import people_in, salutations_in
from exact_import.mapping.templates import fill_column
from exact_import.text import joined, quote
from exact_import.values.person_words import is_first_name
from exact_import.values.several import beside_name

if TYPE_CHECKING:
    from exact_import.mapping.column_mapping import ColumnMapping

_MORE_THAN_A_NAME = re.compile(r"@|\d{2}").search
_BETWEEN_NAMES = re.compile(r"\s*[&+/]\s*|\s+(?:en|et|und|and)\s+", re.IGNORECASE)
_PARTS = (";", " / ", "/", ",", "\n", "|", " en ", " & ")


@dataclass(slots=True)
class PersonRows:
    """The rows of a batch with a row for each person.

    `rows` has the number of each row in the batch, `columns` the cells. `open` are the rows, by
    their new number, that may name several people, each with the cell; `notes` those
    whose details of a person were given to the first, each with what to say. `beside` are, by row,
    the values of other fields of the person that the cell holds with the name.
    """

    rows: Sequence[int]
    columns: Sequence[Sequence[str]]
    open: dict[int, str] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)
    beside: dict[int, Mapping[str, str]] = field(default_factory=dict)


def row_for_each_person(
    mapping: ColumnMapping, columns: Sequence[Sequence[str]], home: str = ""
) -> PersonRows | None:
    """Return the rows with one person each, None if all are so already.

    Other values of a person are split among the people if they have as many parts; otherwise, the
    first person gets them, with a warning. Telephone numbers beside a name are read as numbers of
    the country `home` (ISO-2).
    """
    further = _with_further_people(mapping, columns)
    if further is None:
        return _with_people_in_cells(mapping, columns, home)
    made = _with_people_in_cells(mapping, further.columns, home)
    if made is None:
        return further
    made.rows = [further.rows[row] for row in made.rows]
    return made


def genders_from_salutations(
    mapping: ColumnMapping, columns: Sequence[Sequence[str]]
) -> tuple[dict[int, str], dict[int, str]]:
    """Return by row the gender shown by the form of address before a whole name.

    Also, by row, the note on a form of address that is left out of the name.
    """
    whole = mapping.whole_name
    if whole is None:
        return {}, {}
    texts = fill_column(whole, columns)
    found = salutations_in(dict.fromkeys(texts))
    if not found:
        return {}, {}
    genders: dict[int, str] = {}
    notes: dict[int, str] = {}
    for row, text in enumerate(texts):
        if gender := found.get(text):
            genders[row] = gender
        elif gender is not None:
            notes[row] = f"{quote(text)} does not name one person; check the contact's name."
    return genders, notes


def _with_further_people(
    mapping: ColumnMapping, columns: Sequence[Sequence[str]]
) -> PersonRows | None:
    """Return an additional row for each further contact of a row."""
    if not mapping.further_people:
        return None
    contact = mapping.own_numbers.get("contact")
    blank = _personal_columns(mapping) | ({contact} if contact is not None else set())
    rows: list[int] = []
    cells: list[Sequence[str]] = []
    for row, values in enumerate(zip(*columns, strict=True)):
        rows.append(row)
        cells.append(values)
        for person in mapping.further_people:
            if any(values[index].strip() for index in person.values()):
                mine = ["" if index in blank else text for index, text in enumerate(values)]
                for place, index in person.items():
                    mine[place] = values[index]
                rows.append(row)
                cells.append(mine)
    return PersonRows(rows, list(zip(*cells, strict=True)))


def _with_people_in_cells(
    mapping: ColumnMapping, columns: Sequence[Sequence[str]], home: str
) -> PersonRows | None:
    whole = mapping.whole_name
    if whole is None:
        return _with_first_names_in_cells(mapping, columns)
    if len(whole.columns) != 1:
        return None
    texts = fill_column(whole, columns)
    apart = {
        text: found
        for text in dict.fromkeys(texts)
        if _MORE_THAN_A_NAME(text)
        and (found := beside_name(text, home))
        and len(people_in(found[0]) or ()) == 1  # else it is open whose they are
    }
    people = {
        text: people_in(apart[text][0] if text in apart else text) for text in dict.fromkeys(texts)
    }
    if not apart and all(found is not None and len(found) < 2 for found in people.values()):
        return None
    return _parted(mapping, columns, whole.columns[0], texts, people, apart)


def _with_first_names_in_cells(
    mapping: ColumnMapping, columns: Sequence[Sequence[str]]
) -> PersonRows | None:
    """Return a row for each of two people with one last name: "Jan & An" beside "Maes"."""
    contact = mapping.templates.get("contact", {})
    first, last = contact.get("FirstName"), contact.get("LastName")
    if first is None or last is None or len(first.columns) != 1 or first.columns == last.columns:
        return None
    texts = fill_column(first, columns)
    people = {text: _first_names(text) for text in dict.fromkeys(texts)}
    if all(len(found) < 2 for found in people.values()):
        return None
    shared = {index for t in (last, contact.get("MiddleName")) if t for index in t.columns}
    return _parted(mapping, columns, first.columns[0], texts, people, {}, shared)


def _first_names(text: str) -> tuple[str, ...]:
    names = tuple(_BETWEEN_NAMES.split(text))
    people = len(names) > 1 and all(len(name) > 1 and is_first_name(name) for name in names)
    return names if people else (text,)


def _parted(
    mapping: ColumnMapping,
    columns: Sequence[Sequence[str]],
    place: int,
    texts: Sequence[str],
    people: Mapping[str, Sequence[str] | None],
    apart: Mapping[str, tuple[str, Mapping[str, str]]],
    shared: Collection[int] = (),
) -> PersonRows:
    """Return a row for each of the `people` named in the cells `texts` of the column at `place`.

    `apart` are the cells with more than a name, and `shared` the columns that all people have.
    """
    details = _personal_columns(mapping) - {place}
    account = mapping.templates.get("account", {})
    # With a customer number, several people of one row cannot become accounts.
    companies = fill_column(account["Name"], columns) if "Name" in account else [""] * len(texts)
    alone = ["Code" not in account and not company for company in companies]
    made = PersonRows([], [])
    cells: list[list[str]] = []
    rows: list[int] = []
    for row, (text, values) in enumerate(zip(texts, zip(*columns, strict=True), strict=True)):
        named = people[text]
        if named is None:
            made.open[len(rows)] = text
        for number, person in enumerate(named or (text,)):
            mine = list(values)
            if text in apart:
                mine[place] = apart[text][0]
                made.beside[len(rows)] = apart[text][1]
            if named is not None and len(named) > 1:
                mine[place] = person
                common = {i: mine[i] for i in shared}
                kept = [
                    i
                    for i in details
                    if not _share(mine, i, number, len(named)) and i not in common
                ]
                for index in {i for i in common if not mine[i]}:
                    mine[index] = common[index]
                if number == 0 and (kept or alone[row]):
                    made.notes[len(rows)] = _note(mapping, named, kept, alone=alone[row])
            cells.append(mine)
            rows.append(row)
    made.rows, made.columns = rows, list(zip(*cells, strict=True))
    return made


def _personal_columns(mapping: ColumnMapping) -> set[int]:
    contact = mapping.templates.get("contact", {})
    others = (t for s, named in mapping.templates.items() if s != "contact" for t in named.values())
    shared = {index for template in others for index in template.columns}
    return {index for template in contact.values() for index in template.columns} - shared


def _share(cells: list[str], index: int, number: int, count: int) -> bool:
    """Give a person their part of a cell, or the whole to the first; return False for the last."""
    text = cells[index].strip()
    if not text:
        return True
    for mark in _PARTS:
        parts = [part.strip() for part in text.split(mark)]
        if len(parts) == count and all(parts):
            cells[index] = parts[number]
            return True
    if number:
        cells[index] = ""
    return False


def _note(mapping: ColumnMapping, named: Sequence[str], kept: Sequence[int], *, alone: bool) -> str:
    note = f"names {len(named)} people, {joined(named)}"
    if kept:
        headers = joined(quote(mapping.header[index].strip()) for index in sorted(kept))
        note += f"; {headers} {'is' if len(kept) == 1 else 'are'} used for the first one. "
        note += "Give each person a row to change that"
    if alone:
        note += ". Each of them becomes an account; to make one account, fill in the company"
    return f"{note}."
