"""What is as it was needs no planning, and whatever may change that is noticed.

The oracle is the program itself: once the fingerprints in the journal are gone it plans every
record, and must come to the same.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from depth import EXAMPLES
from in_process import Ended, bounded, new_env, run_json
from sandbox_env import SandboxEnv, table

HEADER = ("Code", "Company", "Postcode", "City", "E-mail", "IBAN", "First name", "Last name")
ROWS = (
    ("1", "Acme", "9000", "Gent", "info@acme.example", "BE68539007547034", "An", "Peeters"),
    ("1", "Acme", "9000", "Gent", "info@acme.example", "BE68539007547034", "Jan", "Maes"),
    ("", "Best", "2000", "Antwerpen", "best@best.example", "", "Els", "Claes"),
    ("", "Cool", "", "Luik", "", "", "", ""),
)
NO_VAT_NUMBER = "BE0123456788"  # its check digits are wrong, which Exact Online does not mind
COUNTS = ("rows", "records", "accounts", "contacts", "bank_accounts", "addresses", "problem_counts")


def fingerprints(env: SandboxEnv) -> int:
    with contextlib.closing(sqlite3.connect(env.folder / "config.journal.sqlite3")) as journal:
        return int(journal.execute("SELECT count(*) FROM fingerprint").fetchone()[0])


@contextlib.contextmanager
def without_fingerprints(env: SandboxEnv) -> Iterator[None]:
    """Let every record be planned for a while."""
    with contextlib.closing(sqlite3.connect(env.folder / "config.journal.sqlite3")) as journal:
        with journal:
            kept = journal.execute("SELECT * FROM fingerprint").fetchall()
            journal.execute("DELETE FROM fingerprint")
        yield
        with journal:
            journal.executemany("INSERT INTO fingerprint VALUES (?, ?, ?, ?)", kept)


def plan(env: SandboxEnv, *options: str) -> Ended:
    """Return a plan, which is the same with and without fingerprints."""
    quick = run_json(env, "plan", env.folder / "a.csv", *options)
    with without_fingerprints(env):
        whole = run_json(env, "plan", env.folder / "a.csv", *options)
    for name in (*COUNTS, "changes", "problems", "notes"):
        assert quick.document[name] == whole.document[name], name
    assert quick.status == whole.status
    return quick


def run(env: SandboxEnv, *options: str) -> Ended:
    return run_json(env, env.folder / "a.csv", *options)


def account(env: SandboxEnv, name: str) -> dict[str, Any]:
    return next(one for one in env.accounts() if one["Name"] == name)


def contact(env: SandboxEnv, name: str) -> dict[str, Any]:
    return next(one for one in env.contacts() if one["LastName"] == name)


@pytest.fixture(name="night")
def _night() -> Iterator[SandboxEnv]:
    """Yield a sandbox whose file was imported, and imported again with nothing to do."""
    with new_env() as env:
        env.write("a.csv", table(HEADER, *ROWS))
        assert run(env).rows == {"created": 4}
        assert fingerprints(env) == 0
        assert run(env).rows == {"unchanged": 4}
        assert fingerprints(env) == 3
        yield env


def test_an_unchanged_night_counts_what_it_does_not_plan(night: SandboxEnv) -> None:
    ended = run(night)
    assert ended.document["api_calls"] == {"total": 3, "reads": 3, "writes": 0}
    assert ended.rows == {"unchanged": 4}
    unchanged = {kind: ended.document[kind]["unchanged"] for kind in COUNTS[2:5]}
    assert unchanged == {"accounts": 3, "contacts": 3, "bank_accounts": 1}
    assert plan(night).document["changes"] == []
    assert fingerprints(night) == 3


def test_rows_may_move_in_the_file(night: SandboxEnv) -> None:
    night.write("a.csv", table(HEADER, *reversed(ROWS[2:]), *ROWS[:2]))
    assert plan(night).rows == {"unchanged": 4}


def test_warnings_stay(night: SandboxEnv) -> None:
    night.write(
        "a.csv", table((*HEADER, "VAT number"), *((*row, NO_VAT_NUMBER) for row in ROWS[2:]))
    )
    night.configure("[validation]\nvat = warning\n")
    first = run(night)
    assert first.rows == {"updated": 2}
    assert first.document["problem_counts"]["warning"]
    second = run(night)
    assert second.rows == {"unchanged": 2}
    # Beside them, the first run says once that the file has a new column.
    warnings = [one for one in first.document["problems"] if one["line"] != 1]
    assert len(warnings) == len(first.document["problems"]) - 1
    assert second.document["problems"] == warnings
    assert plan(night).document["problems"] == warnings


def edit_account(env: SandboxEnv) -> None:
    update = [{"ID": account(env, "Acme")["ID"], "City": "Luik"}]
    env.control("POST", "accounts", {"update": update})


def edit_contact(env: SandboxEnv) -> None:
    env.control(
        "POST", "contacts", {"update": [{"ID": contact(env, "Maes")["ID"], "FirstName": "Johan"}]}
    )


def delete_contact(env: SandboxEnv) -> None:
    env.control("POST", "contacts", {"delete": [contact(env, "Maes")["ID"]]})


def delete_account(env: SandboxEnv) -> None:
    env.control("POST", "contacts", {"delete": [contact(env, "Claes")["ID"]]})
    env.control("POST", "accounts", {"delete": [account(env, "Best")["ID"]]})


def make(env: SandboxEnv, **fields: str) -> None:
    env.control("POST", "accounts", {"create": [fields]})


def forget(env: SandboxEnv) -> None:
    assert run_json(env, "forget", "Jan Maes", "--yes").status == 0


def undo(env: SandboxEnv) -> None:
    env.write("a.csv", table(HEADER, (*ROWS[0][:3], "Aalst", *ROWS[0][4:]), *ROWS[1:]))
    env.write("a.csv", (env.folder / "a.csv").read_text().replace("Gent", "Aalst"))
    run_id = run(env).document["run"]
    assert fingerprints(env) == 2
    run(env)
    assert fingerprints(env) == 3
    assert run_json(env, "undo", run_id, "--yes").status == 0


EVENTS: list[tuple[Callable[[SandboxEnv], object], dict[str, int]]] = [
    (edit_account, {"kept": 2, "unchanged": 2}),
    (edit_contact, {"kept": 1, "unchanged": 3}),
    (delete_contact, {"kept": 1, "unchanged": 3}),
    (delete_account, {"kept": 1, "unchanged": 3}),
    # What rows are linked to stays theirs.
    (lambda env: make(env, Name="Cool"), {"unchanged": 4}),
    (lambda env: make(env, Name="Best", Postcode="2000"), {"unchanged": 4}),
    (lambda env: make(env, Name="Other", Email="info@acme.example"), {"unchanged": 4}),
    (forget, {"unchanged": 4}),
    (undo, {"updated": 2, "unchanged": 2}),
    (lambda env: env.configure("[policy]\naccount City = overwrite\n"), {"unchanged": 4}),
]


@pytest.mark.parametrize(("event", "expected"), EVENTS)
def test_what_may_change_the_plan_is_noticed(
    night: SandboxEnv, event: Callable[[SandboxEnv], object], expected: dict[str, int]
) -> None:
    event(night)
    assert plan(night).rows == expected


def test_a_kept_value_is_sent_once_its_policy_says_so(night: SandboxEnv) -> None:
    edit_account(night)
    for _ in range(2):
        assert run(night).rows == {"kept": 2, "unchanged": 2}
    night.configure("[policy]\naccount City = overwrite\n")
    assert plan(night).rows == {"updated": 2, "unchanged": 2}


def test_what_was_deleted_is_made_again_when_asked_for(night: SandboxEnv) -> None:
    delete_account(night)
    assert run(night).rows == {"kept": 1, "unchanged": 3}
    assert plan(night, "--recreate").rows == {"created": 1, "unchanged": 3}


def test_a_row_that_names_the_account_of_another_is_seen_beside_it(night: SandboxEnv) -> None:
    code = account(night, "Best")["Code"].strip()
    night.write("a.csv", table(HEADER, *ROWS, (code, "Best", "", "Gent", "", "", "", "")))
    assert plan(night).rows["unchanged"] < 4


def test_an_empty_cell_clears_once_it_is_to(night: SandboxEnv) -> None:
    night.write("a.csv", table(HEADER, *ROWS[:2], (*ROWS[2][:3], "", *ROWS[2][4:]), ROWS[3]))
    assert run(night).rows == {"unchanged": 4}
    night.configure("[import]\nblank = clear\n")
    assert plan(night).rows == {"updated": 1, "unchanged": 3}


def test_fingerprints_go_with_the_runs_that_found_them(night: SandboxEnv) -> None:
    with contextlib.closing(sqlite3.connect(night.folder / "config.journal.sqlite3")) as journal:
        journal.execute("UPDATE fingerprint SET at = 0")
        journal.execute("DELETE FROM fact WHERE name = 'pruned'")  # an hour has passed
        journal.commit()
    run(night)
    assert fingerprints(night) == 0


names = st.sampled_from(["Acme", "Best", "Acme Best"])
codes = st.sampled_from(["", "1", "2"])
emails = st.sampled_from(["", "info@acme.example", "best@best.example"])
postcodes = st.sampled_from(["", "9000", "2000"])
people = st.sampled_from(["", "Peeters", "Maes"])
rows = st.tuples(
    codes, names, postcodes, st.just("Gent"), emails, st.just(""), st.just(""), people
) | st.tuples(
    codes, st.just(""), postcodes, st.just("Gent"), emails, st.just(""), st.just("An"), people
)
files = st.lists(rows, min_size=1, max_size=5)


class Nights(RuleBasedStateMachine):
    """Companies that are hard to tell apart, in the file and in Exact Online."""

    @initialize(file=files)
    def begin(self, file: list[tuple[str, ...]]) -> None:
        self.stack = contextlib.ExitStack()
        self.env = self.stack.enter_context(new_env())
        self.file = file
        self.import_it()

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()

    @rule()
    def import_it(self) -> None:
        self.env.write("a.csv", table(HEADER, *self.file))
        plan(self.env)
        run(self.env)
        run(self.env)  # after a night with nothing to do
        plan(self.env)

    @rule(row=rows, place=st.integers(0, 4))
    def edit_the_file(self, row: tuple[str, ...], place: int) -> None:
        self.file = [*self.file[:place], row, *self.file[place + 1 :]]
        self.import_it()

    @rule(place=st.integers(0, 4))
    def take_a_row_out(self, place: int) -> None:
        self.file = [*self.file[:place], *self.file[place + 1 :]] or self.file
        self.import_it()

    @rule(name=names, email=emails, postcode=postcodes)
    def make_by_hand(self, name: str, email: str, postcode: str) -> None:
        make(self.env, Name=name, Email=email, Postcode=postcode)
        self.import_it()

    @rule(place=st.integers(0, 9), name=names, email=emails, postcode=postcodes)
    def edit_in_exact_online(self, place: int, name: str, email: str, postcode: str) -> None:
        found = self.env.accounts()
        if found:
            edit = {"Name": name, "Email": email, "Postcode": postcode}
            update = [{"ID": found[place % len(found)]["ID"], **edit}]
            self.env.control("POST", "accounts", {"update": update})
            self.import_it()

    @rule(place=st.integers(0, 9))
    def delete_there(self, place: int) -> None:
        found = self.env.accounts()
        if found:
            self.env.control("POST", "accounts", {"delete": [found[place % len(found)]["ID"]]})
            self.import_it()


TestNights = Nights.TestCase
TestNights.settings = bounded(EXAMPLES // 6, stateful_step_count=5)
