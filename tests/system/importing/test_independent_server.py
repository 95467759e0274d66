"""The program beside an Exact Online that was written apart from it and from the sandbox."""

from __future__ import annotations

import configparser
from typing import Any

import pytest

from in_process import FIRST, new_env
from independent_env import WEI, IndependentEnv, independent
from replay import differences
from sandbox_env import table

HEADER = ("Bedrijf", "Postcode", "Plaats", "Btw-nummer", "Telefoon", "Voornaam", "Achternaam",
          "E-mail", "IBAN")  # fmt: skip
ROWS = (
    ("Bakkerij 't Hoekje", "3511 AB", "Utrecht", "NL004495445B01", "030 1234567", "An", "Maes",
     "an@hoekje.example", "NL91ABNA0417164300"),
    ("Bakkerij 't Hoekje", "3511 AB", "Utrecht", "NL004495445B01", "030 1234567", "Jan", "Bos",
     "jan@hoekje.example", ""),
    ("Garage Öz & Zonen", "1012 AB", "Amsterdam", "", "020 7654321", "", "", "", ""),
    ("Slagerij Smit", "9711 LM", "Groningen", "", "", "Els", "Smit", "els@smit.example", ""),
)  # fmt: skip


def imported(env: IndependentEnv, *rows: tuple[str, ...], status: int = 0) -> dict[str, Any]:
    document = env.json(env.write(table(HEADER, *rows)), status=status)
    assert [
        one for one in document["problems"] if "changed in Exact Online" in one["message"]
    ] == []
    return document


def words(document: dict[str, Any]) -> dict[str, int]:
    return {word: count for word, count in document["rows"].items() if word != "read" and count}


def test_login_and_refresh() -> None:
    with independent(logged_in=False) as env:
        env.log_in()
        before = dict(env.ini()["transient"])
        assert before["division"] == str(WEI)
        env.server.ahead = 700
        assert env.run("login", "--status").returncode == 0
        after = dict(env.ini()["transient"])
        assert env.server.logins.refresh == after["refresh_token"] != before["refresh_token"]
        listed = env.json("divisions")["divisions"]
        assert {one["name"] for one in listed} == {"Kaashandel De Wei", "Rijwielhuis Van Loon"}


def test_a_first_import_and_the_nights_after() -> None:
    with independent() as env:
        assert words(imported(env, *ROWS)) == {"created": 4}
        assert sorted(one["Name"] for one in env.records()) == sorted({row[0] for row in ROWS})
        assert next(one["Code"] for one in env.records()) == "           0000001"
        people = {one["FirstName"]: one for one in env.records("Contacts")}
        assert set(people) == {"An", "Jan", "Els"}
        assert [one["BankAccount"] for one in env.records("BankAccounts")] == ["NL91ABNA0417164300"]
        env.seen()
        for _ in range(2):
            assert words(imported(env, *ROWS)) == {"unchanged": 4}
        for _ in range(2):
            env.seen()
            assert words(imported(env, *ROWS)) == {"unchanged": 4}
        assert sorted(env.seen()) == [
            "GET sync/CRM/Accounts",
            "GET sync/CRM/Contacts",
            "GET sync/Deleted",
        ]


def test_an_update_changes_what_differs_and_nothing_else() -> None:
    with independent() as env:
        imported(env, *ROWS)
        imported(env, *ROWS)
        edited = next(one for one in env.records() if one["Name"] == "Slagerij Smit")
        env.server.books[WEI].change("Accounts", edited["ID"], {"Website": "https://smit.example"})
        moved = tuple(tuple("Zeist" if cell == "Utrecht" else cell for cell in row) for row in ROWS)
        env.seen()
        document = imported(env, *moved)
        assert words(document) == {"updated": 2} | {"unchanged": 2}
        [changed] = [one for one in document["changes"] if one["kind"] == "account"]
        assert changed["fields"] == {"City": ["Utrecht", "Zeist"]}
        assert env.seen().count("PUT crm/Accounts") == 1
        assert words(imported(env, *moved)) == {"unchanged": 4}
        assert next(one for one in env.records() if one["Name"] == "Slagerij Smit")["Website"]


def test_a_row_that_is_refused_stops_no_other() -> None:
    with independent() as env:
        wrong = ("Kiosk Ver", "1000 AA", "Amsterdam", "", "", "Bo", "Ver", "bo@ver.b-e", "")
        document = imported(env, *ROWS, wrong, status=1)
        assert words(document) == {"refused": 1, "created": 4}
        assert any("Ongeldig: E-mail []" in one["message"] for one in document["problems"])
        assert env.server.errors.total() == 0


