"""Carries a plan out: journalled, each write once, within the limits, several at a time.

Before a write goes out the journal says so, after its answer it says what came of it. A write
whose answer was lost is never repeated blindly: `settle` looks for it first, and not before
`settle_after` seconds have passed is it made again.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from exact_import.applying.earlier_runs import is_exactly, planned_again
from exact_import.applying.outcomes import OutcomeRecorder
from exact_import.applying.reconcile import Finder, certain_at, look
from exact_import.errors import ExactImportError, TemporaryError
from exact_import.exact.clock import Interrupted
from exact_import.exact.errors import NotFound, OutcomeUnknown, Rejected
from exact_import.fields import ENDPOINTS, Kind
from exact_import.planning.plan import AccountChanges, Change, Plan
from exact_import.store.division import DivisionStore
from exact_import.store.journal import Intent

log = logging.getLogger(__name__)


class Writer(Finder, Protocol):
    """What applying writes Exact Online through; `exact.client.Client` is one."""

    def create(self, kind: Kind, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Create a record and return it as stored."""

    def update(self, kind: Kind, remote_id: str, payload: Mapping[str, Any]) -> None:
        """Change fields of a record."""

    def delete(self, kind: Kind, remote_id: str) -> None:
        """Delete a record."""


@dataclass(slots=True)
class _Lost:
    company: AccountChanges
    change: Change
    intent: Intent
    certain: float
    # False where the intent is of another row, which this one only might be the same as.
    own: bool = True


