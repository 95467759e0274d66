"""The companies that a login may use: listed, searched, and one of them chosen."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from exact_import.cli.login_prompts import search
from exact_import.exact.client import DivisionInfo
from sandbox_env import SandboxEnv

if TYPE_CHECKING:
    Newcomer = Any
    Terminal = Any


def test_the_chosen_one_is_marked(env: SandboxEnv) -> None:
    result = env.run("divisions")
    assert result.returncode == 0
    assert result.stdout.splitlines() == [
        "*   425880  Bakkerij De Korenaar BV",
        "    425881  Tuincentrum Van Zuylen B.V.",
    ]
    document = env.json("divisions")
    assert document["division"] == 425880
    assert [one["chosen"] for one in document["divisions"]] == [True, False]


def test_another_is_used_after_it_was_checked(env: SandboxEnv) -> None:
    env.configure("; a remark at the end\n")
    assert env.run("divisions", "--use", "425881").returncode == 0
    text = env.config.read_text(encoding="utf-8")
    assert "division = 425881\n" in text
    assert "; a remark at the end" in text
    (check,) = env.calls("GET", "/425881/crm/Accounts")
    assert "filter" in check["path"]
    contacts = env.write("contacts.csv", "Company\nA\n")
    assert env.json(contacts)["division"] == 425881


def test_one_that_may_not_be_used_changes_nothing(env: SandboxEnv) -> None:
    before = env.config.read_bytes()
    ended = env.run("divisions", "--use", "999999")
    assert ended.returncode == 78
    assert "has no access to company 999999" in ended.stderr
    assert env.config.read_bytes() == before
    assert env.json("divisions", "--use", "999999", status=78)["exit_status"] == 78


@pytest.mark.parametrize(
    ("text", "found"),
    [("DivisionBlocked: x", "This company is blocked"), ("LicenseExpired", "has expired")],
)
def test_the_reason_is_reported(env: SandboxEnv, text: str, found: str) -> None:
    env.faults(
        {"kind": "answer", "status": 403, "headers": {"Reason": text}, "match": {"path": "crm/*"}}
    )
    ended = env.run("divisions", "--use", "425881")
    assert ended.returncode == 78
    assert found in ended.stderr


def test_another_fault_is_reported_as_it_is(env: SandboxEnv) -> None:
    env.faults({"kind": "answer", "status": 400, "match": {"path": "crm/*"}})
    assert env.run("divisions", "--use", "425881").returncode == 70


def test_without_the_scope_for_the_list(env: SandboxEnv) -> None:
    env.control("POST", "settings", {"scopes": ["crm.accounts"]})
    result = env.run("divisions")
    assert result.returncode == 0
    assert "* 425880" in result.stdout
    assert "lacks the scope Organization administration" in result.stderr
    assert env.json("divisions")["listed"] is False
    env.control("POST", "settings", {"scopes": ["organization.administration"]})
    ended = env.run("divisions", "--use", "425881")
    assert ended.returncode == 77
    assert "lacks the scope Crm accounts" in ended.stderr


def test_none_is_chosen_yet(env: SandboxEnv) -> None:
    text = env.config.read_text(encoding="utf-8")
    env.config.write_text(text.replace("division = 425880", "division ="), encoding="utf-8")
    result = env.run("divisions")
    assert result.returncode == 0
    assert "*" not in result.stdout
    assert "divisions --use N" in result.stderr


def test_without_a_configuration_or_a_login(env: SandboxEnv) -> None:
    assert env.run("divisions", "-c", "other.ini").returncode == 78
    (env.folder / "empty").mkdir()
    assert env.run("logout").returncode == 0
    ended = env.run("divisions")
    assert ended.returncode == 77
    assert "exact-import login" in ended.stderr


def test_the_sandbox_has_companies_too(env: SandboxEnv) -> None:
    env.config.unlink()
    result = env.run("divisions", "--sandbox")
    assert result.returncode == 0, result.stderr
    assert "Bakkerij" in result.stdout


def test_many_companies_are_searched(
    make_newcomer: Callable[..., Newcomer],
) -> None:
    newcomer = make_newcomer(divisions=20)
    newcomer.knows()
    terminal = newcomer.terminal("login")
    try:
        companies = tuple(str(425880 + number) for number in range(20))
        terminal.asked("Address", newcomer.person.allow(terminal.address(), companies))
        terminal.wait_for("has access to 20 companies; type to search")
        assert "Tuincentrum" not in terminal.wait_for("Which one?")
        terminal.asked("", "no such company")
        terminal.wait_for("No company matches")
        terminal.asked("Which one?", "e")
        terminal.wait_for("companies match")
        terminal.asked("Which one?", "tuincentrum van zuylen b.v.")
        assert terminal.end() == 0, terminal.shown
    finally:
        terminal.stop()
    assert newcomer.ini()["transient"]["division"] == "425881"


COMPANIES = [
    DivisionInfo(code=12, name="Café De Zwaan", active=True),
    DivisionInfo(code=123, name="De Zwaan Holding", active=True),
    DivisionInfo(code=200, name="Zwaan", active=True),
    DivisionInfo(code=12399, name="Ünlü & Zn", active=True),
]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("12", [12]),
        ("123", [123]),
        (" 1239", [12399]),
        ("zwaan", [200]),
        ("ZWAAN  de", [12, 123]),
        ("cafe", [12]),
        ("unlu", [12399]),
        ("2", [12, 123, 200, 12399]),
        ("nothing", []),
        (" ", []),
    ],
)
def test_searching(text: str, codes: list[int]) -> None:
    assert [one.code for one in search(COMPANIES, text)] == codes


def test_json_stays_one_document(env: SandboxEnv) -> None:
    env.control("POST", "tokens", {"action": "revoke"})
    env.control("POST", "tokens", {"action": "expire access"})
    for command in (("login", "--status"), ("divisions",)):
        ended = env.run(*command, "--json")
        assert json.loads(ended.stdout)["exit_status"] == ended.returncode == 77
