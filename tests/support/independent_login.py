"""The login of the independent server: one app, one user, tokens that work once."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

CLIENT_ID, CLIENT_SECRET = "4f2c1a90-6f0e-4b57-9a53-0d8f6a2b7c11", "9pKx%d3"
REDIRECT = "https://office.example/exact"


class Answer(Exception):
    """What is answered: a status with a document, and headers."""

    def __init__(self, status: int, document: object = None, **headers: str) -> None:
        super().__init__(str(status))
        self.status, self.document = status, document
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def error(status: int, sentence: str) -> Answer:
    return Answer(status, {"error": {"code": "", "message": {"lang": "", "value": sentence}}})


@dataclass(frozen=True)
class Call:
    """A request as it came in."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Logins:
    """The tokens of one app and one user. `now` tells the seconds since 1970."""

    now: Callable[[], float]
    codes: dict[str, tuple[str, float]] = field(default_factory=dict)
    access: dict[str, float] = field(default_factory=dict)
    refresh: str = ""
    issued: float = 0.0
    past: set[str] = field(default_factory=set)

    def consent(self, address: str) -> str:
        """Return where the browser arrives of a user who logs in at `address` and agrees."""
        asked = dict(parse_qsl(urlsplit(address).query))
        code = f"stampNL001.{secrets.token_urlsafe(8)}!{secrets.token_urlsafe(20)}"
        self.codes[code] = asked["redirect_uri"], self.now()
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def page(self, call: Call) -> Answer:
        if call.query.get("client_id") != CLIENT_ID:
            return Answer(400, {"error": "invalid_request"})
        return Answer(200 if call.query.get("redirect_uri") == REDIRECT else 401)

    def token(self, call: Call) -> Answer:
        form = {name: one[0] for name, one in parse_qs(call.body.decode()).items()}
        if call.method != "POST" or "Authorization" in call.headers:
            return Answer(401)
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return Answer(400, {"error": "invalid_request"})
        if form["grant_type"] == "authorization_code":
            redirect, made = self.codes.pop(form["code"], ("", 0.0))
            if redirect != form.get("redirect_uri") or self.now() - made > 180:
                return Answer(400, {"error": "invalid_grant"})
            return Answer(200, self.issue())
        offered = form["refresh_token"]
        if offered in self.past:
            text = "Old refresh token used."
            return Answer(401, {"error": "unauthorized_client", "error_description": text})
        if offered != self.refresh:
            return Answer(400, {"error": "invalid_grant"})
        if self.now() - self.issued > 30 * 86_400:
            text = "The refresh token expired at 10/11/2026 9:18:20 PM."
            return Answer(400, {"error": "invalid_request", "error_description": text})
        if self.now() - self.issued < 570:
            text = "Rate limit exceeded: access_token not expired"
            refusal = {"error": "access_denied", "error_description": text}
            return Answer(400, refusal, Reason=f"TooEarlyToRefreshTokens: {text}.")
        return Answer(200, self.issue())

    def issue(self) -> dict[str, str]:
        self.past.add(self.refresh)
        self.refresh, access = (f"stampNL001.{secrets.token_urlsafe(90)}" for _ in range(2))
        self.issued = self.now()
        self.access[access] = self.issued + 600
        return {
            "access_token": access,
            "token_type": "bearer",
            "expires_in": "600",
            "refresh_token": self.refresh,
        }
