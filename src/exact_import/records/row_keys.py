"""What rows say of who they are about, by which they are one company."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, repeat

from exact_import.records.groups import Stage, shared
from exact_import.records.models import Block, RowLocation, RowRecord
from exact_import.values.match_keys import compact, email_key, place_key, strong_numbers
from exact_import.values.names import folded_name

# What an item has, as bits: two that have different values of one of these differ.
OWN, VAT, REGISTERED, POSTCODE, CITY, EMAIL, NAME = (1 << place for place in range(7))
NUMBERS = OWN | VAT | REGISTERED
_NUMBERS = OWN | VAT | REGISTERED
_NOTHING: Sequence[str] = ()


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
        self.names = self._values("Name", folded_name)
        self.has = self._has()

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

    def _has(self) -> dict[int, Sequence[str]]:
        """Return by bit what rows say of who they are about, "" where they say nothing."""
        alone = self.alone
        emails = self._values("Email", email_key) if alone else _NOTHING
        found = {
            OWN: self._own_numbers(),
            VAT: self._values("VATNumber", lambda text: _number(text, None)),
            REGISTERED: self._values("ChamberOfCommerce", lambda text: _number(None, text)),
            POSTCODE: self._values("Postcode", place_key),
            # Of people the postcode alone counts: in one city many have one name.
            CITY: self._of_companies(self._values("City", place_key)),
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
            own = block.own.get("account", repeat("", len(block.lines)))
            ids = block.account.get("ID", repeat(None, len(block.lines)))
            texts = [compact(one) or compact(two) for one, two in zip(own, ids, strict=True)]
            for row in block.refused:
                texts[row] = ""
            found += texts
        return found

    def _values(self, name: str, folded: Callable[[str], str]) -> Sequence[str]:
        """Return by item the folded value of a field, "" for none and for rejected rows."""
        if not any(name in block.account for block in self.blocks):
            return _NOTHING
        found: list[str] = []
        for block in self.blocks:
            column = block.account.get(name) or repeat(None, len(block.lines))
            texts = [folded(str(value)) if value else "" for value in column]
            for row in block.refused:
                texts[row] = ""
            found += texts
        return found

    def stages(self) -> Iterator[tuple[Stage, Sequence[str]]]:
        """Yield, the surest first, the values by which rows are about one company.

        Rows that share an own number are, and rows with different ones never are. Else it takes a
        VAT or company number with the name or the place, or the name and the place; a row without
        the one or the other is of the only company that it can be.
        """
        has = self.has
        if OWN in has:
            yield Stage(OWN, 0), has[OWN]
        for number in (VAT, REGISTERED):
            if number in has and (items := _shared_items(has[number])):
                for beside in (self.names, has.get(POSTCODE, _NOTHING)):
                    yield Stage(number, OWN), _both(items, has[number], beside)
        named = _shared_items(self.names)
        if named:
            for bit, blocks in (
                (EMAIL, NUMBERS),
                (POSTCODE, NUMBERS | EMAIL),
                (CITY, NUMBERS | EMAIL | POSTCODE),
            ):
                if bit in has:
                    yield (
                        Stage(NAME | bit, blocks, bit != EMAIL),
                        _both(named, self.names, has[bit]),
                    )
        for number in (VAT, REGISTERED):
            if number in has:
                yield Stage(number, OWN | NAME, tells=True), has[number]
        if named and NAME in has:
            yield Stage(NAME, NUMBERS | POSTCODE | CITY), has[NAME]


def _number(vat: str | None, registered: str | None) -> str:
    return next(iter(strong_numbers(vat, registered).values()), "")


def _shared_items(values: Sequence[str]) -> list[int]:
    return list(chain.from_iterable(shared(values)))


def _both(items: Iterable[int], one: Sequence[str], other: Sequence[str]) -> Sequence[str]:
    """Return by item, of those in `items`, two values together, "" where one is missing."""
    if not other:
        return _NOTHING
    found = [""] * len(one)
    for item in items:
        if one[item] and other[item]:
            found[item] = f"{one[item]}\x1f{other[item]}"
    return found
