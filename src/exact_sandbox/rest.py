"""The REST API: who may call what, and which room answers.

docs/exact-online.md, "Addresses", "Errors" and "Limits".
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from exact_sandbox import limits, oauth, reference_data, xml
from exact_sandbox.entities import Entity, View, entity_at
from exact_sandbox.http import JSON_TYPE, HttpRequest, HttpResponse, RequestError, as_json, failure
from exact_sandbox.lists import (
    bank_accounts_of,
    bulk_page,
    count,
    crm_page,
    deleted_page,
    expand,
    known_options,
    names_of,
    sync_page,
)
from exact_sandbox.read_only import LISTINGS, divisions_page, me, reference_page
from exact_sandbox.records import RecordService
from exact_sandbox.state import SandboxState

_URL = re.compile(
    r"/api/v1/(?P<division>current|[0-9]{1,18})/(?P<path>[A-Za-z/]+?)"
    r"(?:\((?P<key>[^)]*)\)(?:/(?P<part>[A-Za-z]+))?|/(?P<about>\$count|\$metadata))?/?"
)
_GUID = re.compile(r"guid\s*'([0-9A-Fa-f-]{36})'")
_LONGEST_URL = 6000  # characters
_LARGEST_BODY = 38_000_000  # bytes, of companies in the Netherlands and Belgium
_SYNCED = {"CRM/Accounts": "crm/Accounts", "CRM/Contacts": "crm/Contacts"}
_SYNCED["CRM/Addresses"] = "crm/Addresses"
_DIVISIONS = ("hrm/Divisions", "system/Divisions", "system/AllDivisions")
_ADMINISTRATION = frozenset({"sync/Deleted", *_DIVISIONS})


class Target(NamedTuple):
    """What a URL addresses: `division` 0 stands for "current", `key` is None for a whole list.

    `part` is what of a record is asked for, "" for all; `about` is "$count" or "$metadata".
    """

    division: int
    path: str
    key: str | None
    part: str = ""
    about: str = ""


def respond(state: SandboxState, call: HttpRequest) -> HttpResponse:
    """Answer a call to /api/v1/."""
    target = _target(call)
    if target is None:
        return failure(404, "Resource not found.")
    granted = oauth.bearer(state, call)
    if granted is None:
        answer = HttpResponse(401, reason="Authentication Required")
        limits.note(state, target.division, target.path, answer.status)
        return answer
    if target.division == 0:
        return _guarded(state, call, target, granted)
    if limits.blocked(state, target.division, target.path):
        if state.settings.error_block == "403":
            return failure(403, "Forbidden - your API key is temporarily blocked.")
        return limits.TOO_MANY
    if target.division not in granted or target.division not in state.companies():
        answer = failure(403, "Forbidden - WrongDivision")
    else:
        refused = limits.admit(state, target.division)
        if refused is not None:
            return refused
        answer = _guarded(state, call, target, granted)
        if answer.status < 400 or state.settings.limit_headers_on_errors:
            answer = answer.with_headers(limits.headers(state, target.division))
    limits.note(state, target.division, target.path, answer.status)
    return answer


def endpoint_of(path: str) -> str:
    """Return what a URL's path is about: "crm/Accounts", "oauth2/token" or the path itself."""
    found = _parsed(path)
    return found["path"] if found else path.removeprefix("/api/").strip("/")


def division_of(path: str) -> int | None:
    """Return the division in a URL's path."""
    found = _parsed(path)
    return int(found["division"]) if found and found["division"] != "current" else None


def _target(call: HttpRequest) -> Target | None:
    found = _parsed(call.path)
    if found is None:
        return None
    division = 0 if found["division"] == "current" else int(found["division"])
    return Target(division, found["path"], found["key"], found["part"] or "", found["about"] or "")


def _parsed(path: str) -> re.Match[str] | None:
    return _URL.fullmatch(re.sub("/{2,}", "/", path))


def _guarded(
    state: SandboxState, call: HttpRequest, target: Target, granted: frozenset[int]
) -> HttpResponse:
    if len(call.site) + len(call.target) > _LONGEST_URL:
        return failure(414, "The request URL is too long.")
    if len(call.body) > _LARGEST_BODY:
        return failure(413, "The request is too large.")
    scope = _scope(target.path)
    if scope and scope not in state.settings.scopes:
        text = f"Forbidden - Application Scope Violated. Cannot read '{scope}' scope."
        return failure(403, text)
    try:
        answer = _dispatch(state, call, target, granted)
    except RequestError as refused:
        return failure(refused.status, refused.message)
    wants_json = "json" in call.headers.get("Accept", "") or call.query.get("$format") == "json"
    if answer.content_type != JSON_TYPE or answer.status >= 400 or wants_json:
        return answer
    return xml.atom(answer)


