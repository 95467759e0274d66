"""Every item ends in one group, for a reason; and which rows are one company."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from exact_import.errors import RowProblem
from exact_import.records.grouping import Companies
from exact_import.records.groups import Sharing, divided, shared
from exact_import.records.merge import AccountRecord
from exact_import.records.models import Block, RowsRead
from exact_import.records.row_keys import Rows

# --- rows

FIELDS = ("own", "VATNumber", "Name", "Postcode", "City", "Email")
VAT, OTHER = "BE0403170701", "BE0417497106"
Said = tuple[str, str, str, str, str, str]


def companies(rows: Sequence[Said], alone: bool = False) -> tuple[list[AccountRecord], RowsRead]:
    block = Block("a.csv", list(range(2, len(rows) + 2)))
    columns = dict(zip(FIELDS, zip(*rows, strict=True), strict=True))
    block.own = {"account": columns.pop("own")}
    block.account = {name: [one or None for one in column] for name, column in columns.items()}
    if alone:
        block.alone = set(range(len(rows)))
        block.people = [True] * len(rows)
        block.contact = {"LastName": columns["Name"], "Email": columns["Email"]}
    outcome = RowsRead()
    return Companies(Rows([block]), outcome).records(), outcome


def messages(problems: Sequence[RowProblem]) -> str:
    return "; ".join(problem.message for problem in problems)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # An own number makes one company, and two make two.
        ([("1", "", "A", "", "", ""), ("1", "", "", "", "", "")], [[2, 3]]),
        ([("1", VAT, "A", "9000", "", ""), ("2", VAT, "A", "9000", "", "")], [[2], [3]]),
        # A VAT number with the name or the place; by itself it makes branches.
        ([("", VAT, "A", "9000", "", ""), ("", VAT, "A bv", "8000", "", "")], "one"),
        ([("", VAT, "A", "", "", ""), ("", VAT, "B", "", "", "")], [[2], [3]]),
        ([("", VAT, "A", "", "", ""), ("", VAT, "", "", "", "")], [[2, 3]]),
        # Name and place; the city where a postcode is missing.
        ([("", "", "Bar Ó BV", "9000", "", ""), ("", "", "o bar", "9000", "", "")], [[2, 3]]),
        ([("", "", "A", "9000", "Gent", ""), ("", "", "A", "", "GENT", "")], [[2, 3]]),
        ([("", "", "A", "9000", "Gent", ""), ("", "", "A", "9040", "Gent", "")], [[2], [3]]),
        ([("", VAT, "A", "9000", "", ""), ("", OTHER, "A", "9000", "", "")], [[2], [3]]),
        # A row without a place is of the only company of its name.
        ([("", "", "A", "", "", ""), ("", "", "a", "", "", "")], [[2, 3]]),
        ([("", "", "A", "9000", "", ""), ("", "", "A", "", "", "")], [[2, 3]]),
    ],
)
def test_rows_of_one_company(rows: list[Said], expected: list[list[int]] | str) -> None:
    found, outcome = companies(rows)
    if expected == "one":  # it contradicts itself about its postcode
        assert found == []
        assert "Postcode is" in messages(outcome.problems)
        return
    assert [[line for _, line in one.lines] for one in found] == expected


def test_one_vat_number_with_two_kvk_numbers_at_one_address_is_a_fiscal_unity() -> None:
    block = Block("a.csv", [2, 3, 4])
    block.account = {
        "VATNumber": [VAT, VAT, VAT],
        "ChamberOfCommerce": ["30100001", "30100002", "30100001"],
        "Name": ["Beuk Holding", "Beuk Verhuur", "Beuk Holding B.V."],
        "Postcode": ["3511 AB"] * 3,
    }
    outcome = RowsRead()
    found = Companies(Rows([block]), outcome).records()
    assert [[line for _, line in one.lines] for one in found] == [[2, 4], [3]]
    assert not outcome.rejected


def test_a_row_that_could_be_of_two_companies_is_rejected() -> None:
    rows: list[Said] = [
        ("", "", "A", "9000", "", ""),
        ("", "", "A", "8000", "", ""),
        ("", "", "A", "", "", ""),
    ]
    found, outcome = companies(rows)
    assert len(found) == 2
    assert "could be the company on line 2 or the one on line 3" in messages(outcome.problems)


def test_branches_and_namesakes_are_reported_once() -> None:
    _, branches = companies([("", VAT, "A", "", "", ""), ("", VAT, "B", "", "", "")])
    assert "has the same VAT number as line 2 but a different name" in messages(branches.problems)
    chain: list[Said] = [("", "", "A", postcode, "", "") for postcode in ("9000", "8000", "3000")]
    _, namesakes = companies(chain)
    assert messages(namesakes.problems).count("imported as different companies") == 1


def test_two_people_of_a_family_are_two_accounts() -> None:
    mail = "frans@mail.example"
    family: list[Said] = [
        ("", "", "Eva Frans", "9000", "Gent", mail),
        ("", "", "Guy Frans", "9000", "Gent", mail),
        ("", "", "Eva Frans", "9000", "Gent", mail),
    ]
    found, _ = companies(family, alone=True)
    assert [[line for _, line in one.lines] for one in found] == [[2, 4], [3]]


def test_namesakes_with_addresses_of_their_own_are_two_people() -> None:
    rows: list[Said] = [
        ("", "", "Jan Maes", "9000", "Gent", "jan@a.example"),
        ("", "", "Jan Maes", "9000", "Gent", "jan@b.example"),
    ]
    found, _ = companies(rows, alone=True)
    assert len(found) == 2


@pytest.mark.parametrize(
    ("values", "beside", "together"),
    [
        ("aab", "xxx", [[0, 1]]),
        ("aaaa", "xyyx", [[0, 3], [1, 2]]),
        ("abab", "xyxy", [[0, 2], [1, 3]]),
        ("aa", "xy", []),
        ("aa a", "x  x", [[0, 3]]),
        ("", "", []),
    ],
)
def test_items_share_a_value_and_one_beside_it(
    values: str, beside: str, together: list[list[int]]
) -> None:
    found = divided(shared([text.strip() for text in values]), [text.strip() for text in beside])
    assert found == together


def test_items_of_one_group_are_apart_no_longer() -> None:
    sharing = Sharing(["a", "b", "a", "b", "a"])
    assert sharing.apart({}) == [[0, 2, 4], [1, 3]]
    assert sharing.apart({2: 0, 4: 0}) == [[1, 3]]
    assert sharing.apart({2: 0, 4: 0, 3: 1}) == []
    assert Sharing(["a", "a", "a"]).apart({1: 0}) == [[0, 2]]


# --- two sources


def of_two_files(ours: Said, *theirs: Said) -> list[list[tuple[str, int]]]:
    """Return the lines of each company of a.csv, which has one row, and b.csv."""
    blocks = []
    for file, rows in (("a.csv", [ours]), ("b.csv", theirs)):
        block = Block(file, list(range(2, len(rows) + 2)))
        columns = dict(zip(FIELDS, zip(*rows, strict=True), strict=True))
        block.own = {"account": columns.pop("own")}
        block.account = {name: [one or None for one in column] for name, column in columns.items()}
        blocks.append(block)
    outcome = RowsRead()
    found = Companies(Rows(blocks, outcome.source_of), outcome).records()
    assert not outcome.problems
    return [one.lines for one in found]


@pytest.mark.parametrize(
    ("theirs", "is_one"),
    [
        # A number of two sources is one where the names agree, or where one says no name.
        (("1", "", "A bv", "", "", ""), True),
        (("1", "", "", "", "", ""), True),
        (("1", "", "B", "", "", ""), False),
        (("01", "", "A", "", "", ""), False),
        # Without a number the name and the place say it; whether two numbers part them is found
        # out when it is known what they count.
        (("", "", "A", "9000", "", ""), True),
        (("7", "", "A", "9000", "", ""), False),
    ],
)
def test_own_numbers_belong_to_their_source(theirs: Said, is_one: bool) -> None:
    ours, other = ("a.csv", 2), ("b.csv", 2)
    expected = [[ours, other]] if is_one else [[ours], [other]]
    assert of_two_files(("1", "", "A", "9000", "", ""), theirs) == expected


def test_rows_of_one_source_share_their_number_whatever_another_says() -> None:
    found = of_two_files(
        ("1", "", "A", "9000", "", ""), ("1", "", "B", "", "", ""), ("1", "", "", "8000", "", "")
    )
    assert found == [[("a.csv", 2)], [("b.csv", 2), ("b.csv", 3)]]
