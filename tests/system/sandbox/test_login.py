"""Tokens, codes and the pages of a login."""

from __future__ import annotations

import configparser
import json
import re
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import urllib3

from exact_sandbox import RemoteControl, Sandbox, SandboxSettings, write_config
from newcomer import hidden_fields
from permissions import is_private

OLD = b'{"error":"unauthorized_client","error_description":"Old refresh token used."}'
EARLY = (
    b'{ "error":"access_denied","error_description":"Rate limit exceeded: '
    b'access_token not expired" }'
)
CHAIN = (
    b'{ "error":"invalid_grant","error_description":"Token is not allowed, because of invalid '
    b'or empty chainId" }'
)
EXPIRED = re.compile(
    rb'{"error":"invalid_request","error_description":"The refresh token expired at '
    rb"\d+\\/\d+\\/\d{4} \d+:\d\d:\d\d [AP]M and it is now \d+\\/\d+\\/\d{4} \d+:\d\d:\d\d [AP]M\."
    rb'"}'
)
PASTE = "https://example.com/exact-import"


class Answer(NamedTuple):
    status: int
    headers: urllib3.HTTPHeaderDict
    body: bytes


class Login:
    """What a client of the OAuth addresses knows."""

    def __init__(self, sandbox: Sandbox) -> None:
        ini = configparser.RawConfigParser()
        ini.read(sandbox.config)
        self.ini = ini
        self.pool = urllib3.PoolManager(ca_certs=str(sandbox.ca_file), retries=False)
        self.client_id = ini["application"]["client_id"]
        self.secret = ini["application"]["client_secret"]
        self.access = ini["transient"]["access_token"]
        self.refresh = ini["transient"]["refresh_token"]

    def token(self, headers: dict[str, str] | None = None, /, **fields: str) -> Answer:
        form = {"client_id": self.client_id, "client_secret": self.secret, **fields}
        answer = self.pool.request(
            "POST",
            self.ini["server"]["token_url"],
            body=urlencode(form),
            headers={"Content-Type": "application/x-www-form-urlencoded", **(headers or {})},
        )
        return Answer(answer.status, answer.headers, answer.data)

    def renew(self, token: str | None = None) -> Answer:
        return self.token(grant_type="refresh_token", refresh_token=token or self.refresh)

    def me(self, access: str | None = None) -> int:
        address = f"{self.ini['server']['rest_url']}/v1/current/Me?$select=CurrentDivision"
        bearer = f"Bearer {access or self.access}"
        headers = {"Authorization": bearer, "Accept": "application/json"}
        return self.pool.request("GET", address, headers=headers).status

    def page(self, method: str, address: str, form: Any = None, cookie: str = "") -> Answer:
        answer = self.pool.request(
            method,
            address,
            body=None if form is None else urlencode(form),
            headers={"Cookie": cookie} if cookie else {},
            redirect=False,
        )
        return Answer(answer.status, answer.headers, answer.data)

    def address(self, redirect: str = PASTE, **more: str) -> str:
        query = {
            "client_id": self.client_id,
            "redirect_uri": redirect,
            "response_type": "code",
            **more,
        }
        return f"{self.ini['server']['auth_url']}?{urlencode(query)}"

    def click(self, address: str, divisions: list[str], answer: str = "allow") -> dict[str, str]:
        """Log in and answer the question about companies; return the redirect's query."""
        auth = self.ini["server"]["auth_url"]
        first = self.page("GET", address)
        assert b"sandbox" in first.body
        second = self.page(
            "POST", auth, [*hidden_fields(first.body), ("user", "a"), ("password", "b")]
        )
        assert b"Tuincentrum Van Zuylen" in second.body
        chosen = [("division", division) for division in divisions]
        back = self.page("POST", auth, [*hidden_fields(second.body), *chosen, ("answer", answer)])
        assert back.status == 302
        found = urlsplit(back.headers["Location"])
        assert f"{found.scheme}://{found.netloc}{found.path}" in address_of(address)
        return {name: values[0] for name, values in parse_qs(found.query).items()}


def address_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["redirect_uri"][0]


