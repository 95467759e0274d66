"""How a file writes its dates and its numbers, found out from all its cells that tell."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, NamedTuple

from exact_import.fields import RecordKind, catalogue
from exact_import.problems import shown
from exact_import.values.dates import DateOrder, DateOrderSeen
from exact_import.values.literals import decimal_mark

if TYPE_CHECKING:
    from exact_import.csvfile.mapping import Mapping
    from exact_import.csvfile.reader import Table
    from exact_import.csvfile.templates import Fill

_KINDS: tuple[RecordKind, ...] = ("account", "contact")
# Numbers in which thousands are never parted.
_FEW = 8  # columns that can all be named
_UNGROUPED = frozenset(("DiscountSales", "DiscountPurchase", "Latitude", "Longitude"))

# Asks in which order a file, given its name and one of its dates, writes them; "" for no answer.
AskOrder = Callable[[str, str], DateOrder]


class Habits(NamedTuple):
    """The order of day, month and year, and the mark before the decimals; "" where unknown."""

    date_order: DateOrder
    decimal: Literal[",", ".", ""]


def habits_of(table: Table, mapping: Mapping, ask: AskOrder | None = None) -> Habits:
    """Return the habits of a file; if it has dates or broken numbers, that costs a reading.

    `ask` is asked once where all dates can be read in two ways.
    """
    dates = _fills(mapping, "DateTime")
    numbers = _fills(mapping, "Double")
    if not dates and not numbers:
        return Habits("", "")
    seen, marks = DateOrderSeen(), set[str]()
    for row in table.rows():
        for _, fill in dates:
            if text := fill(row.cells):
                seen.see(text)
        for name, fill in numbers:
            if text := fill(row.cells):
                marks.add(decimal_mark(text, grouped=name not in _UNGROUPED))
    order = seen.order
    if order == "ambiguous":
        order = ask(table.name, seen.doubtful) if ask is not None and seen.doubtful else ""
    return Habits(order, "," if "," in marks and "." not in marks else _point(marks))


LOOKED_AT = 1000  # rows, to find columns without any value


def unused_columns(table: Table, mapping: Mapping) -> str:
    """Name the columns that are not used, without those that hold nothing where they are many."""
    names = mapping.unrecognised
    if len(names) <= _FEW:
        return ", ".join(shown(name) for name in names)
    used = {
        index for t in mapping.templates.values() for one in t.values() for index in one.columns
    }
    empty = {*range(len(mapping.header))} - used
    looked = 0
    for row in itertools.islice(table.rows(), LOOKED_AT):
        looked += 1
        empty -= {index for index in empty if row.cells[index : index + 1] not in ((), ("",))}
    blank = {mapping.header[index] for index in empty}
    told = [shown(name) for name in names if name not in blank]
    where = "them" if looked < LOOKED_AT else f"the first {LOOKED_AT} rows"
    rest = f"{len(names) - len(told)} with nothing in {where}"
    return f"{', '.join(told)}, and {rest}" if told else rest


def _point(marks: set[str]) -> Literal[".", ""]:
    return "." if "." in marks and "," not in marks else ""


def _fills(mapping: Mapping, edm: str) -> list[tuple[str, Fill]]:
    return [
        (name, template.fill)
        for kind in _KINDS
        for name, template in mapping.templates.get(kind, {}).items()
        if catalogue(kind)[name].edm == edm and not template.constant
    ]
