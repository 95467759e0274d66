"""Fingerprints of rows that agreed with their account.

An unchanged row of an unchanged record needs no planning.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence

from exact_import.fields import RecordKind
from exact_import.store.journal import Journal

_AT_ONCE = 500  # values in one query; SQLite takes at least 999


class Fingerprints:
    """The fingerprints of one division, in `journal` under `scope`."""

    def __init__(self, journal: Journal, scope: int) -> None:
        self._journal = journal
        self._scope = scope

    def find(self, digests: Sequence[bytes]) -> dict[bytes, str]:
        """Return the known fingerprints of `digests`, each with the ID of its account."""
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
        """Store that each digest agrees with the account of that ID."""
        now = time.time()
        self._journal.write_many(
            "INSERT OR REPLACE INTO fingerprint VALUES (?, ?, ?, ?)",
            [(self._scope, digest, account.casefold(), now) for digest, account in found],
        )

    def forget(self, accounts: Iterable[str | None]) -> None:
        """Delete the fingerprints of the accounts with these IDs."""
        if not self._none():
            self._journal.write(
                "DELETE FROM fingerprint WHERE scope = ?"
                " AND account IN (SELECT value FROM json_each(?))",
                (self._scope, json.dumps(sorted({one.casefold() for one in accounts if one}))),
            )

    def forget_all(self) -> None:
        """Delete all fingerprints."""
        self._journal.write("DELETE FROM fingerprint WHERE scope = ?", (self._scope,))

    def forget_touched(
        self, kind: RecordKind, ids: Sequence[str], keys: Iterable[tuple[int, str, str, str]]
    ) -> None:
        """Delete the fingerprints that records of the mirror affect, before and after these change.

        This includes the accounts that share a match key with one of them: a row may match either.
        `keys` are the rows of `mirror_key` that the accounts have.
        """
        if self._none():
            return
        if kind == "account":
            self.forget(ids)
            # Each value once, however many of the accounts have it.
            touched: list[object] = [*{(name, value) for _, name, value, _ in keys}]
            query = (
                "SELECT DISTINCT other.id FROM json_each(?2) AS shared CROSS JOIN mirror_key other"
                " ON other.scope = ?1 AND other.name = json_extract(shared.value, '$[0]')"
                " AND other.value = json_extract(shared.value, '$[1]')"
            )
        else:
            touched = [*ids]
            query = (
                "SELECT DISTINCT account FROM mirror WHERE scope = ?1 AND kind = 'contact'"
                " AND id IN (SELECT value FROM json_each(?2))"
            )
        found = self._journal.read(query, (self._scope, json.dumps(touched)))
        self.forget(row[0] for row in found)

    def _none(self) -> bool:
        return not self._journal.read(
            "SELECT 1 FROM fingerprint WHERE scope = ? LIMIT 1", (self._scope,)
        )
