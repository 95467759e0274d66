"""Makes the plan that reverses a past run.

Records that the run created are deleted, contacts first, if they have not changed since; fields
that it updated get their old values back if they still hold what the run wrote. Anything that has
changed since is left alone and listed. Before it plans a deletion, it reads the record from Exact
Online, not only from the mirror.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exact_import.errors import TemporaryError
from exact_import.exact.client import Client, guid
from exact_import.fields import ENDPOINTS, RECORD_KINDS, Kind, catalogue
from exact_import.planning.plan import AccountChanges, Change, Plan
from exact_import.store.bases import BaseFields, place_of
from exact_import.store.division import DivisionStore
from exact_import.store.history import runs_beside
from exact_import.store.journal import Intent
from exact_import.store.links import Links
from exact_import.store.mirror import RemoteRecord
from exact_import.text import counted, quote


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A record that an undo does not touch, or a field of it, and why."""

    kind: str
    label: str
    id: str
    why: str

    def __str__(self) -> str:
        return f"Left alone: {self.kind} {self.label}: {self.why}."


def reversal(run: str, store: DivisionStore, client: Client, left: list[LeftAlone]) -> Plan:
    """Return the plan that reverses `run`; records that are left alone are added to `left`.

    Costs a call for each 40 records that the run created. Raises TemporaryError while the outcome
    of one of its writes is not known.
    """
    return _Reversal(run, store, client, left).plan()


def undo_notes(plan: Plan, run: str, store: DivisionStore) -> Iterator[str]:
    """Yield what an undo of `run` by `plan` leaves: answers, and changes in other companies."""
    if kept := _answers_kept(plan, store.links):
        yield kept
    beside = runs_beside(store.journal, run)
    if len(beside) == 1:
        where = f"exact-import undo {beside[0]}"
        yield f"The same import changed another company. To undo that: {where}"
    elif beside:
        yield (
            f"The same import changed {len(beside)} other companies. To undo that, undo each of "
            "its runs: exact-import runs lists them."
        )


def _answers_kept(plan: Plan, links: Links) -> str:
    """Return a note on restored records that a person's answer changes again; "" if none.

    An undo removes the links of its run, but not what a person said.
    """
    answered = links.answered()
    kept = list(
        dict.fromkeys(
            change.id
            for change in plan.changes()
            if change.kind in RECORD_KINDS and change.action != "delete" and change.id in answered
        )
    )
    if not kept:
        return ""
    one = len(kept) == 1
    return (
        f"{counted(len(kept), 'record')} {'keeps' if one else 'keep'} the answer you gave, so the "
        f"next import changes {'it' if one else 'them'} again. To take an answer back: "
        f"exact-import links --remove {kept[0]}"
    )


