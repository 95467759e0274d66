"""Compares a record of a file with one of Exact Online."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exact_import.planning.changes import RecordChanges
from exact_import.planning.plan import Change, PlanRules
from exact_import.records.merge import AccountRecord
from exact_import.records.models import RowLocation, RowsRead, Values
from exact_import.store.bases import RecordBases
from exact_import.store.mirror import Mirror, RemoteRecord

LINES: list[RowLocation] = [("a.csv", 2), ("a.csv", 3)]


def compared(
    mirror: Mirror,
    fields: Values,
    held: Mapping[str, Any],
    base: Mapping[str, Any] | None = None,
    matched: str = "",
    **rules: Any,
) -> tuple[Change, list[str]]:
    """Return the change of an account with fields `held`, and what its rows are told."""
    if base is not None:
        said = {name: [value, value] for name, value in base.items()}
        mirror.set_base("account", "1", RecordBases({"a": said}))
    outcome = RowsRead()
    changes = RecordChanges(mirror, PlanRules(**rules), outcome)
    record = AccountRecord(fields, LINES)
    change = changes.update(record, RemoteRecord("account", "1", None, held), matched)
    assert all(problem.line == 2 for problem in outcome.problems)
    return change, [problem.message for problem in outcome.problems]
