"""Detects the country of a list without a country column.

It uses postcodes, cities, telephone numbers, bank accounts, VAT numbers and legal forms.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from exact_import.fields import KIND_OF, catalogue
from exact_import.text import fold
from exact_import.values import identifiers, vocabulary
from exact_import.values.convert import by_country
from exact_import.values.phones import DIALLING_CODES, read_phones

if TYPE_CHECKING:
    from exact_import.mapping.column_mapping import ColumnMapping
    from exact_import.mapping.samples import Samples

_PHONE = re.compile(r"(?:\+|00)\s?(352|32|31|33|49|44)")
_PREFIXED = re.compile(r"(BE|NL|FR|DE|LU)(?=[\dA-Z]{2}\d)")
_DUTCH_POSTCODE = re.compile(r"[1-9]\d{3}\s?[A-Za-z]{2}")
_BRITISH_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}")
_BELGIAN_PHONE = re.compile(r"0[1-9]\d{7}")  # Dutch and French numbers have a digit more
_FAR = ""  # a country that is open, and neither Belgium nor the Netherlands
_NEAR = ("BE", "NL", "LU")  # whose postcodes have four digits
_CLEAR = 0.6  # of all signs that must agree
_FIELDS = ("Postcode", "City", "Phone", "Mobile", "BusinessPhone", "VATNumber", "ChamberOfCommerce",
           "BankAccount", "Name")  # fmt: skip


# Prefixes of VAT numbers that differ from the code of the country.
_BY_PREFIX = {"EL": "GR", "XI": "GB"}
_LETTERED = {"B": "BE", "L": "LU", "F": "FR", "D": "DE", "A": "AT"}
# Postcodes that no other country has.
_UNIQUE = {"NL": _DUTCH_POSTCODE, "GB": _BRITISH_POSTCODE}
# The form of a country's postcodes, without the country's letters before them.
_POSTCODES = {
    "BE": r"[1-9]\d{3}",
    "NL": r"[1-9]\d{3}(?:\s?[A-Za-z]{2})?",
    "LU": r"\d{4}",
    "AT": r"\d{4}",
    "DE": r"\d{5}",
    "FR": r"\d{5}",
}


def certain_country(fields: Mapping[str, object]) -> str:
    """Return the country (ISO-2) that a company's own numbers prove; "" if they do not.

    That is the prefix of its VAT number, if its postcode fits; else a Dutch or British postcode
    with its letters, or a country's letters before the postcode ("B-9000").
    """
    postcode, vat = str(fields.get("Postcode") or ""), str(fields.get("VATNumber") or "")
    lettered = re.fullmatch(r"([A-Z]{1,2})-\s?(\w[\w ]*)", postcode)
    letters, bare = lettered.groups() if lettered else ("", postcode)
    placed = _LETTERED.get(letters, letters)
    if not placed:
        placed = next((one for one, form in _UNIQUE.items() if form.fullmatch(bare)), "")
    if identifiers.is_vat_number(vat):
        prefix = _BY_PREFIX.get(vat[:2], vat[:2])
        return prefix if _fits(bare, prefix) and placed in ("", prefix) else ""
    return placed if len(placed) == 2 and not vat else ""


def country_of_row(fields: Mapping[str, object], assumed: str, default: str) -> str:
    """Return the country (ISO-2) of a company whose row names none; "" if that is open.

    `assumed` is what the rows of its file without a country have, and `default` what Exact Online
    gives a new account, both "" if unknown. The company's own numbers come first. Then its city,
    telephone numbers and legal form, if they name `assumed`, or if its postcode cannot be one of
    `assumed` or else `default`. `assumed` is also right where nothing tells against it.
    """
    if proven := certain_country(fields):
        return proven
    postcode, vat = str(fields.get("Postcode") or ""), str(fields.get("VATNumber") or "")
    named = {
        sign for name in _FIELDS if name != "Postcode" for sign in _signs(name, fields.get(name))
    }
    if vat[:2].isalpha():
        named.add(_BY_PREFIX.get(vat[:2], vat[:2]))
    if len(named) > 1:
        return ""
    country = next(iter(named), assumed)
    # Excel drops the zero of a French or German postcode.
    if not _fits(postcode, country) and not (named == {assumed} and _fits(f"0{postcode}", country)):
        return ""
    if named:
        excluded = bool(postcode) and not _fits(postcode, assumed or default)
        return country if country == assumed or excluded else ""
    return country if {*_signs("Postcode", postcode)} <= {country, _FAR} else ""


def _fits(postcode: str, country: str) -> bool:
    return not postcode or re.fullmatch(_POSTCODES.get(country, ".*"), postcode) is not None


def country_beside(fields: Mapping[str, object], country: str) -> str:
    """Return the country (ISO-2) of a further address of an account in `country`, "" unknown.

    That is what its own postcode proves, else `country` where the postcode may be one of it.
    """
    postcode = str(fields.get("Postcode") or "")
    proven = certain_country({"Postcode": postcode})
    return proven or (country if postcode and _fits(postcode, country) else "")


def needs_country(mapping: ColumnMapping, samples: Samples) -> bool:
    """Return True if a field is read by the country of its row, and some rows name none."""
    given = mapping.templates.get("account", {}).get("Country")
    read = any(
        by_country(catalogue(KIND_OF[section])[name]) and not template.constant
        for section, named in mapping.templates.items()
        for name, template in named.items()
        if name in catalogue(KIND_OF[section])
    )
    return read and (given is None or not all(samples.values(given.fill)))


def country_seen(mapping: ColumnMapping, samples: Samples) -> str:
    """Return the country (ISO-2) of the sampled rows that name none; "" if that is open."""
    account = mapping.templates.get("account", {})
    given = account.get("Country")
    nameless = [True] * samples.rows
    if given is not None:
        nameless = [not text for text in samples.values(given.fill)]
    votes: Counter[str] = Counter()
    placed: Counter[str] = Counter()
    for named in mapping.templates.values():
        for name in _FIELDS:
            template = named.get(name)
            if template is None or template.constant:
                continue
            texts = samples.values(template.fill)
            for text, counts in zip(texts, nameless, strict=True):
                if text and counts:
                    signs = [*_signs(name, text)]
                    votes.update(signs)
                    placed.update(signs if name == "Postcode" else ())
    far = votes.pop(_FAR, 0)
    if 2 * placed[_FAR] > placed.total():
        votes = Counter({one: count for one, count in votes.items() if one not in _NEAR})
    if not votes:
        return ""
    country, most = votes.most_common(1)[0]
    # Postcodes of five digits exclude the countries without such postcodes.
    against = far if country in _NEAR else 0
    return country if most >= _CLEAR * (votes.total() + against) else ""


def _signs(name: str, value: object) -> Iterator[str]:
    text = str(value or "")
    bare = re.sub(r"[\s.\-/]+", "", text).upper()
    if name == "Postcode":
        own = next((one for one, form in _UNIQUE.items() if form.fullmatch(text)), "")
        if own:
            yield own
        elif re.fullmatch(r"B-?[1-9]\d{3}|[1-9]\d{3}", bare):
            yield "BE"  # of those whose postcodes have four digits, the nearest
        elif re.fullmatch(r"\d{5}", bare):
            yield _FAR  # Germany, France and more
    elif name == "City":
        yield from filter(None, [vocabulary.cities().get(fold(text))])
    elif name in ("VATNumber", "BankAccount"):
        if match := _PREFIXED.match(bare):
            yield match[1]
        elif name == "VATNumber" and identifiers.enterprise_number(bare.zfill(10)):
            yield "BE"
    elif name == "ChamberOfCommerce":
        if len(bare) in (9, 10) and identifiers.enterprise_number(bare.zfill(10)):
            yield "BE"
    elif name == "Name":
        form = vocabulary.legal_forms().get(fold(text).rpartition(" ")[2])
        yield from filter(None, [form])
    elif cell := read_phones(text, ""):
        for number in cell.numbers:
            yield from _signs(name, number.text)
    elif match := _PHONE.match(text):
        yield DIALLING_CODES[match[1]]
    elif _BELGIAN_PHONE.fullmatch(bare):
        yield "BE"
