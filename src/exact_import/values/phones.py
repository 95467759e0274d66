"""Telephone numbers: the check of a number, and the numbers in a cell with several.

A number stays as it is typed. `phone_key` in `match_keys` normalises numbers for matching.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from exact_import.data import knowledge
from exact_import.text import quote
from exact_import.values.identifiers import SEPARATORS
from exact_import.values.scalars import plain_pattern
from exact_import.values.vocabulary import InvalidValue

PLAIN_PHONE = plain_pattern(r"[+0][1-9](?: ?[0-9]){7,12}+|00 ?[1-9](?: ?[0-9]){6,11}+", 26)
# National numbers without their leading zero, which Excel drops, by country.
_WITHOUT_ZERO = {
    "BE": re.compile(r"4\d{8}|[1-9]\d{7}", re.ASCII),
    "NL": re.compile(r"[1-9]\d{8}", re.ASCII),
    "FR": re.compile(r"[1-9]\d{8}", re.ASCII),
    "DE": re.compile(r"1[5-7]\d{8,9}", re.ASCII),
    "GB": re.compile(r"[127]\d{9}", re.ASCII),
}
_EXTENSION = r"(?:extension|ext|x|#|tst|toestel|poste|p|int|intern|durchwahl|dw|nst)[.:]?\s*\d{1,6}"
_PHONE = re.compile(rf"\+?[\d\s().\-–/]+(?:{_EXTENSION})?", re.ASCII | re.IGNORECASE)


def phone(text: str, country: str = "") -> str:
    """Return a telephone number as typed; raises a mild InvalidValue for an invalid one."""
    if PLAIN_PHONE.test(text):
        return text
    bare = SEPARATORS.sub("", text)
    if country in _WITHOUT_ZERO and _WITHOUT_ZERO[country].fullmatch(bare):
        message = (
            f"{quote(text)} has no leading zero, which Excel drops; for a number in {country}, "
            f"write 0{bare} and format the column as text."
        )
        raise InvalidValue("phone", message, text, mild=True)
    if _without_plus(text, bare, country):
        message = (
            f'{quote(text)} has no "+" before the country code, which Excel drops; write +{bare} '
            "and format the column as text."
        )
        raise InvalidValue("phone", message, text, mild=True)
    dialled = re.split(r"[a-z#]", text[:60].replace("(0)", ""), maxsplit=1, flags=re.IGNORECASE)[0]
    digits = len(re.sub(r"\D", "", dialled).removeprefix("00"))
    if (
        len(text) > 60
        or not _PHONE.fullmatch(text)
        or not 5 <= digits <= 15
        or not re.search("[1-9]", text)
    ):
        message = f"{quote(text)} is not a valid telephone number (expected 5 to 15 digits)."
        kept = text if any(map(str.isdigit, text)) else None
        raise InvalidValue("phone", message, kept, mild=True)
    return text


def _without_plus(text: str, bare: str, country: str) -> bool:
    whole = _WHOLE.get(country)
    code = next((code for code, known in DIALLING_CODES.items() if known == country), "0")
    return (
        whole is not None
        and text[:1] not in "+0("
        and bare.startswith(code)
        and whole.fullmatch(bare) is not None
        and (country != "LU" or len(bare) > 9)
    )


# --- several numbers in one cell -----------------------------------------------------------------

Line = Literal["", "mobile", "fax"]


class PhoneNumber(NamedTuple):
    """A number as typed, its kind of line, and its extension ("" for none)."""

    text: str
    line: Line
    extension: str = ""


class PhoneCell(NamedTuple):
    """The numbers of a cell in their order, and its other significant texts."""

    numbers: tuple[PhoneNumber, ...]
    rest: tuple[str, ...]


# National and international numbers in full, by country: no more and no fewer digits.
_WHOLE = {
    "BE": re.compile(r"0(?:4[5-9]\d{8}|[1-9]\d{7}|800\d{5}|90\d{6})|32(?:4[5-9]\d{7}|[1-9]\d{7})"),
    "NL": re.compile(r"0(?:[1-9]\d{8}|[89]0\d(?:\d{4}|\d{7}))|31[1-9]\d{8}"),
    "FR": re.compile(r"0[1-9]\d{8}|33[1-9]\d{8}"),
    "DE": re.compile(r"0[1-9]\d{5,11}|49[1-9]\d{5,11}"),
    "LU": re.compile(r"[2-9]\d{4,8}|352[2-9]\d{4,8}"),
    "GB": re.compile(r"0[1-9]\d{8,9}|44[1-9]\d{8,9}"),
}
_SOME_NATIONAL = re.compile(r"0[1-9]\d{7,10}")
_SOME_INTERNATIONAL = re.compile(r"[1-9]\d{7,14}")
_MOBILE = {
    "BE": re.compile(r"(?:0|32)4[5-9]\d{7}"),
    "NL": re.compile(r"(?:0|31)6\d{8}"),
    "FR": re.compile(r"(?:0|33)[67]\d{8}"),
    "DE": re.compile(r"(?:0|49)1[567]\d{7,9}"),
    "LU": re.compile(r"(?:352)?6[2-9]1\d{6}"),
    "GB": re.compile(r"(?:0|44)7\d{9}"),
}
DIALLING_CODES = {"32": "BE", "31": "NL", "33": "FR", "49": "DE", "352": "LU", "44": "GB"}
_LABELS: Mapping[str, Line] = {
    word: line
    for line, words in knowledge("words")["telephone lines"].items()
    for word in words.split()
}
_NO_LABELS = frozenset(("of", "ou", "or", "oder", "en", "et", "und", "and", "ook", "nr", "no"))
_TOKEN = re.compile(
    r"(?P<remark>\([^()]*[^\W\d_][^()]*\))"
    rf"|(?P<extension>(?<![^\W\d_]){_EXTENSION}(?![\s.\-/]*\d))"
    r"|(?P<number>\(?\+?\(?\d(?:[\d\s().\-–/]*\d)?)"
    r"|(?P<word>[^\W\d_]+(?:-[^\W\d_]+)*°?)"
    r"|(?P<mark>.)",
    re.IGNORECASE | re.DOTALL,
)
_PARTED_AT = re.compile(r"\s*[/\s–-]\s*(?=[+0(])|\s*/\s*|\s+[–-]\s+")
_MOST_PARTS = 6
_SHORT = 6  # digits from which on a text may be a number in full
_LONGEST = 200


def read_phones(text: str, country: str) -> PhoneCell | None:
    """Return the numbers of a cell that holds more than one number as typed.

    None for a cell that is one number, or if it is unclear which digits are a number. A number with
    spaces, slashes or points is one number: two are recognised by their digits, by the rules of
    `country` (ISO-2, "" unknown). "gsm", "fax" or "ext. 12" beside a number belongs to it.
    """
    cell = numbers_in(text, country)
    if cell is None or (len(cell.numbers) == 1 and cell.numbers[0].text == text.strip()):
        return None
    return cell


def numbers_in(text: str, country: str) -> PhoneCell | None:
    """Return the numbers of a cell, None if it has none or is unclear: see `read_phones`."""
    if len(text) > _LONGEST or not re.search(r"\d{2}", text):
        return None
    found = list(_tokens(text, country))
    if not found or any(kind == "unclear" for kind, _, _ in found):
        return None
    numbers = _labelled(found, country)
    rest = tuple(piece for kind, piece, _ in found if kind == "rest")
    return PhoneCell(tuple(numbers), rest) if numbers else None


# A token of a cell: its kind, its text, and its line if it is a label.
_Token = tuple[Literal["number", "label", "extension", "rest", "unclear"], str, str]


def _tokens(text: str, country: str) -> Iterator[_Token]:
    after_number = False
    for match in _TOKEN.finditer(text):
        kind, piece = match.lastgroup, match[0]
        bare = piece.strip("().: ").casefold()
        if kind == "mark" and not piece.isalnum():
            continue
        if kind in ("word", "remark") and bare in _LABELS:
            if bare not in _NO_LABELS:
                yield "label", bare, kind
        elif kind == "remark" and re.fullmatch(_EXTENSION, bare) and after_number:
            yield "extension", bare, ""
        elif kind == "extension" and after_number:
            yield "extension", piece, ""
        elif kind == "number":
            extended = _TOKEN.match(text, match.end())
            touching = _letter_at(text, match.start() - 1) or (
                _letter_at(text, match.end())
                and (extended is None or extended.lastgroup != "extension")
            )
            parts = None if touching else _numbers_in(piece, country)
            digits = sum(map(str.isdigit, piece))
            if parts is None:
                yield ("unclear" if digits >= _SHORT else "rest"), piece, ""
            for part in parts or ():
                yield "number", part, ""
            after_number = parts is not None
            continue
        else:
            yield "rest", piece, ""
        after_number = False


def _letter_at(text: str, at: int) -> bool:
    return 0 <= at < len(text) and (text[at].isalpha() or text[at] == "@")


def _numbers_in(run: str, country: str) -> Sequence[str] | None:
    """Return the numbers in a run of digits, None if that is unclear."""
    if _is_whole(run, country):
        return (run,)
    cuts = [(match.start(), match.end()) for match in _PARTED_AT.finditer(run)][: 2 * _MOST_PARTS]
    for count in range(1, min(len(cuts), _MOST_PARTS) + 1):
        ways = (_cut(run, chosen) for chosen in itertools.combinations(cuts, count))
        fitting = [parts for parts in ways if all(_is_whole(part, country) for part in parts)]
        if fitting:
            return fitting[0] if len(fitting) == 1 else None
    return None


def _cut(run: str, cuts: Sequence[tuple[int, int]]) -> Sequence[str]:
    starts = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(run)]
    return [run[start:end].strip() for start, end in zip(starts, ends, strict=True)]


def dialled_digits(number: str) -> tuple[str, str]:
    """Return the digits of a number, and its country by its dialling code, "" for none."""
    digits = re.sub(r"\D", "", number.replace("(0)", ""))
    if "+" not in number[:2] and not digits.startswith("00"):
        return digits, ""
    digits = digits.removeprefix("00")
    codes = (code for code in (digits[:3], digits[:2]) if code in DIALLING_CODES)
    return digits, DIALLING_CODES.get(next(codes, ""), "abroad")


def _is_whole(number: str, country: str) -> bool:
    """Return True for a number with all its digits and no more."""
    digits, dialled = dialled_digits(number)
    if dialled:
        return _WHOLE.get(dialled, _SOME_INTERNATIONAL).fullmatch(digits) is not None
    known = _WHOLE.get(country)
    if known is not None and known.fullmatch(digits):
        return True
    return _SOME_NATIONAL.fullmatch(digits) is not None


def _line(number: str, country: str) -> Line:
    digits, dialled = dialled_digits(number)
    known = _MOBILE.get(dialled or country)
    return "mobile" if known is not None and known.fullmatch(digits) else ""


def is_landline(number: str, country: str) -> bool:
    """Return True for a full number that is not a mobile one, by the rules of `country`."""
    _, dialled = dialled_digits(number)
    known = (dialled or country) in _MOBILE and _is_whole(number, country)
    return known and not _line(number, country)


def _labelled(tokens: Sequence[_Token], country: str) -> list[PhoneNumber]:
    """Return the numbers with the lines of the labels before or after them."""
    kinds = [kind for kind, _, _ in tokens if kind in ("number", "label")]
    # "0475 12 34 56 gsm": in such a cell each label follows its number.
    follow = bool(kinds) and kinds[0] == "number" and kinds[-1] == "label"
    numbers: list[PhoneNumber] = []
    label: str | None = None
    for kind, piece, form in tokens:
        if kind == "label" and (follow or form == "remark") and numbers:
            numbers[-1] = numbers[-1]._replace(line=_LABELS[piece])
        elif kind == "label":
            label = piece
        elif kind == "extension" and numbers:
            numbers[-1] = numbers[-1]._replace(extension=piece)
        elif kind == "number":
            line = _line(piece, country) if label is None else _LABELS[label]
            numbers.append(PhoneNumber(piece, line))
            label = None
    return numbers
