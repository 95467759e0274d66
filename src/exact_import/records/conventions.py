"""Detects how a file writes dates and numbers, from all its cells; and logs conversions."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from exact_import.data.lexicon import writes_day_first
from exact_import.fields import RECORD_KINDS, catalogue
from exact_import.mapping.templates import fill_column
from exact_import.text import joined, quote, split_sheet
from exact_import.values.dates import DateOrder, DateOrderSeen
from exact_import.values.scalars import decimal_mark

if TYPE_CHECKING:
    from exact_import.fields import Field
    from exact_import.mapping.column_mapping import ColumnMapping
    from exact_import.mapping.templates import Template
    from exact_import.tables.rows import Batch
    from exact_import.tables.table import Table

_LOOKED_AT = 1000  # the first rows, to find empty columns

_ORDERS: dict[str, DateOrder] = {"dmy": "dmy", "mdy": "mdy", "ymd": "ymd"}
_MARKS: dict[str, Literal[",", ".", ""]] = {"comma": ",", "point": "."}
_FEW = 8  # columns that can all be named
# Numbers without thousands separators.
_UNGROUPED = frozenset(("DiscountSales", "DiscountPurchase", "Latitude", "Longitude"))

# Asks for the order of dates, given the file's name and one of them; "" for no answer.
AskOrder = Callable[[str, str], DateOrder]


class Conventions(NamedTuple):
    """The order of day, month and year, and the mark before the decimals; "" if unknown."""

    date_order: DateOrder
    decimal: Literal[",", ".", ""]


class ConventionsSeen:
    """What the cells of a file have shown so far."""

    def __init__(self) -> None:
        self.dates = DateOrderSeen()
        self._marks: set[str] = set()

    def watch(self, known: Field) -> Callable[[str], None] | None:
        """Return the function that examines the cells of a field, None if they show nothing."""
        if known.edm == "DateTime":
            return self.dates.see
        if known.edm == "Double":
            grouped = known.name not in _UNGROUPED
            return lambda text: self._marks.add(decimal_mark(text, grouped=grouped))
        return None

    @property
    def numbers(self) -> bool:
        """Return True if there was any number with a relevant decimal mark."""
        return bool(self._marks)

    @property
    def conventions(self) -> Conventions:
        """The conventions, as far as the cells show them."""
        order, marks = self.dates.order, self._marks
        mark: Literal[",", ".", ""] = ""
        if "," in marks and "." not in marks:
            mark = ","
        elif "." in marks and "," not in marks:
            mark = "."
        return Conventions("" if order == "ambiguous" else order, mark)


def written_conventions(table: Table) -> Conventions:
    """Return the conventions of the original as stated in a rejects file."""
    return Conventions(
        _ORDERS.get(table.conventions.get("dates", ""), ""),
        _MARKS.get(table.conventions.get("decimals", ""), ""),
    )


def hidden_conventions(conventions: Conventions, seen: ConventionsSeen) -> dict[str, str]:
    """Return those of `conventions` that rows with only `seen` do not show.

    As in `Table.conventions`.
    """
    found: dict[str, str] = {}
    order, mark = conventions
    if order and seen.dates.order not in ("", order):
        found["dates"] = order
    if mark and seen.numbers and seen.conventions.decimal != mark:
        found["decimals"] = next(name for name, known in _MARKS.items() if known == mark)
    return found


def day_first_by_language(mapping: ColumnMapping, doubtful: str) -> str:
    """Return the note on dates that are read day first because of the header's language.

    `doubtful` is an ambiguous date. Returns "" if the language does not decide.
    """
    if not writes_day_first(mapping.header):
        return ""
    columns = [
        quote(mapping.column_of(kind, name))
        for kind in RECORD_KINDS
        for name, template in mapping.templates.get(kind, {}).items()
        if catalogue(kind)[name].edm == "DateTime" and not template.constant
    ]
    return (
        f"{joined(columns)}: {quote(doubtful)} is read with the day first, because the headers "
        "are in Dutch, French or German; if that is wrong, set date_order = mdy under [import]."
    )


def seen_in(batches: Iterable[Batch], mapping: ColumnMapping) -> ConventionsSeen:
    """Return what the cells of `batches` show of conventions; each text is examined once."""
    seen = ConventionsSeen()
    watched: list[tuple[Template, Callable[[str], None], set[str]]] = [
        (template, see, {""})
        for kind in RECORD_KINDS
        for name, template in mapping.templates.get(kind, {}).items()
        if not template.constant and (see := seen.watch(catalogue(kind)[name])) is not None
    ]
    for batch in batches if watched else ():
        for template, see, known in watched:
            texts = fill_column(template, batch.columns) if batch.lines else ()
            for text in dict.fromkeys(text for text in texts if text not in known):
                see(text)
            known.update(texts)
    return seen


def unused_columns(table: Table, mapping: ColumnMapping) -> str:
    """Return the unused columns as text; if there are many, without empty ones.

    Columns with data of a contact have a warning of their own. Returns "" for none.
    """
    warned = {one.header for one in mapping.unused}
    names = [name for name in mapping.unrecognised if name not in warned]
    if len(names) <= _FEW:
        return ", ".join(quote(name) for name in names)
    used = {
        index for t in mapping.templates.values() for one in t.values() for index in one.columns
    }
    empty = {*range(len(mapping.header))} - used
    looked = 0
    for row in itertools.islice(table.rows(), _LOOKED_AT):
        looked += 1
        empty -= {index for index in empty if row.cells[index : index + 1] not in ((), ("",))}
    blank = {mapping.header[index] for index in empty}
    filled = [quote(name) for name in names if name not in blank]
    if len(filled) == len(names):
        return ", ".join(filled)
    where = "them" if looked < _LOOKED_AT else f"the first {_LOOKED_AT} rows"
    rest = f"{len(names) - len(filled)} with nothing in {where}"
    return f"{', '.join(filled)}, and {rest}" if filled else rest


KEPT = 200  # different changes for each column


@dataclass(slots=True)
class ColumnConversions:
    """The values of one column that were rewritten.

    `count` is how many cells were; `changes` holds, by "text → value", the line of the first one
    and how many there are, for the first `KEPT` different ones.
    """

    file: str
    column: str
    field_name: str
    count: int = 0
    changes: dict[str, tuple[int, int]] = field(default_factory=dict)


class ConversionLog:
    """Collects the rewritten values of a run."""

    def __init__(self) -> None:
        self._columns: dict[tuple[str, str, str], ColumnConversions] = {}

    def add(
        self,
        file: str,
        section: str,
        name: str,
        header: Callable[[], str],
        counted: Iterable[tuple[str, int]],
        line: Callable[[str], int],
    ) -> None:
        """Note the outcome for the cells of a field, whose column has the header `header`.

        `counted` has the notes, "text → value", in order, and how many cells a note is about;
        `line` tells where the first of them is.
        """
        column = self._columns.get((file, section, name))
        if column is None:
            column = ColumnConversions(file, header(), name)
            self._columns[file, section, name] = column
        for note, cells in counted:
            column.count += cells
            if note in column.changes:
                first, so_far = column.changes[note]
                column.changes[note] = (first, so_far + cells)
            elif len(column.changes) < KEPT:
                column.changes[note] = (line(note), cells)

    def columns(self) -> list[ColumnConversions]:
        """Return the collected values, in the order in which the columns appeared."""
        return list(self._columns.values())

    def document(self) -> list[dict[str, Any]]:
        """Return it for the JSON document: each column with its count and the changes kept."""
        return [
            {
                "file": split_sheet(column.file)[0],
                "column": column.column,
                "field": column.field_name,
                "count": column.count,
                "changes": [
                    {"line": line, "change": note, "count": count}
                    for note, (line, count) in column.changes.items()
                ],
            }
            for column in self.columns()
        ]
