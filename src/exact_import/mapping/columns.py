"""The columns of a header that are understood, and which fields they have been given to.

Also whose name, e-mail address or telephone number a column holds: the company's or the person's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from exact_import.data.header_words import ParsedHeader, read_header
from exact_import.data.lexicon import squeezed
from exact_import.fields import Section
from exact_import.mapping.samples import HALF, NO_SAMPLES, SOME, Samples
from exact_import.text import quote

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
        """Return True if the header holds one of the `qualifiers`."""
        return not self.reading.qualifiers.isdisjoint(qualifiers)


@dataclass(slots=True)
class FieldColumns:
    """What each field is filled from, while the columns of one header are shared out.

    `meant` has every column that means a field, by its position, also where it is spoken for
    (`used`) or its section is not asked for (`sections`); `taken` has those that fill the field.
    `samples` show what the columns hold.
    """

    used: frozenset[int]
    sections: frozenset[Section]
    samples: Samples = NO_SAMPLES
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
        """Use the first of `columns` where the field's own columns are empty."""
        filled = self.taken.get((section, name), [])
        headers = {column.header for column in filled}
        if filled:
            free = [c for c in columns if c.index not in self.used and c.header not in headers]
            filled.extend(free[:1])

    def forget(self, section: Section, name: str) -> None:
        """Give back the columns of a field, as if none had meant it."""
        self.taken.pop((section, name), None)
        self.meant.pop((section, name), None)

    def drop(self, section: Section) -> None:
        """Give back all columns of a section."""
        self.taken = {key: columns for key, columns in self.taken.items() if key[0] != section}

    def known(self, section: Section, *names: str) -> bool:
        """Return True if some column means one of these fields."""
        return any((section, name) in self.meant for name in names)


PERSON_NAMES = ("FirstName", "LastName", "FullName")

_SUPPLIERS = re.compile(r"leverancier|supplier|vendor|fournisseur|lieferant|crediteur|kreditor")
_CUSTOMERS = re.compile(r"klant|client|customer|debit(or|eur)|kunde|acheteur|buyer")
_PROSPECTS = re.compile(r"prospect|interessent|lead$")
_SAYS_NAME = re.compile(r"naa?m|nom|denomination|bezeichnung")
# The customer's name on an invoice is the customer's name.
_NEAR = frozenset({"main", "billing"})


def settle_names(columns: list[HeaderColumn], fields: FieldColumns) -> None:
    """Give each column with a name to a field."""
    named = [c for c in columns if not c.has("delivery", "postal", "other")]
    named = [c for c in named if c.reading.ordinal < 2]
    named.sort(key=lambda column: (column.weight, column.index))
    for name in ("FirstName", "MiddleName", "LastName"):
        for column in named:
            if column.reading.is_any(name):
                fields.take("contact", name, column, _NEAR)
    named = [c for c in named if c.reading.part == "name"]
    people = [c for c in named if c.has("person")]
    companies = [c for c in named if c.has("company") and c not in people]
    parties = [c for c in named if c.has("party", "account") and c not in people + companies]
    bare = [c for c in named if c not in people + companies + parties]
    party_names = [c for c in parties if _SAYS_NAME.search(squeezed(c.header))]
    roles = [c for c in parties if c not in party_names]
    # "Klant" beside "Leverancier" says what the company is, and not what it is called.
    both = len({names_suppliers(c.header) for c in roles}) > 1 and bool(
        companies or party_names or bare
    )
    # "Customer" beside "Company", or a "Klantnaam" of companies, has a name where that is empty.
    spare = [] if both else [c for c in parties if companies and _also_names(c, companies, fields)]
    party_names = [c for c in party_names if c not in spare]
    if not companies and not fields.known("account", "Name"):
        if party_names:
            companies, party_names = party_names[:1], party_names[1:]
        elif bare and not _is_part_of_person(bare[0], columns, fields):
            companies, bare = bare[:1], bare[1:]
        else:
            companies = [] if both else parties[:1]
    _settle_companies(companies, fields)
    fields.fill_gaps("account", "Name", spare)
    if any(c.reading.part == "sort" for c in columns) and not fields.known(
        "contact", "FirstName", "LastName"
    ):
        # Rows of companies and rows of their people: a company's own row has it in "Name".
        fields.fill_gaps("account", "Name", bare)
    for column in parties:
        if column not in companies + spare and names_suppliers(column.header):
            # "Klant/Leverancier" says which of the two, and perhaps both.
            either = names_customers(column.header)
            fields.take("account", "Status" if either else "IsSupplier", column, _NEAR)
    _settle_people(people, bare + party_names, columns, fields)
    if fields.known("contact", "FirstName") and not fields.known("contact", "LastName"):
        # A "Naam" of companies beside a "Voornaam" may be people's last name on other rows.
        for column in companies[:1]:
            reading = read_header(column.header)
            plain = reading is not None and not reading.qualifiers
            if plain and fields.samples.share(column.index, "company") >= SOME:
                fields.take("contact", "LastName", column, _NEAR)
    if not fields.known("account", "Name") and not fields.known("contact", *PERSON_NAMES):
        for column in columns:
            if column.reading.is_any("TradeName"):
                fields.take("account", "Name", column, _NEAR)


