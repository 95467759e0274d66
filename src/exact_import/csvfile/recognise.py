"""What the columns of a file are, from their headers alone.

Words say what a column is (`words`); this module decides by the other columns where a word could
mean the company or the person. Nothing is guessed from what the cells hold, so that every file
with the same header means the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, cast

from exact_import.csvfile import addresses
from exact_import.csvfile.channels import CHANNELS, FIELDS, Around, Column, settle_channels
from exact_import.csvfile.sections import KIND_OF, SECTIONS, Section
from exact_import.csvfile.templates import Header
from exact_import.csvfile.words import Reading, exact_field, read_header, squeezed
from exact_import.fields import catalogue

# Columns of a rejects file that say why a row was refused.
OURS = frozenset({"_line", "_error"})

PERSON_NAMES = ("FirstName", "LastName", "FullName")
# Exact Online's names that are everyday words as well: the other columns decide.
_EVERYDAY = frozenset({"Name", "Notes", "Code", "Fax", "Mobile", "Phone", "Email"})
_SETTLED = FIELDS | {"Name", "FullName", "FirstName", "MiddleName", "LastName"}
_SHARED = frozenset({"Language", "StartDate", "EndDate"})
_ADDRESS = frozenset({*addresses.LINES, *addresses.PLACES})
_SUPPLIERS = re.compile(r"leverancier|supplier|vendor|fournisseur|lieferant|crediteur|kreditor")
_SAYS_NAME = re.compile(r"naa?m|nom|denomination|bezeichnung")
_OF_COMPANY = frozenset({"Code", "VATNumber", "ChamberOfCommerce", "Website", "Status"})
_OF_PERSON = frozenset({"FirstName", "LastName", "JobTitleDescription", "Gender", "BirthDate"})


@dataclass(frozen=True, slots=True)
class Choice:
    """What one column was taken for; `section` and `field` are "" where it is not used."""

    header: str
    section: Section | Literal[""] = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a header means: template texts by section and field, and what to tell the user.

    `choices` has an entry for each column; `unrecognised` are the headers of columns that
    nothing uses; `notes` are sentences about choices that could have been made otherwise.
    """

    templates: Mapping[Section, Mapping[str, str]]
    unrecognised: tuple[str, ...]
    notes: tuple[str, ...]
    choices: tuple[Choice, ...]


def recognise(
    header: Sequence[str], used: Collection[int] = (), sections: Collection[Section] = SECTIONS
) -> Recognition:
    """Return what the columns of `header` mean.

    Columns whose positions (from 0) are in `used` are spoken for: they help to understand the
    others and are given to no field. Only fields of `sections` are filled.
    """
    return _Recogniser(header, frozenset(used), frozenset(sections)).result()


