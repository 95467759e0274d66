"""An Exact Online written a second time, apart from the sandbox and from the program.

It shares no code with either, so that a mistake which both of those make shows itself. It keeps
everything in memory and knows only what a client of accounts and contacts needs.
"""

from __future__ import annotations

import http.server
import json
import re
import ssl
import threading
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import Message
from email.utils import formatdate
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit
from zoneinfo import ZoneInfo

import trustme

from independent_login import Answer, Call, Logins, error
from independent_odata import QueryError, filtered
from independent_records import MODELS, TYPES, Books, Malformed, Refused

USER = "8d1f3c55-0a57-4a0c-93f5-6e3f0c6b7f02"
_COUNTED = (400, 401, 403, 404)
_KEY = re.compile(r"(?P<set>[A-Za-z]+)(?:\(guid'(?P<id>[0-9a-fA-F-]{36})'\))?")
_ONLY_TIMESTAMP = re.compile(r"Timestamp gt (\d+)L?")
_DELETED = ("ID", "EntityKey", "EntityType", "Timestamp", "Division", "DeletedDate", "DeletedBy")
_DIVISION = ("Code", "Description", "Status", "Country", "Hid", "IsMainDivision", "Customer")
# The fields that accounts may be filtered on.
_FILTERABLE_TEXT = """
    ID Accountant AccountManager AddressLine1 AddressLine2 AddressLine3 Blocked BRIN BSN
    ChamberOfCommerce City Classification Classification1 Classification2 Classification3
    Classification4 Classification5 Classification6 Classification7 Classification8 Code
    CodeAtSupplier Country Created Email EndDate EORINumber Fax InvoiceAccount IsAccountant
    IsReseller IsSales IsSupplier MainContact Modified Name Parent Phone Postcode PriceList
    Reseller RSIN SearchCode StartDate Status Type VATNumber
    """
_FILTERABLE = frozenset(_FILTERABLE_TEXT.split())


