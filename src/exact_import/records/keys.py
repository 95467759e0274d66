"""Match keys: by what a record is the same as one in Exact Online, or as another row.

A key is one field or several joined by "+", such as "Code" or "Name+Postcode"; its value is the
folded text of those fields, or "" where one of them is empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import cast

# Only letters and digits count in these: people write them with dots, spaces and dashes.
_COMPACT = frozenset({"VATNumber", "ChamberOfCommerce", "Postcode", "IBAN", "BankAccount"})
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
# By these a private person's account is recognised; never by the name alone.
PERSON_KEYS = ("ID", "Code", "VATNumber", "Email", "Name+Postcode")


def fold(name: str, value: object) -> str:
    """Return the form in which values of the field `name` compare."""
    text = str(value)
    if text.isalnum():
        return text.casefold()
    if name in _COMPACT:
        return _NOT_ALPHANUMERIC.sub("", text).casefold()
    return " ".join(text.split()).casefold()


def fold_all(name: str, values: Sequence[object]) -> list[str]:
    """Return the form in which each of many values compares, "" for what is no value."""
    try:
        texts = cast("Sequence[str]", values)
        joined = "".join(texts)
    except TypeError:  # not all are texts
        texts = [str(value) if value or value == 0 else "" for value in values]
        joined = "".join(texts)
    if not joined or joined.isalnum() or (name not in _COMPACT and _all_tidy(texts)):
        return list(map(str.casefold, texts))
    return [fold(name, text) for text in texts]


def _all_tidy(texts: Sequence[str]) -> bool:
    spaced = " ".join(("", *filter(None, texts), ""))
    return spaced.isprintable() and "  " not in spaced


def key_value(key: str, values: Mapping[str, object]) -> str:
    """Return the value of match key `key` in `values`, "" where a part of it is empty."""
    if "+" not in key:
        value = values.get(key)
        return "" if value is None else fold(key, value)
    parts = [key_value(part, values) for part in key.split("+")]
    return "\x1f".join(parts) if all(parts) else ""


def account_keys(match_account: Sequence[str], person: bool) -> tuple[str, ...]:
    """Return the keys to try, in order, for a company or for a private person's account."""
    if not person:
        return tuple(match_account)
    certain = [key for key in match_account if key in ("ID", "Code", "VATNumber")]
    return (*certain, "Email", "Name+Postcode")


def key_fields(keys: Sequence[str]) -> list[str]:
    """Return the fields that `keys` are made of, each once, in order."""
    return list(dict.fromkeys(part for key in keys for part in key.split("+")))


def key_order(match_account: Sequence[str]) -> list[str]:
    """Return the match keys with those of persons among them, before those by name."""
    order = list(match_account)
    for key in PERSON_KEYS:
        if key not in order:
            names = [place for place, known in enumerate(order) if "Name" in known.split("+")]
            order.insert(names[0] if names else len(order), key)
    return order
