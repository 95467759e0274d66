"""Infers the columns of a file from their headers and a sample of their cells.

Each header is parsed (`header_words`), its cells are judged by themselves (`lone_columns`) and
together with the other columns (`cell_evidence`), and each possible use of a column gets a score
(`name_scores`, `field_scores`); the uses with the best total win (`assignment`). `address_columns`
combines the columns of addresses.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, cast

from exact_import.data.header_words import ParsedHeader, exact_field, read_header, uses_exact_names
from exact_import.data.lexicon import Target
from exact_import.fields import KIND_OF, SECTIONS, Section, catalogue
from exact_import.mapping import address_columns
from exact_import.mapping.assignment import ColumnUse, best_assignment, with_spares
from exact_import.mapping.cell_evidence import judge_columns
from exact_import.mapping.columns import (
    PERSON_NAMES,
    HeaderColumn,
    HeaderColumns,
    Slot,
    names_role,
    says,
)
from exact_import.mapping.field_scores import field_uses, neighbours
from exact_import.mapping.name_scores import best_names
from exact_import.mapping.samples import NO_SAMPLES, Samples
from exact_import.mapping.templates import Header
from exact_import.tables.rejects_form import REJECTS_COLUMNS
from exact_import.text import quote

# A text that occurs more often than this is not a header, and is ignored from then on.
_REPEATS = 8
_PREFIXED = 4  # columns from which on a common beginning is not chance
_COMPARED = 500  # columns that show whether headers say more without it
# Columns of a rejects file that say why a row was rejected.
OURS = frozenset(REJECTS_COLUMNS)

# Names of Exact Online that are also everyday words: the other columns decide.
_EVERYDAY = frozenset({"Name", "Notes", "Code", "Fax", "Mobile", "Phone", "Email"})
_ADDRESS = frozenset({*address_columns.LINES, *address_columns.PLACES})
_COMPOSITES = ("FullAddress", "PostcodeCity", "IsCustomer", "IsProspect", "FullName")
# What German programs write before the columns of an invoice and of a delivery address.
_ADDRESSES = {"RA": "Rechnung", "LA": "Lieferung"}
_LAST_WORD = re.compile(r"(?:[:/–-]\s*|address[\s_]+)(\w+)$", re.IGNORECASE)
_ENDS_IN_NUMBER = re.compile(r"(?:number|numm?er|num[ée]ro|n[ro°])\.?$", re.IGNORECASE)
_SUPPLIER_WORDS = ("supplier", "leverancier", "fournisseur", "Lieferant")


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """The use of one column; `section` and `field` are "" if it is not used."""

    header: str
    section: Section | Literal[""] = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Inference:
    """The meaning of a header: template texts by section and field, and notes for the user.

    `choices` has an entry for each column; `unrecognised` are the headers of columns that nothing
    uses; `notes` are sentences about ambiguous choices. `uses` are all possible uses of a column by
    its position, the best first; for an address only the actual one. `unfit` are the positions of
    columns whose cells are not what their headers mean.
    """

    templates: Mapping[Section, Mapping[str, str]]
    unrecognised: tuple[str, ...]
    notes: tuple[str, ...]
    choices: tuple[ColumnChoice, ...]
    uses: Mapping[int, Sequence[ColumnUse]]
    unfit: frozenset[int] = frozenset()


def recognise(
    header: Sequence[str],
    used: Collection[int] = (),
    sections: Collection[Section] = SECTIONS,
    samples: Samples = NO_SAMPLES,
    spelled: Header | None = None,
) -> Inference:
    """Return the meaning of the columns of `header`, given `samples` of their cells.

    Columns with positions (from 0) in `used` are taken: they help to recognise other columns and go
    to no field. Only fields of `sections` are filled. Templates name columns as in `spelled`, if
    given.
    """
    known = Header(header) if spelled is None else spelled
    return _Inferrer(header, frozenset(used), frozenset(sections), samples, known).result()


@dataclass(slots=True)
class _Inferrer:
    header: Sequence[str]
    used: frozenset[int]
    sections: frozenset[Section]
    samples: Samples
    spelled: Header
    columns: list[HeaderColumn] = field(default_factory=list)
    exact: list[HeaderColumn] = field(default_factory=list)
    unread: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    taken: dict[Slot, list[HeaderColumn]] = field(default_factory=dict)
    uses: dict[int, list[ColumnUse]] = field(default_factory=dict)
    unfit: frozenset[int] = frozenset()

    def result(self) -> Inference:
        self._read()
        table = HeaderColumns(self.header, [*self.columns, *self.exact], self.samples)
        names, uses = best_names(table)
        uses.extend(field_uses(table, neighbours(table, names, uses)))
        filled = with_spares(best_assignment(uses), uses, table)
        for one in sorted(uses, key=lambda one: -one.weight):
            self.uses.setdefault(one.column, []).append(one)
        columns = {column.index: column for column in table.columns}
        for slot, chosen in filled.items():
            for one in chosen:
                if self._take(slot, columns[one.column]) and one.note:
                    self.notes.append(one.note)
        placed = self._addresses()
        self._note_titles()
        keys = {"contact": PERSON_NAMES, "bank account": ("BankAccount",)}
        for section, needed in keys.items():
            if not any((section, name) in self.taken for name in needed):
                self.taken = {slot: c for slot, c in self.taken.items() if slot[0] != section}
        return self._recognition(placed)

    def _take(self, slot: Slot, column: HeaderColumn) -> bool:
        free = slot[0] in self.sections and column.index not in self.used
        if free:
            self.taken.setdefault(slot, []).append(column)
        return free

    def _read(self) -> None:
        """Parse every header; those in Exact Online's spelling are plain."""
        spelled = _without_prefix(self.header)
        ours = uses_exact_names(self.header)
        owner, dash, _ = next(filter(None, self.header), "").partition(" - ")
        owner += dash
        if not dash or not all(header.startswith(owner) for header in self.header if header):
            owner = ""
        states: list[str] = []
        seen: Counter[str] = Counter()
        for index, header in enumerate(self.header):
            name = header.strip()
            seen[name] += 1
            if not name or name in OURS or seen[name] > _REPEATS:
                continue
            found = exact_field(header)
            reading = self._understood(spelled[index], owner)
            column = HeaderColumn(index, name, reading or ParsedHeader())
            one = found[0] if len(found) == 1 else None
            if name == "ID" and ours:
                self.exact.append(replace(column, exact=("account", "ID")))
            elif one is not None and one.name in _ADDRESS and ("." in name or ours):
                self.columns.append(_plainly(column, {("account", one.name)}))
            elif one is not None and ("." in name or one.name not in _ADDRESS | _EVERYDAY):
                exact = _plainly(column, {(one.kind, one.name)})
                self.exact.append(replace(exact, exact=(cast(Section, one.kind), one.name)))
            elif reading is not None and reading.is_any("State"):
                states.append(quote(name))
            elif reading is not None:
                self.columns.append(column)
            elif found:
                self.columns.append(_plainly(column, {(f.kind, f.name) for f in found}))
            else:
                self.unread.append((index, name))
        if states:
            self.notes.append(
                f"{', '.join(states)}: not used, because Exact Online refuses a state or province "
                "that is not one of its own codes; map State if that is what it holds."
            )
        self._reread()
        judged = judge_columns(self.columns, self.unread, self.samples, self.notes)
        self.columns, self.unfit = judged

    def _understood(self, header: str, owner: str) -> ParsedHeader | None:
        """Read a header as far as the other headers allow, which begin with `owner` if any."""
        alone = header.strip().casefold()
        if alone in ("first", "last") and says(self.header, "first") and says(self.header, "last"):
            return read_header(f"{alone} name")
        first, _, rest = header.strip().replace("_", " ").partition(" ")
        if rest and first in _ADDRESSES and self._abbreviates_addresses():
            return read_header(f"{_ADDRESSES[first]} {rest}")
        if owner and header.startswith(owner):
            # "Person - Organization" among "Person - Name", "Person - Phone" and so on.
            own = read_header(header[len(owner) :])
            if own is not None and own.part == "name" and "company" in own.qualifiers:
                return own
        return read_header(header)

    def _abbreviates_addresses(self) -> bool:
        """Return True if headers begin with "RA" and others with "LA"."""
        begun = {header.strip()[:3].replace("_", " ") for header in self.header}
        return all(f"{short} " in begun for short in _ADDRESSES)

    def _reread(self) -> None:
        """Parse again the headers that make sense only beside another column."""
        lines = [c for c in self.columns if c.reading.is_any(address_columns.LINES[0])]
        streets = {c.index for c in lines} | {
            c.index for c in self.columns if c.reading.part == "street"
        }
        numbered = {c.reading.qualifiers for c in self.columns if c.reading.part == "house number"}
        for at, column in enumerate(self.columns):
            reading = column.reading
            is_line = reading.is_any(address_columns.LINES[0])
            if is_line and len(streets) > 1 and _ends_in_company(column):
                # "Default Address Company" beside "Default Address Address1".
                reading = replace(reading, targets=frozenset(), part="name")
            elif reading.part == "number":
                # "Number" has a meaning only beside "Street".
                beside = column.index - 1 in streets and (
                    not reading.qualifiers or self._numbers_streets(column.index, -1)
                )
                beside = beside or (
                    column.index + 1 in streets and self._numbers_streets(column.index, 1)
                )
                beside = beside and reading.qualifiers not in numbered
                reading = replace(reading, part="house number" if beside else "")
            elif reading.is_any("Code", "Postcode") and (street := self._street_before(column)):
                reading = replace(street, part="house number")
            if reading is not column.reading:
                self.columns[at] = replace(column, reading=reading)
        # Only its cells show what another "Number" is: "office_number".
        numbers = [
            c for c in self.columns if c.reading.word and not (c.reading.part or c.reading.targets)
        ]
        self.unread += ((column.index, column.header) for column in numbers)
        self.columns = [column for column in self.columns if column not in numbers]

    def _numbers_streets(self, index: int, side: Literal[-1, 1]) -> bool:
        """Return True for numbers beside streets that have none: "N°; Rue", not a row's "Nr"."""
        streets = self.samples.cells(index + side)
        numbers = any(any(map(str.isdigit, cell)) for cell in self.samples.cells(index))
        return bool(streets) and numbers and not any(any(map(str.isdigit, s)) for s in streets)

    def _street_before(self, column: HeaderColumn) -> ParsedHeader | None:
        """Return the street before a column with its house numbers but another header.

        Such as "ReceiverNumber" after "ReceiverStreet" and "Post nr" after "Post straat", where
        these streets have no numbers.
        """
        street = next((c.reading for c in self.columns if c.index == column.index - 1), None)
        if street is None or street.part != "street" or not street.qualifiers:
            return None
        code = column.reading.is_any("Code") and street.qualifiers == column.reading.qualifiers
        post = column.reading.is_any("Postcode") and "postal" in street.qualifiers
        number = (code or post) and _ENDS_IN_NUMBER.search(column.header) is not None
        postcodes = self.samples.mostly(column.index, "postcode")
        return (
            street if number and not postcodes and self._numbers_streets(column.index, -1) else None
        )

    def _note_titles(self) -> None:
        jobs = any(c.reading.is_any("JobTitleDescription") for c in self.columns)
        for column in self.columns if not jobs else ():
            empty = self.samples.known and not self.samples.cells(column.index)
            if column.reading.part == "title" and not empty:
                self.notes.append(
                    f"{quote(column.header)} may be a job title or a form of address and is not "
                    "used; map it to JobTitleDescription if it is the first."
                )

    def _addresses(self) -> dict[Section, address_columns.Address]:
        """Settle the address columns, and the telephone numbers that go with an address."""
        free = [c for c in self.columns if c.index not in self.used]
        placed = address_columns.arrange(address_columns.gather(free))
        visit = placed.get("account")
        if visit is not None and visit.role in address_columns.SECTION_OF and visit.first_line():
            street = visit.columns()[0][1]
            self.notes.append(
                f"{quote(self.header[street].strip())} is used as the visiting address, because "
                "the file has no other."
            )
        for column in free:
            section = address_columns.SECTION_OF.get(
                address_columns.role_of(column.reading.qualifiers)
            )
            its_own = column.reading.is_any("Phone") and column.has("delivery", "postal")
            if section is not None and section in placed and its_own:
                self._take((section, "Phone"), column)
        placed = {section: a for section, a in placed.items() if section in self.sections}
        for section, address in placed.items():
            for name, index in address.columns():
                one = ColumnUse(index, section, name, 1, address.reason(section))
                self.uses.setdefault(index, []).append(one)
        return placed

    def _suppliers(self) -> dict[str, str]:
        """Return the template that makes the rows of a list of suppliers suppliers."""
        taken = self.taken
        if ("account", "Status") in taken or ("account", "IsSupplier") in taken:
            return {}
        named = [*taken.get(("account", "Code"), ()), *taken.get(("account", "Name"), ())[:1]]
        supplier = next((c for c in named if names_role(c.header, "IsSupplier")), None)
        others = [c for c in self.columns if not c.reading.is_any("CodeAtSupplier")]
        if supplier is None or any(names_role(c.header, "IsCustomer") for c in others):
            return {}
        self.notes.append(
            f"{quote(supplier.header)} says that the file lists suppliers: its accounts are marked "
            "as suppliers, and new accounts are not customers ([account] in the INI changes that)."
        )
        # Any word for it that is not the name of a column.
        free = (word for word in _SUPPLIER_WORDS if not self.spelled.positions(word))
        return {"Status": next(free)}

    def _note_spares(self) -> None:
        """Note the columns that are used only if another column is empty, with other content."""
        for (_, name), taken in self.taken.items():
            for spare in taken[1:]:
                if self.samples.differ(taken[0].index, spare.index):
                    self.notes.append(
                        f"{quote(spare.header)} is used as {name} only where "
                        f"{quote(taken[0].header)} is empty."
                    )

    def _recognition(self, placed: Mapping[Section, address_columns.Address]) -> Inference:
        spelled, suppliers = self.spelled, self._suppliers()
        templates: dict[Section, dict[str, str]] = {}
        choices = [ColumnChoice(header.strip()) for header in self.header]
        for section in SECTIONS:
            texts: dict[str, str] = {}
            if section in placed:
                texts = placed[section].templates(spelled.reference)
                for name, index in placed[section].columns():
                    choices[index] = ColumnChoice(choices[index].header, section, name)
            for (owner, name), taken in self.taken.items():
                if owner == section and taken:
                    texts[name] = spelled.alternatives([c.index for c in taken])
                    for column in taken:
                        choices[column.index] = ColumnChoice(column.header.strip(), section, name)
            if section == "account" and texts:
                texts |= suppliers
            if texts:
                order = [*catalogue(KIND_OF[section]), *_COMPOSITES]
                templates[section] = {n: texts[n] for n in sorted(texts, key=order.index)}
        self._note_spares()
        used = {one.header: place for place, one in enumerate(choices, 1) if one.section}
        for header in dict.fromkeys(
            c.header for c in choices if not c.section and c.header in used
        ):
            self.notes.append(
                f"{quote(header)} is in the header more than once; column {used[header]} is used."
            )
        unrecognised = tuple(choices[i].header for i in unused_columns(choices, self.used))
        notes = tuple(dict.fromkeys(self.notes))
        return Inference(templates, unrecognised, notes, tuple(choices), self.uses, self.unfit)


