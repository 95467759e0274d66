"""Which of very many items are the same by their match keys, in a few bytes for each item.

A key's value is known by its hash of 64 bits: that two of a million differ and hash alike happens
once in ten million files, and is then told as a contradiction.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import compress, islice
from operator import eq, gt, ne

# Who shares one of these is probably the same, even where a code says otherwise.
DOUBLE_KEYS = frozenset({"VATNumber", "Name+Postcode"})
_PART = 1 << 15  # items that are sorted out at a time


class Groups:
    """The items that belong together: iterating gives each group, in order of its first item.

    `columns` are the hashes of the items' values by `keys`, 0 for none. Two items are the same when
    they share the first key, in order, that both have. An item that could be either of two
    different ones is `ambiguous`: by the first item of its group, those two. `doubles` tells of
    the first item of a group, which shares one of `DOUBLE_KEYS` with another item and yet is not
    the same by an earlier key, that key and the other item.
    """

    def __init__(self, keys: Sequence[str], columns: Sequence[array[int]]) -> None:
        count = len(columns[0])
        self._keys = [(1 << place, one) for place, one in enumerate(columns) if any(one)]
        self._parent = array("I", range(count))
        # Which keys a group has, as bits, 0 while nobody asked.
        self._masks = array("H" if len(keys) <= 16 else "Q")
        self._masks.frombytes(bytes(count * self._masks.itemsize))
        self.ambiguous: dict[int, tuple[int, int]] = {}
        self.doubles: dict[int, tuple[str, int]] = {}
        earlier = 0
        for bit, column in self._keys:
            key = keys[bit.bit_length() - 1]
            for members in shared(column, self._parent):
                self._merge(members, earlier)
                if key in DOUBLE_KEYS:
                    self._note_doubles(key, members)
            earlier |= bit
        self._next = array("I", bytes(4 * count))
        joined = array("I", compress(range(count), map(ne, self._parent, range(count))))
        for item in reversed(joined):
            root = self._root(item)
            self._next[item] = self._next[root]
            self._next[root] = item

    def __iter__(self) -> Iterator[list[int]]:
        return map(self.members, compress(range(len(self._parent)), self._firsts()))

    def single(self) -> bytes:
        """Return 1 for each item that is a group by itself, 0 for the others."""
        return bytes(map(gt, self._firsts(), map(bool, self._next)))

    def besides(self, marks: bytes) -> Iterator[list[int]]:
        """Yield each group but those of the marked items, all of which are groups by themselves."""
        return map(self.members, compress(range(len(marks)), map(gt, self._firsts(), marks)))

    def _firsts(self) -> Iterator[bool]:
        return map(eq, self._parent, range(len(self._parent)))

    def first(self, item: int) -> int:
        """Return the first item of the group that `item` is in."""
        return self._root(item)

    def members(self, first: int) -> list[int]:
        """Return the items of the group that begins with `first`."""
        return _chain(first, self._next)

    def _note_doubles(self, key: str, members: Sequence[int]) -> None:
        for item in members[1:]:
            if self._root(item) != self._root(members[0]):
                self.doubles.setdefault(self._root(item), (key, members[0]))

    def _root(self, item: int) -> int:
        parent = self._parent
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    def _mask(self, root: int) -> int:
        if not self._masks[root]:
            for bit, column in self._keys:
                if column[root]:
                    self._masks[root] |= bit
        return self._masks[root]

    def _merge(self, members: Sequence[int], earlier: int) -> None:
        # Two groups that both have an earlier key differ in it, or they would be one by now.
        apart = dict.fromkeys(map(self._root, members))
        if len(apart) < 2:
            return
        if not earlier:
            self._join(list(apart))
            return
        by_mask: dict[int, list[int]] = {}
        for root in apart:
            by_mask.setdefault(self._mask(root) & earlier, []).append(root)
        clashing = any(len(roots) > 1 if mask else False for mask, roots in by_mask.items()) or any(
            one & other for one in by_mask for other in by_mask if one < other
        )
        if not clashing:
            self._join([root for roots in by_mask.values() for root in roots])
            return
        self._join(by_mask.get(0, []))
        candidates = {mask: roots if mask else roots[:1] for mask, roots in by_mask.items()}
        fitting = {
            mask: list(
                islice(
                    (
                        root
                        for other, roots in candidates.items()
                        if other and other != mask and not other & mask
                        for root in roots
                    ),
                    2,
                )
            )
            for mask in candidates
        }
        # As they are now: a group that is joined has more keys.
        mask_of = {root: mask for mask, roots in candidates.items() for root in roots}
        for mask, roots in candidates.items():
            if len(fitting[mask]) == 2:
                for root in roots:
                    self.ambiguous[self._root(root)] = (fitting[mask][0], fitting[mask][1])
        for mask, roots in candidates.items():
            if len(roots) == 1 == len(fitting[mask]):
                other = fitting[mask][0]
                if fitting[mask_of[other]] == roots:
                    self._join([roots[0], other])

    def _join(self, roots: Sequence[int]) -> None:
        if len(roots) < 2:
            return
        first = min(self._root(root) for root in roots)
        mask = self._mask(first)
        for root in roots:
            other = self._root(root)
            mask |= self._mask(other)
            self._parent[other] = first
        self._masks[first] = mask


def shared(column: array[int], parent: Sequence[int] = ()) -> Iterator[list[int]]:
    """Yield the items that have a value in common, in order of the first of them.

    Items with the value of their `parent` are left out; items are their own parents at first.
    """
    following = array("I", bytes(4 * len(column)))
    firsts = array("I")
    for values, items in _parts(column, parent or range(len(column))):
        if len(set(values)) == len(values):
            continue
        last: dict[int, int] = {}
        for value, item in zip(reversed(values), reversed(items), strict=True):
            following[item] = last.get(value, 0)
            last[value] = item
        firsts.extend(item for item in last.values() if following[item])
    for first in sorted(firsts):
        yield _chain(first, following)


def _parts(column: array[int], parents: Sequence[int]) -> Iterator[tuple[array[int], array[int]]]:
    """Yield the values that are not 0, and their items, in parts that share no value."""
    parts = 1 << max(0, (len(column) // _PART).bit_length())
    values = [array("q") for _ in range(parts)]
    items = [array("I") for _ in range(parts)]
    put_value, put_item = [one.append for one in values], [one.append for one in items]
    last = parts - 1
    for item, (value, parent) in enumerate(zip(column, parents, strict=True)):
        if value and (parent == item or column[parent] != value):
            part = value & last
            put_value[part](value)
            put_item[part](item)
    while values:
        yield values.pop(), items.pop()


def _chain(first: int, following: array[int]) -> list[int]:
    """Return `first` and those that follow it; no item follows itself, and 0 follows none."""
    found = [first]
    while first := following[first]:
        found.append(first)
    return found
