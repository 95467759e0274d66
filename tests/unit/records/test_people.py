"""Several people in one cell."""

from __future__ import annotations

import pytest

from exact_import.mapping.column_mapping import make_mapping
from exact_import.records.people import genders_from_salutations, row_for_each_person

HEADER = ["Bedrijf", "Contactpersoon", "E-mail", "Plaats"]


def rows(*lines: str) -> tuple[list[str], dict[int, str], dict[int, str]]:
    """Return the rows with one person each, those left open, and what is told."""
    mapping = make_mapping(HEADER, {"account": {"Name": "{Bedrijf}", "City": "{Plaats}"}}, "a.csv")
    columns = list(zip(*(line.split(";") for line in lines), strict=True))
    made = row_for_each_person(mapping, columns)
    if made is None:
        return list(lines), {}, {}
    assert len(made.rows) == len(made.columns[0])
    return [";".join(cells) for cells in zip(*made.columns, strict=True)], made.open, made.notes


def test_rows_of_one_person_stay_as_they_are() -> None:
    lines = ("Alfa;Jan Maes;jan@a.example;Mol", "Beta;Maes, Jan;;", "Gamma;;;")
    assert rows(*lines) == (list(lines), {}, {})


def test_each_person_has_a_row_and_their_own_part() -> None:
    found, left_open, messages = rows("Alfa;Jan Maes, An Vos;j@a.example, a@a.example;Mol")
    assert found == ["Alfa;Jan Maes;j@a.example;Mol", "Alfa;An Vos;a@a.example;Mol"]
    assert not left_open
    assert not messages


def test_what_cannot_be_parted_is_the_firsts_and_reported() -> None:
    found, _, messages = rows("Beta;Bo Ray;;Mol", "Alfa;Jan Maes en An Vos;j@a.example;Mol")
    assert found == ["Beta;Bo Ray;;Mol", "Alfa;Jan Maes;j@a.example;Mol", "Alfa;An Vos;;Mol"]
    assert messages == {
        1: 'names 2 people, Jan Maes and An Vos; "E-mail" is used for the first one. '
        "Give each person a row to change that."
    }


def test_people_without_a_company_become_accounts_and_that_is_said() -> None:
    _, _, messages = rows(";Jan Maes en An Vos;;Mol")
    assert messages == {
        0: "names 2 people, Jan Maes and An Vos. Each of them becomes an account; to make one "
        "account, fill in the company."
    }


def test_who_cannot_be_distinguished_is_left_open() -> None:
    _, left_open, _ = rows("Alfa;Smets / Loos;;Mol")
    assert left_open == {0: "Smets / Loos"}


def test_a_further_contact_has_a_row_without_what_is_the_firsts() -> None:
    header = ["Klantnr", "Bedrijf", "Contact", "Functie contact", "Contact 2", "E-mail contact 2"]
    header.append("E-mail contact")
    mapping = make_mapping(header, {}, "a.csv")
    lines = (
        "1;Alfa;Jan Maes;CEO;An Vos;a@a.example;j@a.example",
        "2;Beta;Bo Ray;;;;",
        "3;Ceta;;;Jan Smets, Els Bos;;",
    )
    made = row_for_each_person(
        mapping, list(zip(*(line.split(";") for line in lines), strict=True))
    )
    assert made is not None
    assert made.rows == [0, 0, 1, 2, 2, 2]
    assert [";".join(cells[:4]) for cells in zip(*made.columns, strict=True)] == [
        "1;Alfa;Jan Maes;CEO",
        "1;Alfa;An Vos;",
        "2;Beta;Bo Ray;",
        "3;Ceta;;",
        "3;Ceta;Jan Smets;",
        "3;Ceta;Els Bos;",
    ]
    assert made.columns[6] == ("j@a.example", "a@a.example", "", "", "", "")


@pytest.mark.parametrize(
    ("text", "gender"),
    [
        ("Mevr. An Maes", "V"),
        ("mevrouw A. de Vries", "V"),
        ("Mme Claire Lefèvre", "V"),
        ("Frau Dr. Eva Braun", "V"),
        ("Maes, mevr. An", "V"),
        ("T.a.v. dhr. Jan Maes", "M"),
        ("De heer Jan Maes", "M"),
        ("Herr Hans Müller", "M"),
        ("Mr. John Smith", "M"),
        # Says nothing of a gender, or of one person.
        ("mr. J. de Vries", None),
        ("Jan Maes", None),
        ("M. de Vries", None),
        ("Dienst mevr", None),
        ("Dr. Jan Maes", None),
        ("Fam. Maes", ""),
        ("Dhr. en mevr. Maes", ""),
        ("Mevrouw", ""),
    ],
)
def test_a_form_of_address_tells_the_gender(text: str, gender: str | None) -> None:
    header = ["Bedrijf", "Contactpersoon"]
    mapping = make_mapping(header, {}, "a.csv")
    genders, notes = genders_from_salutations(mapping, [["Alfa BV", "Beta BV"], [text, "Bo Ray"]])
    assert genders == ({0: gender} if gender else {})
    assert [*notes] == ([0] if gender == "" else [])


def test_two_first_names_of_one_last_name_are_two_people() -> None:
    mapping = make_mapping(["Bedrijf", "Voornaam", "Achternaam", "Functie"], {}, "a.csv")
    lines = (
        "Alfa;Jan & An;Maes;CEO / CFO",
        "Beta;Jean-Luc;Bos;",
        "Ceta;R & D;Kok;",
        "Deta;Piet en Els;Wit / Bos;",
    )
    columns = list(zip(*(line.split(";") for line in lines), strict=True))
    made = row_for_each_person(mapping, columns)
    assert made is not None
    assert [";".join(cells) for cells in zip(*made.columns, strict=True)] == [
        "Alfa;Jan;Maes;CEO",
        "Alfa;An;Maes;CFO",
        *lines[1:3],
        "Deta;Piet;Wit;",
        "Deta;Els;Bos;",
    ]
    assert made.notes == {}