def _without_prefix(header: Sequence[str]) -> Sequence[str]:
    """Return headers without a common prefix, such as a table's letter, if that says more."""
    named = [name.strip() for name in header if name.strip() and name.strip() not in OURS]
    folded = sorted(name.casefold() for name in named)
    pairs = zip(folded[0], folded[-1], strict=False) if folded else ()
    prefix = "".join(a for a, _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
    if not prefix or len(named) < _PREFIXED:
        return header
    known = set(named)
    bare = [name.strip()[len(prefix) :] if name.strip() in known else name for name in header]
    understood = sum(read_header(name) is not None for name in bare[:_COMPARED])
    before = sum(read_header(name) is not None for name in header[:_COMPARED])
    return bare if understood > before else header


def unused_columns(choices: Sequence[ColumnChoice], used: Collection[int]) -> list[int]:
    """Return the columns with a header that go to no field, save those at the positions `used`."""
    return [
        index
        for index, choice in enumerate(choices)
        if choice.header and not choice.section and index not in used
        if choice.header not in OURS
    ]


def _plainly(column: HeaderColumn, targets: set[Target]) -> HeaderColumn:
    return replace(column, reading=ParsedHeader(frozenset(targets)))


def _ends_in_company(column: HeaderColumn) -> bool:
    """Return True for "Address Company" and "Adresse: Firma", and not for "Adres zaak"."""
    last = _LAST_WORD.search(column.header)
    reading = read_header(last[1]) if last is not None else None
    return column.has("company") and reading is not None and "company" in reading.qualifiers
