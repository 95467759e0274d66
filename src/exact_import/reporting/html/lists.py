"""The lists of the page: refused rows, changes, warnings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from exact_import.errors import ExitStatus, RowProblem
from exact_import.records.models import KEPT, grouped
from exact_import.reporting.html.labels import COLOURS, file_name, number, verdict
from exact_import.reporting.html.markup import (
    both,
    fields_of,
    more,
    search,
    table_head,
    text,
    value_of,
)
from exact_import.reporting.report import ROW_WORDS, Report

if TYPE_CHECKING:
    from exact_import.planning.plan import Change
    from exact_import.records.models import RowLocation

Cells = tuple[Sequence[str], Sequence[str]]
"""The header of a file and the cells of one of its rows."""

MOST_CHANGES = 5_000
MOST_REFUSED = 2_000
MOST_WARNINGS = 200
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
_GLIMPSE = 56
_NOTES_SHOWN = 20
# What says little to people: references, and what the whole file has alike.
_NO_GLIMPSE = ("Account", "Status", "FirstName", "MiddleName", "LastName")
_UNDONE = {"create": "Made again", "update": "Put back"}
_PLANNED = {"create": "To create", "update": "To update", "delete": "To delete"}


def refused(report: Report, rows: Mapping[RowLocation, Cells]) -> Iterator[str]:
    """Yield the rows that were refused, why, and the rows themselves as far as `rows` has them."""
    reasons: dict[RowLocation, list[RowProblem]] = {}
    for problem in report.problems():
        if problem.severity == "error":
            reasons.setdefault((problem.file, problem.line), []).append(problem)
    if not reasons:
        return
    words = report.row_words()
    total = max(len(reasons), words["rejected"] + words["refused"])
    yield f"<section data-list><h2>Refused rows <small>{total:,}</small></h2>"
    if report.rejects:
        names = ", ".join(map(file_name, report.rejects))
        yield f"<p>They are in {text(names)}: mend them there and import that file.</p>"
    yield from search(min(total, MOST_REFUSED), {})
    yield table_head("Where", "Why, and the row itself")
    for place, problems in list(reasons.items())[:MOST_REFUSED]:
        name, line = place
        where = f"line {line}" if line else "the file"
        if len(report.files) > 1:
            where = f"{file_name(name)}, {where}"
        yield f'<tr><td class="what where bad">{text(where)}</td><td>'
        for message in dict.fromkeys(_because(problem) for problem in problems):
            yield f'<span class="why">{text(message)}</span>'
        if place in rows:
            header, cells = rows[place]
            wrong = {problem.column for problem in problems if problem.column}
            named = enumerate(zip(header, cells, strict=False), 1)
            shown = [
                (column or f"column {number}", value_of(cell), column in wrong)
                for number, (column, cell) in named
                if cell or column in wrong
            ]
            yield from fields_of(shown, "row")
        yield "</td></tr>"
    yield "</tbody></table>"
    all_of_them = "which the file of rejects holds" if report.rejects else _listed(total)
    yield from more(total - min(len(reasons), MOST_REFUSED), all_of_them)
    yield "</section>"


def _listed(problems: int) -> str:
    first = f"the first {KEPT:,} of " if problems > KEPT else ""
    return f"{first}which the JSON report (--json) lists"


def changes(report: Report) -> Iterator[str]:
    """Yield what was changed, or would be, with old and new values."""
    # A refused change stands with its row, unless there is none.
    found = [
        (change, part.division if report.divisions else None)
        for part in report.divisions or [report]
        for change in part.shown_changes()
        if change.outcome != "failed" or report.mode == "undo"
    ]
    if not found:
        return
    heading = "What it would change" if report.mode == "plan" else "Changes"
    yield f"<section data-list><h2>{heading} <small>{len(found):,}</small></h2>"
    kinds = {report.word(change): action_name(report, report.word(change)) for change, _ in found}
    yield from search(len(found), kinds)
    yield table_head("What", "Who", "Values")
    for change, division in found[:MOST_CHANGES]:
        yield from _change(report, change, division)
    yield "</tbody></table>"
    yield from more(len(found) - MOST_CHANGES)
    yield "</section>"


def _change(report: Report, change: Change, division: int | None) -> Iterator[str]:
    word = report.word(change)
    where = f" · division {division}" if division else ""
    yield (
        f'<tr data-kind="{word}"><td class="what {COLOURS.get(word, "")}">'
        f'{action_name(report, word)}</td><td class="who">{text(change.label)}'
        f"<small>{change.kind}{_lines(report, change)}{where}</small></td><td>"
    )
    if change.message:
        yield f'<span class="why">{text(change.message)}</span>'
    fields = [
        (name, value_of(after) if change.action == "create" else both(before, after), False)
        for name, (before, after) in change.fields.items()
    ]
    if change.action != "create" and change.main is not None:
        fields.append(("MainContact", value_of(change.main.label), False))
    if len(fields) > 1 and change.action == "create":
        yield f"<details><summary>{_glimpse(change)}</summary>"
        yield from fields_of(fields)
        yield "</details>"
    elif fields:
        yield from fields_of(fields)
    yield "</td></tr>"


def _glimpse(change: Change) -> str:
    """Return the beginning of a new record's values, on one line."""
    values = [
        str(after)
        for name, (_, after) in change.fields.items()
        if after not in (None, "") and not isinstance(after, bool) and name not in _NO_GLIMPSE
    ]
    shown = " · ".join(value for value in values if value != change.label)
    return text(shown if len(shown) <= _GLIMPSE else f"{shown[:_GLIMPSE].rstrip(' ·')} …")


