"""Several divisions in one run, at the same time.

Each has its own limits, mirror and pending changes. An error in one division does not stop another.
A column of the file says which division a row goes to (`route`).
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from exact_import.config.settings import DivisionRules, Settings
from exact_import.errors import ConfigError, ExactImportError, NotApplied, RowProblem, UsageError
from exact_import.exact.clock import Interrupted
from exact_import.importing.load import (
    NO_ROWS,
    LoadedFiles,
    check_strict,
    no_garbage,
    open_tables,
    read_records,
    understand,
)
from exact_import.importing.pipeline import DECLINED, DivisionRun, Job, write_rejects
from exact_import.importing.rejects import follow_answers
from exact_import.importing.sheet import Sheet, values_for
from exact_import.mapping.templates import Header, TemplateError, make_template
from exact_import.planning.plan import Plan
from exact_import.records.models import RowsRead
from exact_import.reporting.forecast import Forecast, side_by_side
from exact_import.reporting.report import Report
from exact_import.tables.table import Table
from exact_import.text import quote

if TYPE_CHECKING:
    from exact_import.records.models import RowLocation
    from exact_import.store.division import OpenDivision

# Divisions that run at the same time, each with one call at a time: they mostly wait for their own
# clock minute.
AT_ONCE = 200

Open = Callable[[int | None], "contextlib.AbstractContextManager[OpenDivision]"]


def run_several(job: Job, connect: Callable[[], contextlib.AbstractContextManager[Open]]) -> Report:
    """Carry out `job` for each division that its rows name; the report has a part for each.

    `connect` yields a function that opens a division by its number.
    """
    report = Report(job.mode, list(job.sources), notes=[*job.notes])
    routed: RoutedRows | None = None
    parts: list[_Part] = []
    try:
        if job.save_to is not None:
            raise UsageError(
                "A plan for several divisions cannot be saved.", "Choose one with --division."
            )
        job.watcher.stage("Reading")
        routed = route(job.settings, job.sources)
        report.tables = routed.tables
        for problem in routed.stray:
            report.rows.read += 1
            report.rows.reject((problem.file, problem.line), problem.message, problem.column)
        with no_garbage():
            parts = _parts(job, routed, report)
        check_strict(job.settings, report)
        if not parts and not report.rows.read:
            report.notes.append(NO_ROWS)
        elif job.mode != "dry-run":
            with connect() as open_division:
                _carry_out(job, parts, open_division, report)
    except ExactImportError as error:
        report.error = error
    except Interrupted:
        pass  # the counts show how far it came
    for part in parts:
        report.rows.merge(part.report.rows)
    if not all(part.run for part in report.divisions):
        report.interrupted = job.interrupted()
    _sum_up(report)
    if routed is not None and job.mode == "import":
        # One division's sheets describe the whole files: all their rows were examined.
        write_rejects(job, routed.tables, report, parts[0].read.sheets if parts else ())
    return report


@dataclasses.dataclass(slots=True)
class _Part:
    number: int
    job: Job
    read: LoadedFiles
    report: Report


def _parts(job: Job, routed: RoutedRows, whole: Report) -> list[_Part]:
    """Read the rows of each division.

    How to read the files is found out once for all divisions with the same settings.
    """
    known: dict[str, _Understood] = {}
    parts = []
    for number in sorted(routed.rows):
        settings = dataclasses.replace(job.settings.for_division(number), strict=False)
        rules = settings.divisions.get(number, DivisionRules())
        alike = repr(sorted(rules.overrides.items()))
        if alike not in known:
            known[alike] = _understood(job, settings, routed, whole)
        sheets, rows, unfit = known[alike]
        report = Report(job.mode, list(job.sources), division=number, company=rules.named)
        report.rows.sources.update(rows.sources)
        report.rows.answers.update(routed.of_rows(number, rows.answers))
        read = read_records(
            settings,
            [sheet.only(routed.of(number, sheet.table), settings) for sheet in sheets],
            report,
            routed.of_rows(number, unfit),
            check_cancelled=job.check_cancelled,
        )
        whole.divisions.append(report)
        # Many divisions run at once, and nobody can answer them all.
        silent = dataclasses.replace(job, settings=settings, ask_held=None, confirm=None)
        parts.append(_Part(number, silent, read, report))
    return parts


_Understood = tuple["list[Sheet]", RowsRead, "Mapping[RowLocation, str]"]


def _understood(job: Job, settings: Settings, routed: RoutedRows, whole: Report) -> _Understood:
    """Return how all files are read for the divisions with the same settings.

    That is their sheets, the sources and answers of all rows, and the rows whose answer cannot be
    followed, with the reason. New notes are added to `whole`.
    """
    rows, found = RowsRead(), Report(job.mode, [])
    unfit = follow_answers(routed.tables, settings, rows)
    sheets = understand(settings, routed.tables, found, job.ask_order, routed.used)
    whole.notes += (note for note in found.notes if note not in whole.notes)
    whole.assumptions += (one for one in found.assumptions if one not in whole.assumptions)
    known = {*whole.rows.problems}
    for problem in found.rows.problems:
        if problem not in known:
            whole.rows.note(problem)
    return sheets, rows, unfit


def _carry_out(job: Job, parts: list[_Part], open_division: Open, whole: Report) -> None:
    """Carry out all parts; raise NotApplied if the user declines their plans."""
    question = None if job.confirm is None else JointQuestion()
    agreed: bool | None = None
    if question is not None:
        for part in parts:
            # A part with nothing to send needs no answer, but other parts wait for its plan.
            part.job.confirm = question.wait
    # Waiting parts must not block the planning of others.
    at_once = AT_ONCE if question is None else len(parts)
    with ThreadPoolExecutor(min(at_once, len(parts)) or 1, "division") as pool:
        ended: SimpleQueue[Future[None]] = SimpleQueue()
        for part in parts:
            pool.submit(_carry_out_part, part, open_division).add_done_callback(ended.put)
        under_way = len(parts)
        try:
            while under_way:
                with contextlib.suppress(Empty):
                    # In slices, so that signals are handled.
                    ended.get(timeout=0.2).result()
                    under_way -= 1
                if question is not None and question.is_due(under_way):
                    agreed = job.agreed(_so_far(job, parts, whole))
                    question.answer(agreed=agreed)
        finally:
            if question is not None and agreed is None:
                question.answer(agreed=False)  # however this ended, nobody agreed
    if agreed is False:
        raise NotApplied(DECLINED)


def _so_far(job: Job, parts: list[_Part], whole: Report) -> Report:
    """Return the plans of the parts as one report, to be shown before they are carried out."""
    report = Report(job.mode, whole.files, rows=whole.rows.copy(), notes=[*whole.notes])
    report.divisions = whole.divisions
    for part in parts:
        report.rows.merge(part.report.rows)
    _sum_up(report)
    return report


def _carry_out_part(part: _Part, open_division: Open) -> None:
    try:
        with open_division(part.number) as division:
            DivisionRun(part.job, division, part.read, part.report).carry_out()
    except ExactImportError as error:
        part.report.error = error
    except Interrupted:
        pass  # its rows are counted as pending


def _sum_up(report: Report) -> None:
    """Add the figures of the divisions to those of the whole."""
    report.plan = Plan()
    for part in report.divisions:
        if part.plan is not None:
            report.plan.include(part.plan)
            report.outcomes.include(part.outcomes)
            report.codes.update(part.codes)
        for name, count in part.records.items():
            report.records[name] += count
        report.calls.total += part.calls.total
        report.calls.reads += part.calls.reads
        report.calls.writes += part.calls.writes
        report.changes_status = max(report.changes_status, part.changes_status)
        report.layout.extend(one for one in part.layout if one not in report.layout)
        if part.error is not None and report.error is not None:
            same = part.error.message == report.error.message
            part.error = None if same else part.error
        named = f"{part.place}: "
        report.notes.extend(named + note for note in part.notes)
    if report.divisions:
        report.forecast = _together(part.forecast for part in report.divisions)
        report.left = _together(part.left for part in report.divisions)


def _together(parts: Iterable[Forecast | None]) -> Forecast | None:
    found = [part for part in parts if part is not None]
    return side_by_side(found) if found else None


class JointQuestion:
    """Holds back each company once it is planned, until one answer lets all of them continue.

    The threads of the companies call `wait`. The thread that started them checks `is_due`, asks,
    and calls `answer` in any case; otherwise they would wait forever.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answered = threading.Event()
        self._agreed = False
        self._waiting = 0

    def wait(self, _report: Report) -> bool:
        """Wait for the answer, in the thread of a company, and return it."""
        with self._lock:
            self._waiting += 1
        self._answered.wait()
        return self._agreed

    def is_due(self, under_way: int) -> bool:
        """Return True once all `under_way` companies wait for an answer."""
        with self._lock:
            return 0 < self._waiting == under_way and not self._answered.is_set()

    def answer(self, *, agreed: bool) -> None:
        """Let the companies continue, or end."""
        self._agreed = agreed
        self._answered.set()


