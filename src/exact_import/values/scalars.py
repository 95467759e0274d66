"""Converts plain text, GUIDs, yes and no, and numbers to Exact Online's form.

Everything here is a pure function of the text and the file's conventions; it raises InvalidValue
with a sentence. docs/values.md gives the rules to users.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal

from exact_import.text import compose, quote
from exact_import.values.vocabulary import InvalidValue, boolean

INTEGER_RANGES = {
    "Byte": (0, 255),
    "Int16": (-(2**15), 2**15 - 1),
    "Int32": (-(2**31), 2**31 - 1),
    "Int64": (-(2**63), 2**63 - 1),
}

LONGEST = 1000  # characters; longer text comes from another kind of file, and is slow to check

# Invisible characters that Outlook, Word and web pages leave behind: zero-width space, direction
# marks, word joiner, soft hyphen, byte order mark. The joiners U+200C and U+200D carry meaning.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")

_TOGETHER = 40  # texts that are checked together if one of them is not tidy


@dataclass(frozen=True, slots=True)
class PlainForm:
    """The form of a field's text in which it is a value as it is: the first step of its rule.

    `test` returns True if a text has it, `others` returns the texts that do not.
    `longest` is how many characters one may have, 0 for any number.
    """

    test: Callable[[str], object]
    others: Callable[[Collection[str]], list[str]]
    longest: int = 0


def plain_if(test: Callable[[str], object]) -> PlainForm:
    """Return the plain form of the texts for which `test` is true."""
    return PlainForm(test, lambda texts: list(itertools.filterfalse(test, texts)))


def plain_pattern(pattern: str, longest: int = 0) -> PlainForm:
    """Return the plain form of the texts that `pattern` matches, none of which has a line end.

    `longest` is how many characters it matches at most, 0 for any number.
    """
    test = re.compile(pattern).fullmatch
    lines = re.compile(rf"(?:(?:{pattern})\n)*+")

    def end(text: str, start: int) -> int:
        match = lines.match(text, start)
        return start if match is None else match.end()

    def others(texts: Collection[str]) -> list[str]:
        joined = "\n".join(texts) + "\n"
        if joined.count("\n") != len(texts):
            return list(itertools.filterfalse(test, texts))
        found = []
        at = end(joined, 0)
        while at < len(joined):
            stop = joined.index("\n", at)
            found.append(joined[at:stop])
            at = end(joined, stop + 1)
        return found

    return PlainForm(test, others, longest)


def untidy(
    texts: Collection[str], limit: int, refused: str, odd: Callable[[str], bool] | None = None
) -> Collection[str]:
    """Return those of many stripped texts that may not fit a field of free text unchanged.

    No other text is longer than `limit`, holds `refused` or is `odd`. The texts are checked
    together, so a text that fails makes the texts around it fail too.
    """
    if _all_tidy(texts, limit, refused, odd):
        return ()
    listed = list(texts)
    parts = (listed[start : start + _TOGETHER] for start in range(0, len(listed), _TOGETHER))
    return [text for part in parts if not _all_tidy(part, limit, refused, odd) for text in part]


def _all_tidy(
    texts: Collection[str], limit: int, refused: str, odd: Callable[[str], bool] | None
) -> bool:
    joined = " ".join(texts)  # none of which begins or ends with a space
    return (
        joined.isprintable()
        and max(map(len, texts)) <= limit
        and "  " not in joined
        and "#" not in joined
        and "?" not in joined
        and "@" not in joined
        and refused not in joined
        and (odd is None or not odd(joined))
        and (joined.isascii() or (compose(joined) == joined and "\ufffd" not in joined))
    )


_EXCEL_ERROR = re.compile(r"#(?:[A-ZÄÖÜÉ0-9/]{2,12}[!?]|N/[AB]|NV|N/D|##+)")
_EXCEL_FLOAT = re.compile(r"[+-]?\d(?:[.,]\d+)?E\+?\d{1,3}", re.IGNORECASE)


def tidy(text: str, *, lines: bool = False) -> str:
    """Return `text` without invisible characters and needless white space, accents composed.

    `lines` keeps line breaks (as line feeds) and the spaces within lines; otherwise every run of
    white space becomes one space.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    text = _CONTROL.sub("", _INVISIBLE.sub("", text))
    if not text.isascii():
        text = compose(text)
    if lines:
        return "\n".join(line.rstrip() for line in text.replace("\xa0", " ").splitlines()).strip()
    return " ".join(text.split())


