"""A whole name in one cell, taken apart."""

from __future__ import annotations

import pytest

from exact_import.mapping.person_names import (
    NameOrder,
    are_swapped,
    name_order,
    people_in,
    split_name,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Jan Peeters", ("Jan", "", "Peeters")),
        ("  Jan   Peeters ", ("Jan", "", "Peeters")),
        ("Peeters", ("", "", "Peeters")),
        ("", ("", "", "")),
        ("Jan van der Berg", ("Jan", "van der", "Berg")),
        ("Jan Van den Berghe", ("Jan", "", "Van den Berghe")),
        ("Marie de la Fontaine", ("Marie", "de la", "Fontaine")),
        ("Jean Pierre Dupont", ("Jean", "", "Pierre Dupont")),
        ("Peeters, Jan", ("Jan", "", "Peeters")),
        ("Berg, Jan van der", ("Jan", "van der", "Berg")),
        ("van der Berg, Jan", ("Jan", "van der", "Berg")),
        ("Peeters,", ("", "", "Peeters")),
        ("Jan Maes (zaakvoerder)", ("Jan", "", "Maes (zaakvoerder)")),
        ("Jan (zaakvoerder)", ("Jan (zaakvoerder)", "", "")),
        ("Maes Jan (zaakvoerder)", ("Jan", "", "Maes (zaakvoerder)")),
        ("Jan van den Berg, CEO", ("Jan", "van den", "Berg (CEO)")),
        ("An Peeters (boekhouding)", ("An", "", "Peeters (boekhouding)")),
        ("Jan Maes (na 18u)", ("Jan", "", "Maes (na 18u)")),
        ("Dhr. P. (Piet) Jansen", ("P. (Piet)", "", "Jansen")),
        ("Mevr. Smit-de Boer", ("", "", "Smit-de Boer")),
        ("Piet", ("Piet", "", "")),
        ("Dhr. Piet", ("", "", "Piet")),
        ("Anneke v.d. Berg", ("Anneke", "v.d.", "Berg")),
        ("Monsieur le Directeur", ("", "", "le Directeur")),
        ("Dipl.-Ing. Hans Meier", ("Dipl.-Ing. Hans", "", "Meier")),
        ("Eheleute Schulz", ("", "", "Schulz")),
        ("zie boven", ("", "", "zie boven")),
        ("niet bekend", ("", "", "niet bekend")),
        ("DUPONT Jean", ("Jean", "", "DUPONT")),
        ("VAN DEN BERGHE Jan", ("Jan", "", "VAN DEN BERGHE")),
        ("JAN PEETERS", ("JAN", "", "PEETERS")),
        ("J.P. Peeters", ("J.P.", "", "Peeters")),
        ("J. P. Peeters", ("J. P.", "", "Peeters")),
        ("A. de Boer", ("A.", "de", "Boer")),
        ("J. Van Damme", ("J.", "", "Van Damme")),
        ("J.P. van den Berg", ("J.P.", "van den", "Berg")),
        ("A.B. de la Croix", ("A.B.", "de la", "Croix")),
        ("P. Jansen Bakker", ("P.", "", "Jansen Bakker")),
        ("Chr. Peters", ("Chr.", "", "Peters")),
        ("de Boer", ("", "de", "Boer")),
        ("Van den Berg", ("", "", "Van den Berg")),
        ("Al Hansen", ("Al", "", "Hansen")),
        ("Dhr. de Boer", ("", "de", "Boer")),
        ("De heer De Smedt", ("", "", "De Smedt")),
        ("Dhr. Van den Berg", ("", "", "Van den Berg")),
        ("Mw. M. de Vries", ("M.", "de", "Vries")),
        ("M. de Vries", ("M.", "de", "Vries")),
        ("Mevr. M. Jansen-de Vries", ("M.", "", "Jansen-de Vries")),
        ("Prof. dr. J. P. de Wit", ("Prof. dr. J. P.", "de", "Wit")),
        ("Dr. de Wit", ("Dr.", "de", "Wit")),
        ("Dr. Jan Peeters", ("Dr. Jan", "", "Peeters")),
        ("dr Jan Peeters", ("dr Jan", "", "Peeters")),
        ("Apr. Lies Goethals", ("Apr. Lies", "", "Goethals")),
        ("Meester Paul Mertens", ("Meester Paul", "", "Mertens")),
        ("Peeters-De Wit Ann", ("Ann", "", "Peeters-De Wit")),
        ("Dhr. Jan Peeters", ("Jan", "", "Peeters")),
        ("De heer Jan Peeters", ("Jan", "", "Peeters")),
        ("de heer Peeters", ("", "", "Peeters")),
        ("Mevr. Peeters", ("", "", "Peeters")),
        ("Mme Claire Dubois", ("Claire", "", "Dubois")),
        ("M. Jean Dupont", ("Jean", "", "Dupont")),
        ("M. Peeters", ("M.", "", "Peeters")),
        ("Herr Otto von Hohenfels", ("Otto", "von", "Hohenfels")),
        ("Frau", ("", "", "Frau")),
        ("Jan van", ("Jan", "", "van")),
    ],
)
def test_names(text: str, name: tuple[str, str, str]) -> None:
    assert split_name(text) == name


