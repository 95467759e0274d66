"""doctor --probe: against each reading of the sandbox it finds the one that was set."""

from __future__ import annotations

import configparser
import json
from typing import Any

import pytest

from depth import thinned
from exact_sandbox import choices
from in_process import FIRST, new_env
from replay import differences
from sandbox_env import SandboxEnv

COMPANY = "Bakkerij De Korenaar BV\n"
# What cannot be found out: a block takes more errors than a probe may make.
BEYOND = frozenset({"error_block"})
READINGS = [
    {name: value}
    for name, values in choices().items()
    if name not in BEYOND
    for value in values  # none for seconds
]
# What every sandbox does that is told nothing else.
USUAL = {name: values[0] if values else 0 for name, values in choices().items()}
SENTENCES = {
    "no name": "HTTP 500 Mandatory: Name",
    "VAT number": "HTTP 500 Invalid: VAT number []",
    "unknown account": "HTTP 500 Invalid reference: Account",
    "e-mail": "HTTP 500 Invalid: Email []",
}


def probe(env: SandboxEnv) -> dict[str, Any]:
    ended = env.run("doctor", "--probe", "--json", typed=COMPANY)
    assert ended.returncode == 0, ended.stderr
    facts: dict[str, Any] = json.loads(ended.stdout)["facts"]
    return facts


@pytest.mark.parametrize("reading", [{}, *thinned(READINGS)], ids=str)
def test_the_probe_finds_the_reading_that_was_set(reading: dict[str, Any]) -> None:
    with new_env(**reading) as env:
        facts = probe(env)
        expected = {name: one for name, one in {**USUAL, **reading}.items() if name not in BEYOND}
        if expected["vat_register"] == "asked":
            del expected["vat_doubles"]  # there is no number to give twice
        if "filled" in reading.values():
            expected["empty_reads"] = "null"  # a field that is left out
        assert {name: facts[name] for name in expected} == expected
        assert (facts["sentences"] == SENTENCES) is (expected["refusals"] == "seen")
        assert facts["own_code"] == "refused"
        assert facts["headers"]["500"] == []  # errors have none
        assert len(facts["headers"]["200"]) == 6
        assert facts["wall clock"] in ("+3600 s from UTC", "+7200 s from UTC")
        assert facts["main contact by itself"] is True
        assert facts["Modified moves with it"] is False
        assert "BusinessEmail" in facts["filled in, contact"]
        assert (facts["lengths"]["City"], facts["lengths"]["TradeName"]) == (30, 300)
        assert (env.accounts(), env.contacts()) == ([], [])
        made = env.calls()
        assert len(made) <= 62
        assert sum(call["status"] in (400, 401, 403, 404) for call in made) <= 5


# Every other row version is skipped, so an account more or less makes a difference.
@pytest.mark.parametrize(
    ("reading", "others", "found"),
    [
        ({"sync_lag": 1.5}, 5, (True, False, "stays")),
        ({"sync_skip": 1.5}, 4, (False, True, "stays")),
        ({"sync_skip": 1.5, "main_contact": "moves"}, 5, (False, True, "moves")),
    ],
    ids=str,
)
def test_whether_sync_pages_are_late_or_skip(
    reading: dict[str, Any], others: int, found: tuple[bool, bool, str]
) -> None:
    with new_env(**reading) as env:
        env.control("POST", "generate", {"accounts": others})
        facts = probe(env)
        late, skipped = facts["sync_lag"] > 1, facts["sync_skip"] > 1
        assert (late, skipped, facts["main_contact"]) == found
        assert len(env.accounts()) == others


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
        assert json.loads(text)["site"] == ""  # not one of Exact's
        # One that is there is not replaced.
        assert env.run("doctor", "--probe", typed=COMPANY).returncode == 2


@pytest.mark.parametrize(
    ("fault", "left"),
    [
        ({"kind": "drop_after", "match": {"method": "POST", "path": "crm/Contacts"}}, "Contacts"),
        ({"kind": "drop_before", "match": {"method": "PUT"}}, ""),
        ({"kind": "drop_before", "match": {"method": "DELETE"}, "skip": 2, "times": 1}, "crm/"),
        ({"kind": "error_503", "match": {"method": "GET", "path": "crm/Accounts"}}, ""),
    ],
    ids=str,
)
def test_what_is_made_is_deleted_whatever_happens(fault: dict[str, Any], left: str) -> None:
    with new_env() as env:
        env.faults(fault)
        ended = env.run("doctor", "--probe", "--json", typed=COMPANY)
        assert "error in exact-import" not in ended.stderr
        found = json.loads(ended.stdout)
        assert found["exit_status"] == ended.returncode
        facts = found["facts"]
        assert left in facts.get("left behind", "")
        assert ("left behind" in facts) is bool(left)
        assert ("could not delete" in ended.stderr) is bool(left)
        assert json.loads((env.folder / "probe.json").read_text("utf-8"))["facts"] == facts
        if not left:
            assert (env.accounts(), env.contacts()) == ([], [])


def test_lists_that_cannot_be_read_are_not_watched() -> None:
    with new_env() as env:
        for path in ("sync/CRM/Accounts", "bulk/CRM/Accounts"):
            env.faults({"kind": "answer", "status": 404, "match": {"path": path}})
        facts = probe(env)
        assert facts["sync_lag"] == facts["sync_skip"] == "not tried: HTTP 404"
        assert "bulk_next" not in facts
        assert facts["put_null"] == "clears"


def test_what_is_refused_together_is_distinguished() -> None:
    with new_env(vat_register="asked", nested_bank_accounts="refused") as env:
        facts = probe(env)
        found = facts["vat_register"], facts["nested_bank_accounts"], facts["names twice"]
        assert found == ("asked", "refused", "accepted")


def test_nothing_is_done_unless_the_name_is_typed() -> None:
    with new_env() as env:
        for typed in ("", "yes\n", "bakkerij de korenaar bv\n"):
            ended = env.run("doctor", "--probe", typed=typed)
            assert ended.returncode == 4, ended.stderr
        assert [call for call in env.calls() if call["method"] not in ("GET",)] == []
        assert not (env.folder / "probe.json").exists()