class IndependentServer:
    """The server; use as a context manager. `seen` are the calls to a division, in order."""

    def __init__(self, folder: Path, *, minute_limit: int = 60) -> None:
        authority = trustme.CA()
        self.ca_file = folder / "authority.pem"
        authority.cert_pem.write_to_path(self.ca_file)
        self.ahead = 0.0
        self.minute_limit, self.day_limit, self.error_limit = minute_limit, 5_000, 10
        self.logins = Logins(self.now)
        self.books = {
            731: Books(731, "Kaashandel De Wei", self.wall),
            2_904_117: Books(2_904_117, "Rijwielhuis Van Loon", self.wall, "BE"),
        }
        self.seen: list[str] = []
        # Calls, such as "POST crm/Accounts", that get no answer: done, and not done.
        self.unanswered: list[str] = []
        self.dropped: list[str] = []
        self.spent: Counter[tuple[int, str, int]] = Counter()
        self.errors: Counter[tuple[int, str, int]] = Counter()
        self._turn = threading.Lock()
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(65_537)
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                server.respond(self)

            def log_message(self, *_: object) -> None:
                pass

        class Listener(http.server.ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                pass  # a client that went away

        self._server = Listener(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.url = f"https://localhost:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def now(self) -> float:
        return time.time() + self.ahead

    def wall(self) -> int:
        """Return the milliseconds that a clock in Amsterdam shows, as if it showed UTC."""
        local = datetime.fromtimestamp(self.now(), ZoneInfo("Europe/Amsterdam"))
        return round(local.replace(tzinfo=UTC).timestamp() * 1000)

    # --- one request

    def respond(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        target = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length", "0")))
        query = dict(parse_qsl(target.query, keep_blank_values=True))
        call = Call(handler.command, unquote(target.path), query, _titled(handler.headers), body)
        name = f"{call.method} {call.path.partition('(')[0].split('/', 4)[-1]}"
        with self._turn:
            answer = None if name in self.dropped else self._answer(call)
        if answer is None or name in self.unanswered:
            (self.dropped if answer is None else self.unanswered).remove(name)
            handler.close_connection = True
            return
        content, kind = b"", "application/json; charset=utf-8"
        if isinstance(answer.document, str):
            content, kind = answer.document.encode(), "application/xml"
        elif answer.document is not None:
            content = json.dumps(answer.document).encode()
        handler.send_response_only(answer.status)
        handler.send_header("Date", formatdate(self.now(), usegmt=True))
        handler.send_header("Content-Length", str(len(content)))
        if content:
            handler.send_header("Content-Type", kind)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)
        handler.wfile.flush()

    def _answer(self, call: Call) -> Answer:
        if call.path == "/api/oauth2/token":
            return self.logins.token(call)
        if call.path == "/api/oauth2/auth":
            return self.logins.page(call)
        token = call.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.logins.access.get(token, 0.0) <= self.now():
            return Answer(401, None, Reason="Authentication Required")
        if call.path == "/api/v1/current/Me":
            return Answer(200, {"d": {"results": [self._me()]}})
        found = re.fullmatch(r"/api/v1/(\d+)/(.+)", call.path)
        if found is None:
            return Answer(404)
        return self._limited(call, int(found[1]), found[2])

    def _limited(self, call: Call, code: int, path: str) -> Answer:
        self.seen.append(f"{call.method} {path.partition('(')[0]}")
        hour = code, path.partition("(")[0], int(self.now() // 3600)
        minute = code, "minute", int(self.now() // 60)
        if self.errors[hour] > self.error_limit:
            return Answer(429)
        if self.spent[minute] >= self.minute_limit:
            return Answer(429, None, **self._headers(code, "Minutely-"))
        for one in (minute, (code, "day", int(self.now() // 86_400))):
            self.spent[one] += 1
        try:
            answer = self._resource(call, code, path)
        except Answer as found:
            answer = found
        except QueryError as wrong:
            answer = error(400, str(wrong))
        except Malformed as wrong:
            answer = error(400, str(wrong))
        except Refused as wrong:
            answer = error(500, str(wrong))
        self.errors[hour] += answer.status in _COUNTED
        if answer.status < 400:
            answer.headers |= {**self._headers(code, ""), **self._headers(code, "Minutely-")}
        return answer

    def _headers(self, code: int, which: str) -> dict[str, str]:
        name, length, limit = (
            ("minute", 60, self.minute_limit) if which else ("day", 86_400, self.day_limit)
        )
        window = int(self.now() // length)
        return {
            f"X-RateLimit-{which}Limit": str(limit),
            f"X-RateLimit-{which}Remaining": str(limit - self.spent[code, name, window]),
            f"X-RateLimit-{which}Reset": str((window + 1) * length * 1000),
        }

    def _me(self) -> dict[str, object]:
        return {
            "CurrentDivision": min(self.books),
            "FullName": "Ans de Boer",
            "UserID": USER,
            "UserName": "ans@office.example",
            "LanguageCode": "nl-NL",
        }

    def _resource(self, call: Call, code: int, path: str) -> Answer:
        books = self.books.get(code)
        if books is None:
            return error(403, "Forbidden - WrongDivision")
        service, _, rest = path.partition("/")
        if (service, rest) == ("crm", "$metadata"):
            return Answer(200, _metadata())
        if call.method == "GET" and path in ("system/Divisions", "system/AllDivisions"):
            rows = [self._company(one) for one in self.books.values()]
            types = dict.fromkeys(_DIVISION, "String") | {"Code": "Int32", "Status": "Int32"}
            return self._list(call, rows, types, "Division", 60)
        if call.method == "GET" and path == "sync/Deleted":
            rows = _since(call, books.deleted)
            return self._list(call, rows, dict.fromkeys(_DELETED, "String"), "Deleted", 1000)
        if call.method == "GET" and service in ("sync", "bulk") and rest.startswith("CRM/"):
            return self._many(call, books, service, rest.removeprefix("CRM/"))
        found = _KEY.fullmatch(rest) if service == "crm" else None
        if found is None or found["set"] not in TYPES:
            return error(404, f"Resource not found for the segment '{rest or service}'.")
        if found["id"] is None:
            return self._whole_set(call, books, found["set"])
        return self._one(call, books, found["set"], found["id"].lower())

    def _company(self, books: Books) -> dict[str, object]:
        more = {"Status": 1, "Country": books.country, "Hid": str(books.code)}
        return {"Code": books.code, "Description": books.name, **more}

    # --- records

    def _many(self, call: Call, books: Books, service: str, name: str) -> Answer:
        if name not in ("Accounts", "Contacts", "Addresses"):
            return error(404, f"Resource not found for the segment '{name}'.")
        if service == "bulk" and not call.query.get("$select"):
            return error(400, "Please add a $select or a $top=1 statement to the query string.")
        rows = []
        for identity, row in books.sets[name].items():
            version = str(books.versions[identity])  # as OData writes an Edm.Int64
            rows.append({**self._shown(books, name, row), "Timestamp": version})
        rows.sort(key=lambda row: int(row["Timestamp"]))
        rows = _since(call, rows) if service == "sync" else rows
        types = {**TYPES[name], "Timestamp": "Int64"}
        return self._list(call, rows, types, MODELS[name], 1000)

    def _whole_set(self, call: Call, books: Books, name: str) -> Answer:
        if call.method == "GET":
            rows = [self._shown(books, name, row) for row in books.sets[name].values()]
            return self._list(call, rows, TYPES[name], MODELS[name], 60)
        if call.method != "POST":
            return error(400, "Bad Request - Error in query syntax.")
        record = self._shown(books, name, books.create(name, _document(call)))
        if "return=representation" not in call.headers.get("Prefer", ""):
            kept = ("ID", "__metadata", "BankAccounts")
            record = {one: value if one in kept else None for one, value in record.items()}
        return Answer(201, {"d": record})

    def _one(self, call: Call, books: Books, name: str, identity: str) -> Answer:
        row = books.sets[name].get(identity)
        if row is None:
            return Answer(403) if call.method == "DELETE" else error(404, "Not found.")
        if call.method == "GET":
            return Answer(200, {"d": _selected(call, self._shown(books, name, row), TYPES[name])})
        if call.method == "PUT":
            books.change(name, identity, _document(call))
        else:
            books.delete(name, identity)
        return Answer(204)

    def _shown(self, books: Books, name: str, row: Mapping[str, Any]) -> dict[str, Any]:
        uri = f"{self.url}/api/v1/{books.code}/crm/{name}(guid'{row['ID']}')"
        record = {"__metadata": {"uri": uri, "type": MODELS[name]}, **books.shown(name, row)}
        for one, edm in TYPES[name].items():
            if edm == "DateTime" and record[one] is not None:
                record[one] = f"/Date({record[one]})/"
        if name == "Accounts":
            record["BankAccounts"] = {"__deferred": {"uri": f"{uri}/BankAccounts"}}
        return record

    def _list(
        self,
        call: Call,
        rows: list[dict[str, Any]],
        types: Mapping[str, str],
        model: str,
        size: int,
    ) -> Answer:
        """Answer a page of `rows`: filtered, in order, from where `$skiptoken` says."""
        text = call.query.get("$filter", "")
        if text and not text.startswith("Timestamp"):
            fits, fields = filtered(text, types, model)
            if model == MODELS["Accounts"] and not fields <= _FILTERABLE:
                raise QueryError(f"Filtering is not supported on {', '.join(fields - _FILTERABLE)}")
            rows = [row for row in rows if fits(_comparable(row, types))]
        by, _, direction = call.query.get("$orderby", "").partition(" ")
        if by:
            rows = sorted(
                rows, key=lambda row: (row[by] is not None, row[by]), reverse=direction == "desc"
            )
        start = int(call.query.get("$skiptoken", "0"))
        top = int(call.query.get("$top", "0"))
        records = [
            _selected(call, row, types) for row in rows[start : start + min(size, top or size)]
        ]
        if 0 < top <= size and "$skiptoken" not in call.query:
            return Answer(200, {"d": records})
        page: dict[str, Any] = {"results": records}
        if len(rows) > start + size and (not top or top > size):
            more = {**call.query, "$skiptoken": str(start + size)}
            more |= {"$top": str(top - size)} if top else {}
            following = f"{self.url}{quote(call.path)}?{urlencode(more, quote_via=quote)}"
            page["__next"] = following
        if "/bulk/" in call.path:  # where the next page is named beside the records
            return Answer(200, {"d": page.pop("results"), **page})
        return Answer(200, {"d": page})


def _titled(headers: Message) -> dict[str, str]:
    return {name.title(): value for name, value in headers.items()}


def _comparable(row: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: int(value[6:-2]) if types.get(name) == "DateTime" and value else value
        for name, value in row.items()
    }


def _since(call: Call, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = _ONLY_TIMESTAMP.fullmatch(call.query.get("$filter", ""))
    if found is None:
        raise QueryError("Only filtering on Timestamp is supported.")
    return [row for row in rows if int(row["Timestamp"]) > int(found[1])]


def _selected(call: Call, row: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, Any]:
    names = [one.strip() for one in call.query.get("$select", "").split(",") if one.strip()]
    for name in names:
        if name not in types and name != "BankAccounts":
            raise QueryError(f"Could not find a property named '{name}'.")
    return {name: row.get(name) for name in ("__metadata", *names)} if names else dict(row)


def _document(call: Call) -> object:
    if "json" not in call.headers.get("Content-Type", ""):
        raise Answer(415)
    try:
        return json.loads(call.body)
    except ValueError:
        raise Malformed("Error processing request stream.") from None


def _metadata() -> str:
    sets = "".join(
        f"<EntitySet EntityType='Exact.CRM.{model.rpartition('.')[2]}' Name='{name}'/>"
        for name, model in MODELS.items()
    )
    types = "".join(
        f"<EntityType Name='{MODELS[name].rpartition('.')[2]}'>\n"
        + "".join(
            f"\n<Property Type='Edm.{edm}' Name='{one}'/>" for one, edm in TYPES[name].items()
        )
        + "\n</EntityType>"
        for name in TYPES
    )
    return (
        "<?xml version='1.0' encoding='utf-8'?><edmx:Edmx Version='1.0' "
        "xmlns:edmx='http://schemas.microsoft.com/ado/2007/06/edmx'><edmx:DataServices>"
        f"<Schema Namespace='Exact.CRM'><EntityContainer Name='c'>{sets}</EntityContainer>{types}"
        "</Schema></edmx:DataServices></edmx:Edmx>"
    )
