"""What rows say: a record for each, and what is wrong with them.

Rows become records in `rowreader`; what they mean together is found in `companies`.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from exact_import.errors import RowProblem, Severity
from exact_import.fields import Kind, Section
from exact_import.records.keys import fold
from exact_import.records.problem_groups import Case, Form, form, kind

Value = str | int | float | bool
Values = dict[str, "Value | None"]
RowLocation = tuple[str, int]

# As many problems of a severity, and reasons for refusing rows, are kept; the rest is counted.
KEPT = 10_000
# The reasons of rows whose own are not known.
UNTOLD = ("is wrong too; why was not kept, for more than 10,000 rows of the files are wrong",)
_BITS = 1024
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


class RejectedRows(Mapping[RowLocation, Sequence[str]]):
    """The rows that must not be sent, each with its reasons.

    Every row is known, at a bit for each line of its file; the reasons only of the first `KEPT`
    rows (see `keep_all`), the others have `UNTOLD` for theirs.
    """

    def __init__(self) -> None:
        self._most = KEPT
        self._marks: dict[tuple[str, int], int] = {}
        self._reasons: dict[RowLocation, list[str]] = {}
        self._count = 0

    def keep_all(self) -> None:
        """Keep the reasons of all rows from now on: nothing else will tell them any more."""
        self._most = sys.maxsize

    def add(self, source: RowLocation, *reasons: str) -> None:
        """Refuse the row at `source`, for these reasons too."""
        file, line = source
        place, bit = (file, line // _BITS), 1 << line % _BITS
        marks = self._marks.get(place, 0)
        if not marks & bit:
            self._marks[place] = marks | bit
            self._count += 1
            if len(self._reasons) < self._most:
                self._reasons[source] = [*reasons]
        elif source in self._reasons:
            self._reasons[source].extend(reasons)

    def update(self, other: RejectedRows) -> None:
        """Refuse the rows of `other` too, for the reasons that are known there."""
        for source in other:
            self.add(source, *other[source] if other.told(source) else ())
            if not other.told(source):
                self._reasons.pop(source, None)

    def any_of(self, file: str) -> bool:
        """Tell whether any row of `file` is refused."""
        return any(name == file for name, _ in self._marks)

    def told(self, source: RowLocation) -> bool:
        """Tell whether the reasons of the row at `source` were kept."""
        return source in self._reasons

    def __contains__(self, source: object) -> bool:
        file, line = cast("RowLocation", source)
        return bool(self._marks and self._marks.get((file, line // _BITS), 0) >> line % _BITS & 1)

    def __getitem__(self, source: RowLocation) -> Sequence[str]:
        if source not in self:
            raise KeyError(source)
        return self._reasons.get(source, UNTOLD)

    def __iter__(self) -> Iterator[RowLocation]:
        for (file, place), marks in self._marks.items():
            left = marks
            while left:
                lowest = left & -left
                yield file, place * _BITS + lowest.bit_length() - 1
                left ^= lowest

    def __len__(self) -> int:
        return self._count


@dataclass(slots=True)
class RowsRead:
    """What reading the rows came to, filled while they are read.

    However many problems a file has, all are in `counted`, by severity, but only the first `KEPT`
    errors and as many warnings stand in `problems`, and only the first `KEPT` kinds of problem in
    `kinds`, each with its first case and how many rows have it. Of the others `further` has each
    form, as `likeness` calls it, with the same.
    """

    read: int = 0
    problems: list[RowProblem] = field(default_factory=list)
    rejected: RejectedRows = field(default_factory=RejectedRows)
    kinds: dict[Form, Case] = field(default_factory=dict)
    further: dict[Form, Case] = field(default_factory=dict)
    counted: Counter[Severity] = field(default_factory=Counter)

    def reject(
        self, source: RowLocation, message: str, column: str = "", field_name: str = ""
    ) -> None:
        """Refuse the row at `source`, saying why."""
        self.rejected.add(source, message)
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
        self.rejected.update(other.rejected)
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
