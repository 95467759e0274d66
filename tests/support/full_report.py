"""A report in which one text is everywhere."""

from __future__ import annotations

from exact_import.errors import ConfigError
from exact_import.planning.plan import AccountChanges, Candidate, Change, HeldRecord, Plan
from exact_import.planning.undo import LeftAlone
from exact_import.records.models import RowsRead
from exact_import.reporting.report import Report


def report_with(text: str) -> Report:
    """Return a report that has `text` wherever a file or Exact Online can put one."""
    change = Change("account", "update", [(text, 2)], text, fields={text: [text, text]})
    change.matched, change.evidence = text, (text,)
    created = Change("contact", "create", [], text, fields={"Name": ["", text], text: ["", text]})
    report = Report("plan", [text], rows=RowsRead(3), notes=[text], rejects=[text], run=text)
    report.plan = Plan([AccountChanges(change, [created])])
    candidate = Candidate(text, text, text, (text,), (text,))
    report.plan.held = [HeldRecord("account", ((text, 3),), text, text, (candidate,))]
    report.outcomes.note(change, "", text)
    report.rows.reject((text, 3), text, text)
    report.rows.warn((text, 2), text, text)
    report.rewritten.add(text, "account", text, lambda: text, [(text, 1)], lambda _note: 2)
    report.error = ConfigError(text, text)
    report.left_alone = [LeftAlone("account", text, "1", text)]
    return report
