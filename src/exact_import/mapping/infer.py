"""What the columns of a file are, from their headers and a sample of their cells.

Words say what a column is (`words`); this module decides by the other columns where a word could
mean the company or the person, and by a sample of the cells where the header leaves it open
(`evidence`).
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, cast

from exact_import.data.header_words import ParsedHeader, exact_field, read_header, speaks_exact
from exact_import.data.lexicon import Target, squeezed
from exact_import.fields import KIND_OF, SECTIONS, Section, catalogue
from exact_import.mapping import address_columns
from exact_import.mapping.columns import (
    CHANNEL_FIELDS,
    PERSON_NAMES,
    FieldColumns,
    HeaderColumn,
    NeighbourColumns,
    channel_of,
    names_customers,
    names_suppliers,
    settle_channels,
    settle_names,
)
from exact_import.mapping.evidence import CellEvidence
from exact_import.mapping.samples import NO_SAMPLES, Samples
from exact_import.mapping.templates import Header
from exact_import.tables.rejects_file import REJECTS_COLUMNS
from exact_import.text import quote

# A text that occurs more often than this is not a header: more of it is not even looked at.
_REPEATS = 8
_PREFIXED = 4  # columns from which on a common beginning is not chance
# Columns of a rejects file that say why a row was rejected.
OURS = frozenset(REJECTS_COLUMNS)

# Exact Online's names that are everyday words as well: the other columns decide.
_EVERYDAY = frozenset({"Name", "Notes", "Code", "Fax", "Mobile", "Phone", "Email"})
_SETTLED = CHANNEL_FIELDS | {"Name", "FullName", "FirstName", "MiddleName", "LastName"}
_OPEN = {"Language": "language", "Notes": "notes", "Remarks": "notes"}
_WHOSE = ("company", "party", "account", "person")
_SHARED = frozenset({"Language", "StartDate", "EndDate", "LeadSource", "LeadPurpose"})
_ADDRESS = frozenset({*address_columns.LINES, *address_columns.PLACES})
_COMPOSITES = ("FullAddress", "PostcodeCity", "IsCustomer", "IsProspect", "FullName")
# Words that are looked up in Exact Online: there is no telling yet whether it has them.
_LOOKED_UP = frozenset({"AccountManager", "PaymentConditionSales"})
_OF_COMPANY = frozenset({"Code", "VATNumber", "ChamberOfCommerce", "Website", "Status"})
_SUPPLIER_WORDS = ("supplier", "leverancier", "fournisseur", "Lieferant")
_OF_PERSON = frozenset({"FirstName", "LastName", "JobTitleDescription", "Gender", "BirthDate"})


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """What one column was taken for; `section` and `field` are "" where it is not used."""

    header: str
    section: Section | Literal[""] = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Inference:
    """What a header means: template texts by section and field, and what to tell the user.

    `choices` has an entry for each column; `unrecognised` are the headers of columns that
    nothing uses; `notes` are sentences about choices that could have been made otherwise.
    """

    templates: Mapping[Section, Mapping[str, str]]
    unrecognised: tuple[str, ...]
    notes: tuple[str, ...]
    choices: tuple[ColumnChoice, ...]


def recognise(
    header: Sequence[str],
    used: Collection[int] = (),
    sections: Collection[Section] = SECTIONS,
    samples: Samples = NO_SAMPLES,
) -> Inference:
    """Return what the columns of `header` mean, which hold what `samples` shows.

    Columns whose positions (from 0) are in `used` are spoken for: they help to understand the
    other columns and are given to no field. Only fields of `sections` are filled.
    """
    fields = FieldColumns(frozenset(used), frozenset(sections), samples)
    return _Inferrer(header, fields, samples).result()


@dataclass(slots=True)
class _Inferrer:
    header: Sequence[str]
    fields: FieldColumns
    samples: Samples
    columns: list[HeaderColumn] = field(default_factory=list)
    unread: list[tuple[int, str]] = field(default_factory=list)

    def result(self) -> Inference:
        self._read()
        settle_names(self.columns, self.fields)
        around = self._around()
        settle_channels(self.columns, around, self.fields)
        self._others(around)
        placed = self._addresses()
        if not any(("contact", name) in self.fields.taken for name in PERSON_NAMES):
            self.fields.drop("contact")
        if ("bank account", "BankAccount") not in self.fields.taken:
            self.fields.drop("bank account")
        return self._recognition(placed)

    def _take(self, section: Section, name: str, column: HeaderColumn) -> None:
        self.fields.take(section, name, column, near=frozenset())

    def _read(self) -> None:
        """Read every header; those spelled as Exact Online spells them are settled at once."""
        spelled = _without_prefix(self.header)
        exact = [exact_field(header) for header in self.header]
        ours = speaks_exact(self.header)
        states: list[str] = []
        seen: Counter[str] = Counter()
        for index, (header, found) in enumerate(zip(self.header, exact, strict=True)):
            name = header.strip()
            seen[name] += 1
            if not name or name in OURS or seen[name] > _REPEATS:
                continue
            reading = self._understood(spelled[index])
            column = HeaderColumn(index, name, reading or ParsedHeader())
            one = found[0] if len(found) == 1 else None
            if name == "ID" and ours:
                self._take("account", "ID", column)
            elif one is not None and one.name in _ADDRESS and ("." in name or ours):
                self.columns.append(_plainly(column, {("account", one.name)}))
            elif one is not None and ("." in name or one.name not in _ADDRESS | _EVERYDAY):
                self._take(cast(Section, one.kind), one.name, column)
            elif reading is not None and reading.is_any("State"):
                states.append(quote(name))
            elif reading is not None:
                self.columns.append(column)
            elif found:
                self.columns.append(_plainly(column, {(f.kind, f.name) for f in found}))
            else:
                self.unread.append((index, name))
        if states:
            self.fields.notes.append(
                f"{', '.join(states)}: not used, because Exact Online refuses a state or province "
                "that is not one of its own codes; map State if that is what it holds."
            )
        self._reread()
        evidence = CellEvidence(self.columns, self.unread, self.samples)
        evidence.weigh()
        self.fields.notes.extend(evidence.notes)

    def _understood(self, header: str) -> ParsedHeader | None:
        """Read a header as far as the other headers allow."""
        alone = header.strip().casefold()
        if alone in ("first", "last") and self._has_header("first") and self._has_header("last"):
            return read_header(f"{alone} name")
        prefix, dash, rest = header.partition(" - ")
        if dash and all(other.startswith(prefix + dash) for other in self.header if other):
            # "Person - Organization" among "Person - Name", "Person - Phone" and so on.
            own = read_header(rest)
            if own is not None and own.part == "name" and "company" in own.qualifiers:
                return own
        return read_header(header)

    def _reread(self) -> None:
        """Read again what only makes sense beside another column."""
        lines = [c for c in self.columns if c.reading.is_any(address_columns.LINES[0])]
        streets = {c.index for c in lines} | {
            c.index for c in self.columns if c.reading.part == "street"
        }
        for at, column in enumerate(self.columns):
            reading = column.reading
            is_line = reading.is_any(address_columns.LINES[0])
            if is_line and len(lines) > 1 and _ends_in_company(column):
                # "Default Address Company" beside "Default Address Address1".
                reading = replace(reading, targets=frozenset(), part="name")
            elif reading.part == "number":
                # "Number" says something only right after "Street".
                after = column.index - 1 in streets
                reading = replace(reading, part="house number" if after else "")
            self.columns[at] = replace(column, reading=reading)

    def _is_empty(self, index: int) -> bool:
        return self.samples.known and not self.samples.cells(index)

    def _has_header(self, *spellings: str) -> bool:
        return any(squeezed(header[:40]) in spellings for header in self.header)

    def _around(self) -> NeighbourColumns:
        """Find out whose columns are where, once the names are settled."""
        people = [i for name in PERSON_NAMES for i in self.fields.meant.get(("contact", name), [])]
        company = self.fields.meant.get(("account", "Name"), [])
        settled = {c.index: "account" for c in self.columns if c.reading.is_any(*_OF_COMPANY)}
        settled |= {c.index: "contact" for c in self.columns if c.reading.is_any(*_OF_PERSON)}
        settled |= {
            i: section for (section, _), indexes in self.fields.meant.items() for i in indexes
        }

        reaching = {c.index for c in self.columns if channel_of(c.reading)}
        whole = self.fields.meant.get(("contact", "FullName"), [])

        def before_person(index: int) -> bool:
            return bool(company) and company[0] < index < min(people, default=-1)

        def among_company(index: int) -> bool:
            left = max((i for i in settled if i < index), default=-1)
            right = min((i for i in settled if i > index), default=-1)
            return before_person(index) and settled.get(left) == settled.get(right) == "account"

        def beside_person(index: int) -> bool:
            nearest = max((i for i in people if i < index), default=-1)
            between = range(nearest + 1, index)
            return nearest >= 0 and all(
                i in reaching or settled.get(i) == "contact" for i in between
            )

        return NeighbourColumns(
            company=bool(company),
            person=bool(people),
            party=any(c.index in company and c.has("party") for c in self.columns),
            one_contact=bool(whole and company and company[0] < whole[0]),
            among_company=among_company,
            before_person=before_person,
            beside_person=beside_person,
        )

    def _others(self, around: NeighbourColumns) -> None:
        """Settle the columns that are neither names, nor channels, nor addresses."""
        jobs = any(c.reading.is_any("JobTitleDescription") for c in self.columns)
        settled = {index for indexes in self.fields.meant.values() for index in indexes}
        for column in sorted(self.columns, key=_preference):
            reading = column.reading
            if reading.part == "title" and not jobs and not self._is_empty(column.index):
                self.fields.notes.append(
                    f"{quote(column.header)} may be a job title or a form of address and is not "
                    "used; map it to JobTitleDescription if it is the first."
                )
            if (
                not reading.targets
                or reading.is_any(*_SETTLED)
                or address_columns.is_address(reading)
            ):
                continue
            if reading.ordinal > 1 or column.has("delivery", "postal", "other"):
                continue
            if column.index not in settled:
                self._other(column, around)

    def _other(self, column: HeaderColumn, around: NeighbourColumns) -> None:
        kind, name = sorted(column.reading.targets)[0]
        of_company = column.has("company", "party", "account")
        if name == "BirthDate" and self._has_header("birthyear", "geboortejaar"):
            return  # then "Birth Day" is the day of the month
        if name == "Remarks" and (column.has("person") or (around.person and not of_company)):
            kind, name = "contact", "Notes"
        elif name in _SHARED and (column.has("person") or _of_person(around, column)):
            kind = "contact"
        elif kind == "account" and column.has("person") and name != "MainContact":
            return  # "Contact status" is not an account's
        self._take(cast(Section, kind), name, column)
        if column.reading.assumed or name in _LOOKED_UP:
            self.fields.notes.append(f"{quote(column.header)} is used as {name}.")
        elif name in _OPEN and around.company and around.person and not column.has(*_WHOSE):
            whose = f"{'person' if kind == 'contact' else 'company'}'s {_OPEN[name]}"
            self.fields.notes.append(f"{quote(column.header)} is used as the {whose}.")

    def _addresses(self) -> dict[Section, address_columns.Address]:
        """Settle the address columns, and the telephone numbers that go with an address."""
        free = [c for c in self.columns if c.index not in self.fields.used]
        parts = [
            (c.index, c.header, c.reading) for c in free if address_columns.is_address(c.reading)
        ]
        placed = address_columns.arrange(address_columns.gather(parts))
        visit = placed.get("account")
        if visit is not None and visit.role in address_columns.SECTION_OF and visit.first_line():
            street = visit.columns()[0][1]
            self.fields.notes.append(
                f"{quote(self.header[street].strip())} is used as the visiting address, because "
                "the file has no other."
            )
        for column in free:
            section = address_columns.SECTION_OF.get(
                address_columns.role_of(column.reading.qualifiers)
            )
            its_own = column.reading.is_any("Phone") and column.has("delivery", "postal")
            if section is not None and section in placed and its_own:
                self._take(section, "Phone", column)
        return {section: a for section, a in placed.items() if section in self.fields.sections}

    def _suppliers(self, spelled: Header) -> dict[str, str]:
        """Return the template by which the rows of a list of suppliers mean suppliers."""
        taken = self.fields.taken
        if ("account", "Status") in taken or ("account", "IsSupplier") in taken:
            return {}
        named = [*taken.get(("account", "Code"), ()), *taken.get(("account", "Name"), ())]
        supplier = next((column for column in named if names_suppliers(column.header)), None)
        others = [column for column in self.columns if not column.reading.is_any("CodeAtSupplier")]
        if supplier is None or any(names_customers(column.header) for column in others):
            return {}
        self.fields.notes.append(
            f"{quote(supplier.header)} says that the file lists suppliers: its accounts are marked "
            "as suppliers, and new accounts are not customers ([account] in the INI changes that)."
        )
        # Any word for it will do that is not the name of a column.
        return {"Status": next(word for word in _SUPPLIER_WORDS if not spelled.positions(word))}

    def _note_spares(self) -> None:
        """Say which columns are used only where another is empty, and then say something else."""
        for (_, name), taken in self.fields.taken.items():
            for spare in taken[1:]:
                if self.samples.differ(taken[0].index, spare.index):
                    self.fields.notes.append(
                        f"{quote(spare.header)} is used as {name} only where "
                        f"{quote(taken[0].header)} is empty."
                    )

    def _recognition(self, placed: Mapping[Section, address_columns.Address]) -> Inference:
        spelled = Header(self.header)
        suppliers = self._suppliers(spelled)
        templates: dict[Section, dict[str, str]] = {}
        choices = [ColumnChoice(header.strip()) for header in self.header]
        for section in SECTIONS:
            texts: dict[str, str] = {}
            if section in placed:
                texts = placed[section].templates(spelled.reference)
                for name, index in placed[section].columns():
                    choices[index] = ColumnChoice(choices[index].header, section, name)
            for (owner, name), taken in self.fields.taken.items():
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
            self.fields.notes.append(
                f"{quote(header)} is in the header more than once; column {used[header]} is used."
            )
        unrecognised = unused_headers(choices, self.fields.used)
        return Inference(
            templates, unrecognised, tuple(dict.fromkeys(self.fields.notes)), tuple(choices)
        )


def _without_prefix(header: Sequence[str]) -> Sequence[str]:
    """Return headers without what all begin with, such as a table's letter, if that says more."""
    named = [name.strip() for name in header if name.strip() and name.strip() not in OURS]
    folded = sorted(name.casefold() for name in named)
    pairs = zip(folded[0], folded[-1], strict=False) if folded else ()
    prefix = "".join(a for a, _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
    if not prefix or len(named) < _PREFIXED:
        return header
    bare = [name.strip()[len(prefix) :] if name.strip() in named else name for name in header]
    understood = sum(read_header(name) is not None for name in bare)
    return bare if understood > sum(read_header(name) is not None for name in header) else header


def unused_headers(choices: Sequence[ColumnChoice], used: Collection[int]) -> tuple[str, ...]:
    """Return the headers of columns that go to no field, save those at the positions `used`."""
    return tuple(
        choice.header
        for index, choice in enumerate(choices)
        if choice.header and not choice.section and index not in used
        if choice.header not in OURS
    )


def _preference(column: HeaderColumn) -> tuple[int, bool, int]:
    # "Kontonummer" beside "IBAN" is the number of long ago.
    return column.weight, "iban" not in squeezed(column.header), column.index


def _plainly(column: HeaderColumn, targets: set[Target]) -> HeaderColumn:
    return replace(column, reading=ParsedHeader(frozenset(targets)))


def _of_person(around: NeighbourColumns, column: HeaderColumn) -> bool:
    """Return True if a column such as "Taal" is the person's, in a file of companies and people."""
    both = around.company and around.person and not column.has("company", "party", "account")
    return both and not around.before_person(column.index)


def _ends_in_company(column: HeaderColumn) -> bool:
    reading = read_header(column.header.split()[-1])
    return column.has("company") and reading is not None and "company" in reading.qualifiers
