"""What is one value in two spellings, and what is another value."""

from __future__ import annotations

import pytest

from exact_import.values.match_keys import written_alike


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("Phone", "09 345 67 89", "093456789"),
        ("Phone", "02 511 22 33", "+3225112233"),
        ("BusinessMobile", "0032 (0)475/12.34.56", "0475 12 34 56"),
        ("Fax", "+32 2 511 22 33", "0032 2 511 22 33"),
        ("Email", "Marijke@DeLinde.example", "marijke@delinde.example"),
        ("Website", "https://www.acme.example/", "acme.example"),
        ("Website", "ACME.example/nl", "http://acme.example/nl"),
        ("City", "Gent", "Ghent"),
        ("City", "Bruxelles", "BRUSSEL"),
    ],
)
def test_one_value_in_two_spellings(field: str, one: str, other: str) -> None:
    assert written_alike(field, one, other)
    assert written_alike(field, other, one)


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("Phone", "09 345 67 89", "09 345 67 80"),
        # Neither may stand for the other: a lost zero, another country, a number without its area.
        ("Phone", "93456789", "093456789"),
        ("Phone", "+31 9 345 67 89", "+32 9 345 67 89"),
        ("Phone", "345 67 89", "+32 9 345 67 89"),
        ("Phone", "09 345 67 89", "09 345 67 89 ext. 4"),
        ("Email", "an@acme.example", "an@acme.be"),
        ("Website", "acme.example/NL", "acme.example/nl"),
        ("City", "Mariakerke", "Mariakerke (Gent)"),
        ("Name", "Acme", "ACME"),
        ("AddressLine1", "Kerkstraat 1", "kerkstraat 1"),
    ],
)
def test_what_is_another_value(field: str, one: str, other: str) -> None:
    assert not written_alike(field, one, other)
    assert not written_alike(field, other, one)
