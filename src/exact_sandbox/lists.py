"""Reading many records at once: crm/*, sync/*, bulk/*, and the lists that only can be read.

docs/exact-online.md, "Reading" and "Queries".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from exact_import.text import word_set
from exact_sandbox.entities import Entity, View, schema
from exact_sandbox.http import HttpRequest, HttpResponse, RequestError, as_json
from exact_sandbox.odata import Condition, Schema, condition, ordering, selection
from exact_sandbox.state import SandboxState
from exact_sandbox.store import INDEXED, StoredRow

_DELETED_LIFE = 61 * 86_400_000  # two months, in ms
# The fields that a GET of crm/Accounts can be filtered on; of contacts all can.
_ACCOUNT_FILTERS_TEXT = """
    Accountant AccountManager AddressLine1 AddressLine2 AddressLine3 Blocked BRIN BSN
    ChamberOfCommerce City Classification1 Classification2 Classification3
    Classification4 Classification5 Classification6 Classification7 Classification8
    Classification Code CodeAtSupplier Country Created Email EndDate EORINumber Fax ID
    InvoiceAccount IsAccountant IsReseller IsSales IsSupplier MainContact Modified Name
    Parent Phone Postcode PriceList Reseller RSIN SearchCode StartDate Status Type
    VATNumber
