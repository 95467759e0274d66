"""Possible duplicates in Exact Online. Pure; the cost grows linearly with the company.

Accounts may be duplicates by the same strong number, the same folded name in one place, or a
spelling of the name in one place; contacts of one account by the same name or e-mail address.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any, TypeVar

from rapidfuzz.distance import OSA

from exact_import.fields import RecordKind
from exact_import.planning.evidence import Identity, compare
from exact_import.text import fold
from exact_import.values.match_keys import email_key
from exact_import.values.names import folded_names, is_spelling, name_words

NUMBER = "same VAT or company number"
NAME_AND_PLACE = "same name and place"
SPELLING = "nearly the same name in the same place"
NAME = "same name"
EMAIL = "same e-mail address"
OTHER_NUMBERS = "but different VAT or company numbers"
OTHER_NAMES = "but different first names"

_FEW = 12  # names of a place that are all compared with each other
_RARE = 30  # names of a place that may have a word by which they are compared
_SHORTEST, _LONG = 4, 8  # letters from which words may be an edit apart, and two

Words = tuple[str, ...]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Records that may be duplicates: their IDs in order, and why."""

    kind: RecordKind
    ids: tuple[str, ...]
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """The values of a contact that matter here; `emails` are folded."""

    id: str
    account: str
    first: str
    last: str
    emails: frozenset[str]


def person_of(id: str, account: str, fields: Mapping[str, Any]) -> Person:
    """Return the person whom the fields of a contact describe."""
    emails = (email_key(fields.get(name)) for name in ("Email", "BusinessEmail"))
    return Person(
        id,
        account,
        fold(str(fields.get("FirstName") or "")),
        fold(str(fields.get("LastName") or "")),
        frozenset(filter(None, emails)),
    )


