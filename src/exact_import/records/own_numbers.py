"""Numbers by which a source knows its records, taken from columns that Exact Online reads too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from exact_import.fields import RecordKind
from exact_import.mapping.templates import fill_column
from exact_import.records.models import Block
from exact_import.values.scalars import PLAIN_CODE

if TYPE_CHECKING:
    from exact_import.mapping.column_mapping import ColumnMapping
    from exact_import.records.scheme import FieldColumn

_GUID = re.compile(r"\{?[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\}?", re.IGNORECASE)
# Digits, also as a spreadsheet writes or spoils them, and its error marks: judged as codes.
_LIKE_CODE = re.compile(r"[+-]?[0-9 ]{1,24}(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?|#.*|\W*")
_LONGEST = 18


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
    """Return the IDs of Exact Online in `texts`, "" for what is another program's."""
    return tuple(text if _GUID.fullmatch(text) else "" for text in texts)


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
        return codes_among(texts)
    kind: RecordKind = "contact" if section == "contact" else "account"
    ids = texts if mapping.explicit(section) else ids_among(texts)
    if ids != texts:
        block.own.setdefault(kind, tuple(texts))
    return ids
