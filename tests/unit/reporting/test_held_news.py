"""Held rows that are all the news are notified once, and again when the set changes."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from exact_import.planning.plan import Candidate, HeldRecord, Plan
from exact_import.records.models import RowsRead
from exact_import.reporting.notify import held_as_before, text_of
from exact_import.reporting.report import Report
from exact_import.store.journal import Journal


def report_of(*labels: str, line: int = 2, rejected: bool = False, day: str = "27") -> Report:
    """Return the report of a run that held a record of each label, from `line` on."""
    name = f"contacts-{day}.csv"
    candidate = Candidate("0f-1", "1001", "Maes")
    held = [
        HeldRecord("account", ((name, place),), label, "unsure", (candidate,))
        for place, label in enumerate(labels, line)
    ]
    rows = RowsRead(1 + len(labels) + rejected, sources={name: "contacts"})
    plan = Plan(held=held, unchanged_rows=1)
    report = Report("import", [name], division=7, rows=rows, plan=plan)
    if rejected:
        rows.reject((name, 99), "no name")
    return report


@pytest.fixture(name="journal")
def _journal(tmp_path: Path) -> Path:
    path = tmp_path / "config.journal.sqlite3"
    with contextlib.closing(Journal(path)):
        return path


def test_they_are_news_when_the_set_changes(journal: Path) -> None:
    nights = [
        (report_of("Maas"), False),
        (report_of("Maas", line=5, day="28"), True),
        (report_of("Maas", "Jansen"), False),
        (report_of("Jansen", "Maas"), True),
        (report_of("Jansen"), False),
        (report_of(), False),
        (report_of("Jansen"), False),
    ]
    assert [held_as_before(report, journal) for report, _ in nights] == [old for _, old in nights]


def test_a_rejected_row_is_news_every_night(journal: Path) -> None:
    both = report_of("Maas", rejected=True)
    assert [held_as_before(both, journal) for _ in range(2)] == [False, False]
    assert held_as_before(report_of("Maas"), journal)


def test_without_a_journal_all_is_news(tmp_path: Path) -> None:
    path = tmp_path / "none.sqlite3"
    assert [held_as_before(report_of("Maas"), path) for _ in range(2)] == [False, False]
    assert not path.exists()


def test_the_message_says_what_to_do() -> None:
    report = report_of("Maas")
    report.rejects = ["contacts.rejected.csv"]
    title, text = text_of(report)
    assert title == "exact-import: Done, but some rows need you (contacts-27.csv)"
    assert "1 row waits for your decision." in text
    assert "Fill in _answer for the held rows, then import this file: contacts.rejected.csv" in text
    assert "Maas" not in text
