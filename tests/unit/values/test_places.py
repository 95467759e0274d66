"""Addresses, places, cities and postcodes that share a cell, taken apart."""

from __future__ import annotations

import pytest

from exact_import.values.places import (
    parts_of_city,
    parts_of_postcode,
    split_address,
    split_place,
)


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
        ("B 9000 Gent", "Gent", {"Postcode": "9000", "Country": "BE"}),
        ("Gent (9000)", "Gent", {"Postcode": "9000"}),
        ("Gent 9000", "Gent", {"Postcode": "9000"}),
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
        "Sector 7000",
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


@pytest.mark.parametrize(
    ("text", "postcode", "city"),
    [
        ("1234 AB Utrecht", "1234 AB", "Utrecht"),
        ("3511LX Utrecht", "3511LX", "Utrecht"),
        ("1234ab Den Haag", "1234ab", "Den Haag"),
        ("9000 Gent", "9000", "Gent"),
        ("B-9000 Gent", "B-9000", "Gent"),
        ("3665 As", "3665", "As"),
        ("75001 Paris", "75001", "Paris"),
        ("59000 Lille CEDEX 2", "59000", "Lille CEDEX 2"),
        ("D-10115 Berlin", "D-10115", "Berlin"),
        ("L-1234 Luxembourg", "L-1234", "Luxembourg"),
        ("1030 - Schaerbeek", "1030", "Schaerbeek"),
        ("Gent (9000)", "9000", "Gent"),
        ("Gent 9000", "9000", "Gent"),
        ("Aalter, 9880", "9880", "Aalter"),
        ("9880, Aalter", "9880", "Aalter"),
        ("Sector 9880", "", "Sector 9880"),
        ("'s-Gravenhage", "", "'s-Gravenhage"),
        ("Domburg", "", "Domburg"),
        ("9000", "9000", ""),
        ("1234 AB", "1234 AB", ""),
        ("", "", ""),
    ],
)
def test_places(text: str, postcode: str, city: str) -> None:
    assert split_place(text) == (postcode, city)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Meir 1, 2000 Antwerpen", ("Meir 1", "2000", "Antwerpen", "")),
        ("Graslei 7 bus 2, 9000 Gent", ("Graslei 7 bus 2", "9000", "Gent", "")),
        ("Kerkstraat 12, 9000 Gent, België", ("Kerkstraat 12", "9000", "Gent", "België")),
        ("Kade 4, 1011 AB Amsterdam, Netherlands",
         ("Kade 4", "1011 AB", "Amsterdam", "Netherlands")),
        ("Rue Neuve 9, 1000 Bruxelles", ("Rue Neuve 9", "1000", "Bruxelles", "")),
        ("10 rue du Lac, 75002 Paris, France", ("10 rue du Lac", "75002", "Paris", "France")),
        ("Hauptstr. 5, 10115 Berlin", ("Hauptstr. 5", "10115", "Berlin", "")),
        ("Markt 1 - 8000 Brugge", ("Markt 1", "8000", "Brugge", "")),
        ("Kerkstraat 12 9000 Gent", ("Kerkstraat 12", "9000", "Gent", "")),
        ("Kerkstraat 12\n9000 Gent\nBelgium", ("Kerkstraat 12", "9000", "Gent", "Belgium")),
        ("Gebouw C, Kerkstraat 12, 9000 Gent", ("Gebouw C, Kerkstraat 12", "9000", "Gent", "")),
        ("Meir 1  Antwerpen  2000 BE", ("Meir 1", "2000", "Antwerpen", "BE")),
        ("Kade 4  Amsterdam  NH  1011 AB NL", ("Kade 4", "1011 AB", "Amsterdam", "NL")),
        ("1 High St, London SW1A 1AA, UK", ("1 High St", "SW1A 1AA", "London", "UK")),
        ("Main St 1, Dublin, Ierland", ("Main St 1, Dublin, Ierland", "", "", "Ierland")),
        ("Kerkstraat 12", ("Kerkstraat 12", "", "", "")),
        ("Kerkstraat 12, bus 3", ("Kerkstraat 12, bus 3", "", "", "")),
        ("", ("", "", "", "")),
    ],
)  # fmt: skip
def test_addresses(text: str, parts: tuple[str, str, str, str]) -> None:
    assert split_address(text) == parts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12 rue de la Paix 75002 Paris", ("12 rue de la Paix", "75002", "Paris", "")),
        ("3 bis quai Nord 33000 Bordeaux", ("3 bis quai Nord", "33000", "Bordeaux", "")),
        (
            "12 rue Neuve 1000 Bruxelles, Belgique",
            ("12 rue Neuve", "1000", "Bruxelles", "Belgique"),
        ),
        ("Route 66 12 straat 9000 Gent", ("Route 66 12 straat 9000 Gent", "", "", "")),
    ],
)
def test_a_number_may_come_before_the_street(text: str, expected: tuple[str, ...]) -> None:
    assert split_address(text) == expected
