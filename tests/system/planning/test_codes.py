"""Which codes new accounts get: the numbers of the file, as far as they are free."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest

from in_process import new_env, run_json
from sandbox_env import SandboxEnv, table

HEADER = ("Klantnr", "Bedrijf", "Plaats")


@pytest.fixture
def env() -> Iterator[SandboxEnv]:
    with new_env() as env:
        yield env


def codes(env: SandboxEnv) -> dict[str, str]:
    return {account["Name"]: account["Code"].strip() for account in env.accounts()}


def test_codes_that_differ_in_zeros_are_one_code_and_never_sent_twice(env: SandboxEnv) -> None:
    rows = (("7", "Wijnhuis Vat", "Gent"), ("007", "Bierhuis Pint", "Brugge"), ("8", "Kaas", "Ath"))
    ended = run_json(env, env.write("a.csv", table(HEADER, *rows)))
    assert ended.rows == {"created": 2, "rejected": 1}
    (problem,) = [one for one in ended.document["problems"] if one["severity"] == "error"]
    assert problem["line"] == 3
    assert problem["message"].startswith('"007" is the same code in Exact Online as "7" on line 2')
    assert len(env.calls("POST", "crm/Accounts")) == 2
    assert codes(env) == {"Wijnhuis Vat": "7", "Kaas": "8"}


@pytest.mark.parametrize("stored", ["7", "0000007"])
def test_a_new_account_does_not_ask_for_a_code_that_is_taken(env: SandboxEnv, stored: str) -> None:
    env.configure("[import]\ncode = exact\n")
    env.control("POST", "accounts", {"create": [{"Code": stored, "Name": "Kapsalon Tina"}]})
    path = env.write("a.csv", table(HEADER, ("007", "Bierhuis Pint", "Brugge")))
    assert run_json(env, path).rows == {"held": 1}
    rejects = env.folder / "a.rejected.csv"
    (row,) = csv.DictReader(io.StringIO(rejects.read_text("utf-8")))
    with rejects.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(row))
        writer.writeheader()
        writer.writerow({**row, "_answer": "new"})
    ended = run_json(env, rejects)
    assert ended.rows == {"created": 1}
    assert 'already the code of "Kapsalon Tina"' in ended.document["problems"][0]["message"]
    assert codes(env)["Bierhuis Pint"] == "0000008"


def test_numbers_that_earlier_rows_gave_as_codes_are_not_said_to_be_new(env: SandboxEnv) -> None:
    rows = [(str(number), f"Klant {name}", "Gent") for number, name in enumerate("abc", 41)]
    first = run_json(env, env.write("a.csv", table(HEADER, *rows)))
    assert "New accounts get your customer numbers as codes" in " ".join(first.document["notes"])
    rows.append(("44", "Klant d", "Gent"))
    second = run_json(env, env.write("a.csv", table(HEADER, *rows)))
    assert second.rows == {"created": 1, "unchanged": 3}
    assert "customer numbers" not in " ".join(second.document["notes"])
    assert codes(env)["Klant d"] == "44"
