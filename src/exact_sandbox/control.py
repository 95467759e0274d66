"""The sandbox's own addresses, /sandbox/…: faults, log, state, edits by others, settings, time.

They ask for no token, are reached over the loopback address only, and never count as calls.

GET    /sandbox/log?since=N     requests served after number N
GET    /sandbox/state           every record as stored, by division, and the counts
GET    /sandbox/counts          the counts alone: calls, connections, refreshes, …
GET, POST, DELETE /sandbox/faults      active rules; a list of rules to add; remove all
GET, POST /sandbox/settings     as they are; {"minute_limit": 5, …} changes them
POST   /sandbox/clock           {"move": seconds} and {"speed": factor}
POST   /sandbox/accounts        (and contacts, addresses, bankaccounts) edits by someone else:
                                {"division": N, "create": [{…}], "update": [{"ID": …}],
                                "delete": [ID], "hold": [ID], "release": [ID]}
POST   /sandbox/generate        {"division": N, "accounts": 1000, "contacts": 500}
POST   /sandbox/move            {"division": N}: it moves within Exact Online, and its row versions
                                start again from 2
POST   /sandbox/tokens          {"action": "grant" | "revoke" | "expire access" | "expire refresh"}
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints

from aiohttp import web

from exact_import.fields import ENDPOINTS, Kind
from exact_sandbox import oauth, reference_data
from exact_sandbox.entities import View, entity
from exact_sandbox.faults import FaultInjector
from exact_sandbox.http import RequestError
from exact_sandbox.records import RecordService
from exact_sandbox.settings import SandboxSettings
from exact_sandbox.state import SandboxState

# By the last word of its endpoint: accounts, contacts, addresses, bankaccounts.
_KINDS: Mapping[str, Kind] = {
    path.partition("/")[2].lower(): kind for kind, path in ENDPOINTS.items()
}
_OWN_HOSTS = ("127.0.0.1", "localhost", "[::1]")
_FIXED = frozenset({"state", "port"})
_LAST_MOMENT = 250_000_000_000.0  # in the year 9892; dates end in 9999
# The one who edits behind the importer's back.
_SOMEONE = reference_data.USERS[1]


def add_routes(application: web.Application, state: SandboxState, faults: FaultInjector) -> None:
    """Add the control addresses to the web application."""
    control = _Control(state, faults)
    router = application.router
    router.add_get("/sandbox/log", control.log)
    router.add_get("/sandbox/state", control.state)
    router.add_get("/sandbox/counts", control.counts)
    router.add_get("/sandbox/faults", control.list_faults)
    router.add_post("/sandbox/faults", control.add_faults)
    router.add_delete("/sandbox/faults", control.clear_faults)
    router.add_get("/sandbox/settings", control.settings)
    router.add_post("/sandbox/settings", control.change_settings)
    router.add_post("/sandbox/clock", control.clock)
    router.add_post("/sandbox/generate", control.generate)
    router.add_post("/sandbox/move", control.move)
    router.add_post("/sandbox/tokens", control.tokens)
    for name in _KINDS:
        router.add_post(f"/sandbox/{{kind:{name}}}", control.edit)


@web.middleware
async def own_only(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuse requests from web pages in a browser on this computer.

    Such a page has another origin, or reaches the sandbox under its own host name.
    """
    host = request.host.rpartition(":")[0]
    foreign = request.headers.get("Origin", f"https://{request.host}") != f"https://{request.host}"
    if request.path.startswith("/sandbox/") and (foreign or host not in _OWN_HOSTS):
        return web.json_response({"error": "not for web pages"}, status=403)
    if not request.path.startswith("/sandbox/"):
        return await handler(request)
    try:
        return await handler(request)
    except (ValueError, TypeError, AttributeError, KeyError, ArithmeticError) as error:
        text = f"This request makes no sense: {type(error).__name__}: {error}"
        return web.json_response({"error": text}, status=400)


