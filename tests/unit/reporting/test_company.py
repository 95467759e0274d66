"""A run names the company that it is for, once a login has told its name."""

from __future__ import annotations

import contextlib
from pathlib import Path

from exact_import.planning.plan import AccountChanges, Change, Plan
from exact_import.records.models import RowsRead
from exact_import.reporting.document import run_document
from exact_import.reporting.html import page
from exact_import.reporting.report import Report
from exact_import.reporting.summary import summary_lines
from exact_import.store.history import company_name, remember_company
from exact_import.store.journal import Journal

SITE = "https://start.exactonline.be/api"


def test_the_name_is_remembered_by_site_and_number(tmp_path: Path) -> None:
    with contextlib.closing(Journal(tmp_path / "j.sqlite3")) as journal:
        remember_company(journal, SITE, 7, "Bakkerij Peeters")
        remember_company(journal, SITE, 7, "")
        assert company_name(journal, SITE, 7) == "Bakkerij Peeters"
        assert company_name(journal, SITE, 8) == ""


def test_the_report_says_it_beside_the_number() -> None:
    made = Change("account", "create", [("a.csv", 2)], "Acme")
    report = Report("import", ["a.csv"], division=7, rows=RowsRead(1))
    report.plan = Plan([AccountChanges(made)])
    report.outcomes.note(made, "done")
    assert summary_lines(report)[0] == "Imported a.csv into division 7."
    assert run_document(report)["company"] is None
    report.company = "Bakkerij Peeters"
    assert summary_lines(report)[0] == "Imported a.csv into Bakkerij Peeters (7)."
    assert run_document(report)["company"] == "Bakkerij Peeters"
    assert "<dt>Company</dt><dd>Bakkerij Peeters (7)</dd>" in page(report, {}, "x", at=0)
