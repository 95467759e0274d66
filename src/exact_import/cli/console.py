"""What a person sees on the console: plans, summaries, progress, tables, and advice.

Results go to standard output; progress goes to standard error, and only where that is a terminal.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TextIO

import click

from exact_import.errors import ExactImportError, ExitStatus, NotApplied
from exact_import.text import harmless, wrapped

if TYPE_CHECKING:
    from rich.console import Console

    from exact_import.cli.progress import WorkProgress
    from exact_import.planning.change_outcomes import Outcome
    from exact_import.planning.plan import Change
    from exact_import.reporting.forecast import Forecast
    from exact_import.reporting.report import Report

_SHOWN = 20  # changes, and problems, without -v
# Off a terminal longer waits (seconds) are shown without -v.
_MINUTE = 61.0
_SIGN = {"create": "+", "update": "~", "delete": "-", "kept": "="}
_STYLE = {"create": "green", "update": "yellow", "delete": "red", "kept": "cyan"}
_COMMAND = re.compile(
    r"exact-import (login|logout|divisions|doctor|plan|apply|runs|undo|forget|export|watch)\b"
    r"(?! --sandbox)"
)


def say(text: str = "") -> None:
    """Show the person at the terminal something; standard output is kept for results."""
    text = for_command(text)
    click.echo(fitted(text) if sys.stderr.isatty() else text, err=True)


def fitted(text: str) -> str:
    """Return `text` in lines that fit the terminal."""
    return wrapped(text, shutil.get_terminal_size().columns)


def at_terminal() -> bool:
    """Return True if there is somebody to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def for_command(text: str) -> str:
    """Return `text` with --sandbox behind our commands, if the command under way has it."""
    context = click.get_current_context(silent=True)
    return for_sandbox(text) if context is not None and context.params.get("sandbox") else text


def for_sandbox(text: str) -> str:
    """Return `text` with --sandbox behind each command of ours that has this option."""
    return _COMMAND.sub(r"exact-import \1 --sandbox", text)


def advise(error: ExactImportError) -> None:
    """Make the advice of `error` name our commands as they have to be typed now."""
    error.message, error.advice = for_command(error.message), for_command(error.advice)


def waiting_words(seconds: float, why: str) -> str:
    """Return what is waited for, and the time in this time zone at which the work continues.

    The second is named only where it is not a full minute, as the limits of Exact Online are.
    """
    until = math.ceil(time.time() + seconds)
    local = time.localtime(until)
    clock = time.strftime("%H:%M:%S" if local.tm_sec else "%H:%M", local)
    return f"Waiting for {why}; continues at {clock}"


def show_table(titles: Sequence[str], rows: Sequence[Sequence[str]], *, whole: int = 0) -> None:
    """Show `rows` under `titles`; off a terminal as plain lines, columns two spaces apart.

    The first `whole` columns are never broken into lines.
    """
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        from rich.console import Console  # slow to load, and only for a terminal
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, header_style="bold", pad_edge=False)
        for place, title in enumerate(titles):
            table.add_column(title, overflow="fold", no_wrap=place < whole)
        for row in rows:
            table.add_row(*map(Text, row))
        Console().print(table)
        return
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    for row in (titles, *rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())


