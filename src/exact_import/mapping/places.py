"""An address, or a postcode with its city, in one cell, taken apart.

For Belgium, the Netherlands, France, Germany, Luxembourg and the United Kingdom.
"""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from exact_import.text import fold
from exact_import.values.vocabulary import cities, country_code

# Not "3665 As", which is a town; nor "1234 ab", which nobody writes; "1234ab" is one.
_CODE = r"(?:[A-Z]{1,2}-\s?)?(?:[1-9]\d{3}(?:\s?[A-Z]{2}|[a-z]{2})(?![^\W\d_])|\d{4,5})"
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
    r"([1-9]\d{3}(?:\s?[A-Z]{2})?|\d{5})\s+([^\W\d_][^\d,;\n]*)"
)
# As Mailchimp writes it, with two spaces between: "Kerkstraat 12  Gent  9000 BE".
_COLUMNS = re.compile(
    r"(\S.*?)\s{2,}([^\d]+?)\s{2,}(?:[^\d\s]+\s{2,})?([\dA-Z -]*\d[\dA-Z -]*?) ([A-Z]{2})"
)
_MARKS = re.compile(r"\s*[,;\n|]+\s*|\s+[-–]\s+")


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
    """Take "1234 AB Utrecht", "B-9000 Gent" or "Gent (9000)" apart; anything else is a city."""
    text = " ".join(text.split())
    if _CODE_ONLY.fullmatch(text):
        return Place(text, "")
    if match := _CODE_FIRST.fullmatch(text):
        return Place(match[1], match[2])
    match = _CITY_FIRST.fullmatch(text)
    # "Gent 9000" has a postcode, "Sector 7000" may not.
    if match and (match[2].strip() or fold(match[1]) in cities()):
        return Place(match[3], match[1].strip(" ,"))
    return Place("", text)


@functools.lru_cache(maxsize=4096)
def split_address(text: str) -> WholeAddress:
    """Take "Kerkstraat 12, 9000 Gent, België" apart; what is written otherwise stays one line."""
    parts = [part for part in _MARKS.split(text.strip()) if part]
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
    if len(parts) <= 2 and (match := _RUN_ON.fullmatch(parts[0] if parts else "")):
        known = parts[1] if len(parts) > 1 else country
        if not known or country_code(known):
            return WholeAddress(match[1], match[2], match[3].strip(), known)
    return WholeAddress(" ".join(text.split()), "", "", "")
