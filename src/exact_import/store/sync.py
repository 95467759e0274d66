"""Brings the mirror up to date with Exact Online, in as few calls as possible.

The sync endpoints return what changed since a Timestamp, 1,000 records a page, and `sync/Deleted`
returns deletions. They may lag behind, skip a row version that was written while they were read,
and start again from lower ones after a move of the division (docs/exact-online.md, Sync and
Deleted). So every reading overlaps the previous one: the newest known records must be listed again,
and each missing one is looked up by its ID before it counts as deleted.
"""

from __future__ import annotations

import heapq
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from exact_import.exact.client import Client
from exact_import.exact.errors import ScopeMissing, ServiceError, WrongDivision
from exact_import.fields import RECORD_KINDS, RecordKind, catalogue
from exact_import.store import kept
from exact_import.store.division import DivisionStore
from exact_import.text import quote

# Exact Online keeps deletions for two months; a cursor older than this may have missed some.
DELETED_KEPT = 55 * 86_400.0
_A_DAY = 86_400.0
# How many of the newest records and deletions are read again. They cost no call, because a page has
# room for 1,000, and at 60 calls a minute they are more than a minute of our own writes.
OVERLAP = 100
# Seconds before this run's reading in which a record may have been created without being listed
# yet; lists were never seen to lag by more than half a minute.
LOOK_BACK = 3600.0


@dataclass(frozen=True, slots=True)
class StoredOtherwise:
    """A value that Exact Online stored differently from what was sent."""

    kind: RecordKind
    id: str
    field: str
    sent: Any
    stored: Any

    @property
    def sentence(self) -> str:
        """The message for the user."""
        shown = "nothing" if self.stored in (None, "") else quote(str(self.stored))
        return (
            f"Since the last run, {self.field} of {self.kind} {self.id} was stored as {shown}, not "
            f"as {quote(str(self.sent))}."
        )


