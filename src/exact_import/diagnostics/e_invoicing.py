"""Whether Belgian customers can get electronic invoices, by what earlier runs read of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from exact_import.diagnostics.checks import Check, note, ok
from exact_import.values.identifiers import has_belgian_number

if TYPE_CHECKING:
    from exact_import.store.mirror import Mirror


def belgian_numbers(mirror: Mirror, home: str) -> Iterator[Check]:
    """Yield how many Belgian customers have no valid enterprise number; nothing without any.

    `home` is the country (ISO-2) of accounts whose country was not read. Peppol, by which Belgian
    companies get their invoices since January 2026, knows them by that number.
    """
    customers = lacking = 0
    for account in mirror.live("account"):
        fields = account.fields
        country = str(fields.get("Country", home) or "").strip()
        if country == "BE" and str(fields.get("Status") or "").strip() == "C":
            customers += 1
            numbers = fields.get("VATNumber"), fields.get("ChamberOfCommerce")
            lacking += not has_belgian_number(*numbers)
    if lacking:
        yield note(
            "e-invoicing",
            f"{lacking:,} of {customers:,} Belgian customers have no valid enterprise number",
            "Companies need one to get electronic invoices (Peppol), private persons do not: add "
            "a column with VAT or enterprise numbers to your file",
        )
    elif customers:
        yield ok("e-invoicing", f"all {customers:,} Belgian customers have an enterprise number")
