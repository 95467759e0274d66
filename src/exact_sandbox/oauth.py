"""The token endpoint: codes and refresh tokens in, new pairs of tokens out.

docs/exact-online.md, "Login": every refresh token works once, for thirty days, and not before
570 seconds have passed.
"""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from exact_sandbox.http import JSON_TYPE, HttpRequest, HttpResponse, as_json
from exact_sandbox.settings import SandboxSettings
from exact_sandbox.state import SandboxState
from exact_sandbox.store import SandboxStore

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class TokenPair(NamedTuple):
    """The tokens of one grant or refresh; `expires` is in seconds since 1970."""

    access: str
    refresh: str
    expires: int


def credentials(store: SandboxStore, settings: SandboxSettings) -> tuple[str, str]:
    """Return client id and secret: those of the settings, else those made for this state."""
    found = []
    for name, given in (("client_id", settings.client_id), ("secret", settings.client_secret)):
        value = given or store.meta(name)
        if not value:
            value = str(uuid.uuid4()) if name == "client_id" else secrets.token_urlsafe(9)
            store.remember(name, value)
        found.append(value)
    return found[0], found[1]


def grant(
    store: SandboxStore, settings: SandboxSettings, now: float, divisions: Iterable[int]
) -> TokenPair:
    """Return a new pair of tokens for `divisions`."""
    tokens = TokenPair(
        access=f"stampNL001.{secrets.token_urlsafe(180)}",
        refresh=f"stampNL001.{secrets.token_urlsafe(120)}",
        expires=int(now + settings.token_life),
    )
    codes = json.dumps(sorted(divisions))
    with store.transaction():
        store.sql.execute(
            "INSERT INTO refresh_tokens (token, issued, divisions) VALUES (?, ?, ?)",
            (tokens.refresh, now, codes),
        )
        # Remove tokens that can no longer be used.
        store.sql.execute("DELETE FROM access_tokens WHERE expires < ?", (now - 86400,))
        store.sql.execute(
            "INSERT INTO access_tokens VALUES (?, ?, ?, ?)",
            (tokens.access, now, now + settings.token_life, codes),
        )
    return tokens


def usable(store: SandboxStore, settings: SandboxSettings, now: float, refresh_token: str) -> bool:
    """Return True if `refresh_token` is the last of its chain and not too old."""
    query = "SELECT issued FROM refresh_tokens WHERE token = ? AND state = 'current'"
    row = store.sql.execute(query, (refresh_token,)).fetchone()
    return row is not None and now - row[0] < settings.refresh_life


def bearer(state: SandboxState, call: HttpRequest) -> frozenset[int] | None:
    """Return the divisions that the call's access token is for; None if it is invalid."""
    scheme, _, token = call.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    query = "SELECT expires, divisions FROM access_tokens WHERE token = ?"
    row = state.store.sql.execute(query, (token.strip(),)).fetchone()
    if row is None or state.clock.now() >= row[0]:
        return None
    return frozenset(json.loads(row[1]))


def registered(settings: SandboxSettings, redirect: str) -> bool:
    """Return True if `redirect` is an address that the app was registered with."""
    if redirect in settings.redirect_uris:
        return True
    parts = urlsplit(redirect)
    if parts.scheme != "https" or parts.hostname not in _LOOPBACK:
        return False
    return f"https://{parts.hostname}" in settings.redirect_uris


def issue_code(state: SandboxState, redirect: str, divisions: Iterable[int]) -> str:
    """Return an authorization code of the shape that needs decoding when read from a URL."""
    code = f"stampNL001.{secrets.token_urlsafe(12)}!{secrets.token_urlsafe(36)}"
    state.store.sql.execute(
        "INSERT INTO codes (code, issued, redirect, divisions) VALUES (?, ?, ?, ?)",
        (code, state.clock.now(), redirect, json.dumps(sorted(divisions))),
    )
    return code


