"""Files with rows of companies, of their people and of their further addresses in one list.

A column that says which of these a row is (`Is a Company`, `Address Type`) decides for each row
where its name and its address go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from exact_import.data.header_words import read_header
from exact_import.data.lexicon import squeezed
from exact_import.fields import Section
from exact_import.mapping import address_columns
from exact_import.mapping.samples import MOST, Samples
from exact_import.mapping.templates import Cells, Fill, Template
from exact_import.text import fold
from exact_import.values import vocabulary
from exact_import.values.names import is_company

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
_FIELDS = (*address_columns.LINES, *address_columns.PLACES)
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
    account["Name"] = _like(name, (sort,), companys)
    for role in ("Status", "IsSupplier"):  # of the person, where it is a person's row
        if role in account and not account[role].constant:
            account[role] = _like(account[role], (sort,), _unless(at_company, account[role].fill))
    templates["contact"]["FullName"] = _like(whole, (sort,), _unless(own, person))


def address_type(header: Sequence[str], samples: Samples) -> int | None:
    """Return the position of the column that says what kind of address a row gives, or None."""
    for index, cell in enumerate(header):
        if len(cell) < 40 and _tells_type(squeezed(cell)):
            cells = samples.cells(index)
            known = sum(fold(text) in _TYPES for text in cells)
            kinds = {_TYPES.get(fold(text)) for text in cells} - {None, "account"}
            return index if kinds and known >= MOST * len(cells) else None
    return None


def settle_addresses(templates: _Templates, column: int) -> str:
    """Let the `column` decide where each row's address goes; return a note.

    An invoice or delivery address is then a further address of the account, not its visiting
    address.
    """
    account = templates.get("account", {})
    found = {name: account[name] for name in _FIELDS if name in account}
    if not found.keys() - {"Country"}:
        return ""

    def of(section: Section, fill: Fill) -> Fill:
        def fill_typed(cells: Cells) -> str:
            return fill(cells) if _TYPES.get(fold(cells[column]), "account") == section else ""

        return fill_typed

    for section in ("account", *address_columns.SECTION_OF.values()):
        typed = {n: _like(one, (column,), of(section, one.fill)) for n, one in found.items()}
        templates[section] = {**templates.get(section, {}), **typed}
    return "says of each row which address it gives: visiting, invoice, delivery or postal"


def _tells_type(header: str) -> bool:
    return _TYPE_HEADER.fullmatch(header) is not None and not _NOT_TYPE.fullmatch(header)


def _tells_companies(header: str) -> bool:
    reading = read_header(header)
    return reading is not None and reading.part == "sort"


def _unless(own: Callable[[Cells], bool], fill: Fill) -> Fill:
    return lambda cells: "" if own(cells) else fill(cells)


def _like(template: Template, more: tuple[int, ...], fill: Fill) -> Template:
    columns = tuple(dict.fromkeys((*template.columns, *more)))
    return Template(f"{template.text} by row", columns, template.constant, fill)