class _Control:
    def __init__(self, state: SandboxState, faults: FaultInjector) -> None:
        self._state = state
        self._faults = faults

    async def log(self, request: web.Request) -> web.Response:
        since = int(request.query.get("since", "0"))
        return web.json_response([entry for entry in self._state.log if entry["seq"] > since])

    async def state(self, _request: web.Request) -> web.Response:
        state = self._state
        divisions = {}
        for code, company in state.companies().items():
            records_of = {name: self._records(code, kind) for name, kind in _KINDS.items()}
            divisions[str(code)] = {"name": company.name, **records_of}
        return web.json_response({"divisions": divisions, "counts": self._counts()})

    async def counts(self, _request: web.Request) -> web.Response:
        return web.json_response(self._counts())

    async def list_faults(self, _request: web.Request) -> web.Response:
        return web.json_response([dataclasses.asdict(rule) for rule in self._faults.rules])

    async def add_faults(self, request: web.Request) -> web.Response:
        rules = await request.json()
        try:
            self._faults.add(rules if isinstance(rules, list) else [rules])
        except (TypeError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return await self.list_faults(request)

    async def clear_faults(self, request: web.Request) -> web.Response:
        self._faults.rules.clear()
        return await self.list_faults(request)

    async def settings(self, _request: web.Request) -> web.Response:
        shown = dataclasses.asdict(self._state.settings)
        return web.json_response({**shown, "state": str(shown["state"])})

    async def change_settings(self, request: web.Request) -> web.Response:
        changes = await request.json()
        known = {field.name for field in dataclasses.fields(self._state.settings)} - _FIXED
        if not changes.keys() <= known:
            text = f"These cannot be changed: {sorted(changes.keys() - known)}"
            return web.json_response({"error": text}, status=400)
        for name, value in changes.items():
            _must_suit(name, value)
            if isinstance(value, list):
                changes[name] = tuple(value)
        self._state.settings = dataclasses.replace(self._state.settings, **changes)
        if "speed" in changes:
            self._state.clock.run_at(changes["speed"])
        return await self.settings(request)

    async def clock(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        clock, seconds = self._state.clock, float(wanted.get("move", 0))
        if not 0 <= clock.now() + seconds < _LAST_MOMENT:
            raise ValueError(f"no clock shows {clock.now() + seconds}")
        clock.move(seconds)
        if "speed" in wanted:
            clock.run_at(float(wanted["speed"]))
        self._state.store.remember("clock_offset", str(clock.offset))
        return web.json_response({"now": clock.now(), "speed": clock.speed})

    async def edit(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        kind = _KINDS[request.match_info["kind"]]
        division = int(wanted.get("division", min(self._state.companies())))
        try:
            with self._state.store.transaction():
                changed = self._edit(kind, division, wanted)
        except RequestError as refused:
            return web.json_response({"error": refused.message}, status=400)
        return web.json_response(changed)

    async def generate(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        division = int(wanted.get("division", min(self._state.companies())))
        with self._state.store.transaction():
            made = _generate(
                self._state,
                division,
                int(wanted.get("accounts", 0)),
                int(wanted.get("contacts", 0)),
            )
        return web.json_response(made)

    async def move(self, request: web.Request) -> web.Response:
        state = self._state
        division = int((await request.json()).get("division", min(state.companies())))
        with state.store.transaction():
            state.store.restart_stamps(division)
            state.store.remember(f"moved {division}", str(state.clock.now_ms()))
        return web.json_response({})

    async def tokens(self, request: web.Request) -> web.Response:
        action = (await request.json()).get("action")
        state = self._state
        actions: Mapping[str, Callable[[], object]] = {
            "revoke": lambda: state.store.sql.execute(
                "UPDATE refresh_tokens SET state = 'revoked' WHERE state = 'current'"
            ),
            "expire access": lambda: state.store.sql.execute(
                "UPDATE access_tokens SET expires = 0"
            ),
            "expire refresh": lambda: state.store.sql.execute(
                "UPDATE refresh_tokens SET issued = ? WHERE state = 'current'",
                (state.clock.now() - state.settings.refresh_life - 86400,),
            ),
        }
        if action == "grant":
            tokens = oauth.grant(state.store, state.settings, state.clock.now(), state.companies())
            return web.json_response(tokens._asdict())
        if action not in actions:
            return web.json_response({"error": f"{action!r} is unknown"}, status=400)
        actions[action]()
        return web.json_response({})

    def _counts(self) -> dict[str, float]:
        return {**dataclasses.asdict(self._state.counters), "now": self._state.clock.now()}

    def _records(self, division: int, kind: Kind) -> list[dict[str, Any]]:
        view = View(self._state, division, "")
        shown = []
        for row in self._state.store.select(kind, division, order="stamp"):
            record = view.show(kind, row)
            filled = {name: value for name, value in record.items() if value is not None}
            del filled["__metadata"]
            filled.pop("BankAccounts", None)
            shown.append({**filled, "Timestamp": row.stamp, "in_use": row.held})
        return shown

    def _edit(self, kind: Kind, division: int, wanted: Mapping[str, Any]) -> dict[str, Any]:
        state, found = self._state, entity(kind)
        view = View(state, division, "")
        service = RecordService(state, division, _SOMEONE)
        created = [service.create(found, payload) for payload in wanted.get("create", [])]
        updated = []
        for payload in wanted.get("update", []):
            row = state.store.get(kind, division, payload["ID"])
            if row is None:
                raise RequestError(400, f"There is no {kind} {payload['ID']}.")
            updated.append(service.change(found, row, payload))
        for row_id in wanted.get("delete", []):
            row = state.store.get(kind, division, row_id)
            if row is not None:
                service.delete(found, row)
        for name, held in (("hold", True), ("release", False)):
            for row_id in wanted.get(name, []):
                state.store.hold(kind, division, row_id, held)
        return {
            "created": [view.show(kind, row) for row in created],
            "updated": [view.show(kind, row) for row in updated],
        }


# The types of value that a setting accepts by its own type; a number does not accept true.
_SUITABLE: Mapping[type, tuple[type, ...]] = {int: (int,), float: (int, float), bool: (bool,)}


def _must_suit(name: str, value: object) -> None:
    """Raise ValueError if a setting cannot be `value`."""
    hint = get_type_hints(SandboxSettings)[name]
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise ValueError(f"{name} must be one of {', '.join(get_args(hint))}, not {value!r}")
    elif hint in _SUITABLE and type(value) not in _SUITABLE[hint]:
        raise ValueError(f"{name} must be of type {hint.__name__}, not {value!r}")


_FIRST = ("Anna", "Björn", "Céline", "Dirk", "Els", "Fatima", "Gérard", "Inès", "Jan", "Lotte")
_LAST = ("Peeters", "Janssens", "Maes", "Mertens", "de Vries", "Bakker", "Özdemir", "Lefèvre")
_TRADE = ("Bouw", "Transport", "Bakkerij", "Garage", "Drukkerij", "Tuinen", "Advies", "Elektro")
_PLACES = (("2000", "Antwerpen"), ("9000", "Gent"), ("3511", "Utrecht"), ("4000", "Liège"))


def _generate(state: SandboxState, division: int, accounts: int, contacts: int) -> dict[str, int]:
    """Create records that look like those of a real division; unchecked, for speed."""
    now, wall = state.clock.now_ms(), state.clock.wall_ms()
    audit = {"Created": wall, "Modified": wall, "Creator": _SOMEONE.id, "Modifier": _SOMEONE.id}
    first = state.store.highest_code(division) + 1
    ids = [reference_data.fixed_guid(division, "generated", first + n) for n in range(accounts)]
    for n, row_id in enumerate(ids):
        postcode, city = _PLACES[n % len(_PLACES)]
        name = f"{_TRADE[n % len(_TRADE)]} {_LAST[n // 7 % len(_LAST)]} {first + n}"
        body = {
            "Code": str(first + n).rjust(18),
            "Name": name,
            "AddressLine1": f"Kerkstraat {n % 200 + 1}",
            "Postcode": postcode,
            "City": city,
            "Country": "BE ",
            "Email": f"info{first + n}@example.com",
            "Phone": f"+32 2 {n % 1000:03} {n // 1000 % 100:02} {n % 97:02}",
            "Status": "C",
            "SalesCurrency": "EUR",
            "PurchaseCurrency": "EUR",
            **audit,
        }
        state.store.put("account", division, row_id, body, now)
    number = int(state.store.highest("contact", division, "HID") or 0) + 1
    for n in range(contacts if ids else 0):
        names = _FIRST[n % len(_FIRST)], _LAST[n // 3 % len(_LAST)]
        contact = {
            "Account": ids[n % len(ids)],
            "FirstName": names[0],
            "LastName": names[1],
            "FullName": " ".join(names),
            "Email": f"contact{number + n}@example.com",
            "HID": number + n,
            **audit,
        }
        row_id = reference_data.fixed_guid(division, "generated contact", number + n)
        state.store.put("contact", division, row_id, contact, now)
    return {"accounts": len(ids), "contacts": contacts if ids else 0}
