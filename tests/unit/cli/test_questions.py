"""What a run asks about held rows, and what an answer means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from click.testing import CliRunner

from exact_import.cli.questions import MOST_HELD, Questions
from exact_import.cli.reporter import ConsoleReporter
from exact_import.fields import RecordKind
from exact_import.planning.plan import Candidate, HeldRecord
from exact_import.records.models import RowLocation

MAES = Candidate("0f-1", "1001", "Maes", ("Postcode",), ("VATNumber",), address="Markt 1, Gent")
ROW = Candidate("", "", "Maes bv", line=("a.csv", 2))


def held(line: int, *more: int, kind: RecordKind = "account") -> HeldRecord:
    lines = tuple(("a.csv", number) for number in (line, *more))
    return HeldRecord(kind, lines, "Maas", "it may be a duplicate", (MAES, ROW), "Markt 1, Gent")


def questions() -> Questions:
    return Questions(ConsoleReporter(quiet=True), lambda _number: None)


def ask(
    asking: Questions, records: Sequence[HeldRecord], typed: str
) -> tuple[dict[RowLocation, str], str]:
    """Return the answers by row, and what was shown."""
    with CliRunner().isolation(input=typed) as (_, output, _output):
        answers = asking.held(records)
    return dict(answers), output.getvalue().decode()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1\n", "0f-1"),
        ("2\n", "line 2"),
        ("new\n", "new"),
        ("NEW\n", "new"),
        ("later\n", None),
        ("\n", None),
        ("3\n9\n1\n", "0f-1"),  # may be a slip
        ("1001\n", "0f-1"),
        ("0F-1\n", "0f-1"),
        ("code 1001\n", "0f-1"),
        ("1002\n", "1002"),
        ("code 2\n", "2"),
        ("K-7\n", "k-7"),
        ("", None),  # the end of the input
    ],
)
def test_an_answer_goes_for_all_rows_of_the_record(typed: str, meant: str | None) -> None:
    answers, output = ask(questions(), [held(3, 5)], typed)
    assert answers == ({} if meant is None else {("a.csv", 3): meant, ("a.csv", 5): meant})
    assert 'a.csv, lines 3, 5: account "Maas", Markt 1, Gent\n  it may be a duplicate\n' in output
    assert "  1  1001: Maes, Markt 1, Gent (same postcode; different VAT number)\n" in output
    assert "  2  line 2: Maes bv\n" in output


def test_each_is_asked_once() -> None:
    asking = questions()
    assert ask(asking, [held(3)], "later\n")[0] == {}
    assert ask(asking, [held(3), held(4)], "1\n")[0] == {("a.csv", 4): "0f-1"}
    assert ask(asking, [held(3), held(4)], "1\n") == ({}, "")


def test_people_of_a_held_company_are_not_asked_about() -> None:
    people = [held(3, kind="contact"), held(7, kind="contact")]
    answers, output = ask(questions(), [held(3), *people], "1\n1\n")
    assert list(answers) == [("a.csv", 3), ("a.csv", 7)]
    assert output.count("contact") == 1


def test_ten_are_asked_at_most() -> None:
    records = [held(line) for line in range(2, 2 + MOST_HELD + 3)]
    answers, output = ask(questions(), records, "new\n" * 20)
    assert len(answers) == MOST_HELD
    assert "You can answer 3 more held records in the rejects file." in output


def test_a_number_that_is_also_a_code_is_asked_again() -> None:
    second = Candidate("0f-2", "1", "Maas")
    record = HeldRecord("account", (("a.csv", 3),), "Maas", "it may be", (MAES, second))
    answers, output = ask(questions(), [record], "1\ncode 1\n")
    assert answers == {("a.csv", 3): "0f-2"}
    assert '"1" is a number in this list and the code of another record in it.' in output


def test_a_person_is_one_of_the_list() -> None:
    person = HeldRecord(
        "contact", (("a.csv", 3),), "Jan", "may be Jan", (Candidate("0f-2", "", "J"),)
    )
    answers, output = ask(questions(), [person], "1001\n1\n")
    assert answers == {("a.csv", 3): "0f-2"}
    assert '"1001" is not an answer. Type a number in this list, new or later.' in output


def test_an_answer_that_no_account_has_is_asked_about_again() -> None:
    asking = questions()
    assert ask(asking, [held(3)], "1002\n")[0] == {("a.csv", 3): "1002"}
    unknown = replace(held(3), why='"1002" is not a code')
    assert ask(asking, [unknown], "1\n")[0] == {("a.csv", 3): "0f-1"}


def test_a_row_of_another_file_is_named_with_it() -> None:
    other = HeldRecord("account", (("b.csv", 3),), "Maas", "it may be", (ROW,))
    answers, output = ask(questions(), [other], "1\n")
    assert answers == {("b.csv", 3): "line 2 of a.csv"}
    assert "  1  line 2 of a.csv: Maes bv\n" in output
