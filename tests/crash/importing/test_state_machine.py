"""Edit the file, edit in Exact Online, delete there, run, kill, undo, in any order.

What Exact Online holds afterwards is what the model in `state_machine_model` says.
"""

from __future__ import annotations

import contextlib
import itertools
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from depth import EXAMPLES
from in_process import Ended, assert_rows_add_up, bounded, new_env, run_json
from sandbox_env import table
from state_machine_model import FIELDS, Model, Past, Record, Rules, Run, company, person

HEADER = ("Code", "Company", "City", "Street", "Last name", "Job title")
MAPPING = """
[account]
Code = {Code}
Name = {Company}
City = {City}
AddressLine1 = {Street}

[contact]
LastName = {Last name}
JobTitleDescription = {Job title}

[import]
settle_after = 0.3
read_timeout = 1
"""
CODES = ("1", "2", "3")
PEOPLE = ("Peeters", "Maes")
VALUES = ("", "a", "b", "c")
STEPPING = [sys.executable, str(Path(__file__).parents[2] / "support" / "kill_at_step.py")]

# Whose field, by the person's name ("" for the company itself), and which.
Place = tuple[str, str]

# Which of those there are, and whether an import follows at once.
who = st.integers(0, len(CODES) - 1)
go = st.booleans()
values = st.sampled_from(VALUES)
names = st.sampled_from(PEOPLE)
fields = st.sampled_from(
    [("", "City"), ("", "AddressLine1"), *((name, "JobTitleDescription") for name in PEOPLE)]
)
edits = st.tuples(fields, values)


