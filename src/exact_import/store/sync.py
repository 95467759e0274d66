"""Brings the mirror up to date with Exact Online, in as few calls as there can be.

The sync endpoints answer what changed since a Timestamp, 1,000 records a page, and `sync/Deleted`
what went (docs/exact-online.md, Sync and Deleted).
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from exact_import.exact.client import Client
from exact_import.exact.errors import ScopeMissing, ServiceError, WrongDivision
from exact_import.fields import RecordKind, catalogue
from exact_import.store.division import DivisionStore
from exact_import.store.mirror import KINDS

# Exact Online keeps deletions for two months; a cursor older than this may have missed some.
DELETED_KEPT = 55 * 86_400.0
_A_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class StoredOtherwise:
    """A value that Exact Online stored differently from what was sent."""

    kind: RecordKind
    id: str
    field: str
    sent: Any
    stored: Any


@dataclass(slots=True)
class Refreshed:
    """What bringing the mirror up to date came to."""

    stored_otherwise: list[StoredOtherwise] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Sync:
    """Brings the mirror of `store` up to date from `client`."""

    def __init__(self, store: DivisionStore, client: Client) -> None:
        self._mirror = store.mirror
        self._client = client
        self._journal, self._scope = store.journal, store.scope
        # Stands as long as deletions cannot be read; they are asked for once a day.
        self._refused = f"deleted refused {self._scope}"

    def refresh(self, *, reread_after: float) -> Refreshed:
        """Bring the mirror up to date; costs a call for each 1,000 changed records, at least 3.

        Everything is read again where a field or key is newly used, where the last reading is
        so old that deletions were forgotten, and, without the right to read deletions, after
        `reread_after` seconds.
        """
        outcome = Refreshed()
        now = time.time()
        unverified = self._unverified()
        deleted = self._mirror.cursor("deleted")
        blind = self._journal.fact(self._refused, _A_DAY) is not None
        too_old = deleted is not None and now - deleted.read_at > DELETED_KEPT
        anew = too_old or (not blind and self._has_moved())
        if anew:
            deleted = None
        if deleted is None and not blind:
            # Before anything is read, so that no deletion falls between.
            blind = not self._read_deletions(1, now, outcome)
            # Nobody followed the deletions until now, and some may be forgotten.
            anew = anew or not blind
        unsure = self._journal.fact(self._refused) is not None
        for kind in KINDS:
            state = self._mirror.cursor(kind)
            full = (
                anew
                or state is None
                or not set(self._mirror.fields[kind]) <= set(state.fields)
                or (unsure and now - state.full_at > reread_after)
            )
            self._read(kind, full, now, unverified, outcome)
        if deleted is not None and not blind:
            self._read_deletions(deleted.timestamp, now, outcome)
        return outcome

    def verify(self, kind: RecordKind) -> list[StoredOtherwise]:
        """Read what changed of `kind` since the last reading, to see what updates stored."""
        outcome = Refreshed()
        self._read(kind, False, time.time(), self._unverified(), outcome)
        return outcome.stored_otherwise

    def _read(
        self,
        kind: RecordKind,
        full: bool,
        now: float,
        unverified: Mapping[tuple[str, str], Mapping[str, Sequence[Any]]],
        outcome: Refreshed,
    ) -> None:
        state = self._mirror.cursor(kind)
        since = 1 if full or state is None else state.timestamp
        select = sorted(self._mirror.kept[kind])
        generation = self._mirror.generation(kind) + (1 if full else 0)
        highest = since
        for page in self._client.sync_pages(kind, since, select):
            with self._journal.transaction():
                for record in page:
                    self._verify(kind, record, unverified, outcome)
                self._mirror.take(kind, page, generation)
            highest = max([highest, *(int(record["Timestamp"]) for record in page)])
        with self._journal.transaction():
            if full:
                stale = self._journal.read(
                    "SELECT id FROM mirror WHERE scope = ? AND kind = ? AND generation < ?"
                    " AND gone = 0",
                    (self._scope, kind, generation),
                )
                self._mirror.gone(kind, [row[0] for row in stale])
                self._journal.note(f"generation {self._scope} {kind}", str(generation))
            full_at = now if full or state is None else state.full_at
            self._journal.write(
                "INSERT OR REPLACE INTO cursor VALUES (?, ?, ?, ?, ?, ?)",
                (self._scope, kind, highest, json.dumps(select), full_at, now),
            )

    def _has_moved(self) -> bool:
        """Tell whether the division moved, which starts its Timestamps anew; asked once a day."""
        fact = f"moved {self._scope}"
        if self._journal.fact(fact, _A_DAY) is not None:
            return False
        known = self._journal.fact(fact)
        try:
            moved = self._client.moved_at() or "never"
        except (ScopeMissing, ServiceError) as refused:
            if _is_more_than_this(refused, 400, 403, 404):
                raise
            moved = known or "not told"
        self._journal.note(fact, moved)
        return known is not None and moved != known

    def _read_deletions(self, since: int, now: float, outcome: Refreshed) -> bool:
        highest = since
        try:
            for page in self._client.deleted_pages(since):
                for deletion in page:
                    highest = max(highest, deletion.timestamp)
                    if deletion.kind in KINDS:
                        self._mirror.gone(deletion.kind, [deletion.id.casefold()])
        except (ScopeMissing, ServiceError) as refused:
            if _is_more_than_this(refused, 403, 404):
                raise
            self._journal.note(self._refused, "scope missing")
            outcome.notes.append(
                "Deletions in Exact Online cannot be followed: the app lacks the scope "
                "Organization administration. Everything is read again once a week instead."
            )
            return False
        with self._journal.transaction():
            self._journal.write("DELETE FROM fact WHERE name = ?", (self._refused,))
            self._journal.write(
                "INSERT OR REPLACE INTO cursor VALUES (?, 'deleted', ?, '[]', ?, ?)",
                (self._scope, highest, now, now),
            )
        return True

    def _verify(
        self,
        kind: RecordKind,
        record: Mapping[str, Any],
        unverified: Mapping[tuple[str, str], Mapping[str, Sequence[Any]]],
        outcome: Refreshed,
    ) -> None:
        remote_id = str(record["ID"]).casefold()
        sent = unverified.get((kind, remote_id))
        if not sent:
            return
        known = catalogue(kind)
        if all(known[name].same(before, record.get(name)) for name, (before, _) in sent.items()):
            return  # the sync pages lag behind our write; a later reading will tell
        base = self._mirror.base(kind, remote_id)
        for name, (_, after) in sent.items():
            stored = record.get(name)
            if not known[name].same(after, stored):
                outcome.stored_otherwise.append(
                    StoredOtherwise(kind, remote_id, name, after, stored)
                )
            if name in base:
                base[name] = [base[name][0], stored]
        self._mirror.set_base(kind, remote_id, base, {}, record.get("Modified"))

    def _unverified(self) -> dict[tuple[str, str], dict[str, Sequence[Any]]]:
        found = self._journal.read(
            "SELECT kind, id, sent FROM base WHERE scope = ? AND sent <> '{}'",
            (self._scope,),
        )
        return {(kind, remote_id): json.loads(sent) for kind, remote_id, sent in found}


def _is_more_than_this(refused: Exception, *statuses: int) -> bool:
    """Tell whether a refusal is about more than the one list that was asked for."""
    if isinstance(refused, WrongDivision):
        return True
    return isinstance(refused, ServiceError) and refused.status not in statuses
