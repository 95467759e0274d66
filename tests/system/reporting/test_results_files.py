"""--results gives every row back with its account and contact, --errors every problem on a line."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from in_process import run_json, run_text
from sandbox_env import MakeEnv, SandboxEnv, table

HEADER = ["Code", "Company", "First name", "Last name", "E-mail"]
ROWS = table(
    HEADER,
    ["1001", "Bakker BV", "Jan", "Peeters", "jan@bakker.example"],
    ["1002", "=Visser", "", "", ""],
    ["1003", "Fout BV", "", "", "geen adres"],
)


@pytest.fixture(name="env")
def _env(make_env: MakeEnv) -> SandboxEnv:
    env = make_env()
    env.write("a.csv", ROWS)
    return env


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        dialect = csv.Sniffer().sniff(stream.readline(), ",;")
        stream.seek(0)
        return list(csv.DictReader(stream, dialect=dialect))


def test_each_row_says_what_it_came_to(env: SandboxEnv) -> None:
    target = env.folder / "results.csv"
    for outcome in ("created", "unchanged"):
        assert run_text(env, "a.csv", "--results", target)[0] == 1
        bakker, visser, wrong = read(target)
        account, other = env.accounts()
        (contact,) = env.contacts()
        assert list(bakker)[: len(HEADER)] == HEADER
        assert bakker["_outcome"] == visser["_outcome"] == outcome
        assert (bakker["_account_code"], bakker["_account_id"]) == ("1001", account["ID"])
        assert bakker["_contact_id"] == contact["ID"]
        assert (visser["_account_id"], visser["_contact_id"]) == (other["ID"], "")
        assert visser["Company"] == "'=Visser"
        assert (wrong["_outcome"], wrong["_account_id"]) == ("rejected", "")
        assert "geen adres" in wrong["_message"]


def test_results_import_as_the_file_that_they_are_about(env: SandboxEnv) -> None:
    target = env.folder / "results.csv"
    assert run_text(env, "a.csv", "--results", target)[0] == 1
    again = run_json(env, target)
    assert again.rows == {"unchanged": 2, "rejected": 1}
    assert not any("_outcome" in note for note in again.document["notes"])


def test_a_dry_run_has_results_too(env: SandboxEnv) -> None:
    target = env.folder / "results.csv"
    assert run_text(env, "--dry-run", "a.csv", "--results", target)[0] == 1
    assert [row["_outcome"] for row in read(target)] == ["valid", "valid", "rejected"]


def test_problems_are_listed_a_line_each(env: SandboxEnv) -> None:
    target = env.folder / "errors.csv"
    for _ in range(2):
        assert run_text(env, "--dry-run", "a.csv", "--errors", target)[0] == 1
    (problem,) = read(target)
    assert (problem["file"], problem["line"], problem["column"]) == ("a.csv", "4", "E-mail")
    assert problem["severity"] == "error"
    assert "geen adres" in problem["message"]


def test_they_replace_nothing_else(env: SandboxEnv) -> None:
    for option in ("--results", "--errors"):
        status, _, errors = run_text(env, "a.csv", option, "a.csv")
        assert status == 2
        assert "nothing was read or sent" in errors
        mine = env.write("mine.csv", "x")
        assert run_text(env, "a.csv", option, mine)[0] == 2
        assert mine.read_text("utf-8") == "x"
    env.write("b.csv", ROWS)
    status, _, errors = run_text(env, "a.csv", "b.csv", "--results", "r.csv")
    assert status == 2
    assert "--results works with one file only" in errors
    assert env.accounts() == []
