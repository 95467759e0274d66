"""The lists that can only be read: references, divisions, and who is logged in.

docs/exact-online.md, "References" and "Divisions".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from exact_sandbox import reference_data
from exact_sandbox.entities import View
from exact_sandbox.http import HttpRequest, HttpResponse, RequestError, as_json
from exact_sandbox.lists import known_options, paged, top_and_limit, whole
from exact_sandbox.odata import Schema, condition, ordering, selection
from exact_sandbox.settings import utc_offset
from exact_sandbox.state import SandboxState


class ReadOnlyList(NamedTuple):
    """A list that can only be read: its address, model, scope and fields' types."""

    path: str
    model: str
    scope: str
    types: Mapping[str, str]


def _types(**names: str) -> dict[str, str]:
    """Return the type of each field, given the fields of each type."""
    return {name: edm for edm, of_type in names.items() for name in of_type.split()}


_AUDIT = _types(DateTime="Created Modified", Guid="Creator Modifier")

LISTINGS: Mapping[str, ReadOnlyList] = {
    listing.path: listing
    for listing in (
        ReadOnlyList(
            "cashflow/PaymentConditions",
            "PaymentCondition",
            "financial.cashflow",
            _types(Guid="ID", String="Code Description PaymentMethod", Int32="Division PaymentDays")
            | _AUDIT,
        ),
        ReadOnlyList(
            "vat/VATCodes",
            "VATCode",
            "financial.accounting",
            _types(
                Guid="ID",
                String="Code Description Type VATTransactionType",
                Int32="Division",
                Boolean="IsBlocked",
                Double="Percentage",
            )
            | _AUDIT,
        ),
        ReadOnlyList(
            "crm/AccountClassifications",
            "AccountClassification",
            "crm.accounts",
            _types(
                Guid="ID AccountClassificationName",
                String="AccountClassificationNameDescription Code Description",
                Int32="Division",
            )
            | _AUDIT,
        ),
        ReadOnlyList(
            "crm/AccountClassificationNames",
            "AccountClassificationName",
            "crm.accounts",
            _types(Guid="ID", String="Description", Int32="Division SequenceNumber") | _AUDIT,
        ),
        ReadOnlyList(
            "crm/AddressStates",
            "AddressState",
            "crm.accounts",
            _types(
                Guid="ID", String="Country DisplayValue Name State", Double="Latitude Longitude"
            ),
        ),
        ReadOnlyList(
            "general/Currencies",
            "Currency",
            "financial.currencies",
            _types(
                String="Code Description",
                Double="AmountPrecision PricePrecision",
                DateTime="Created Modified",
            ),
        ),
    )
}

_DIVISION_TYPES = {
    "hrm/Divisions": _types(
        Int32="Code Status",
        String="Country Currency CustomerCode CustomerName Description VATNumber",
        DateTime="Created Modified",
        Guid="Customer",
        Int64="HID",
        Boolean="Main",
    ),
    "system/Divisions": _types(
        Int32="Code Status",
        String="Country Currency CustomerCode CustomerName Description Hid VATNumber",
        DateTime="Created DivisionMoveDate Modified",
        Boolean="Current IsMainDivision",
        Guid="Customer",
    ),
}
_DIVISION_TYPES["system/AllDivisions"] = _DIVISION_TYPES["system/Divisions"]
_ME_TYPES = _types(
    Int32="AccountingDivision CurrentDivision",
    Guid="DivisionCustomer UserID",
    String="DivisionCustomerName Email FullName Language LanguageCode ServerTime UserName",
    Int64="Legislation",
    Double="ServerUtcOffset",
)


def reference_page(
    state: SandboxState, call: HttpRequest, division: int, path: str, key: str | None, about: str
) -> HttpResponse:
    """Answer a GET of a list that records refer to, of the row `key` of it, or of its $count."""
    rows = reference_data.rows_of(path, division)
    return _small(View(state, division, call.site), state, call, LISTINGS[path], rows, key, about)


