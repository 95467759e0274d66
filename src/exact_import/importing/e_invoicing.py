"""Which Belgian customers of files cannot get electronic invoices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from exact_import.values.identifiers import has_belgian_number

if TYPE_CHECKING:
    from exact_import.importing.load import LoadedFiles
    from exact_import.records.merge import AccountRecord
    from exact_import.records.models import RowLocation


def without_number(loaded: LoadedFiles) -> Iterator[tuple[RowLocation, str]]:
    """Yield the row and the name of Belgian companies that no e-invoice can be addressed to.

    They have no enterprise number (KBO, BTW) and no Peppol participant, in files that have a column
    for one.
    """
    home = {
        sheet.table.name: sheet.rules.country
        for sheet in loaded.sheets
        if not {"VATNumber", "ChamberOfCommerce"}.isdisjoint(
            sheet.mapping.templates.get("account", {})
        )
    }
    for record in loaded.records:
        row = record.lines[0]
        if row[0] in home and _lacks_number(record, home[row[0]]):
            yield row, str(record.fields.get("Name") or "")


def _lacks_number(record: AccountRecord, home: str) -> bool:
    get = record.fields.get
    return (
        (get("Country") or home) == "BE"
        and get("Status") in (None, "C")
        and not record.person
        and not get("PeppolIdentifier")
        and not str(get("VATNumber") or "").startswith("BE")  # checked by now
        and not has_belgian_number(get("VATNumber"), get("ChamberOfCommerce"))
    )
