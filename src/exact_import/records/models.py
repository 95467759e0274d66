"""The values of rows, and their problems, grouped by kind.

`reader` makes records from rows; `grouping` combines them. Match keys decide which record of Exact
Online or of another row is the same: a key is one field or several joined by "+", such as "Code" or
"Name+Postcode"; its value is the folded text of those fields, or "" if one of them is empty.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Final

from exact_import.errors import RowProblem, Severity
from exact_import.fields import Kind, RecordKind, Section
from exact_import.tables.source import source_name

Value = str | int | float | bool
Values = dict[str, "Value | None"]
RowLocation = tuple[str, int]

NEW: Final = "new"
"""The answer that a held row is a record of its own."""

# The most problems of a severity that are kept; the rest is only counted.
KEPT = 10_000
# References that a file gives by name: only the division's own lists have their codes.
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
        """The key within its account: a bank account's number, or the section."""
        if self.section == "bank account":
            return fold("BankAccount", self.fields["BankAccount"])
        return self.section

    @property
    def kind(self) -> Kind:
        """The kind of record in Exact Online."""
        return "bank account" if self.section == "bank account" else "address"


# An empty cell where empty cells clear what Exact Online holds; no other value is an empty text.
CLEARED: Final = ""

# The value of a field on each row of a block; None if the row says nothing.
CellValue = Value | None
Columns = Mapping[str, Sequence[CellValue]]


