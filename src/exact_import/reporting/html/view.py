"""What the page shows, in the order in which it shows it, as plain values for the template."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from exact_import.errors import ExitStatus, RowProblem
from exact_import.records.models import KEPT, grouped
from exact_import.reporting.candidate_words import (
    fields_words,
    how_found,
    more_evidence,
    shown_key,
    shown_lines,
    shown_places,
    with_their_people,
)
from exact_import.reporting.report import CHANGE_WORDS, ROW_WORDS, Report, is_likely_duplicate
from exact_import.reporting.summary import (
    cost_words,
    divisions_by_trouble,
    file_name,
    is_stopped,
    kinds,
    rows_in_words,
    verdict,
)
from exact_import.text import counted, joined, line_word, plural

if TYPE_CHECKING:
    from exact_import.planning.plan import Candidate, Change, HeldRecord
    from exact_import.records.models import RowLocation

Cells = tuple[Sequence[str], Sequence[str]]
"""The header of a file and the cells of one of its rows."""

T = TypeVar("T")

MOST_CHANGES = 5_000
MOST_REFUSED = 2_000
MOST_WARNINGS = 200
_CONVERSIONS_SHOWN = 20
_GLIMPSE = 56  # characters of a new record's values that are shown while it is folded
# Values that say little: references, and values that are the same in the whole file.
_NO_GLIMPSE = ("Account", "Status", "FirstName", "MiddleName", "LastName")
_IN_JSON = "which the JSON report (--json) lists"
# The colour for each word of a row or change.
_COLOURS = {
    **dict.fromkeys(("rejected", "refused", "failed", "delete"), "bad"),
    **dict.fromkeys(("held", "unsettled", "updated", "update"), "change"),
    **dict.fromkeys(("created", "create"), "good"),
    **dict.fromkeys(("pending", "skipped", "unchanged"), "still"),
    "kept": "mine",
}
_ACTIONS = {
    "create": "Created",
    "update": "Updated",
    "delete": "Deleted",
    "unchanged": "Set",
    "kept": "Kept",
    "failed": "Refused",
    "unsettled": "Unknown yet",
    "pending": "To do",
}
_ACTIONS_OF: Mapping[str, Mapping[str, str]] = {
    "plan": {"create": "To create", "update": "To update", "delete": "To delete"},
    "undo": {"create": "Created again", "update": "Put back"},
}


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: its total, the rows that are shown, and where the rest is.

    `left_out` counts the rows that are not shown; `buttons` filter the rows, by the word of a
    change.
    """

    total: int
    rows: Sequence[object]
    left_out: int = 0
    where: str = _IN_JSON
    buttons: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A rejected row: where it is, why, and its cells (name, text, whether it is wrong)."""

    where: str
    reasons: Sequence[str]
    cells: Sequence[tuple[str, str, bool]]


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A held record: where its rows are, why, what it may be, and the cells of its first row.

    `kind` also names the people who are held with a company. Each of `candidates` is what an answer
    calls it, its name and address, and what is the same and what differs.
    """

    where: str
    label: str
    kind: str
    why: str
    candidates: Sequence[tuple[str, str, str, str, str]]
    cells: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change: the word for its outcome, what was done, the kind of record, and where.

    `fields` are what is written, with values before and after; `main` is the contact that is to
    become the main one, "" for none; `message` says why the change failed. `glimpse` is the
    beginning of a new record's values, which are folded away.
    """

    change: Change
    fields: Mapping[str, Sequence[object]]
    main: str
    message: str
    word: str
    colour: str
    action: str
    about: str
    glimpse: str


def view(report: Report, rows: Mapping[RowLocation, Cells], at: float) -> dict[str, object]:
    """Return what the template shows of `report`, made at epoch second `at`.

    `rows` has the known cells of rejected and held rows.
    """
    words = report.row_words()
    counts = [(word, words[word], _COLOURS.get(word, "")) for word in ROW_WORDS if words[word]]
    return {
        "report": report,
        "verdict": verdict(report),
        "facts": _facts(report, at),
        "later": report.exit_status in (ExitStatus.TRY_LATER, ExitStatus.NOT_APPLIED),
        "counts": counts,
        "bars": _bars(counts, report.rows.read),
        "divisions": [_division(part) for part in divisions_by_trouble(report)],
        "rejects": ", ".join(map(file_name, report.rejects)),
        "refused": _refused(report, rows),
        "held": _held(report, rows),
        "changes": _changes(report),
        "left_alone": _listing(report.left_alone, MOST_REFUSED, lambda record: record),
        "duplicates": _warnings(report, duplicates=True),
        "unnumbered": _unnumbered(report),
        "warnings": _warnings(report),
        "conversions": _conversions(report),
        "tally": _tally(report),
        "cost": _cost(report),
    }


def _listing(
    found: Sequence[T], most: int, row: Callable[[T], object], where: str = _IN_JSON
) -> Listing:
    """Return the list of all that was `found`, with a `row` for each of the first `most`."""
    return Listing(len(found), [*map(row, found[:most])], len(found) - most, where)


def _facts(report: Report, at: float) -> list[tuple[str, str]]:
    facts = {
        "File" if len(report.files) == 1 else "Files": ", ".join(map(file_name, report.files)),
        "Company" if report.company else "Division": report.place.removeprefix("division ")
        if report.division
        else "",
        "Undo of run": report.undoes,
        "Run": report.run,
        "Finished": time.strftime("%d %B %Y, %H:%M", time.localtime(at)).lstrip("0"),
    }
    return [(name, value) for name, value in facts.items() if value]


def _bars(counts: Sequence[tuple[str, int, str]], total: int) -> list[tuple[str, str, str]]:
    """Return the colour, the left edge and the width of each bar; the total width is 1000."""
    bars = []
    left = 0.0
    for _, count, colour in reversed(counts):
        width = 1000 * count / total if total else 0.0
        bars.append((colour, f"{left:.2f}", f"{width:.2f}"))
        left += width
    return bars


def _division(part: Report) -> tuple[str, str, str, str, object]:
    """Return the name of a company, its verdict and tone, its rows, and the error that ended it."""
    return part.place.removeprefix("division "), *verdict(part), rows_in_words(part), part.error


def _refused(report: Report, rows: Mapping[RowLocation, Cells]) -> Listing:
    problems: dict[RowLocation, list[RowProblem]] = {}
    for problem in report.problems():
        if problem.severity == "error":
            problems.setdefault((problem.file, problem.line), []).append(problem)
    words = report.row_words()
    total = max(len(problems), words["rejected"] + words["refused"]) if problems else 0
    shown = list(problems.items())[:MOST_REFUSED]
    where = f"the first {KEPT:,} of {_IN_JSON}" if total > KEPT else _IN_JSON
    return Listing(
        total,
        [_refused_row(report, found, rows.get(place)) for place, found in shown],
        total - len(shown),
        "all in the rejects file" if report.rejects else where,
    )


def _refused_row(report: Report, problems: Sequence[RowProblem], row: Cells | None) -> RefusedRow:
    line = problems[0].line
    where = f"{line_word(problems[0].file)} {line}" if line else "the file"
    wrong = {problem.column for problem in problems if problem.column}
    header, cells = row or ((), ())
    named = enumerate(zip(header, cells, strict=False), 1)
    return RefusedRow(
        _of_file(report, problems[0].file, where),
        list(dict.fromkeys(map(_reason, problems))),
        [
            (column or f"column {place}", cell, column in wrong)
            for place, (column, cell) in named
            if cell or column in wrong
        ],
    )


def _held(report: Report, rows: Mapping[RowLocation, Cells]) -> Listing:
    found = with_their_people(report.held)
    where = "all in the rejects file" if report.rejects else _IN_JSON
    return _listing(found, MOST_REFUSED, lambda one: _held_row(report, *one, rows), where)


def _held_row(
    report: Report, record: HeldRecord, people: Sequence[str], rows: Mapping[RowLocation, Cells]
) -> HeldRow:
    header, cells = rows.get(record.lines[0], ((), ()))
    lines = [(file_name(file), line) for file, line in record.lines]
    return HeldRow(
        shown_places(lines) if len(report.files) > 1 else shown_lines(lines),
        record.label,
        f"{record.kind}, with {joined(people)}" if people else record.kind,
        record.why[:1].upper() + record.why[1:],
        list(map(_candidate, record.candidates)),
        [(name, cell) for name, cell in zip(header, cells, strict=False) if cell],
    )


def _candidate(one: Candidate) -> tuple[str, str, str, str, str]:
    same, different = fields_words(one.agrees), fields_words(one.contradicts)
    return shown_key(one), one.name, one.address, same, different


def _changes(report: Report) -> Listing:
    # A refused change is shown with its row, unless there is none.
    found = [
        (change, part.place if report.divisions else "")
        for part in report.divisions or [report]
        for change in part.shown_changes()
        if report.outcomes.state(change) != "failed" or report.mode == "undo"
    ]
    words = dict.fromkeys(report.word(change) for change, _ in found)
    listing = _listing(found, MOST_CHANGES, lambda one: _change_row(report, *one))
    return replace(listing, buttons={word: _action(report, word) for word in words})


def _change_row(report: Report, change: Change, company: str) -> ChangeRow:
    word, outcome = report.word(change), report.outcomes.of(change)
    about = (f"{change.kind}{_lines(report, change)}", company, how_found(change))
    named = change.main is None or change.action == "create" or outcome.fields
    return ChangeRow(
        change,
        fields={**change.fields, **outcome.fields},
        main="" if named or change.main is None else change.main.label,
        message=outcome.message,
        word=word,
        colour=_COLOURS.get(word, ""),
        action=_action(report, word),
        about=" · ".join(filter(None, (*about, more_evidence(change)))),
        glimpse=_glimpse(change),
    )


def _lines(report: Report, change: Change) -> str:
    if not change.lines:
        return ""
    lines = [(file_name(file), line) for file, line in change.lines]
    return f" · {shown_lines(lines, named=len(report.files) > 1)}"


def _glimpse(change: Change) -> str:
    """Return the beginning of a new record's values, on one line."""
    values = [
        str(after)
        for name, (_, after) in change.fields.items()
        if after not in (None, "") and not isinstance(after, bool) and name not in _NO_GLIMPSE
    ]
    shown = " · ".join(value for value in values if value != change.label)
    return shown if len(shown) <= _GLIMPSE else f"{shown[:_GLIMPSE].rstrip(' ·')} …"


