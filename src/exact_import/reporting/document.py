"""A run as data: its JSON document (docs/output.schema.json), and the result of each row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from exact_import.reporting.report import CHANGE_WORDS, ROW_WORDS
from exact_import.text import split_sheet

if TYPE_CHECKING:
    from exact_import.errors import RowProblem
    from exact_import.planning.plan import Change, HeldRecord
    from exact_import.records.models import RowLocation
    from exact_import.reporting.report import Report


def change_documents(report: Report) -> Iterator[dict[str, Any]]:
    """Yield each change worth showing in the form of the document."""
    return (_change(report, change) for change in report.shown_changes())


def run_document(report: Report, *, changes: bool = True) -> dict[str, Any]:
    """Return the JSON document of a run, optionally without its `changes`."""
    dry = report.mode == "dry-run"
    words = report.row_words()
    problems, counts = report.problems(), report.problem_counts()
    rows: dict[str, int | None] = {"read": report.rows.read}
    rows.update({word: None if dry and word != "rejected" else words[word] for word in ROW_WORDS})
    document: dict[str, Any] = {
        "run": report.run or None,
        "mode": report.mode,
        "division": report.division,
        "company": report.company or None,
        "files": report.files,
        "rows": rows,
        "records": report.records,
        "accounts": _counts(report, "account", dry),
        "contacts": _counts(report, "contact", dry),
        "bank_accounts": _counts(report, "bank account", dry),
        "addresses": _counts(report, "address", dry),
        "api_calls": asdict(report.calls),
        "changes": [*change_documents(report)] if changes else [],
        "held": [_held(record) for record in report.held],
        "problems": [_problem(problem) for problem in problems],
        "problem_counts": counts,
        "problems_left_out": sum(counts.values()) - len(problems),
        "assumptions": [
            {"file": split_sheet(file)[0], "message": message}
            for file, messages in report.assumed().items()
            for message in messages
        ],
        "notes": report.all_notes(),
        "rejects": report.rejects,
        "forecast": asdict(report.forecast) if report.forecast is not None else None,
        "e_invoicing": [
            {"file": split_sheet(file)[0], "line": line, "name": name}
            for (file, line), name in report.unnumbered
        ],
        "divisions": [run_document(part) for part in report.divisions],
        "exit_status": int(report.exit_status),
        "error": None
        if report.error is None
        else {"message": report.error.message, "advice": report.error.advice},
    }
    if report.mode in ("plan", "dry-run"):
        document["rewritten"] = report.rewritten.document()
    if report.mode == "undo":
        document["undoes"] = report.undoes or None
        document["undone_by"] = report.undone_by or None
        document["left_alone"] = [asdict(left) for left in report.left_alone]
    return document


def _counts(report: Report, kind: str, dry: bool) -> dict[str, int | None]:
    words = report.change_words(kind)
    return {word: None if dry else words[word] for word in CHANGE_WORDS}


def _change(report: Report, change: Change) -> dict[str, Any]:
    outcome = report.outcomes.of(change)
    shown = {
        "kind": change.kind,
        "action": change.action,
        "matched": change.matched or None,
        "evidence": list(change.evidence),
        "lines": _places(change.lines),
        "id": outcome.id,
        "label": change.label,
        "fields": {**change.fields, **outcome.fields},
        "outcome": outcome.state or None,
    }
    if outcome.message:
        shown["message"] = outcome.message
    return shown


def _held(record: HeldRecord) -> dict[str, Any]:
    file, line = _places(record.lines)[0]
    return {
        "file": file,
        "line": line,
        "lines": _places(record.lines),
        "kind": record.kind,
        "label": record.label,
        "why": record.why,
        "candidates": [
            {
                "id": one.id or None,
                "code": one.code or None,
                "name": one.name,
                "agrees": list(one.agrees),
                "contradicts": list(one.contradicts),
                "row": None if one.line is None else _places([one.line])[0],
                "address": one.address or None,
            }
            for one in record.candidates
        ],
        "address": record.address or None,
    }


def _problem(problem: RowProblem) -> dict[str, Any]:
    """Return a problem for the JSON document: its file without the sheet, which is beside it."""
    file, sheet = split_sheet(problem.file)
    return {**asdict(problem), "file": file, "sheet": sheet or None}


def _places(lines: Sequence[RowLocation]) -> list[list[Any]]:
    return [[split_sheet(file)[0], line] for file, line in lines]


def results(report: Report) -> dict[str, dict[int, Sequence[str]]]:
    """Return the cells of `RESULT_COLUMNS`, by table and line, for every row."""
    outcomes = report.row_outcomes()
    ids = record_ids(report)
    messages = _messages(report)
    rest = "valid" if report.mode == "dry-run" else "pending"
    found: dict[str, dict[int, Sequence[str]]] = {}
    for table in report.tables:
        rows = found[table.name] = {}
        for row in table.rows():
            place = (table.name, row.line)
            account, contact = (ids[kind].get(place, "") for kind in ("account", "contact"))
            rows[row.line] = (
                outcomes.get(place, rest),
                report.codes.get(account.casefold(), ""),
                account,
                contact,
                "; ".join(messages.get(place, ())),
            )
    return found


def record_ids(report: Report) -> Mapping[str, Mapping[RowLocation, str]]:
    """Return by kind, account or contact, the ID of the record of each row that has a change."""
    found: dict[str, dict[RowLocation, str]] = {"account": {}, "contact": {}}
    for change in report.changes():
        known = report.outcomes.of(change).id or ""
        if known and change.kind in found:
            found[change.kind].update(dict.fromkeys(change.lines, known))
    return found


def _messages(report: Report) -> dict[RowLocation, list[str]]:
    """Return the messages of each row: errors, why it is held, and warnings."""
    found: dict[RowLocation, list[str]] = {}
    for place, reasons in report.rows.rejected.items():
        found.setdefault(place, []).extend(reasons)
    for record in report.held:
        for place in record.lines:
            found.setdefault(place, []).append(record.why)
    for place, message in report.refused():
        found.setdefault(place, []).append(message)
    for problem in report.rows.problems:
        if problem.severity == "warning":
            found.setdefault((problem.file, problem.line), []).append(problem.message)
    return found
