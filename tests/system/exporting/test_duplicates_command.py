"""`duplicates` lists what a company holds twice, as a table, a CSV and JSON; it changes nothing."""

from __future__ import annotations

import csv
import json

import pytest

from in_process import run_text
from sandbox_env import MakeEnv, SandboxEnv


@pytest.fixture(name="env")
def _env(make_env: MakeEnv) -> SandboxEnv:
    env = make_env()
    place = {"Postcode": "9000", "City": "Gent", "Country": "BE"}
    accounts = [
        {"Code": "1001", "Name": "Slagerij Maes", **place},
        {"Code": "1002", "Name": "Maes slagerij BV", **place},
        {"Code": "1003", "Name": "=Bakkerij", **place},
    ]
    env.control("POST", "accounts", {"create": accounts})
    maes = env.accounts()[0]["ID"]
    people = [
        {"Account": maes, "FirstName": "Jan", "LastName": "Peeters"},
        {"Account": maes, "FirstName": "JAN", "LastName": "Peeters", "Email": "jan@maes.be"},
    ]
    env.control("POST", "contacts", {"create": people})
    return env


def test_they_are_listed_in_groups(env: SandboxEnv) -> None:
    before = (env.accounts(), env.contacts())
    status, output, errors = run_text(env, "duplicates")
    assert status == 0
    lines = output.splitlines()
    assert lines[0].split() == [
        *("Group", "Kind", "Code", "Name", "Account", "Postcode", "City", "Why")
    ]
    assert lines[1].startswith("1      account  1001  Slagerij Maes ")
    assert lines[2].startswith("1      account  1002  Maes slagerij BV ")
    assert lines[2].endswith("9000      Gent  same name and place")
    assert "Jan Peeters       Slagerij Maes" in lines[4]
    assert len(lines) == 5
    assert "2 accounts in 1 group and 2 contacts in 1 group may be duplicates." in errors
    assert (env.accounts(), env.contacts()) == before


def test_as_json_and_as_a_csv_that_is_only_replaced_by_another(env: SandboxEnv) -> None:
    target = env.folder / "double.csv"
    for _ in range(2):
        status, output, _ = run_text(env, "duplicates", "--json", "--csv", target)
        assert status == 0
    document = json.loads(output)
    first, second = document["duplicates"]
    assert (first["kind"], first["why"]) == ("account", ["same name and place"])
    assert [one["code"] for one in first["records"]] == ["1001", "1002"]
    assert [one["account"] for one in second["records"]] == ["Slagerij Maes"] * 2
    assert document["api_calls"]["writes"] == 0
    with target.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    assert [(row["Group"], row["Name"]) for row in rows] == [
        ("1", "Slagerij Maes"),
        ("1", "Maes slagerij BV"),
        ("2", "JAN Peeters"),
        ("2", "Jan Peeters"),
    ]
    target.write_text("mine", "utf-8")
    status, _, errors = run_text(env, "duplicates", "--csv", target)
    assert (status, target.read_text("utf-8")) == (2, "mine")
    assert "is not a list of duplicates" in errors


def test_where_nothing_is_double_it_says_so(make_env: MakeEnv) -> None:
    status, output, errors = run_text(make_env(), "duplicates")
    assert (status, output) == (0, "")
    assert "No duplicates were found." in errors
