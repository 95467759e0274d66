"""Our copy of a division's accounts and contacts, kept in the journal; `sync` keeps it up to date.

So a quiet night costs three calls, however large the division is.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from exact_import.fields import RECORD_KINDS, Kind, RecordKind
from exact_import.store import kept
from exact_import.store.bases import Bases, RecordBases
from exact_import.store.fingerprints import Fingerprints
from exact_import.store.journal import Journal
from exact_import.values.match_keys import SEPARATOR, lookup_keys

ALWAYS: Mapping[Kind, tuple[str, ...]] = {
    "account": (
        *("ID", "Code", "Name", "VATNumber", "ChamberOfCommerce", "AddressLine1", "Postcode"),
        *("City", "Email", "Phone", "Website", "Status", "Modified", "Timestamp"),
    ),
    "contact": (
        *("ID", "Account", "FirstName", "MiddleName", "LastName", "Email", "BusinessEmail"),
        *("Mobile", "BusinessMobile", "Modified", "Timestamp"),
    ),
}


_KEYS_VERSION = "3"  # of `lookup_keys`
_PAGE = 1_000  # records in memory at a time while all are read


@dataclass(frozen=True, slots=True)
class RemoteRecord:
    """A record as Exact Online last showed it to us; `account` is a contact's account."""

    kind: Kind
    id: str
    account: str | None
    fields: Mapping[str, Any]
    timestamp: int = 0
    gone: bool = False


class Cursor(NamedTuple):
    """How far a list was read: its Timestamp and fields, and when (in full, and last; epoch s)."""

    timestamp: int
    fields: list[str]
    full_at: float
    read_at: float


_KeyRow = tuple[int, str, str, str]
"""A scope, the name and the value of a key, and its account."""