@pytest.mark.parametrize(
    ("text", "order", "name"),
    [
        ("Van Dale Griet", "last", ("Griet", "", "Van Dale")),
        ("Dubois Claire", "last", ("Claire", "", "Dubois")),
        ("Peeters Jan Willem", "last", ("Jan Willem", "", "Peeters")),
        ("Van den Broeck Koen", "last", ("Koen", "", "Van den Broeck")),
        ("van der Berg Jan", "last", ("Jan", "van der", "Berg")),
        ("Berg Jan van der", "last", ("Jan", "van der", "Berg")),
        ("De Smedt Xyla", "last", ("Xyla", "", "De Smedt")),
        ("de Boer", "last", ("", "de", "Boer")),
        ("Van den Broeck Griet", "first", ("Griet", "", "Van den Broeck")),
        ("Van den Broeck", "first", ("", "", "Van den Broeck")),
        ("LAMBERT Jean-Luc", "last", ("Jean-Luc", "", "LAMBERT")),
        ("Peeters Jan", "", ("Jan", "", "Peeters")),
        ("Jan Peeters", "", ("Jan", "", "Peeters")),
        ("T.a.v. Jan Peeters", "", ("Jan", "", "Peeters")),
        ("t.a.v. mevrouw A. de Vries", "", ("A.", "de", "Vries")),
        ("À l'attention de Mme Claire Dubois", "", ("Claire", "", "Dubois")),
        ("T.a.v. crediteurenadministratie", "", ("", "", "crediteurenadministratie")),
        ("Afdeling inkoop", "", ("", "", "Afdeling inkoop")),
        ("Fam. Peeters-Claes", "", ("", "", "Peeters-Claes")),
        ("Dhr. en mevr. Jansen", "", ("", "", "Jansen")),
        ("Jan Peeters, MBA", "", ("Jan", "", "Peeters MBA")),
        ("Dr. ir. K.J. van 't Hof", "", ("Dr. ir. K.J.", "van 't", "Hof")),
    ],
)
def test_names_in_either_order(text: str, order: NameOrder, name: tuple[str, str, str]) -> None:
    assert split_name(text, order) == name


@pytest.mark.parametrize(
    ("header", "cells", "order"),
    [
        ("Naam en voornaam", ["Xx Yy"], "last"),
        ("Nom, prénom", [], "last"),
        ("Name / Vorname", [], "last"),
        ("Last name, first name", [], "last"),
        ("Voor- en achternaam", [], "first"),
        ("Prénom et nom", [], "first"),
        ("Contactpersoon", ["Peeters Jan", "Maes An"], "last"),
        ("Contactpersoon", ["Jan Peeters", "An Maes"], "first"),
        ("Contactpersoon", ["Xx Yy"], ""),
        ("Naam en voornaam", ["Jan Peeters"] * 5, "first"),
    ],
)
def test_the_order_of_a_column(header: str, cells: list[str], order: str) -> None:
    assert name_order(header, cells) == order


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Jan Jansen", ("Jan Jansen",)),
        ("Peeters, Jan", ("Peeters, Jan",)),
        ("Berg, Jan van der", ("Berg, Jan van der",)),
        ("Van den Broeck, Koen", ("Van den Broeck, Koen",)),
        ("van der Berg, Jan Willem", ("van der Berg, Jan Willem",)),
        ("Jan Jansen, Piet Pietersen", ("Jan Jansen", "Piet Pietersen")),
        ("Jan Jansen en Piet Pietersen", ("Jan Jansen", "Piet Pietersen")),
        ("Jan Jansen & An Peeters", ("Jan Jansen", "An Peeters")),
        ("Jan en Piet Jansen", ("Jan Jansen", "Piet Jansen")),
        ("Mr. Smets / Mr. Loos", ("Mr. Smets", "Mr. Loos")),
        ("Peeters Jan; Maes An; Claes Bo", ("Peeters Jan", "Maes An", "Claes Bo")),
        ("Smets / Loos", None),
        ("Peeters-Claes", ("Peeters-Claes",)),
        ("Dhr. en mevr. Jansen", ("Dhr. en mevr. Jansen",)),
        ("Sales & Marketing", ("Sales & Marketing",)),
    ],
)
def test_people_in_one_cell(text: str, people: tuple[str, ...] | None) -> None:
    assert people_in(text) == people


@pytest.mark.parametrize("order", ["", "first", "last"])
def test_words_that_are_only_a_first_or_last_name_tell_the_order(order: NameOrder) -> None:
    assert split_name("Peeters Griet", order) == ("Griet", "", "Peeters")
    assert split_name("Griet Peeters", order) == ("Griet", "", "Peeters")


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Jan Maes (zaakvoerder), An Peeters (boekhouding)", 2),
        ("An Peeters (boekhouding)", 1),
        ("Jan Maes - technisch directeur", 1),
        ("zie boven", 1),
    ],
)
def test_job_titles_are_not_people(text: str, people: int) -> None:
    assert len(people_in(text) or ()) == people


@pytest.mark.parametrize(
    ("firsts", "lasts", "swapped"),
    [
        (["Peeters", "Claes", ""], ["Griet", "Piet", "Jan"], True),
        (["Griet", "Piet"], ["Peeters", "Claes"], False),
        (["Peeters", "Piet", "An"], ["Griet", "Claes", "Bos"], False),
        (["Peeters"], ["Griet"], False),
        ([], [], False),
    ],
)
def test_first_and_last_names_in_each_others_column_are_seen(
    firsts: list[str], lasts: list[str], swapped: bool
) -> None:
    assert are_swapped(firsts, lasts) is swapped
