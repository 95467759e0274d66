"""Rows with a customer's code and a person, but no company: a webshop's customers, or contacts."""

from __future__ import annotations

import pytest

from in_process import new_env, run_json
from sandbox_env import SandboxEnv, table

CUSTOMERS = "Klantnummer,Voornaam,Achternaam,E-mail,Straat,Postcode,Plaats\r\n"
ONE = "1001,Jan,Peeters,jan@example.com,Kerkstraat 1,9000,Gent\r\n"
TWO = "1002,An,Maes,an@example.com,Dorpsstraat 2,2000,Antwerpen\r\n"


def test_customers_with_codes_become_accounts_named_after_them() -> None:
    with new_env() as env:
        env.write("a.csv", CUSTOMERS + ONE + TWO)
        report = run_json(env, env.folder / "a.csv")
        assert report.status == 0
        stored = {account["Code"].strip(): account for account in env.accounts()}
        assert stored["1001"]["Name"] == "Jan Peeters"
        assert stored["1001"]["Email"] == "jan@example.com"
        assert stored["1002"]["City"] == "Antwerpen"
        assert sorted(contact["LastName"] for contact in env.contacts()) == ["Maes", "Peeters"]

        before = len(env.calls())
        again = run_json(env, env.folder / "a.csv")
        assert again.document["rows"]["unchanged"] == 2
        assert {call["method"] for call in env.calls()[before:]} <= {"GET"}


def test_the_account_follows_the_person_that_it_is_named_after() -> None:
    with new_env() as env:
        env.write("a.csv", CUSTOMERS + ONE + TWO)
        assert run_json(env, env.folder / "a.csv").status == 0
        changed = ONE.replace("jan@", "jan.p@")
        renamed = TWO.replace(",Maes,", ",Maes-Claes,")
        env.write("a.csv", CUSTOMERS + changed + renamed)
        assert run_json(env, env.folder / "a.csv").status == 0
        stored = {account["Code"].strip(): account for account in env.accounts()}
        assert stored["1001"]["Email"] == "jan.p@example.com"
        assert stored["1002"]["Name"] == "An Maes-Claes"
        assert len(env.contacts()) == 2
        assert run_json(env, env.folder / "a.csv").rows == {"unchanged": 2}


def test_a_colleague_gives_nobody_elses_account_a_name() -> None:
    with new_env() as env:
        env.configure("[import]\ncode = exact\n")
        env.write("a.csv", CUSTOMERS + ONE)
        env.write("b.csv", "Code,First name,Last name\r\n1001,Els,Claes\r\n")
        for name in ("a.csv", "b.csv"):
            assert run_json(env, env.folder / name).status == 0
        assert [account["Name"] for account in env.accounts()] == ["Jan Peeters"]
        assert len(env.contacts()) == 2


def test_a_deleted_customer_comes_back_with_the_name_of_the_person() -> None:
    with new_env() as env:
        env.write("a.csv", CUSTOMERS + ONE)
        assert run_json(env, env.folder / "a.csv").status == 0
        env.control("POST", "accounts", {"delete": [env.accounts()[0]["ID"]]})
        env.write("a.csv", CUSTOMERS + ONE.replace("Kerkstraat", "Kerkweg"))
        assert run_json(env, env.folder / "a.csv").status == 0
        (account,) = env.accounts()
        assert account["Name"] == "Jan Peeters"
        assert account["AddressLine1"] == "Kerkweg 1"


def test_a_contact_of_an_account_that_is_not_there_is_refused() -> None:
    with new_env() as env:
        env.configure("[import]\ncode = exact\n")
        env.write("firms.csv", "Code,Company\r\n7,Acme\r\n")
        assert run_json(env, env.folder / "firms.csv").status == 0
        env.write(
            "a.csv", "Code,First name,Last name,Job title\r\n7,Jan,Peeters,Boss\r\n8,An,Maes,\r\n"
        )
        report = run_json(env, env.folder / "a.csv")
        assert report.status == 1
        assert report.refused_lines() == {3}
        assert [account["Name"] for account in env.accounts()] == ["Acme"]
        assert [contact["LastName"] for contact in env.contacts()] == ["Peeters"]


def test_a_code_of_two_persons_is_nobodys_name() -> None:
    with new_env() as env:
        env.write("a.csv", CUSTOMERS + ONE + ONE.replace("Jan,", "Els,"))
        report = run_json(env, env.folder / "a.csv")
        assert report.refused_lines() == {2, 3}
        assert env.accounts() == []


def test_a_deleted_account_that_rows_only_point_at_comes_back_with_its_own_name() -> None:
    with new_env() as env:
        env.configure("[import]\ncode = exact\n")
        env.write("firms.csv", "Code,Company\r\n7,Acme\r\n")
        env.write("a.csv", "Code,First name,Last name\r\n7,Jan,Peeters\r\n")
        for name in ("firms.csv", "a.csv"):
            assert run_json(env, env.folder / name).status == 0
        env.control("POST", "accounts", {"delete": [env.accounts()[0]["ID"]]})
        env.write("a.csv", "Code,First name,Last name\r\n7,Jan,Pieters\r\n")
        assert run_json(env, env.folder / "a.csv").status == 0
        assert [account["Name"] for account in env.accounts()] == ["Acme"]
        assert [contact["LastName"] for contact in env.contacts()] == ["Pieters"]


def test_a_bare_code_is_asked_about_unless_something_else_agrees() -> None:
    with new_env() as env:
        env.write("firms.csv", "Code,Company,E-mail\r\n7,Acme,info@acme.example\r\n")
        assert run_json(env, env.folder / "firms.csv").status == 0
        rows = "Code,First name,Last name,E-mail\r\n7,Jan,Peeters,{}\r\n"
        env.write("a.csv", rows.format("jan@gmail.com"))
        held = run_json(env, env.folder / "a.csv")
        assert held.status == 1
        assert "code = exact" in held.document["held"][0]["why"]
        assert env.contacts() == []
        env.write("a.csv", rows.format("jan@acme.example"))
        assert run_json(env, env.folder / "a.csv").rows == {"created": 1}


@pytest.mark.parametrize("header", [("Btw-nummer", "Telefoon"), ("Btw-nummer", "Telefoon", "Naam")])
def test_a_row_without_a_name_is_the_account_that_has_its_number(
    env: SandboxEnv, header: tuple[str, ...]
) -> None:
    account = {"Name": "Alfa", "VATNumber": "BE0403170701"}
    env.control("POST", "accounts", {"create": [account]})
    rows = [("BE0403170701", "092223344", ""), ("BE0417497106", "092223355", "")]
    env.write("a.csv", table(header, *(row[: len(header)] for row in rows)))
    found = run_json(env, "a.csv")
    assert found.rows == {"updated": 1, "rejected": 1}
    (problem,) = (one for one in found.document["problems"] if one["severity"] == "error")
    assert problem["line"] == 3
    assert "no account in Exact Online has this code, ID or number" in problem["message"]
    assert [(one["Name"], one["Phone"]) for one in env.accounts()] == [("Alfa", "092223344")]