def refuse_endless(text: str) -> None:
    """Raise InvalidValue if `text` is too long for a number, a date, a code or a word."""
    if len(text) > LONGEST:
        message = f"{quote(text)} has {len(text)} characters, too many for this field."
        raise InvalidValue("type", message, None)


def refuse_excel_error(text: str, *, parts: bool) -> None:
    """Raise InvalidValue if `text` is the mark of a broken formula, such as #REF! or #N/B.

    `parts` looks at each word: a street and a house number may come from two cells.
    """
    if "#" in text and any(map(_EXCEL_ERROR.fullmatch, text.split() if parts else (text,))):
        raise InvalidValue("excel", f"{quote(text)} is a spreadsheet error, not a value.", None)


def refuse_excel_float(text: str) -> None:
    """Raise InvalidValue if `text` is a long number that a spreadsheet has rounded."""
    if _EXCEL_FLOAT.fullmatch(text):
        raise InvalidValue(
            "excel",
            f"{quote(text)} is a long number that a spreadsheet rounded, and digits are lost; "
            "format the column as text and copy the numbers from their source again.",
            None,
        )


def without_float(text: str) -> str:
    """Return a whole number without a spreadsheet's ".0"; other texts unchanged.

    Only numbers as long as a telephone or company number are: "12.0" may be anything.
    """
    return text[:-2] if _FLOATED_NUMBER.fullmatch(text) else text


_FLOATED_NUMBER = re.compile(r"[1-9]\d{6,13}[.,]0", re.ASCII)


def guid(text: str) -> str:
    """Return a GUID as Exact Online writes it: lower case, no braces."""
    bare = text.removeprefix("{").removesuffix("}").lower()
    if _GUID.fullmatch(bare) is None:
        message = (
            f"{quote(text)} is not a valid ID (expected a GUID: 8-4-4-4-12 hexadecimal digits)."
        )
        raise InvalidValue("guid", message, None)
    digits = bare.replace("-", "")
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


_GUID = re.compile(r"[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}")


def truth(text: str) -> bool:
    """Return the meaning of a yes-or-no word in one of the four languages, an x, or a 1 or 0."""
    value = boolean(text)
    if value is None:
        raise InvalidValue(
            "type", f"{quote(text)} is neither yes nor no; write yes or no, 1 or 0.", None
        )
    return value


_NUMBER = re.compile(
    r"([+-]?)(\d{1,3}([.,' ’])\d{3}(?:\3\d{3})*|\d{1,18})?(?:([.,])(\d{0,15}))?(-?)"
)
_MONEY = re.compile(r"^(?:€|\$|£|EUR|USD|GBP)\s*|\s*(?:€|\$|£|EUR|USD|GBP)$", re.IGNORECASE)
_NO_CENTS = re.compile(r"(?<=\d)[.,](?:-{1,2}|=|–|—)$")  # "500,-" is 500, not minus 500
# Countries of the four languages' reach where a point parts the decimals.
POINT_COUNTRIES = frozenset(("GB", "IE", "US", "CA", "AU", "NZ", "CH", "LI", "IN", "CN", "JP"))


def number(text: str, decimal: str = "", country: str = "NL", *, grouped: bool = True) -> Decimal:
    """Return the number that `text` writes.

    `decimal` is the file's decimal mark; "" decides by the text itself and, for one mark with three
    digits after it, by the country's custom. `grouped` False says that thousands are never
    separated (a latitude). Raises InvalidValue for anything else.
    """
    bare = _MONEY.sub(
        "", text.replace("\xa0", " ").replace("\u202f", " ").replace("−", "-")
    ).strip()
    bare = _NO_CENTS.sub("", bare)
    match = _NUMBER.fullmatch(bare)
    if match is None or not (match[2] or match[5]) or (match[1] and match[6]):
        raise _no_number(text)
    sign, whole, group, mark, fraction, minus = match.groups()
    whole, fraction = whole or "0", fraction or ""
    if group in (".", ",") and mark is None and whole.count(group) == 1:
        custom = decimal or ("." if country in POINT_COUNTRIES else ",")
        # "1.234" where the point parts the decimals; no thousands begin with a 0.
        if custom == group or not grouped or whole.startswith("0"):
            whole, mark, fraction, group = whole.split(group)[0], group, whole.split(group)[1], None
    if (decimal and (mark not in (None, decimal) or group == decimal)) or (group and group == mark):
        raise _no_number(text, f' with "{decimal}" as its decimal mark' if decimal else "")
    if group and (not grouped or len(whole.split(group)[0]) > 3):
        raise _no_number(text)
    digits = re.sub(r"\D", "", whole)
    return Decimal(f"{'-' if '-' in (sign, minus) else ''}{digits}.{fraction or '0'}")


