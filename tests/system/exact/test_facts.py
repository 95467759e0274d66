"""What the program does because of how Exact Online behaves: docs/exact-online.md.

Only what no other test shows; filling in, refusals, limits and logging in have tests of their own.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from double_client import connected
from in_process import SECOND, new_env, run_json
from sandbox_env import table
from tls_double import Double, answer


def test_one_call_at_a_time_for_a_company() -> None:
    rows = [(f"Klant {n}", f"{9000 + n}", "Gent", "An", f"Maes{n}") for n in range(15)]
    header = ("Company", "Postcode", "City", "First name", "Last name")
    with new_env(latency=0.01) as env:
        ended = run_json(env, env.write("a.csv", table(header, *rows)))
        assert ended.rows == {"created": 15}
        assert env.control("GET", "counts")["most_in_flight"] == 1


def test_instants_are_those_of_the_servers_wall_clock() -> None:
    with new_env() as env:
        env.control("POST", "accounts", {"create": [{"Name": "Acme"}]})
        columns = "Name,Created,Modified"
        ended = env.run("export", "out.csv", "--columns", columns)
        assert ended.returncode == 0, ended.stderr
        with (env.folder / "out.csv").open(encoding="utf-8-sig", newline="") as file:
            [row] = list(csv.DictReader(file, delimiter=";"))
        stored = int(env.accounts()[0]["Created"][6:-2])
        wall_clock = datetime.fromtimestamp(stored / 1000, UTC)
        assert f"{wall_clock:%Y-%m-%dT%H:%M:%S}" in row["account.Created (read-only)"]


def test_the_next_page_may_be_named_beside_the_records(
    ini: Callable[..., Path], double: Double
) -> None:
    following = f"{double.url}/api/v1/425880/bulk/CRM/Accounts?$skiptoken=1"
    pages = [{"d": [{"ID": "a"}], "__next": following}, {"d": [{"ID": "b"}]}]
    double.respond = lambda _: answer(pages.pop(0))
    found = list(connected(ini()).api.pages("bulk/CRM/Accounts?$select=ID"))
    assert found == [[{"ID": "a"}], [{"ID": "b"}]]


def test_zeros_before_a_code_make_no_other_account() -> None:
    with new_env("[import]\ncode = exact\n") as env:
        env.control("POST", "accounts", {"create": [{"Name": "Acme", "Code": "0077799"}]})
        path = env.write("a.csv", table(("Code", "Company", "City"), ("77799", "Acme", "Gent")))
        assert run_json(env, path).rows == {"updated": 1}
        assert run_json(env, path).rows == {"unchanged": 1}
        [account] = env.accounts()
        assert account["Code"].strip() == "0077799"


def test_accounts_that_are_alike_are_not_added_to() -> None:
    alike = {"Name": "Acme", "Email": "info@acme.example", "Phone": "09 1234567"}
    with new_env() as env:
        env.control("POST", "accounts", {"create": [alike, alike]})
        header = ("Company", "Email", "Phone")
        ended = run_json(env, env.write("a.csv", table(header, tuple(alike.values()))))
        assert ended.rows == {"held": 1}
        assert len(env.accounts()) == 2


def test_a_field_that_a_division_lacks_is_found_before_a_run() -> None:
    with new_env("[account]\nName = {Company}\nSearchCode = {Search}\n") as env:
        env.control("POST", "settings", {"fields_missing": ["Account.SearchCode"]})
        ended = env.run("doctor", "--live", "--division", str(SECOND))
        assert ended.returncode == 78
        assert "account.SearchCode" in ended.stdout
