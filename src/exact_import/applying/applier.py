"""Carries out a plan: each write is journalled and sent once, one at a time, in order.

Exact Online takes one call at a time for a company (docs/exact-online.md, "Limits"). The journal
records each write before it is sent, and its outcome after the answer. A write whose answer was
lost is never repeated blindly: `find_outcome` searches for it first, and it is sent again only
`settle_after` seconds after the loss, by the server's clock. A 401 is an answer: the server is done
with the write, so one look-up is enough.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from exact_import.applying.outcomes import OutcomeRecorder
from exact_import.applying.reconcile import (
    Waiting,
    connection_end,
    find_outcome,
    record_settled,
    waiting_for,
)
from exact_import.errors import ExactImportError, TemporaryError
from exact_import.exact.client import Client
from exact_import.exact.clock import Interrupted
from exact_import.exact.errors import NotFound, OutcomeUnknown, Rejected
from exact_import.planning.plan import AccountChanges, Change, Plan
from exact_import.store.division import DivisionStore
from exact_import.store.journal import Intent
from exact_import.text import quote


@dataclass(slots=True)
class _UnsettledWrite:
    """An unsettled write; `company` and `change` are the planned ones that would send it again."""

    intent: Intent
    certain: float
    company: AccountChanges | None = None
    change: Change | None = None


class Applier:
    """Carries out plans for one division, in the caller's thread.

    `settle_after` is in seconds; `stop` ends the work after the call under way; `progress` is
    called with each change that is finished.
    """

    def __init__(
        self,
        client: Client,
        store: DivisionStore,
        run: str,
        recorder: OutcomeRecorder,
        *,
        settle_after: float,
        stop: threading.Event,
        progress: Callable[[Change], None],
    ) -> None:
        self._client = client
        self._store = store
        self._run = run
        self._recorder = recorder
        self._outcomes = recorder.found
        self._settle_after = settle_after
        self._stop = stop
        self._progress = progress
        self._waiting: deque[AccountChanges] = deque()
        self._lost: list[_UnsettledWrite] = []
        self._held_back: list[Waiting] = []
        # Changes that were answered with a 401.
        self._rejected: set[Change] = set()

    def hold_back(self, plan: Plan, unsettled: list[Intent]) -> None:
        """Hold back changes that may be about the record of an `unsettled` write."""
        found = waiting_for(plan, unsettled, self._outcomes)
        own = {one.own.id: one for one in found if one.own is not None}
        awaited = own.keys() | {intent.id for one in found for intent in one.others}
        for one in found:
            self._outcomes.note(one.change, "unsettled", _wait_reason(one))
        self._held_back = [one for one in found if one.own is None]
        for intent in unsettled:
            if intent.id in awaited:
                lost = _UnsettledWrite(intent, (intent.lost_at or 0.0) + self._settle_after)
                if intent.id in own:
                    lost.company, lost.change = own[intent.id].company, own[intent.id].change
                self._lost.append(lost)

    # --- carrying out

    def apply(self, plan: Plan) -> None:
        """Carry out `plan`, recording the outcome of each change beside it.

        Marks everything not done as pending, and then raises the error that ended the work.
        """
        self._recorder.remember_unchanged(plan, self._run)
        todo = [
            company
            for company in plan.companies
            if any(change.sends for change in company.changes())
            and self._outcomes.state(company.account) != "unsettled"  # held back
        ]
        # Exact Online gives an account without a code the highest code plus one
        # (docs/exact-online.md, Codes), and a row that is still to be sent may have that code.
        self._waiting.extend(sorted(todo, key=_needs_code))
        try:
            while self._waiting:
                self._settle_due()
                self._carry_out(self._waiting.popleft())
            self._settle_rest()
        except Interrupted:
            pass  # the next run sends what is pending
        finally:
            for change in plan.changes():
                if change.sends and self._outcomes.state(change) == "":
                    self._outcomes.note(change, "pending")

    def _carry_out(self, company: AccountChanges) -> None:
        account = company.account
        if account.action == "delete":
            self._delete(company)
            return
        if self._outcomes.is_open(account) and (account.fields or not account.main):
            self._send(company, account)
        state = self._outcomes.state(account)
        if state == "pending":
            return  # it is deleted, and its contacts with it
        if account.action == "create" and state != "done":
            if state == "failed":
                for contact in company.contacts:
                    self._outcomes.note(contact, "failed", "its account was refused")
            return
        for contact in company.contacts:
            if self._outcomes.is_open(contact):
                self._send(company, contact)
        self._name_main_contact(company)

    def _name_main_contact(self, company: AccountChanges) -> None:
        """Set an account's main contact, if the account needs one and the contact exists now."""
        account = company.account
        found = self._outcomes.of(account)
        contact = None if account.main is None else self._outcomes.of(account.main).id
        if found.id is None or contact is None or "MainContact" in found.fields:
            return
        step = account.naming(found.id, contact)
        self._send(company, step)
        outcome = self._outcomes.of(step)
        if outcome.state == "done":
            self._outcomes.note_fields(account, step.fields)
        else:
            self._outcomes.note(account, outcome.state, outcome.message)

    def _delete(self, company: AccountChanges) -> None:
        for contact in company.contacts:
            if self._outcomes.is_open(contact):
                self._send(company, contact)
        account = company.account
        states = {self._outcomes.state(contact) for contact in company.contacts}
        if "failed" in states:
            self._outcomes.note(account, "failed", "one of its contacts could not be deleted")
        elif self._outcomes.state(account) == "" and states <= {"done"}:
            self._send(company, account)

    def _send(self, company: AccountChanges, change: Change) -> None:
        if self._stop.is_set():
            raise Interrupted
        payload = change.payload
        account = change.account
        account_id = None if account is None else self._outcomes.of(account).id
        if change.kind != "account" and change.action == "create":
            payload["Account"] = account_id
        self._store.check_lock()
        # Journalled only right before sending: the wait for the limits may last hours.
        self._client.wait_for_turn(change.kind)
        intent = self._store.journal.announce(
            self._store.scope,
            Intent(
                self._run,
                change.kind,
                change.action,
                change.lines,
                change.label,
                change.id,
                account_id,
                {name: before for name, (before, _) in change.fields.items()},
                payload,
                self._store.mirror.timestamp(change.kind),
                key=change.key,
                lost_at=connection_end(self._client.server_now()),
                links=[*change.links],
                source=change.source,
            ),
        )
        try:
            record = self._call(change, payload)
        except Rejected as refused:
            self._recorder.refused(change, intent, "; ".join(refused.messages))
            self._progress(change)
        except NotFound:
            self._recorder.gone(change, intent)
        except OutcomeUnknown as unknown:
            self._mark_lost(company, change, intent, unknown)
        except (TemporaryError, Interrupted):
            self._store.journal.conclude(intent, "absent", "not sent")
            raise
        except ExactImportError:
            # Not caused by the row: it is sent again once the login or the program is fixed.
            self._store.journal.conclude(intent, "absent", "not carried out")
            raise
        else:
            self._recorder.succeeded(intent, record, change.base, change)
            self._progress(change)

    def _call(self, change: Change, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        if change.action == "create":
            return self._client.create(change.kind, payload)
        remote_id = str(change.id)
        if change.action == "update":
            self._client.update(change.kind, remote_id, payload)
        else:
            self._client.delete(change.kind, remote_id)
        return {"ID": remote_id}

    # --- lost answers

    def _mark_lost(
        self, company: AccountChanges, change: Change, intent: Intent, unknown: OutcomeUnknown
    ) -> None:
        """Note that the outcome of a write is unknown; it is looked up before it is sent again.

        Raises the error of a login that is rejected for good.
        """
        intent.lost_at = self._client.server_latest()
        certain = self._client.server_now()  # the server is done with a rejected write
        self._store.journal.conclude(intent, "unsettled", str(unknown))
        rejection = unknown.rejection
        if rejection is None:
            self._outcomes.note(change, "unsettled", f"no answer: {unknown}")
            certain = intent.lost_at + self._settle_after
        else:
            self._outcomes.note(change, "unsettled", "Exact Online rejected the login (HTTP 401)")
        self._lost.append(_UnsettledWrite(intent, certain, company, change))
        if rejection is not None and (unknown.final or change in self._rejected):
            raise rejection
        self._rejected.add(change)

    def _settle_due(self) -> None:
        now = self._client.server_now()
        for lost in [lost for lost in self._lost if lost.certain <= now]:
            self._settle(lost)

    def _settle_rest(self) -> None:
        """Search once more for writes that are not certain yet; the next run settles the rest."""
        tried: set[int] = set()
        while rest := [lost for lost in self._lost if lost.intent.id not in tried]:
            tried.add(rest[0].intent.id)
            self._settle(rest[0])
            while self._waiting:
                self._carry_out(self._waiting.popleft())

    def _settle(self, lost: _UnsettledWrite) -> None:
        intent = lost.intent
        settled = find_outcome(intent, self._client, self._store, lost.certain)
        if settled.verdict == "later":
            return
        self._lost.remove(lost)
        record_settled(settled, intent, self._recorder, self._store, lost.change)
        if lost.company is not None and lost.change is not None:
            self._resume(lost.company, lost.change, intent)
        for held in [one for one in self._held_back if intent in one.others]:
            self._release(held, intent)

    def _resume(self, company: AccountChanges, change: Change, intent: Intent) -> None:
        """Continue with the company whose unsettled write is now settled."""
        account = company.account
        if change.kind == "account" and change is not account:
            # Its main contact, which is set after the account itself is written.
            self._outcomes.note(account, "done" if account.fields else "")
            if intent.state == "done":
                self._outcomes.note_fields(account, change.fields)
        if intent.state == "unclear":
            self._outcomes.note(change, "failed", intent.answer)
            return
        if intent.state == "absent":
            self._outcomes.note(change, "")
        else:
            self._progress(change)
        self._waiting.appendleft(company)

    def _release(self, held: Waiting, intent: Intent) -> None:
        """Release a change that waited for a write of another row, once that is settled."""
        held.others.remove(intent)
        if intent.state == "absent" and held.others:
            return
        self._held_back.remove(held)
        if intent.state == "absent":
            self._outcomes.note(held.change, "")
            self._waiting.appendleft(held.company)
        elif intent.state == "unclear":
            self._outcomes.note(held.change, "failed", intent.answer)
        else:
            # What to do with this row depends on the outcome, which the plan does not know.
            again = "Exact Online made an earlier change after all; run again to continue"
            self._outcomes.note(held.change, "pending", again)


def _wait_reason(one: Waiting) -> str:
    if one.own is not None:
        return "an earlier answer from Exact Online was lost"
    name = quote(one.others[0].label)
    return f"may be {name}, for which Exact Online's answer was lost; run again in a minute"


def _needs_code(company: AccountChanges) -> bool:
    account = company.account
    return account.action == "create" and "Code" not in account.fields
