"""What the cells show about columns, in addition to their headers or against them.

A header is overruled only by cells that are clearly something else: a "Klant" of yes and no is not
a name, a "Plaats" of "9000 Gent" has the postcode too. A column with an unknown header is used only
if its cells can be only one thing, such as VAT numbers with the right check digits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from exact_import.data.header_words import ParsedHeader
from exact_import.data.lexicon import HeaderWord, Target, segment, squeezed, words_of
from exact_import.mapping import address_columns
from exact_import.mapping.columns import (
    FOREIGN,
    RELATED,
    ROLES,
    HeaderColumn,
    channel_of,
    names_role,
)
from exact_import.mapping.samples import HALF, MOST, SOME, Content, Samples
from exact_import.text import quote, word_set

_KEYS = re.compile(
    r"code|r[ée]f|num|\bn[ro°]\b|key|id$|zoek|such|match|alias|kurz|kort", re.IGNORECASE
)
_OWNERS = frozenset({"company", "party", "account", "person"})
_ADDRESS_ROLES = frozenset({"billing", "delivery", "postal", "home", "business", "visit", "other"})
_PLACES_FOR_WORK = frozenset({"business", "home", "general"})
# Not "Bestelnummer" or "Polisnr", however many digits their cells have.
_PHONE_WORDS = re.compile(
    r"(?<![iso])t[eé]l|phone|gsm|\bmob|fon(?:nr|nummer)?\b|^(?:numm?er|number|nr|n[°o])\W*$",
    re.IGNORECASE,
)


# "N° compte" is a customer number in lists of bookkeepers, if its cells have other numbers.
_SOURCE_ACCOUNTS = word_set(
    "numbercompte nocompte numerodecompte numberdecompte konto kontonr kontonummer"
)
# An IBAN begins with letters; an old Belgian number has dashes, a German one digits alone.
_MAY_BE_IBAN = re.compile(r"[A-Za-z]{2}|.*-").match
_ACCOUNT_DIGITS = 7  # that a bank account has at least
_VAT_CHARACTERS = 6  # that a VAT number has at least
_NEVER_YES_OR_NO = ("VATNumber", "ChamberOfCommerce", "Website", "BankAccount", "PeppolIdentifier",
                    "AddressLine1", "City", "FullAddress")  # fmt: skip
# A company's number is the source's own, unless its cells may be register numbers.
_OWN_WORDS = word_set("number nummer nr no num numero nbr")
_REGISTERED = re.compile(r"(?:\D*\d){7,}.*|(?:HR\s?[AB]|GNR|PR|VR|FN|RCS|B)\W*\d.*", re.IGNORECASE)


def judge_columns(
    columns: Sequence[HeaderColumn],
    unread: Sequence[tuple[int, str]],
    samples: Samples,
    notes: list[str],
) -> tuple[list[HeaderColumn], frozenset[int]]:
    """Return what columns are by their headers and cells, in any order, with notes on what is left.

    `unread` are the columns, by position, with unknown headers: only their cells decide. Each
    column is judged by itself, and then together with all columns. A meaning from cells only
    (`_by_cells`) scores less than one from a header. With them are the positions of the columns
    whose cells are not what their headers mean.
    """
    # Only its cells show whether "Relatietype" is the kind of a relation.
    columns = [
        c
        for c in columns
        if not (c.reading.assumed and c.reading.is_any("Status"))
        or samples.share(c.index, "role") >= HALF
    ]
    if not samples.known:
        return columns, frozenset()
    fit = [one for c in columns if (one := _judged_alone(c, samples, notes)) is not None]
    alone = _ColumnContext(fit, samples)
    read = [one for c in fit if (one := alone.judged(c)) is not None]
    unfit = frozenset(c.index for c in columns) - {c.index for c in read}
    read = _without_superseded(read, samples)
    beside = _ColumnContext(read, samples)
    found: dict[ParsedHeader, HeaderColumn] = {}
    owners = _owners(unread)
    for index, header in sorted(unread, key=lambda one: one[0] in owners):
        if index in owners and owners[index] not in {c.index for c in found.values()}:
            continue
        column = beside.recognised(HeaderColumn(index, header.strip(), ParsedHeader()))
        if column is not None:
            found.setdefault(column.reading, column)
    return [*read, *found.values()], unfit


def _judged_alone(column: HeaderColumn, samples: Samples, notes: list[str]) -> HeaderColumn | None:
    """Return what a column is by itself, None if its cells fit none of its meanings."""
    reading, index = column.reading, column.index
    cells = samples.cells(index)
    yes_or_no = samples.mostly(index, "yes or no")
    if yes_or_no and (reading.part == "name" or (reading.is_any("Code") and reading.assumed)):
        return _role_by_cells(column)
    if reading.part == "name" and samples.mostly(index, "sort"):
        return replace(column, reading=ParsedHeader(part="sort"))
    if reading.is_any("FirstName") and not cells:
        return None  # beside it, "Naam" is a whole name
    if reading.part == "name" or not cells:
        return column
    if reading.is_any("Website") and samples.share(index, "profile") >= HALF:
        notes.append(f"{quote(column.header)} holds personal pages and is not used as a website.")
        return None
    long = any(sum(map(str.isdigit, cell)) >= _ACCOUNT_DIGITS for cell in cells)
    of_source = reading.word in _SOURCE_ACCOUNTS
    bank = reading.is_any("BankAccount")
    own = reading.is_any("ChamberOfCommerce") and reading.word in _OWN_WORDS
    if (bank and of_source and not long) or (own and not any(map(_REGISTERED.fullmatch, cells))):
        return _by_cells(column, ("account", "Code"))
    numbers = samples.mostly(index, "number")
    if (
        (yes_or_no and (channel_of(reading) or reading.is_any(*_NEVER_YES_OR_NO)))
        or (bank and not (long and (not of_source or any(map(_MAY_BE_IBAN, cells)))))
        or (reading.is_any("VATNumber") and numbers and max(map(len, cells)) < _VAT_CHARACTERS)
        or (reading.is_any("Website") and not any("." in cell for cell in cells))
        or (reading.is_any("Country") and numbers)
    ):
        notes.append(f"{quote(column.header)} is not used, because its cells hold something else.")
        return None
    return column


def _role_by_cells(column: HeaderColumn) -> HeaderColumn | None:
    """Return the role of a yes-or-no column, None for none."""
    for role in ROLES:
        if names_role(column.header, role):
            return replace(column, reading=ParsedHeader(frozenset({("account", role)})))
    return None


def _by_cells(
    column: HeaderColumn, *targets: Target, qualifiers: frozenset[str] = frozenset()
) -> HeaderColumn:
    """Return a column with one of these fields, known by its cells and not by its header."""
    reading = ParsedHeader(frozenset(targets), qualifiers=qualifiers)
    return replace(column, reading=reading, by_cells=True)


def _owners(unread: Sequence[tuple[int, str]]) -> dict[int, int]:
    """Return whose a column with an unknown header is: "E-mail dealer" belongs to "Dealer"."""
    named = {squeezed(header): index for index, header in unread}
    return {
        index: named[word]
        for index, header in unread
        for word in words_of(header)
        if named.get(word, index) != index
    }


def _without_superseded(columns: Sequence[HeaderColumn], samples: Samples) -> list[HeaderColumn]:
    """Leave out empty columns if another means the same, or has the street of that address."""
    full = [c for c in columns if samples.cells(c.index)]
    meant = {_meaning(c.reading) for c in full}
    streets = {
        address_columns.role_of(c.reading.qualifiers) for c in full if c.reading.part == "street"
    }

    def superseded(reading: ParsedHeader) -> bool:
        line = reading.is_any(*address_columns.LINES)
        in_street = line and address_columns.role_of(reading.qualifiers) in streets
        return in_street or _meaning(reading) in meant

    return [c for c in columns if samples.cells(c.index) or not superseded(c.reading)]


def _meaning(reading: ParsedHeader) -> ParsedHeader:
    return replace(reading, word="", assumed=False)


@dataclass(frozen=True)
class _ColumnContext:
    """Judges a column together with all columns with known headers."""

    columns: Sequence[HeaderColumn]
    samples: Samples

    @cached_property
    def _fields(self) -> Mapping[str, set[str]]:
        """The fields of the headers, by the role of their address."""
        found: dict[str, set[str]] = {}
        for c in self.columns:
            names = {name for _, name in c.reading.targets}
            found.setdefault(address_columns.role_of(c.reading.qualifiers), set()).update(names)
        return found

    @cached_property
    def _names(self) -> Sequence[HeaderColumn]:
        return [c for c in self.columns if c.reading.part == "name"]

    @cached_property
    def _not_persons(self) -> Sequence[HeaderColumn]:
        return [c for c in self._names if not c.has("person")]

    @cached_property
    def _names_people_too(self) -> bool:
        """True if a column distinguishes rows of companies from rows of their people."""
        sorts = any(c.reading.part == "sort" for c in self.columns)
        return sorts and any(c.has("company") for c in self._names)

    @cached_property
    def _half_named(self) -> bool:
        """True if a bare "Naam" of single words, or a last name, has no first name."""
        if self._has("FirstName", "FullName") or any(c.has("person") for c in self.columns):
            return False
        return self._has("LastName") or any(
            not c.reading.qualifiers
            and self.samples.share(c.index, "company") < SOME
            and self.samples.share(c.index, "person") < SOME
            for c in self._names
        )

    def _has(self, *names: str) -> bool:
        return any(not found.isdisjoint(names) for found in self._fields.values())

    def judged(self, column: HeaderColumn) -> HeaderColumn | None:
        """Return what a column with a known header is, None if it has none of its meanings."""
        reading = column.reading
        if reading.part == "name":
            return self._name(column)
        if reading.part in ("title", "salutation"):
            return self._title(column)
        if address_columns.is_address(reading):
            return replace(column, reading=self._address(column))
        return column

    def _name(self, column: HeaderColumn) -> HeaderColumn | None:
        reading, index, samples = column.reading, column.index, self.samples
        several = len(self._not_persons) > (not column.has("person"))
        if samples.mostly(index, "role") and several:
            return _by_cells(column, ("account", "Status"))
        if samples.mostly(index, "email"):
            return _by_cells(column, *_EMAILS, qualifiers=reading.qualifiers)
        if samples.mostly(index, "number"):
            numbers = several and column.has("party", "account")
            return _by_cells(column, ("account", "Code")) if numbers else None
        if several and samples.mostly(index, "reference"):
            return None  # the "Name" of an order, such as #1001
        if column.has("billing") and not column.has(*_OWNERS) and self._invoices_others(index):
            return None
        if samples.share(index, "company") < SOME or self._names_people_too:
            return column
        if not column.has(*_OWNERS):
            reading = replace(reading, qualifiers=reading.qualifiers | {"company"})
            # Beside first and last names, a header that says the company goes first.
            spare = self._has("FirstName") and self._has("LastName")
            return replace(column, reading=reading, by_cells=spare)
        if column.has("person") and not several:
            return replace(column, reading=replace(reading, qualifiers=frozenset({"company"})))
        return column

    def _invoices_others(self, index: int) -> bool:
        """Return True for a "Factuurnaam" that says another name than "Klant" on most rows."""
        named = [c for c in self._not_persons if c.has("party", "company") > c.has("billing")]
        return any(self.samples.share_no_word(index, c.index) for c in named)

    def _title(self, column: HeaderColumn) -> HeaderColumn:
        index, samples = column.index, self.samples
        if samples.share(index, "company") >= SOME:
            return replace(column, reading=_COMPANY, by_cells=True)
        forms = samples.share(index, "salutation")
        if column.reading.part == "title" and samples.varies(index):
            others = max(forms, samples.share(index, "degree"), samples.share(index, "number"))
            # No polite or academic forms: jobs.
            if not others and not self._has("JobTitleDescription"):
                return _by_cells(column, ("contact", "JobTitleDescription"))
        if forms >= (HALF if column.reading.part == "salutation" else MOST):
            return _by_cells(column, ("contact", "Gender"))
        return column

    def _address(self, column: HeaderColumn) -> ParsedHeader:
        reading, index, samples = column.reading, column.index, self.samples
        placed = self._fields[address_columns.role_of(reading.qualifiers)]
        both = samples.share(index, "place")
        if reading.is_any("PostcodeCity") and both < SOME:
            name = "Postcode" if samples.mostly(index, "postcode") else "City"
            return replace(reading, targets=frozenset({("account", name)}))
        if reading.is_any("FullAddress") and both >= HALF:
            return _at("PostcodeCity", reading)
        if reading.is_any("City", "Postcode") and both >= HALF:
            other = "Postcode" if reading.is_any("City") else "City"
            if placed.isdisjoint((other, "PostcodeCity")):
                return _at("PostcodeCity", reading)
        line = reading.part == "street" or reading.is_any(address_columns.LINES[0])
        whole = line and reading.ordinal < 2 and samples.share(index, "address") >= HALF
        if whole and placed.isdisjoint(("City", "Postcode", "PostcodeCity")):
            return _at("FullAddress", reading)
        return reading

    def recognised(self, column: HeaderColumn) -> HeaderColumn | None:
        """Return what a column with an unknown header is, None if that is not clear."""
        samples, index, header = self.samples, column.index, column.header
        words = segment(words_of(header)) if len(header) < 60 else None
        if known := self._placed(index, words or ()):
            return replace(column, reading=known)
        if re.sub("^naam|^nom|1$", "", squeezed(header)) in _HOLDERS and self._holds_customers(
            index
        ):
            return replace(column, reading=_HOLDER, by_cells=True)
        if FOREIGN.search(header) or (words and any(word.poison for word in words)):
            return None
        if RELATED.search(header) and (self._names or self._has(*_PERSONS)):
            return None
        for content, targets in _CERTAIN:
            if samples.mostly(index, content) and samples.varies(index):
                taken = targets == _EMAILS and self._has("Email", "BusinessEmail")
                personal = content == "website" and samples.share(index, "profile")
                return None if taken or personal else _by_cells(column, *targets)
        if samples.mostly(index, "first name") and samples.varies(index) and self._half_named:
            names = [c.index for c in self._names]
            # "ADAM" beside "Toitures Adam" is what the company is found by.
            is_key = _KEYS.search(header) or (names and samples.repeats(index, names))
            return None if is_key else _by_cells(column, ("contact", "FirstName"))
        if samples.share(index, "company") >= SOME and not (
            self._not_persons or self._has("TradeName")
        ):
            return replace(column, reading=_COMPANY, by_cells=True)
        if samples.mostly(index, "phone") and _PHONE_WORDS.search(header):
            numbered = any(channel_of(c.reading) in ("Phone", "Mobile") for c in self.columns)
            return None if numbered else _by_cells(column, *_PHONES)
        if samples.share(index, "role") >= HALF:  # other cells get a warning each
            return _by_cells(column, ("account", "Status"))
        return _role_by_cells(column) if samples.mostly(index, "yes or no") else None

    def _holds_customers(self, index: int) -> bool:
        """Return True for owners of cars or flats, not for colleagues, who have many rows each."""
        cells = self.samples.cells(index)
        nameless = not self._names and not self._has(*_PERSONS)
        placed = any(address_columns.is_address(c.reading) for c in self.columns)
        return nameless and placed and len(set(cells)) >= MOST * len(cells)

    def _placed(self, index: int, words: Sequence[HeaderWord]) -> ParsedHeader | None:
        """Return what "Billing Code" and "Work" are by their cells: such headers only qualify."""
        samples = self.samples
        qualifiers = frozenset(q for word in words for q in word.qualifiers)
        generic = {word.generic for word in words if word.generic}
        if not qualifiers or not qualifiers <= _ADDRESS_ROLES | _PLACES_FOR_WORK:
            return None
        if generic == {"code"} and samples.mostly(index, "postcode"):
            return ParsedHeader(frozenset({("account", "Postcode")}), "", qualifiers)
        if generic <= {"number"} and samples.mostly(index, "phone"):
            return ParsedHeader(frozenset(_PHONES), "", qualifiers & _PLACES_FOR_WORK)
        if not generic and samples.mostly(index, "address"):
            return ParsedHeader(frozenset({("account", "FullAddress")}), "", qualifiers)
        if not generic and qualifiers == {"visit"} and samples.mostly(index, "street"):
            return ParsedHeader(frozenset({("account", "AddressLine1")}), "", qualifiers)
        return None


_COMPANY = ParsedHeader(part="name", qualifiers=frozenset({"company"}))
_PERSONS = ("FirstName", "LastName", "FullName", "TradeName")
# The owner of the car, animal or flat: a customer, if nothing else names one.
_HOLDERS = word_set(
    "eigenaar eigenaars medeeigenaar proprietaire coproprietaire eigentumer halter houder owner"
)
_HOLDER = ParsedHeader(part="name", qualifiers=frozenset({"party"}))
_EMAILS: tuple[Target, ...] = (("account", "Email"), ("contact", "Email"))
_PHONES: tuple[Target, ...] = (("account", "Phone"), ("contact", "Phone"))
# Unambiguous content, with the fields that it can be.
_CERTAIN: tuple[tuple[Content, tuple[Target, ...]], ...] = (
    ("vat", (("account", "VATNumber"),)),
    ("iban", (("bank account", "BankAccount"),)),
    ("enterprise", (("account", "ChamberOfCommerce"),)),
    ("peppol", (("account", "PeppolIdentifier"),)),
    ("email", _EMAILS),
    ("website", (("account", "Website"),)),
)


def _at(name: str, reading: ParsedHeader) -> ParsedHeader:
    return replace(reading, targets=frozenset({("account", name)}), part="", assumed=False)