def _warnings(report: Report, *, duplicates: bool = False) -> Listing:
    """Return the warnings (text, where), each kind once: of likely `duplicates`, or all others."""
    cases = [
        *grouped(report.layout),
        *(case for case in report.rows.kinds.values() if case[0].severity == "warning"),
    ]
    found = [case for case in cases if is_likely_duplicate(case[0]) == duplicates]
    found.sort(key=lambda case: (case[0].line > 0, case[0].file, case[0].line))
    shown = found[:MOST_WARNINGS]
    rows = []
    for problem, count in shown:
        line = f"{line_word(problem.file)} {problem.line}" if problem.line else "the file"
        where = line if count == 1 else f"{count:,} rows, first {line}"
        rows.append((_of_file(report, problem.file, where), _reason(problem)))
    total, seen = (sum(count for _, count in cases) for cases in (found, shown))
    return Listing(total, rows, total - seen)


def _unnumbered(report: Report) -> Listing:
    """Return the Belgian customers without a number for electronic invoices (where, name)."""

    def row(one: tuple[RowLocation, str]) -> tuple[str, str]:
        (file, line), name = one
        return _of_file(report, file, f"{line_word(file)} {line}"), name

    return _listing(report.unnumbered, MOST_REFUSED, row)


def _conversions(report: Report) -> Listing:
    """Return the values that are sent in another form than the file has, by column."""
    columns = report.rewritten.columns()
    rows = []
    for column in columns:
        notes = []
        for note, (line, count) in list(column.changes.items())[:_CONVERSIONS_SHOWN]:
            times = f"{count:,} times, first on " if count > 1 else ""
            notes.append((note, f"{times}{line_word(column.file)} {line}"))
        left_out = len(column.changes) - _CONVERSIONS_SHOWN
        rows.append((column.column or column.field_name, Listing(column.count, notes, left_out)))
    return Listing(sum(column.count for column in columns), rows)