def _also_names(column: HeaderColumn, companies: list[HeaderColumn], fields: FieldColumns) -> bool:
    """Return True where the cells of a customer's column are names of companies as well."""
    samples = fields.samples
    if not samples.cells(column.index):
        return False
    alike = any(samples.same(column.index, company.index) for company in companies)
    bare = not _SAYS_NAME.search(squeezed(column.header))
    texts = not samples.mostly(column.index, "number", "role", "yes or no", "email")
    named = samples.share(column.index, "company") >= SOME or alike
    return texts and samples.varies(column.index) and (named or bare)


def names_suppliers(header: str) -> bool:
    """Return True if a header such as "N° fournisseur" speaks of suppliers."""
    return _SUPPLIERS.search(squeezed(header)) is not None


def names_prospects(header: str) -> bool:
    """Return True if a header such as "Is prospect" speaks of prospects."""
    return _PROSPECTS.search(squeezed(header)) is not None


def names_customers(header: str) -> bool:
    """Return True if a header such as "Klantnummer" speaks of customers."""
    return _CUSTOMERS.search(squeezed(header)) is not None


def _settle_companies(companies: list[HeaderColumn], fields: FieldColumns) -> None:
    for column in companies:
        alike = column.reading.qualifiers == companies[0].reading.qualifiers
        if not fields.take("account", "Name", column, _NEAR) and alike:
            # "Company Name" and "Associated Company": where one is empty the other may not be.
            fields.fill_gaps("account", "Name", [column])


def _settle_people(
    people: list[HeaderColumn],
    bare: list[HeaderColumn],
    columns: list[HeaderColumn],
    fields: FieldColumns,
) -> None:
    first, last = fields.known("contact", "FirstName"), fields.known("contact", "LastName")
    whole = [c for c in people if fields.samples.share(c.index, "person") >= HALF]
    if first != last and whole:
        # A contact named in full; half a name beside it is another's.
        for name in ("FirstName", "LastName"):
            fields.forget("contact", name)
        first = last = False
    if first and last:
        # Then "Contact name" can only be what the account is called, if nothing else is.
        if not fields.known("account", "Name"):
            for column in people[:1]:
                fields.take("account", "Name", column, _NEAR)
        return
    if first or last:
        for column in (people + bare)[:1]:
            fields.take("contact", "LastName" if first else "FirstName", column, _NEAR)
        return
    # "Hoofdcontact" is a person's name where nothing else is, and else a yes or no.
    mains = [c for c in columns if c.reading.is_any("MainContact") and c.has("person")]
    for column in (people or mains) + bare:
        fields.take("contact", "FullName", column, _NEAR)


def _is_part_of_person(
    bare: HeaderColumn, columns: list[HeaderColumn], fields: FieldColumns
) -> bool:
    """Return True if "Naam" is half a name, as in "Voornaam; Naam"."""
    parts = [c for c in columns if c.reading.is_any("FirstName", "LastName")]
    if fields.known("contact", "FirstName") == fields.known("contact", "LastName"):
        return False
    # Exact Online's own FirstName comes with its own Name: the company's.
    own = bare.header == "Name" and not parts
    whole = any(c.reading.part == "name" and c.has("person") for c in columns)
    return not own and not whole and not any(c.has("person") for c in parts)


# Channel: the contact's own field, the contact's field for work, what it is called.
CHANNELS: Mapping[str, tuple[str, str, str]] = {
    "Email": ("Email", "BusinessEmail", "e-mail address"),
    "Phone": ("Phone", "BusinessPhone", "telephone number"),
    "Mobile": ("Mobile", "BusinessMobile", "mobile number"),
    "Fax": ("BusinessFax", "BusinessFax", "fax number"),
}
CHANNEL_FIELDS = frozenset(name for own, work, _ in CHANNELS.values() for name in (own, work)) | {
    "Fax"
}


