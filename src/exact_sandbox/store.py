"""The sandbox's store: one SQLite file that survives restarts and kill -9.

Every answer to a write is given after its commit. Each row carries the row version that the sync
pages call Timestamp, docs/exact-online.md, "Reading".
"""

# ruff: noqa: S608 # table and field names come from our own catalogue, values are parameters

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from exact_import.fields import Kind, catalogue

# Fields that are looked up often enough to deserve an index.
INDEXED: Mapping[Kind, tuple[str, ...]] = {
    "account": ("Code", "Name", "Email", "VATNumber", "ChamberOfCommerce", "Postcode"),
    "contact": ("Account", "Email", "HID"),
    "address": ("Account",),
    "bank account": ("Account",),
}
# What sync/Deleted calls each kind; bank accounts are not listed there.
_ENTITY_TYPES: Mapping[Kind, int] = {"account": 2, "address": 3, "contact": 5}

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deleted (
    division INTEGER NOT NULL, stamp INTEGER NOT NULL, id TEXT NOT NULL, entity_type INTEGER
    NOT NULL, entity_key TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (division, stamp));
CREATE TABLE IF NOT EXISTS calls (
    division INTEGER NOT NULL, span TEXT NOT NULL, since REAL NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (division, span));
CREATE TABLE IF NOT EXISTS errors (
    division INTEGER NOT NULL, endpoint TEXT NOT NULL, since REAL NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (division, endpoint));
