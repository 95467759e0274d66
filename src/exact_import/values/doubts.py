"""Warnings about values that Exact Online would accept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from exact_import.fields import Field
from exact_import.text import quote
from exact_import.values.person_words import (
    BESIDE_MARKS,
    REMARK_MARKS,
    name_and_remark,
    name_before,
    person_beside,
)
from exact_import.values.scalars import LIKE_EMAIL, foreign_currency
from exact_import.values.vocabulary import POLITE_FORMS

# Names and places, which have no question mark inside a word.
_NAMES = frozenset(
    ("Name", "FirstName", "LastName", "City", "AddressLine1", "AddressLine2", "AddressLine3")
)
NAMED = frozenset(("Name", "FirstName", "LastName", "AddressLine1"))
ADDRESS_LINES = frozenset(("AddressLine1", "AddressLine2", "AddressLine3"))
# Excel's dates for the house number 1-2: "1-feb", "feb-01" or a whole date.
_EXCEL_DATE = re.compile(
    r"(?<![\w-])(?:\d{1,2}[-/]MONTH\.?|MONTH\.?[-/]\d{1,2}|(?:19|20)\d\d-[01]\d-[0-3]\d)(?![\w-])".replace(
        "MONTH",
        r"(?:jan|janv|feb|febr|févr|mrt|mar|mars|mär|apr|avr|mei|mai|may|jun|juin|jul|juil|aug|août"
        r"|sep|sept|okt|oct|nov|dec|déc|dez)",
    ),
    re.IGNORECASE,
)
_POSTCODE = re.compile(r"\d{4,5}(?:\s?[A-Z]{2})?\s+[^\W\d]|[^\W\d],?\s\d{4,5}(?!\S)")
# A telephone or VAT number. Texts with a distinctive first character are found quickly.
_NUMBER = re.compile(r"0(?:[ ./()-]{0,2}\d){7}")
_ABROAD = re.compile(r"\+(?:[ ./()-]{0,2}\d){8}")
# In company names: "attention of" phrases, and words in the example rows of templates.
_ATTENTION = re.compile(
    r"\b(?:t\.?\s?a\.?\s?v\b|c/o\b|ter attentie van|à l['’]attention|attn\b|z\.\s?hd)", re.I
)
_EXAMPLE = re.compile(
    r"(?<![\w.@])(?:voorbeeld|exemple|example|beispiel|mustermann|musterfirma)(?![\w.@])", re.I
)
_NO_COMPANY = ("t.a.v", "tav", "t. a. v", "c/o", "ter attentie", "attention", "attn", "z.hd",
               "z. hd", "voorbeeld", "exemple", "example", "beispiel", "muster")  # fmt: skip
# In the name of a company that no longer exists.
_OUT_OF_USE = ("failliet", "faillite", "stopgezet", "niet meer", "inactief", "inactif", "overleden",
               "niet gebruiken", "ne plus utiliser", "nicht mehr", "gesloten", "insolvent",
               "in vereffening", "en liquidation")  # fmt: skip
# Words in the names of neighbouring countries.
_COUNTRIES = ("belg", "nederland", "holland", "netherland", "pays", "niederl", "fran", "luxem",
              "duits", "deutsch", "allemagne", "german")  # fmt: skip
# Words in texts that refer to another address.
_ELSEWHERE = ("idem", "zelfde", "dito", "ditto", "zie ", "see ", "same", "même", "identique",
              "voir ", "siehe", "wie ", "gleich")  # fmt: skip
_DIGITS = str.maketrans("123456789", "0" * 9)
_LOST = re.compile(r"[^\W\d_]\?[^\W\d_]")
PROFILE = re.compile(
    r"(?:https?://)?(?:[\w-]+\.)*(?:linkedin|facebook|instagram|twitter|x|youtube|tiktok|xing)\.com/",
    re.IGNORECASE,
)
"""The address of a page on a social network."""

# Marks of such a date: most addresses have none, and the full check takes ten times as long.
_PARTED = re.compile(r"[-/](?=\d\d(?!\d)|[jfmasond][aeéäouvpckr])", re.IGNORECASE)
_AROUND = 6  # characters that decide


def has_excel_date(text: str) -> bool:
    """Return True for a text, of any length, with a date that was a house number."""
    return any(
        _EXCEL_DATE.search(text, max(mark.start() - _AROUND, 0), mark.end() + _AROUND)
        for mark in _PARTED.finditer(text)
    )


def is_number(text: str) -> bool:
    """Return True for a text of digits and marks alone, such as 4711 or 12/05/2024."""
    return not text.strip("0123456789 .,/+()#-")


def _finder(parts: Iterable[str]) -> Callable[[str], bool]:
    """Return a function that returns True for a text, which may be long, with one of `parts`.

    One character is found a hundred times as fast as two, and many texts have no marks at all.
    """
    marked = [(re.sub(r"[\w\s]", "", part)[:1] or part[0], part) for part in parts]
    return lambda text: any(mark in text and part in text for mark, part in marked)


_has_remark_mark = _finder(REMARK_MARKS)
_has_polite_form = _finder(("heer", *POLITE_FORMS))
_has_country = _finder(_COUNTRIES)
_has_reference = _finder(_ELSEWHERE)
_has_mark_beside = _finder(BESIDE_MARKS)
_is_out_of_use = _finder(_OUT_OF_USE)
_may_be_no_company = _finder((*_NO_COMPANY, *_OUT_OF_USE))


def _may_have_remark(text: str) -> bool:
    return _has_remark_mark(text) or _has_polite_form(text.casefold())


def _may_be_place(text: str) -> bool:
    return _may_be_whole_address(text) or _has_country(text.casefold())


def _may_be_whole_address(text: str) -> bool:
    return (
        ", " in text
        or _has_reference(text.casefold())
        or "0000" in text.translate(_DIGITS)  # searching for \d{4} takes ten times as long
        or has_excel_date(text)
    )


def _has_number(text: str) -> bool:
    return _NUMBER.search(text) is not None or _ABROAD.search(text) is not None


def _has_address(text: str) -> bool:
    """Return True for a text with a street's number and a postcode with its city."""
    numbered = sum(any(map(str.isdigit, part)) for part in text.split(","))
    return numbered > 1 and _POSTCODE.search(text) is not None


