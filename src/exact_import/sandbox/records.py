"""Creating, changing and deleting records, as Exact Online does it.

docs/exact-online.md, "Writing" and "Refusals". Used by the REST endpoints and by edits from
behind the importer's back alike.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from exact_import.fields import Kind

from . import checks, references
from .calls import Refused
from .entities import Entity
from .references import User
from .store import Row
from .world import World

# GUIDs of accounts that are dropped without a word where there is no such account here.
_DROPPED = ("Accountant", "InvoiceAccount", "Parent", "Reseller")
# What makes an address the same as another one of its account.
_ADDRESS = (
    "Account",
    "Type",
    "AddressLine1",
    "AddressLine2",
    "AddressLine3",
    "Postcode",
    "City",
    "State",
    "Country",
)


def create(world: World, division: int, found: Entity, payload: object, user: User) -> Row:
    """Store a new record and return it; an address that exists already is returned as it is.

    Raises `Refused`: 400 for a body that cannot be read, 500 for a rule that is broken.
    """
    sent = checks.typed(found, payload)
    row_id = sent.pop("ID", None) or str(uuid.uuid4())
    values = {name: value for name, value in sent.items() if found.fields[name].create}
    body = {**_defaults(world, division, found.kind), **_given(values), "ID": row_id}
    broken = checks.broken_rules(world, division, found, body, values)
    if world.store.get(found.kind, division, row_id):
        broken.append(checks.words(world.settings.language, "exists"))
    if broken:
        raise checks.refuse(broken)
    if found.kind == "address":
        same = _same_address(world, division, body)
        if same is not None:
            return same
    _number(world, division, found.kind, body)
    now = world.clock.now_ms()
    body.update(Created=now, Creator=user.id)
    return _save(world, division, found, row_id, body, user)


def change(
    world: World, division: int, found: Entity, row: Row, payload: object, user: User
) -> Row:
    """Change the fields of `payload` that may be changed, ignore the rest, and return the record.

    Raises `Refused` as `create` does. An account's own, unchanged Code is refused too:
    docs/exact-online.md, "Codes".
    """
    sent = checks.typed(found, payload)
    sent.pop("ID", None)
    values = {name: value for name, value in sent.items() if found.fields[name].update}
    if not world.settings.null_clears:
        nulls = {name for name, value in payload.items() if value is None}  # type: ignore[attr-defined] # `typed` refused all but a dict
        values = {name: value for name, value in values.items() if name not in nulls}
    body = {**row.body, **values, "ID": row.id}
    broken = checks.broken_rules(world, division, found, body, values)
    if broken:
        raise checks.refuse(broken)
    return _save(world, division, found, row.id, body, user)


def delete(world: World, division: int, found: Entity, row: Row) -> None:
    """Delete a record, and with an account all that belongs to it; 500 where it is in use."""
    if row.held:
        raise Refused(500, checks.words(world.settings.language, "in use"))
    now = world.clock.now_ms()
    if found.kind == "account":
        parts: tuple[Kind, ...] = ("contact", "address", "bank account")
        for kind in parts:
            condition = "json_extract(body, '$.Account') = ?"
            for part in world.store.select(kind, division, condition, (row.id,)):
                world.store.remove(kind, division, part.id, now)
    world.store.remove(found.kind, division, row.id, now)


def _save(
    world: World,
    division: int,
    found: Entity,
    row_id: str,
    body: dict[str, Any],
    user: User,
) -> Row:
    for name, length in world.settings.truncate.items():
        if isinstance(body.get(name), str):
            body[name] = body[name][:length]
    for name, field in found.fields.items():
        if field.pad_width and body.get(name):
            body[name] = field.padded(body[name].strip())
    _settle(world, division, found.kind, body)
    now = world.clock.now_ms()
    body.update(Modified=now, Modifier=user.id)
    body.pop("ID", None)
    kept = {
        name: value
        for name, value in body.items()
        if value is not None and value != found.constants.get(name)
    }
    row = world.store.put(found.kind, division, row_id, kept, now)
    if found.kind in ("address", "bank account") and body.get("Main"):
        _only_main(world, division, found, row)
    return row


def _settle(world: World, division: int, kind: Kind, body: dict[str, Any]) -> None:
    """Drop without a word what Exact Online drops, and fill what it fills by itself."""
    if kind == "account":
        for name in ("SalesCurrency", "PurchaseCurrency"):
            if body.get(name) not in references.CURRENCIES:
                body[name] = None
        for name in _DROPPED:
            if body.get(name) and world.store.get("account", division, body[name]) is None:
                body[name] = None
        if body.get("AccountManager") not in {user.id for user in references.USERS}:
            body["AccountManager"] = None
    elif kind == "contact":
        names = (body.get(name) for name in ("FirstName", "MiddleName", "LastName"))
        body["FullName"] = " ".join(name for name in names if name)
    elif kind == "bank account":
        number = body["BankAccount"].replace(" ", "")
        body["IBAN"] = number if number[:2].isalpha() else None


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _defaults(world: World, division: int, kind: Kind) -> dict[str, Any]:
    country = world.companies()[division].country
    if kind == "account":
        today = world.clock.now_ms() // 86_400_000 * 86_400_000
        return {
            "Status": "A",
            "Country": country,
            "SalesCurrency": "EUR",
            "PurchaseCurrency": "EUR",
            "StartDate": today,
        }
    return {"Country": country, "Type": 1} if kind == "address" else {}


def _number(world: World, division: int, kind: Kind, body: dict[str, Any]) -> None:
    """Give a new record the number or the rank that it was not given."""
    if kind == "account" and not body.get("Code"):
        # Codes are padded on the left, so that the greatest text is the greatest number.
        following = int(world.store.highest("account", division, "Code") or "0") + 1
        if following >= 10**18:
            raise Refused(500, checks.words(world.settings.language, "invalid", "Code"))
        body["Code"] = str(following)
    elif kind == "contact" and body.get("HID") is None:
        body["HID"] = int(world.store.highest("contact", division, "HID") or 0) + 1
    elif kind in ("address", "bank account") and not _siblings(world, division, kind, body):
        body["Main"] = True


def _siblings(world: World, division: int, kind: Kind, body: Mapping[str, Any]) -> list[Row]:
    condition = "json_extract(body, '$.Account') IS ?"
    rows = world.store.select(kind, division, condition, (body.get("Account"),))
    return [row for row in rows if row.body.get("Type") == body.get("Type")]


def _only_main(world: World, division: int, found: Entity, main: Row) -> None:
    for row in _siblings(world, division, found.kind, main.body):
        if row.id != main.id and row.body.get("Main"):
            body = {name: value for name, value in row.body.items() if name != "Main"}
            world.store.put(found.kind, division, row.id, body, main.changed)


def _same_address(world: World, division: int, body: Mapping[str, Any]) -> Row | None:
    def content(values: Mapping[str, Any]) -> list[str]:
        return [str(values.get(name) or "").strip() for name in _ADDRESS]

    rows = _siblings(world, division, "address", body)
    return next((row for row in rows if content(row.body) == content(body)), None)
