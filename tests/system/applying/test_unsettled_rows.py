"""What becomes of rows whose answer was lost while the file, or the division, goes on changing."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from in_process import Ended, new_env, run_json
from sandbox_env import SandboxEnv, table

HEADER = ("Company", "Postcode", "City", "First name", "Last name")
PATIENT = "[import]\nsettle_after = 4\nread_timeout = 5\n"
# Keeps a run going for as long as the server needs for the write whose answer was lost.
BUSY = {"kind": "slow", "delay": 1.5, "match": {"method": "POST", "body": "Bezig"}}


def wait_for_an_account(env: SandboxEnv) -> None:
    """Wait until the write whose answer was lost has been done."""
    while all(account["Name"] != "Acme" for account in env.accounts()):
        time.sleep(0.05)


def finish(env: SandboxEnv, *, most: int = 60) -> Ended:
    """Run until nothing is left to do, with all the patience that this configuration asks for."""
    env.variables["EXACT_IMPORT_SETTLE_AFTER"] = "0"
    for _ in range(most):
        ended = run_json(env, env.folder / "a.csv")
        if ended.status != 75:
            return ended
    raise AssertionError(f"not finished: {ended.document}")


def test_a_row_edited_while_it_is_unsettled_ends_as_the_file_says() -> None:
    with new_env(PATIENT) as env:
        env.write("a.csv", table(HEADER, ("Acme", "9000", "Gent", "", "")))
        env.faults(
            {"kind": "drop_then_write", "delay": 1.0, "times": 1, "match": {"method": "POST"}}
        )
        assert run_json(env, env.folder / "a.csv").rows == {"unsettled": 1}
        env.faults(BUSY)
        env.write(
            "a.csv",
            table(HEADER, ("Acme", "9000", "Luik", "", ""), ("Bezig", "", "Brugge", "", "")),
        )
        run_json(env, env.folder / "a.csv")
        wait_for_an_account(env)
        assert finish(env).status == 0
        assert Counter((one["Name"], one.get("City")) for one in env.accounts()) == {
            ("Acme", "Luik"): 1,
            ("Bezig", "Brugge"): 1,
        }


def test_namesakes_that_are_both_unsettled_are_not_taken_for_one_another() -> None:
    with new_env(PATIENT) as env:
        env.write(
            "a.csv", table(HEADER, ("Acme", "9000", "Gent", "", ""), ("Acme", "2000", "", "", ""))
        )
        env.faults(
            {"kind": "drop_then_write", "delay": 1.0, "match": {"method": "POST", "body": "9000"}},
            {"kind": "drop_before", "match": {"method": "POST", "body": "2000"}},
        )
        assert run_json(env, env.folder / "a.csv").rows == {"unsettled": 2}
        env.control("DELETE", "faults")
        wait_for_an_account(env)
        with (env.folder / "a.csv").open("a", encoding="utf-8") as file:
            file.write("Bezig,,,,\r\n")
        ended = run_json(env, env.folder / "a.csv")
        # Each row has its account, but for one that nobody knows anything of yet.
        assert len(env.accounts()) == sum(ended.rows.values()) - ended.rows.get("unsettled", 0)
        assert finish(env).status == 0
        assert Counter((one["Name"], one.get("Postcode")) for one in env.accounts()) == {
            ("Acme", "9000"): 1,
            ("Acme", "2000"): 1,
            ("Bezig", None): 1,
        }


def test_a_person_known_by_the_last_name_is_not_taken_for_one_with_a_first_name_too() -> None:
    with new_env(PATIENT) as env:
        env.write(
            "a.csv",
            table(
                (*HEADER, "Contact e-mail"),
                ("Acme", "", "", "", "Peeters", "luc@acme.example"),
                ("Acme", "", "", "Jan", "Peeters", "jan@acme.example"),
            ),
        )
        contacts = {"method": "POST", "path": "crm/Contacts"}
        env.faults(
            {"kind": "drop_before", "match": contacts, "times": 1},
            {"kind": "drop_after", "match": contacts, "times": 1},
        )
        assert finish(env).status == 0
        assert Counter((one.get("FirstName"), one["LastName"]) for one in env.contacts()) == {
            (None, "Peeters"): 1,
            ("Jan", "Peeters"): 1,
        }


def test_a_found_account_is_known_by_the_code_that_exact_online_gave_it() -> None:
    with new_env(PATIENT) as env:
        env.write("a.csv", table(HEADER, ("Acme", "9000", "Gent", "", "")))
        env.faults(
            {"kind": "drop_then_write", "delay": 0.5, "times": 1, "match": {"method": "POST"}}
        )
        assert run_json(env, env.folder / "a.csv").rows == {"unsettled": 1}
        wait_for_an_account(env)
        assert finish(env).status == 0
        (account,) = env.accounts()
        env.write("b.csv", f"Code,Company\r\n{account['Code'].strip()},Acme Holding\r\n")
        assert run_json(env, env.folder / "b.csv").rows == {"updated": 1}


def test_a_main_contact_whose_answer_was_lost_is_settled_by_the_same_run() -> None:
    with new_env("[import]\nsettle_after = 0.2\nread_timeout = 5\n") as env:
        header = ("Company", "Last name", "Main contact")
        rows = [(f"Acme {number}", "Peeters", "yes") for number in range(2)]
        env.write("a.csv", table(header, *rows))
        for kind in ("drop_after", "drop_before"):
            env.faults({"kind": kind, "match": {"method": "PUT"}, "times": 1})
        ended = run_json(env, env.folder / "a.csv")
        while ended.status == 75:
            assert ended.rows.keys() <= {"created", "unsettled", "pending", "unchanged", "updated"}
            ended = run_json(env, env.folder / "a.csv")
        assert ended.status == 0
        mains = {one["MainContact"] for one in env.accounts()}
        assert mains == {one["ID"] for one in env.contacts()}
        assert len(mains) == 2


@pytest.mark.parametrize("path", ["crm/Accounts", "crm/Contacts"])
def test_a_record_made_though_the_answer_was_429_is_made_once(path: str) -> None:
    with new_env(PATIENT) as env:
        env.write("a.csv", "Company,City,First name,Last name\r\nBakkerij Peeters,Gent,An,Maes\r\n")
        match = {"method": "POST", "path": path}
        env.faults({"kind": "too_many", "written": True, "times": 1, "match": match})
        run_json(env, env.folder / "a.csv")
        finish(env)
        assert len(env.accounts()) == len(env.contacts()) == 1
        assert len(env.calls("POST", path)) == 1


REJECTED = {"kind": "answer", "status": 401, "times": 1}


@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize("path", ["crm/Accounts", "crm/Contacts"])
def test_a_create_that_was_answered_401_is_looked_up_and_made_once(
    path: str, written: bool
) -> None:
    with new_env() as env:
        env.write("a.csv", "Company,City,First name,Last name\r\nBakkerij Peeters,Gent,An,Maes\r\n")
        env.faults({**REJECTED, "written": written, "match": {"method": "POST", "path": path}})
        assert run_json(env, env.folder / "a.csv").status == 0
        assert len(env.accounts()) == len(env.contacts()) == 1
        assert len(env.calls("POST", path)) == (1 if written else 2)


@pytest.mark.parametrize("written", [True, False])
def test_an_update_and_a_deletion_that_were_answered_401_are_looked_up(written: bool) -> None:
    with new_env() as env:
        env.write("a.csv", "Company,City,Phone\r\nBakkerij Peeters,Gent,09 123 45 67\r\n")
        run_json(env, env.folder / "a.csv")
        env.write("a.csv", "Company,City,Phone\r\nBakkerij Peeters,Gent,09 123 45 68\r\n")
        env.faults({**REJECTED, "written": written, "match": {"method": "PUT"}})
        ended = run_json(env, env.folder / "a.csv")
        assert (ended.status, ended.rows) == (0, {"updated": 1})
        assert len(env.calls("PUT", "crm/Accounts")) == (1 if written else 2)
        env.write("b.csv", "Company,City\r\nSlagerij Maes,Brugge\r\n")
        run_json(env, env.folder / "b.csv")
        env.faults({**REJECTED, "written": written, "match": {"method": "DELETE"}})
        assert run_json(env, "undo", "last", "--yes").status == 0
        assert [one["Name"] for one in env.accounts()] == ["Bakkerij Peeters"]
        assert len(env.calls("DELETE", "crm/Accounts")) == (1 if written else 2)


def test_writes_that_are_always_rejected_end_the_run_and_are_settled_by_the_next() -> None:
    with new_env("[import]\nsettle_after = 0\n") as env:
        env.write("a.csv", table(HEADER, ("Acme", "9000", "Gent", "", "")))
        match = {"method": "POST", "path": "crm/Accounts"}
        rejected = {"kind": "answer", "status": 401, "match": match}
        env.faults({**rejected, "written": True, "skip": 1}, rejected)
        ended = run_json(env, env.folder / "a.csv")
        assert (ended.status, ended.rows) == (77, {"unsettled": 1})
        assert len(env.calls("POST", "crm/Accounts")) == 2
        env.control("DELETE", "faults")
        assert finish(env).status == 0
        assert len(env.accounts()) == 1
