"""What rows say: a record for each, and what is wrong with them, problems that are alike together.

Rows become records in `reader`; what they mean together is found in `grouping`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from exact_import.errors import RowProblem, Severity
from exact_import.fields import Kind, Section
from exact_import.records.keys import fold

Value = str | int | float | bool
Values = dict[str, "Value | None"]
RowLocation = tuple[str, int]

# As many problems of a severity are kept; the rest is counted.
KEPT = 10_000
# References that a file gives by name: only the division's own lists tell what they are.
BY_NAME = frozenset({"AccountManager", *(f"Classification{number}" for number in range(1, 9))})
# The sections of further addresses, with Exact Online's numbers of their types.
ADDRESS_TYPES: Mapping[str, int] = {
    "postal address": 2,
    "invoice address": 3,
    "delivery address": 4,
}


@dataclass(slots=True)
class DetailRecord:
    """A bank account or a further address of an account, with the rows that gave it."""

    section: Section
    fields: Values
    lines: list[RowLocation]

    @property
    def key(self) -> str:
        """What tells it from others of its account: a bank account's number, else the section."""
        if self.section == "bank account":
            return fold("BankAccount", self.fields["BankAccount"])
        return self.section

    @property
    def kind(self) -> Kind:
        """What Exact Online has it as."""
        return "bank account" if self.section == "bank account" else "address"


@dataclass(slots=True)
class RowRecord:
    """What one row says: about its account, and about the person it names (or None).

    `details` are its bank account and further addresses. `person` is True for a row that names
    only a person; its account then carries the person's name. `main` tells whether the row asks
    for its contact to be the account's main one.
    """

    source: RowLocation
    account: Values
    contact: Values | None
    person: bool = False
    main: bool = False
    details: list[DetailRecord] = field(default_factory=list)


class Empty(Enum):
    """An empty cell where empty cells clear what Exact Online holds."""

    CLEARED = 0

    def __bool__(self) -> bool:
        return False


CLEARED: Final = Empty.CLEARED

# The value of a field on each row of a block; None where the row says nothing.
CellValue = Value | Empty | None
Columns = Mapping[str, Sequence[CellValue]]


class Block:
    """What the whole rows of a batch say, as columns; rows are numbered from 0.

    `lines` tells where each row starts, `account` and `contact` hold the values by field.
    `people` are the rows that name a person, `alone` those among them that name nobody else, so
    that the account carries the person's name; `main` those that ask for their person to be the
    main contact. `details` are the bank accounts and addresses of the rows that have any.
    `refused` are the rows that must not be sent; all else about them is void.
    """

    def __init__(self, file: str, lines: Sequence[int]) -> None:
        self.file = file
        self.lines = lines
        self.account: Columns = {}
        self.contact: Columns = {}
        self.people: list[bool] = [False] * len(lines)
        self.alone: set[int] = set()
        self.main: set[int] = set()
        self.details: dict[int, list[DetailRecord]] = {}
        self.refused: set[int] = set()

    def source(self, row: int) -> RowLocation:
        """Return where a row stands."""
        return self.file, self.lines[row]

    def record(self, row: int) -> RowRecord:
        """Return what a row says; the record is not shared."""
        details = self.details.get(row, ())
        return RowRecord(
            self.source(row),
            stated((name, column[row]) for name, column in self.account.items()),
            stated((name, column[row]) for name, column in self.contact.items())
            if self.people[row]
            else None,
            row in self.alone,
            row in self.main,
            [DetailRecord(one.section, dict(one.fields), [*one.lines]) for one in details],
        )


def stated(values: Iterable[tuple[str, CellValue]]) -> Values:
    """Return what a row says, by field: None for a field that it clears."""
    return {
        name: value if value is not CLEARED else None for name, value in values if value is not None
    }


Case = tuple[RowProblem, int]
"""A kind of problem: the first of them, and how many rows have it."""

Form = tuple[str, str, str]

ALIKE = 3  # so many problems that differ in the value only are told one by one
_VARYING = re.compile(r'"[^"]*"|\d+')
_ADVICE = re.compile(r' Did you mean "[^"]*"\?')


def kind(problem: RowProblem) -> Form:
    """Return what problems have in common that differ in nothing but their row."""
    return problem.severity, problem.column, problem.message


def form(problem: RowProblem) -> Form:
    """Return what problems have in common that differ in their row and the values they quote."""
    message = _VARYING.sub("", _ADVICE.sub("", problem.message))
    return problem.severity, problem.column, message


