"""A whole name in one cell, taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exact_import.csvfile.person import split_name


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
