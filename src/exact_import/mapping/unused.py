"""Columns that no field is filled from: the source's own numbers, and unused ones.

A label of the other program is only listed as not used; values that look like an e-mail address, a
telephone number or part of an address are reported, with the field they could go to; so is a mark
that a row is out of use, because the row is imported like any other.
"""

from __future__ import annotations

import itertools
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
from exact_import.mapping.columns import FOREIGN, channel_of
from exact_import.mapping.samples import HALF, MOST, SOME, Content, Samples
from exact_import.mapping.templates import Header, Template
from exact_import.text import fold, quote
from exact_import.values.several import PHONES
from exact_import.values.vocabulary import BOOLEANS

_Place = tuple[Section, str]
_Find = tuple[str, _Place]
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
_IN_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]")  # "Fax (oud)"
# Where a telephone number begins: "Netnummer", "Landcode tel".
_PREFIX = re.compile(
    r"netnummer|zonenummer|kengetal|areacode|indicatif|vorwahl|dialcode"
    r"|(?:land|country)(?:code|nummer)(?:tel|phone|gsm)|(?:tel|phone|gsm)\w*(?:land|country)code"
)
# Numbers of other things, which may look like a telephone number without spaces.
_NUMBERS = re.compile(
    r"(?:num+er|numero|number|nr|no|id|code|ref|referentie|reference|referenz|dossier|ean|gtin|sku"
    r"|barcode)\d*$"
)
_WHO_SPEAKS = re.compile(r"tel|phone|fon|gsm|mob|fax|nood|urgence|notfall|emergency|permanen")
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
_OTHER_PHONES = ("Fax", "Mobile")
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
    templates: Mapping[Section, Mapping[str, Template]],
    open_columns: Sequence[int],
    samples: Samples,
    unfit: Collection[int] = (),
) -> Iterator[UnusedColumn]:
    """Yield those of the unused `open_columns` that hold data of a contact.

    `unfit` are the positions of columns whose cells are known not to be what their headers mean.
    """
    table = _Table(header, templates, samples)
    for index in open_columns:
        if samples.cells(index) and not FOREIGN.search(header[index]):
            yield from table.unused(index, fit=index not in unfit)


