"""New accounts that no row gives a name, only a code: a webshop's customers, who are persons."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from exact_import.fields import full_name
from exact_import.records.companies import AccountRecord

_POINTERS = frozenset({"ID", "Code"})


def give_name(
    record: AccountRecord, constants: Collection[str], gone: Mapping[str, Any] | None
) -> bool:
    """Give a new account that has no name the one of its only person; tell whether it has one.

    Only where its rows say more of it than which it is, `constants` apart: rows that do nothing but
    point at an account mean one that exists, and their code is a mistake. `gone` are the fields of
    the account in its place that was deleted in Exact Online, if there was one.
    """
    fields = record.fields
    said = {name for name, value in fields.items() if value is not None}
    if not fields.get("Name") and len(record.contacts) == 1 and said - _POINTERS - set(constants):
        person = record.contacts[0].fields
        fields["Name"] = full_name(person)
        fields["Email"] = fields.get("Email") or person.get("Email")
    if not fields.get("Name") and gone is not None:
        fields["Name"] = gone.get("Name")
    return bool(fields.get("Name"))
