"""What a person says of rows: which two are one, and which account one is."""

from __future__ import annotations

import pytest

from exact_import.planning.joining import join_answered
from exact_import.records.merge import AccountRecord, ContactRecord
from exact_import.records.models import NEW, DetailRecord, RowLocation, RowsRead, Values
from matched_company import (
    BRUGGE,
    KANT,
    ZON,
    Company,
    _outcome,
    record,
    records_of,
)

# --- what a person says of two rows


def test_an_answer_that_names_a_line_puts_two_records_together() -> None:
    person, detail = ContactRecord({"LastName": "Maes"}, []), DetailRecord("postal address", {}, [])
    first = AccountRecord({"Name": "Kant", "City": None}, [("a.csv", 2)], [person])
    second = AccountRecord(
        {"Name": "Kantt", "City": "Gent"}, [("a.csv", 3)], [ContactRecord({}, [])], details=[detail]
    )
    third = record(ZON, 4)
    answers = {("a.csv", 3): " Line 2 ", ("a.csv", 4): "new"}
    joined, left = join_answered([first, second, third], RowsRead(answers=answers))
    assert left == {("a.csv", 4): "new"}
    assert joined == [
        AccountRecord(
            {"Name": "Kant", "City": "Gent"},
            [("a.csv", 2), ("a.csv", 3)],
            (person, second.contacts[0]),
            details=(detail,),
            differing=[],
        ),
        third,
    ]


def test_rows_that_are_one_name_a_person_once_and_what_differs_is_said() -> None:
    person: Values = {"FirstName": "An", "LastName": "Maes"}
    rows = [
        AccountRecord(
            {"Name": "Kant", "Phone": phone},
            [("a.csv", line)],
            [ContactRecord(dict(person), [("a.csv", line)])],
        )
        for line, phone in ((2, "09 111 11 11"), (3, "09 222 22 22"))
    ]
    read = RowsRead(answers={("a.csv", 3): "line 2"})
    ((joined,), _) = join_answered(rows, read)
    assert [(one.fields, one.lines) for one in joined.contacts] == [(person, joined.lines)]
    assert joined.fields == {"Name": "Kant", "Phone": "09 111 11 11"}
    (problem,) = read.problems
    assert problem.line == 3
    assert problem.message == (
        'Phone "09 222 22 22" differs from "09 111 11 11" on line 2 for the same company; the '
        "first is used"
    )
    # It is another value of the same source, not the value of another source.
    assert joined.differing == []


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({3: "line 2", 4: "line 3"}, [[2, 3, 4]]),
        ({4: "line 3", 3: "line 2"}, [[2, 3, 4]]),
        ({2: "line 3"}, [[3, 2], [4]]),
        ({2: "line 3", 3: "line 2"}, [[3, 2], [4]]),
        ({2: "line 2"}, [[2], [3], [4]]),
        ({9: "line 2", 3: "line 2"}, [[2, 3], [4]]),
        ({3: "line 9"}, [[2], [3], [4]]),
        ({9: "line 2"}, [[2], [3], [4]]),
        ({3: "2"}, [[2], [3], [4]]),
        ({3: "line 2 or 4"}, [[2], [3], [4]]),
    ],
)
def test_lines_that_are_one(answers: dict[int, str], expected: list[list[int]]) -> None:
    given = records_of(KANT, ZON, KANT)
    located: dict[RowLocation, str] = {("a.csv", line): text for line, text in answers.items()}
    joined, left = join_answered(given, RowsRead(answers=located))
    assert [[line for _, line in one.lines] for one in joined] == expected
    if len(joined) == 3:
        assert joined is given
        assert left == located
    assert located == {("a.csv", line): text for line, text in answers.items()}


def test_a_line_is_one_of_the_same_file() -> None:
    given = [record(KANT, 2), record(KANT, 3, file="b.csv")]
    read = RowsRead(answers={("b.csv", 3): "line 2"})
    assert join_answered(given, read) == (given, read.answers)


def test_a_line_may_be_of_another_file() -> None:
    given = [record(KANT, 2), record(ZON, 2, file="b.csv"), record(KANT, 3, file="b.csv")]
    joined, left = join_answered(given, RowsRead(answers={("b.csv", 3): "line 2 of a.csv"}))
    assert [one.lines for one in joined] == [[("a.csv", 2), ("b.csv", 3)], [("b.csv", 2)]]
    assert left == {}


# --- what a person says of one


def test_an_answer_is_followed_whatever_else_a_row_says(company: Company) -> None:
    company.has("1", KANT)
    company.has("2", {"Name": "Kapsalon Tina", **BRUGGE})
    (match,) = company.match(records_of(KANT), {2: " 0002 "}).values()
    assert _outcome(match) == "2"
    assert match.answered
    assert match.decision.matched_by == "answer"


def test_new_is_followed_where_no_account_was_found(company: Company) -> None:
    company.has("1", KANT)
    company.has("2", KANT)
    company.has("9", ZON)
    held, known = company.match(records_of(KANT, ZON), {2: "New", 3: "new"}).values()
    assert (_outcome(held), held.answered, held.decision.matched_by) == ("new", True, NEW)
    assert (_outcome(known), known.answered) == ("9", False)


@pytest.mark.parametrize("answer", ["77", "nonsense", "new2"])
def test_an_answer_that_names_no_account_is_said(company: Company, answer: str) -> None:
    company.has("1", KANT)
    company.has("2", KANT)
    company.has("3", ZON)
    records = records_of(KANT, {"Name": "Uil"}, ZON)
    held, new, known = company.match(records, {2: answer, 3: answer, 4: answer}).values()
    assert held.decision.why == (
        f'"{answer}" is not the code or ID of an account in Exact Online; several accounts in '
        "Exact Online have its name and place"
    )
    assert not held.answered
    for other in (new, known):
        assert other.decision.why == (
            f'"{answer}" is not the code or ID of an account in Exact Online; correct the answer, '
            "or remove it"
        )
    assert [one.id for one in known.decision.candidates] == ["3"]


def test_an_answer_means_a_candidate_before_another_account_of_that_code(company: Company) -> None:
    company.has("a", {**KANT, "Code": "K1"})
    company.has("b", {**KANT, "Code": "0K2"})
    company.has("c", {"Name": "Kapsalon Tina", "Code": "K2", **BRUGGE})
    for answer, expected in (("k1", "a"), ("B", "b"), ("0k2", "b"), ("K2", "b"), ("C", "c")):
        assert company.matched(records_of(KANT), answers={2: answer}) == [expected], answer
    # Of two accounts of that code none is meant.
    assert company.matched(records_of({"Name": "Uil"}), answers={2: "K2"}) == [
        "held: contradiction"
    ]


def test_an_empty_answer_is_none_and_the_first_one_of_a_record_counts(company: Company) -> None:
    company.has("1", KANT)
    company.has("2", ZON)
    both = AccountRecord(dict(KANT), [("a.csv", 2), ("a.csv", 3), ("a.csv", 4)])
    assert company.matched([both], answers={2: " ", 3: "2"}) == ["1"]
    assert company.matched([both], answers={3: "2", 4: "1"}) == ["2"]


def test_a_name_that_two_rows_have_is_not_held_for_being_elsewhere(company: Company) -> None:
    company.has("1", KANT)
    moved: Values = {**KANT, **BRUGGE}
    assert company.matched(records_of(moved)) == ["held: likely"]
    assert company.matched(records_of(moved, {"Name": "Kant", "City": "Ath"})) == ["new", "new"]
