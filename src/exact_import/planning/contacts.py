"""Which contact of an account a person is, and what somebody deleted in Exact Online.

`MATCH_CONTACT` in `fields` has the keys by which a contact is found, in order; the setting
`match_contact` replaces them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from exact_import.fields import MATCH_CONTACT, Kind, catalogue, full_name
from exact_import.planning.plan import Candidate
from exact_import.records.merge import AccountRecord, ContactRecord
from exact_import.records.models import NEW, DetailRecord, RowsRead, key_value
from exact_import.store.mirror import Mirror, RemoteRecord
from exact_import.text import fold, quote
from exact_import.values.match_keys import email_key, phone_key
from exact_import.values.names import TITLES, compare_names, folded_person_names


@dataclass(frozen=True, slots=True)
class ContactMatch:
    """Which contact a person is, None for a new one; `why` says why somebody must decide."""

    record: RemoteRecord | None = None
    matched_by: str = ""
    why: str = ""
    candidates: tuple[Candidate, ...] = ()


def match_contacts(
    people: Sequence[ContactRecord],
    held: Sequence[RemoteRecord],
    *,
    order: Sequence[str] = MATCH_CONTACT,
    linked: Mapping[int, str] | None = None,
    answered: Mapping[int, str] | None = None,
) -> dict[int, ContactMatch]:
    """Return which of `held`, the contacts of one account, each of `people` is.

    The matches are by index in `people`; an index without a match is a new person. `linked` and
    `answered` have, by index, the ID that links lead to and a person's answer: an ID or "new".
    `order` are the keys of `[import] match_contact`.
    """
    return _Matching(people, held, linked or {}, answered or {}).found(order)


class _Matching:
    def __init__(
        self,
        people: Sequence[ContactRecord],
        held: Sequence[RemoteRecord],
        linked: Mapping[int, str],
        answered: Mapping[int, str],
    ) -> None:
        self._people, self._held = people, held
        self._linked, self._answered = linked, answered
        self._free = {contact.id: contact for contact in held}
        self._new = {place for place, text in answered.items() if text.casefold() == NEW}
        self._matched: dict[int, ContactMatch] = {}
        self._rows_with = Counter(mail for one in people for mail in emails(one.fields))
        self._held_with = Counter(mail for one in held for mail in emails(one.fields))

    def found(self, order: Sequence[str]) -> dict[int, ContactMatch]:
        self._take("answer", {p: text.casefold() for p, text in self._answered.items()})
        ids = {
            place: str(one.fields.get("ID") or one.own).casefold()
            for place, one in enumerate(self._people)
        }
        self._take("ID", ids)
        self._take("link", self._linked)
        for key in order:
            if key != "ID":
                self._find(key)
        self._hold_likely()
        return self._matched

    def _open(self) -> list[tuple[int, ContactRecord]]:
        return [
            (place, person)
            for place, person in enumerate(self._people)
            if place not in self._matched and place not in self._new
        ]

    def _take(self, key: str, ids: Mapping[int, str]) -> None:
        for place, _ in self._open():
            contact = self._free.pop(ids.get(place, ""), None)
            if contact is not None:
                self._matched[place] = ContactMatch(contact, key)

    def _find(self, key: str) -> None:
        """Match the people for whom `key` finds one contact."""
        for place, person in self._open():
            hits = self._hits(key, person)
            if len(hits) == 1:
                self._take(key, {place: hits[0].id})
            elif hits:
                name = quote(full_name(person.fields))
                self._hold(place, f"{len(hits)} contacts of this account are called {name}", hits)

    def _hits(self, key: str, person: ContactRecord) -> list[RemoteRecord]:
        """Return the contacts that `key` finds; several only if they have the person's name."""
        ours, free = person.fields, self._free.values()
        if key == _NAMES:
            name = _name(ours)
            hits = [one for one in free if _is_same(_name(one.fields), name)]
            mailed = [one for one in hits if emails(one.fields) & emails(ours)]
            return mailed if len(mailed) == 1 else hits
        if key == "Email":
            once = self._rows_with, self._held_with
            sole = {mail for mail in emails(ours) if all(having[mail] == 1 for having in once)}
            hits = [one for one in free if emails(one.fields) & sole]
            hits = [one for one in hits if may_be_one(ours, one.fields)]
        else:
            value = key_value(key, ours)
            rows = [one for one in self._people if key_value(key, one.fields) == value]
            hits = [one for one in free if value and key_value(key, one.fields) == value]
            if len(rows) > 1 or not all(may_be_one(ours, one.fields) for one in hits):
                return []
        return hits if len(hits) == 1 else []

    def _hold_likely(self) -> None:
        """Hold people who may be an existing contact with another spelling or first name."""
        for place, person in self._open():
            likely = [
                (one, why)
                for one in self._free.values()
                if (why := in_common(person.fields, one.fields))
            ]
            if likely:
                name = quote(full_name(likely[0][0].fields))
                self._hold(
                    place, f"may be {name}, who has {likely[0][1]}", [one for one, _ in likely]
                )

    def _hold(self, place: int, why: str, contacts: Sequence[RemoteRecord]) -> None:
        candidates = tuple(
            Candidate(one.id, "", full_name(one.fields), _agreeing(self._people[place], one))
            for one in contacts
        )
        self._matched[place] = ContactMatch(why=why, candidates=candidates)


