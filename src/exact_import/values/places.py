"""Postcodes, and whole addresses, postcodes with city or cities with country in one cell.

For Belgium, the Netherlands, France, Germany, Luxembourg and the United Kingdom.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import NamedTuple

from exact_import.text import fold, quote
from exact_import.values.scalars import PlainForm, plain_pattern
from exact_import.values.vocabulary import InvalidValue, cities, country_code

# Not "3665 As", which is a town; nor "1234 ab", which nobody writes; "1234ab" is one.
_CODE = r"(?:[A-Z]{1,2}(?:-\s?|\s))?(?:[1-9]\d{3}(?:\s?[A-Z]{2}|[a-z]{2})(?![^\W\d_])|\d{4,5})"
_BRITISH = r"[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}"
_CITY = r"[^\W\d_][^\d,;\n]*?(?:\s(?:CEDEX(?:\s\d{1,2})?|\d{1,2}))?"
_CODE_FIRST = re.compile(rf"({_CODE}|{_BRITISH})\s*[\s,–-]\s*({_CITY})")
_CITY_FIRST = re.compile(rf"({_CITY})(\s*\(|\s*,|\s)\s*({_CODE}|{_BRITISH})\s*\)?")
_CODE_ONLY = re.compile(rf"{_CODE}|{_BRITISH}")
# A street with its number, and the place straight after it: "Kerkstraat 12 9000 Gent".
# The number may also come first: "12 rue de la Paix 75002 Paris".
_RUN_ON = re.compile(
    r"(\D*[^\W\d_]\D*\d+\s?[A-Za-z]?(?:[/-]\w+)?(?:\s(?:bus|bte|boîte|box)\s\w+)?"
    r"|\d{1,4}\s?(?:bis|ter|[A-Za-z])?,?\s+[^\W\d_]\D*[^\W\d_])\s+"
    r"((?:[A-Z]{1,3}-)?(?:[1-9]\d{3}(?:\s?[A-Z]{2})?|\d{5}))\s+([^\W\d_][^\d,;\n]*)"
)
# As Mailchimp writes it, with two spaces between: "Kerkstraat 12  Gent  9000 BE".
_COLUMNS = re.compile(
    r"(\S.*?)\s{2,}([^\d]+?)\s{2,}(?:[^\d\s]+\s{2,})?([\dA-Z -]*\d[\dA-Z -]*?) ([A-Z]{2})"
)
_MARKS = re.compile(r"\s*[,;\n|•·]+\s*|\s+[-–/]\s+")
# "Markt 3 (9000 Gent)"
_IN_BRACKETS = re.compile(r"\s*\(([^()]*\d{4}[^()]*)\)\s*$")
# "Gent (België)", "Amsterdam, Nederland", "Lille - France".
_CITY_AND_COUNTRY = re.compile(
    r"(?P<city>[^()]*[^\s(),–-])\s*(?:\((?P<inside>[^()]+)\)|(?:,|\s[–/-])\s*(?P<behind>[^(),]+))"
)
# "9000 (BE)", "9000 Gent" being a city; "1234 BE" may be Dutch.
_CODE_AND_COUNTRY = re.compile(
    rf"({_CODE}|{_BRITISH})\s*(?:\(|[,;/]\s*|\s[–-]\s)([^\W\d_]{{2}}|[^\W\d_][^\d()]{{3,}}?)\)?"
)
_LETTERS = {"B": "BE", "BE": "BE", "L": "LU", "LU": "LU", "LUX": "LU", "F": "FR", "FR": "FR",
            "NL": "NL", "D": "DE", "DE": "DE", "A": "AT", "AT": "AT", "CH": "CH"}  # fmt: skip
# In "Wilmington, DE" the letters are a state's, and so is the name in "Atlanta, Georgia".
_BEHIND_COMMA = frozenset(("BE", "NL", "LU", "FR"))
_STATES = frozenset(("georgia",))
# Parts of a country say more than the country, so they stay with the city.
_REGION = re.compile(r"vlaanderen|flandre|flandern|wallon|brabant|holland$|england|schotland|wales")
_LETTERED = re.compile(r"(?P<letters>[A-Z]{1,2})[-\s]+(?P<digits>\d.*)")


class Place(NamedTuple):
    """A postcode and a city; each may be ""."""

    postcode: str
    city: str


class WholeAddress(NamedTuple):
    """Street with number, postcode, city and country; each may be ""."""

    line: str
    postcode: str
    city: str
    country: str


@functools.lru_cache(maxsize=4096)
def split_place(text: str) -> Place:
    """Split "1234 AB Utrecht", "B-9000 Gent" or "Gent (9000)"; anything else is a city."""
    text = " ".join(text.split())
    if _CODE_ONLY.fullmatch(text):
        return Place(text, "")
    if match := _CODE_FIRST.fullmatch(text):
        return Place(match[1], match[2])
    match = _CITY_FIRST.fullmatch(text)
    # "Gent 9000" and "London SW1A 1AA" have a postcode, "Sector 7000" may not.
    certain = match and (match[2].strip() or re.fullmatch(_BRITISH, match[3]))
    if match and (certain or fold(match[1]) in cities()):
        return Place(match[3], match[1].strip(" ,"))
    return Place("", text)


@functools.lru_cache(maxsize=4096)
def split_address(text: str) -> WholeAddress:
    """Split "Kerkstraat 12, 9000 Gent, België"; an address in another form stays one line."""
    parts = [part for part in _MARKS.split(_IN_BRACKETS.sub(r", \1", text.strip())) if part]
    country = ""
    if len(parts) == 1 and (match := _COLUMNS.fullmatch(parts[0])) and country_code(match[4]):
        return WholeAddress(match[1], match[3], match[2], match[4])
    if len(parts) > 2 and not any(map(str.isdigit, parts[-1])) and country_code(parts[-1]):
        country = parts.pop()
    for width in (1, 2):  # "9000 Gent", or "9000, Gent" and "Gent, 9000"
        if len(parts) > width:
            place = split_place(", ".join(parts[-width:]))
            if all(place):
                return WholeAddress(", ".join(parts[:-width]), *place, country)
    if len(parts) == 2 and any(map(str.isdigit, parts[1])):  # "9000 Gent, Dorp 4"
        place = split_place(parts[0])
        if all(place) and place.city[:1].isupper():
            return WholeAddress(parts[1], *place, country)
    if len(parts) <= 2 and (match := _RUN_ON.fullmatch(parts[0] if parts else "")):
        known = parts[1] if len(parts) > 1 else country
        if not known or country_code(known):
            return WholeAddress(match[1], match[2], match[3].strip(), known)
    return WholeAddress(" ".join(text.split()), "", "", country)


def parts_of_city(text: str) -> tuple[str, Mapping[str, str]] | None:
    """Return the city, and the postcode and country (ISO-2) beside it; None for a city alone.

    >>> parts_of_city("B-9000 Gent")
    ('Gent', {'Postcode': '9000', 'Country': 'BE'})
    """
    also: dict[str, str] = {}
    city = text
    if (match := _CITY_AND_COUNTRY.fullmatch(text)) and (country := _country(match)):
        city, also["Country"] = match["city"], country
    place = split_place(city)
    if all(place):
        city, also["Postcode"] = place.city, place.postcode
        lettered = _LETTERED.fullmatch(place.postcode)
        if lettered and (country := _LETTERS.get(lettered["letters"])):
            also = {"Country": country, **also, "Postcode": lettered["digits"]}
    return (city, also) if also else None


def parts_of_postcode(text: str) -> tuple[str, Mapping[str, str]] | None:
    """Return the postcode, and the city or country (ISO-2) beside it; None for a postcode alone.

    >>> parts_of_postcode("9000 (BE)")
    ('9000', {'Country': 'BE'})
    """
    if (match := _CODE_AND_COUNTRY.fullmatch(text)) and (country := country_code(match[2])):
        return match[1], {"Country": country}
    place = split_place(text)
    # "1234 ab" and "12345 AB" are mistyped postcodes, and no cities.
    if not all(place) or not place.city[0].isupper() or re.fullmatch("[A-Z]{2}", place.city):
        return None
    return place.postcode, {"City": place.city}


def _country(match: re.Match[str]) -> str | None:
    inside, behind = match["inside"], match["behind"]
    name = (inside or behind).strip()
    if len(name) < 4:
        known = _LETTERS.get(name)
        return known if inside or name in _BEHIND_COMMA else None
    folded = fold(name)
    return None if folded in _STATES or _REGION.search(folded) else country_code(name)


# --- postcodes --------------------------------------------------------------------------------

_PLAIN_POSTCODE = plain_pattern("[0-9]{4}(?: [A-Z]{2})?", 7)
_PLAIN_LONG_POSTCODE = plain_pattern("[0-9]{5}", 5)
_DIGITS_OF_POSTCODES = {"BE": 4, "NL": 4, "LU": 4, "AT": 4, "CH": 4, "DE": 5, "FR": 5}
# Countries whose postcodes have five digits, some with a zero first, and what they are called.
_LONG_POSTCODES = {"DE": "German", "FR": "French", "ES": "Spanish", "IT": "Italian"}


def plain_postcode(country: str) -> PlainForm:
    """Return the plain form of the postcodes of a country (ISO-2)."""
    return _PLAIN_LONG_POSTCODE if country in _LONG_POSTCODES else _PLAIN_POSTCODE


def postcode(text: str, country: str) -> str:
    """Return a Dutch postcode as "1234 AB", any other as it is, without a spreadsheet's ".0".

    Also without the "z:" that Facebook writes before the postcodes of its forms.

    Raises InvalidValue for a text without digits: every country's postcodes have some; a mild one
    for a postcode that has lost its first zero.
    """
    text = text.removeprefix("z:")
    if country in _LONG_POSTCODES and re.fullmatch(r"[1-9]\d{3}", text, re.ASCII):
        message = (
            f"{quote(text)} has 4 digits, and {_LONG_POSTCODES[country]} postcodes have 5: Excel "
            f"drops a leading zero; write 0{text} and format the column as text."
        )
        raise InvalidValue("place", message, text, mild=True)
    if country == "NL" and (match := _DUTCH_POSTCODE.fullmatch(text)):
        return f"{match[1]} {match[2].upper()}"
    if _FLOATED_POSTCODE.fullmatch(text):
        return text[:-2]
    if _GROUPED_POSTCODE.fullmatch(text):
        return text[:-4] + text[-3:]
    expected = _DIGITS_OF_POSTCODES.get(country, len(text))
    if text.isdecimal() and len(text) != expected:
        message = (
            f"{quote(text)} is not a valid postcode in {country} (expected {expected} digits); if "
            "the address is in another country, fill in the country."
        )
        raise InvalidValue("place", message, text, mild=True)
    if (match := _LETTER_FOR_DIGIT.fullmatch(text)) is not None:
        digits = match[1].translate(_DIGITS)
        message = (
            f"{quote(text)} has a letter where a postcode has a digit, and is sent as it is; if "
            f"{digits}{text[match.end(1) :]} is right, write that."
        )
        raise InvalidValue("place", message, text, mild=True)
    digits = any(map(str.isdigit, text))
    if not digits or re.search(r"[^\W\d_]{4}", text):
        why = "it has a word in it" if digits else "it has no digits"
        raise InvalidValue(
            "place",
            f"{quote(text)} is not a postcode: {why}; is it in the wrong column?",
            text,
        )
    return text


# The letter O for a zero, or I and l for a one: no four or five characters begin like that.
_LETTER_FOR_DIGIT = re.compile(
    r"(?:[A-Z]{1,2}-)?((?=\w*[1-9])(?=\w*[OoIl])[\dOoIl]{4,5})(?:\s?[A-Z]{2})?", re.ASCII
)
_DIGITS = str.maketrans("OoIl", "0011")
_GROUPED_POSTCODE = re.compile(r"\d{1,2}[.,]\d{3}", re.ASCII)  # "9.000", as a number is shown
_FLOATED_POSTCODE = re.compile(r"\d{4,5}[.,]0", re.ASCII)
_DUTCH_POSTCODE = re.compile(r"(?:NL-?)?(\d{4}) ?([A-Za-z]{2})", re.ASCII)
