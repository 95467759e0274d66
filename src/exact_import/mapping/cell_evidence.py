"""What the cells say about columns, against and beside what their headers say.

A header is overruled only by cells that plainly are something else: a "Klant" of yes and no is not
a name, a "Plaats" of "9000 Gent" has the postcode too. A column whose header says nothing known is
used only where its cells cannot be anything else, such as VAT numbers with the right check digits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from exact_import.data.header_words import ParsedHeader
from exact_import.data.lexicon import Target, segment, words_of
from exact_import.mapping import address_columns
from exact_import.mapping.columns import (
    HeaderColumn,
    channel_of,
    names_customers,
    names_prospects,
    names_suppliers,
)
from exact_import.mapping.samples import HALF, MOST, SOME, Content, Samples
from exact_import.text import quote

# Whose a column is that is nobody's in the file: the seller's, the user's, our own.
_FOREIGN = re.compile(
    r"owner|eigenaar|manager|beheerder|verkoper|sales|vendeur|vertreter|vertegenwoordiger|created"
    r"|repr[ée]sentant|^commercial$|d[ée]l[ée]gu[ée]|betreuer|sachbearbeiter|adviseur"
    r"|modified|updated|aangemaakt|gewijzigd|login|user|gebruiker|referr|\bour\b|\bonze?\b|\bons\b"
    r"|\beigen\b|\bnotre\b|\bunser|assigned|responsible|verantwoordelijke|intern",
    re.IGNORECASE,
)
_OWNERS = frozenset({"company", "party", "account", "person"})
_ADDRESS_ROLES = frozenset({"billing", "delivery", "postal", "home", "business", "visit", "other"})
_PLACES_FOR_WORK = frozenset({"business", "home", "general"})
# "N° compte" is a customer's in a list of bookkeepers whose cells hold other numbers.
_SOURCE_ACCOUNTS = frozenset(
    {"numbercompte", "nocompte", "numerodecompte", "numberdecompte", "kontonr", "kontonummer"}
)
# Not "Bestelnummer" or "Polisnr", however many digits their cells have.
_PHONE_WORDS = re.compile(
    r"(?<![iso])t[eé]l|phone|gsm|\bmob|fon(?:nr|nummer)?\b|^(?:numm?er|number|nr|n[°o])\W*$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class CellEvidence:
    """The columns of a header as the cells have them, `columns`, and notes on that.

    `unread` are the columns, by position, whose header says nothing known, and `unfit` those whose
    cells are not what their headers mean.
    """

    columns: list[HeaderColumn]
    unread: Sequence[tuple[int, str]]
    samples: Samples
    notes: list[str] = field(default_factory=list)
    unfit: set[int] = field(default_factory=set)

    def weigh(self) -> None:
        """Overrule and complete what the headers say."""
        # Only its cells show if "Relatietype" says what a relation is.
        self.columns[:] = [c for c in self.columns if not self._open_status(c)]
        if not self.samples.known:
            return
        for at, column in enumerate(self.columns):
            reading = self._overruled(column)
            if reading is not None:
                self.columns[at] = replace(column, reading=reading)
            else:
                self.unfit.add(column.index)
        self.columns[:] = [
            c
            for c in self.columns
            if c.index not in self.unfit and not self._outdone(c) and not self._empty_line(c)
        ]
        for index, header in self.unread:
            found = self._recognised(index, header)
            if found is not None:
                self.columns.append(HeaderColumn(index, header.strip(), found))

    def _outdone(self, column: HeaderColumn) -> bool:
        """Return True for an empty column where another means the same and has values."""
        return not self.samples.cells(column.index) and any(
            other.reading.targets == column.reading.targets
            and other.reading.part == column.reading.part
            and other.reading.qualifiers == column.reading.qualifiers
            and other.reading.ordinal == column.reading.ordinal
            and self.samples.cells(other.index)
            for other in self.columns
        )

    def _empty_line(self, column: HeaderColumn) -> bool:
        """Return True for an empty line of an address whose street is in another column."""
        role = address_columns.role_of(column.reading.qualifiers)
        return (
            column.reading.is_any(*address_columns.LINES)
            and not self.samples.cells(column.index)
            and any(
                other.reading.part == "street"
                and address_columns.role_of(other.reading.qualifiers) == role
                and self.samples.cells(other.index)
                for other in self.columns
            )
        )

    def _open_status(self, column: HeaderColumn) -> bool:
        loose = column.reading.assumed and column.reading.is_any("Status")
        return loose and self.samples.share(column.index, "role") < HALF

    def _overruled(self, column: HeaderColumn) -> ParsedHeader | None:
        """Return what a column is, None for nothing that its header can mean."""
        reading, index, samples = column.reading, column.index, self.samples
        if reading.part == "name":
            return self._name(column)
        if reading.part in ("title", "salutation"):
            return self._title(column)
        if reading.is_any("Website") and samples.share(index, "profile") >= HALF:
            self._note(column, "holds personal pages and is not used as a website")
            return None
        if reading.is_any("BankAccount") and samples.cells(index) and not self._long_numbers(index):
            if reading.word in _SOURCE_ACCOUNTS and not self._has("Code"):
                return _of(("account", "Code"))
            self._holds_nothing(column)
            return None
        if (channel_of(reading) or reading.is_any("VATNumber", "Website", "BankAccount")) and (
            samples.mostly(index, "yes or no")
            or (reading.is_any("VATNumber") and self._short_numbers(index))
            or (reading.is_any("Website") and self._plain_words(index))
        ):
            self._holds_nothing(column)
            return None
        if address_columns.is_address(reading):
            return self._address(column)
        return reading

    def _holds_nothing(self, column: HeaderColumn) -> None:
        self._note(column, "holds no such values and is not used")

    def _name(self, column: HeaderColumn) -> ParsedHeader | None:
        reading, index, samples = column.reading, column.index, self.samples
        if samples.mostly(index, "yes or no"):
            return self._role(column)
        if samples.mostly(index, "sort"):
            return ParsedHeader(part="sort")
        if samples.mostly(index, "role") and self._several_names(column):
            return _of(("account", "Status"))
        if samples.mostly(index, "email"):
            both: set[Target] = {("account", "Email"), ("contact", "Email")}
            return ParsedHeader(frozenset(both), qualifiers=reading.qualifiers)
        if samples.mostly(index, "number"):
            coded = any(c.reading.is_any("Code") for c in self.columns)
            party = column.has("party", "account") and not coded
            return _of(("account", "Code")) if party and self._several_names(column) else None
        companies = samples.share(index, "company") >= SOME
        if companies and self._names_people_too():
            return reading
        if companies and not column.has(*_OWNERS):
            return replace(reading, qualifiers=reading.qualifiers | {"company"})
        if companies and column.has("person") and not self._several_names(column):
            return replace(reading, qualifiers=frozenset({"company"}))
        return reading

    def _several_names(self, column: HeaderColumn) -> bool:
        """Return True where another column can be what the company is called."""
        return any(
            c.reading.part == "name" and c.index != column.index and not c.has("person")
            for c in self.columns
        )

    def _names_people_too(self) -> bool:
        """Return True where rows of companies and of their people are told apart by a column."""
        sorts = any(c.reading.part == "sort" for c in self.columns)
        return sorts and any(c.reading.part == "name" and c.has("company") for c in self.columns)

    def _role(self, column: HeaderColumn) -> ParsedHeader | None:
        header = column.header
        if names_suppliers(header):
            return _of(("account", "IsSupplier"))
        if names_prospects(header):
            return _of(("account", "IsProspect"))
        return _of(("account", "IsCustomer")) if names_customers(header) else None

    def _title(self, column: HeaderColumn) -> ParsedHeader | None:
        index, samples = column.index, self.samples
        if samples.share(index, "company") >= SOME:
            return ParsedHeader(part="name", qualifiers=frozenset({"company"}))
        genders = any(c.reading.is_any("Gender") for c in self.columns)
        if column.reading.part == "title" and self._names_jobs(index):
            self._note(column, "is used as the job title, because of what its cells hold")
            return _of(("contact", "JobTitleDescription"))
        enough = HALF if column.reading.part == "salutation" else MOST
        if samples.share(index, "salutation") >= enough and not genders:
            self._note(column, "holds forms of address and is used as the gender")
            return _of(("contact", "Gender"))
        return column.reading

    def _names_jobs(self, index: int) -> bool:
        """Return True for a "Title" of jobs: no polite or academic forms, and no other such."""
        forms = max(self.samples.share(index, "salutation"), self.samples.share(index, "degree"))
        words = self.samples.varies(index) and not self.samples.share(index, "number")
        return words and not forms and not self._has("JobTitleDescription")

    def _address(self, column: HeaderColumn) -> ParsedHeader:
        reading, index, samples = column.reading, column.index, self.samples
        role = address_columns.role_of(reading.qualifiers)
        placed = [
            c
            for c in self.columns
            if c.index != index and address_columns.role_of(c.reading.qualifiers) == role
        ]
        both = samples.share(index, "place")
        if reading.is_any("PostcodeCity") and both < SOME:
            name = "Postcode" if samples.mostly(index, "postcode") else "City"
            return replace(reading, targets=frozenset({("account", name)}))
        if reading.is_any("FullAddress") and both >= HALF:
            return _at("PostcodeCity", reading)
        if reading.is_any("City", "Postcode") and both >= HALF:
            other = "Postcode" if reading.is_any("City") else "City"
            if not any(c.reading.is_any(other, "PostcodeCity") for c in placed):
                return _at("PostcodeCity", reading)
        line = reading.part == "street" or reading.is_any(address_columns.LINES[0])
        whole = line and reading.ordinal < 2 and samples.share(index, "address") >= HALF
        if whole and not any(c.reading.is_any("City", "Postcode", "PostcodeCity") for c in placed):
            return _at("FullAddress", reading)
        return reading

    def _short_numbers(self, index: int) -> bool:
        cells = self.samples.cells(index)
        return bool(cells) and self.samples.mostly(index, "number") and max(map(len, cells)) < 6

    def _long_numbers(self, index: int) -> bool:
        """Return True where some cell has the digits of a bank account, which are seven or more."""
        return any(sum(map(str.isdigit, cell)) > 6 for cell in self.samples.cells(index))

    def _plain_words(self, index: int) -> bool:
        """Return True where no cell can be an address of the web, which has a dot in it."""
        cells = self.samples.cells(index)
        return bool(cells) and not any("." in cell for cell in cells)

    def _recognised(self, index: int, header: str) -> ParsedHeader | None:
        """Return what a column is whose header says nothing known, None where that is open."""
        samples = self.samples
        words = segment(words_of(header)) if len(header) < 60 else None
        qualifiers = frozenset(q for word in words or () for q in word.qualifiers)
        if words and qualifiers and qualifiers <= _ADDRESS_ROLES | _PLACES_FOR_WORK:
            generic = {word.generic for word in words if word.generic}
            if generic == {"code"} and samples.mostly(index, "postcode"):
                return ParsedHeader(frozenset({("account", "Postcode")}), "", qualifiers)
            if not generic and samples.mostly(index, "phone"):
                return ParsedHeader(_PHONES, "", qualifiers & _PLACES_FOR_WORK)
            if not generic and samples.mostly(index, "address"):
                return ParsedHeader(frozenset({("account", "FullAddress")}), "", qualifiers)
        if is_foreign(header) or (words and any(word.poison for word in words)):
            return None
        for content, targets in _CERTAIN:
            if not samples.mostly(index, content) or not samples.varies(index):
                continue
            if any(c.reading.is_any(*(name for _, name in targets)) for c in self.columns):
                return None
            if content == "website" and samples.share(index, "profile"):
                return None
            (_, name), *_ = sorted(targets)
            self._note_of(header, f"is used as {name}, because of what its cells hold")
            return ParsedHeader(frozenset(targets))
        if samples.mostly(index, "first name") and samples.varies(index) and self._half_named():
            self._note_of(header, "is used as FirstName, because of what its cells hold")
            return _of(("contact", "FirstName"))
        if samples.share(index, "company") >= SOME and not self._any_name():
            self._note_of(header, "is used as the name of the company: its cells hold companies")
            return ParsedHeader(part="name", qualifiers=frozenset({"company"}))
        if samples.mostly(index, "phone") and _PHONE_WORDS.search(header) and not self._phones():
            self._note_of(header, "is used as Phone, because of what its cells hold")
            return ParsedHeader(_PHONES)
        if samples.mostly(index, "role") and not self._has("Status"):
            self._note_of(header, "is used as Status, because of what its cells hold")
            return _of(("account", "Status"))
        if samples.mostly(index, "yes or no"):
            return self._role(HeaderColumn(index, header, ParsedHeader()))
        return None

    def _half_named(self) -> bool:
        """Return True where a bare "Naam" of single words, or a last name, has no first name."""
        if self._has("FirstName", "FullName") or any(c.has("person") for c in self.columns):
            return False
        return self._has("LastName") or any(
            c.reading.part == "name"
            and not c.reading.qualifiers
            and self.samples.share(c.index, "company") < SOME
            and self.samples.share(c.index, "person") < SOME
            for c in self.columns
        )

    def _any_name(self) -> bool:
        return any(
            (c.reading.part == "name" and not c.has("person")) or c.reading.is_any("TradeName")
            for c in self.columns
        )

    def _phones(self) -> bool:
        return any(channel_of(c.reading) in ("Phone", "Mobile") for c in self.columns)

    def _has(self, *names: str) -> bool:
        return any(c.reading.is_any(*names) for c in self.columns)

    def _note(self, column: HeaderColumn, note: str) -> None:
        self._note_of(column.header, note)

    def _note_of(self, header: str, note: str) -> None:
        self.notes.append(f"{quote(header)} {note}.")


def is_foreign(header: str) -> bool:
    """Return True for a header that speaks of somebody else, such as "Account owner"."""
    return _FOREIGN.search(header) is not None


_PHONES: frozenset[Target] = frozenset({("account", "Phone"), ("contact", "Phone")})
# Content that can be one thing only, with the fields that it can be.
_CERTAIN: tuple[tuple[Content, frozenset[Target]], ...] = (
    ("vat", frozenset({("account", "VATNumber")})),
    ("iban", frozenset({("bank account", "BankAccount")})),
    ("enterprise", frozenset({("account", "ChamberOfCommerce")})),
    ("peppol", frozenset({("account", "PeppolIdentifier")})),
    ("email", frozenset({("account", "Email"), ("contact", "Email")})),
    ("website", frozenset({("account", "Website")})),
)


def _of(*targets: Target) -> ParsedHeader:
    return ParsedHeader(frozenset(targets))


def _at(name: str, reading: ParsedHeader) -> ParsedHeader:
    return ParsedHeader(
        frozenset({("account", name)}), "", reading.qualifiers, reading.ordinal, reading.word
    )