@dataclass(frozen=True, slots=True)
class NeighbourColumns:
    """What the other columns say.

    `company` and `person`: whether the file names any. `party`: whether the company is called a
    customer or the like, so that "Mail klant" is the company's. `one_contact`: whether it is a
    list of companies with one column for a contact.

    Of a column at an index, `before_person` is True if it is between the company's name and the
    person's, `among_company` if it is also between columns of the company,
    and `beside_person` whether it follows the contact's column directly.
    """

    company: bool
    person: bool
    party: bool
    one_contact: bool
    among_company: Callable[[int], bool]
    before_person: Callable[[int], bool]
    beside_person: Callable[[int], bool]


_SPARE = frozenset({"main"})


def settle_channels(
    columns: list[HeaderColumn], around: NeighbourColumns, fields: FieldColumns
) -> None:
    """Give each e-mail, telephone and fax column to a field."""
    for channel in CHANNELS:
        mine = [c for c in columns if channel_of(c.reading) == channel and c.reading.ordinal < 2]
        mine = [c for c in mine if not c.has("other", "postal", "delivery")]
        mine.sort(key=lambda column: (column.weight, column.index))
        if around.person:
            _with_people(channel, mine, around, fields)
        else:
            # A mobile number is a company's telephone number where there is no other.
            for column in mine:
                fields.take("account", _company_field(channel), column, _SPARE)


def _with_people(
    channel: str, columns: list[HeaderColumn], around: NeighbourColumns, fields: FieldColumns
) -> None:
    own, work, called = CHANNELS[channel]
    whose = ("company", "general", "party") if around.party else ("company", "general")
    explicit = [c for c in columns if c.has(*whose)]
    billing = [c for c in columns if c.has("billing") and c not in explicit and not c.has("person")]
    personal = [c for c in columns if c not in explicit + billing and _personal(c, channel)]
    rest = [c for c in columns if c not in explicit + billing + personal]
    at_work = [c for c in rest if _at_work(c)]
    home = [c for c in rest if c not in at_work and c.has("home")]
    plain = [c for c in rest if c not in at_work + home]
    companys: list[HeaderColumn] = []
    if around.company and channel != "Mobile":
        companys = _companys(channel, plain, bool(personal), around)
        plain = [c for c in plain if c not in companys]
    for column in explicit + companys + billing:
        taken = fields.take("account", _company_field(channel), column, _SPARE)
        if taken and column in companys:
            fields.notes.append(f"{quote(column.header)} is used as the company's {called}.")
    doubtful = plain if around.company and not personal and channel != "Mobile" else []
    if channel != "Email" and home and plain and not at_work:
        at_work, plain = plain, []
    # "Primary phone" is a spare where there is a plain one, or one at home.
    spare = [c for c in plain if c.has("main")]
    mine = personal + [c for c in plain if c not in spare] + home + spare
    mine = mine if channel != "Fax" else personal
    if channel == "Email" and not mine:
        mine, at_work = at_work, []
    for name, given in ((own, mine), (work, at_work)):
        for column in given:
            if fields.take("contact", name, column, _SPARE) and column in doubtful:
                fields.notes.append(
                    f"{quote(column.header)} is used as the person's {called}, "
                    "because the file names people."
                )


def _company_field(channel: str) -> str:
    return "Phone" if channel == "Mobile" else channel


def _companys(
    channel: str, plain: list[HeaderColumn], taken: bool, around: NeighbourColumns
) -> list[HeaderColumn]:
    """Return which of the plain columns are the company's."""
    if channel == "Fax" or taken:
        return plain
    if around.one_contact:
        return [column for column in plain if not around.beside_person(column.index)]
    if len(plain) > 1:
        before = [column for column in plain if around.before_person(column.index)]
        return before if len(before) < len(plain) else before[:1]
    return [column for column in plain if around.among_company(column.index)]


def channel_of(reading: ParsedHeader) -> str:
    """Return which of CHANNELS a column is, "" if none."""
    for channel, (own, work, _) in CHANNELS.items():
        if reading.is_any(channel, own, work):
            return channel
    return ""


def _personal(column: HeaderColumn, channel: str) -> bool:
    kinds = {kind for kind, _ in column.reading.targets}
    own = CHANNELS[channel][0]
    only = kinds == {"contact"} and column.reading.is_any(own) and channel != "Mobile"
    return column.has("person") or (only and not column.has("home", "business"))


def _at_work(column: HeaderColumn) -> bool:
    work = {work for own, work, _ in CHANNELS.values() if own != work}
    return column.has("business") or all(name in work for _, name in column.reading.targets)
