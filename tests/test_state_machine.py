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
PEOPLE = ("Peeters", "Maes")
FIELDS = {"account": ("City", "AddressLine1"), "contact": ("JobTitleDescription",)}
VALUES = ("", "a", "b", "c")
STEPPING = [sys.executable, str(Path(__file__).with_name("stepping.py"))]
ORDER = ("created", "updated", "kept", "skipped", "unchanged")

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


@dataclass
class Company:
    """What the file says of a company: its own cells, and those of its people by their names.

    Each person has a row of his own, which repeats the company's cells.
    """

    cells: dict[str, str]
    people: dict[str, dict[str, str]]


@dataclass
class Record:
    """An account or contact in Exact Online, and what a run remembers of it.

    `said` is, by field, what the file said when it was last imported and what was stored then;
    None for a record that no run has had to do with. `touched` is the last hand that changed it:
    a run's name, or "someone". `people` are an account's contacts by name, and `missed` those
    that were imported once and that someone deleted.
    """

    kind: str
    values: dict[str, str]
    said: dict[str, tuple[str, str]] | None = None
    touched: str = "someone"
    people: dict[str, Record] = field(default_factory=dict)
    missed: dict[str, Record] = field(default_factory=dict)


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


@dataclass
class Run:
    """A run as it goes on: how it was asked for, and what it should tell when it ends."""

    name: str
    mode: str = "upsert"
    recreate: bool = False
    past: Past = field(default_factory=Past)
    words: Counter[str] = field(default_factory=Counter)
    warnings: set[tuple[int, str, str]] = field(default_factory=set)