def _may_be_more_than_a_name(text: str) -> bool:
    return (
        ("," in text and _POSTCODE.search(text) is not None)
        or _has_number(text)
        or _has_mark_beside(text)
        # Searching with the patterns takes fifty times as long.
        or _may_be_no_company(text.casefold())
    )


# By field: a fast test whether a text, or texts joined by spaces, need the full check.
ODD_TEXTS: Mapping[str, Callable[[str], bool]] = {
    **dict.fromkeys(ADDRESS_LINES, has_excel_date),
    "AddressLine1": _may_be_whole_address,
    "Name": _may_be_more_than_a_name,
    **dict.fromkeys(("AddressLine2", "AddressLine3"), _may_be_place),
    **dict.fromkeys(("FirstName", "LastName"), _may_have_remark),
}


def doubts(field: Field, value: object, text: str = "") -> Iterator[tuple[str, str, bool]]:
    """Yield the check that doubts `value`, the sentence, and True for a warning by default.

    `text` is the cell, which may have more than a number: "$ 500".
    """
    if not isinstance(value, str):
        if field.edm == "Double" and (sign := foreign_currency(text)):
            message = (
                f"{quote(text)} is not in euros: Exact Online takes amounts in the currency of "
                f"your company, so the number is sent without {quote(sign)}."
            )
            yield "currency", message, True
        return
    if field.length is not None and len(value) > field.length:
        certain = field.length_source == "documented"
        known = "takes" if certain else "probably stores"
        message = (
            f"{quote(value)} has {len(value)} characters; Exact Online {known} at most "
            f"{field.length}."
        )
        yield "type" if certain else "length", message, False
    for doubt in _DOUBTS:
        named = not doubt.fields or field.name in doubt.fields
        if named and (found := doubt.finds(value)):
            message = doubt.message.format(value=quote(value), found=quote(str(found)))
            yield doubt.check, message, doubt.mild
            return