class ConsoleReporter:
    """Shows a run. `quiet` shows only what needs attention; `as_json` nothing but JSON."""

    def __init__(self, *, quiet: bool = False, verbose: int = 0, as_json: bool = False) -> None:
        self.quiet = quiet
        self.verbose = verbose
        self.as_json = as_json
        self._most = None if verbose else _SHOWN
        self._planned, self._noted, self._problems_shown = False, 0, 0
        self._progress: WorkProgress | None = None

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """Show progress on standard error for as long as this lasts, if that is a terminal."""
        if self.quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
            yield
            return
        from exact_import.cli.progress import WorkProgress  # slow to load, for a terminal only

        with WorkProgress() as self._progress:
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
        """Show that the program waits, until when (in `seconds`) and what for."""
        text = waiting_words(seconds, why)
        if self._progress is not None:
            self._progress.waiting(time.time() + seconds, text)
        elif not self.quiet and (self.verbose or seconds > _MINUTE):
            sys.stderr.write(f"{text}\n")

    def abandon(self) -> None:
        """Leave the terminal as it was, since the process ends at once.

        Raises RuntimeError where a signal came in the middle of a line: Python cannot flush then.
        """
        if self._progress is not None:
            self._progress.stop()
        sys.stdout.flush()
        sys.stderr.flush()

    def stopping(self) -> None:
        """Show that the program was asked to stop.

        A signal may come in the middle of a line, which cannot be cut; then nothing is shown.
        """
        if not self.quiet:
            with contextlib.suppress(RuntimeError):
                sys.stderr.write(
                    "Stopping after the calls in progress; press Ctrl-C again to stop at once.\n"
                )

    def show(self, report: Report) -> None:
        """Show the report as text; under --json only what went wrong, on standard error."""
        if report.error is not None:
            text = harmless(f"exact-import: {report.error}")
            sys.stderr.write(f"{fitted(text) if sys.stderr.isatty() else text}\n")
        fine = report.exit_status in (ExitStatus.OK, ExitStatus.CHANGES)
        if self.as_json or (self.quiet and fine and not report.rows.problems):
            return
        console = self._console()
        refrained = isinstance(report.error, NotApplied)
        if report.plan is not None and not (self._planned and refrained):
            self._changes(console, report, over=True)
        self._held(console, report)
        if sum(report.problem_counts().values()) != self._problems_shown:
            self._problems(console, report)
        begun = report.mode == "undo" and report.plan is not None and not refrained
        if report.rows.read or report.error is None or begun:
            self._summary(console, report)

    def show_plan(self, report: Report) -> None:
        """Show what is about to be done, on standard error."""
        console = self._console(stderr=True)
        self._changes(console, report)
        self._held(console, report)
        self._left_alone(console, report)
        self._problems(console, report)
        from exact_import.reporting.summary import assumption_lines, plan_lines

        for note in (*assumption_lines(report), *report.notes):
            _print(console, note, style="dim")
        if report.mode == "import":
            for line in plan_lines(report):
                _print(console, line)
        self._planned, self._noted = True, len(report.notes)
        self._problems_shown = sum(report.problem_counts().values())

    def _changes(
        self, console: Console | PlainConsole, report: Report, *, over: bool = False
    ) -> None:
        parts = [] if self.quiet else report.divisions or [report]
        shown = [(part, change) for part in parts for change in part.shown_changes()]
        if self._planned:  # seen before it was agreed to; what went otherwise is news
            shown = [one for one in shown if _is_news(report.outcomes.of(one[1]))]
        company: Report | None = None
        for part, change in shown[: self._most]:
            if report.divisions and part is not company:
                company = part
                _print(console, f"{part.place}:", style="bold")
            left = over and report.word(change) == "pending"
            self._change(console, report, change, left=left)
        self._more(console, shown)

    def _change(
        self, console: Console | PlainConsole, report: Report, change: Change, *, left: bool
    ) -> None:
        from exact_import.reporting.evidence import (  # not for --help
            how_found,
            more_evidence,
            shown_lines,
        )

        outcome = report.outcomes.of(change)
        named = len(report.files) > 1
        files = dict.fromkeys(file for file, _ in change.lines) if named else [""]
        where = "; ".join(
            shown_lines([place for place in change.lines if file in ("", place[0])])
            + (f" of {file}" if file else "")
            for file in files
        )
        # The account is shown above, if anything is to happen with it.
        owner = change.account if change.kind == "contact" else None
        whose = f" of {owner.label}" if owner is not None and owner.action == "unchanged" else ""
        found = how_found(change)
        style = "red" if outcome.state == "failed" else _STYLE.get(change.action, "")
        sign = "!" if outcome.state == "failed" else _SIGN.get(change.action, " ")
        state = f" — {outcome.message}" if outcome.message else " — not done" if left else ""
        _print(
            console,
            f"{sign} {change.kind} {change.label}{whose} ({where})"
            f"{', ' * bool(found)}{found}{state}",
            style=style,
        )
        if self.verbose and (seen := more_evidence(change)):
            _print(console, f"    {seen}", style="dim")
        if change.action == "create" and self.verbose:
            for name, (_, after) in change.fields.items():
                _print(console, f"    {name}: {shown_value(after)}")
        if change.action == "update":
            for name, (before, after) in {**change.fields, **outcome.fields}.items():
                _print(console, f"    {name}: {shown_value(before)} → {shown_value(after)}")
        if change.action in ("update", "unchanged") and change.main and not outcome.fields:
            _print(console, f"    MainContact: → {change.main.label}")

    def _held(self, console: Console | PlainConsole, report: Report) -> None:
        from exact_import.reporting.evidence import held_lines, with_their_people  # not for --help

        held = [] if self._planned else with_their_people(report.held)
        for record, people in held[: self._most]:
            for line in held_lines(record, people, named=len(report.files) > 1):
                _print(console, line, style="magenta" if line.startswith("?") else None)
        self._more(console, held)

    def _left_alone(self, console: Console | PlainConsole, report: Report) -> None:
        left = [] if self.quiet or self._planned else report.left_alone
        for record in left[: self._most]:
            _print(console, str(record), style="dim")
        self._more(console, left)

    def _more(self, console: Console | PlainConsole, found: Sequence[object]) -> None:
        if self._most is not None and len(found) > self._most:
            rest = len(found) - self._most
            _print(console, f"  … and {rest} more (-v shows all, --json too)")

    def _problems(self, console: Console | PlainConsole, report: Report) -> None:
        from exact_import.reporting.summary import problem_sentence  # not for --help

        kinds = report.alike(every=bool(self.verbose))
        first = (*report.layout,)
        kinds.sort(key=lambda kind: kind.first not in first and kind.first.severity != "error")
        shown = kinds[: self._most]
        named = len(report.files) > 1
        for kind in shown:
            style = "red" if kind.first.severity == "error" else "yellow"
            _print(console, problem_sentence(kind, named=named), style=style)
        more = sum(report.problem_counts().values()) - sum(kind.rows for kind in shown)
        if more:
            how = "counted, but not listed" if self.verbose else "-v shows all, --json too"
            _print(console, f"  … and {more} more problems ({how})")

    def _summary(self, console: Console | PlainConsole, report: Report) -> None:
        from exact_import.reporting.summary import (
            assumption_lines,
            conversion_lines,
            summary_lines,
        )

        self._left_alone(console, report)
        assumed = () if self._planned else assumption_lines(report)
        for note in () if self.quiet else (*assumed, *report.notes[self._noted :]):
            _print(console, note, style="dim")
        if report.mode in ("plan", "dry-run") and not self.quiet:
            for column in report.rewritten.columns():
                for line in conversion_lines(column, every=bool(self.verbose)):
                    _print(console, line, style="dim")
        for line in summary_lines(report):
            _print(console, line)

    def _console(self, *, stderr: bool = False) -> Console | PlainConsole:
        stream = sys.stderr if stderr else sys.stdout
        if not stream.isatty():
            return PlainConsole(stream)
        from rich.console import Console  # slow to load, and only for a terminal

        return Console(file=stream, highlight=False)


class PlainConsole:
    """Writes lines to `stream` as they are, off a terminal, for whoever greps them."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write one line."""
        click.echo(text, file=self._stream)


def _print(console: Console | PlainConsole, text: str, *, style: str | None = None) -> None:
    if isinstance(console, PlainConsole):
        console.write(harmless(text))
    else:
        console.print(harmless(text), style=style, markup=False)


def _is_news(outcome: Outcome) -> bool:
    """Return True if there is more to tell of a change than that it is done or still to do."""
    return bool(outcome.message) or outcome.state not in ("done", "pending", "")


def shown_value(value: Any) -> str:
    """Return a field's value on one line, a text in quotes."""
    if value in (None, ""):
        return "(empty)"
    if not isinstance(value, str):
        return str(value)
    import json  # slow to load, and --help does without

    return json.dumps(value, ensure_ascii=False)
