"""Finds the planned changes that wait for writes whose outcome is not known yet.

Pure. While a write is unsettled, its record may appear at any moment. Changes of the same record
wait; so do changes that may be about it, if the file has changed since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from exact_import.fields import Kind, catalogue, full_name
from exact_import.planning.change_outcomes import Outcomes
from exact_import.planning.evidence import Identity, compare, compare_people, identity_of
from exact_import.planning.plan import AccountChanges, Change, Plan
from exact_import.records.models import fold
from exact_import.store.journal import Intent
from exact_import.store.links import OF_SOURCE
from exact_import.tables.source import source_name

# These identify a planned create with one whose answer was lost, if the row is the same.
_DECISIVE: Mapping[Kind, tuple[str, ...]] = {
    "account": ("Code", "VATNumber", "Name"),
    "contact": ("FirstName", "LastName", "Email"),
    "bank account": ("BankAccount",),
    "address": ("Type", "AddressLine1", "City"),
}
_PERSONAL = ("Email", "BusinessEmail", "Mobile", "BusinessMobile", "FirstName", "LastName")


@dataclass(slots=True)
class Waiting:
    """A planned change that waits for unsettled writes; `own` is the write that sent it."""

    company: AccountChanges
    change: Change
    own: Intent | None = None
    others: list[Intent] = field(default_factory=list)


def waiting_for(plan: Plan, unsettled: Sequence[Intent], outcomes: Outcomes) -> list[Waiting]:
    """Return the changes of `plan` that `unsettled` writes are, or may be, about.

    Of identical changes, each belongs to one write. If no change would send a write again, its row
    has changed since: every change that may come from that row waits for it.
    """
    changes = [
        (company, change)
        for company in plan.companies
        for change in company.changes()
        if change.writes and outcomes.state(change) == ""
    ]
    found: dict[Change, Waiting] = {}
    owned: set[int] = set()
    for intent in unsettled:
        for company, change in changes:
            if change not in found and is_exactly(intent, change):
                found[change] = Waiting(company, change, intent)
                owned.add(intent.id)
                break
    judges = [_Judge(intent, owned=intent.id in owned) for intent in unsettled]
    for company, change in changes:
        if change in found:
            continue
        about = [one.intent for one in judges if one.may_be(change)]
        if about:
            found[change] = Waiting(company, change, None, about)
    return list(found.values())


def is_exactly(intent: Intent, change: Change) -> bool:
    """Return True if `intent` sent exactly what `change` would send."""
    sent = {name: value for name, value in intent.after.items() if name != "Account"}
    return _same_record(intent, change) and sent == change.payload


def _same_record(intent: Intent, change: Change) -> bool:
    """Return True if both do the same with one record, or create one for the same account."""
    if (change.kind, change.action) != (intent.kind, intent.action):
        return False
    if change.action != "create":
        return str(change.id).casefold() == str(intent.remote_id).casefold()
    return change.kind == "account" or _account_id(change) == str(intent.account_id).casefold()


def _account_id(change: Change) -> str:
    return str(change.account.id).casefold() if change.account is not None else ""


class _Judge:
    """Checks whether planned changes may be about the record of one unsettled write."""

    def __init__(self, intent: Intent, *, owned: bool) -> None:
        self.intent = intent
        self._owned = owned
        self._keys = _keys(intent.links)
        self._places = _places(intent.lines, intent.links)
        self._identity = identity_of(intent.after)

    def may_be(self, change: Change) -> bool:
        """Return True if `change` may be about the record of the write."""
        intent = self.intent
        if intent.action != "create":
            # A late update would overwrite a newer one, and a late deletion a record created since.
            return (
                change.kind == intent.kind
                and change.id is not None
                and change.id.casefold() == str(intent.remote_id).casefold()
            )
        if (change.kind, change.action) != (intent.kind, "create"):
            return False
        if change.kind != "account" and _account_id(change) != str(intent.account_id).casefold():
            return False
        return self._is_namesake(change) if self._owned else self._may_be_edited(change)

    def _is_namesake(self, change: Change) -> bool:
        known, sent, planned = catalogue(change.kind), self.intent.after, change.payload
        decisive = _DECISIVE[change.kind]
        if change.kind != "account":
            return all(known[name].same(sent.get(name), planned.get(name)) for name in decisive)
        for name in decisive:
            if sent.get(name) and planned.get(name):
                return known[name].same(sent[name], planned[name])
        return False

    def _may_be_edited(self, change: Change) -> bool:
        """Return True if the row of `change` may be the edited row of the write."""
        if self._places & _places(change.lines, change.links):
            return True
        if self._keys & _keys(change.links):
            return True
        if change.kind == "account":
            return _are_alike(self._identity, identity_of(change.payload))
        if change.kind == "contact":
            return _are_alike_people(self.intent.after, change.payload)
        return True  # a detail of the same account


def _are_alike(one: Identity, other: Identity) -> bool:
    seen = compare(one, other)
    return seen.number_agrees or seen.alike or bool(seen.weak)


def _are_alike_people(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    for name in _PERSONAL:
        sent, planned = one.get(name), other.get(name)
        if sent and planned and fold(name, sent) == fold(name, planned):
            return True
    return compare_people(full_name(one), full_name(other)) in ("same", "spelling")


def _keys(links: Iterable[Sequence[str]]) -> set[tuple[str, str, str]]:
    """Return the keys of a row; an own number belongs to its source."""
    return {(key, value, source if key in OF_SOURCE else "") for key, value, source in links}


def _places(
    lines: Iterable[tuple[str, int]], links: Sequence[Sequence[str]]
) -> set[tuple[str, int]]:
    """Return the place of a record, by source and line: the next night has another file."""
    source = links[0][2] if links else ""
    return {(source or source_name(file), line) for file, line in lines}
