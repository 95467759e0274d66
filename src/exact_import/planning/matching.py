"""Which record is it: finds the account or contact of Exact Online that a record means.

The rules are DESIGN's: the keys of `match_account` in order, skipping those the record leaves
empty; one hit is the match, several are for a human. Contacts match within their account.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exact_import.fields import Kind, catalogue, full_name
from exact_import.records.merge import AccountRecord, ContactRecord
from exact_import.records.models import account_keys, fold, key_fields, key_order, key_value
from exact_import.store.mirror import Mirror, RemoteRecord
from exact_import.text import fold as fold_text
from exact_import.text import quote


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one match key showed: the records with its `value` in Exact Online, by their IDs."""

    key: str
    value: str
    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """Which record of Exact Online a record of the file is, how that was found, and by what.

    `record` is the one that is meant, None for a new one, and `matched_by` the key that decided.
    `evidence` holds each key that was looked at up to there, in order. `deleted` is the record
    meant that was deleted there, `duplicate` one that a new record may be a duplicate of, and
    `problem` says why nothing can be decided.
    """

    record: RemoteRecord | None = None
    matched_by: str = ""
    evidence: tuple[Evidence, ...] = ()
    deleted: RemoteRecord | None = None
    duplicate: RemoteRecord | None = None
    problem: str = ""

    @property
    def certain(self) -> bool:
        """True where the first key found this record and no other: nothing else had a say."""
        return self.record is not None and [one.found for one in self.evidence] == [
            (self.record.id,)
        ]

    @property
    def doubt(self) -> str:
        """Say which account a new one may be a duplicate of; "" if none."""
        if self.duplicate is None:
            return ""
        code = str(self.duplicate.fields.get("Code") or "?").strip()
        name = quote(str(self.duplicate.fields.get("Name") or ""))
        return f"may be a double of {name} (code {code}) in Exact Online"


# By an address alone nobody is known among those who share it.
_CLAIM = {"Email": "Email+Name"}


class Claims:
    """Which accounts of Exact Online some record of the file is known to be by an early key.

    By a name or an e-mail address, which several may share, no other record means them: it would
    on one day be made beside them and on the next be taken for them.
    """

    def __init__(self, records: Sequence[AccountRecord], match: Sequence[str]) -> None:
        self._records = records
        self.match = match
        self._order = key_order(match)
        # By key, the hashes of its values in the file; made when first asked for.
        self._values: dict[str, set[int]] = {}
        self._padded: dict[str, str] | None = None

    def but_for_zeros(self, code: str, mirror: Mirror) -> list[RemoteRecord]:
        """Return the accounts whose code is `code` but for zeros before it: Excel drops those."""
        if self._padded is None:
            self._padded = {one.lstrip("0"): one for one in mirror.codes_with_zeros()}
        bare = code.lstrip("0")
        others = [one for one in (self._padded.get(bare), bare) if one and one != code]
        return [held for one in others for held in mirror.accounts_by("Code", one)]

    def others(
        self, key: str, found: Sequence[RemoteRecord], record: AccountRecord
    ) -> list[RemoteRecord]:
        """Return those of `found`, hits of `record` by `key`, that no other record claims."""
        if not found or not {"Name", "Email"}.intersection(key_fields([key])):
            return list(found)
        earlier = self._order[: self._order.index(key)] if key in self._order else self._order
        left = [held for held in found if not any(self._claims(held, one) for one in earlier)]
        if key != "Email":
            return left
        # Companies publish addresses that people use: the name of another company counts more.
        name = key_value("Name", record.fields)
        return [
            held
            for held in left
            if key_value("Name", held.fields) == name or not self._claims(held, "Name")
        ]

    def _claims(self, held: RemoteRecord, key: str) -> bool:
        value = held.id if key == "ID" else key_value(_CLAIM.get(key, key), held.fields)
        return bool(value) and hash(value) in self._values_of(key)

    def _values_of(self, key: str) -> set[int]:
        if key not in self._values:
            self._values[key] = {
                hash(key_value(_CLAIM.get(key, key), record.fields))
                for record in self._records
                if key in account_keys(self.match, record.person)
            }
        return self._values[key]