class _Doubt(NamedTuple):
    """A check of texts in `fields`, or in all fields if that is empty.

    `finds` returns what is odd, or nothing. The message may quote the `{value}` and what was
    `{found}`. `mild` says that it is a warning by default.
    """

    check: str
    fields: frozenset[str]
    finds: Callable[[str], object]
    message: str
    mild: bool = False


_COMPANY = frozenset(("Name",))
_LAST_NAME = frozenset(("LastName",))
# Only the first warning of a text is reported.
_DOUBTS = (
    _Doubt(
        "encoding",
        frozenset(),
        lambda value: "\ufffd" in value,
        "{value} has a damaged character; save the file as UTF-8, or name its encoding with "
        "--encoding.",
    ),
    _Doubt(
        "encoding",
        _NAMES,
        _LOST.search,
        '{value} has a "?" inside a word: the program that made the file has probably lost an '
        "accented letter there.",
    ),
    _Doubt(
        "excel",
        ADDRESS_LINES,
        has_excel_date,
        "{value} has a date in it: Excel turns a house number such as 1-2 into a date; correct it, "
        "and format the column as text.",
        mild=True,
    ),
    _Doubt(
        "name",
        NAMED - {"AddressLine1"},
        is_number,
        "{value} has no letters; check that it is a name and not a number.",
    ),
    _Doubt(
        "name",
        frozenset(("AddressLine1",)),
        is_number,
        "{value} has no letters; check that it is a street and not a number.",
    ),
    _Doubt(
        "name",
        frozenset(("AddressLine1",)),
        name_before,
        "{value} begins with a name, {found}, and is sent as it is; take the name out of the "
        "address.",
    ),
    _Doubt(
        "name",
        _COMPANY,
        _ATTENTION.search,
        "{value} names a contact person too, and is sent as it is; put the person "
        "into a column of their own.",
    ),
    _Doubt(
        "name",
        _COMPANY,
        lambda value: _has_number(value) or _has_address(value),
        "{value} seems to hold more than a name, such as an address or a telephone number, and is "
        "sent as it is; put each into a column of its own.",
    ),
    _Doubt(
        "name",
        _COMPANY,
        person_beside,
        "{value} seems to name a contact person too, {found}, and is sent as it is; put the person "
        "into a column of their own.",
    ),
    _Doubt(
        "name",
        _COMPANY,
        _EXAMPLE.search,
        "{value} looks like an example; delete the row if it is one.",
    ),
    _Doubt(
        "name",
        _COMPANY,
        lambda value: _is_out_of_use(value.casefold()),
        "{value} may say that the company no longer exists; it is imported like any other row. "
        "Delete the row if it should not be imported.",
    ),
    _Doubt(
        "name",
        _LAST_NAME,
        lambda value: "," in value and not LIKE_EMAIL.search(value),
        "{value} has a comma, and is sent as it is; check the name.",
    ),
    _Doubt(
        "name",
        _COMPANY,
        LIKE_EMAIL.fullmatch,
        "{value} is an e-mail address, not the name of a company.",
    ),
    _Doubt(
        "name",
        frozenset(("FirstName", "LastName")),
        LIKE_EMAIL.search,
        "{value} has an e-mail address in it, and is sent as it is.",
    ),
    _Doubt(
        "name",
        _LAST_NAME,
        lambda value: name_and_remark(value).remark,
        "{value} has {found} behind the name, and is sent as it is; take it out if it does not "
        "belong there.",
    ),
    _Doubt(
        "website",
        frozenset(("Website",)),
        PROFILE.match,
        "{value} is a page on a social network, not the company's own website; it is sent as it "
        "is.",
        mild=True,
    ),
)
