"""What a row's cells say beyond their own field, and what a row without a person says."""

from __future__ import annotations

from pathlib import Path

import pytest

from exact_import.config.settings import Settings
from exact_import.importing.load import LoadedFiles, read_files
from exact_import.reporting.report import Report


def read(tmp_path: Path, text: str, settings: Settings | None = None) -> tuple[LoadedFiles, Report]:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    report = Report("dry-run", [str(path)])
    return read_files(settings or Settings(), [str(path)], report), report


def messages_of(report: Report) -> list[str]:
    return [problem.message for problem in report.rows.problems]


def test_a_second_number_goes_to_a_free_field(tmp_path: Path) -> None:
    text = "Bedrijf;Voornaam;Naam;Telefoon\nAlfa BV;An;Maes;09 123 45 67 / 0475 12 34 56\n"
    loaded, report = read(tmp_path, text)
    fields = loaded.records[0].contacts[0].fields
    assert (fields["Phone"], fields["Mobile"]) == ("09 123 45 67", "0475 12 34 56")
    assert "Mobile" in loaded.mapped["contact"]
    assert messages_of(report) == []


def test_a_second_number_never_replaces_another(tmp_path: Path) -> None:
    text = (
        "Bedrijf;Voornaam;Achternaam;Telefoon;GSM\n"
        "Alfa BV;An;Maes;09 123 45 67 / 0475 12 34 56;0476 11 22 33\n"
        "Beta BV;Jo;Maes;09 123 45 68 / 0475 12 34 57;0475123457\n"
        "Ceta BV;Jo;Claes;09 123 45 69 / 0475 12 34 58;\n"
    )
    loaded, report = read(tmp_path, text)
    mobiles = [record.contacts[0].fields["Mobile"] for record in loaded.records]
    assert mobiles == ["0476 11 22 33", "0475123457", "0475 12 34 58"]
    assert messages_of(report) == [
        '"0475 12 34 56" was not used as Mobile, because this row has its own value'
    ]


def test_a_written_section_gets_no_other_field(tmp_path: Path) -> None:
    text = "Bedrijf;Voornaam;Naam;Telefoon\nAlfa BV;An;Maes;09 123 45 67 / 0475 12 34 56\n"
    mapping = {"contact": {"LastName": "{Naam}", "FirstName": "{Voornaam}", "Phone": "{Telefoon}"}}
    loaded, report = read(tmp_path, text, Settings(sections=mapping))
    assert loaded.records[0].contacts[0].fields == {
        "FirstName": "An",
        "LastName": "Maes",
        "Phone": "09 123 45 67",
    }
    assert messages_of(report) == [
        '"0475 12 34 56" was not used as Mobile, because [contact] does not map it'
    ]


def test_a_column_for_both_goes_by_the_kind_of_each_number(tmp_path: Path) -> None:
    text = (
        "Bedrijf;Voornaam;Naam;Tel./GSM\nAlfa BV;An;Maes;09 123 45 67\n"
        "Beta BV;Jo;Vos;0475 12 34 56\nCeta BV;Bo;Smit;+31 6 12345678\n"
    )
    loaded, report = read(tmp_path, text, Settings(country="BE"))
    people = [record.contacts[0].fields for record in loaded.records]
    assert [one.get("Phone") for one in people] == ["09 123 45 67", None, None]
    assert [one.get("Mobile") for one in people] == [None, "0475 12 34 56", "+31 6 12345678"]
    assert messages_of(report) == []


def test_a_person_is_called_by_initials_without_a_first_name(tmp_path: Path) -> None:
    loaded, _ = read(tmp_path, "Naam;Voorletters;Tussenvoegsel;Plaats\nBoer;P.;de;Gent\n")
    assert loaded.records[0].fields["Name"] == "P. de Boer"


def test_a_company_among_people_is_not_a_person(tmp_path: Path) -> None:
    people = "".join(f"{number};Maes {number};Jan;Gent\n" for number in range(1, 9))
    text = f"Klantnr;Naam;Voornaam;Plaats\n{people}9;Alfa BV;;Gent\n10;Vos;;Gent\n"
    loaded, _ = read(tmp_path, text)
    company, unknown = loaded.records[-2:]
    assert (company.fields["Name"], company.contacts) == ("Alfa BV", ())
    assert unknown.contacts[0].fields == {"LastName": "Vos"}
    assert loaded.records[0].contacts[0].fields == {"FirstName": "Jan", "LastName": "Maes 1"}


