"""The whole import, to be read aloud: file → rows → records → plan → calls → report."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from exact_import.config.settings import Settings
from exact_import.errors import ExactImportError, ExitStatus, NotApplied, TemporaryError
from exact_import.exact.clock import Interrupted
from exact_import.fields import Kind
from exact_import.importing.load import KINDS, LoadedFiles, read_files, rules_of
from exact_import.importing.rejects import put_rejects
from exact_import.reporting.report import Calls, Forecast, Mode, Report
from exact_import.text import quote
from exact_import.values.convert import Converter

if TYPE_CHECKING:
    from exact_import.planning.plan import Change, Plan
    from exact_import.records.conventions import AskOrder
    from exact_import.store.division import OpenDivision
    from exact_import.store.journal import Intent

SECONDS_A_DAY = 86_400.0
DETAILS: tuple[Kind, ...] = ("bank account", "address")
# An address may have 6,000 characters (docs/exact-online.md, Limits); an ID takes about 60.
IDS_A_CALL = 40
WRITING: tuple[Mode, ...] = ("import", "apply", "undo")


class ProgressListener(Protocol):
    """Is told how a run goes on; the command line shows it."""

    def stage(self, text: str) -> None:
        """Say what begins now."""

    def started(self, writes: int) -> None:
        """Say how many writes are to come."""

    def advanced(self, change: Change) -> None:
        """Say that a change is finished."""


@dataclass(slots=True)
class Job:
    """One command over files: what it is to do, and what it is told to stop by.

    `save_to` is where a plan is kept, `saved` the kept plan to apply, `undo` the run to take back;
    `confirm` is asked, with the report so far, before a plan that was not asked for by a file is
    carried out. `interrupted` tells the exit status of the signal that set `stop`, if one did.
    `ask_order` is asked for the order of a file's dates where those do not tell. `notes` are
    sentences for the report.
    """

    settings: Settings
    sources: Sequence[str]
    mode: Mode
    watcher: ProgressListener
    stop: threading.Event = field(default_factory=threading.Event)
    rejects: Path | None = None
    detailed: bool = False
    save_to: Path | None = None
    saved: Path | None = None
    undo: str = ""
    confirm: Callable[[Report], bool] = lambda _report: True
    interrupted: Callable[[], int | None] = lambda: None
    ask_order: AskOrder | None = None
    notes: Sequence[str] = ()

    def check_cancelled(self) -> None:
        """Raise Interrupted where the run is to stop."""
        if self.stop.is_set():
            raise Interrupted


Connect = Callable[[], "contextlib.AbstractContextManager[OpenDivision]"]


def run(job: Job, connect: Connect) -> Report:
    """Do what `job` asks and return what happened; the report holds the error that ended it."""
    report = Report(job.mode, list(job.sources), notes=[*job.notes], undoes=job.undo)
    read = LoadedFiles([], [], {kind: [] for kind in KINDS})
    try:
        job.watcher.stage("Reading")
        if job.saved is not None:
            from exact_import.importing.saved_plan import load

            read = load(job.saved, report)
        elif not job.undo:
            dry = job.mode == "dry-run"
            read = read_files(
                job.settings,
                job.sources,
                report,
                job.ask_order,
                counting=dry,
                go_on=job.check_cancelled,
            )
        if job.mode != "dry-run" and not _empty(job, report):
            with connect() as division:
                DivisionRun(job, division, read, report).carry_out()
    except ExactImportError as fault:
        report.fault = fault
    except Interrupted:
        report.notes.append("Stopped; run again to continue.")
    if not report.run:
        # A run is over when the journal says how it ended; what comes later ends nothing.
        report.interrupted = job.interrupted()
    if job.mode in ("import", "apply") or (job.mode == "dry-run" and job.rejects is not None):
        journal = job.settings.journal if job.settings.has_config else None
        try:
            put_rejects(read.tables, report, job.rejects, journal, read.sheets)
        except ExactImportError as fault:
            report.fault = report.fault or fault
    return report


def _empty(job: Job, report: Report) -> bool:
    """Tell whether the files have no rows, so that there is nothing to ask Exact Online."""
    return job.mode in ("import", "plan") and job.save_to is None and not report.rows.read


class DivisionRun:
    """One job over one open division; fills the report."""

    def __init__(self, job: Job, division: OpenDivision, read: LoadedFiles, report: Report) -> None:
        # Imported here: a dry run does without them.
        from exact_import.applying.applier import Applier
        from exact_import.applying.outcomes import OutcomeRecorder
        from exact_import.store.sync import Sync

        self._job, self._division, self._read, self._report = job, division, read, report
        self._settings = job.settings
        self._store = store = division.store
        self._journal = store.journal
        self._writing = job.mode in WRITING
        report.division = division.number
        if self._writing:
            named = report.files
            if job.undo:
                from exact_import.planning.undo import must_know

                must_know(job.undo, store)
                named = [job.undo]
            report.run = store.start_run(job.mode, named)
        store.mirror.keep(self._settings.match_account, read.mapped)
        self._sync = Sync(store, division.client)
        self._outcomes = OutcomeRecorder(store, report.rows)
        self._applier = Applier(
            division.client,
            store,
            report.run,
            self._outcomes,
            settle_after=self._settings.settle_after,
            stop=job.stop,
            progress=job.watcher.advanced,
        )

    def carry_out(self) -> None:
        """Refresh the mirror, plan, and if the job writes, apply; raises what ended it early."""
        report, journal = self._report, self._journal
        try:
            self._job.watcher.stage("Reading what Exact Online holds")
            self._refresh()
            unsettled = self._settle_earlier() if self._writing else []
            report.plan = plan = self._plan()
            report.forecast = self._forecast(plan)
            if self._writing:
                self._apply(plan, unsettled)
            elif self._job.detailed and any(change.writes for change in plan.changes()):
                report.changes_status = ExitStatus.CHANGES
        except ExactImportError as fault:
            report.fault = fault
            raise
        finally:
            report.interrupted = self._job.interrupted()
            calls = self._division.client.calls
            report.calls = Calls(calls.total, calls.reads, calls.writes)
            if self._writing:
                summary = report.document()
                summary.pop("changes")
                journal.end_run(report.run, int(report.exit_status), summary)
                journal.prune(self._settings.keep_runs * SECONDS_A_DAY)

    def _settle_earlier(self) -> list[Intent]:
        from exact_import.applying.reconcile import settle_earlier

        return settle_earlier(
            self._division.client, self._store, self._outcomes, self._settings.settle_after
        )

    def _plan(self) -> Plan:
        from exact_import.planning.plan import PlanRules  # a dry run does without
        from exact_import.planning.planner import Planner

        job, settings, read = self._job, self._settings, self._read
        if job.undo:
            from exact_import.planning.undo import reversal
            from exact_import.store.history import undone_by

            client, left = self._division.client, self._report.left_alone
            plan = reversal(job.undo, self._store, client, left)
            if not plan.writes():
                self._report.undone_by = undone_by(self._journal, job.undo)
            return plan
        convert = Converter(rules_of(settings)).convert
        rules = PlanRules(
            settings.match_account,
            settings.new_account_status,
            settings.mode,
            settings.limit,
            settings.recreate,
            read.mapped,
            read.constants,
            settings.policy,
            lambda column, text, country: convert(column, text, country).value,
            settings.levels.get("duplicate", "warning"),
            repr(rules_of(settings)),
        )
        planner = Planner(self._store.mirror, rules, self._report.rows, self._store.made_here)
        from exact_import.planning.references import resolve

        records = resolve(
            read.records,
            read.mapped["account"],
            self._division.client,
            self._store,
            self._report.rows,
            self._report.notes,
        )
        plan = planner.plan(records)
        if any(details for _, details in planner.details):
            from exact_import.planning.details import DetailPlanner

            details = DetailPlanner(self._store.mirror, self._division.client, settings.mode)
            details.add(planner.details)
        if job.save_to is not None:
            from exact_import.importing.saved_plan import save

            save(job.save_to, self._division, settings, read, plan, self._report)
        if job.saved is not None:
            from exact_import.importing.saved_plan import claim

            claim(job.saved, self._division, settings, plan)
        if not settings.retry:
            self._outcomes.hold_refused(plan)
        return plan

    def _apply(self, plan: Plan, unsettled: list[Intent]) -> None:
        self._applier.hold_back(plan, unsettled)
        if self._job.mode == "import":
            self._safeguard(plan)
        if not self._job.confirm(self._report):
            raise NotApplied("Nothing was done.")
        self._job.watcher.started(plan.writes())
        self._applier.apply(plan)
        # After a fault nothing more is asked; the next run sees what was stored.
        self._verify(plan)

    def _refresh(self) -> None:
        refreshed = self._sync.refresh(
            reread_after=self._settings.reread_after_days * SECONDS_A_DAY,
        )
        self._report.notes.extend(refreshed.notes)
        for stored in refreshed.stored_otherwise:
            self._report.notes.append(
                f"Since the last run: {stored.field} of {stored.kind} {stored.id} was stored as "
                f"{quote(str(stored.stored))}, not {quote(str(stored.sent))}."
            )

    def _verify(self, plan: Plan) -> None:
        """See what updates stored; a value dropped or changed silently is a warning on its row."""
        changes = {
            (change.kind, change.id.casefold()): change
            for change in plan.changes()
            if change.action == "update" and change.outcome == "done" and change.id
        }
        for kind in KINDS:
            if not any(place[0] == kind for place in changes):
                continue
            with contextlib.suppress(TemporaryError, Interrupted):  # the next run will see it
                for stored in self._sync.verify(kind).stored_otherwise:
                    change = changes.get((stored.kind, stored.id))
                    if change is not None:
                        kept = stored.stored if stored.stored not in (None, "") else "nothing"
                        message = f"{stored.field} was stored as {quote(str(kept))}"
                        self._report.rows.warn(change.lines[0], message, field_name=stored.field)
        for detail in DETAILS:
            with contextlib.suppress(TemporaryError, Interrupted):
                self._verify_details(
                    detail, {place[1]: one for place, one in changes.items() if place[0] == detail}
                )

    def _verify_details(self, kind: Kind, changes: Mapping[str, Change]) -> None:
        """See what updates of bank accounts or addresses, which no sync page tells of, stored."""
        from exact_import.exact.client import guid

        ids = list(changes)
        for start in range(0, len(ids), IDS_A_CALL):
            some = ids[start : start + IDS_A_CALL]
            wanted = " or ".join(f"ID eq {guid(remote_id)}" for remote_id in some)
            names = {name for remote_id in some for name in changes[remote_id].fields}
            for record in self._division.client.find(kind, wanted, sorted(names)):
                change = changes[str(record["ID"]).casefold()]
                self._outcomes.compare(kind, change.lines[0], change.payload, record)

    def _forecast(self, plan: Plan) -> Forecast:
        budget = self._division.client.budget()
        calls = plan.writes()
        a_minute = budget.minute_limit if budget and budget.minute_limit else 60
        a_day = budget.day_limit if budget and budget.day_limit else 5000
        left = budget.day_remaining if budget else None
        usable = max(1, a_day - self._settings.reserve)
        today = usable if left is None else max(0, left - self._settings.reserve)
        nights = 0 if calls == 0 else 1 + max(0, -(-(calls - today) // usable))
        return Forecast(calls, round(calls / a_minute, 1), left, nights)

    def _safeguard(self, plan: Plan) -> None:
        settings = self._settings
        if settings.force:
            return
        for action, limit in (("update", settings.max_updates), ("create", settings.max_creates)):
            for kind in KINDS if limit is not None else ():
                # The people of a new company come with it.
                count = sum(
                    change.kind == kind
                    and change.action == action
                    and (change.account is None or change.account.action != "create")
                    for change in plan.changes()
                )
                if limit is not None and not limit.allows(count, self._store.mirror.count(kind)):
                    raise NotApplied(
                        f"Nothing was sent: the plan would {action} {count} {kind}s, more than "
                        f"max_{action}s = {limit.text} allows.",
                        "If that is right, run again with --force.",
                    )
