"""The tables of the journal, and the migrations from earlier versions."""

from __future__ import annotations

import sqlite3

APPLICATION_ID = 0x45584A4C  # "EXJL": distinguishes our file from other SQLite databases
# The tables of version 1; what a version changed is below, so that no journal is ever too old.
_FIRST = """
CREATE TABLE scope (id INTEGER PRIMARY KEY, site TEXT NOT NULL, division INTEGER NOT NULL,
    UNIQUE (site, division));
CREATE TABLE run (id TEXT PRIMARY KEY, scope INTEGER NOT NULL, mode TEXT NOT NULL,
    files TEXT NOT NULL, started REAL NOT NULL, ended REAL, exit_status INTEGER, summary TEXT);
CREATE TABLE change (id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES run,
    scope INTEGER NOT NULL, kind TEXT NOT NULL,
    action TEXT NOT NULL, lines TEXT NOT NULL, label TEXT NOT NULL,
    remote_id TEXT, account_id TEXT, key TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL,
    state TEXT NOT NULL, intent_at REAL NOT NULL, cursor INTEGER NOT NULL, lost_at REAL,
    done_at REAL, answer TEXT NOT NULL DEFAULT '');
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
CREATE INDEX mirror_key_id ON mirror_key (scope, id);
CREATE TABLE cursor (scope INTEGER NOT NULL, kind TEXT NOT NULL, timestamp INTEGER NOT NULL,
    fields TEXT NOT NULL, full_at REAL NOT NULL, read_at REAL NOT NULL,
    PRIMARY KEY (scope, kind)) WITHOUT ROWID;
CREATE TABLE base (scope INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    fields TEXT NOT NULL, sent TEXT NOT NULL DEFAULT '{}', written_at TEXT,
    PRIMARY KEY (scope, kind, id)) WITHOUT ROWID;
CREATE TABLE refusal (scope INTEGER NOT NULL, fingerprint TEXT NOT NULL, message TEXT NOT NULL,
    at REAL NOT NULL, PRIMARY KEY (scope, fingerprint)) WITHOUT ROWID;
CREATE TABLE error_count (division INTEGER NOT NULL, endpoint TEXT NOT NULL,
    status INTEGER NOT NULL, at REAL NOT NULL);
CREATE INDEX error_count_at ON error_count (division, endpoint, at);
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
"""
# The migration from each version to the next, beginning with version 1.
_MIGRATIONS = (
    # When a run last used a record, in epoch seconds: of several deleted records, the one that a
    # row meant last.
    ("ALTER TABLE base ADD COLUMN at REAL NOT NULL DEFAULT 0",),
    # Fingerprints of rows that agreed with their account (`store.fingerprints`), and when.
    (
        """CREATE TABLE fingerprint (scope INTEGER NOT NULL, digest BLOB NOT NULL,
    account TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (scope, digest)) WITHOUT ROWID""",
        "CREATE INDEX fingerprint_account ON fingerprint (scope, account)",
    ),
    # Which record a key of a source's rows is (`store.links`); `at` is in epoch seconds.
    (
        """CREATE TABLE link (scope INTEGER NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL,
    key TEXT NOT NULL, value TEXT NOT NULL, id TEXT NOT NULL, made_by TEXT NOT NULL,
    run TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (scope, kind, key, value, source, id)) WITHOUT ROWID""",
        # The keys by which a created record is linked.
        "ALTER TABLE change ADD COLUMN links TEXT NOT NULL DEFAULT '[]'",
        "CREATE INDEX link_record ON link (scope, id)",
        "CREATE INDEX link_run ON link (run)",
    ),
    # How the columns of a source's files were used (`store.layouts`).
    (
        """CREATE TABLE layout (scope INTEGER NOT NULL, source TEXT NOT NULL, file TEXT NOT NULL,
    columns TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (scope, source, file)) WITHOUT ROWID""",
    ),
    # Whose rows a base holds and a change carries out ("" for an undo); of the other sources that
    # have imported a record, where their bases differ (`store.bases`).
    (
        "ALTER TABLE base ADD COLUMN source TEXT NOT NULL DEFAULT ''",
        """CREATE TABLE source_base (scope INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    source TEXT NOT NULL, fields TEXT NOT NULL,
    PRIMARY KEY (scope, kind, id, source)) WITHOUT ROWID""",
        "ALTER TABLE change ADD COLUMN source TEXT",
    ),
    # A quarter of the journal: the keys of an account are known from its fields, and the links of a
    # run are wanted by an undo alone.
    ("DROP INDEX IF EXISTS mirror_key_id", "DROP INDEX IF EXISTS link_run"),
    # A sixth of it: the links of one record are needed only when it is forgotten or was deleted,
    # and then scanning all of them takes less time than the call that deleted it.
    ("DROP INDEX IF EXISTS link_record",),
)
SCHEMA_VERSION = 1 + len(_MIGRATIONS)


def migrate(db: sqlite3.Connection) -> None:
    """Create the tables in a new file, and migrate a journal of an earlier version.

    All is done in one transaction, and only once if two programs open the file at the same time.
    """
    if db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
        for statement in _FIRST.strip().split(";\n"):
            db.execute(statement)
        db.execute(f"PRAGMA application_id={APPLICATION_ID}")
        db.execute("PRAGMA user_version=1")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version < SCHEMA_VERSION:
        for statements in _MIGRATIONS[version - 1 :]:
            for statement in statements:
                db.execute(statement)
        db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
