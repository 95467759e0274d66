"""Unused columns with data of a contact.

A number or a label of the other program is only listed as not used; values that look like an e-mail
address, a telephone number or part of an address are reported, with the field they could go to; so
is a mark that a row is out of use, because the row is imported like any other.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from exact_import.data.header_words import ParsedHeader, read_header
from exact_import.data.lexicon import segment, squeezed, words_of
from exact_import.fields import (
    KIND_OF,
    PERSON_NAMES,
    RecordKind,
    Section,
    catalogue,
    find_field,
)
from exact_import.mapping import address_columns
from exact_import.mapping.columns import channel_of, is_foreign
from exact_import.mapping.samples import HALF, MOST, SOME, Content, Samples
from exact_import.mapping.templates import Header
from exact_import.text import fold, quote
from exact_import.values.several import PHONES
from exact_import.values.vocabulary import BOOLEANS

_Place = tuple[Section, str]
# The kinds of content, their names in messages, and the fields they could go to, in order.
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
    ("particle", "words between first and last names", (("contact", "MiddleName"),)),
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
_LONGEST_NAME = 60  # characters
_SHORT = 4  # characters of a house number's addition
_NEAR = 3  # columns between a street and its number
_HOUSE_NUMBER = re.compile(r"\d{1,4}\s?[^\W\d_]?")
# What a header adds to its meaning: "Fax (oud)".
_IN_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]")
# Numbers of other things, which may look like a telephone number without spaces.
_NUMBERS = re.compile(
    r"(?:num+er|numero|number|nr|no|id|code|ref|referentie|reference|referenz|dossier|ean|gtin|sku"
    r"|barcode)\d*$"
)
_WHO_SPEAKS = re.compile(r"tel|phone|fon|gsm|mob|fax|nood|urgence|notfall|emergency|permanen")
# Beside "Telefoon", where a number begins: "Netnummer", "Landcode tel".
_PREFIX = re.compile(
    r"netnummer|zonenummer|kengetal|landnummer|areacode|indicatif|vorwahl|dialcode"
    r"|(?:landcode|countrycode)(?:tel|phone|gsm|mob)|(?:tel|phone|gsm|mob)\w*(?:landcode|countrycode)"
)
_NATIONAL = 8  # digits of a telephone number without its first zero
_PARTED = re.compile(r"[+\s./()-]")
# Words of streets; without one, "Kolli 5" and "ma-vr 9-17" only look like a street.
_STREET_WORDS = re.compile(
    r"postbus|postfach|p\.? ?o\.? box|bo[iî]te postale|\bbp\b"
    r"|stra(?:at|ss|ß)|laan|weg\b|plein|kade|dijk|baan\b|lei\b|dreef|hof\b|pad\b|markt|gracht|singel"
    r"|park|ring\b|steeg|berg\b|veld\b|dorp|kaai|str\.|\brue|avenue|boulevard|place|chauss|chemin"
    r"|quai|impasse|route|all[ée]e|platz|gasse|ufer|street|road|lane|square|drive",
    re.IGNORECASE,
)
_PO_BOX = re.compile(r"post(?:bus|fach|box)(?!iness)|pobox|boitepostale")
_PLACES = {
    "Postcode": re.compile(r"post ?co?de|zip|\bplz|code postal|\bcp\b", re.IGNORECASE),
    "City": re.compile(r"plaats|city|town|ville|\bort|gemeente", re.IGNORECASE),
}
_POLITE = frozenset({"salutation", "title"})
# Dates that say since when or until when somebody is a customer or a member.
_SINCE = re.compile(
    r"start|ingang|begin(?!ner)|since|sinds|vanaf|depuis|debut|seit\b|seit$|eintritt|intrede"
    r"|inschrijf|aansluit|adhesion|joined"
)
_UNTIL = re.compile(
    r"eind|^end|stop|date(?:de)?fin|austritt|uittred|uitdienst|opzeg|resiliation"
    r"|(?:lid|klant|actief)tot|(?:mitglied|kunde|aktiv)bis|(?:membre|client|actif)jusqu|until"
)
_OTHER_DATES = re.compile(
    r"contract|project|mandaat|mandat|abonn|order|taak|actie|campa|event"
    r"|boekjaar|exercice|fiscal|geschaftsjahr"
)


@dataclass(frozen=True, slots=True)
class UnusedColumn:
    """An unused column: its header, the field it could go to, and the message."""

    header: str
    field: str
    message: str


def unused_data(
    header: Sequence[str],
    filled: Mapping[Section, Mapping[str, Collection[int]]],
    open_columns: Sequence[int],
    samples: Samples,
    unfit: Collection[int] = (),
) -> Iterator[UnusedColumn]:
    """Yield those of the unused `open_columns` that hold data of a contact.

    `filled` has the positions of the columns that each field is filled from, `unfit` those of
    columns whose cells are known not to be what their headers mean.
    """
    spelled = Header(header)
    used = [i for named in filled.values() for columns in named.values() for i in columns]
    for index in open_columns:
        if not samples.cells(index) or is_foreign(header[index]):
            continue
        if _marks_rows_out_of_use(header[index], samples.cells(index)):
            message = (
                f"{quote(header[index].strip())} is not used: rows that it marks as out of use are "
                "imported like any other row. Delete these rows if they should not be imported."
            )
            yield UnusedColumn(header[index].strip(), "Blocked", message)
            continue
        second = _is_second_name(header[index]) and samples.varies(index)
        what, place = _NOTHING
        if not second:
            what, place = _by_cells(header[index], index, filled, samples) or _NOTHING
        if not place and index not in unfit:
            what, place = _by_header(header[index], filled)
        if not place and _beside_address(index, filled, samples):
            what, place = "what may be a part of the address", ("account", "AddressLine2")
        streets = () if place else _streets_without_numbers(index, filled, samples)
        if streets:
            what, place = "what may be house numbers", ("account", address_columns.LINES[0])
        if not place and _may_name_company(index, filled, samples):
            what, place = "what may be the names of companies", ("account", "Name")
        columns = [*streets, index]
        if second:
            columns = [*filled.get("account", {}).get("Name", ()), index]
            what, place = "what may be a part of the name", ("account", "Name")
        if _PREFIX.search(squeezed(header[index])) and (dialled := _dialled(filled)) is not None:
            columns = [index, *filled[dialled[0]][dialled[1]]]
            what, place = "what may be the beginning of telephone numbers", dialled
        if place and not samples.repeats(index, used):
            section, name = place
            message = f"{quote(header[index].strip())} is not used, but holds {what}."
            line = f"{name} = {' '.join(map(spelled.reference, columns))}"
            owner = next((i for i in _owners(filled, place) if i not in columns), None)
            instead = "" if owner is None else f" instead of {quote(header[owner].strip())}"
            advice = f"To import it{instead}, write {line} under [{section}] in the mapping"
            message = f"{message} {advice} (`exact-import map --write` makes one)."
            yield UnusedColumn(header[index].strip(), name, message)


def unused_policies(
    policies: Iterable[tuple[str, str]], mapped: Mapping[RecordKind, Iterable[str]]
) -> Iterator[str]:
    """Yield a sentence for each policy, by kind and folded field, of a field that no column fills.

    A kind of "" is that of accounts and contacts; `mapped` are the fields that rows can fill.
    """
    filled = {
        (one, name.casefold()) for kind in mapped for name in mapped[kind] for one in ("", kind)
    }
    for kind, name in policies:
        found = [field for one in mapped if (field := find_field(one, name)) is not None]
        if found and (kind, name) not in filled:
            shown = f"{kind} {found[0].name}".strip()
            yield f"[policy] {shown}: no column goes to this field, so this line has no effect."


def _owners(
    filled: Mapping[Section, Mapping[str, Collection[int]]], place: _Place
) -> Iterator[int]:
    """Yield the columns that a field is already filled from."""
    section, name = place
    for one in PERSON_NAMES if name == "FullName" else (name,):
        yield from filled.get(section, {}).get(one, ())


def _marks_rows_out_of_use(header: str, cells: Sequence[str]) -> bool:
    mark = _MARKS.get(fold(header))
    return mark is not None and any(BOOLEANS.get(cell.casefold()) is mark for cell in cells)


_NOTHING: tuple[str, _Place | None] = ("", None)


def _by_cells(
    header: str,
    index: int,
    filled: Mapping[Section, Mapping[str, Collection[int]]],
    samples: Samples,
) -> tuple[str, _Place | None] | None:
    for content, called, places in (*_FIELDS, *_by_date(header)):
        if samples.mostly(index, content) and _may_hold(header, content, index, samples):
            free = [(s, n) for s, n in places if n not in filled.get(s, {})]
            people = "contact" in filled
            fitting = [place for place in free if people or place[0] != "contact"]
            return called, (*fitting, *free, *places)[0]
    return None


def _reading(header: str) -> ParsedHeader | None:
    """Return the meaning of a header, or of what remains of it without brackets."""
    return read_header(header) or read_header(_IN_BRACKETS.sub("", header))


def _may_hold(header: str, content: Content, index: int, samples: Samples) -> bool:
    """Return False for cells that look like this content, but whose header excludes it."""
    cells, word, reading = samples.cells(index), squeezed(header), _reading(header)
    if content == "dialled" and reading is not None and channel_of(reading) in ("Fax", "Mobile"):
        return False  # its header says better which field it is
    if content == "dialled" and _NUMBERS.search(word) and not _WHO_SPEAKS.search(word):
        return sum(map(_parted, cells)) * 2 > len(cells)
    if content == "street":
        streets = sum(_STREET_WORDS.search(cell) is not None for cell in cells)
        return streets >= SOME * len(cells) and not samples.mostly(index, "date", "postcode")
    polite = reading is not None and reading.part in _POLITE
    return samples.varies(index) and not (polite and content in ("person", "first name"))


def _parted(cell: str) -> bool:
    """Return True for a telephone number in full, written as such: "0475 12 34 56"."""
    return _PARTED.search(cell) is not None and sum(map(str.isdigit, cell)) > _NATIONAL


def _by_date(header: str) -> tuple[tuple[Content, str, tuple[_Place, ...]], ...]:
    """Return the field that dates under this header could go to, as in `_FIELDS`."""
    word = squeezed(header)
    if _OTHER_DATES.search(word):
        return ()
    if _SINCE.search(word):
        return (("date", "dates", (("account", "StartDate"), ("contact", "StartDate"))),)
    if _UNTIL.search(word):
        return (("date", "dates", (("account", "EndDate"), ("contact", "EndDate"))),)
    return ()


def _by_header(
    header: str, filled: Mapping[Section, Mapping[str, Collection[int]]]
) -> tuple[str, _Place | None]:
    """Return the meaning of a recognised header without a free field."""
    reading = _reading(header)
    if _PO_BOX.search(squeezed(header)):
        name = next((name for name, word in _PLACES.items() if word.search(header)), "AddressLine1")
        return "what may be a part of a postal address", ("postal address", name)
    if reading is None and _says_which_address(header):
        return "what may be addresses", ("account", "AddressLine1")
    if reading is None or reading.is_any("State"):
        return _NOTHING
    if reading.part == "name" and reading.qualifiers & {"person", "company"} == {"person"}:
        return "what its header calls a person", ("contact", "FullName")
    if reading.part == "name" and "person" not in reading.qualifiers:
        return "what its header calls a name", ("account", "Name")
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


def _may_name_company(
    index: int, filled: Mapping[Section, Mapping[str, Collection[int]]], samples: Samples
) -> bool:
    """Return True for texts that name something, where accounts get their names from people."""
    people = filled.get("contact", {}).keys() & {*PERSON_NAMES}
    if not people or "Name" in filled.get("account", {}):
        return False
    cells = samples.cells(index)
    names = sum(cell[:1].isupper() and len(cell) <= _LONGEST_NAME for cell in cells)
    several = any(" " in cell for cell in cells)
    other = samples.mostly(
        index, "date", "place", "country", "role", "sort", "salutation", "degree"
    )
    different = len(set(cells)) >= HALF * len(cells)
    return names >= MOST * len(cells) and several and different and not other


def _says_which_address(header: str) -> bool:
    """Return True for "Maatschappelijke zetel" and "Registered office"."""
    words = segment(words_of(header)) if len(header) < _LONGEST_NAME else None
    return bool(words) and all(word.qualifiers == {"visit"} for word in words or ())


def _is_second_name(header: str) -> bool:
    """Return True for "Naam 2", which continues "Naam 1"."""
    reading = read_header(header)
    if reading is None or reading.part != "name" or "person" in reading.qualifiers:
        return False
    return reading.ordinal > 1


def _beside_address(
    index: int, filled: Mapping[Section, Mapping[str, Collection[int]]], samples: Samples
) -> bool:
    """Return True for short cells straight after the column of the house number."""
    lines = filled.get("account", {}).get(address_columns.LINES[0], ())
    short = all(len(text) <= _SHORT for text in samples.cells(index))
    return index - 1 in lines and short and not samples.mostly(index, "yes or no", "number")


def _dialled(filled: Mapping[Section, Mapping[str, Collection[int]]]) -> _Place | None:
    """Return the first field of telephone numbers that is filled."""
    places = ((section, name) for name in PHONES for section in filled if name in filled[section])
    return next(places, None)


def _streets_without_numbers(
    index: int, filled: Mapping[Section, Mapping[str, Collection[int]]], samples: Samples
) -> Collection[int]:
    """Return the columns of streets that have no numbers, if this column near them may have."""
    streets = filled.get("account", {}).get(address_columns.LINES[0], ())
    bare = not any(any(map(str.isdigit, cell)) for one in streets for cell in samples.cells(one))
    near = any(abs(index - one) <= _NEAR for one in streets)
    fits = near and bare and all(map(_HOUSE_NUMBER.fullmatch, samples.cells(index)))
    return streets if fits else ()
