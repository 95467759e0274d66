"""What is said of a file whose columns are understood otherwise than those of the file before."""

from __future__ import annotations

import pytest

from exact_import.mapping.column_mapping import make_mapping
from exact_import.store.layouts import FileLayout, layout_changes

BEFORE = ["Klantnr", "Bedrijf", "Plaats", "E-mail", "Kleur"]


def layout(header: list[str], **sections: dict[str, str]) -> FileLayout:
    return FileLayout.of(make_mapping(header, sections, "a.csv"))  # type: ignore[arg-type]


WHEN = "the import of 2026-01-31"


@pytest.mark.parametrize(
    ("header", "messages"),
    [
        (BEFORE, []),
        (BEFORE[::-1], []),
        ([*BEFORE, "Maat"], []),
        (BEFORE[:-1], []),
        (
            ["Klantnr", "Bedrijf", "E-mail", "Kleur"],
            ["account.City in {}, is not in the file: it is no longer imported."],
        ),
        (
            ["Klantnr", "Bedrijf", "Gemeente", "E-mail", "Kleur"],
            ['account.City in {}, is not in the file: "Gemeente" takes its place.'],
        ),
        (
            [*BEFORE, "Telefoon"],
            ['"Telefoon" is a new column since {} and is used as account.Phone.'],
        ),
        (
            [*BEFORE, "Voornaam", "Achternaam"],
            [
                '"E-mail" was account.Email in {} and is now used as contact.Email.',
                '"Voornaam" is a new column since {} and is used as contact.FirstName.',
                '"Achternaam" is a new column since {} and is used as contact.LastName.',
            ],
        ),
    ],
)
def test_what_changed(header: list[str], messages: list[str]) -> None:
    found = [*layout_changes(layout(BEFORE), layout(header), "2026-01-31")]
    assert len(found) == len(messages)
    for change, text in zip(found, messages, strict=True):
        assert change.message.endswith(text.replace("{}", WHEN))


def test_a_column_that_loses_or_finds_its_use() -> None:
    unused, used = FileLayout({"Tel": ""}), FileLayout({"Tel": "account.Phone"})
    (found,) = layout_changes(unused, used, "2026-01-31")
    assert found == (
        "Tel",
        "Phone",
        '"Tel" was not used in the import of 2026-01-31 and is now used as account.Phone.',
    )
    (found,) = layout_changes(used, unused, "2026-01-31")
    assert found.message == (
        '"Tel" was account.Phone in the import of 2026-01-31 and is no longer used.'
    )


def test_a_gap_filler_that_goes_is_reported() -> None:
    before = FileLayout({"Firma": "account.Name", "Firma 2": "account.Name"})
    (found,) = layout_changes(before, FileLayout({"Firma": "account.Name"}), "2026-01-31")
    assert 'it now comes from "Firma" alone' in found.message


def test_what_the_ini_says_is_no_news() -> None:
    before, after = {"Name": "{Bedrijf}"}, {"Name": "{Bedrijf}", "City": "{Plaats}"}
    assert not [
        *layout_changes(layout(BEFORE, account=before), layout(BEFORE, account=after), "2026-01-31")
    ]
    assert not [*layout_changes(layout(BEFORE), layout(BEFORE, account=after), "2026-01-31")]


def test_columns_of_one_name_are_distinguished() -> None:
    assert FileLayout.of(
        make_mapping(["Naam", "Telefoon", "Telefoon", ""], {}, "a.csv")
    ).columns == {"Naam": "account.Name", "Telefoon": "account.Phone", "Telefoon#2": ""}


@pytest.mark.parametrize(
    ("other", "alike"), [("abcd", True), ("abxy", True), ("axyz", False), ("abcdefghi", False)]
)
def test_files_of_one_source_have_most_headers_in_common(other: str, alike: bool) -> None:
    known = FileLayout(dict.fromkeys("abcd", ""))
    assert known.resembles(FileLayout(dict.fromkeys(other, ""))) == alike
