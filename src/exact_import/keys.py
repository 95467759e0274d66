"""Match keys: by what a record is the same as one in Exact Online, or as another row.

A key is one field or several joined by "+", such as "Code" or "Name+Postcode"; its value is the
folded text of those fields, or "" where one of them is empty.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence

# Only letters and digits count in these: people write them with dots, spaces and dashes.
_COMPACT = frozenset({"VATNumber", "ChamberOfCommerce", "Postcode", "IBAN", "BankAccount"})
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
# Who shares one of these is probably the same, even where a code says otherwise.
DOUBLE_KEYS = frozenset({"VATNumber", "Name+Postcode"})
# By these a private person's account is recognised; never by the name alone.
PERSON_KEYS = ("ID", "Code", "VATNumber", "Email", "Name+Postcode")


def fold(name: str, value: object) -> str:
    """Return the form in which values of the field `name` compare."""
    text = str(value)
    if name in _COMPACT:
        return _NOT_ALPHANUMERIC.sub("", text).casefold()
    return " ".join(text.split()).casefold()


def key_value(key: str, values: Mapping[str, object]) -> str:
    """Return the value of match key `key` in `values`, "" where a part of it is empty."""
    if "+" not in key:
        value = values.get(key)
        return "" if value is None else fold(key, value)
    parts = [key_value(part, values) for part in key.split("+")]
    return "\x1f".join(parts) if all(parts) else ""


def account_keys(match_account: Sequence[str], person: bool) -> tuple[str, ...]:
    """Return the keys to try, in order, for a company or for a private person's account."""
    if not person:
        return tuple(match_account)
    certain = [key for key in match_account if key in ("ID", "Code", "VATNumber")]
    return (*certain, "Email", "Name+Postcode")


def key_fields(keys: Sequence[str]) -> list[str]:
    """Return the fields that `keys` are made of, each once, in order."""
    return list(dict.fromkeys(part for key in keys for part in key.split("+")))


class Groups:
    """Finds which of many items are the same by their match keys.

    Two items are the same when they share the first key, in order, that both have. An item that
    could be either of two different ones is ambiguous. Once settled, `doubles` tells of the first
    item of a group, which shares one of `DOUBLE_KEYS` with another item and yet is not the same by
    an earlier key, that key and the other item.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = tuple(keys)
        self._parent: list[int] = []
        self._mask: list[int] = []
        self._buckets: list[dict[str, list[int]]] = [{} for _ in keys]
        self.ambiguous: dict[int, tuple[int, int]] = {}
        self.doubles: dict[int, tuple[str, int]] = {}

    def add(self, value_of: Callable[[str], str]) -> None:
        """Add the next item; `value_of` tells the value of each of its keys ("" for none)."""
        item = len(self._parent)
        self._parent.append(item)
        mask = 0
        for place, key in enumerate(self._keys):
            value = value_of(key)
            if value:
                mask |= 1 << place
                self._buckets[place].setdefault(value, []).append(item)
        self._mask.append(mask)

    def settle(self) -> list[list[int]]:
        """Return the items that belong together, each group in order of its first item."""
        for place, buckets in enumerate(self._buckets):
            for members in buckets.values():
                if len(members) > 1:
                    self._merge(members, (1 << place) - 1)
                    self._note_doubles(self._keys[place], members)
            buckets.clear()
        groups: dict[int, list[int]] = {}
        for item in range(len(self._parent)):
            groups.setdefault(self._root(item), []).append(item)
        return list(groups.values())

    def _note_doubles(self, key: str, members: Sequence[int]) -> None:
        if key in DOUBLE_KEYS:
            for item in members[1:]:
                if self._root(item) != self._root(members[0]):
                    self.doubles.setdefault(self._root(item), (key, members[0]))

    def _root(self, item: int) -> int:
        while self._parent[item] != item:
            self._parent[item] = self._parent[self._parent[item]]
            item = self._parent[item]
        return item

    def _merge(self, members: Sequence[int], earlier: int) -> None:
        # Two groups that both have an earlier key differ in it, or they would be one by now.
        by_mask: dict[int, list[int]] = {}
        for root in dict.fromkeys(self._root(item) for item in members):
            by_mask.setdefault(self._mask[root] & earlier, []).append(root)
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
                itertools.islice(
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
        for mask, roots in candidates.items():
            if len(fitting[mask]) == 2:
                for root in roots:
                    self.ambiguous[self._root(root)] = (fitting[mask][0], fitting[mask][1])
        for mask, roots in candidates.items():
            if len(roots) == 1 == len(fitting[mask]):
                other = fitting[mask][0]
                if fitting[self._mask[other] & earlier] == roots:
                    self._join([roots[0], other])

    def _join(self, roots: Sequence[int]) -> None:
        if len(roots) < 2:
            return
        first = min(self._root(root) for root in roots)
        for root in roots:
            other = self._root(root)
            self._mask[first] |= self._mask[other]
            self._parent[other] = first
