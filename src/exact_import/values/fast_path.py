"""Cells that are beyond doubt as they stand: accepted without asking the libraries.

Everything here accepts only what python-stdnum and email-validator accept too, which
tests/unit/values/test_fast_path.py holds to be so, and leaves every doubt to them (`checks`).
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

Test = Callable[[str], object]
Sift = Callable[[Collection[str]], list[str]]


@dataclass(frozen=True, slots=True)
class FastPath:
    """What tells a sure cell: a `test` of one, and a `sift` that leaves the doubtful of many."""

    test: Test
    sift: Sift


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
    joined = " ".join(texts)  # none of which begins or ends with a space
    return (
        joined.isprintable()
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


_COMMON_VAT = re.compile(r"(?:BE[01][0-9]{9}\n)+")


def _vat_number(text: str) -> bool:
    return (text.startswith("BE") and enterprise_number(text[2:])) or dutch_vat_number(text)


def _sift_vat_numbers(texts: Collection[str]) -> list[str]:
    joined = "\n".join(texts) + "\n"
    if _COMMON_VAT.fullmatch(joined) is None:
        return list(itertools.filterfalse(_vat_number, texts))
    numbers = map(int, joined.replace("BE", "").split())
    return [
        text
        for text, number in zip(texts, numbers, strict=True)
        if (number // 100 + number % 100) % 97 or not number
    ]


def _never(_text: str) -> bool:
    return False


def _tested(test: Test) -> FastPath:
    return FastPath(test, lambda texts: list(itertools.filterfalse(test, texts)))


def _matched(pattern: re.Pattern[str]) -> FastPath:
    """Return what is sure of the texts that a pattern matches, which has no line end in it."""
    lines = re.compile(rf"(?:(?:{pattern.pattern})\n)*+", pattern.flags)

    def sift(texts: Collection[str]) -> list[str]:
        joined = "\n".join(texts) + "\n"
        if joined.count("\n") != len(texts):
            return list(itertools.filterfalse(pattern.fullmatch, texts))
        found = []
        at = _end(lines, joined, 0)
        while at < len(joined):
            stop = joined.index("\n", at)
            found.append(joined[at:stop])
            at = _end(lines, joined, stop + 1)
        return found

    return FastPath(pattern.fullmatch, sift)


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return start if match is None else match.end()


def _anywhere(sure: FastPath) -> Callable[[str], FastPath]:
    return lambda _country: sure


_EIGHT_DIGITS = _matched(re.compile(r"[0-9]{8}"))
_ENTERPRISE_NUMBER = _tested(enterprise_number)
_NOTHING = _tested(_never)


def _register_number(country: str) -> FastPath:
    return {"NL": _EIGHT_DIGITS, "BE": _ENTERPRISE_NUMBER}.get(country, _NOTHING)


_EMAIL, _PHONE = _anywhere(_matched(_PLAIN_EMAIL)), _anywhere(_matched(_PLAIN_PHONE))

# By field, and by the country of the row: whether a cell is beyond doubt as it stands, so that
# nothing more need be done.
SURE: Mapping[str, Callable[[str], FastPath]] = MappingProxyType(
    {
        "VATNumber": _anywhere(FastPath(_vat_number, _sift_vat_numbers)),
        "ChamberOfCommerce": _register_number,
        "Code": _anywhere(_matched(_CODE)),
        "Postcode": _anywhere(_matched(_PLAIN_POSTCODE)),
        "Email": _EMAIL,
        "BusinessEmail": _EMAIL,
        "Website": _anywhere(_matched(_PLAIN_WEBSITE)),
        "Phone": _PHONE,
        "Mobile": _PHONE,
    }
)


def doubtful(
    sure: Callable[[str], FastPath], limit: int, home: str, texts: Collection[str], country: str
) -> list[str]:
    """Return those of many texts of rows of a country that `sure` is not sure of."""
    found = sure(country or home).sift(texts)
    if max(map(len, texts)) > limit:
        found.extend(text for text in texts if len(text) > limit)
    return found
