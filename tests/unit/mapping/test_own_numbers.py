"""Which columns number a source's companies and people."""

from __future__ import annotations

import pytest

from exact_import.mapping.columns import own_number_columns


@pytest.mark.parametrize(
    ("header", "companies", "people", "expected"),
    [
        (["Contact ID", "Bedrijf", "Voornaam"], True, True, {"contact": 0}),
        (["Customer ID", "Contact ID", "Company"], True, True, {"account": 0, "contact": 1}),
        (["Record ID", "Company"], True, False, {"account": 0}),
        (["ID", "First name"], False, True, {"account": 0}),
        (["ID", "Company", "First name"], True, True, {"contact": 0}),
        (["Record ID - Company", "Record ID - Contact"], True, True, {"account": 0, "contact": 1}),
        (["Persoonsnr", "Klant-ID"], True, True, {"contact": 0, "account": 1}),
        (["N° adhérent", "Prénom"], False, True, {"contact": 0}),
        (["Mitglieds-Nr.", "Vorname"], False, True, {"contact": 0}),
        (["Mitgl.-Nr.", "Vorname"], False, True, {"contact": 0}),
        (["id_customer", "Company"], True, False, {"account": 0}),
        (["Key account", "Company"], True, False, {}),
        (["Company", "Ordernummer", "Country ID"], True, False, {}),
    ],
)
def test_a_header_says_whom_a_column_numbers(
    header: list[str], companies: bool, people: bool, expected: dict[str, int]
) -> None:
    assert own_number_columns(header, (), companies=companies, people=people) == expected


def test_a_column_with_another_meaning_is_no_number() -> None:
    assert own_number_columns(["Customer ID"], {0}, companies=True, people=False) == {}
