"""`$metadata`: the properties that a division knows, a service at a time, as XML.

docs/exact-online.md, "Fields".
"""

from __future__ import annotations

from exact_sandbox.entities import Entity, entity
from exact_sandbox.http import HttpResponse, RequestError
from exact_sandbox.state import SandboxState

_XML_TYPE = "application/xml; charset=utf-8"


def page(state: SandboxState, service: str) -> HttpResponse:
    """Answer a GET of the metadata of `service`; the sandbox knows that of crm alone."""
    if service != "crm":
        raise RequestError(404, f"Resource not found for the segment '{service}'.")
    kinds = (entity("account"), entity("contact"), entity("address"), entity("bank account"))
    types = "".join(_type(state, found) for found in kinds)
    sets = "".join(
        f'<EntitySet Name="{found.set_name}" EntityType="{found.model}" />' for found in kinds
    )
    text = (
        '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n'
        '<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx">'
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