def _agreeing(person: ContactRecord, contact: RemoteRecord) -> tuple[str, ...]:
    return tuple(
        name
        for name in ("FirstName", "LastName", "Email", "Mobile")
        if person.fields.get(name)
        and fold(str(person.fields[name])) == fold(str(contact.fields.get(name) or ""))
    )


def emails(fields: Mapping[str, object]) -> set[str]:
    """Return the e-mail addresses of a contact, as they compare."""
    return {email_key(fields[name]) for name in ("Email", "BusinessEmail") if fields.get(name)}


def _mobile(fields: Mapping[str, object]) -> str:
    return phone_key(str(fields.get("Mobile") or fields.get("BusinessMobile") or ""))


_NAMES = "FirstName+LastName"
_Forms = frozenset[str]
_PersonName = tuple[_Forms, _Forms]
"""The first and last name of a person, each in normalised forms; "" for none."""
_NONE: _Forms = frozenset(("",))


def _name(fields: Mapping[str, object]) -> _PersonName:
    last = " ".join(str(fields[name]) for name in ("MiddleName", "LastName") if fields.get(name))
    return folded_person_names(str(fields.get("FirstName") or "")), folded_person_names(last)


def _is_same(one: _PersonName, other: _PersonName) -> bool:
    return all(ours & theirs for ours, theirs in zip(one, other, strict=True))


_EXCHANGED = "the same name, with first and last name swapped"


