"""Whether the customer numbers of a source are Exact Online's codes, and the codes of new accounts.

The former is judged over a whole file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from exact_import.planning.changes import RecordChanges
from exact_import.planning.decision import CodeRule, shown
from exact_import.planning.evidence import Identity
from exact_import.planning.lookup import AccountLookup
from exact_import.planning.plan import Change
from exact_import.records.merge import AccountRecord, where
from exact_import.text import quote
from exact_import.values.match_keys import bare_code

Remembered = Literal["", "exact", "own"]


@dataclass(frozen=True, slots=True)
class NumberSeen:
    """What one row's customer number shows.

    `exists` is True if an account has it for its code; `agrees` is True or False if that account
    is, or is not, the row's by something else, None if that is not known. `elsewhere` is True if
    the row is, by something else, an account with another code. `account` is the ID of the account
    that agrees, or of the one elsewhere.
    """

    exists: bool
    agrees: bool | None = None
    elsewhere: bool = False
    account: str = ""


@dataclass(frozen=True, slots=True)
class CodeVerdict:
    """How a source's customer numbers are treated, and whether new accounts get them as codes.

    `message` is a sentence for the report, "" if there is nothing to say; `remember` is what to
    keep for the source; `reopened` is True if the file contradicts what was remembered.
    """

    rule: CodeRule
    send: bool
    message: str = ""
    remember: Remembered = ""
    reopened: bool = False


def judge_codes(
    seen: Iterable[NumberSeen],
    *,
    setting: Literal["auto", "exact", "own"] = "auto",
    remembered: Remembered = "",
    settled: int = 0,
) -> CodeVerdict:
    """Return how the numbers of a file are treated.

    `settled` rows, which have not changed since the last import, confirm what is `remembered`. If
    an account's code is the number of a row that agrees with it, no other row counts as that
    account: rows with different numbers are different companies.
    """
    if setting != "auto":
        return CodeVerdict(setting, send=setting == "exact")
    numbers = list(seen)
    exist = sum(one.exists for one in numbers)
    agree = sum(one.agrees is True for one in numbers)
    owned = {one.account for one in numbers if one.agrees} - {""}
    away = [one for one in numbers if one.elsewhere and one.account not in owned]
    elsewhere = len(away)
    contradict = sum(one.agrees is False for one in numbers)
    contradict += sum(one.agrees is None for one in away)
    if remembered == "exact":
        agree += settled
    elif remembered == "own":
        contradict += settled
    if exist >= 3 and (agree or contradict):
        found: Literal["exact", "own"] = "exact" if agree > contradict else "own"
        message = "" if found == "exact" else _not_codes(contradict, len(numbers) + settled)
        if remembered and remembered != found:
            message = _reopened(remembered, agree, contradict)
        return CodeVerdict(
            found, found == "exact", message, found, bool(remembered) and remembered != found
        )
    if remembered:
        return CodeVerdict(remembered, remembered == "exact")
    if not exist:
        if elsewhere:
            return CodeVerdict("own", False, _not_codes(elsewhere, len(numbers)))
        message = (
            "New accounts get your customer numbers as codes; Exact Online has none of them yet."
        )
        return CodeVerdict("second", True, message if numbers else "")
    if not agree and not contradict:
        return CodeVerdict("second", False)
    if agree:
        return CodeVerdict("doubt", not contradict)
    if exist == len(numbers):
        return CodeVerdict("doubt", False)
    return CodeVerdict("own", False, _not_codes(contradict, len(numbers)))


def _not_codes(contradict: int, count: int) -> str:
    return (
        f"Your customer numbers are not Exact Online's codes: {contradict:,} of {count:,} belong "
        "to other companies there. They are remembered as your own numbers and not sent. If they "
        "are its codes, set code = exact under [import]."
    )


def _reopened(remembered: Remembered, agree: int, contradict: int) -> str:
    before = "were Exact Online's codes" if remembered == "exact" else "were your own numbers"
    return (
        f"The customer numbers of this file {before} at earlier imports, but now {contradict:,} "
        f"belong to other companies and {agree:,} agree"
    )


class NewCodes:
    """The codes that the new accounts of a plan get; errors go to `changes`."""

    def __init__(self, changes: RecordChanges) -> None:
        self._changes = changes
        self._given: dict[str, Change] = {}

    @property
    def given(self) -> bool:
        """True if a new account gets a code."""
        return bool(self._given)

    def is_free(self, record: AccountRecord, row: Identity, lookup: AccountLookup) -> bool:
        """Return True if no other account has the code of a new one; warn of it otherwise.

        Each source has its own numbers, so a new account of another source may have the code.
        """
        code = str(record.fields.get("Code") or "")
        taken = lookup.coded(row) if code else []
        earlier = self._given.get(bare_code(code))
        if taken:
            whose = shown(taken[0])
        elif earlier is not None and lookup.source_at(earlier.lines[0]) != lookup.source_of(record):
            whose = f"the new account on {where(earlier.lines[0], record.lines[0])}"
        else:
            return True
        self._changes.warn(
            record.lines,
            f"{quote(code)} is already the code of {whose}, so Exact Online gives the new account "
            "another code",
            "Code",
        )
        return False

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
