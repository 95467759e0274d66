"""Problems that are alike: the same but for the row, or for the values that they quote."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from exact_import.errors import RowProblem

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
