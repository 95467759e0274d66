"""Deletions that nobody told of: no right to read them, or too long ago, or before the right came.

The journal is made older instead of waiting: a day is what an answer about a right is kept for, a
week what the mirror is trusted for without deletions.
"""

from __future__ import annotations

import contextlib
import sqlite3

from house import House, table
from indoors import Ended, new_house, run_here, text_here

SCOPES = ("crm.accounts", "financial.generalledgers")
ROWS = [(str(number), f"Klant {number}", "Gent") for number in range(1, 4)]
DAY = 86_400.0


def pass_days(house: House, days: float) -> None:
    """Let so many days go by, in which the login is used now and then."""
    while days > 0:
        step = min(days, 20)
        house.control("POST", "clock", {"move": step * DAY})
        assert text_here(house, "divisions")[0] == 0
        make_older(house, step)
        days -= step


def make_older(house: House, days: float) -> None:
    seconds = days * DAY
    with contextlib.closing(sqlite3.connect(house.folder / "config.journal.sqlite3")) as sql, sql:
        sql.execute("UPDATE fact SET at = at - ?", (seconds,))
        sql.execute("UPDATE error_count SET at = at - ?", (seconds,))
        sql.execute(
            "UPDATE cursor SET full_at = full_at - ?, read_at = read_at - ?", (seconds, seconds)
        )


def imported(house: House) -> Ended:
    ended = run_here(house, house.write("a.csv", table(("Code", "Company", "City"), *ROWS)))
    assert ended.status == 0, ended.document
    return ended


def told(ended: Ended) -> bool:
    return any("Deletions in Exact Online cannot be followed" in one for one in notes(ended))


def notes(ended: Ended) -> list[str]:
    found: list[str] = ended.document["notes"]
    return found


def delete_one(house: House) -> None:
    """Delete an account in a way that no list tells of."""
    house.control("POST", "accounts", {"delete": [house.accounts()[0]["ID"]]})


def test_without_the_right_everything_is_read_again_once_a_week_of_nights() -> None:
    with new_house(scopes=SCOPES) as house:
        assert told(imported(house))
        again = imported(house)
        assert not told(again)
        assert again.rows == {"unchanged": 3}
        delete_one(house)
        for night in range(1, 9):
            pass_days(house, 1.01)
            ended = imported(house)
            assert told(ended), "once a day"
            assert ended.rows == ({"unchanged": 3} if night < 7 else {"kept": 1, "unchanged": 2})


def test_the_right_that_comes_later_is_used_at_once_and_leaves_nothing_out() -> None:
    with new_house(scopes=SCOPES) as house:
        imported(house)
        delete_one(house)
        # Longer ago than Exact Online remembers deletions.
        pass_days(house, 70)
        house.control("POST", "settings", {"scopes": [*SCOPES, "organization.administration"]})
        assert imported(house).rows == {"kept": 1, "unchanged": 2}
        before = len(house.calls())
        assert imported(house).rows == {"kept": 1, "unchanged": 2}
        assert len(house.calls()) - before == 3


def test_after_two_months_everything_is_read_again() -> None:
    with new_house() as house:
        imported(house)
        delete_one(house)
        pass_days(house, 70)
        assert imported(house).rows == {"kept": 1, "unchanged": 2}
