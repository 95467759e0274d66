"""The three-way rule: what is to happen with one field of a record that Exact Online has.

Pure: what the file says, what both sides held at the last import (the base), what Exact Online
holds now and the field's policy go in; a decision comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from exact_import.fields import Field

Decision = Literal["same", "update", "conflict", "keep", "leave"]
"""Same: both sides agree. Update: the file's value is sent. Conflict: it is sent too, though
somebody changed Exact Online's. Keep: somebody's edit there stays, and the row is told so. Leave:
Exact Online's value stays, by policy or because the file says nothing new."""


@dataclass(frozen=True, slots=True)
class Base:
    """What the file said of a field at its last import, and what Exact Online stored then."""

    file: Any
    stored: Any

    @classmethod
    def of(cls, pair: Sequence[Any] | None) -> Base | None:
        """Return the base that the store keeps as a pair, None where it keeps none."""
        return None if pair is None else cls(pair[0], pair[1])


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How a field of a record is decided.

    `policy` is what [policy] says ("" for nothing); `constant` is True for a template without a
    column, which is sent on creation only; `derived` for a value that no cell gives, such as the
    name of an account that is its only person's: it follows the file only where a run set it.
    """

    policy: str = ""
    constant: bool = False
    derived: bool = False

    @property
    def effective_policy(self) -> str:
        """The policy that applies, "" for the three-way rule."""
        return self.policy or ("never" if self.constant else "")


def decide(
    column: Field,
    value: Any,
    base: Base | None,
    current: Any,
    rule: FieldRule,
    reads_as: Callable[[str], Any] | None = None,
) -> Decision:
    """Decide about `column`: the file says `value`, Exact Online holds `current`.

    `value` is None for a cell that is to clear the field; `base` is None for a field that no run
    has imported. `reads_as` returns what a cell with Exact Online's own spelling would mean: where
    that is `value`, the two agree, so that an export which nobody edited plans no change.
    """
    if column.same(value, current):
        return "same"
    policy = rule.effective_policy
    if policy != "overwrite" and reads_as is not None and isinstance(current, str) and current:
        read = reads_as(current.strip())
        if read is not None and column.same(read, value):
            return "same"
    empty = current in (None, "")
    if policy == "never" or (policy == "fill" and not empty):
        return "leave"
    if policy in ("overwrite", "fill"):
        return "update"
    if base is None or (rule.derived and base.file is None):
        return "leave" if rule.derived and not empty else "update"
    changed_here = not column.same(value, base.file)
    changed_there = not column.same(current, base.stored)
    if changed_here:
        return "conflict" if changed_there else "update"
    return "keep" if changed_there else "leave"
