"""The checks of values that [validation] can set to error, warning or off."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Level = Literal["error", "warning", "off"]

_ERRORS = {
    "type": "invalid numbers and yes/no values, and texts longer than any field",
    "date": "invalid dates, and dates whose day and month could be either way round",
    "guid": "IDs that are not GUIDs",
    "code": "codes to which a spreadsheet added decimals, and codes with letters",
    "vat": "the form and check digits of VAT numbers of the European Union",
    "chamber_of_commerce": "Dutch KvK numbers (8 digits) and Belgian enterprise numbers",
    "iban": "the form and check digits of bank accounts",
    "peppol": "Peppol participants: the scheme and its check digits",
    "email": "the spelling of e-mail addresses",
    "website": "web addresses with spaces or without a dot",
    "country": "unknown countries",
    "currency": "unknown currencies; an amount in a currency other than the euro is a warning",
    "excel": "spreadsheet errors such as #REF!, and long numbers rounded to 1,23E+11",
    "ditto": 'marks that refer to another row, such as idem or "',
    "place": "postcodes without a digit; a letter O for a zero, and a city without letters, are "
    "warnings",
}
_WARNINGS = {
    "language": "unknown languages; the value is left out",
    "status": "unknown words for a status; the value is left out",
    "gender": "unknown words for a gender; the value is left out",
    "reference": "account managers, payment conditions, VAT codes and classifications that your "
    "company does not have; the value is left out",
    "length": "texts longer than Exact Online probably stores",
    "phone": "telephone and fax numbers that cannot be dialled",
    "bic": "invalid bank codes (BIC)",
    "bsn": "the check digit of Dutch BSN and RSIN numbers",
    "several": "several e-mail addresses, telephone numbers or values in a cell",
    "duplicate": "companies with the same VAT number, name and postcode, or code (leading zeros "
    "aside)",
    "placeholder": "placeholders such as n.v.t., which count as empty",
    "encoding": "characters that were damaged when the file was saved (\ufffd)",
    "name": "names without letters, e-mail addresses as or in a name, and remarks after a name",
}

CHECKS: Mapping[str, tuple[Level, str]] = MappingProxyType(
    {
        **{name: ("error", about) for name, about in _ERRORS.items()},
        **{name: ("warning", about) for name, about in _WARNINGS.items()},
    }
)
"""By name: the level of a failed check by default, and what is checked."""