def foreign_currency(text: str) -> str:
    """Return the sign or code of a currency other than the euro beside an amount, "" for none."""
    signs = (match[0].strip() for match in _MONEY.finditer(text))
    return next((sign for sign in signs if sign.upper() not in ("€", "EUR")), "")


def decimal_mark(text: str, *, grouped: bool = True) -> str:
    """Return the decimal mark, "," or ".", that a number shows; otherwise, "".

    `grouped` False says that thousands are never separated.
    """
    match = _NUMBER.fullmatch(_MONEY.sub("", text.rstrip("% ")).strip())
    if match is None:
        return ""
    _, whole, group, mark, decimals, _ = match.groups()
    if mark:
        return str(mark) if decimals and group != mark else ""
    if group not in (".", ","):
        return ""
    if whole.count(group) > 1:
        return "." if group == "," else ","
    return str(group) if not grouped or whole.startswith("0") else ""


def _no_number(text: str, more: str = "") -> InvalidValue:
    return InvalidValue(
        "type",
        f"{quote(text)} is not a valid number{more} (expected a form such as 1234,56).",
        None,
    )


def integer(text: str, edm: str) -> int:
    """Return a whole number within the range of the Edm type `edm`.

    Spreadsheets write 12 as 12.0, which is accepted. Exact Online stores many yes-or-no fields as a
    Byte, so the words count as 1 and 0 there.
    """
    low, high = INTEGER_RANGES[edm]
    match = re.fullmatch(r"([+-]?\d{1,18})(?:[.,]0{1,6})?", text)
    if match is None:
        value = boolean(text) if edm == "Byte" else None
        if value is None:
            raise InvalidValue("type", f"{quote(text)} is not a whole number.", None)
        return int(value)
    whole = int(match[1])
    if not low <= whole <= high:
        message = f"{quote(text)} is out of range (expected {low} to {high})."
        raise InvalidValue("type", message, None)
    return whole


def fraction(text: str, decimal: str = "", country: str = "NL") -> Decimal:
    """Return a discount as the fraction that Exact Online stores: 5,5 % is 0.055.

    A bare number from 1 on is a percentage, one below 1 is already a fraction: nobody gives a
    discount of half a per cent. See docs/exact-online.md, "Fields".
    """
    percent = text.rstrip().endswith("%")
    amount = number(text.rstrip().removesuffix("%").rstrip(), decimal, country, grouped=False)
    if percent or amount >= 1:
        amount = amount / 100
    if not 0 <= amount <= 1:
        message = f"{quote(text)} is not a valid discount (expected 0 % to 100 %)."
        raise InvalidValue("type", message, None)
    return amount


PLAIN_CODE = plain_pattern("[0-9]{1,18}", 18)


def code(text: str, _country: str = "") -> str:
    """Return a code of 1 to 18 digits without spaces; see docs/exact-online.md, "Codes"."""
    bare = text.replace(" ", "")
    if PLAIN_CODE.test(bare):
        return bare
    if re.fullmatch(r"\d+[.,]0+", bare):
        raise InvalidValue(
            "code",
            f"{quote(text)} has decimals, which a code cannot have; format the column in the "
            "spreadsheet as text or without decimals.",
            text,
        )
    raise InvalidValue(
        "code",
        f"{quote(text)} is not a valid code (expected 1 to 18 digits); map a code with letters "
        "to SearchCode.",
        text,
    )


_WORD = "[A-Za-zÀ-ÖØ-öø-ÿ]+"
PLAIN_CITY = plain_pattern(f"{_WORD}(?:[ '-]{_WORD})*+")


def city(text: str, _country: str) -> str:
    """Return a city unchanged; raises a mild InvalidValue without letters, as in "9000"."""
    if not any(map(str.isalpha, text)):
        raise InvalidValue(
            "place",
            f"{quote(text)} is not a city: it has no letters; is it in the wrong column?",
            text,
            mild=True,
        )
    return text


# What an e-mail address looks like; it may be none.
LIKE_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]+")
