"""A report in words: one sentence, one verdict. For the page and for messages."""

from __future__ import annotations

from pathlib import PurePath

from exact_import.errors import EXIT_STATUSES, ExitStatus
from exact_import.reporting.report import Report

# By word of a row or of a change, the name of its colour on the page.
COLOURS = {
    "rejected": "bad",
    "refused": "bad",
    "failed": "bad",
    "unsettled": "change",
    "pending": "still",
    "created": "good",
    "create": "good",
    "updated": "change",
    "update": "change",
    "delete": "bad",
    "kept": "mine",
    "skipped": "still",
    "unchanged": "still",
}
_DONE = {"create": "created", "update": "updated", "delete": "deleted"}
_UNDONE = {"create": "made again", "update": "put back", "delete": "deleted"}


def verdict(report: Report) -> tuple[str, str]:
    """Return how it ended in a few words, and the name of the colour that goes with it."""
    if report.mode == "undo" and report.exit_status == ExitStatus.ROWS_REFUSED:
        return "Done, but not all of it", "change"
    if report.mode == "undo" and report.exit_status == ExitStatus.USAGE:
        return "Nothing was undone", "bad"
    heading, tone, _ = EXIT_STATUSES[report.exit_status]
    return heading, tone


def sentence(report: Report) -> str:
    """Return what happened in one sentence, for somebody who reads no further."""
    if report.mode == "undo":
        return undone(report, _listed(changes(report), "")) + "."
    files = ", ".join(map(file_name, report.files))
    words = report.row_words()
    bad = words["rejected"] + words["refused"]
    left = words["pending"] + words["unsettled"] if report.mode != "plan" else 0
    rows = number(report.rows.read, "row")
    done = _listed(changes(report), "would be " if report.mode == "plan" else "")
    if report.files and not report.rows.read and not done:
        return f"{files} {'was not imported' if report.fault is not None else 'has no rows'}."
    refused = f"{bad:,} of {rows} {'was' if bad == 1 else 'were'} refused" if bad else ""
    if report.mode == "dry-run":
        return f"{files} was checked: {refused or f'nothing wrong was found in {rows}'}."
    of_files = f" from {files}" if files else ""
    if done:
        parts = [done + of_files]
    elif bad or left or report.fault is not None or not files:
        nothing = "would be" if report.mode == "plan" else "was"
        parts = [f"Nothing {nothing} changed in Exact Online{of_files}"]
    elif words["kept"]:
        parts = [f"Nothing in {files} had to be changed"]
    else:
        parts = [f"Everything in {files} is in Exact Online already"]
    parts.append(refused)
    if words["kept"]:
        parts.append(f"{number(words['kept'], 'row')} stayed as someone changed it in Exact Online")
    if left:
        parts.append(f"{number(left, 'row')} {'is' if left == 1 else 'are'} still to come")
    return "; ".join(part for part in parts if part) + "."


def undone(report: Report, counts: str = "") -> str:
    """Return what came of an undo, `counts` of what it did included; without a full stop."""
    counts = counts and f": {counts}"
    planned = report.plan.changes() if report.plan is not None else ()
    done, failed = any(changes(report).values()), sum(one.outcome == "failed" for one in planned)
    left = len({(one.kind, one.id) for one in report.left_alone})
    if report.fault is not None or report.interrupted is not None:
        return f"Run {report.undoes} was {'undone in part' if done else 'not undone'}{counts}"
    if done:
        parts = [f"Run {report.undoes} was undone{counts}"]
    elif report.undone_by:
        parts = [f"Run {report.undoes} was undone before, by run {report.undone_by}"]
    elif left or failed:
        parts = [f"Run {report.undoes} was not undone"]
    else:
        return f"There was nothing to undo of run {report.undoes}"
    if failed:
        parts.append(f"{number(failed, 'change')} {'was' if failed == 1 else 'were'} refused")
    if left:
        parts.append(f"{number(left, 'record')} {'is' if left == 1 else 'are'} left alone")
    return "; ".join(parts)


def file_name(name: str) -> str:
    """Return the last part of a file's name, as people call it."""
    return "standard input" if name in ("-", "<stdin>") else PurePath(name).name


def changes(report: Report) -> dict[str, list[str]]:
    """Return, by what was done, how many of each kind it was done to: created, 3 accounts."""
    found: dict[str, list[str]] = {}
    for kind in kinds(report):
        counted = report.change_words(kind)
        for word, done in (_UNDONE if report.mode == "undo" else _DONE).items():
            if counted[word]:
                found.setdefault(done, []).append(number(counted[word], kind))
    return found


def kinds(report: Report) -> list[str]:
    """Return the kinds of records that the report has changes of, in their own order."""
    plan = report.plan
    return [] if plan is None else list(dict.fromkeys(change.kind for change in plan.changes()))


def number(count: int, word: str) -> str:
    """Return a count with what is counted, such as 3 addresses."""
    return f"{count:,} {word if count == 1 else plural(word)}"


def plural(word: str) -> str:
    """Return what several of them are called."""
    return f"{word}es" if word.endswith("s") else f"{word}s"


def _listed(done: dict[str, list[str]], would: str) -> str:
    parts = []
    for word, numbers in done.items():
        one = len(numbers) == 1 and numbers[0].startswith("1 ")
        parts.append(f"{_joined(numbers)} {would or ('was ' if one else 'were ')}{word}")
    return _joined(parts)


def _joined(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
