"""Columns that no field uses although they hold data of a contact.

A number or a label of the other program is only listed as not used; what looks like an e-mail
address, a telephone number or a part of an address is reported, with the field it could go to; so
is a mark that a row is out of use, because the row is imported like all others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from exact_import.data.header_words import read_header
from exact_import.fields import KIND_OF, Section, catalogue
from exact_import.mapping import address_columns
from exact_import.mapping.cell_evidence import is_foreign
from exact_import.mapping.samples import Content, Samples
from exact_import.mapping.templates import Header
from exact_import.text import fold, quote
from exact_import.values.several import PHONES
from exact_import.values.vocabulary import BOOLEANS

_Place = tuple[Section, str]
# What cells can be, what messages call it, and the fields it could go to, in order.
_FIELDS: tuple[tuple[Content, str, tuple[_Place, ...]], ...] = (
    ("email", "e-mail addresses", (
        ("contact", "Email"), ("account", "Email"), ("contact", "BusinessEmail"))),
    ("vat", "VAT numbers", (("account", "VATNumber"),)),
    ("iban", "bank accounts", (("bank account", "BankAccount"),)),
    ("enterprise", "enterprise numbers", (("account", "ChamberOfCommerce"),)),
    ("peppol", "Peppol participants", (("account", "PeppolIdentifier"),)),
    ("dialled", "telephone numbers", (
        ("contact", "Phone"), ("account", "Phone"), ("contact", "Mobile"),
        ("contact", "BusinessPhone"))),
    ("address", "addresses", (("account", "FullAddress"), ("account", "AddressLine2"))),
    ("place", "postcodes with cities", (("account", "PostcodeCity"),)),
    ("company", "names of companies", (("account", "Name"), ("account", "TradeName"))),
    ("person", "names of people", (("contact", "FullName"),)),
    ("first name", "first names", (("contact", "FirstName"),)),
    ("street", "streets", (("account", "AddressLine1"), ("account", "AddressLine2"))),
    ("country", "countries", (("account", "Country"),)),
)  # fmt: skip
# Headers of marks that a row is in use, or out of it, as `fold` writes them.
_IN_USE = (
    "actief", "active", "is active", "actif", "aktiv", "enabled",
)  # fmt: skip
_OUT_OF_USE = (
    "verwijderd", "deleted", "is deleted", "supprime", "geloscht", "geschrapt",
    "gearchiveerd", "archived", "is archived", "archive", "archiviert",
    "inactief", "inactive", "is inactive", "inactif", "inaktiv", "disabled",
    "gestopt", "stopgezet", "opgezegd", "overleden", "deceased", "failliet", "vervallen",
)  # fmt: skip
_MARKS = dict.fromkeys(_IN_USE, False) | dict.fromkeys(_OUT_OF_USE, True)
_SHORT = 4  # characters of a house number's addition


@dataclass(frozen=True, slots=True)
class UnusedColumn:
    """A column that is not used: its header, the field it could go to, and what to say."""

    header: str
    field: str
    message: str


def unused_data(
    header: Sequence[str],
    filled: Mapping[Section, Mapping[str, Collection[int]]],
    open_columns: Sequence[int],
    samples: Samples,
) -> Iterator[UnusedColumn]:
    """Yield those of the unused `open_columns` that hold data of a contact.

    `filled` has the positions of the columns that each field is filled from.
    """
    spelled = Header(header)
    for index in open_columns:
        if not samples.cells(index) or is_foreign(header[index]):
            continue
        if _marks_rows_out_of_use(header[index], samples.cells(index)):
            message = (
                f"{quote(header[index].strip())} is not used: rows that it marks as out of use are "
                "imported like all others. Delete these rows if they should not be."
            )
            yield UnusedColumn(header[index].strip(), "Blocked", message)
            continue
        what, place = _by_cells(index, filled, samples) or _by_header(header[index], filled)
        if not place and _beside_address(index, filled, samples):
            what, place = "what may be a part of the address", ("account", "AddressLine2")
        columns = [index]
        if not place and _is_second_name(header[index]) and samples.varies(index):
            columns = [*filled.get("account", {}).get("Name", ()), index]
            what, place = "what may be a part of the name", ("account", "Name")
        if place:
            section, name = place
            message = f"{quote(header[index].strip())} is not used, but holds {what}."
            line = f"{name} = {' '.join(map(spelled.reference, columns))}"
            advice = f"To import it, add {line} to [{section}]; `exact-import map --write` helps."
            yield UnusedColumn(header[index].strip(), name, f"{message} {advice}")


def _marks_rows_out_of_use(header: str, cells: Sequence[str]) -> bool:
    mark = _MARKS.get(fold(header))
    return mark is not None and any(BOOLEANS.get(cell.casefold()) is mark for cell in cells)


_NOTHING: tuple[str, _Place | None] = ("", None)


def _by_cells(
    index: int, filled: Mapping[Section, Mapping[str, Collection[int]]], samples: Samples
) -> tuple[str, _Place | None] | None:
    for content, called, places in _FIELDS:
        if content == "street" and samples.mostly(index, "date", "postcode"):
            continue
        if samples.mostly(index, content) and samples.varies(index):
            free = [(s, n) for s, n in places if n not in filled.get(s, {})]
            people = "contact" in filled
            fitting = [place for place in free if people or place[0] != "contact"]
            return called, (*fitting, *free, *places)[0]
    return None


def _by_header(
    header: str, filled: Mapping[Section, Mapping[str, Collection[int]]]
) -> tuple[str, _Place | None]:
    """Return what a header says that was understood, but for which there was no room."""
    reading = read_header(header)
    if reading is None or reading.is_any("State"):
        return _NOTHING
    if reading.part in address_columns.PIECES:
        return "a part of an address", ("account", "AddressLine2")
    for kind, name in sorted(reading.targets):
        section = next(section for section, known in KIND_OF.items() if known == kind)
        known = catalogue(kind).get(name)
        usable = known is not None and known.writable and bool(known.aliases)
        # Of a list without people, too, a mobile number is data of a contact.
        if usable and (section != "contact" or "contact" in filled or name in PHONES):
            return f"what its header calls {name}", (section, name)
    return _NOTHING


def _is_second_name(header: str) -> bool:
    """Return True for "Naam 2", which continues "Naam 1"."""
    reading = read_header(header)
    named = reading is not None and reading.part == "name"
    return reading is not None and named and reading.ordinal > 1


def _beside_address(
    index: int, filled: Mapping[Section, Mapping[str, Collection[int]]], samples: Samples
) -> bool:
    """Return True for short cells straight after the column of the house number."""
    lines = filled.get("account", {}).get(address_columns.LINES[0], ())
    short = all(len(text) <= _SHORT for text in samples.cells(index))
    return index - 1 in lines and short and not samples.mostly(index, "yes or no", "number")
