"""Speaks to the sandbox's REST API as any client of Exact Online does."""

from __future__ import annotations

import configparser
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import urllib3

from exact_sandbox import Sandbox

HOME = 425880
CRLF = "\r\n"


class Answer(NamedTuple):
    status: int
    headers: urllib3.HTTPHeaderDict
    body: bytes

    @property
    def d(self) -> Any:
        return json.loads(self.body)["d"]

    @property
    def message(self) -> str:
        return str(json.loads(self.body)["error"]["message"]["value"])


class Caller:
    """Calls a sandbox with the token of its INI, and returns what came over the wire."""

    def __init__(self, url: str, ca_file: Path, config: Path) -> None:
        self.ini = configparser.RawConfigParser()
        self.ini.read(config)
        self.url = url
        self.pool = urllib3.PoolManager(ca_certs=str(ca_file), retries=False, maxsize=16)
        self.token = self.ini["transient"]["access_token"]

    def send(
        self,
        method: str,
        address: str,
        content: object,
        headers: Mapping[str, str] | None = None,
        timeout: float = 20.0,
    ) -> urllib3.BaseHTTPResponse:
        return self.pool.request(
            method,
            address,
            body=None if content is None else json.dumps(content),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Accept": "application/json",
                "Content-Type": "application/json",
                **(headers or {}),
            },
            timeout=timeout,
        )

    def ask(
        self, method: str, path: str, content: object = None, *, timeout: float = 20.0
    ) -> urllib3.BaseHTTPResponse:
        return self.send(method, f"{self.url}/api/v1/{HOME}/{path}", content, timeout=timeout)

    def post(self, name: str, *, timeout: float = 20.0) -> urllib3.BaseHTTPResponse:
        return self.ask("POST", "crm/Accounts", {"Name": name}, timeout=timeout)


class Client(Caller):
    """Speaks to the sandbox as any client of Exact Online does."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox.url, sandbox.ca_file, sandbox.config)

    def __call__(self, method: str, path: str, content: object = None, **headers: str) -> Answer:
        address = path if path.startswith("https:") else f"{self.url}/api/v1/{path}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.send(method, address, content, named)
        return Answer(answer.status, answer.headers, answer.data)

    def crm(self, method: str, path: str, content: object = None, **headers: str) -> Answer:
        return self(method, f"{HOME}/crm/{path}", content, **headers)

    def make(self, kind: str = "Accounts", **fields: object) -> dict[str, Any]:
        answer = self.crm("POST", kind, fields, Prefer="return=representation")
        assert answer.status == 201, answer.body
        return dict(answer.d)

    def get(self, kind: str, row_id: str) -> dict[str, Any]:
        return dict(self.crm("GET", f"{kind}(guid'{row_id}')").d)


def error_body(message: str) -> bytes:
    """Return an error as it was recorded: see the REST wrapper in docs/exact-online.md."""
    value = json.dumps(message, ensure_ascii=False)
    lines = ["{", '"error": {', '"code": "", "message": {', f'"lang": "", "value": {value}']
    return CRLF.join([*lines, "}", "}", "}"]).encode()
