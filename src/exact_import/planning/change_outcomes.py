"""What happened to the changes of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from exact_import.planning.plan import Change, Plan

State = Literal["", "done", "failed", "unsettled", "pending"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to a change: its state ("" until it is tried), and why it failed.

    `id` is the ID of the record, once known; `fields` are values that were written in addition to
    those of the change: the main contact of an account.
    """

    state: State = ""
    message: str = ""
    id: str | None = None
    fields: Mapping[str, Sequence[Any]] = field(default_factory=dict)


class Outcomes:
    """What happened to the changes of a plan; the plan itself does not change."""

    def __init__(self) -> None:
        self._found: dict[Change, Outcome] = {}

    def of(self, change: Change) -> Outcome:
        """Return the outcome of a change; an empty one until it is tried."""
        return self._found.get(change) or Outcome(id=change.id)

    def state(self, change: Change) -> State:
        """Return the state of a change, "" until it is tried."""
        found = self._found.get(change)
        return found.state if found is not None else ""

    def is_open(self, change: Change) -> bool:
        """Return True if a change is still to be sent."""
        return change.writes and self.state(change) == ""

    def note(self, change: Change, state: State, message: str = "", id: str | None = None) -> None:
        """Record the state of a change, and the ID of a new record."""
        so_far = self.of(change)
        self._found[change] = replace(so_far, state=state, message=message, id=id or so_far.id)

    def note_fields(self, change: Change, fields: Mapping[str, Sequence[Any]]) -> None:
        """Record that `fields` were written in addition to those of the change, now done."""
        so_far = self.of(change)
        self._found[change] = Outcome("done", "", so_far.id, {**so_far.fields, **fields})

    def include(self, other: Outcomes) -> None:
        """Add the outcomes of another plan."""
        self._found.update(other._found)

    def calls_left(self, plan: Plan) -> int:
        """Return how many calls the rest of `plan` takes."""
        return sum(
            change.writes + (change.main is not None)
            for change in plan.changes()
            if self.state(change) in ("", "pending")
        )
