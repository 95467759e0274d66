"""The checks of values that [validation] can set to error, warning or off."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Level = Literal["error", "warning", "off"]

# By name: the default, and what is checked.
CHECKS: Mapping[str, tuple[Level, str]] = MappingProxyType(
    {
        "type": (
            "error",
            "invalid numbers and yes/no values, and texts longer than any field",
        ),
        "date": ("error", "invalid dates, and dates whose day and month could be either way round"),
        "guid": ("error", "IDs that are not GUIDs"),
        "code": ("error", "codes to which a spreadsheet added decimals, and codes with letters"),
        "vat": ("error", "the form and check digits of VAT numbers of the European Union"),
        "chamber_of_commerce": (
            "error",
            "Dutch KvK numbers (8 digits) and Belgian enterprise numbers",
        ),
        "iban": ("error", "the form and check digits of bank accounts"),
        "peppol": ("error", "Peppol participants: the scheme and its check digits"),
        "email": ("error", "the spelling of e-mail addresses"),
        "website": ("error", "web addresses with spaces or without a dot"),
        "country": ("error", "unknown countries"),
        "language": ("warning", "unknown languages; the value is left out"),
        "currency": (
            "error",
            "unknown currencies; an amount in a currency other than the euro is a warning",
        ),
        "status": ("warning", "unknown words for a status; the value is left out"),
        "gender": ("warning", "unknown words for a gender; the value is left out"),
        "reference": (
            "warning",
            (
                "account managers, payment conditions, VAT codes and classifications that your "
                "company does not have; the value is left out"
            ),
        ),
        "excel": (
            "error",
            "spreadsheet errors such as #REF!, and long numbers rounded to 1,23E+11",
        ),
        "length": ("warning", "texts longer than Exact Online probably stores"),
        "phone": ("warning", "telephone and fax numbers that cannot be dialled"),
        "bic": ("warning", "invalid bank codes (BIC)"),
        "bsn": ("warning", "the check digit of Dutch BSN and RSIN numbers"),
        "several": ("warning", "several e-mail addresses, telephone numbers or values in a cell"),
        "duplicate": (
            "warning",
            "companies with the same VAT number, name and postcode, or code (leading zeros aside)",
        ),
        "placeholder": ("warning", "placeholders such as n.v.t., which count as empty"),
        "ditto": ("error", 'marks that refer to another row, such as idem or "'),
        "encoding": ("warning", "characters that were damaged when the file was saved (\ufffd)"),
        "place": (
            "error",
            (
                "postcodes without a digit; a letter O for a zero, and a city without letters, "
                "are warnings"
            ),
        ),
        "name": (
            "warning",
            "names without letters, e-mail addresses as or in a name, and remarks after a name",
        ),
    }
)
