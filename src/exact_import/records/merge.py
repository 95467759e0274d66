"""Makes records from rows, and merges the records of one company's rows.

An empty cell never contradicts; rows that contradict each other about their company are all
rejected. `grouping` finds which rows are one company.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

from exact_import.fields import RECORD_KINDS, Field, RecordKind, Section, catalogue
from exact_import.records.models import (
    Block,
    DetailRecord,
    RowLocation,
    RowsRead,
    Value,
    Values,
    fold,
    stated,
)
from exact_import.text import line_word, quote
from exact_import.values.names import compare_names, folded_person_names

_SHOWN = 20  # lines that a message lists


@dataclass(slots=True)
class ContactRecord:
    """A person of an account, with the rows that named them.

    `own` is their number in the source that the rows came from, "" for none.
    """

    fields: Values
    lines: list[RowLocation]
    main: bool = False
    own: str = ""


@dataclass(slots=True)
class AccountRecord:
    """One company or private person, with the rows it came from and its contacts.

    `own` is its number in the source of its first row, "" for none; `further` are its numbers in
    the sources of others of its rows, each with their file. `differing` are the values of another
    source that are not used, each with its file and field.
    """

    fields: Values
    lines: list[RowLocation]
    contacts: Sequence[ContactRecord] = ()
    person: bool = False
    details: Sequence[DetailRecord] = ()
    own: str = ""
    further: Sequence[tuple[str, str]] = ()
    differing: Sequence[tuple[str, str, Value]] = ()

    def without(self, name: str) -> AccountRecord:
        """Return a copy without the field `name`."""
        return replace(self, fields={one: v for one, v in self.fields.items() if one != name})


def record_of(block: Block, row: int) -> AccountRecord:
    """Return the record of a row of `block`: its account, and its person if there is one.

    The record shares no data with the block or another record.
    """
    source = block.source(row)
    own, own_contact = (
        block.own[kind][row].strip() if kind in block.own else "" for kind in RECORD_KINDS
    )
    people: Sequence[ContactRecord] = ()
    if block.people[row]:
        values = stated((name, column[row]) for name, column in block.contact.items())
        people = (ContactRecord(values, [source], row in block.main, own_contact),)
    return AccountRecord(
        stated((name, column[row]) for name, column in block.account.items()),
        [source],
        people,
        row in block.alone,
        tuple(
            DetailRecord(one.section, dict(one.fields), [*one.lines])
            for one in block.details.get(row, ())
        ),
        own,
    )


def merge(rows: Sequence[AccountRecord], outcome: RowsRead) -> AccountRecord | None:
    """Return the record of the company with `rows`, which must not be used afterwards.

    Rows that contradict each other are rejected in `outcome`; None if no row is left.
    """
    if len(rows) == 1 and not rows[0].details:  # most companies
        return None if rows[0].lines[0] in outcome.rejected else rows[0]
    if _contradictory(rows, outcome):
        return None
    contacts = _contacts(rows, outcome)
    details = _details(rows, outcome)
    rows = [row for row in rows if row.lines[0] not in outcome.rejected]
    if not rows:
        return None
    merged: Values = {}
    for row in rows:
        for name, value in row.fields.items():
            if merged.get(name) is None:
                merged[name] = value
    person = all(row.person for row in rows)
    own, further = own_numbers(rows, outcome.source_of)
    lines = [row.lines[0] for row in rows]
    return AccountRecord(merged, lines, tuple(contacts), person, tuple(details), own, further)


def merge_records(records: Sequence[AccountRecord], outcome: RowsRead) -> AccountRecord:
    """Return the record of a company of several sources, or of rows that a person said are one.

    None of `records` is written to. Where they differ the value of the first is used, with a
    warning in `outcome`; but codes are numbers in one source, and none contradicts another's.
    """
    first, *others = records
    fields = dict(first.fields)
    people = [copied(person) for person in first.contacts]
    details = {(one.section, one.key): one for one in first.details}
    own, further = own_numbers(records, outcome.source_of)
    differing = [one for record in records for one in record.differing]
    for other in others:
        unused = add_values(fields, other, "account", first.lines[0], outcome)
        file = other.lines[0][0]
        if outcome.source_of(file) != outcome.source_of(first.lines[0][0]):
            differing += ((file, name, value) for name, value in unused.items())
        for person in map(copied, other.contacts):
            same = next((one for one in people if _is_named_alike(one, person)), None)
            if same is None:
                people.append(person)
                continue
            add_values(same.fields, person, "contact", same.lines[0], outcome)
            same.lines += person.lines
            same.main = same.main or person.main
        details = {**{(one.section, one.key): one for one in other.details}, **details}
    return AccountRecord(
        fields,
        [line for one in records for line in one.lines],
        tuple(people),
        first.person,
        tuple(details.values()),
        own,
        further,
        differing,
    )


def copied(person: ContactRecord) -> ContactRecord:
    """Return a copy of `person` that shares no data with it."""
    return replace(person, fields=dict(person.fields), lines=[*person.lines])


def _is_named_alike(one: ContactRecord, other: ContactRecord) -> bool:
    pairs = zip(_name_forms(one), _name_forms(other), strict=True)
    return all(ours & theirs for ours, theirs in pairs) and _same_person(one, other)


def _name_forms(person: ContactRecord) -> list[frozenset[str]]:
    """Return the first and last name, each in normalised forms."""
    return [folded_person_names(str(person.fields.get(part) or "")) for part in _NAME]


def add_values(
    fields: Values,
    other: AccountRecord | ContactRecord,
    kind: RecordKind,
    here: RowLocation,
    outcome: RowsRead,
) -> dict[str, Value]:
    """Add to `fields`, said `here`, those that only `other` has.

    Returns those that differ; a warning in `outcome` says so.
    """
    known, there = catalogue(kind), other.lines[0]
    unused: dict[str, Value] = {}
    for name, value in other.fields.items():
        held = fields.get(name)
        if held is None:
            fields[name] = value
        elif value is not None and name != "Code" and not _agree(known[name], held, value):
            outcome.warn(
                there,
                f"{name} {quote(str(value))} differs from {quote(str(held))} on "
                f"{where(here, there)} for the same {_WHOSE[kind]}; the first is used",
                field_name=name,
            )
            unused[name] = value
    return unused


_WHOSE = {"account": "company", "contact": "person"}


def own_numbers(
    rows: Sequence[AccountRecord], source_of: Callable[[str], str]
) -> tuple[str, Sequence[tuple[str, str]]]:
    """Return the number of a company in the source of the first of its rows, and those in others.

    The latter with their file. `source_of` returns the source of a file.
    """
    by_source: dict[str, tuple[str, str]] = {}
    for row in rows:
        for file, own in ((row.lines[0][0], row.own), *row.further):
            if own:
                by_source.setdefault(source_of(file), (file, own))
    _, own = by_source.pop(source_of(rows[0].lines[0][0]), ("", ""))
    return own, tuple(by_source.values())


# Fields that the people of one company may each have.
_OF_PEOPLE_TOO = frozenset(
    {"AddressLine1", "AddressLine2", "AddressLine3", "Postcode", "City", "State", "Phone", "Fax"}
)


def _contradictory(rows: Sequence[AccountRecord], outcome: RowsRead) -> bool:
    """Return True if rows of one company contradict each other; then reject them in `outcome`."""
    known = catalogue("account")
    first: dict[str, tuple[RowLocation, Value]] = {}
    clashes: dict[RowLocation, list[_Clash]] = {}
    own = {row.own for row in rows}
    people = {_text(person.fields, "LastName") for row in rows for person in row.contacts}
    lenient = len(own) == 1 and "" not in own and len(people) > 1
    passed_over: dict[str, _Clash] = {}
    for row in rows:
        here = row.lines[0]
        for name, value in row.fields.items():
            if value is None:
                continue
            held = first.setdefault(name, (here, value))
            if held[0] != here and not _agree(known[name], held[1], value):
                clash = _Clash(name, held, (here, value))
                if lenient and name in _OF_PEOPLE_TOO:
                    passed_over.setdefault(name, clash)
                    continue
                for source in (held[0], here):
                    if all(one.name != name for one in clashes.setdefault(source, [])):
                        clashes[source].append(clash)
    for name, clash in passed_over.items() if not clashes else ():
        outcome.warn(
            clash.other[0],
            f"{name} differs from that on {where(clash.one[0], clash.other[0])} for the same "
            "company; the first is used",
            field_name=name,
        )
    if not clashes:
        return False
    usual = next(iter(clashes.values()))
    for source in (row.lines[0] for row in rows):
        found = clashes.get(source, usual)
        outcome.reject(
            source,
            "; ".join(_differ(clash, source) for clash in found)
            + f" for the same company; {_ADVICE.get(found[0].name, 'make them agree')}",
            field_name=found[0].name,
        )
    return True


def _differ(clash: _Clash, source: RowLocation) -> str:
    name, one, other = clash
    return (
        f"{name} is {quote(str(one[1]))} on {where(one[0], source)} but "
        f"{quote(str(other[1]))} on {where(other[0], source)}"
    )


# Advice for fields where making the rows agree may be wrong.
_OF_PEOPLE = "make them agree, or name the column under [contact] if it is the people's own"
_ADVICE = {
    "Email": _OF_PEOPLE,
    "Phone": _OF_PEOPLE,
    "Name": "make them agree, or give each a code, VAT number or e-mail address of its own",
}


class _Clash(NamedTuple):
    name: str
    one: tuple[RowLocation, Value]
    other: tuple[RowLocation, Value]


def where(source: RowLocation, seen_from: RowLocation) -> str:
    """Return the name of a row in a message about another row."""
    if source[0] == seen_from[0]:
        return f"{line_word(source[0])} {source[1]}"
    return f"{line_word(source[0])} {source[1]} of {source[0]}"


def _agree(column: Field, one: object, other: object) -> bool:
    if one == other:
        return True
    if (column.kind, column.name) == ("account", "Name"):
        return compare_names(str(one), str(other)) == "same"
    return column.same(one, other) or fold(column.name, one) == fold(column.name, other)


def _contacts(rows: Sequence[AccountRecord], outcome: RowsRead) -> list[ContactRecord]:
    people: list[ContactRecord] = []
    by_name: dict[tuple[str, ...], list[int]] = {}
    disagreeing: dict[tuple[int, str], None] = {}
    known = catalogue("contact")
    for found in (person for row in rows for person in row.contacts):
        known_as = [*product(*_name_forms(found))]
        namesakes = dict.fromkeys(place for name in known_as for place in by_name.get(name, ()))
        place = next((one for one in namesakes if _same_person(people[one], found)), len(people))
        if place == len(people):
            people.append(found)
            for name in known_as:
                by_name.setdefault(name, []).append(place)
            continue
        same = people[place]
        same.own = same.own or found.own
        same.lines += found.lines
        same.main = same.main or found.main
        for field_name, value in found.fields.items():
            held = same.fields.get(field_name)
            if held is None:
                same.fields[field_name] = value
            elif value is not None and not _agree(known[field_name], held, value):
                if field_name in _NAME:  # only written differently
                    add_values(
                        same.fields,
                        replace(found, fields={field_name: value}),
                        "contact",
                        same.lines[0],
                        outcome,
                    )
                else:
                    disagreeing[place, field_name] = None
    for place, field_name in disagreeing:
        person = people[place]
        lines = list(dict.fromkeys(person.lines))
        differ = f"disagree about {field_name}; make them agree"
        message = f"{_listed(lines)} name the same person, but {differ}"
        if len(lines) == 1:
            message = (
                f"names two people with the same name who differ in {field_name}; give each a "
                "first name, or name one of them"
            )
        for source in lines:
            outcome.reject(source, message, field_name=field_name)
    return [
        person for person in people if all(line not in outcome.rejected for line in person.lines)
    ]


def _details(rows: Sequence[AccountRecord], outcome: RowsRead) -> list[DetailRecord]:
    """Return the bank accounts and addresses that `rows` give their account, each once."""
    found: dict[tuple[Section, str], DetailRecord] = {}
    clashing: set[tuple[Section, str]] = set()
    for row in rows:
        for detail in row.details:
            place = (detail.section, detail.key)
            held = found.setdefault(place, detail)
            if held is detail:
                continue
            held.lines.extend(detail.lines)
            for name, value in detail.fields.items():
                if held.fields.get(name) in (None, ""):
                    held.fields[name] = value
                elif value is not None and fold(name, held.fields[name]) != fold(name, value):
                    clashing.add(place)
    for place in clashing:
        detail = found.pop(place)
        lines = _listed(detail.lines)
        for source in detail.lines:
            outcome.reject(
                source,
                f"{lines} give the same company different values in its {detail.section}; "
                "make them agree",
            )
    return list(found.values())


def _listed(lines: Sequence[RowLocation]) -> str:
    shown = f"{line_word(lines[0][0])}s " + " and ".join(str(line) for _, line in lines[:_SHOWN])
    return shown if len(lines) <= _SHOWN else f"{shown} and {len(lines) - _SHOWN} more"


def _text(values: Values, name: str) -> str:
    return fold(name, values.get(name) or "")


_NAME = ("FirstName", "LastName")


def _same_person(one: ContactRecord, other: ContactRecord) -> bool:
    """Return True if two people with one name are the same: no identifying value differs."""
    keys = [(_text(one.fields, name), _text(other.fields, name)) for name in ("ID", "Email")]
    keys.append((one.own, other.own))
    return all(not first or not second or first == second for first, second in keys)