@pytest.mark.parametrize("kind", ["Accounts", "Contacts", "BankAccounts"])
def test_an_answer_that_is_lost_makes_no_duplicate(kind: str) -> None:
    with independent() as env:
        env.server.unanswered = [f"POST crm/{kind}"]
        assert words(imported(env, *ROWS)) == {"created": 4}
        _assert_everything_is_there_once(env)


@pytest.mark.parametrize("kind", ["Accounts", "Contacts", "BankAccounts"])
def test_a_write_that_did_not_arrive_is_made_up_for(kind: str) -> None:
    with independent() as env:
        env.server.dropped = [f"POST crm/{kind}"]
        document = imported(env, *ROWS, status=75)
        assert document["rows"]["unsettled"] + document["rows"]["pending"] > 0
        env.server.ahead += 90  # beyond settle_after, by the server's clock
        imported(env, *ROWS)
        _assert_everything_is_there_once(env)


def _assert_everything_is_there_once(env: IndependentEnv) -> None:
    assert words(imported(env, *ROWS)) == {"unchanged": 4}
    counts = [len(env.records(name)) for name in ("Accounts", "Contacts", "BankAccounts")]
    assert counts == [3, 3, 1]


def test_undo_takes_back_a_run() -> None:
    with independent() as env:
        imported(env, *ROWS)
        document = env.json("undo", "last", "--yes")
        assert document["accounts"]["delete"] == 3
        assert (env.records(), env.records("Contacts")) == ([], [])


def test_lists_of_several_pages() -> None:
    with independent(minute_limit=1_000) as env:
        books = env.server.books[WEI]
        for number in range(1_100):
            books.create("Accounts", {"Name": f"Klant {number}", "City": "Gouda"})
        env.seen()
        document = imported(env, ("Klant 1099", "", "Gouda", *[""] * 6), *ROWS)
        assert words(document) == {"created": 4, "unchanged": 1}
        assert env.seen().count("GET sync/CRM/Accounts") >= 2
        ended = env.run("export", "alles.csv")
        assert ended.returncode == 0, ended.stderr
        exported = (env.folder / "alles.csv").read_text(encoding="utf-8-sig").splitlines()
        assert sum("Klant" in line for line in exported) == 1_100


def test_doctor_live() -> None:
    with independent() as env:
        checks = {one["name"]: one for one in env.json("doctor", "--live")["checks"]}
        assert checks["fields"]["state"] == "ok", checks
        # What is known of this server are the properties that can be written of these two kinds.
        missing = checks["fields missing"]["message"].split(", ")
        assert {one.partition(".")[0] for one in missing} <= {"address", "bank account"}
        assert "fields new" not in checks, checks["fields new"]


def test_doctor_probe() -> None:
    with independent() as env:
        facts = env.json("doctor", "--probe", typed="Kaashandel De Wei\n")["facts"]
        assert (env.records(), env.records("Contacts")) == ([], [])
        assert env.server.errors.total() <= 5
        assert len(env.seen()) <= 62
        expected = {
            "answers": "whole",
            "names": "kept",
            "empty_reads": "null",
            "codes": "           9999999",
            "nested_bank_accounts": "ignored",
            "sync_lag": 0,
            "sync_skip": 0,
            "vat_register": "ignored",
            "own_code": "refused",
            "refusals": "seen",
            "sentences": {
                "no name": "HTTP 500 Verplicht: Naam",
                "VAT number": "HTTP 500 Ongeldig: Btw-nummer []",
                "unknown account": "HTTP 500 Ongeldige referentie: Relatie",
                "e-mail": "HTTP 500 Ongeldig: E-mail []",
            },
            "main contact by itself": True,
            "Modified moves with it": False,
            "main_contact": "stays",
            "put_null": "clears",
            "put_empty": "clears",
            "put_absent": "kept",
            "put_prefer": "nothing",
            "code_letters": "refused",
            "vat_doubles": "accepted",
            "unfiltered": "allowed",
            "bulk_next": "beside",
            "delete_with_contacts": "refused",
        }
        assert {name: facts[name] for name in expected} == expected
        with new_env(delete_with_contacts="refused") as other:
            ini = configparser.RawConfigParser()
            ini.read(other.config, encoding="utf-8")
            root = f"{other.sandbox.url}/api/v1/{FIRST}"
            token = ini["transient"]["access_token"]
            found = differences(env.folder / "probe.json", root, token, other.sandbox.ca_file)
        # Which fields are null and which 0 or false is not known; everything else is the same.
        assert [one for one in found if "HTTP" in one] == []
        assert facts["wall clock"] in ("+3600 s from UTC", "+7200 s from UTC")