@pytest.fixture(name="sandbox")
def _sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings(tmp_path / "sandbox")) as sandbox:
        yield sandbox


@pytest.fixture(name="login")
def _login(sandbox: Sandbox, remote: RemoteControl) -> Iterator[Login]:
    login = Login(sandbox)
    yield login
    login.pool.clear()


def test_a_refresh_token_works_once_and_not_too_early(login: Login, remote: RemoteControl) -> None:
    assert login.me() == 200
    early = login.renew()
    assert (early.status, early.body) == (400, EARLY)
    reason = "TooEarlyToRefreshTokens: Rate limit exceeded: access_token not expired"
    assert early.headers["Reason"] == reason
    remote.move_clock(575)
    assert login.me() == 200
    fresh = login.renew()
    assert fresh.status == 200
    found = json.loads(fresh.body)
    assert (found["expires_in"], found["token_type"]) == ("600", "bearer")
    assert login.me(found["access_token"]) == 200
    again = login.renew()
    assert (again.status, again.body) == (401, OLD)
    remote.move_clock(30)
    assert login.me() == 401
    assert login.me(found["access_token"]) == 200
    counts = remote.counts()
    assert (counts["refreshes"], counts["reused_refresh_tokens"]) == (3, 1)
    assert counts["refused_refreshes"] == 2


def test_two_refreshes_at_once_leave_one_winner(login: Login, remote: RemoteControl) -> None:
    remote.move_clock(700)
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: login.renew().status, range(8)))
    assert sorted(statuses) == [200] + [401] * 7


def test_refresh_tokens_end(login: Login, remote: RemoteControl) -> None:
    remote.move_clock(31 * 86400)
    late = login.renew()
    assert late.status == 400
    assert EXPIRED.fullmatch(late.body)
    fresh = remote.tokens("grant")
    remote.tokens("revoke")
    revoked = login.renew(fresh["refresh"])
    assert (revoked.status, revoked.body) == (400, CHAIN)
    unknown = login.renew("made up")
    assert (unknown.status, json.loads(unknown.body)["error"]) == (400, "invalid_grant")


def test_a_token_call_must_be_the_apps_own(login: Login, remote: RemoteControl) -> None:
    remote.move_clock(600)
    assert login.token({"Authorization": "Bearer x"}, grant_type="refresh_token").status == 401
    wrong = login.token(grant_type="refresh_token", client_secret="wrong")
    assert (wrong.status, wrong.body) == (400, b'{"error":"invalid_request"}')
    assert login.token(grant_type="password").status == 400
    assert login.renew().status == 200


def test_logging_in_by_the_pages(login: Login, remote: RemoteControl) -> None:
    query = login.click(login.address(state="s t/ä"), ["425881"])
    assert query["state"] == "s t/ä"
    assert re.match(r"stampNL001\.[^!]+!", query["code"])
    exchange = {"grant_type": "authorization_code", "redirect_uri": PASTE, "code": query["code"]}
    elsewhere = login.token(**{**exchange, "redirect_uri": "https://127.0.0.1:1/"})
    assert elsewhere.status == 400
    found = json.loads(login.token(**exchange).body)
    assert login.token(**exchange).status == 400
    remote.move_clock(580)
    # The earlier chain ended with the new grant.
    assert login.renew().body == OLD
    headers = {"Authorization": f"Bearer {found['access_token']}", "Accept": "application/json"}
    base = f"{login.ini['server']['rest_url']}/v1"
    me = login.pool.request("GET", f"{base}/current/Me", headers=headers).json()
    assert me["d"]["results"][0]["CurrentDivision"] == 425881
    listed = login.pool.request("GET", f"{base}/425881/system/Divisions", headers=headers).json()
    assert [row["Code"] for row in listed["d"]["results"]] == [425881]
    other = login.pool.request("GET", f"{base}/425880/system/Divisions", headers=headers)
    assert other.status == 403


def test_a_code_is_only_good_for_three_minutes(login: Login, remote: RemoteControl) -> None:
    code = login.click(login.address(), ["425880"])["code"]
    remote.move_clock(181)
    late = login.token(grant_type="authorization_code", redirect_uri=PASTE, code=code)
    assert late.status == 400


