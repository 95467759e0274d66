"""Whether the Belgian customers of files can get electronic invoices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from exact_import.text import counted
from exact_import.values.identifiers import has_belgian_number

if TYPE_CHECKING:
    from exact_import.importing.load import LoadedFiles


def lacking_numbers(loaded: LoadedFiles) -> Iterator[str]:
    """Yield how many Belgian companies have no number to invoice them by, if files have numbers."""
    home = {
        sheet.table.name: sheet.rules.country
        for sheet in loaded.sheets
        if not {"VATNumber", "ChamberOfCommerce"}.isdisjoint(
            sheet.mapping.templates.get("account", {})
        )
    }
    lacking = sum(
        (record.fields.get("Country") or home[record.lines[0][0]]) == "BE"
        and record.fields.get("Status") in (None, "C")
        and not record.person
        and not str(record.fields.get("VATNumber") or "").startswith("BE")  # checked by now
        and not has_belgian_number(
            record.fields.get("VATNumber"), record.fields.get("ChamberOfCommerce")
        )
        for record in loaded.records
        if record.lines[0][0] in home
    )
    if lacking:
        yield (
            f"The file has {counted(lacking, 'Belgian customer')} without an enterprise number. "
            "Companies need one to get electronic invoices (Peppol), which are the rule in Belgium "
            "since January 2026."
        )
