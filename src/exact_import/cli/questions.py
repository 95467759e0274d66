"""The questions of a run at a terminal: the order of dates, what held rows are, confirmation."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FrameType
from typing import TYPE_CHECKING

import click

from exact_import.cli.console import say
from exact_import.cli.reporter import ConsoleReporter
from exact_import.exact.clock import on_signals
from exact_import.text import harmless, quote

if TYPE_CHECKING:
    from exact_import.planning.plan import HeldRecord
    from exact_import.records.models import RowLocation
    from exact_import.reporting.report import Report
    from exact_import.values.dates import DateOrder

MOST_HELD = 10
"""As many held records are asked about in one run; the rejects file asks about the rest."""

_NEW, _LATER = "new", "later"


class Questions:
    """Asks each question once.

    `interrupt` gets the number of a signal that comes instead of an answer, and raises what
    ends the run.
    """

    def __init__(self, console: ConsoleReporter, interrupt: Callable[[int], None]) -> None:
        self._console = console
        self._interrupt = interrupt
        self._orders: dict[str, DateOrder] = {}
        self._asked: set[tuple[str, tuple[RowLocation, ...]]] = set()

    def date_order(self, file: str, date: str) -> DateOrder:
        """Ask for the order of the dates of `file`, which has such as `date`."""
        if file in self._orders:
            return self._orders[file]
        with self._asking():
            say(
                f"{file} has dates such as {date}. Choose dmy if the day comes first, mdy if the "
                "month does. (Set date_order in [import] to skip this question.)"
            )
            order: DateOrder = click.prompt(
                "Order of the dates", type=click.Choice(("dmy", "mdy")), err=True
            )
        self._orders[file] = order
        return order

    def confirm(self, report: Report) -> bool:
        """Show the plan of `report` and ask whether to carry it out."""
        if report.plan is None or not report.outcomes.calls_left(report.plan):
            return True
        with self._asking():
            self._console.show_plan(report)
            if report.mode == "undo":
                return click.confirm(f"Undo this in {report.place}?", err=True)
            files = len(report.files)
            what = f"these {files} files" if files > 1 else "this"
            return click.confirm(f"Import {what} into {report.place}?", err=True)

    def held(self, held: Sequence[HeldRecord]) -> Mapping[RowLocation, str]:
        """Return the answers by row: a candidate's ID, "line 3", or "new"; "later" gives none.

        People who are held with their company are not asked about.
        """
        companies = {place for record in held if record.kind == "account" for place in record.lines}
        open_ones = [
            record
            for record in held
            if (record.kind, record.lines) not in self._asked
            and not (record.kind == "contact" and companies.issuperset(record.lines))
        ]
        answers: dict[RowLocation, str] = {}
        now = open_ones[: MOST_HELD - len(self._asked)]
        if not now:
            return answers
        with self._asking():
            if not self._asked:
                say("Some rows may be records that Exact Online already has. Which ones?")
            for record in now:
                self._asked.add((record.kind, record.lines))
                if answer := _ask_held(record):
                    answers.update(dict.fromkeys(record.lines, answer))
            if more := len(open_ones) - len(now):
                say(f"\nYou can answer {more} more held records in the rejects file.")
        return answers

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        """Show no progress while something is asked; a signal ends the question at once."""

        def end(number: int, _frame: FrameType | None) -> None:
            with contextlib.suppress(RuntimeError):  # in the middle of a line
                click.echo(err=True)
            self._interrupt(number)

        with self._console.paused(), on_signals(end):
            yield


def _ask_held(record: HeldRecord) -> str:
    """Return what a held record is, "" for later."""
    from exact_import.reporting.evidence import candidate_key, candidate_words, shown_lines

    where = f"{record.lines[0][0]}, {shown_lines(record.lines)}"
    named = ", ".join(filter(None, (quote(record.label), record.address)))
    say(harmless(f"\n{where}: {record.kind} {named}\n  {record.why}"))
    numbers = []
    for number, one in enumerate(record.candidates, 1):
        numbers.append(str(number))
        say(harmless(f"  {number}  {candidate_key(one)}: {candidate_words(one)}"))
    try:
        answer = click.prompt(
            "A number, new for a new record, or later" if numbers else "Is it new?",
            type=click.Choice([*numbers, _NEW, _LATER], case_sensitive=False),
            default=_LATER,
            show_choices=not numbers,
            err=True,
        )
    except click.Abort:  # the end of the input
        return ""
    if answer in (_NEW, _LATER):
        return "" if answer == _LATER else _NEW
    chosen = record.candidates[int(answer) - 1]
    return chosen.id or candidate_key(chosen)
