"""Postcodes: the form of each country, and the check of one."""

from __future__ import annotations

import re

from exact_import.text import quote
from exact_import.values.scalars import PlainForm, plain_pattern
from exact_import.values.vocabulary import InvalidValue

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
