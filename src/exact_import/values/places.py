"""Splits a whole address, a postcode with city, or a city with country in one cell.

For Belgium, the Netherlands, France, Germany, Luxembourg and the United Kingdom.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import NamedTuple

from exact_import.text import fold
from exact_import.values.vocabulary import cities, country_code

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
