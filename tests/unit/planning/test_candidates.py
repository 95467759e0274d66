"""Where a candidate is, in words."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from exact_import.fields import RecordKind
from exact_import.planning.plan import address_of


@pytest.mark.parametrize(
    ("kind", "fields", "address"),
    [
        (
            "account",
            {"AddressLine1": "Kerkstraat 1", "Postcode": "8000", "City": "Brugge"},
            "Kerkstraat 1, 8000 Brugge",
        ),
        ("account", {"AddressLine1": " ", "City": "Brugge "}, "Brugge"),
        ("account", {"AddressLine1": "Kerkstraat 1", "Postcode": None}, "Kerkstraat 1"),
        ("account", {"Email": "info@a.example"}, ""),
        ("contact", {"Email": "an@a.example", "Mobile": "0470 11"}, "an@a.example"),
        ("contact", {"Email": "", "Mobile": "0470 11"}, "0470 11"),
        ("contact", {"City": "Brugge"}, ""),
    ],
)
def test_an_address_tells_two_records_apart(
    kind: RecordKind, fields: Mapping[str, object], address: str
) -> None:
    assert address_of(kind, fields) == address
