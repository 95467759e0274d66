"""The books of one company as Exact Online keeps them: what it fills in, refuses and stores.

A part of the independent server, written from what is known of Exact Online and from nothing in
this project. Refusals are in Dutch, which is the language of its user.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from independent_fields import PROPERTIES
from independent_odata import milliseconds

Record = dict[str, Any]

_VAT = {"NL": r"NL\d{9}B\d\d", "BE": r"BE[01]\d{9}"}
_CURRENCIES = ("EUR", "USD", "GBP")
_RIGHT_PADDED = {"Country": 3, "Language": 10, "SalesVATCode": 3, "PurchaseVATCode": 3}
_DELETED_TYPES = {"Accounts": 2, "Addresses": 3, "Contacts": 5}
_SAME_ADDRESS = ("Account", "Type", "AddressLine1", "Postcode", "City", "Country")


def types_of(name: str) -> dict[str, str]:
    """Return the Edm type of each property of the set `name`."""
    return {one.rstrip("=+"): edm for edm, text in PROPERTIES[name].items() for one in text.split()}


def _names(name: str, mark: str) -> frozenset[str]:
    words = " ".join(PROPERTIES[name].values()).split()
    return frozenset(one.rstrip("=+") for one in words if one.endswith(mark))


TYPES = {name: types_of(name) for name in PROPERTIES}
_READ_ONLY = {name: _names(name, "=") for name in PROPERTIES}
_ON_CREATING = {name: _names(name, "+") for name in PROPERTIES}
MODELS = {
    "Accounts": "Exact.Web.Api.Models.Account",
    "Contacts": "Exact.Web.Api.Models.Contact",
    "Addresses": "Exact.Web.Api.Models.Address",
    "BankAccounts": "Exact.Web.Api.Models.BankAccount",
}


class Malformed(Exception):
    """The body cannot be read: 400 with this sentence."""


class Refused(Exception):
    """A business rule is broken: 500 with these sentences."""


@dataclass
class Books:
    """One division. `wall` tells the milliseconds of the server's wall clock."""

    code: int
    name: str
    wall: Callable[[], int]
    country: str = "NL"
    version: int = 5_000_000
    sets: dict[str, dict[str, Record]] = field(default_factory=lambda: {n: {} for n in PROPERTIES})
    versions: dict[str, int] = field(default_factory=dict)
    deleted: list[Record] = field(default_factory=list)

    def create(self, name: str, payload: object) -> Record:
        """Store a new record."""
        sent = self._read(name, payload, _READ_ONLY[name])
        identity = sent.pop("ID", None) or str(uuid.uuid4())
        given = {one: value for one, value in sent.items() if value is not None}
        row = {**self._filled_in(name, given), **given, "ID": identity, "Created": self.wall()}
        if name == "Addresses":
            for other in self.sets[name].values():
                if all(other.get(one) == row.get(one) for one in _SAME_ADDRESS):
                    return other
        if identity in self.sets[name]:
            raise Refused("Gegeven bestaat reeds.")
        self._check(name, row, given)
        if name == "Accounts":
            own = str(self._next_code()).zfill(7)
            row["Code"] = (str(row.get("Code") or "").strip() or own).rjust(18)
        self._store(name, row)
        account = self.sets["Accounts"].get(str(row.get("Account")), {})
        if name == "Contacts" and not account.get("MainContact"):
            account["MainContact"] = identity  # neither its Modified nor its version moves
        return row

    def change(self, name: str, identity: str, payload: object) -> None:
        """Change the fields that the payload names, read-only ones left as they are."""
        old = self.sets[name][identity]
        sent = self._read(name, payload, _READ_ONLY[name] | _ON_CREATING[name])
        sent.pop("ID", None)
        row = {**old, **sent}
        self._check(name, row, sent)
        if "Code" in sent and name == "Accounts":
            row["Code"] = (str(sent["Code"] or "").strip() or old["Code"].strip()).rjust(18)
        self._store(name, row)

    def delete(self, name: str, identity: str) -> None:
        """Delete a record that nothing refers to."""
        if name == "Accounts" and any(
            row.get("Account") == identity for row in self.sets["Contacts"].values()
        ):
            raise Refused("In gebruik")
        for part in ("Addresses", "BankAccounts") if name == "Accounts" else ():
            own = [one for one, row in self.sets[part].items() if row["Account"] == identity]
            for one in own:
                self.delete(part, one)
        row = self.sets[name].pop(identity)
        account = self.sets["Accounts"].get(str(row.get("Account")), {})
        if account.get("MainContact") == identity:
            account["MainContact"] = None
        if name in _DELETED_TYPES:
            self.version += 1
            self.deleted.append(
                {
                    "ID": str(uuid.uuid4()),
                    "EntityKey": identity,
                    "EntityType": _DELETED_TYPES[name],
                    "Timestamp": self.version,
                    "Division": self.code,
                    "DeletedDate": self.wall(),
                    "DeletedBy": None,
                }
            )

    def shown(self, name: str, row: Mapping[str, Any]) -> Record:
        """Return a record with every property, those that it lacks null."""
        account = self.sets["Accounts"].get(str(row.get("Account")), {})
        more: Record = {"Division": self.code}
        if name == "Accounts":
            more |= dict.fromkeys(("IsSales", "IsPurchase"), row.get("Status") == "C")
        if name == "Contacts":
            more |= {
                "AccountName": account.get("Name"),
                "Code": account.get("Code"),
                "AccountMainContact": account.get("MainContact"),
                "IsMainContact": account.get("MainContact") == row["ID"],
                "FullName": " ".join(
                    str(row[one]) for one in ("FirstName", "MiddleName", "LastName") if row.get(one)
                ),
            }
        if name == "BankAccounts":
            more |= {"IBAN": row.get("BankAccount"), "Type": "A"}
        return {**dict.fromkeys(TYPES[name]), **row, **more}

    def _store(self, name: str, row: Record) -> None:
        for one in ("SalesCurrency", "PurchaseCurrency"):
            if row.get(one) not in _CURRENCIES:
                row.pop(one, None)
        for one, width in _RIGHT_PADDED.items():
            if row.get(one):
                row[one] = str(row[one]).strip().ljust(width)
        self.version += 1
        row["Modified"] = self.wall()
        self.versions[row["ID"]] = self.version
        self.sets[name][row["ID"]] = row

    def _next_code(self) -> int:
        return max((int(row["Code"]) for row in self.sets["Accounts"].values()), default=0) + 1

    def _filled_in(self, name: str, given: Record) -> Record:
        today = self.wall() // 86_400_000 * 86_400_000
        if name == "Accounts":
            return {
                **dict.fromkeys(("StartDate", "CustomerSince", "StatusSince"), today),
                "Status": "A",
                "Type": "A",
                "Country": self.country,
                "SalesCurrency": "EUR",
                "PurchaseCurrency": "EUR",
                "InvoicingMethod": 0,
                "InvoiceAttachmentType": 1,
                "SecurityLevel": 10,
                "Source": 2,
                "ConsolidationScenario": 6,
                "OINNumber": "",
                "GlnNumber": "",
                "Blocked": False,
                "IsSupplier": False,
            }
        if name != "Contacts":
            return {"Country": self.country} if name == "Addresses" else {"Main": True}
        account = self.sets["Accounts"].get(str(given.get("Account")), {})
        return {
            "StartDate": today,
            "Gender": "O",
            "BusinessEmail": given.get("Email"),
            "BirthName": given.get("LastName"),
            "Language": account.get("Language"),
        }

    def _read(self, name: str, payload: object, ignored: frozenset[str]) -> Record:
        if not isinstance(payload, dict):
            raise Malformed("Error processing request stream.")
        found = {}
        for one, value in payload.items():
            if one == "BankAccounts" and name == "Accounts":
                continue
            if one not in TYPES[name]:
                raise Malformed(
                    f"Error processing request stream. The property name '{one}' specified for "
                    f"type '{MODELS[name]}' is not valid."
                )
            try:
                read = _value(TYPES[name][one], value)
            except (ValueError, TypeError):
                raise Malformed(
                    "Error processing request stream. Error encountered in converting the value "
                    f"from request payload for property '{one}'."
                ) from None
            if one not in ignored:
                found[one] = read
        return found

    def _check(self, name: str, row: Record, sent: Record) -> None:
        broken = list(self._broken(name, row, sent))
        if broken:
            raise Refused("\r\n".join(broken))

    def _broken(self, name: str, row: Record, sent: Record) -> Iterator[str]:
        for one in ("Email", "BusinessEmail"):
            if sent.get(one) and not re.fullmatch(r"[^@\s]+@[^@\s]+\.\w+", sent[one]):
                yield "Ongeldig: E-mail []"
        if name == "Accounts":
            yield from self._broken_account(row, sent)
            return
        if not row.get("Account"):
            yield "Verplicht: Relatie"
        elif row["Account"] not in self.sets["Accounts"]:
            yield "Ongeldige referentie: Relatie"
        if name == "Contacts" and not (row.get("FirstName") or row.get("LastName")):
            yield "Verplicht: Achternaam"
        if name == "BankAccounts" and not row.get("BankAccount"):
            yield "Verplicht: Bankrekening"

    def _broken_account(self, row: Record, sent: Record) -> Iterator[str]:
        if not str(row.get("Name") or "").strip():
            yield "Verplicht: Naam"
        vat = sent.get("VATNumber")
        if vat and not re.fullmatch(_VAT.get(vat[:2], r"[A-Z]{2}\w+"), vat):
            yield "Ongeldig: Btw-nummer []"
        code = str(sent.get("Code") or "").strip()
        if code and not re.fullmatch(r"\d{1,18}", code):
            yield "Ongeldig: Code []"
        elif code and any(int(one["Code"]) == int(code) for one in self.sets["Accounts"].values()):
            yield "Gegeven bestaat reeds."  # for an account's own code too
        contact = self.sets["Contacts"].get(str(sent.get("MainContact")))
        if sent.get("MainContact") and (contact is None or contact["Account"] != row["ID"]):
            yield "Ongeldige referentie: Hoofdcontactpersoon"


def _value(edm: str, value: Any) -> Any:
    if value is None or value == "":
        return None
    match edm:
        case "Guid":
            return str(uuid.UUID(value))
        case "DateTime":
            stamp = re.fullmatch(r"/Date\((-?\d+)\)/", value)
            return int(stamp[1]) if stamp else milliseconds(value)
        case "String" | "Binary" if isinstance(value, str):
            return value
        case "Boolean" if str(value).lower() in ("true", "false"):
            return str(value).lower() == "true"
        case "Double" if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        case "Byte" | "Int16" | "Int32" if isinstance(value, int) and not isinstance(value, bool):
            return value
    raise TypeError(edm)