class _Groups:
    """Groups of records that share something."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}
        self._why: list[tuple[str, str]] = []

    def join(self, ids: Sequence[str], why: str) -> None:
        """Put records into one group."""
        for other in ids[1:]:
            first, second = self._root(ids[0]), self._root(other)
            self._parents[max(first, second)] = min(first, second)
            self._why.append((other, why))

    def _root(self, id: str) -> str:
        self._parents.setdefault(id, id)
        while (parent := self._parents[id]) != id:
            self._parents[id] = id = self._parents[parent]
        return id

    def found(self) -> Iterator[tuple[list[str], list[str]]]:
        """Yield the IDs of each group, and the reasons."""
        members: dict[str, list[str]] = defaultdict(list)
        for id in list(self._parents):
            members[self._root(id)].append(id)
        reasons: dict[str, dict[str, None]] = defaultdict(dict)
        for id, why in self._why:
            reasons[self._root(id)][why] = None
        for root, ids in members.items():
            if len(ids) > 1:
                yield ids, list(reasons[root])


def duplicate_accounts(accounts: Iterable[Identity]) -> list[DuplicateGroup]:
    """Return the groups of accounts that may be one company."""
    known = {one.id: one for one in accounts}
    groups = _Groups()
    for several in _together(known.values(), lambda one: set(one.numbers.values())):
        for same in _by_register(several):
            groups.join([one.id for one in same], NUMBER)
    for place in _places(known.values()):
        named = _together(place, lambda one: folded_names(one.name) if one.name else ())
        for several in named:
            # Within a city, the postcode decides if both have one.
            if len({one.postcode for one in several}) == 1 or not all(
                one.postcode for one in several
            ):
                groups.join([one.id for one in several], NAME_AND_PLACE)
        for one, other in _spellings(place):
            groups.join([one.id, other.id], SPELLING)
    found = []
    for ids, why in groups.found():
        numbers = {frozenset(known[id].numbers.values()) for id in ids if known[id].numbers}
        if len(numbers) > 1 and NUMBER not in why:
            why.append(OTHER_NUMBERS)
        found.append(DuplicateGroup("account", tuple(sorted(ids)), tuple(why)))
    return found


def duplicate_contacts(people: Iterable[Person]) -> list[DuplicateGroup]:
    """Return the groups of contacts that may be one person, each within one account."""
    known = {one.id: one for one in people}
    groups = _Groups()
    named = _together(
        known.values(), lambda one: [(one.account, one.first, one.last)] if one.last else []
    )
    for several in named:
        groups.join([one.id for one in several], NAME)
    for several in _together(known.values(), lambda one: [(one.account, e) for e in one.emails]):
        groups.join([one.id for one in several], EMAIL)
    found = []
    for ids, why in groups.found():
        if len({known[id].first for id in ids} - {""}) > 1:
            why.append(OTHER_NAMES)
        found.append(DuplicateGroup("contact", tuple(sorted(ids)), tuple(why)))
    return found


def _together(
    items: Iterable[Item], keys: Callable[[Item], Iterable[Hashable]]
) -> Iterator[list[Item]]:
    """Yield the items that share a key, for keys of several."""
    found: dict[Hashable, list[Item]] = defaultdict(list)
    for item in items:
        for key in dict.fromkeys(keys(item)):
            found[key].append(item)
    return (several for several in found.values() if len(several) > 1)


def _by_register(accounts: Sequence[Identity]) -> list[list[Identity]]:
    """Return accounts of one number, separated by company number.

    One VAT number for companies with several company numbers is a fiscal unity.
    """
    registers: dict[str, list[Identity]] = defaultdict(list)
    for one in accounts:
        registers[one.numbers.get("ChamberOfCommerce", "")].append(one)
    without = registers.pop("", [])
    several = list(registers.values()) or [[]]
    several[0].extend(without)
    return several


def _places(accounts: Iterable[Identity]) -> Iterator[list[Identity]]:
    """Yield the accounts of each place, the postcode, or the city where one has no postcode."""
    postcodes: dict[str, list[Identity]] = defaultdict(list)
    cities: dict[str, list[Identity]] = defaultdict(list)
    for one in accounts:
        if one.postcode:
            postcodes[one.postcode].append(one)
        if one.city:
            cities[one.city].append(one)
    yield from (several for several in postcodes.values() if len(several) > 1)
    for several in cities.values():
        if len(several) > 1 and not all(one.postcode for one in several):
            yield several


def _spellings(place: Sequence[Identity]) -> Iterator[tuple[Identity, Identity]]:
    """Yield pairs of accounts of one place with nearly the same name and nothing that differs."""
    by_words: dict[Words, list[Identity]] = defaultdict(list)
    for account in place:
        if words := name_words(account.name):
            by_words[words].append(account)
    for one, other in _similar(list(by_words)):
        if not is_spelling(one, other):
            continue
        first, second = by_words[one], by_words[other]
        pairs = [(first[0], account) for account in second]
        pairs += [(account, second[0]) for account in first[1:]]
        for left, right in pairs:
            seen = compare(left, right)
            if seen.place and not seen.number_differs and not seen.contact_data_differs:
                yield left, right


def _similar(names: Sequence[Words]) -> Iterable[tuple[Words, Words]]:
    """Return the pairs of names that may be spellings of each other, without comparing all.

    They share a word that is rare in the place, or nearly share it, or have the same letters, if
    words are split or joined.
    """
    if len(names) <= _FEW:
        return combinations(names, 2)
    having: dict[str, list[Words]] = defaultdict(list)
    lettered: dict[str, list[Words]] = defaultdict(list)
    for words in names:
        lettered["".join(sorted("".join(words)))].append(words)
        for word in dict.fromkeys(words):
            having[word].append(words)
    found: dict[tuple[Words, Words], None] = {}
    for several in (*lettered.values(), *having.values()):
        if len(several) <= _RARE:
            found.update(dict.fromkeys(combinations(several, 2)))
    for one, other in _similar_words(having):
        if min(len(having[one]), len(having[other])) <= _RARE:
            pairs = product(having[one], having[other])
            found.update((pair, None) for pair in pairs if pair[0] != pair[1])
    return found


def _similar_words(words: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Return the pairs of words one edit or transposition apart, or two in long words.

    Such words are the same once a letter, or two, are left out of each.
    """
    found: dict[tuple[str, str], None] = {}
    index: dict[str, list[str]] = defaultdict(list)
    for word in words:
        if len(word) < _SHORTEST:
            continue
        most = 2 if len(word) >= _LONG else 1
        for key in _shortened(word, most):
            for other in index[key]:
                if OSA.distance(other, word, score_cutoff=most) <= most:
                    found[other, word] = None
            index[key].append(word)
    return found


def _shortened(word: str, most: int) -> set[str]:
    """Return a word, and its forms without one letter, or without up to `most`."""
    return {
        "".join(left)
        for letters in range(len(word) - most, len(word) + 1)
        for left in combinations(word, letters)
    }