def test_denying_or_choosing_no_company(login: Login) -> None:
    for divisions, answer in (([], "allow"), (["425880"], "deny"), (["1"], "allow")):
        assert login.click(login.address(state="x"), divisions, answer) == {
            "error": "access_denied",
            "state": "x",
        }


def test_a_code_arrives_escaped(login: Login) -> None:
    auth = login.ini["server"]["auth_url"]
    page = login.page("POST", auth, [*_asked(login), ("step", "login")])
    assert "sandbox_login" in page.headers["Set-Cookie"]
    back = login.page(
        "POST", auth, [*hidden_fields(page.body), ("division", "425880"), ("answer", "allow")]
    )
    assert "%21" in back.headers["Location"]


def test_who_is_logged_in_stays_so(login: Login) -> None:
    assert b"Password" in login.page("GET", login.address()).body
    assert b"Allow" in login.page("GET", login.address(), cookie="sandbox_login=1").body
    forced = login.page("GET", login.address(force_login="1"), cookie="sandbox_login=1")
    assert b"Password" in forced.body


@pytest.mark.parametrize(
    ("changes", "status", "text"),
    [
        ({"redirect": "https://example.com/other"}, 400, "redirect URI"),
        ({"redirect": "http://127.0.0.1:8000/"}, 401, "redirect URI"),
        ({"client_id": "{braces}"}, 400, "client id"),
        ({"response_type": "token"}, 400, "response type"),
    ],
)
def test_requests_that_end_on_an_error_page(
    login: Login, changes: dict[str, str], status: int, text: str
) -> None:
    answer = login.page("GET", login.address(**changes))
    assert answer.status == status
    assert text in answer.body.decode()


def test_any_loopback_port_is_a_registered_redirect(login: Login) -> None:
    assert login.click(login.address("https://127.0.0.1:8443/callback?a=b"), ["425880"])["code"]


def test_a_kept_config_keeps_what_still_works(sandbox: Sandbox, remote: RemoteControl) -> None:
    text = "# mine\n[import]\nmatch_account = Code ; 100%\n[transient]\ndivision = 425881\n"
    path = sandbox.config.with_name("other.ini")
    path.write_text(text, encoding="utf-8")
    write_config(sandbox, path)
    first = _read(path)
    assert is_private(path)
    assert "# mine" in path.read_text(encoding="utf-8")
    assert first["import"]["match_account"] == "Code ; 100%"
    assert first["transient"]["division"] == "425881"
    write_config(sandbox, path)
    assert _read(path)["transient"]["refresh_token"] == first["transient"]["refresh_token"]
    remote.tokens("revoke")
    write_config(sandbox, path)
    assert _read(path)["transient"]["refresh_token"] != first["transient"]["refresh_token"]
    expiry = int(_read(path)["transient"]["access_expiry"])
    assert abs(expiry - time.time() - 600) < 60


def test_tokens_survive_a_restart(sandbox: Sandbox, login: Login) -> None:
    url = sandbox.url
    sandbox.stop()
    sandbox.start()
    assert sandbox.url == url
    login.pool.clear()
    assert login.me() == 200


def test_no_secret_is_in_the_log(login: Login, remote: RemoteControl, sandbox: Sandbox) -> None:
    login.renew()
    text = json.dumps(remote.log())
    assert login.refresh not in text
    assert login.secret not in text
    assert remote.log()[-1]["token"] is True
    assert is_private(sandbox.database)
    with sqlite3.connect(sandbox.database) as database:
        assert database.execute("SELECT count(*) FROM refresh_tokens").fetchone()[0] >= 1
    database.close()


def _asked(login: Login) -> list[tuple[str, str]]:
    return list(
        {
            "client_id": login.client_id,
            "redirect_uri": PASTE,
            "response_type": "code",
        }.items()
    )


def _read(path: Path) -> configparser.RawConfigParser:
    ini = configparser.RawConfigParser()
    ini.read(path)
    return ini
