"""What happened, counted: every row under one word, every change under one, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from exact_import.errors import ExactImportError, ExitStatus, NotApplied, RowProblem, worst
from exact_import.fields import ENDPOINTS
from exact_import.planning.plan import Outcomes
from exact_import.records.conventions import ConversionLog
from exact_import.records.models import Case, ProblemGroup, RowLocation, RowsRead, alike, grouped
from exact_import.text import counted, joined_first, line_word, quote

if TYPE_CHECKING:
    from exact_import.planning.plan import Change, HeldRecord, Plan
    from exact_import.planning.undo import LeftAlone
    from exact_import.reporting.forecast import Forecast
    from exact_import.tables.table import Table

_NAMED = 5  # Belgian customers without a number that a note names
Mode = Literal["import", "plan", "apply", "undo", "dry-run"]

# A row is counted under the first of these that applies to its account or contact.
ROW_WORDS = (
    *("rejected", "refused", "held", "unsettled", "pending"),
    *("created", "updated", "kept", "skipped", "unchanged"),
)
CHANGE_WORDS = (
    *("create", "update", "delete", "unchanged", "kept", "skipped"),
    *("held", "failed", "unsettled", "pending"),
)
_ROW_WORD = {"create": "created", "update": "updated", "delete": "updated", "failed": "refused"}

# The kinds of assumptions about a file, the most important first.
ABOUT = ("country", "columns", "table", "unused")


class Assumption(NamedTuple):
    """Something that was assumed because a file does not show it: a sentence, and its subject."""

    file: str
    about: Literal["country", "columns", "table", "unused"]
    message: str


@dataclass(slots=True)
class Calls:
    """How many calls were made, by whether they read or write; token calls are not among them."""

    total: int = 0
    reads: int = 0
    writes: int = 0


@dataclass(slots=True)
class Report:
    """Everything about one run over one division.

    `error` is the error that ended it early, `interrupted` the exit status of the signal that did.
    `notes` are sentences about the run as a whole, `rewritten` the values that are sent in another
    form than the files have, `tables` the files as they were read. `rejects` are the files with
    the rows of `rejected_files`, in the same order, that were not imported. `divisions` are the
    parts of a run over several. `changes_status` is a further exit status that applies, such as
    that of --detailed-exitcode. `codes` are the codes of accounts by ID, if results of rows are
    needed. `forecast` is what the whole plan takes, `left` what is still to send after a run that
    stopped. `assumptions` are what was assumed about each file. `layout` are warnings about columns
    that are used differently than at the last import of their source, and about rejected rows that
    were imported from their rejects file since. An undo has the run that it `undoes`, what it
    `left_alone`, and, if nothing was left to do, the run by which it was `undone_by` before.
    """

    mode: Mode
    files: list[str]
    run: str = ""
    division: int | None = None
    company: str = ""
    rows: RowsRead = field(default_factory=RowsRead)
    records: dict[str, int] = field(default_factory=lambda: {"accounts": 0, "contacts": 0})
    plan: Plan | None = None
    outcomes: Outcomes = field(default_factory=Outcomes)
    calls: Calls = field(default_factory=Calls)
    forecast: Forecast | None = None
    notes: list[str] = field(default_factory=list)
    rejects: list[str] = field(default_factory=list)
    rejected_files: list[str] = field(default_factory=list)
    error: ExactImportError | None = None
    interrupted: int | None = None
    changes_status: int = ExitStatus.OK
    rewritten: ConversionLog = field(default_factory=ConversionLog)
    tables: Sequence[Table] = ()
    divisions: list[Report] = field(default_factory=list)
    undoes: str = ""
    undone_by: str = ""
    left_alone: list[LeftAlone] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)
    left: Forecast | None = None
    layout: list[RowProblem] = field(default_factory=list)
    assumptions: list[Assumption] = field(default_factory=list)

    @property
    def exit_status(self) -> ExitStatus:
        """The exit status, by the documented precedence."""
        found = {int(self.changes_status)}
        if not isinstance(self.error, NotApplied):
            found.update(int(part.exit_status) for part in self.divisions)
        if self.interrupted is not None:
            found.add(self.interrupted)
        if self.error is not None:
            found.add(int(self.error.exit_status))
        words = self.row_words()
        for kind in ENDPOINTS:
            words += self.change_words(kind)
        not_imported = ("rejected", "refused", "held", "failed")
        if self.left_alone or any(words[word] for word in not_imported):
            found.add(int(ExitStatus.ROWS_REFUSED))
        unfinished = words["unsettled"] or words["pending"]
        if unfinished and self.mode != "dry-run" and not isinstance(self.error, NotApplied):
            found.add(int(ExitStatus.TRY_LATER))
        return worst(*found)

    @property
    def place(self) -> str:
        """The company of the run, by name if that is known."""
        if self.divisions:
            return counted(len(self.divisions), "company")
        return f"{self.company} ({self.division})" if self.company else f"division {self.division}"

    def sent(self) -> tuple[int, int]:
        """Return how many changes were made in Exact Online, and how many were planned."""
        states = [self.outcomes.state(change) for change in self.changes() if change.sends]
        return states.count("done"), len(states)

    @property
    def held(self) -> Sequence[HeldRecord]:
        """The records that wait for a person's decision, as the plan has them."""
        return () if self.plan is None else self.plan.held

    @property
    def unnumbered(self) -> Sequence[tuple[RowLocation, str]]:
        """The Belgian customers without a number for electronic invoices: row and name."""
        return () if self.plan is None else self.plan.unnumbered

    def assumed(self) -> dict[str, list[str]]:
        """Return the assumptions about each file, the most important first."""
        found: dict[str, list[str]] = {}
        for one in sorted(self.assumptions, key=lambda one: ABOUT.index(one.about)):
            found.setdefault(one.file, []).append(one.message)
        return found

    def all_notes(self) -> list[str]:
        """Return the assumptions, with their file if there are several, and all other notes."""
        named = len(self.tables) > 1
        assumed = [
            f"{file}: {message}" if named else message
            for file, messages in self.assumed().items()
            for message in messages
        ]
        lacking = [lacking_number_note(self.unnumbered)] if self.unnumbered else []
        return [*assumed, *lacking, *self.notes]

    def changes(self) -> Iterator[Change]:
        """Yield the changes of the plan, accounts before their contacts; none without a plan."""
        return iter(()) if self.plan is None else self.plan.changes()

    def word(self, change: Change) -> str:
        """Return the word of `CHANGE_WORDS` under which a change counts."""
        state = self.outcomes.state(change)
        if state in ("failed", "unsettled", "pending"):
            return state
        if self.mode != "plan" and state == "" and change.sends:
            return "pending"  # planned, but not tried
        return change.action

    def row_words(self) -> Counter[str]:
        """Count the rows under the words of `ROW_WORDS`; together they are all rows read."""
        if self.mode == "undo":
            return Counter()
        outcomes = self.row_outcomes()
        counted = Counter(outcomes.values())
        if self.plan is not None:
            counted["unchanged"] += self.plan.unchanged_rows
        if self.mode != "dry-run":
            counted["pending"] += self.rows.read - counted.total()
        return +counted

    def row_outcomes(self) -> dict[RowLocation, str]:
        """Return the word of `ROW_WORDS` for each row except those that the plan only counts."""
        places: dict[RowLocation, int] = {}
        for change in self.changes():
            word = self.word(change)
            place = ROW_WORDS.index(_ROW_WORD.get(word, word))
            for source in change.lines:
                places[source] = min(place, places.get(source, place))
        held = ROW_WORDS.index("held")
        for record in self.held:
            for source in record.lines:
                places[source] = min(held, places.get(source, held))
        places.update(dict.fromkeys(self.rows.rejected, ROW_WORDS.index("rejected")))
        return {source: ROW_WORDS[place] for source, place in places.items()}

    def change_words(self, kind: str) -> Counter[str]:
        """Count the changes of a kind under the words of `CHANGE_WORDS`."""
        counted = Counter(self.word(change) for change in self.changes() if change.kind == kind)
        counted["held"] += sum(record.kind == kind for record in self.held)
        if self.plan is not None:
            counted["unchanged"] += self.plan.unchanged[kind]
        return +counted

    def shown_changes(self) -> list[Change]:
        """Return the changes worth showing: all but the unchanged and the skipped."""
        hidden = ("unchanged", "skipped")
        return [change for change in self.changes() if self.word(change) not in hidden]

    def refused(self) -> list[tuple[RowLocation, str]]:
        """Return, for each row that Exact Online refused, what it said."""
        found: dict[RowLocation, list[str]] = {}
        for change in self.changes():
            outcome = self.outcomes.of(change)
            if outcome.state == "failed":
                for source in change.lines:
                    messages = found.setdefault(source, [])
                    if outcome.message not in messages:
                        messages.append(outcome.message)
        return [
            (source, "; ".join(messages))
            for source, messages in found.items()
            if source not in self.rows.rejected
        ]

    def problems(self) -> list[RowProblem]:
        """Return all problems, refusals by Exact Online among them: columns first, then by line."""
        found = sorted(
            [*self.rows.problems, *self._refusals()],
            key=lambda problem: (problem.file, problem.line),
        )
        return [*self.layout, *found]

    def problem_counts(self) -> dict[str, int]:
        """Return how many problems there are by severity, those left out of `problems` too."""
        counted = {severity: self.rows.counted[severity] for severity in ("error", "warning")}
        counted["error"] += len(self.refused())
        counted["warning"] += len(self.layout)
        return counted

    def alike(
        self, *, every: bool = False, known: Callable[[Case], bool] = lambda _case: False
    ) -> list[ProblemGroup]:
        """Return the problems by kind, in order of line; unless `every`, those alike together.

        Columns that are used differently than before come first; those that are `known` are left
        out.
        """
        cases = (*self.rows.kinds.values(), *grouped(self._refusals()))
        found = sorted(
            (case for case in cases if not known(case)),
            key=lambda case: (case[0].file, case[0].line),
        )
        columns = [ProblemGroup([(problem, 1)]) for problem in self.layout]
        rows = [ProblemGroup([case]) for case in found] if every else alike(found)
        return [*columns, *rows]

    def _refusals(self) -> list[RowProblem]:
        return [
            RowProblem(*source, "error", f"Exact Online refused it: {message}")
            for source, message in self.refused()
        ]


def is_likely_duplicate(problem: RowProblem) -> bool:
    """Return True for a warning about a row that may be the record of another row."""
    return problem.about == "duplicate" and problem.severity == "warning"


def lacking_number_note(rows: Sequence[tuple[RowLocation, str]]) -> str:
    """Return the note on Belgian customers without an enterprise number, by row and name."""
    named = [f"{quote(name)} ({line_word(file)} {line})" for (file, line), name in rows]
    have = "has" if len(rows) == 1 else "have"
    return (
        f"{counted(len(rows), 'Belgian customer')} {have} no enterprise number, in the file or in "
        f"Exact Online: {joined_first(named, _NAMED)}. Companies need one to get electronic "
        "invoices (Peppol), which Belgium requires since January 2026."
    )


def failure(mode: Mode, files: Sequence[str], error: ExactImportError) -> Report:
    """Return the report of a command that an error ended before it could count anything."""
    return Report(mode, list(files), error=error)
