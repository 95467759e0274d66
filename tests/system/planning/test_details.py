"""Bank accounts and further addresses: through the same plan, journal and undo."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox_env import SandboxEnv

MAPPING = (
    "[account]\nCode = {Code}\nName = {Company}\n[contact]\n"
    "[bank account]\nBankAccount = {IBAN}\nBICCode = {BIC}\nBankAccountHolderName = {Company}\n"
    "[delivery address]\nAddressLine1 = {Dock}\nCity = {Dock city}\n"
    "[invoice address]\nAddressLine1 = {PO box}\n"
)
HEADER = "Code,Company,IBAN,BIC,Dock,Dock city,PO box\r\n"
ACME = "1,Acme,BE68 5390 0754 7034,,Kaai 5,Antwerpen,Postbus 7\r\n"


def stored(env: SandboxEnv, name: str) -> list[dict[str, Any]]:
    divisions = env.control("GET", "state")["divisions"]
    found: list[dict[str, Any]] = divisions[min(divisions)][name]
    return found


@pytest.fixture(name="imported")
def _imported(env: SandboxEnv) -> SandboxEnv:
    env.configure(MAPPING)
    env.write("a.csv", HEADER + ACME + "2,Beta,,,,,\r\n")
    env.json("a.csv")
    return env


def test_they_are_made_with_their_account(imported: SandboxEnv) -> None:
    (bank,) = stored(imported, "bankaccounts")
    assert bank["BankAccount"] == "BE68539007547034"
    assert bank["BankAccountHolderName"] == "Acme"
    acme = next(one for one in imported.accounts() if one["Name"] == "Acme")
    assert bank["Account"] == acme["ID"]
    addresses = {one["Type"]: one for one in stored(imported, "addresses")}
    assert addresses[4]["AddressLine1"] == "Kaai 5"
    assert addresses[4]["City"] == "Antwerpen"
    assert addresses[3]["AddressLine1"] == "Postbus 7"


def test_a_quiet_night_costs_nothing_more(imported: SandboxEnv) -> None:
    report = imported.json("a.csv")
    assert report["rows"]["unchanged"] == 2
    assert report["api_calls"]["total"] == 3
    assert report["bank_accounts"]["unchanged"] == 1


def test_a_changed_column_is_read_and_updated(imported: SandboxEnv) -> None:
    imported.write("a.csv", HEADER + ACME.replace("Kaai 5", "Kaai 6") + "2,Beta,,,,,\r\n")
    report = imported.json("a.csv")
    assert report["addresses"]["update"] == 1
    (change,) = report["changes"]
    assert change["kind"] == "address"
    assert change["fields"] == {"AddressLine1": ["Kaai 5", "Kaai 6"]}
    assert report["rows"]["updated"] == 1
    assert {one["AddressLine1"] for one in stored(imported, "addresses")} == {
        "Kaai 6",
        "Postbus 7",
    }


def test_what_is_there_already_is_not_made_again(imported: SandboxEnv) -> None:
    for journal in imported.folder.glob("config.journal.*"):
        journal.unlink()
    report = imported.json("a.csv")
    assert report["rows"]["unchanged"] == 2
    assert len(stored(imported, "bankaccounts")) == 1
    assert len(stored(imported, "addresses")) == 2
    assert imported.json("a.csv")["api_calls"]["total"] == 3


def test_two_rows_can_give_two_bank_accounts(env: SandboxEnv) -> None:
    env.configure(MAPPING)
    second = ACME.replace("BE68 5390 0754 7034", "NL91ABNA0417164300")
    env.write("a.csv", HEADER + ACME + second)
    env.json("a.csv")
    assert {one["BankAccount"] for one in stored(env, "bankaccounts")} == {
        "BE68539007547034",
        "NL91ABNA0417164300",
    }


def test_a_lost_answer_doubles_none(env: SandboxEnv) -> None:
    env.configure(MAPPING + "[import]\nsettle_after = 0.3\n")
    env.write("a.csv", HEADER + ACME)
    for path in ("crm/BankAccounts", "crm/Addresses"):
        env.faults({"kind": "drop_after", "match": {"method": "POST", "path": path}, "times": 1})
    for _ in range(4):
        ended = env.run("a.csv")
        assert ended.returncode in (0, 75), ended.stderr
    assert ended.returncode == 0
    assert len(stored(env, "bankaccounts")) == 1
    assert len(stored(env, "addresses")) == 2


def test_undo_takes_them_back(imported: SandboxEnv) -> None:
    run = imported.json("a.csv")["run"]
    imported.write("a.csv", HEADER + ACME.replace("Kaai 5", "Kaai 6") + "2,Beta,,,,,\r\n")
    changed = imported.json("a.csv")["run"]
    assert imported.json("undo", changed, "--yes")["addresses"]["update"] == 1
    assert {one["AddressLine1"] for one in stored(imported, "addresses")} == {
        "Kaai 5",
        "Postbus 7",
    }
    assert run != changed
    imported.json("a.csv")
    assert "Kaai 6" in {one["AddressLine1"] for one in stored(imported, "addresses")}


def test_undo_of_the_first_import_leaves_nothing(imported: SandboxEnv) -> None:
    import json

    first = json.loads(imported.run("runs", "--json").stdout)["runs"][-1]["run"]
    report = imported.json("undo", first, "--yes")
    assert report["bank_accounts"]["delete"] == 1
    assert imported.accounts() == stored(imported, "bankaccounts") == []
    assert stored(imported, "addresses") == []


def test_details_without_a_number_are_refused(env: SandboxEnv) -> None:
    env.configure(
        "[account]\nName={Company}\n[contact]\n[bank account]\nBankAccount={IBAN}\nBICCode={BIC}\n"
    )
    env.write("a.csv", "Company,IBAN,BIC\r\nAcme,,KREDBEBB\r\nBeta,BE68 5390 0754 7035,\r\n")
    report = env.json("a.csv", status=1)
    assert report["rows"]["rejected"] == 2
    assert [problem["line"] for problem in report["problems"]] == [2, 3]


def test_a_deleted_company_is_made_again_when_its_bank_account_changes(
    imported: SandboxEnv,
) -> None:
    acme = next(one for one in imported.accounts() if one["Name"] == "Acme")
    imported.control("POST", "accounts", {"delete": [acme["ID"]]})
    report = imported.json("a.csv")
    assert report["rows"]["kept"] == report["rows"]["unchanged"] == 1
    assert report["api_calls"]["total"] == 3
    imported.write("a.csv", HEADER + ACME.replace("BE68 5390 0754 7034", "BE71 0961 2345 6769"))
    report = imported.json("a.csv")
    assert report["rows"]["created"] == 1
    assert report["problems"] == []
    banks = [one["BankAccount"] for one in stored(imported, "bankaccounts")]
    assert "BE71096123456769" in banks


def test_what_was_stored_otherwise_is_reported(env: SandboxEnv) -> None:
    env.configure(MAPPING)
    long = "Sint-Pieters-op-den-Dijk-aan-de-Zee-bij-Brugge"
    env.write("a.csv", HEADER + ACME.replace("Antwerpen", long))
    (problem,) = env.json("a.csv")["problems"]
    assert problem["field"] == "City"
    assert problem["message"].startswith('City was stored as "Sint-Pieters')
    other = "Sint-Gillis-op-den-Berg-bij-Dendermonde"
    env.write("a.csv", HEADER + ACME.replace("Antwerpen", other))
    (problem,) = env.json("a.csv")["problems"]
    assert problem["message"].startswith('City was stored as "Sint-Gillis')
    assert env.json("a.csv")["rows"]["unchanged"] == 1
