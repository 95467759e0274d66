"""A double of Exact Online at the level of sockets: TLS, tokens, a few records, and any fault.

It follows docs/exact-online.md as far as the layer under test needs it, and does on request what
networks do: drop, reset, truncate, hang, trickle. Its clock is whatever function it is given.
"""

from __future__ import annotations

import contextlib
import functools
import json
import re
import socket
import ssl
import struct
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

import trustme

from exact_import.exact.clock import Clock

DIVISION = 425880


class FastClock(Clock):
    """A clock whose sleeps take no time, and which remembers them."""

    def __init__(self, start: float | None = None) -> None:
        self.skipped = 0.0
        self.start = start
        self.sleeps: list[float] = []
        self._guard = threading.Lock()

    def now(self) -> float:
        return (time.time() if self.start is None else self.start) + self.skipped

    def monotonic(self) -> float:
        return self.now()

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        with self._guard:
            self.sleeps.append(seconds)
            if not (stop and stop.is_set()):
                self.skipped += max(0.0, seconds)


@functools.cache
def trusted_authority() -> trustme.CA:
    return trustme.CA()


@functools.cache
def certificate(host: str) -> trustme.LeafCert:
    return trusted_authority().issue_cert("localhost", host)


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def document(self) -> dict[str, object]:
        return dict(json.loads(self.body))

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass
class Reply:
    """An answer, and what goes wrong with it.

    `fault`: "" or "drop" (closed without an answer), "reset", "truncate", "hang", "trickle",
    "close" (whole, then closed), "raw" (`body` is all that is sent).
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    fault: str = ""


def answer(document: object, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(document).encode(), named)


def refusal(text: str, status: int = 500, **headers: str) -> Reply:
    """An error as Exact Online words it: empty code and language, CRLFs."""
    wrapped = (
        '{\r\n"error": {\r\n"code": "", "message": {\r\n"lang": "", "value": '
        + json.dumps(text)
        + "\r\n}\r\n}\r\n}"
    )
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, wrapped.encode(), named)


Responder = Callable[[Seen], "Reply | None"]


class Double:
    """The server; use as a context manager.

    `respond` is asked first and may answer anything, or None for the ordinary behaviour.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time, host: str = "127.0.0.1") -> None:
        self.clock = clock
        self.respond: Responder = lambda _: None
        self.seen: list[Seen] = []
        self.connections = 0
        self.lock = threading.RLock()
        # Tokens.
        self.life = 600
        self.earliest: float | None = 570.0
        self.strict_refresh = True
        self.access = "access-0"
        self.issued_at = clock()
        self.refresh = "refresh-0"
        self.old_refreshes: list[str] = []
        self.refreshes = 0
        # Limits; None sends no headers.
        self.minute_limit: int | None = None
        self.day_limit = 5000
        self.day_used = 0
        self.day = 0.0
        self.minute = 0.0
        self.minute_used = 0
        self.skew = 0.0
        self.overruns = 0
        # Records.
        self.records: dict[str, dict[str, dict[str, object]]] = {"Accounts": {}, "Contacts": {}}
        self.timestamp = 1000
        self.deleted: list[dict[str, object]] = []
        self._stopping = threading.Event()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate(host).configure_cert(self._context)
        self._listener = socket.create_server((host, 0))
        self.port = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def config(self, **transient: str | None) -> str:
        values = {
            "access_expiry": str(int(self.issued_at + self.life)),
            "access_token": self.access,
            "refresh_token": self.refresh,
            "division": str(DIVISION),
            **transient,
        }
        lines = [f"{name} = {value}" for name, value in values.items() if value is not None]
        return (
            "# Kept by the bookkeeper.\n"
            "[server]\n"
            f"auth_url = {self.url}/api/oauth2/auth\n"
            f"rest_url = {self.url}/api\n"
            f"token_url = {self.url}/api/oauth2/token\n"
            "\n"
            "[application]\n"
            "base_url = https://example.com\n"
            "client_id = 7f0b8e8a-client\n"
            "client_secret = s3cr3t%client\n"
            "\n"
            "[transient]\n"
            "; written by the program\n" + "\n".join(lines) + "\n"
        )

    def __enter__(self) -> Self:
        self._spawn(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self.lock:
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def requests(self, endpoint: str = "", method: str = "") -> list[Seen]:
        return [s for s in self.seen if endpoint in s.path and method in ("", s.method)]

    # Sockets

    def _spawn(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            self._spawn(self._serve, plain)

    def _serve(self, plain: socket.socket) -> None:
        plain.settimeout(30)
        with contextlib.suppress(OSError, ValueError), plain:
            secure = self._context.wrap_socket(plain, server_side=True)
            with self.lock:
                self.connections += 1
                self._open.append(secure)
            with secure:
                while not self._stopping.is_set() and self._one(secure):
                    pass

    def _one(self, secure: ssl.SSLSocket) -> bool:
        """Answer one request; False where the connection is over."""
        secure.settimeout(1.0)
        head = b""
        while b"\r\n\r\n" not in head:
            try:
                part = secure.recv(65536)
            except TimeoutError:
                if self._stopping.is_set():
                    return False
                continue
            if not part:
                return False
            head += part
        secure.settimeout(30)
        top, _, body = head.partition(b"\r\n\r\n")
        lines = top.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        while len(body) < int(headers.get("content-length", "0")):
            body += secure.recv(65536)
        parts = urlsplit(target)
        seen = Seen(
            method, unquote(parts.path), dict(parse_qsl(parts.query)), headers, body, self.clock()
        )
        with self.lock:
            self.seen.append(seen)
            reply = self.respond(seen) or self.ordinary(seen)
        return self._send(secure, reply)

    def _send(self, secure: ssl.SSLSocket, reply: Reply) -> bool:
        headers = {
            "Content-Type": "application/json",
            "Content-Length": str(len(reply.body)),
            "Date": formatdate(self.clock() + self.skew, usegmt=True),
            **reply.headers,
        }
        lines = [f"HTTP/1.1 {reply.status} Whatever"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        whole = "\r\n".join([*lines, "", ""]).encode("latin-1") + reply.body
        match reply.fault:
            case "drop":
                return False
            case "reset":
                linger = struct.pack("ii", 1, 0)
                secure.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                socket.socket(fileno=secure.detach()).close()
                return False
            case "truncate":
                secure.sendall(whole[: -max(1, len(reply.body) // 2)])
                return False
            case "hang":
                self._stopping.wait(20)
                return False
            case "trickle":
                for byte in whole:
                    if self._stopping.wait(0.05):
                        break
                    secure.sendall(bytes([byte]))
                return False
            case "raw":
                secure.sendall(reply.body)
                return False
            case "close":
                secure.sendall(whole)
                return False
            case _:
                secure.sendall(whole)
                return True

    # Behaviour

    def ordinary(self, seen: Seen) -> Reply:
        if seen.path == "/api/oauth2/token":
            return self._token(seen)
        if seen.headers.get("authorization") != f"Bearer {self.access}" or (
            self.clock() >= self.issued_at + self.life
        ):
            return Reply(401, b"", {"Reason": "Authentication Required"})
        if seen.path == "/api/v1/current/Me":
            return answer({"d": {"results": [{"CurrentDivision": DIVISION, "FullName": "An"}]}})
        match = re.fullmatch(r"/api/v1/(\d+)/(.*)", seen.path)
        if not match:
            return Reply(404)
        over = self._count()
        if over is not None:
            return over
        reply = self._resource(seen, match[2])
        reply.headers = {**self._limits(), **reply.headers}
        return reply

    def _token(self, seen: Seen) -> Reply:
        form = seen.form
        if form.get("client_secret") != "s3cr3t%client":
            return Reply(400, b'{"error":"invalid_request"}')
        offered = form.get("refresh_token") or form.get("code", "")
        if form["grant_type"] == "refresh_token":
            if offered in self.old_refreshes and self.strict_refresh:
                text = (
                    '{"error":"unauthorized_client","error_description":"Old refresh token used."}'
                )
                return Reply(401, text.encode())
            if offered != self.refresh and self.strict_refresh:
                text = '{"error":"invalid_grant","error_description":"Refresh token is invalid."}'
                return Reply(400, text.encode())
            age = self.clock() - self.issued_at
            if self.earliest is not None and age < self.earliest:
                text = "Rate limit exceeded: access_token not expired"
                return Reply(
                    400,
                    json.dumps({"error": "access_denied", "error_description": text}).encode(),
                    {"Reason": f"TooEarlyToRefreshTokens: {text}"},
                )
        return self.issue()

    def issue(self) -> Reply:
        """Rotate the tokens and return them as the token endpoint does."""
        self.refreshes += 1
        self.old_refreshes.append(self.refresh)
        self.refresh = f"refresh-{self.refreshes}"
        self.access = f"access-{self.refreshes}"
        self.issued_at = self.clock()
        return answer(
            {
                "access_token": self.access,
                "token_type": "bearer",
                "expires_in": str(self.life),
                "refresh_token": self.refresh,
            }
        )

    def _count(self) -> Reply | None:
        now = self.clock() + self.skew
        if now // 60 != self.minute:
            self.minute, self.minute_used = now // 60, 0
        if self.day and now // 86400 != self.day:
            self.day_used = 0
        self.day = now // 86400
        if self.minute_limit is not None and self.minute_used >= self.minute_limit:
            self.overruns += 1
            headers = {n: v for n, v in self._limits().items() if "Minutely" in n}
            return Reply(429, b"", headers)
        if self.minute_limit is not None and self.day_used >= self.day_limit:
            self.overruns += 1
            return Reply(429, b"", self._limits())
        self.minute_used += 1
        self.day_used += 1
        return None

    def _limits(self) -> dict[str, str]:
        if self.minute_limit is None:
            return {}
        now = self.clock() + self.skew
        return {
            "X-RateLimit-Limit": str(self.day_limit),
            "X-RateLimit-Remaining": str(max(0, self.day_limit - self.day_used)),
            "X-RateLimit-Reset": str(int((now // 86400 + 1) * 86400_000)),
            "X-RateLimit-Minutely-Limit": str(self.minute_limit),
            "X-RateLimit-Minutely-Remaining": str(max(0, self.minute_limit - self.minute_used)),
            "X-RateLimit-Minutely-Reset": str(int((now // 60 + 1) * 60_000)),
        }

    def _resource(self, seen: Seen, path: str) -> Reply:
        kind = next((kind for kind in self.records if kind in path), "")
        if path in ("system/Divisions", "hrm/Divisions"):
            one = {"Code": DIVISION, "Description": "Bakkerij", "Status": 1}
            return answer({"d": {"results": [one]}})
        if path == "sync/Deleted":
            return answer({"d": {"results": self.deleted}})
        if not kind:
            return Reply(404)
        rows = self.records[kind]
        self.timestamp += 1
        key = re.search(r"guid'([^']*)'", path)
        if seen.method == "GET":
            return self._list(seen, path, list(rows.values()))
        if seen.method == "POST":
            row = {**seen.document, "ID": str(uuid.uuid4()), "Timestamp": self.timestamp}
            if kind == "Accounts":
                row["Code"] = f"{row.get('Code', len(rows) + 1)}".rjust(18)
            rows[str(row["ID"])] = row
            full = "return=representation" in seen.headers.get("prefer", "")
            return answer({"d": row if full else {"ID": row["ID"], "Name": None}}, 201)
        if not key or key[1] not in rows:
            return Reply(404 if seen.method == "PUT" else 403)
        if seen.method == "PUT":
            rows[key[1]].update(seen.document, Timestamp=self.timestamp)
        else:
            del rows[key[1]]
            entity = 2 if kind == "Accounts" else 5
            self.deleted.append(
                {"EntityKey": key[1], "EntityType": entity, "Timestamp": self.timestamp}
            )
        return Reply(204)

    def _list(self, seen: Seen, path: str, rows: list[dict[str, object]]) -> Reply:
        size = 1000 if path.startswith("sync/") else 60
        since = re.fullmatch(r"Timestamp gt (\d+)L", seen.query.get("$filter", ""))
        if since:
            rows = [row for row in rows if int(str(row["Timestamp"])) > int(since[1])]
        start = int(seen.query.get("$skiptoken", "0"))
        page: dict[str, object] = {"results": rows[start : start + size]}
        if start + size < len(rows):
            page["__next"] = f"{self.url}{seen.path}?$skiptoken={start + size}"
        return answer({"d": page})
