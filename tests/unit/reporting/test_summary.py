"""A report in words: the sentence for people, the lines for the console, the verdict."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from exact_import.errors import ConfigError, ExitStatus, NotApplied, RowProblem, TemporaryError
from exact_import.planning.plan import AccountChanges, Action, Change, Plan, State
from exact_import.planning.undo import LeftAlone
from exact_import.records.models import ProblemGroup, RowsRead
from exact_import.reporting.forecast import Forecast
from exact_import.reporting.report import Mode, Report
from exact_import.reporting.summary import (
    divisions_by_trouble,
    problem_sentence,
    sentence,
    summary_lines,
    verdict,
    verdict_of,
)


def report_of(mode: Mode, *actions: tuple[Action, State], rejected: int = 0) -> Report:
    """Return the report on in/a.csv, a row for each action and for each row that was rejected."""
    changes = [
        AccountChanges(Change("account", action, [("in/a.csv", line)], "Acme"))
        for line, (action, _) in enumerate(actions, 2)
    ]
    report = Report(mode, ["in/a.csv"], rows=RowsRead(len(actions) + rejected), plan=Plan(changes))
    for company, (_, state) in zip(changes, actions, strict=True):
        report.outcomes.note(company.account, state)
    for line in range(100, 100 + rejected):
        report.rows.reject(("in/a.csv", line), "no name")
    return report


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (report_of("import", ("create", "done")), "1 account was created from a.csv."),
        (
            report_of(
                "import", ("create", "done"), ("create", "done"), ("update", "done"), rejected=1
            ),
            "2 accounts were created and 1 account was updated from a.csv; 1 of 4 rows was rejecte",
        ),
        (report_of("plan", ("update", "")), "1 account would be updated from a.csv."),
        (report_of("import", ("unchanged", "")), "Everything in a.csv is already in Exact Online."),
        (
            report_of("import", ("kept", "")),
            "Nothing in a.csv had to be changed; in 1 row, Exact Online's value was kept.",
        ),
        (
            report_of("import", ("create", "done"), ("create", "pending")),
            "1 account was created from a.csv; 1 row is still to come.",
        ),
        (report_of("import", ("create", "failed")), "Nothing was changed in Exact Online from"),
        (report_of("import"), "a.csv has no rows."),
        (Report("dry-run", ["-"], rows=RowsRead(1200)), "nothing wrong was found in 1,200 rows."),
        (report_of("dry-run", rejected=2), "a.csv was checked: 2 of 2 rows were rejected."),
    ],
)
def test_the_sentence_says_what_happened(report: Report, expected: str) -> None:
    assert expected in sentence(report)


def undo(**fields: object) -> Report:
    report = Report("undo", [], undoes="R1")
    for name, value in fields.items():
        setattr(report, name, value)
    return report


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (undo(), "There was nothing to undo in run R1."),
        (undo(undone_by="R2"), "Run R1 was undone before, by run R2."),
        (undo(error=TemporaryError("later")), "Run R1 was not undone."),
        (
            undo(left_alone=[LeftAlone("account", "Acme", "1", name) for name in ("a", "b")]),
            "Run R1 was not undone; 1 record is left alone.",
        ),
        (
            report_of("undo", ("delete", "done"), ("update", "failed")),
            "Run R1 was undone: 1 account was deleted; 1 change was refused.",
        ),
    ],
)
def test_an_undo_says_what_it_did(report: Report, expected: str) -> None:
    report.undoes = "R1"
    assert sentence(report) == expected


def test_the_console_gets_a_few_lines() -> None:
    report = report_of("plan", ("create", ""), ("unchanged", ""), rejected=1)
    report.forecast = Forecast(4000, 66.7, 4150, 2, 3900)
    report.rejects = ["a.rejected.csv"]
    assert summary_lines(report) == [
        "Plan for in/a.csv; nothing was changed.",
        "  accounts  1 to create, 1 unchanged",
        "  contacts  none",
        "  rows      3 read: 1 rejected, 1 to create, 1 unchanged",
        "  calls     0 (0 to read, 0 to write)",
        "  cost      4,000 calls, about 67 minutes over 2 days, 3,900 calls today",
        "  rejects   a.rejected.csv (fix these rows, then import this file)",
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda report: setattr(report, "interrupted", 130),
            "Stopped early: 1 of 1 change made. Run the command again to continue.",
        ),
        (
            lambda report: setattr(report, "error", TemporaryError("No network.")),
            "Stopped early: 1 of 1 change made. Run the command again to continue.",
        ),
        (
            lambda report: setattr(report, "error", ConfigError("It is wrong.")),
            "All changes were made; then the run stopped early.",
        ),
        (
            lambda report: setattr(report, "error", NotApplied("No.")),
            "Nothing in in/a.csv was imported.",
        ),
        (lambda _report: None, "Imported in/a.csv."),
        (lambda report: setattr(report, "division", 7), "Imported in/a.csv into division 7."),
    ],
)
def test_the_first_line_says_how_it_ended(change: Callable[[Report], None], expected: str) -> None:
    report = report_of("import", ("create", "done"))
    change(report)
    assert summary_lines(report)[0] == expected


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (report_of("import", rejected=2), "Nothing in in/a.csv was imported: 2 rejected."),
        (
            report_of("import", ("create", "failed"), rejected=1),
            "Nothing in in/a.csv was imported: 1 rejected and 1 refused.",
        ),
        (report_of("import", ("kept", "")), "Nothing in in/a.csv had to be changed."),
        (
            report_of("import", ("create", "done"), ("create", "unsettled")),
            "Stopped early: 1 of 2 changes made. Run the command again to continue.",
        ),
        (
            report_of("apply", ("create", "done"), ("create", "unsettled")),
            "Stopped early: 1 of 2 changes made. Import the file again to continue: a saved plan",
        ),
    ],
)
def test_only_what_was_imported_is_reported_as_imported(report: Report, expected: str) -> None:
    assert summary_lines(report)[0].startswith(expected)


def test_divisions_with_trouble_come_first_and_many_are_cut() -> None:
    report = Report("import", ["a.csv"])
    report.divisions = [Report("import", ["a.csv"], division=number) for number in range(1, 24)]
    report.divisions[11].error = ConfigError("It is wrong.")
    assert [part.division for part in divisions_by_trouble(report)][:3] == [12, 1, 2]
    lines = summary_lines(report)
    assert "  company   12: 0 rows — It is wrong." in lines
    assert "            … and 3 more (--json has all)" in lines


def problem(line: int, message: str = "no name", file: str = "a.csv") -> RowProblem:
    return RowProblem(file, line, "warning", message, "Name")


@pytest.mark.parametrize(
    ("group", "named", "expected"),
    [
        (ProblemGroup([(problem(3), 1)]), True, "a.csv, line 3, column Name: warning: no name"),
        (
            ProblemGroup([(problem(3), 5)]),
            False,
            "5 rows, column Name: warning: no name (first on line 3)",
        ),
        (
            ProblemGroup([(problem(3, "no name in this row; fill one in"), 2)]),
            False,
            "2 rows, column Name: warning: no name in these rows; fill one in (first on line 3)",
        ),
        (
            ProblemGroup([(problem(3, "a"), 1), (problem(4, 'bad "x"', "b"), 8)]),
            True,
            '9 rows, column Name: warning: a (line 3 of a.csv; also line 4 of b: "x", 7 more)',
        ),
    ],
)
def test_problems_that_are_alike_share_a_line(
    group: ProblemGroup, named: bool, expected: str
) -> None:
    assert problem_sentence(group, named=named) == expected


def test_every_exit_status_has_a_verdict() -> None:
    for status in ExitStatus:
        heading, tone = verdict_of(status)
        assert heading
        assert tone in ("good", "change", "bad")
    assert verdict_of(99) == ("Ended with exit status 99", "bad")
    left = undo(left_alone=[LeftAlone("account", "Acme", "1", "it moved")])
    assert verdict(left) == ("Done, but not all of it", "change")


def test_an_undo_says_which_accounts_it_does_not_touch() -> None:
    lines = summary_lines(report_of("undo", ("update", "done"), ("unchanged", "")))
    assert "  accounts  1 put back, 1 not touched" in lines
