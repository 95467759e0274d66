"""Lists that are not the whole truth: they lag, skip a row version, start again from lower ones.

Whatever they leave out, nothing is made twice and nothing is taken for deleted.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from in_process import Ended, new_env, run_json
from sandbox_env import SandboxEnv, table

HEADER = ("Company", "Postcode", "City", "First name", "Last name")
ROWS = [(f"Bedrijf {name}", "9000", "Gent", "An", name) for name in ("Ada", "Bob", "Cor", "Dirk")]


def night(env: SandboxEnv, *rows: tuple[str, ...]) -> Ended:
    return run_json(env, env.write("a.csv", table(HEADER, *(rows or ROWS))))


def lose_journal(env: SandboxEnv) -> None:
    for path in env.folder.glob("config.journal.*"):
        path.unlink()


def by_colleague(env: SandboxEnv, kind: str = "accounts", **edits: Any) -> dict[str, Any]:
    found: dict[str, Any] = env.control("POST", kind, edits)
    return found


def names(env: SandboxEnv) -> Counter[str]:
    return Counter(one["Name"] for one in env.accounts())


def spent(ended: Ended) -> tuple[int, int]:
    calls = ended.document["api_calls"]
    return calls["reads"], calls["writes"]


ONCE = Counter(row[0] for row in ROWS)


@pytest.mark.parametrize(
    "trouble", [{"sync_lag": 25.0}, {"sync_skip": 3600.0}, {"sync_lag": 25.0, "sync_skip": 90.0}]
)
def test_three_nights_and_a_lost_journal(trouble: dict[str, Any]) -> None:
    with new_env(**trouble) as env:
        assert night(env).rows == {"created": 4}
        assert night(env).rows == {"unchanged": 4}
        lose_journal(env)
        assert night(env).rows == {"unchanged": 4}
        assert night(env).rows == {"unchanged": 4}
        assert names(env) == ONCE
        assert len(env.contacts()) == 4


def test_what_a_colleague_made_just_now_is_not_made_again() -> None:
    with new_env(sync_lag=25.0) as env:
        assert night(env, ROWS[0]).rows == {"created": 1}
        account = {"Name": "Bedrijf Bob", "Postcode": "9000", "City": "Gent", "Country": "BE"}
        made = by_colleague(env, create=[account])["created"][0]
        person = {"Account": made["ID"], "FirstName": "An", "LastName": "Bob"}
        by_colleague(env, "contacts", create=[person])
        ended = night(env, *ROWS[:2])
        # Both looks found something that no list shows.
        assert spent(ended) == (5, 0)
        assert ended.rows == {"unchanged": 2}
        assert names(env) == Counter(["Bedrijf Ada", "Bedrijf Bob"])
        assert len(env.contacts()) == 2


def test_looking_notes_nothing_twice() -> None:
    with new_env(sync_lag=25.0) as env:
        header = (*HEADER, "Sector")
        by_colleague(env, create=[{"Name": "Bedrijf Bob", "Postcode": "9000", "City": "Gent"}])
        rows = [(*row, "niets") for row in ROWS[:2]]
        looked = run_json(env, "plan", env.write("a.csv", table(header, *rows)))
        again = run_json(env, "plan", env.folder / "a.csv")
        assert looked.document["problems"] == again.document["problems"]
        assert looked.document["notes"] == again.document["notes"]


def test_what_looking_costs() -> None:
    with new_env() as env:
        first = night(env)
        assert spent(first) == (3 + 1, 8)
        assert spent(night(env)) == (3, 0)
        changed = [(*ROWS[0][:2], "Gent-Centrum", *ROWS[0][3:]), *ROWS[1:]]
        assert spent(night(env, *changed)) == (4, 1)
        new = ("Bedrijf Eva", "9000", "Gent", "An", "Eva")
        assert spent(night(env, *changed, new)) == (4, 2)
        another = ("Bedrijf Eva", "9000", "Gent", "Jo", "Eva")
        assert spent(night(env, *changed, new, another)) == (4, 1)


def test_looking_after_many_were_made_costs_one_call() -> None:
    with new_env() as env:
        many = [(f"Firma {number} BV", "9000", "Gent", "", "") for number in range(130)]
        assert spent(night(env, *many)) == (4, 130)
        assert spent(night(env, *many, ROWS[0])) == (4, 2)
        assert spent(night(env, *many, ROWS[0])) == (3, 0)


def test_a_change_that_was_skipped_is_read_the_next_night() -> None:
    with new_env() as env:
        night(env)
        ids = {one["Name"]: one["ID"] for one in env.accounts()}
        night(env)
        edits = [{"ID": remote_id, "City": "Luik"} for remote_id in ids.values()]
        by_colleague(env, update=edits)
        env.control("POST", "clock", {"move": 60})
        env.control("POST", "settings", {"sync_skip": 90})
        assert night(env).rows == {"kept": 4}
        env.control("POST", "settings", {"sync_skip": 0})
        assert night(env).rows == {"kept": 4}


def test_one_that_is_not_listed_is_asked_for_before_it_is_gone() -> None:
    with new_env() as env:
        night(env)
        night(env)
        env.control("POST", "clock", {"move": 60})
        victim = next(one for one in env.accounts() if one["Name"] == "Bedrijf Cor")
        by_colleague(env, update=[{"ID": victim["ID"], "Phone": "09 1"}])
        env.control("POST", "settings", {"sync_lag": 25})
        ended = night(env)
        assert ended.rows == {"unchanged": 4}
        assert spent(ended) == (4, 0)
        assert names(env) == ONCE


def test_after_a_move_everything_is_read_again() -> None:
    with new_env() as env:
        night(env)
        assert spent(night(env)) == (3, 0)
        env.control("POST", "move", {})
        ended = night(env)
        assert ended.rows == {"unchanged": 4}
        # Both lists showed none of the records that they must, and were read from the start.
        assert spent(ended) == (5, 0)
        assert spent(night(env)) == (3, 0)
        # What changes from now on has lower row versions than the last that was read before.
        account = next(one for one in env.accounts() if one["Name"] == "Bedrijf Bob")
        by_colleague(env, update=[{"ID": account["ID"], "City": "Luik"}])
        assert night(env).rows == {"kept": 1, "unchanged": 3}
        by_colleague(env, delete=[account["ID"]])
        assert night(env).rows == {"kept": 1, "unchanged": 3}


def test_a_move_while_the_lists_lag() -> None:
    with new_env(sync_lag=25.0) as env:
        night(env)
        env.control("POST", "move", {})
        assert night(env).rows == {"unchanged": 4}
        env.control("POST", "clock", {"move": 60})
        assert night(env).rows == {"unchanged": 4}
        assert names(env) == ONCE
