"""Receives the browser where the registered redirect address lies on this computer.

A listener for one login: HTTPS with a certificate made on the spot, which the browser warns of.
"""

from __future__ import annotations

import hmac
import http.server
import logging
import queue
import socket
import socketserver
import ssl
import threading
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

log = logging.getLogger(__name__)

_HOSTS = {"localhost": "127.0.0.1", "127.0.0.1": "127.0.0.1", "::1": "::1"}
# Seconds after which a browser that connects and sends nothing is disconnected.
_IDLE_SECONDS = 20.0
_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>exact-import</title>'
    '<link rel="icon" href="data:,"></head><body><h1>exact-import</h1><p>%s</p></body></html>'
)


class NoListener(Exception):
    """The browser cannot be received here; the text says why."""


def is_loopback(redirect: str) -> bool:
    """Return True if a redirect address lies on this computer."""
    return urlsplit(redirect).hostname in _HOSTS


class Listener:
    """Waits at the https address `redirect`, from `__enter__` to `__exit__`.

    Only a request that brings `state` back counts. Raises `NoListener` where the port is taken, or
    the package that makes certificates (`trustme`) is not installed.
    """

    def __init__(self, redirect: str, state: str) -> None:
        self._place = urlsplit(redirect)
        self._state = state
        self._found: queue.Queue[str] = queue.Queue()
        self._server = self._listening()
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait(self, seconds: float) -> str | None:
        """Return the address at which the browser arrived; None if it did not in that time."""
        try:
            return self._found.get(timeout=seconds)
        except queue.Empty:
            return None

    def arrived(self, target: str) -> tuple[int, str]:
        """Judge the target of a request; return the status and the text of the page to show."""
        asked = urlsplit(target)
        query = parse_qs(asked.query)
        if asked.path != (self._place.path or "/") or not query.keys() & {"code", "error"}:
            return 404, "There is nothing here."
        if not hmac.compare_digest(query.get("state", [""])[0].encode(), self._state.encode()):
            return 400, "This belongs to another attempt to log in. Open the address shown last."
        return 200, "You can close this page; the login goes on in the terminal."

    def take(self, target: str) -> None:
        """Hand over the target of the request that counts to whoever waits."""
        self._found.put(f"{self._place.scheme}://{self._place.netloc}{target}")

    def _listening(self) -> http.server.HTTPServer:
        try:
            import trustme  # an extra
        except ImportError:
            raise NoListener("to receive it here, install exact-import[login]") from None
        host = self._place.hostname or ""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert(host).configure_cert(context)
        try:
            server = _Server(_HOSTS[host], self._place.port or 443, self)
        except OSError as error:
            raise NoListener(
                f"port {self._place.port or 443} cannot be used: {error.strerror}"
            ) from None
        # Shaking hands is left to each connection's own thread: browsers open some idly.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        return server


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str, port: int, listener: Listener) -> None:
        self.listener = listener
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        # Not the HTTP server's, which asks the name service for this computer's name.
        socketserver.TCPServer.server_bind(self)

    def handle_error(self, *_: object) -> None:
        log.debug("A connection to the listener ended early.")


class _Handler(http.server.BaseHTTPRequestHandler):
    timeout = _IDLE_SECONDS
    server: _Server

    def do_GET(self) -> None:  # the standard library's name
        status, text = self.server.listener.arrived(self.path)
        page = (_PAGE % text).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(page)
        self.close_connection = True
        if status == 200:
            self.server.listener.take(self.path)

    def log_message(self, *_: Any) -> None:
        """Log nothing: a request's line holds the code."""
