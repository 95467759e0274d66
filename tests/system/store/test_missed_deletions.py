"""Deletions that nobody told of: no right to read them, or too long ago, or before the right came.

The journal is made older instead of waiting: a day is what an answer about a right is kept for, a
week what the mirror is trusted for without deletions.
"""

from __future__ import annotations

import contextlib
import sqlite3

from in_process import Ended, new_env, run_json, run_text
from sandbox_env import SandboxEnv, table

SCOPES = ("crm.accounts", "financial.generalledgers")
ROWS = [(str(number), f"Klant {number}", "Gent") for number in range(1, 4)]
DAY = 86_400.0


def pass_days(env: SandboxEnv, days: float) -> None:
    """Let so many days go by, in which the login is used now and then."""
    while days > 0:
        step = min(days, 20)
        env.control("POST", "clock", {"move": step * DAY})
        assert run_text(env, "divisions")[0] == 0
        make_older(env, step)
        days -= step


def make_older(env: SandboxEnv, days: float) -> None:
    seconds = days * DAY
    with contextlib.closing(sqlite3.connect(env.folder / "config.journal.sqlite3")) as sql, sql:
        sql.execute("UPDATE fact SET at = at - ?", (seconds,))
        sql.execute("UPDATE error_count SET at = at - ?", (seconds,))
        sql.execute(
            "UPDATE cursor SET full_at = full_at - ?, read_at = read_at - ?", (seconds, seconds)
        )


def imported(env: SandboxEnv) -> Ended:
    ended = run_json(env, env.write("a.csv", table(("Code", "Company", "City"), *ROWS)))
    assert ended.status == 0, ended.document
    return ended


def reports_deletion(ended: Ended) -> bool:
    return any("Deletions in Exact Online cannot be followed" in one for one in notes(ended))


def notes(ended: Ended) -> list[str]:
    found: list[str] = ended.document["notes"]
    return found


def delete_one(env: SandboxEnv) -> None:
    """Delete an account in a way that no list tells of."""
    env.control("POST", "accounts", {"delete": [env.accounts()[0]["ID"]]})


def test_without_the_right_everything_is_read_again_once_a_week_of_nights() -> None:
    with new_env(scopes=SCOPES) as env:
        assert reports_deletion(imported(env))
        again = imported(env)
        assert not reports_deletion(again)
        assert again.rows == {"unchanged": 3}
        delete_one(env)
        for night in range(1, 9):
            pass_days(env, 1.01)
            ended = imported(env)
            assert reports_deletion(ended), "once a day"
            assert ended.rows == ({"unchanged": 3} if night < 7 else {"kept": 1, "unchanged": 2})


def test_the_right_that_comes_later_is_used_at_once_and_leaves_nothing_out() -> None:
    with new_env(scopes=SCOPES) as env:
        imported(env)
        delete_one(env)
        # Longer ago than Exact Online remembers deletions.
        pass_days(env, 70)
        env.control("POST", "settings", {"scopes": [*SCOPES, "organization.administration"]})
        assert imported(env).rows == {"kept": 1, "unchanged": 2}
        before = len(env.calls())
        assert imported(env).rows == {"kept": 1, "unchanged": 2}
        assert len(env.calls()) - before == 3


def test_after_two_months_everything_is_read_again() -> None:
    with new_env() as env:
        imported(env)
        delete_one(env)
        pass_days(env, 70)
        assert imported(env).rows == {"kept": 1, "unchanged": 2}
