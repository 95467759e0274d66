"""The first look at all rows: of each so little that millions fit into memory.

Kept are hashes of its match keys, by which `groups` finds the rows of one company, and digests of
what it says, which tell the companies whose rows agree from those that must be looked at again.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import compress, repeat

from exact_import.records.blocks import Block, Columns, Value
from exact_import.records.keys import account_keys, fold_all, key_order
from exact_import.records.memory import give_large_arrays_pages_of_their_own
from exact_import.records.models import RowLocation

_MANY = 10_000  # rows


class Survey:
    """All rows that can be sent, as numbered items in the order they were read.

    `keys` are the match keys in order; once the survey is finished, those that any row has. For
    each row are kept the line, whether it names only a person (`alone`), the hash of each key it
    has, a digest of what it says about its account (`accounts`) and about its person (`people`),
    and the hash of that person's name (`names`, 0 where there is none): 15 bytes, 8 for each key
    that any row has, and 14 where any row names a person. Where any code begins with a zero,
    `bare_codes` has the hash of each code without such zeros, 0 where it has none.
    """

    def __init__(self, match_account: Sequence[str]) -> None:
        self.match_account = tuple(match_account)
        self.keys = tuple(key_order(match_account))
        self.lines = array("I")
        self.alone = bytearray()
        self.accounts = array("q")
        self.people: Sequence[int] = ()
        self.names: Sequence[int] = ()
        self._people = array("q")
        self._names = array("q")
        self.bare_codes = array("q")
        self._hashes = {key: array("q") for key in dict.fromkeys((*self.keys, "Name"))}
        self._starts: list[int] = []
        self._files: list[str] = []

    def __len__(self) -> int:
        return len(self.lines)

    def begin(self, file: str) -> None:
        """Say that the rows which follow are of this file."""
        self._files.append(file)
        self._starts.append(len(self))

    def add(self, block: Block) -> None:
        """Take in the rows of a block that are not refused."""
        count = len(block.lines)
        kept, alone = bytearray(b"\1") * count, bytearray(count)
        for row in block.refused:
            kept[row] = 0
        for row in block.alone:
            alone[row] = 1
        before = len(self)
        if before < _MANY <= before + count:
            give_large_arrays_pages_of_their_own()
        accounts = _digests(block.account, block.fields["account"], count)
        for row, details in block.details.items():
            said = tuple((detail.section, *sorted(detail.fields.items())) for detail in details)
            accounts[row] ^= hash(said)
        self.lines.extend(compress(block.lines, kept))
        self.alone.extend(compress(alone, kept))
        self.accounts.extend(compress(accounts, kept))
        if any(block.people):
            self._fill(self._names, before, _names(block), kept)
            people = _digests(block.contact, block.fields["contact"], count)
            self._fill(self._people, before, people, kept)
        self._add_keys(block, alone, before, kept)

    def _add_keys(self, block: Block, alone: bytearray, before: int, kept: bytearray) -> None:
        folded: dict[str, list[str]] = {}
        for key, hashes in self._hashes.items():
            fields = key.split("+")
            everybody = key in self.match_account or key == "Name"
            if not all(name in block.account for name in fields) or not (everybody or block.alone):
                continue
            for name in fields:
                if name not in folded:
                    folded[name] = fold_all(name, block.account[name])
            values = _hashes([folded[name] for name in fields])
            if key == "Code" and "0" in {text[:1] for text in folded[key]}:
                bare = [text.lstrip("0") if text[:1] == "0" else "" for text in folded[key]]
                self._fill(self.bare_codes, before, map(hash, bare), kept)
            if not everybody:
                values = [value if one else 0 for value, one in zip(values, alone, strict=True)]
            self._fill(hashes, before, values, kept)

    def _fill(
        self, column: array[int], before: int, values: Iterable[int], kept: bytearray
    ) -> None:
        # What no row had so far has no column so far.
        column.frombytes(bytes(8 * (before - len(column))))
        column.extend(compress(values, kept))

    def include(self, other: Survey) -> None:
        """Take in the rows of a survey that go on where these end; it is used up by that."""
        before = len(self)
        if before < _MANY <= before + len(other):
            give_large_arrays_pages_of_their_own()
        self.lines.extend(other.lines)
        self.alone.extend(other.alone)
        self.accounts.extend(other.accounts)
        pairs = [(self._names, other._names), (self._people, other._people)]
        pairs.append((self.bare_codes, other.bare_codes))
        pairs += [(column, other.raw(key)) for key, column in self._hashes.items()]
        for mine, theirs in pairs:
            if theirs:
                mine.frombytes(bytes(8 * (before - len(mine))))
                mine.extend(theirs)
                del theirs[:]

    def finish(self) -> None:
        """Say that all rows have been seen."""
        self.keys = tuple(key for key in self.keys if self._hashes[key]) or self.keys[:1]
        for key in self.keys:
            self._pad(self._hashes[key])
        if self._names:
            self._pad(self._names)
            self._pad(self._people)
        if self.bare_codes:
            self._pad(self.bare_codes)
        nobody = bytes(0 if self._names else len(self))
        self.names, self.people = self._names or nobody, self._people or nobody

    def _pad(self, column: array[int]) -> None:
        column.frombytes(bytes(8 * (len(self) - len(column))))

    def raw(self, key: str) -> array[int]:
        """Return, for each row, the hash of a match key, 0 where a part of it is empty."""
        return self._hashes[key]

    def hashes(self, key: str) -> array[int]:
        """Return the same, with 0 also for rows that are not known by that key."""
        found = self._hashes[key]
        if key in account_keys(self.match_account, True) or 1 not in self.alone:
            return found
        return array("q", map(_unless, found, self.alone))

    def spans(self) -> list[range]:
        """Return the items of each file."""
        ends = (*self._starts[1:], len(self))
        return [range(start, end) for start, end in zip(self._starts, ends, strict=True)]

    def source(self, item: int) -> RowLocation:
        """Return where a row stands."""
        return self._files[bisect_right(self._starts, item) - 1], self.lines[item]


def _unless(value: int, alone: int) -> int:
    return 0 if alone else value


def _hashes(parts: Sequence[Sequence[str]]) -> list[int]:
    """Return a hash for each row of the texts in `parts`, 0 where one is empty."""
    if len(parts) == 1:
        return list(map(hash, parts[0]))  # that of "" is 0
    if not any("" in texts for texts in parts):
        return list(map(hash, zip(*parts, strict=True)))
    return [hash(texts) if all(texts) else 0 for texts in zip(*parts, strict=True)]


def _digests(columns: Columns, fields: Sequence[str], count: int) -> list[int]:
    """Return for each row a hash of its values; `fields` are those that all blocks have."""
    if not count:
        return []  # a file without rows has no columns
    values = (columns[name] for name in sorted(fields))
    found = list(map(hash, zip(repeat(len(fields), count), *values, strict=True)))
    for name in columns.keys() - fields:
        for row, value in enumerate(columns[name]):
            if value is not None:
                found[row] ^= hash((name, value))
    return found


def _names(block: Block) -> list[int]:
    """Return for each row a hash of the name of its person, 0 where it names none."""
    nobody: list[Value] = [None] * len(block.lines)
    texts = (fold_all(name, block.contact.get(name, nobody)) for name in ("FirstName", "LastName"))
    found = map(hash, zip(*texts, strict=True))
    return [value if named else 0 for value, named in zip(found, block.people, strict=True)]