def _tally(report: Report) -> tuple[list[str], list[tuple[str, list[int]]]]:
    """Return the names of what was done, and by kind of record how often each was."""
    found = {kind: report.change_words(kind) for kind in kinds(report)}
    words = [word for word in CHANGE_WORDS if any(counts[word] for counts in found.values())]
    # Unchanged accounts in lists are those whose main contact is set.
    names = ["same" if word == "unchanged" else _action(report, word).lower() for word in words]
    return names, [
        (plural(kind).capitalize(), [counts[word] for word in words])
        for kind, counts in found.items()
    ]


def _cost(report: Report) -> str:
    """Return how many of the allowed calls were used."""
    cost = []
    forecast = report.forecast
    if report.calls.total:
        cost.append(
            f"{counted(report.calls.total, 'call')} to Exact Online: {report.calls.reads:,} to "
            f"read, {report.calls.writes:,} to write."
        )
    if forecast is not None and report.mode == "plan" and forecast.calls:
        cost.append(f"Applying it takes {cost_words(forecast)}.")
    elif report.left is not None and is_stopped(report):
        calls = counted(report.left.calls, "call")
        cost.append(f"Still to send: {calls}, {report.left.words}.")
    elif forecast is not None and forecast.left_today is not None:
        left = max(0, forecast.left_today - report.calls.writes)
        cost.append(f"About {left:,} are left today.")
    return " ".join(cost)


def _action(report: Report, word: str) -> str:
    """Return the page's words for an action that was or will be done."""
    special = _ACTIONS_OF.get(report.mode, {}).get(word)
    return special or _ACTIONS.get(word, word.capitalize())


def _of_file(report: Report, file: str, where: str) -> str:
    return f"{file_name(file)}, {where}" if len(report.files) > 1 else where


def _reason(problem: RowProblem) -> str:
    message = problem.message[:1].upper() + problem.message[1:]
    if problem.column and problem.column not in message:
        return f"{problem.column}: {problem.message}"
    return message
