"""The lists that records refer to, and the companies and users that the sandbox knows.

All names are invented. The codes are of the shape that Exact Online uses: docs/exact-online.md,
"References".
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from exact_sandbox.settings import FIRST_DIVISION

_NAMESPACE = uuid.UUID("6f1d9a54-5a0e-4d0a-9c37-2f6a1c8f0b11")


class SandboxUser(NamedTuple):
    """Someone who works with Exact Online."""

    id: str
    number: int
    name: str
    email: str


class SandboxCompany(NamedTuple):
    """One division."""

    code: int
    name: str
    country: str
    vat_number: str


def fixed_guid(*parts: object) -> str:
    """Return the same GUID for the same words, in every sandbox."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(map(str, parts))))


def _user(number: int, first: str, last: str) -> SandboxUser:
    email = f"{first}.{last}".lower().replace(" ", "") + "@example.com"
    return SandboxUser(fixed_guid("user", number), number, f"{first} {last}", email)


# The first is the one whose tokens the sandbox gives out, the second edits behind our backs.
USERS = (_user(1, "Sander", "Zandbak"), _user(2, "Griet", "Peeters"), _user(3, "Hakan", "Yilmaz"))

_NAMES = (
    ("Bakkerij De Korenaar BV", "BE", "BE0403019261"),
    ("Tuincentrum Van Zuylen B.V.", "NL", "NL004495445B01"),
    ("Garage Claes & Zonen", "BE", "BE0776091951"),
    ("Drukkerij Het Anker B.V.", "NL", "NL123456782B90"),
    ("Apotheek Lefèvre SRL", "BE", "BE0428759497"),
    ("Installatiebedrijf Postma B.V.", "NL", "NL000099998B57"),
)


@functools.cache
def companies(count: int) -> Mapping[int, SandboxCompany]:
    """Return the first `count` divisions by code; beyond the named ones they get a number."""
    found = {}
    for index in range(count):
        name, country, vat = _NAMES[index % len(_NAMES)]
        again = index // len(_NAMES)
        title = f"{name} {again + 1}" if again else name
        code = FIRST_DIVISION + index
        found[code] = SandboxCompany(code, title, country, vat)
    return MappingProxyType(found)


_PAYMENT_CONDITIONS = (
    ("00", "Contant", 0),
    ("08", "8 dagen", 8),
    ("15", "15 dagen", 15),
    ("30", "30 dagen", 30),
    ("45", "45 dagen einde maand", 45),
    ("60", "60 dagen", 60),
    ("IN", "Automatische incasso", 14),
)
_VAT_CODES = (
    ("0", "Geen btw", 0.0, "N"),
    ("1", "Btw laag, exclusief", 0.06, "E"),
    ("2", "Btw laag, inclusief", 0.06, "I"),
    ("3", "Btw midden, exclusief", 0.12, "E"),
    ("4", "Btw hoog, exclusief", 0.21, "E"),
    ("5", "Btw hoog, inclusief", 0.21, "I"),
    ("7", "Intracommunautaire levering", 0.0, "B"),
    ("8A", "Export buiten de EU", 0.0, "B"),
)
_CURRENCIES = (
    ("EUR", "Euro"),
    ("USD", "US-dollar"),
    ("GBP", "Pond sterling"),
    ("CHF", "Zwitserse frank"),
    ("PLN", "Poolse zloty"),
)
_CLASSIFICATIONS = (
    ("Sector", (("BOUW", "Bouw"), ("HORECA", "Horeca"), ("ZORG", "Zorg"), ("ICT", "Informatica"))),
    ("Klantgroep", (("A", "A-klant"), ("B", "B-klant"), ("C", "C-klant"))),
    ("Herkomst", (("BEURS", "Beurs"), ("WEB", "Website"), ("REF", "Aanbeveling"))),
)
_STATES = {
    "BE": "AN Antwerpen, BR Brussel, HE Henegouwen, LI Limburg, LU Luik, LX Luxemburg, NA Namen, "
    "OV Oost-Vlaanderen, VB Vlaams-Brabant, WB Waals-Brabant, WV West-Vlaanderen",
    "NL": "DR Drenthe, FL Flevoland, FR Friesland, GE Gelderland, GR Groningen, LI Limburg, "
    "NB Noord-Brabant, NH Noord-Holland, OV Overijssel, UT Utrecht, ZE Zeeland, ZH Zuid-Holland",
}