def _scope(path: str) -> str:
    if path == "Me":
        return ""
    if path in LISTINGS:
        return LISTINGS[path].scope
    return "organization.administration" if path in _ADMINISTRATION else "crm.accounts"


def _dispatch(
    state: SandboxState, call: HttpRequest, target: Target, granted: frozenset[int]
) -> HttpResponse:
    division, path = target.division, target.path
    if division == 0:
        if path == "Me" and call.method == "GET":
            return me(state, call, granted)
        raise _missing(path)
    if target.about == "$metadata":
        if call.method != "GET":
            raise RequestError(405, "Method not allowed.")
        return xml.metadata(state, path)
    found = entity_at(path)
    if found is not None:
        return _entity(state, call, target, found)
    if call.method != "GET":
        raise RequestError(405, "Method not allowed.")
    if path in _DIVISIONS:
        return divisions_page(state, call, division, path, granted, target.key, target.about)
    if path in LISTINGS:
        return reference_page(state, call, division, path, target.key, target.about)
    if target.about or target.key is not None:
        raise _missing(target.about or path)
    prefix, _, rest = path.partition("/")
    synced = entity_at(_SYNCED.get(rest, ""))
    if prefix == "sync" and synced is not None:
        return sync_page(state, call, division, synced)
    if prefix == "bulk" and synced is not None:
        return bulk_page(state, call, division, synced)
    if path == "sync/Deleted":
        return deleted_page(state, call, division)
    raise _missing(path)


def _entity(state: SandboxState, call: HttpRequest, target: Target, found: Entity) -> HttpResponse:
    view = View(state, target.division, call.site)
    books = RecordService(state, target.division, reference_data.USERS[0])
    if target.key is None:
        if target.about == "$count" and call.method == "GET":
            return count(state, call, target.division, found)
        if call.method == "GET":
            return crm_page(state, call, target.division, found)
        if call.method == "POST":
            return _create(state, call, books, found, view)
        raise RequestError(400, f"The HTTP method {call.method} needs a key in the URL.")
    key = _GUID.fullmatch(target.key)
    if key is None:
        raise RequestError(400, "Bad Request - Error in query syntax.")
    row_id = key[1].lower()
    row = state.store.get(found.kind, target.division, row_id)
    if row is None:
        if call.method == "DELETE":
            raise RequestError(403, "Forbidden")
        raise _missing(found.set_name)
    if target.part:
        if call.method != "GET" or (found.kind, target.part) != ("account", "BankAccounts"):
            raise _missing(target.part)
        return bank_accounts_of(state, call, target.division, row_id)
    if call.method == "GET":
        known_options(call)
        shown = [view.show(found.kind, row, names_of(call, found))]
        expand(call, found, view, [row], shown)
        return as_json(200, {"d": shown[0]})
    if call.method == "PUT":
        changed = books.change(found, row, _payload(call))
        if _prefers_record(call) and state.settings.put_prefer == "record":
            return as_json(200, {"d": view.show(found.kind, changed)})
        return HttpResponse(204)
    if call.method == "DELETE":
        books.delete(found, row)
        return HttpResponse(204)
    raise RequestError(405, "Method not allowed.")


def _create(
    state: SandboxState, call: HttpRequest, books: RecordService, found: Entity, view: View
) -> HttpResponse:
    row = books.create(found, _payload(call))
    whole = _prefers_record(call) and state.settings.answers != "bare"
    shown = view.show(found.kind, row) if whole else view.bare(found.kind, row.id)
    return as_json(201, {"d": shown}, Location=shown["__metadata"]["uri"])


def _prefers_record(call: HttpRequest) -> bool:
    return "return=representation" in call.headers.get("Prefer", "").replace(" ", "")


def _payload(call: HttpRequest) -> object:
    if "json" not in call.headers.get("Content-Type", ""):
        raise RequestError(415, "Unsupported Media Type.")
    try:
        # Written again, for what JSON and Unicode do not have: NaN, and halves of characters.
        found = json.loads(call.body)
        json.dumps(found, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise RequestError(
            400, "Error processing request stream. The request is not JSON."
        ) from None
    return found


def _missing(name: str) -> RequestError:
    return RequestError(404, f"Resource not found for the segment '{name.rpartition('/')[2]}'.")
