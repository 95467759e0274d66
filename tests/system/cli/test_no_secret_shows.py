"""Unusual secrets, every kind of trouble with all logs open: no byte written holds a part of one.

The last four characters of a secret may be shown; eight in a row of any of them are a leak.
"""

from __future__ import annotations

import configparser
import io
import json
import re
import shutil
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from exact_sandbox import write_config
from in_process import run_text
from sandbox_env import MakeEnv, SandboxEnv

if TYPE_CHECKING:
    Newcomer = Any

PIECE = 8
SECRET = 'n\u00ef%c{r}e"t&<sc>+/=%21canary-client'
SETTINGS = "[import]\nsettle_after = 0\nread_timeout = 0.5\nwatch_rest = 0\n"
KINDS = (
    *("drop_before", "drop_after", "drop_then_write", "reset", "hang", "truncated", "html_200"),
    *("empty_500", "error_502", "error_503", "error_504", "too_many", "redirect"),
)
WRITE = {"match": {"method": "POST", "path": "crm/Accounts"}, "times": 1}
READ = {"match": {"method": "GET"}, "times": 1}
LOGIN = {"match": {"path": "*token"}, "times": 1}
STATUSES = (400, 401, 403, 404, 418, 500)


class Search:
    """Keeps what was written and the secrets there were, and looks for the ones in the other."""

    def __init__(self, env: SandboxEnv) -> None:
        self.env = env
        self.secrets: set[str] = set()
        self.written: dict[str, str] = {}

    def know(self) -> None:
        """Learn the secrets that the configuration holds just now."""
        parser = configparser.RawConfigParser()
        parser.read_string(self.env.config.read_text("utf-8"))
        held = [pair for section in parser.sections() for pair in parser.items(section)]
        names = ("client_secret", "access_token", "refresh_token")
        self.secrets.update(value for name, value in held if name in names and value)

    def run(self, name: str, *arguments: str) -> None:
        """Run the command, keep every byte it writes, and clear away its files."""
        folder = self.env.folder
        self.know()
        logs = ("-vv", "--log-file", str(folder / "a.log"))
        status, printed, errors = run_text(self.env, *arguments, *logs)
        self.know()
        self.written[f"{name}: output"] = printed + errors
        for path in folder.rglob("*"):
            if path.is_file() and folder / "sandbox" not in path.parents:
                if path != self.env.config:
                    file = f"{name}: {path.name} (status {status})"
                    self.written[file] = path.read_bytes().decode("utf-8", "replace")
                path.unlink()
        shutil.rmtree(folder / "in", ignore_errors=True)

    def leaks(self) -> Iterator[tuple[str, str]]:
        """Yield each place with a piece of a secret, in whatever way it is escaped."""
        pieces = set()
        for secret in self.secrets:
            bare = secret.removeprefix("stampNL001.")
            for form in (bare, quote(bare), quote(bare, safe=""), json.dumps(bare)):
                pieces |= {form[at : at + PIECE] for at in range(len(form) - PIECE + 1)}
        for place, text in self.written.items():
            for at in range(len(text) - PIECE + 1):
                if text[at : at + PIECE] in pieces:
                    yield place, text[max(0, at - 40) : at + 20]
                    break


def _prepare(env: SandboxEnv) -> None:
    """Make a new login, a new configuration and a file with a company that is not there."""
    env.control("DELETE", "faults")
    write_config(env.sandbox, env.config)
    env.configure(SETTINGS)
    number = len(env.accounts()) + 1
    env.write("a.csv", f"Code,Company,Email\r\n{number},Acme {number},\r\n,,x\r\n")


def _end_token(env: SandboxEnv) -> None:
    env.control("POST", "clock", {"move": 601})
    text = env.config.read_text("utf-8")
    env.config.write_text(re.sub("(?m)^access_expiry = .*", "access_expiry = 1", text), "utf-8")


def test_no_trouble_brings_a_secret_to_light(make_env: MakeEnv) -> None:
    env = make_env(client_secret=SECRET, error_limit=10_000)
    env.config.unlink()
    search = Search(env)
    report = ("--report", str(env.folder / "report.html"))
    troubles: list[dict[str, Any]] = [{"kind": kind} for kind in KINDS]
    troubles += [{"kind": "answer", "status": status, "text": "No."} for status in STATUSES]
    for trouble in troubles:
        name = f"{trouble['kind']} {trouble.get('status', '')}"
        if trouble["kind"] != "too_many":  # which is waited for
            _prepare(env)
            env.faults({**trouble, **WRITE, "delay": 0.1})
            search.run(f"{name}, writing", str(env.folder / "a.csv"), *report)
        _prepare(env)
        env.faults({**trouble, **READ, "delay": 0.1})
        search.run(f"{name}, reading", "doctor", "--json")
        _prepare(env)
        _end_token(env)
        env.faults({**trouble, **LOGIN, "delay": 0.1})
        search.run(f"{name}, renewing", "doctor")
    for action in ("revoke", "expire access", "expire refresh"):
        _prepare(env)
        env.control("POST", "tokens", {"action": action})
        search.run(action, str(env.folder / "a.csv"), "--json", *report)
    for command in (
        ["plan", str(env.folder / "a.csv"), "--out", str(env.folder / "plan.json")],
        ["watch", str(env.folder / "in"), "--once"],
        ["export", str(env.folder / "out.csv")],
        ["divisions"],
        ["login", "--status", "--json"],
        ["logout"],
    ):
        _prepare(env)
        (env.folder / "in").mkdir()
        (env.folder / "a.csv").rename(env.folder / "in" / "a.csv")
        env.write("a.csv", "Company\r\nAcme\r\n")
        search.run(" ".join(command[:1]), *command)
    assert len(search.secrets) > 2 * len(troubles)
    assert any("DEBUG POST /api/oauth2/token" in text for text in search.written.values())
    assert list(search.leaks()) == []


def test_no_code_of_a_login_is_written(newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
    env = newcomer.env
    newcomer.knows()
    arrived = newcomer.person.allow(newcomer.begin())
    query = parse_qs(urlsplit(arrived).query)
    (code,), (state,) = query["code"], query["state"]
    search = Search(env)
    search.secrets |= {code, newcomer.secret}
    text, kept = env.config.read_text(), (env.folder / ".config.ini.login").read_text()
    for name, answer, trouble in (
        ("another state", arrived.replace(state, "another"), []),
        ("no address", f"{code} and more", []),
        ("maintenance", arrived, [{"kind": "html_200", **LOGIN}]),
        ("cut off", arrived, [{"kind": "truncated", **LOGIN}]),
        ("used", arrived, []),
    ):
        env.config.write_text(text)
        env.write(".config.ini.login", kept)
        env.control("DELETE", "faults")
        env.faults(*trouble)
        monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
        search.run(name, "login", "--code-url", "-")
    assert len(search.written) > 5
    assert list(search.leaks()) == []
