"""How the columns of one table become fields, and the texts of a column values.

Each distinct text of a column is judged once, and those that are beyond doubt together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exact_import.fields import KIND_OF, RecordKind, Section, catalogue
from exact_import.mapping.templates import fill_column
from exact_import.records.models import BY_NAME, Block, CellValue
from exact_import.values.convert import by_country
from exact_import.values.scalars import PLAIN_CODE

if TYPE_CHECKING:
    from exact_import.mapping.column_mapping import ColumnMapping
    from exact_import.mapping.templates import Fill, Template
    from exact_import.records.conventions import ConversionLog
    from exact_import.values.convert import Conversion, Converted, Converter

DETAILS: tuple[Section, ...] = (
    "bank account",
    "delivery address",
    "postal address",
    "invoice address",
)
_REMEMBERED = 1 << 13  # distinct texts of a field
_GUID = re.compile(r"\{?[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\}?", re.IGNORECASE)
# Digits, also as a spreadsheet writes or spoils them, and its error marks: judged as codes.
_LIKE_CODE = re.compile(r"[+-]?[0-9 ]{1,24}(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?|#.*|\W*")
_LONGEST = 18


@dataclass(slots=True)
class FieldColumn:
    """How a field gets its value from the rows of a table.

    `doubtful` finds the texts for which `convert` must be asked; what it said is remembered in
    `known`, unless it depends on the row's country (`by_country`). `clears` says that an empty
    cell clears the field. `repeats` tells that the same few texts come again and again, None
    before anybody looked.
    """

    section: Section
    name: str
    template: Template
    by_country: bool
    doubtful: Callable[[Collection[str], str], Collection[str]]
    convert: Conversion
    clears: bool = False
    repeats: bool | None = None
    known: dict[str, Converted] = field(default_factory=dict)


def convert_column(
    column: FieldColumn, texts: Sequence[str], country: str
) -> tuple[Sequence[CellValue], Mapping[str, Converted]]:
    """Return the values of the texts of a column, of rows of one country (ISO-2, "" unknown).

    None stands for "" and for what cannot be sent. With them, by text, the outcome for the texts
    that have a problem, were rewritten, or imply values of other fields.
    """
    # Where texts come again and again it pays to judge each once; else the sorting out is lost.
    if column.repeats is None:
        column.repeats = len(set(texts)) * 3 < len(texts)
    distinct: Collection[str] = dict.fromkeys(texts).keys() if column.repeats else texts
    values: dict[str, CellValue] = {}
    if "" in distinct:
        distinct = [text for text in distinct if text]
        values[""] = None
    odd: dict[str, Converted] = {}
    for text in dict.fromkeys(column.doubtful(distinct, country) if distinct else ()):
        found = column.known.get(text)
        if found is None:
            found = column.convert(text, country)
            if not column.by_country and len(column.known) < _REMEMBERED:
                column.known[text] = found
        values[text] = found.value
        if found.problems or found.note or found.also:
            odd[text] = found
    # What nobody doubted means itself.
    return tuple(map(values.get, texts, texts)) if values else tuple(texts), odd


class Scheme:
    """How the columns of one table become fields, by section, and what else rows are read by.

    `clears` says of a kind and a field that empty cells clear what Exact Online holds; `main`
    makes the text that asks for a row's person as the main contact, where there is one.
    """

    def __init__(
        self,
        mapping: ColumnMapping,
        converter: Converter,
        rewritten: ConversionLog,
        *,
        clears: Callable[[str, str], bool] = lambda _kind, _name: False,
    ) -> None:
        self.mapping = mapping
        self.converter = converter
        self.rewritten = rewritten
        self._clears = clears
        self.columns: dict[Section, list[FieldColumn]] = {
            section: [
                self._column(section, name, template)
                for name, template in mapping.templates.get(section, {}).items()
                if (section, name) != ("account", "MainContact")
            ]
            for section in ("account", "contact", *DETAILS)
        }
        country = [one for one in self.columns["account"] if one.name == "Country"]
        self.country = country[0] if country else None
        main = mapping.templates.get("account", {}).get("MainContact")
        self.main: Fill | None = None if main is None or main.constant else main.fill

    def has(self, section: Section, name: str) -> bool:
        """Return True if the file gives a field a value."""
        return name in self.mapping.templates.get(section, {})

    def constant(self, section: Section, name: str) -> bool:
        """Return True if a field has the same value on every row."""
        template = self.mapping.templates.get(section, {}).get(name)
        return template is not None and template.constant

    def _column(self, section: Section, name: str, template: Template) -> FieldColumn:
        known = catalogue(KIND_OF[section])[name]
        convert = self.converter.of(known)
        # References by name are looked up later, in the division's own lists.
        doubtful = _nothing if name in BY_NAME else self.converter.doubtful(known)
        clears = not template.constant and self._clears(section, name)
        return FieldColumn(section, name, template, by_country(known), doubtful, convert, clears)


def _nothing(_texts: Collection[str], _country: str) -> Collection[str]:
    return ()


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
