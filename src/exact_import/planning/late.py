"""Records that a write created whose answer was lost, and rows that may be them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from exact_import.fields import RecordKind, full_name
from exact_import.planning.contacts import ContactMatch
from exact_import.planning.decision import hold, shown
from exact_import.planning.lookup import AccountLookup
from exact_import.planning.matcher import AccountMatch
from exact_import.planning.plan import Candidate
from exact_import.records.merge import ContactRecord
from exact_import.records.models import RowLocation
from exact_import.store.division import DivisionStore
from exact_import.store.mirror import RemoteRecord
from exact_import.text import quote

# Seconds after which a row in the same place of the same file counts as another row.
_MEANWHILE = 12 * 3600.0
_WHY = "whose creation from this row was confirmed only later"


class LateRecords:
    """Records of the last hours that were created by a write whose answer was lost.

    A user who reads that a row is not settled may correct it and run again. The record was created
    from the old row, and only the place in the file may still be the same.
    """

    def __init__(self, store: DivisionStore) -> None:
        found = store.journal.intents(
            "scope = ? AND action = 'create' AND state = 'done' AND lost_at IS NOT NULL"
            " AND remote_id IS NOT NULL AND intent_at > ?",
            (store.scope, time.time() - _MEANWHILE),
        )
        self._made: dict[tuple[str, RowLocation], str] = {}
        for intent in found:
            held = store.mirror.get(intent.kind, str(intent.remote_id))
            if held is not None and not held.gone:
                self._made.update({(intent.kind, line): held.id for line in intent.lines})

    def hold_accounts(
        self, matches: Mapping[int, AccountMatch], settled: Mapping[int, str], lookup: AccountLookup
    ) -> None:
        """Hold new accounts if a late record, which no other row is, came from their row."""
        if not self._made:
            return
        taken = {one.decision.account.id for one in matches.values() if one.decision.account}
        taken.update(settled.values())
        for match in matches.values():
            made = self._of("account", match.record.lines) if match.is_new else ""
            if made and made not in taken:
                account = lookup.account(made)
                why = f"may be {shown(account)}, {_WHY}"
                match.decision = hold("likely", why, match.row, [account])

    def hold_people(
        self,
        people: Sequence[ContactRecord],
        live: Sequence[RemoteRecord],
        matches: Mapping[int, ContactMatch],
        answered: Mapping[int, str],
    ) -> dict[int, ContactMatch]:
        """Return `matches`, with people held whose row created a late contact in `live`."""
        held = dict(matches)
        taken = {one.record.id for one in matches.values() if one.record is not None}
        by_id = {one.id: one for one in live if one.id not in taken}
        for place, person in enumerate(people):
            contact = by_id.get(self._of("contact", person.lines))
            if contact is None or place in held or place in answered:
                continue
            name = full_name(contact.fields)
            held[place] = ContactMatch(
                why=f"may be {quote(name)}, {_WHY}", candidates=(Candidate(contact.id, "", name),)
            )
        return held

    def _of(self, kind: RecordKind, lines: Sequence[RowLocation]) -> str:
        return next((self._made[kind, one] for one in lines if (kind, one) in self._made), "")
