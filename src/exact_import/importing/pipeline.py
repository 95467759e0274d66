"""The whole import, step by step: file → rows → records → plan → calls → report.

`run` loads the files and connects; `DivisionRun.carry_out` refreshes, reconciles, plans, checks the
limits, applies and verifies.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from exact_import.config.settings import Settings, site_country
from exact_import.errors import ExactImportError, ExitStatus, NotApplied
from exact_import.exact.clock import Interrupted
from exact_import.fields import RECORD_KINDS
from exact_import.importing.load import LoadedFiles, read_files, rules_of
from exact_import.importing.rejects import put_rejects
from exact_import.importing.sheet import Sheet
from exact_import.reporting.document import run_document
from exact_import.reporting.forecast import Forecast, forecast
from exact_import.reporting.report import Calls, Mode, Report
from exact_import.values.convert import Converter

if TYPE_CHECKING:
    from exact_import.fields import RecordKind
    from exact_import.planning.plan import Change, HeldRecord, Plan, PlanRules
    from exact_import.records.conventions import AskOrder
    from exact_import.records.models import RowLocation
    from exact_import.store.division import OpenDivision
    from exact_import.store.journal import Intent
    from exact_import.store.mirror import Mirror
    from exact_import.tables.table import Table

SECONDS_A_DAY = 86_400.0
DECLINED = "You answered no, so nothing was sent."
AskHeld = Callable[["Sequence[HeldRecord]"], "Mapping[RowLocation, str]"]
WRITING: tuple[Mode, ...] = ("import", "apply", "undo")


class ProgressListener(Protocol):
    """Receives the progress of a run; the command line shows it."""

    def stage(self, text: str) -> None:
        """Report the step that begins."""

    def started(self, division: int, left: Forecast) -> None:
        """Report what is to be sent to a division."""

    def advanced(self, division: int, left: Forecast, change: Change) -> None:
        """Report that a change is finished, and what is left to send."""


@dataclass(slots=True)
class Job:
    """One command over files: what to do, and what stops it.

    `save_to` is the file to save a plan to, `saved` the saved plan to apply, `undo` the run to
    undo. `confirm` is called with the report so far before a plan that is not a saved one is
    carried out. `ask_held` is called with the held records and returns answers by row; it is called
    again with the records that are still held, until it has no answer. `interrupted` returns the
    exit status of the signal that set `stop`, if one did. `ask_order` is called if a file's dates
    do not show their order. `notes` are sentences for the report. `every` says that every row gets
    a result, unchanged rows too.
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
    confirm: Callable[[Report], bool] | None = None
    interrupted: Callable[[], int | None] = lambda: None
    ask_order: AskOrder | None = None
    ask_held: AskHeld | None = None
    every: bool = False
    notes: Sequence[str] = ()

    def agreed(self, report: Report) -> bool:
        """Return True if the plan of `report` may be carried out: nobody is asked, or all agree."""
        return self.confirm is None or self.confirm(report)

    def check_cancelled(self) -> None:
        """Raise Interrupted if the run should stop."""
        if self.stop.is_set():
            raise Interrupted


Connect = Callable[[], "contextlib.AbstractContextManager[OpenDivision]"]


def run(job: Job, connect: Connect) -> Report:
    """Carry out `job` and return its report, which holds the error that ended it, if any."""
    report = Report(job.mode, list(job.sources), notes=[*job.notes], undoes=job.undo)
    loaded = LoadedFiles([], [], {kind: [] for kind in RECORD_KINDS})
    try:
        loaded = _load(job, report)
        # Files without rows need no call to Exact Online.
        empty = job.mode in ("import", "plan") and job.save_to is None and not report.rows.read
        if job.mode != "dry-run" and not empty:
            with connect() as division:
                DivisionRun(job, division, loaded, report).carry_out()
    except ExactImportError as error:
        report.error = error
    except Interrupted:
        pass  # the counts show how far it came
    if not report.run:
        # A run is over when the journal has its end; later errors do not end it.
        report.interrupted = job.interrupted()
    if job.mode in ("import", "apply") or (job.mode == "dry-run" and job.rejects is not None):
        write_rejects(job, loaded.tables, report, loaded.sheets)
    return report


def _load(job: Job, report: Report) -> LoadedFiles:
    job.watcher.stage("Reading")
    if job.undo:
        return LoadedFiles([], [], {kind: [] for kind in RECORD_KINDS})
    if job.saved is not None:
        from exact_import.importing.saved_plan import load

        return load(job.saved, report)
    return read_files(
        job.settings,
        job.sources,
        report,
        job.ask_order,
        counting=job.mode == "dry-run",
        check_cancelled=job.check_cancelled,
    )