class _Reversal:
    def __init__(
        self, run: str, store: DivisionStore, client: Client, left: list[LeftAlone]
    ) -> None:
        self._store = store
        self._mirror = store.mirror
        self._client = client
        self._left = left
        changes = store.journal.changes_of(run)
        self._done = [one for one in changes if one.state == "done"]
        self._unsettled = [one for one in changes if one.state in ("intent", "unsettled")]

    def plan(self) -> Plan:
        if self._unsettled:
            # It may be carried out at any moment, and would remain.
            name = quote(self._unsettled[0].label)
            raise TemporaryError(
                f"Nothing was undone: Exact Online's answer about {name} was lost, and the change "
                "may still be carried out.",
                "Run the same command again in a minute.",
            )
        created = {
            (one.kind, str(one.remote_id).casefold()): one
            for one in self._done
            if one.action == "create"
        }
        later = {place: self._store.written_later(one) for place, one in created.items()}
        shown = self._as_shown_now(created, later)
        deletable = {
            place: one
            for place, one in created.items()
            if self._is_as_made(one, shown.get(place), later[place])
        }
        # Somebody else uses an account to which they added contacts.
        for (kind, account_id), one in list(deletable.items()):
            if kind == "account":
                others = [
                    contact
                    for contact in self._mirror.contacts_of(account_id)
                    if ("contact", contact.id) not in deletable
                ]
                if others:
                    del deletable[kind, account_id]
                    other_contacts = [one for one in others if ("contact", one.id) not in created]
                    self._leave(
                        one,
                        "it has contacts that this run did not create"
                        if other_contacts
                        else "a contact of it is left alone",
                    )
        companies: dict[str, AccountChanges] = {}
        for place, one in deletable.items():
            change = Change(
                one.kind,
                "delete",
                one.lines,
                one.label,
                str(one.remote_id),
                {name: [value, None] for name, value in one.after.items() if name != "Account"},
            )
            change.key = one.key
            self._add(companies, place, one, change)
        self._restore(companies, created)
        self._recreate(companies)
        return Plan(list(companies.values()))

    def _as_shown_now(
        self,
        created: Mapping[tuple[Kind, str], Intent],
        later: Mapping[tuple[Kind, str], Sequence[Intent]],
    ) -> dict[tuple[str, str], Mapping[str, Any]]:
        """Return the records that the run created as Exact Online shows them now."""
        shown: dict[tuple[str, str], Mapping[str, Any]] = {}
        for kind in ENDPOINTS:
            ids = [remote_id for found, remote_id in created if found == kind]
            names = {
                name
                for place, one in created.items()
                if one.kind == kind
                for written in (one, *later[place])
                for name in written.after
            }
            select = [*sorted(names - {"Account"}), "Modified"]
            for record in self._client.find_ids(kind, ids, select):
                shown[kind, str(record["ID"]).casefold()] = record
        return shown

    def _is_as_made(
        self, one: Intent, record: Mapping[str, Any] | None, later: Sequence[Intent]
    ) -> bool:
        if record is None:
            return False  # already deleted
        kind = one.kind
        known = catalogue(kind)
        base = self._base(one)
        # A later run that was undone does not matter: the value counts, not who wrote it.
        first: dict[str, Any] = {}
        for change in later:
            for name in change.after:
                first.setdefault(name, change.before.get(name))
        for name, sent in one.after.items():
            if name in ("Account", "Code"):
                continue
            stored = sent if name in first else base.get(name, [sent, sent])[1]
            if not known[name].same(record.get(name), stored):
                self._leave(one, _moved(name, record.get(name), later))
                return False
        for name, before in first.items():
            if name not in one.after and not known[name].same(record.get(name), before):
                self._leave(one, _moved(name, record.get(name), later))
                return False
        written = self._mirror.bases.written_at(kind, str(one.remote_id))
        if written is not None and written != record.get("Modified"):
            self._leave(one, "it has changed since")
            return False
        return True

    def _restore(
        self, companies: dict[str, AccountChanges], created: Mapping[tuple[Kind, str], Intent]
    ) -> None:
        for one in self._done:
            place = (one.kind, str(one.remote_id).casefold())
            if one.action != "update" or place in created:
                continue
            kind = one.kind
            held = self._held(kind, one)
            if held is None or held.gone:
                self._leave(one, "it is no longer in Exact Online")
                continue
            change = self._old_values(kind, one, held)
            if change.fields:
                self._add(companies, place, one, change)

    def _held(self, kind: Kind, one: Intent) -> RemoteRecord | None:
        if kind in RECORD_KINDS:
            return self._mirror.get(kind, str(one.remote_id))
        wanted = f"ID eq {guid(str(one.remote_id))}"
        found = self._client.find(kind, wanted, [*one.after, "Account"])
        return RemoteRecord(kind, str(one.remote_id), one.account_id, found[0]) if found else None

    def _old_values(self, kind: Kind, one: Intent, held: RemoteRecord) -> Change:
        known = catalogue(kind)
        base = self._base(one)
        later = self._store.written_later(one)
        change = Change(kind, "update", one.lines, one.label, held.id)
        change.key = one.key
        for name, sent in one.after.items():
            current = held.fields.get(name)
            if known[name].same(current, one.before.get(name)):
                continue
            moved = any(name in change.after for change in later)
            stored = sent if moved else base.get(name, [sent, sent])[1]
            if known[name].same(current, sent) or known[name].same(current, stored):
                change.fields[name] = [current, one.before.get(name)]
            else:
                self._leave(one, _moved(name, current, later))
        return change

    def _base(self, one: Intent) -> BaseFields:
        """Return the base of a change of the run, by the source of the change."""
        return self._mirror.bases.read(*place_of(one)).of(one.source) or {}

    def _recreate(self, companies: dict[str, AccountChanges]) -> None:
        """Create again what the run deleted: the run was itself an undo."""
        accounts: dict[str, Change] = {}
        for one in sorted(self._done, key=lambda one: one.kind):
            if one.action != "delete":
                continue
            kind = one.kind
            fields = {name: [None, value] for name, value in one.before.items()}
            change = Change(kind, "create", one.lines, one.label, None, fields)
            old = str(one.remote_id).casefold()
            if kind == "account":
                accounts[old] = change
                companies[old] = AccountChanges(change)
            else:
                parent = str(one.account_id).casefold()
                if parent in accounts:
                    change.account = accounts[parent]
                    companies[parent].contacts.append(change)
                else:
                    self._add(companies, ("contact", old), one, change)

    def _add(
        self,
        companies: dict[str, AccountChanges],
        place: tuple[str, str],
        one: Intent,
        change: Change,
    ) -> None:
        if change.kind == "account":
            held = companies.get(place[1])
            if held is None:
                companies[place[1]] = AccountChanges(change)
            elif held.account.action == change.action == "update":
                # Written twice by the run: what was there before the first write counts.
                held.account.fields = {**change.fields, **held.account.fields}
            else:
                held.account = change
            return
        contact = self._mirror.get("contact", place[1])
        parent = str((contact.account if contact else None) or one.account_id or "").casefold()
        if parent not in companies:
            known = self._mirror.get("account", parent)
            label = str(known.fields.get("Name") or "") if known is not None else one.label
            account = Change("account", "unchanged", [], label, parent)
            companies[parent] = AccountChanges(account)
        change.account = companies[parent].account
        companies[parent].contacts.append(change)

    def _leave(self, one: Intent, why: str) -> None:
        self._left.append(LeftAlone(one.kind, one.label, str(one.remote_id), why))


def _moved(name: str, value: Any, later: Sequence[Intent]) -> str:
    """Return why a field no longer holds what the run wrote: a later run, or somebody else."""
    for change in reversed(later):
        if name in change.after:
            if catalogue(change.kind)[name].same(value, change.after[name]):
                return f"run {change.run} has changed {name} later"
            break
    return f"{name} has changed since"
