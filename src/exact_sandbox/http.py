"""A request as the sandbox sees it, and the answers in the shapes Exact Online gives them.

docs/exact-online.md, "Errors" and "Answers".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

JSON_TYPE = "application/json; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request: `site` is "https://host:port" as the caller addressed it."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    site: str
    target: str = ""  # path and query as they were sent
    lag: float = 0.0  # seconds by which sync pages are behind, for this call


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One answer, before it is put on the wire."""

    status: int
    body: bytes = b""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    reason: str | None = None

    def with_headers(self, headers: Mapping[str, str]) -> HttpResponse:
        """Return the same answer with `headers` added."""
        return HttpResponse(
            self.status, self.body, self.content_type, {**self.headers, **headers}, self.reason
        )


class RequestError(Exception):  # a refusal is not an error of the sandbox
    """The request is answered with an error, in Exact Online's wrapper."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def as_json(status: int, content: object, **headers: str) -> HttpResponse:
    """Return `content` as a JSON answer; underscores in header names become hyphens."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(status, text.encode(), JSON_TYPE, named)


def failure(status: int, message: str) -> HttpResponse:
    """Return an error of the REST API: CRLF between lines, empty code and language."""
    value = json.dumps(message, ensure_ascii=False)
    text = (
        '{\r\n"error": {\r\n"code": "", "message": {\r\n"lang": "", "value": '
        f"{value}\r\n}}\r\n}}\r\n}}"
    )
    return HttpResponse(status, text.encode(), JSON_TYPE)


def page(status: int, html: str) -> HttpResponse:
    """Return a page for a person's browser."""
    return HttpResponse(status, html.encode(), HTML_TYPE, {"Cache-Control": "no-store"})