def divisions(report: Report) -> Iterator[str]:
    """Yield how each of several divisions fared, those with trouble first."""
    parts = sorted(
        report.divisions, key=lambda part: (part.exit_status == ExitStatus.OK, part.division)
    )
    if not parts:
        return
    yield f"<section data-list><h2>Divisions <small>{len(parts):,}</small></h2>"
    yield from search(len(parts), {})
    yield table_head("Division", "How it went")
    for part in parts:
        word, colour = verdict(part)
        counted = part.row_words()
        rows = [f"{counted[name]:,} {name}" for name in ROW_WORDS if counted[name]]
        said = ", ".join(rows) or number(part.rows.read, "row")
        yield (
            f'<tr><td class="what where">{part.division}</td><td><span class="why">'
            f'<span class="{colour}">{text(word)}</span>: {text(said)}</span>'
        )
        if part.fault is not None:
            yield f'<span class="why">{text(part.fault)}</span>'
        yield "</td></tr>"
    yield "</tbody></table></section>"


def rewritten(report: Report) -> Iterator[str]:
    """Yield the values that would be sent otherwise than the file has them."""
    columns = report.rewritten.columns() if report.mode in ("plan", "dry-run") else []
    if not columns:
        return
    total = sum(column.count for column in columns)
    yield f"<section><h2>Values written otherwise <small>{total:,}</small></h2>"
    yield table_head("Column", "From the file, and what is sent")
    for column in columns:
        name = column.column or column.field_name
        yield f'<tr><td class="what where">{text(name)}</td><td>'
        for note, (line, count) in list(column.changes.items())[:_NOTES_SHOWN]:
            where = f"line {line}" if count == 1 else f"{count:,} times, first on line {line}"
            yield f'<span class="why">{text(note)} <small>{text(where)}</small></span>'
        yield from more(len(column.changes) - _NOTES_SHOWN)
        yield "</td></tr>"
    yield "</tbody></table></section>"


def warnings(report: Report) -> Iterator[str]:
    """Yield the warnings, each kind once."""
    found = grouped(problem for problem in report.problems() if problem.severity == "warning")
    if not found:
        return
    total = report.problem_counts()["warning"]
    yield f"<section><h2>Warnings <small>{total:,}</small></h2>"
    yield '<ul class="notes">'
    for problem, count in found[:MOST_WARNINGS]:
        where = (
            f"line {problem.line}" if count == 1 else f"{count:,} rows, first line {problem.line}"
        )
        if len(report.files) > 1:
            where = f"{file_name(problem.file)}, {where}"
        yield f"<li>{text(_because(problem))} <small>{text(where)}</small></li>"
    yield "</ul>"
    yield from more(total - sum(count for _, count in found[:MOST_WARNINGS]), _listed(total))
    yield "</section>"


def left_alone(report: Report) -> Iterator[str]:
    """Yield what an undo did not touch, and why."""
    found = report.left_alone
    if not found:
        return
    yield f"<section data-list><h2>Left alone <small>{len(found):,}</small></h2>"
    yield from search(min(len(found), MOST_REFUSED), {})
    yield table_head("Who", "Why")
    for one in found[:MOST_REFUSED]:
        yield f'<tr><td class="who">{text(one.label)}<small>{text(one.kind)}</small></td>'
        yield f"<td>{text(one.why)}</td></tr>"
    yield "</tbody></table>"
    yield from more(len(found) - MOST_REFUSED)
    yield "</section>"


def action_name(report: Report, word: str) -> str:
    """Return how the page calls what was done, or what is to be done."""
    special = {"plan": _PLANNED, "undo": _UNDONE}.get(report.mode, {}).get(word)
    return special or _ACTIONS.get(word, word.capitalize())


def _lines(report: Report, change: Change) -> str:
    if not change.lines:
        return ""
    lines = sorted({line for _, line in change.lines})
    shown = ", ".join(str(line) for line in lines[:6]) + (", …" if len(lines) > 6 else "")
    word = "line" if len(lines) == 1 else "lines"
    name = f"{file_name(change.lines[0][0])} " if len(report.files) > 1 else ""
    return text(f" · {name}{word} {shown}")


def _because(problem: RowProblem) -> str:
    message = problem.message[:1].upper() + problem.message[1:]
    if problem.column and problem.column not in message:
        return f"{problem.column}: {problem.message}"
    return message
