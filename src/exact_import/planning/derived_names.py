"""Accounts that no row gives a name, only a code: a webshop's customers, who are persons."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from exact_import.fields import full_name
from exact_import.records.merge import AccountRecord
from exact_import.store.mirror import RemoteRecord

_POINTERS = frozenset({"ID", "Code"})


def named(
    record: AccountRecord, constants: Collection[str], gone: Mapping[str, Any] | None
) -> AccountRecord | None:
    """Return a new account with a name: without one, that of its only person; None if none fits.

    Its person's only where its rows say more of it than which it is, `constants` apart: rows that
    do nothing but point at an account mean one that exists, and their code is a mistake. `gone`
    are the fields of the account in its place that was deleted in Exact Online, if there was one.
    """
    if record.fields.get("Name"):
        return record
    if len(record.contacts) == 1 and _says_more(record, constants):
        record = _named_after_person(record)
    if not record.fields.get("Name") and gone is not None:
        record = replace(record, fields={**record.fields, "Name": gone.get("Name")})
    return record if record.fields.get("Name") else None


def following_person(
    record: AccountRecord, held: RemoteRecord, person: RemoteRecord
) -> AccountRecord:
    """Return the record of the account `held` with its only person's name, if it is called so.

    That is only where no row names the account. `person` is that contact as Exact Online has it.
    """
    if not record.fields.get("Name") and full_name(person.fields) == held.fields.get("Name"):
        return _named_after_person(record)
    return record


def _says_more(record: AccountRecord, constants: Collection[str]) -> bool:
    said = {name for name, value in record.fields.items() if value is not None}
    return bool(said - _POINTERS - set(constants))


def _named_after_person(record: AccountRecord) -> AccountRecord:
    person = record.contacts[0].fields
    fields = {**record.fields, "Name": full_name(person)}
    email = fields.get("Email") or person.get("Email")
    if email:
        fields["Email"] = email
    return replace(record, fields=fields, person=True)