def respond(state: SandboxState, call: HttpRequest) -> HttpResponse:
    """Answer a call to /api/oauth2/token."""
    if call.method != "POST":
        return HttpResponse(405)
    if "Authorization" in call.headers:
        return HttpResponse(401)
    form = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
    given = (form.get("client_id", ""), form.get("client_secret", ""))
    if given != credentials(state.store, state.settings):
        return _refusal(400, '{"error":"invalid_request"}')
    if form.get("grant_type") == "refresh_token":
        return _refresh(state, form.get("refresh_token", ""))
    if form.get("grant_type") == "authorization_code":
        return _exchange(state, form)
    return _refusal(400, '{"error":"unsupported_grant_type"}')


def _refresh(state: SandboxState, token: str) -> HttpResponse:
    state.counters.refreshes += 1
    query = "SELECT issued, divisions, state FROM refresh_tokens WHERE token = ?"
    row = state.store.sql.execute(query, (token,)).fetchone()
    if row is None:
        return _refused(
            state, 400, '{"error":"invalid_grant","error_description":"Refresh token is invalid."}'
        )
    issued, divisions, status = row
    now = state.clock.now()
    if status == "used":
        state.counters.reused_refresh_tokens += 1
        return _refused(
            state,
            401,
            '{"error":"unauthorized_client","error_description":"Old refresh token used."}',
        )
    if status == "revoked":
        return _refused(
            state,
            400,
            '{ "error":"invalid_grant","error_description":"Token is not allowed, because of '
            'invalid or empty chainId" }',
        )
    if now - issued >= state.settings.refresh_life:
        ended = _american(issued + state.settings.refresh_life)
        text = f"The refresh token expired at {ended} and it is now {_american(now)}."
        return _refused(state, 400, f'{{"error":"invalid_request","error_description":"{text}"}}')
    if now - issued < state.settings.refuse_refresh_before:
        reason = "Rate limit exceeded: access_token not expired"
        refusal = _refused(
            state, 400, f'{{ "error":"access_denied","error_description":"{reason}" }}'
        )
        return refusal.with_headers({"Reason": f"TooEarlyToRefreshTokens: {reason}"})
    state.store.sql.execute("UPDATE refresh_tokens SET state = 'used' WHERE token = ?", (token,))
    return _pair(state, json.loads(divisions))


def _exchange(state: SandboxState, form: Mapping[str, str]) -> HttpResponse:
    code = form.get("code", "")
    query = "SELECT issued, redirect, divisions FROM codes WHERE code = ? AND used = 0"
    row = state.store.sql.execute(query, (code,)).fetchone()
    now = state.clock.now()
    if row is None or now - row[0] >= state.settings.code_life:
        return _refusal(400, '{"error":"invalid_grant"}')
    if form.get("redirect_uri") != row[1]:
        return _refusal(400, '{"error":"invalid_request"}')
    state.store.sql.execute("UPDATE codes SET used = 1 WHERE code = ?", (code,))
    # A new grant ends the one before it, docs/exact-online.md, "Login".
    state.store.sql.execute("UPDATE refresh_tokens SET state = 'used' WHERE state = 'current'")
    return _pair(state, json.loads(row[2]))


def _pair(state: SandboxState, divisions: list[int]) -> HttpResponse:
    tokens = grant(state.store, state.settings, state.clock.now(), divisions)
    content = {
        "access_token": tokens.access,
        "token_type": "bearer",
        "expires_in": str(state.settings.token_life),
        "refresh_token": tokens.refresh,
    }
    return as_json(200, content, Cache_Control="no-store")


def _refused(state: SandboxState, status: int, text: str) -> HttpResponse:
    state.counters.refused_refreshes += 1
    return _refusal(status, text)


def _refusal(status: int, text: str) -> HttpResponse:
    return HttpResponse(status, text.encode(), JSON_TYPE)


def _american(moment: float) -> str:
    r"""Write a moment as the expiry sentence does: "10\/11\/2022 9:18:20 PM"."""
    when = datetime.fromtimestamp(moment, UTC)
    hour = when.hour % 12 or 12
    half = "AM" if when.hour < 12 else "PM"
    return f"{when.month}\\/{when.day}\\/{when.year} {hour}:{when:%M:%S} {half}"