@dataclass(frozen=True, slots=True)
class _Table:
    header: Sequence[str]
    templates: Mapping[Section, Mapping[str, Template]]
    samples: Samples

    def columns(self, section: Section, *names: str) -> list[int]:
        """Return the columns that fields of a section are filled from."""
        filled = self.templates.get(section, {})
        return [index for name in names if name in filled for index in filled[name].columns]

    def unused(self, index: int, *, fit: bool) -> Iterator[UnusedColumn]:
        """Yield the message about the column at `index`, if it holds data of a contact."""
        header, samples = self.header[index].strip(), self.samples
        if _marks_rows_out_of_use(header, samples.cells(index)):
            message = (
                f"{quote(header)} is not used: rows that it marks as out of use are imported like "
                "any other row. Delete these rows if they should not be imported."
            )
            yield UnusedColumn(header, "Blocked", message)
            return
        columns = [index]
        reading = read_header(header) or read_header(_IN_BRACKETS.sub("", header))
        found: _Find | None
        if _continues_name(reading) and samples.varies(index):
            columns = [*self.columns("account", "Name"), index]
            found = "what may be a part of the name", ("account", "Name")
        elif numbers := self._begun_numbers(header):
            columns += self.columns(*numbers)
            found = "what may be the beginning of telephone numbers", numbers
        elif streets := self._streets_without_numbers(index, reading):
            columns = [*streets, index]
            found = "what may be house numbers", ("account", address_columns.LINES[0])
        else:
            found = (
                self._by_cells(index, reading)
                or (self._by_header(header, reading) if fit else None)
                or self._by_place(index)
            )
        used = [self.columns(section, *filled) for section, filled in self.templates.items()]
        if found is None or samples.repeats(index, itertools.chain(*used)):
            return
        what, (section, name) = found
        spelled = Header(self.header)
        owners = self.columns(section, *(PERSON_NAMES if name == "FullName" else (name,)))
        owner = next((i for i in owners if i not in columns), None)
        instead = "" if owner is None else f" instead of {quote(self.header[owner].strip())}"
        line = f"{name} = {' '.join(map(spelled.reference, columns))}"
        message = (
            f"{quote(header)} is not used, but holds {what}. To import it{instead}, write {line} "
            f"under [{section}] in the mapping (`exact-import map --write` makes one)."
        )
        yield UnusedColumn(header, name, message)

    def _begun_numbers(self, header: str) -> _Place | None:
        """Return the field of the telephone numbers whose beginnings have a column of their own."""
        filled = ((one, name) for one, named in self.templates.items() for name in named)
        numbers = (place for place in filled if place[1] in PHONES)
        return next(numbers, None) if _PREFIX.search(squeezed(header)) else None

    def _streets_without_numbers(self, index: int, reading: ParsedHeader | None) -> list[int]:
        """Return the columns of streets whose numbers may be in this one, which is near them."""
        streets = self.columns("account", address_columns.LINES[0])
        cells = "".join(cell for one in streets for cell in self.samples.cells(one))
        bare = not any(map(str.isdigit, cells)) and (reading is None or not reading.targets)
        near = any(abs(index - one) <= _NEAR for one in streets)
        fits = near and bare and all(map(_HOUSE_NUMBER.fullmatch, self.samples.cells(index)))
        return streets if fits else []

    def _by_cells(self, index: int, reading: ParsedHeader | None) -> _Find | None:
        header = self.header[index]
        for content, called, places in (*_FIELDS, *_by_date(header)):
            if self.samples.mostly(index, content) and self._may_hold(index, content, reading):
                free = [(s, n) for s, n in places if n not in self.templates.get(s, {})]
                people = "contact" in self.templates
                fitting = [place for place in free if people or place[0] != "contact"]
                return called, (*fitting, *free, *places)[0]
        return None

    def _may_hold(self, index: int, content: Content, reading: ParsedHeader | None) -> bool:
        """Return False for cells that look like this content, but whose header excludes it."""
        samples, word = self.samples, squeezed(self.header[index])
        cells = samples.cells(index)
        if content == "dialled" and reading is not None and channel_of(reading) in _OTHER_PHONES:
            return False  # its header says better which field it is
        if content == "dialled" and _NUMBERS.search(word) and not _WHO_SPEAKS.search(word):
            return sum(map(_parted, cells)) * 2 > len(cells)
        if content == "street":
            streets = sum(_STREET_WORDS.search(cell) is not None for cell in cells)
            return streets >= SOME * len(cells) and not samples.mostly(index, "date", "postcode")
        polite = reading is not None and reading.part in ("salutation", "title")
        return samples.varies(index) and not (polite and content in ("person", "first name"))

    def _by_header(self, header: str, reading: ParsedHeader | None) -> _Find | None:
        """Return the meaning of a recognised header without a free field."""
        if _PO_BOX.search(squeezed(header)):
            found = (name for name, word in _PLACES.items() if word.search(header))
            place: _Place = ("postal address", next(found, address_columns.LINES[0]))
            return "what may be a part of a postal address", place
        if reading is None:
            words = segment(words_of(header)) if len(header) < _LONGEST_NAME else None
            # "Maatschappelijke zetel" and "Registered office".
            visited = words and all(word.qualifiers == {"visit"} for word in words)
            return ("what may be addresses", ("account", "AddressLine1")) if visited else None
        if reading.is_any("State"):
            return None
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
            if usable and (section != "contact" or "contact" in self.templates or name in PHONES):
                return f"what its header calls {name}", (section, name)
        return None

    def _by_place(self, index: int) -> _Find | None:
        """Return what short cells straight after a house number are, or texts that look like names.

        Such texts matter where accounts get their names from people.
        """
        samples, cells = self.samples, self.samples.cells(index)
        short = all(len(text) <= _SHORT for text in cells)
        beside = index - 1 in self.columns("account", address_columns.LINES[0])
        if beside and short and not samples.mostly(index, "yes or no", "number"):
            return "what may be a part of the address", ("account", "AddressLine2")
        people = self.templates.get("contact", {}).keys() & {*PERSON_NAMES}
        if not people or "Name" in self.templates.get("account", {}):
            return None
        names = sum(cell[:1].isupper() and len(cell) <= _LONGEST_NAME for cell in cells)
        several = any(" " in cell for cell in cells)
        different = len(set(cells)) >= HALF * len(cells)
        if names < MOST * len(cells) or not several or not different:
            return None
        other = samples.mostly(
            index, "date", "place", "country", "role", "sort", "salutation", "degree"
        )
        return None if other else ("what may be the names of companies", ("account", "Name"))


def _marks_rows_out_of_use(header: str, cells: Sequence[str]) -> bool:
    mark = _MARKS.get(fold(header))
    return mark is not None and any(BOOLEANS.get(cell.casefold()) is mark for cell in cells)


