"""Which record is it: finds the account or contact of Exact Online that a record means.

The rules are DESIGN's: the keys of `match_account` in order, skipping those the record leaves
empty; one hit is the match, several are for a human. Contacts match within their account.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from exact_import.errors import quote
from exact_import.fields import Kind, full_name
from exact_import.records.keys import account_keys, fold, key_fields, key_order, key_value
from exact_import.records.merge import AccountRecord, ContactRecord
from exact_import.store.mirror import RemoteRecord


class MirrorView(Protocol):
    """What matching and planning ask of the mirror."""

    def accounts_by(self, key: str, value: str, *, gone: bool = False) -> list[RemoteRecord]:
        """Return the accounts with that value of a match key, what is gone latest first."""

    def get(self, kind: Kind, remote_id: str) -> RemoteRecord | None:
        """Return the record with that ID, gone or not; None if it was never seen."""

    def codes_with_zeros(self) -> list[str]:
        """Return the codes of accounts that begin with a zero."""

    def contacts_of(self, account_id: str, *, gone: bool = False) -> list[RemoteRecord]:
        """Return the contacts of an account, what is gone latest first."""

    def base(self, kind: Kind, remote_id: str) -> dict[str, list[Any]]:
        """Return, by field, what the file said and what Exact Online stored."""


@dataclass(frozen=True, slots=True)
class AccountMatch:
    """`held` is the account meant, or None for a new one; `gone` one that was deleted there.

    `key` is the match key that decided, `twin` a hit on a later key than the Code that did;
    `problem` says why nothing can be decided. `certain` is True where the first key that the
    record has finds this account and no other, so that no other record or key had a say.
    """

    held: RemoteRecord | None = None
    key: str = ""
    gone: RemoteRecord | None = None
    twin: RemoteRecord | None = None
    problem: str = ""
    certain: bool = False

    @property
    def double(self) -> str:
        """Say which account a new one may be a double of; "" if none."""
        if self.twin is None:
            return ""
        code = str(self.twin.fields.get("Code") or "?").strip()
        name = quote(str(self.twin.fields.get("Name") or ""))
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

    def but_for_zeros(self, code: str, mirror: MirrorView) -> list[RemoteRecord]:
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
    mirror: MirrorView,
    made_here: Callable[[str], bool],
) -> AccountMatch:
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
    for place, (key, value) in enumerate(keys):
        hits = _hits(record, key, value, mirror, gone=False)
        found = claims.others(key, hits, record)
        passed_over += [held for held in hits if held not in found]
        if len(found) > 1:
            quote = ", ".join(_account_name(held) for held in found[:5])
            return AccountMatch(
                problem=f"{len(found)} accounts in Exact Online have this {key}: {quote}; "
                "add the code of the one that is meant"
            )
        if found:
            return AccountMatch(found[0], key, certain=place == 0 and len(hits) == 1)
        if key == "Code":
            gone = _hits(record, key, value, mirror, gone=True)
            if gone:
                return AccountMatch(gone=gone[0])
            for later, later_value in keys[place + 1 :]:
                twins = _hits(record, later, later_value, mirror, gone=False)
                if twins:
                    return AccountMatch(twin=twins[0])
            padded = claims.but_for_zeros(value, mirror)
            return AccountMatch(twin=padded[0] if padded else None)
    for key, value in keys:
        gone = _hits(record, key, value, mirror, gone=True)
        if gone:
            return AccountMatch(gone=gone[0])
    return AccountMatch(twin=passed_over[0] if passed_over else None)


def _hits(
    record: AccountRecord, key: str, value: str, mirror: MirrorView, *, gone: bool
) -> list[RemoteRecord]:
    found = mirror.accounts_by(key, value, gone=gone)
    if key == "Name" and record.fields.get("Postcode"):
        found = [held for held in found if not held.fields.get("Postcode")]
    return found


def _nameless_key(
    record: AccountRecord,
    mirror: MirrorView,
    made_here: Callable[[str], bool],
    claims: Claims,
) -> AccountMatch:
    name = key_value("Name", record.fields)
    hits = mirror.accounts_by("Name", name)
    namesakes = claims.others("Name", hits, record)
    ours = [held for held in namesakes if made_here(held.id)]
    if len(ours) == 1:
        return AccountMatch(ours[0], certain=len(hits) == 1)
    if namesakes:
        return AccountMatch(
            problem=f"an account named {quote(str(record.fields['Name']))} exists "
            f"({_account_name(namesakes[0])}), and a name alone does not tell whether it is the "
            "same person; add an e-mail address, a postcode or a code"
        )
    gone = [held for held in mirror.accounts_by("Name", name, gone=True) if made_here(held.id)]
    return AccountMatch(gone=gone[0] if gone else None)


def _account_name(held: RemoteRecord) -> str:
    code = str(held.fields.get("Code") or "").strip()
    return f"code {code}" if code else str(held.fields.get("Name") or held.id)


def match_contacts(
    people: Sequence[ContactRecord], held: Sequence[RemoteRecord]
) -> tuple[dict[int, RemoteRecord], dict[int, str]]:
    """Return which of `held`, the contacts of one account, each of `people` is.

    The first answer is by place in `people`; places in neither answer are new persons; the second
    says why a place cannot be decided.
    """
    matched: dict[int, RemoteRecord] = {}
    problems: dict[int, str] = {}
    free = {contact.id: contact for contact in held}

    def take(place: int, contact: RemoteRecord) -> None:
        matched[place] = contact
        free.pop(contact.id, None)

    for place, person in enumerate(people):
        asked = free.get(fold("ID", person.fields.get("ID") or ""))
        if asked is not None:
            take(place, asked)
    rows_with = Counter(email for person in people for email in _emails(person.fields))
    held_with = Counter(email for contact in held for email in _emails(contact.fields))
    for place, person in enumerate(people):
        for email in _emails(person.fields) if place not in matched else ():
            if rows_with[email] == 1 == held_with[email]:
                hit = [one for one in free.values() if email in _emails(one.fields)]
                if hit and place not in matched:
                    take(place, hit[0])
    for same in (_same_throughout, _same_email_and_last_name, _same_names):
        for place, person in enumerate(people):
            if place in matched:
                continue
            hits = [one for one in free.values() if same(person.fields, one.fields)]
            if len(hits) == 1:
                take(place, hits[0])
            elif hits and same is _same_names:
                problems[place] = (
                    f"{len(hits)} contacts of this account are called "
                    f"{quote(full_name(person.fields))}; add the e-mail address of the one that "
                    "is meant"
                )
    return matched, problems


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
