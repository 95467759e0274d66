"""Finds in the mirror and the links what a record may be, for `matching`.

Names are compared within a postcode or city only, so that the cost grows with the file and not with
the file times the accounts.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Generic, TypeVar

from exact_import.fields import full_name
from exact_import.planning.decision import FoundAccounts, LinkedAccount
from exact_import.planning.evidence import Identity, compare, identity_of
from exact_import.records.merge import AccountRecord
from exact_import.records.models import RowLocation
from exact_import.records.models import fold as fold_value
from exact_import.store.links import CONTENT, Link, LinkKey, Links, account_keys
from exact_import.store.mirror import Mirror, RemoteRecord
from exact_import.text import fold
from exact_import.values.match_keys import bare_code, compact, without_city
from exact_import.values.names import (
    are_spellings,
    core_words,
    edits_allowed,
    exact_words,
    folded_names,
    name_words,
)

_CACHED = 30_000  # accounts whose identity is kept
_FEW = 20  # names that are compared one by one
_NO_IBANS: frozenset[str] = frozenset()  # one for all: an empty one takes 216 bytes
CROWD = 200
"""A value that more records than this share, such as an office building's address, is ignored."""
Words = tuple[str, ...]
Item = TypeVar("Item")


class NamesInPlaces(Generic[Item]):
    """Names by place, so that similar names are searched among few.

    Similar names have the same numbers and initials, and nearly the same letters. For each name
    there are its core words, all its words, and its item.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], list[tuple[Words, Words, Item]]] = {}
        # For places with many names: the sorted letters of each name.
        self._letters: dict[tuple[str, str], list[str]] = {}

    def add(self, places: Iterable[str], words: Words, item: Item, city: str = "") -> None:
        """Add the name of `item` in each of its places."""
        core = core_words(without_city(words, city))
        exact, name = exact_words(core), (core, words, item)
        for place in places:
            self._known.setdefault((place, exact), []).append(name)

    def spellings(
        self, place: str, words: Words, *, city: str = "", same: bool = False
    ) -> list[Item]:
        """Return the items in a place whose name is similar to `words`, or with `same` equal."""
        core = core_words(without_city(words, city))
        group = (place, exact_words(core))
        names: Sequence[tuple[Words, Words, Item]] = self._known.get(group, ())
        if len(names) > _FEW:
            names = self._similar(group, core)
        return [
            item
            for other, known, item in names
            if (known == words and same) or (known != words and are_spellings(core, other))
        ]

    def _similar(self, group: tuple[str, str], core: Words) -> list[tuple[Words, Words, Item]]:
        """Return the names of a group with nearly the letters of the core words `core`."""
        from rapidfuzz import process  # small dry runs do without
        from rapidfuzz.distance import Indel

        names = self._known[group]
        letters = self._letters.setdefault(group, [])
        letters += (_letters(known) for known, _, _ in names[len(letters) :])
        found = process.extract(
            _letters(core),
            letters,
            scorer=Indel.distance,
            score_cutoff=2 * edits_allowed(core),
            limit=None,
        )
        return [names[index] for _, _, index in found]


def _letters(core: tuple[str, ...]) -> str:
    return "".join(sorted("".join(core)))


class AccountLookup:
    """Finds what records of a file have in common with accounts of Exact Online.

    `source` returns the source of a file; `records` are all records of the file, because a key that
    two of them have does not count.
    """

    def __init__(
        self,
        mirror: Mirror,
        links: Links,
        source: Callable[[str], str],
        records: Sequence[AccountRecord],
    ) -> None:
        self._mirror = mirror
        self._links = links
        self._source = source
        self._records = records
        self._identities: dict[str, Identity] = {}
        self._names = NamesInPlaces[str]()
        self._read: set[tuple[str, str]] = set()
        self._shared: set[LinkKey] | None = None
        self._name_counts: Counter[str] = Counter()

    def identity(self, record: AccountRecord) -> Identity:
        """Return the identity of a record."""
        ibans = frozenset(
            compact(detail.fields.get("BankAccount"))
            for detail in record.details
            if detail.kind == "bank account"
        )
        row = identity_of(
            record.fields,
            own=record.own,
            person=record.person,
            ibans=ibans or _NO_IBANS,
            line=record.lines[0] if record.lines else None,
        )
        if not row.email and record.contacts and not row.name:
            row = replace(row, email=str(record.contacts[0].fields.get("Email") or "").casefold())
        return row

    def source_of(self, record: AccountRecord) -> str:
        """Return the source of a record's first row."""
        return self.source_at(record.lines[0] if record.lines else None)

    def source_at(self, line: RowLocation | None) -> str:
        """Return the source of a row, "" for none."""
        return self._source(line[0]) if line is not None else ""

    def keys(self, record: AccountRecord) -> list[LinkKey]:
        """Return the keys by which a record is linked, without those of several records."""
        if self._shared is None:
            # By their hashes first, because keys take far more memory.
            seen: set[int] = set()
            again: set[int] = set()
            for one in self._records:
                hashes = [*map(hash, self._all_keys(one))]
                again.update(seen.intersection(hashes))
                seen.update(hashes)
                self._name_counts.update(folded_names(str(one.fields.get("Name") or "")))
            counts: Counter[LinkKey] = Counter()
            for one in self._records if again else ():
                counts.update(key for key in self._all_keys(one) if hash(key) in again)
            self._shared = {key for key, count in counts.items() if count > 1}
        return [key for key in self._all_keys(record) if key not in self._shared]

    def _all_keys(self, record: AccountRecord) -> list[LinkKey]:
        keys = account_keys(record.fields, self.source_of(record), record.own)
        for file, own in record.further:
            keys += account_keys({}, self._source(file), own)
        return keys

    def content_key(self, record: AccountRecord) -> LinkKey:
        """Return the key of a record's whole content."""
        content = (
            (record.own, [one.own for one in record.contacts]),
            sorted((name, str(value)) for name, value in record.fields.items()),
            [sorted((name, str(v)) for name, v in one.fields.items()) for one in record.contacts],
        )
        digest = hashlib.blake2b(repr(content).encode(), digest_size=16).hexdigest()
        return LinkKey(CONTENT, digest, self.source_of(record))

    def is_alone(self, row: Identity) -> bool:
        """Return True if no other record of the file has the folded name of `row`."""
        return all(self._name_counts[name] < 2 for name in folded_names(row.name))

    def by_link(self, record: AccountRecord, keys: Sequence[LinkKey]) -> FoundAccounts:
        """Return the accounts that an ID in the file and links by `keys` lead to."""
        # A column of IDs may be Exact Online's own, whatever it is called.
        remote_id = record.fields.get("ID") or record.own
        held = self._mirror.get("account", str(remote_id)) if remote_id else None
        by_id = self._identity(held) if held is not None and not held.gone else None
        found = self._links.find("account", keys)
        linked = [one for key in keys if (one := self._linked(key, found.get(key, ()))) is not None]
        if held is not None and held.gone:
            linked.insert(0, LinkedAccount("ID", self._identity(held), gone=True))
        return FoundAccounts(by_id=by_id, linked=linked)

    def _linked(self, key: LinkKey, links: Sequence[Link]) -> LinkedAccount | None:
        records = [(link, self._mirror.get("account", link.record_id)) for link in links]
        known = {held.id: (link, held) for link, held in records if held is not None}
        chosen = [pair for pair in known.values() if not pair[1].gone]
        if not chosen and known:  # created again and deleted again: the last one counts
            chosen = [max(known.values(), key=lambda pair: pair[0].at)]
        if len(chosen) != 1:
            return None
        link, held = chosen[0]
        return LinkedAccount(
            key.key,
            self._identity(held),
            answered=link.made_by == "answer",
            gone=held.gone,
            elsewhere=all(one.source != key.source for one in links),
        )

    def found(self, record: AccountRecord, row: Identity, linked: FoundAccounts) -> FoundAccounts:
        """Return what `row` has in common with accounts, in addition to what is `linked`."""
        by = self._by
        numbered = self.numbered(row)
        signs = (("Email", row.email), ("Phone", row.phone), ("Website", row.website))
        reached = [one for key, value in signs if value for one in by(key, [value])]
        coded = self.coded(row)
        known = any(not compare(row, one).fiscal_unity for one in numbered)
        return replace(
            linked,
            numbered=numbered,
            coded=coded,
            named=self.named(row),
            similar=self._similar(row) if row.name and not known else (),
            reached=list({one.id: one for one in reached}.values()),
            neighbors=self._neighbors(row),
            known_people=self._known_people(record, coded) if not row.name else frozenset(),
        )

    def numbered(self, row: Identity) -> list[Identity]:
        """Return the accounts with a strong number of `row`."""
        return self._by("Number", dict.fromkeys(row.numbers.values()))

    def named(self, row: Identity) -> list[Identity]:
        """Return the accounts with the folded name of `row`, wherever they are."""
        named = self._by("Name", folded_names(row.name)) if row.name else []
        return [self._with_ibans(row, one) for one in named] if row.ibans else named

    def coded(self, row: Identity) -> list[Identity]:
        """Return the accounts whose code is that of `row`, leading zeros aside."""
        return self._by("Code", [row.code]) if row.code else []

    def account(self, remote_id: str) -> Identity:
        """Return the account of an ID that the mirror has."""
        known = self._identities.get(remote_id)  # many may share an address
        if known is not None:
            return known
        held = self._mirror.get("account", remote_id)
        return self._identity(held) if held is not None else Identity(id=remote_id)

    def by_answer(self, text: str) -> Identity | None:
        """Return the account that a person means by a code or an ID; None if there is none."""
        held = self._mirror.get("account", text)
        if held is not None and not held.gone:
            return self._identity(held)
        coded = self._by("Code", [bare_code(text)])
        return coded[0] if len(coded) == 1 else None

    def is_contact(self, text: str) -> bool:
        """Return True if `text` is the ID of a contact person."""
        return self._mirror.get("contact", text) is not None

    def _known_people(self, record: AccountRecord, coded: Iterable[Identity]) -> frozenset[str]:
        people = {fold(full_name(person.fields)) for person in record.contacts}
        return frozenset(
            account.id
            for account in coded
            if any(
                fold(full_name(contact.fields)) in people
                for contact in self._mirror.contacts_of(account.id)
            )
        )

    def _similar(self, row: Identity) -> list[Identity]:
        words = name_words(row.name)
        found: dict[str, None] = {}
        for key, place in (("Postcode+Name", row.postcode), ("City+Name", row.city)):
            if not place:
                continue
            where, city = f"{key} {place}", place if key == "City+Name" else ""
            if (key, place) not in self._read:
                self._read.add((key, place))
                for name, remote_id in self._mirror.names_in(key, place):
                    self._names.add([where], tuple(name.split()), remote_id, city)
            found.update(dict.fromkeys(self._names.spellings(where, words, city=city)))
        accounts = [self._mirror.get("account", one) for one in found]
        return [self._identity(one) for one in accounts if one is not None and not one.gone]

    def _neighbors(self, row: Identity) -> list[Identity]:
        ids = self._mirror.live_ids_by("Address", row.address) if row.address else []
        return [self.account(one) for one in ids] if len(ids) <= CROWD else []

    def _by(self, key: str, values: Iterable[str]) -> list[Identity]:
        ids = [one for value in values for one in self._mirror.live_ids_by(key, value)]
        return [self.account(one) for one in dict.fromkeys(ids)]

    def _identity(self, held: RemoteRecord) -> Identity:
        known = self._identities.get(held.id)
        if known is None:
            if len(self._identities) >= _CACHED:
                self._identities.clear()
            known = self._identities[held.id] = identity_of(held.fields, id=held.id)
        return known

    def _with_ibans(self, row: Identity, account: Identity) -> Identity:
        """Return `account` with those bank accounts of `row` that an import created for it."""
        known = {
            one
            for one in row.ibans
            if self._mirror.bases.known(
                "bank account", f"{account.id} {fold_value('BankAccount', one)}"
            )
        }
        return replace(account, ibans=frozenset(known)) if known else account
