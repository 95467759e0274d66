"""Whom `forget` forgets, whom it asks about, and what the runs still tell afterwards."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator

import pytest

from in_process import new_env, run_json, run_text
from sandbox_env import SandboxEnv, table

HEADER = ("Company", "First name", "Middle name", "Last name", "E-mail")
PEOPLE = (
    ("Bakker BV", "Jan", "", "Peeters", "jan@bakker.example"),
    ("Visser NV", "Jan", "van", "Aken", "jan@visser.example"),
    ("Molen BV", "Piet", "", "Molenaar", "piet@molen.example"),
)


@pytest.fixture(scope="module")
def imported() -> Iterator[SandboxEnv]:
    with new_env() as env:
        assert run_json(env, env.write("a.csv", table(HEADER, *PEOPLE))).status == 0
        yield env


@pytest.fixture
def env() -> Iterator[SandboxEnv]:
    with new_env() as env:
        assert run_json(env, env.write("a.csv", table(HEADER, *PEOPLE))).status == 0
        yield env


def holds(env: SandboxEnv, text: str) -> bool:
    journal = env.config.with_name("config.journal.sqlite3")
    wal = journal.with_name(f"{journal.name}-wal")
    found = journal.read_bytes() + (wal.read_bytes() if wal.exists() else b"")
    return text.encode() in found


def test_a_first_name_that_fits_several_is_not_enough(imported: SandboxEnv) -> None:
    status, _, errors = run_text(imported, "forget", "Jan", "--yes")
    assert status == 2
    assert '"Jan" fits 2 records' in errors
    assert "contact Jan Peeters jan@bakker.example" in errors
    assert "full name" in errors
    assert holds(imported, "jan@bakker.example")


def test_without_a_terminal_it_wants_yes(imported: SandboxEnv) -> None:
    status, _, errors = run_text(imported, "forget", "Jan Peeters")
    assert status == 2
    assert "Not a terminal. Add --yes to confirm." in errors
    assert run_text(imported, "forget", "--all")[0] == 2


def test_it_shows_whom_before_it_asks_and_takes_no_for_an_answer(imported: SandboxEnv) -> None:
    status, output = imported.at_terminal("forget", "jan  peeters", answers=["n"])
    assert status == 4
    asked = output.index("Forget 1 record and 1 change?")
    assert "contact Jan Peeters jan@bakker.example" in output[:asked]
    assert "Nothing was forgotten." in output[asked:]
    assert "Interrupted" not in output
    assert holds(imported, "jan@bakker.example")


def test_somebody_unknown_is_nobody(imported: SandboxEnv) -> None:
    status, printed, _ = run_text(imported, "forget", "Nobody Here", "--yes", "--json")
    assert status == 0
    assert json.loads(printed) == {"forgotten": [], "changes": 0, "exit_status": 0, "error": None}


@pytest.mark.parametrize("who", ["Jan van Aken", "jan aken", "jan@visser.example", "Aken"])
def test_one_person_goes_and_the_others_stay(env: SandboxEnv, who: str) -> None:
    status, printed, _ = run_text(env, "forget", who, "--yes", "--json")
    assert status == 0
    assert [one["name"] for one in json.loads(printed)["forgotten"]] == ["Jan van Aken"]
    assert not holds(env, "jan@visser.example")
    assert holds(env, "jan@bakker.example")
    assert run_json(env, env.folder / "a.csv").rows == {"unchanged": 3}


def test_whom_changes_alone_tell_of_goes_too(env: SandboxEnv) -> None:
    """After an undo the mirror holds nobody, the journal still does."""
    run = json.loads(run_text(env, "runs", "--json")[1])["runs"][0]["run"]
    assert run_json(env, "undo", run, "--yes").status == 0
    status, printed, _ = run_text(env, "forget", "jan@visser.example", "--yes")
    assert status == 0
    assert "contact Jan van Aken jan@visser.example" in printed
    assert "Forgotten: 1 record and 2 changes." in printed
    assert not holds(env, "jan@visser.example")


def test_a_company_goes_with_its_bank_account(env: SandboxEnv) -> None:
    rows = table(("Company", "City", "IBAN"), ("Bakker BV", "Gent", "BE68 5390 0754 7034"))
    env.write("b.csv", rows)
    assert run_json(env, env.folder / "b.csv").rows == {"created": 1}
    assert holds(env, "BE68539007547034")
    assert run_text(env, "forget", "bakker bv", "--yes")[0] == 0
    assert not holds(env, "BE68539007547034")
    assert run_json(env, env.folder / "b.csv").rows == {"unchanged": 1}


def test_the_runs_keep_their_counts(env: SandboxEnv) -> None:
    rows = table(HEADER, *PEOPLE, ("Fout BV", "Jan", "van", "Aken", "geen adres"))
    assert run_json(env, env.write("b.csv", rows)).status == 1
    assert holds(env, "geen adres")
    before = json.loads(run_text(env, "runs", "--json")[1])["runs"]
    run_text(env, "forget", "Jan van Aken", "--yes")
    assert not holds(env, "geen adres")
    assert json.loads(run_text(env, "runs", "--json")[1])["runs"] == before
    assert before[0]["rows"]["rejected"] == 1


def test_the_list_of_runs_names_files_targets_and_what_did_not_end(env: SandboxEnv) -> None:
    file = env.write("b.csv", table(HEADER, ("Nieuw BV", "An", "", "Nieuw", "an@nieuw.example")))
    assert run_json(env, "plan", file, "--out", env.folder / "plan.json").status == 0
    applied = run_json(env, "apply", env.folder / "plan.json").document["run"]
    undone = run_json(env, "undo", applied, "--yes").document["run"]
    with sqlite3.connect(env.config.with_name("config.journal.sqlite3")) as journal:
        journal.execute(
            "INSERT INTO run (id, scope, mode, files, started) VALUES ('x', 1, 'import', '[]', 1)"
        )
    journal.close()
    lines = {line.split()[0]: line for line in run_text(env, "runs")[1].splitlines()}
    assert str(file) in lines[applied]
    assert re.search(rf"  undo of {applied} +2 deleted$", lines[undone])
    assert lines["x"].endswith("not finished (running, or killed)")
    assert "create contact An Nieuw (line 2): done" in run_text(env, "runs", applied)[1]
    assert '    LastName: (empty) → "Nieuw"' in run_text(env, "runs", applied)[1]