CREATE TABLE IF NOT EXISTS codes (
    code TEXT PRIMARY KEY, issued REAL NOT NULL, redirect TEXT NOT NULL, divisions TEXT NOT NULL,
    used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS refresh_tokens (
    token TEXT PRIMARY KEY, issued REAL NOT NULL, divisions TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'current');
CREATE TABLE IF NOT EXISTS access_tokens (
    token TEXT PRIMARY KEY, issued REAL NOT NULL, expires REAL NOT NULL, divisions TEXT NOT NULL);
"""


class StoredRow(NamedTuple):
    """One record: its row version, and when it changed (ms since 1970, sandbox clock)."""

    id: str
    stamp: int
    changed: int
    held: bool  # in use elsewhere, so that it cannot be deleted
    body: dict[str, Any]


class SandboxStore:
    """Reads and writes the state; used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        # Made beforehand so that it never exists with other permissions.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self.sql = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        self.sql.execute("PRAGMA journal_mode = WAL")
        # A commit then outlives the process, which is what kill -9 tests; not a power cut.
        self.sql.execute("PRAGMA synchronous = NORMAL")
        self.sql.executescript(_SCHEMA + "".join(map(_table, INDEXED)) + _CODE_INDEX)
        self._depth = 0

    def close(self) -> None:
        """Close the database."""
        self.sql.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what happens inside, or nothing if it raises; may be nested."""
        if self._depth:
            yield
            return
        self.sql.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
        except BaseException:
            self.sql.execute("ROLLBACK")
            raise
        else:
            self.sql.execute("COMMIT")
        finally:
            self._depth = 0

    def meta(self, name: str, default: str = "") -> str:
        """Return a remembered value."""
        row = self.sql.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else default

    def remember(self, name: str, value: str) -> None:
        """Keep a value under `name`."""
        self.sql.execute("REPLACE INTO meta VALUES (?, ?)", (name, value))

    def restart_stamps(self, division: int) -> None:
        """Give the records of a division new row versions from 2 on, as a move of it does."""
        highest = 0
        for table in (*map(table_of, INDEXED), "deleted"):
            query = f"SELECT id FROM {table} WHERE division = ? ORDER BY id"
            ids = self.sql.execute(query, (division,)).fetchall()
            highest = max(highest, 1 + len(ids))
            # Below all that are in use first, for no two may be the same in between.
            for sign in (-1, 1):
                self.sql.executemany(
                    f"UPDATE {table} SET stamp = ? WHERE division = ? AND id = ?",
                    [(sign * place, division, row[0]) for place, row in enumerate(ids, 2)],
                )
        self.remember(f"stamp {division}", str(highest))

    def next_stamp(self, division: int) -> int:
        """Return a row version higher than every one of the division before it."""
        name = f"stamp {division}"
        stamp = int(self.meta(name) or self.meta("stamp", "1000")) + 1
        self.remember(name, str(stamp))
        return stamp

    def put(
        self, kind: Kind, division: int, row_id: str, body: Mapping[str, Any], at: int
    ) -> StoredRow:
        """Insert or replace a record and give it a new row version; `at` in ms since 1970."""
        stamp = self.next_stamp(division)
        self.sql.execute(
            f"INSERT INTO {table_of(kind)} (division, id, stamp, changed, body) "
            "VALUES (?, ?, ?, ?, ?) ON CONFLICT (division, id) DO UPDATE SET "
            "stamp = excluded.stamp, changed = excluded.changed, body = excluded.body",
            (division, row_id, stamp, at, _dump(body)),
        )
        return StoredRow(row_id, stamp, at, False, dict(body))

    def amend_account(self, division: int, row_id: str, body: Mapping[str, Any]) -> None:
        """Replace an account, which keeps its row version."""
        query = "UPDATE account SET body = ? WHERE division = ? AND id = ?"
        self.sql.execute(query, (_dump(body), division, row_id))

    def hold(self, kind: Kind, division: int, row_id: str, held: bool) -> None:
        """Mark a record as used elsewhere, or no longer."""
        query = f"UPDATE {table_of(kind)} SET held = ? WHERE division = ? AND id = ?"
        self.sql.execute(query, (held, division, row_id))

    def remove(self, kind: Kind, division: int, row_id: str, at: int) -> bool:
        """Delete a record and log it for sync/Deleted; return whether it existed."""
        query = f"DELETE FROM {table_of(kind)} WHERE division = ? AND id = ?"
        gone = self.sql.execute(query, (division, row_id)).rowcount > 0
        if gone and kind in _ENTITY_TYPES:
            stamp = self.next_stamp(division)
            key = f"{stamp:08x}-0000-4000-8000-{division:012x}"
            self.sql.execute(
                "INSERT INTO deleted VALUES (?, ?, ?, ?, ?, ?)",
                (division, stamp, key, _ENTITY_TYPES[kind], row_id, at),
            )
        return gone

    def get(self, kind: Kind, division: int, row_id: str) -> StoredRow | None:
        """Return one record."""
        found = self.select(kind, division, "id = ?", (row_id,), limit=1)
        return found[0] if found else None

    def select(
        self,
        kind: Kind,
        division: int,
        where: str = "1",
        parameters: Sequence[object] = (),
        *,
        order: str = "id",
        limit: int = -1,
        offset: int = 0,
    ) -> list[StoredRow]:
        """Return the records for which the SQL condition `where` holds."""
        query = (
            f"SELECT id, stamp, changed, held, body FROM {table_of(kind)} "
            f"WHERE division = ? AND ({where}) ORDER BY {order} LIMIT ? OFFSET ?"
        )
        found = self.sql.execute(query, (division, *parameters, limit, offset))
        return [StoredRow(r[0], r[1], r[2], bool(r[3]), json.loads(r[4])) for r in found]

    def count(self, kind: Kind, division: int, where: str, parameters: Sequence[object]) -> int:
        """Return how many records the condition holds for."""
        query = f"SELECT count(*) FROM {table_of(kind)} WHERE division = ? AND ({where})"
        return int(self.sql.execute(query, (division, *parameters)).fetchone()[0])

    def highest(self, kind: Kind, division: int, name: str) -> str | int | None:
        """Return the greatest value of the indexed field `name`, None if there is none."""
        query = f"SELECT max({column(kind, name)}) FROM {table_of(kind)} WHERE division = ?"
        found: str | int | None = self.sql.execute(query, (division,)).fetchone()[0]
        return found

    def highest_code(self, division: int) -> int:
        """Return the highest code of an account that is a number, 0 if there is none."""
        query = (
            f"SELECT {_CODE_NUMBER} FROM account WHERE division = ? AND {_HAS_CODE_NUMBER}"
            f" ORDER BY {_CODE_NUMBER} DESC LIMIT 1"
        )
        found = self.sql.execute(query, (division,)).fetchone()
        return int(found[0]) if found else 0

    def deleted(
        self, division: int, since_ms: int, where: str, parameters: Sequence[object], limit: int
    ) -> list[dict[str, Any]]:
        """Return what was deleted after `since_ms`, in the order in which it happened."""
        query = (
            "SELECT stamp, id, entity_type, entity_key, at FROM deleted "
            f"WHERE division = ? AND at > ? AND ({where}) ORDER BY stamp LIMIT ?"
        )
        return [
            {
                "Timestamp": stamp,
                "DeletedBy": None,
                "DeletedDate": at,
                "Division": division,
                "EntityKey": key,
                "EntityType": entity_type,
                "ID": row_id,
            }
            for stamp, row_id, entity_type, key, at in self.sql.execute(
                query, (division, since_ms, *parameters, limit)
            )
        ]


def column(kind: Kind, name: str) -> str:
    """Return SQL for the stored field `name`; of texts without spaces at the end.

    SQL Server, beneath Exact Online, takes no notice of those when it compares.
    """
    value = f"json_extract(body, '$.{name}')"
    return f"rtrim({value})" if catalogue(kind)[name].edm == "String" else value


_CODE = column("account", "Code")
_CODE_NUMBER = f"CAST({_CODE} AS INTEGER)"
_HAS_CODE_NUMBER = f"trim({_CODE}) NOT GLOB '*[^0-9]*'"
_CODE_INDEX = (
    f"CREATE INDEX IF NOT EXISTS account_by_code_number ON account (division, {_CODE_NUMBER}) "
    f"WHERE {_HAS_CODE_NUMBER};\n"
)


def table_of(kind: Kind) -> str:
    """Return the table name of `kind`."""
    return kind.replace(" ", "_")


def _table(kind: Kind) -> str:
    table = table_of(kind)
    indexes = "".join(
        f"CREATE INDEX IF NOT EXISTS {table}_by_{name} ON {table} "
        f"(division, {column(kind, name)});\n"
        for name in INDEXED[kind]
    )
    return (
        f"CREATE TABLE IF NOT EXISTS {table} (division INTEGER NOT NULL, id TEXT NOT NULL, "
        "stamp INTEGER NOT NULL, changed INTEGER NOT NULL, held INTEGER NOT NULL DEFAULT 0, "
        "body TEXT NOT NULL);\n"
        f"CREATE UNIQUE INDEX IF NOT EXISTS {table}_id ON {table} (division, id);\n"
        f"CREATE UNIQUE INDEX IF NOT EXISTS {table}_stamp ON {table} (division, stamp);\n" + indexes
    )


def _dump(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
