"""The sandbox as a server: HTTPS on the loopback address, in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import ssl
import threading
from collections.abc import Callable, Mapping
from email.utils import formatdate
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote

from aiohttp import web
from filelock import FileLock, Timeout

from exact_import.errors import TemporaryError, UsageError
from exact_sandbox import certificate, control, login_pages, oauth, rest
from exact_sandbox.config_file import write_config
from exact_sandbox.faults import FaultInjector
from exact_sandbox.http import HttpRequest, HttpResponse
from exact_sandbox.remote_control import RemoteControl
from exact_sandbox.settings import SandboxClock, SandboxSettings
from exact_sandbox.state import SandboxState
from exact_sandbox.store import SandboxStore

log = logging.getLogger(__name__)

_HOST = "127.0.0.1"
_LOCK, _RUNNING, _DATABASE = "sandbox.lock", "running.json", "sandbox.sqlite3"
_LARGEST = 64 * 1024 * 1024  # bytes of a request's body; the control endpoints take many rows
_START_SECONDS = 30.0


class Sandbox:
    """A local Exact Online. Use it as a context manager, or `start` and `stop` it.

    While it runs, `url` is "https://127.0.0.1:PORT", `ca_file` the certificate authority to
    trust, and `config` an INI with which it can be used at once.
    """

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self.url = ""
        self.ca_file = settings.state / "ca.pem"
        self.config = settings.state / "config.ini"
        self.database = settings.state / _DATABASE
        self._state: SandboxState | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending: asyncio.Event | None = None
        self._ready = threading.Event()
        self._trouble: BaseException | None = None
        self._lock = _lock(settings.state)
        self.faults = FaultInjector(settings.seed)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def now(self) -> float:
        """Return the sandbox's time in seconds since 1970."""
        return self._running().clock.now()

    def remote(self) -> RemoteControl:
        """Return a remote control of this sandbox; close it when done."""
        return RemoteControl(self.url, self.ca_file)

    def start(self) -> None:
        """Serve in the background; ready when this returns.

        Raises `TemporaryError` if another sandbox uses the state folder, `OSError` if a port that
        was asked for is taken.
        """
        state = self.settings.state
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        state.chmod(0o700)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise TemporaryError(f"Another sandbox is running on {state}.") from None
        try:
            self._begin()
        except BaseException:
            self._end()
            self._lock.release()
            raise

    def stop(self) -> None:
        """End the server; connections are closed, the state stays."""
        if self._thread is None:
            return
        self._end()
        (self.settings.state / _RUNNING).unlink(missing_ok=True)
        self._lock.release()

    def serve_forever(self, ready: Callable[[Sandbox], None] | None = None) -> None:
        """Serve until SIGINT or SIGTERM; `ready` is called once the server answers."""
        ended = threading.Event()

        def end(_number: int, _frame: FrameType | None) -> None:
            ended.set()

        # SIGBREAK is Ctrl-Break, on Windows only.
        numbers = {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGBREAK", signal.SIGTERM)}
        before = {number: signal.signal(number, end) for number in numbers}
        try:
            if self._thread is None:
                self.start()
            if ready is not None:
                ready(self)
            # With a time-out, because Windows looks for signals only between waits.
            while not ended.wait(0.5):
                pass
        finally:
            self.stop()
            for number, action in before.items():
                signal.signal(number, action)

    def _end(self) -> None:
        if self._thread is None:
            return
        # The loop has ended by itself where the server could not start.
        with contextlib.suppress(RuntimeError):
            if self._loop is not None and self._ending is not None:
                self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join()
        self._thread = None

    def _running(self) -> SandboxState:
        if self._state is None:
            raise UsageError("The sandbox is not running.")
        return self._state

    def _begin(self) -> None:
        # One that was killed leaves its address behind.
        (self.settings.state / _RUNNING).unlink(missing_ok=True)
        self.ca_file, context = certificate.prepare(self.settings.state)
        store = SandboxStore(self.database)
        offset = float(store.meta("clock_offset", "0"))
        self._state = SandboxState(self.settings, SandboxClock(offset, self.settings.speed), store)
        self._ready.clear()
        self._trouble = None
        self._thread = threading.Thread(
            target=self._run, args=(self._state, context), name="sandbox", daemon=True
        )
        self._thread.start()
        if not self._ready.wait(_START_SECONDS):
            raise TimeoutError("The sandbox did not start.")
        if self._trouble is not None:
            raise self._trouble
        write_config(self, self.config)
        text = json.dumps({"pid": os.getpid(), "url": self.url})
        (self.settings.state / _RUNNING).write_text(text, encoding="utf-8")

    def _run(self, state: SandboxState, context: ssl.SSLContext) -> None:
        try:
            asyncio.run(self._serve(state, context))
        except BaseException as trouble:  # noqa: BLE001 # handed to the thread that waits for us
            self._trouble = trouble
        finally:
            state.store.close()
            self._ready.set()

    async def _serve(self, state: SandboxState, context: ssl.SSLContext) -> None:
        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        runner = web.AppRunner(self._application(state), shutdown_timeout=0.2, access_log=None)
        await runner.setup()
        serve_connection = runner.server
        if serve_connection is None:  # pragma: no cover # a runner that is set up has one
            raise RuntimeError("The web server did not start.")

        def connected() -> asyncio.Protocol:
            state.counters.connections += 1
            return serve_connection()

        server = await self._listen(state, connected, context)
        port = server.sockets[0].getsockname()[1]
        state.store.remember("port", str(port))
        self.url = f"https://{_HOST}:{port}"
        self._ready.set()
        try:
            await self._ending.wait()
        finally:
            server.close()
            transports = [connection.transport for connection in serve_connection.connections]
            await runner.cleanup()
            # Closing waits for the other side to agree, and it may have stopped listening.
            for transport in transports:
                if transport is not None:
                    transport.abort()
            await asyncio.sleep(0.01)

    async def _listen(
        self,
        state: SandboxState,
        connected: Callable[[], asyncio.Protocol],
        context: ssl.SSLContext,
    ) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        remembered = int(state.store.meta("port", "0"))
        if not self.settings.port and remembered:
            with contextlib.suppress(OSError):
                return await loop.create_server(connected, _HOST, remembered, ssl=context)
        return await loop.create_server(
            connected, _HOST, self.settings.port, ssl=context, backlog=512
        )

    def _application(self, state: SandboxState) -> web.Application:
        application = web.Application(client_max_size=_LARGEST, middlewares=[control.own_only])
        routes: Mapping[str, Callable[[SandboxState, HttpRequest], HttpResponse]] = {
            "/api/v1/{rest:.*}": rest.respond,
            "/api/oauth2/token": oauth.respond,
            "/api/oauth2/auth": login_pages.respond,
        }
        for path, respond in routes.items():
            application.router.add_route("*", path, self._counted(state, respond))
        control.add_routes(application, state, self.faults)
        return application

    def _counted(
        self, state: SandboxState, respond: Callable[[SandboxState, HttpRequest], HttpResponse]
    ) -> Callable[[web.Request], Any]:
        def work(call: HttpRequest) -> HttpResponse:
            with state.store.transaction():
                return respond(state, call)

        def careful(call: HttpRequest) -> HttpResponse:
            try:
                return work(call)
            except Exception as error:
                log.exception("The sandbox failed on %s %s", call.method, call.path)
                state.counters.failures += 1
                text = f"The sandbox itself failed: {type(error).__name__}: {error}"
                return HttpResponse(500, text.encode(), "text/plain; charset=utf-8")

        async def serve(request: web.Request) -> web.StreamResponse:
            counters = state.counters
            counters.in_flight += 1
            counters.most_in_flight = max(counters.most_in_flight, counters.in_flight)
            try:
                return await self._answer(state, request, careful)
            finally:
                counters.in_flight -= 1

        return serve

    async def _answer(
        self, state: SandboxState, request: web.Request, work: Callable[[HttpRequest], HttpResponse]
    ) -> web.StreamResponse:
        call = await _call(request)
        entry = _entry(state, call)
        rule = self.faults.pick(call)
        answer: HttpResponse | web.StreamResponse
        if rule is None:
            answer = work(call)
        else:
            state.counters.faults += 1
            entry["fault"] = rule.kind
            answer = await self.faults.play(rule, call, request, work)
        entry["status"] = answer.status
        if state.settings.latency:
            await asyncio.sleep(state.settings.latency)
        return _response(state, answer) if isinstance(answer, HttpResponse) else answer


def running(state: Path) -> str | None:
    """Return the address of the sandbox that runs on `state`, None if there is none."""
    if not (state / _LOCK).exists():
        return None
    lock = _lock(state)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        with contextlib.suppress(OSError, ValueError, KeyError):
            return str(json.loads((state / _RUNNING).read_text(encoding="utf-8"))["url"])
        return None
    lock.release()
    return None


def reset(state: Path) -> None:
    """Empty the state, certificate and configuration included; `TemporaryError` while it runs."""
    if not state.exists():
        return
    lock = _lock(state)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise TemporaryError(
            f"A sandbox is running on {state}.", "Stop it, then empty it again."
        ) from None
    try:
        for name in (_DATABASE, f"{_DATABASE}-wal", f"{_DATABASE}-shm", _RUNNING, "config.ini"):
            (state / name).unlink(missing_ok=True)
        for name in ("ca.pem", "certificate.pem"):
            (state / name).unlink(missing_ok=True)
    finally:
        lock.release()


def _lock(state: Path) -> FileLock:
    return FileLock(state / _LOCK, thread_local=False, mode=0o600)


async def _call(request: web.Request) -> HttpRequest:
    body = await request.read()
    path, _, query = request.raw_path.partition("?")
    return HttpRequest(
        method=request.method,
        path=unquote(path),
        query=dict(parse_qsl(query, keep_blank_values=True)),
        headers=request.headers,
        body=body,
        site=f"https://{request.host}",
        target=request.raw_path,
    )


def _entry(state: SandboxState, call: HttpRequest) -> dict[str, Any]:
    state.counters.calls += 1
    keys: list[str] = []
    if call.body:
        with contextlib.suppress(ValueError, RecursionError):
            found = json.loads(call.body)
            keys = list(found) if isinstance(found, dict) else []
        if not keys:
            keys = [name for name, _ in parse_qsl(call.body.decode("utf-8", "replace"))]
    entry = {
        "seq": state.counters.calls,
        "at": state.clock.now(),
        "method": call.method,
        "path": call.target,
        "endpoint": rest.endpoint_of(call.path),
        "division": rest.division_of(call.path),
        "token": call.path.startswith("/api/oauth2/token"),
        "body": keys,
        "status": 0,
        "fault": "",
    }
    state.log.append(entry)
    return entry


def _response(state: SandboxState, answer: HttpResponse) -> web.Response:
    response = web.Response(
        status=answer.status, reason=answer.reason, body=answer.body, headers=dict(answer.headers)
    )
    if answer.content_type:
        response.headers["Content-Type"] = answer.content_type
    elif not answer.body:
        response.headers.popall("Content-Type", None)
    response.headers["Date"] = formatdate(state.clock.now(), usegmt=True)
    return response