def _continues_name(reading: ParsedHeader | None) -> bool:
    """Return True for "Naam 2", which continues "Naam 1"."""
    named = reading is not None and reading.part == "name" and "person" not in reading.qualifiers
    return named and reading is not None and reading.ordinal > 1


def _parted(cell: str) -> bool:
    """Return True for a telephone number in full, written as such: "0475 12 34 56"."""
    return _PARTED.search(cell) is not None and sum(map(str.isdigit, cell)) > _NATIONAL


def _by_date(header: str) -> tuple[tuple[Content, str, tuple[_Place, ...]], ...]:
    """Return the field that dates under this header could go to, as in `_FIELDS`."""
    word = squeezed(header)
    name = "StartDate" if _SINCE.search(word) else "EndDate" if _UNTIL.search(word) else ""
    if not name or _OTHER_DATES.search(word):
        return ()
    return (("date", "dates", (("account", name), ("contact", name))),)


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


# --- columns with a source's own numbers, which no field of Exact Online takes

_NUMBER = "(?:id|ids|nr|no|num|number|nummer|numero|code|key|identifier|identificatie)"
# Words before the numbered person or company: "N° adhérent", "id_customer"; not "Key account".
_FIRST = "(?:id|nr|num|number|nummer|numero|identifiant)"
_COMPANY = (
    "(?:customers?|clients?|klant(?:en)?|debiteur(?:en)?|debtors?|crediteur(?:en)?|creditors?|"
    "leveranciers?|suppliers?|vendors?|relaties?|compan(?:y|ies)|accounts?|organi[sz]ations?|"
    "organisaties?|bedrijfs?|firma|kunden?|societe|entreprise|tiers)"
)
_PERSON = (
    "(?:contacts?|contactpersoon|persons?|persoons?|people|members?|membership|lid|leden|"
    "lidmaatschaps?|membres?|adherents?|mitgl(?:ieds?)?|leerlingen?|leerling|cursisten?|cursist|"
    "deelnemers?|students?|eleves?|schuler|teilnehmer|stam|patienten?|patient)"
)
_OF_COMPANY = re.compile(f"{_COMPANY}{_NUMBER}|(?:recordid|{_FIRST}){_COMPANY}")
_OF_PERSON = re.compile(f"{_PERSON}{_NUMBER}|(?:recordid|{_FIRST}){_PERSON}|matricule")
_OF_EITHER = re.compile("(?:record|external|externe?|crm|source|bron|unique)?(?:id|uid|uuid)")


def own_number_columns(
    header: Sequence[str], used: Collection[int], *, companies: bool, people: bool
) -> Mapping[RecordKind, int]:
    """Return the positions of the columns with the source's own numbers, by kind of record.

    Columns in `used` have another meaning. A bare ID is a person's if rows name `people` and
    `companies`, because several people may have one company; otherwise, the record's.
    """
    found: dict[RecordKind, int] = {}
    for index, text in enumerate(header):
        word = squeezed(text)
        if index in used or not word:
            continue
        if _OF_COMPANY.fullmatch(word):
            found.setdefault("account", index)
        elif _OF_PERSON.fullmatch(word):
            found.setdefault("contact", index)
        elif _OF_EITHER.fullmatch(word):
            found.setdefault("contact" if companies and people else "account", index)
    return found


def lettered_number(code: Template, samples: Samples) -> str:
    """Return a number with letters from the template, "" if there is none."""
    return next((text for text in samples.values(code.fill) if any(map(str.isalpha, text))), "")


def own_number_notes(
    header: Sequence[str],
    templates: Mapping[Section, Mapping[str, Template]],
    samples: Samples,
    *,
    every: bool = False,
) -> Iterator[str]:
    """Yield a note that customer numbers are the source's own, if they are not sent or `every`.

    For numbers without letters, only Exact Online's codes show it.
    """
    code = templates.get("account", {}).get("Code")
    if code is None or code.constant:
        return
    lettered = lettered_number(code, samples)
    column = ", ".join(quote(header[index].strip()) for index in code.columns)
    start = f"{column} has the numbers that your program gives its customers. They are"
    if lettered:
        if any(map(str.isdecimal, samples.values(code.fill))):
            sent = f". Those with letters ({quote(lettered)}) are not sent, because codes"
        else:
            sent = f", and not sent: they have letters ({quote(lettered)}), and codes"
        yield f"{start} remembered to find each row again{sent} in Exact Online have digits only."
    elif every:
        yield (
            f"{start} remembered to find each row again. New accounts get them as codes, unless "
            "the import finds that Exact Online has other codes for companies of this file."
        )
