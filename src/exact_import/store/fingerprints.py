"""Which rows need no planning: what files said of an account when both sides were found to agree.

A fingerprint stands for all that a file says of an account, its contacts and its details, and for
the rules it is read by. It is forgotten as soon as the account or a contact of it changes in the
mirror, and when another account comes to share a match key with it: until then planning the same
record again would find nothing to do.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence

from exact_import.fields import RecordKind
from exact_import.store.journal import Journal

_AT_ONCE = 500  # what a query looks for; SQLite takes 999 at least


class Fingerprints:
    """The fingerprints of one division, in `journal` under `scope`."""

    def __init__(self, journal: Journal, scope: int) -> None:
        self._journal = journal
        self._scope = scope

    def find(self, digests: Sequence[bytes]) -> dict[bytes, str]:
        """Return those of `digests` that are known, each with the ID of the account it means."""
        known: dict[bytes, str] = {}
        if self._none():
            return known
        for start in range(0, len(digests), _AT_ONCE):
            some = digests[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            known.update(
                self._journal.read(
                    "SELECT digest, account FROM fingerprint"  # noqa: S608  # only placeholders
                    f" WHERE scope = ? AND digest IN ({marks})",
                    (self._scope, *some),
                )
            )
        return known

    def add(self, found: Iterable[tuple[bytes, str]]) -> None:
        """Remember of each digest that it agrees with the account of that ID."""
        now = time.time()
        self._journal.write_many(
            "INSERT OR REPLACE INTO fingerprint VALUES (?, ?, ?, ?)",
            [(self._scope, digest, account.casefold(), now) for digest, account in found],
        )

    def forget(self, accounts: Iterable[str | None]) -> None:
        """Forget what agrees with the accounts of these IDs."""
        if not self._none():
            self._journal.write(
                "DELETE FROM fingerprint WHERE scope = ?"
                " AND account IN (SELECT value FROM json_each(?))",
                (self._scope, json.dumps(sorted({one.casefold() for one in accounts if one}))),
            )

    def forget_all(self) -> None:
        """Forget all of them."""
        self._journal.write("DELETE FROM fingerprint WHERE scope = ?", (self._scope,))

    def forget_touched(self, kind: RecordKind, ids: Sequence[str]) -> None:
        """Forget what records of the mirror have to do with, before and after they change there.

        With an account go those that share a match key with it: they may be taken for each other.
        """
        if self._none():
            return
        touched = json.dumps(list(ids))
        if kind == "account":
            self.forget(ids)
            # Each value once, however many of the accounts have it.
            query = (
                "SELECT DISTINCT other.id FROM (SELECT DISTINCT name, value FROM mirror_key"
                " WHERE scope = ?1 AND id IN (SELECT value FROM json_each(?2))) AS shared"
                " JOIN mirror_key other ON other.scope = ?1 AND other.name = shared.name"
                " AND other.value = shared.value"
            )
        else:
            query = (
                "SELECT DISTINCT account FROM mirror WHERE scope = ?1 AND kind = 'contact'"
                " AND id IN (SELECT value FROM json_each(?2))"
            )
        self.forget(row[0] for row in self._journal.read(query, (self._scope, touched)))

    def _none(self) -> bool:
        return not self._journal.read(
            "SELECT 1 FROM fingerprint WHERE scope = ? LIMIT 1", (self._scope,)
        )