# ISO 3166-1 alpha-2, and XK as the European Union uses it.
_COUNTRIES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN
    BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ
    DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL
    GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM
    JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME
    MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP
    NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD
    SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(_COUNTRIES.split())

PAYMENT_CONDITIONS: Mapping[str, str] = {code: text for code, text, _ in _PAYMENT_CONDITIONS}
VAT_CODES: Mapping[str, str] = {code: text for code, text, _, _ in _VAT_CODES}
CURRENCIES: Mapping[str, str] = dict(_CURRENCIES)


def states(country: str) -> Mapping[str, str]:
    """Return the state codes of a country and their names; of most countries there are none."""
    return {one[:2]: one[3:] for one in _STATES.get(country, "").split(", ") if one}


@functools.cache
def classification_of(division: int) -> Mapping[str, int]:
    """Return for each classification's ID which of the fields 1 to 8 may hold it."""
    return {row["ID"]: row["_number"] for row in rows_of("crm/AccountClassifications", division)}


def rows_of(path: str, division: int) -> list[dict[str, Any]]:
    """Return the rows of a list; names that begin with an underscore are for the sandbox alone."""
    rows = _ROWS[path](division)
    audit = {"Created": 1388534400000, "Modified": 1388534400000}
    users = {"Creator": USERS[0].id, "Modifier": USERS[0].id}
    return [{**audit, **users, "Division": division, **row} for row in rows]


def _payment_conditions(division: int) -> list[dict[str, Any]]:
    return [
        {
            "ID": fixed_guid(division, "payment", code),
            "Code": code,
            "Description": text,
            "PaymentDays": days,
            "PaymentMethod": "I" if code == "IN" else "B",
        }
        for code, text, days in _PAYMENT_CONDITIONS
    ]


def _vat_codes(division: int) -> list[dict[str, Any]]:
    return [
        {
            "ID": fixed_guid(division, "vat", code),
            "Code": code.ljust(3),
            "Description": text,
            "IsBlocked": False,
            "Percentage": percentage,
            "Type": kind,
            "VATTransactionType": "B",
        }
        for code, text, percentage, kind in _VAT_CODES
    ]


def _classification_names(division: int) -> list[dict[str, Any]]:
    return [
        {"ID": fixed_guid(division, "class", name), "Description": name, "SequenceNumber": number}
        for number, (name, _) in enumerate(_CLASSIFICATIONS, 1)
    ]


def _classifications(division: int) -> list[dict[str, Any]]:
    return [
        {
            "ID": fixed_guid(division, "class", name, code),
            "AccountClassificationName": fixed_guid(division, "class", name),
            "AccountClassificationNameDescription": name,
            "Code": code,
            "Description": text,
            "_number": number,
        }
        for number, (name, choices) in enumerate(_CLASSIFICATIONS, 1)
        for code, text in choices
    ]


def _address_states(_division: int) -> list[dict[str, Any]]:
    return [
        {
            "ID": fixed_guid("state", country, code),
            "Country": country,
            "DisplayValue": f"{code} - {name}",
            "Name": name,
            "State": code,
        }
        for country in _STATES
        for code, name in states(country).items()
    ]


def _currencies(_division: int) -> list[dict[str, Any]]:
    return [
        {"Code": code, "Description": text, "AmountPrecision": 0.01, "PricePrecision": 0.01}
        for code, text in _CURRENCIES
    ]


_ROWS = {
    "cashflow/PaymentConditions": _payment_conditions,
    "vat/VATCodes": _vat_codes,
    "crm/AccountClassifications": _classifications,
    "crm/AccountClassificationNames": _classification_names,
    "crm/AddressStates": _address_states,
    "general/Currencies": _currencies,
}
