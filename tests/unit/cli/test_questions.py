"""What a run asks about held rows, and what an answer means."""

from __future__ import annotations

from collections.abc import Sequence

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
        ("3\n9\n1\n", "0f-1"),
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
