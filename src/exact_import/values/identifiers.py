"""Numbers of companies, citizens and banks, most of them with check digits.

The rules are those of the library python-stdnum. Most values have a plain form that is accepted
without it, and that it accepts too; the library decides about all other values. Its parts are
imported when first needed, because that is slow.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Mapping, Sequence

from exact_import.data import knowledge
from exact_import.text import quote
from exact_import.values.scalars import PlainForm, plain_if, plain_pattern
from exact_import.values.vocabulary import InvalidValue

# --- value added tax -------------------------------------------------------------------------

# The member states and Northern Ireland, by prefix (Greece's is EL, not GR): the adjective, and
# the form of a number.
_VAT_FORMS: Mapping[str, Sequence[str]] = {
    country: line.split(", ") for country, line in knowledge("words")["VAT numbers"].items()
}
SEPARATORS = re.compile(r"[\s.\-–/_,:·]+")
# Words after a number: the court's register in Belgium, or the tax.
_VAT_TAIL = re.compile(r"(?<=\d)(?:RP[RM][A-ZÀ-Ý]*|BTW|TVA|VAT|MWST)$")
_VAT_LABEL = re.compile(r"^(?:BTW|TVA|VAT|MWST|UST(?:ID)?|TIN)(?:NR|NO|NUMMER)?(?=[A-Z]{0,2}\d)")
_ENTERPRISE_NUMBER = re.compile("[01][0-9]{9}")
_BELGIAN = plain_pattern("BE[01][0-9]{9}")
_DUTCH_VAT = re.compile(r"NL(\d{9})B(\d\d)", re.ASCII)


def has_belgian_number(*texts: object) -> bool:
    """Return True if one of `texts`, a VAT or enterprise number, is a valid Belgian number.

    Electronic invoices between Belgian companies, mandatory since January 2026, find their receiver
    on Peppol by it (scheme 0208).
    """
    bare = (re.sub(r"\D", "", str(text or "")) for text in texts)
    return any(len(digits) in (9, 10) and enterprise_number(digits.zfill(10)) for digits in bare)


def enterprise_number(digits: str) -> bool:
    """Return True if ten digits are a Belgian enterprise number."""
    return _ENTERPRISE_NUMBER.fullmatch(digits) is not None and not _fails_97(int(digits))


def _fails_97(number: int) -> bool:
    """Return True if the last two digits are not the check digits of those before them."""
    return (number // 100 + number % 100) % 97 != 0 or number == 0


def dutch_vat_number(bare: str) -> bool:
    """Return True if a Dutch VAT number passes the check from before 2020, or the current one."""
    match = _DUTCH_VAT.fullmatch(bare)
    if match is None or match[1] == "000000000" or match[2] == "00":
        return False
    if int(f"2321{match[1]}11{match[2]}") % 97 == 1:  # NL and B as numbers: ISO 7064 mod 97-10
        return True
    digits = [int(digit) for digit in match[1]]
    weighed = sum(weight * digit for weight, digit in zip(range(9, 1, -1), digits, strict=False))
    return (weighed - digits[8]) % 11 == 0


def _plain_vat_number(text: str) -> bool:
    return (text.startswith("BE") and enterprise_number(text[2:])) or dutch_vat_number(text)


def _other_vat_numbers(texts: Collection[str]) -> list[str]:
    others = dict.fromkeys(_BELGIAN.others(texts))
    belgian = [text for text in texts if text not in others] if others else texts
    numbers = map(int, "\n".join(belgian).replace("BE", "").split())
    found = {*itertools.compress(belgian, map(_fails_97, numbers))}
    found.update(itertools.filterfalse(_plain_vat_number, others))
    return [text for text in texts if text in found] if found else []


PLAIN_VAT_NUMBER = PlainForm(_plain_vat_number, _other_vat_numbers, 14)


def _bare(text: str) -> str:
    """Return a number in capitals without separators and Excel's text marker, "'BE0403…"."""
    return SEPARATORS.sub("", text.lstrip("'")).upper()