@dataclass(slots=True)
class RowsRead:
    """What reading the rows came to, filled while they are read.

    However many problems a file has, all are in `counted`, by severity, but only the first `KEPT`
    errors and as many warnings stand in `problems`, and only the first `KEPT` kinds of problem in
    `kinds`, each with its first case and how many rows have it. Of the others `further` has each
    form, as `form` has it, with the same. `rejected` are the rows that must not be
    sent, each with its reasons.
    """

    read: int = 0
    problems: list[RowProblem] = field(default_factory=list)
    rejected: dict[RowLocation, list[str]] = field(default_factory=dict)
    kinds: dict[Form, Case] = field(default_factory=dict)
    further: dict[Form, Case] = field(default_factory=dict)
    counted: Counter[Severity] = field(default_factory=Counter)

    def reject(
        self, source: RowLocation, message: str, column: str = "", field_name: str = ""
    ) -> None:
        """Refuse the row at `source`, saying why."""
        self.rejected.setdefault(source, []).append(message)
        self.note(RowProblem(*source, "error", message, column, field_name))

    def warn(
        self, source: RowLocation, message: str, column: str = "", field_name: str = ""
    ) -> None:
        """Say something about the row at `source` that does not keep it from being sent."""
        self.note(RowProblem(*source, "warning", message, column, field_name))

    def note(self, problem: RowProblem) -> None:
        """Count a problem, and keep it while there is room."""
        if self.counted[problem.severity] < KEPT:
            self.problems.append(problem)
        self.counted[problem.severity] += 1
        self._count_kind(problem, 1)

    def merge(self, other: RowsRead) -> None:
        """Take in what reading further rows came to."""
        self.read += other.read
        for source, reasons in other.rejected.items():
            self.rejected.setdefault(source, []).extend(reasons)
        room = {severity: KEPT - self.counted[severity] for severity in other.counted}
        for problem in other.problems:
            if room[problem.severity] > 0:
                self.problems.append(problem)
                room[problem.severity] -= 1
        self.counted.update(other.counted)
        for problem, count in other.kinds.values():
            self._count_kind(problem, count)
        for problem, count in other.further.values():
            self._count_further(problem, count)

    def _count_kind(self, problem: RowProblem, count: int) -> None:
        key = kind(problem)
        if key in self.kinds or len(self.kinds) < KEPT:
            first, so_far = self.kinds.get(key, (problem, 0))
            self.kinds[key] = (first, so_far + count)
        else:
            self._count_further(problem, count)

    def _count_further(self, problem: RowProblem, count: int) -> None:
        key = form(problem)
        if key in self.further or len(self.further) < KEPT:
            first, so_far = self.further.get(key, (problem, 0))
            self.further[key] = (first, so_far + count)


@dataclass(slots=True)
class ProblemGroup:
    """Kinds of problem that differ in the values they quote, the first of them first.

    `more` are the rows that have such a problem besides, of which no more is known.
    """

    cases: list[Case]
    more: int = 0

    @property
    def first(self) -> RowProblem:
        """The first such problem."""
        return self.cases[0][0]

    @property
    def rows(self) -> int:
        """How many rows have such a problem."""
        return self.more + sum(count for _, count in self.cases)


def grouped(problems: Iterable[RowProblem]) -> list[Case]:
    """Return each kind of problem once, with its first case and how many rows have it."""
    first: dict[Form, RowProblem] = {}
    count: Counter[Form] = Counter()
    for problem in problems:
        first.setdefault(kind(problem), problem)
        count[kind(problem)] += 1
    return [(problem, count[key]) for key, problem in first.items()]


def singly(cases: Iterable[Case], further: Iterable[Case] = ()) -> list[ProblemGroup]:
    """Return each kind of problem by itself, then those `further` ones of which little is known."""
    return [
        *(ProblemGroup([case]) for case in cases),
        *(ProblemGroup([(problem, 1)], count - 1) for problem, count in further),
    ]


def alike(cases: Iterable[Case], further: Iterable[Case] = ()) -> list[ProblemGroup]:
    """Put together the kinds of problem that differ in nothing but the values they quote.

    Up to `ALIKE` such kinds stay by themselves, and of more those that most rows have. `further`
    are problems of one form each, with the first of them: how they differ is not known.
    """
    forms: dict[Form, list[Case]] = {}
    for case in cases:
        forms.setdefault(form(case[0]), []).append(case)
    others = {form(problem): (problem, count) for problem, count in further}
    parts: list[ProblemGroup] = []
    for key, members in forms.items():
        few = len(members) <= ALIKE and key not in others
        often = [one for one in members if few or one[1] > 1]
        alone = sorted(often, key=lambda one: -one[1])[:ALIKE]
        rest = [one for one in members if one not in alone]
        parts.extend(ProblemGroup([one]) for one in members if one in alone)
        more = others.pop(key, None)
        if more is not None:
            rest = rest or [(more[0], 1)]
            parts.append(ProblemGroup(rest, more[1] - (rest[0][0] is more[0])))
        elif rest:
            parts.append(ProblemGroup(rest))
    return parts + singly((), others.values())
