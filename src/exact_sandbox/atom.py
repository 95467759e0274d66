"""Answers to callers that do not ask for JSON: Atom, as OData 2 has it.

docs/exact-online.md, "Envelope".
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from exact_sandbox.http import HttpResponse

ATOM_TYPE = "application/atom+xml; charset=utf-8"
_SCHEMAS = (
    'xmlns="http://www.w3.org/2005/Atom" '
    'xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" '
    'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"'
)
_HEAD = '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n'
_DATE = re.compile(r"/Date\((-?\d+)\)/")


def answer(found: HttpResponse) -> HttpResponse:
    """Return a JSON answer as Atom: an entry for a record, a feed of entries for a list."""
    d = json.loads(found.body)["d"]
    if isinstance(d, dict) and "results" not in d:
        text = _entry(d, _SCHEMAS)
    else:
        rows, following = (d, "") if isinstance(d, list) else (d["results"], d.get("__next", ""))
        link = f'<link rel="next" href={quoteattr(following)} />' if following else ""
        entries = "".join(_entry(row, "") for row in rows)
        text = f'<feed {_SCHEMAS}><title type="text">Exact Online</title>{entries}{link}</feed>'
    return HttpResponse(found.status, (_HEAD + text).encode(), ATOM_TYPE, found.headers)


def _entry(row: dict[str, Any], schemas: str) -> str:
    metadata = row.get("__metadata", {})
    properties = "".join(
        _property(name, value) for name, value in row.items() if not isinstance(value, dict)
    )
    return (
        f"<entry {schemas}><id>{escape(metadata.get('uri', ''))}</id>"
        f'<content type="application/xml"><m:properties>{properties}</m:properties></content>'
        "</entry>"
    )


def _property(name: str, value: object) -> str:
    if value is None:
        return f'<d:{name} m:null="true" />'
    if isinstance(value, bool):
        return f'<d:{name} m:type="Edm.Boolean">{str(value).lower()}</d:{name}>'
    if isinstance(value, (int, float)):
        kind = "Edm.Int32" if isinstance(value, int) else "Edm.Double"
        return f'<d:{name} m:type="{kind}">{value}</d:{name}>'
    match = _DATE.fullmatch(str(value))
    if match:
        when = datetime.fromtimestamp(int(match[1]) // 1000, UTC)
        return f'<d:{name} m:type="Edm.DateTime">{when:%Y-%m-%dT%H:%M:%S}</d:{name}>'
    return f"<d:{name}>{escape(str(value))}</d:{name}>"
