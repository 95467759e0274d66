"""The whole import, to be read aloud: file → rows → records → plan → calls → report."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, cast

from exact_import.companies import AccountRecord, group
from exact_import.csvfile.mapping import Mapping as ColumnMapping
from exact_import.csvfile.mapping import make_mapping
from exact_import.csvfile.reader import Table, open_table
from exact_import.csvfile.rejects import remove_stale_rejects, write_rejects
from exact_import.csvfile.sections import Section
from exact_import.exact.clock import Interrupted
from exact_import.fields import Kind, RecordKind
from exact_import.normalise import Converter, Rules
from exact_import.plan import Change, Plan, Planner, PlanRules
from exact_import.problems import ExitStatus, Fault, NotApplied, TryLater
from exact_import.records import RowReader, RowRecord
from exact_import.report import Calls, Forecast, Mode, Report
from exact_import.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from exact_import.exact.remote import Remote
    from exact_import.journal import Journal
    from exact_import.mirror import Mirror

KINDS: tuple[RecordKind, ...] = ("account", "contact")
SECONDS_A_DAY = 86_400.0


class Watcher(Protocol):
    """Is told how a run goes on; the command line shows it."""

    def stage(self, text: str) -> None:
        """Say what begins now."""

    def started(self, writes: int) -> None:
        """Say how many writes are to come."""

    def advanced(self, change: Change) -> None:
        """Say that a change is finished."""


@dataclass(slots=True)
class Job:
    """One command over files: what it is to do, and what it is told to stop by."""

    settings: Settings
    sources: Sequence[str]
    mode: Mode
    watcher: Watcher
    stop: threading.Event = field(default_factory=threading.Event)
    rejects: Path | None = None
    detailed: bool = False


@dataclass(slots=True)
class Read:
    """What the files say: their tables, how their columns map, and their records."""

    tables: list[Table]
    mappings: list[ColumnMapping]
    records: list[AccountRecord]


@dataclass(slots=True)
class Division:
    """An open division of Exact Online with its journal and where that keeps it."""

    remote: Remote
    journal: Journal
    scope: int
    number: int


def run(job: Job, connect: Callable[[], contextlib.AbstractContextManager[Division]]) -> Report:
    """Do what `job` asks and return what happened; a Fault that ended it stands in the report."""
    report = Report(job.mode, list(job.sources))
    read: Read | None = None
    try:
        read = read_files(job, report)
        if job.settings.strict and report.rows.rejected:
            raise NotApplied(
                "Nothing was sent: some rows are bad, and --strict wants all of them good.",
                "Mend them and run again.",
            )
        if job.mode != "dry-run":
            with connect() as division:
                _with_division(job, division, read, report)
    except Fault as fault:
        report.fault = fault
    except Interrupted:
        report.notes.append("Stopped before anything was sent.")
    if read is not None:
        try:
            _rejects(job, read, report)
        except Fault as fault:
            report.fault = report.fault or fault
    return report


def read_files(job: Job, report: Report) -> Read:
    """Read, map, convert and group all rows; what is wrong with them is noted in `report`."""
    settings = job.settings
    job.watcher.stage("Reading")
    converter = Converter(
        Rules(
            country=settings.country or "NL",
            date_order=settings.date_order,
            decimal=settings.decimal,
            levels=settings.levels,
        )
    )
    tables = [
        open_table(source, delimiter=settings.delimiter, encoding=settings.encoding)
        for source in job.sources
    ]
    sections = cast("Mapping[Section, Mapping[str, str]]", settings.sections)
    mappings = [make_mapping(table.header, sections, table.name) for table in tables]
    for table, mapping in zip(tables, mappings, strict=True):
        for note in mapping.notes:
            report.notes.append(f"{table.name}: {note}")
        if mapping.unrecognised:
            columns = ", ".join(repr(name) for name in mapping.unrecognised)
            report.notes.append(f"{table.name}: columns not used: {columns}")

    def rows() -> Iterator[RowRecord]:
        for table, mapping in zip(tables, mappings, strict=True):
            reader = RowReader(table, mapping, converter, settings.blank)
            yield from reader.records(report.rows)

    records = group(rows(), settings.match_account, report.rows)
    report.records["accounts"] = len(records)
    report.records["contacts"] = sum(len(record.contacts) for record in records)
    if report.rows.read == 0:
        report.notes.append("The file has a header but no rows: nothing to import.")
    return Read(tables, mappings, records)


def _with_division(job: Job, division: Division, read: Read, report: Report) -> None:
    # Imported here: a dry run does without them.
    from exact_import.apply import Applier
    from exact_import.mirror import Mirror

    settings, journal, scope = job.settings, division.journal, division.scope
    report.division = division.number
    mapped = _mapped_fields(read.mappings)
    mirror = Mirror(journal, scope, settings.match_account, mapped)
    importing = job.mode == "import"
    try:
        if importing:
            report.run = journal.start_run(scope, job.mode, list(job.sources))
        applier = Applier(
            division.remote,
            journal,
            scope,
            mirror,
            report.run,
            report.rows,
            settle_after=settings.settle_after,
            concurrency=settings.concurrency,
            stop=job.stop,
            progress=job.watcher.advanced,
        )
        job.watcher.stage("Reading what Exact Online holds")
        _refresh(mirror, division, settings, report)
        unsettled = applier.settle_earlier() if importing else []
        rules = PlanRules(
            settings.match_account,
            settings.new_account_status,
            settings.mode,
            settings.limit,
            settings.recreate,
            _constants(read.mappings),
            settings.policy,
        )
        planner = Planner(
            mirror, rules, report.rows, lambda remote_id: journal.made_here(scope, remote_id)
        )
        report.plan = planner.plan(read.records)
        report.forecast = _forecast(report.plan, division, settings)
        if not settings.retry:
            applier.hold_refused(report.plan)
        if not importing:
            if job.detailed and any(change.writes for change in report.plan.changes()):
                report.changes_status = ExitStatus.CHANGES
            return
        applier.hold_back(report.plan, unsettled)
        _safeguard(report.plan, mirror, settings)
        job.watcher.started(report.plan.writes())
        try:
            applier.apply(report.plan)
        finally:
            _verify(mirror, division, report)
    finally:
        calls = division.remote.calls
        report.calls = Calls(calls.total, calls.reads, calls.writes)
        if importing and report.run:
            journal.end_run(report.run, int(report.exit_status), _summary(report))
            _prune(journal, settings)


def _refresh(mirror: Mirror, division: Division, settings: Settings, report: Report) -> None:
    refreshed = mirror.refresh(
        division.remote, reread_after=settings.reread_after_days * SECONDS_A_DAY
    )
    report.notes.extend(refreshed.notes)
    for stored in refreshed.stored_otherwise:
        report.notes.append(
            f"Since the last run: {stored.field} of {stored.kind} {stored.id} was stored as "
            f"{stored.stored!r}, not {stored.sent!r}."
        )


def _verify(mirror: Mirror, division: Division, report: Report) -> None:
    """See what updates stored; a value dropped or changed silently is a warning on its row."""
    changes = {
        (change.kind, change.id.casefold()): change
        for change in (report.plan.changes() if report.plan is not None else ())
        if change.action == "update" and change.outcome == "done" and change.id
    }
    for kind in KINDS:
        if not any(place[0] == kind for place in changes):
            continue
        with contextlib.suppress(TryLater):  # the next run will see it
            for stored in mirror.verify(division.remote, kind).stored_otherwise:
                change = changes.get((stored.kind, stored.id))
                if change is not None:
                    shown = stored.stored if stored.stored not in (None, "") else "nothing"
                    report.rows.warn(
                        change.lines[0],
                        f"{stored.field} was stored as {shown!r}",
                        field_name=stored.field,
                    )


def _mapped_fields(mappings: Sequence[ColumnMapping]) -> dict[Kind, list[str]]:
    found = {
        kind: [name for mapping in mappings for name in mapping.templates.get(kind, {})]
        for kind in KINDS
    }
    # What rows can say of an account without a column of its own: that it is a supplier, and how
    # to reach a company whose row names nobody.
    return {
        "account": [*found["account"], "IsSupplier", "Email", "Phone"],
        "contact": found["contact"],
    }


def _constants(mappings: Sequence[ColumnMapping]) -> dict[str, frozenset[str]]:
    return {
        kind: frozenset(
            name
            for mapping in mappings
            for name, template in mapping.templates.get(kind, {}).items()
            if template.constant
        )
        for kind in KINDS
    }


def _forecast(plan: Plan, division: Division, settings: Settings) -> Forecast:
    budget = division.remote.budget()
    calls = plan.writes()
    a_minute = budget.minute_limit if budget and budget.minute_limit else 60
    a_day = budget.day_limit if budget and budget.day_limit else 5000
    left = budget.day_remaining if budget else None
    usable = max(1, a_day - settings.reserve)
    today = usable if left is None else max(0, left - settings.reserve)
    nights = 0 if calls == 0 else 1 + max(0, -(-(calls - today) // usable))
    return Forecast(calls, round(calls / a_minute, 1), left, nights)


def _safeguard(plan: Plan, mirror: Mirror, settings: Settings) -> None:
    if settings.force:
        return
    held = mirror.count("account")
    for action, limit in (("update", settings.max_updates), ("create", settings.max_creates)):
        count = sum(
            change.kind == "account" and change.action == action for change in plan.changes()
        )
        if limit is not None and not limit.allows(count, held):
            raise NotApplied(
                f"Nothing was sent: the plan would {action} {count} accounts, more than "
                f"max_{action}s = {limit.text} allows.",
                "If that is right, run again with --force.",
            )


def _summary(report: Report) -> Mapping[str, Any]:
    document = report.document()
    document.pop("changes")
    return document


def _prune(journal: Journal, settings: Settings) -> None:
    before = time.time() - settings.keep_runs * SECONDS_A_DAY
    with journal.transaction():
        journal.write(
            "DELETE FROM change WHERE intent_at < ? AND state NOT IN ('intent', 'unsettled')"
            " AND action <> 'create'",
            (before,),
        )
        journal.write("DELETE FROM refusal WHERE at < ?", (before,))


def _rejects(job: Job, read: Read, report: Report) -> None:
    """Write the rows that were refused to files that can be mended and imported."""
    if job.mode == "plan" or (job.mode == "dry-run" and job.rejects is None):
        return
    refused: dict[tuple[str, int], str] = {
        source: "; ".join(messages) for source, messages in report.rows.rejected.items()
    }
    refused.update(report.refused())
    with _memory(job) as (remembered, remember):
        for table in read.tables:
            lines = {line: text for (name, line), text in refused.items() if name == table.name}
            if lines:
                rows = ((row, lines[row.line]) for row in table.rows() if row.line in lines)
                path = write_rejects(
                    table, rows, job.rejects, remembered=remembered, remember=remember
                )
                report.rejects.append(str(path))
            elif job.rejects is None:
                remove_stale_rejects(table, remembered=remembered)


@contextlib.contextmanager
def _memory(job: Job) -> Iterator[tuple[Callable[[Path], str | None], Callable[[Path, str], None]]]:
    """Yield what tells, and notes, which rejects were last written by us and are unedited."""
    if not job.settings.has_config:
        yield lambda _path: None, lambda _path, _digest: None
        return
    from exact_import.journal import Journal  # a dry run mostly does without

    with contextlib.closing(Journal(job.settings.journal)) as journal:
        yield (
            lambda path: journal.fact(f"rejects {path.absolute()}"),
            lambda path, digest: journal.note(f"rejects {path.absolute()}", digest),
        )


@contextlib.contextmanager
def only_writer(journal: Journal) -> Iterator[None]:
    """Hold the right to write with this journal; raises TryLater, saying who has it.

    A lock left by a dead process does not block: the system lets go of it.
    """
    from filelock import FileLock, Timeout  # only where something is written

    lock = FileLock(journal.path.with_suffix(".lock"), timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        writer = json.loads(journal.fact("writer") or "{}")
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(writer.get("since", 0)))
        raise TryLater(
            "Another run is busy with this configuration"
            + (f" (process {writer['pid']}, since {since})." if writer else "."),
            "Run again when it has ended.",
        ) from None
    try:
        journal.note("writer", json.dumps({"pid": os.getpid(), "since": time.time()}))
        yield
    finally:
        lock.release()
