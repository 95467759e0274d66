"""A company of Exact Online whose accounts the records of a file are matched with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from exact_import.planning.codes import CodeVerdict, Remembered
from exact_import.planning.lookup import AccountLookup
from exact_import.planning.matcher import (
    AccountMatch,
    AccountMatcher,
)
from exact_import.records.merge import AccountRecord
from exact_import.records.models import RowLocation, Values
from exact_import.store.division import DivisionStore
from exact_import.store.links import Link
from exact_import.tables.source import source_name
from memory_journal import memory_journal

VAT, OTHER_VAT = "BE0403170701", "BE0417497106"
GENT: Values = {"Postcode": "9000", "City": "Gent"}


BRUGGE: Values = {"Postcode": "8000", "City": "Brugge"}


KANT: Values = {"Name": "Kant", **GENT}


ZON: Values = {"Name": "Zonnebloem", **GENT}


PHONE: Values = {"Phone": "09 225 10 01"}


def record(fields: Values, line: int = 2, own: str = "", file: str = "a.csv") -> AccountRecord:
    return AccountRecord(dict(fields), [(file, line)], own=own)


def records_of(*fields: Values) -> list[AccountRecord]:
    return [record(one, line) for line, one in enumerate(fields, 2)]


class Company:
    """What Exact Online holds, as the mirror and the links know it."""

    def __init__(self) -> None:
        self.store = DivisionStore.of(memory_journal(), "https://exact.example", 1)
        self.verdicts: Mapping[str, CodeVerdict] = {}

    def has(self, remote_id: str, fields: Mapping[str, Any]) -> None:
        account = {"ID": remote_id, "Code": remote_id.rjust(18), **fields, "Timestamp": 1}
        self.store.mirror.put("account", account)

    def link(self, key: str, value: str, remote_id: str, source: str = "a") -> None:
        self.store.links.add([Link("account", source, key, value, remote_id, "matched")])

    def match(
        self,
        records: Sequence[AccountRecord],
        answers: Mapping[int, str] | None = None,
        *,
        settled: Mapping[int, str] | None = None,
        setting: Literal["auto", "exact", "own"] = "own",
        remembered: Remembered = "",
    ) -> dict[int, AccountMatch]:
        """Return the matches; `answers` are by line of a.csv."""
        by_row: dict[RowLocation, str] = {("a.csv", n): text for n, text in (answers or {}).items()}
        lookup = AccountLookup(self.store.mirror, self.store.links, source_name, records)
        matcher = AccountMatcher(
            lookup,
            by_row,
            setting=setting,
            remembered=lambda source: remembered if source == "a" else "",
        )
        found = matcher.match(records, settled or {})
        self.verdicts = matcher.verdicts
        return found

    def matched(self, records: Sequence[AccountRecord], **more: Any) -> list[str]:
        """Return by record the account's ID, "new", "deleted", or "held: " and the reason."""
        return [_outcome(match) for match in self.match(records, **more).values()]


def _outcome(match: AccountMatch) -> str:
    decision = match.decision
    if decision.held:
        return f"held: {decision.reason}"
    if decision.account is not None:
        return decision.account.id
    return "deleted" if decision.deleted is not None else "new"
