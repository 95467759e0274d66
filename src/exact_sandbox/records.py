"""Creating, changing and deleting records, as Exact Online does it.

docs/exact-online.md, "Writing" and "Refusals". Used by the REST endpoints and by simulated edits of
other users.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from exact_import.fields import Kind
from exact_sandbox import reference_data, validation
from exact_sandbox.entities import Entity, entity
from exact_sandbox.http import RequestError
from exact_sandbox.reference_data import SandboxUser
from exact_sandbox.state import SandboxState
from exact_sandbox.store import StoredRow

# GUIDs of accounts that are dropped without a word where there is no such account here.
_DROPPED = ("Accountant", "InvoiceAccount", "Parent", "Reseller")
# What makes an address the same as another one of its account.
_ADDRESS = (
    *("Account", "Type", "AddressLine1", "AddressLine2", "AddressLine3", "Postcode"),
    *("City", "State", "Country"),
)


class RecordService:
    """The records of one division, in the hands of one user."""

    def __init__(self, state: SandboxState, division: int, user: SandboxUser) -> None:
        self._state = state
        self._division = division
        self._user = user

    def create(self, found: Entity, payload: object) -> StoredRow:
        """Store a new record and return it; an address that exists already is returned as it is.

        Raises `RequestError`: 400 for a body that cannot be read, 500 for a rule that is broken.
        """
        state, division = self._state, self._division
        sent = validation.typed(state, found, payload)
        row_id = sent.pop("ID", None) or str(uuid.uuid4())
        values = {name: value for name, value in sent.items() if found.fields[name].create}
        body = {**self._defaults(found.kind), **_given(values), "ID": row_id}
        if found.kind == "contact":
            self._inherit(body, values)
        broken = validation.broken_rules(state, division, found, body, values)
        if state.store.get(found.kind, division, row_id):
            broken.append(validation.words(validation.language(state), "exists"))
        if broken:
            raise validation.refuse(broken)
        if found.kind == "address":
            same = self._same_address(body)
            if same is not None:
                return same
        self._number(found.kind, body)
        body.update(Created=state.clock.wall_ms(), Creator=self._user.id)
        row = self._save(found, row_id, body)
        if found.kind == "contact":
            self._become_main(row)
        elif found.kind == "account":
            self._nest_bank_accounts(row_id, payload)
        return row

    def change(self, found: Entity, row: StoredRow, payload: object) -> StoredRow:
        """Change the fields of `payload` that may be changed, ignore the rest, return the record.

        Raises `RequestError` as `create` does. An account's own, unchanged Code is refused too:
        docs/exact-online.md, "Codes".
        """
        state = self._state
        sent = validation.typed(state, found, payload)
        sent.pop("ID", None)
        values = {name: value for name, value in sent.items() if found.fields[name].update}
        if isinstance(payload, dict):
            kept = state.settings.put_null == "ignored", state.settings.put_empty == "ignored"
            left = {name for name, value in payload.items() if kept[0] and value is None}
            left |= {name for name, value in payload.items() if kept[1] and value == ""}
            values = {name: value for name, value in values.items() if name not in left}
        if found.kind == "account" and not str(values.get("Code") or "").strip():
            values.pop("Code", None)  # an account keeps its number
        body = {**row.body, **values, "ID": row.id}
        broken = validation.broken_rules(state, self._division, found, body, values)
        if broken:
            raise validation.refuse(broken)
        return self._save(found, row.id, body)

    def delete(self, found: Entity, row: StoredRow) -> None:
        """Delete a record, and with an account all that belongs to it; 500 where it is in use."""
        store, division = self._state.store, self._division
        own = "json_extract(body, '$.Account') = ?"
        refused = self._state.settings.delete_with_contacts == "refused"
        refused = refused and found.kind == "account"
        if row.held or (refused and store.select("contact", division, own, (row.id,), limit=1)):
            raise RequestError(500, validation.words(validation.language(self._state), "in use"))
        now = self._state.clock.now_ms()
        if found.kind == "account":
            parts: tuple[Kind, ...] = ("contact", "address", "bank account")
            for kind in parts:
                for part in store.select(kind, division, own, (row.id,)):
                    store.remove(kind, division, part.id, now)
        store.remove(found.kind, division, row.id, now)
        if found.kind == "contact":
            account = store.get("account", division, str(row.body["Account"]))
            if account is not None and account.body.get("MainContact") == row.id:
                body = {**account.body}
                del body["MainContact"]
                store.amend_account(division, account.id, body)

    def _save(self, found: Entity, row_id: str, body: dict[str, Any]) -> StoredRow:
        for name, length in self._state.settings.truncate.items():
            if isinstance(body.get(name), str):
                body[name] = body[name][:length]
        for name, field in found.fields.items():
            if field.pad_width and body.get(name):
                body[name] = field.padded(body[name].strip())
        self._settle(found.kind, body)
        now = self._state.clock.now_ms()
        body.update(Modified=self._state.clock.wall_ms(), Modifier=self._user.id)
        body.pop("ID", None)
        kept = {
            name: value
            for name, value in body.items()
            if value is not None and value != found.constants.get(name)
        }
        row = self._state.store.put(found.kind, self._division, row_id, kept, now)
        if found.kind in ("address", "bank account") and body.get("Main"):
            self._only_main(found, row)
        return row

    def _settle(self, kind: Kind, body: dict[str, Any]) -> None:
        """Silently drop what Exact Online drops, and fill in what it fills in by itself."""
        if kind == "account":
            body["Name"] = _stored_name(body["Name"], self._state.settings.names)
            for name in ("SalesCurrency", "PurchaseCurrency"):
                if body.get(name) not in reference_data.CURRENCIES:
                    body[name] = None
            for name in _DROPPED:
                found = body.get(name)
                if found and self._state.store.get("account", self._division, found) is None:
                    body[name] = None
            if body.get("AccountManager") not in {user.id for user in reference_data.USERS}:
                body["AccountManager"] = None
        elif kind == "contact":
            names = (body.get(name) for name in ("FirstName", "MiddleName", "LastName"))
            body["FullName"] = " ".join(name for name in names if name)
        elif kind == "bank account":
            number = body["BankAccount"].replace(" ", "")
            body["IBAN"] = number if number[:2].isalpha() else None

    def _defaults(self, kind: Kind) -> dict[str, Any]:
        country = self._state.companies()[self._division].country
        today = self._state.clock.today_ms()
        if kind == "account":
            return {
                "Status": "A",
                "Country": country,
                "SalesCurrency": "EUR",
                "PurchaseCurrency": "EUR",
                **dict.fromkeys(("StartDate", "CustomerSince", "StatusSince"), today),
            }
        if kind == "contact":
            return {"Gender": "O", "StartDate": today}
        return {"Country": country, "Type": 1} if kind == "address" else {}

    def _inherit(self, body: dict[str, Any], sent: Mapping[str, Any]) -> None:
        """Fill what a new contact gets by itself: docs/exact-online.md, "Filled in"."""
        if sent.get("Email"):
            body.setdefault("BusinessEmail", sent["Email"])
        if body.get("LastName"):
            body.setdefault("BirthName", body["LastName"])
        account = self._state.store.get("account", self._division, body.get("Account") or "")
        if account is not None and account.body.get("Language"):
            body.setdefault("Language", account.body["Language"])

    def _become_main(self, contact: StoredRow) -> None:
        """Make the first contact of an account its main one; the account's Modified stays."""
        store = self._state.store
        account = store.get("account", self._division, str(contact.body["Account"]))
        if account is None or account.body.get("MainContact"):
            return
        body = {**account.body, "MainContact": contact.id}
        if self._state.settings.main_contact == "moves":
            store.put("account", self._division, account.id, body, self._state.clock.now_ms())
        else:
            store.amend_account(self._division, account.id, body)

    def _nest_bank_accounts(self, account: str, payload: object) -> None:
        nested = payload.get("BankAccounts") if isinstance(payload, dict) else None
        if self._state.settings.nested_bank_accounts != "made" or not isinstance(nested, list):
            return
        for one in nested:
            self.create(entity("bank account"), {**one, "Account": account})

    def _number(self, kind: Kind, body: dict[str, Any]) -> None:
        """Give a new record a number or rank if it has none."""
        store, division = self._state.store, self._division
        if kind == "account" and not body.get("Code"):
            following = store.highest_code(division) + 1
            if following >= 10**18:
                raise RequestError(
                    500, validation.words(validation.language(self._state), "invalid", "Code")
                )
            body["Code"] = str(following).zfill(7)
        elif kind == "contact" and body.get("HID") is None:
            body["HID"] = int(store.highest("contact", division, "HID") or 0) + 1
        elif kind in ("address", "bank account") and not self._siblings(kind, body):
            body["Main"] = True

    def _siblings(self, kind: Kind, body: Mapping[str, Any]) -> list[StoredRow]:
        condition = "json_extract(body, '$.Account') IS ?"
        rows = self._state.store.select(kind, self._division, condition, (body.get("Account"),))
        return [row for row in rows if row.body.get("Type") == body.get("Type")]

    def _only_main(self, found: Entity, main: StoredRow) -> None:
        for row in self._siblings(found.kind, main.body):
            if row.id != main.id and row.body.get("Main"):
                body = {name: value for name, value in row.body.items() if name != "Main"}
                self._state.store.put(found.kind, self._division, row.id, body, main.changed)

    def _same_address(self, body: Mapping[str, Any]) -> StoredRow | None:
        def content(values: Mapping[str, Any]) -> list[str]:
            return [str(values.get(name) or "").strip() for name in _ADDRESS]

        rows = self._siblings("address", body)
        return next((row for row in rows if content(row.body) == content(body)), None)


def _stored_name(name: str, reading: str) -> str:
    match reading:
        case "cut":
            return name[:50].rstrip()
        case "upper":
            return name.upper()
        case "collapsed":
            return " ".join(name.split())
        case _:
            return name


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
