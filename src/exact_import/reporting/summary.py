"""A report in words, for the console, the page and messages: verdict, sentence, summary."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from exact_import.errors import EXIT_STATUSES, ExitStatus, NotApplied, RowProblem, TemporaryError
from exact_import.fields import ENDPOINTS
from exact_import.records.models import ProblemGroup
from exact_import.reporting.report import CHANGE_WORDS, ROW_WORDS, Report
from exact_import.text import counted, joined, joined_first, line_word, plural

if TYPE_CHECKING:
    from exact_import.records.conventions import ColumnConversions
    from exact_import.reporting.forecast import Forecast

DONE = {"create": "created", "update": "updated", "delete": "deleted"}
UNDONE = {"create": "created again", "update": "put back", "delete": "deleted"}
# The account of a contact that is undone.
_UNDO_COUNTS = UNDONE | {"unchanged": "not touched"}
_PLANNED = {"create": "to create", "update": "to update", "delete": "to delete"}
_DIVISIONS_SHOWN = 20
_COLUMNS_SHOWN = 5
_LEFT_OUT = ("rejected", "refused", "held")
_OTHERS_SHOWN = 3
_QUOTED = re.compile(r'"[^"]*"')


def verdict(report: Report) -> tuple[str, str]:
    """Return the outcome in a few words, and the tone: good, change or bad."""
    if report.mode == "undo" and report.exit_status == ExitStatus.ROWS_REFUSED:
        return "Done, but not all of it", "change"
    if report.mode == "undo" and report.exit_status == ExitStatus.USAGE:
        return "Nothing was undone", "bad"
    return verdict_of(report.exit_status)


def verdict_of(status: int) -> tuple[str, str]:
    """Return the heading and the tone of an exit status, even of one that is not described."""
    for known, (heading, tone, _) in EXIT_STATUSES.items():
        if known == status:
            return heading, tone
    return f"Ended with exit status {status}", "bad"


def sentence(report: Report) -> str:
    """Return what happened in one sentence, for quick readers."""
    if report.mode == "undo":
        return undo_sentence(report, _listed(done_counts(report), "")) + "."
    files = ", ".join(map(file_name, report.files))
    words = report.row_words()
    bad = words["rejected"] + words["refused"]
    held = words["held"]
    left = words["pending"] + words["unsettled"] if report.mode != "plan" else 0
    rows = counted(report.rows.read, "row")
    done = _listed(done_counts(report), "would be " if report.mode == "plan" else "")
    if report.files and not report.rows.read and not done:
        return f"{files} {'was not imported' if report.error is not None else 'has no rows'}."
    how = [word for word in ("rejected", "refused") if words[word]]
    refused = f"{bad:,} of {rows} {'was' if bad == 1 else 'were'} {' or '.join(how)}" if bad else ""
    if report.mode == "dry-run":
        return f"{files} was checked: {refused or f'nothing wrong was found in {rows}'}."
    of_files = f" from {files}" if files else ""
    if done:
        parts = [done + of_files]
    elif bad or held or left or report.error is not None or not files:
        nothing = "would be" if report.mode == "plan" else "was"
        parts = [f"Nothing {nothing} changed in Exact Online{of_files}"]
    elif words["kept"]:
        parts = [f"Nothing in {files} had to be changed"]
    else:
        parts = [f"Everything in {files} is already in Exact Online"]
    parts.append(refused)
    if held:
        parts.append(f"{counted(held, 'row')} {'waits' if held == 1 else 'wait'} for your decision")
    if words["kept"]:
        parts.append(f"in {counted(words['kept'], 'row')}, Exact Online's value was kept")
    if left:
        parts.append(f"{counted(left, 'row')} {'is' if left == 1 else 'are'} still to come")
    return "; ".join(part for part in parts if part) + "."


def undo_sentence(report: Report, counts: str = "") -> str:
    """Return what an undo did, `counts` of it included; without a full stop."""
    counts = counts and f": {counts}"
    done = any(done_counts(report).values())
    failed = sum(report.outcomes.state(change) == "failed" for change in report.changes())
    left = _records_left(report)
    if report.error is not None or report.interrupted is not None:
        return f"Run {report.undoes} was {'undone in part' if done else 'not undone'}{counts}"
    if done:
        parts = [f"Run {report.undoes} was undone{counts}"]
    elif report.undone_by:
        parts = [f"Run {report.undoes} was undone before, by run {report.undone_by}"]
    elif left or failed:
        parts = [f"Run {report.undoes} was not undone"]
    else:
        return f"There was nothing to undo in run {report.undoes}"
    if failed:
        parts.append(f"{counted(failed, 'change')} {'was' if failed == 1 else 'were'} refused")
    if left:
        parts.append(f"{counted(left, 'record')} {'is' if left == 1 else 'are'} left alone")
    return "; ".join(parts)


def summary_lines(report: Report) -> list[str]:
    """Return what happened in a few lines for the console; the first has the outcome."""
    lines = [_headline(report)]
    if report.mode == "dry-run":
        found = report.records
        people = counted(found["contacts"], "contact")
        lines.append(f"  found     {counted(found['accounts'], 'account')}, {people}")
        lines.append("  not done  checks that need Exact Online (a plan does them)")
    else:
        done = {"plan": _PLANNED, "undo": _UNDO_COUNTS}.get(report.mode, DONE)
        for kind in ENDPOINTS if report.plan is not None else ():
            words = report.change_words(kind)
            if not words and kind not in ("account", "contact"):
                continue
            shown = [
                f"{words[word]:,} {done.get(word, word)}" for word in CHANGE_WORDS if words[word]
            ]
            label = "banks" if kind == "bank account" else plural(kind)
            lines.append(f"  {label:9} {', '.join(shown) or 'none'}")
    if report.mode == "undo":
        lines += [f"  left      {_records_left(report)} alone"] if report.left_alone else []
    else:
        rows = _row_words(report)
        lines.append(f"  rows      {report.rows.read:,} read" + (f": {rows}" if rows else ""))
    if report.mode in ("plan", "dry-run") or report.sent()[0]:
        lines.extend(_rewritten(report))
    if doubtful := len(report.rows.duplicates):
        lines.append(f"  similar   {counted(doubtful, 'row')} that may be the same as another row")
    if lacking := len(report.unnumbered):
        companies = counted(lacking, "Belgian customer")
        lines.append(f"  Peppol    {companies} without an enterprise number for e-invoices")
    lines.extend(_divisions(report))
    calls = report.calls
    if report.mode != "dry-run":
        left = ""
        if report.left is not None and is_stopped(report):
            left = f", {report.left.calls:,} left: {report.left.words}"
        made = f"{calls.reads:,} to read, {calls.writes:,} to write"
        lines.append(f"  calls     {calls.total:,} ({made}){left}")
    if report.mode == "plan" and report.forecast is not None and report.forecast.calls:
        lines.append(f"  cost      {cost_words(report.forecast)}")
    lines.extend(f"  rejects   {path} ({step})" for path, step in next_steps(report))
    if isinstance(report.error, NotApplied) and report.plan is not None:
        lines.append(f"  not done  {report.error.message}")
    return lines


def _rewritten(report: Report) -> Iterator[str]:
    """Yield how many values are sent in another form than the files have, by column."""
    counts: dict[str, int] = {}
    for column in report.rewritten.columns():
        if column.column:  # not values from the INI or a header, which are the same for all rows
            counts[column.column] = counts.get(column.column, 0) + column.count
    if counts:
        shown = [f"{count:,} in {name}" for name, count in counts.items()]
        yield f"  rewritten {joined_first(shown, _COLUMNS_SHOWN)} (--report lists them)"


def cost_words(cost: Forecast) -> str:
    """Return what a number of calls takes: minutes, and days if one is not enough."""
    if cost.nights > 1:
        return f"{counted(cost.calls, 'call')}, {cost.duration} over {cost.words}"
    left = "" if cost.left_today is None else f" ({cost.left_today:,} calls are left today)"
    return f"{counted(cost.calls, 'call')}, {cost.duration}{left}"


def assumption_lines(report: Report) -> Iterator[str]:
    """Yield the assumptions about each file, below its name."""
    for file, messages in report.assumed().items():
        yield f"How {file} was read:"
        yield from (f"  {message}" for message in messages)


def plan_lines(report: Report) -> list[str]:
    """Return the plan in a few lines, before an import is confirmed."""
    parts = [replace(part, mode="plan") for part in report.divisions]
    lines = summary_lines(replace(report, mode="plan", rejects=[], divisions=parts))[1:]
    # The number of calls is known only at the end.
    return [line for line in lines if not line.startswith("  calls ")]


def next_steps(report: Report) -> Iterator[tuple[str, str]]:
    """Yield each rejects file, and what to do with it."""
    rejected = {file for file, _ in (*report.rows.rejected, *(row for row, _ in report.refused()))}
    held = {file for record in report.held for file, _ in record.lines}
    files: Sequence[str | None] = report.rejected_files or [None] * len(report.rejects)
    for path, file in zip(report.rejects, files, strict=True):
        bad, asked = (bool(some) if file is None else file in some for some in (rejected, held))
        fix = "fix these rows" if not asked else "fix the rejected rows" if bad else ""
        answer = "fill in _answer for the held rows" if asked else ""
        yield path, f"{' and '.join(filter(None, (fix, answer)))}, then import this file"


def _headline(report: Report) -> str:
    files = ", ".join(report.files)
    where = f" into {report.place}" if report.division or report.divisions else ""
    changes = list(report.changes())
    bad = bool(report.rows.rejected) or bool(report.refused())
    if report.mode == "undo":
        return f"{undo_sentence(report)}."
    if report.mode == "dry-run":
        doubts = report.rows.counted["warning"]
        good = f"no row is rejected, {counted(doubts, 'warning')}"
        checked = "some rows are rejected" if bad else good if doubts else "nothing wrong was found"
        return f"Checked {files}: {checked}."
    if isinstance(report.error, NotApplied):
        return f"Nothing in {files} was imported{where}."
    if is_stopped(report):
        return _stopped_line(report)
    known = report.plan.unchanged_rows if report.plan is not None else 0
    if (changes or known) and all(change.action == "unchanged" for change in changes):
        whole = "Every valid row" if bad or report.held else "Everything"
        return f"{whole} in {files} is already in Exact Online; nothing to change."
    if report.files and not report.rows.read and report.mode in ("import", "plan"):
        return f"There are no rows in {files}; no call was made to Exact Online."
    if report.mode == "plan":
        return f"Plan for {files}{where}; nothing was changed."
    if report.sent()[0]:
        return f"Imported {files}{where}."
    words = report.row_words()
    left_out = [f"{words[word]:,} {word}" for word in _LEFT_OUT if words[word]]
    if left_out:
        return f"Nothing in {files} was imported{where}: {joined(left_out)}."
    return f"Nothing in {files} had to be changed{where.replace(' into ', ' in ')}."


def is_stopped(report: Report) -> bool:
    """Return True if a run ended early, or has rows that are not settled."""
    if isinstance(report.error, NotApplied):
        return False
    if report.error is not None or report.interrupted is not None:
        return True
    if any(map(is_stopped, report.divisions)):
        return True
    return any(report.outcomes.state(change) == "unsettled" for change in report.changes())


def _stopped_line(report: Report) -> str:
    """Return how far a stopped run came, and how to continue."""
    done, total = report.sent()
    where = f" in {report.place}" if report.division or report.divisions else ""
    made = f"{done:,} of {counted(total, 'change')} made{where}" if total else "nothing was changed"
    again = ""
    errors = [one.error for one in (report, *report.divisions) if one.error is not None]
    if all(isinstance(error, TemporaryError) for error in errors):
        again = " Run the command again to continue."
        if report.mode == "apply":
            again = " Import the file again to continue: a saved plan is applied once."
    if total and done == total and not again:
        return f"All changes were made{where}; then the run stopped early."
    return f"Stopped early: {made}.{again}"


def _row_words(report: Report) -> str:
    planned = {"created": "to create", "updated": "to update"} if report.mode == "plan" else {}
    words = report.row_words()
    return ", ".join(
        f"{words[word]:,} {planned.get(word, word)}" for word in ROW_WORDS if words[word]
    )


def rows_in_words(report: Report) -> str:
    """Return how many rows count under each word; where none does, how many were read."""
    return _row_words(report) or counted(report.rows.read, "row")


def _divisions(report: Report) -> list[str]:
    """Return a line for each division, those with problems first."""
    lines = []
    for part in divisions_by_trouble(report):
        trouble = f" — {part.error}" if part.error is not None else ""
        lines.append(
            f"  company   {part.place.removeprefix('division ')}: {rows_in_words(part)}{trouble}"
        )
    if len(lines) > _DIVISIONS_SHOWN:
        more = len(lines) - _DIVISIONS_SHOWN
        lines[_DIVISIONS_SHOWN:] = [f"            … and {more} more (--json has all)"]
    return lines


def divisions_by_trouble(report: Report) -> list[Report]:
    """Return the parts of a run over several divisions, those with problems first."""
    return sorted(
        report.divisions, key=lambda part: (part.exit_status == ExitStatus.OK, part.division)
    )


def problem_sentence(group: ProblemGroup, *, named: bool) -> str:
    """Return a problem, or several that differ only in their values, as one line.

    With `named` the places of several include their file.
    """
    problem = group.first
    column = f", column {problem.column}" if problem.column else ""
    warning = "warning: " if problem.severity == "warning" else ""
    word = line_word(problem.file)
    if group.rows == 1:
        place = f", {word} {problem.line}" if problem.line else ""
        return f"{problem.file}{place}{column}: {warning}{problem.message}"
    first = f"{word} {problem.line}" + (f" of {problem.file}" if named else "")
    start = f"{group.rows} rows{column}: {warning}{group.message.removesuffix('.')}"
    if len(group.cases) == 1:
        return f"{start} (first on {first})"
    shown = group.cases[: 1 + _OTHERS_SHOWN]
    others = [_likewise(other, problem, named=named) for other, _ in shown[1:]]
    if more := group.rows - len(shown):
        others.append(f"{more} more")
    return f"{start} ({first}; also {', '.join(others)})"


def _likewise(other: RowProblem, first: RowProblem, *, named: bool) -> str:
    value = _QUOTED.search(other.message)
    where = f" of {other.file}" if named and other.file != first.file else ""
    return f"{line_word(other.file)} {other.line}{where}" + (f": {value[0]}" if value else "")


def conversion_lines(column: ColumnConversions, *, every: bool) -> Iterator[str]:
    """Yield which values of a column were rewritten: with one example, or with `every` change."""
    name = column.column or column.field_name
    values = "1 value was" if column.count == 1 else f"{column.count} values were"
    changes = list(column.changes.items())
    word = line_word(column.file)
    if not every:
        note, (line, _) = changes[0]
        yield f"{name}: {values} rewritten, {'e.g. ' * (column.count > 1)}{word} {line}: {note}"
        return
    yield f"{name}: {values} rewritten:"
    for note, (line, count) in changes:
        yield f"  {word} {line}: {note}" + (f" ({count} times)" if count > 1 else "")
    if rest := column.count - sum(count for _, (_, count) in changes):
        yield f"  … and {rest} more"


def file_name(name: str) -> str:
    """Return the last part of a file's name."""
    return "standard input" if name in ("-", "<stdin>") else PurePath(name).name


def done_counts(report: Report) -> dict[str, list[str]]:
    """Return, by outcome, how many records of each kind have it: created, 3 accounts."""
    found: dict[str, list[str]] = {}
    for kind in kinds(report):
        words = report.change_words(kind)
        for word, done in (UNDONE if report.mode == "undo" else DONE).items():
            if words[word]:
                found.setdefault(done, []).append(counted(words[word], kind))
    return found


def kinds(report: Report) -> list[str]:
    """Return the kinds of records that the report has changes of, in their own order."""
    plan = report.plan
    if plan is None:
        return []
    return list(dict.fromkeys([*(change.kind for change in plan.changes()), *plan.unchanged]))


def _records_left(report: Report) -> int:
    return len({(record.kind, record.id) for record in report.left_alone})


def _listed(done: dict[str, list[str]], would: str) -> str:
    parts = []
    for word, numbers in done.items():
        single = len(numbers) == 1 and numbers[0].startswith("1 ")
        parts.append(f"{joined(numbers)} {would or ('was ' if single else 'were ')}{word}")
    return joined(parts) if parts else ""
