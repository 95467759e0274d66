"""The journal: the SQLite file that remembers runs, intents and outcomes, and the mirror.

Every write to Exact Online is recorded here before it is sent, and its outcome afterwards, each
durably (`synchronous=FULL`), so that the next run can finish a killed one. What is only read from
Exact Online may reach the disk later (`lazy`). Several programs may read it while one writes (WAL).
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exact_import.errors import StorageError
from exact_import.fields import ENDPOINTS, Kind
from exact_import.files import PRIVATE, make_private
from exact_import.store import kept
from exact_import.store.schema import APPLICATION_ID, FIRST_VERSION, SCHEMA_VERSION, migrate

log = logging.getLogger(__name__)

IN_MEMORY = Path(":memory:")


@dataclass(slots=True)
class Intent:
    """One write to Exact Online as the journal records it.

    `before` and `after` hold field values; `after` is exactly what is sent. `state` is one of
    "intent" (announced, no outcome), "unsettled" (the answer was lost at `lost_at`), "done",
    "refused", "gone", "absent" (found never to have arrived), "unclear" (for a human). `key`
    identifies a bank account or further address within its account. `cursor` is the highest sync
    Timestamp known when it was announced. Times are epoch seconds, `lost_at` by the server's clock;
    for an "intent" it is the time by which its connection has ended. `links` are the keys by which
    a created record is found again: key, value and source of each. `source` is where its rows came
    from, "" for an undo.
    """

    run: str
    kind: Kind
    action: str
    lines: list[tuple[str, int]]
    label: str
    remote_id: str | None
    account_id: str | None
    before: dict[str, Any]
    after: dict[str, Any]
    cursor: int = 0
    state: str = "intent"
    key: str = ""
    intent_at: float = 0.0
    lost_at: float | None = None
    answer: str = ""
    links: list[tuple[str, str, str]] = field(default_factory=list)
    source: str = ""
    id: int = field(default=0, compare=False)


def run_name(now: float) -> str:
    """Return the name of a run that begins at `now` (epoch seconds); names sort by time."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.localtime(now))}-{int(now % 1 * 65536):04x}"


