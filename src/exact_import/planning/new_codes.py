"""The codes of new accounts: sent if they are free, and each once."""

from __future__ import annotations

from dataclasses import replace

from exact_import.planning.changes import RecordChanges
from exact_import.planning.decision import shown
from exact_import.planning.lookup import AccountLookup
from exact_import.planning.matcher import AccountMatch
from exact_import.planning.plan import Change
from exact_import.records.merge import AccountRecord, where
from exact_import.text import quote
from exact_import.values.match_keys import bare_code


class NewCodes:
    """The codes that the new accounts of a plan get; errors go to `changes`."""

    def __init__(self, changes: RecordChanges) -> None:
        self._changes = changes
        self._given: dict[str, Change] = {}

    @property
    def given(self) -> bool:
        """True if a new account gets a code."""
        return bool(self._given)

    def sent(self, match: AccountMatch, lookup: AccountLookup) -> AccountRecord:
        """Return the record of a new account, without its code if another account has it.

        Each source has its own numbers, so a new account of another source may have the code.
        """
        record = match.record
        code = str(record.fields.get("Code") or "")
        taken = lookup.coded(match.row) if code else []
        earlier = self._given.get(bare_code(code))
        if taken:
            whose = shown(taken[0])
        elif earlier is not None and lookup.source_at(earlier.lines[0]) != lookup.source_of(record):
            whose = f"the new account on {where(earlier.lines[0], record.lines[0])}"
        else:
            return record
        self._changes.warn(
            record.lines,
            f"{quote(code)} is already the code of {whose}, so Exact Online gives the new account "
            "another code",
            "Code",
        )
        return self.unsent(record)

    def unsent(self, record: AccountRecord) -> AccountRecord:
        """Return the record of a new account without its code."""
        fields = {name: value for name, value in record.fields.items() if name != "Code"}
        return replace(record, fields=fields)

    def reject_same(self, account: Change) -> None:
        """Reject a new account whose code an earlier new account of the plan gets.

        Exact Online has one code for 7, 007 and " 7", and refuses the second account.
        """
        if account.action != "create" or "Code" not in account.fields:
            return
        code = str(account.fields["Code"][1])
        earlier = self._given.setdefault(bare_code(code), account)
        if earlier is not account:
            self._changes.reject(
                account.lines,
                f"{quote(code)} is the same code in Exact Online as "
                f"{quote(str(earlier.fields['Code'][1]))} on "
                f"{where(earlier.lines[0], account.lines[0])}; if both rows are the same company, "
                "give them the same number; otherwise, correct this one",
            )
