"""Cells of a city or a postcode that hold more than that."""

from __future__ import annotations

import pytest

from exact_import.values.places import parts_of_city, parts_of_postcode


@pytest.mark.parametrize(
    ("text", "city", "also"),
    [
        ("Gent (België)", "Gent", {"Country": "BE"}),
        ("Amsterdam, Nederland", "Amsterdam", {"Country": "NL"}),
        ("Lille - France", "Lille", {"Country": "FR"}),
        ("Sint-Niklaas / België", "Sint-Niklaas", {"Country": "BE"}),
        ("München (D)", "München", {"Country": "DE"}),
        ("Gent, BE", "Gent", {"Country": "BE"}),
        ("9000 Gent", "Gent", {"Postcode": "9000"}),
        ("B-9000 Gent", "Gent", {"Postcode": "9000", "Country": "BE"}),
        ("L-1234 Luxembourg", "Luxembourg", {"Postcode": "1234", "Country": "LU"}),
        ("F-59000 Lille (France)", "Lille", {"Postcode": "59000", "Country": "FR"}),
        ("2611 GP Delft", "Delft", {"Postcode": "2611 GP"}),
        ("3665 As", "As", {"Postcode": "3665"}),
    ],
)
def test_a_city_is_taken_apart(text: str, city: str, also: dict[str, str]) -> None:
    assert parts_of_city(text) == (city, also)


@pytest.mark.parametrize(
    "text",
    [
        "Gent",
        "Luxembourg",
        "Halle (Saale)",
        "Frankfurt (Oder)",
        "Gent (deelgemeente Ledeberg)",
        "Aalst (Oost-Vlaanderen)",
        "Gent/Ledeberg",
        "Wilmington, DE",
        "Atlanta, Georgia",
        "Paris 8",
        "9000",
        "Bergen - Mons",
    ],
)
def test_a_city_alone_stays(text: str) -> None:
    assert parts_of_city(text) is None


@pytest.mark.parametrize(
    ("text", "postcode", "also"),
    [
        ("9000 Gent", "9000", {"City": "Gent"}),
        ("B-9000 Gent", "B-9000", {"City": "Gent"}),
        ("2611 GP Delft", "2611 GP", {"City": "Delft"}),
        ("75008 Paris", "75008", {"City": "Paris"}),
    ],
)
def test_a_postcode_is_taken_apart(text: str, postcode: str, also: dict[str, str]) -> None:
    assert parts_of_postcode(text) == (postcode, also)


@pytest.mark.parametrize("text", ["9000", "1234 AB", "1234 ab", "B-9000", "SW1A 1AA", "00-950"])
def test_a_postcode_alone_stays(text: str) -> None:
    assert parts_of_postcode(text) is None
