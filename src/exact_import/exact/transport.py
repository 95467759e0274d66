"""One verified HTTPS client with time-outs, which keeps its connection.

For every failure it reports whether the request may have been carried out, which decides whether it
may be sent again (docs/exact-online.md, "Answers").
"""

from __future__ import annotations

import contextlib
import http.client
import logging
import math
import os
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import (
    HTTPError,
    IncompleteRead,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
)

from exact_import import __version__
from exact_import.errors import ConfigError
from exact_import.exact.errors import NotSent, NotTrusted, Response, ResponseLost, TransportError

log = logging.getLogger(__name__)

USER_AGENT = f"exact-import/{__version__} (+python urllib3)"
# A page of 1,000 accounts with every field is about 6 MB.
MOST_BYTES = 64 * 1024 * 1024
# Longer than a minute's wait for the limits, shorter than servers keep idle connections: a
# connection that the server is about to close must not be given a write.
_IDLE_SECONDS = 65.0
_CHUNK = 64 * 1024


class _Bounded(socket.socket):
    """A socket that stops a slow answer at `deadline` (monotonic seconds).

    `pause` is how many seconds may pass between two parts of it.
    """

    deadline = math.inf
    pause: float | None = None

    def recv_into(self, *arguments: Any) -> int:
        """Receive, but not past the deadline."""
        if self.deadline < math.inf:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the whole answer took too long")
            self.settimeout(min(left, self.pause or left))
        return super().recv_into(*arguments)


class _BoundedTLS(_Bounded, ssl.SSLSocket):
    """The same within TLS; a proxy is reached through the plain socket."""


