"""Participants of Peppol, the network of electronic invoices: "0208:0403170701"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from exact_import.text import quote
from exact_import.values.identifiers import dutch_vat_number, enterprise_number
from exact_import.values.vocabulary import InvalidValue


def _gln(digits: str) -> bool:
    if re.fullmatch(r"\d{13}", digits, re.ASCII) is None:
        return False
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return weighed % 10 == 0


def _form(pattern: str) -> Callable[[str], bool]:
    return lambda text: re.fullmatch(pattern, text, re.ASCII) is not None


# By scheme (ISO 6523 and Peppol's own): what an identifier in it looks like. From the code list of
# participant identifier schemes of Peppol; those of countries further away are taken as they are.
_SCHEMES: Mapping[str, Callable[[str], bool]] = {
    "0002": _form(r"\d{9}"),
    "0007": _form(r"\d{10}"),
    "0009": _form(r"\d{14}"),
    "0060": _form(r"\d{9}"),
    "0088": _gln,
    "0106": _form(r"\d{8}"),
    "0184": _form(r"(?:DK)?\d{8}"),
    "0190": _form(r"\d{20}"),
    "0192": _form(r"\d{9}"),
    "0204": _form(r"[\d-]{5,46}[A-Za-z\d-]*"),
    "0208": enterprise_number,
    "9925": lambda text: text.startswith("BE") and enterprise_number(text[2:]),
    "9930": _form(r"DE\d{9}"),
    "9938": _form(r"LU\d{8}"),
    "9944": dutch_vat_number,
    "9957": _form(r"FR[A-Z\d]{2}\d{9}"),
}
_PARTICIPANT = re.compile(r"(?:iso6523-actorid-upis::)?(\d{4})\s?:\s?(\S{2,50})", re.ASCII)


def participant(text: str, _country: str = "") -> str:
    """Return a participant as "scheme:identifier"; raises InvalidValue for an invalid one.

    A Belgian enterprise number or VAT number without a scheme is understood as 0208.
    """
    match = _PARTICIPANT.fullmatch(text.strip())
    if match is None:
        bare = re.sub(r"[\s.\-]+", "", text).upper().removeprefix("BE").zfill(10)
        if enterprise_number(bare):
            return f"0208:{bare}"
        message = (
            f"{quote(text)} is not a Peppol participant (expected a form such as 0208:0403170701)."
        )
        raise InvalidValue("peppol", message, text)
    scheme, identifier = match[1], match[2].upper()
    if scheme in ("0208", "9925"):
        identifier = re.sub(r"[.\-]", "", identifier)
    fits = _SCHEMES.get(scheme)
    if fits is not None and not fits(identifier):
        message = (
            f"{quote(text)} is not a Peppol participant: {identifier} does not fit scheme {scheme}."
        )
        raise InvalidValue("peppol", message, text)
    if fits is None and not ("0001" <= scheme <= "0250" or "9900" <= scheme <= "9960"):
        message = f"{quote(text)} is not a Peppol participant: there is no scheme {scheme}."
        raise InvalidValue("peppol", message, text)
    return f"{scheme}:{identifier}"
