"""What rows say of who they are about, by which they are one company."""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from operator import itemgetter
from typing import NamedTuple, cast

from exact_import.records.groups import Stage, divided, shared
from exact_import.records.models import Block, CellValue, RowLocation, RowRecord
from exact_import.values.match_keys import compact_all, email_key, number_keys, place_keys
from exact_import.values.names import folded_name

# What an item has, as bits: two that have different values of one of these differ.
OWN, VAT, REGISTERED, POSTCODE, CITY, EMAIL, NAME = (1 << place for place in range(7))
NUMBERS = OWN | VAT | REGISTERED
_NOTHING: Sequence[str] = ()
# From the texts of a field, "" for none, to those by which rows compare.
_Keys = Callable[[Sequence[str]], Iterable[str]]


class SaidTogether(NamedTuple):
    """What several rows say: the values of each field, whether each row names a person.

    `details` tells whether one of them has a bank account or a further address.
    """

    account: Mapping[str, tuple[CellValue, ...]]
    contact: Mapping[str, tuple[CellValue, ...]]
    people: Sequence[bool]
    details: bool


class Rows:
    """The rows of all files as numbered items in the order in which they were read.

    `count` is how many there are, `rejected` those that must not be sent, and are nobody's.
    """

    def __init__(self, blocks: Iterable[Block]) -> None:
        self.blocks = list(blocks)
        self.rejected: set[int] = set()
        self.alone: set[int] = set()
        self._starts: list[int] = []
        count = 0
        for block in self.blocks:
            self._starts.append(count)
            self.rejected.update(map(count.__add__, block.refused))
            self.alone.update(map(count.__add__, block.alone))
            count += len(block.lines)
        self.count = count
        self.names = self._values("Name", _name_keys)
        self.has = self._has()
        self._sharing: dict[int, list[list[int]]] = {}

    def place(self, item: int) -> tuple[Block, int]:
        """Return the block that a row is in, and its number there."""
        block = bisect_right(self._starts, item) - 1
        return self.blocks[block], item - self._starts[block]

    def source(self, item: int) -> RowLocation:
        """Return where a row stands."""
        block, row = self.place(item)
        return block.source(row)

    def record(self, item: int) -> RowRecord:
        """Return what a row says."""
        block, row = self.place(item)
        return block.record(row)

    def person(self, item: int) -> bool:
        """Return True if a row names a person."""
        block, row = self.place(item)
        return block.people[row]

    def said(self, members: Sequence[int]) -> SaidTogether | None:
        """Return what several rows, in order, say; None where they give different fields values."""
        first, last = (bisect_right(self._starts, members[at]) - 1 for at in (0, -1))
        if first == last:
            block, start = self.blocks[first], self._starts[first]
            rows = [item - start for item in members]
            pick = itemgetter(*rows)
            account, contact = (
                {name: pick(column) for name, column in columns.items()}
                for columns in (block.account, block.contact)
            )
            people, details = pick(block.people), not block.details.keys().isdisjoint(rows)
            return SaidTogether(account, contact, people, details)
        places = list(map(self.place, members))
        block = places[0][0]
        if any(
            one.account.keys() != block.account.keys() or one.contact.keys() != block.contact.keys()
            for one, _ in places
        ):
            return None
        return SaidTogether(
            {name: tuple(one.account[name][row] for one, row in places) for name in block.account},
            {name: tuple(one.contact[name][row] for one, row in places) for name in block.contact},
            [one.people[row] for one, row in places],
            any(row in one.details for one, row in places),
        )

    def _has(self) -> dict[int, Sequence[str]]:
        """Return by bit what rows say of who they are about, "" where they say nothing."""
        alone = self.alone
        emails = self._values("Email", _email_keys) if alone else _NOTHING
        vat, registered = (
            self._values(kind, functools.partial(number_keys, kind))
            for kind in ("VATNumber", "ChamberOfCommerce")
        )
        postcodes, cities = (
            self._values(name, functools.partial(place_keys, known={}))
            for name in ("Postcode", "City")
        )
        found = {
            OWN: self._own_numbers(),
            VAT: vat,
            REGISTERED: registered,
            POSTCODE: postcodes,
            # Of people the postcode alone counts: in one city many have one name.
            CITY: self._of_companies(cities),
            EMAIL: [text if item in alone else "" for item, text in enumerate(emails)],
            NAME: self._of_companies(self.names),
        }
        return {bit: values for bit, values in found.items() if any(values)}

    def _of_companies(self, values: Sequence[str]) -> Sequence[str]:
        alone = self.alone
        return ["" if i in alone else text for i, text in enumerate(values)] if alone else values

    def _own_numbers(self) -> Sequence[str]:
        if not any(block.own or "ID" in block.account for block in self.blocks):
            return _NOTHING
        found: list[str] = []
        for block in self.blocks:
            numbers = compact_all(block.own.get("account", ()))
            ids = compact_all(_texts(block.account.get("ID", ())))
            if numbers and ids:
                numbers = [one or two for one, two in zip(numbers, ids, strict=True)]
            found += numbers or ids or repeat("", len(block.lines))
        for item in self.rejected:
            found[item] = ""
        return found

    def _values(self, name: str, keys: _Keys) -> Sequence[str]:
        """Return by item the folded value of a field, "" for none and for rejected rows."""
        if not any(name in block.account for block in self.blocks):
            return _NOTHING
        found: list[str] = []
        for block in self.blocks:
            column = block.account.get(name)
            found += keys(_texts(column)) if column else repeat("", len(block.lines))
        for item in self.rejected:
            found[item] = ""
        return found

    def sharing(self, bit: int) -> list[list[int]]:
        """Return the rows that have one value of `bit`, in order of the first of them."""
        if bit not in self._sharing:
            self._sharing[bit] = shared(self.has.get(bit, _NOTHING))
        return self._sharing[bit]

    @functools.cached_property
    def namesakes(self) -> list[list[int]]:
        """The rows, those of people among them, that have one name."""
        return shared(self.names) if self.alone else self.sharing(NAME)

    def stages(self) -> Iterator[tuple[Stage, list[list[int]]]]:
        """Yield, the surest first, which rows share what they are about one company by.

        Rows that share an own number are, and rows with different ones never are. Else it takes a
        VAT or company number with the name or the place, or the name and the place; a row without
        the one or the other is of the only company that it can be.
        """
        has = self.has
        yield Stage(OWN, 0), self.sharing(OWN)
        for number in (VAT, REGISTERED):
            for beside in (self.names, has.get(POSTCODE, _NOTHING)):
                yield Stage(number, OWN), divided(self.sharing(number), beside)
        for bit, blocks in (
            (EMAIL, NUMBERS),
            (POSTCODE, NUMBERS | EMAIL),
            (CITY, NUMBERS | EMAIL | POSTCODE),
        ):
            stage = Stage(NAME | bit, blocks, bit != EMAIL)
            yield stage, divided(self.namesakes, has.get(bit, _NOTHING))
        for number in (VAT, REGISTERED):
            yield Stage(number, OWN | NAME, tells=True), self.sharing(number)
        yield Stage(NAME, NUMBERS | POSTCODE | CITY), self.sharing(NAME)


def _texts(column: Sequence[CellValue]) -> Sequence[str]:
    """Return the values of a column of texts, "" for none."""
    if all(column):
        return cast("Sequence[str]", column)
    return [str(value) if value else "" for value in column]


def _name_keys(texts: Sequence[str]) -> Iterable[str]:
    return map(folded_name, texts) if all(texts) else [text and folded_name(text) for text in texts]


def _email_keys(texts: Sequence[str]) -> Iterable[str]:
    return map(email_key, texts)
