"""What an import remembers of a row, night after night, and when it stops instead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from in_process import new_env, run_json
from sandbox_env import SandboxEnv, table

HEADER = ("Klantnr", "Bedrijf", "Postcode", "Plaats", "Telefoon")


@pytest.fixture
def env() -> Iterator[SandboxEnv]:
    with new_env() as env:
        yield env


def night(env: SandboxEnv, *rows: tuple[str, ...], options: tuple[str, ...] = ()) -> Any:
    return run_json(env, env.write("klanten.csv", table(HEADER, *rows)), *options)


def names(env: SandboxEnv) -> list[str]:
    return sorted(account["Name"] for account in env.accounts())


TAPIJT = ("K-0012", "Tapijt Knoop", "9000", "Gent", "09 220 11 04")
HOEDEN = ("K-0013", "Hoeden Vilt", "9000", "Gent", "")


def test_an_own_number_with_letters_finds_its_company_whatever_else_changes(
    env: SandboxEnv,
) -> None:
    assert night(env, TAPIJT, HOEDEN).rows == {"created": 2}
    assert all("K-" not in str(account["Code"]) for account in env.accounts())
    assert night(env, TAPIJT, HOEDEN).rows == {"unchanged": 2}
    moved = ("K-0012", "Vloerwereld NV", "8500", "Kortrijk", "056 20 11 05")
    assert night(env, moved, HOEDEN).rows == {"updated": 1, "unchanged": 1}
    assert names(env) == ["Hoeden Vilt", "Vloerwereld NV"]


def test_a_link_that_is_taken_away_is_decided_anew(env: SandboxEnv) -> None:
    night(env, TAPIJT)
    assert run_json(env, "links", "--remove", "k0012").status == 0
    found = night(env, TAPIJT)
    assert found.rows == {"unchanged": 1}
    assert len(env.accounts()) == 1


def test_undo_forgets_what_its_run_remembered(env: SandboxEnv) -> None:
    run = night(env, TAPIJT).document["run"]
    assert run_json(env, "undo", run, "--yes").status == 0
    assert env.accounts() == []
    assert night(env, TAPIJT).rows == {"created": 1}


def test_numbers_that_were_given_out_again_stop_the_run(env: SandboxEnv) -> None:
    trades = ("Bakker", "Slager", "Kapper", "Drukker", "Smid", "Molenaar")
    rows = [(f"K{n}", f"{trade} {trade}s", f"900{n}", "Gent", "") for n, trade in enumerate(trades)]
    assert night(env, *rows).rows == {"created": 6}
    shifted = [(one[0], *other[1:]) for one, other in zip(rows, rows[1:] + rows[:1], strict=True)]
    stopped = night(env, *shifted)
    assert stopped.status == 4
    assert "would rename it" in stopped.document["error"]["message"]
    assert "its customer number belonged to" in stopped.document["error"]["message"]
    assert names(env) == sorted(row[1] for row in rows)
    assert night(env, *shifted, options=("--force",)).rows == {"held": 6}


def test_the_list_of_another_program_stops_the_run(env: SandboxEnv) -> None:
    ours = [(f"K{n}", f"Firma {n} Gent", "9000", "Gent", "") for n in range(6)]
    theirs = [(f"X{n}", f"Bedrijf {n} Luik", "4000", "Luik", "") for n in range(6)]
    assert night(env, *ours).rows == {"created": 6}
    stopped = night(env, *theirs)
    assert stopped.status == 4
    assert "6 of the 6 companies" in stopped.document["error"]["message"]
    assert len(env.accounts()) == 6


def test_two_rows_that_are_one_account_are_both_held(env: SandboxEnv) -> None:
    env.control(
        "POST", "accounts", {"create": [{"Name": "Kant Gent", "VATNumber": "BE0403170701"}]}
    )
    header = ("Bedrijf", "Btw-nummer")
    rows = (("Kant Gent Noord", "BE0403170701"), ("Kant Gent Zuid", "BE0403170701"))
    found = run_json(env, env.write("a.csv", table(header, *rows)))
    assert found.rows == {"held": 2}
    assert "same account in Exact Online as line 3" in found.document["held"][0]["why"]


def test_a_name_that_folds_alike_is_not_written(env: SandboxEnv) -> None:
    account = {"Name": "BRASSERIE ECLUSE", "Postcode": "5000", "City": "Namur"}
    env.control("POST", "accounts", {"create": [account]})
    header = ("Bedrijf", "Postcode", "Plaats", "Telefoon")
    row = ("Brasserie Écluse SRL", "5000", "Namur", "081 22 33 44")
    assert run_json(env, env.write("a.csv", table(header, row))).rows == {"updated": 1}
    assert names(env) == ["BRASSERIE ECLUSE"]
    assert run_json(env, env.folder / "a.csv").rows == {"unchanged": 1}
