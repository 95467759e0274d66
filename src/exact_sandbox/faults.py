"""Simulated faults of networks and servers.

A rule is a JSON object such as {"kind": "drop_after", "match": {"method": "POST", "path":
"crm/Accounts"}, "skip": 2, "times": 1, "probability": 0.5}. `match` takes a method, a path below
the division (with * and ?), and words of the decoded query or of the body. The kinds:

drop_before, reset      the connection ends (reset: with a TCP reset); nothing was done, unless
                        "written" is true
drop_after              it ends after the work was done
drop_then_write         it ends, and the work is done `delay` seconds later
hang                    no answer ever; the work is done if "written"
slow                    the work is done after `delay` seconds, then the answer comes
truncated               the work is done, and the answer ends halfway
error_502, error_503, error_504, empty_500
                        that status with the maintenance text (or "text"), the work done if
                        "written"
html_200                a maintenance page as if it were an answer
too_many                a bare 429
redirect                a 302 to "location"
stale_sync              sync pages do not show the last `delay` seconds
answer                  any "status", "text" and "headers"
"""

from __future__ import annotations

import asyncio
import dataclasses
import random
import socket
import struct
import sys
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from aiohttp import web

from exact_import.text import word_set
from exact_sandbox import rest
from exact_sandbox.http import HTML_TYPE, HttpRequest, HttpResponse, failure

if TYPE_CHECKING:
    from asyncio import Transport

_MAINTENANCE = (
    "Server maintenance: Due to server maintenance the Exact Online server is unavailable."
)
_STATUSES = {"error_502": 502, "error_503": 503, "error_504": 504}
_KINDS = _STATUSES.keys() | word_set(
    "drop_before drop_after drop_then_write reset hang slow truncated empty_500 html_200 too_many "
    "redirect stale_sync answer"
)
_MATCHES = frozenset({"method", "path", "query", "body"})

Work = Callable[[HttpRequest], HttpResponse]


@dataclasses.dataclass(slots=True)
class FaultRule:
    """One rule; counts how often it was skipped and applied. `delay` is in seconds."""

    kind: str
    match: Mapping[str, str] = dataclasses.field(default_factory=dict)
    skip: int = 0
    times: int | None = None  # None: every time
    probability: float = 1.0
    delay: float = 1.0
    written: bool = False
    status: int = 500
    text: str | None = None
    location: str = "https://127.0.0.1:1/elsewhere"
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    passed: int = 0
    applied: int = 0

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise ValueError(f"There is no fault {self.kind!r}; known are {sorted(_KINDS)}.")
        if not self.match.keys() <= _MATCHES:
            raise ValueError(f"A fault can match on {sorted(_MATCHES)} only.")


class FaultInjector:
    """The active rules, in order; the first that matches a call is applied to it."""

    def __init__(self, seed: int | None = None) -> None:
        self.rules: list[FaultRule] = []
        self._dice = random.Random(seed)  # noqa: S311 # no secret depends on it
        self._late: set[asyncio.Task[None]] = set()

    def add(self, rules: list[Mapping[str, Any]]) -> None:
        """Add rules; raises ValueError or TypeError for one that is not valid."""
        self.rules.extend([FaultRule(**rule) for rule in rules])

    def pick(self, call: HttpRequest) -> FaultRule | None:
        """Return the rule to apply to `call`, and count it."""
        for rule in self.rules:
            if not _fits(rule.match, call) or rule.applied == rule.times:
                continue
            if rule.passed < rule.skip:
                rule.passed += 1
            elif rule.probability >= 1 or self._dice.random() < rule.probability:
                rule.applied += 1
                return rule
        return None

    async def play(
        self, rule: FaultRule, call: HttpRequest, request: web.Request, work: Work
    ) -> HttpResponse | web.StreamResponse:
        """Answer `call` as `rule` says; `work` does what the call asks."""
        match rule.kind:
            case "drop_before" | "reset" | "drop_after":
                if rule.written or rule.kind == "drop_after":
                    work(call)
                _drop(request, reset=rule.kind == "reset")
            case "drop_then_write":
                _drop(request)
                late = asyncio.create_task(_later(rule.delay, work, call))
                self._late.add(late)
                late.add_done_callback(self._late.discard)
            case "hang":
                if rule.written:
                    work(call)
                await _until_gone(request)
            case "slow":
                await asyncio.sleep(rule.delay)
                return work(call)
            case "stale_sync":
                return work(dataclasses.replace(call, lag=rule.delay))
            case "truncated":
                return await _cut(request, work(call))
            case _:
                if rule.written:
                    work(call)
                return _canned(rule)
        # Goes nowhere: the connection is gone.
        return web.Response(status=500)


def _fits(match: Mapping[str, str], call: HttpRequest) -> bool:
    wanted = match.get("path", "").strip("/")
    return (
        match.get("method", call.method) == call.method
        and (not wanted or fnmatchcase(rest.endpoint_of(call.path), wanted))
        and match.get("query", "") in " ".join(f"{k}={v}" for k, v in call.query.items())
        and match.get("body", "").encode() in call.body
    )


def _canned(rule: FaultRule) -> HttpResponse:
    match rule.kind:
        case "html_200":
            text = rule.text or f"<html><body><h1>Exact Online</h1>{_MAINTENANCE}</body></html>"
            return HttpResponse(200, text.encode(), HTML_TYPE)
        case "too_many":
            return HttpResponse(429)
        case "empty_500":
            return HttpResponse(500)
        case "redirect":
            return HttpResponse(302, headers={"Location": rule.location})
        case "answer":
            text = rule.text or ""
            return HttpResponse(rule.status, text.encode(), headers=rule.headers)
        case kind:
            answer = failure(_STATUSES[kind], rule.text or _MAINTENANCE)
            return answer.with_headers(rule.headers)


def _drop(request: web.Request, *, reset: bool = False) -> None:
    transport: Transport | None = request.transport
    if transport is None:
        return
    if reset:
        found = transport.get_extra_info("socket")
        # Lingering for no time at all makes the system send a reset. Windows has shorts here.
        layout = "hh" if sys.platform == "win32" else "ii"
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(layout, 1, 0))
    transport.abort()


async def _later(delay: float, work: Work, call: HttpRequest) -> None:
    await asyncio.sleep(delay)
    work(call)


async def _until_gone(request: web.Request) -> None:
    while request.transport is not None and not request.transport.is_closing():
        await asyncio.sleep(0.05)


async def _cut(request: web.Request, answer: HttpResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=dict(answer.headers))
    response.content_length = len(answer.body) + 1
    if answer.content_type:
        response.headers["Content-Type"] = answer.content_type
    await response.prepare(request)
    await response.write(answer.body[: len(answer.body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response
