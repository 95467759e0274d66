"""The tables of the journal, and the migrations from earlier versions."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

APPLICATION_ID = 0x45584A4C  # "EXJL": distinguishes our file from other SQLite databases
# The tables of the first released version; what a version changes is in `_MIGRATIONS`.
FIRST_VERSION = 8
_TABLES = """
CREATE TABLE scope (id INTEGER PRIMARY KEY, site TEXT NOT NULL, division INTEGER NOT NULL,
    UNIQUE (site, division));
CREATE TABLE run (id TEXT PRIMARY KEY, scope INTEGER NOT NULL, mode TEXT NOT NULL,
    files TEXT NOT NULL, started REAL NOT NULL, ended REAL, exit_status INTEGER, summary TEXT);
CREATE TABLE change (id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES run,
    scope INTEGER NOT NULL, kind TEXT NOT NULL,
    action TEXT NOT NULL, lines TEXT NOT NULL, label TEXT NOT NULL,
    remote_id TEXT, account_id TEXT, key TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL,
    state TEXT NOT NULL, intent_at REAL NOT NULL, cursor INTEGER NOT NULL, lost_at REAL,
    done_at REAL, answer TEXT NOT NULL DEFAULT '', links TEXT NOT NULL, source TEXT NOT NULL);
CREATE INDEX change_open ON change (scope, state) WHERE state IN ('intent', 'unsettled');
CREATE INDEX change_run ON change (run);
CREATE INDEX change_remote ON change (scope, remote_id);
CREATE TABLE mirror (scope INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, account TEXT,
    timestamp INTEGER NOT NULL, modified TEXT, gone INTEGER NOT NULL DEFAULT 0,
    generation INTEGER NOT NULL DEFAULT 0, fields TEXT NOT NULL,
    PRIMARY KEY (scope, kind, id)) WITHOUT ROWID;
CREATE INDEX mirror_account ON mirror (scope, account) WHERE account IS NOT NULL;
CREATE TABLE mirror_key (scope INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
    id TEXT NOT NULL, PRIMARY KEY (scope, name, value, id)) WITHOUT ROWID;
CREATE TABLE cursor (scope INTEGER NOT NULL, kind TEXT NOT NULL, timestamp INTEGER NOT NULL,
    fields TEXT NOT NULL, full_at REAL NOT NULL, read_at REAL NOT NULL,
    PRIMARY KEY (scope, kind)) WITHOUT ROWID;
CREATE TABLE base (scope INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    source TEXT NOT NULL, fields TEXT NOT NULL, at REAL NOT NULL, sent TEXT NOT NULL,
    written_at TEXT, PRIMARY KEY (scope, kind, id)) WITHOUT ROWID;
CREATE TABLE source_base (scope INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    source TEXT NOT NULL, fields TEXT NOT NULL,
    PRIMARY KEY (scope, kind, id, source)) WITHOUT ROWID;
CREATE TABLE fingerprint (scope INTEGER NOT NULL, digest BLOB NOT NULL,
    account TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (scope, digest)) WITHOUT ROWID;
CREATE INDEX fingerprint_account ON fingerprint (scope, account);
CREATE TABLE link (scope INTEGER NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL,
    key TEXT NOT NULL, value TEXT NOT NULL, id TEXT NOT NULL, made_by TEXT NOT NULL,
    run TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (scope, kind, key, value, source, id)) WITHOUT ROWID;
CREATE TABLE layout (scope INTEGER NOT NULL, source TEXT NOT NULL, file TEXT NOT NULL,
    columns TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (scope, source, file)) WITHOUT ROWID;
CREATE TABLE refusal (scope INTEGER NOT NULL, fingerprint TEXT NOT NULL, message TEXT NOT NULL,
    at REAL NOT NULL, PRIMARY KEY (scope, fingerprint)) WITHOUT ROWID;
CREATE TABLE error_count (division INTEGER NOT NULL, endpoint TEXT NOT NULL,
    status INTEGER NOT NULL, at REAL NOT NULL);
CREATE INDEX error_count_at ON error_count (division, endpoint, at);
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
"""
# The statements from each version to the next, beginning with the first.
_MIGRATIONS: Sequence[Sequence[str]] = ()
SCHEMA_VERSION = FIRST_VERSION + len(_MIGRATIONS)


def migrate(db: sqlite3.Connection) -> None:
    """Create the tables in a new file, and migrate a journal of an earlier version.

    All is done in one transaction, and only once if two programs open the file at the same time.
    """
    if db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
        for statement in _TABLES.strip().split(";\n"):
            db.execute(statement)
        db.execute(f"PRAGMA application_id={APPLICATION_ID}")
        db.execute(f"PRAGMA user_version={FIRST_VERSION}")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    for statements in _MIGRATIONS[version - FIRST_VERSION :]:
        for statement in statements:
            db.execute(statement)
    db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
