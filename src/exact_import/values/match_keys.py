"""Normalised forms of the values that identify a company or person, and two spellings of one."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from exact_import.data import knowledge, word_group
from exact_import.text import fold, word_set
from exact_import.values.names import folded_names
from exact_import.values.phones import dialled_digits
from exact_import.values.scalars import plain_pattern

NumberKind = Literal["VATNumber", "ChamberOfCommerce"]

_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_NOT_DIGIT = re.compile(r"\D+")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\W_]+(?=\d)")
_PHONE_DIGITS = 8  # what a number has in common however its country and area are written
_NO_NUMBERS: Mapping[str, str] = {}  # one for all: most rows have none
_BELGIAN = re.compile(r"(?:be)?([01]\d{9})")
_BELGIAN_KEY = plain_pattern("be[01][0-9]{9}")
_REMEMBERED = 1 << 13  # places, from which on the earlier ones are forgotten
_HOST = re.compile(r"(?:[a-z]+://)?(?:www\.)?([^/?#]+)([^#]*)")
# Hosts with pages of many companies: the host alone identifies no company.
_PAGES = word_group("shared hosts")
# Cities with several names, normalised; the first name is used.
_CITY_NAMES: Mapping[str, Sequence[str]] = {
    names.split()[0]: names.split() for names in knowledge("words")["cities"]
}
_CITIES = {name: first for first, names in _CITY_NAMES.items() for name in names}
_COUNTRY = re.compile(r"^(?:be?|nl|lu?|fr?|de?)(?=[0-9]{4})")  # before a postcode
# Abbreviations in streets: words, ends of words, and words before a house number.
_STREET_WORDS = {
    **dict.fromkeys(("ave", "av"), "avenue"),
    **dict.fromkeys(("blvd", "bld", "bd"), "boulevard"),
}
_STREET_ENDS = {"strasse": "straat", "str": "straat", "stwg": "steenweg", "stw": "steenweg"}
_SHORTENED = tuple(_STREET_ENDS)
_BEFORE_NUMBER = word_set("nummer numero nr no n")
# E-mail providers whose addresses identify no company.
_FREE_PROVIDERS = word_group("free providers")


def compact(value: object) -> str:
    """Return the letters and digits of a value, without case."""
    text = str(value or "")
    if text.isalnum():
        return text.casefold()
    return _NOT_ALPHANUMERIC.sub("", text).casefold()


def own_key(number: object) -> str:
    """Return the form in which a source's own numbers compare: K-12 is k12, but 1.1 is not 11."""
    text = str(number or "")
    if text.isalnum():
        return text.casefold()
    return ".".join(map(compact, _BETWEEN_DIGITS.split(text)))


def own_keys(texts: Sequence[str]) -> list[str]:
    """Return `own_key` of each text."""
    return _keys(own_key, texts)


def compact_all(texts: Sequence[str]) -> list[str]:
    """Return `compact` of each text."""
    return _keys(compact, texts)


def _keys(key: Callable[[str], str], texts: Sequence[str]) -> list[str]:
    """Return `key` of each text, in one step if they have only letters and digits."""
    lines = "\n".join(texts)
    if lines.count("\n") + 1 == len(texts) and lines.replace("\n", "").isalnum():
        folded = lines.casefold()
        return list(texts) if folded == lines else folded.split("\n")
    return list(map(key, texts))


def bare_code(value: object) -> str:
    """Return a code without spaces and without leading zeros, which Excel drops."""
    text = str(value or "").strip().casefold()
    return text.lstrip("0") or text


def strong_numbers(vat: object, registered: object) -> Mapping[str, str]:
    """Return the normalised numbers by kind ("VATNumber", "ChamberOfCommerce").

    The two forms of a Belgian number are equal: BE0403170701 and 0403.170.701. Others are prefixed
    with their kind, so a Dutch KvK number never equals a VAT number.
    """
    if not vat and not registered:
        return _NO_NUMBERS
    given: tuple[tuple[NumberKind, object], ...]
    given = (("VATNumber", vat), ("ChamberOfCommerce", registered))
    texts = [(kind, compact(value)) for kind, value in given]
    return {kind: _number_key(kind, text) for kind, text in texts if text}


def number_keys(kind: NumberKind, texts: Sequence[str]) -> list[str]:
    """Return for each text of a column its normalised number, "" for none."""
    compacted = compact_all(texts)
    others = {text: _number_key(kind, text) for text in _BELGIAN_KEY.others(compacted) if text}
    return list(map(others.get, compacted, compacted)) if others else compacted


def _number_key(kind: NumberKind, text: str) -> str:
    match = _BELGIAN.fullmatch(text)
    return f"be{match[1]}" if match else f"{kind[:3]}:{text}".casefold()


@functools.lru_cache(maxsize=1 << 14)
def phone_key(value: str) -> str:
    """Return the last 8 digits of a telephone number, or all if there are fewer."""
    digits = _NOT_DIGIT.sub("", value)
    return digits[-_PHONE_DIGITS:]


def email_key(value: object) -> str:
    """Return an e-mail address in lower case without surrounding spaces."""
    return str(value or "").strip().casefold()


def website_key(value: object) -> str:
    """Return the host of a website without "www.", with its page if the host is shared.

    "" for such a host alone.
    """
    match = _HOST.match(str(value or "").strip().casefold())
    if match is None:
        return ""
    host, page = match[1], match[2].rstrip("/")
    shared = ".".join(host.split(".")[-2:])
    if shared not in _PAGES:
        return host
    return f"{shared}{page}" if page else ""


