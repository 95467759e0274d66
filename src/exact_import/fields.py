"""The catalogue of Exact Online's fields, and which may be written.

Read from `data/fields.json`, which ships with the package. docs/exact-online.md, "Fields", says how
sure each fact is.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, cast

Kind = Literal["account", "contact", "address", "bank account"]

# What a row becomes; the other kinds belong to an account.
RecordKind = Literal["account", "contact"]
RECORD_KINDS: Final[tuple[RecordKind, ...]] = ("account", "contact")

# The endpoint of each kind, relative to a division.
ENDPOINTS: Mapping[Kind, str] = {
    "account": "crm/Accounts",
    "contact": "crm/Contacts",
    "address": "crm/Addresses",
    "bank account": "crm/BankAccounts",
}

# The sections of a mapping, and the kind of record that each fills.
Section = Literal[
    "account", "contact", "bank account", "delivery address", "postal address", "invoice address"
]
KIND_OF: Mapping[Section, Kind] = {
    "account": "account",
    "contact": "contact",
    "bank account": "bank account",
    "delivery address": "address",
    "postal address": "address",
    "invoice address": "address",
}
SECTIONS: tuple[Section, ...] = tuple(KIND_OF)

# The parts of a person's name, in order.
PERSON_NAMES = ("FirstName", "MiddleName", "LastName")
# The everyday name of a field, or of evidence that is not a field; other fields have their own.
FIELD_WORDS = {
    "ID": "ID",
    "VATNumber": "VAT number",
    "ChamberOfCommerce": "company number",
    "AddressLine1": "street",
    "Email": "e-mail address",
    "BusinessEmail": "e-mail address",
    "Phone": "phone number",
    "Mobile": "mobile number",
    "IBAN": "IBAN",
    "BankAccount": "IBAN",
    "FirstName": "first name",
    "LastName": "last name",
}
# The keys by which a contact of an account is found, in order; `match_contact` replaces them.
MATCH_CONTACT = ("ID", "Email", "FirstName+LastName")


@dataclass(frozen=True, slots=True)
class Field:
    """One property of an Exact Online entity.

    `edm` is its OData type without the "Edm." ("String", "Guid", "DateTime", ...); `length` is in
    characters and only "documented" lengths are certain, a "hint" is merely believed;
    `pad_width` and `pad_side` say how Exact Online pads the value when it is read;
    `aliases` are header words that mean this field, as people write them.
    """

    kind: Kind
    name: str
    edm: str
    create: bool
    update: bool
    mandatory: bool = False
    length: int | None = None
    length_source: Literal["documented", "hint"] | None = None
    pad_width: int = 0
    pad_side: Literal["left", "right"] = "right"
    description: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def writable(self) -> bool:
        """True if a create or an update may send the field."""
        return self.create or self.update

    @property
    def create_only(self) -> bool:
        """True if only a create may send the field."""
        return self.create and not self.update

    def padded(self, value: str) -> str:
        """Return `value` with padding, as Exact Online stores it and a `$filter` needs it."""
        return (
            value.rjust(self.pad_width) if self.pad_side == "left" else value.ljust(self.pad_width)
        )

    def same(self, first: object, second: object) -> bool:
        """Return True if two values of the field mean the same to Exact Online.

        Nothing and an empty text are the same, dates without a time are midnight, texts compare
        without padding and with one kind of line end, flags may be 0 and 1.
        """
        if first in (None, "") or second in (None, ""):
            return first in (None, "") and second in (None, "")
        match self.edm:
            case "Double":
                return abs(float(str(first)) - float(str(second))) < 1e-9
            case "Boolean" | "Byte" | "Int16" | "Int32":
                return int(cast(int, first)) == int(cast(int, second))
            case "DateTime":
                return _moment(str(first)) == _moment(str(second))
            case "Guid":
                return str(first).casefold() == str(second).casefold()
            case _:
                return _lines(str(first)) == _lines(str(second))


def _moment(text: str) -> str:
    text = text.removesuffix("Z").removesuffix(".000")
    return text.removesuffix("T00:00:00").removesuffix("T00:00")


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


@functools.cache
def catalogue(kind: Kind) -> Mapping[str, Field]:
    """Return every known field of `kind`, by its exact name, in alphabetical order."""
    import json  # slow to load, and --help does without both
    import pkgutil

    # A third of the time of importlib.resources, which needs temporary files and compression.
    text = cast("bytes", pkgutil.get_data("exact_import.data", "fields.json"))
    return {entry["name"]: _field(kind, entry) for entry in json.loads(text)[kind]}


def find_field(kind: Kind, name: str) -> Field | None:
    """Return the field of `kind` called `name`, whatever its case; None if there is none."""
    return _by_folded_name(kind).get(name.casefold())


def full_name(contact: Mapping[str, object]) -> str:
    """Return a person's full name from the fields of a contact; "" if there is none."""
    return " ".join(str(contact[name]) for name in PERSON_NAMES if contact.get(name))


@functools.cache
def _by_folded_name(kind: Kind) -> Mapping[str, Field]:
    return {name.casefold(): field for name, field in catalogue(kind).items()}


def _field(kind: Kind, entry: Mapping[str, object]) -> Field:
    width, side = cast(tuple[int, Literal["left", "right"]], entry.get("padding", (0, "right")))
    access = cast(str, entry["access"])
    return Field(
        kind=kind,
        name=cast(str, entry["name"]),
        edm=cast(str, entry["edm"]),
        create="c" in access,
        update="u" in access,
        mandatory=bool(entry.get("mandatory", False)),
        length=cast("int | None", entry.get("length")),
        length_source=cast('Literal["documented", "hint"] | None', entry.get("length_source")),
        pad_width=width,
        pad_side=side,
        description=cast(str, entry.get("description", "")),
        aliases=tuple(cast("list[str]", entry.get("aliases", []))),
    )