def vat_number(text: str, country: str) -> str:
    """Return a VAT number in the compact form with its prefix, "BE0123456789".

    `country` (ISO-2) supplies a prefix that is not written. Numbers of countries outside the
    European Union are returned as they are, with a mild InvalidValue if they look wrong. Raises
    InvalidValue for an invalid one. See docs/exact-online.md, "VAT numbers".
    """
    bare = _bare(text)
    if PLAIN_VAT_NUMBER.test(bare):
        return bare
    bare = _VAT_LABEL.sub("", re.sub(r"[()]", "", bare))
    if not bare.startswith("CHE"):
        bare = _VAT_TAIL.sub("", bare)
    if match := re.fullmatch(r"(\d{8,12})(BE|DE|FR|LU)", bare, re.ASCII):
        bare = match[2] + match[1]
    if bare.startswith("GR"):
        bare = "EL" + bare[2:]
    home = "EL" if country == "GR" else country
    if bare[:2] not in _VAT_FORMS:
        if home not in _VAT_FORMS:
            return _foreign_vat_number(text, bare, country)
        if bare[:2] in ("GB", "CH", "NO"):
            return _foreign_vat_number(text, bare, bare[:2])
        bare = home + bare
    if bare.startswith("BE") and len(bare) == 11:
        bare = "BE0" + bare[2:]  # the form of before 2005
    from stdnum.eu import vat
    from stdnum.exceptions import ValidationError

    try:
        # The library accepts up to a line break too much at the end; `bare` has none.
        return str(vat.validate(bare))
    except ValidationError as error:
        adjective, form = _VAT_FORMS[bare[:2]]
        message = _not_valid(text, f"{adjective} VAT number", error, form)
        raise InvalidValue("vat", message, text) from None


def is_vat_number(text: str) -> bool:
    """Return True for a number as `vat_number` returns it, with a prefix of the European Union."""
    return text[:2] in _VAT_FORMS and any(map(str.isdigit, text)) and text.isalnum()


def _foreign_vat_number(text: str, bare: str, country: str) -> str:
    from stdnum.util import get_cc_module

    module = get_cc_module(country.lower(), "vat") if country.isalpha() else None
    if module is not None and not module.is_valid(bare):
        message = f"{quote(text)} does not look like a VAT number of {country}."
        raise InvalidValue("vat", message, text, mild=True)
    return text


def _not_valid(text: str, what: str, error: Exception, form: str) -> str:
    """Return the message about a text that python-stdnum does not accept.

    If only the check digits are wrong, the form is right, and an example would look like advice.
    """
    mistyped = type(error).__name__ == "InvalidChecksum"
    example = "" if mistyped else f" (expected a form such as {form})"
    return f"{quote(text)} is not a valid {what}{_why(error)}{example}."


def _why(error: Exception) -> str:
    reasons = {
        "InvalidChecksum": ": its check digits do not match, so a digit is probably mistyped",
        "InvalidLength": ": it has too few or too many characters",
        "InvalidComponent": ": a part of it does not exist",
    }
    return reasons.get(type(error).__name__, "")


# --- registers -------------------------------------------------------------------------------

_REGISTER_LABEL = re.compile(
    r"^(?:KVK|KBO|BCE|RPR|RPM|BTW|TVA|HRB?)(?:NR|NUMMER|NO)?(?=[A-Z]{0,2}\d)"
)


_PLAIN_KVK = plain_pattern("[0-9]{8}")
_PLAIN_ENTERPRISE_NUMBER = plain_if(enterprise_number)
_NOT_PLAIN = plain_if(lambda _text: False)


def plain_register_number(country: str) -> PlainForm:
    """Return the plain form of the company numbers of a country (ISO-2)."""
    return {"NL": _PLAIN_KVK, "BE": _PLAIN_ENTERPRISE_NUMBER}.get(country, _NOT_PLAIN)


def chamber_of_commerce(text: str, country: str) -> str:
    """Return a Dutch KvK number (8 digits) or a Belgian enterprise number (10 digits), compact.

    Other countries' numbers are returned as they are. Raises InvalidValue.
    """
    if country not in ("NL", "BE"):
        return text
    bare = _REGISTER_LABEL.sub("", _bare(text))
    if country == "NL":
        bare = bare.removeprefix("NL")
        # "KvK Amsterdam 12345678", and with the old number of a branch: "12345678 0000".
        match = re.fullmatch(r"(?:KVK[A-Z]*)?(\d{8})(?:0000)?", bare, re.ASCII)
        if match is not None:
            return match[1]
        hint = (
            " It looks Belgian: is the row's country missing?"
            if enterprise_number(bare.removeprefix("BE").zfill(10))
            else ""
        )
        message = f"{quote(text)} is not a valid KvK number (expected 8 digits).{hint}"
        raise InvalidValue("chamber_of_commerce", message, text)
    bare = bare.removeprefix("BE")
    if enterprise_number(bare):
        return bare
    from stdnum.be import vat
    from stdnum.exceptions import ValidationError

    try:
        return str(vat.validate(bare))
    except ValidationError as error:
        message = _not_valid(text, "Belgian enterprise number", error, "0123456749")
        raise InvalidValue("chamber_of_commerce", message, text) from None


