"""On a terminal an import says what it will do and asks once; nowhere else does it ask."""

from __future__ import annotations

import pytest

from depth import thinned
from in_process import run_json
from sandbox_env import MakeEnv, SandboxEnv, table

ROWS = table(["Code", "Company"], ["1001", "Bakker BV"], ["1002", "Visser NV"])
QUESTION = "Import this into division 425880? [y/N]"


@pytest.fixture(name="env")
def _env(make_env: MakeEnv) -> SandboxEnv:
    env = make_env()
    env.write("a.csv", ROWS)
    return env


def test_it_asks_once_with_what_it_would_do(env: SandboxEnv) -> None:
    status, output = env.at_terminal("a.csv", answers=["n"])
    assert status == 4
    before, _, after = output.partition(QUESTION)
    assert "+ account Bakker BV (line 2)" in before
    assert "  accounts  2 to create" in before
    assert "  cost      2 calls, less than a minute" in before
    assert "You answered no, so nothing was sent." in after
    assert env.accounts() == []
    status, output = env.at_terminal("a.csv", answers=["y"])
    assert status == 0
    assert output.count("Import this") == 1
    assert output.count("Bakker BV") == 1
    assert len(env.accounts()) == 2


def test_what_needs_no_call_needs_no_answer(env: SandboxEnv) -> None:
    assert run_json(env, "a.csv").status == 0
    status, output = env.at_terminal("a.csv", answers=[])
    assert (status, "Import this" in output) == (0, False)


@pytest.mark.parametrize("option", thinned(["--yes", "--quiet", "--json"]))
def test_these_ask_nothing(env: SandboxEnv, option: str) -> None:
    status, output = env.at_terminal(option, "a.csv", answers=[])
    assert (status, "Import this" in output) == (0, False)
    assert len(env.accounts()) == 2


def test_the_setting_asks_nothing_either(env: SandboxEnv) -> None:
    env.configure("[import]\nconfirm = no\n")
    status, output = env.at_terminal("a.csv", answers=[])
    assert (status, "Import this" in output) == (0, False)


def test_the_sandbox_asks_what_held_rows_are_and_nothing_else(env: SandboxEnv) -> None:
    header = ["Company", "Street", "Postcode", "City"]
    env.write("old.csv", table(header, ["Garage Maes", "Markt 1", "8000", "Brugge"]))
    env.write("new.csv", table(header, ["Garage Maas", "Kerkplein 2", "8000", "Brugge"]))
    status, output = env.at_terminal("--sandbox", "old.csv", answers=[])
    assert (status, "Import this" in output) == (0, False)
    status, output = env.at_terminal("--sandbox", "new.csv", answers=["1"])
    assert "Garage Maes, Markt 1, 8000 Brugge (same" in " ".join(output.split())
    assert (status, "Import this" in output) == (0, False)
    assert "1 updated" in output


def test_a_folder_says_which_files_it_stands_for(env: SandboxEnv) -> None:
    (env.folder / "in").mkdir()
    env.write("in/a.csv", ROWS)
    env.write("in/b.csv", table(["Company"], ["Smid BV"]))
    status, output = env.at_terminal("in", answers=["n"])
    before, _, _ = " ".join(output.split()).partition("Import these 2 files into division 425880?")
    assert status == 4
    assert "The folder in has 2 files: a.csv, b.csv." in before
    assert env.accounts() == []
