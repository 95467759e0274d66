"""Which customers lack the number that electronic invoices find a Belgian company by."""

from __future__ import annotations

from typing import Any

import pytest

from exact_import.planning.planner import lacks_number
from exact_import.store.mirror import RemoteRecord
from matched_company import record

BELGIAN, DUTCH = "BE", "NL"
VAT = "BE0403170701"


@pytest.mark.parametrize(
    ("row", "known", "country", "lacks", "asked"),
    [
        ({"Name": "Zon"}, None, BELGIAN, True, 1),
        ({"Name": "Zon"}, {"ChamberOfCommerce": "0403.170.701"}, BELGIAN, False, 1),
        ({"Name": "Zon"}, {"VATNumber": "BE0403170702"}, BELGIAN, True, 1),
        ({"Name": "Zon"}, {"PeppolIdentifier": "0208:0403170701"}, BELGIAN, False, 1),
        ({"Name": "Zon"}, {"Country": "NL"}, BELGIAN, False, 1),
        ({"Name": "Zon"}, {"Status": "S"}, BELGIAN, False, 1),
        ({"Name": "Zon"}, {"Country": "BE"}, DUTCH, True, 1),
        ({"Name": "Zon", "VATNumber": "NL004495445B01"}, {"VATNumber": VAT}, BELGIAN, False, 1),
        # What the row says is enough: Exact Online's record is not read.
        ({"Name": "Zon", "VATNumber": VAT}, {"Name": "Zon"}, BELGIAN, False, 0),
        ({"Name": "Zon", "ChamberOfCommerce": "403170701"}, None, BELGIAN, False, 0),
        ({"Name": "Zon", "PeppolIdentifier": "9925:BE0403170701"}, None, BELGIAN, False, 0),
        ({"Name": "Zon", "Country": "FR"}, {"Country": "BE"}, BELGIAN, False, 0),
        ({"Name": "Zon", "Status": "P"}, None, BELGIAN, False, 0),
        ({"Name": "Zon"}, None, "", False, 1),
    ],
)
def test_a_belgian_customer_needs_a_number(
    row: dict[str, Any],
    known: dict[str, Any] | None,
    country: str,
    lacks: bool,
    asked: int,
) -> None:
    reads: list[str] = []

    def held() -> RemoteRecord | None:
        reads.append("account")
        return None if known is None else RemoteRecord("account", "1", None, known, 1)

    assert lacks_number(record(row, 2, file="a.csv"), held, country) is lacks
    assert len(reads) == asked
