"""Shows a run: what it would change, held rows, problems, and the summary.

Results go to standard output; progress goes to standard error, and only if that is a terminal.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from exact_import.cli.console import at_terminal, fitted, shown_value, waiting_words
from exact_import.errors import ExitStatus, NotApplied
from exact_import.text import counted, harmless, joined

if TYPE_CHECKING:
    from exact_import.cli.progress import WorkProgress
    from exact_import.planning.plan import Change, Outcome
    from exact_import.reporting.forecast import Forecast
    from exact_import.reporting.last_report import LastReport
    from exact_import.reporting.report import Report

Show = Callable[..., Any]
"""Prints a line of text, perhaps in a `style`."""

_SHOWN = 20  # changes, and problems, without -v
# Off a terminal longer waits (seconds) are shown without -v.
_MINUTE = 61.0
_MARKS = {
    "create": ("+", "green"),
    "update": ("~", "yellow"),
    "delete": ("-", "red"),
    "kept": ("=", "cyan"),
}


class ConsoleReporter:
    """Shows a run. `quiet` shows only what needs attention; `as_json` nothing but JSON."""

    def __init__(self, *, quiet: bool = False, verbose: int = 0, as_json: bool = False) -> None:
        self.quiet = quiet
        self.verbose = verbose
        self.as_json = as_json
        # Returns what the last import of the same files reported.
        self.last_report: Callable[[Report], LastReport] | None = None
        self._most = None if verbose else _SHOWN
        self._planned, self._noted, self._problems_shown = False, 0, 0
        self._progress: WorkProgress | None = None

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """Show progress on standard error within this block, if that is a terminal."""
        if self.quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
            yield
            return
        from exact_import.cli.progress import WorkProgress  # slow to load, for a terminal only

        with WorkProgress() as self._progress:
            yield
        self._progress = None

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Show no progress within this block, so that questions can be asked."""
        if self._progress is not None:
            self._progress.stop()
        yield
        if self._progress is not None:
            self._progress.start()

    def stage(self, text: str) -> None:
        """Show what begins now."""
        if self._progress is not None:
            self._progress.stage(text)

    def started(self, division: int, left: Forecast) -> None:
        """Show what is to be sent to a division."""
        if self._progress is not None:
            self._progress.started(division, left)

    def advanced(self, division: int, left: Forecast, change: Change) -> None:
        """Show that one change is finished."""
        if self._progress is not None:
            self._progress.advanced(division, left, harmless(change.label))

    def waiting(self, seconds: float, why: str) -> None:
        """Show that the program waits, for how long (in `seconds`) and why."""
        text = waiting_words(seconds, why)
        if self._progress is not None:
            self._progress.waiting(time.time() + seconds, text)
        elif not self.quiet and (self.verbose or seconds > _MINUTE):
            sys.stderr.write(f"{text}\n")

    def abandon(self) -> None:
        """Restore the terminal, because the process ends at once.

        Raises RuntimeError if a signal came in the middle of a line: Python cannot flush then.
        """
        if self._progress is not None:
            self._progress.stop()
        sys.stdout.flush()
        sys.stderr.flush()

    def stopping(self) -> None:
        """Show that the program is stopping.

        If the signal comes in the middle of writing a line, nothing is shown.
        """
        if not self.quiet:
            with contextlib.suppress(RuntimeError):
                sys.stderr.write(
                    "Stopping after the calls in progress; press Ctrl-C again to stop at once.\n"
                )

    def show(self, report: Report) -> None:
        """Show the report as text; with --json only errors, on standard error.

        The error that ended the run comes last, where users see it.
        """
        if not self.as_json:
            self._show_all(report)
        if report.error is not None:
            sys.stdout.flush()
            text = harmless(f"exact-import: {report.error}")
            sys.stderr.write(f"{fitted(text) if sys.stderr.isatty() else text}\n")

    def _show_all(self, report: Report) -> None:
        last = self._last(report)
        known = last if self.quiet and not at_terminal() else None
        if self.quiet and not _needs_attention(report, known):
            return
        show = self._printer()
        refrained = isinstance(report.error, NotApplied)
        if report.plan is not None and not (self._planned and refrained):
            self._changes(show, report, over=True)
        if known is None or not known.has_held(report):
            self._held(show, report)
        if _ended_before_planning(report):
            self._problem_counts(show, report)
        elif sum(report.problem_counts().values()) != self._problems_shown:
            self._problems(show, report, known)
        begun = report.mode == "undo" and report.plan is not None and not refrained
        if report.rows.read or report.error is None or begun:
            self._summary(show, report, last)

    def show_plan(self, report: Report) -> None:
        """Show the plan on standard error."""
        show = self._printer(stderr=True)
        self._changes(show, report)
        self._held(show, report)
        self._left_alone(show, report)
        self._problems(show, report)
        from exact_import.reporting.summary import plan_lines

        for note in (*self._assumed(report, self._last(report)), *report.notes):
            show(note, style="dim")
        if report.mode == "import":
            for line in plan_lines(report):
                show(line)
        self._planned, self._noted = True, len(report.notes)
        self._problems_shown = sum(report.problem_counts().values())

    def _changes(self, show: Show, report: Report, *, over: bool = False) -> None:
        parts = [] if self.quiet else report.divisions or [report]
        shown = [(part, change) for part in parts for change in part.shown_changes()]
        if self._planned:  # shown before the confirmation; only deviations are news
            shown = [one for one in shown if _is_news(report.outcomes.of(one[1]))]
        company: Report | None = None
        for part, change in shown[: self._most]:
            if report.divisions and part is not company:
                company = part
                show(f"{part.place}:", style="bold")
            left = over and report.word(change) == "pending"
            self._change(show, report, change, left=left)
        self._more(show, shown)

    def _change(self, show: Show, report: Report, change: Change, *, left: bool) -> None:
        from exact_import.reporting.candidate_words import (  # not for --help
            how_found,
            more_evidence,
            shown_lines,
        )

        outcome = report.outcomes.of(change)
        where = shown_lines(change.lines, named=len(report.files) > 1)
        # The account is shown above, if anything is to happen with it.
        owner = change.account if change.kind == "contact" else None
        whose = f" of {owner.label}" if owner is not None and owner.action == "unchanged" else ""
        found = how_found(change)
        failed = outcome.state == "failed"
        sign, style = ("!", "red") if failed else _MARKS.get(change.action, (" ", ""))
        state = f" — {outcome.message}" if outcome.message else " — not done" if left else ""
        show(
            f"{sign} {change.kind} {change.label}{whose} ({where})"
            f"{', ' * bool(found)}{found}{state}",
            style=style,
        )
        if self.verbose and (seen := more_evidence(change)):
            show(f"    {seen}", style="dim")
        if change.action == "create" and self.verbose:
            for name, (_, after) in change.fields.items():
                show(f"    {name}: {shown_value(after)}")
        if change.action == "update":
            for name, (before, after) in {**change.fields, **outcome.fields}.items():
                show(f"    {name}: {shown_value(before)} → {shown_value(after)}")
        if change.action in ("update", "unchanged") and change.main and not outcome.fields:
            show(f"    MainContact: → {change.main.label}")

    def _held(self, show: Show, report: Report) -> None:
        from exact_import.reporting.candidate_words import (  # not for --help
            held_lines,
            with_their_people,
        )

        held = [] if self._planned else with_their_people(report.held)
        for record, people in held[: self._most]:
            for line in held_lines(record, people, named=len(report.files) > 1):
                show(line, style="magenta" if line.startswith("?") else None)
        self._more(show, held)

    def _left_alone(self, show: Show, report: Report) -> None:
        left = [] if self.quiet or self._planned else report.left_alone
        for record in left[: self._most]:
            show(str(record), style="dim")
        self._more(show, left)

    def _more(self, show: Show, found: Sequence[object]) -> None:
        if self._most is not None and len(found) > self._most:
            rest = len(found) - self._most
            show(f"  … and {rest} more (-v shows all, --json too)")

    def _last(self, report: Report) -> LastReport | None:
        """Return what the last import reported, None if it does not matter."""
        asked = self.last_report is not None and report.mode in ("import", "apply", "plan")
        return self.last_report(report) if self.last_report is not None and asked else None

    def _assumed(self, report: Report, last: LastReport | None) -> Iterator[str]:
        """Yield the assumptions about the files, if any of them is news."""
        from exact_import.reporting.summary import assumption_lines  # not for --help

        if self.verbose or last is None or not last.has_assumed(report):
            yield from assumption_lines(report)

    def _problems(self, show: Show, report: Report, last: LastReport | None = None) -> None:
        """Show the problems, without the warnings of the `last` import where that is given."""
        from exact_import.reporting.summary import problem_sentence  # not for --help

        is_known = (lambda _case: False) if last is None else last.has_warning
        known = sum(case[1] for case in report.rows.kinds.values() if is_known(case))
        kinds = report.alike(every=bool(self.verbose), known=is_known)
        first = (*report.layout,)
        kinds.sort(key=lambda kind: kind.first not in first and kind.first.severity != "error")
        shown = kinds[: self._most]
        named = len(report.files) > 1
        for kind in shown:
            style = "red" if kind.first.severity == "error" else "yellow"
            show(problem_sentence(kind, named=named), style=style)
        more = sum(report.problem_counts().values()) - sum(kind.rows for kind in shown) - known
        if more:
            how = "counted, but not listed" if self.verbose else "-v shows all, --json too"
            show(f"  … and {more} more problems ({how})")
        if known:
            old = counted(known, "warning")
            show(f"  … and {old} that the last import showed too (--report lists them)")

    def _problem_counts(self, show: Show, report: Report) -> None:
        """Count the problems of a run that ended early: its error matters more."""
        counts = report.problem_counts()
        found = [counted(count, word) for word, count in counts.items() if count]
        if found:
            show(f"The rows have {joined(found)}; --dry-run lists them.", style="dim")

    def _summary(self, show: Show, report: Report, last: LastReport | None) -> None:
        from exact_import.reporting.summary import conversion_lines, summary_lines

        self._left_alone(show, report)
        assumed = () if self._planned else self._assumed(report, last)
        for note in () if self.quiet else (*assumed, *report.notes[self._noted :]):
            show(note, style="dim")
        if report.mode in ("plan", "dry-run") and not self.quiet:
            for column in report.rewritten.columns():
                for line in conversion_lines(column, every=bool(self.verbose)):
                    show(line, style="dim")
        for line in summary_lines(report):
            show(line)

    def _printer(self, *, stderr: bool = False) -> Show:
        """Return a function that prints a line: styled at a terminal, plain otherwise."""
        stream = sys.stderr if stderr else sys.stdout
        if not stream.isatty():
            return lambda text, **_: click.echo(harmless(text), file=stream)
        from rich.console import Console  # slow to load, and only for a terminal

        console = Console(file=stream, highlight=False)
        return lambda text, style=None: console.print(harmless(text), style=style, markup=False)


def _ended_before_planning(report: Report) -> bool:
    """Return True if an error that is not about the rows ended a run before there was a plan."""
    stopped = report.error is not None and not isinstance(report.error, NotApplied)
    return stopped and report.plan is None and report.division is not None


def _needs_attention(report: Report, last: LastReport | None) -> bool:
    """Return True if there is more to show than what the `last` import reported already."""
    fine = report.exit_status in (ExitStatus.OK, ExitStatus.CHANGES)
    if not fine and (last is None or not last.explains(report)):
        return True
    cases = report.rows.kinds.values()
    return bool(report.layout) or any(last is None or not last.has_warning(one) for one in cases)


def _is_news(outcome: Outcome) -> bool:
    """Return True if a change has more to show than that it is done or pending."""
    return bool(outcome.message) or outcome.state not in ("done", "pending", "")
