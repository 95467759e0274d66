"""Splits cells with several values: for the field, for other fields, and the rest.

Exact Online stores one e-mail address and one number in a field. Nothing of a cell may be lost
silently, so parts that no field takes are listed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from exact_import.fields import Field
from exact_import.text import fold, joined, quote
from exact_import.values import emails, identifiers
from exact_import.values.person_words import name_and_remark
from exact_import.values.phones import Line, PhoneCell, PhoneNumber, numbers_in, read_phones
from exact_import.values.places import (
    WholeAddress,
    parts_of_city,
    parts_of_postcode,
    split_address,
    split_place,
)
from exact_import.values.vocabulary import (
    EVERYDAY_COUNTRIES,
    POLITE_FORMS,
    InvalidValue,
    country_code,
    gender,
)

MARK = ":::"
"""The separator of Google Contacts between the values of a cell."""

# The field for a number of another line: by kind and field, and by line.
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
_WEBSITE = re.compile(
    r"(?:https?://)?(?:www\.(?=[^.\s]+\.)|(?!www\.))[\w-]+(?:\.[\w-]+)+(?:/\S*)?", re.IGNORECASE
)
_BETWEEN_SITES = re.compile(
    r"\s*[,;|]\s*|\s*:::\s*|\s+[/–-]\s+|\s+(?:en|et|und|and|of|ou|oder|or)\s+"
    r"|\s+(?=https?://|www\.)",
    re.IGNORECASE,
)
# The length of an IBAN by its country.
_IBAN_LENGTHS = {
    "AT": 20, "BE": 16, "CH": 21, "DE": 22, "DK": 18, "ES": 24, "FR": 27, "GB": 22, "IE": 22,
    "IT": 27, "LU": 20, "NL": 18, "PL": 28, "PT": 25, "SE": 24,
}  # fmt: skip
_BIC = re.compile(r"(?:BIC|SWIFT)?(?:CODE|NR)?([A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)")
_LONGEST = 1_000  # characters; a longer cell is not a list, and searching it would take minutes
_PLACES = {"City": parts_of_city, "Postcode": parts_of_postcode}
NAMES = frozenset(("FirstName", "LastName"))
EMAILS = frozenset(("Email", "BusinessEmail"))
_LINES_OF_PEOPLE = {"mobile": "Mobile", "fax": "BusinessFax"}
_LINE_OF: Mapping[str, Line] = {
    "Mobile": "mobile",
    "BusinessMobile": "mobile",
    "Fax": "fax",
    "BusinessFax": "fax",
}
# Labels after a name in its cell: "An Maes, gsm: 0475 12 34 56".
_BEFORE = re.compile(
    r"(?:[\s,;:(<\[|/–-]|(?:(?<=[\s,;(])|^)(?:e-?mail|mail|gsm|mob(?:iel|ile|il)?|t[eé]l(?:efoon)?)\.?)+$",
    re.IGNORECASE,
)
_MAIL = r"e-?mail(?:adresse|adres|address)?|mail|courriel"
_MAIL_WORD = re.compile(_MAIL, re.IGNORECASE)
_LABEL = re.compile(rf"{_MAIL}|e", re.IGNORECASE)
_BESIDE = re.compile(rf"{_MAIL}|en|et|und|and|of|ou|oder|or|cc|-+", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>,;:/|()\[\]\"&]+@[^\s@<>,;/|()\[\]\"&]+\.[^\W\d_]{2,}")
_PARTICLES_LAST = re.compile(
    r"([^\s,]+(?:-[^\s,]+)*)\s*,\s*((?:van|von|de|der|den|het|'t|te|ter|ten|du|des|la|le|d')"
    r"(?:\s(?:de|der|den|het|'t|la|le))?)",
    re.IGNORECASE,
)
# Lines that begin with a number but hold no place: "1001 Building A".
_IN_BUILDING = re.compile(
    r"\b(?:build|gebouw|b[âa]t|unit|suite|floor|blo[ck]|street|road|ave|rue|kamer|room|app)"
    r"|(?:straat|laan|weg|plein)\b",
    re.IGNORECASE,
)
_POLITE = re.compile(rf"(de heer|{'|'.join(POLITE_FORMS)})(?:\.\s*|\s+|$)", re.IGNORECASE)
_NAME_AND_ADDRESS = re.compile(r"([^,;|\n]*[^\W\d_][^,;|\n]*)\s*[,;|\n]\s*(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class CellParts:
    """What a cell is made of.

    `value` is the field's own text, "" if the cell has none for it; `also` are the texts of other
    fields of the record, by name; `unused` are those that go nowhere.
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
    """Return the parts of a cell of a single-valued field, None if it is one value.

    `country` is the row's (ISO-2); `whole` says that telephone cells stay as they are.
    """
    if len(text) > _LONGEST:
        return None
    found: CellParts | None = None
    if field.name in PHONES and field.edm == "String":
        found = _of_mixed(field, text, country) if "@" in text else None
        if found is None and not whole and (cell := read_phones(text, country)) is not None:
            return _of_phones(field, text, cell)
    elif field.name in EMAILS and "@" in text:
        found = _of_mixed(field, text, country) or _of_emails(text)
    elif field.name == "Website":
        found = _of_websites(text)
    elif field.name == "BankAccount":
        found = _of_bank_accounts(text)
    elif field.name in NAMES:
        found = _of_person(field, text)
    elif field.name == "Name":
        found = _of_company(text)
    elif field.name in ("AddressLine2", "AddressLine3"):
        found = _of_lower_line(text)
    elif field.name == "AddressLine1" and all((whole_address := split_address(text))[:3]):
        found = CellParts(whole_address.line, _place_of(whole_address))
    elif field.name in _PLACES and (place := _PLACES[field.name](text)):
        found = CellParts(*place)
    if found is not None or MARK not in text:
        return found
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
    """Return the number for the field itself: of its line, or of no particular line."""
    own = [number for number in cell.numbers if number.line == line]
    free = [number for number in cell.numbers if number.line != "fax" or "fax" not in lines]
    return next(iter(own or free), None)


