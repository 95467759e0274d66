"""A whole name in one cell, taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exact_import.mapping.column_mapping import split_name


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


@given(st.text(max_size=40))
def test_no_name_gets_lost_whole(text: str) -> None:
    name = split_name(text)
    assert bool("".join(name)) == bool(text.replace(",", " ").split())
    assert all(part == " ".join(part.split()) for part in name)
