"""The address columns of a header, sorted into the addresses that Exact Online keeps.

The visiting address is part of the account; invoice, delivery and postal addresses have sections
of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from exact_import.data.header_words import ParsedHeader
from exact_import.data.lexicon import words_of
from exact_import.fields import Section
from exact_import.mapping.columns import HeaderColumn

LINES = ("AddressLine1", "AddressLine2", "AddressLine3")
PLACES = ("Postcode", "City", "State", "Country")
# Several parts in one column, which are split for each row.
WHOLES = ("FullAddress", "PostcodeCity")
PIECES = ("street", "house number", "letter", "addition", "box", "street number", "street type")

# Whose address becomes the visiting address: the first of these in the file. Delivery addresses do
# not: a list of delivery addresses must not move the companies.
_PREFERENCE = ("plain", "business", "billing", "person", "home", "postal", "other", "delivery")
SECTION_OF: Mapping[str, Section] = {
    "billing": "invoice address",
    "delivery": "delivery address",
    "postal": "postal address",
}
# The word that a Belgian address has before the number of the box, by the word in the header.
_BOX_WORDS = {
    "bus": "bus",
    "box": "/",
    "busnummer": "bus",
    "busnr": "bus",
    "boite": "bte",
    "bte": "bte",
}

Reference = Callable[[int], str]


@dataclass
class Address:
    """The columns of one address: which part each is, by position in the header."""

    role: str
    parts: dict[str, int] = field(default_factory=dict)
    box_word: str = ""

    @property
    def useful(self) -> bool:
        """Return True if this is an address, and not just a country."""
        return any(
            part in self.parts for part in (*PIECES[:2], LINES[0], *WHOLES, "Postcode", "City")
        )

    def templates(self, reference: Reference) -> dict[str, str]:
        """Return the template of each field of the address."""
        found = {
            name: reference(self.parts[name])
            for name in (*LINES[1:], *PLACES, *WHOLES)
            if name in self.parts
        }
        line = ""
        for piece in self.first_line():
            text = piece if isinstance(piece, str) else reference(piece)
            line += text if text == "/" or line[-1:] in ("", "/") else f" {text}"
        return {LINES[0]: line, **found} if line else found

    def columns(self) -> list[tuple[str, int]]:
        """Return the columns that are used, each with the field that it goes to."""
        line = [(LINES[0], piece) for piece in self.first_line() if isinstance(piece, int)]
        return line + [
            (n, self.parts[n]) for n in (*LINES[1:], *PLACES, *WHOLES) if n in self.parts
        ]

    def reason(self, section: Section) -> str:
        """Return why its columns go to this section, in a few words."""
        if section != "account":
            return f"its header says the {section}"
        if self.role in ("plain", "business"):
            return "its header is part of an address"
        return "the file has no other visiting address"

    def close_up(self) -> None:
        """Use the second line as the first if the file has no first line."""
        placed = not self.parts.keys().isdisjoint({"Postcode", "City", "PostcodeCity"})
        if placed and not self.first_line() and "FullAddress" not in self.parts:
            lines = [self.parts.pop(name) for name in LINES[1:] if name in self.parts]
            self.parts.update(zip(LINES, lines, strict=False))

    def first_line(self) -> list[int | str]:
        """Return the columns of street, number and box, in order, with the word before the box."""
        parts = self.parts
        number = parts.get("house number", parts.get("street number"))
        street = parts.get("street")
        if street is None or (number is None and LINES[0] in parts):
            street = parts.get(LINES[0])
        if street is None and "house number" not in parts:
            street, number = number, None
        kind = parts.get("street type") if street is not None else None
        pieces: list[int | str] = [index for index in (kind, street, number) if index is not None]
        if pieces:
            pieces += [parts[name] for name in ("letter", "addition") if name in parts]
        if pieces and "box" in parts:
            pieces += [self.box_word] if self.box_word else []
            pieces.append(parts["box"])
        return pieces


def is_address(reading: ParsedHeader) -> bool:
    """Return True if a column is part of an address."""
    return reading.part in PIECES or reading.is_any(*LINES, *PLACES, *WHOLES)


def role_of(qualifiers: frozenset[str]) -> str:
    """Return the role of an address by the qualifiers of a column."""
    for role in ("delivery", "billing", "postal"):
        if role in qualifiers:
            return role
    if "visit" in qualifiers:
        return "plain"
    return next((r for r in ("home", "other", "business", "person") if r in qualifiers), "plain")


def gather(columns: Iterable[HeaderColumn]) -> dict[str, Address]:
    """Sort the address columns among `columns` by the role of their address.

    A second address of the same role ("Address 2 - City") is left out, and so is a column that
    repeats a part; the code of a country or state goes before its name.
    """
    parts = {c.index: c for c in columns if is_address(c.reading)}
    further = {
        (role_of(c.reading.qualifiers), c.reading.ordinal)
        for c in parts.values()
        if c.reading.ordinal > 1 and c.reading.is_any(*PLACES)
    }
    addresses: dict[str, Address] = {}
    for index, column in parts.items():
        reading, role = column.reading, role_of(column.reading.qualifiers)
        if (role, reading.ordinal) in further:
            continue
        address = addresses.setdefault(role, Address(role))
        part = _part(reading)
        coded = part in {"Country", "State"} and "code" in words_of(column.header)
        known = address.parts.get(part)
        if known is None or (coded and "code" not in words_of(parts[known].header)):
            address.parts[part] = index
            if part == "box":
                address.box_word = _BOX_WORDS.get(reading.word, "")
    return addresses


def arrange(addresses: Mapping[str, Address]) -> dict[Section, Address]:
    """Decide which address goes where: the visiting address first, then those with a section."""
    order = [addresses[role] for role in _PREFERENCE if role in addresses]
    _complete(order)
    for address in order:
        address.close_up()
    useful = [address for address in order if address.useful]
    if not useful:
        return {"account": order[0]} if order else {}
    plain = addresses.get("plain")
    if plain is not None:
        # A single country column beside an invoice address belongs to it.
        useful[0].parts = {**plain.parts, **useful[0].parts}
    arranged: dict[Section, Address] = {}
    if useful[0].role != "delivery":
        arranged["account"] = useful.pop(0)
    elif plain is not None:
        arranged["account"] = plain
    for address in useful:
        if address.role in SECTION_OF:
            arranged[SECTION_OF[address.role]] = address
    return arranged


def _complete(order: list[Address]) -> None:
    """Combine "Adresse postale" and a plain "Ville": neither is an address by itself."""
    first = order[0] if order else Address("")
    without_street = [a for a in order if not a.first_line()]
    without_place = [a for a in order if a.first_line() and not a.parts.keys() & {*PLACES, *WHOLES}]
    for other in without_street:
        # "Street address; Postal town": a town without a street is a part of the first address.
        missing = {"Postcode", "City"} - first.parts.keys() if first.first_line() else set()
        if other.role == "postal" and other.parts.keys() <= missing and first.role != "delivery":
            first.parts |= other.parts
            other.parts.clear()
    if first in without_street and len(without_place) == 1:
        other = without_place[0]
        if other.role == "delivery":
            first, other = other, first
        first.parts |= other.parts
        other.parts.clear()


def _part(reading: ParsedHeader) -> str:
    if reading.part in PIECES:
        line = reading.part == "street" and reading.ordinal in (2, 3)
        return LINES[reading.ordinal - 1] if line else reading.part
    name = next(name for _, name in reading.targets)
    if name == LINES[0] and reading.ordinal in (2, 3):
        return LINES[reading.ordinal - 1]
    return name
