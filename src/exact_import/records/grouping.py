"""Rows to companies: which rows belong together by their match keys, and what that comes to.

An import makes a record of every row; a dry run only of those whose company's rows differ, for
where they agree nothing can be wrong, and counting needs no more.
"""

from __future__ import annotations

import functools
import operator
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, compress, repeat

from exact_import.records.merge import AccountRecord, merge, where
from exact_import.records.models import (
    Block,
    CellValue,
    Columns,
    RowLocation,
    RowRecord,
    RowsRead,
    account_keys,
    fold,
    key_order,
    key_value,
)
from exact_import.values.convert import Level

# Who shares one of these is probably the same, even where a code says otherwise.
DUPLICATE_KEYS = frozenset({"VATNumber", "Name+Postcode"})
_NAMES = ("FirstName", "LastName")
_IN_WORDS = {
    "VATNumber": "VAT number",
    "ChamberOfCommerce": "company number",
    "Name+Postcode": "name and postcode",
}


class Groups:
    """The items that belong together: iterating gives each group, in order of its first item.

    `columns` are the items' values by `keys`, "" for none; they are gone through once. Two items
    are the same when they share the first key, in order, that both have. An item that could be
    either of two different ones is `ambiguous`: by the first item of its group, those two.
    `duplicates` tells of the first item of a group, which shares one of `DUPLICATE_KEYS` with
    another item and yet is not the same by an earlier key, that key and the other item. `masks`
    tells as bits which keys an item has.
    """

    def __init__(self, count: int, keys: Sequence[str], columns: Iterable[Sequence[str]]) -> None:
        self.masks = [0] * count
        self.ambiguous: dict[int, tuple[int, int]] = {}
        self.duplicates: dict[int, tuple[str, int]] = {}
        self._parents: dict[int, int] = {}  # of the items that do not begin a group
        self._members: dict[int, list[int]] = {}  # of groups of several, by the first
        for place, (key, values) in enumerate(zip(keys, columns, strict=True)):
            for members in shared(values, self._parents):
                if not place:
                    self._join(members)
                    continue
                self._merge(members)
                for item in members[1:] if key in DUPLICATE_KEYS else ():
                    if self.first(item) != self.first(members[0]):
                        self.duplicates.setdefault(self.first(item), (key, members[0]))
            if any(values):
                bit = 1 << place
                self.masks = [
                    mask | bit if text else mask
                    for mask, text in zip(self.masks, values, strict=True)
                ]

    def __iter__(self) -> Iterator[list[int]]:
        return (self.members(item) for item in range(len(self.masks)) if item not in self._parents)

    def first(self, item: int) -> int:
        """Return the first item of the group that `item` is in."""
        parents = self._parents
        while (parent := parents.get(item, item)) != item:
            parents[item] = parents.get(parent, parent)
            item = parent
        return item

    def members(self, first: int) -> list[int]:
        """Return the items of the group that begins with `first`, in order."""
        return sorted(self._members.get(first, (first,)))

    def several(self) -> Iterator[int]:
        """Yield the items of all groups of several."""
        return chain.from_iterable(self._members.values())

    def _mask(self, first: int) -> int:
        return functools.reduce(
            operator.or_, (self.masks[item] for item in self._members.get(first, (first,)))
        )

    def _merge(self, members: Sequence[int]) -> None:
        # Two groups that both have an earlier key differ in it, or they would be one by now.
        apart = dict.fromkeys(map(self.first, members))
        if len(apart) < 2:
            return
        by_mask: dict[int, list[int]] = {}
        for root in apart:
            by_mask.setdefault(self._mask(root), []).append(root)
        clashing = any(len(roots) > 1 if mask else False for mask, roots in by_mask.items()) or any(
            one & other for one in by_mask for other in by_mask if one < other
        )
        if not clashing:
            self._join([root for roots in by_mask.values() for root in roots])
            return
        self._join(by_mask.get(0, []))
        candidates = {mask: roots if mask else roots[:1] for mask, roots in by_mask.items()}
        fitting = {
            mask: [
                root
                for other, roots in candidates.items()
                if other and other != mask and not other & mask
                for root in roots
            ][:2]
            for mask in candidates
        }
        # As they are now: a group that is joined has more keys.
        mask_of = {root: mask for mask, roots in candidates.items() for root in roots}
        for mask, roots in candidates.items():
            if len(fitting[mask]) == 2:
                for root in roots:
                    self.ambiguous[self.first(root)] = (fitting[mask][0], fitting[mask][1])
        for mask, roots in candidates.items():
            if len(roots) == 1 == len(fitting[mask]):
                other = fitting[mask][0]
                if fitting[mask_of[other]] == roots:
                    self._join([self.first(roots[0]), self.first(other)])

    def _join(self, roots: Sequence[int]) -> None:
        """Make one group of several that these items begin."""
        if len(roots) < 2:
            return
        first = min(roots)
        members = self._members.setdefault(first, [first])
        for root in roots:
            if root != first:
                self._parents[root] = first
                members += self._members.pop(root, (root,))


