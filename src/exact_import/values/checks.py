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
            "a number or a yes/no that is none, and texts longer than a field surely is",
        ),
        "date": ("error", "a date that is none, or whose day and month cannot be told apart"),
        "guid": ("error", "an ID that is no GUID"),
        "code": ("error", "a number that a spreadsheet gave decimals"),
        "vat": ("error", "the form and the check digits of VAT numbers of the European Union"),
        "chamber_of_commerce": ("error", "KvK numbers of 8 digits, Belgian enterprise numbers"),
        "iban": ("error", "the form and the check digits of bank accounts"),
        "peppol": ("error", "participants of Peppol: the scheme, and its check digits"),
        "email": ("error", "the spelling of e-mail addresses, and one only in a cell"),
        "website": ("error", "web addresses with spaces or without a point"),
        "country": ("error", "countries that nobody knows"),
        "language": ("warning", "unknown languages, which are left out"),
        "currency": ("error", "currencies that nobody knows"),
        "status": ("warning", "words that mean no status of a relation, which are left out"),
        "gender": ("warning", "words that mean no gender, which are left out"),
        "reference": (
            "warning",
            "managers, payment conditions, VAT codes, classes that Exact Online has not: left out",
        ),
        "excel": ("error", "#REF! and the like, and long numbers rounded to 1,23E+11"),
        "length": ("warning", "texts longer than Exact Online probably keeps"),
        "phone": ("warning", "telephone and fax numbers that nobody can dial"),
        "bic": ("warning", "bank codes that are none"),
        "bsn": ("warning", "Dutch BSN and RSIN numbers whose check digit does not fit"),
        "several": ("warning", "several values in a cell, parted by :::, of which one is taken"),
        "duplicate": (
            "warning",
            "companies with one VAT number, or name and postcode, or code but for zeros before it",
        ),
        "placeholder": ("warning", "words for nothing, such as n.v.t., which count as empty"),
        "encoding": ("warning", "characters that were damaged when the file was saved (\ufffd)"),
        "place": ("error", "postcodes without a digit, and cities without a letter"),
        "name": ("warning", "companies that have an e-mail address for a name"),
    }
)