class Mirror:
    """The accounts and contacts of one division, in `journal` under `scope`."""

    def __init__(self, journal: Journal, scope: int) -> None:
        self.journal = journal
        self.scope = scope
        self.fingerprints = Fingerprints(journal, scope)
        self.bases = Bases(journal, scope)
        self.keep({})

    def keep(self, fields: Mapping[RecordKind, Iterable[str]]) -> None:
        """Keep these fields of each kind from the next reading on.

        The fields by which records are found and distinguished are always kept.
        """
        self.fields = {
            kind: list(dict.fromkeys((*ALWAYS[kind], *fields.get(kind, ()))))
            for kind in RECORD_KINDS
        }
        # A field that was kept once is always kept, so that it stays up to date.
        self.kept = {
            kind: frozenset((*names, *(known.fields if (known := self.cursor(kind)) else ())))
            for kind, names in self.fields.items()
        }

    # --- reading

    def get(self, kind: Kind, remote_id: str) -> RemoteRecord | None:
        """Return the record with that ID, deleted or not; None if it was never seen."""
        found = self._records("kind = ? AND id = ?", (kind, remote_id.casefold()))
        return found[0] if found else None

    def live_ids_by(self, key: str, value: str) -> list[str]:
        """Return the IDs of the live accounts that `key` finds by `value`, in order."""
        found = self.journal.read(
            "SELECT k.id FROM mirror_key k CROSS JOIN mirror m ON m.scope = k.scope"
            " AND m.kind = 'account' AND m.id = k.id"
            " WHERE k.scope = ? AND k.name = ? AND k.value = ? AND m.gone = 0 ORDER BY k.id",
            (self.scope, key, value),
        )
        return [row[0] for row in found]

    def names_in(self, key: str, place: str) -> list[tuple[str, str]]:
        """Return the folded names of the accounts in a place, each with the account's ID.

        `key` is "Postcode+Name" or "City+Name", `place` the folded postcode or city.
        """
        found = self.journal.read(
            "SELECT value, id FROM mirror_key WHERE scope = ? AND name = ?"
            " AND value >= ? AND value < ?",
            (self.scope, key, place + SEPARATOR, place + chr(ord(SEPARATOR) + 1)),
        )
        return [(value.partition(SEPARATOR)[2], remote_id) for value, remote_id in found]

    def account_ids_by(self, key: str, value: str) -> list[str]:
        """Return the IDs of the accounts, also deleted ones, that `key` finds by that value."""
        found = self.journal.read(
            "SELECT id FROM mirror_key WHERE scope = ? AND name = ? AND value = ?",
            (self.scope, key, value),
        )
        return [row[0] for row in found]

    def contacts_of(self, account_id: str, *, gone: bool = False) -> list[RemoteRecord]:
        """Return the contacts of an account.

        Deleted contacts are sorted by the last run that used them, the latest first.
        """
        return self._records(
            "account = ? AND kind = 'contact' AND gone = ? ORDER BY CASE WHEN gone THEN"
            " (SELECT b.at FROM base b WHERE b.scope = m.scope AND b.kind = m.kind AND b.id = m.id)"
            " END DESC, id",
            (account_id.casefold(), int(gone)),
        )

    def contacts_with_email(self, emails: Collection[str]) -> list[RemoteRecord]:
        """Return the live contacts with one of `emails`, as they compare; reads all contacts."""
        wanted = "lower(trim(json_extract(fields, '$.{}'))) IN (SELECT value FROM json_each(?2))"
        return self._records(
            "kind = 'contact' AND gone = 0"
            f" AND ({wanted.format('Email')} OR {wanted.format('BusinessEmail')}) ORDER BY id",
            (json.dumps([*emails]),),
        )

    def account_ids(self) -> list[str]:
        """Return the IDs of the live accounts, in order of their codes."""
        found = self.journal.read(
            "SELECT id FROM mirror WHERE scope = ? AND kind = 'account' AND gone = 0"
            " ORDER BY CAST(trim(json_extract(fields, '$.Code')) AS INTEGER), id",
            (self.scope,),
        )
        return [row[0] for row in found]

    def live(self, kind: RecordKind) -> Iterator[RemoteRecord]:
        """Yield the live records of `kind`, in order of their IDs."""
        last = ""
        while page := self._records(
            "kind = ? AND gone = 0 AND id > ? ORDER BY id LIMIT ?", (kind, last, _PAGE)
        ):
            yield from page
            last = page[-1].id

    def count(self, kind: RecordKind) -> int:
        """Return how many records of `kind` the mirror holds, without deleted ones."""
        found = self.journal.read(
            "SELECT count(*) FROM mirror WHERE scope = ? AND kind = ? AND gone = 0",
            (self.scope, kind),
        )
        return int(found[0][0])

    def distinct(self, kind: RecordKind, names: Sequence[str]) -> list[tuple[Any, ...]]:
        """Return the different combinations of values that the fields `names` have."""
        columns = ", ".join("json_extract(fields, ?)" for _ in names)
        return self.journal.read(
            f"SELECT DISTINCT {columns} FROM mirror"  # noqa: S608  # nothing but placeholders
            " WHERE scope = ? AND kind = ? AND gone = 0",
            (*(f"$.{name}" for name in names), self.scope, kind),
        )

    def timestamp(self, kind: Kind) -> int:
        """Return the highest Timestamp that was read for `kind`, 0 before the first reading."""
        cursor = self.cursor(kind)
        return cursor.timestamp if cursor else 0

    def _records(self, condition: str, values: Sequence[object]) -> list[RemoteRecord]:
        """Return the records that meet a `condition` in SQL."""
        found = self.journal.read(
            "SELECT kind, id, account, fields, timestamp, gone FROM mirror m"  # noqa: S608
            f" WHERE scope = ?1 AND {condition}",
            (self.scope, *values),
        )
        return [
            RemoteRecord(
                kind,
                kept.text(remote_id),
                kept.text_or_none(account),
                kept.document(fields),
                kept.whole(timestamp),
                bool(gone),
            )
            for kind, remote_id, account, fields, timestamp, gone in found
        ]

    # --- after our own writes

    def put(self, kind: RecordKind, record: Mapping[str, Any]) -> None:
        """Store one record as Exact Online showed it."""
        with self.journal.transaction():
            self.take(kind, [record], self.generation(kind))

    def patch(self, kind: RecordKind, remote_id: str, values: Mapping[str, Any]) -> None:
        """Store that fields of a record were written."""
        held = self.get(kind, remote_id)
        if held is None:
            return
        record = {**held.fields, **values, "ID": remote_id, "Timestamp": held.timestamp}
        if held.account:
            record["Account"] = held.account
        self.put(kind, record)

    def drop(self, kind: RecordKind, remote_id: str, *, forget: bool = False) -> None:
        """Store that a record was deleted; imported records stay, marked as deleted.

        With `forget` they are removed: a later run may create them again.
        """
        with self.journal.transaction():
            if forget:
                self.bases.drop(kind, remote_id)
            self.gone(kind, [remote_id.casefold()])

    def set_base(
        self,
        kind: Kind,
        remote_id: str,
        bases: RecordBases,
        sent: Mapping[str, Sequence[Any]] | None = None,
        written_at: str | None = None,
    ) -> None:
        """Store the bases of a record, as `Bases.write` does, and update its account."""
        if kind not in RECORD_KINDS:  # a detail, identified by its account and its own key
            self.fingerprints.forget([remote_id.partition(" ")[0]])
        self.bases.write(kind, remote_id, bases, sent, written_at)

    # --- what `sync` keeps up to date

    def take(self, kind: RecordKind, page: Sequence[Mapping[str, Any]], generation: int) -> None:
        """Store a page of records from the reading numbered `generation`."""
        rows = []
        keys: set[_KeyRow] = set()
        for record in page:
            remote_id = str(record["ID"]).casefold()
            account = record.get("Account") if kind == "contact" else None
            held = {
                name: value
                for name, value in record.items()
                if value is not None
                and name in self.kept[kind]
                and name not in ("ID", "Account", "Timestamp")
            }
            rows.append(
                (
                    self.scope,
                    kind,
                    remote_id,
                    None if account is None else str(account).casefold(),
                    int(record.get("Timestamp") or 0),
                    held.get("Modified"),
                    generation,
                    kept.packed(held, ascii=False),
                )
            )
            if kind == "account":
                keys.update((self.scope, *pair, remote_id) for pair in lookup_keys(held))
        touched = [row[2] for row in rows]
        with self.journal.transaction():
            before = self._keys_of(touched) if kind == "account" else set()
            self.fingerprints.forget_touched(kind, touched, before)
            self.journal.write_many(
                "INSERT OR REPLACE INTO mirror (scope, kind, id, account, timestamp, modified,"
                " gone, generation, fields) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)",
                rows,
            )
            self._replace_keys(before, keys)
            self.fingerprints.forget_touched(kind, touched, keys)

    def _keys_of(self, ids: Sequence[str]) -> set[_KeyRow]:
        """Return the rows of `mirror_key` that accounts have, which their fields tell."""
        found = self.journal.read(
            "SELECT id, fields FROM mirror WHERE scope = ? AND kind = 'account'"
            " AND id IN (SELECT value FROM json_each(?))",
            (self.scope, json.dumps(list(ids))),
        )
        return {
            (self.scope, *pair, remote_id)
            for remote_id, fields in found
            for pair in lookup_keys(kept.document(fields))
        }

    def _replace_keys(self, before: set[_KeyRow], after: set[_KeyRow]) -> None:
        self.journal.write_many(
            "DELETE FROM mirror_key WHERE scope = ? AND name = ? AND value = ? AND id = ?",
            [*(before - after)],
        )
        self.journal.write_many("INSERT OR IGNORE INTO mirror_key VALUES (?,?,?,?)", [*after])

    def rebuild_keys(self) -> None:
        """Renew the lookup keys of all accounts if another version wrote the journal."""
        fact = f"lookup keys {self.scope}"
        if self.journal.fact(fact) == _KEYS_VERSION:
            return
        accounts = self.journal.read(
            "SELECT id, fields FROM mirror WHERE scope = ? AND kind = 'account'", (self.scope,)
        )
        with self.journal.lazy(), self.journal.transaction():
            self.journal.write("DELETE FROM mirror_key WHERE scope = ?", (self.scope,))
            self.journal.write_many(
                "INSERT OR IGNORE INTO mirror_key VALUES (?,?,?,?)",
                [
                    (self.scope, *pair, remote_id)
                    for remote_id, fields in accounts
                    for pair in lookup_keys(kept.document(fields))
                ],
            )
            self.fingerprints.forget_all()
            self.journal.note(fact, _KEYS_VERSION)

    def gone(self, kind: RecordKind, ids: Sequence[str]) -> None:
        """Store that the records `ids` were deleted; imported records stay, marked as deleted."""
        if not ids:
            return
        with self.journal.transaction():
            keys = self._keys_of(ids) if kind == "account" else set()
            self.fingerprints.forget_touched(kind, ids, keys)
            for remote_id in ids:
                place = (self.scope, kind, remote_id)
                ours = self.journal.read(
                    "SELECT 1 FROM base WHERE scope = ? AND kind = ? AND id = ?", place
                )
                if ours:
                    self.journal.write(
                        "UPDATE mirror SET gone = 1 WHERE scope = ? AND kind = ? AND id = ?", place
                    )
                    continue
                self.journal.write(
                    "DELETE FROM mirror WHERE scope = ? AND kind = ? AND id = ?", place
                )
                self._replace_keys({one for one in keys if one[3] == remote_id}, set())

    def generation(self, kind: RecordKind) -> int:
        """Return the number of the last full reading of `kind`."""
        return kept.whole_in(self.journal.fact(f"generation {self.scope} {kind}") or "0")

    def cursor(self, kind: str) -> Cursor | None:
        """Return how far the list of `kind`, or that of what was "deleted", was read."""
        found = self.journal.read(
            "SELECT timestamp, fields, full_at, read_at FROM cursor WHERE scope = ? AND kind = ?",
            (self.scope, kind),
        )
        if not found:
            return None
        timestamp, fields, full_at, read_at = found[0]
        names = kept.listed(fields, kept.text)
        return Cursor(kept.whole(timestamp), names, kept.number(full_at), kept.number(read_at))