def shared(values: Sequence[str], parents: Mapping[int, int] | None = None) -> list[list[int]]:
    """Return the items that have a value in common, in order of the first of them.

    An item whose parent, in `parents`, has the same value stands behind that one and is left out.
    """
    parents, items = parents or {}, range(len(values))
    known: dict[str, int] = {}
    firsts = list(map(known.setdefault, values, items))
    found: dict[int, list[int]] = {}
    for item in compress(items, map(operator.ne, firsts, items)):
        first = firsts[item]
        if values[item] and parents.get(item) != first:
            found.setdefault(first, [first]).append(item)
    return [found[first] for first in sorted(found)]


class Rows:
    """The rows of all files as numbered items in the order in which they were read.

    `count` is how many there are, `rejected` those that must not be sent, and are nobody's.
    """

    def __init__(self, blocks: Iterable[Block], match_account: Sequence[str]) -> None:
        self.match_account = tuple(match_account)
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
        self.keys = [key for key in key_order(match_account) if self._has(key)]
        self._of_persons = account_keys(match_account, True)

    def _has(self, key: str) -> bool:
        fields = key.split("+")
        return any(all(name in block.account for name in fields) for block in self.blocks)

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

    def values(self, key: str) -> list[str]:
        """Return by item the folded value of a match key, "" where it does not count for a row."""
        found: list[str] = []
        everybody, persons = key in self.match_account, key in self._of_persons
        for block in self.blocks:
            if not everybody and not (block.alone and persons):
                found += repeat("", len(block.lines))
                continue
            texts = _folded(block, key)
            if not everybody:
                texts = [text if row in block.alone else "" for row, text in enumerate(texts)]
            elif not persons:
                for row in block.alone:
                    texts[row] = ""
            found += texts
        return found

    def names(self) -> list[str]:
        """Return by item the folded name of its account."""
        return [name for block in self.blocks for name in _folded(block, "Name")]

    def person(self, item: int) -> bool:
        """Tell whether a row names a person."""
        block, row = self.place(item)
        return block.people[row]

    def value(self, key: str, item: int) -> str:
        """Return the folded value of a match key on one row."""
        block, row = self.place(item)
        if key not in self.match_account and row not in block.alone:
            return ""
        return key_value(key, {name: one[row] or None for name, one in block.account.items()})


def _folded(block: Block, key: str) -> list[str]:
    """Return the folded value of a match key on each row, "" for rejected rows."""
    fields = key.split("+")
    if not all(name in block.account for name in fields):
        return [""] * len(block.lines)
    parts = [
        [fold(name, value) if value or value == 0 else "" for value in block.account[name]]
        for name in fields
    ]
    texts = ["\x1f".join(found) if all(found) else "" for found in zip(*parts, strict=True)]
    for row in block.refused:
        texts[row] = ""
    return texts


