"""No cell whatever makes an exception, an endless search, or a value of the wrong type."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depth import scaled
from exact_import.fields import Field, Kind, catalogue
from exact_import.records.models import key_value
from exact_import.tables.rejects_form import guard
from exact_import.text import compose, fold
from exact_import.values.convert import Converter, Rules
from long_texts import slow_texts

KINDS: tuple[Kind, ...] = ("account", "contact", "address", "bank account")
FIELDS = [field for kind in KINDS for field in catalogue(kind).values() if field.writable]
KNOWN = {
    "VATNumber",
    "ChamberOfCommerce",
    "BSN",
    "BankAccount",
    "BICCode",
    "Email",
    "Website",
    "Phone",
    "Language",
    "SalesCurrency",
    "Gender",
    "Country",
    "Code",
    "Postcode",
    "Status",
    "Remarks",
    "DiscountSales",
}
TYPES: dict[str, type] = {
    "String": str, "Guid": str, "DateTime": str, "Boolean": bool, "Double": float,
    "Byte": int, "Int16": int, "Int32": int,
}  # fmt: skip
CELLS = (
    st.text(max_size=60)
    | st.text("0123456789.,-/ %€EeBN:+T", max_size=30)
    | st.sampled_from(["ja", "1E+05", "#REF!", "klant", "NL", "31/12/2024", "5 %", "a@b.be"])
)


@settings(max_examples=scaled(1000))
@given(
    field=st.sampled_from(FIELDS),
    text=CELLS,
    country=st.sampled_from(["", "BE", "NL", "GR", "US", "XX", "CH", "GB"]),
    order=st.sampled_from(["", "dmy", "mdy", "ymd"]),
    decimal=st.sampled_from(["", ",", "."]),
)
def test_any_cell_in_any_field(
    field: Field, text: str, country: str, order: str, decimal: str
) -> None:
    rules = Rules(country="BE", date_order=order, decimal=decimal)  # type: ignore[arg-type]  # drawn from the literals
    converter = Converter(rules)
    result = converter.convert(field, text.strip(), country)
    severities = {severity for severity, _ in result.problems}
    assert result.value is None or type(result.value) is TYPES[field.edm]
    assert result.value != ""
    assert result.value is None or "error" not in severities
    if result.value is None and text.strip(" \u00a0").isprintable() and text.strip():
        # What is not sent is not silently not sent; it may be the value of another field.
        assert severities or result.also or not text.isascii()
    json.dumps(result.value, allow_nan=False).encode()
    for _, message in result.problems:
        assert "\n" not in message
        assert message.endswith((".", "?"))
    if isinstance(result.value, str):
        again = converter.convert(field, result.value, country)
        assert (again.value, again.also) == (result.value, result.also) or field.name == "Status"


# One field of each way to be converted.
DIFFERENT = {
    (field.edm if field.edm != "String" else "", field.name if field.name in KNOWN else ""): field
    for field in FIELDS
}


@pytest.mark.parametrize("field", DIFFERENT.values(), ids=lambda field: f"{field.name}")
def test_a_very_long_cell_is_answered_in_time(field: Field) -> None:
    converter = Converter(Rules(country="BE"))

    def convert(text: str) -> None:
        result = converter.convert(field, text.strip(), "BE")
        assert all(len(message) < 400 for _, message in result.problems)

    assert slow_texts(convert) == {}


def test_long_texts_are_compared_in_time() -> None:
    def compare(text: str) -> None:
        guard(text, ours=True)
        guard(text, ours=False)
        key_value("Name+Postcode", {"Name": text, "Postcode": text})
        compose(text)
        fold(text)

    assert slow_texts(compare) == {}
