"""Edit the file, edit in Exact Online, delete there, run, kill, undo, in any order.

What Exact Online holds afterwards is what the model says: the rules of DESIGN and docs/rules.md
in their shortest form, written without a look at the program.
"""

from __future__ import annotations

import contextlib
import itertools
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from house import table
from indoors import EXAMPLES, Ended, assert_rows_add_up, bounded, new_house, run_here

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
FIELDS = {"account": ("City", "AddressLine1"), "contact": ("JobTitleDescription",)}
VALUES = ("", "a", "b", "c")
STEPPING = [sys.executable, str(Path(__file__).with_name("stepping.py"))]
ORDER = ("created", "updated", "kept", "skipped", "unchanged")

Place = tuple[str, str]

# Which of those there are, and whether an import follows at once.
who = st.integers(0, len(CODES) - 1)
go = st.booleans()
values = st.sampled_from(VALUES)
fields = st.sampled_from([(kind, name) for kind, names in FIELDS.items() for name in names])
edits = st.tuples(fields, values)


@dataclass
class Record:
    """An account or contact in Exact Online, and what a run remembers of it.

    `said` is, by field, what the file said when it was last imported and what was stored then;
    None for a record that no run has had to do with. `touched` is the last hand that changed it:
    a run's name, or "someone".
    """

    kind: str
    values: dict[str, str]
    said: dict[str, tuple[str, str]] | None = None
    touched: str = "someone"
    contact: Record | None = None


@dataclass
class Past:
    """What a run did, to be undone: records made, and old and new values of fields."""

    made: list[Record] = field(default_factory=list)
    updated: list[tuple[Record, str, str, str]] = field(default_factory=list)


@dataclass
class Rules:
    """What the configuration says of the street, and of empty cells."""

    policy: str
    blank: str


