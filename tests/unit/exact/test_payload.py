"""What goes out on the wire: only forms that Exact Online is known to take."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from exact_import.errors import ExactImportError, ExitStatus
from exact_import.exact.client import written
from exact_import.fields import catalogue

# A field of each type, what the importer holds, and what may be sent.
FORMS = [
    ("Name", 'Zoë "& Zo"\r\nnv', '"Zoë \\"& Zo\\"\\r\\nnv"'),
    ("Name", "", '""'),
    ("Name", None, "null"),
    ("AccountManager", "6c5b3c1a-0d6f-4f0e-9c5a-0f3d9f5b2a11", None),
    ("StartDate", "2024-02-29", '"2024-02-29T00:00:00Z"'),
    ("StartDate", "2024-02-29T13:05", '"2024-02-29T13:05:00Z"'),
    ("StartDate", "2024-02-29T13:05:06", '"2024-02-29T13:05:06Z"'),
    ("StartDate", "2024-02-29T13:05:06Z", '"2024-02-29T13:05:06Z"'),
    ("StartDate", "2014-02-12T17:08:04.577Z", '"2014-02-12T17:08:04Z"'),
    ("IsSupplier", True, "true"),
    ("IsSupplier", False, "false"),
    ("IsSupplier", 1, "true"),
    ("IsMailing", True, "1"),
    ("IsMailing", 0, "0"),
    ("SecurityLevel", 100, "100"),
    ("SecurityLevel", 100.0, "100"),
    ("CreditLineSales", 12, "12"),
    ("CreditLineSales", 1234.56, "1234.56"),
    ("CreditLineSales", 1e22, "10000000000000000000000"),
    ("DiscountSales", 1e-07, "0.0000001"),
    ("DiscountSales", Decimal("5.5E-2"), "0.055"),
    ("Latitude", -0.0, "0.0"),
]


@pytest.mark.parametrize(("name", "value", "sent"), FORMS)
def test_every_value_goes_out_in_a_form_that_is_known(
    name: str, value: object, sent: str | None
) -> None:
    body = written("account", {name: value})
    assert body == f'{{"{name}": {sent if sent is not None else json.dumps(value)}}}'
    assert json.loads(body).keys() == {name}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("StartDate", "29 February 2024"),
        ("StartDate", 20240229),
        ("IsSupplier", "yes"),
        ("IsSupplier", 2),
        ("IsMailing", "1"),
        ("SecurityLevel", 1.5),
        ("CreditLineSales", float("nan")),
        ("CreditLineSales", float("inf")),
        ("CreditLineSales", "12"),
        ("Name", 12),
    ],
)
def test_another_form_is_never_sent(name: str, value: object) -> None:
    with pytest.raises(ExactImportError, match=f"{name}.*not sent") as caught:
        written("account", {name: value})
    assert caught.value.exit_status == ExitStatus.FAULT


def test_the_forms_cover_every_type_that_is_written() -> None:
    fields = catalogue("account")
    tried = {fields[name].edm for name, _, _ in FORMS}
    kinds = ("account", "contact", "address", "bank account")
    wanted = {one.edm for kind in kinds for one in catalogue(kind).values() if one.writable}
    assert wanted - tried <= {"Binary", "Int16"}  # as String and as Int32