@dataclass(slots=True)
class Refreshed:
    """The result of bringing the mirror up to date."""

    stored_otherwise: list[StoredOtherwise] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Sync:
    """Brings the mirror of `store` up to date from `client`."""

    def __init__(self, store: DivisionStore, client: Client) -> None:
        self._mirror = store.mirror
        self._client = client
        self._journal, self._scope = store.journal, store.scope
        self._started = time.monotonic()
        # True while deletions cannot be read; they are requested once a day.
        self._refused = f"deleted refused {self._scope}"
        self._known = f"deletions {self._scope}"
        # Of the reading under way.
        self._now, self._outcome = 0.0, Refreshed()
        self._unverified: dict[tuple[str, str], dict[str, Sequence[Any]]] = {}

    def refresh(self, *, reread_after: float) -> Refreshed:
        """Bring the mirror up to date; costs a call for each 1,000 changed records, at least 3.

        Everything is read again where a field or key is newly used, where the row versions started
        again, where the last reading is so old that deletions were forgotten, and, without the
        right to read deletions, after `reread_after` seconds.
        """
        self._begin()
        self._started, now = time.monotonic(), self._now
        deleted = self._mirror.cursor("deleted")
        blind = self._journal.fact(self._refused, _A_DAY) is not None
        # If the clock was set back, an old reading must not look new.
        all_full = deleted is not None and not -_A_DAY < now - deleted.read_at < DELETED_KEPT
        if all_full:
            deleted = None
        if deleted is None and not blind:
            # Before anything is read, so that no deletion is missed in between.
            blind = not self._read_deletions(1)
            # The deletions were not followed until now, and Exact Online may have dropped some.
            all_full = all_full or not blind
        unsure = self._journal.fact(self._refused) is not None
        restarted = False
        unlisted: dict[RecordKind, list[str]] = {}
        for kind in RECORD_KINDS:
            state = self._mirror.cursor(kind)
            full = (
                all_full
                or state is None
                or not set(self._mirror.fields[kind]) <= set(state.fields)
                or (unsure and now - state.full_at > reread_after)
            )
            if not full:
                missing = self._read_changes(kind)
                full = missing is None
                unlisted[kind] = missing or []
                if full:
                    restarted = True
                    self._forget_versions(kind)
            if full:
                self._read_all(kind)
        if deleted is not None and not blind:
            self._read_deletions(1 if restarted else deleted.timestamp)
        for kind, ids in unlisted.items():
            live = [one for one in ids if (held := self._mirror.get(kind, one)) and not held.gone]
            generation = self._mirror.generation(kind)
            self._mirror.gone(kind, self._ask(kind, live, generation))
        return self._outcome

    def verify(self, kind: RecordKind) -> list[StoredOtherwise]:
        """Read the changed records of `kind`, to see what updates stored."""
        self._begin()
        self._read_changes(kind)
        return self._outcome.stored_otherwise

    def read_newly_created(self, kind: RecordKind) -> int:
        """Store records of `kind` that were created lately and are not listed yet.

        Returns how many there were. Costs one call, and one more for each 60 of them.
        """
        # What the server calls its time is the wall clock of Central Europe, which is never behind
        # that of its Date header; further back costs nothing, for the newest come first.
        since = self._client.server_now() - (time.monotonic() - self._started) - LOOK_BACK
        select = [name for name in sorted(self._mirror.kept[kind]) if name != "Timestamp"]
        generation, found = self._mirror.generation(kind), 0
        for page in self._client.created_since(kind, since, select):
            held = [self._mirror.get(kind, str(record["ID"])) for record in page]
            unknown = [
                record
                for record, known in zip(page, held, strict=True)
                if known is None or known.gone
            ]
            self._mirror.take(kind, unknown, generation)
            found += len(unknown)
            created = [str(record.get("Created") or "").rstrip("Z") for record in page]
            if not unknown and created == sorted(created, reverse=True):
                break  # the rest is older, and known as well
        return found

    def _begin(self) -> None:
        self._now, self._outcome = time.time(), Refreshed()
        self._unverified = self._mirror.bases.unverified()

    def _forget_versions(self, kind: RecordKind) -> None:
        """Reset the row versions of open writes, which are no longer valid."""
        self._journal.write(
            "UPDATE change SET cursor = 0 WHERE scope = ? AND kind = ?"
            " AND state IN ('intent', 'unsettled')",
            (self._scope, kind),
        )

    # --- lists

    def _read_all(self, kind: RecordKind) -> None:
        """Read all records of `kind`; look up missing ones before they count as deleted."""
        generation = self._mirror.generation(kind) + 1
        newest: dict[str, int] = {}
        for page in self._pages(kind, 1):
            self._take(kind, page, generation)
            newest |= {str(one["ID"]).casefold(): int(one["Timestamp"]) for one in page}
            newest = _highest(newest)
        stale = self._journal.read(
            "SELECT id FROM mirror WHERE scope = ? AND kind = ? AND generation < ? AND gone = 0",
            (self._scope, kind, generation),
        )
        absent = self._ask(kind, [row[0] for row in stale], generation)
        with self._journal.lazy(), self._journal.transaction():
            self._mirror.gone(kind, absent)
            self._journal.note(f"generation {self._scope} {kind}", str(generation))
            self._save_cursor(kind, newest, max([1, *newest.values()]), self._now)

    def _read_changes(self, kind: RecordKind) -> list[str] | None:
        """Read the changed records of `kind`, and the newest known ones once more.

        Returns the IDs of those that are not listed; None if the row versions started again, for
        then most of them are not listed, or with a lower one.
        """
        state = self._mirror.cursor(kind)
        if state is None:
            return None
        known, expected = self._newest(kind, state.read_at)
        since = max(1, min(known.values(), default=state.timestamp + 1) - 1)
        unseen, newest = set(expected), dict(known)
        for page in self._pages(kind, since):
            news = []
            for record in page:
                remote_id, version = str(record["ID"]).casefold(), int(record["Timestamp"])
                if version >= known.get(remote_id, 0):
                    unseen.discard(remote_id)
                if version != known.get(remote_id):
                    news.append(record)
                newest[remote_id] = version
            self._take(kind, news, self._mirror.generation(kind))
        if 2 * len(unseen) > len(expected):
            return None
        with self._journal.lazy(), self._journal.transaction():
            highest = max(state.timestamp, *newest.values(), 1)
            self._save_cursor(kind, newest, highest, state.full_at)
        return sorted(unseen)

    def _newest(self, kind: RecordKind, read_at: float) -> tuple[dict[str, int], list[str]]:
        """Return the newest records that were listed, by ID with their Timestamps.

        Also returns which of them must be listed again: those that are live and that we have not
        written since `read_at`, for what we wrote may not be listed yet.
        """
        known: dict[str, int] = kept.mapped(
            self._journal.fact(self._newest_fact(kind)) or "{}", kept.whole
        )
        rows = self._journal.read(
            "SELECT m.id FROM mirror m LEFT JOIN base b"
            " ON b.scope = m.scope AND b.kind = m.kind AND b.id = m.id"
            " WHERE m.scope = ? AND m.kind = ? AND m.id IN (SELECT value FROM json_each(?))"
            " AND m.gone = 0 AND coalesce(b.at, 0) <= ?",
            (self._scope, kind, json.dumps(list(known)), read_at),
        )
        return known, [row[0] for row in rows]

    def _newest_fact(self, kind: RecordKind) -> str:
        return f"newest {self._scope} {kind}"

    def _pages(self, kind: RecordKind, since: int) -> Iterator[list[dict[str, Any]]]:
        return self._client.sync_pages(kind, since, sorted(self._mirror.kept[kind]))

    def _take(self, kind: RecordKind, page: Sequence[Mapping[str, Any]], generation: int) -> None:
        with self._journal.lazy(), self._journal.transaction():
            for record in page:
                self._verify(kind, record)
            self._mirror.take(kind, page, generation)

    def _ask(self, kind: RecordKind, ids: Sequence[str], generation: int) -> list[str]:
        """Look up records by ID, a call for each 40, and store them; return the missing IDs."""
        absent = dict.fromkeys(ids)
        select = [name for name in sorted(self._mirror.kept[kind]) if name != "Timestamp"]
        for record in self._client.find_ids(kind, ids, select):
            remote_id = str(record["ID"]).casefold()
            absent.pop(remote_id, None)
            held = self._mirror.get(kind, remote_id)
            version = held.timestamp if held is not None else 0
            shown = {**record, "Timestamp": version}
            self._take(kind, [shown], generation)
        return list(absent)

    def _save_cursor(
        self, kind: RecordKind, newest: Mapping[str, int], highest: int, full_at: float
    ) -> None:
        select = json.dumps(sorted(self._mirror.kept[kind]))
        self._journal.write(
            "INSERT OR REPLACE INTO cursor VALUES (?, ?, ?, ?, ?, ?)",
            (self._scope, kind, highest, select, full_at, self._now),
        )
        self._journal.note(self._newest_fact(kind), json.dumps(_highest(newest)))

    # --- deletions

    def _read_deletions(self, since: int) -> bool:
        noted = self._journal.fact(self._known) if since > 1 else None
        known = kept.listed(noted or "[]", kept.whole)
        since = max(1, min(known, default=since + 1) - 1)
        seen = set(known)
        try:
            for page in self._client.deleted_pages(since):
                for deletion in page:
                    if deletion.kind in RECORD_KINDS and deletion.timestamp not in seen:
                        self._mirror.gone(deletion.kind, [deletion.id.casefold()])
                    seen.add(deletion.timestamp)
        except (ScopeMissing, ServiceError) as refused:
            if _is_more_than_this(refused, 403, 404):
                raise
            self._journal.note(self._refused, "scope missing")
            self._outcome.notes.append(
                "Deletions in Exact Online cannot be followed: the app lacks the scope "
                "Organization administration. Everything is read again once a week instead."
            )
            return False
        with self._journal.lazy(), self._journal.transaction():
            self._journal.write("DELETE FROM fact WHERE name = ?", (self._refused,))
            self._journal.write(
                "INSERT OR REPLACE INTO cursor VALUES (?, 'deleted', ?, '[]', ?, ?)",
                (self._scope, max([since, *seen]), self._now, self._now),
            )
            self._journal.note(self._known, json.dumps(heapq.nlargest(OVERLAP, seen)))
        return True

    # --- what our updates stored

    def _verify(self, kind: RecordKind, record: Mapping[str, Any]) -> None:
        remote_id = str(record["ID"]).casefold()
        sent = self._unverified.get((kind, remote_id))
        if not sent:
            return
        known = catalogue(kind)
        if all(known[name].same(before, record.get(name)) for name, (before, _) in sent.items()):
            return  # the sync pages lag behind our write; a later reading shows it
        for name, (_, after) in sent.items():
            stored = record.get(name)
            if not known[name].same(after, stored):
                self._outcome.stored_otherwise.append(
                    StoredOtherwise(kind, remote_id, name, after, stored)
                )
        bases = self._mirror.bases.read(kind, remote_id).with_stored(kind, sent, record)
        held = self._mirror.get(kind, remote_id)
        if held is not None and not held.timestamp:
            # First listed since its creation: Exact Online filled in the other fields.
            bases = bases.filled_in(self._mirror.kept[kind], record)
        self._mirror.set_base(kind, remote_id, bases, {}, record.get("Modified"))


def _highest(versions: Mapping[str, int]) -> dict[str, int]:
    """Return the `OVERLAP` highest of the row versions of records, by ID."""
    return dict(heapq.nlargest(OVERLAP, versions.items(), key=lambda one: one[1]))


def _is_more_than_this(refused: Exception, *statuses: int) -> bool:
    """Return True if a refusal is about more than the requested list."""
    if isinstance(refused, WrongDivision):
        return True
    return isinstance(refused, ServiceError) and refused.status not in statuses
