"""An open division of Exact Online, and what is stored for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exact_import.errors import UsageError
from exact_import.fields import RecordKind
from exact_import.store.journal import Intent, Journal
from exact_import.store.links import Links
from exact_import.store.mirror import Mirror

if TYPE_CHECKING:
    from exact_import.exact.client import Client


@dataclass(slots=True)
class DivisionStore:
    """Everything that is stored for one division.

    `journal` holds it under the number `scope`; `mirror` is what Exact Online holds, `links` which
    record a key of a row is. Call `Mirror.keep` with the fields to keep before you read the mirror.
    `check_lock` is called before each write, and raises where the right to write was lost.
    """

    journal: Journal
    scope: int
    check_lock: Callable[[], None] = lambda: None
    mirror: Mirror = field(init=False)
    links: Links = field(init=False)

    def __post_init__(self) -> None:
        self.mirror = Mirror(self.journal, self.scope)
        self.links = Links(self.journal, self.scope)

    @classmethod
    def of(cls, journal: Journal, site: str, division: int) -> DivisionStore:
        """Return the store of `division` at `site`, a REST address, in `journal`."""
        return cls(journal, journal.scope(site, division))

    def prepare(self, fields: Mapping[RecordKind, Iterable[str]]) -> None:
        """Keep `fields` of each kind, and renew the lookup keys of another version."""
        self.mirror.keep(fields)
        self.mirror.rebuild_keys()

    def must_know(self, run: str) -> None:
        """Raise UsageError if there is no run of that name in this division."""
        known = "SELECT 1 FROM run WHERE id = ? AND scope = ?"
        if not self.journal.read(known, (run, self.scope)):
            raise UsageError(
                f"There is no run {run} of this division in the journal.",
                "Run exact-import runs to list them.",
            )

    def written_later(self, intent: Intent) -> list[Intent]:
        """Return what later runs wrote to the record of `intent`, in order."""
        return self.journal.intents(
            "scope = ? AND remote_id = ? AND run <> ? AND id > ? AND state = 'done'",
            (self.scope, intent.remote_id, intent.run, intent.id),
        )


def known_divisions(journal: Journal) -> list[tuple[int, DivisionStore]]:
    """Return the number and the store of each division that `journal` knows."""
    found = journal.read("SELECT division, id FROM scope ORDER BY division, id")
    return [(division, DivisionStore(journal, scope)) for division, scope in found]


@dataclass(frozen=True, slots=True)
class OpenDivision:
    """A division with its client and its store.

    `name` is the company's, "" if it is not known.
    """

    client: Client
    store: DivisionStore
    number: int
    name: str = ""
