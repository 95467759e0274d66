"""The questions of a run at a terminal: the order of dates, what held rows are, confirmation."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from exact_import.cli.console import say
from exact_import.cli.reporter import ConsoleReporter
from exact_import.exact.clock import on_signals
from exact_import.records.models import NEW
from exact_import.text import harmless, joined, quote

if TYPE_CHECKING:
    from exact_import.planning.plan import Candidate, HeldRecord
    from exact_import.records.models import RowLocation
    from exact_import.reporting.report import Report
    from exact_import.values.dates import DateOrder

MOST_HELD = 10
"""The most held records to ask about in one run; the rejects file has the rest."""

_LATER = "later"
_CODE_DIGITS = 3
"""Shorter answers may be a mistyped number of a candidate."""


class Questions:
    """Asks each question once.

    `interrupt` is called with a signal that comes instead of an answer, and raises the error that
    ends the run.
    """

    def __init__(self, console: ConsoleReporter, interrupt: Callable[[int], None]) -> None:
        self._console = console
        self._interrupt = interrupt
        # For an undo: the run to undo, as in a list of runs.
        self.undone: Mapping[str, Any] = {}
        self._orders: dict[str, DateOrder] = {}
        # With the reason: after an answer that names no account, it is a different one.
        self._asked: set[tuple[str, tuple[RowLocation, ...], str]] = set()

    def date_order(self, file: str, date: str) -> DateOrder:
        """Ask for the order of the dates of `file`, such as `date`."""
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
                names = ", ".join(harmless(one) for one in self.undone["files"])
                run = f"the run of {self.undone['started']}" + f" ({names})" * bool(names)
                return click.confirm(f"Undo {run} in {report.place}?", err=True)
            files = len(report.files)
            what = f"these {files} files" if files > 1 else "this"
            return click.confirm(f"Import {what} into {report.place}?", err=True)

    def held(self, held: Sequence[HeldRecord]) -> Mapping[RowLocation, str]:
        """Return the answers by row: an ID, a code, "line 3", or "new"; none for "later".

        Does not ask about people who are held with their company.
        """
        companies = {place for record in held if record.kind == "account" for place in record.lines}
        open_ones = [
            record
            for record in held
            if (record.kind, record.lines, record.why) not in self._asked
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
                self._asked.add((record.kind, record.lines, record.why))
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
    from exact_import.reporting.candidate_words import candidate_words, shown_key, shown_places

    where = shown_places(record.lines)
    named = ", ".join(filter(None, (quote(record.label), record.address)))
    say(harmless(f"\n{where}: {record.kind} {named}\n  {record.why}"))
    for number, one in enumerate(record.candidates, 1):
        say(harmless(f"  {number}  {shown_key(one, record.lines[0][0])}: {candidate_words(one)}"))
    try:
        answer: str = click.prompt(
            _what_to_type(record),
            value_proc=lambda text: _read_answer(text, record),
            default=_LATER,
            err=True,
        )
    except click.Abort:  # the end of the input
        return ""
    return answer


def _read_answer(text: str, record: HeldRecord) -> str:
    """Return the answer about a held record, "" for later.

    Raises click.UsageError, after which the question is asked again.
    """
    from exact_import.importing.rejects import NEW_WORDS
    from exact_import.reporting.candidate_words import candidate_key

    answer = " ".join(text.split()).casefold()
    if answer in (NEW, _LATER):
        return "" if answer == _LATER else NEW
    named = answer.removeprefix("code ")
    meant = {place for place, one in enumerate(record.candidates) if named in _names_of(one)}
    if named == answer and answer in map(str, range(1, len(record.candidates) + 1)):
        meant.add(int(answer) - 1)
    if len(meant) > 1:
        raise click.UsageError(
            f"{quote(answer)} is a number in this list and the code of another record in it. "
            f'Type "code {answer}" for the code, or the ID of the record.'
        )
    if not meant and named in NEW_WORDS:
        return NEW
    if meant:
        chosen = record.candidates[meant.pop()]
        return chosen.id or candidate_key(chosen, record.lines[0][0])
    if record.kind != "account" or not any(map(str.isdigit, named)):
        raise click.UsageError(f"{quote(answer)} is not an answer. {_what_to_type(record)}.")
    if named == answer and len(answer) < _CODE_DIGITS:
        raise click.UsageError(
            f"{quote(answer)} is not a number in this list; type "
            f'"code {answer}" for the account with this code.'
        )
    return named  # planning looks it up, and holds the row if no account has it


def _what_to_type(record: HeldRecord) -> str:
    what = ["a number in this list"] if record.candidates else []
    what += ["the code of an account"] if record.kind == "account" else []
    return f"Type {joined([*what, NEW, _LATER], 'or')}"


def _names_of(candidate: Candidate) -> tuple[str, ...]:
    return tuple(filter(None, (candidate.code.strip().casefold(), candidate.id.casefold())))
