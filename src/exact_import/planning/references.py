"""References by what people know: payment conditions, VAT codes, classifications, managers.

Exact Online wants a code or a GUID; files hold a code, a description or a name. The division's own
lists are read only if a file uses such a field, and kept in the journal for a day
(docs/exact-online.md, Fields and Scopes).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from exact_import.exact.errors import ScopeMissing, ServiceError
from exact_import.records.merge import AccountRecord
from exact_import.records.models import BY_NAME, RowsRead, fold
from exact_import.store.division import DivisionStore
from exact_import.text import quote, suggest

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


class Lists(Protocol):
    """What reference lists are read through; `exact.client.Client` is one."""

    def lookup(
        self, path: str, select: Sequence[str], filter: str | None = None
    ) -> list[dict[str, Any]]:
        """Return the rows of a reference list."""


@dataclass(slots=True)
class _Choices:
    """What a field may be: values by the folded words that mean them, and words to suggest."""

    values: dict[str, Any] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def add(self, value: Any, *words: Any) -> None:
        for word in words:
            if word:
                self.values.setdefault(fold("", word), value)
        self.words.append(str(next((word for word in reversed(words) if word), value)))


def resolve(
    records: Sequence[AccountRecord],
    mapped: Iterable[str],
    lists: Lists,
    store: DivisionStore,
    rows: RowsRead,
    notes: list[str],
) -> Sequence[AccountRecord]:
    """Return `records` with references in Exact Online's own terms.

    A record that names something the division does not have is refused in `rows`, with what it
    could be; a list that may not be read is told once in `notes`, and its fields are not sent.
    Costs a call for each list that is used and was not read today.
    """
    resolver = _Resolver(lists, store)
    used = [name for name in dict.fromkeys(mapped) if name in _LISTS or name in BY_NAME]
    for name in used:
        if not any(record.fields.get(name) for record in records):
            continue
        try:
            choices = resolver.choices(name)
        except (ScopeMissing, ServiceError) as refused:
            if isinstance(refused, ServiceError) and refused.status not in (403, 404):
                raise
            notes.append(f"{name} is not sent, for its list cannot be read. {refused}")
            records = [_without(record, name) for record in records]
            continue
        fitting = (_resolved(record, name, choices, rows) for record in records)
        records = [record for record in fitting if record is not None]
    return records


def _without(record: AccountRecord, name: str) -> AccountRecord:
    left = {field: value for field, value in record.fields.items() if field != name}
    return replace(record, fields=left)


def _resolved(
    record: AccountRecord, name: str, choices: _Choices, rows: RowsRead
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
    hint = f"did you mean {quote(meant)}?" if meant else f"there are: {known or 'none'}"
    for source in record.lines:
        rows.reject(
            source,
            f"{quote(str(text))} is no {name} of this division; {hint}",
            field_name=name,
        )
    return None


class _Resolver:
    def __init__(self, lists: Lists, store: DivisionStore) -> None:
        self._lists = lists
        self._store = store

    def choices(self, name: str) -> _Choices:
        if name == "AccountManager":
            return self._managers()
        if name in _LISTS:
            path, select = _LISTS[name]
            found = _Choices()
            for row in self._rows(path, select):
                code = str(row["Code"]).strip()
                found.add(code, code, row.get("Description"))
            return found
        return self._classification(int(name.removeprefix("Classification")))

    def _managers(self) -> _Choices:
        found = _Choices()
        pairs = self._store.mirror.distinct("account", ("AccountManager", "AccountManagerFullName"))
        for manager, full_name in pairs:
            if manager and full_name:
                found.add(manager, full_name)
        return found

    def _classification(self, number: int) -> _Choices:
        names = {
            row["ID"]: row.get("SequenceNumber")
            for row in self._rows("crm/AccountClassificationNames", ("ID", "SequenceNumber"))
        }
        found = _Choices()
        for row in self._rows("crm/AccountClassifications", _CLASSES):
            if names.get(row["AccountClassificationName"], number) == number:
                found.add(row["ID"], str(row["Code"]).strip(), row.get("Description"))
        return found

    def _rows(self, path: str, select: Sequence[str]) -> list[dict[str, Any]]:
        fact = f"list {self._store.scope} {path}"
        kept = self._store.journal.fact(fact, KEPT)
        if kept is not None:
            return list(json.loads(kept))
        rows = self._lists.lookup(path, select)
        kept_rows = [{name: row.get(name) for name in select} for row in rows]
        self._store.journal.note(fact, json.dumps(kept_rows))
        return kept_rows
