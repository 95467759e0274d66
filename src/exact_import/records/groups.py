"""Groups items by the values that they share and those in which they differ."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, compress
from typing import NamedTuple


class Stage(NamedTuple):
    """One rule by which items are the same: they share a value, and nothing in `blocks` differs.

    `about` are the bits of the parts of the value; `tells` is True if items that share the value
    without being the same are reported.
    """

    about: int
    blocks: int
    tells: bool = False


class Groups:
    """Groups of items; iterating gives each group, in order of its first item.

    `has` are by bit, of seven at most, the items' values, "" for none; `masks` has as bits what
    each item has. `stages` are the rules, applied once and in order: the items that share a value,
    and the values that they must also share. An item that could belong to two different groups is
    `ambiguous`: by the first item of its group, those two. `duplicates` has, by the first item of a
    group, the bits of the shared value and the other item, if they share a value of a stage that
    `tells` without being the same. `parents` has the items that do not begin a group, each with an
    earlier item of its group.
    """

    def __init__(
        self,
        count: int,
        has: Mapping[int, Sequence[str]],
        stages: Iterable[tuple[Stage, Sharing, Sequence[str] | None]],
    ) -> None:
        self.ambiguous: dict[int, tuple[int, int]] = {}
        self.duplicates: dict[int, tuple[int, int]] = {}
        self.parents: dict[int, int] = {}
        self._members: dict[int, list[int]] = {}  # of groups of several, by the first
        masks = 0  # a byte for each item, which is much faster than a number for each
        for bit, values in has.items():
            masks |= int.from_bytes(bytes(map(bool, values)), "big") * bit
        self.masks = list(masks.to_bytes(count, "big"))
        for stage, sharing, beside in stages:
            apart = sharing.apart(self.parents)
            for members in apart if beside is None else divided(apart, beside):
                self._merge(members, stage.blocks)
                for item in members[1:] if stage.tells else ():
                    if self.first(item) != self.first(members[0]):
                        self.duplicates.setdefault(self.first(item), (stage.about, members[0]))

    def __iter__(self) -> Iterator[list[int]]:
        return (self.members(item) for item in range(len(self.masks)) if item not in self.parents)

    def first(self, item: int) -> int:
        """Return the first item of the group that `item` is in."""
        parents = self.parents
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

    def mask(self, first: int) -> int:
        """Return as bits what the items of the group that begins with `first` have."""
        return functools.reduce(
            operator.or_, (self.masks[item] for item in self._members.get(first, (first,)))
        )

    def _merge(self, members: Sequence[int], blocks: int) -> None:
        # Two groups that both have what blocks differ in it, or they would be one by now.
        apart = dict.fromkeys(map(self.first, members))
        if len(apart) < 2:
            return
        if not blocks:
            self._join(list(apart))
            return
        by_mask: dict[int, list[int]] = {}
        for root in apart:
            by_mask.setdefault(self.mask(root) & blocks, []).append(root)
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
                self.parents[root] = first
                members += self._members.pop(root, (root,))


class Sharing:
    """The items that have one of `values`, "" for none, in common."""

    def __init__(self, values: Sequence[str]) -> None:
        self._values = values
        self._sets: list[list[int]] | None = None

    def apart(self, parents: Mapping[int, int]) -> list[list[int]]:
        """Return the sets of items that share a value and are not in one group for all we know.

        They are in order of the first item. `parents` tells which items are in the group that
        another begins; they never leave it.
        """
        if self._sets is None:
            self._sets = shared(self._values, parents)
        else:
            self._sets = [
                members
                for members in self._sets
                if any(parents.get(item) != members[0] for item in members[1:])
            ]
        return self._sets


def shared(values: Sequence[str], parents: Mapping[int, int] | None = None) -> list[list[int]]:
    """Return the items that have a value in common, in order of the first of them.

    An item whose parent, in `parents`, has the same value is left out.
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


def divided(sets: Iterable[Sequence[int]], values: Sequence[str]) -> list[list[int]]:
    """Return the items of each of `sets` that share another value too, in order of the first."""
    found: list[list[int]] = []
    for members in sets if values else ():
        by_value: dict[str, list[int]] = {}
        for item in members:
            if values[item]:
                by_value.setdefault(values[item], []).append(item)
        found += [alike for alike in by_value.values() if len(alike) > 1]
    return sorted(found)