class _Connection(HTTPSConnection):
    """A connection that knows whether its whole request was sent."""

    owner: Transport
    used_at = 0.0

    def connect(self) -> None:
        """Connect, and count it."""
        super().connect()
        self.used_at = time.monotonic()
        self.owner.connections += 1

    def _new_conn(self) -> socket.socket:
        plain = super()._new_conn()
        if self.proxy is None:
            return plain
        pause = plain.gettimeout() or self.owner.read_timeout
        bounded = _Bounded(plain.family, plain.type, plain.proto, plain.detach())
        bounded.settimeout(pause)
        bounded.pause, bounded.deadline = pause, time.monotonic() + 3 * pause
        return bounded

    @property
    def is_connected(self) -> bool:
        """False also if the connection was idle for so long that the server may close it."""
        return super().is_connected and time.monotonic() - self.used_at < _IDLE_SECONDS

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send a request, noting in the transport whether all of it left."""
        self.owner.sent = False
        self.used_at = time.monotonic()
        if isinstance(self.sock, _Bounded):
            self.sock.deadline = self.used_at + self.owner.total_timeout
            self.sock.pause = self.owner.read_timeout
        self.owner.started = True
        super().request(*args, **kwargs)
        self.owner.sent = True


class Transport:
    """An HTTPS client for one request at a time, with one kept connection per host.

    Time-outs are in seconds: to connect (TLS included), between two parts of an answer, and for
    the whole answer. `ca_bundle` names the certificates to trust instead of the system's and
    SSL_CERT_FILE, and `context` has those that were read before; no answer may have more than
    `most_bytes`. HTTPS_PROXY and NO_PROXY are honoured; redirects are not followed.
    """

    def __init__(
        self,
        *,
        connect_timeout: float = 10.0,
        read_timeout: float = 60.0,
        total_timeout: float | None = None,
        ca_bundle: Path | None = None,
        most_bytes: int = MOST_BYTES,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.read_timeout = read_timeout
        self.total_timeout = total_timeout or 3 * read_timeout
        self.connections = 0
        # How far the request got: whether sending began, and whether all of it was sent.
        self.started = self.sent = False
        self._connect_timeout = connect_timeout
        self._most_bytes = most_bytes
        self._context = context or _context(ca_bundle)
        connection = type("_OwnConnection", (_Connection,), {"owner": self})
        self._pool_class = type("_OwnPool", (HTTPSConnectionPool,), {"ConnectionCls": connection})
        self._managers: dict[str, urllib3.PoolManager] = {}

    def another(self) -> Transport:
        """Return one with the same time-outs and certificates, for requests at the same time.

        Reading the system's certificates takes longer than a call.
        """
        return Transport(
            connect_timeout=self._connect_timeout,
            read_timeout=self.read_timeout,
            total_timeout=self.total_timeout,
            most_bytes=self._most_bytes,
            context=self._context,
        )

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Response:
        """Send one request over https and return its whole answer, whatever its status.

        Raises `NotSent`, `ResponseLost` or `NotTrusted`, whose texts name no secret.
        """
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            raise ConfigError(f"Only https:// addresses are used, not {parts.scheme}://.")
        started = time.monotonic()
        try:
            answer = self.exchange(method, url, headers, body)
        except TransportError as error:
            log.debug("%s %s: %s: %s", method, parts.path, type(error).__name__, error)
            raise
        milliseconds = 1000 * (time.monotonic() - started)
        log.debug("%s %s: %d in %.0f ms", method, parts.path, answer.status, milliseconds)
        return answer

    def close(self) -> None:
        """Close all connections."""
        for manager in self._managers.values():
            manager.clear()

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Response:
        """Make a request whose address must not be logged."""
        self.started = self.sent = False
        try:
            response = self._manager(url).request(
                method,
                url,
                body=body,
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", **headers},
                timeout=urllib3.Timeout(connect=self._connect_timeout, read=self.read_timeout),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                content = _whole(response, self._most_bytes)
            except BaseException:
                response.close()
                raise
            response.release_conn()
            received = {name.lower(): value for name, value in response.headers.items()}
            return Response(response.status, received, content)
        except (HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            failure = self._failure(error)
        raise failure

    def _failure(self, error: Exception) -> TransportError:
        """Return what happened as a message, and whether the request can have arrived."""
        reason = _root(error)
        if not self.started:
            if isinstance(reason, ssl.SSLCertVerificationError):
                return NotTrusted(f"its certificate is not valid: {reason.verify_message}")
            return NotSent(_not_connected(error, reason))
        if not self.sent:
            return NotSent("the connection broke while the request was being sent")
        if isinstance(error, ReadTimeoutError) or isinstance(reason, TimeoutError):
            return ResponseLost("no answer came in time")
        if isinstance(error, IncompleteRead) or isinstance(reason, http.client.IncompleteRead):
            return ResponseLost("the answer was cut off")
        if isinstance(error, _TooLong):
            return ResponseLost("the answer is far too long for Exact Online")
        return ResponseLost("the connection broke before the answer arrived")

    def _manager(self, url: str) -> urllib3.PoolManager:
        host = urlsplit(url).hostname or ""
        if host not in self._managers:
            # Once: looking through the environment for each call cost a third of its CPU time.
            self._managers[host] = self._new_manager(proxy_for(host))
        return self._managers[host]

    def _new_manager(self, proxy: str) -> urllib3.PoolManager:
        options: dict[str, Any] = {"maxsize": 1, "block": True, "ssl_context": self._context}
        try:
            parts = urlsplit(proxy)
            if parts.username:
                login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
                options["proxy_headers"] = urllib3.make_headers(proxy_basic_auth=login)
            where = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
            manager = (
                urllib3.ProxyManager(where, **options) if proxy else urllib3.PoolManager(**options)
            )
        except (HTTPError, ValueError):
            raise ConfigError("The variable HTTPS_PROXY is not the address of a proxy.") from None
        manager.pool_classes_by_scheme = {"https": self._pool_class}
        return manager


class SpareTransports:
    """A pool of transports for divisions that are processed at the same time.

    A returned transport is used again with its connection. Thread-safe.
    """

    def __init__(self, make: Callable[[], Transport]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._first: Transport | None = None
        self._idle: list[Transport] = []

    @contextlib.contextmanager
    def lent(self) -> Iterator[Transport]:
        """Yield a transport that nothing else uses at the same time."""
        with self._lock:
            if self._first is None:
                self._first = self._make()
                self._idle.append(self._first)
            transport = self._idle.pop() if self._idle else self._first.another()
        try:
            yield transport
        finally:
            with self._lock:
                self._idle.append(transport)

    def close(self) -> None:
        """Close the connections of all transports that are not in use."""
        with self._lock:
            for transport in self._idle:
                transport.close()


class _TooLong(ProtocolError):
    """More bytes than any page of Exact Online has."""


def _whole(response: urllib3.BaseHTTPResponse, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in response.stream(_CHUNK):
        size += len(part)
        if size > most:
            raise _TooLong
        parts.append(part)
    return b"".join(parts)


def _context(ca_bundle: Path | None) -> ssl.SSLContext:
    named = os.environ.get("SSL_CERT_FILE", "")
    try:
        if named and not ca_bundle:
            # By itself it ignores a file that is missing or invalid.
            folder = ssl.get_default_verify_paths().capath
            context = ssl.create_default_context(cafile=named, capath=folder)
        else:
            context = ssl.create_default_context(cafile=ca_bundle)
    except (OSError, ssl.SSLError):
        name, file = ("ca_bundle", ca_bundle) if ca_bundle else ("SSL_CERT_FILE", named)
        raise ConfigError(
            f"The file {file}, which {name} names, is missing or holds no certificates in PEM form."
        ) from None
    context.sslsocket_class = _BoundedTLS
    return context


def proxy_for(host: str) -> str:
    """Return the proxy through which `host` is reached, with its login; "" for none."""
    if urllib.request.proxy_bypass(host):
        return ""
    proxy = urllib.request.getproxies().get("https", "")
    return proxy if "://" in proxy or not proxy else f"http://{proxy}"


def _root(error: BaseException) -> BaseException:
    """Return the first cause of an error, through the library's wrappings."""
    seen = [error]
    while True:
        inner = seen[-1].__cause__ or seen[-1].__context__
        reason = getattr(seen[-1], "reason", None)
        for candidate in (*seen[-1].args, reason, inner):
            if isinstance(candidate, BaseException) and candidate not in seen:
                seen.append(candidate)
                break
        else:
            return seen[-1]


def _not_connected(error: Exception, reason: BaseException) -> str:
    if isinstance(error, ProxyError):
        return "the proxy in HTTPS_PROXY refuses the connection"
    match reason:
        case socket.gaierror():
            return "its name is not found (no network?)"
        case ConnectionRefusedError():
            return "it refuses the connection"
        case TimeoutError():
            return "it cannot be reached in time"
        case ssl.SSLError():
            return "no secure connection could be made"
        case _:
            return "no connection could be made"
