"""Bank accounts in an export: there with the account, cheap to read, free to import again."""

from __future__ import annotations

import csv

import pytest

from exact_import.exporting import export
from sandbox_env import SandboxEnv

IBANS = ("BE68539007547034", "NL91ABNA0417164300", "BE71096123456769")


@pytest.fixture(name="accounts")
def _accounts(env: SandboxEnv) -> list[str]:
    """Return the IDs of accounts with two, one and no bank accounts."""
    made = env.control(
        "POST",
        "accounts",
        {
            "create": [
                {"Name": "Bakkerij Zoet", "Code": "1", "Status": "C", "Country": "BE"},
                {"Name": "Tuinen Groen", "Code": "2", "Status": "P", "Country": "NL"},
                {"Name": "Klokken Vink", "Code": "3", "Status": "C", "Country": "BE"},
            ]
        },
    )["created"]
    first, second, _ = ids = [one["ID"] for one in made]
    numbers = [(first, IBANS[2], False), (first, IBANS[0], True), (second, IBANS[1], False)]
    env.control(
        "POST",
        "bankaccounts",
        {
            "create": [
                {"Account": account, "BankAccount": number, "Main": main}
                for account, number, main in numbers
            ]
        },
    )
    return ids


def exported(env: SandboxEnv, name: str = "out.csv") -> dict[str, str]:
    with (env.folder / name).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    return {row["account.Name"]: row["bank account.BankAccount"] for row in rows}


def test_an_account_comes_with_its_main_bank_account(env: SandboxEnv, accounts: list[str]) -> None:
    env.json("export", "out.csv")
    assert exported(env) == {
        "Bakkerij Zoet": IBANS[0],
        "Tuinen Groen": IBANS[1],
        "Klokken Vink": "",
    }
    assert len(env.calls("GET", "crm/BankAccounts")) == 1
    before = len(env.calls())
    plan = env.json("plan", "out.csv")
    assert plan["changes"] == []
    assert plan["rows"]["unchanged"] == len(accounts)
    assert not env.calls("GET", "crm/BankAccounts")[1:]
    assert len(env.calls()) - before == plan["api_calls"]["total"]


def test_another_number_in_the_export_is_the_one_change(
    env: SandboxEnv, accounts: list[str]
) -> None:
    env.json("export", "out.csv")
    path = env.folder / "out.csv"
    path.write_text(path.read_text("utf-8").replace(IBANS[1], IBANS[2]), "utf-8")
    [change] = env.json("plan", "out.csv")["changes"]
    assert (change["kind"], change["action"]) == ("bank account", "create")
    assert change["fields"]["BankAccount"] == [None, IBANS[2]]
    assert accounts


@pytest.mark.parametrize("named", ["IBAN", "BankAccount", "bank account.BankAccount"])
def test_it_can_be_asked_for_by_name(env: SandboxEnv, accounts: list[str], named: str) -> None:
    env.json("export", "out.csv", "--columns", f"Code,{named}", "--status", "P")
    assert exported(env) == {"Tuinen Groen": IBANS[1]}
    env.json("export", "plain.csv", "--columns", "Code")
    header = (env.folder / "plain.csv").read_text("utf-8-sig").splitlines()[0]
    assert header == "account.ID;account.Name;account.Code"
    assert accounts


def test_many_calls_are_made_only_when_asked_for(
    env: SandboxEnv, accounts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MOST_BANK_CALLS", 0)
    ended = env.run("export", "out.csv")
    assert "Bank accounts are left out: reading them takes about 1 call" in ended.stderr
    assert "--columns +IBAN" in ended.stderr
    assert "BankAccount" not in (env.folder / "out.csv").read_text("utf-8")
    env.json("export", "out.csv", "--columns", "+IBAN")
    assert exported(env)["Tuinen Groen"] == IBANS[1]
    assert accounts


@pytest.mark.parametrize(
    ("wanted", "held", "calls"),
    [(0, 0, 0), (1, 1, 1), (300_000, 300_000, 5_000), (40, 300_000, 1), (3_600, 3_600, 60)],
)
def test_the_cheaper_way_is_taken(wanted: int, held: int, calls: int) -> None:
    assert export.bank_account_calls(wanted, held) == calls
