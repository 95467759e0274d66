"""Cells that are beyond doubt as they stand: accepted without asking the libraries.

Everything here accepts only what python-stdnum and email-validator accept too, which
tests/values/test_surely.py holds to be so, and leaves every doubt to them (`checks`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType


def enterprise_number(digits: str) -> bool:
    """Tell whether ten digits are a Belgian enterprise number."""
    return (
        len(digits) == 10
        and digits.isascii()
        and digits.isdigit()
        and digits[0] in "01"
        and (int(digits[:8]) + int(digits[8:])) % 97 == 0
        and digits != "0000000000"
    )


_DUTCH_VAT = re.compile(r"NL(\d{9})B(\d\d)", re.ASCII)


def dutch_vat_number(bare: str) -> bool:
    """Tell whether a Dutch VAT number passes the check of before or of since 2020."""
    match = _DUTCH_VAT.fullmatch(bare)
    if match is None or match[1] == "000000000" or match[2] == "00":
        return False
    if int(f"2321{match[1]}11{match[2]}") % 97 == 1:  # NL and B as numbers: ISO 7064 mod 97-10
        return True
    digits = [int(digit) for digit in match[1]]
    weighed = sum(weight * digit for weight, digit in zip(range(9, 1, -1), digits, strict=False))
    return (weighed - digits[8]) % 11 == 0


_COMMON_IBAN = re.compile(r"BE\d{14}|NL\d\d[A-Z]{4}\d{10}|DE\d{20}", re.ASCII)


def iban(bare: str) -> bool:
    """Tell whether `bare` is a Belgian, Dutch or German IBAN with the right check digits."""
    if _COMMON_IBAN.fullmatch(bare) is None:
        return False
    return int("".join(str(int(mark, 36)) for mark in bare[4:] + bare[:4])) % 97 == 1


# Top-level domains of two and three letters: the reserved ones are longer.
_PLAIN_EMAIL = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+(?:[a-z]{2,3}|example)",
    re.ASCII | re.IGNORECASE,
)

_PLAIN_PHONE = re.compile(r"\+?[0-9](?: ?[0-9]){7,12}")
_PLAIN_WEBSITE = re.compile(
    r"(?:https?://)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,20}/?", re.ASCII | re.IGNORECASE
)
_CODE = re.compile(r"[0-9]{1,18}")
_PLAIN_POSTCODE = re.compile(r"[0-9]{4}(?: [A-Z]{2})?")


def _sure_vat_number(text: str, _country: str) -> bool:
    return (text.startswith("BE") and enterprise_number(text[2:])) or dutch_vat_number(text)


def _sure_register_number(text: str, country: str) -> bool:
    if country == "NL":
        return len(text) == 8 and text.isascii() and text.isdigit()
    return country == "BE" and enterprise_number(text)


# By field: whether a cell is beyond doubt as it stands, so that nothing more need be done.
SURE: Mapping[str, Callable[[str, str], object]] = MappingProxyType(
    {
        "VATNumber": _sure_vat_number,
        "ChamberOfCommerce": _sure_register_number,
        "Code": lambda text, _country: _CODE.fullmatch(text),
        "Postcode": lambda text, _country: _PLAIN_POSTCODE.fullmatch(text),
        "Email": lambda text, _country: len(text) <= 60 and _PLAIN_EMAIL.fullmatch(text),
        "BusinessEmail": lambda text, _country: len(text) <= 60 and _PLAIN_EMAIL.fullmatch(text),
        "Website": lambda text, _country: _PLAIN_WEBSITE.fullmatch(text),
        "Phone": lambda text, _country: _PLAIN_PHONE.fullmatch(text),
        "Mobile": lambda text, _country: _PLAIN_PHONE.fullmatch(text),
    }
)
