"""Cells that are beyond doubt as they stand: accepted without asking the libraries.

Everything here accepts only what python-stdnum and email-validator accept too, which
tests/values/test_surely.py holds to be so, and leaves every doubt to them (`checks`).
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
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


def untidy(texts: Collection[str], limit: int, refused: str) -> Collection[str]:
    """Return those of many stripped texts that may not fit a field of free text as they stand.

    None of the others is longer than `limit` or holds `refused`. What this costs, it costs once
    for a column, and a doubtful text makes those around it doubtful too.
    """
    if _all_tidy(texts, limit, refused):
        return ()
    listed = list(texts)
    parts = (listed[start : start + _PART] for start in range(0, len(listed), _PART))
    return [text for part in parts if not _all_tidy(part, limit, refused) for text in part]


_PART = 40


def _all_tidy(texts: Collection[str], limit: int, refused: str) -> bool:
    joined = "\n".join(texts)
    return (
        all(map(str.isprintable, texts))
        and max(map(len, texts)) <= limit
        and "  " not in joined
        and "#" not in joined
        and refused not in joined
        and (
            joined.isascii()
            or (unicodedata.is_normalized("NFC", joined) and "\ufffd" not in joined)
        )
    )


# Top-level domains of two and three letters: the reserved ones are longer. The quantifiers with a
# second + never give back what they took, and spelled-out capitals are twice as fast as a flag.
_PLAIN_EMAIL = re.compile(
    r"(?!.{61})[A-Za-z0-9_+-]++(?:\.[A-Za-z0-9_+-]++)*+"
    r"@(?:[A-Za-z0-9]++(?:-[A-Za-z0-9]++)*+\.)+(?:[A-Za-z]{2,3}|[Ee][Xx][Aa][Mm][Pp][Ll][Ee])"
)

_PLAIN_PHONE = re.compile(r"\+?[0-9](?: ?[0-9]){7,12}")
_PLAIN_WEBSITE = re.compile(
    r"(?:[Hh][Tt][Tt][Pp][Ss]?://)?[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,20}/?"
)
_CODE = re.compile(r"[0-9]{1,18}")
_PLAIN_POSTCODE = re.compile(r"[0-9]{4}(?: [A-Z]{2})?")


Test = Callable[[str], object]


def _vat_number(text: str) -> bool:
    return (text.startswith("BE") and enterprise_number(text[2:])) or dutch_vat_number(text)


def _register_number(country: str) -> Test:
    return {"NL": _eight_digits, "BE": enterprise_number}.get(country, _never)


def _eight_digits(text: str) -> bool:
    return len(text) == 8 and text.isascii() and text.isdigit()


def _never(_text: str) -> bool:
    return False


def _anywhere(test: Test) -> Callable[[str], Test]:
    return lambda _country: test


# By field, and by the country of the row: whether a cell is beyond doubt as it stands, so that
# nothing more need be done.
SURE: Mapping[str, Callable[[str], Test]] = MappingProxyType(
    {
        "VATNumber": _anywhere(_vat_number),
        "ChamberOfCommerce": _register_number,
        "Code": _anywhere(_CODE.fullmatch),
        "Postcode": _anywhere(_PLAIN_POSTCODE.fullmatch),
        "Email": _anywhere(_PLAIN_EMAIL.fullmatch),
        "BusinessEmail": _anywhere(_PLAIN_EMAIL.fullmatch),
        "Website": _anywhere(_PLAIN_WEBSITE.fullmatch),
        "Phone": _anywhere(_PLAIN_PHONE.fullmatch),
        "Mobile": _anywhere(_PLAIN_PHONE.fullmatch),
    }
)


def doubtful(
    sure: Callable[[str], Test], limit: int, home: str, texts: Collection[str], country: str
) -> list[str]:
    """Return those of many texts of rows of a country that `sure` is not sure of."""
    found = list(itertools.filterfalse(sure(country or home), texts))
    if max(map(len, texts)) > limit:
        found.extend(text for text in texts if len(text) > limit)
    return found
