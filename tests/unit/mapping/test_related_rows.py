"""Lists of companies with rows for their people and for their further addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from exact_import.fields import Section
from exact_import.mapping.column_mapping import ColumnMapping, make_mapping
from exact_import.mapping.samples import Samples

HEADER = ["Name", "Is a Company", "Related Company", "Address Type", "Street", "City", "Rank"]
ROWS = [
    ("Cedar NV", "1", "", "Contact", "Meir 1", "Gent", "C"),
    ("Jan Maes", "0", "Cedar NV", "Contact", "Meir 1", "Gent", "A"),
    ("Cedar Dok", "0", "Cedar NV", "Delivery address", "Dok 3", "Gent", "A"),
    ("An Vos", "0", "Cedar NV", "Facturatieadres", "Kaai 3", "Gent", "A"),
    ("Elm SA", "1", "Cedar NV", "Contact", "Rue 4", "Huy", "P"),
    ("Piet Bos", "0", "", "", "Dorp 5", "Mol", "P"),
]


def mapping(header: list[str] = HEADER, rows: Sequence[tuple[str, ...]] = ROWS) -> ColumnMapping:
    columns = [list(column) for column in zip(*rows, strict=True)]
    return make_mapping(header, {}, "a.csv", samples=Samples(columns))


def values_of(found: ColumnMapping, section: Section, row: tuple[str, ...]) -> Mapping[str, str]:
    filled = {name: one.fill(row) for name, one in found.templates.get(section, {}).items()}
    return {name: text for name, text in filled.items() if text}


@pytest.mark.parametrize(
    ("row", "account", "contact"),
    [
        (0, "Cedar NV", ""),
        (1, "Cedar NV", "Maes"),
        (3, "Cedar NV", "Vos"),
        (4, "Elm SA", ""),
        (5, "", "Bos"),
    ],
)
def test_a_column_says_whether_a_row_is_a_company(row: int, account: str, contact: str) -> None:
    found = mapping()
    assert values_of(found, "account", ROWS[row]).get("Name", "") == account
    assert values_of(found, "contact", ROWS[row]).get("LastName", "") == contact


def test_without_such_a_word_a_legal_form_tells() -> None:
    header = ["Name", "Company Type", "Related Company", "City"]
    rows = [("Cedar NV", "Company", "", "Gent"), ("Elm SA", "Company", "Cedar NV", "Huy"),
            ("Jan Maes", "Person", "Cedar NV", "Gent")]  # fmt: skip
    found = mapping(header, rows)
    assert [values_of(found, "account", row)["Name"] for row in rows] == [
        "Cedar NV",
        "Elm SA",
        "Cedar NV",
    ]
    assert [values_of(found, "contact", row).get("LastName") for row in rows] == [
        None,
        None,
        "Maes",
    ]


def test_the_role_of_a_person_is_not_its_companys() -> None:
    header = ["Name", "Is a Company", "Related Company", "Status"]
    rows = [("Cedar NV", "1", "", "klant"), ("Jan Maes", "0", "Cedar NV", "geen"),
            ("Piet Bos", "0", "", "prospect")]  # fmt: skip
    found = mapping(header, rows)
    assert [values_of(found, "account", row).get("Status") for row in rows] == [
        "klant",
        None,
        "prospect",
    ]


@pytest.mark.parametrize(
    ("row", "section"),
    [
        (0, "account"),
        (1, "account"),
        (2, "delivery address"),
        (3, "invoice address"),
        (5, "account"),
    ],
)
def test_a_column_says_which_address_a_row_gives(row: int, section: Section) -> None:
    found = mapping()
    others: list[Section] = ["account", "delivery address", "invoice address", "postal address"]
    for other in others:
        line = values_of(found, other, ROWS[row]).get("AddressLine1", "")
        assert line == (ROWS[row][4] if other == section else "")
    assert '"Address Type" says of each row which address it gives' in " ".join(found.notes)
    assert "Address Type" not in found.unrecognised


@pytest.mark.parametrize("word", ["magazijn", "Contact"])
def test_other_words_say_nothing_of_an_address(word: str) -> None:
    rows = [(*row[:3], word, *row[4:]) for row in ROWS]
    found = mapping(HEADER, rows)
    assert not found.templates.get("delivery address")
    assert "Address Type" in found.unrecognised


def test_a_written_mapping_stays_as_it_is() -> None:
    columns = [list(column) for column in zip(*ROWS, strict=True)]
    sections: dict[Section, dict[str, str]] = {"account": {"Name": "{Name}", "City": "{City}"}}
    found = make_mapping(HEADER, sections, "a.csv", samples=Samples(columns))
    assert found.templates["account"]["City"].fill(ROWS[2]) == "Gent"


@pytest.mark.parametrize("header", ["Address 1 - Label", "Address 1 - Type"])
def test_labels_of_addresses_say_where_each_goes(header: str) -> None:
    mapping = make_mapping(
        ["Name", header, "Address 1 - Street", "Address 1 - City"],
        {},
        "a.csv",
        samples=Samples([["Alfa", "Beta"], ["Work", "Billing"], ["Dorp 1", "Kade 2"], ["Mol", ""]]),
    )
    assert "invoice address" in mapping.templates
    assert header not in mapping.unrecognised
