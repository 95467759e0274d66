"""Carries a plan out: each write journalled, sent once, and one at a time, in order.

Exact Online takes one call at a time for a company (docs/exact-online.md, "Limits"). Before a
write goes out the journal says so; after its answer it records the outcome. A write whose answer
was lost is never repeated blindly: `find_outcome` searches for it first, and only `settle_after`
seconds after it was lost is it sent again.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from exact_import.applying.outcomes import OutcomeRecorder
from exact_import.applying.reconcile import certain_at, find_outcome, is_exactly, planned_again
from exact_import.errors import ExactImportError, TemporaryError
from exact_import.exact.client import Client
from exact_import.exact.clock import Interrupted
from exact_import.exact.errors import NotFound, OutcomeUnknown, Rejected
from exact_import.planning.plan import AccountChanges, Change, Plan
from exact_import.store.division import DivisionStore
from exact_import.store.journal import Intent


@dataclass(slots=True)
class _Lost:
    company: AccountChanges
    change: Change
    intent: Intent
    certain: float
    # False where the intent is of another row, which this one only might be the same as.
    own: bool = True


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
        self._lost: list[_Lost] = []

    def hold_back(self, plan: Plan, unsettled: list[Intent]) -> None:
        """Keep planned creates from being sent while an earlier one like it is unsettled."""
        about = planned_again(plan, unsettled, self._outcomes)
        owned: set[int] = set()
        for company, change, intent in about:
            own = intent.id not in owned
            if self._outcomes.state(change) == "" and own:
                owned.add(intent.id)
                self._hold(company, change, intent, own=True)
        for company, change, intent in about:
            if self._outcomes.state(change) == "":
                self._hold(company, change, intent, own=False)

    def _hold(self, company: AccountChanges, change: Change, intent: Intent, *, own: bool) -> None:
        self._outcomes.note(change, "unsettled", "an earlier answer of Exact Online was lost")
        certain = certain_at(intent, time.time(), self._settle_after)
        self._lost.append(_Lost(company, change, intent, certain, own))

    # --- carrying out

    def apply(self, plan: Plan) -> None:
        """Carry out `plan`, recording the outcome of each change beside it.

        Raises the error that ended the work, after everything not done was marked as pending.
        """
        self._recorder.remember_unchanged(plan, self._run)
        todo = [
            company
            for company in plan.companies
            if any(change.sends for change in company.changes())
            and self._outcomes.state(company.account) != "unsettled"  # held back
        ]
        # Exact Online gives an account without a code the highest code and one more
        # (docs/exact-online.md, Codes), which a row still to be sent may have for its own.
        self._waiting.extend(sorted(todo, key=_wants_a_code))
        try:
            while self._waiting:
                self._settle_due()
                self._carry_out(self._waiting.popleft())
            self._settle_rest()
        except Interrupted:
            pass  # what is pending is for the next run
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
            return  # it is gone, and its contacts with it
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
        """Name an account's main contact, once that is made and where the account asks for it."""
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
                links=[(one.key, one.value, one.source) for one in change.links],
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
            self._store.journal.conclude(intent, "unsettled", str(unknown))
            self._outcomes.note(change, "unsettled", f"no answer: {unknown}")
            certain = certain_at(intent, time.time(), self._settle_after)
            self._lost.append(_Lost(company, change, intent, certain))
        except (TemporaryError, Interrupted):
            self._store.journal.conclude(intent, "absent", "not sent")
            raise
        except ExactImportError:
            # Not the row's fault: it is sent again once the login or the program is fixed.
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

    def _settle_due(self) -> None:
        now = time.time()
        for lost in [lost for lost in self._lost if lost.certain <= now]:
            self._settle(lost)

    def _settle_rest(self) -> None:
        """Search once more for what is not certain yet; the rest is for the next run."""
        for lost in list(self._lost):
            self._settle(lost)
            while self._waiting:
                self._carry_out(self._waiting.popleft())

    def _settle(self, lost: _Lost) -> None:
        if not lost.own:
            self._follow(lost)
            return
        settled = find_outcome(lost.intent, self._client, self._store, lost.certain)
        if settled.verdict == "later":
            return
        self._lost.remove(lost)
        change, account = lost.change, lost.company.account
        if change.kind == "account" and change is not account:
            # Its main contact, which was asked for once the account itself was written.
            self._outcomes.note(account, "done" if account.fields else "")
            if settled.verdict == "found":
                self._outcomes.note_fields(account, change.fields)
        if settled.verdict == "found" and settled.record is not None:
            if is_exactly(lost.intent, change):
                self._recorder.succeeded(lost.intent, settled.record, change.base, change)
            else:
                # The file has changed since; what it says now is an update for the next run.
                self._recorder.succeeded(lost.intent, settled.record, None, None)
                again = "was created by an earlier run after all; run again to update it"
                self._outcomes.note(change, "pending", again)
            self._progress(change)
            self._waiting.appendleft(lost.company)
        elif settled.verdict == "absent":
            self._store.journal.conclude(lost.intent, "absent", "it never arrived")
            self._outcomes.note(change, "")
            self._waiting.appendleft(lost.company)
        else:
            self._store.journal.conclude(lost.intent, "unclear", settled.message)
            self._outcomes.note(change, "failed", settled.message)

    def _follow(self, lost: _Lost) -> None:
        """Let go of a row that waited for another's outcome, once that is known."""
        if lost.intent.state in ("intent", "unsettled"):
            return
        self._lost.remove(lost)
        if lost.intent.state == "unclear":
            self._outcomes.note(lost.change, "failed", lost.intent.answer)
        else:
            self._outcomes.note(lost.change, "")
            self._waiting.appendleft(lost.company)


def _wants_a_code(company: AccountChanges) -> bool:
    account = company.account
    return account.action == "create" and "Code" not in account.fields
