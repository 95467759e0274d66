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
from typing import Any, Protocol, cast

from exact_import.exact.clock import Interrupted
from exact_import.exact.errors import Gone, OutcomeUnknown, Refused
from exact_import.fields import ENDPOINTS, Kind, RecordKind, catalogue
from exact_import.journal import Intent, Journal
from exact_import.mirror import KINDS, Mirror
from exact_import.plan import Change, Company, Plan
from exact_import.problems import Fault, TryLater
from exact_import.records import RowsRead
from exact_import.settle import Finder, certain_at, look

log = logging.getLogger(__name__)

# By these a planned create is known for one whose answer was lost.
_DECISIVE: Mapping[Kind, tuple[str, ...]] = {
    "account": ("Code", "VATNumber", "Name"),
    "contact": ("FirstName", "LastName", "Email"),
    "bank account": ("BankAccount",),
    "address": ("Type", "AddressLine1", "City"),
}
REFUSAL_KEPT = 7 * 86_400.0


class Writer(Finder, Protocol):
    """What applying writes Exact Online through; `exact.remote.Remote` is one."""

    def create(self, kind: Kind, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Create a record and return it as stored."""

    def update(self, kind: Kind, remote_id: str, payload: Mapping[str, Any]) -> None:
        """Change fields of a record."""

    def delete(self, kind: Kind, remote_id: str) -> None:
        """Delete a record."""


@dataclass(slots=True)
class _Lost:
    company: Company
    change: Change
    intent: Intent
    certain: float


class Applier:
    """Carries out plans for one division.

    `settle_after` is in seconds; `concurrency` is how many writes may be under way at once, once
    the first of each kind went well; `stop` ends the work after the calls in flight; `progress` is
    called with each change that is finished.
    """

    def __init__(
        self,
        writer: Writer,
        journal: Journal,
        scope: int,
        mirror: Mirror,
        run: str,
        outcome: RowsRead,
        *,
        settle_after: float,
        concurrency: int,
        stop: threading.Event,
        progress: Callable[[Change], None],
    ) -> None:
        self._writer = writer
        self._journal = journal
        self._scope = scope
        self._mirror = mirror
        self._run = run
        self._outcome = outcome
        self._settle_after = settle_after
        self._concurrency = concurrency
        self._stop = stop
        self._progress = progress
        self._fault: Fault | None = None
        self._crash: BaseException | None = None
        self._halt = threading.Event()
        self._work: queue.SimpleQueue[Company | None] = queue.SimpleQueue()
        self._open = 0
        self._idle = threading.Condition()
        self._lost: list[_Lost] = []
        self._proven: set[tuple[str, str]] = set()
        self._first = {
            (kind, action): threading.Lock()
            for kind in ENDPOINTS
            for action in ("create", "update", "delete")
        }

    # --- before anything is planned

    def settle_earlier(self) -> list[Intent]:
        """Settle what earlier runs left open; returns the creates that cannot be settled yet."""
        left = []
        for intent in self._journal.open_intents(self._scope):
            certain = certain_at(intent, time.time(), self._settle_after)
            if intent.lost_at is None:
                # From now on the count runs from the moment at which the crash was noticed.
                intent.lost_at = certain - self._settle_after
                self._journal.conclude(intent, "unsettled", "the run that sent it ended")
            settled = look(intent, self._writer, self._journal, self._mirror, self._scope, certain)
            if settled.verdict == "found" and settled.record is not None:
                self._succeeded(intent, settled.record, None, None)
            elif settled.verdict == "later" and intent.action == "create":
                left.append(intent)
            elif settled.verdict == "unclear":
                self._journal.conclude(intent, "unclear", settled.message)
            else:
                self._journal.conclude(intent, "absent", "it never arrived")
        return left

    def hold_back(self, plan: Plan, unsettled: list[Intent]) -> None:
        """Keep planned creates from being sent while an earlier one like it is unsettled."""
        for company in plan.companies:
            for change in company.changes():
                intent = next((one for one in unsettled if _is_about(one, change)), None)
                if intent is not None:
                    change.outcome = "unsettled"
                    change.message = "an earlier answer of Exact Online was lost"
                    certain = certain_at(intent, time.time(), self._settle_after)
                    self._lost.append(_Lost(company, change, intent, certain))

    def hold_refused(self, plan: Plan) -> None:
        """Keep changes from being sent again that Exact Online refused in the last seven days."""
        known = dict(
            self._journal.read(
                "SELECT fingerprint, message FROM refusal WHERE scope = ? AND at > ?",
                (self._scope, time.time() - REFUSAL_KEPT),
            )
        )
        if not known:
            return
        for company in plan.companies:
            for change in company.changes():
                message = known.get(change.fingerprint()) if change.writes else None
                if message is not None:
                    change.outcome = "failed"
                    change.message = f"{message} (refused before, not sent again; --retry sends it)"

    # --- carrying out

    def apply(self, plan: Plan) -> None:
        """Carry out `plan`, noting in each change what came of it.

        Raises the first Fault that ended the work, after the calls in flight have been noted.
        """
        self._remember_unchanged(plan)
        held_back = {id(lost.company) for lost in self._lost}
        for company in plan.companies:
            if any(change.writes or change.main for change in company.changes()):
                if id(company) in held_back and company.account.outcome == "unsettled":
                    continue
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

    def _remember_unchanged(self, plan: Plan) -> None:
        with self._journal.transaction():
            for change in plan.changes():
                place = change.id
                if change.kind not in KINDS and change.account is not None:
                    place = f"{change.account.id} {change.key}"
                known = change.action in ("unchanged", "kept") and place and change.base
                if known and self._mirror.base(change.kind, str(place)) != change.base:
                    self._mirror.set_base(change.kind, str(place), change.base)

    def _put(self, company: Company) -> None:
        with self._idle:
            self._open += 1
        self._work.put(company)

    def _watch(self) -> None:
        while not self._halt.is_set() and not self._stop.is_set():
            self._settle_due()
            with self._idle:
                if self._open == 0:
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
            except Fault as fault:
                self._fault = self._fault or fault
                self._halt.set()
            except BaseException as crash:  # noqa: BLE001  # handed to the main thread, which raises it
                self._crash = self._crash or crash
                self._halt.set()
            finally:
                with self._idle:
                    self._open -= 1
                    self._idle.notify_all()

    def _stopping(self) -> bool:
        return self._halt.is_set() or self._stop.is_set()

    def _carry_out(self, company: Company) -> None:
        account = company.account
        if account.action == "delete":
            self._delete(company)
            return
        if account.writes and account.outcome == "" and (account.fields or not account.main):
            self._send(company, account)
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
            step = Change(
                "account",
                "update",
                account.lines,
                account.label,
                account.id,
                {"MainContact": [None, main.id]},
                {**account.base, "MainContact": [main.id, main.id]},
            )
            self._send(company, step)
            if step.outcome != "done":
                account.outcome, account.message, account.main = step.outcome, step.message, main
            else:
                account.fields.update(step.fields)
                account.outcome, account.message = "done", ""

    def _delete(self, company: Company) -> None:
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
        if (kind, action) in self._proven:
            yield
            return
        with self._first[kind, action]:
            yield

    def _send(self, company: Company, change: Change) -> None:
        with self._one_first(change.kind, change.action):
            if self._stopping():
                return
            self._send_now(company, change)

    def _send_now(self, company: Company, change: Change) -> None:
        payload = change.payload
        account_id = change.account.id if change.account is not None else None
        if change.kind != "account" and change.action == "create":
            payload["Account"] = account_id
        intent = self._journal.announce(
            self._scope,
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
                self._mirror.timestamp(change.kind),
                key=change.key,
            ),
        )
        try:
            record = self._call(change, payload)
        except Refused as refused:
            self._refused(change, intent, "; ".join(refused.messages))
        except Gone:
            self._gone(change, intent)
        except OutcomeUnknown as unknown:
            self._journal.conclude(intent, "unsettled", unknown.why)
            change.outcome, change.message = "unsettled", f"no answer: {unknown.why}"
            certain = certain_at(intent, time.time(), self._settle_after)
            self._lost.append(_Lost(company, change, intent, certain))
        except (TryLater, Interrupted):
            self._journal.conclude(intent, "absent", "not sent")
            raise
        except Fault as fault:
            self._journal.conclude(intent, "refused", fault.message)
            change.outcome, change.message = "failed", fault.message
            raise
        else:
            self._succeeded(intent, record, change.base, change)
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

    def _succeeded(
        self,
        intent: Intent,
        record: Mapping[str, Any],
        base: Mapping[str, list[Any]] | None,
        change: Change | None,
    ) -> None:
        """Note that a write was carried out, and what was stored."""
        intent.remote_id = str(record["ID"])
        if intent.kind not in KINDS:
            self._detail_done(intent, base, change)
            return
        kind: RecordKind = "contact" if intent.kind == "contact" else "account"
        if base is not None:
            new_base = {name: list(pair) for name, pair in base.items()}
        else:
            new_base = self._mirror.base(kind, intent.remote_id)
            new_base.update({name: [sent, sent] for name, sent in intent.after.items()})
        new_base.pop("Account", None)
        with self._journal.transaction():
            self._journal.conclude(intent, "done")
            if intent.action == "delete":
                self._mirror.drop(kind, intent.remote_id, forget=True)
            elif intent.action == "create":
                self._created(kind, intent, record, new_base)
            else:
                pairs = {
                    name: [intent.before.get(name), sent] for name, sent in intent.after.items()
                }
                self._mirror.patch(kind, intent.remote_id, intent.after)
                self._mirror.set_base(kind, intent.remote_id, new_base, pairs)
        if change is not None:
            change.id, change.outcome, change.message = intent.remote_id, "done", ""

    def _created(
        self,
        kind: RecordKind,
        intent: Intent,
        record: Mapping[str, Any],
        base: dict[str, list[Any]],
    ) -> None:
        remote_id = str(record["ID"])
        shown = record.get("Name") or record.get("FirstName") or record.get("LastName")
        if not shown:
            # The answer held nothing but the ID; the next sync will tell what was stored.
            self._mirror.put(kind, {**intent.after, "ID": remote_id})
            unseen = {
                name: [None, sent] for name, sent in intent.after.items() if name != "Account"
            }
            self._mirror.set_base(kind, remote_id, base, unseen)
            return
        self._mirror.put(kind, {"Account": intent.account_id, **record})
        known = catalogue(kind)
        for name, sent in intent.after.items():
            if name == "Account" or name not in record:
                continue
            base[name] = [base.get(name, [sent])[0], record[name]]
            if not known[name].same(sent, record[name]):
                stored = record[name] if record[name] not in (None, "") else "nothing"
                self._outcome.warn(
                    intent.lines[0], f"{name} was stored as {stored!r}", field_name=name
                )
        self._mirror.set_base(kind, remote_id, base, {}, record.get("Modified"))

    def _detail_done(
        self, intent: Intent, base: Mapping[str, list[Any]] | None, change: Change | None
    ) -> None:
        """Note that a bank account or address was written; the mirror does not hold those."""
        with self._journal.transaction():
            self._journal.conclude(intent, "done")
            if base is not None and intent.account_id:
                kept = {} if intent.action == "delete" else base
                kind = cast("Kind", intent.kind)
                self._mirror.set_base(kind, f"{intent.account_id} {intent.key}", kept)
        if change is not None:
            change.id, change.outcome, change.message = intent.remote_id, "done", ""

    def _refused(self, change: Change, intent: Intent, message: str) -> None:
        change.outcome, change.message = "failed", message
        with self._journal.transaction():
            self._journal.conclude(intent, "refused", message)
            self._journal.write(
                "INSERT OR REPLACE INTO refusal VALUES (?, ?, ?, ?)",
                (self._scope, change.fingerprint(), message, time.time()),
            )
        self._progress(change)

    def _gone(self, change: Change, intent: Intent) -> None:
        self._journal.conclude(intent, "done" if change.action == "delete" else "gone")
        if change.id is not None and change.kind in KINDS:
            self._mirror.drop(change.kind, change.id, forget=change.action == "delete")
        if change.action == "delete":
            change.outcome = "done"
        else:
            change.outcome = "pending"
            change.message = "was deleted in Exact Online meanwhile; run again"

    # --- lost answers

    def _settle_due(self) -> None:
        now = time.time()
        for lost in [one for one in self._lost if one.certain <= now]:
            self._settle(lost)

    def _settle_rest(self) -> None:
        """Look once more for what is not certain yet; the rest is for the next run."""
        for lost in list(self._lost):
            self._settle(lost)
        self._drain()

    def _settle(self, lost: _Lost) -> None:
        try:
            settled = look(
                lost.intent, self._writer, self._journal, self._mirror, self._scope, lost.certain
            )
        except Interrupted:
            return
        except Fault as fault:
            self._fault = self._fault or fault
            self._halt.set()
            return
        if settled.verdict == "later":
            return
        self._lost.remove(lost)
        change = lost.change
        if settled.verdict == "found" and settled.record is not None:
            self._succeeded(lost.intent, settled.record, change.base, change)
            self._progress(change)
            self._put(lost.company)
        elif settled.verdict == "absent":
            self._journal.conclude(lost.intent, "absent", "it never arrived")
            change.outcome, change.message = "", ""
            self._put(lost.company)
        else:
            self._journal.conclude(lost.intent, "unclear", settled.message)
            change.outcome, change.message = "failed", settled.message

    def _drain(self) -> None:
        while not self._stopping():
            with self._idle:
                if self._open == 0:
                    return
                self._idle.wait(0.1)


def _is_about(intent: Intent, change: Change) -> bool:
    """Tell whether a planned create is for the record that an unsettled create was for."""
    if change.action != "create" or intent.action != "create" or change.kind != intent.kind:
        return False
    known = catalogue(change.kind)
    decisive = _DECISIVE[change.kind]
    if change.kind != "account":
        return (
            change.account is not None
            and change.account.id == intent.account_id
            and all(
                known[name].same(intent.after.get(name), change.fields.get(name, [None, None])[1])
                for name in decisive
            )
        )
    for name in decisive:
        sent, planned = intent.after.get(name), change.fields.get(name, [None, None])[1]
        if sent and planned:
            return known[name].same(sent, planned)
    return False
