"""Writes whose answer was lost: finds out by reading alone whether they were carried out.

Exact Online has no idempotency keys (docs/exact-online.md, Duplicates): a lost create is searched
for by its Code, or by all its values among the records that appeared since it was sent. Not finding
it does not prove its absence while the server may still be working on it; `settle_after` seconds
after the answer was lost, it no longer is.

Meanwhile the record may appear at any moment. Changes of the same record wait; so do changes that
may be about it, if the file has changed since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from exact_import.applying.outcomes import OutcomeRecorder
from exact_import.exact.client import Client, code, guid, quoted
from exact_import.fields import Kind, catalogue, full_name
from exact_import.planning.evidence import Identity, compare, compare_people, identity_of
from exact_import.planning.plan import AccountChanges, Change, Outcomes, Plan
from exact_import.records.models import fold
from exact_import.store.division import DivisionStore
from exact_import.store.journal import Intent
from exact_import.store.kept import document
from exact_import.store.links import OF_SOURCE
from exact_import.tables.source import source_name

# After a crash it is not known when the connection broke. It was at most this many seconds after
# the write was journalled: retries, a refresh and the longest answer take less.
LONGEST_CALL = 900.0
_PERSON = ("FirstName", "LastName")
# These identify a planned create with one whose answer was lost, if the row is the same.
_DECISIVE: Mapping[Kind, tuple[str, ...]] = {
    "account": ("Code", "VATNumber", "Name"),
    "contact": ("FirstName", "LastName", "Email"),
    "bank account": ("BankAccount",),
    "address": ("Type", "AddressLine1", "City"),
}
_PERSONAL = ("Email", "BusinessEmail", "Mobile", "BusinessMobile", "FirstName", "LastName")


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The result of one search: found (with the record), certainly absent, not yet, or unclear."""

    verdict: Literal["found", "absent", "later", "unclear"]
    record: Mapping[str, Any] | None = None
    message: str = ""


def connection_end(now: float) -> float:
    """Return when the connection of a write journalled at `now` has ended, in server time."""
    return now + LONGEST_CALL


def time_of_loss(intent: Intent, now: float) -> float:
    """Return when the answer to an open write, found at `now`, was lost; both are server time.

    The run that sent it has ended, so the answer was lost before now, whatever the journal says.
    """
    return now if intent.lost_at is None else min(intent.lost_at, now)


def find_outcome(
    intent: Intent, client: Client, store: DivisionStore, certain: float
) -> Reconciled:
    """Find out by one call whether the write of `intent` was carried out.

    `certain` is the second, in server time, from which absence is proven. May raise what reading
    raises.
    """
    kind = intent.kind
    rivals = [
        other for other in store.journal.open_intents(store.scope) if _is_rival(other, intent)
    ]
    # A first name that was not sent belongs to another person (`_carries`).
    names = dict.fromkeys(name for sent in (intent, *rivals) for name in sent.after)
    select = list(dict.fromkeys((*names, *(_PERSON if kind == "contact" else ()))))
    started = client.server_now()
    if intent.action != "create":
        return _find_known(intent, kind, client, select, started >= certain)
    if kind != "account":
        found = client.find(kind, f"Account eq {guid(str(intent.account_id))}", select)
    elif intent.after.get("Code"):
        # Exact Online's codes have leading zeros; ours may be stored with or without them.
        forms = dict.fromkeys((str(intent.after["Code"]), str(intent.after["Code"]).zfill(7)))
        found = client.find(kind, " or ".join(f"Code eq {code(one)}" for one in forms), select)
    else:
        found = client.find(kind, f"Name eq {quoted(str(intent.after['Name']))}", select)
        found += _new_accounts(intent, store, found)
    candidates = {
        str(record["ID"]).casefold(): record
        for record in found
        if _is_new(str(record["ID"]), kind, intent, store)
        and _carries(kind, intent.after, record)
        and not _fits_other_write(rivals, intent, kind, record)
    }
    if len(candidates) == 1:
        return Reconciled("found", next(iter(candidates.values())))
    if candidates:
        return Reconciled(
            "unclear",
            message=f"{len(candidates)} records in Exact Online could be the one whose answer was "
            "lost; delete the duplicate there, then run again",
        )
    return Reconciled("absent" if started >= certain else "later")


def settle_earlier(
    client: Client, store: DivisionStore, outcomes: OutcomeRecorder, settle_after: float
) -> list[Intent]:
    """Settle the open writes of earlier runs; returns those that cannot be settled yet.

    Uses the server's clock, which is known from an answer by now.
    """
    left = []
    for intent in store.journal.open_intents(store.scope):
        lost_at = time_of_loss(intent, client.server_latest())
        if intent.state == "intent" or intent.lost_at != lost_at:
            intent.lost_at = lost_at
            store.journal.conclude(intent, "unsettled", "the run that sent it ended")
        settled = find_outcome(intent, client, store, lost_at + settle_after)
        if settled.verdict == "later":
            left.append(intent)
        else:
            record_settled(settled, intent, outcomes, store)
    return left