class Journal:
    """The journal file at `path`, opened for reading and writing; created (mode 0600) if missing.

    `IN_MEMORY` exists only while it is open. Safe to use from several threads. Raises StorageError
    if the file cannot be made, is not a journal, is damaged, or was written by a newer version;
    such a file is never overwritten.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        self._is_lazy = False
        try:
            if path != IN_MEMORY and not path.exists():
                os.close(os.open(path, os.O_CREAT | os.O_WRONLY, PRIVATE))
            elif path != IN_MEMORY and make_private(path):
                log.warning(
                    "%s could be read by other users; now only you can read it (0600).", path
                )
            # SQLite removes it when the last program closes the journal normally.
            unclean = path.with_name(f"{path.name}-wal").exists()
            self._db = sqlite3.connect(
                path, timeout=30, isolation_level=None, check_same_thread=False
            )
            with contextlib.ExitStack() as failed:
                failed.callback(self._db.close)
                self._prepare()
                if unclean:
                    self._check()
                failed.pop_all()
        except (sqlite3.Error, OSError) as error:
            raise self._storage_error(error) from error

    def _storage_error(self, error: Exception) -> StorageError:
        if isinstance(error, sqlite3.DatabaseError) and "not a database" in str(error):
            return self._foreign()
        if "malformed" in str(error) or "decode to UTF-8" in str(error):
            return self._damaged(error)
        why = (isinstance(error, OSError) and error.strerror) or error
        return StorageError(
            f"The journal {self.path} cannot be used ({why}).",
            "Check that the folder exists, is writable and has free space.",
        )

    def _damaged(self, error: object) -> StorageError:
        return StorageError(f"The journal {self.path} is damaged ({error}).", kept.RESTORE)

    def _check(self) -> None:
        """Raise StorageError if an unclean end left the file damaged."""
        found = str(self._db.execute("PRAGMA quick_check(1)").fetchone()[0])
        if found != "ok":
            raise self._damaged(found)

    def _foreign(self) -> StorageError:
        return StorageError(
            f"{self.path} is not a journal of exact-import.",
            "Move it away, or name another configuration with --config.",
        )

    def _prepare(self) -> None:
        # One statement sees a consistent state: another process may be creating the tables.
        application, version, empty = self._db.execute(
            "SELECT application_id, user_version, NOT EXISTS (SELECT 1 FROM sqlite_master)"
            " FROM pragma_application_id, pragma_user_version"
        ).fetchone()
        if application != APPLICATION_ID and not (empty and application == 0):
            raise self._foreign()
        if version == 0 and not empty:
            raise self._damaged("it has no version")
        if version > SCHEMA_VERSION:
            raise StorageError(
                f"The journal {self.path} was written by a newer exact-import.",
                "Install that version again, or move the journal away.",
            )
        if version < FIRST_VERSION and not empty:
            raise StorageError(
                f"The journal {self.path} was written before the first release of exact-import.",
                "Move it away: its history is lost, but nothing will be imported twice.",
            )
        for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self._db.execute(f"PRAGMA {setting}")
        if empty or version < SCHEMA_VERSION:
            with self.transaction():
                migrate(self._db)

    def compact(self) -> None:
        """Free the space of deleted rows, so that nothing of them stays in the file."""
        with self._lock:
            try:
                self._db.execute("VACUUM")
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.Error as error:
                raise self._storage_error(error) from error

    def close(self) -> None:
        """Close the file; the journal cannot be used afterwards."""
        self._db.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside durable together, or not at all. May be nested."""
        with self._lock:
            if self._depth:
                yield
                return
            try:
                self._db.execute("BEGIN IMMEDIATE")
                self._depth += 1
                try:
                    yield
                except BaseException:
                    self._db.execute("ROLLBACK")
                    raise
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise self._storage_error(error) from error
            finally:
                self._depth = 0

    @contextlib.contextmanager
    def lazy(self) -> Iterator[None]:
        """Let what is written inside reach the disk with the next durable write, in its order.

        A killed process loses nothing; a power cut may lose the latest writes. Otherwise, many
        companies in one night would wait for the disk more than for Exact Online.
        """
        with self._lock:
            if self._depth or self._is_lazy:
                yield
                return
            self._is_lazy = True
            try:
                self._db.execute("PRAGMA synchronous=NORMAL")
                yield
            finally:
                self._is_lazy = False
                self._db.execute("PRAGMA synchronous=FULL")

    def read(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        """Return all rows that the query `sql` yields."""
        with self._lock:
            try:
                return self._db.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise self._storage_error(error) from error

    def write(self, sql: str, values: Sequence[object] = ()) -> int:
        """Carry out one statement durably; returns the id of a row it inserted."""
        with self.transaction():
            return self._db.execute(sql, values).lastrowid or 0

    def write_many(self, sql: str, values: Sequence[Sequence[object]]) -> None:
        """Carry out one statement for each of `values`, durably and together."""
        with self.transaction():
            self._db.executemany(sql, values)

    def scope(self, site: str, division: int) -> int:
        """Return the number under which this journal keeps `division` of `site`."""
        known, place = "SELECT id FROM scope WHERE site = ? AND division = ?", (site, division)
        if not (found := self.read(known, place)):
            self.write("INSERT OR IGNORE INTO scope (site, division) VALUES (?, ?)", place)
            found = self.read(known, place)
        return int(found[0][0])

    # --- runs and intents

    def start_run(self, scope: int, mode: str, files: Sequence[str]) -> str:
        """Note that a run begins and return its name, such as 20261122-233700-1a2b."""
        now = time.time()
        with self.lazy(), self.transaction():
            # If many divisions begin at once, two may get the same name.
            while self.read("SELECT 1 FROM run WHERE id = ?", (run := run_name(now),)):
                now += 1 / 65536
            self.write(
                "INSERT INTO run (id, scope, mode, files, started) VALUES (?, ?, ?, ?, ?)",
                (run, scope, mode, json.dumps(list(files)), time.time()),
            )
        return run

    def end_run(self, run: str, exit_status: int, summary: Mapping[str, object]) -> None:
        """Note how `run` ended."""
        self.write(
            "UPDATE run SET ended = ?, exit_status = ?, summary = ? WHERE id = ?",
            (time.time(), exit_status, json.dumps(summary), run),
        )

    def announce(self, scope: int, intent: Intent) -> Intent:
        """Note durably that `intent` is about to be sent; fills in its id and time."""
        intent.intent_at = time.time()
        intent.id = self.write(
            "INSERT INTO change (run, scope, kind, action, lines, label, remote_id, account_id,"
            " key, before, after, state, intent_at, lost_at, cursor, links, source)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                intent.run,
                scope,
                intent.kind,
                intent.action,
                kept.packed(intent.lines),
                intent.label,
                intent.remote_id,
                intent.account_id,
                intent.key,
                # A new record has no values before it.
                kept.packed({} if intent.action == "create" else intent.before),
                kept.packed(intent.after),
                intent.state,
                intent.intent_at,
                intent.lost_at,
                intent.cursor,
                kept.packed(intent.links),
                intent.source,
            ),
        )
        return intent

    def conclude(self, intent: Intent, state: str, answer: str = "") -> None:
        """Note durably the outcome of `intent`, and its ID; clears its `links` once it is done."""
        if intent.state == "intent" and state != "unsettled":
            intent.lost_at = None  # its answer came
        intent.state, intent.answer = state, answer
        now = time.time()
        self.write(
            "UPDATE change SET state = ?1, answer = ?2, remote_id = ?3, lost_at = ?4, done_at = ?5,"
            " links = CASE WHEN ?1 = 'done' THEN '[]' ELSE links END"
            " WHERE id = ?6",
            (state, answer, intent.remote_id, intent.lost_at, now, intent.id),
        )

    def open_intents(self, scope: int) -> list[Intent]:
        """Return the writes whose outcome is not known, oldest first."""
        return self.intents("scope = ? AND state IN ('intent', 'unsettled')", (scope,))

    def changes_of(self, run: str) -> list[Intent]:
        """Return every write of `run`, in the order of their intents."""
        return self.intents("run = ?", (run,))

    def intents(self, condition: str, values: Sequence[object]) -> list[Intent]:
        """Return the writes that meet a `condition` in SQL, in the order of their intents."""
        found = self.read(
            f"SELECT {', '.join(_READ_INTENT)} FROM change"  # noqa: S608  # our own texts
            f" WHERE {condition} ORDER BY id",
            values,
        )
        readers = _READ_INTENT.values()
        return [
            Intent(*(read(one) for read, one in zip(readers, row, strict=True))) for row in found
        ]

    # --- small facts that outlive a process

    def fact(self, name: str, younger_than: float | None = None) -> str | None:
        """Return what was noted under `name`, unless it is older than `younger_than` seconds."""
        found = self.read("SELECT value, at FROM fact WHERE name = ?", (name,))
        if not found:
            return None
        value, at = kept.text(found[0][0]), kept.number(found[0][1])
        return None if younger_than is not None and time.time() - at > younger_than else value

    def note(self, name: str, value: str) -> None:
        """Note `value` under `name`, with the time."""
        self.write("INSERT OR REPLACE INTO fact VALUES (?, ?, ?)", (name, value, time.time()))

    # --- what the rate limit counts

    def note_error(self, division: int, endpoint: str, status: int, at: float) -> None:
        """Count an error answer of `endpoint` at epoch second `at`, and delete old ones."""
        with self.transaction():
            self._db.execute("DELETE FROM error_count WHERE at < ?", (at - 86_400,))
            self._db.execute(
                "INSERT INTO error_count VALUES (?, ?, ?, ?)", (division, endpoint, status, at)
            )

    def errors_since(self, division: int, endpoint: str, since: float) -> int:
        """Return how many errors `endpoint` of `division` answered since epoch second `since`."""
        found = self.read(
            "SELECT count(*) FROM error_count WHERE division = ? AND endpoint = ? AND at >= ?",
            (division, endpoint, since),
        )
        return int(found[0][0])


# The columns of a change in the order of the fields of `Intent`, each with what reads it.
_READ_INTENT: Mapping[str, Callable[[Any], Any]] = {
    "run": kept.text,
    "kind": lambda kind: kept.one_of(kind, ENDPOINTS),
    "action": kept.text,
    "lines": lambda lines: kept.listed(lines, kept.line),
    "label": kept.text,
    "remote_id": kept.text_or_none,
    "account_id": kept.text_or_none,
    "before": kept.document,
    "after": kept.document,
    "cursor": kept.whole,
    "state": kept.text,
    "key": kept.text,
    "intent_at": kept.number,
    "lost_at": lambda at: None if at is None else kept.number(at),
    "answer": kept.text,
    "links": lambda links: kept.listed(links, kept.link),
    "source": kept.text,
    "id": kept.whole,
}
