"""The one place that prints: plans, summaries and progress.

What a command has to say goes to standard output, how it goes on to standard error, and that only
where standard error is a terminal.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from exact_import.cli.tables import counted, harmless
from exact_import.errors import ExitStatus, NotApplied, RowProblem
from exact_import.fields import ENDPOINTS, Kind
from exact_import.records.models import ProblemGroup
from exact_import.reporting.report import Report

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from exact_import.planning.plan import Change
    from exact_import.records.conversion_log import ColumnConversions

CHANGES_SHOWN = 20
DIVISIONS_SHOWN = 20
PROBLEMS_SHOWN = 20
LEFT_SHOWN = 20
OTHERS_SHOWN = 3
# Off a terminal longer waits are told of unasked, in seconds.
_MINUTE = 61.0
_QUOTED = re.compile(r'"[^"]*"')
_SIGN = {"create": "+", "update": "~", "delete": "-", "kept": "="}
_STYLE = {"create": "green", "update": "yellow", "delete": "red", "kept": "cyan"}
_PLURAL: Mapping[Kind, str] = {
    "account": "accounts",
    "contact": "contacts",
    "address": "addresses",
    "bank account": "banks",
}
_DONE = {"create": "created", "update": "updated", "delete": "deleted"}
UNDONE = {"create": "made again", "update": "put back", "delete": "deleted"}
_PLANNED = {"create": "to create", "update": "to update", "delete": "to delete"}


class ConsoleReporter:
    """What the user sees. `quiet` shows only what needs somebody; `as_json` nothing but JSON."""

    def __init__(self, *, quiet: bool = False, verbose: int = 0, as_json: bool = False) -> None:
        self.quiet = quiet
        self.verbose = verbose
        self.as_json = as_json
        self._planned, self._noted = False, 0
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    # --- while it goes on

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """Show progress on standard error for as long as this lasts, if that is a terminal."""
        if self.quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
            yield
            return
        from rich.progress import (  # slow to load, and only for a terminal
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console(stderr=True),
            transient=True,
        ) as self._progress:
            self._task = self._progress.add_task("", total=None)
            yield
        self._progress = None

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Show no progress for as long as this lasts, so that something can be asked."""
        if self._progress is not None:
            self._progress.stop()
        yield
        if self._progress is not None:
            self._progress.start()

    def stage(self, text: str) -> None:
        """Show what begins now."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, description=text)

    def started(self, writes: int) -> None:
        """Show that `writes` calls are to come."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, description="Importing", total=writes, completed=0)

    def advanced(self, change: Change) -> None:
        """Show that one change is finished."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, advance=1, description=change.label[:30])

    def waiting(self, seconds: float, why: str) -> None:
        """Show that the program waits, how long (seconds) and why."""
        until = time.strftime("%H:%M:%S", time.localtime(time.time() + seconds))
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, description=f"Waiting until {until}: {why}")
        elif not self.quiet and (self.verbose or seconds > _MINUTE):
            sys.stderr.write(f"Waiting {seconds:.0f} s, until {until}: {why}\n")

    def abandon(self) -> None:
        """Leave the terminal as it was found, for the process ends here and now."""
        if self._progress is not None:
            self._progress.stop()
        sys.stdout.flush()
        sys.stderr.flush()

    def stopping(self) -> None:
        """Show that the program was asked to stop.

        A signal may have come in the middle of a line, which cannot be cut; then it is not said.
        """
        if not self.quiet:
            with contextlib.suppress(RuntimeError):
                sys.stderr.write("Stopping after the calls in flight; once more to stop at once.\n")

    # --- what came of it

    def show(self, report: Report) -> None:
        """Show the report as text; under --json only what went wrong, on standard error."""
        if report.fault is not None:
            sys.stderr.write(f"exact-import: {harmless(str(report.fault))}\n")
        if self.as_json or (self.quiet and self._nothing_to_tell(report)):
            return
        console = self._console()
        refrained = isinstance(report.fault, NotApplied)
        if report.plan is not None and not (self._planned and refrained):
            self._changes(console, report, over=True)
        self._problems(console, report)
        begun = report.mode == "undo" and report.plan is not None and not refrained
        if report.rows.read or report.fault is None or begun:
            self._summary(console, report)

    def show_plan(self, report: Report) -> None:
        """Show what is about to be done, on standard error."""
        console = self._console(stderr=True)
        self._changes(console, report)
        self._left_alone(console, report)
        for note in report.notes:
            _print(console, note, style="dim")
        self._planned, self._noted = True, len(report.notes)

    def _nothing_to_tell(self, report: Report) -> bool:
        return (
            report.exit_status in (ExitStatus.OK, ExitStatus.CHANGES) and not report.rows.problems
        )

    def _changes(self, console: Console, report: Report, *, over: bool = False) -> None:
        shown = [] if self.quiet else report.shown_changes()
        if self._planned:  # seen before it was agreed to; what went otherwise is news
            shown = [change for change in shown if change.outcome != "done"]
        most = len(shown) if self.verbose else CHANGES_SHOWN
        for change in shown[:most]:
            left = over and report.word(change) == "pending"
            self._change(console, change, named=len(report.files) > 1, left=left)
        if len(shown) > most:
            _print(console, f"  … and {len(shown) - most} more (-v shows all, --json too)")

    def _change(self, console: Console, change: Change, *, named: bool, left: bool) -> None:
        files = dict.fromkeys(file for file, _ in change.lines) if named else [""]
        where = "; ".join(
            shown_lines([line for of, line in change.lines if file in ("", of)])
            + (f" of {file}" if file else "")
            for file in files
        )
        # Above it stands the account, if anything is to happen with that.
        owner = change.account if change.kind == "contact" else None
        whose = f" of {owner.label}" if owner is not None and owner.action == "unchanged" else ""
        style = "red" if change.outcome == "failed" else _STYLE.get(change.action, "")
        sign = "!" if change.outcome == "failed" else _SIGN.get(change.action, " ")
        state = f" — {change.message}" if change.message else " — not done" if left else ""
        _print(
            console,
            f"{sign} {change.kind} {change.label}{whose} ({where}){state}",
            style=style,
        )
        if change.action == "create" and self.verbose:
            for name, (_, after) in change.fields.items():
                _print(console, f"    {name}: {shown_value(after)}")
        if change.action == "update":
            for name, (before, after) in change.fields.items():
                _print(console, f"    {name}: {shown_value(before)} → {shown_value(after)}")
        if change.action in ("update", "unchanged") and change.main is not None:
            _print(console, f"    MainContact: → {change.main.label}")

    def _left_alone(self, console: Console, report: Report) -> None:
        left = [] if self.quiet or self._planned else report.left_alone
        most = len(left) if self.verbose else LEFT_SHOWN
        for one in left[:most]:
            _print(console, str(one), style="dim")
        if len(left) > most:
            _print(console, f"  … and {len(left) - most} more (-v shows all, --json too)")

    def _problems(self, console: Console, report: Report) -> None:
        kinds = report.alike(every=bool(self.verbose))
        kinds.sort(key=lambda kind: kind.first.severity != "error")
        most = len(kinds) if self.verbose else PROBLEMS_SHOWN
        named = len(report.files) > 1
        for kind in kinds[:most]:
            style = "red" if kind.first.severity == "error" else "yellow"
            _print(console, _sentence(kind, named=named), style=style)
        more = sum(report.problem_counts().values()) - sum(kind.rows for kind in kinds[:most])
        if more:
            how = "counted, but not kept" if self.verbose else "-v shows all, --json too"
            _print(console, f"  … and {more} more problems ({how})")

    def _summary(self, console: Console, report: Report) -> None:
        self._left_alone(console, report)
        for note in [] if self.quiet else report.notes[self._noted :]:
            _print(console, note, style="dim")
        if report.mode in ("plan", "dry-run") and not self.quiet:
            for column in report.rewritten.columns():
                for line in _rewritten(column, every=bool(self.verbose)):
                    _print(console, line, style="dim")
        for line in summary(report):
            _print(console, line)

    def _console(self, *, stderr: bool = False) -> Console:
        from rich.console import Console  # slow to load

        stream = sys.stderr if stderr else sys.stdout
        # Off a terminal lines stay whole, for whoever greps them.
        width = None if stream.isatty() else 10_000
        return Console(file=stream, width=width, highlight=False, soft_wrap=not stream.isatty())


def _print(console: Console, text: str, *, style: str | None = None) -> None:
    console.print(harmless(text), style=style, markup=False)


def summary(report: Report) -> list[str]:
    """Return what happened in a few lines, the outcome in the first."""
    lines = [_headline(report)]
    if report.mode == "dry-run":
        found = report.records
        people = counted(found["contacts"], "contact")
        lines.append(f"  found     {counted(found['accounts'], 'account')}, {people}")
        lines.append("  not done  checks that need Exact Online (a plan does them)")
    else:
        done = {"plan": _PLANNED, "undo": UNDONE}.get(report.mode, _DONE)
        for kind in ENDPOINTS if report.plan is not None else ():
            words = report.change_words(kind)
            if not words and kind not in ("account", "contact"):
                continue
            shown = [f"{count} {done.get(word, word)}" for word, count in words.items() if count]
            name = _PLURAL[kind]
            lines.append(f"  {name:9} {', '.join(shown) or 'none'}")
    if report.mode == "undo":
        records = {(one.kind, one.id) for one in report.left_alone}
        lines += [f"  left      {len(records)} alone"] if records else []
    else:
        said = _row_words(report)
        lines.append(f"  rows      {report.rows.read} read" + (f": {said}" if said else ""))
    lines.extend(_divisions(report.divisions))
    calls = report.calls
    if report.mode != "dry-run":
        lines.append(f"  calls     {calls.total} ({calls.reads} to read, {calls.writes} to write)")
    if report.mode == "plan" and report.forecast is not None and report.forecast.calls:
        cost = report.forecast
        left = "" if cost.left_today is None else f"; {cost.left_today} calls are left today"
        nights = "" if cost.nights <= 1 else f"; it takes {cost.nights} days"
        lines.append(f"  cost      {counted(cost.calls, 'call')}, {cost.duration}{left}{nights}")
    lines.extend(f"  rejects   {path} (mend it and import it)" for path in report.rejects)
    if isinstance(report.fault, NotApplied) and report.plan is not None:
        lines.append(f"  not done  {report.fault.message}")
    elif report.interrupted is not None and report.mode != "dry-run":
        lines.append("  stopped   before the end; run again to continue")
    return lines


def _row_words(report: Report) -> str:
    planned = {"created": "to create", "updated": "to update"} if report.mode == "plan" else {}
    return ", ".join(
        f"{count} {planned.get(word, word)}" for word, count in report.row_words().items() if count
    )


def _divisions(parts: list[Report]) -> list[str]:
    """Return a line for each division, those with trouble first."""
    lines = []
    for part in sorted(parts, key=lambda part: (part.exit_status == ExitStatus.OK, part.division)):
        words = _row_words(part) or counted(part.rows.read, "row")
        trouble = f" — {part.fault}" if part.fault is not None else ""
        lines.append(f"  division  {part.division}: {words}{trouble}")
    if len(lines) > DIVISIONS_SHOWN:
        more = len(lines) - DIVISIONS_SHOWN
        lines[DIVISIONS_SHOWN:] = [f"            … and {more} more (--json has all)"]
    return lines


def _headline(report: Report) -> str:
    files = ", ".join(report.files)
    where = f" into division {report.division}" if report.division else ""
    changes = list(report.plan.changes()) if report.plan is not None else []
    bad = bool(report.rows.rejected) or bool(report.refused())
    if report.mode == "undo":
        from exact_import.reporting.html.labels import undone

        return f"{undone(report)}."
    if report.mode == "dry-run":
        doubts = report.rows.counted["warning"]
        good = (
            f"no row is refused, {counted(doubts, 'warning')}"
            if doubts
            else "nothing wrong was found"
        )
        return f"Checked {files}: {'some rows are wrong' if bad else good}."
    if report.fault is not None or report.interrupted is not None:
        return f"Not finished: {files}{where}."
    if changes and all(change.action == "unchanged" for change in changes):
        whole = "All that is right" if bad else "Everything"
        return f"{whole} in {files} is in Exact Online already; all unchanged."
    if report.files and not report.rows.read and report.mode in ("import", "plan"):
        return f"There are no rows in {files}; nothing was asked of Exact Online."
    if report.mode == "plan":
        return f"Plan for {files}{where}; nothing was changed."
    return f"Imported {files}{where}."


def _sentence(kind: ProblemGroup, *, named: bool) -> str:
    """Say a problem, or several that differ in their values only; `named` with the file."""
    problem = kind.first
    column = f", column {problem.column}" if problem.column else ""
    warning = "warning: " if problem.severity == "warning" else ""
    if kind.rows == 1:
        place = f", line {problem.line}" if problem.line else ""
        return f"{problem.file}{place}{column}: {warning}{problem.message}"
    first = f"line {problem.line}" + (f" of {problem.file}" if named else "")
    said = f"{kind.rows} rows{column}: {warning}{problem.message}"
    if len(kind.cases) == 1 and not kind.more:
        return f"{said} (first on {first})"
    shown = kind.cases[: 1 + OTHERS_SHOWN]
    others = [
        f"line {other.line}{_of(other, problem, named=named)}"
        + (f": {value[0]}" if (value := _QUOTED.search(other.message)) else "")
        for other, _ in shown[1:]
    ]
    if more := kind.rows - len(shown):
        others.append(f"{more} more")
    return f"{said} ({first}; likewise {', '.join(others)})"


def _of(other: RowProblem, first: RowProblem, *, named: bool) -> str:
    return f" of {other.file}" if named and other.file != first.file else ""


def _rewritten(column: ColumnConversions, *, every: bool) -> Iterator[str]:
    """Tell which values of a column were rewritten: with an example, or `every` change kept."""
    name = column.column or column.field_name
    values = "1 value was" if column.count == 1 else f"{column.count} values were"
    changes = list(column.changes.items())
    if not every:
        note, (line, _) = changes[0]
        yield f"{name}: {values} rewritten, {'e.g. ' * (column.count > 1)}line {line}: {note}"
        return
    yield f"{name}: {values} rewritten:"
    for note, (line, count) in changes:
        yield f"  line {line}: {note}" + (f" ({count} times)" if count > 1 else "")
    if rest := column.count - sum(count for _, (_, count) in changes):
        yield f"  … and {rest} more"


def shown_lines(numbers: list[int]) -> str:
    """Return the numbers of lines in a few words."""
    numbers = sorted(set(numbers))
    if len(numbers) > 6:
        return f"{len(numbers)} lines from {numbers[0]}"
    word = "line" if len(numbers) == 1 else "lines"
    return f"{word} {', '.join(str(number) for number in numbers)}"


def shown_value(value: Any) -> str:
    """Return a field's value on one line, a text in quotes."""
    if value in (None, ""):
        return "(empty)"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
