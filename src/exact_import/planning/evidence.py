"""The identifying values of rows and accounts, and how they compare. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from exact_import.text import fold
from exact_import.values.match_keys import (
    address_key,
    bare_code,
    email_key,
    own_domain,
    phone_key,
    place_key,
    street_key,
    strong_numbers,
    website_key,
)
from exact_import.values.names import (
    Likeness,
    compare_names,
    folded_names,
    is_spelling,
    legal_form,
    name_words,
)

REACH = frozenset({"Phone", "Email", "Website", "IBAN"})
"""The weak signs that stay the same after a move; the other one is the street."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The identifying values of a row or an account of Exact Online; "" for none.

    `id` is the account's ID, `line` set for a row; `code` is without leading zeros, `numbers` are
    the strong numbers by kind, and the weak signs are normalised. `person` is True for a row that
    names only a person. `shown` is the code as Exact Online writes it.
    """

    name: str = ""
    id: str = ""
    code: str = ""
    shown: str = ""
    numbers: Mapping[str, str] = field(default_factory=dict)
    postcode: str = ""
    city: str = ""
    country: str = ""
    street: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    ibans: frozenset[str] = frozenset()
    own: str = ""
    person: bool = False
    line: tuple[str, int] | None = None

    @property
    def address(self) -> str:
        """The postcode and the street with its number, "" if either is missing."""
        return address_key(self.postcode, self.street)

    def in_place(self, other: Identity) -> bool | None:
        """Return True if both are in the same place, None if a place is not known.

        The place is the postcode, or the city where either side has no postcode. Two countries may
        have the same postcode: 9000 is Gent and Ettelbruck.
        """
        if self.postcode and other.postcode:
            return self.postcode == other.postcode and not self._abroad(other)
        if self.city and other.city:
            return self.city == other.city
        return None

    def _abroad(self, other: Identity) -> bool:
        """Return True if both the country and the city are known to differ.

        The country alone may be wrong: Exact Online fills it in if it is missing.
        """
        countries, cities = {self.country, other.country}, {self.city, other.city}
        return "" not in countries | cities and len(countries) == len(cities) == 2


def identity_of(
    fields: Mapping[str, Any],
    *,
    id: str = "",
    own: str = "",
    person: bool = False,
    ibans: frozenset[str] = frozenset(),
    line: tuple[str, int] | None = None,
) -> Identity:
    """Return the identity in the fields of an account."""
    get = fields.get
    code = str(get("Code") or "").strip()
    return Identity(
        name=str(get("Name") or ""),
        id=id,
        code=bare_code(code),
        shown=code,
        numbers=strong_numbers(get("VATNumber"), get("ChamberOfCommerce")),
        postcode=place_key(str(get("Postcode") or "")),
        city=place_key(str(get("City") or "")),
        country=str(get("Country") or "").strip().casefold(),
        street=street_key(str(get("AddressLine1") or "")),
        email=email_key(get("Email")),
        phone=phone_key(str(get("Phone") or "")),
        website=website_key(get("Website")),
        ibans=ibans,
        own=own,
        person=person,
        line=line,
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """How a row compares with one account, or with an earlier row.

    `agrees` and `differs` are the fields that both have and that are the same, or not: strong
    numbers, places and weak signs. `place` is None if a place is not known.
    """

    name: Likeness
    place: bool | None
    agrees: frozenset[str]
    differs: frozenset[str]

    @property
    def number_agrees(self) -> bool:
        """True if a strong number is the same."""
        return bool(self.agrees & {"VATNumber", "ChamberOfCommerce"})

    @property
    def number_differs(self) -> bool:
        """True if two strong numbers of one kind differ."""
        return bool(self.differs & {"VATNumber", "ChamberOfCommerce"})

    @property
    def fiscal_unity(self) -> bool:
        """True if the VAT number is the same and the KvK numbers differ: two companies."""
        return "VATNumber" in self.agrees and "ChamberOfCommerce" in self.differs

    @property
    def weak(self) -> frozenset[str]:
        """The weak signs that agree."""
        return self.agrees & (REACH | {"AddressLine1"})

    @property
    def reach(self) -> frozenset[str]:
        """The weak signs that agree and that stay the same after a move."""
        return self.agrees & REACH

    @property
    def contact_data_differs(self) -> bool:
        """True if both have an e-mail address or a phone, and nothing that both have agrees."""
        return bool(self.differs & {"Phone", "Email"}) and not self.agrees & {"Phone", "Email"}

    @property
    def alike(self) -> bool:
        """True if the names are the same, a spelling of it, or one is part of the other."""
        return self.name in ("same", "spelling", "similar")

    def listed(self) -> tuple[str, ...]:
        """Return what agrees, in reading order."""
        name = {
            "same": "Name",
            "spelling": "Name (another spelling)",
            "similar": "part of the Name",
        }
        return (*((name[self.name],) if self.name in name else ()), *sorted(self.agrees))

    def contradicted(self) -> tuple[str, ...]:
        """Return what contradicts: a different strong number, and a name with nothing in common."""
        numbers = sorted(self.differs & {"VATNumber", "ChamberOfCommerce"})
        return (*(("Name",) if self.name == "none" else ()), *numbers)


def compare(row: Identity, other: Identity) -> Evidence:
    """Return how `row` compares with an account, or another row."""
    agrees: set[str] = set()
    differs: set[str] = set()
    _compare_numbers(row, other, agrees, differs)
    signs = (
        ("Phone", row.phone, other.phone),
        ("Email", row.email, other.email),
        ("Website", row.website, other.website),
        ("AddressLine1", row.street, other.street),
        ("Postcode", row.postcode, other.postcode),
        ("City", row.city, other.city),
    )
    for name, one, two in signs:
        if one and two:
            (agrees if one == two else differs).add(name)
    place = row.in_place(other)
    if place is False:
        agrees -= {"AddressLine1", "Postcode"}  # every town has a Kerkstraat 1
    if row.ibans & other.ibans:
        agrees.add("IBAN")
    likeness = compare_people(row.name, other.name) if row.person else None
    name = likeness or compare_names(row.name, other.name)
    return Evidence(name, place, frozenset(agrees), frozenset(differs))


def _compare_numbers(row: Identity, other: Identity, agrees: set[str], differs: set[str]) -> None:
    theirs = set(other.numbers.values())
    for kind, value in row.numbers.items():
        if value in theirs:
            agrees.add(kind)
        elif kind in other.numbers or (
            value.startswith("be") and any(one.startswith("be") for one in theirs)
        ):
            differs.add(kind)


def compare_people(one: str, other: str) -> Likeness:
    """Return how the full names of two private persons compare: a first name may be an initial.

    Two different first names are two people, so the same last name does not count.
    """
    if not one or not other:
        return "unknown"
    if set(folded_names(one)) & set(folded_names(other)):
        return "same"
    first, second = name_words(one), name_words(other)
    if is_spelling(first, second):
        return "spelling"
    ours, theirs = fold(one).split(), fold(other).split()
    if len(ours) > 1 and ours[1:] == theirs[1:]:
        short, long = sorted((ours[0], theirs[0]), key=len)
        if len(short) == 1 and long.startswith(short):
            return "same"
    return "none"


def shares_first_name(one: str, other: str) -> bool:
    """Return True if the full names of two private persons begin with the same first name.

    Initials do not count.
    """
    first, second = fold(one).split()[:1], fold(other).split()[:1]
    return first == second and any(len(word) > 1 for word in first)


def shares_domain(row: Identity, other: Identity) -> bool:
    """Return True if both e-mail addresses have one domain that is not a free provider's."""
    domain = own_domain(row.email)
    return bool(domain) and domain == (own_domain(other.email) or other.website)


def forms_differ(one: str, other: str) -> bool:
    """Return True if two names have different legal forms, renamed and translated ones aside."""
    first, second = legal_form(one), legal_form(other)
    return bool(first and second) and first != second