def _same(one: PhoneNumber, other: PhoneNumber) -> bool:
    return re.sub(r"\D", "", one.text) == re.sub(r"\D", "", other.text)


def _written(number: PhoneNumber) -> str:
    return f"{number.text} {number.extension}".strip()


def _of_emails(text: str) -> CellParts | None:
    """Return the first address that is valid, None if the cell is one address or none."""
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
    else:
        pieces = (
            one.strip(" <>()[]\"'.&") for one in re.split(r"[;:,/|]", _ADDRESS.sub(";", text))
        )
        remarks = tuple(one for one in pieces if len(one) > 1 and not _BESIDE.fullmatch(one))
    value = next(filter(_valid, found), found[0])
    others = dict.fromkeys(one for one in found if one.casefold() != value.casefold())
    return CellParts(value, {}, (*others, *remarks))


def _of_mixed(field: Field, text: str, country: str) -> CellParts | None:
    """Return the parts of a cell of e-mail addresses and telephone numbers, None for others."""
    people = field.kind == "contact"
    emails = list(dict.fromkeys(_ADDRESS.findall(text)))
    bare = _ADDRESS.sub(";", text)
    cell = numbers_in(bare, country)
    if not (emails and all(map(_valid, emails))) or (
        cell is None and (field.name in EMAILS or re.search(r"[^\W_]", _MAIL_WORD.sub("", bare)))
    ):
        return None
    also: dict[str, str] = {}
    left: list[str] = []
    if field.name in EMAILS:
        value, rest = emails[0], emails[1:]
        for number in cell.numbers if cell else ():
            name = _LINES_OF_PEOPLE.get(number.line, "Phone") if people else "Phone"
            if also.setdefault(name, number.text) != number.text:
                left.append(number.text)
    else:
        parts = _of_phones(field, bare, cell) if cell else CellParts("")
        if parts is not None:
            value, left, also = parts.value, [*parts.unused], {**parts.also}
        also["Email"], rest = emails[0], emails[1:]
    unlabelled = [one for one in (cell.rest if cell else ()) if not _MAIL_WORD.fullmatch(one)]
    return CellParts(value, also, (*dict.fromkeys((*rest, *left, *unlabelled)),))


def beside_name(text: str, country: str) -> tuple[str, Mapping[str, str]] | None:
    """Return the name in a cell with an e-mail address or a telephone number, and these.

    They are by the contact's field; the name may be "". None if a cell has neither, or more.
    """
    emails = _ADDRESS.findall(text)
    bare = _ADDRESS.sub("@", text)
    start = re.search(r"[@\d]|[+(]+\d", bare)
    name = _BEFORE.sub("", bare[: start.start()]) if start else ""
    if not start or len(emails) > 1:
        return None
    also = dict.fromkeys(("Email",) if emails else (), "".join(emails))
    cell = numbers_in(bare[len(name) :].replace("@", ";"), country)
    if cell is None:
        return None if re.search(r"\w", _MAIL_WORD.sub("", bare[len(name) :])) else (name, also)
    for number in cell.numbers:
        field = _LINES_OF_PEOPLE.get(number.line, "Phone")
        if also.setdefault(field, number.text) != number.text:
            return None
    unlabelled = [piece for piece in cell.rest if not _MAIL_WORD.fullmatch(piece)]
    return None if unlabelled else (name, also)


