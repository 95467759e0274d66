"""Words of names: which are first names, and where a company's name has a person beside it."""

from __future__ import annotations

import pytest

from converting import converted
from exact_import.values.person_words import (
    is_first_name,
    is_only_first,
    name_before,
    person_beside,
)


def warned(field: str, text: str, words: str) -> list[bool]:
    """Return for each problem of a text of `field` if its message has `words`."""
    return [words in message for _, message in converted(field, text).problems]


@pytest.mark.parametrize(
    ("word", "first", "only"),
    [
        ("Jan", True, True),
        ("J.P.", True, True),
        ("Jean-Luc", True, True),
        ("Bakkerij", False, False),
        ("van", False, False),
    ],
)
def test_a_first_name_is_known(word: str, first: bool, only: bool) -> None:
    assert (is_first_name(word), is_only_first(word)) == (first, only)


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("Alfa BV - Jan Maes", "Jan Maes"),
        ("Bakkerij Alfa – Jan Maes", "Jan Maes"),
        ("Alfa BV / An De Smet", "An De Smet"),
        ("Alfa BV | Peeters Jan", "Peeters Jan"),
        ("Alfa VZW (Els Janssens)", "Els Janssens"),
        ("Alfa BV, Jan Maes", "Jan Maes"),
        ("Alfa BV - Mevr. Maes", "Mevr. Maes"),
        ("ALFA BV - JAN MAES", "JAN MAES"),
        ("Jan Maes - Alfa BV", "Jan Maes"),
        ("Jan Maes (Alfa BV)", "Jan Maes"),
        ("Jan Maes, Alfa SRL", "Jan Maes"),
        # companies alone, and persons alone
        ("Garage Jan Maes", ""),
        ("Alfa (Belgium) NV", ""),
        ("Peeters - Janssens BV", ""),
        ("Alfa - Gent BV", ""),
        ("Bouw- en renovatie Alfa BV", ""),
        ("Alfa & Zonen (vestiging Aalst)", ""),
        ("Alfa BV, Gent", ""),
        ("Alfa BV / Beta BV", ""),
        ("Jan Maes (Gent)", ""),
        ("Maes, Jan", ""),
        ("Jan Maes, An Bos", ""),
        ("Alfa BV - afd. Inkoop", ""),
        ("Alfa - Chez Marie", ""),
        ("Alfa - 2 - Jan Maes", ""),
    ],
)
def test_a_person_beside_a_company_is_found_and_said(name: str, person: str) -> None:
    assert person_beside(name) == person
    assert converted("Name", name).value == name
    assert warned("Name", name, "contact person too") == [True] * bool(person)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("Jan Maes, Kerkstraat 1", "Jan Maes"),
        ("Alfa BV, Kerkstraat 1", "Alfa BV"),
        ("Kerkstraat 1", ""),
        ("Residentie Zon, Kerkstraat 1", ""),
        ("Jan Palfijnstraat, 12", ""),
        ("Jan Palfijnstraat, 12 bus 3", ""),
        ("12, rue Haute", ""),
    ],
)
def test_a_name_before_a_street_is_said(address: str, name: str) -> None:
    assert name_before(address) == name
    assert warned("AddressLine1", address, "begins with a name") == [True] * bool(name)
