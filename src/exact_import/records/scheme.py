"""Maps the columns of one table to fields, and converts the texts of a column.

Each distinct text of a column is converted once, and plain texts are checked together.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exact_import.data.header_words import says_both_lines
from exact_import.fields import KIND_OF, RecordKind, Section, catalogue
from exact_import.mapping.address_columns import LINES
from exact_import.mapping.templates import fill_column
from exact_import.records.address_pieces import pieces_of
from exact_import.records.models import (
    BY_NAME,
    Block,
    CellValue,
    Columns,
    DetailRecord,
    stated,
)
from exact_import.text import quote
from exact_import.values.convert import by_country
from exact_import.values.phones import is_landline
from exact_import.values.placeholders import DITTO, NO_NUMBER
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
# The field for landline numbers in a column of mobile and landline numbers.
_LANDLINES = {"Mobile": "Phone", "BusinessMobile": "BusinessPhone"}
_REMEMBERED = 1 << 13  # distinct texts of a field
_GUID = re.compile(r"\{?[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\}?", re.IGNORECASE)
# Digits, also damaged by a spreadsheet, and its error marks: treated as codes.
_LIKE_CODE = re.compile(r"[+-]?[0-9 ]{1,24}(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?|#.*|\W*")
_LONGEST = 18
_NONE = NO_NUMBER | DITTO


@dataclass(slots=True)
class FieldColumn:
    """How a field gets its value from the rows of a table.

    `doubtful` finds the texts that need `convert`; its results are cached in `known`, unless they
    depend on the row's country (`by_country`). `clears` says that an empty cell clears the field.
    `repeats` says that the same few texts are repeated, None if not yet checked. `pieces` are the
    columns of house numbers after a street.
    """

    section: Section
    name: str
    template: Template
    by_country: bool
    doubtful: Callable[[Collection[str], str], Collection[str]]
    convert: Conversion
    clears: bool = False
    pieces: Sequence[int] = ()
    repeats: bool | None = None
    known: dict[str, Converted] = field(default_factory=dict)


def convert_column(
    column: FieldColumn, texts: Sequence[str], country: str
) -> tuple[Sequence[CellValue], Mapping[str, Converted]]:
    """Return the values of the texts of a column, of rows of one country (ISO-2, "" unknown).

    None stands for "" and for what cannot be sent. With them, by text, the outcome for the texts
    that have a problem, were rewritten, or imply values of other fields.
    """
    # If texts are repeated, converting each once saves time; otherwise, finding them costs more.
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
    # Texts without doubt are values unchanged.
    return tuple(map(values.get, texts, texts)) if values else tuple(texts), odd


def rows_of_countries(
    texts: Sequence[str], country_of: Callable[[str], str | None], home: str
) -> dict[str, Sequence[int]]:
    """Return the rows by country (ISO-2), in order; rows whose text is empty belong to `home`."""
    known = {text: country_of(text) or home for text in dict.fromkeys(texts)}
    countries = dict.fromkeys(known.values())
    if len(countries) == 1:
        return {country: range(len(texts)) for country in countries}
    found = list(map(known.__getitem__, texts))
    return {
        country: [row for row, one in enumerate(found) if one == country] for country in countries
    }


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
        """Return True if the file has a value for a field."""
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
        other = _LANDLINES.get(name, "")
        if other and any(says_both_lines(self.mapping.header[i]) for i in template.columns):
            convert, doubtful = functools.partial(_by_line, convert, other), _everything
        pieces = pieces_of(template, self.mapping.header) if name == LINES[0] else ()
        return FieldColumn(
            section,
            name,
            template,
            by_country=by_country(known),
            doubtful=doubtful,
            convert=convert,
            clears=clears,
            pieces=pieces,
        )


# --- the source's own numbers, in columns that Exact Online's fields use too


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


# --- bank accounts, addresses and landlines


def add_details(
    scheme: Scheme, block: Block, section: Section, columns: Columns
) -> Iterator[tuple[int, str]]:
    """Give the accounts of `block` the bank accounts or addresses that its rows have.

    Yields the rows with details of a bank account but not its number, each with such a field.
    """
    constants = {name for name in columns if scheme.constant(section, name)}
    for row, found in enumerate(zip(*columns.values(), strict=True)):
        values = stated(zip(columns, found, strict=True))
        given = {name for name, value in values.items() if value is not None} - constants
        if section == "bank account" and not values.get("BankAccount"):
            # The holder is often the company, which rows without a bank account have too.
            if given - {"BankAccountHolderName", "Description", "Main", "Blocked"}:
                yield row, min(given)
        elif given - {"Country"}:
            detail = DetailRecord(section, values, [block.source(row)])
            block.details.setdefault(row, []).append(detail)


def _by_line(convert: Conversion, other: str, text: str, country: str) -> Converted:
    """Give a landline number under "Tel./GSM" to the field `other`."""
    found = convert(text, country)
    if not isinstance(found.value, str) or not is_landline(found.value, country):
        return found
    return found._replace(value=None, also={other: found.value, **found.also})


def _everything(texts: Collection[str], _country: str) -> Collection[str]:
    return texts


def _nothing(_texts: Collection[str], _country: str) -> Collection[str]:
    return ()