class Model:
    """Exact Online and the rules, in their shortest form."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.accounts: dict[str, Record] = {}
        # By code, what was imported once and was then deleted by someone.
        self.deleted: dict[str, Record] = {}
        self.deleted_contacts: dict[int, Record] = {}

    # --- what someone does in Exact Online

    def delete_account(self, code: str) -> None:
        account = self.accounts.pop(code)
        if account.said is not None:
            self.deleted[code] = account

    def delete_contact(self, account: Record) -> None:
        if account.contact is not None and account.contact.said is not None:
            self.deleted_contacts[id(account)] = account.contact
        account.contact = None

    # --- what a run does

    def run(self, file: dict[str, dict[str, str]], mode: str, recreate: bool, name: str) -> Outcome:
        outcome = Outcome(Past())
        for line, (code, cells) in enumerate(file.items(), start=2):
            words = self._row(code, cells, mode, recreate, name, line, outcome)
            outcome.words[next(word for word in ORDER if word in words)] += 1
        return outcome

    def _row(
        self,
        code: str,
        cells: dict[str, str],
        mode: str,
        recreate: bool,
        name: str,
        line: int,
        outcome: Outcome,
    ) -> list[str]:
        account = self.accounts.get(code)
        if account is not None:
            return [
                self._compare(account, cells, mode, name, line, outcome),
                self._contact(account, cells, mode, recreate, name, line, outcome),
            ]
        gone = self.deleted.get(code)
        if gone is not None and not recreate and not self._row_changed(gone, cells):
            outcome.warnings.add((line, "", "not made again"))
            return ["kept"]
        if mode == "update":
            return ["skipped"]
        account = self._make("account", cells, name, outcome)
        account.contact = self._make("contact", cells, name, outcome)
        self.accounts[code] = account
        self.deleted.pop(code, None)
        return ["created"]

    def _contact(
        self,
        account: Record,
        cells: dict[str, str],
        mode: str,
        recreate: bool,
        name: str,
        line: int,
        outcome: Outcome,
    ) -> str:
        if account.contact is not None:
            return self._compare(account.contact, cells, mode, name, line, outcome)
        gone = self.deleted_contacts.get(id(account))
        if gone is not None and not recreate and not _changed(gone, cells):
            outcome.warnings.add((line, "", "not made again"))
            return "kept"
        if mode == "update":
            return "skipped"
        account.contact = self._make("contact", cells, name, outcome)
        self.deleted_contacts.pop(id(account), None)
        return "created"

    def _row_changed(self, gone: Record, cells: dict[str, str]) -> bool:
        contact = gone.contact or self.deleted_contacts.get(id(gone))
        return _changed(gone, cells) or (contact is not None and _changed(contact, cells))

    def _make(self, kind: str, cells: dict[str, str], name: str, outcome: Outcome) -> Record:
        given = {field: cells[field] for field in FIELDS[kind] if cells[field]}
        record = Record(
            kind,
            {field: given.get(field, "") for field in FIELDS[kind]},
            {field: (value, value) for field, value in given.items()},
            name,
        )
        outcome.past.made.append(record)
        return record

    def _compare(
        self,
        record: Record,
        cells: dict[str, str],
        mode: str,
        name: str,
        line: int,
        outcome: Outcome,
    ) -> str:
        said = dict(record.said or {})
        sent: dict[str, str] = {}
        warnings: set[tuple[int, str, str]] = set()
        kept = False
        for place in FIELDS[record.kind]:
            wanted, current = cells[place], record.values[place]
            if not wanted and self.rules.blank == "keep":
                continue
            if wanted == current:
                said[place] = (wanted, current)
                continue
            policy = self.rules.policy if place == "AddressLine1" else "keep"
            if policy == "never" or (policy == "fill" and current):
                continue
            if policy == "keep" and place in said:
                file_changed = wanted != said[place][0]
                there_changed = current != said[place][1]
                if not file_changed:
                    assert there_changed, "a run stores what it sends"
                    kept = True
                    warnings.add((line, place, "was not sent"))
                    continue
                if there_changed:
                    warnings.add((line, place, "the file wins"))
            sent[place] = wanted
        outcome.warnings |= warnings
        if sent and mode == "create":
            return "skipped"
        for place, value in sent.items():
            outcome.past.updated.append((record, place, record.values[place], value))
            record.values[place] = value
            record.touched = name
            said[place] = (value, value)
        record.said = said
        return "updated" if sent else "kept" if kept else "unchanged"

    # --- what an undo does

    def undo(self, past: Past, name: str) -> None:
        as_made = [record for record in past.made if record.touched == name]
        for code, account in list(self.accounts.items()):
            contact = account.contact
            removable = contact is None or any(contact is one for one in as_made)
            if contact is not None and removable:
                account.contact = None
            if removable and any(account is one for one in as_made):
                del self.accounts[code]
        there = [one for account in self.accounts.values() for one in (account, account.contact)]
        for record, place, before, after in past.updated:
            if any(record is one for one in there) and record.values[place] == after:
                record.values[place] = before
                record.touched = "undo"
                if record.said is not None:
                    record.said.pop(place, None)


@dataclass
class Outcome:
    """What a run should tell: the rows by their words, the warnings, and what can be undone."""

    past: Past
    words: Counter[str] = field(default_factory=Counter)
    warnings: set[tuple[int, str, str]] = field(default_factory=set)


def _changed(record: Record, cells: dict[str, str]) -> bool:
    return any(
        cells[place] and cells[place] != said for place, (said, _) in (record.said or {}).items()
    )


class Bookkeeping(RuleBasedStateMachine):
    """Everybody who has to do with the division, and the program among them."""

    @initialize(
        policy=st.sampled_from(["keep", "keep", "overwrite", "fill", "never"]),
        blank=st.sampled_from(["keep", "keep", "clear"]),
    )
    def begin(self, policy: str, blank: str) -> None:
        self.stack = contextlib.ExitStack()
        configuration = f"{MAPPING}blank = {blank}\n[policy]\naccount AddressLine1 = {policy}\n"
        self.house = self.stack.enter_context(new_house(configuration))
        self.model = Model(Rules(policy, blank))
        self.file = {code: self.cells("a") for code in CODES[:2]}
        self.past: tuple[str, Past] | None = None
        self.names = (f"run {number}" for number in itertools.count())
        self.import_it("upsert")

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()

    # --- the file

    @rule(who=who, value=values, go=go)
    def add_a_row(self, who: int, value: str, go: bool) -> None:
        absent = [code for code in CODES if code not in self.file]
        if absent:
            self.file[absent[who % len(absent)]] = self.cells(value)
            self.import_if(go)

    @rule(who=who)
    def take_a_row_out(self, who: int) -> None:
        if len(self.file) > 1:
            del self.file[list(self.file)[who % len(self.file)]]

    @rule(who=who, place=fields, value=values, go=go)
    def edit_the_file(self, who: int, place: Place, value: str, go: bool) -> None:
        self.file[list(self.file)[who % len(self.file)]][place[1]] = value
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
            self.file[code][place[1]] = here
        self.import_it("upsert")

    @precondition(lambda self: self.model.accounts)
    @rule(who=who, kind=st.sampled_from(["account", "contact"]), edit=st.none() | edits, go=go)
    def delete_in_exact_online(
        self, who: int, kind: str, edit: tuple[Place, str] | None, go: bool
    ) -> None:
        code = self.one_of_the_accounts(who)
        account = self.model.accounts[code]
        if kind == "contact" and account.contact is None:
            return
        self.control(kind, delete=[self.id_of(kind, code)])
        if kind == "account":
            self.model.delete_account(code)
        else:
            self.model.delete_contact(account)
        if edit is not None and code in self.file:
            self.file[code][edit[0][1]] = edit[1]
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
        self.model.deleted.pop(code, None)
        self.import_if(go)

    # --- the program

    @rule(mode=st.sampled_from(["upsert", "upsert", "upsert", "create", "update"]))
    def import_it(self, mode: str) -> None:
        name = next(self.names)
        ended = self.run("--mode", mode)
        outcome = self.model.run(self.file, mode, False, name)
        self.hold_to(ended, outcome)
        self.past = (name, outcome.past)
        self.run_name = ended.document["run"]

    @rule()
    def import_it_and_recreate(self) -> None:
        name = next(self.names)
        ended = self.run("--recreate")
        self.hold_to(ended, self.model.run(self.file, "upsert", True, name))
        self.past = None

    @rule(
        skip=st.integers(0, 2), times=st.integers(1, 2), kind=st.sampled_from(["before", "after"])
    )
    def import_it_and_lose_answers(self, skip: int, times: int, kind: str) -> None:
        match = {"path": "crm/*"}
        for method in ("POST", "PUT"):
            fault = {"kind": f"drop_{kind}", "skip": skip, "times": times}
            self.house.faults({**fault, "match": {**match, "method": method}})
        self.finish()
        self.house.control("DELETE", "faults")

    @rule(step=st.integers(1, 60))
    def import_it_and_kill_it(self, step: int) -> None:
        self.write()
        environment = {**self.house.environment(), "EXACT_IMPORT_TEST_STEP": str(step)}
        killed = subprocess.run(
            [*STEPPING, "a.csv"],
            cwd=self.house.folder,
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
        ended = run_here(self.house, "undo", self.run_name, "--yes")
        assert ended.status == 0, ended.document
        self.model.undo(past, name)
        self.past = None

    @invariant()
    def exact_online_holds_what_the_rules_say(self) -> None:
        if not hasattr(self, "house"):
            return
        people = {one["Account"]: one for one in self.house.contacts()}
        held = {
            one["Code"].strip(): (
                {name: one.get(name) or "" for name in FIELDS["account"]},
                {name: people[one["ID"]].get(name) or "" for name in FIELDS["contact"]}
                if one["ID"] in people
                else None,
            )
            for one in self.house.accounts()
        }
        assert len(self.house.accounts()) == len(held)
        assert len(people) == len(self.house.contacts())
        assert held == {
            code: (account.values, account.contact.values if account.contact else None)
            for code, account in self.model.accounts.items()
        }

    # --- how it is done

    def import_if(self, go: bool) -> None:
        if go:
            self.import_it("upsert")

    def one_of_the_accounts(self, who: int) -> str:
        return list(self.model.accounts)[who % len(self.model.accounts)]

    def edit_there(self, code: str, place: Place, value: str) -> None:
        kind, name = place
        account = self.model.accounts[code]
        record = account if kind == "account" else account.contact
        if record is None or record.values[name] == value:
            return
        record.values[name] = value
        record.touched = "someone"
        self.control(kind, update=[{"ID": self.id_of(kind, code), name: value or None}])

    def cells(self, value: str) -> dict[str, str]:
        return {name: value for names in FIELDS.values() for name in names}

    def write(self) -> None:
        rows = [
            (
                code,
                f"Klant {code}",
                cells["City"],
                cells["AddressLine1"],
                f"P{code}",
                cells["JobTitleDescription"],
            )
            for code, cells in self.file.items()
        ]
        self.house.write("a.csv", table(HEADER, *rows))

    def run(self, *options: str) -> Ended:
        self.write()
        ended = run_here(self.house, self.house.folder / "a.csv", *options)
        assert_rows_add_up(ended.document)
        return ended

    def finish(self) -> None:
        """Run until all is done; on the way there a row may be told of under several words."""
        for _ in range(8):
            ended = self.run()
            if ended.status == 0:
                break
            assert ended.status == 75, ended.document
            time.sleep(0.1)
        else:
            raise AssertionError(f"not finished: {ended.document}")
        self.model.run(self.file, "upsert", False, next(self.names))
        self.past = None

    def hold_to(self, ended: Ended, outcome: Outcome) -> None:
        assert ended.status == 0, ended.document
        assert ended.rows == dict(outcome.words), ended.document
        known = ("not made again", "was not sent", "the file wins")
        told = {
            (problem["line"], problem["field"], word)
            for problem in ended.document["problems"]
            for word in known
            if word in problem["message"]
        }
        assert told == outcome.warnings, ended.document["problems"]
        strange = [
            problem
            for problem in ended.document["problems"]
            if not any(word in problem["message"] for word in known)
        ]
        assert not strange, strange

    def control(self, kind: str, **wanted: Any) -> None:
        self.house.control("POST", f"{kind}s", wanted)

    def id_of(self, kind: str, code: str) -> str:
        account = next(one for one in self.house.accounts() if one["Code"].strip() == code)
        if kind == "account":
            return str(account["ID"])
        people = self.house.contacts()
        return str(next(one["ID"] for one in people if one["Account"] == account["ID"]))


TestBookkeeping = Bookkeeping.TestCase
TestBookkeeping.settings = bounded(EXAMPLES // 4, stateful_step_count=15)