class Companies:
    """The companies of `rows`.

    Rows that contradict each other, or could belong to two companies, are refused in `outcome`;
    `duplicates` says how bad companies are that differ in their code but are otherwise the same.
    """

    def __init__(self, rows: Rows, outcome: RowsRead, duplicates: Level = "warning") -> None:
        self._rows = rows
        self._outcome = outcome
        self._level = duplicates
        self._groups = Groups(rows.count, rows.keys, map(rows.values, rows.keys))
        self._note_padded()

    def records(self) -> list[AccountRecord]:
        """Return the accounts in order of their first row."""
        made = (
            merge(list(map(self._rows.record, members)), self._outcome)
            for members in self._sound(self._groups)
        )
        found = [account for account in made if account is not None]
        self._reject_namesakes()
        return [account for account in found if account.lines[0] not in self._outcome.rejected]

    def count(self) -> dict[str, int]:
        """Return how many accounts and contacts there are; finds all that `records` would find."""
        rows, groups, rejected = self._rows, self._groups, self._outcome.rejected
        # A row that is a company by itself, and of which there is nothing to say, only counts.
        odd = rows.rejected.union(groups.several(), groups.ambiguous, groups.duplicates)
        odd.update(item for item, mask in enumerate(groups.masks) if not mask)
        accounts = rows.count - len(odd)
        contacts = sum(sum(block.people) for block in rows.blocks) - sum(map(rows.person, odd))
        firsts = sorted(item for item in odd if groups.first(item) == item)
        for members in self._sound(map(groups.members, firsts)):
            people = self._agreed(members)
            if people is None:
                account = merge(list(map(rows.record, members)), self._outcome)
                accounts += account is not None
                contacts += len(account.contacts) if account is not None else 0
            elif self._level != "error" or rows.source(members[0]) not in rejected:
                accounts += 1
                contacts += people
        for item in self._reject_namesakes():
            accounts -= 1
            contacts -= rows.person(item)
        return {"accounts": accounts, "contacts": contacts}

    def _sound(self, found: Iterable[list[int]]) -> Iterator[list[int]]:
        """Yield the rows of each company, of those `found`, that is known to be one."""
        rows, groups = self._rows, self._groups
        for members in found:
            first = members[0]
            if first in rows.rejected:
                continue
            if first in groups.ambiguous:
                one, other = (rows.source(item)[1] for item in groups.ambiguous[first])
                message = (
                    f"could be the company on line {one} or the one on line {other}; "
                    "say which by a code, VAT number or postcode"
                )
            elif not groups.masks[first] and first not in rows.alone:
                keys = ", ".join(rows.match_account)
                message = f"has none of {keys}, by which a later run would know it again"
            else:
                if first in groups.duplicates and self._level != "off":
                    self._tell_duplicate(members, *groups.duplicates[first])
                yield members
                continue
            for item in members:
                self._outcome.reject(rows.source(item), message)

    def _note_padded(self) -> None:
        """Note companies whose codes differ in the zeros before them only: 0123 and 123."""
        codes = self._rows.values("Code")
        if not any(code.startswith("0") for code in codes):
            return
        for members in shared([code.lstrip("0") or code for code in codes]):
            firsts: dict[str, int] = {}
            for item in members:
                firsts.setdefault(codes[item], item)
            one, *others = firsts.values()
            for item in others:
                self._groups.duplicates.setdefault(self._groups.first(item), ("Code", one))

    def _tell_duplicate(self, members: Sequence[int], key: str, other: int) -> None:
        source = self._rows.source
        but = "but for zeros before it" if key == "Code" else self._apart(members[0], other)
        tell = self._outcome.reject if self._level == "error" else self._outcome.warn
        for item in members if self._level == "error" else members[:1]:
            tell(
                source(item),
                f"has the {_IN_WORDS.get(key, 'code')} of "
                f"{where(source(other), source(item))} {but}; "
                "they may be the same company",
                field_name=key.partition("+")[0],
            )

    def _apart(self, item: int, other: int) -> str:
        values = (
            (key, *(self._rows.value(key, one) for one in (item, other))) for key in self._rows.keys
        )
        apart = next((key for key, one, two in values if one and two and one != two), "Code")
        return f"but another {_IN_WORDS.get(apart, apart)}"

    def _agreed(self, members: Sequence[int]) -> int | None:
        """Return how many people a company's rows name, None where rows may contradict."""
        if len(members) == 1:
            return self._rows.person(members[0])
        account: list[CellValue] = []
        people: dict[tuple[str, ...], list[CellValue]] = {}
        for item in members:
            block, row = self._rows.place(item)
            said = _said(block.account, row)
            if row in block.details or (account and said != account):
                return None
            account = said
            if block.people[row]:
                contact = _said(block.contact, row)
                name = tuple(
                    fold(part, block.contact[part][row] or "") if part in block.contact else ""
                    for part in _NAMES
                )
                if people.setdefault(name, contact) != contact:
                    return None
        return len(people)

    def _reject_namesakes(self) -> list[int]:
        """Reject, and return, the persons whom the next run would not tell from others."""
        rows, outcome, masks = self._rows, self._outcome, self._groups.masks
        keyless = {item for item in rows.alone if not masks[item]} - rows.rejected
        found: list[int] = []
        for namesakes in shared(rows.names()) if keyless else ():
            firsts = dict.fromkeys(map(self._groups.first, namesakes))
            left = [item for item in firsts if rows.source(item) not in outcome.rejected]
            for item in left if len(left) > 1 else ():
                if item in keyless:  # and so the only one of its group
                    outcome.reject(
                        rows.source(item),
                        "names a person whose name other rows have as well, and nothing tells "
                        "them apart; add an e-mail address, a postcode or a code",
                    )
                    found.append(item)
        return found


def _said(columns: Columns, row: int) -> list[CellValue]:
    """Return the values of a row with the names of their fields."""
    return [*columns, *[column[row] for column in columns.values()]]
