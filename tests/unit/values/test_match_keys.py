"""Values that tell who somebody is, however they are written."""

from __future__ import annotations

import pytest

from exact_import.values.match_keys import (
    SEPARATOR,
    address_key,
    bare_code,
    lookup_keys,
    own_domain,
    own_key,
    phone_key,
    place_key,
    street_key,
    strong_numbers,
    website_key,
)


def test_the_two_forms_of_a_belgian_number_are_one() -> None:
    found = strong_numbers("BE 0403.170.701", "0403.170.701")
    assert found == {"VATNumber": "be0403170701", "ChamberOfCommerce": "be0403170701"}


def test_a_kvk_number_is_no_vat_number() -> None:
    assert strong_numbers("", "30111222") == {"ChamberOfCommerce": "cha:30111222"}
    assert strong_numbers("NL081000261B01", None) == {"VATNumber": "vat:nl081000261b01"}


@pytest.mark.parametrize("text", ["09 225 10 01", "+32 9 225 10 01", "0032 92251001"])
def test_a_phone_number_is_one_with_its_country(text: str) -> None:
    assert phone_key(text) == "92251001"


def test_codes_compare_without_leading_zeros() -> None:
    assert bare_code(" 0012") == bare_code("12") == "12"
    assert bare_code("000") == "000"


def test_own_numbers_compare_without_punctuation_except_between_digits() -> None:
    assert own_key("K-0012 ") == own_key("k0012") == "k0012"
    assert len({own_key(text) for text in ("11", "1.1", "A11", "A1.1", "A1.1.0")}) == 5


def test_a_website_is_its_host_and_a_domain_no_providers() -> None:
    assert website_key("https://www.Acme.example/nl?x") == website_key("acme.example")
    assert own_domain("jan@acme.example") == "acme.example"
    assert own_domain("jan@Gmail.com") == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Brussel", "BRUXELLES"),
        ("Liège", "Luik"),
        ("Den Haag", "'s-Gravenhage"),
        ("'s Hertogenbosch", "Den Bosch"),
        ("St. Niklaas", "Sint-Niklaas"),
        ("Saint-Trond", "St.-Truiden"),
        ("1012 AB", "1012ab"),
        ("B-9000", "9000"),
        ("NL 1012 AB", "1012 AB"),
    ],
)
def test_a_city_is_one_in_every_language(one: str, other: str) -> None:
    assert place_key(one) == place_key(other) == place_key(place_key(one))


@pytest.mark.parametrize(
    ("one", "other"), [("Gent", "Gentbrugge"), ("Mons", "Bergen"), ("St", ""), ("B1 1AA", "1 1AA")]
)
def test_two_cities_are_two(one: str, other: str) -> None:
    assert place_key(one) != place_key(other)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://www.facebook.com/kantgent/", "facebook.com/KantGent#top", True),
        ("facebook.com/kantgent", "m.facebook.com/kantgent", True),
        ("facebook.com/kantgent", "facebook.com/kantbrugge", False),
        ("facebook.com/profile.php?id=1", "facebook.com/profile.php?id=2", False),
        ("kant.example/nl", "kant.example/fr", True),
    ],
)
def test_a_website_that_many_share_is_its_page(one: str, other: str, same: bool) -> None:
    assert (website_key(one) == website_key(other)) is same
    assert website_key(one)


@pytest.mark.parametrize("text", ["facebook.com", "https://www.instagram.com/", ""])
def test_the_host_alone_of_a_website_that_many_share_is_nothing(text: str) -> None:
    assert website_key(text) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Veldstraat 12", "Veldstr. 12"),
        ("Lange Straße 3", "Lange Str. 3"),
        ("Gentse Steenweg 4", "Gentse stwg 4"),
        ("Avenue Louise 5", "Av. Louise, 5"),
        ("Boulevard Anspach 6", "Bld Anspach 6"),
        ("Kouter nr. 7", "Kouter n° 7"),
        ("Kouter 7 A", "KOUTER 7a"),
    ],
)
def test_a_street_is_one_however_it_is_shortened(one: str, other: str) -> None:
    assert street_key(one) == street_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Veldstraat 12", "Veldstraat 14"), ("Stroom 1", "Straatoom 1"), ("Nord 1", "Noord 1")],
)
def test_two_streets_are_two(one: str, other: str) -> None:
    assert street_key(one) != street_key(other)


def test_an_address_has_a_postcode_and_a_house_number() -> None:
    assert address_key("9000", "veldstraat12") == f"9000{SEPARATOR}veldstraat12"
    assert address_key("9000", "veldstraat") == address_key("", "veldstraat12") == ""


def test_an_account_is_found_by_all_it_has() -> None:
    fields = {"Code": "  0012", "Name": "Café Zon BV", "Postcode": "1012 ab", "City": "Amsterdam"}
    assert dict(lookup_keys(fields)) == {
        "Code": "12",
        "Name": "cafe zon",
        "Postcode+Name": "1012ab\x1fcafe zon",
        "City+Name": "amsterdam\x1fcafe zon",
    }
    at_home = {"Postcode": "1012 ab", "AddressLine1": "Damstr. 1"}
    assert dict(lookup_keys(at_home)) == {"Address": "1012ab\x1fdamstraat1"}
