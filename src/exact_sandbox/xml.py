"""Answers in XML: Atom, for callers that do not ask for JSON, and the metadata of a service.

As OData 2 has them: docs/exact-online.md, "Envelope".
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from exact_import.fields import ENDPOINTS
from exact_sandbox.entities import Entity, entity
from exact_sandbox.http import HttpResponse, RequestError
from exact_sandbox.state import SandboxState

_ATOM_TYPE = "application/atom+xml; charset=utf-8"
_XML_TYPE = "application/xml; charset=utf-8"
_SCHEMAS = (
    'xmlns="http://www.w3.org/2005/Atom" '
    'xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" '
    'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"'
)
_HEAD = '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n'
_DATE = re.compile(r"/Date\((-?\d+)\)/")


def atom(found: HttpResponse) -> HttpResponse:
    """Return a JSON answer as Atom: an entry for a record, a feed of entries for a list."""
    d = json.loads(found.body)["d"]
    if isinstance(d, dict) and "results" not in d:
        text = _entry(d, _SCHEMAS)
    else:
        rows, following = (d, "") if isinstance(d, list) else (d["results"], d.get("__next", ""))
        link = f'<link rel="next" href={quoteattr(following)} />' if following else ""
        entries = "".join(_entry(row, "") for row in rows)
        text = f'<feed {_SCHEMAS}><title type="text">Exact Online</title>{entries}{link}</feed>'
    return HttpResponse(found.status, (_HEAD + text).encode(), _ATOM_TYPE, found.headers)


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


def metadata(state: SandboxState, service: str) -> HttpResponse:
    """Answer a GET of the metadata of `service`; the sandbox knows that of crm alone."""
    if service != "crm":
        raise RequestError(404, f"Resource not found for the segment '{service}'.")
    kinds = [entity(kind) for kind in ENDPOINTS]
    types = "".join(_type(state, found) for found in kinds)
    sets = "".join(
        f'<EntitySet Name="{found.set_name}" EntityType="{found.model}" />' for found in kinds
    )
    text = (
        f'{_HEAD}<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx">'
        '<edmx:DataServices m:DataServiceVersion="2.0" '
        'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">'
        '<Schema Namespace="Exact.Web.Api.Models" '
        'xmlns="http://schemas.microsoft.com/ado/2008/09/edm">'
        f"{types}"
        f'<EntityContainer Name="CRM" m:IsDefaultEntityContainer="true">{sets}</EntityContainer>'
        "</Schema></edmx:DataServices></edmx:Edmx>"
    )
    return HttpResponse(200, text.encode(), _XML_TYPE)


def _type(state: SandboxState, found: Entity) -> str:
    name = found.model.rpartition(".")[2]
    known = {
        one: field.edm
        for one, field in found.fields.items()
        if field.edm != "BankAccounts" and f"{name}.{one}" not in state.settings.fields_missing
    }
    for place in state.settings.fields_new:
        model, _, one = place.partition(".")
        known |= {one: "String"} if model == name else {}
    properties = "".join(
        f'<Property Name="{one}" Type="Edm.{edm}" />' for one, edm in known.items()
    )
    return (
        f'<EntityType Name="{name}"><Key><PropertyRef Name="ID" /></Key>{properties}</EntityType>'
    )