def test_either_a_whole_name_or_its_parts_name_the_person(tmp_path: Path) -> None:
    header = "Firma;Name;Vorname;Ansprechpartner\n"
    loaded, _ = read(tmp_path, f"{header}Alfa GmbH;;;Jonas Weber\n;Koch;Lena;\n")
    people = [record.contacts[0].fields for record in loaded.records]
    assert people == [
        {"FirstName": "Jonas", "LastName": "Weber"},
        {"FirstName": "Lena", "LastName": "Koch"},
    ]
    loaded, report = read(tmp_path, f"{header}Alfa GmbH;Koch;Lena;Jonas Weber\n;Koch;Lena;\n")
    assert [record.contacts[0].fields["LastName"] for record in loaded.records] == ["Weber"]
    assert "no person name in this row" in " ".join(messages_of(report))


def test_beside_a_lady_m_is_a_gentleman(tmp_path: Path) -> None:
    text = "Société;Contact\nAlfa SA;M. Adam\nBeta SA;Mme Noël\n"
    loaded, _ = read(tmp_path, text)
    people = [record.contacts[0].fields for record in loaded.records]
    assert people == [{"LastName": "Adam", "Gender": "M"}, {"LastName": "Noël", "Gender": "V"}]


@pytest.mark.parametrize(
    ("cells", "phone", "ignored"),
    [
        ("09 123 45 67;;", "09 123 45 67", []),
        (";;0475 12 34 56", "0475 12 34 56", []),
        ("09 123 45 67;;0475 12 34 56", "09 123 45 67", ["GSM"]),
        ("09 123 45 67;;09/123.45.67", "09 123 45 67", []),
    ],
)
def test_what_a_row_without_a_person_says_of_one_reaches_the_company_or_is_named(
    tmp_path: Path, cells: str, phone: str, ignored: list[str]
) -> None:
    text = f"Bedrijf;Telefoon;Contactpersoon;GSM\nAlfa BV;{cells}\nBeta BV;;An Maes;0475 11 11 11\n"
    loaded, report = read(tmp_path, text)
    assert loaded.records[0].fields["Phone"] == phone
    assert messages_of(report) == [
        f'no contact person in this row; "{header}" was ignored' for header in ignored
    ]


def test_a_second_number_without_a_person_is_quoted(tmp_path: Path) -> None:
    text = (
        "Bedrijf;Telefoon contactpersoon;Contactpersoon\n"
        "Alfa BV;09 123 45 67 / 0475 12 34 56;\nBeta BV;09 123 45 68;An Maes\n"
    )
    loaded, report = read(tmp_path, text)
    assert loaded.records[0].fields["Phone"] == "09 123 45 67"
    assert messages_of(report) == ['no contact person in this row; "0475 12 34 56" was ignored']


@pytest.mark.parametrize(
    ("cell", "fields"),
    [
        ("An Maes, an@alfa.example, 0475 12 34 56", "An Maes Email Mobile"),
        ("An Maes (an@alfa.example)", "An Maes Email"),
        ("An Maes - tel. 09 123 45 67", "An Maes Phone"),
        ("An Maes <an@alfa.example>", "An Maes Email"),
        ("Maes, An: gsm 0475 12 34 56", "An Maes Mobile"),
    ],
)
def test_what_a_cell_holds_beside_a_name_is_the_persons(
    tmp_path: Path, cell: str, fields: str
) -> None:
    text = f"Bedrijf;Postcode;Contactpersoon\nAlfa BV;9000;{cell}\nBeta BV;9000;Jo Claes\n"
    loaded, report = read(tmp_path, text)
    found = loaded.records[0].contacts[0].fields
    first, last, *more = fields.split()
    assert [found.pop("FirstName"), found.pop("LastName")] == [first, last]
    assert sorted(found) == sorted(more)
    assert messages_of(report) == []


def test_a_cell_for_a_name_that_holds_none_is_the_companys(tmp_path: Path) -> None:
    text = "Bedrijf;Contactpersoon\nAlfa BV;info@alfa.example\nBeta BV;Jo Claes\n"
    loaded, report = read(tmp_path, text)
    assert loaded.records[0].fields["Email"] == "info@alfa.example"
    assert loaded.records[0].contacts == ()
    assert messages_of(report) == []


def test_whose_an_address_beside_two_names_is_stays_open(tmp_path: Path) -> None:
    text = "Bedrijf;Contactpersoon\nAlfa BV;Jan Maes & An Vos (j@alfa.example)\nBeta BV;Jo Claes\n"
    _, report = read(tmp_path, text)
    assert "e-mail address in it" in " ".join(messages_of(report))