def write_rejects(
    job: Job, tables: Sequence[Table], report: Report, sheets: Sequence[Sheet]
) -> None:
    """Write the rejects of `tables`; `sheets` say how they were read. Errors go to the report."""
    journal = job.settings.journal if job.settings.has_config else None
    try:
        put_rejects(tables, report, job.rejects, journal, sheets)
    except ExactImportError as error:
        report.error = report.error or error


class DivisionRun:
    """One job over one open division; fills the report."""

    def __init__(
        self, job: Job, division: OpenDivision, loaded: LoadedFiles, report: Report
    ) -> None:
        # Imported here: a dry run does not need them.
        from exact_import.applying.applier import Applier
        from exact_import.applying.outcomes import OutcomeRecorder
        from exact_import.importing.file_checks import problems_since
        from exact_import.store.sync import Sync

        self._job, self._loaded, self._report = job, loaded, report
        self._client, self._store, self._division = division.client, division.store, division
        self._settings, self._writes = job.settings, job.mode in WRITING
        report.division, report.company = division.number, division.name or report.company
        if self._writes:
            report.run = self._start()
        self._store.prepare(loaded.mapped)
        report.layout.extend(problems_since(loaded, self._store, report.rows))
        self._sync = Sync(self._store, self._client)
        self._calls_to_send = 0
        self._outcomes = OutcomeRecorder(self._store, report.rows, report.outcomes)
        self._applier = Applier(
            self._client,
            self._store,
            report.run,
            self._outcomes,
            settle_after=job.settings.settle_after,
            stop=job.stop,
            progress=self._advanced,
        )

    def carry_out(self) -> None:
        """Refresh, reconcile, plan and, if the job writes, check the limits, apply and verify.

        Raises the error that ended it early; the report and the journal have the end in any case.
        """
        from exact_import.importing.file_checks import remember_layouts

        with self._recorded():
            self._refresh()
            unsettled = self._reconcile()
            plan = self._plan()
            self._report.forecast = self._forecast(self._report.outcomes.calls_left(plan))
            if self._writes:
                self._guard(plan, unsettled)
                remember_layouts(self._loaded, self._store, self._report.rows.sources)
                self._apply(plan)
                # Not after an error: the next run sees what was stored.
                self._outcomes.verify(plan, self._sync, self._client)

    def _start(self) -> str:
        if self._job.undo:
            self._store.must_know(self._job.undo)
        files = [self._job.undo] if self._job.undo else self._report.files
        return self._store.journal.start_run(self._store.scope, self._job.mode, files)

    @contextlib.contextmanager
    def _recorded(self) -> Iterator[None]:
        """Record the end in the report and, if the run writes, in the journal."""
        report, journal = self._report, self._store.journal
        try:
            yield
        except ExactImportError as error:
            report.error = error
            raise
        finally:
            report.interrupted = self._job.interrupted()
            if self._job.every:
                report.codes.update(self._codes())
            calls = self._client.calls
            report.calls = Calls(calls.total, calls.reads, calls.writes)
            if self._writes:
                from exact_import.store import history  # a dry run does without

                left = 0 if report.plan is None else report.outcomes.calls_left(report.plan)
                report.left = self._forecast(left) if left else None
                summary = run_document(report, changes=False)
                del summary["changes"], summary["held"]
                journal.end_run(report.run, int(report.exit_status), summary)
                history.prune(journal, self._settings.keep_runs * SECONDS_A_DAY)

    def _codes(self) -> Iterator[tuple[str, str]]:
        """Yield the ID and the code of each account of the plan, as Exact Online has them."""
        for change in self._report.changes():
            known = self._report.outcomes.of(change).id if change.kind == "account" else None
            held = self._store.mirror.get("account", known) if known else None
            if held is not None:
                yield held.id, str(held.fields.get("Code") or "").strip()

    def _refresh(self) -> None:
        self._job.watcher.stage("Reading what Exact Online holds")
        reread_after = self._settings.reread_after_days * SECONDS_A_DAY
        refreshed = self._sync.refresh(reread_after=reread_after)
        self._report.notes.extend(refreshed.notes)
        self._report.notes.extend(stored.sentence for stored in refreshed.stored_otherwise)

    def _reconcile(self) -> list[Intent]:
        """Settle the open writes of earlier runs; return the creates that cannot be settled yet."""
        from exact_import.applying.reconcile import settle_earlier

        if not self._writes:
            return []
        settle_after = self._settings.settle_after
        return settle_earlier(self._client, self._store, self._outcomes, settle_after)

    def _plan(self) -> Plan:
        job, report, read = self._job, self._report, self._report.rows.copy()
        report.plan = plan = self._plan_undo() if job.undo else self._plan_answered()
        if job.save_to is not None:
            from exact_import.importing.saved_plan import save

            save(job.save_to, self._division, self._settings, self._loaded, plan, report, read)
        if job.saved is not None:
            from exact_import.importing.saved_plan import claim

            claim(job.saved, self._division, self._settings, plan)
        if not self._settings.retry and not job.undo:
            self._outcomes.hold_refused(plan)
        if job.detailed and not self._writes and any(one.writes for one in plan.changes()):
            report.changes_status = ExitStatus.CHANGES
        self._loaded.records.clear()  # not needed during hours of sending
        return plan

    def _plan_undo(self) -> Plan:
        from exact_import.planning.undo import reversal, undo_notes
        from exact_import.store.history import undone_by

        plan = reversal(self._job.undo, self._store, self._client, self._report.left_alone)
        self._report.notes.extend(undo_notes(plan, self._job.undo, self._store))
        if not plan.writes:
            self._report.undone_by = undone_by(self._store.journal, self._job.undo)
        return plan

    def _plan_answered(self) -> Plan:
        """Plan, ask about held records, and plan again with the answers."""
        ask, rows, notes = self._job.ask_held, self._report.rows, self._report.notes
        if ask is None:
            return self._plan_records()
        before, known = rows.copy(), len(notes)
        plan = self._plan_records()
        while plan.held and (answers := ask(plan.held)):
            before.answers.update(answers)
            rows.restore(before)
            del notes[known:], plan
            plan = self._plan_records()
        return plan

    def _plan_records(self) -> Plan:
        """Plan; before records are created, look for those that no list shows yet."""
        rows, notes = self._report.rows.copy(), [*self._report.notes]
        plan = self._plan_once()
        looked: set[RecordKind] = set()
        while unseen := plan.makes() - looked:
            looked |= unseen
            if sum([self._sync.read_newly_created(kind) for kind in sorted(unseen)]):
                self._report.rows.restore(rows)
                self._report.notes[:] = notes
                del plan  # two would take twice the memory
                plan = self._plan_once()
        return plan

    def _plan_once(self) -> Plan:
        from exact_import.planning.planner import plan_records

        return plan_records(
            self._loaded.records,
            self._rules(),
            store=self._store,
            client=self._client,
            rows=self._report.rows,
            notes=self._report.notes,
        )

    def _rules(self) -> PlanRules:
        from exact_import.importing.file_checks import with_numbers
        from exact_import.planning.plan import PlanRules

        settings, reading = self._settings, rules_of(self._settings)
        convert = Converter(reading).convert
        return PlanRules(
            new_account_status=settings.new_account_status,
            mode=settings.mode,
            limit=settings.limit,
            recreate=settings.recreate,
            mapped=self._loaded.mapped,
            constants=self._loaded.constants,
            countries=self._loaded.countries,
            with_numbers=with_numbers(self._loaded),
            policy=settings.policy,
            read=lambda column, text, country: convert(column, text, country).value,
            references=settings.levels.get("reference", "warning"),
            reading=repr(reading),
            every=self._job.every,
            match_contact=settings.match_contact,
            code=settings.code,
            held=settings.held,
            home=site_country(settings.rest_url),
        )

    def _forecast(self, calls: int) -> Forecast:
        return forecast(calls, self._client.budget(), self._settings.reserve)

    def _guard(self, plan: Plan, unsettled: list[Intent]) -> None:
        self._applier.hold_back(plan, unsettled)
        if self._job.mode == "import":
            guard(plan, self._settings, self._store.mirror)
        if not self._job.agreed(self._report):
            self._job.check_cancelled()
            raise NotApplied(DECLINED)

    def _apply(self, plan: Plan) -> None:
        self._calls_to_send = self._report.outcomes.calls_left(plan)
        self._job.watcher.started(self._division.number, self._forecast(self._calls_to_send))
        self._applier.apply(plan)
        if self._job.undo:
            self._store.links.undo(self._job.undo)

    def _advanced(self, change: Change) -> None:
        self._calls_to_send = max(0, self._calls_to_send - 1)
        left = self._forecast(self._calls_to_send)
        self._job.watcher.advanced(self._division.number, left, change)


def guard(plan: Plan, settings: Settings, mirror: Mirror) -> None:
    """Raise NotApplied if `plan` exceeds max_updates or max_creates."""
    if settings.force:
        return
    if plan.alarms:
        raise NotApplied(
            f"Nothing was sent: {'. Also, '.join(plan.alarms)}.",
            "Check that this is the right file. If it is, run again with --force.",
        )
    for action, limit in (("update", settings.max_updates), ("create", settings.max_creates)):
        for kind in RECORD_KINDS if limit is not None else ():
            # The people of a new company count with it.
            count = sum(
                change.kind == kind
                and change.action == action
                and (change.account is None or change.account.action != "create")
                for change in plan.changes()
            )
            if limit is not None and not limit.allows(count, mirror.count(kind)):
                raise NotApplied(
                    f"Nothing was sent: the plan would {action} {count} {kind}s, more than "
                    f"max_{action}s = {limit.text} allows.",
                    "If you want that, run again with --force.",
                )
