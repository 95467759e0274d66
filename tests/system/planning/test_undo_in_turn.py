"""Runs that are taken back one after the other, and a second time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from in_process import new_env, run_json, run_text
from sandbox_env import SandboxEnv, table

HEADER = ("Code", "Company", "City", "Website", "First name", "Last name", "Job title")


@pytest.fixture
def env() -> Iterator[SandboxEnv]:
    with new_env() as env:
        yield env


def rows(city: str = "Gent", site: str = "", job: str = "") -> str:
    return table(HEADER, ("1", "Lifo BV", city, site, "Jan", "Lifo", job))


def import_(env: SandboxEnv, text: str) -> str:
    ended = run_json(env, env.write("a.csv", text))
    assert ended.status == 0, ended.document
    run: str = ended.document["run"]
    return run


def undo(env: SandboxEnv, run: str, status: int = 0) -> dict[str, Any]:
    ended = run_json(env, "undo", run, "--yes")
    assert ended.status == status, ended.document
    return ended.document


def test_runs_are_taken_back_last_one_first(env: SandboxEnv) -> None:
    first = import_(env, rows(job="Chef"))
    second = import_(env, rows("Luik", "https://lifo.example", "Baas"))
    third = import_(env, rows("Namen", "https://lifo.example", "Hoofd"))
    for run in (third, second):
        assert undo(env, run)["accounts"]["update"] == 1
    assert env.accounts()[0]["City"] == "Gent"
    assert not env.accounts()[0].get("Website")
    undone = undo(env, first)
    assert undone["accounts"]["delete"] == undone["contacts"]["delete"] == 1
    assert env.accounts() == env.contacts() == []


def test_an_undo_names_the_company_of_each_person(env: SandboxEnv) -> None:
    import_(env, rows())
    more = rows() + "1,Lifo BV,Gent,,An,Claes,\r\n"
    second = import_(env, more)
    status, printed, _ = run_text(env, "undo", second, "--yes")
    assert status == 0
    assert "contact An Claes of Lifo BV" in printed


def test_what_a_later_run_still_holds_stays(env: SandboxEnv) -> None:
    first = import_(env, rows())
    second = import_(env, rows(site="https://lifo.example"))
    undone = undo(env, first, status=1)
    assert undone["contacts"]["delete"] == 1
    assert [(one["kind"], one["why"]) for one in undone["left_alone"]] == [
        ("account", f"run {second} has changed Website later")
    ]
    assert len(env.accounts()) == 1


@pytest.mark.parametrize("when", ["before the later run", "before its undo", "after its undo"])
def test_what_somebody_changed_beside_two_runs_stays(env: SandboxEnv, when: str) -> None:
    first = import_(env, rows())
    account = env.accounts()[0]["ID"]

    def somebody() -> None:
        env.control("POST", "accounts", {"update": [{"ID": account, "Remarks": "belt maandag"}]})

    if when == "before the later run":
        somebody()
    second = import_(env, rows("Luik"))
    if when == "before its undo":
        somebody()
    undo(env, second)
    if when == "after its undo":
        somebody()
    undone = undo(env, first, status=1)
    assert [one["why"] for one in undone["left_alone"]] == ["it has changed since"]
    assert len(env.accounts()) == 1


def test_an_account_stays_with_the_person_of_it_that_stays(env: SandboxEnv) -> None:
    first = import_(env, rows())
    env.control(
        "POST", "contacts", {"update": [{"ID": env.contacts()[0]["ID"], "Phone": "1234567"}]}
    )
    left_alone = undo(env, first, status=1)["left_alone"]
    assert {one["why"] for one in left_alone} == {
        "it has changed since",
        "a contact of it is left alone",
    }


def test_a_field_that_is_as_it_was_costs_no_call(env: SandboxEnv) -> None:
    import_(env, rows(job="Chef"))
    second = import_(env, rows("Luik", job="Baas"))
    import_(env, rows("Gent", job="Chef"))
    before = len(env.calls("PUT"))
    undone = undo(env, second)
    assert undone["changes"] == []
    assert len(env.calls("PUT")) == before


def test_a_second_undo_says_that_it_was_done_before(env: SandboxEnv) -> None:
    run = import_(env, rows())
    undone = undo(env, run)
    again = undo(env, run)
    assert (again["undoes"], again["undone_by"]) == (run, undone["run"])
    assert again["changes"] == again["left_alone"] == []
    status, printed, _ = run_text(env, "undo", run, "--yes")
    assert status == 0
    assert f"Run {run} was undone before, by run {undone['run']}.\n" in printed


def test_an_undo_says_what_it_did_and_the_page_too(env: SandboxEnv) -> None:
    import_(env, rows(job="Chef"))
    second = import_(
        env,
        rows("Luik", job="Chef") + "".join(f"{n},Klant {n},,,,,\r\n" for n in range(2, 30)),
    )
    edited = [
        {"ID": one["ID"], "City": "Aalst"} for one in env.accounts() if one["Name"] != "Lifo BV"
    ]
    env.control("POST", "accounts", {"update": edited[:22]})
    page, log = env.folder / "page.html", env.folder / "import.log"
    status, printed, _ = run_text(env, "undo", second, "--yes", "--report", page, "--log-file", log)
    assert status == 1
    lines = printed.splitlines()
    assert f"Run {second} was undone; 22 records are left alone." in lines
    assert "  accounts  1 put back, 6 deleted" in lines
    assert "  left      22 alone" in lines
    assert not [line for line in lines if "rows" in line or "Imported" in line]
    assert sum(line.startswith("Left alone: ") for line in lines) == 20
    assert "  … and 2 more (-v shows all, --json too)" in lines
    assert f"undo of run {second} into" in log.read_text("utf-8")
    assert "1 account put back, 6 accounts deleted; " in log.read_text("utf-8")
    html = page.read_text("utf-8")
    did = "1 account was put back and 6 accounts were deleted"
    assert f"Run {second} was undone: {did}; 22 records are left alone." in html
    assert "Undo of run" in html
    assert "it has changed since" in html


def test_the_plan_is_shown_once_whatever_is_answered(env: SandboxEnv) -> None:
    run = import_(env, rows())
    status, output = env.at_terminal("undo", run, answers=["n"])
    assert status == 4
    assert output.count("- account Lifo BV") == 1
    assert "exact-import: You answered no, so nothing was sent." in output
    assert len(env.accounts()) == 1
    status, output = env.at_terminal("undo", run, answers=["y"])
    assert status == 0
    assert output.count("- account Lifo BV") == 1
    assert f"Run {run} was undone." in output


def test_a_run_that_is_not_there_leaves_no_trace(env: SandboxEnv) -> None:
    import_(env, rows())
    before = run_text(env, "runs")
    status, _, errors = run_text(env, "undo", "nonsense", "--yes")
    assert status == 2
    assert "The journal has no run nonsense" in errors
    assert run_text(env, "runs") == before
