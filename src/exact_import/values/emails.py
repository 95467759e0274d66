"""E-mail and web addresses: their checks, and why a text is not a valid e-mail address.

The rules are those of the library email-validator, which is imported when first needed: most
addresses have a plain form that it accepts too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from exact_import.text import joined_first, quote
from exact_import.values.scalars import plain_pattern
from exact_import.values.vocabulary import InvalidValue

_EXCHANGE = re.compile(r"/O=[^/]+/(?:OU|CN)=", re.IGNORECASE)
_SHOWN_NAME = re.compile(r"[^<>]*<([^<>]+)>")
_WITH_AT = re.compile(r"[^\s,;/|@]*@[^\s,;/|]*")
# Top-level domains of two and three letters: the reserved ones are longer. The quantifiers with a
# second + never give back what they took, and spelled-out capitals are twice as fast as a flag.
PLAIN_EMAIL = plain_pattern(
    r"(?!.{61})[A-Za-z0-9_+-]++(?:\.[A-Za-z0-9_+-]++)*+"
    r"@(?:[A-Za-z0-9]++(?:-[A-Za-z0-9]++)*+\.)++(?:[A-Za-z]{2,3}|[Ee][Xx][Aa][Mm][Pp][Ll][Ee])",
    60,
)


def email(text: str, _country: str = "") -> str:
    """Return one e-mail address, taken out of "Jan <jan@example.be>" or "mailto:…" if need be.

    Only the spelling is checked, nothing is looked up. Raises InvalidValue, also for several
    addresses in one cell; a mild one for Outlook's internal name of a colleague's mailbox.
    """
    bare = text.strip(" ;,.'\"")
    if _EXCHANGE.match(bare):
        message = f"{quote(text)} is the name of an Exchange mailbox, not an e-mail address."
        raise InvalidValue("email", message, None, mild=True)
    if match := _SHOWN_NAME.fullmatch(bare):
        bare = match[1].strip()
    if bare[:7].lower() == "mailto:":
        bare = bare[7:]
    if len(_WITH_AT.findall(bare)) > 1:
        message = f"{quote(text)} holds several e-mail addresses; keep one in this column."
        raise InvalidValue("email", message, text)
    if PLAIN_EMAIL.test(bare):
        return bare
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(bare, check_deliverability=False)
    except EmailNotValidError:
        reason = email_reason(bare)
        message = (
            f"{quote(text)} is not a valid e-mail address{': ' * bool(reason)}{reason} "
            "(expected a form such as name@example.com)."
        )
        raise InvalidValue("email", message, text) from None
    return bare


PLAIN_WEBSITE = plain_pattern(
    r"(?:[Hh][Tt][Tt][Pp][Ss]?://)?(?:[A-Za-z0-9-]++\.)++[A-Za-z]{2,20}/?"
)
# "http:/www.example.be", "https//example.be", and a comma for a point.
_MISTYPED = re.compile(r"https?(?:(?!://)[:/]|//)|(?:https?://)?[^/]*,", re.IGNORECASE)
_POINT_INSIDE = re.compile(r"[^\s.]\.[^\s.]{2}")


def website(text: str, _country: str = "") -> str:
    """Return a web address as typed; raises InvalidValue for an invalid one."""
    if PLAIN_WEBSITE.test(text):
        return text
    if " " in text or not _POINT_INSIDE.search(text) or ("@" in text and "//" not in text):
        message = (
            f"{quote(text)} is not a valid web address (expected a form such as www.example.be)."
        )
        raise InvalidValue("website", message, text)
    if _MISTYPED.match(text):
        message = (
            f"{quote(text)} looks mistyped (expected a form such as www.example.be); it is sent as "
            "it is."
        )
        raise InvalidValue("website", message, text, mild=True)
    return text


# --- why an address is not valid --------------------------------------------------------------

_REASONS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "it has no @": re.compile(r"[^@]*"),
        "it has a space": re.compile(r".*\s.*", re.DOTALL),
        "it has more than one @": re.compile(r".*@.*@.*"),
        "nothing is before the @": re.compile(r"@.*"),
        "nothing is after the @": re.compile(r".*@"),
        "it has two dots in a row": re.compile(r".*\.\..*"),
        "a dot is next to the @": re.compile(r".*(?:\.@|@\.).*"),
        "it begins or ends with a dot": re.compile(r"\..*|.*\."),
        "what is before the @ is longer than 64 characters": re.compile(r"[^@]{65,}@.*"),
        "what is after the @ has no dot": re.compile(r".*@[^.]*"),
        "what is after the @ is not the name of a domain": re.compile(
            r".*@(?:.*\.)?(?:-.*|[^.]*-\..*|[^.]{64,}.*|.*\.[^.]?|.*\.\d+)"
        ),
    }
)
_USUAL = re.compile(r"[\w.+'&/!#$%*=?^`{|}~-]")
_USUAL_AFTER = re.compile(r"(?!_)[\w.-]")


def email_reason(text: str) -> str:
    """Return why `text` is not a valid e-mail address, "" if not known."""
    for reason, pattern in _REASONS.items():
        if pattern.fullmatch(text):
            return reason
    before, _, after = text.partition("@")
    odd = dict.fromkeys(_USUAL.sub("", before) + _USUAL_AFTER.sub("", after))
    return f"it must not have {joined_first([*map(quote, odd)], 3)}" if odd else ""