@dataclasses.dataclass(slots=True)
class RoutedRows:
    """The lines of the rows of some tables by division, and the rows that belong to none.

    `used` are the indexes, by table, of the columns with the division.
    """

    tables: list[Table]
    used: dict[str, frozenset[int]] = dataclasses.field(default_factory=dict)
    rows: dict[int, dict[str, set[int]]] = dataclasses.field(default_factory=dict)
    stray: list[RowProblem] = dataclasses.field(default_factory=list)

    def of(self, division: int, table: Table) -> Set[int]:
        """Return the lines of the rows of `table` that go to `division`."""
        return self.rows[division].get(table.name, frozenset())

    def of_rows(self, division: int, found: Mapping[RowLocation, str]) -> dict[RowLocation, str]:
        """Return the entries of `found`, by row, whose rows go to `division`."""
        ours = self.rows[division]
        return {place: what for place, what in found.items() if place[1] in ours.get(place[0], ())}


def route(settings: Settings, sources: Sequence[str]) -> RoutedRows:
    """Read `sources` and split their rows by the template `division` of the settings.

    A division is named by its number, or by the value of `is` in its section. Raises UsageError for
    a file that cannot be read, ConfigError for a template that does not fit its header.
    """
    names = {
        rules.named.casefold(): number
        for number, rules in settings.divisions.items()
        if rules.named
    }
    tables = open_tables(settings, sources)
    routed = RoutedRows(tables)
    for table in tables:
        try:
            template = make_template(settings.division_by, Header(table.header))
        except TemplateError as error:
            raise ConfigError(
                f"division = {settings.division_by} in [import] does not fit {table.name}: "
                + " ".join(error.problems)
            ) from None
        routed.used[table.name] = frozenset(template.columns)
        column = ", ".join(table.header[place] for place in template.columns)
        values = values_for(table, settings)
        for row in table.rows():
            text = template.fill(values.cells(row.cells))
            number = names.get(text.casefold(), int(text) if text.isdecimal() else None)
            if number is not None and not row.problem:
                routed.rows.setdefault(number, {}).setdefault(table.name, set()).add(row.line)
                continue
            message = row.problem or (
                f"Unknown division {quote(text)}; use its number, or add [division NUMBER] with "
                f"is = {text[:40]} to the configuration"
                if text
                else "no division in this row; fill in its number or name"
            )
            routed.stray.append(RowProblem(table.name, row.line, "error", message, column))
    return routed