def own_domain(email: object) -> str:
    """Return the domain of an e-mail address, "" for a public provider."""
    domain = email_key(email).rpartition("@")[2]
    return "" if domain in _FREE_PROVIDERS else domain


@functools.lru_cache(maxsize=1 << 14)
def place_key(value: str) -> str:
    """Return a postcode or a city without case, accents, spaces and punctuation.

    A city is one in every language: Bruxelles is Brussel; St.-Niklaas is Sint-Niklaas. A postcode
    is one without its country: B-9000 is 9000.
    """
    words = fold(value).split()
    if words and words[0] == "st":
        words[0] = "sint"
    key = _COUNTRY.sub("", "".join(words))
    return _CITIES.get(key, key)


def place_keys(texts: Sequence[str], known: dict[str, str]) -> list[str]:
    """Return `place_key` of each text; `known` caches earlier results."""
    if len(known) > _REMEMBERED:
        known.clear()
    known.update((text, place_key(text)) for text in {*texts}.difference(known))
    return list(map(known.__getitem__, texts))


def without_city(words: tuple[str, ...], city: str) -> tuple[str, ...]:
    """Return the words of a name without its own city, which may be part of it.

    `city` is normalised. A name that is only its city keeps it.
    """
    for name in _CITY_NAMES.get(city, (city,)):
        known = name.replace("saint", "sint")  # as in names of companies
        named = [word for word in words if word in known]
        if named and sorted("".join(named)) == sorted(known):
            return tuple(word for word in words if word not in named) or words
    return words


@functools.lru_cache(maxsize=1 << 14)
def street_key(value: str) -> str:
    """Return a street with its number without case, accents, spaces and punctuation.

    Abbreviations are normalised: "Veldstr. 12" is "Veldstraat 12".
    """
    words = fold(value).split()
    for place, word in enumerate(words):
        if word.endswith(_SHORTENED):
            end = next(one for one in _SHORTENED if word.endswith(one))
            words[place] = word.removesuffix(end) + _STREET_ENDS[end]
        elif word in _STREET_WORDS:
            words[place] = _STREET_WORDS[word]
        elif word in _BEFORE_NUMBER and "".join(words[place + 1 :])[:1].isdigit():
            words[place] = ""
    return "".join(words)


def address_key(postcode: str, street: str) -> str:
    """Return one key of a folded postcode and street; "" without either or a house number."""
    whole = postcode and any(map(str.isdigit, street))
    return f"{postcode}{SEPARATOR}{street}" if whole else ""


SEPARATOR = "\x1f"


def lookup_keys(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the lookup keys of an account with these fields: pairs of a key and its value.

    The keys are Code, Number, Name, Postcode+Name, City+Name, Address, Email, Phone and Website; a
    place comes before the name, so that all names of a place are found together.
    """
    get = fields.get
    found = [("Code", bare_code(get("Code")))]
    numbers = strong_numbers(get("VATNumber"), get("ChamberOfCommerce"))
    found += [("Number", value) for value in dict.fromkeys(numbers.values())]
    name = str(get("Name") or "")
    postcode, city = place_key(str(get("Postcode") or "")), place_key(str(get("City") or ""))
    for folded in folded_names(name) if name else ():
        found.append(("Name", folded))
        if postcode:
            found.append(("Postcode+Name", f"{postcode}{SEPARATOR}{folded}"))
        if city:
            found.append(("City+Name", f"{city}{SEPARATOR}{folded}"))
    found.append(("Address", address_key(postcode, street_key(str(get("AddressLine1") or "")))))
    found.append(("Email", email_key(get("Email"))))
    found.append(("Phone", phone_key(str(get("Phone") or ""))))
    found.append(("Website", website_key(get("Website"))))
    return [pair for pair in found if pair[1]]


# --- two spellings of a value -----------------------------------------------------------------

_COUNTRY_DIGITS = range(1, 4)  # of a country code, such as 32 or 352
_SCHEME = re.compile(r"(?:https?://)?(?:www\.)?", re.IGNORECASE)


def written_alike(field: str, one: str, other: str) -> bool:
    """Return True if `one` and `other` are the same telephone number, address or place.

    They may differ in what a person would not call a change: spaces in a number, capitals in an
    e-mail address, a city's name in another language. False for fields of any other name.
    """
    same = _SAME.get(field)
    return same is not None and same(one, other)


def _same_phone(one: str, other: str) -> bool:
    (ours, abroad), (theirs, theirs_abroad) = map(dialled_digits, (one, other))
    if bool(abroad) == bool(theirs_abroad):
        return ours == theirs
    full, national = (ours, theirs) if abroad else (theirs, ours)
    bare = national.removeprefix("0")
    return bare != national and full.endswith(bare) and len(full) - len(bare) in _COUNTRY_DIGITS


def _same_site(one: str, other: str) -> bool:
    ours, theirs = (_SCHEME.sub("", text.strip(), count=1).rstrip("/") for text in (one, other))
    host, _, page = ours.partition("/")
    their_host, _, their_page = theirs.partition("/")
    return (host.casefold(), page) == (their_host.casefold(), their_page)


def _same_by(key: Callable[[str], str]) -> Callable[[str, str], bool]:
    return lambda one, other: key(one) == key(other)


_PHONES = ("Phone", "Fax", "Mobile", "BusinessPhone", "BusinessFax", "BusinessMobile")
_SAME: Mapping[str, Callable[[str, str], bool]] = {
    **dict.fromkeys(_PHONES, _same_phone),
    **dict.fromkeys(("Email", "BusinessEmail"), _same_by(email_key)),
    "Website": _same_site,
    "City": _same_by(place_key),
}
