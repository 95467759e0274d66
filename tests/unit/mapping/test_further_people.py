"""A second and third contact in columns of their own."""

from __future__ import annotations

import pytest

from exact_import.mapping.column_mapping import make_mapping
from exact_import.mapping.samples import Samples


@pytest.mark.parametrize(
    ("header", "people"),
    [
        ("Bedrijf;Contact 1 naam;Contact 1 e-mail;Contact 2 naam;Contact 2 e-mail",
         [{"Contact 1 naam": "Contact 2 naam", "Contact 1 e-mail": "Contact 2 e-mail"}]),
        ("Bedrijf;Contactpersoon;E-mail;Telefoon;Contactpersoon 2;E-mail 2;Telefoon 2",
         [{"Contactpersoon": "Contactpersoon 2", "E-mail": "E-mail 2", "Telefoon": "Telefoon 2"}]),
        ("Bedrijf;Voornaam 1;Achternaam 1;Voornaam 2;Achternaam 2;Voornaam 3;Achternaam 3",
         [{"Voornaam 1": "Voornaam 2", "Achternaam 1": "Achternaam 2"},
          {"Voornaam 1": "Voornaam 3", "Achternaam 1": "Achternaam 3"}]),
        # what may be the first one's, or the company's
        ("Bedrijf;Contactpersoon;E-mail;E-mail 2", []),
        ("Bedrijf;Voornaam;Achternaam;Voornaam 2", []),
        ("Naam;Naam 2;Contactpersoon", []),
        ("Bedrijf;Contactpersoon 2;Plaats", []),
        ("Bedrijf;E-mail;Telefoon 2", []),
    ],
)  # fmt: skip
def test_which_columns_are_of_another_contact(header: str, people: list[dict[str, str]]) -> None:
    names = header.split(";")
    mapping = make_mapping(names, {}, "a.csv", samples=Samples([["a", "b"]] * len(names)))
    found = [{names[a]: names[b] for a, b in one.items()} for one in mapping.further_people]
    assert found == people
    used = {name for one in people for name in one.values()}
    assert used.isdisjoint(mapping.unrecognised)
    assert used.isdisjoint(one.header for one in mapping.unused)
    assert sum("as another contact" in note for note in mapping.notes) == len(people)


def test_a_mapping_that_is_written_has_its_own_contact_only() -> None:
    header = ["Bedrijf", "Contactpersoon", "Contactpersoon 2"]
    written = {"contact": {"FullName": "{Contactpersoon}"}}
    assert make_mapping(header, written, "a.csv").further_people == ()  # type: ignore[arg-type]  # of one section