@dataclass(slots=True)
class _Recogniser:
    header: Sequence[str]
    used: frozenset[int]
    sections: frozenset[Section]
    columns: list[Column] = field(default_factory=list)
    # Every column that means a field, spoken for or not; and those that fill it.
    meant: dict[tuple[Section, str], list[int]] = field(default_factory=dict)
    taken: dict[tuple[Section, str], list[Column]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def result(self) -> Recognition:
        self._read()
        self._names()
        around = self._around()
        settle_channels(self.columns, around, self._take, self.notes.append)
        self._others(around)
        spelled = Header(self.header)
        placed = self._addresses()
        if not any(("contact", name) in self.taken for name in PERSON_NAMES):
            self._drop("contact")
        if ("bank account", "BankAccount") not in self.taken:
            self._drop("bank account")
        return self._recognition(spelled, placed)

    def _take(self, section: Section, name: str, column: Column) -> None:
        """Give a column to a field, unless the field has one; a near synonym may fill gaps."""
        self.meant.setdefault((section, name), []).append(column.index)
        if section not in self.sections or column.index in self.used:
            return
        filled = self.taken.setdefault((section, name), [])
        if not filled or _same_thing(filled[0], column, name):
            filled.append(column)

    def _drop(self, section: Section) -> None:
        for key in [key for key in self.taken if key[0] == section]:
            del self.taken[key]

    def _read(self) -> None:
        """Read every header; those spelled as Exact Online spells them are settled at once."""
        exact = [exact_field(header) for header in self.header]
        camel = {found[0].name for found in exact if len(found) == 1}
        for index, header in enumerate(self.header):
            if not header.strip() or header in OURS:
                continue
            reading = read_header(header)
            found = exact[index]
            if header.strip() == "ID" and camel - _EVERYDAY - {"FirstName", "LastName"}:
                self._take("account", "ID", Column(index, header, Reading()))
            elif len(found) == 1 and found[0].name in _ADDRESS:
                reading = Reading(frozenset({("account", found[0].name)}))
                self.columns.append(Column(index, header.strip(), reading))
            elif len(found) == 1 and ("." in header or found[0].name not in _EVERYDAY):
                section = cast(Section, found[0].kind)
                self._take(section, found[0].name, Column(index, header, reading or Reading()))
            elif reading is not None:
                self.columns.append(Column(index, header.strip(), reading))

        self._reread()

    def _reread(self) -> None:
        """Read again what only makes sense beside another column."""
        lines = [c for c in self.columns if c.reading.is_any(addresses.LINES[0])]
        streets = {c.index for c in lines} | {
            c.index for c in self.columns if c.reading.part == "street"
        }
        for at, column in enumerate(self.columns):
            reading = column.reading
            if column in lines and len(lines) > 1 and _ends_in_company(column):
                # "Default Address Company" beside "Default Address Address1".
                reading = replace(reading, targets=frozenset(), part="name")
            elif reading.part == "number":
                # "Number" says something only right after "Street".
                after = column.index - 1 in streets
                reading = replace(reading, part="house number" if after else "")
            self.columns[at] = replace(column, reading=reading)

    def _named(self, *names: str) -> bool:
        return any(("contact", name) in self.meant for name in names)

    def _names(self) -> None:
        """Settle who is called what: companies, people, and the headers that say only "Name"."""
        named = [c for c in self.columns if not c.has("delivery", "postal", "other")]
        named.sort(key=lambda column: (column.weight, column.index))
        for name in ("FirstName", "MiddleName", "LastName"):
            for column in named:
                if column.reading.is_any(name) and column.reading.ordinal < 2:
                    self._take("contact", name, column)
        named = [c for c in named if c.reading.part == "name" and c.reading.ordinal < 2]
        people = [c for c in named if c.has("person")]
        companies = [c for c in named if c.has("company") and c not in people]
        parties = [c for c in named if c.has("party", "account") and c not in people + companies]
        bare = [c for c in named if c not in people + companies + parties]
        said = [c for c in parties if _SAYS_NAME.search(squeezed(c.header))]
        if not companies and ("account", "Name") not in self.meant:
            companies, said, bare = self._company_of(said, parties, bare)
        for column in companies:
            self._take("account", "Name", column)
        for column in parties:
            if column not in companies and _SUPPLIERS.search(squeezed(column.header)):
                self._take("account", "IsSupplier", column)
        first, last = self._named("FirstName"), self._named("LastName")
        if first == last:
            for column in [] if first else people + bare + said:
                self._take("contact", "FullName", column)
        elif bare:
            self._take("contact", "LastName" if first else "FirstName", bare[0])

    def _company_of(
        self, said: list[Column], parties: list[Column], bare: list[Column]
    ) -> tuple[list[Column], list[Column], list[Column]]:
        """Choose the company's name where no header says "company".

        Returns its columns, and what is left of `said` and `bare`. "Voornaam; Naam" is a person;
        "Naam; Voornaam; Achternaam" and a lone "Naam" are a company.
        """
        if said:
            return said[:1], said[1:], bare
        if bare and not self._is_part_of_person(bare[0]):
            return bare[:1], [], bare[1:]
        return parties[:1], [], bare

    def _is_part_of_person(self, column: Column) -> bool:
        parts = [c for c in self.columns if c.reading.is_any("FirstName", "LastName")]
        exact = any(h.strip() in ("FirstName", "LastName") for h in self.header)
        if self._named("FirstName") == self._named("LastName"):
            return False
        return not (exact and column.header == "Name") and not any(c.has("person") for c in parts)

    def _around(self) -> Around:
        """Tell whose columns stand where, once the names are settled."""
        people = [i for name in PERSON_NAMES for i in self.meant.get(("contact", name), [])]
        company = self.meant.get(("account", "Name"), [])
        settled = {c.index: "account" for c in self.columns if c.reading.is_any(*_OF_COMPANY)}
        settled |= {c.index: "contact" for c in self.columns if c.reading.is_any(*_OF_PERSON)}
        settled |= {i: section for (section, _), indexes in self.meant.items() for i in indexes}

        def before_person(index: int) -> bool:
            return bool(company) and company[0] < index < min(people, default=-1)

        def among_company(index: int) -> bool:
            left = max((i for i in settled if i < index), default=-1)
            right = min((i for i in settled if i > index), default=-1)
            return before_person(index) and settled.get(left) == settled.get(right) == "account"

        return Around(bool(company), bool(people), among_company, before_person)

    def _others(self, around: Around) -> None:
        """Settle the columns that are neither names, nor channels, nor addresses."""
        people = self._named(*PERSON_NAMES)
        for column in sorted(self.columns, key=lambda column: (column.weight, column.index)):
            reading = column.reading
            names = {name for _, name in reading.targets}
            if reading.part == "title" and not self._named("JobTitleDescription"):
                self.notes.append(
                    f"'{column.header}' may be a job title or a form of address and is not used; "
                    "map it to JobTitleDescription if it is the first."
                )
            if not names or names & _SETTLED or addresses.is_address(reading):
                continue
            if reading.ordinal > 1 or column.has("delivery", "postal", "other"):
                continue
            kind, name = sorted(reading.targets)[0]
            of_company = column.has("company", "party", "account")
            if name == "Remarks" and (column.has("person") or (people and not of_company)):
                kind, name = "contact", "Notes"
            elif name in _SHARED and (column.has("person") or _of_person(around, column)):
                kind = "contact"
            self._take(cast(Section, kind), name, column)

    def _addresses(self) -> dict[Section, addresses.Address]:
        """Settle the address columns, and the telephone numbers that go with an address."""
        free = [c for c in self.columns if c.index not in self.used]
        parts = [(c.index, c.header, c.reading) for c in free if addresses.is_address(c.reading)]
        placed = addresses.arrange(addresses.gather(parts))
        for column in free:
            section = addresses.SECTION_OF.get(addresses.role_of(column.reading.qualifiers))
            its_own = column.reading.is_any("Phone") and column.has("delivery", "postal")
            if section is not None and section in placed and its_own:
                self._take(section, "Phone", column)
        return {section: a for section, a in placed.items() if section in self.sections}

    def _recognition(
        self, spelled: Header, placed: Mapping[Section, addresses.Address]
    ) -> Recognition:
        templates: dict[Section, dict[str, str]] = {}
        choices = [Choice(header.strip()) for header in self.header]
        for section in SECTIONS:
            texts: dict[str, str] = {}
            if section in placed:
                texts = placed[section].templates(spelled.reference)
                for name, index in placed[section].columns():
                    choices[index] = Choice(choices[index].header, section, name)
            for (owner, name), columns in self.taken.items():
                if owner == section and columns:
                    texts[name] = spelled.alternatives([c.index for c in columns])
                    for column in columns:
                        choices[column.index] = Choice(column.header.strip(), section, name)
            if texts:
                order = [*catalogue(KIND_OF[section])]
                templates[section] = {n: texts[n] for n in sorted(texts, key=order.index)}
        unrecognised = tuple(
            choice.header
            for index, choice in enumerate(choices)
            if choice.header and not choice.section and index not in self.used
            if choice.header not in OURS
        )
        return Recognition(
            templates, unrecognised, tuple(dict.fromkeys(self.notes)), tuple(choices)
        )


def _of_person(around: Around, column: Column) -> bool:
    """Tell whether a column such as "Taal" is the person's, in a file of companies and people."""
    both = around.company and around.person and not column.has("company", "party", "account")
    return both and not around.before_person(column.index)


def _ends_in_company(column: Column) -> bool:
    reading = read_header(column.header.split()[-1])
    return column.has("company") and reading is not None and "company" in reading.qualifiers


def _same_thing(one: Column, other: Column, name: str) -> bool:
    """Tell whether a second column may fill the gaps of the first: "Phone", "Primary phone"."""
    if name not in CHANNELS and name not in (*PERSON_NAMES, "Name"):
        return False
    near = {"main", "billing"} if name not in CHANNELS else {"main"}
    apart = one.reading.qualifiers ^ other.reading.qualifiers
    return bool(apart) and apart <= near
