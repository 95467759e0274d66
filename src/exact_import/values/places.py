"""Cells of a city or a postcode that hold the other one as well, or a country."""

from __future__ import annotations

import re
from collections.abc import Mapping

from exact_import.text import fold
from exact_import.values.vocabulary import country_code

_CODE_AND_CITY = re.compile(
    r"(?P<code>(?:(?P<letters>[A-Z]{1,2})(?:-\s?|\s))?"
    r"(?P<digits>[1-9]\d{3}\s?[A-Z]{2}(?=\s)|\d{4,5}))[\s,–-]+(?P<city>[^\W\d_].*)"
)
# "Gent (België)", "Amsterdam, Nederland", "Lille - France".
_CITY_AND_COUNTRY = re.compile(
    r"(?P<city>[^()]*[^\s(),–-])\s*(?:\((?P<inside>[^()]+)\)|(?:,|\s[–/-])\s*(?P<behind>[^(),]+))"
)
_LETTERS = {"B": "BE", "BE": "BE", "L": "LU", "LU": "LU", "LUX": "LU", "F": "FR", "FR": "FR",
            "NL": "NL", "D": "DE", "DE": "DE", "A": "AT", "AT": "AT", "CH": "CH"}  # fmt: skip
# In "Wilmington, DE" the letters are a state's, and so is the name in "Atlanta, Georgia".
_BEHIND_COMMA = frozenset(("BE", "NL", "LU", "FR"))
_STATES = frozenset(("georgia",))
# Parts of a country say more than the country, so they stay with the city.
_REGION = re.compile(r"vlaanderen|flandre|flandern|wallon|brabant|holland$|england|schotland|wales")


def parts_of_city(text: str) -> tuple[str, Mapping[str, str]] | None:
    """Return the city, and the postcode and country (ISO-2) beside it; None for a city alone.

    >>> parts_of_city("B-9000 Gent")
    ('Gent', {'Postcode': '9000', 'Country': 'BE'})
    """
    also: dict[str, str] = {}
    city = text
    if match := _CODE_AND_CITY.fullmatch(text):
        city, also["Postcode"] = match["city"], match["digits"]
        if country := _LETTERS.get(match["letters"] or ""):
            also["Country"] = country
    if (match := _CITY_AND_COUNTRY.fullmatch(city)) and (country := _country(match)):
        city, also["Country"] = match["city"], country
    return (city, also) if also else None


def parts_of_postcode(text: str) -> tuple[str, Mapping[str, str]] | None:
    """Return the postcode and the city behind it, None for a postcode alone."""
    match = _CODE_AND_CITY.fullmatch(text)
    if match is None or not match["city"][0].isupper() or re.fullmatch("[A-Z]{2}", match["city"]):
        return None
    return match["code"], {"City": match["city"]}


def _country(match: re.Match[str]) -> str | None:
    inside, behind = match["inside"], match["behind"]
    name = (inside or behind).strip()
    if len(name) < 4:
        known = _LETTERS.get(name)
        return known if inside or name in _BEHIND_COMMA else None
    folded = fold(name)
    return None if folded in _STATES or _REGION.search(folded) else country_code(name)
