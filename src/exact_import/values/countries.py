"""Countries, languages and currencies: from names in four languages to the codes Exact Online has.

The names come from babel, which is imported when a name is not one of the few that fill most
files; tests/unit/values/test_countries.py holds those few and the library together.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from types import MappingProxyType

from exact_import.text import fold, quote
from exact_import.values.vocabulary import (
    CURRENCY_SIGNS,
    EVERYDAY_COUNTRIES,
    EVERYDAY_LANGUAGES,
    InvalidValue,
)

LANGUAGES = ("nl", "fr", "de", "en")  # in which files name countries and languages

# Codes that the library names but that are no countries an address can lie in.
_NO_COUNTRIES = frozenset(
    ("AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ")
)


def country_code(text: str) -> str | None:
    """Return the ISO-2 code of a country named in Dutch, French, German or English, or by code.

    None if it is no country. "NL - Nederland" and "Belgium (BE)" are understood too.
    """
    words = fold(text[:200])
    if code := EVERYDAY_COUNTRIES.get(words):
        return code
    names = country_names()
    if code := names.get(words):
        return code
    parts = {fold(part) for part in re.split(r"[()\[\]/,;|]|\s[-–]\s|(?<=^\w\w)-", text[:200])}
    codes = {EVERYDAY_COUNTRIES.get(part) or names.get(part) for part in parts if part}
    return codes.pop() if len(codes) == 1 else None


@functools.cache
def country_names() -> Mapping[str, str]:
    """Return every country's names and codes, folded, with its ISO-2 code."""
    from babel import Locale
    from babel.core import get_global

    names: dict[str, str] = {}
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES:
                names.setdefault(fold(name), code)
                names[code.lower()] = code
    for alias, codes in get_global("territory_aliases").items():
        if len(alias) == 3 and alias.isalpha() and len(codes) == 1 and codes[0].lower() in names:
            names[alias.lower()] = codes[0]
    return MappingProxyType({**names, **EVERYDAY_COUNTRIES})


def country(text: str, _country: str = "") -> str:
    """Return the ISO-2 code of a country; raises Refused with the nearest name that exists."""
    code = country_code(text)
    if code is None:
        message = f"{quote(text)} is no country that is known."
        raise InvalidValue("country", message, text, known=country_spellings)
    return code


# Names that the library does not have, to suggest.
_SPOKEN = ("Holland", "Hollande", "Engeland", "England", "Angleterre", "Schotland", "Amerika")


@functools.cache
def country_spellings() -> tuple[str, ...]:
    """Return the names of all countries in the four languages, for suggestions."""
    from babel import Locale

    names = (
        name
        for language in LANGUAGES
        for code, name in Locale(language).territories.items()
        if code.lower() in country_names()
    )
    return (*names, *_SPOKEN)


_LANGUAGE_CODE = re.compile(r"([a-z]{2})(?:[-_]([a-z]{2}))?", re.ASCII | re.IGNORECASE)


def language_code(text: str, _country: str = "") -> str:
    """Return a language as Exact Online codes it: "NL", "NL-BE".

    The region is left out where it says nothing (nl-NL). Takes names in the four languages too.
    Raises Refused. See docs/exact-online.md, "Padding".
    """
    if code := EVERYDAY_LANGUAGES.get(fold(text[:200])):
        return code
    names = language_names()
    if match := _LANGUAGE_CODE.fullmatch(text):
        language, region = match[1].upper(), (match[2] or "").upper()
        if language.lower() in names and (not region or region.lower() in country_names()):
            return language if region in ("", language) else f"{language}-{region}"
    if code := names.get(fold(text[:200])):
        return code
    message = f"{quote(text)} is no language that is known; NL, FR or EN is the form."
    raise InvalidValue("language", message, text, known=language_spellings)


@functools.cache
def language_names() -> Mapping[str, str]:
    """Return every language's names and codes of two letters, folded, with its code."""
    from babel import Locale

    names: dict[str, str] = {}
    for language in LANGUAGES:
        for code, name in Locale(language).languages.items():
            if len(code) == 2:
                names.setdefault(fold(name), code.upper())
                names[code] = code.upper()
    return MappingProxyType({**names, **EVERYDAY_LANGUAGES})


@functools.cache
def language_spellings() -> tuple[str, ...]:
    """Return the names of all languages in the four languages, for suggestions."""
    from babel import Locale

    return tuple(
        name
        for language in LANGUAGES
        for code, name in Locale(language).languages.items()
        if len(code) == 2
    )


def currency_code(text: str, _country: str = "") -> str:
    """Return an ISO currency code; raises Refused for another, which would be stored as empty."""
    code = text.upper()
    code = CURRENCY_SIGNS.get(code, code)
    if code == "EUR":
        return code
    from babel.numbers import list_currencies

    if code not in list_currencies():
        raise InvalidValue("currency", f"{quote(text)} is no currency code, such as EUR.", text)
    return code
