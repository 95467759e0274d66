"""`links` lists what rows were found to be, and takes away what is wrong."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

import pytest

from exact_import.store.journal import Journal
from exact_import.store.links import OWN_NUMBER, Link, Links
from in_process import new_env, run_json, run_text
from sandbox_env import SandboxEnv, table

HEADER = ("Code", "Company", "First name", "Last name")
ROWS = (("1001", "Bakker BV", "Jan", "Peeters"), ("1002", "Visser NV", "Piet", "Visser"))


@pytest.fixture(name="env")
def _home() -> Iterator[SandboxEnv]:
    """Return an environment whose journal has links to what was imported, and no others."""
    with new_env() as env:
        assert run_json(env, env.write("a.csv", table(HEADER, *ROWS))).status == 0
        bakker, visser = (env.accounts()[place]["ID"] for place in (0, 1))
        jan = env.contacts()[0]["ID"]
        journal = Journal(env.config.with_name("config.journal.sqlite3"))
        with contextlib.closing(journal):
            journal.write("DELETE FROM link")
            Links(journal, 1).add(
                [
                    Link("account", "crm", OWN_NUMBER, "17", bakker, "answer", "r", 0),
                    Link("account", "crm", "Number", "be0403170701", bakker, "matched", "r", 0),
                    Link("account", "shop", OWN_NUMBER, "17", visser, "created", "r", 0),
                    Link("contact", "crm", "Name", f"{bakker}\x1fjan\x1fpeeters", jan, "matched"),
                ]
            )
        yield env


def listed(env: SandboxEnv, *text: str) -> list[tuple[str, str]]:
    found = json.loads(run_text(env, "links", *text, "--json")[1])["links"]
    return [(one["source"], one["name"]) for one in found]


def test_they_are_listed_by_record(env: SandboxEnv) -> None:
    every = [("crm", "Bakker BV"), ("crm", "Jan Peeters"), ("shop", "Visser NV")]
    assert listed(env) == every
    assert listed(env, "bakker") == [("crm", "Bakker BV")]
    assert listed(env, "shop") == [("shop", "Visser NV")]
    status, output, _ = run_text(env, "links")
    assert status == 0
    lines = output.splitlines()
    assert lines[0].split() == ["Source", "Linked", "by", "Record", "How", "Confirmed", "ID"]
    assert "own number 17; number be0403170701  account 1001 Bakker BV  your answer" in lines[1]
    assert "name jan, peeters" in lines[2]
    assert run_text(env, "links", "nobody")[1] == 'No link holds "nobody".\n'


def test_one_is_removed_by_its_id_or_a_key(env: SandboxEnv) -> None:
    status, _, errors = run_text(env, "links", "--remove", "17")
    assert status == 2
    assert '2 records are linked by "17". Name one by its ID:' in errors
    status, output, errors = run_text(env, "links", "--remove", "BE 0403.170.701")
    assert not errors
    assert (status, output) == (0, "Removed the links to account 1001 Bakker BV.\n")
    assert listed(env) == [("crm", "Jan Peeters"), ("shop", "Visser NV")]
    visser = env.accounts()[1]["ID"]
    removed = json.loads(run_text(env, "links", "--remove", visser, "--json")[1])["removed"]
    assert [one["id"] for one in removed] == [visser]
    assert listed(env) == [("crm", "Jan Peeters")]
    assert run_text(env, "links", "--remove", "BE 0403.170.701")[0] == 2
