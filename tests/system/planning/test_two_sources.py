"""Two files that know the same company, over several nights: neither undoes what the other did."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from in_process import Ended, new_env, run_json
from sandbox_env import SandboxEnv, table

HEADER = ("VAT number", "Company", "Phone", "E-mail", "Last name", "Job title")
VAT = "BE0417497106"
MAPPING = (
    "[account]\nVATNumber = {VAT number}\nName = {Company}\nPhone = {Phone}\nEmail = {E-mail}\n"
    "[contact]\nLastName = {Last name}\nJobTitleDescription = {Job title}\n"
)
DISAGREE = "your files disagree about the"


def rows(phone: str, job: str = "", dock: str = "") -> str:
    return table(
        (*HEADER, "Delivery address"),
        (VAT, "Brouwerij Lambik", phone, "info@lambik.example", "Jansen", job, dock),
    )


@pytest.fixture(name="env")
def _env() -> Iterator[SandboxEnv]:
    with new_env() as env:
        env.configure(MAPPING)
        yield env


def night(env: SandboxEnv, file: str, *options: str) -> Ended:
    ended = run_json(env, env.folder / file, *options)
    assert ended.status == 0, ended.document
    return ended


def said(ended: Ended) -> list[str]:
    return [one["message"] for one in ended.document["problems"] if DISAGREE in one["message"]]


def calls(ended: Ended) -> tuple[int, int]:
    counted = ended.document["api_calls"]
    return counted["reads"], counted["writes"]


def phone(env: SandboxEnv) -> str:
    (account,) = env.accounts()
    return str(account["Phone"])


REPLACED = (
    f"{DISAGREE} Phone of the account: "
    '"09 222 22 22" in this row replaces "09 111 11 11" from the file "webshop"'
)


@pytest.fixture(name="two")
def _two(env: SandboxEnv) -> SandboxEnv:
    """Yield what two files came to that disagree about a phone."""
    env.write("webshop.csv", rows("09 111 11 11"))
    env.write("crm.csv", rows("09 222 22 22"))
    assert night(env, "webshop.csv").rows == {"created": 1}
    first = night(env, "crm.csv")
    assert (first.rows, said(first)) == ({"updated": 1}, [REPLACED])
    return env


def test_two_files_that_disagree_say_so_once_and_write_nothing(two: SandboxEnv) -> None:
    for _ in range(3):
        for file in ("webshop.csv", "crm.csv"):
            ended = night(two, file)
            assert (ended.rows, ended.document["problems"]) == ({"unchanged": 1}, [])
            assert calls(ended) == (3, 0)
    assert phone(two) == "09 222 22 22"


def test_a_row_that_changes_is_written_and_says_what_it_replaces(two: SandboxEnv) -> None:
    night(two, "webshop.csv")
    two.write("webshop.csv", rows("09 333 33 33"))
    ended = night(two, "webshop.csv")
    assert ended.rows == {"updated": 1}
    (problem,) = ended.document["problems"]
    assert (problem["severity"], problem["line"], problem["field"]) == ("warning", 2, "Phone")
    assert problem["message"] == (
        'Phone was changed both in the file and in "crm" ("09 222 22 22"); the file wins'
    )
    # It has been said, and is not said each time that the one file changes.
    for number in (44, 55):
        assert night(two, "crm.csv").rows == {"unchanged": 1}
        two.write("webshop.csv", rows(f"09 333 33 {number}"))
        assert night(two, "webshop.csv").document["problems"] == []
    assert night(two, "crm.csv").document["problems"] == []
    assert phone(two) == "09 333 33 55"
    two.write("crm.csv", rows("09 333 33 55"))
    assert night(two, "crm.csv").rows == {"unchanged": 1}
    # From here on both say the same, and whoever changes says what that replaces.
    two.write("crm.csv", rows("09 444 44 44"))
    ended = night(two, "crm.csv")
    assert (ended.rows, len(said(ended))) == ({"updated": 1}, 1)
    assert night(two, "webshop.csv").document["problems"] == []


def test_a_value_that_replaced_somebodys_edit_is_said_to_the_other_file(two: SandboxEnv) -> None:
    account = two.accounts()[0]["ID"]
    two.control("POST", "accounts", {"update": [{"ID": account, "Phone": "09 999 99 99"}]})
    two.write("webshop.csv", rows("09 333 33 33"))
    assert "the file wins" in night(two, "webshop.csv").document["problems"][0]["message"]
    (message,) = said(night(two, "crm.csv"))
    assert message == (
        f"{DISAGREE} Phone of the account: "
        'Exact Online keeps "09 333 33 33" from the file "webshop", and "09 222 22 22" '
        "in this row is not sent until it changes"
    )
    assert night(two, "crm.csv").document["problems"] == []


def test_somebodys_edit_is_kept_from_both(two: SandboxEnv) -> None:
    night(two, "webshop.csv")
    account = two.accounts()[0]["ID"]
    two.control("POST", "accounts", {"update": [{"ID": account, "Phone": "09 999 99 99"}]})
    for file in ("webshop.csv", "crm.csv", "webshop.csv"):
        ended = night(two, file)
        assert ended.rows == {"kept": 1}
        assert "was changed in Exact Online" in ended.document["problems"][0]["message"]
    assert phone(two) == "09 999 99 99"


def test_a_file_that_was_renamed_changes_nothing(two: SandboxEnv) -> None:
    account = two.accounts()[0]["ID"]
    two.control("POST", "accounts", {"update": [{"ID": account, "Phone": "09 999 99 99"}]})
    two.write("relaties.csv", rows("09 222 22 22"))
    assert night(two, "relaties.csv").rows == {"kept": 1}
    # It is a source of its own from then on.
    two.write("crm.csv", rows("09 555 55 55"))
    assert night(two, "crm.csv").rows == {"updated": 1}
    assert night(two, "relaties.csv").rows == {"unchanged": 1}
    assert phone(two) == "09 555 55 55"


def test_files_of_one_source_are_compared_with_each_other(env: SandboxEnv) -> None:
    env.configure("[import]\nsource = erp\n")
    for number in (1, 2, 1):
        env.write(f"{number}.csv", rows(f"09 111 11 1{number}"))
        assert night(env, f"{number}.csv").rows in ({"created": 1}, {"updated": 1})
    assert phone(env) == "09 111 11 11"


def test_people_and_addresses_have_a_base_for_each_source_too(env: SandboxEnv) -> None:
    env.configure("[delivery address]\nAddressLine1 = {Delivery address}\n")
    env.write("webshop.csv", rows("", "Buyer", "Kaai 1"))
    env.write("crm.csv", rows("", "Chef", "Kaai 2"))
    assert night(env, "webshop.csv").rows == {"created": 1}
    first = night(env, "crm.csv")
    assert first.rows == {"updated": 1}
    assert sorted(one.partition(":")[0] for one in said(first)) == [
        f"{DISAGREE} AddressLine1 of the delivery address",
        f"{DISAGREE} JobTitleDescription of the contact",
    ]
    for file in ("webshop.csv", "crm.csv", "webshop.csv"):
        ended = night(env, file)
        assert (ended.rows, ended.document["problems"]) == ({"unchanged": 1}, [])
        assert calls(ended) == (3, 0)
    env.write("webshop.csv", rows("", "Boss", "Kaai 3"))
    assert night(env, "webshop.csv").rows == {"updated": 1}
    assert night(env, "crm.csv").document["problems"] == []
    assert env.contacts()[0]["JobTitleDescription"] == "Boss"


def test_a_plan_says_it_and_remembers_nothing(two: SandboxEnv) -> None:
    two.write("kassa.csv", rows("09 333 33 33"))
    for _ in range(2):
        planned = run_json(two, "plan", two.folder / "kassa.csv", "--out", two.folder / "p.json")
        assert len(said(planned)) == 1
        (two.folder / "p.json").rename(two.folder / "plan.json")
    applied = run_json(two, "apply", two.folder / "plan.json")
    assert (applied.status, len(said(applied))) == (0, 1)
    for file in ("kassa.csv", "webshop.csv", "crm.csv"):
        assert night(two, file).document["problems"] == []


def test_rejected_rows_are_of_the_source_of_their_file(two: SandboxEnv) -> None:
    two.write("webshop.csv", rows("09 111 11 11") + ",,09 1,x@lambik.example,,,\r\n")
    assert run_json(two, two.folder / "webshop.csv").status == 1
    two.write("webshop.rejected.csv", rows("09 333 33 33"))
    assert night(two, "webshop.rejected.csv").rows == {"updated": 1}
    assert night(two, "webshop.rejected.csv").rows == {"unchanged": 1}


def test_a_company_that_somebody_deleted_stays_away_for_both(two: SandboxEnv) -> None:
    two.control("POST", "accounts", {"delete": [two.accounts()[0]["ID"]]})
    for file in ("webshop.csv", "crm.csv", "webshop.csv"):
        assert night(two, file).rows == {"kept": 1}
    assert night(two, "webshop.csv", "--recreate").rows == {"created": 1}
    assert phone(two) == "09 111 11 11"
    # The other file has not said anything of the new account yet.
    assert len(said(night(two, "crm.csv"))) == 1
    assert night(two, "webshop.csv").document["problems"] == []


# --- undo


def undo(env: SandboxEnv, run: str, status: int = 0) -> dict[str, Any]:
    ended = run_json(env, "undo", run, "--yes")
    assert ended.status == status, ended.document
    return ended.document


def test_an_undo_of_one_source_leaves_the_other_as_it_is(two: SandboxEnv) -> None:
    night(two, "webshop.csv")
    two.write("webshop.csv", rows("09 333 33 33"))
    run = night(two, "webshop.csv").document["run"]
    night(two, "crm.csv")
    undo(two, run)
    assert phone(two) == "09 222 22 22"
    assert night(two, "crm.csv").rows == {"unchanged": 1}
    # The value that was taken back comes again, as after any undo, unless it is corrected first.
    two.write("webshop.csv", rows("09 222 22 22"))
    ended = night(two, "webshop.csv")
    assert (ended.rows, ended.document["problems"]) == ({"unchanged": 1}, [])


def test_what_the_other_file_wrote_later_is_not_undone(two: SandboxEnv) -> None:
    night(two, "webshop.csv")
    two.write("webshop.csv", rows("09 333 33 33"))
    run = night(two, "webshop.csv").document["run"]
    two.write("crm.csv", rows("09 444 44 44"))
    later = night(two, "crm.csv").document["run"]
    night(two, "webshop.csv")
    undone = undo(two, run, 1)
    assert [one["why"] for one in undone["left_alone"]] == [f"run {later} has changed Phone later"]
    assert phone(two) == "09 444 44 44"


# --- the journal


def test_what_is_forgotten_is_forgotten_of_both(two: SandboxEnv) -> None:
    assert run_json(two, "forget", "info@lambik.example", "--yes").status == 0
    with contextlib.closing(sqlite3.connect(two.folder / "config.journal.sqlite3")) as journal:
        for name in ("base", "source_base"):
            kept = journal.execute(f"SELECT count(*) FROM {name} WHERE kind = 'account'")
            assert kept.fetchone() == (0,)
