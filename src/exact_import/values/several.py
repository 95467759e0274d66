"""Cells that hold more than one value: what the field gets, what others get, what is left over.

Exact Online stores one e-mail address and one number in a field. Nothing of a cell may be lost
unsaid, so what no field takes is listed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from exact_import.fields import Field
from exact_import.text import joined, quote
from exact_import.values import identifiers
from exact_import.values.phones import Line, PhoneCell, PhoneNumber, read_phones
from exact_import.values.vocabulary import InvalidValue

MARK = ":::"
"""What Google Contacts writes between the values of a cell."""

# Where a number of another line than the field's own goes: by kind and field, and by line.
_OTHER_LINES: Mapping[tuple[str, str], Mapping[Line | str, str]] = {
    ("account", "Phone"): {"fax": "Fax", "extension": "PhoneExtension"},
    ("contact", "Phone"): {"mobile": "Mobile", "fax": "BusinessFax"},
    ("contact", "Mobile"): {"": "Phone"},
    ("contact", "BusinessPhone"): {
        "mobile": "BusinessMobile",
        "fax": "BusinessFax",
        "extension": "BusinessPhoneExtension",
    },
    ("contact", "BusinessMobile"): {"": "BusinessPhone"},
    ("address", "Phone"): {"fax": "Fax", "extension": "PhoneExtension"},
}
PHONES = frozenset(("Phone", "Mobile", "Fax", "BusinessPhone", "BusinessMobile", "BusinessFax"))
EMAILS = frozenset(("Email", "BusinessEmail"))
_LINE_OF: Mapping[str, Line] = {
    "Mobile": "mobile",
    "BusinessMobile": "mobile",
    "Fax": "fax",
    "BusinessFax": "fax",
}
_ADDRESS = re.compile(r"[^\s<>,;:/|()\[\]\"&]+@[^\s@<>,;/|()\[\]\"&]+\.[^\W\d_]{2,}")
_LABEL = re.compile(r"e-?mail(?:adres|adresse|address)?|mail|e|courriel", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CellParts:
    """What a cell is made of.

    `value` is the field's own text, "" where the cell has none for it; `also` are the texts of
    other fields of the record, by name; `unused` are those that go nowhere.
    """

    value: str
    also: Mapping[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()

    def message(self, text: str) -> str:
        """Return the sentence about the cell `text` and its unused parts."""
        used = [quote(one) for one in (self.value, *self.also.values()) if one]
        taken = f": only {joined(used)} {_is(used)} used" if used else ""
        unused = joined(map(quote, self.unused))
        return f"{quote(text)} holds several values{taken}; {unused} {_is(self.unused)} left out."


def _is(texts: Collection[str]) -> str:
    return "is" if len(texts) == 1 else "are"


def divide(field: Field, text: str, country: str, *, whole: bool = False) -> CellParts | None:
    """Return the parts of a cell of a single-valued field, None where it is one value.

    `country` is the row's (ISO-2); `whole` says that telephone cells stay as they are.
    """
    if field.name in PHONES and field.edm == "String":
        cell = None if whole else read_phones(text, country)
        if cell is not None:
            return _of_phones(field, text, cell)
    elif field.name in EMAILS and "@" in text:
        found = _of_emails(text)
        if found is not None:
            return found
    if MARK not in text:
        return None
    parts = [part for part in map(str.strip, text.split(MARK)) if part]
    others = dict.fromkeys(part for part in parts if part != parts[0])
    return CellParts(parts[0] if parts else "", {}, tuple(others))


def _of_phones(field: Field, text: str, cell: PhoneCell) -> CellParts | None:
    line = _LINE_OF.get(field.name, "")
    lines = _OTHER_LINES.get((field.kind, field.name), {})
    main = _main(cell, line, lines)
    also: dict[str, str] = {}
    unused: list[str] = []
    for number in cell.numbers:
        other = lines.get(number.line, "")
        if number is main:
            if number.extension and "extension" in lines:
                also[lines["extension"]] = re.sub(r"\D", "", number.extension)
        elif other and other not in also:
            also[other] = _written(number)
        elif main is None or not _same(number, main):
            unused.append(_written(number))
    value = ""
    if main is not None:
        value = main.text if "extension" in lines else _written(main)
    parts = CellParts(value, also, (*dict.fromkeys(unused), *cell.rest))
    return None if value == text else parts


def _main(cell: PhoneCell, line: Line, lines: Mapping[Line | str, str]) -> PhoneNumber | None:
    """Return the number that the field itself gets: of its line, else one that is of no other."""
    own = [number for number in cell.numbers if number.line == line]
    free = [number for number in cell.numbers if number.line != "fax" or "fax" not in lines]
    return next(iter(own or free), None)


def _same(one: PhoneNumber, other: PhoneNumber) -> bool:
    return re.sub(r"\D", "", one.text) == re.sub(r"\D", "", other.text)


def _written(number: PhoneNumber) -> str:
    return f"{number.text} {number.extension}".strip()


def _of_emails(text: str) -> CellParts | None:
    """Return the first address that is valid, None where the cell is one address or none."""
    found = [match[0] for match in _ADDRESS.finditer(text)]
    if text.count("@") != len(found):
        return None
    remarks: tuple[str, ...] = ()
    if len(found) == 1:
        left = text.replace(found[0], "").strip(" :;,.<>")
        remark = re.fullmatch(r"\([^()]*\)", left)
        if "<" in text or not (remark or _LABEL.fullmatch(left)):
            return None
        remarks = (left,) if remark else ()
    value = next(filter(_valid, found), found[0])
    others = dict.fromkeys(one for one in found if one.casefold() != value.casefold())
    return CellParts(value, {}, (*others, *remarks))


def _valid(address: str) -> bool:
    try:
        identifiers.email(address)
    except InvalidValue:
        return False
    return True
