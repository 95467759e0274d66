"""What README says of edits, deletions, runs and undoing, in its shortest form: a model.

It is written without a look at the program, for `test_state_machine` to hold the program to.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

FIELDS = {"account": ("City", "AddressLine1"), "contact": ("JobTitleDescription",)}
ORDER = ("created", "updated", "kept", "skipped", "unchanged")


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

    `base` is, by field, what the file said when it was last imported and what was stored then;
    None for a record that no run has had to do with. `touched` is the last hand that changed it:
    a run's name, or "someone". `people` are an account's contacts by name, and `missed` those
    that were imported once and that someone deleted.
    """

    kind: str
    values: dict[str, str]
    base: dict[str, tuple[str, str]] | None = None
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
        if account.base is not None:
            self.missed[code] = account

    def delete_contact(self, code: str, name: str) -> None:
        account = self.accounts[code]
        contact = account.people.pop(name)
        if contact.base is not None:
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
            run.warnings.update((line, "", "not created again") for line in lines.values())
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
            run.warnings.add((line, "", "not created again"))
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
        base = {field: (value, value) for field, value in given.items()}
        record = Record(kind, given, base, run.name)
        run.past.made.append(record)
        return record

    def _compare(self, record: Record, cells: dict[str, str], line: int, run: Run) -> str:
        base = dict(record.base or {})
        sent: dict[str, str] = {}
        kept = False
        for place in FIELDS[record.kind]:
            wanted, current = cells[place], record.values[place]
            if not wanted and self.rules.blank == "keep":
                base.setdefault(place, ("", current))
                continue
            if wanted == current:
                base[place] = (wanted, current)
                continue
            policy = self.rules.policy if place == "AddressLine1" else "keep"
            if policy == "never" or (policy == "fill" and current):
                continue
            if policy == "keep" and place in base:
                file_changed = wanted != base[place][0]
                there_changed = current != base[place][1]
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
            base[place] = (value, value)
        record.base = base
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
                if record.base is not None:
                    record.base.pop(place, None)


def _changed(record: Record, cells: dict[str, str]) -> bool:
    return any(
        cells[place] and cells[place] != value for place, (value, _) in (record.base or {}).items()
    )


def person(value: str) -> dict[str, str]:
    return dict.fromkeys(FIELDS["contact"], value)


def company(value: str, *people: str) -> Company:
    cells = dict.fromkeys(FIELDS["account"], value)
    return Company(cells, {name: person(value) for name in people})
