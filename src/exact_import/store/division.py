"""A division of Exact Online that is open, and what is remembered of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exact_import.store.journal import Intent, Journal
from exact_import.store.mirror import Mirror

if TYPE_CHECKING:
    from exact_import.exact.client import Client


@dataclass(slots=True)
class DivisionStore:
    """All that is remembered of one division.

    `journal` holds it under the number `scope`, beside that of other divisions; `mirror` is what
    Exact Online holds. Whoever reads the mirror first says what it is to keep (`Mirror.keep`).
    """

    journal: Journal
    scope: int
    mirror: Mirror = field(init=False)

    def __post_init__(self) -> None:
        self.mirror = Mirror(self.journal, self.scope)

    @classmethod
    def of(cls, journal: Journal, site: str, division: int) -> DivisionStore:
        """Return the store of `division` at `site`, a REST address, in `journal`."""
        return cls(journal, journal.scope(site, division))

    def has_run(self, run: str) -> bool:
        """Return True if the journal knows `run` in this division."""
        return bool(
            self.journal.read("SELECT 1 FROM run WHERE id = ? AND scope = ?", (run, self.scope))
        )

    def start_run(self, mode: str, files: Sequence[str]) -> str:
        """Note that a run begins and return its name."""
        return self.journal.start_run(self.scope, mode, files)

    def announce(self, intent: Intent) -> Intent:
        """Note durably that `intent` is about to be sent; fills in its id and time."""
        return self.journal.announce(self.scope, intent)

    def open_intents(self) -> list[Intent]:
        """Return the writes whose outcome is not known, oldest first."""
        return self.journal.open_intents(self.scope)

    def made_here(self, remote_id: str) -> bool:
        """Return True if a run of ours created the record `remote_id`."""
        return self.journal.made_here(self.scope, remote_id)

    def written_later(self, intent: Intent) -> list[Intent]:
        """Return what later runs of ours wrote to the record that `intent` is about, in order."""
        return self.journal.written_later(self.scope, intent)


@dataclass(frozen=True, slots=True)
class OpenDivision:
    """A division with the client that reaches it and the store that remembers it."""

    client: Client
    store: DivisionStore
    number: int
