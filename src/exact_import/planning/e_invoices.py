"""Belgian customers without a number for electronic invoices, in their row and in Exact Online.

Since January 2026, Belgian companies get their invoices through Peppol, which identifies a company
by its enterprise number (scheme 0208), unless it has another participant ID.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from exact_import.records.merge import AccountRecord
from exact_import.store.mirror import RemoteRecord
from exact_import.values.identifiers import has_belgian_number


def lacks_number(
    record: AccountRecord, held: Callable[[], RemoteRecord | None], country: str
) -> bool:
    """Return True if a row's company is a Belgian customer without a number for e-invoices.

    `held` returns its account in Exact Online, None for a new one; it is called only if the row
    does not decide. `country` (ISO-2) is that of rows without one.
    """
    if record.person or _has_number(record.fields):
        return False
    if not _needs_number(record.fields, "BE"):
        return False
    account = held()
    known = account.fields if account is not None else {}
    stated = {name: value for name, value in record.fields.items() if value}
    return _needs_number({**known, **stated}, country) and not _has_belgian(known)


def _needs_number(fields: Mapping[str, Any], country: str) -> bool:
    """Return True for a customer in Belgium without another participant ID."""
    return (
        (fields.get("Country") or country) == "BE"
        and str(fields.get("Status") or "").strip() in ("", "C")
        and not str(fields.get("PeppolIdentifier") or "").strip()
    )


def _has_number(row: Mapping[str, Any]) -> bool:
    # The check digits of a row's VAT number have already been checked.
    return str(row.get("VATNumber") or "").startswith("BE") or _has_belgian(row)


def _has_belgian(fields: Mapping[str, Any]) -> bool:
    return has_belgian_number(*(fields.get(name) for name in ("VATNumber", "ChamberOfCommerce")))
