"""doctor --probe: against each reading of the sandbox it finds the one that was set."""

from __future__ import annotations

import configparser
import json
from typing import Any

import pytest

from exact_sandbox import choices
from in_process import FIRST, new_env
from replay import differences
from sandbox_env import SandboxEnv

COMPANY = "Bakkerij De Korenaar BV\n"
# What cannot be found out: a block takes more errors than a probe may make.
BEYOND = frozenset({"error_block", "refusals", "sync_skip", "sync_lag"})
READINGS = [
    {name: value} for name, values in choices().items() if name not in BEYOND for value in values
]


def probe(env: SandboxEnv) -> dict[str, Any]:
    ended = env.run("doctor", "--probe", "--json", typed=COMPANY)
    assert ended.returncode == 0, ended.stderr
    facts: dict[str, Any] = json.loads(ended.stdout)["facts"]
    return facts


@pytest.mark.parametrize("reading", [{}, *READINGS], ids=str)
def test_the_probe_finds_the_reading_that_was_set(reading: dict[str, Any]) -> None:
    with new_env(**reading) as env:
        facts = probe(env)
        defaults = {name: values[0] for name, values in choices().items() if values}
        expected = {
            name: one for name, one in {**defaults, **reading}.items() if name not in BEYOND
        }
        if "filled" in reading.values():
            expected["empty_reads"] = "null"  # a field that is left out
        assert {name: facts[name] for name in expected} == expected
        assert facts["sync_lag"] == 0
        assert facts["wall clock"] in ("+3600 s from UTC", "+7200 s from UTC")
        assert facts["main contact by itself"] is True
        assert facts["Modified moves with it"] is False
        assert "BusinessEmail" in facts["filled in, contact"]
        assert (facts["lengths"]["City"], facts["lengths"]["TradeName"]) == (30, 300)
        assert (env.accounts(), env.contacts()) == ([], [])
        calls = env.control("GET", "counts")
        assert calls["calls"] <= 62


def test_how_late_sync_pages_are() -> None:
    with new_env(sync_lag=2.5) as env:
        env.control("POST", "generate", {"accounts": 5})
        facts = probe(env)
        assert facts["sync_lag"] == 4
        assert facts["main_contact"] == "stays"
        assert len(env.accounts()) == 5


def test_what_is_written_holds_no_secret_and_plays_again(tmp_path: Any) -> None:
    with new_env() as env:
        probe(env)
        path = env.folder / "probe.json"
        text = path.read_text("utf-8")
        ini = configparser.RawConfigParser()
        ini.read(env.config)
        for secret in (
            ini["transient"]["access_token"],
            ini["application"]["client_secret"],
            "Zandbak",
            "Korenaar",
            str(FIRST),
            "127.0.0.1",
        ):
            assert secret not in text
        root = f"{env.sandbox.url}/api/v1/{FIRST}"
        token, ca_file = ini["transient"]["access_token"], env.sandbox.ca_file
        assert differences(path, root, token, ca_file) == []
        env.control("POST", "settings", {"put_null": "ignored", "code_letters": "accepted"})
        found = differences(path, root, token, ca_file)
        assert [one for one in found if "Phone" in one]
        assert [one for one in found if "HTTP 204, recorded 500" in one]
        # One that is there is not replaced.
        assert env.run("doctor", "--probe", typed=COMPANY).returncode == 2


def test_nothing_is_done_unless_the_name_is_typed() -> None:
    with new_env() as env:
        for typed in ("", "yes\n", "bakkerij de korenaar bv\n"):
            ended = env.run("doctor", "--probe", typed=typed)
            assert ended.returncode == 4, ended.stderr
        assert [call for call in env.calls() if call["method"] not in ("GET",)] == []
        assert not (env.folder / "probe.json").exists()
