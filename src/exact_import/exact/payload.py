"""What is written to Exact Online, in the form that it takes.

A value in another form is answered with 400, and ten of those lock the user's key; so each is
written by its field's type (docs/exact-online.md, "Dates" and "Refusals").
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal

from exact_import.errors import ExactImportError
from exact_import.fields import Kind, catalogue

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(:\d\d)?(?:\.\d+)?Z?)?")


def written(kind: Kind, fields: Mapping[str, object]) -> str:
    """Return `fields` of a record as JSON.

    Dates become moments in UTC, flags true or false (0 or 1 where Exact keeps a Byte), and numbers
    are written out. Raises `ExactImportError` for a value that does not suit its field.
    """
    known = catalogue(kind)
    pairs = (
        f"{json.dumps(name)}: {_value(known[name].edm if name in known else '', name, value)}"
        for name, value in fields.items()
    )
    return "{" + ", ".join(pairs) + "}"


def _value(edm: str, name: str, value: object) -> str:
    match edm, value:
        case _, None:
            return "null"
        case "Boolean", bool() | 0 | 1:
            return "true" if value else "false"
        case "Byte" | "Int16" | "Int32" | "Int64", int():
            return str(int(value))
        case "Byte" | "Int16" | "Int32" | "Int64", float() if value.is_integer():
            return str(int(value))
        case "Double", int() | float() | Decimal() if math.isfinite(value):
            # Never 1e-07, which a strict reader of numbers may refuse.
            return format(Decimal(str(value + 0)), "f")
        case "DateTime", str():
            moment = _MOMENT.fullmatch(value)
            if moment:
                return json.dumps(f"{moment[1]}T{moment[2] or '00:00'}{moment[3] or ':00'}Z")
        case "String" | "Guid" | "Binary", str():
            return json.dumps(value, ensure_ascii=False)
        case "", _:
            return json.dumps(value, ensure_ascii=False, allow_nan=False)
    raise ExactImportError(
        f"A value for {name} is not of the kind that Exact Online keeps there ({edm}), so the "
        "record was not sent.",
        "This is a mistake in exact-import; please report it.",
    )
