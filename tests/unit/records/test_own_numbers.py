"""Numbers of a file's source, and which of them can be Exact Online's codes and IDs."""

from __future__ import annotations

import pytest

from exact_import.mapping.column_mapping import make_mapping
from exact_import.records.models import Block
from exact_import.records.scheme import codes_among, ids_among, odd_numbers

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize(
    ("text", "is_code"),
    [
        ("42", True),
        ("0042", True),
        ("1" * 18, True),
        ("1" * 19, False),
        ("1" * 9 + " " + "1" * 9, True),
        ("1 2 3", True),
        # What a spreadsheet makes of a code is judged as one, and said there.
        ("42.0", True),
        ("1,5", True),
        ("4,2E+12", True),
        ("-7", True),
        ("#N/A", True),
        ("-", True),
        ("", True),
        # Another program's.
        ("K-42", False),
        ("42A", False),
        ("12-34", False),
        ("2024/01", False),
    ],
)
def test_what_can_be_a_code(text: str, is_code: bool) -> None:
    assert list(codes_among([text, "7"])) == [text if is_code else "", "7"]


@pytest.mark.parametrize(
    ("text", "is_id"),
    [
        (ID, True),
        (ID.upper(), True),
        (f"{{{ID}}}", True),
        (ID.replace("-", ""), True),
        (ID[:-1], False),
        (f"{ID}0", False),
        (f"x{ID}", False),
        ("42", False),
        ("", False),
    ],
)
def test_what_can_be_an_id(text: str, is_id: bool) -> None:
    assert ids_among([text, ID]) == (text if is_id else "", ID)


def test_placeholders_are_no_numbers() -> None:
    block = Block("a.csv", [2, 3, 4, 5, 6])
    block.own = {"account": ("K1", "geen", "-", "idem", "0")}
    mapping = make_mapping(["Klantnr", "Naam"], {}, "a.csv")
    found = [(row, refused) for row, _, _, refused in odd_numbers(block, mapping)]
    assert found == [(1, False), (2, False), (3, True), (4, False)]
    assert block.own == {"account": ("K1", "", "", "", "")}
    assert not list(odd_numbers(block, mapping))
