"""Held records: counted, explained and listed with what they may be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exact_import.fields import RecordKind
from exact_import.planning.plan import (
    AccountChanges,
    Candidate,
    Change,
    HeldRecord,
    Plan,
)
from exact_import.records.models import RowsRead
from exact_import.reporting.candidate_words import (
    candidate_words,
    held_lines,
    how_found,
    more_evidence,
    with_their_people,
)
from exact_import.reporting.document import run_document
from exact_import.reporting.report import Mode, Report
from exact_import.reporting.summary import sentence, summary_lines

FILE = "in/a.csv"
MAES = Candidate(
    *("0f", "1001", "Slagerij Maes", ("Postcode", "Phone"), ("VATNumber",)),
    address="Markt 1, 8000 Brugge",
)
LINE = Candidate("", "", "Slagerij Maes bv", ("Name",), line=(FILE, 2))


def held(
    *lines: int, kind: RecordKind = "account", candidates: tuple[Candidate, ...] = ()
) -> HeldRecord:
    where = tuple((FILE, line) for line in lines)
    return HeldRecord(kind, where, "Slagerij Maas", "it may be a duplicate", candidates)


def report_of(*records: HeldRecord, mode: Mode = "import") -> Report:
    """Return a report on four rows: line 2 is created, line 5 is rejected."""
    made = Change("account", "create", [(FILE, 2)], "Bakkerij Jansen")
    report = Report(mode, [FILE], rows=RowsRead(4), plan=Plan([AccountChanges(made)]))
    assert report.plan is not None
    report.plan.held.extend(records)
    if mode == "import":
        report.outcomes.note(made, "done", id="1b")
    report.rows.reject((FILE, 5), "no name")
    return report


@pytest.mark.parametrize(
    ("records", "rows", "status"),
    [
        ([held(3, 4)], {"rejected": 1, "held": 2, "created": 1}, 1),
        (
            [held(3), held(3, kind="contact")],
            {"rejected": 1, "held": 1, "pending": 1, "created": 1},
            75,
        ),
        # A row that is rejected as well counts there, one that is created as held.
        ([held(2, 3, 4, 5)], {"rejected": 1, "held": 3}, 1),
    ],
)
def test_each_row_counts_once(records: list[HeldRecord], rows: dict[str, int], status: int) -> None:
    report = report_of(*records)
    found = {word: count for word, count in run_document(report)["rows"].items() if count}
    assert found == {"read": 4, **rows}
    assert report.exit_status == status


def test_held_rows_are_all_that_is_wrong() -> None:
    report = Report("import", [FILE], rows=RowsRead(1), plan=Plan(held=[held(2)]))
    assert report.exit_status == 1
    assert sentence(report) == (
        "Nothing was changed in Exact Online from a.csv; 1 row waits for your decision."
    )
    assert summary_lines(report)[0] == "Nothing in in/a.csv was imported: 1 held."


def test_the_document_lists_them_with_their_candidates() -> None:
    report = report_of(held(3, 4, candidates=(MAES, LINE)), held(3, kind="contact"))
    document = run_document(report)
    assert document["accounts"]["held"] == document["contacts"]["held"] == 1
    record = document["held"][0]
    assert record["file"] == FILE
    assert (record["line"], record["lines"]) == (3, [[FILE, 3], [FILE, 4]])
    assert (record["kind"], record["why"]) == ("account", "it may be a duplicate")
    assert record["candidates"] == [
        {
            "id": "0f",
            "code": "1001",
            "name": "Slagerij Maes",
            "agrees": ["Postcode", "Phone"],
            "contradicts": ["VATNumber"],
            "row": None,
            "address": "Markt 1, 8000 Brugge",
        },
        {
            "id": None,
            "code": None,
            "name": "Slagerij Maes bv",
            "agrees": ["Name"],
            "contradicts": [],
            "row": [FILE, 2],
            "address": None,
        },
    ]


def test_a_dry_run_does_not_know_them() -> None:
    document = run_document(Report("dry-run", [FILE], rows=RowsRead(1)))
    assert document["rows"]["held"] is None
    assert document["held"] == []


def test_the_summary_says_what_to_do_with_them() -> None:
    report = report_of(held(3, 4))
    report.rejects = ["a.rejected.csv"]
    assert summary_lines(report) == [
        "Imported in/a.csv.",
        "  accounts  1 created, 1 held",
        "  contacts  none",
        "  rows      4 read: 1 rejected, 2 held, 1 created",
        "  calls     0 (0 to read, 0 to write)",
        (
            "  rejects   a.rejected.csv (fix the rejected rows and fill in _answer for the held "
            "rows, then import this file)"
        ),
    ]


def test_a_held_record_is_shown_with_its_candidates() -> None:
    assert list(held_lines(held(3, 4, candidates=(MAES, LINE)), named=False)) == [
        '? account "Slagerij Maas" (lines 3, 4) is held: it may be a duplicate',
        (
            "    1001: Slagerij Maes, Markt 1, 8000 Brugge "
            "(same postcode and phone number; different VAT number)"
        ),
        "    line 2: Slagerij Maes bv (same name)",
    ]
    placed = replace(held(3), address="Markt 1, Gent")
    assert next(held_lines(placed, named=False)).startswith(
        '? account "Slagerij Maas", Markt 1, Gent (line 3) is held'
    )
    assert next(held_lines(held(3), named=True)).startswith(
        '? account "Slagerij Maas" (in/a.csv, line 3)'
    )


@pytest.mark.parametrize(
    ("matched", "evidence", "found", "more"),
    [
        ("", (), "", ""),
        (
            "VATNumber",
            ("Name (another spelling)", "Phone", "VATNumber"),
            "matched by VAT number",
            "same name (another spelling) and phone number",
        ),
        ("Name+Postcode", ("Name", "Postcode"), "matched by name and postcode", ""),
        ("link", ("linked by its number", "City"), "linked by its number", "same city"),
        ("link", (), "linked by an earlier import", ""),
        ("answer", (), "by your answer", ""),
    ],
)
def test_a_change_says_how_its_record_was_found(
    matched: str, evidence: tuple[str, ...], found: str, more: str
) -> None:
    change = Change("account", "update", [(FILE, 2)], "A", matched=matched, evidence=evidence)
    assert (how_found(change), more_evidence(change)) == (found, more)
    assert candidate_words(Candidate("1", "", "A")) == "A"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("1001", MAES),
        (" 0F ", MAES),
        ("2", LINE),
        ("line 2", LINE),
        ("3", None),
        ("", None),
        ("12", None),  # the code of one and the line of another
    ],
)
def test_an_answer_names_one_candidate(answer: str, found: Candidate | None) -> None:
    twelve = (Candidate("a", "12", "A"), Candidate("", "", "B", line=(FILE, 12)))
    assert held(3, candidates=(MAES, LINE, *twelve)).candidate(answer) == found


def test_people_are_held_with_their_company() -> None:
    company = HeldRecord("account", (("a.csv", 3), ("a.csv", 4)), "Maes BV", "may be Maes")
    clerk = HeldRecord("contact", (("a.csv", 4),), "An Maes", "its company is held")
    other = HeldRecord("contact", (("a.csv", 9),), "Jan Peeters", "may be Jan Peters")
    assert with_their_people([company, clerk, other]) == [(company, ["An Maes"]), (other, [])]
    first = next(held_lines(company, ["An Maes", "Bo Maes"], named=False))
    assert first.startswith('? account "Maes BV" with "An Maes" and "Bo Maes" (lines 3, 4) is held')


def test_each_rejects_file_says_what_is_to_be_done_with_it() -> None:
    report = report_of(held(3))
    report.rows.reject(("b.csv", 2), "no name")
    report.rejects = ["a.rejected.csv", "b.rejected.csv"]
    report.rejected_files = [FILE, "b.csv"]
    first, second = (line for line in summary_lines(report) if "rejected.csv" in line)
    assert "a.rejected.csv (fix the rejected rows and fill in _answer for the held rows" in first
    assert second == "  rejects   b.rejected.csv (fix these rows, then import this file)"
