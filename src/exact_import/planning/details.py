"""Bank accounts and further addresses of an account: what rows say of them, and what to change.

They have no sync endpoint worth a nightly call, so they are read by a filter on their account, and
only where the file says something else than at its last import (docs/exact-online.md, Addresses
and bank accounts).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from exact_import.exact.client import Finder, guid
from exact_import.fields import Kind, catalogue
from exact_import.planning.plan import AccountChanges, Change
from exact_import.records.models import ADDRESS_TYPES, DetailRecord, fold
from exact_import.store.mirror import Mirror

_ABSENT = "\x00"


@dataclass(slots=True)
class DetailPlanner:
    """Adds the changes of bank accounts and addresses to a plan.

    `mode` is the import's; a call is made for each existing account whose details differ from
    what the file said last.
    """

    mirror: Mirror
    finder: Finder
    mode: str

    def add(self, details: Iterable[tuple[AccountChanges, Sequence[DetailRecord]]]) -> None:
        """Plan the details of accounts, and add them to the account's changes."""
        for company, wanted in details:
            account = company.account
            if account.action == "kept" and account.id is None:
                continue
            held: dict[Kind, list[dict[str, Any]]] = {}
            for detail in wanted:
                change = self._change(account, detail, held)
                change.account = account
                company.contacts.append(change)

    def _change(
        self, account: Change, detail: DetailRecord, held: dict[Kind, list[dict[str, Any]]]
    ) -> Change:
        kind = detail.kind
        change = Change(kind, "unchanged", detail.lines, _label(account, detail))
        change.key = detail.key
        said = {name: value for name, value in detail.fields.items() if value is not None}
        change.base = {name: [value, value] for name, value in said.items()}
        if account.id is None:
            if account.action in ("create", "skipped"):
                self._create(change, detail, said)
                if account.action == "skipped":
                    change.action = "skipped"
            return change
        base = self.mirror.base(kind, f"{account.id} {detail.key}")
        known = catalogue(kind)
        if base and all(
            known[name].same(value, base.get(name, [_ABSENT])[0]) if name in base else False
            for name, value in said.items()
        ):
            return change
        if kind not in held:
            names = [name for name in known if known[name].writable and name != "Account"]
            held[kind] = self.finder.find(
                kind, f"Account eq {guid(account.id)}", [*names, "Account"]
            )
        match = _match(detail, held[kind])
        if match is None:
            self._create(change, detail, said)
        else:
            change.id = str(match["ID"])
            for name, value in said.items():
                if not known[name].same(value, match.get(name)):
                    change.fields[name] = [match.get(name), value]
            if change.fields:
                change.action = "skipped" if self.mode == "create" else "update"
        return change

    def _create(self, change: Change, detail: DetailRecord, said: Mapping[str, Any]) -> None:
        change.action = "skipped" if self.mode == "update" else "create"
        fields = dict(said)
        if detail.section in ADDRESS_TYPES:
            fields = {"Type": ADDRESS_TYPES[detail.section], "Main": True, **fields}
        change.fields = {name: [None, value] for name, value in fields.items()}


def _match(detail: DetailRecord, held: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    if detail.section == "bank account":
        number = fold("BankAccount", detail.fields["BankAccount"])
        same = [row for row in held if fold("BankAccount", row.get("BankAccount") or "") == number]
    else:
        wanted = ADDRESS_TYPES[detail.section]
        same = [row for row in held if row.get("Type") == wanted]
        same.sort(key=lambda row: not row.get("Main"))
    return same[0] if same else None


def _label(account: Change, detail: DetailRecord) -> str:
    shown: Literal["BankAccount", "AddressLine1"] = (
        "BankAccount" if detail.section == "bank account" else "AddressLine1"
    )
    which = "" if detail.section == detail.kind else f" {detail.section}"
    return f"{account.label}:{which} {detail.fields.get(shown) or ''}".rstrip()
