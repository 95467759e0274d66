"""Telephone numbers: which texts can be dialled, and which lost their first zero in Excel.

A number stays as it is typed. How two numbers compare when records are matched is `phone_key` in
`match_keys`.
"""

from __future__ import annotations

import re

from exact_import.text import quote
from exact_import.values.identifiers import SEPARATORS
from exact_import.values.scalars import plain_pattern
from exact_import.values.vocabulary import InvalidValue

PLAIN_PHONE = plain_pattern(r"[+0][0-9](?: ?[0-9]){7,12}+", 26)
# National numbers without the zero that they begin with, by country; Excel drops it.
_WITHOUT_ZERO = {
    "BE": re.compile(r"4\d{8}|[1-9]\d{7}", re.ASCII),
    "NL": re.compile(r"[1-9]\d{8}", re.ASCII),
    "FR": re.compile(r"[1-9]\d{8}", re.ASCII),
    "DE": re.compile(r"1[5-7]\d{8,9}", re.ASCII),
    "GB": re.compile(r"[127]\d{9}", re.ASCII),
}
_PHONE = re.compile(
    r"\+?[\d\s().\-–/]+(?:(?:ext|x|#|tst|toestel|poste|p|int|intern|durchwahl|dw)[.:]?\s*\d{1,6})?",
    re.ASCII | re.IGNORECASE,
)


def phone(text: str, country: str = "") -> str:
    """Return a telephone number as typed; a mild InvalidValue for what nobody can dial."""
    if PLAIN_PHONE.test(text):
        return text
    bare = SEPARATORS.sub("", text)
    if country in _WITHOUT_ZERO and _WITHOUT_ZERO[country].fullmatch(bare):
        message = (
            f"{quote(text)} has no leading zero, which Excel drops; for a number in {country}, "
            f"write 0{bare} and format the column as text."
        )
        raise InvalidValue("phone", message, text, mild=True)
    dialled = re.split(r"[a-z#]", text[:60].replace("(0)", ""), maxsplit=1, flags=re.IGNORECASE)[0]
    digits = len(re.sub(r"\D", "", dialled).removeprefix("00"))
    if len(text) > 60 or not _PHONE.fullmatch(text) or not 5 <= digits <= 15:
        message = f"{quote(text)} is not a valid telephone number (expected 5 to 15 digits)."
        raise InvalidValue("phone", message, text, mild=True)
    return text
