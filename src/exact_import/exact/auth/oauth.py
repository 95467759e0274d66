"""Logging in: checking the address to open, and what comes back.

The browser ends at the redirect address that the app is registered with, and that address holds the
code; the user pastes it, or a listener on this computer receives it: HTTPS with a temporary
certificate, about which the browser warns (docs/exact-online.md, "Login" and "Redirect address").
"""

from __future__ import annotations

import hmac
import http.server
import json
import logging
import queue
import re
import secrets
import socket
import socketserver
import ssl
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from exact_import.config import ini_file
from exact_import.errors import ConfigError, LoginError, TemporaryError
from exact_import.exact.errors import NotSent, NotTrusted, ResponseLost, stop

if TYPE_CHECKING:
    from exact_import.exact.transport import Transport

log = logging.getLogger(__name__)

# Seconds after which a login that was begun is forgotten; its code lives only three minutes.
ATTEMPT_SECONDS = 3600.0
APP_CENTRE = "https://apps.exactonline.com"
MAINTENANCE = (
    "Exact Online is maintained every night from 04:00 to 04:30 (Dutch time); what you typed is "
    "saved, so run `exact-import login` again later."
)
_HOSTS = {"localhost": "127.0.0.1", "127.0.0.1": "127.0.0.1", "::1": "::1"}
# Seconds after which a browser that connects and sends nothing is disconnected.
_IDLE_SECONDS = 20.0
_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>exact-import</title>'
    '<link rel="icon" href="data:,"></head><body><h1>exact-import</h1><p>%s</p></body></html>'
)
AGAIN = "Run `exact-import login` again."
_CODE = re.compile(r"[A-Za-z0-9._~!*()'+/=-]{8,}")
_SCOPE = re.compile(r"'([A-Za-z]+(?:\.[A-Za-z]+)+)' scope")


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """One attempt to log in: the `state` that must come back, and when it began (epoch seconds)."""

    state: str
    at: float

    @classmethod
    def begin(cls) -> Self:
        """Return a new attempt with an unguessable state."""
        return cls(secrets.token_urlsafe(24), time.time())

    def keep(self, config: Path) -> None:
        """Write this attempt to a file beside the configuration, for its owner only (0600)."""
        ini_file.put_beside(_kept_at(config), json.dumps(asdict(self)).encode())

    @classmethod
    def kept(cls, config: Path) -> Self:
        """Return the attempt that `keep` wrote; `LoginError` if there is none or it is too old."""
        try:
            found = json.loads(_kept_at(config).read_text(encoding="utf-8"))
            attempt = cls(str(found["state"]), float(found["at"]))
        except (OSError, ValueError, KeyError, TypeError):
            raise LoginError(
                "No login was started here.",
                "Run `exact-import login --print-url` first, and open the address it prints.",
            ) from None
        if not 0 <= time.time() - attempt.at < ATTEMPT_SECONDS:
            raise LoginError(
                "This login was started too long ago.",
                "Run `exact-import login --print-url` again.",
            )
        return attempt


def forget_attempt(config: Path) -> None:
    """Remove what `LoginAttempt.keep` wrote."""
    _kept_at(config).unlink(missing_ok=True)


def _kept_at(config: Path) -> Path:
    target = config.resolve()
    return target.with_name(f".{target.name}.login")


def code_in(text: str, state: str, redirect: str) -> str:
    """Return the decoded code in what the user pasted: a whole address, or the bare code.

    `state` is what an address must bring back. Raises `LoginError`, never quoting what was pasted.
    """
    pasted = "".join(text.split()).strip("<>\"'")
    if not pasted:
        raise LoginError("Nothing was pasted.", f"The address begins with {redirect}")
    if not re.search(r"://|[?&](code|error|state)=", pasted):
        return _decoded(pasted.removeprefix("code="))
    if "?" not in pasted:
        pasted = f"?{pasted}"
    given = _query(pasted)
    if "error" in given:
        raise _declined(given["error"])
    if not given.get("code"):
        raise LoginError(
            "There is no code in this address.",
            f"Copy the address after you have allowed access; it begins with {redirect} and has "
            "code= in it.",
        )
    if not hmac.compare_digest(given.get("state", "").encode(), state.encode()):
        raise LoginError(
            "This address belongs to another attempt to log in (its state does not match).",
            "Open the address that was shown last, and paste the address where the browser ends.",
        )
    return _decoded(given["code"])


