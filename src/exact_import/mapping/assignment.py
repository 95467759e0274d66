"""Assigns columns to fields so that the total score is the highest.

Every use that a column can have is a `ColumnUse` with a score. A field takes one column and a
column goes to one field; of all such assignments the one with the highest total wins, and of equal
ones the one with the earlier columns, then the fields that are first by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from exact_import.fields import Section
from exact_import.mapping.columns import CHANNEL_FIELDS, HeaderColumn, HeaderColumns, Slot
from exact_import.text import quote

_POINT = 1 << 40
"""The weight of a score of one; the positions of all columns together weigh less."""


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """One use of the column at a position: a field, a score above 0, and why, in a few words.

    A column without a field of its own fills the gaps of this one if its header differs from that
    of the field's column only in the qualifiers in `near`. A `shared` column only fills gaps,
    whatever its header, and may have a field of its own as well. `note` is for the user if the
    column is used so.
    """

    column: int
    section: Section
    field: str
    score: int
    reason: str
    near: frozenset[str] = frozenset()
    note: str = ""
    shared: bool = False

    @property
    def slot(self) -> Slot:
        """The field, with its section."""
        return self.section, self.field

    @property
    def weight(self) -> int:
        """The score, and among equal scores the position."""
        return self.score * _POINT - self.column


Assignment = Mapping[Slot, ColumnUse]


def use(
    column: HeaderColumn,
    section: Section,
    field: str,
    score: int,
    reason: str,
    near: frozenset[str] = frozenset(),
    note: str = "",
    *,
    shared: bool = False,
) -> ColumnUse:
    """Return a use of a column; of columns with the same meaning, the plain one scores most."""
    score = score * 10 - column.weight
    if column.by_cells:
        note = f"{quote(column.header)} is used as {field}, because of the values in its cells."
    return ColumnUse(column.index, section, field, score, reason, near, note, shared)


def best_assignment(uses: Iterable[ColumnUse]) -> dict[Slot, ColumnUse]:
    """Return the column of each field so that the total of the scores is the highest.

    Columns are added one by one, each by the chain of moves that gains most, which keeps the
    total the best for the columns so far (successive shortest paths).
    """
    of_slot: dict[Slot, dict[int, ColumnUse]] = {}
    for one in uses:
        columns = of_slot.setdefault(one.slot, {})
        known = columns.get(one.column)
        if not one.shared and (known is None or one.weight > known.weight):
            columns[one.column] = one
    of_column: dict[int, list[ColumnUse]] = {}
    for _, columns in sorted(of_slot.items()):
        # One of as many columns as there are fields is free, whatever the other fields take.
        for one in sorted(columns.values(), key=lambda one: one.weight)[-len(of_slot) :]:
            of_column.setdefault(one.column, []).append(one)
    chosen: dict[Slot, ColumnUse] = {}
    for column in sorted(of_column):
        for move in _best_chain(of_column[column], of_column, chosen):
            chosen[move.slot] = move
    return chosen


def _best_chain(
    first: Sequence[ColumnUse], of_column: Mapping[int, Sequence[ColumnUse]], chosen: Assignment
) -> Sequence[ColumnUse]:
    """Return the moves that gain most: each takes the field of the column that moves next."""
    chains: dict[Slot, tuple[int, tuple[ColumnUse, ...]]] = {
        one.slot: (one.weight, (one,)) for one in first
    }
    left = list(chains)
    while left:
        slot = left.pop(0)
        owner = chosen.get(slot)
        gain, moves = chains[slot]
        for one in of_column[owner.column] if owner else ():
            other = gain - owner.weight + one.weight if owner else 0
            if one.slot != slot and (one.slot not in chains or other > chains[one.slot][0]):
                chains[one.slot] = other, (*moves, one)
                left.append(one.slot)
    ends = [(0, ())] + [
        (gain - (chosen[slot].weight if slot in chosen else 0), moves)
        for slot, (gain, moves) in chains.items()
    ]
    return max(ends, key=lambda end: end[0])[1]


def total(assignment: Assignment) -> int:
    """Return the sum of the weights of an assignment, to compare it with another."""
    return sum(one.weight for one in assignment.values())


def with_spares(
    chosen: Assignment, uses: Iterable[ColumnUse], table: HeaderColumns
) -> dict[Slot, list[ColumnUse]]:
    """Return for each field its column, and then those that fill its gaps."""
    columns = {column.index: column for column in table.columns}
    filled = {slot: [one] for slot, one in chosen.items()}
    placed = {one.column for one in chosen.values()}
    people = any(section == "contact" for section, _ in chosen)
    for one in sorted(uses, key=lambda one: -one.weight):
        others = filled.setdefault(one.slot, []) if one.shared else filled.get(one.slot, [])
        header = columns[one.column].header
        spare = others and one.field in CHANNEL_FIELDS and not people
        if spare and not table.samples.fills_gaps(others[0].column, one.column):
            continue  # unused, which is a warning
        if one.shared and all(columns[other.column].header != header for other in others):
            others.append(one)
        elif others and one.column not in placed:
            owner = columns[others[0].column].reading.qualifiers
            apart = owner ^ columns[one.column].reading.qualifiers
            if apart and apart <= one.near:
                others.append(one)
                placed.add(one.column)
    return filled