def are_exchanged(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Return True if the first name of each of two people is the last name of the other."""
    ours, theirs = _name(one), _name(other)
    return ours[0] != _NONE and _is_same(ours, theirs[::-1])


def in_common(
    one: Mapping[str, object], other: Mapping[str, object], *, apart: bool = False
) -> str:
    """Return why two people of one company are likely the same, "" if they are not.

    People with different e-mail addresses or mobile numbers are two, unless first and last name are
    exchanged. If rows name them `apart`, exchanged or different first names also make two people.
    """
    (first, last), (other_first, other_last) = _name(one), _name(other)
    mobile, other_mobile = _mobile(one), _mobile(other)
    exchanged = are_exchanged(one, other)
    if not apart and (last & other_last) - _NONE and mobile and mobile == other_mobile:
        return "the same last name and mobile number"
    if not apart and exchanged:
        return _EXCHANGED
    mails, other_mails = emails(one), emails(other)
    longer = any(
        a and b and (a.startswith(b) or b.startswith(a)) for a, b in product(first, other_first)
    )
    if not apart and mails & other_mails and (last & other_last) - _NONE and longer:
        return "the same last name and e-mail address, and a first name that begins alike"
    if (mails and other_mails and not mails & other_mails) or (
        mobile and other_mobile and mobile != other_mobile
    ):
        return ""
    if exchanged:
        return _EXCHANGED
    if (last & other_last) - _NONE and is_initial(first, other_first):
        return "the same last name, with the first name or an initial"
    if (first & other_first) - _NONE:
        likeness = {compare_names(one, other) for one, other in product(last, other_last)}
        if not likeness.isdisjoint(("same", "spelling")):
            return "the same first name and another spelling of the last name"
        if "unknown" in likeness:
            return "the same first name, with the last name or without"
    return ""


def name_forms(fields: Mapping[str, object]) -> frozenset[str]:
    """Return the first and last name of a person, each in normalised forms."""
    first, last = _name(fields)
    return (first | last) - _NONE


def is_same_person(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Return True if two people of one company have one name, and nothing distinguishes them."""
    ours, theirs = emails(one), emails(other)
    ids = {str(fields["ID"]).casefold() for fields in (one, other) if fields.get("ID")}
    apart = bool(ours and theirs and not ours & theirs) or len(ids) > 1
    return not apart and any(_name(one)) and _is_same(_name(one), _name(other))


def may_be_one(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Return True if two people with one address may be the same: by first or last name.

    The last name decides if a first name is empty or an initial. How a name was split into first
    and last name does not matter.
    """
    words = _words(one)
    if words and words == _words(other):
        return True
    (first, last), (other_first, other_last) = _name(one), _name(other)
    if (first & other_first) - _NONE:
        return True
    return is_initial(first, other_first) and bool(last & other_last or _NONE in (last, other_last))


def _words(fields: Mapping[str, object]) -> set[str]:
    return set(fold(full_name(fields)).split()) - TITLES


def is_initial(one: _Forms, other: _Forms) -> bool:
    """Return True if one of two first names is empty, or an initial of the other one."""
    pairs = (sorted(pair, key=len) for pair in product(one, other))
    return any(len(short) < 2 and long.startswith(short) for short, long in pairs)


def latest(held: Sequence[RemoteRecord]) -> list[RemoteRecord]:
    """Return `held`, contacts in order, without those that seem to be an earlier one."""
    left: list[RemoteRecord] = []
    for one in held:
        ours = emails(one.fields)
        if not any(
            _is_same(_name(one.fields), _name(other.fields))
            and (not ours or not emails(other.fields) or ours & emails(other.fields))
            for other in left
        ):
            left.append(one)
    return left


class DeletedRecords:
    """Records that somebody deleted in Exact Online.

    They stay deleted while their rows do not change; with `recreate`, all are created again. A
    company and its people belong together: one new or changed row creates all of them again. If
    only that row's person were created, the outcome of the other rows would depend on where a run
    was interrupted.
    """

    def __init__(self, mirror: Mirror, recreate: bool, rows: RowsRead) -> None:
        self._mirror = mirror
        self._recreate = recreate
        self._rows = rows

    def people(self, record: AccountRecord, account: RemoteRecord) -> set[int]:
        """Return the indexes in `record.contacts` of deleted persons who stay deleted."""
        if self._recreate or not record.contacts:
            return set()
        gone = self._mirror.contacts_of(account.id, gone=True)
        if account.gone:
            gone = [*self._mirror.contacts_of(account.id), *gone]
        known = match_contacts(record.contacts, latest(gone))
        return {
            place
            for place, match in known.items()
            if match.record is not None
            and self._says_the_same(record.contacts[place], "contact", match.record.id)
        }

    def company(self, record: AccountRecord, gone: RemoteRecord) -> bool:
        """Return True if a deleted company stays deleted, with its people and details."""
        return (
            not self._recreate
            and self._says_the_same(record, "account", gone.id)
            and len(self.people(record, gone)) == len(record.contacts)
            and all(
                self._says_the_same(detail, detail.kind, f"{gone.id} {detail.key}")
                for detail in record.details
            )
        )

    def _says_the_same(
        self, record: AccountRecord | ContactRecord | DetailRecord, kind: Kind, remote_id: str
    ) -> bool:
        """Return True if rows agree with the last import of their source, or of any source."""
        bases = self._mirror.bases.read(kind, remote_id)
        known = catalogue(kind)
        return any(
            all(
                known[name].same(value, base[name][0])
                for name, value in record.fields.items()
                if value is not None and name in base
            )
            for base in bases.said_by(self._rows.source_of(record.lines[0][0]))
        )
