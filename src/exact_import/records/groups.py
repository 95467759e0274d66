"""Which of very many items are the same by their match keys, in a few bytes for each item.

A key's value is known by its hash of 64 bits: that two of a million differ and hash alike happens
once in ten million files, and is then told as a contradiction.
"""

from __future__ import annotations

import sys
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import compress, islice
from operator import gt

# Who shares one of these is probably the same, even where a code says otherwise.
DOUBLE_KEYS = frozenset({"VATNumber", "Name+Postcode"})
# Items that are sorted out at a time, or more where that would be too many parts.
_PART = 1 << 16
_PARTS_AT_MOST = 16


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
        known = [(key, one) for key, one in zip(keys, columns, strict=True) if any(one)]
        self._parent = array("I", range(count))
        self._masks = _masks([column for _, column in known], count)
        self.ambiguous: dict[int, tuple[int, int]] = {}
        self.doubles: dict[int, tuple[str, int]] = {}
        # Which items begin a group, and the others.
        self._firsts = bytearray(b"\1") * count
        self._later = array("I")
        for place, (key, column) in enumerate(known):
            for members in shared(column, self._asked(column)):
                if not place:
                    self._join(members)
                    continue
                self._merge(members, (1 << place) - 1)
                if key in DOUBLE_KEYS:
                    self._note_doubles(key, members)
        self._next = array("I", bytes(4 * count))
        for item in sorted(self._later, reverse=True):
            root = self._root(item)
            self._next[item] = self._next[root]
            self._next[root] = item

    def __iter__(self) -> Iterator[list[int]]:
        return map(self.members, compress(range(len(self._parent)), self._firsts))

    def single(self) -> bytes:
        """Return 1 for each item that is a group by itself, 0 for the others."""
        return bytes(map(gt, self._firsts, map(bool, self._next)))

    def besides(self, marks: bytes) -> Iterator[list[int]]:
        """Yield each group but those of the marked items, all of which are groups by themselves."""
        return map(self.members, compress(range(len(marks)), map(gt, self._firsts, marks)))

    def first(self, item: int) -> int:
        """Return the first item of the group that `item` is in."""
        return self._root(item)

    def members(self, first: int) -> list[int]:
        """Return the items of the group that begins with `first`."""
        return _chain(first, self._next)

    def _asked(self, column: array[int]) -> bytes:
        """Return 0 for each item that is in one group with another that has its value."""
        found = bytearray(self._firsts)
        for item in self._later:
            if column[item] != column[self._parent[item]]:
                found[item] = 1
        return bytes(found)

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

    def _merge(self, members: Sequence[int], earlier: int) -> None:
        # Two groups that both have an earlier key differ in it, or they would be one by now.
        apart = dict.fromkeys(map(self._root, members))
        if len(apart) < 2:
            return
        by_mask: dict[int, list[int]] = {}
        for root in apart:
            by_mask.setdefault(self._masks[root] & earlier, []).append(root)
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
                    self._join([self._root(roots[0]), self._root(other)])

    def _join(self, roots: Sequence[int]) -> None:
        """Make one group of several that these items begin."""
        if len(roots) < 2:
            return
        first = min(roots)
        mask = 0
        for root in roots:
            mask |= self._masks[root]
            if root != first:
                self._parent[root] = first
                self._firsts[root] = 0
                self._later.append(root)
        self._masks[first] = mask


def _masks(columns: Sequence[array[int]], count: int) -> array[int]:
    """Return for each item, as bits, which of the columns have a value for it."""
    # One number with room for all items: what is done to it is done to all of them.
    code = "B" if len(columns) <= 8 else "H" if len(columns) <= 16 else "Q"
    bits = 0
    for place, column in enumerate(columns):
        bits |= int.from_bytes(array(code, iter(_filled(column))).tobytes(), sys.byteorder) << place
    found = array(code)
    found.frombytes(bits.to_bytes(count * found.itemsize, sys.byteorder))
    return found


def shared(column: array[int], asked: bytes = b"") -> Iterator[list[int]]:
    """Yield the items that have a value in common, in order of the first of them.

    Only items for which `asked` has a 1 are looked at; where it is empty, all that have a value.
    """
    following = array("I", bytes(4 * len(column)))
    firsts = array("I")
    for part in _parts(column, asked):
        values = list(compress(column, part))
        if len(set(values)) == len(values):
            continue
        again = {value for value, count in Counter(values).items() if count > 1}
        known = map(again.__contains__, values)
        last: dict[int, int] = {}
        for value, item in compress(
            zip(values, compress(range(len(part)), part), strict=True), known
        ):
            if value in last:
                following[last[value]] = item
            else:
                firsts.append(item)
            last[value] = item
    for first in sorted(firsts):
        yield _chain(first, following)


def _parts(column: array[int], asked: bytes) -> Iterator[bytes]:
    """Yield 1 for each item of a part, 0 for the others; no value is in two of the parts.

    No item that has no value is in any.
    """
    has = int.from_bytes(_filled(column), "big")
    wanted = has & int.from_bytes(asked, "big") if asked else has
    parts = min(1 << (len(column) // _PART).bit_length(), _PARTS_AT_MOST)
    marks = column.tobytes()[:: column.itemsize]  # any byte of a hash is as good as another
    for part in range(parts):
        mine = marks.translate(bytes(mark % parts == part for mark in range(256)))
        yield (wanted & int.from_bytes(mine, "big")).to_bytes(len(column), "big")


def _filled(column: array[int]) -> bytes:
    """Return 1 for each item that has a value, 0 for the others."""
    if bytes(column.itemsize) not in column.tobytes():
        return b"\1" * len(column)
    return bytes(map(bool, column))


def _chain(first: int, following: array[int]) -> list[int]:
    """Return `first` and those that follow it; no item follows itself, and 0 follows none."""
    found = [first]
    while first := following[first]:
        found.append(first)
    return found
