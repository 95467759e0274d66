"""Who is called what: the company, the person, and the headers that say only "Name"."""

from __future__ import annotations

import re

from exact_import.data.header_vocabulary import squeezed
from exact_import.mapping.columns import FieldColumns, HeaderColumn

PERSON_NAMES = ("FirstName", "LastName", "FullName")

_SUPPLIERS = re.compile(r"leverancier|supplier|vendor|fournisseur|lieferant|crediteur|kreditor")
_CUSTOMERS = re.compile(r"klant|client|customer|debit(or|eur)|kunde|acheteur|buyer")
_SAYS_NAME = re.compile(r"naa?m|nom|denomination|bezeichnung")
# The customer's name on an invoice is the customer's name.
_NEAR = frozenset({"main", "billing"})


def settle_names(columns: list[HeaderColumn], fields: FieldColumns) -> None:
    """Give each column with a name to a field."""
    named = [c for c in columns if not c.has("delivery", "postal", "other")]
    named = [c for c in named if c.reading.ordinal < 2]
    named.sort(key=lambda column: (column.weight, column.index))
    for name in ("FirstName", "MiddleName", "LastName"):
        for column in named:
            if column.reading.is_any(name):
                fields.take("contact", name, column, _NEAR)
    named = [c for c in named if c.reading.part == "name"]
    people = [c for c in named if c.has("person")]
    companies = [c for c in named if c.has("company") and c not in people]
    parties = [c for c in named if c.has("party", "account") and c not in people + companies]
    bare = [c for c in named if c not in people + companies + parties]
    said = [c for c in parties if _SAYS_NAME.search(squeezed(c.header))]
    roles = [c for c in parties if c not in said]
    # "Klant" beside "Leverancier" says what the company is, and not what it is called.
    both = len({names_suppliers(c.header) for c in roles}) > 1 and bool(companies or said or bare)
    if not companies and not fields.known("account", "Name"):
        if said:
            companies, said = said[:1], said[1:]
        elif bare and not _is_part_of_person(bare[0], columns, fields):
            companies, bare = bare[:1], bare[1:]
        else:
            companies = [] if both else parties[:1]
    _settle_companies(companies, fields)
    if any(c.reading.part == "sort" for c in columns) and not fields.known(
        "contact", "FirstName", "LastName"
    ):
        # Rows of companies and rows of their people: a company's own row has it in "Name".
        fields.fill_gaps("account", "Name", bare)
    for column in parties:
        if column not in companies and names_suppliers(column.header):
            # "Klant/Leverancier" says which of the two, and perhaps both.
            either = names_customers(column.header)
            fields.take("account", "Status" if either else "IsSupplier", column, _NEAR)
    _settle_people(people, bare + said, columns, fields)
    if not fields.known("account", "Name") and not fields.known("contact", *PERSON_NAMES):
        for column in columns:
            if column.reading.is_any("TradeName"):
                fields.take("account", "Name", column, _NEAR)


def names_suppliers(header: str) -> bool:
    """Tell whether a header such as "N° fournisseur" speaks of suppliers."""
    return _SUPPLIERS.search(squeezed(header)) is not None


def names_customers(header: str) -> bool:
    """Tell whether a header such as "Klantnummer" speaks of customers."""
    return _CUSTOMERS.search(squeezed(header)) is not None


def _settle_companies(companies: list[HeaderColumn], fields: FieldColumns) -> None:
    for column in companies:
        alike = column.reading.qualifiers == companies[0].reading.qualifiers
        if not fields.take("account", "Name", column, _NEAR) and alike:
            # "Company Name" and "Associated Company": where one is empty the other may not be.
            fields.fill_gaps("account", "Name", [column])


def _settle_people(
    people: list[HeaderColumn],
    bare: list[HeaderColumn],
    columns: list[HeaderColumn],
    fields: FieldColumns,
) -> None:
    first, last = fields.known("contact", "FirstName"), fields.known("contact", "LastName")
    if first and last:
        # Then "Contact name" can only be what the account is called, if nothing else is.
        if not fields.known("account", "Name"):
            for column in people[:1]:
                fields.take("account", "Name", column, _NEAR)
        return
    if first or last:
        for column in (people + bare)[:1]:
            fields.take("contact", "LastName" if first else "FirstName", column, _NEAR)
        return
    # "Hoofdcontact" is a person's name where nothing else is, and else a yes or no.
    mains = [c for c in columns if c.reading.is_any("MainContact") and c.has("person")]
    for column in (people or mains) + bare:
        fields.take("contact", "FullName", column, _NEAR)


def _is_part_of_person(
    bare: HeaderColumn, columns: list[HeaderColumn], fields: FieldColumns
) -> bool:
    """Tell whether "Naam" is half a name, as in "Voornaam; Naam"."""
    parts = [c for c in columns if c.reading.is_any("FirstName", "LastName")]
    if fields.known("contact", "FirstName") == fields.known("contact", "LastName"):
        return False
    # Exact Online's own FirstName comes with its own Name: the company's.
    own = bare.header == "Name" and not parts
    return not own and not any(c.has("person") for c in parts)
