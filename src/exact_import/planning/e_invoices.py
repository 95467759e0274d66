"""Belgian customers that electronic invoices do not find, neither by a row nor by Exact Online.

Peppol, by which Belgian companies get their invoices since January 2026, knows a company by its
enterprise number (scheme 0208), unless it has another participant.
"""

from __future__ import annotations

from collections.abc import Mapping

from exact_import.planning.plan import Plan
from exact_import.records.merge import AccountRecord
from exact_import.store.mirror import RemoteRecord
from exact_import.values.identifiers import has_belgian_number


def check_number(
    plan: Plan,
    record: AccountRecord,
    held: RemoteRecord | None,
    countries: Mapping[str, str],
) -> None:
    """Note in `plan` a customer that `lacks_number`."""
    if lacks_number(record, held, countries):
        plan.unnumbered.append((record.lines[0], str(record.fields.get("Name") or "")))


def lacks_number(
    record: AccountRecord, held: RemoteRecord | None, countries: Mapping[str, str]
) -> bool:
    """Return True if a row's company is a Belgian customer without a number for e-invoices.

    `held` is its account in Exact Online, None for a new one. `countries` are, by file that has a
    column for a number, the country (ISO-2) of its rows that name none; others say nothing of it.
    """
    home = countries.get(record.lines[0][0])
    if home is None or record.person:
        return False
    known = held.fields if held is not None else {}

    def get(name: str) -> str:
        return str(record.fields.get(name) or known.get(name) or "").strip()

    return (
        (get("Country") or home) == "BE"
        and get("Status") in ("", "C")
        and not get("PeppolIdentifier")
        # That of a row is checked by now.
        and not str(record.fields.get("VATNumber") or "").startswith("BE")
        and not has_belgian_number(
            *(fields.get(name) for fields in (record.fields, known) for name in _NUMBERS)
        )
    )


_NUMBERS = ("VATNumber", "ChamberOfCommerce")