def citizen_number(text: str, _country: str = "") -> str:
    """Return a Dutch BSN or RSIN as nine digits; a mild InvalidValue where its check fails."""
    from stdnum.exceptions import ValidationError
    from stdnum.nl import bsn

    try:
        return str(bsn.validate(text))
    except ValidationError as error:
        message = f"{quote(text)} is not a valid BSN or RSIN{_why(error)} (expected 9 digits)."
        raise InvalidValue("bsn", message, text, mild=True) from None


# --- banks -----------------------------------------------------------------------------------

_IBAN_START = re.compile(r"[A-Z]{2}\d\d")
# Countries without IBANs; their account numbers are accepted unchanged.
_IBAN_LESS = frozenset(
    ("US", "CA", "AU", "NZ", "CN", "HK", "JP", "IN", "ID", "KR", "MX", "SG", "TH", "VN", "ZA")
)


_OLD_BELGIAN = re.compile(r"\d{3}-\d{7}-\d{2}", re.ASCII)
# A Dutch or German number of a bank, or a Dutch giro number.
_BEFORE_IBAN = re.compile(r"(?:P|GIRO|POSTBANK|BANK|REK|KTO)?(?:NR)?\d{3,10}", re.ASCII)
_COMMON_IBAN = re.compile(r"BE\d{14}|NL\d\d[A-Z]{4}\d{10}|DE\d{20}", re.ASCII)


def common_iban(bare: str) -> bool:
    """Return True if `bare` is a Belgian, Dutch or German IBAN with the right check digits."""
    return _COMMON_IBAN.fullmatch(bare) is not None and iban_fits(bare)


def iban_fits(bare: str) -> bool:
    """Return True if the check digits of an IBAN without spaces, in capitals, are right."""
    if re.fullmatch(r"[A-Z]{2}\d\d[A-Z0-9]{11,30}", bare, re.ASCII) is None:
        return False
    return int("".join(str(int(mark, 36)) for mark in bare[4:] + bare[:4])) % 97 == 1


def _iban_of_old(text: str) -> str:
    """Return the IBAN of a Belgian account number as it was written until 2014, "" for others.

    >>> _iban_of_old("539-0075470-34")
    'BE68539007547034'
    """
    if _OLD_BELGIAN.fullmatch(text) is None:
        return ""
    from stdnum import iban

    digits = text.replace("-", "")
    # Not by the library's Belgian rules, which refuse banks that are not in its list.
    right = int(digits[10:]) == (int(digits[:10]) % 97 or 97)
    return f"BE{iban.calc_check_digits(f'BE00{digits}')}{digits}" if right else ""


def bank_account(text: str, country: str) -> str:
    """Return an IBAN in capitals without spaces; other countries' account numbers as they are.

    An old Belgian number, 123-1234567-12, becomes its IBAN.

    Only the check digits and the form of the country are checked, not whether the bank exists: the
    lists of banks in libraries get outdated. Raises InvalidValue.
    """
    if renumbered := _iban_of_old(text):
        return renumbered
    bare = _bare(text).removeprefix("IBAN")
    if common_iban(bare):
        return bare
    if not _IBAN_START.match(bare) and country in _IBAN_LESS:
        return text
    from stdnum import iban
    from stdnum.exceptions import ValidationError

    try:
        return str(iban.validate(bare, check_country=False))
    except ValidationError as error:
        if _BEFORE_IBAN.fullmatch(bare):
            message = f"{quote(text)} is an account number from before IBAN; fill in the IBAN."
            raise InvalidValue("iban", message, None, mild=True) from None
        why = _why(error) if _IBAN_START.match(bare) else ": it does not begin with a country code"
        message = f"{quote(text)} is not a valid IBAN{why}."
        raise InvalidValue("iban", message, text) from None


def bank_code(text: str, _country: str = "") -> str:
    """Return a BIC in capitals without spaces; raises a mild InvalidValue for an invalid one."""
    from stdnum import bic
    from stdnum.exceptions import ValidationError

    try:
        return str(bic.validate(text))
    except ValidationError:
        message = f"{quote(text)} is not a valid BIC (expected 8 or 11 letters and digits)."
        raise InvalidValue("bic", message, text, mild=True) from None


# --- Peppol, the network of electronic invoices -----------------------------------------------


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
