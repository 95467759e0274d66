"""Records the outcome of each write in the journal, the mirror and the base together."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from typing import Any

from exact_import.errors import TemporaryError
from exact_import.exact.client import Client
from exact_import.exact.clock import Interrupted
from exact_import.fields import RECORD_KINDS, Kind, RecordKind, catalogue
from exact_import.planning.plan import Change, Outcomes, Plan
from exact_import.records.models import RowLocation, RowsRead
from exact_import.store.bases import ANY, BaseFields, RecordBases, place_of
from exact_import.store.division import DivisionStore
from exact_import.store.journal import Intent
from exact_import.store.links import MadeBy
from exact_import.store.sync import Sync
from exact_import.text import quote

# A row that Exact Online refused is not sent again for a week, unless it changes.
REFUSAL_KEPT = 7 * 86_400.0
_DETAILS: tuple[Kind, ...] = ("bank account", "address")


class OutcomeRecorder:
    """Records outcomes for one division; each is on disk, whole, when a method returns.

    `found` gains the outcome of each change, and `rows` a warning for each value that was stored
    differently from what was sent.
    """

    def __init__(self, store: DivisionStore, rows: RowsRead, found: Outcomes) -> None:
        self.found = found
        self._journal = store.journal
        self._scope = store.scope
        self._mirror = store.mirror
        self._bases = store.mirror.bases
        self._links = store.links
        self._rows = rows

    def remember_unchanged(self, plan: Plan, run: str) -> None:
        """Store the bases of records that need no write, and the links that `run` found."""
        with self._journal.lazy(), self._journal.transaction():
            for fact, value in plan.facts.items():
                self._journal.note(fact, value)
            for change in plan.changes():
                if change.id is not None and change.links and change.action != "delete":
                    self._link(change, change.id, run)
            for change in plan.changes():
                place = change.id
                if change.kind not in RECORD_KINDS and change.account is not None:
                    place = f"{change.account.id} {change.key}"
                if change.action in ("unchanged", "kept") and place and change.base:
                    bases = self._bases.read(change.kind, place)
                    if bases.of(change.source) != change.base:
                        bases = bases.with_base(change.source, change.base)
                        self._mirror.set_base(change.kind, place, bases)
            self._mirror.fingerprints.add(
                (company.fingerprint, str(company.account.id))
                for company in plan.companies
                if company.fingerprint and company.agrees
            )

    def _link(self, change: Change, remote_id: str, run: str) -> None:
        """Store which record a row is."""
        kind: RecordKind = "contact" if change.kind == "contact" else "account"
        account = change.account.id if change.account is not None else None
        answered = change.answered or change.matched in ("ID", "answer")
        made_by: MadeBy = "answer" if answered else "matched"
        self._links.link(kind, remote_id, change.links, made_by, run, account)

    def hold_refused(self, plan: Plan) -> None:
        """Mark changes as refused that Exact Online refused in the last seven days."""
        known = dict(
            self._journal.read(
                "SELECT fingerprint, message FROM refusal WHERE scope = ? AND at > ?",
                (self._scope, time.time() - REFUSAL_KEPT),
            )
        )
        if not known:
            return
        for change in plan.changes():
            message = known.get(self._fingerprint(change)) if change.writes else None
            if message is not None:
                again = f"{message} (refused before, not sent again; --retry sends it)"
                self.found.note(change, "failed", again)

    def _fingerprint(self, change: Change) -> str:
        account = change.account
        return change.fingerprint(None if account is None else self.found.of(account).id)

    def succeeded(
        self,
        intent: Intent,
        record: Mapping[str, Any],
        base: BaseFields | None,
        change: Change | None,
    ) -> None:
        """Record that a write was carried out, and what was stored.

        `base` is what to remember of the record; it and `change` are None if their plan no longer
        exists.
        """
        intent.remote_id = str(record["ID"]).casefold()  # as in the mirror
        if intent.kind not in RECORD_KINDS:
            self._detail_done(intent, base, change)
            self._compare(intent.kind, intent.lines[0], intent.after, record)
            return
        kind: RecordKind = "contact" if intent.kind == "contact" else "account"
        with self._journal.transaction():
            self._journal.conclude(intent, "done")
            if intent.action == "delete":
                self._mirror.drop(kind, intent.remote_id, forget=True)
                self._links.forget([intent.remote_id])
            elif intent.action == "create":
                self._created(kind, intent, record, base)
                self._links.link_created(
                    intent, "answer" if change and change.answered else "created"
                )
            else:
                pairs = {
                    name: [intent.before.get(name), sent] for name, sent in intent.after.items()
                }
                others = "" if self._changed_by_others(kind, intent.remote_id) else None
                self._mirror.patch(kind, intent.remote_id, intent.after)
                bases = self._bases_after(intent, base)
                self._mirror.set_base(kind, intent.remote_id, bases, pairs, others)
        if change is not None:
            self.found.note(change, "done", id=intent.remote_id)

    def _bases_after(self, intent: Intent, base: BaseFields | None) -> RecordBases:
        """Return the bases of a record that `intent` has written; `base` as in `succeeded`.

        Values that an undo restored belong to no source.
        """
        bases, source = self._bases.read(*place_of(intent)), intent.source
        if source == ANY and intent.action == "update":
            return bases.without_values(intent.kind, intent.before)
        if base is None:
            base = {**(bases.of(source) or {}), **_as_sent(intent)}
        bases = bases.with_base(source, base)
        return bases.with_replaced(intent.kind, source, intent.before, intent.after)

    def _changed_by_others(self, kind: RecordKind, remote_id: str) -> bool:
        """Return True if somebody else changed the record between our last write and this one.

        Afterwards that cannot be seen any more: the record's Modified is that of our write.
        """
        mirrored = self._mirror.get(kind, remote_id)
        written = self._bases.written_at(kind, remote_id)
        return mirrored is not None and written not in (None, mirrored.fields.get("Modified"))

    def _created(
        self, kind: RecordKind, intent: Intent, record: Mapping[str, Any], base: BaseFields | None
    ) -> None:
        base = _as_sent(intent) if base is None else dict(base)
        remote_id = str(record["ID"])
        if kind == "contact":
            self._become_main(str(intent.account_id), remote_id)
        if not any(record.get(name) for name in ("Name", "FirstName", "LastName")):
            # The answer has only the ID; the next sync shows what was stored.
            self._mirror.put(kind, {**intent.after, "ID": remote_id})
            unseen = {
                name: [None, sent] for name, sent in intent.after.items() if name != "Account"
            }
            self._mirror.set_base(kind, remote_id, self._bases_after(intent, base), unseen)
            return
        # If an answer has other fields but not this one, nothing was stored in it.
        if record.get("Created") or record.get("Modified"):
            record = {**dict.fromkeys(intent.after), **record}
        # A search returns only the fields that were sent; the mirror keeps its other fields.
        mirrored = self._mirror.get(kind, remote_id)
        known = {} if mirrored is None else {**mirrored.fields, "Timestamp": mirrored.timestamp}
        self._mirror.put(kind, {**known, "Account": intent.account_id, **record})
        for name in {**intent.after, **base}:
            if name != "Account" and name in record:
                in_file = base[name][0] if name in base else intent.after[name]
                base[name] = [in_file, record[name]]
        self._compare(kind, intent.lines[0], intent.after, record)
        bases = self._bases_after(intent, base)
        self._mirror.set_base(kind, remote_id, bases, {}, record.get("Modified"))

    def _become_main(self, account: str, contact: str) -> None:
        """Store that the first contact of an account became its main contact automatically.

        The next sync shows it only if that changed the account's Timestamp (docs/exact-online.md,
        "Filled in").
        """
        held = self._mirror.get("account", account)
        first = held is not None and not self._mirror.contacts_of(account)
        if held is not None and first and not held.fields.get("MainContact"):
            self._mirror.patch("account", account, {"MainContact": contact.casefold()})

    def _detail_done(self, intent: Intent, base: BaseFields | None, change: Change | None) -> None:
        """Note that a bank account or address was written; the mirror does not hold these."""
        kind, place = place_of(intent)
        with self._journal.transaction():
            self._journal.conclude(intent, "done")
            if base is not None and intent.account_id:
                bases = RecordBases()
                if intent.action != "delete":
                    bases = self._bases_after(intent, base)
                self._mirror.set_base(kind, place, bases)
        if change is not None:
            self.found.note(change, "done", id=intent.remote_id)

    def _compare(
        self, kind: Kind, source: RowLocation, sent: Mapping[str, Any], record: Mapping[str, Any]
    ) -> None:
        """Warn on its row of each value of `record` that differs from what was sent."""
        known = catalogue(kind)
        for name, value in sent.items():
            if name != "Account" and name in record and not known[name].same(value, record[name]):
                self._warn(source, name, record[name])

    def _warn(self, source: RowLocation, name: str, stored: object) -> None:
        shown = quote(str(stored)) if stored not in (None, "") else "nothing"
        self._rows.warn(source, f"{name} was stored as {shown}", field_name=name)

    def refused(self, change: Change, intent: Intent, message: str) -> None:
        """Record that Exact Online refused a write, and why."""
        self.found.note(change, "failed", message)
        with self._journal.transaction():
            self._journal.conclude(intent, "refused", message)
            self._journal.write(
                "INSERT OR REPLACE INTO refusal VALUES (?, ?, ?, ?)",
                (self._scope, self._fingerprint(change), message, time.time()),
            )

    def gone(self, change: Change, intent: Intent) -> None:
        """Record that the record to be written is no longer in Exact Online."""
        self._journal.conclude(intent, "done" if change.action == "delete" else "gone")
        if change.id is not None and change.kind in RECORD_KINDS:
            self._mirror.drop(change.kind, change.id, forget=change.action == "delete")
        if change.action == "delete":
            self.found.note(change, "done")
        else:
            self.found.note(
                change, "pending", "was deleted in Exact Online during the run; run again"
            )

    def verify(self, plan: Plan, sync: Sync, client: Client) -> None:
        """Warn on its row of each value that an update of `plan` stored differently.

        Costs a call for each kind that was updated and for each 40 updated details. The next run
        checks what cannot be read now.
        """
        updated: dict[Kind, dict[str, Change]] = {}
        for change in plan.changes():
            if change.action == "update" and self.found.state(change) == "done" and change.id:
                updated.setdefault(change.kind, {})[change.id.casefold()] = change
        for kind in RECORD_KINDS:
            if kind not in updated:
                continue
            with contextlib.suppress(TemporaryError, Interrupted):
                for stored in sync.verify(kind):
                    seen = updated[kind].get(stored.id)
                    if seen is not None:
                        self._warn(seen.lines[0], stored.field, stored.stored)
        for detail in _DETAILS:
            with contextlib.suppress(TemporaryError, Interrupted):
                self._verify_details(detail, updated.get(detail, {}), client)
        self._remember_differing(plan)

    def _remember_differing(self, plan: Plan) -> None:
        """Note what a second source said of a record for which the first source's value was sent.

        The second source's row has a warning, and its value is not sent until it changes.
        """
        for change in plan.changes():
            known = self.found.of(change).id or change.id
            held = self._mirror.get(change.kind, known) if change.differing and known else None
            if held is None:
                continue
            bases = self._bases.read(change.kind, held.id)
            for source, name, value in change.differing:
                base = {**(bases.of(source) or {}), name: [value, held.fields.get(name), True]}
                bases = RecordBases({**bases.by_source, source: base})
            self._mirror.set_base(change.kind, held.id, bases)

    def _verify_details(self, kind: Kind, updated: Mapping[str, Change], client: Client) -> None:
        """Read back what updates of bank accounts or addresses stored; no sync page shows it."""
        names = {name for change in updated.values() for name in change.fields}
        for record in client.find_ids(kind, list(updated), sorted(names)):
            change = updated[str(record["ID"]).casefold()]
            self._compare(kind, change.lines[0], change.payload, record)


def _as_sent(intent: Intent) -> BaseFields:
    """Return the base of a write whose plan no longer exists: what was sent."""
    return {name: [sent, sent] for name, sent in intent.after.items() if name != "Account"}