def match_account(
    record: AccountRecord,
    claims: Claims,
    mirror: Mirror,
    made_here: Callable[[str], bool],
) -> Match:
    """Return which account `record`, one of those of `claims`, means.

    `made_here` tells of an account's ID whether this program created it: a person with no key but
    the name is only ever matched with such an account.
    """
    named = account_keys(claims.match, record.person)
    keys = [(key, key_value(key, record.fields)) for key in named]
    keys = [(key, value) for key, value in keys if value]
    if record.person and not keys:
        return _nameless_key(record, mirror, made_here, claims)
    passed_over: list[RemoteRecord] = []
    evidence: tuple[Evidence, ...] = ()
    for place, (key, value) in enumerate(keys):
        hits = _hits(record, key, value, mirror, gone=False)
        evidence += (_evidence(key, value, hits),)
        found = claims.others(key, hits, record)
        passed_over += [held for held in hits if held not in found]
        if len(found) > 1:
            names = ", ".join(_account_name(held) for held in found[:5])
            problem = (
                f"{len(found)} accounts in Exact Online have this {key}: {names}; "
                "add the code of the one that is meant"
            )
            return Match(evidence=evidence, problem=problem)
        if found:
            return Match(found[0], key, evidence)
        if key == "Code":
            gone = _hits(record, key, value, mirror, gone=True)
            if gone:
                return Match(matched_by=key, evidence=evidence, deleted=gone[0])
            for later, later_value in keys[place + 1 :]:
                twins = _hits(record, later, later_value, mirror, gone=False)
                if twins:
                    evidence += (_evidence(later, later_value, twins),)
                    return Match(evidence=evidence, duplicate=twins[0])
            padded = claims.but_for_zeros(value, mirror)
            return Match(evidence=evidence, duplicate=padded[0] if padded else None)
    for key, value in keys:
        gone = _hits(record, key, value, mirror, gone=True)
        if gone:
            return Match(matched_by=key, evidence=evidence, deleted=gone[0])
    return Match(evidence=evidence, duplicate=passed_over[0] if passed_over else None)


def _evidence(key: str, value: str, found: Sequence[RemoteRecord]) -> Evidence:
    return Evidence(key, value, tuple(held.id for held in found))


def _hits(
    record: AccountRecord, key: str, value: str, mirror: Mirror, *, gone: bool
) -> list[RemoteRecord]:
    found = mirror.accounts_by(key, value, gone=gone)
    if key == "Name" and record.fields.get("Postcode"):
        found = [held for held in found if not held.fields.get("Postcode")]
    return found


def _nameless_key(
    record: AccountRecord,
    mirror: Mirror,
    made_here: Callable[[str], bool],
    claims: Claims,
) -> Match:
    name = key_value("Name", record.fields)
    hits = mirror.accounts_by("Name", name)
    evidence = (_evidence("Name", name, hits),)
    namesakes = claims.others("Name", hits, record)
    ours = [held for held in namesakes if made_here(held.id)]
    if len(ours) == 1:
        return Match(ours[0], "Name", evidence)
    if namesakes:
        problem = (
            f"an account named {quote(str(record.fields['Name']))} exists "
            f"({_account_name(namesakes[0])}), and a name alone does not tell whether it is the "
            "same person; add an e-mail address, a postcode or a code"
        )
        return Match(evidence=evidence, problem=problem)
    gone = [held for held in mirror.accounts_by("Name", name, gone=True) if made_here(held.id)]
    return Match(evidence=evidence, deleted=gone[0] if gone else None)


def _account_name(held: RemoteRecord) -> str:
    code = str(held.fields.get("Code") or "").strip()
    return f"code {code}" if code else str(held.fields.get("Name") or held.id)


def match_contacts(
    people: Sequence[ContactRecord], held: Sequence[RemoteRecord]
) -> dict[int, Match]:
    """Return which of `held`, the contacts of one account, each of `people` is.

    The matches are by place in `people`; a place without one is a new person.
    """
    matched: dict[int, Match] = {}
    free = {contact.id: contact for contact in held}

    def take(place: int, contact: RemoteRecord, key: str) -> None:
        value = key_value(key, people[place].fields)
        matched[place] = Match(contact, key, (_evidence(key, value, [contact]),))
        free.pop(contact.id, None)

    for place, person in enumerate(people):
        asked = free.get(fold("ID", person.fields.get("ID") or ""))
        if asked is not None:
            take(place, asked, "ID")
    rows_with = Counter(email for person in people for email in _emails(person.fields))
    held_with = Counter(email for contact in held for email in _emails(contact.fields))
    for place, person in enumerate(people):
        for email in _emails(person.fields) if place not in matched else ():
            if rows_with[email] == 1 == held_with[email]:
                hit = [one for one in free.values() if email in _emails(one.fields)]
                if hit and place not in matched:
                    take(place, hit[0], "Email")
    for key, same in _ALIKE_BY.items():
        for place, person in enumerate(people):
            if place in matched:
                continue
            hits = [one for one in free.values() if same(person.fields, one.fields)]
            if len(hits) == 1:
                take(place, hits[0], key)
            elif hits and same is _same_names:
                problem = (
                    f"{len(hits)} contacts of this account are called "
                    f"{quote(full_name(person.fields))}; add the e-mail address of the one that "
                    "is meant"
                )
                found = _evidence(key, key_value(key, person.fields), hits)
                matched[place] = Match(evidence=(found,), problem=problem)
    return matched