def _of_websites(text: str) -> CellParts | None:
    """Return the first of several web addresses, and an e-mail address for the company."""
    remark = re.search(r"\s\([^()]*\)$", text)
    remarks = (remark[0].strip(),) if remark else ()
    bare = text[: remark.start()] if remark else text
    pieces = [piece for piece in _BETWEEN_SITES.split(bare) if piece]
    emails = [piece for piece in pieces if _ADDRESS.fullmatch(piece)]
    sites = [piece for piece in pieces if piece not in emails]
    if not all(map(_WEBSITE.fullmatch, sites)) or (len(sites) < 2 and not (emails or remarks)):
        return None
    also = {"Email": emails[0]} if emails else {}
    return CellParts(sites[0] if sites else "", also, (*sites[1:], *emails[1:], *remarks))


def _of_person(field: Field, text: str) -> CellParts | None:
    """Return the name before a job title, or before the small words of "Berg, van den"."""
    name, job, _ = name_and_remark(text)
    if job:
        return CellParts(name, {"JobTitleDescription": job})
    polite = _POLITE.match(text)
    # "De Heer" is a last name as well.
    if polite and (polite.end() < len(text) or field.name == "FirstName"):
        return CellParts(text[polite.end() :], {"Gender": gender(polite[1])})
    if field.name == "LastName" and (match := _PARTICLES_LAST.fullmatch(text)):
        return CellParts(match[1], {"MiddleName": match[2]})
    return None


def _of_lower_line(text: str) -> CellParts | None:
    """Return the place in a line below the street: "9000 Gent", "België"."""
    place = split_place(text)
    if all(place) and text.startswith(place.postcode) and not _IN_BUILDING.search(place.city):
        return CellParts("", {"Postcode": place.postcode, "City": place.city})
    country = EVERYDAY_COUNTRIES.get(fold(text)) if len(text) > 3 else None
    return CellParts("", {"Country": country}) if country else None


def _of_company(text: str) -> CellParts | None:
    """Return the name before a whole address: "Alfa BV, Markt 1, 9000 Gent"."""
    match = _NAME_AND_ADDRESS.fullmatch(text)
    address = split_address(match[2]) if match else None
    if match is None or address is None or not all(address[:3]):
        return None
    if not any(map(str.isdigit, address.line)):
        return None  # "Bos, Kok & Zonen, 2000 Antwerpen"
    return CellParts(match[1].strip(), {"AddressLine1": address.line, **_place_of(address)})


def _place_of(address: WholeAddress) -> Mapping[str, str]:
    """Return the place of an address by field, without the street."""
    parts = {"Postcode": address.postcode, "City": address.city, "Country": address.country}
    also = {name: text for name, text in parts.items() if text}
    if (country := also.get("Country")) is not None:
        also["Country"] = country_code(country) or country
    return also


def _of_bank_accounts(text: str) -> CellParts | None:
    """Return the first IBAN and its BIC, None if the cell is one number or none."""
    remark = re.search(r"\(([^()\d]*)\)\s*$", text)
    if remark is not None and _BIC.fullmatch(remark[1].upper().strip()) is None:
        parts = _of_bank_accounts(text[: remark.start()])
        value = parts.value if parts is not None else text[: remark.start()].strip()
        also, unused = (parts.also, parts.unused) if parts is not None else ({}, ())
        return CellParts(value, also, (*unused, remark[0].strip()))
    left = re.sub(r"[\W_]+", "", text).upper()
    found: list[str] = []
    while match := re.search(r"(?:IBAN)?(([A-Z]{2})\d\d)", left):
        start = match.start(1)
        end = start + _IBAN_LENGTHS.get(match[2], 0)
        if end == start or not identifiers.iban_fits(left[start:end]):
            return None
        found.append(left[start:end])
        left = left[: match.start()] + left[end:]
    left = re.sub(r"^EURO?$", "", left)
    bic = _BIC.fullmatch(left)
    if bic and bic[1][4:6] not in {number[:2] for number in found}:
        return None
    if not found or (left and bic is None) or found == [re.sub(r"[\W_]+", "", text).upper()]:
        return None
    # With several numbers, it is not clear which one the code belongs to.
    also = {"BICCode": bic[1]} if bic and len(found) == 1 else {}
    return CellParts(found[0], also, (*found[1:], *([left] if left and not also else [])))


def _valid(address: str) -> bool:
    try:
        emails.email(address)
    except InvalidValue:
        return False
    return True
