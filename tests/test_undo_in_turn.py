"""Runs that are taken back one after the other, and a second time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from house import House, table
from indoors import new_house, run_here

HEADER = ("Code", "Company", "City", "Website", "First name", "Last name", "Job title")


@pytest.fixture
def home() -> Iterator[House]:
    with new_house() as house:
        yield house


def rows(city: str = "Gent", site: str = "", job: str = "") -> str:
    return table(HEADER, ("1", "Lifo BV", city, site, "Jan", "Lifo", job))


def import_(home: House, text: str) -> str:
    ended = run_here(home, home.write("a.csv", text))
    assert ended.status == 0, ended.document
    run: str = ended.document["run"]
    return run


def undo(home: House, run: str, status: int = 0) -> dict[str, Any]:
    ended = run_here(home, "undo", run, "--yes")
    assert ended.status == status, ended.document
    return ended.document


def test_runs_are_taken_back_last_one_first(home: House) -> None:
    first = import_(home, rows(job="Chef"))
    second = import_(home, rows("Luik", "https://lifo.example", "Baas"))
    third = import_(home, rows("Namen", "https://lifo.example", "Hoofd"))
    for run in (third, second):
        assert undo(home, run)["accounts"]["update"] == 1
    assert home.accounts()[0]["City"] == "Gent"
    assert not home.accounts()[0].get("Website")
    undone = undo(home, first)
    assert undone["accounts"]["delete"] == undone["contacts"]["delete"] == 1
    assert home.accounts() == home.contacts() == []


def test_what_a_later_run_still_holds_stays(home: House) -> None:
    first = import_(home, rows())
    second = import_(home, rows(site="https://lifo.example"))
    undone = undo(home, first)
    assert undone["contacts"]["delete"] == 1
    assert any(f"run {second} has changed Website later" in note for note in undone["notes"])
    assert len(home.accounts()) == 1


@pytest.mark.parametrize("when", ["before the later run", "before its undo", "after its undo"])
def test_what_somebody_changed_beside_two_runs_stays(home: House, when: str) -> None:
    first = import_(home, rows())
    account = home.accounts()[0]["ID"]

    def somebody() -> None:
        home.control("POST", "accounts", {"update": [{"ID": account, "Remarks": "belt maandag"}]})

    if when == "before the later run":
        somebody()
    second = import_(home, rows("Luik"))
    if when == "before its undo":
        somebody()
    undo(home, second)
    if when == "after its undo":
        somebody()
    undone = undo(home, first)
    assert any("it has changed since" in note for note in undone["notes"])
    assert len(home.accounts()) == 1


def test_an_account_stays_with_the_person_of_it_that_stays(home: House) -> None:
    first = import_(home, rows())
    home.control(
        "POST", "contacts", {"update": [{"ID": home.contacts()[0]["ID"], "Phone": "1234567"}]}
    )
    notes = undo(home, first)["notes"]
    assert any("a contact of it is left alone" in note for note in notes)


def test_a_field_that_is_as_it_was_costs_no_call(home: House) -> None:
    import_(home, rows(job="Chef"))
    second = import_(home, rows("Luik", job="Baas"))
    import_(home, rows("Gent", job="Chef"))
    before = len(home.calls("PUT"))
    undone = undo(home, second)
    assert undone["changes"] == []
    assert len(home.calls("PUT")) == before
