"""Why a text is not a valid e-mail address, in a few words. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from exact_import.text import joined_first, quote

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