def divisions_page(
    state: SandboxState,
    call: HttpRequest,
    division: int,
    path: str,
    granted: frozenset[int],
    key: str | None,
    about: str,
) -> HttpResponse:
    """Answer a GET of hrm/Divisions or system/Divisions: those that the user granted.

    `key` and `about` are as for `reference_page`.
    """
    main = min(state.companies())
    status = 0 if path == "hrm/Divisions" else 1
    rows = [
        {
            "Code": company.code,
            "Country": company.country,
            "Created": 1388534400000,
            "Currency": "EUR",
            "Current": company.code == division,
            "Customer": reference_data.fixed_guid("customer"),
            "CustomerCode": "1".rjust(18),
            "CustomerName": "Zandbak Administraties",
            "Description": company.name,
            "DivisionMoveDate": int(state.store.meta(f"moved {company.code}") or 0) or None,
            "HID": company.code - main + 1,
            "Hid": str(company.code - main + 1),
            "IsMainDivision": company.code == main,
            "Main": company.code == main,
            "Modified": 1388534400000,
            "Status": status,
            "VATNumber": company.vat_number,
        }
        for company in state.companies().values()
        if company.code in granted
    ]
    listing = ReadOnlyList(path, "Division", "organization.administration", _DIVISION_TYPES[path])
    return _small(View(state, division, call.site), state, call, listing, rows, key, about)


def me(state: SandboxState, call: HttpRequest, granted: frozenset[int]) -> HttpResponse:
    """Answer a GET of current/Me; a call that is not about a division and is not counted."""
    shape = Schema("Exact.Web.Api.Models.System.Me", _ME_TYPES, str)
    names = selection(call.query.get("$select"), shape) or list(_ME_TYPES)
    user = reference_data.USERS[0]
    current = min(granted & frozenset(state.companies()), default=min(state.companies()))
    dutch = state.settings.language == "nl"
    row = {
        "AccountingDivision": current,
        "CurrentDivision": current,
        "DivisionCustomer": reference_data.fixed_guid("customer"),
        "DivisionCustomerName": "Zandbak Administraties",
        "Email": user.email,
        "FullName": user.name,
        "Language": "Nederlands" if dutch else "English",
        "LanguageCode": "nl-NL" if dutch else "en-GB",
        "Legislation": 2,
        "ServerTime": _moment(state.clock.wall_ms()),
        "ServerUtcOffset": utc_offset(state.clock.now()),
        "UserID": user.id,
        "UserName": user.email,
    }
    uri = f"{call.site}/api/v1/current/Me(guid'{user.id}')"
    metadata = {"uri": uri, "type": shape.model}
    shown = {"__metadata": metadata, **{name: row[name] for name in names}}
    return as_json(200, {"d": {"results": [shown]}})


def _moment(milliseconds: int) -> str:
    when = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return f"{when:%Y-%m-%dT%H:%M:%S}"


def _small(
    view: View,
    state: SandboxState,
    call: HttpRequest,
    listing: ReadOnlyList,
    rows: list[dict[str, Any]],
    key: str | None,
    about: str,
) -> HttpResponse:
    """Answer from a handful of rows that are in no table."""
    known_options(call)

    def column(name: str) -> str:
        value = f"json_extract(value, '$.{name}')"
        return f"rtrim({value})" if listing.types[name] == "String" else value

    shape = Schema(f"Exact.Web.Api.Models.{listing.model}", listing.types, column)
    wanted = condition(call.query.get("$filter"), shape)
    names = selection(call.query.get("$select"), shape) or list(listing.types)

    def shown(text: str) -> dict[str, Any]:
        return view.listed(listing.model, listing.path, json.loads(text), names)

    if key is not None:
        own = next((row for row in rows if key in _keys(row)), None)
        if own is None:
            raise RequestError(404, f"Resource not found for the segment '{listing.model}'.")
        return as_json(200, {"d": shown(json.dumps(own))})
    order = ordering(call.query.get("$orderby"), shape)
    # Made of checked field names and of marks for parameters.
    query = (
        f"SELECT value FROM json_each(?) WHERE {wanted.sql} "  # noqa: S608 # see above
        f"ORDER BY {f'{order}, ' if order else ''}key"
    )
    found = state.store.sql.execute(query, (json.dumps(rows), *wanted.parameters)).fetchall()
    if about == "$count":
        return HttpResponse(200, str(len(found)).encode(), "text/plain; charset=utf-8")
    size = state.settings.page
    start = whole(call.query.get("$skiptoken") or call.query.get("$skip", "0"))
    _, limit = top_and_limit(call, size)
    end = start + limit
    following = str(end) if len(found) > end else ""
    page = [shown(text) for (text,) in found[start:end]]
    return paged(call, page, following, size=size, total=lambda: len(found))


def _keys(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return how the row of a list may be named in a URL."""
    if "ID" in row:
        return (f"guid'{row['ID']}'",)
    return (str(row["Code"]), f"'{row['Code']}'")