class ImportMachine(RuleBasedStateMachine):
    """Everybody who has to do with the division, and the program among them."""

    @initialize(
        policy=st.sampled_from(["keep", "keep", "overwrite", "fill", "never"]),
        blank=st.sampled_from(["keep", "keep", "clear"]),
    )
    def begin(self, policy: str, blank: str) -> None:
        self.stack = contextlib.ExitStack()
        configuration = f"{MAPPING}blank = {blank}\n[policy]\naccount AddressLine1 = {policy}\n"
        self.env = self.stack.enter_context(new_env(configuration))
        self.model = Model(Rules(policy, blank))
        self.file = {
            CODES[0]: company("a", *PEOPLE),
            CODES[1]: company("a", PEOPLE[0]),
        }
        self.past: tuple[str, Past] | None = None
        self.names = (f"run {number}" for number in itertools.count())
        self.import_it("upsert")

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()

    # --- the file

    @rule(who=who, value=values, go=go)
    def add_a_company(self, who: int, value: str, go: bool) -> None:
        absent = [code for code in CODES if code not in self.file]
        if absent:
            self.file[absent[who % len(absent)]] = company(value, PEOPLE[0])
            self.import_if(go)

    @rule(who=who, value=values, go=go)
    def add_a_person(self, who: int, value: str, go: bool) -> None:
        people = self.file[self.one_of_the_file(who)].people
        absent = [name for name in PEOPLE if name not in people]
        if absent:
            people[absent[0]] = person(value)
            self.import_if(go)

    @rule(who=who)
    def take_a_row_out(self, who: int) -> None:
        code = self.one_of_the_file(who)
        people = self.file[code].people
        if len(people) > 1:
            del people[PEOPLE[who % 2]]
        elif len(self.file) > 1:
            del self.file[code]

    @rule(who=who, place=fields, value=values, go=go)
    def edit_the_file(self, who: int, place: Place, value: str, go: bool) -> None:
        self.edit_here(self.one_of_the_file(who), place, value)
        self.import_if(go)

    # --- Exact Online

    @precondition(lambda self: self.model.accounts)
    @rule(who=who, place=fields, value=values, go=go)
    def edit_in_exact_online(self, who: int, place: Place, value: str, go: bool) -> None:
        self.edit_there(self.one_of_the_accounts(who), place, value)
        self.import_if(go)

    @precondition(lambda self: self.model.accounts)
    @rule(who=who, place=fields, here=values, there=values)
    def edit_at_both_ends(self, who: int, place: Place, here: str, there: str) -> None:
        code = self.one_of_the_accounts(who)
        self.edit_there(code, place, there)
        if code in self.file:
            self.edit_here(code, place, here)
        self.import_it("upsert")

    @precondition(lambda self: self.model.accounts)
    @rule(who=who, edit=st.none() | edits, go=go)
    def delete_an_account(self, who: int, edit: tuple[Place, str] | None, go: bool) -> None:
        code = self.one_of_the_accounts(who)
        self.control("account", delete=[self.id_of(code)])
        self.model.delete_account(code)
        if edit is not None and code in self.file:
            self.edit_here(code, *edit)
        self.import_if(go)

    @precondition(lambda self: self.model.accounts)
    @rule(who=who, name=names, edit=st.none() | edits, go=go)
    def delete_a_contact(
        self, who: int, name: str, edit: tuple[Place, str] | None, go: bool
    ) -> None:
        code = self.one_of_the_accounts(who)
        if name not in self.model.accounts[code].people:
            return
        self.control("contact", delete=[self.id_of(code, name)])
        self.model.delete_contact(code, name)
        if edit is not None and code in self.file:
            self.edit_here(code, *edit)
        self.import_if(go)

    @rule(who=who, value=values, go=go)
    def make_by_hand(self, who: int, value: str, go: bool) -> None:
        absent = [code for code in CODES if code not in self.model.accounts]
        if not absent:
            return
        code = absent[who % len(absent)]
        self.control(
            "account", create=[{"Code": code, "Name": f"Klant {code}", "City": value or None}]
        )
        self.model.accounts[code] = Record("account", {"City": value, "AddressLine1": ""})
        self.import_if(go)

    # --- the program

    @rule(mode=st.sampled_from(["upsert", "upsert", "upsert", "create", "update"]))
    def import_it(self, mode: str) -> None:
        ended = self.run("--mode", mode)
        run = self.model.run(self.file, Run(next(self.names), mode))
        self.hold_to(ended, run)
        self.past = (run.name, run.past)
        self.run_name = ended.document["run"]

    @rule()
    def import_it_and_recreate(self) -> None:
        ended = self.run("--recreate")
        run = self.model.run(self.file, Run(next(self.names), recreate=True))
        self.hold_to(ended, run)
        self.past = (run.name, run.past)
        self.run_name = ended.document["run"]

    @rule(
        skip=st.integers(0, 2), times=st.integers(1, 2), kind=st.sampled_from(["before", "after"])
    )
    def import_it_and_lose_answers(self, skip: int, times: int, kind: str) -> None:
        match = {"path": "crm/*"}
        for method in ("POST", "PUT"):
            fault = {"kind": f"drop_{kind}", "skip": skip, "times": times}
            self.env.faults({**fault, "match": {**match, "method": method}})
        self.finish()
        self.env.control("DELETE", "faults")

    @rule(step=st.integers(1, 60))
    def import_it_and_kill_it(self, step: int) -> None:
        self.write()
        environment = {**self.env.environment(), "EXACT_IMPORT_TEST_STEP": str(step)}
        killed = subprocess.run(
            [*STEPPING, "a.csv"],
            cwd=self.env.folder,
            env=environment,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert killed.returncode in (0, -signal.SIGKILL), killed.stderr
        self.finish()

    @precondition(lambda self: self.past is not None)
    @rule()
    def undo_it(self) -> None:
        assert self.past is not None
        name, past = self.past
        ended = run_json(self.env, "undo", self.run_name, "--yes")
        assert ended.status == bool(ended.document["left_alone"]), ended.document
        self.model.undo(past, name)
        self.past = None

    @invariant()
    def exact_online_holds_what_the_rules_say(self) -> None:
        if not hasattr(self, "env"):
            return
        accounts, people = self.env.accounts(), self.env.contacts()
        held = {
            one["Code"].strip(): (
                {name: one.get(name) or "" for name in FIELDS["account"]},
                {
                    contact["LastName"]: contact.get("JobTitleDescription") or ""
                    for contact in people
                    if contact["Account"] == one["ID"]
                },
            )
            for one in accounts
        }
        assert len(accounts) == len(held)
        assert len(people) == sum(len(names) for _, names in held.values())
        assert held == {
            code: (
                account.values,
                {name: one.values["JobTitleDescription"] for name, one in account.people.items()},
            )
            for code, account in self.model.accounts.items()
        }

    # --- how it is done

    def import_if(self, go: bool) -> None:
        if go:
            self.import_it("upsert")

    def one_of_the_accounts(self, who: int) -> str:
        return list(self.model.accounts)[who % len(self.model.accounts)]

    def one_of_the_file(self, who: int) -> str:
        return list(self.file)[who % len(self.file)]

    def edit_here(self, code: str, place: Place, value: str) -> None:
        who, name = place
        cells = self.file[code].people.get(who) if who else self.file[code].cells
        if cells is not None:
            cells[name] = value

    def edit_there(self, code: str, place: Place, value: str) -> None:
        who, name = place
        account = self.model.accounts[code]
        record = account.people.get(who) if who else account
        if record is None or record.values[name] == value:
            return
        record.values[name] = value
        record.touched = "someone"
        self.control(record.kind, update=[{"ID": self.id_of(code, who), name: value or None}])

    def write(self) -> None:
        rows = [
            (code, f"Klant {code}", *company.cells.values(), name, *cells.values())
            for code, company in self.file.items()
            for name, cells in company.people.items()
        ]
        self.env.write("a.csv", table(HEADER, *rows))

    def run(self, *options: str) -> Ended:
        self.write()
        ended = run_json(self.env, self.env.folder / "a.csv", *options)
        assert_rows_add_up(ended.document)
        return ended

    def finish(self) -> None:
        """Run until all is done; on the way there a row may be told of under several words."""
        until = time.monotonic() + 30
        while (ended := self.run()).status != 0:
            assert ended.status == 75, ended.document
            assert time.monotonic() < until, f"not finished: {ended.document}"
            # The server's Date, by which a lost answer is waited for, is cut to whole seconds.
            time.sleep(0.2)
        self.model.run(self.file, Run(next(self.names)))
        self.past = None

    def hold_to(self, ended: Ended, run: Run) -> None:
        assert ended.status == 0, ended.document
        assert ended.rows == dict(run.words), ended.document
        known = ("not created again", "was not sent", "the file wins")
        counts = {
            (problem["line"], problem["field"], word)
            for problem in ended.document["problems"]
            for word in known
            if word in problem["message"]
        }
        assert counts == run.warnings, ended.document["problems"]
        strange = [
            problem
            for problem in ended.document["problems"]
            if not any(word in problem["message"] for word in known)
        ]
        assert not strange, strange

    def control(self, kind: str, **wanted: Any) -> None:
        self.env.control("POST", f"{kind}s", wanted)

    def id_of(self, code: str, name: str = "") -> str:
        """Return the ID of an account, or of the contact of that name."""
        account = next(one for one in self.env.accounts() if one["Code"].strip() == code)
        if not name:
            return str(account["ID"])
        return next(
            str(one["ID"])
            for one in self.env.contacts()
            if one["Account"] == account["ID"] and one["LastName"] == name
        )


TestImportMachine = ImportMachine.TestCase
TestImportMachine.settings = bounded(EXAMPLES // 6, stateful_step_count=15)