def record_settled(
    settled: Reconciled,
    intent: Intent,
    outcomes: OutcomeRecorder,
    store: DivisionStore,
    change: Change | None = None,
) -> None:
    """Record what is now known of an open write; `change` is the planned one that sent it."""
    if settled.record is not None:
        base = None if change is None else change.base
        outcomes.succeeded(intent, settled.record, base, change)
    elif settled.verdict == "unclear":
        store.journal.conclude(intent, "unclear", settled.message)
    else:
        store.journal.conclude(intent, "absent", "it never arrived")


def _find_known(
    intent: Intent, kind: Kind, client: Client, select: list[str], certain: bool
) -> Reconciled:
    found = client.find(kind, f"ID eq {guid(str(intent.remote_id))}", select)
    known = catalogue(kind)
    if intent.action == "delete":
        if not found:
            return Reconciled("found", {"ID": intent.remote_id})
    elif found and all(
        known[name].same(sent, found[0].get(name)) for name, sent in intent.after.items()
    ):
        return Reconciled("found", found[0])
    elif not found:
        return Reconciled("absent")
    return Reconciled("absent" if certain else "later")


def _new_accounts(
    intent: Intent, store: DivisionStore, found: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return accounts that are new in the mirror since the intent, whatever their names.

    Exact Online may have stored a shortened name, which no filter on the name finds.
    """
    seen = {str(record["ID"]).casefold() for record in found}
    rows = store.journal.read(
        "SELECT id, fields FROM mirror WHERE scope = ? AND kind = 'account' AND gone = 0"
        " AND timestamp > ?",
        (store.scope, intent.cursor),
    )
    start = fold("Name", intent.after["Name"])[:20]
    return [
        {**fields, "ID": remote_id}
        for remote_id, fields in ((row[0], document(row[1])) for row in rows)
        if remote_id not in seen and fold("Name", fields.get("Name") or "").startswith(start)
    ]


def _is_new(remote_id: str, kind: Kind, intent: Intent, store: DivisionStore) -> bool:
    mirrored = store.mirror.get(kind, remote_id)
    if mirrored is not None and 0 < mirrored.timestamp <= intent.cursor:
        return False
    claimed = store.journal.read(
        "SELECT 1 FROM change WHERE scope = ? AND remote_id = ? AND id <> ?"
        " AND state = 'done' LIMIT 1",
        (store.scope, remote_id.casefold(), intent.id),
    )
    return not claimed


def _is_rival(other: Intent, intent: Intent) -> bool:
    return (
        other.id != intent.id
        and (other.kind, other.action) == (intent.kind, "create")
        and str(other.account_id).casefold() == str(intent.account_id).casefold()
    )


def _fits_other_write(
    rivals: Sequence[Intent], intent: Intent, kind: Kind, record: Mapping[str, Any]
) -> bool:
    """Return True if `record` fits another unsettled write better."""
    known = catalogue(kind)

    def agreeing(write: Intent) -> int:
        return sum(known[name].same(sent, record.get(name)) for name, sent in write.after.items())

    return any(
        agreeing(rival) > agreeing(intent)
        for rival in rivals
        if _carries(kind, rival.after, record)
    )


def _carries(kind: Kind, sent: Mapping[str, Any], stored: Mapping[str, Any]) -> bool:
    """Return True if `stored` can come from `sent`: equal or tidied, shortened, dropped."""
    known = catalogue(kind)
    if any(stored.get(name) and not sent.get(name) for name in _PERSON):
        return False
    for name, value in sent.items():
        if name == "Code":
            continue
        kept = stored.get(name)
        same = known[name].same(value, kept) or fold(name, value) == fold(name, kept or "")
        shortened = isinstance(value, str) and isinstance(kept, str) and value.startswith(kept)
        named = name in ("Name", "FirstName", "LastName")
        if not same and not (shortened and kept) and (named or kept not in (None, "")):
            return False
    return True


# --- what waits for them; pure


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
    """Return True if `intent` sent just what `change` would send, for the same record."""
    sent = {name: value for name, value in intent.after.items() if name != "Account"}
    if (change.kind, change.action) != (intent.kind, intent.action) or sent != change.payload:
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
        self._places = _places(intent.lines, intent.source)
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
        if self._places & _places(change.lines, change.source):
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


def _places(lines: Iterable[tuple[str, int]], source: str) -> set[tuple[str, int]]:
    """Return the place of a record, by source and line: the next night has another file."""
    return {(source or source_name(file), line) for file, line in lines}