class Block:
    """The values of the valid rows of a batch, as columns; rows are numbered from 0.

    `lines` has the line where each row starts, `account` and `contact` hold the values by field.
    `people` are the rows that name a person, `alone` those among them that name nobody else, so
    that the account carries the person's name; `main` those that ask for their person to be the
    main contact. `details` are the bank accounts and addresses of the rows that have any. `refused`
    are the rows that must not be sent; all else about them is void. `own` has, by kind, the numbers
    by which the file's source knows the records.
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
        self.own: dict[RecordKind, Sequence[str]] = {}

    def source(self, row: int) -> RowLocation:
        """Return where a row is."""
        return self.file, self.lines[row]


def stated(values: Iterable[tuple[str, CellValue]]) -> Values:
    """Return the values of a row by field: None for a field that it clears."""
    return {
        name: value if value != CLEARED else None for name, value in values if value is not None
    }


Case = tuple[RowProblem, int]
"""A kind of problem: the first of them, and how many rows have it."""

Form = tuple[str, str, str]

ALIKE = 3  # up to three problems that differ in the value only are shown one by one
_VARYING = re.compile(r'"[^"]*"|\d+')
_THIS_ROW = re.compile(r"\b(in|of) this row\b")
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
    """The result of reading the rows, filled while they are read.

    All problems are in `counted`, by severity, but only the first `KEPT` errors and as many
    warnings are in `problems`. `kinds` has each kind of problem, with the first case and how many
    rows have it. `rejected` are the rows that must not be sent, each with its reasons. `answers`
    are what a person wrote in the `_answer` column of rejects, or said on the terminal: a code or
    an ID, "new", or the line of another row ("line 3"). `sources` has, by file, the source of its
    rows, to which own numbers belong. `duplicates` are the rows with a warning that they may be the
    record of another row.
    """

    read: int = 0
    problems: list[RowProblem] = field(default_factory=list)
    rejected: dict[RowLocation, list[str]] = field(default_factory=dict)
    kinds: dict[Form, Case] = field(default_factory=dict)
    counted: Counter[Severity] = field(default_factory=Counter)
    answers: dict[RowLocation, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    duplicates: set[RowLocation] = field(default_factory=set)

    def source_of(self, file: str) -> str:
        """Return the source of the rows of `file`."""
        return self.sources.get(file) or source_name(file)

    def answer(self, lines: Iterable[RowLocation]) -> str:
        """Return what a person answered about a record with these rows, "" for nothing."""
        return next((self.answers[one].strip() for one in lines if one in self.answers), "")

    def reject(
        self, source: RowLocation, message: str, column: str = "", field_name: str = ""
    ) -> None:
        """Reject the row at `source`, with the reason."""
        self.rejected.setdefault(source, []).append(message)
        self.note(RowProblem(*source, "error", message, column, field_name))

    def warn(
        self, source: RowLocation, message: str, column: str = "", field_name: str = ""
    ) -> None:
        """Add a warning about the row at `source`."""
        self.note(RowProblem(*source, "warning", message, column, field_name))

    def warn_of_duplicate(self, source: RowLocation, message: str, field_name: str = "") -> None:
        """Warn that the row at `source` may be the same record as another row."""
        self.note(RowProblem(*source, "warning", message, "", field_name, "duplicate"))

    def note(self, problem: RowProblem) -> None:
        """Count a problem, and keep it while there is room."""
        if self.counted[problem.severity] < KEPT:
            self.problems.append(problem)
        self.counted[problem.severity] += 1
        if problem.about == "duplicate":
            self.duplicates.add((problem.file, problem.line))
        _count(self.kinds, problem, 1)

    def copy(self) -> RowsRead:
        """Return a copy; further problems change only one of the two."""
        copied = RowsRead(**{one.name: copy.copy(getattr(self, one.name)) for one in fields(self)})
        copied.rejected = {source: [*reasons] for source, reasons in self.rejected.items()}
        return copied

    def restore(self, earlier: RowsRead) -> None:
        """Remove what was noted since `earlier` was copied."""
        again = earlier.copy()
        for one in fields(self):
            setattr(self, one.name, getattr(again, one.name))

    def merge(self, other: RowsRead) -> None:
        """Add the result of reading further rows."""
        self.read += other.read
        for source, reasons in other.rejected.items():
            self.rejected.setdefault(source, []).extend(reasons)
        room = {severity: KEPT - self.counted[severity] for severity in other.counted}
        for problem in other.problems:
            if room[problem.severity] > 0:
                self.problems.append(problem)
                room[problem.severity] -= 1
        self.counted.update(other.counted)
        self.answers.update(other.answers)
        self.sources.update(other.sources)
        self.duplicates |= other.duplicates
        for problem, count in other.kinds.values():
            _count(self.kinds, problem, count)


@dataclass(slots=True)
class ProblemGroup:
    """Kinds of problem that differ in the values they quote, the first of them first."""

    cases: list[Case]

    @property
    def first(self) -> RowProblem:
        """The first such problem."""
        return self.cases[0][0]

    @property
    def rows(self) -> int:
        """How many rows have such a problem."""
        return sum(count for _, count in self.cases)

    @property
    def message(self) -> str:
        """What is wrong, said of one row or of several."""
        message = self.first.message
        return message if self.rows == 1 else _THIS_ROW.sub(r"\1 these rows", message)


def _count(kinds: dict[Form, Case], problem: RowProblem, count: int) -> None:
    first, so_far = kinds.get(kind(problem), (problem, 0))
    kinds[kind(problem)] = (first, so_far + count)


def grouped(problems: Iterable[RowProblem]) -> list[Case]:
    """Return each kind of problem once, with its first case and how many rows have it."""
    kinds: dict[Form, Case] = {}
    for problem in problems:
        _count(kinds, problem, 1)
    return list(kinds.values())


def alike(cases: Iterable[Case]) -> list[ProblemGroup]:
    """Put together the kinds of problem that differ in nothing but the values they quote.

    Up to `ALIKE` such kinds stay by themselves, and of more those that most rows have.
    """
    forms: dict[Form, list[Case]] = {}
    for case in cases:
        forms.setdefault(form(case[0]), []).append(case)
    groups: list[ProblemGroup] = []
    for members in forms.values():
        often = [one for one in members if len(members) <= ALIKE or one[1] > 1]
        alone = sorted(often, key=lambda one: -one[1])[:ALIKE]
        groups.extend(ProblemGroup([one]) for one in members if one in alone)
        if rest := [one for one in members if one not in alone]:
            groups.append(ProblemGroup(rest))
    return groups


# Only letters and digits are compared in these: people write dots, spaces and dashes.
_COMPACT = frozenset({"VATNumber", "ChamberOfCommerce", "Postcode", "IBAN", "BankAccount"})
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


def fold(name: str, value: object) -> str:
    """Return the normalised form of a value of the field `name`."""
    text = str(value)
    if text.isalnum():
        return text.casefold()
    if name in _COMPACT:
        return _NOT_ALPHANUMERIC.sub("", text).casefold()
    return " ".join(text.split()).casefold()


def key_value(key: str, values: Mapping[str, object]) -> str:
    """Return the value of match key `key` in `values`, "" if a part of it is empty."""
    if "+" not in key:
        value = values.get(key)
        return "" if value is None else fold(key, value)
    parts = [key_value(part, values) for part in key.split("+")]
    return "\x1f".join(parts) if all(parts) else ""