def _query(address: str) -> dict[str, str]:
    query = address.partition("?")[2].partition("#")[0]
    pairs = (part.partition("=") for part in query.split("&"))
    return {name: unquote(value) for name, _, value in pairs}


def _decoded(code: str) -> str:
    # Some browsers and chat programs escape the address a second time.
    while "%" in code and unquote(code) != code:
        code = unquote(code)
    if not _CODE.fullmatch(code):
        raise LoginError(
            "What was pasted is neither an address nor a code of Exact Online.",
            "Copy the whole address from the browser's address bar.",
        )
    return code


def _declined(error: str) -> LoginError | ConfigError:
    if error == "access_denied":
        return LoginError(
            "Access was denied, or no company was ticked.",
            f"{AGAIN} On the page that asks for access, tick at least one company and allow it.",
        )
    return LoginError("Exact Online ended the login with an error.", AGAIN)


def check_address(transport: Transport, url: str, redirect: str) -> None:
    """Request the login page without logging in, to find problems before the browser opens.

    Raises `ConfigError` if the app or its redirect address is not known there, `TemporaryError` if
    Exact Online cannot be reached. An unknown answer passes.
    """
    host = urlsplit(url).hostname
    try:
        answer = transport.request("GET", url, {"Accept": "text/html"})
    except NotTrusted as error:
        raise stop("GET", "the login page", error) from None
    except (NotSent, ResponseLost) as error:
        raise TemporaryError(
            f"{host} does not answer ({error}).",
            "What you typed is saved; run `exact-import login` again.",
        ) from None
    if answer.status in (502, 503, 504):
        raise TemporaryError(f"{host} is not available (HTTP {answer.status}).", MAINTENANCE)
    if answer.status not in (400, 401):
        return
    if answer.status == 401 or b"redirect" in answer.body.lower():
        raise ConfigError(
            f"The app is not registered with the redirect URI {redirect}",
            f"Copy it from the app's page at {APP_CENTRE}, character for character; it must begin "
            "with https. Then `exact-import login --ask`.",
        )
    raise ConfigError(
        f"{host} does not know an app with this client id.",
        f"Compare it with the app's page at {APP_CENTRE}. An app works only on the country's site "
        "where it was registered: change either with `exact-import login --ask`.",
    )


def scope_in(text: str) -> str:
    """Return the scope that an answer names, as the App Centre spells it."""
    match = _SCOPE.search(text)
    return match[1].replace(".", " ").capitalize() if match else ""


class NoListener(Exception):
    """There can be no listener for the browser here; the text says why."""


def is_loopback(redirect: str) -> bool:
    """Return True if a redirect address is on this computer."""
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
        """Check the target of a request; return the status and the text of the page to show."""
        asked = urlsplit(target)
        query = parse_qs(asked.query)
        if asked.path != (self._place.path or "/") or not query.keys() & {"code", "error"}:
            return 404, "There is nothing here."
        if not hmac.compare_digest(query.get("state", [""])[0].encode(), self._state.encode()):
            return 400, "This belongs to another attempt to log in. Open the address shown last."
        return 200, "You can close this page; the login continues in the terminal."

    def take(self, target: str) -> None:
        """Hand the target of the accepted request to the waiting thread."""
        self._found.put(f"{self._place.scheme}://{self._place.netloc}{target}")

    def _listening(self) -> http.server.HTTPServer:
        try:
            import trustme  # an extra
        except ImportError:
            raise NoListener(
                "to receive it here, install the extra login (docs/install.md, Extras)"
            ) from None
        host = self._place.hostname or ""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert(host).configure_cert(context)
        try:
            server = _Server(_HOSTS[host], self._place.port or 443, self)
        except OSError as error:
            raise NoListener(
                f"port {self._place.port or 443} cannot be used: {error.strerror}"
            ) from None
        # Each connection's own thread does the TLS handshake: browsers open idle connections.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        return server


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    # On Windows the option would let two programs share the port, and one get the other's code.
    allow_reuse_address = sys.platform != "win32"

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
