"""Accounts that no row gives a name, only a code: a webshop's customers, who are persons."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from exact_import.fields import full_name
from exact_import.records.merge import AccountRecord
from exact_import.store.mirror import RemoteRecord

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
    if not fields.get("Name") and len(record.contacts) == 1 and _says_more(record, constants):
        _name_after_person(record)
    if not fields.get("Name") and gone is not None:
        fields["Name"] = gone.get("Name")
    return bool(fields.get("Name"))


def follow_person(record: AccountRecord, held: RemoteRecord, person: RemoteRecord) -> None:
    """Let the account `held`, which no row names, follow its only person if it is called so.

    `person` is that contact as Exact Online has it.
    """
    if not record.fields.get("Name") and full_name(person.fields) == held.fields.get("Name"):
        _name_after_person(record)


def _says_more(record: AccountRecord, constants: Collection[str]) -> bool:
    said = {name for name, value in record.fields.items() if value is not None}
    return bool(said - _POINTERS - set(constants))


def _name_after_person(record: AccountRecord) -> None:
    person = record.contacts[0].fields
    record.person = True
    record.fields["Name"] = full_name(person)
    email = record.fields.get("Email") or person.get("Email")
    if email:
        record.fields["Email"] = email
