"""Names: which column is the company's and which the person's, and a full name taken apart."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from exact_import.data.header_words import squeezed
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


# Polite forms say nothing that Exact Online keeps in a name; academic titles stay.
_POLITE = re.compile(
    r"dhr|heer|mevr|mevrouw|mw|mej|mr|mrs|ms|miss|mister|m|mme|madame|mlle|monsieur|herr|frau|hr|fr"
)
# Small words before a last name. Written small they are Exact Online's middle name ("van der"),
# written large, as in Belgium, they are part of the last name ("Van den Berghe").
# Some may be a first name as well: "Al", "Le", "Do".
_NEVER_FIRST = (
    r"van|von|vom|de|der|den|het|'t|in|op|aan|bij|uit|te|ter|ten|tot|onder|over|voor|du|des"
    r"|zu|zum|zur"
)
_NO_FIRST = re.compile(_NEVER_FIRST)
_PARTICLE = re.compile(rf"{_NEVER_FIRST}|la|le|les|l'|d'|di|da|do|dos|del|della|da'|el|al|und|y")
_TITLE = re.compile(r"dr|drs|dra|ir|ing|prof|mr|bc|lic|jhr|jkvr|med|mag|dipl")


class PersonName(NamedTuple):
    """First, middle and last name; each may be ""."""

    first: str
    middle: str
    last: str


@functools.lru_cache(maxsize=4096)
def split_name(text: str) -> PersonName:
    """Take a whole name apart.

    The first word is the first name and the rest the last name; small words between them
    ("van der") are the middle name. "Peeters, Jan" and "PEETERS Jan" are understood, initials
    and an academic title stay with the first name, and a single word is a last name, also one
    with small words before it ("de Boer").
    """
    if "," in text:
        last, _, first = text.partition(",")
        if last.strip() and first.strip():
            # In the Dutch order the small words come last: "Berg, Jan van der".
            given = _without_polite(first.split())
            end = len(given)
            while end > 1 and _PARTICLE.fullmatch(given[end - 1]):
                end -= 1
            return _with_middle(given[:end], given[end:] + last.split())
    words = _without_polite(text.replace(",", " ").split())
    if len(words) < 2:
        return PersonName("", "", " ".join(words))
    loud = _leading_capitals(words)
    if loud:
        return _with_middle(words[loud:], words[:loud])
    firsts = 0 if _NO_FIRST.fullmatch(words[0].casefold()) else 1
    while 0 < firsts < len(words) - 1 and _goes_on(words[firsts - 1], words[firsts]):
        firsts += 1
    return _with_middle(words[:firsts], words[firsts:])


def _goes_on(word: str, following: str) -> bool:
    """Tell whether a first name that ends in `word` so far goes on: "Dr. Jan", "J. P."."""
    if not word.endswith(".") or _PARTICLE.fullmatch(following.casefold()):
        return False
    return following.endswith(".") or _TITLE.fullmatch(word.rstrip(".").casefold()) is not None


def _with_middle(first: list[str], last: list[str]) -> PersonName:
    small = 0
    while small < len(last) - 1 and _PARTICLE.fullmatch(last[small]):
        small += 1
    return PersonName(" ".join(first), " ".join(last[:small]), " ".join(last[small:]))


def _without_polite(words: list[str]) -> list[str]:
    start = 0
    while start < len(words) - 1 and _is_polite(words, start):
        start += 2 if words[start].casefold() == "de" else 1
    return words[start:]


def _is_polite(words: list[str], at: int) -> bool:
    word = words[at].casefold()
    if word == "de":
        return words[at + 1].casefold() == "heer" and at + 2 < len(words)
    # "M." is monsieur only where a name of two words follows: in "M. Peeters", in "M. de Vries"
    # and after another polite form it is an initial.
    if word in {"m", "m."}:
        after = words[at + 1]
        short = len(words) - at < 3 or _NO_FIRST.fullmatch(after.casefold())
        return at == 0 and not short and not after.endswith(".")
    return _POLITE.fullmatch(word.rstrip(".")) is not None


def _leading_capitals(words: list[str]) -> int:
    """Count the words in capitals that open a name of which the rest is not: "PEETERS Jan"."""
    loud = 0
    while (
        loud < len(words)
        and re.fullmatch(r"[^\W\d_][\w'’-]+", words[loud])
        and words[loud].isupper()
    ):
        loud += 1
    return loud if loud < len(words) and not any(word.isupper() for word in words[loud:]) else 0
