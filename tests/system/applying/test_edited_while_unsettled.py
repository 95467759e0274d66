"""Rows that the user edits while the answer to an earlier write of theirs is lost."""

from __future__ import annotations

import pytest

from in_process import Ended, new_env, run_json
from lost_answers import carry_out_lost, lose
from sandbox_env import SandboxEnv, table

PATIENT = "[import]\nsettle_after = 600\nread_timeout = 5\n"
HEADER = ("Company", "Postcode", "City", "E-mail", "VAT", "First name", "Last name", "Contact mail")
ACME = ("Bakkerij Jansen", "9000", "Gent", "info@jansen.be", "", "", "", "")


def imported(env: SandboxEnv, *rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> Ended:
    env.write("a.csv", table(header, *rows))
    return run_json(env, env.folder / "a.csv")


def edited(**changes: str) -> tuple[str, ...]:
    named = dict(zip(HEADER, ACME, strict=True)) | {
        name.replace("_", " "): value for name, value in changes.items()
    }
    return tuple(named.values())


@pytest.mark.parametrize(
    "row",
    [
        edited(Company="Bakkerij Janssen"),
        edited(Company="Slagerij Peeters"),
        edited(Company="Bakkerij Jansen & Zonen", Postcode="9050"),
        edited(VAT="BE0403170701"),
        edited(Postcode="2000", City="Antwerpen"),
    ],
)
def test_a_company_edited_while_it_is_unsettled_is_not_made_twice(row: tuple[str, ...]) -> None:
    with new_env(PATIENT) as env:
        env.faults(lose("POST", "crm/Accounts"))
        assert imported(env, ACME).rows == {"unsettled": 1}
        again = imported(env, row)
        assert (again.status, again.rows) == (75, {"unsettled": 1})
        carry_out_lost(env)
        last = imported(env, row)
        assert last.status in (0, 1)
        assert len(env.accounts()) == 1, last.document


def test_a_name_alone_that_is_corrected_on_its_line_is_asked_about() -> None:
    with new_env(PATIENT) as env:
        env.faults(lose("POST", "crm/Accounts"))
        assert imported(env, ("Bakerij Jansen",), header=("Company",)).rows == {"unsettled": 1}
        again = imported(env, ("De Gouden Korst",), header=("Company",))
        assert (again.status, again.rows) == (75, {"unsettled": 1})
        carry_out_lost(env)
        last = imported(env, ("De Gouden Korst",), header=("Company",))
        assert (last.status, last.rows) == (1, {"held": 1})
        assert "Bakerij Jansen" in last.document["held"][0]["why"]
        assert len(env.accounts()) == 1


def test_a_row_that_is_another_company_on_another_line_goes_on() -> None:
    with new_env(PATIENT) as env:
        env.faults(lose("POST", "crm/Accounts"))
        assert imported(env, ACME).rows == {"unsettled": 1}
        other = edited(Company="Garage Wouters", Postcode="3000", City="Leuven", **{"E-mail": ""})
        again = imported(env, ACME, other)
        assert again.rows == {"created": 1, "unsettled": 1}


def test_two_that_are_unsettled_and_edited_both_wait_for_both() -> None:
    with new_env(PATIENT) as env:
        rows = [ACME, edited(Company="Bakkerij Peeters", **{"E-mail": "info@peeters.be"})]
        changed = [
            edited(Company="Bakkerij Janssen"),
            edited(Company="Bakkerij Pieters", **{"E-mail": "info@peeters.be"}),
        ]
        env.faults(lose("POST", "crm/Accounts", 2))
        assert imported(env, *rows).rows == {"unsettled": 2}
        assert imported(env, *changed).rows == {"unsettled": 2}
        carry_out_lost(env)
        imported(env, *changed)
        assert len(env.accounts()) == 2


@pytest.mark.parametrize(
    "person",
    [("An", "Maesen", ""), ("Anna", "Maes", ""), ("Els", "Claes", ""), ("An", "Maes", "a@b.be")],
)
def test_a_person_edited_while_unsettled_is_not_made_twice(person: tuple[str, ...]) -> None:
    with new_env(PATIENT) as env:
        env.faults(lose("POST", "crm/Contacts"))
        assert imported(env, (*ACME[:5], "An", "Maes", "")).rows == {"unsettled": 1}
        again = imported(env, (*ACME[:5], *person))
        assert (again.status, again.rows) == (75, {"unsettled": 1})
        carry_out_lost(env)
        last = imported(env, (*ACME[:5], *person))
        assert last.status in (0, 1)
        assert len(env.contacts()) == 1, last.document


def test_an_update_that_comes_late_does_not_undo_a_newer_one() -> None:
    header = ("Company", "City", "Phone")
    with new_env(PATIENT) as env:
        imported(env, ("Acme", "Gent", "09 123 45 67"), header=header)
        env.faults(
            {"kind": "drop_then_write", "delay": 2.0, "times": 1, "match": {"method": "PUT"}}
        )
        first = imported(env, ("Acme", "Gent", "09 123 45 68"), header=header)
        assert first.rows == {"unsettled": 1}
        newer = ("Acme", "Gent", "09 123 45 69")
        assert imported(env, newer, header=header).rows == {"unsettled": 1}
        carry_out_lost(env)
        assert env.accounts()[0]["Phone"].endswith("68")
        assert imported(env, newer, header=header).rows == {"updated": 1}
        assert env.accounts()[0]["Phone"].endswith("69")


def test_a_run_with_an_unsettled_write_is_undone_once_that_is_settled() -> None:
    with new_env(PATIENT) as env:
        env.faults(lose("POST", "crm/Accounts"))
        run = imported(env, ACME).document["run"]
        first = run_json(env, "undo", run, "--yes")
        assert first.status == 75
        assert "Bakkerij Jansen" in first.document["error"]["message"]
        carry_out_lost(env)
        assert run_json(env, "undo", run, "--yes").status == 0
        assert env.accounts() == []
        # What was taken back is nothing that an edited row could be.
        assert imported(env, edited(Company="Slagerij Peeters")).rows == {"created": 1}
