"""What planning reads from Exact Online in addition to the mirror.

Bank accounts and further addresses have no sync endpoint worth a nightly call, so they are read by
a filter on their account, and only if the file differs from its last import (docs/exact-online.md,
Writing).

References (payment conditions, VAT codes, classifications, managers) are codes or GUIDs in Exact
Online, while files have a code, a description or a name. The division's own lists are read only if
a file uses such a field, and kept in the journal for a day (docs/exact-online.md, Fields and
Scopes).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from exact_import.exact.client import Client, guid
from exact_import.exact.errors import ScopeMissing, ServiceError
from exact_import.fields import Kind, catalogue
from exact_import.planning.changes import replaces, stays
from exact_import.planning.decide import Base, source_with
from exact_import.planning.plan import AccountChanges, Change, PlanRules
from exact_import.records.home import country_beside
from exact_import.records.merge import AccountRecord
from exact_import.records.models import ADDRESS_TYPES, BY_NAME, DetailRecord, RowsRead, fold
from exact_import.store.bases import RecordBases
from exact_import.store.division import DivisionStore
from exact_import.store.kept import documents
from exact_import.store.mirror import Mirror
from exact_import.text import quote, suggest
from exact_import.values.vocabulary import Level

KEPT = 86_400.0
_SHOWN = 5
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_CONDITIONS = ("cashflow/PaymentConditions", ("Code", "Description"))
_VAT_CODES = ("vat/VATCodes", ("Code", "Description"))
_LISTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "PaymentConditionSales": _CONDITIONS,
    "PaymentConditionPurchase": _CONDITIONS,
    "SalesVATCode": _VAT_CODES,
    "PurchaseVATCode": _VAT_CODES,
}
_CLASSES = ("ID", "Code", "Description", "AccountClassificationName")


@dataclass(slots=True)
class DetailPlanner:
    """Adds the changes of bank accounts and addresses to a plan.

    `mode` is the import's; a call is made for each existing account whose details differ from the
    last import of their source, or of any other source if theirs has not imported them before.
    `rows` get a warning if sources disagree.
    """

    mirror: Mirror
    client: Client
    mode: str
    rows: RowsRead

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
        change.key, change.source = detail.key, self.rows.source_of(detail.lines[0][0])
        given = {name: value for name, value in detail.fields.items() if value is not None}
        change.base_found = {name: [value, value] for name, value in given.items()}
        if account.id is None:
            if account.action in ("create", "skipped"):
                self._create(change, detail, _with_country(account, detail, given))
                if account.action == "skipped":
                    change.action = "skipped"
            return change
        bases = self.mirror.bases.read(kind, f"{account.id} {detail.key}")
        known = catalogue(kind)
        for base in bases.said_by(change.source):
            if all(
                name in base and known[name].same(value, base[name][0])
                for name, value in given.items()
            ):
                change.base_found = {name: base[name] for name in given}
                self._note_stays(change, detail.section, bases)
                return change
        if kind not in held:
            names = [name for name in known if known[name].writable and name != "Account"]
            held[kind] = self.client.find(
                kind, f"Account eq {guid(account.id)}", [*names, "Account"]
            )
        match = _match(detail, held[kind])
        if match is None:
            self._create(change, detail, given)
        else:
            change.id = str(match["ID"])
            for name, value in given.items():
                if not known[name].same(value, match.get(name)):
                    change.fields[name] = [match.get(name), value]
                    self._note_replaces(change, detail.section, name, bases)
            if change.fields:
                change.action = "skipped" if self.mode == "create" else "update"
        return change

    def _note_stays(self, change: Change, section: str, bases: RecordBases) -> None:
        """Warn once if a value from a later import of another source stays."""
        known = catalogue(change.kind)
        for name, (value, stored, *reported) in change.base.items():
            there, source = bases.last_stored(name)
            if reported or source is None or known[name].same(there, stored):
                continue
            change.base[name] = [value, stored, True]
            message = stays(f"{name} of the {section}", value, there, source)
            self.rows.warn(change.lines[0], message, field_name=name)

    def _note_replaces(self, change: Change, section: str, name: str, bases: RecordBases) -> None:
        """Warn if a value replaces one from another source."""
        current, value = change.fields[name]
        others = {
            one: Base.of(base[name])
            for one, base in bases.others(change.source).items()
            if name in base
        }
        source = source_with(catalogue(change.kind)[name], current, others)
        message = (
            "" if source is None else replaces(f"{name} of the {section}", value, current, source)
        )
        if message:
            self.rows.warn(change.lines[0], message, field_name=name)

    def _create(self, change: Change, detail: DetailRecord, given: Mapping[str, Any]) -> None:
        change.action = "skipped" if self.mode == "update" else "create"
        fields = dict(given)
        if detail.section in ADDRESS_TYPES:
            fields = {"Type": ADDRESS_TYPES[detail.section], "Main": True, **fields}
        change.fields = {name: [None, value] for name, value in fields.items()}


def _with_country(
    account: Change, detail: DetailRecord, given: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return an address of a new account with a country; by default, that of the company."""
    _, country = account.fields.get("Country", (None, ""))
    if detail.kind != "address" or given.get("Country") or not country:
        return given
    found = country_beside(given, str(country))
    return {**given, "Country": found} if found else given


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