class Model:
    """Exact Online and the rules, in their shortest form."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.accounts: dict[str, Record] = {}
        # By code, what was imported once and was then deleted by someone.
        self.missed: dict[str, Record] = {}

    # --- what someone does in Exact Online

    def delete_account(self, code: str) -> None:
        account = self.accounts.pop(code)
        if account.said is not None:
            self.missed[code] = account

    def delete_contact(self, code: str, name: str) -> None:
        account = self.accounts[code]
        contact = account.people.pop(name)
        if contact.said is not None:
            account.missed[name] = contact

    # --- what a run does

    def run(self, file: dict[str, Company], run: Run) -> Run:
        line = 2
        for code, company in file.items():
            lines = {name: line + place for place, name in enumerate(company.people)}
            line += len(lines)
            for words in self._company(code, company, lines, run):
                run.words[next(word for word in ORDER if word in words)] += 1
        return run

    def _company(
        self, code: str, company: Company, lines: dict[str, int], run: Run
    ) -> list[set[str]]:
        """Return the words of each row: of its company and of its person."""
        account = self.accounts.get(code)
        if account is not None:
            first = min(lines.values())
            word = self._compare(account, company.cells, first, run)
            return [
                {word, self._person(account, name, cells, lines[name], run)}
                for name, cells in company.people.items()
            ]
        gone = self.missed.get(code)
        if gone is not None and not run.recreate and self._says_the_same(gone, company):
            run.warnings.update((line, "", "not made again") for line in lines.values())
            return [{"kept"}] * len(lines)
        if run.mode == "update":
            return [{"skipped"}] * len(lines)
        account = self._make("account", company.cells, run)
        account.people = {
            name: self._make("contact", cells, run) for name, cells in company.people.items()
        }
        self.accounts[code] = account
        return [{"created"}] * len(lines)

    def _person(
        self, account: Record, name: str, cells: dict[str, str], line: int, run: Run
    ) -> str:
        if name in account.people:
            return self._compare(account.people[name], cells, line, run)
        gone = account.missed.get(name)
        if gone is not None and not run.recreate and not _changed(gone, cells):
            run.warnings.add((line, "", "not made again"))
            return "kept"
        if run.mode == "update":
            return "skipped"
        account.people[name] = self._make("contact", cells, run)
        return "created"

    def _says_the_same(self, gone: Record, company: Company) -> bool:
        known = {**gone.missed, **gone.people}
        return not _changed(gone, company.cells) and all(
            name in known and not _changed(known[name], cells)
            for name, cells in company.people.items()
        )

    def _make(self, kind: str, cells: dict[str, str], run: Run) -> Record:
        given = {field: cells[field] for field in FIELDS[kind]}
        said = {field: (value, value) for field, value in given.items()}
        record = Record(kind, given, said, run.name)
        run.past.made.append(record)
        return record

    def _compare(self, record: Record, cells: dict[str, str], line: int, run: Run) -> str:
        said = dict(record.said or {})
        sent: dict[str, str] = {}
        kept = False
        for place in FIELDS[record.kind]:
            wanted, current = cells[place], record.values[place]
            if not wanted and self.rules.blank == "keep":
                said.setdefault(place, ("", current))
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
                    run.warnings.add((line, place, "was not sent"))
                    continue
                if there_changed:
                    run.warnings.add((line, place, "the file wins"))
            sent[place] = wanted
        if sent and run.mode == "create":
            return "skipped"
        for place, value in sent.items():
            run.past.updated.append((record, place, record.values[place], value))
            record.values[place] = value
            record.touched = run.name
            said[place] = (value, value)
        record.said = said
        return "updated" if sent else "kept" if kept else "unchanged"

    # --- what an undo does

    def undo(self, past: Past, name: str) -> None:
        def as_made(record: Record) -> bool:
            return record.touched == name and any(record is one for one in past.made)

        for code, account in list(self.accounts.items()):
            for person in [one for one, contact in account.people.items() if as_made(contact)]:
                del account.people[person]
            if not account.people and as_made(account):
                del self.accounts[code]
        there = [
            one for account in self.accounts.values() for one in (account, *account.people.values())
        ]
        for record, place, before, after in past.updated:
            if any(record is one for one in there) and record.values[place] == after:
                record.values[place] = before
                record.touched = "undo"
                if record.said is not None:
                    record.said.pop(place, None)


def _changed(record: Record, cells: dict[str, str]) -> bool:
    return any(
        cells[place] and cells[place] != said for place, (said, _) in (record.said or {}).items()
    )


def person(value: str) -> dict[str, str]:
    return dict.fromkeys(FIELDS["contact"], value)


def company(value: str, *people: str) -> Company:
    cells = dict.fromkeys(FIELDS["account"], value)
    return Company(cells, {name: person(value) for name in people})


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
        assert ended.status == bool(ended.document["left_alone"]), ended.document
        self.model.undo(past, name)
        self.past = None

    @invariant()
    def exact_online_holds_what_the_rules_say(self) -> None:
        if not hasattr(self, "house"):
            return
        accounts, people = self.house.accounts(), self.house.contacts()
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
        self.model.run(self.file, Run(next(self.names)))
        self.past = None

    def hold_to(self, ended: Ended, run: Run) -> None:
        assert ended.status == 0, ended.document
        assert ended.rows == dict(run.words), ended.document
        known = ("not made again", "was not sent", "the file wins")
        told = {
            (problem["line"], problem["field"], word)
            for problem in ended.document["problems"]
            for word in known
            if word in problem["message"]
        }
        assert told == run.warnings, ended.document["problems"]
        strange = [
            problem
            for problem in ended.document["problems"]
            if not any(word in problem["message"] for word in known)
        ]
        assert not strange, strange

    def control(self, kind: str, **wanted: Any) -> None:
        self.house.control("POST", f"{kind}s", wanted)

    def id_of(self, code: str, name: str = "") -> str:
        """Return the ID of an account, or of the contact of that name."""
        account = next(one for one in self.house.accounts() if one["Code"].strip() == code)
        if not name:
            return str(account["ID"])
        return next(
            str(one["ID"])
            for one in self.house.contacts()
            if one["Account"] == account["ID"] and one["LastName"] == name
        )


TestBookkeeping = Bookkeeping.TestCase
TestBookkeeping.settings = bounded(EXAMPLES // 6, stateful_step_count=15)