class Applier:
    """Carries out plans for one division.

    `settle_after` is in seconds; `concurrency` is how many writes may be under way at once, once
    the first of each kind went well; `stop` ends the work after the calls in flight; `progress` is
    called with each change that is finished.
    """

    def __init__(
        self,
        writer: Writer,
        store: DivisionStore,
        run: str,
        outcomes: OutcomeRecorder,
        *,
        settle_after: float,
        concurrency: int,
        stop: threading.Event,
        progress: Callable[[Change], None],
    ) -> None:
        self._writer = writer
        self._store = store
        self._run = run
        self._outcomes = outcomes
        self._settle_after = settle_after
        self._concurrency = concurrency
        self._stop = stop
        self._progress = progress
        self._fault: ExactImportError | None = None
        self._crash: BaseException | None = None
        self._halt = threading.Event()
        self._work: queue.SimpleQueue[AccountChanges | None] = queue.SimpleQueue()
        # The companies that a worker has or will have; none is ever with two workers.
        self._open: set[int] = set()
        self._idle = threading.Condition()
        self._later: list[AccountChanges] = []
        self._lost: list[_Lost] = []
        self._proven: set[tuple[str, str]] = set()
        self._first = {
            (kind, action): threading.Lock()
            for kind in ENDPOINTS
            for action in ("create", "update", "delete")
        }

    def hold_back(self, plan: Plan, unsettled: list[Intent]) -> None:
        """Keep planned creates from being sent while an earlier one like it is unsettled."""
        about = planned_again(plan, unsettled)
        owned: set[int] = set()
        for company, change, intent in about:
            own = intent.id not in owned
            if change.outcome == "" and own:
                owned.add(intent.id)
                self._hold(company, change, intent, own=True)
        for company, change, intent in about:
            if change.outcome == "":
                self._hold(company, change, intent, own=False)

    def _hold(self, company: AccountChanges, change: Change, intent: Intent, *, own: bool) -> None:
        change.outcome = "unsettled"
        change.message = "an earlier answer of Exact Online was lost"
        certain = certain_at(intent, time.time(), self._settle_after)
        self._lost.append(_Lost(company, change, intent, certain, own))

    # --- carrying out

    def apply(self, plan: Plan) -> None:
        """Carry out `plan`, noting in each change what came of it.

        Raises the first error that ended the work, after the calls in flight have been noted.
        """
        self._outcomes.remember_unchanged(plan)
        held_back = {id(lost.company) for lost in self._lost}
        todo: list[AccountChanges] = []
        for company in plan.companies:
            if any(change.writes or change.main for change in company.changes()):
                if id(company) in held_back and company.account.outcome == "unsettled":
                    continue
                todo.append(company)
        # Exact Online gives an account without a code the highest code and one more
        # (docs/exact-online.md, Codes), which a row still to be sent may have for its own.
        self._later = [company for company in todo if _wants_a_code(company)]
        for company in todo:
            if not _wants_a_code(company):
                self._put(company)
        workers = [
            threading.Thread(target=self._worker, daemon=True, name=f"apply-{number}")
            for number in range(self._concurrency)
        ]
        for worker in workers:
            worker.start()
        try:
            self._watch()
        finally:
            self._halt.set()
            for _ in workers:
                self._work.put(None)
            for worker in workers:
                worker.join()
        if self._crash is not None:
            raise self._crash
        for change in plan.changes():
            if change.outcome == "" and (change.writes or change.main is not None):
                change.outcome = "pending"
        if self._fault is not None:
            raise self._fault

    def _put(self, company: AccountChanges) -> None:
        with self._idle:
            self._open.add(id(company))
        self._work.put(company)

    def _watch(self) -> None:
        while not self._halt.is_set() and not self._stop.is_set():
            self._settle_due()
            if not self._open and self._later:
                for company in self._later:
                    self._put(company)
                self._later = []
            with self._idle:
                if not self._open:
                    break
                self._idle.wait(0.05 if self._lost else 0.5)
        if not self._halt.is_set() and not self._stop.is_set():
            self._settle_rest()

    def _worker(self) -> None:
        while True:
            company = self._work.get()
            if company is None:
                return
            try:
                if not self._stopping():
                    self._carry_out(company)
            except Interrupted:
                self._halt.set()
            except ExactImportError as fault:
                self._fault = self._fault or fault
                self._halt.set()
            except BaseException as crash:  # noqa: BLE001  # handed to the main thread, which raises it
                self._crash = self._crash or crash
                self._halt.set()
            finally:
                with self._idle:
                    self._open.discard(id(company))
                    self._idle.notify_all()

    def _stopping(self) -> bool:
        return self._halt.is_set() or self._stop.is_set()

    def _carry_out(self, company: AccountChanges) -> None:
        account = company.account
        if account.action == "delete":
            self._delete(company)
            return
        if account.writes and account.outcome == "" and (account.fields or not account.main):
            self._send(company, account)
        if account.outcome == "pending":
            return  # it is gone, and its contacts with it
        if account.action == "create" and account.outcome != "done":
            if account.outcome == "failed":
                for contact in company.contacts:
                    contact.outcome, contact.message = "failed", "its account was refused"
            return
        for contact in company.contacts:
            if self._stopping():
                return
            if contact.writes and contact.outcome == "":
                self._send(company, contact)
        main = account.main
        if main is not None and main.id is not None and not self._stopping():
            account.main = None
            step = account.naming(main.id)
            self._send(company, step)
            if step.outcome != "done":
                account.outcome, account.message, account.main = step.outcome, step.message, main
            else:
                account.fields.update(step.fields)
                account.outcome, account.message = "done", ""

    def _delete(self, company: AccountChanges) -> None:
        for contact in company.contacts:
            if contact.writes and contact.outcome == "" and not self._stopping():
                self._send(company, contact)
        account = company.account
        if any(contact.outcome == "failed" for contact in company.contacts):
            account.outcome, account.message = "failed", "one of its contacts could not be deleted"
        elif account.outcome == "" and all(one.outcome == "done" for one in company.contacts):
            self._send(company, account)

    @contextlib.contextmanager
    def _one_first(self, kind: Kind, action: str) -> Iterator[None]:
        # A payload that is wrong in kind must cost one error, not one for each worker.
        with contextlib.ExitStack() as held:
            if (kind, action) not in self._proven:
                held.enter_context(self._first[kind, action])
                if (kind, action) in self._proven:
                    held.close()  # those that waited for the first go together now
            yield

    def _send(self, company: AccountChanges, change: Change) -> None:
        with self._one_first(change.kind, change.action):
            if self._stopping():
                return
            self._send_now(company, change)

    def _send_now(self, company: AccountChanges, change: Change) -> None:
        payload = change.payload
        account_id = change.account.id if change.account is not None else None
        if change.kind != "account" and change.action == "create":
            payload["Account"] = account_id
        intent = self._store.announce(
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
            ),
        )
        try:
            record = self._call(change, payload)
        except Rejected as refused:
            self._outcomes.refused(change, intent, "; ".join(refused.messages))
            self._progress(change)
        except NotFound:
            self._outcomes.gone(change, intent)
        except OutcomeUnknown as unknown:
            self._store.journal.conclude(intent, "unsettled", unknown.why)
            change.outcome, change.message = "unsettled", f"no answer: {unknown.why}"
            certain = certain_at(intent, time.time(), self._settle_after)
            self._lost.append(_Lost(company, change, intent, certain))
        except (TemporaryError, Interrupted):
            self._store.journal.conclude(intent, "absent", "not sent")
            raise
        except ExactImportError:
            # Not the row's fault: it is sent again once the login or the program is mended.
            self._store.journal.conclude(intent, "absent", "not carried out")
            raise
        else:
            self._outcomes.succeeded(intent, record, change.base, change)
            self._proven.add((change.kind, change.action))
            self._progress(change)

    def _call(self, change: Change, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        if change.action == "create":
            return self._writer.create(change.kind, payload)
        remote_id = str(change.id)
        if change.action == "update":
            self._writer.update(change.kind, remote_id, payload)
        else:
            self._writer.delete(change.kind, remote_id)
        return {"ID": remote_id}

    # --- lost answers

    def _settle_due(self) -> None:
        now = time.time()
        for lost in [one for one in self._lost if one.certain <= now]:
            if id(lost.company) not in self._open:
                self._settle(lost)

    def _settle_rest(self) -> None:
        """Look once more for what is not certain yet; the rest is for the next run."""
        for lost in list(self._lost):
            self._settle(lost)
            self._drain()

    def _settle(self, lost: _Lost) -> None:
        if not lost.own:
            self._follow(lost)
            return
        try:
            settled = look(lost.intent, self._writer, self._store, lost.certain)
        except Interrupted:
            return
        except ExactImportError as fault:
            self._fault = self._fault or fault
            self._halt.set()
            return
        if settled.verdict == "later":
            return
        self._lost.remove(lost)
        change, account = lost.change, lost.company.account
        if change.kind == "account" and change is not account:
            # Its main contact, which was asked for once the account itself was written.
            account.outcome, account.message = "done" if account.fields else "", ""
            if settled.verdict == "found":
                account.main, account.outcome = None, "done"
                account.fields.update(change.fields)
        if settled.verdict == "found" and settled.record is not None:
            if is_exactly(lost.intent, change):
                self._outcomes.succeeded(lost.intent, settled.record, change.base, change)
            else:
                # The file has changed since; what it says now is an update for the next run.
                self._outcomes.succeeded(lost.intent, settled.record, None, None)
                change.outcome = "pending"
                change.message = "was made by an earlier run after all; run again to update it"
            self._progress(change)
            self._put(lost.company)
        elif settled.verdict == "absent":
            self._store.journal.conclude(lost.intent, "absent", "it never arrived")
            change.outcome, change.message = "", ""
            self._put(lost.company)
        else:
            self._store.journal.conclude(lost.intent, "unclear", settled.message)
            change.outcome, change.message = "failed", settled.message

    def _follow(self, lost: _Lost) -> None:
        """Let go of a row that waited for another's outcome, once that is known."""
        if lost.intent.state in ("intent", "unsettled"):
            return
        self._lost.remove(lost)
        if lost.intent.state == "unclear":
            lost.change.outcome, lost.change.message = "failed", lost.intent.answer
        else:
            lost.change.outcome, lost.change.message = "", ""
            self._put(lost.company)

    def _drain(self) -> None:
        while not self._stopping():
            with self._idle:
                if not self._open:
                    return
                self._idle.wait(0.1)


def _wants_a_code(company: AccountChanges) -> bool:
    account = company.account
    return account.action == "create" and "Code" not in account.fields