def latest(held: Sequence[RemoteRecord]) -> list[RemoteRecord]:
    """Return `held`, contacts in order, without those that seem to be one that came before."""
    left: list[RemoteRecord] = []
    for one in held:
        emails = _emails(one.fields)
        if not any(
            _same_names(one.fields, other.fields)
            and (not emails or not _emails(other.fields) or emails & _emails(other.fields))
            for other in left
        ):
            left.append(one)
    return left


def _emails(fields: Mapping[str, object]) -> set[str]:
    return {fold("Email", fields[name]) for name in ("Email", "BusinessEmail") if fields.get(name)}


def _same_throughout(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    return bool(_emails(one) & _emails(other)) and _same_names(one, other)


def _same_email_and_last_name(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    return bool(_emails(one) & _emails(other)) and _name(one)[1] == _name(other)[1]


def _same_names(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    return _name(one) == _name(other)


def _name(fields: Mapping[str, object]) -> tuple[str, str]:
    return (
        fold("FirstName", fields.get("FirstName") or ""),
        fold("LastName", fields.get("LastName") or ""),
    )


# In order, by what a person is recognised where neither an ID nor an address of theirs alone does.
_ALIKE_BY = {
    "Email+FirstName+LastName": _same_throughout,
    "Email+LastName": _same_email_and_last_name,
    "FirstName+LastName": _same_names,
}


class DeletedRecords:
    """What somebody deleted in Exact Online: it stays away while its rows say the same.

    With `recreate` none does. A company is one thing with its people: one row that says something
    new of it, or is new, makes all of it again. Were only that row's person made, what came of the
    others would depend on where a run was interrupted.
    """

    def __init__(self, mirror: Mirror, recreate: bool) -> None:
        self._mirror = mirror
        self._recreate = recreate

    def people(self, record: AccountRecord, account: RemoteRecord) -> set[int]:
        """Return the places in `record.contacts` of the deleted persons who stay away."""
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
            and self._says_the_same("contact", match.record.id, record.contacts[place].fields)
        }

    def company(self, record: AccountRecord, gone: RemoteRecord) -> bool:
        """Tell whether a deleted company stays away, and its people and details with it."""
        return (
            not self._recreate
            and self._says_the_same("account", gone.id, record.fields)
            and len(self.people(record, gone)) == len(record.contacts)
            and all(
                self._says_the_same(detail.kind, f"{gone.id} {detail.key}", detail.fields)
                for detail in record.details
            )
        )

    def _says_the_same(self, kind: Kind, remote_id: str, fields: Mapping[str, Any]) -> bool:
        base = self._mirror.base(kind, remote_id)
        known = catalogue(kind)
        said = {name: value for name, value in fields.items() if value is not None and name in base}
        return bool(base) and all(
            known[name].same(value, base[name][0]) for name, value in said.items()
        )


# Legal forms, and words that half of all names have.
_IN_MANY = frozenset(
    fold_text(
        "ag asbl bv bvba cv cvba eurl gmbh inc kg llc ltd nv plc sa sarl sas sc scs snc sprl srl "
        "vof vzw co comm company group groep groupe en et und the van der den de het les fils zn "
        "zonen"
    ).split()
)
_SIMILAR = 0.6


def are_strange(one: str, other: str) -> bool:
    """Tell whether two names have no word in common, nor are spelled alike."""
    words, others = _name_words(one), _name_words(other)
    if not words or not others or words & others:
        return False
    import difflib  # slow to load, and most names are the same

    first, second = " ".join(sorted(words)), " ".join(sorted(others))
    return difflib.SequenceMatcher(None, first, second, autojunk=False).ratio() < _SIMILAR


def _name_words(name: str) -> set[str]:
    return set(fold_text(name.replace(".", "")).split()) - _IN_MANY
