"""The keys of rows that show which rows are one company."""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain, repeat
from typing import cast

from exact_import.records.groups import Sharing, Stage
from exact_import.records.merge import AccountRecord, record_of
from exact_import.records.models import Block, CellValue, RowLocation
from exact_import.values.match_keys import (
    compact_all,
    email_key,
    number_keys,
    own_keys,
    place_keys,
)
from exact_import.values.names import folded_name

# What an item has, as bits: two that have different values of one of these differ.
OWN, VAT, REGISTERED, POSTCODE, CITY, EMAIL, NAME = (1 << place for place in range(7))
NUMBERS = OWN | VAT | REGISTERED
_NOTHING: Sequence[str] = ()
# From the texts of a field, "" for none, to their normalised forms.
_Keys = Callable[[Sequence[str]], Iterable[str]]


class Rows:
    """The rows of all files as numbered items in the order in which they were read.

    `source_of` returns the source of a file, to which its own numbers belong.
    `count` is how many there are, `rejected` those that must not be sent, and are nobody's.
    `names` are the folded names, `namesakes` the rows that share one, people among them; `has`
    and `sharing` are by bit what else rows say of who they are about, and which of them agree.
    """

    def __init__(
        self, blocks: Iterable[Block], source_of: Callable[[str], str] = lambda _file: ""
    ) -> None:
        self.blocks = list(blocks)
        self._source_of = source_of
        self._numbers: Sequence[str] = _NOTHING  # of several sources: own numbers, whosever
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
        self.sharing = {bit: Sharing(values) for bit, values in self.has.items()}
        # People have names too; company-only values leave them out.
        self.namesakes = Sharing(self.names) if self.alone else self._sharing(NAME)

    def place(self, item: int) -> tuple[Block, int]:
        """Return the block that a row is in, and its number there."""
        block = bisect_right(self._starts, item) - 1
        return self.blocks[block], item - self._starts[block]

    def source(self, item: int) -> RowLocation:
        """Return where a row is."""
        block, row = self.place(item)
        return block.source(row)

    def record(self, item: int) -> AccountRecord:
        """Return the record of a row."""
        return record_of(*self.place(item))

    def persons(self, items: Collection[int]) -> int:
        """Return how many of the rows name a person."""
        people = list(chain.from_iterable(block.people for block in self.blocks))
        return sum(map(people.__getitem__, items))

    def _has(self) -> dict[int, Sequence[str]]:
        """Return, by bit, the identifying values of rows, "" for none."""
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
            # For people, only the postcode counts: many people in a city share a name.
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
        numbered = {self._source_of(block.file) for block in self.blocks if "account" in block.own}
        found: list[str] = []
        bare: list[str] = []
        for block in self.blocks:
            numbers = own_keys(block.own.get("account", ()))
            if len(numbered) > 1:
                bare += numbers or repeat("", len(block.lines))
                source = self._source_of(block.file)
                numbers = [number and f"{number}\x1f{source}" for number in numbers]
            ids = compact_all(_texts(block.account.get("ID", ())))
            if numbers and ids:
                numbers = [one or two for one, two in zip(numbers, ids, strict=True)]
            found += numbers or ids or repeat("", len(block.lines))
        for values in filter(None, (found, bare)):
            for item in self.rejected:
                values[item] = ""
        self._numbers = self._of_companies(bare)
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

    def _sharing(self, bit: int) -> Sharing:
        return self.sharing.get(bit) or Sharing(_NOTHING)

    def stages(self) -> Iterator[tuple[Stage, Sharing, Sequence[str] | None]]:
        """Yield the rules for rows of one company, the most reliable first.

        Each has the rows that share a value, and the values that they must also share, None for
        nothing. Rows with the same own number of one source are one company, and rows with
        different ones never are; for two sources the names must not differ. Other rows need a VAT
        or company number with the name or the place, or the name and the place; a row without name
        or place belongs to the only company that it can be.
        """
        has = self.has
        yield Stage(OWN, 0), self._sharing(OWN), None
        if self._numbers:
            # Two sources may number by one system, a list of companies and one of their people,
            # or each by its own: there the names differ.
            across = Sharing(self._numbers)
            yield Stage(OWN, VAT | REGISTERED), across, self.names
            yield Stage(OWN, NAME), across, None
        for number in (VAT, REGISTERED):
            yield Stage(number, OWN), self._sharing(number), self.names
            # One VAT number with different KvK numbers at one address is a fiscal unity.
            blocks = OWN | (REGISTERED if number == VAT else 0)
            yield Stage(number, blocks), self._sharing(number), has.get(POSTCODE, _NOTHING)
        for bit, blocks in (
            (EMAIL, NUMBERS),
            (POSTCODE, NUMBERS | EMAIL),
            (CITY, NUMBERS | EMAIL | POSTCODE),
        ):
            stage = Stage(NAME | bit, blocks, bit != EMAIL)
            yield stage, self.namesakes, has.get(bit, _NOTHING)
        for number in (VAT, REGISTERED):
            yield Stage(number, OWN | NAME, tells=True), self._sharing(number), None
        yield Stage(NAME, NUMBERS | POSTCODE | CITY), self._sharing(NAME), None


def _texts(column: Sequence[CellValue]) -> Sequence[str]:
    """Return the values of a column of texts, "" for none."""
    if all(column):
        return cast("Sequence[str]", column)
    return [str(value) if value else "" for value in column]


def _name_keys(texts: Sequence[str]) -> Iterable[str]:
    return map(folded_name, texts) if all(texts) else [text and folded_name(text) for text in texts]


def _email_keys(texts: Sequence[str]) -> Iterable[str]:
    return map(email_key, texts)
