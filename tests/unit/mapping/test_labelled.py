"""Labels that say of each row what the value is."""

from __future__ import annotations

import pytest

from exact_import.mapping.column_mapping import ColumnMapping, make_mapping
from exact_import.mapping.samples import Samples

HEADER = [
    *("First Name", "Last Name", "Organization Name", "E-mail 1 - Label", "E-mail 1 - Value"),
    *("E-mail 2 - Label", "E-mail 2 - Value", "Phone 1 - Label", "Phone 1 - Value"),
    *("Phone 2 - Type", "Phone 2 - Value"),
]


def filled(*rows: str, header: list[str] = HEADER) -> tuple[ColumnMapping, dict[str, str]]:
    """Return the mapping of rows of labels and values, and what the first gives the person."""
    cells = [["Jo", "Lee", "Alfa", *row.split(";")] for row in rows]
    samples = Samples(list(zip(*cells, strict=True)))
    mapping = make_mapping(header, {}, "contacts.csv", samples=samples)
    values = {name: t.fill(cells[0]) for name, t in mapping.templates["contact"].items()}
    return mapping, {n: v for n, v in values.items() if v and n not in ("FirstName", "LastName")}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("* Work;a@a.example;;;Work;09 1;Mobile;0475 1",
         {"Email": "a@a.example", "BusinessPhone": "09 1", "Mobile": "0475 1"}),
        ("Werk;a@a.example;Thuis;b@b.example;Mobiel;0475 1;Thuis;09 1",
         {"Email": "b@b.example", "BusinessEmail": "a@a.example", "Mobile": "0475 1",
          "Phone": "09 1"}),
        ("Work;a@a.example;Work;b@b.example;Work Fax;09 1;Mobile;0475 1",
         {"Email": "a@a.example", "BusinessEmail": "b@b.example", "BusinessFax": "09 1",
          "Mobile": "0475 1"}),
        # what is too many for a field stays with it, to be told
        ("Home;a@a.example;Home;b@b.example;Mobile;0475 1;Mobile;0475 2",
         {"Email": "a@a.example ::: b@b.example", "Mobile": "0475 1 ::: 0475 2"}),
        # a label that says nothing known, or none
        ("Boekhouding;a@a.example;;;;09 1;Mobile;0475 1",
         {"Email": "a@a.example", "Phone": "09 1", "Mobile": "0475 1"}),
    ],
)  # fmt: skip
def test_what_a_label_says(row: str, expected: dict[str, str]) -> None:
    mapping, found = filled(row, "Work;x@x.example;Home;y@y.example;Work;03 1;Home;03 2")
    assert found == expected
    assert mapping.unrecognised == ()
    assert any("say of each row what the value is" in note for note in mapping.notes)


def test_labels_that_say_nothing_change_nothing() -> None:
    mapping, found = filled(";a@a.example;;;Main;09 1;;")
    assert found == {"Email": "a@a.example", "Phone": "09 1"}
    assert "Phone 1 - Label" in mapping.unrecognised


def test_a_column_of_its_own_comes_first() -> None:
    mapping, found = filled("Home;a@a.example;;;Mobile;0475 1;;;0475 9", header=[*HEADER, "GSM"])
    assert found == {"Email": "a@a.example", "Mobile": "0475 9 ::: 0475 1"}
    assert "GSM" in mapping.column_of("contact", "Mobile")
