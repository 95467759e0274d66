"""Our copy of a division's accounts and contacts, kept in the journal and brought up to date.

Exact Online's sync endpoints answer what changed since a Timestamp, 1,000 records a page, and
`sync/Deleted` what went (docs/exact-online.md, Sync and Deleted); so a quiet night costs three
calls however large the division is.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from exact_import.exact.errors import ExactStop, ScopeMissing
from exact_import.exact.remote import Deletion
from exact_import.fields import Kind, RecordKind, catalogue
from exact_import.journal import Journal
from exact_import.keys import key_fields, key_value

log = logging.getLogger(__name__)

KINDS: tuple[RecordKind, ...] = ("account", "contact")
# Exact Online keeps deletions for two months; a cursor older than this may have missed some.
DELETED_KEPT = 55 * 86_400.0
_A_DAY = 86_400.0
ALWAYS: Mapping[Kind, tuple[str, ...]] = {
    "account": ("ID", "Code", "Name", "Postcode", "Email", "VATNumber", "Modified", "Timestamp"),
    "contact": (
        "ID",
        "Account",
        "FirstName",
        "LastName",
        "Email",
        "BusinessEmail",
        "Modified",
        "Timestamp",
    ),
}


class Source(Protocol):
    """What the mirror reads Exact Online through; `exact.remote.Remote` is one."""

    def sync_pages(
        self, kind: RecordKind, since: int, select: Sequence[str]
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield pages of what changed after Timestamp `since`."""

    def moved_at(self) -> str | None:
        """Return when the division moved to another place, None for never."""

    def deleted_pages(self, since: int) -> Iterator[list[Deletion]]:
        """Yield pages of what was deleted after `since`; may raise ScopeMissing."""


@dataclass(frozen=True, slots=True)
class Held:
    """A record as Exact Online last showed it to us; `account` is a contact's account."""

    kind: Kind
    id: str
    account: str | None
    fields: Mapping[str, Any]
    timestamp: int = 0
    gone: bool = False


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

    rebuilt: bool = False
    records: int = 0
    stored_otherwise: list[StoredOtherwise] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    arrived: dict[RecordKind, set[str]] = field(
        default_factory=lambda: {"account": set(), "contact": set()}
    )