@dataclass(slots=True)
class _Choices:
    """The known values of a field by their folded words, and the words to suggest."""

    values: dict[str, Any] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def add(self, value: Any, *words: Any) -> None:
        for word in words:
            if word:
                self.values.setdefault(fold("", word), value)
        self.words.append(str(next((word for word in reversed(words) if word), value)))


def resolve(
    records: Sequence[AccountRecord],
    rules: PlanRules,
    client: Client,
    store: DivisionStore,
    rows: RowsRead,
    notes: list[str],
) -> Sequence[AccountRecord]:
    """Return `records` with references as codes or GUIDs.

    A value that the division does not have is left out, or its row rejected if the rules say so,
    and `rows` get a message with suggestions. A list that may not be read is noted once in `notes`,
    and its fields are not sent. Costs a call for each list that is used and was not read today.
    """
    resolver = _Resolver(client, store)
    used = [
        name for name in dict.fromkeys(rules.mapped["account"]) if name in _LISTS or name in BY_NAME
    ]
    for name in used:
        if not any(record.fields.get(name) for record in records):
            continue
        try:
            choices = resolver.choices(name)
        except (ScopeMissing, ServiceError) as refused:
            if isinstance(refused, ServiceError) and refused.status not in (403, 404):
                raise
            notes.append(f"{name} is not sent, because its list cannot be read. {refused}")
            records = [record.without(name) for record in records]
            continue
        fitting = (_resolved(record, name, choices, rows, rules.references) for record in records)
        records = [record for record in fitting if record is not None]
    return records


def _resolved(
    record: AccountRecord, name: str, choices: _Choices, rows: RowsRead, level: Level
) -> AccountRecord | None:
    """Return the record with the value that its text in the field `name` means."""
    text = record.fields.get(name)
    if text in (None, ""):
        return record
    value = choices.values.get(fold("", text))
    if value is None and name in BY_NAME and _GUID.fullmatch(str(text)):
        value = text
    if value is not None:
        return replace(record, fields={**record.fields, name: value})
    meant = suggest(str(text), choices.words)
    known = ", ".join(choices.words[:_SHOWN]) + ("…" if len(choices.words) > _SHOWN else "")
    hint = f"did you mean {quote(meant)}?" if meant else f"known: {known or 'none'}."
    message = f"{quote(str(text))} is not a known {name} in Exact Online; {hint}"
    for source in record.lines:
        if level == "error":
            rows.reject(source, message, field_name=name)
        elif level == "warning":
            rows.warn(source, f"{message} The field is left out.", field_name=name)
    return None if level == "error" else record.without(name)


class _Resolver:
    def __init__(self, client: Client, store: DivisionStore) -> None:
        self._client = client
        self._store = store

    def choices(self, name: str) -> _Choices:
        found = _Choices()
        for value, *words in self._listed(name):
            found.add(value, *words)
        return found

    def _listed(self, name: str) -> Iterator[tuple[Any, ...]]:
        """Yield each value that the field `name` can have, with its words."""
        if name == "AccountManager":
            known = self._store.mirror.distinct("account", (name, "AccountManagerFullName"))
            yield from filter(all, known)
        elif name in _LISTS:
            for row in self._rows(*_LISTS[name]):
                code = str(row["Code"]).strip()
                yield code, code, row.get("Description")
        else:
            number = int(name.removeprefix("Classification"))
            names = {
                row["ID"]: row.get("SequenceNumber")
                for row in self._rows("crm/AccountClassificationNames", ("ID", "SequenceNumber"))
            }
            for row in self._rows("crm/AccountClassifications", _CLASSES):
                if names.get(row["AccountClassificationName"], number) == number:
                    yield row["ID"], str(row["Code"]).strip(), row.get("Description")

    def _rows(self, path: str, select: Sequence[str]) -> list[dict[str, Any]]:
        fact = f"list {self._store.scope} {path}"
        kept = self._store.journal.fact(fact, KEPT)
        if kept is not None:
            return documents(kept)
        rows = self._client.lookup(path, select)
        kept_rows = [{name: row.get(name) for name in select} for row in rows]
        self._store.journal.note(fact, json.dumps(kept_rows))
        return kept_rows
