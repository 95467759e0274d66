"""Columns that say for each row where its values go, and the columns of a row's further contacts.

`Is a Company` and `Address Type` say where the name and the address of a row go; `Phone 1 - Label`
says which number `Phone 1 - Value` is.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Mapping, Sequence

from exact_import.data.header_words import ParsedHeader, read_header
from exact_import.data.lexicon import segment, squeezed, words_of
from exact_import.fields import Section
from exact_import.mapping import address_columns
from exact_import.mapping.columns import AT_WORK, CHANNELS, channel_of
from exact_import.mapping.infer import ColumnChoice
from exact_import.mapping.samples import MOST, Samples
from exact_import.mapping.templates import Cells, Fill, Template
from exact_import.text import fold, joined, quote
from exact_import.values import vocabulary
from exact_import.values.names import is_company
from exact_import.values.several import MARK

_TYPE_HEADER = re.compile(
    "(?:type(?:of|d)?)?(?:address|adres|adresse)1?(?:type|kind|soort|label)?|typeadresse?|soortadres"
    "|adress(?:typ|art)|artderadresse"
)
_NOT_TYPE = re.compile("(?:address|adres|adresse)1?")
# The folded words for a row's address, by the section that it goes to.
_WORDS: Mapping[Section, str] = {
    "account": "contact,contact address,contactadres,visit,visiting,visiting address,bezoek,"
    "bezoekadres,main,main address,hoofdadres,primary,kontakt,kontaktadresse,"
    "adresse du contact,adresse principale,siège,siège social,hauptadresse,besuchsadresse,"
    "business,other,"
    "other address,overig,ander adres,autre,autre adresse,andere adresse,sonstige,private,"
    "private address,privé,privéadres,privat,follow-up address,home,work,thuis,werk,domicile,"
    "travail,arbeit,zuhause",
    "invoice address": "invoice,invoice address,invoicing,billing,billing address,factuur,"
    "factuuradres,facturatie,facturatieadres,facturation,adresse de facturation,rechnung,"
    "rechnungsadresse",
    "delivery address": "delivery,delivery address,shipping,shipping address,levering,"
    "leveradres,leveringsadres,afleveradres,bezorgadres,verzendadres,livraison,"
    "adresse de livraison,"
    "lieferung,lieferadresse,lieferanschrift",
    "postal address": "postal,postal address,postadres,post,correspondentie,"
    "correspondentieadres,mailing address,adresse postale,postanschrift,postadresse",
}
_TYPES = {fold(word): section for section, words in _WORDS.items() for word in words.split(",")}
_Templates = dict[Section, dict[str, Template]]


def settle_names(templates: _Templates, header: Sequence[str]) -> None:
    """Let a column such as "Is a Company" decide whether a row's own name is a company's.

    For files with `Name = {Related Company|Name}` and `FullName = {Name}`: without it, the name in
    a row with a related company is a person's. A row that says no and has no related company is a
    person with an account of their own.
    """
    name = templates.get("account", {}).get("Name")
    whole = templates.get("contact", {}).get("FullName")
    if name is None or whole is None or not {*whole.columns} < {*name.columns}:
        return
    sort = next((i for i, cell in enumerate(header) if _tells_companies(cell)), None)
    if sort is None:
        return
    person, company = whole.fill, name.fill

    def own(cells: Cells) -> bool:
        text = person(cells)
        yes = vocabulary.boolean(cells[sort].strip())
        return bool(text) and (is_company(text) if yes is None else yes)

    def companys(cells: Cells) -> str:
        if own(cells):
            return person(cells)
        found = company(cells)
        alone = vocabulary.boolean(cells[sort].strip()) is False and found == person(cells)
        return "" if alone else found

    def at_company(cells: Cells) -> bool:
        return not own(cells) and company(cells) != person(cells)

    account = templates["account"]
    account["Name"] = name.refilled("by row", companys, sort)
    for role in ("Status", "IsSupplier"):  # of the person, where it is a person's row
        if role in account and not account[role].constant:
            of_person = _unless(at_company, account[role].fill)
            account[role] = account[role].refilled("by row", of_person, sort)
    templates["contact"]["FullName"] = whole.refilled("by row", _unless(own, person), sort)


def address_type(header: Sequence[str], samples: Samples) -> int | None:
    """Return the position of the column that says what kind of address a row gives, or None."""
    for index, cell in enumerate(header):
        if len(cell) < 40 and _tells_type(squeezed(cell)):
            cells = samples.cells(index)
            known = sum(fold(text) in _TYPES for text in cells)
            kinds = {_TYPES.get(fold(text)) for text in cells} - {None, "account"}
            return index if kinds and known >= MOST * len(cells) else None
    return None


def settle_addresses(
    templates: _Templates, column: int, header: Sequence[str], notes: list[str]
) -> None:
    """Let the `column` decide where each row's address goes, and note it.

    An invoice or delivery address is then a further address of the account, not its visiting
    address.
    """
    account = templates.get("account", {})
    fields = (*address_columns.LINES, *address_columns.PLACES)
    found = {name: account[name] for name in fields if name in account}
    if not found.keys() - {"Country"}:
        return

    def of(section: Section, fill: Fill) -> Fill:
        def fill_typed(cells: Cells) -> str:
            return fill(cells) if _TYPES.get(fold(cells[column]), "account") == section else ""

        return fill_typed

    for section in ("account", *address_columns.SECTION_OF.values()):
        typed = {
            name: one.refilled("by row", of(section, one.fill), column)
            for name, one in found.items()
        }
        templates[section] = {**templates.get(section, {}), **typed}
    notes.append(
        f"{quote(header[column].strip())} says of each row which address it gives: visiting, "
        "invoice, delivery or postal."
    )


def _tells_type(header: str) -> bool:
    return _TYPE_HEADER.fullmatch(header) is not None and not _NOT_TYPE.fullmatch(header)


def _tells_companies(header: str) -> bool:
    reading = read_header(header)
    return reading is not None and reading.part == "sort"


def _unless(own: Callable[[Cells], bool], fill: Fill) -> Fill:
    return lambda cells: "" if own(cells) else fill(cells)


# --- values with a label in another column, as Google Contacts writes them: "Phone 1 - Label"

_LABEL = re.compile(r"(.+\d) - (?:label|type)", re.IGNORECASE)
_LABELLED: Mapping[str, Sequence[str]] = {
    "Email": ("Email", "BusinessEmail"),
    "Phone": ("Phone", "BusinessPhone", "Mobile", "BusinessMobile", "BusinessFax"),
}


def settle_labels(
    contact: dict[str, Template], header: Sequence[str], samples: Samples, notes: list[str]
) -> None:
    """Let labels decide to which field of the person values go, and note it.

    A channel is left alone if its values are not the person's or its labels have no meaning.
    """
    labels = []
    for channel, names in _LABELLED.items():
        pairs = _pairs(channel, header)
        own = contact.get(channel)
        if own is None or not any(value in own.columns for value, _ in pairs):
            continue
        if not any(_says_kind(text) for _, label in pairs for text in samples.cells(label)):
            continue
        labels += [quote(header[label].strip()) for _, label in pairs]
        columns = tuple(itertools.chain(*pairs))
        text = f"by label {MARK.join(header[index] for index in columns)}"
        for name in names:
            other = contact.get(name, _EMPTY)
            kept = _EMPTY if {*other.columns} & {*columns} else other
            fill = _fill(channel, name, pairs, kept.fill)
            contact[name] = Template(f"{name} {text}", (*columns, *kept.columns), fill)
    if labels:
        says = "says" if len(labels) == 1 else "say"
        note = f"{joined(labels)} {says} of each row what the value is: for work, mobile, fax."
        notes.append(note)


_EMPTY = Template("", (), lambda _cells: "")


def _pairs(channel: str, header: Sequence[str]) -> list[tuple[int, int]]:
    """Return the columns of a value and its label."""
    places = {cell.strip().casefold(): index for index, cell in enumerate(header)}
    found = []
    for index, cell in enumerate(header):
        match = _LABEL.fullmatch(cell.strip())
        value = places.get(f"{match[1]} - Value".casefold()) if match else None
        reading = read_header(header[value]) if value is not None else None
        if value is not None and reading is not None and channel_of(reading) == channel:
            found.append((value, index))
    return found


def _fill(channel: str, name: str, pairs: Sequence[tuple[int, int]], other: Fill) -> Fill:
    def fill(cells: Cells) -> str:
        found: dict[str, list[str]] = {}
        for value, label in pairs:
            if text := cells[value].strip():
                found.setdefault(_field(channel, cells[label]), []).append(text)
        work = found.get("BusinessEmail", [])
        if work and "Email" not in found:  # the only address is the person's own
            found["Email"] = [work.pop(0)]
        return f" {MARK} ".join(filter(None, (other(cells), *found.get(name, ()))))

    return fill


def _field(channel: str, label: str) -> str:
    own, work, _ = CHANNELS[channel]
    words = segment(words_of(label)) or ()
    names = {name for word in words for name in word.names}
    at_work = any("business" in word.qualifiers for word in words) or not names.isdisjoint(AT_WORK)
    if channel == "Phone" and names & {"Fax", "BusinessFax"}:
        return "BusinessFax"
    if channel == "Phone" and names & {"Mobile", "BusinessMobile"}:
        return "BusinessMobile" if at_work else "Mobile"
    return work if at_work else own


def _says_kind(label: str) -> bool:
    return any(_field(channel, label) != channel for channel in _LABELLED)


# --- the columns of a second or third contact of a row: "Contact 2 naam", "Contact 2 e-mail"

FurtherPerson = Mapping[int, int]
"""The positions of a further contact's columns, by those of the first contact's same columns."""


def further_people(
    choices: Sequence[ColumnChoice], used: Collection[int]
) -> tuple[FurtherPerson, ...]:
    """Return the further contacts of a header, by the number in it.

    Each has a name: in a column that says so ("Contactpersoon 2"), or a first and a last name. A
    bare "Naam 2" or "Voornaam 2" may belong to the first contact. Columns in `used` are taken.
    """
    first: dict[tuple[object, ...], int] = {}
    numbered: list[tuple[int, ParsedHeader]] = []
    for index, choice in enumerate(choices):
        reading = read_header(choice.header)
        if reading is not None and reading.ordinal > 1 and not choice.section and index not in used:
            numbered.append((index, reading))
        elif reading is not None and reading.ordinal < 2 and choice.section == "contact":
            first.setdefault(_thing(reading), index)
    people: dict[int, dict[int, int]] = {}
    named: dict[int, set[str]] = {}
    for index, reading in numbered:
        place = first.get(_thing(reading))
        if place is not None:
            people.setdefault(reading.ordinal, {}).setdefault(place, index)
            whole = reading.part == "name" and "person" in reading.qualifiers
            named.setdefault(reading.ordinal, set()).add("" if whole else choices[place].field)
    return tuple(
        columns
        for number, columns in sorted(people.items())
        if "" in named[number] or named[number] >= {"FirstName", "LastName"}
    )


def _thing(reading: ParsedHeader) -> tuple[object, ...]:
    return reading.targets, reading.part, reading.qualifiers
