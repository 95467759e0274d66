"""What the last import reported is not repeated: held rows, warnings, what was assumed."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from exact_import.errors import TemporaryError
from exact_import.planning.plan import Candidate, HeldRecord, Plan
from exact_import.records.models import RowsRead
from exact_import.reporting.last_report import LastReport, last_report, remember
from exact_import.reporting.notify import text_of
from exact_import.reporting.report import Assumption, Report
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


def held_as_before(report: Report, journal: Path) -> bool:
    return remember(journal, report).explains(report)


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


def test_a_warning_is_known_until_more_rows_have_it(journal: Path) -> None:
    nights = [(1, False), (1, True), (2, False), (1, True), (0, True), (1, False)]
    for rows, old in nights:
        report = report_of()
        for line in range(rows):
            report.rows.warn(("contacts-27.csv", 2 + line), "odd number", "Phone")
        last = last_report(journal, report)
        assert all(map(last.has_warning, report.rows.kinds.values())) == old
        remember(journal, report)


def test_an_error_is_never_known(journal: Path) -> None:
    report = report_of(rejected=True)
    for _ in range(2):
        remember(journal, report)
    (case,) = report.rows.kinds.values()
    assert not last_report(journal, report).has_warning(case)


def test_what_was_assumed_is_known_until_something_is_new(journal: Path) -> None:
    nights = [(["a"], False), (["a"], True), (["a", "b"], False), (["b"], True), (["a"], False)]
    for messages, old in nights:
        report = report_of()
        report.assumptions = [Assumption("contacts-27.csv", "columns", one) for one in messages]
        assert last_report(journal, report).has_assumed(report) == old
        remember(journal, report)


def test_a_run_that_stopped_leaves_the_held_rows_of_the_one_before(journal: Path) -> None:
    whole = report_of("Maas")
    remember(journal, whole)
    stopped = report_of()
    stopped.error = TemporaryError("The network is down.")
    remember(journal, stopped)
    assert held_as_before(whole, journal)


def test_nothing_of_a_row_is_kept_as_text(journal: Path) -> None:
    report = report_of("Maas")
    report.rows.warn(("contacts-27.csv", 2), "Jansen is odd")
    remember(journal, report)
    kept = b"".join(path.read_bytes() for path in journal.parent.iterdir())
    assert b"Jansen" not in kept
    assert b"Maas" not in kept


@pytest.mark.parametrize(
    "damaged", ["[]", '{"held": 7}', '{"warnings": []}', '{"warnings": {"a": "b"}}', "{"]
)
def test_what_is_damaged_is_not_remembered(journal: Path, damaged: str) -> None:
    report = report_of("Maas")
    remember(journal, report)
    with contextlib.closing(Journal(journal)) as opened:
        (name,) = (name for (name,) in opened.read("SELECT name FROM fact"))
        opened.note(name, damaged)
    assert last_report(journal, report) == LastReport()


def test_after_an_undo_all_is_news(journal: Path) -> None:
    assert not held_as_before(report_of("Maas"), journal)
    remember(journal, Report("undo", [], division=70))  # of another company
    assert held_as_before(report_of("Maas"), journal)
    remember(journal, Report("undo", [], division=7))
    assert not held_as_before(report_of("Maas"), journal)
