"""A source's own numbers, from columns that Exact Online's fields use too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from exact_import.fields import RecordKind
from exact_import.mapping.templates import fill_column
from exact_import.records.models import Block
from exact_import.text import quote
from exact_import.values.placeholders import DITTO, NO_NUMBER
from exact_import.values.scalars import PLAIN_CODE

if TYPE_CHECKING:
    from exact_import.mapping.column_mapping import ColumnMapping
    from exact_import.records.scheme import FieldColumn

_GUID = re.compile(r"\{?[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\}?", re.IGNORECASE)
# Digits, also damaged by a spreadsheet, and its error marks: treated as codes.
_LIKE_CODE = re.compile(r"[+-]?[0-9 ]{1,24}(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?|#.*|\W*")
_LONGEST = 18
_NONE = NO_NUMBER | DITTO


def codes_among(texts: Sequence[str]) -> Sequence[str]:
    """Return the customer numbers in `texts` that can be Exact Online's codes, "" for others.

    A code is 1 to 18 digits; what a spreadsheet made of such a number is judged with them.
    """
    none = {text for text in PLAIN_CODE.others(texts) if not _is_like_code(text)}
    return ["" if text in none else text for text in texts] if none else texts


def _is_like_code(text: str) -> bool:
    digits = text.replace(" ", "")
    return _LIKE_CODE.fullmatch(text) is not None and not (
        digits.isdecimal() and len(digits) > _LONGEST
    )


def ids_among(texts: Sequence[str]) -> Sequence[str]:
    """Return the IDs of Exact Online in `texts`, "" for IDs of another program."""
    return tuple(text if _GUID.fullmatch(text) else "" for text in texts)


def odd_numbers(block: Block, mapping: ColumnMapping) -> Iterator[tuple[int, str, str, bool]]:
    """Empty the own numbers of `block` that only look like one: "-", "geen", "nieuw", 0, "idem".

    Two records with such a mark are not the same, and it must never become a link. Yields for each
    the row, the header, what to say, and True if the row must not be sent.
    """
    for kind, texts in list(block.own.items()):
        if _NONE.isdisjoint(texts):
            continue
        block.own[kind] = _numbers(texts)
        place = mapping.own_numbers.get(kind)
        header = mapping.column_of(kind, "Code" if kind == "account" else "ID")
        header = header if place is None else mapping.header[place].strip()
        for row, text in enumerate(texts):
            if text in DITTO:
                message = f"{quote(text)} refers to another row; write the number of this row."
                yield row, header, message, True
            elif text in NO_NUMBER:
                yield row, header, f"{quote(text)} was treated as an empty cell.", False


def _numbers(texts: Sequence[str]) -> Sequence[str]:
    """Return `texts` with "" for placeholders and for marks that refer to another row."""
    if _NONE.isdisjoint(texts):
        return texts
    return tuple("" if text in _NONE else text for text in texts)


def keep_apart(
    block: Block,
    column: FieldColumn,
    mapping: ColumnMapping,
    columns: Sequence[Sequence[str]],
) -> Sequence[str]:
    """Return the texts that a field has from `columns`, "" for what cannot be Exact Online's.

    The source's own numbers are kept in `block`: every customer number, and an ID that is not
    Exact Online's where the INI does not say that the column is one.
    """
    section, name = column.section, column.name
    texts = fill_column(column.template, columns)
    if name not in ("ID", "Code") or column.template.constant:
        return texts
    if name == "Code":
        block.own["account"] = tuple(texts)
        return codes_among(_numbers(texts))
    kind: RecordKind = "contact" if section == "contact" else "account"
    ids = texts if mapping.explicit(section) else ids_among(texts)
    if ids != texts:
        block.own.setdefault(kind, tuple(texts))
    return ids
