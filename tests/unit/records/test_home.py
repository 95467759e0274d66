"""The country of a list that names none."""

from __future__ import annotations

import pytest

from exact_import.mapping.column_mapping import make_mapping
from exact_import.mapping.samples import Samples
from exact_import.records.home import certain_country, country_beside, country_of_row, country_seen


@pytest.mark.parametrize(
    ("header", "rows", "country"),
    [
        ("Bedrijf;Postcode;BTW-nummer", "Alfa;1000;0188.445.264\nBeta;2000;0140.759.965", "BE"),
        ("Bedrijf;Postcode", "Alfa;1234 AB\nBeta;3511LX", "NL"),
        ("Company;Postcode", "Alfa;LS1 4AP\nBeta;SW1A 1AA", "GB"),
        ("Bedrijf;Telefoon", "Alfa;+31 20 1234567\nBeta;+31 30 1234567", "NL"),
        ("Bedrijf;IBAN", "Alfa;BE32 1234 5678 9002", "BE"),
        ("Firma;Ort", "Alfa GmbH;Dresden\nBeta;Berlin", "DE"),
        ("Bedrijf;Plaats", "Alfa;Utrecht\nBeta;Gent", ""),
        ("Bedrijf;Plaats", "Alfa;Klein Dorp", ""),
        ("Bedrijf;Telefoon", "Alfa;09 123 45 67\nBeta;0475 12 34 56 / 02 123 45 67", "BE"),
        ("Firma;PLZ;Tel", "A GmbH;10115;030 12345\nB GmbH;01067;0351 12345", "DE"),
        ("Firma;PLZ;Tel", "A;10115;030123456\nB;01067;035112345", ""),
        ("Firma;PLZ/Ort;Tel", "A;80331 Berlin;089 123456\nB;80333 Dresden;089 223456", "DE"),
        # rows that name a country say nothing of those that do not
        ("Bedrijf;Plaats;Land", "Alfa;Utrecht;NL\nBeta;Gent;\nGamma;Breda;NL", "BE"),
    ],
)
def test_the_country_of_rows_that_name_none(header: str, rows: str, country: str) -> None:
    cells = [line.split(";") for line in rows.split("\n")]
    samples = Samples(list(zip(*cells, strict=True)))
    mapping = make_mapping(header.split(";"), {}, "a.csv", samples=samples)
    assert country_seen(mapping, samples) == country


@pytest.mark.parametrize(
    ("vat", "postcode", "country"),
    [
        ("NL004495445B01", "", "NL"),
        ("NL004495445B01", "1012 JS", "NL"),
        ("NL004495445B01", "9000", "NL"),
        ("NL004495445B01", "75002", ""),
        ("BE0403170701", "9000", "BE"),
        ("BE0403170701", "1012 JS", ""),
        ("DE136695976", "1067", ""),
        ("EL094259216", "", "GR"),
        ("XI123456789", "", "GB"),
        ("CHE-107.787.577 MWST", "", ""),
        ("12-3456789", "1012 JS", ""),
        ("", "1012 JS", "NL"),
        ("", "1012js", "NL"),
        ("", "SW1A 1AA", "GB"),
        ("", "B-9000", "BE"),
        ("", "NL-1012 JS", "NL"),
        ("", "L-1234", "LU"),
        ("", "9000", ""),
        ("", "X-9000", ""),
        ("", "", ""),
    ],
)
def test_a_companys_own_numbers_prove_its_country(vat: str, postcode: str, country: str) -> None:
    assert certain_country({"VATNumber": vat, "Postcode": postcode}) == country


@pytest.mark.parametrize(
    ("postcode", "country", "found"),
    [
        ("10115", "DE", "DE"),
        ("9000", "BE", "BE"),
        ("10115", "BE", ""),
        ("1012 AB", "BE", "NL"),
        ("D-10115", "BE", "DE"),
        ("", "BE", ""),
    ],
)
def test_a_further_address_is_in_the_country_that_its_postcode_allows(
    postcode: str, country: str, found: str
) -> None:
    assert country_beside({"Postcode": postcode}, country) == found


@pytest.mark.parametrize(
    ("fields", "assumed", "default", "country"),
    [
        # what the rest of the file says, where the row tells nothing else
        ({"Name": "Les Halles"}, "FR", "BE", "FR"),
        ({"Postcode": "06000"}, "FR", "BE", "FR"),
        ({"Postcode": "9000"}, "BE", "", "BE"),
        ({"Postcode": "1000", "VATNumber": "FR40303265045"}, "FR", "BE", "FR"),
        ({"Postcode": "06000", "VATNumber": "FR40303265045"}, "", "BE", "FR"),
        ({}, "", "BE", ""),
        # what the row tells otherwise
        ({"Postcode": "9000", "City": "Gent"}, "NL", "BE", ""),
        ({"Postcode": "9000"}, "NL", "BE", ""),
        ({"Postcode": "1012", "City": "Amsterdam"}, "NL", "BE", "NL"),
        ({"Postcode": "1012 JS"}, "BE", "BE", "NL"),
        ({"Postcode": "1000"}, "FR", "BE", ""),
        ({"Postcode": "10115", "City": "Berlin"}, "BE", "BE", "DE"),
        ({"Postcode": "10115", "Name": "Spree GmbH"}, "", "BE", "DE"),
        ({"Postcode": "10115"}, "BE", "BE", ""),
        ({"Postcode": "1040", "Name": "Donau GmbH"}, "BE", "BE", ""),
        ({"City": "Berlin"}, "BE", "BE", ""),
        ({"City": "Berlin", "Phone": "+31 20 1234567"}, "DE", "BE", ""),
        ({"Postcode": "20100", "VATNumber": "IT12345670017"}, "FR", "BE", "IT"),
    ],
)
def test_the_country_of_a_row_that_names_none(
    fields: dict[str, object], assumed: str, default: str, country: str
) -> None:
    assert country_of_row(fields, assumed, default) == country
