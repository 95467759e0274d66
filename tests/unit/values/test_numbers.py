"""Numbers and discounts, in the ways that countries and spreadsheets write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exact_import.values.scalars import decimal_mark, fraction, number
from exact_import.values.vocabulary import InvalidValue


@pytest.mark.parametrize(
    ("text", "decimal", "country", "value"),
    [
        ("1234", "", "NL", "1234"),
        ("1.234,56", "", "NL", "1234.56"),
        ("1,234.56", "", "NL", "1234.56"),
        ("1 234,56", "", "FR", "1234.56"),
        ("1\u202f234,56", "", "FR", "1234.56"),
        ("1'234.56", "", "CH", "1234.56"),
        ("1.234", "", "NL", "1234"),
        ("1.234", "", "US", "1.234"),
        ("1,234", "", "US", "1234"),
        ("1,234", "", "BE", "1.234"),
        ("1.234", ".", "NL", "1.234"),
        ("1.234", ",", "US", "1234"),
        ("1.234.567", "", "US", "1234567"),
        ("12.5", "", "NL", "12.5"),
        ("12,5", "", "US", "12.5"),
        (",5", "", "NL", "0.5"),
        ("12,", "", "NL", "12"),
        ("-12,5", "", "NL", "-12.5"),
        ("12,50-", "", "NL", "-12.5"),
        ("500-", "", "NL", "-500"),
        # A dash for the cents takes nothing away.
        ("500,-", "", "NL", "500"),
        ("€ 1.500,--", "", "NL", "1500"),
        ("500.-", "", "CH", "500"),
        ("500,=", "", "NL", "500"),
        ("-500,-", "", "NL", "-500"),
        ("−3", "", "NL", "-3"),
        ("+3", "", "NL", "3"),
        ("€ 1.500,00", "", "BE", "1500"),
        ("1500 EUR", "", "BE", "1500"),
    ],
)
def test_numbers(text: str, decimal: str, country: str, value: str) -> None:
    assert number(text, decimal, country) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("", ""),
        ("twaalf", ""),
        ("12abc", ""),
        ("1.23.4", ""),
        ("1.234.56", ""),
        ("1,234,56", ""),
        ("-5-", ""),
        ("12.5", ","),
        ("12,5", "."),
        ("1.234.567", "."),
        ("1.234,5", "."),
        ("1,234.567,8", ""),
        ("1E5", ""),
        ("9" * 400, ""),
        ("€", ""),
        (".", ""),
    ],
)
def test_what_is_no_number_is_refused(text: str, decimal: str) -> None:
    with pytest.raises(InvalidValue):
        number(text, decimal)


def test_degrees_have_no_thousands() -> None:
    assert number("50.846", "", "BE", grouped=False) == Decimal("50.846")
    assert number("50,846", "", "US", grouped=False) == Decimal("50.846")
    with pytest.raises(InvalidValue):
        number("1.234.567", "", "BE", grouped=False)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5,5 %", "0.055"),
        ("5.5%", "0.055"),
        ("5,5", "0.055"),
        ("5", "0.05"),
        ("1", "0.01"),
        ("100", "1"),
        ("0,055", "0.055"),
        (".05", "0.05"),
        ("0,5", "0.5"),
        ("0,5 %", "0.005"),
        ("0", "0"),
    ],
)
def test_discounts_are_fractions(text: str, value: str) -> None:
    assert fraction(text) == Decimal(value)


@pytest.mark.parametrize("text", ["101", "120 %", "-5", "5 %%", "%", "vijf"])
def test_what_is_no_discount_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        fraction(text)


@pytest.mark.parametrize(
    ("text", "grouped", "mark"),
    [
        ("12,5", True, ","),
        ("12.50", True, "."),
        ("€ 1.234,5", True, ","),
        ("1,234.5", True, "."),
        ("1.234.567", True, ","),
        ("1,234,567", True, "."),
        ("5,5 %", True, ","),
        ("0.125", True, "."),
        ("1.234", True, ""),
        ("1.234", False, "."),
        ("1 234", True, ""),
        ("1234", True, ""),
        ("12,", True, ""),
        ("twaalf,5", True, ""),
    ],
)
def test_a_number_gives_away_its_decimal_mark(text: str, grouped: bool, mark: str) -> None:
    assert decimal_mark(text, grouped=grouped) == mark


def test_no_thousands_begin_with_a_zero() -> None:
    assert number("0.125", "", "BE") == Decimal("0.125")
    assert number("0,125", "", "US") == Decimal("0.125")
