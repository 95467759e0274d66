"""A report in words: one sentence, one verdict. For the page and for messages."""

from __future__ import annotations

from pathlib import PurePath

from exact_import.problems import ExitStatus
from exact_import.report import Report

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
_VERDICTS = {
    ExitStatus.OK: ("Done", "good"),
    ExitStatus.ROWS_REFUSED: ("Done, but some rows need you", "change"),
    ExitStatus.USAGE: ("The file could not be read", "bad"),
    ExitStatus.CHANGES: ("There are changes to make", "change"),
    ExitStatus.NOT_APPLIED: ("Nothing was sent", "change"),
    ExitStatus.FAULT: ("Stopped by a fault", "bad"),
    ExitStatus.DISK: ("The disk could not be written", "bad"),
    ExitStatus.TRY_LATER: ("Not finished yet", "change"),
    ExitStatus.LOGIN: ("A login is needed", "bad"),
    ExitStatus.CONFIG: ("The configuration is wrong", "bad"),
    ExitStatus.INTERRUPTED: ("Interrupted", "change"),
    ExitStatus.TERMINATED: ("Interrupted", "change"),
}


def verdict(report: Report) -> tuple[str, str]:
    """Return how it ended in a few words, and the name of the colour that goes with it."""
    return _VERDICTS[report.exit_status]


def sentence(report: Report) -> str:
    """Return what happened in one sentence, for somebody who reads no further."""
    files = ", ".join(map(file_name, report.files)) or "the run"
    words = report.row_words()
    bad = words["rejected"] + words["refused"]
    left = words["pending"] + words["unsettled"] if report.mode != "plan" else 0
    rows = _number(report.rows.read, "row")
    done = _listed(changes(report), "would be " if report.mode == "plan" else "")
    if not report.rows.read and not done:
        end = "was not imported" if report.fault is not None or left else "has no rows"
        return f"{files[:1].upper()}{files[1:]} {end}."
    refused = f"{bad:,} of {rows} {'was' if bad == 1 else 'were'} refused" if bad else ""
    if report.mode == "dry-run":
        return f"{files} was checked: {refused or f'nothing wrong was found in {rows}'}."
    parts = []
    if done:
        parts.append(f"From {files} {done}" if report.files else done)
    elif bad or left or report.fault is not None:
        nothing = "would change" if report.mode == "plan" else "was changed"
        parts.append(f"Nothing {nothing} in Exact Online for {files}")
    elif words["kept"]:
        parts.append(f"Nothing in {files} had to be changed")
    else:
        parts.append(f"Everything in {files} is in Exact Online already")
    parts.append(refused)
    if words["kept"]:
        parts.append(f"{_number(words['kept'], 'row')} left as someone changed it in Exact Online")
    if left:
        parts.append(f"{_number(left, 'row')} {'is' if left == 1 else 'are'} still to come")
    return "; ".join(part for part in parts if part) + "."


def file_name(name: str) -> str:
    """Return the last part of a file's name, as people call it."""
    return "standard input" if name in ("-", "<stdin>") else PurePath(name).name


def changes(report: Report) -> dict[str, list[str]]:
    """Return, by what was done, how many of each kind it was done to: created, 3 accounts."""
    found: dict[str, list[str]] = {}
    for kind in ("account", "contact"):
        counted = report.change_words(kind)
        for word, done in _DONE.items():
            if counted[word]:
                found.setdefault(done, []).append(_number(counted[word], kind))
    return found


def _listed(done: dict[str, list[str]], would: str) -> str:
    parts = []
    for word, numbers in done.items():
        one = len(numbers) == 1 and numbers[0].startswith("1 ")
        verb = would or ("was " if one else "were ")
        parts.append(f"{' and '.join(numbers)} {verb}{word}")
    return ", ".join(parts)


def _number(count: int, word: str) -> str:
    return f"{count:,} {word}" + ("" if count == 1 else "s")
