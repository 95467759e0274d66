"""What somebody deleted in Exact Online: it stays away for as long as its rows say the same.

A company is one thing with its people: one row that says something new of it, or is new, makes all
of it again. Were only that row's person made, what came of the others would depend on where a run
was interrupted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exact_import.fields import Kind, catalogue
from exact_import.planning.matching import MirrorView, latest, match_contacts
from exact_import.records.merge import AccountRecord
from exact_import.store.mirror import RemoteRecord


class DeletedRecords:
    """Tells which records stay away; with `recreate` none does."""

    def __init__(self, mirror: MirrorView, recreate: bool) -> None:
        self._mirror = mirror
        self._recreate = recreate

    def people(self, record: AccountRecord, account: RemoteRecord) -> set[int]:
        """Return the places in `record.contacts` of the deleted persons who stay away."""
        if self._recreate or not record.contacts:
            return set()
        gone = self._mirror.contacts_of(account.id, gone=True)
        if account.gone:
            gone = [*self._mirror.contacts_of(account.id), *gone]
        known, _ = match_contacts(record.contacts, latest(gone))
        return {
            place
            for place, held in known.items()
            if self._says_the_same(held.kind, held.id, record.contacts[place].fields)
        }

    def company(self, record: AccountRecord, gone: RemoteRecord) -> bool:
        """Tell whether a deleted company stays away, and its people and details with it."""
        return (
            not self._recreate
            and self._says_the_same("account", gone.id, record.fields)
            and len(self.people(record, gone)) == len(record.contacts)
            and all(
                self._says_the_same(detail.kind, f"{gone.id} {detail.key}", detail.fields)
                for detail in record.details
            )
        )

    def _says_the_same(self, kind: Kind, remote_id: str, fields: Mapping[str, Any]) -> bool:
        base = self._mirror.base(kind, remote_id)
        known = catalogue(kind)
        said = {name: value for name, value in fields.items() if value is not None and name in base}
        return bool(base) and all(
            known[name].same(value, base[name][0]) for name, value in said.items()
        )
