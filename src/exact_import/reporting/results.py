"""What every row came to, for whoever sent the file: in which account and contact it is now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exact_import.records.models import RowLocation
    from exact_import.reporting.report import Report

DRY = "valid"
"""What a row without errors came to in a dry run."""


def results(report: Report) -> dict[str, dict[int, Sequence[str]]]:
    """Return the cells of `RESULT_COLUMNS`, by table and line, for every row."""
    outcomes = report.row_outcomes()
    ids = _ids(report)
    messages = _messages(report)
    rest = DRY if report.mode == "dry-run" else "pending"
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


def _ids(report: Report) -> Mapping[str, dict[RowLocation, str]]:
    found: Mapping[str, dict[RowLocation, str]] = {"account": {}, "contact": {}}
    for change in report.changes():
        known = report.outcomes.of(change).id or ""
        if known and change.kind in found:
            found[change.kind].update(dict.fromkeys(change.lines, known))
    return found


def _messages(report: Report) -> dict[RowLocation, list[str]]:
    """Return what is to be said of each row: errors, why it is held, and warnings."""
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