"""
_ACCOUNT_FILTERS = _ACCOUNT_FILTERS_TEXT.split()
_BULK_FILTERS = {
    "account": _ACCOUNT_FILTERS,
    "contact": ["Account", "ID", "IdentificationDocument", "IdentificationUser", "Person"],
    "address": ["Account", "ID", "Type"],
}
# What the lists take that are meant for reading everything, and what others take.
_PLAIN_OPTIONS = word_set("$select $filter $top $skiptoken $format")
_OPTIONS = _PLAIN_OPTIONS | word_set("$skip $orderby $inlinecount $expand")
_GUID_TOKEN = re.compile(r"guid'([0-9A-Fa-f-]{36})'")
_DELETED_TYPES = {
    "Timestamp": "Int64",
    "DeletedBy": "Guid",
    "DeletedDate": "DateTime",
    "Division": "Int32",
    "EntityKey": "Guid",
    "EntityType": "Int32",
    "ID": "Guid",
}


def names_of(call: HttpRequest, found: Entity) -> list[str] | None:
    """Return what `$select` asks of one record."""
    return selection(call.query.get("$select"), schema(found.kind))


def crm_page(state: SandboxState, call: HttpRequest, division: int, found: Entity) -> HttpResponse:
    """Answer a GET of crm/*: a page of 60, or a plain list where `$top` asks for no more."""
    known_options(call)
    shape = schema(found.kind)
    wanted = condition(call.query.get("$filter"), shape)
    allowed = _ACCOUNT_FILTERS if found.kind == "account" else None
    refused = state.settings.unfiltered == "refused"
    if refused and allowed is not None and not wanted.fields & frozenset(allowed):
        raise RequestError(
            400,
            "This endpoint has mandatory filtering applied. A GET request for this endpoint must "
            "have a $filter parameter with one of the following fields in the url:"
            f"{','.join(allowed)}.",
        )
    if allowed is not None:
        _only(wanted, allowed)
    names = selection(call.query.get("$select"), shape)
    order = ordering(call.query.get("$orderby"), shape)
    view = View(state, division, call.site)
    token = call.query.get("$skiptoken", "")
    where, parameters = wanted.sql, wanted.parameters
    offset = 0 if token else whole(call.query.get("$skip", "0"))
    if order is None and token:
        where, parameters = f"({where}) AND id > ?", (*parameters, _after_id(token))
    elif token:
        offset = whole(token)
    size = state.settings.page
    top, limit = top_and_limit(call, size)
    rows = state.store.select(
        found.kind,
        division,
        where,
        parameters,
        order=f"{order}, id" if order else _by_id(found, wanted),
        limit=limit + 1,
        offset=offset,
    )
    shown = [view.show(found.kind, row, names) for row in rows[:limit]]
    expand(call, found, view, rows[:limit], shown)
    following = ""
    if len(rows) > limit and (top is None or top > limit):
        following = str(offset + limit) if order else f"guid'{rows[limit - 1].id}'"
    return paged(
        call,
        shown,
        following,
        size=size,
        total=lambda: state.store.count(found.kind, division, wanted.sql, wanted.parameters),
    )


def count(state: SandboxState, call: HttpRequest, division: int, found: Entity) -> HttpResponse:
    """Answer a GET of crm/…/$count: how many records the filter selects, as plain text."""
    wanted = condition(call.query.get("$filter"), schema(found.kind))
    number = state.store.count(found.kind, division, wanted.sql, wanted.parameters)
    return HttpResponse(200, str(number).encode(), "text/plain; charset=utf-8")


def bank_accounts_of(
    state: SandboxState, call: HttpRequest, division: int, account: str
) -> HttpResponse:
    """Answer a GET of the bank accounts that an account refers to."""
    names = selection(call.query.get("$select"), schema("bank account"))
    shown = View(state, division, call.site).bank_accounts(account, names)
    return as_json(200, {"d": {"results": shown}})


def expand(
    call: HttpRequest, found: Entity, view: View, rows: list[StoredRow], shown: list[dict[str, Any]]
) -> None:
    """Put into records, those of `rows` as they are shown, the lists that `$expand` names."""
    wanted = [name.strip() for name in call.query.get("$expand", "").split(",") if name.strip()]
    for name in wanted:
        if (found.kind, name) != ("account", "BankAccounts"):
            text = f"Could not find a property named '{name}' on type '{found.model}'."
            raise RequestError(400, text)
    for row, record in zip(rows, shown, strict=True):
        if wanted and "BankAccounts" in record:
            record["BankAccounts"] = {"results": view.bank_accounts(row.id)}


def _after_id(token: str) -> str:
    match = _GUID_TOKEN.fullmatch(token)
    if match is None:
        raise RequestError(400, "Bad Request - Error in query syntax.")
    return match[1].lower()


def _by_id(found: Entity, wanted: Condition) -> str:
    # The plus keeps SQLite from walking through all records by ID where a field's index is better.
    return "+id" if wanted.fields & frozenset(INDEXED[found.kind]) else "id"


def sync_page(state: SandboxState, call: HttpRequest, division: int, found: Entity) -> HttpResponse:
    """Answer a GET of sync/*: 1,000 rows in the order of their row versions."""
    known_options(call, _PLAIN_OPTIONS)
    shape = schema(found.kind, sync=True)
    if (call.query.get("$select") or "").strip() == "*":
        raise RequestError(400, "$select=* is not supported by this endpoint.")
    wanted = _timestamp_only(call, shape)
    names = selection(call.query.get("$select"), shape)
    path = f"sync/CRM/{found.set_name}"
    view = View(state, division, call.site)
    lag = max(call.lag, state.settings.sync_lag)
    now = state.clock.now_ms()
    latest = now - round(lag * 1000) if lag else 1 << 62
    skip = state.settings.sync_skip
    settled = now - round(skip * 1000) if skip else 1 << 62
    where = f"({wanted.sql}) AND stamp > ? AND changed <= ? AND (changed <= ? OR stamp % 2)"
    parameters = (*wanted.parameters, _after(call), latest, settled)
    size = state.settings.sync_page
    _, limit = top_and_limit(call, size)
    rows = state.store.select(
        found.kind, division, where, parameters, order="stamp", limit=limit + 1
    )

    def shown(row: StoredRow) -> dict[str, Any]:
        return view.show(found.kind, row, names, path)

    following = f"{rows[limit - 1].stamp}L" if 0 < limit < len(rows) else ""
    return paged(call, list(map(shown, rows[:limit])), following, size=size)


def bulk_page(state: SandboxState, call: HttpRequest, division: int, found: Entity) -> HttpResponse:
    """Answer a GET of bulk/*: 1,000 rows of the fields that `$select` must name."""
    known_options(call, _PLAIN_OPTIONS)
    shape = schema(found.kind)
    if not call.query.get("$select") and call.query.get("$top") != "1":
        raise RequestError(400, "Please add a $select or a $top=1 statement to the query string.")
    wanted = condition(call.query.get("$filter"), shape)
    _only(wanted, _BULK_FILTERS[found.kind])
    names = selection(call.query.get("$select"), shape)
    view = View(state, division, call.site)
    where = f"({wanted.sql}) AND id > ?"
    token = call.query.get("$skiptoken", "")
    parameters = (*wanted.parameters, _after_id(token) if token else "")
    size = state.settings.sync_page
    _, limit = top_and_limit(call, size)
    rows = state.store.select(found.kind, division, where, parameters, limit=limit + 1)
    path = f"bulk/CRM/{found.set_name}"
    shown = [view.show(found.kind, row, names, path) for row in rows[:limit]]
    following = f"guid'{rows[limit - 1].id}'" if 0 < limit < len(rows) else ""
    beside = state.settings.bulk_next == "beside"
    return paged(call, shown, following, size=size, beside=beside)


def deleted_page(state: SandboxState, call: HttpRequest, division: int) -> HttpResponse:
    """Answer a GET of sync/Deleted; what was deleted more than two months ago is gone from it."""
    known_options(call, _PLAIN_OPTIONS)
    columns = {"Timestamp": "stamp"}
    shape = Schema("Exact.Web.Api.Models.Deleted", _DELETED_TYPES, columns.__getitem__)
    wanted = _timestamp_only(call, shape)
    names = selection(call.query.get("$select"), shape) or list(_DELETED_TYPES)
    now = state.clock.now_ms()
    lag = round(max(call.lag, state.settings.sync_lag) * 1000)
    where = f"({wanted.sql}) AND stamp > ? AND at <= ?"
    size = state.settings.sync_page
    _, limit = top_and_limit(call, size)
    rows = state.store.deleted(
        division,
        now - _DELETED_LIFE,
        where,
        (*wanted.parameters, _after(call), now - lag if lag else 1 << 62),
        limit + 1,
    )
    view = View(state, division, call.site)
    following = f"{rows[limit - 1]['Timestamp']}L" if 0 < limit < len(rows) else ""
    if state.settings.timestamp_as_text:
        rows = [{**row, "Timestamp": str(row["Timestamp"])} for row in rows]
    shown = [view.listed("Deleted", "sync/Deleted", row, names) for row in rows[:limit]]
    return paged(call, shown, following, size=size)


def top_and_limit(call: HttpRequest, size: int) -> tuple[int | None, int]:
    """Return `$top`, None if there is none, and how many rows of a page of `size` to show."""
    top = whole(call.query["$top"]) if "$top" in call.query else None
    return top, size if top is None else min(size, top)


def paged(
    call: HttpRequest,
    shown: list[dict[str, Any]],
    following: str,
    *,
    size: int,
    total: Callable[[], int] | None = None,
    beside: bool = False,
) -> HttpResponse:
    """Answer a page of `shown`, and the skip token `following` of the next one, "" for the last.

    A plain list where `$top` asks for no more than a page of `size`; a larger `$top` is counted
    down. `beside` writes the link to the next page beside the records instead of around them.
    """
    counted = total is not None and call.query.get("$inlinecount") == "allpages"
    top, limit = top_and_limit(call, size)
    if top is not None and top <= size and "$skiptoken" not in call.query and not counted:
        return as_json(200, {"d": shown})
    envelope: dict[str, Any] = {} if beside else {"results": shown}
    if following and (top is None or top > limit):
        query = {**call.query, "$skiptoken": following}
        if top is not None:
            query["$top"] = str(top - limit)
        text = urlencode(query, quote_via=quote, safe="$',()")
        envelope["__next"] = f"{call.site}{quote(call.path)}?{text}"
    if total is not None and counted:
        envelope["__count"] = str(total())
    return as_json(200, {"d": shown, **envelope} if beside else {"d": envelope})


def _timestamp_only(call: HttpRequest, shape: Schema) -> Condition:
    text = call.query.get("$filter", "")
    wanted = condition(text, shape) if "Timestamp" in text else None
    if wanted is None or wanted.fields != {"Timestamp"}:
        raise RequestError(400, "Only filtering on Timestamp is supported, and it is mandatory.")
    return wanted


def _only(wanted: Condition, allowed: list[str]) -> None:
    others = sorted(wanted.fields - frozenset(allowed))
    if others:
        text = f"Filtering on these fields is not supported: {', '.join(others)}"
        raise RequestError(400, text)


def _after(call: HttpRequest) -> int:
    token = call.query.get("$skiptoken", "")
    return whole(token.rstrip("L")) if token else 0


def whole(text: str) -> int:
    """Return the whole number that a query option holds."""
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise RequestError(400, "Bad Request - Error in query syntax.")
    return int(text)


def known_options(call: HttpRequest, known: frozenset[str] = _OPTIONS) -> None:
    """Refuse a query option that the server does not know, or that is given twice."""
    names = [name for name, _ in parse_qsl(call.target.partition("?")[2], keep_blank_values=True)]
    for name in call.query:
        if name.startswith("$") and name not in known:
            raise RequestError(400, f"The query option '{name}' is not supported by this endpoint.")
        if name.startswith("$") and names.count(name) > 1:
            text = (
                f"Query parameter '{name}' is specified, but it should be specified exactly once."
            )
            raise RequestError(400, text)
    if call.query.get("$inlinecount", "none") not in ("none", "allpages"):
        raise RequestError(400, "Invalid value for the query option '$inlinecount'.")
