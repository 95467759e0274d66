"""Recognises two spellings of the same value. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from exact_import.values.match_keys import email_key, place_key

_NATIONAL_ZERO = re.compile(r"\(0\)")
_NOT_DIGIT = re.compile(r"\D+")
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
    (ours, abroad), (theirs, theirs_abroad) = _dialled(one), _dialled(other)
    if abroad == theirs_abroad:
        return ours == theirs
    full, national = (ours, theirs) if abroad else (theirs, ours)
    bare = national.removeprefix("0")
    return bare != national and full.endswith(bare) and len(full) - len(bare) in _COUNTRY_DIGITS


def _dialled(text: str) -> tuple[str, bool]:
    """Return the digits of a number, and whether it begins with the code of a country."""
    text = _NATIONAL_ZERO.sub("", text).strip()
    digits = _NOT_DIGIT.sub("", text)
    abroad = text.startswith("+") or digits.startswith("00")
    return (digits.removeprefix("00") if abroad else digits), abroad


def _same_site(one: str, other: str) -> bool:
    ours, theirs = (_SCHEME.sub("", text.strip(), count=1).rstrip("/") for text in (one, other))
    host, _, page = ours.partition("/")
    their_host, _, their_page = theirs.partition("/")
    return (host.casefold(), page) == (their_host.casefold(), their_page)


def _same_city(one: str, other: str) -> bool:
    return place_key(one) == place_key(other)


def _same_email(one: str, other: str) -> bool:
    return email_key(one) == email_key(other)


_PHONES = ("Phone", "Fax", "Mobile", "BusinessPhone", "BusinessFax", "BusinessMobile")
_SAME: Mapping[str, Callable[[str, str], bool]] = {
    **dict.fromkeys(_PHONES, _same_phone),
    **dict.fromkeys(("Email", "BusinessEmail"), _same_email),
    "Website": _same_site,
    "City": _same_city,
}