class Mirror:
    """The accounts and contacts of one division, in `journal` under `scope`.

    `keys` are the match keys by which accounts must be found; `fields` the fields to keep of each
    kind, besides those that are always kept.
    """

    def __init__(
        self,
        journal: Journal,
        scope: int,
        keys: Sequence[str],
        fields: Mapping[RecordKind, Iterable[str]],
    ) -> None:
        self._journal = journal
        self._scope = scope
        self._keys = tuple(dict.fromkeys((*keys, "Email", "Name", "Name+Postcode")))
        self._fields = {
            kind: list(
                dict.fromkeys(
                    (
                        *ALWAYS[kind],
                        *(key_fields(self._keys) if kind == "account" else ()),
                        *fields.get(kind, ()),
                    )
                )
            )
            for kind in KINDS
        }
        # What was once kept goes on being kept, so that it stays up to date.
        self._kept = {
            kind: frozenset((*names, *(state[1] if (state := self._cursor(kind)) else ())))
            for kind, names in self._fields.items()
        }

    # --- reading

    def get(self, kind: Kind, remote_id: str) -> Held | None:
        """Return the record with that ID, gone or not; None if it was never seen."""
        found = self._journal.read(
            "SELECT kind, id, account, fields, timestamp, gone FROM mirror"
            " WHERE scope = ? AND kind = ? AND id = ?",
            (self._scope, kind, remote_id.casefold()),
        )
        return _held(found[0]) if found else None

    def accounts_by(self, key: str, value: str, *, gone: bool = False) -> list[Held]:
        """Return the accounts whose match key `key` has the folded `value`."""
        if key == "ID":
            held = self.get("account", value)
            return [held] if held is not None and held.gone == gone else []
        found = self._journal.read(
            "SELECT m.kind, m.id, m.account, m.fields, m.timestamp, m.gone"
            " FROM mirror_key k JOIN mirror m ON m.scope = k.scope AND m.kind = 'account'"
            " AND m.id = k.id WHERE k.scope = ? AND k.name = ? AND k.value = ? AND m.gone = ?",
            (self._scope, key, value, int(gone)),
        )
        return [_held(row) for row in found]

    def contacts_of(self, account_id: str, *, gone: bool = False) -> list[Held]:
        """Return the contacts of an account."""
        found = self._journal.read(
            "SELECT kind, id, account, fields, timestamp, gone FROM mirror"
            " WHERE scope = ? AND account = ? AND kind = 'contact' AND gone = ? ORDER BY id",
            (self._scope, account_id.casefold(), int(gone)),
        )
        return [_held(row) for row in found]

    def account_ids(self) -> list[str]:
        """Return the IDs of the live accounts, in order of their codes."""
        found = self._journal.read(
            "SELECT id FROM mirror WHERE scope = ? AND kind = 'account' AND gone = 0"
            " ORDER BY CAST(trim(json_extract(fields, '$.Code')) AS INTEGER), id",
            (self._scope,),
        )
        return [row[0] for row in found]

    def count(self, kind: RecordKind) -> int:
        """Return how many live records of `kind` the mirror holds."""
        found = self._journal.read(
            "SELECT count(*) FROM mirror WHERE scope = ? AND kind = ? AND gone = 0",
            (self._scope, kind),
        )
        return int(found[0][0])

    def distinct(self, kind: RecordKind, names: Sequence[str]) -> list[tuple[Any, ...]]:
        """Return the different combinations of values that the fields `names` have."""
        columns = ", ".join("json_extract(fields, ?)" for _ in names)
        return self._journal.read(
            f"SELECT DISTINCT {columns} FROM mirror"  # noqa: S608  # nothing but placeholders
            " WHERE scope = ? AND kind = ? AND gone = 0",
            (*(f"$.{name}" for name in names), self._scope, kind),
        )

    def timestamp(self, kind: Kind) -> int:
        """Return the highest Timestamp that was read for `kind`, 0 before the first reading."""
        found = self._journal.read(
            "SELECT timestamp FROM cursor WHERE scope = ? AND kind = ?", (self._scope, kind)
        )
        return int(found[0][0]) if found else 0

    def base(self, kind: Kind, remote_id: str) -> dict[str, list[Any]]:
        """Return the base of a record: by field, what the file said and what was stored."""
        found = self._journal.read(
            "SELECT fields FROM base WHERE scope = ? AND kind = ? AND id = ?",
            (self._scope, kind, remote_id.casefold()),
        )
        return dict(json.loads(found[0][0])) if found else {}

    def written_at(self, kind: Kind, remote_id: str) -> str | None:
        """Return the Modified that Exact Online showed after our last write; None if not seen."""
        found = self._journal.read(
            "SELECT written_at FROM base WHERE scope = ? AND kind = ? AND id = ? AND sent = '{}'",
            (self._scope, kind, remote_id.casefold()),
        )
        return found[0][0] if found else None

    # --- what our own writes mean for it

    def put(self, kind: RecordKind, record: Mapping[str, Any]) -> None:
        """Take in one record as Exact Online showed it."""
        with self._journal.transaction():
            self._take(kind, [record], self._generation(kind))

    def patch(self, kind: RecordKind, remote_id: str, values: Mapping[str, Any]) -> None:
        """Take in that fields of a record have been written."""
        held = self.get(kind, remote_id)
        if held is None:
            return
        record = {**held.fields, **values, "ID": remote_id, "Timestamp": held.timestamp}
        if held.account:
            record["Account"] = held.account
        self.put(kind, record)

    def drop(self, kind: RecordKind, remote_id: str, *, forget: bool = False) -> None:
        """Take in that a record is gone; what we once imported is remembered as gone.

        With `forget` it is not: a later run may make it again.
        """
        with self._journal.transaction():
            if forget:
                self._journal.write(
                    "DELETE FROM base WHERE scope = ? AND kind = ? AND id = ?",
                    (self._scope, kind, remote_id.casefold()),
                )
            self._gone(kind, [remote_id.casefold()])

    def set_base(
        self,
        kind: Kind,
        remote_id: str,
        fields: Mapping[str, Sequence[Any]],
        sent: Mapping[str, Sequence[Any]] | None = None,
        written_at: str | None = None,
    ) -> None:
        """Keep the base of a record.

        `sent` holds, by field, the values before and after an update whose effect has not been
        seen yet; the next sync compares them with what was stored. `written_at` is the Modified
        that Exact Online showed after our write, where it did.
        """
        columns = "scope, kind, id, fields" + ("" if sent is None else ", sent")
        update = "fields = excluded.fields" + ("" if sent is None else ", sent = excluded.sent")
        values: list[object] = [self._scope, kind, remote_id.casefold(), json.dumps(fields)]
        if sent is not None:
            values.append(json.dumps(sent))
        marks = ", ".join("?" * len(values))
        self._journal.write(
            f"INSERT INTO base ({columns}) VALUES ({marks})"  # noqa: S608  # our own column names
            f" ON CONFLICT DO UPDATE SET {update}",
            values,
        )
        if written_at is not None:
            self._journal.write(
                "UPDATE base SET written_at = ? WHERE scope = ? AND kind = ? AND id = ?",
                (written_at, *values[:3]),
            )

    # --- bringing it up to date

    def refresh(self, source: Source, *, reread_after: float) -> Refreshed:
        """Bring the mirror up to date; costs a call for each 1,000 changed records, at least 3.

        Everything is read again where a field or key is newly used, where the last reading is
        so old that deletions were forgotten, and, without the right to read deletions, after
        `reread_after` seconds.
        """
        outcome = Refreshed()
        now = time.time()
        unverified = self._unverified()
        states = {kind: self._cursor(kind) for kind in KINDS}
        deleted = self._cursor_row("deleted")
        blind = self._journal.fact(f"deleted refused {self._scope}", _A_DAY) is not None
        full = {
            kind: self._must_reread(kind, states[kind], now, reread_after, blind) for kind in KINDS
        }
        too_old = deleted is not None and now - deleted[1] > DELETED_KEPT
        if too_old or (not blind and self._has_moved(source)):
            full, deleted = dict.fromkeys(KINDS, True), None
        if deleted is None and not blind:
            # Before anything is read, so that no deletion falls between.
            blind = not self._read_deletions(source, 1, now, outcome)
        for kind in KINDS:
            self._read(kind, source, full[kind], now, unverified, outcome)
        if deleted is not None and not blind:
            self._read_deletions(source, deleted[0], now, outcome)
        outcome.rebuilt = any(full.values())
        return outcome

    def verify(self, source: Source, kind: RecordKind) -> Refreshed:
        """Read what changed of `kind` since the last reading, to see what updates stored."""
        outcome = Refreshed()
        self._read(kind, source, False, time.time(), self._unverified(), outcome)
        return outcome

    def _must_reread(
        self,
        kind: RecordKind,
        state: tuple[int, list[str], float] | None,
        now: float,
        reread_after: float,
        blind: bool,
    ) -> bool:
        if state is None or not set(self._fields[kind]) <= set(state[1]):
            return True
        return blind and now - state[2] > reread_after

    def _read(
        self,
        kind: RecordKind,
        source: Source,
        full: bool,
        now: float,
        unverified: Mapping[tuple[str, str], Mapping[str, Sequence[Any]]],
        outcome: Refreshed,
    ) -> None:
        state = self._cursor(kind)
        since = 1 if full or state is None else state[0]
        select = sorted(self._kept[kind])
        generation = self._generation(kind) + (1 if full else 0)
        highest = 0 if full else since
        for page in source.sync_pages(kind, since, select):
            with self._journal.transaction():
                for record in page:
                    self._verify(kind, record, unverified, outcome)
                self._take(kind, page, generation)
            outcome.records += len(page)
            outcome.arrived[kind].update(str(record["ID"]).casefold() for record in page)
            highest = max([highest, *(int(record["Timestamp"]) for record in page)])
        with self._journal.transaction():
            if full:
                stale = self._journal.read(
                    "SELECT id FROM mirror WHERE scope = ? AND kind = ? AND generation < ?"
                    " AND gone = 0",
                    (self._scope, kind, generation),
                )
                self._gone(kind, [row[0] for row in stale])
                self._journal.note(f"generation {self._scope} {kind}", str(generation))
            full_at = now if full or state is None else state[2]
            self._journal.write(
                "INSERT OR REPLACE INTO cursor VALUES (?, ?, ?, ?, ?, ?)",
                (self._scope, kind, highest, json.dumps(select), full_at, now),
            )

    def _has_moved(self, source: Source) -> bool:
        """Tell whether the division moved, which starts its Timestamps anew; asked once a day."""
        fact = f"moved {self._scope}"
        if self._journal.fact(fact, _A_DAY) is not None:
            return False
        known = self._journal.fact(fact)
        try:
            moved = source.moved_at() or "never"
        except (ScopeMissing, ExactStop) as refused:
            if isinstance(refused, ExactStop) and refused.status not in (400, 403, 404):
                raise
            moved = known or "not told"
        self._journal.note(fact, moved)
        return known is not None and moved != known

    def _read_deletions(self, source: Source, since: int, now: float, outcome: Refreshed) -> bool:
        highest = since
        try:
            for page in source.deleted_pages(since):
                for deletion in page:
                    highest = max(highest, deletion.timestamp)
                    if deletion.kind in KINDS:
                        self._gone(deletion.kind, [deletion.id.casefold()])
        except (ScopeMissing, ExactStop) as refused:
            if isinstance(refused, ExactStop) and refused.status not in (403, 404):
                raise
            self._journal.note(f"deleted refused {self._scope}", "scope missing")
            outcome.notes.append(
                "Deletions in Exact Online cannot be followed: the app lacks the scope "
                "Organization administration. Everything is read again once a week instead."
            )
            return False
        self._journal.write(
            "INSERT OR REPLACE INTO cursor VALUES (?, 'deleted', ?, '[]', ?, ?)",
            (self._scope, highest, now, now),
        )
        return True

    def _take(self, kind: RecordKind, page: Sequence[Mapping[str, Any]], generation: int) -> None:
        rows, keys, ids = [], [], []
        for record in page:
            remote_id = str(record["ID"]).casefold()
            account = record.get("Account") if kind == "contact" else None
            kept = {
                name: value
                for name, value in record.items()
                if value is not None
                and name in self._kept[kind]
                and name not in ("ID", "Account", "Timestamp")
            }
            rows.append(
                (
                    self._scope,
                    kind,
                    remote_id,
                    None if account is None else str(account).casefold(),
                    int(record.get("Timestamp") or 0),
                    kept.get("Modified"),
                    generation,
                    json.dumps(kept, ensure_ascii=False),
                )
            )
            if kind == "account":
                ids.append((self._scope, remote_id))
                for key in self._keys:
                    value = key_value(key, kept) if key != "ID" else ""
                    if value:
                        keys.append((self._scope, key, value, remote_id))
        with self._journal.transaction():
            self._journal.write_many(
                "INSERT OR REPLACE INTO mirror (scope, kind, id, account, timestamp, modified,"
                " gone, generation, fields) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)",
                rows,
            )
            if ids:
                self._journal.write_many("DELETE FROM mirror_key WHERE scope = ? AND id = ?", ids)
                self._journal.write_many("INSERT OR IGNORE INTO mirror_key VALUES (?,?,?,?)", keys)

    def _gone(self, kind: RecordKind, ids: Sequence[str]) -> None:
        with self._journal.transaction():
            for remote_id in ids:
                place = (self._scope, kind, remote_id)
                ours = self._journal.read(
                    "SELECT 1 FROM base WHERE scope = ? AND kind = ? AND id = ?", place
                )
                if ours:
                    self._journal.write(
                        "UPDATE mirror SET gone = 1 WHERE scope = ? AND kind = ? AND id = ?", place
                    )
                    continue
                self._journal.write(
                    "DELETE FROM mirror WHERE scope = ? AND kind = ? AND id = ?", place
                )
                if kind == "account":
                    self._journal.write(
                        "DELETE FROM mirror_key WHERE scope = ? AND id = ?",
                        (self._scope, remote_id),
                    )

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
        base = self.base(kind, remote_id)
        for name, (_, after) in sent.items():
            stored = record.get(name)
            if not known[name].same(after, stored):
                outcome.stored_otherwise.append(
                    StoredOtherwise(kind, remote_id, name, after, stored)
                )
            if name in base:
                base[name] = [base[name][0], stored]
        self.set_base(kind, remote_id, base, {}, record.get("Modified"))

    def _unverified(self) -> dict[tuple[str, str], dict[str, Sequence[Any]]]:
        found = self._journal.read(
            "SELECT kind, id, sent FROM base WHERE scope = ? AND sent <> '{}'", (self._scope,)
        )
        return {(kind, remote_id): json.loads(sent) for kind, remote_id, sent in found}

    def _generation(self, kind: RecordKind) -> int:
        return int(self._journal.fact(f"generation {self._scope} {kind}") or 0)

    def _cursor(self, kind: RecordKind) -> tuple[int, list[str], float] | None:
        found = self._journal.read(
            "SELECT timestamp, fields, full_at FROM cursor WHERE scope = ? AND kind = ?",
            (self._scope, kind),
        )
        return (int(found[0][0]), json.loads(found[0][1]), found[0][2]) if found else None

    def _cursor_row(self, kind: str) -> tuple[int, float] | None:
        found = self._journal.read(
            "SELECT timestamp, read_at FROM cursor WHERE scope = ? AND kind = ?",
            (self._scope, kind),
        )
        return (int(found[0][0]), float(found[0][1])) if found else None


def _held(row: tuple[Any, ...]) -> Held:
    return Held(row[0], row[1], row[2], json.loads(row[3]), row[4], bool(row[5]))
