"""The four kinds of records: their types, their initial values, and how they are shown.

docs/exact-online.md, "Fields" and "Answers". Only what differs from the constants is stored.
"""

# ruff: noqa: S608 # table and field names come from our own catalogue

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, NamedTuple

from exact_import.fields import ENDPOINTS, Field, Kind, catalogue
from exact_import.text import word_set
from exact_sandbox import reference_data
from exact_sandbox.odata import Schema
from exact_sandbox.state import SandboxState
from exact_sandbox.store import StoredRow, column, table_of

_NO = word_set(
    "Blocked CanDropShip IgnoreDatevWarningMessage IsBank IsMember IsPilot IsReseller IsSupplier "
    "RecepientOfCommissions"
)
_BARE_NONE = word_set(
    "CostPaid IsAccountant IsAgency IsAnonymised IsCompetitor IsMailing SeparateInvPerProject "
    "SeparateInvPerSubscription"
)
_NONE = _BARE_NONE | word_set(
    "CreditLinePurchase CreditLineSales DiscountPurchase DiscountSales InvoicingMethod "
    "PurchaseLeadDays ShippingLeadDays"
)
# The initial values of a new record.
_CONSTANTS: Mapping[Kind, Mapping[str, Any]] = {
    "account": {
        **dict.fromkeys(_NO, False),
        **dict.fromkeys(_NONE, 0),
        "ConsolidationScenario": 2,
        "GlnNumber": "",
        "InvoiceAttachmentType": 1,
        "OINNumber": "",
        "SecurityLevel": 10,
        "Source": 2,
        "Type": "A",
    },
    "contact": {"IsAnonymised": 0, "IsMailingExcluded": False},
    "address": {"Main": False, "Source": 0, **{f"FreeBoolField_0{n}": False for n in range(1, 6)}},
    "bank account": {"Blocked": False, "Main": False, "Type": "A", "TypeDescription": "Account"},
}

# The fields of a 201 without "Prefer: return=representation"; all others are null.
_BARE: Mapping[Kind, Mapping[str, Any]] = {
    "account": {"IgnoreDatevWarningMessage": False, **dict.fromkeys(_BARE_NONE, 0)},
    "contact": {"IsAnonymised": 0},
}

# Read-only fields of records that come from the account they belong to.
_FROM_ACCOUNT: Mapping[Kind, Mapping[str, str]] = {
    "account": {},
    "contact": {"AccountName": "Name", "Code": "Code", "AccountMainContact": "MainContact"},
    "address": {"AccountName": "Name"},
    "bank account": {"AccountName": "Name"},
}


# What a contact shows of its account, in SQL on the account `a`.
_OF_CONTACT = {
    "IsMainContact": "json_extract(a.body, '$.MainContact') IS contact.id",
    "AccountIsCustomer": "json_extract(a.body, '$.Status') IS 'C'",
    "AccountIsSupplier": "ifnull(json_extract(a.body, '$.IsSupplier'), 0)",
}


class Entity(NamedTuple):
    """One kind of record as its endpoint knows it."""

    kind: Kind
    path: str
    model: str
    fields: Mapping[str, Field]
    constants: Mapping[str, Any]

    @property
    def set_name(self) -> str:
        """The last part of the path, "Accounts"."""
        return self.path.partition("/")[2]


@functools.cache
def entity(kind: Kind) -> Entity:
    """Return the entity of `kind`."""
    model = f"Exact.Web.Api.Models.{kind.title().replace(' ', '')}"
    return Entity(kind, ENDPOINTS[kind], model, catalogue(kind), _CONSTANTS[kind])


@functools.cache
def entity_at(path: str) -> Entity | None:
    """Return the kind at an endpoint such as "crm/Accounts"."""
    return next((entity(kind) for kind, own in ENDPOINTS.items() if own == path), None)


@functools.cache
def schema(kind: Kind, *, sync: bool = False) -> Schema:
    """Return what may be selected and filtered; a Timestamp exists only in sync pages."""
    found = entity(kind)
    types = {name: field.edm for name, field in found.fields.items()}
    if sync:
        types["Timestamp"] = "Int64"
    return Schema(found.model, types, functools.partial(_column, found))


def _column(found: Entity, name: str) -> str:
    if name in ("ID", "Timestamp", "Division"):
        return {"ID": "id", "Timestamp": "stamp", "Division": "division"}[name]
    source = _FROM_ACCOUNT[found.kind].get(name)
    if source is not None:
        return _of_account(found.kind, f"json_extract(a.body, '$.{source}')")
    if found.kind == "contact" and name in _OF_CONTACT:
        return _of_account("contact", _OF_CONTACT[name])
    if name in ("IsSales", "IsPurchase") and found.kind == "account":
        return "(json_extract(body, '$.Status') = 'C')"
    stored = column(found.kind, name)
    if name in found.constants:
        value = found.constants[name]
        default = repr(value) if isinstance(value, str) else str(int(value))
        return f"ifnull({stored}, {default})"
    return stored


def _of_account(kind: Kind, value: str) -> str:
    table = table_of(kind)
    return (
        f"(SELECT {value} FROM account a WHERE a.division = {table}.division "
        f"AND a.id = json_extract({table}.body, '$.Account'))"
    )


class View:
    """Shows the records of one division to one caller, for one answer."""

    def __init__(self, state: SandboxState, division: int, site: str) -> None:
        self._state = state
        self._division = division
        self._site = site
        self._only_filled = state.settings.answers == "filled"
        self._accounts: dict[str, dict[str, Any]] = {}

    def show(
        self, kind: Kind, row: StoredRow, names: list[str] | None = None, path: str = ""
    ) -> dict[str, Any]:
        """Return a record as an answer holds it: padded, with what is derived, dates as ms."""
        found = entity(kind)
        shown = {**_blank(kind), **found.constants}
        shown.update((name, value) for name, value in row.body.items() if value is not None)
        shown["ID"] = row.id
        shown["Division"] = self._division
        if not names or not row.body.keys() >= set(names):
            shown.update(self._derived(kind, row))
        if self._state.settings.empty_reads == "text":
            shown.update((name, "") for name in _texts(kind) if shown[name] is None)
        for name in _dates(kind):
            if shown[name] is not None:
                shown[name] = f"/Date({shown[name]})/"
        if path.startswith("sync/"):
            stamp = row.stamp
            shown["Timestamp"] = str(stamp) if self._state.settings.timestamp_as_text else stamp
        if kind == "account":
            shown["BankAccounts"] = self._deferred(row.id)
        wanted = names if names is not None else shown
        return {
            "__metadata": self._metadata(found, row.id, path or found.path),
            **{
                name: shown[name]
                for name in wanted
                if shown[name] is not None or not self._only_filled
            },
        }

    def bank_accounts(self, account: str, names: list[str] | None = None) -> list[dict[str, Any]]:
        """Return the bank accounts of an account, as a list shows them."""
        condition = "json_extract(body, '$.Account') = ?"
        rows = self._state.store.select("bank account", self._division, condition, (account,))
        return [self.show("bank account", row, names) for row in rows]

    def bare(self, kind: Kind, row_id: str) -> dict[str, Any]:
        """Return the content of a plain 201: the ID and little else."""
        found = entity(kind)
        shown = {**_blank(kind), **_BARE.get(kind, {}), "ID": row_id}
        if kind == "account":
            shown["BankAccounts"] = self._deferred(row_id)
        return {"__metadata": self._metadata(found, row_id, found.path), **shown}

    def listed(
        self, model: str, path: str, row: Mapping[str, Any], names: list[str]
    ) -> dict[str, Any]:
        """Return a row of a list that can only be read."""
        key = row.get("ID", row.get("Code", ""))
        literal = f"guid'{key}'" if "ID" in row else repr(key)
        base = f"{self._site}/api/v1/{self._division}/{path}"
        metadata = {"uri": f"{base}({literal})", "type": f"Exact.Web.Api.Models.{model}"}
        dates = ("Created", "Modified", "DeletedDate", "DivisionMoveDate")
        return {
            "__metadata": metadata,
            **{
                name: f"/Date({row[name]})/" if name in dates and row.get(name) else row.get(name)
                for name in names
            },
        }

    def _metadata(self, found: Entity, row_id: str, path: str) -> dict[str, str]:
        uri = f"{self._site}/api/v1/{self._division}/{path}(guid'{row_id}')"
        return {"uri": uri, "type": found.model}

    def _deferred(self, row_id: str) -> dict[str, Any]:
        base = f"{self._site}/api/v1/{self._division}/crm/Accounts(guid'{row_id}')"
        return {"__deferred": {"uri": f"{base}/BankAccounts"}}

    def _account(self, row_id: str | None) -> dict[str, Any]:
        if not row_id:
            return {}
        if row_id not in self._accounts:
            row = self._state.store.get("account", self._division, row_id)
            self._accounts[row_id] = row.body if row else {}
        return self._accounts[row_id]

    def _derived(self, kind: Kind, row: StoredRow) -> dict[str, Any]:
        body = row.body
        names = {user.id: user for user in reference_data.USERS}
        derived: dict[str, Any] = {}
        for name in ("Creator", "Modifier"):
            user = names.get(body.get(name, ""))
            derived[f"{name}FullName"] = user.name if user else None
        if kind == "account":
            derived.update(self._derived_of_account(body))
        else:
            account = self._account(body.get("Account"))
            for name, source in _FROM_ACCOUNT[kind].items():
                derived[name] = account.get(source)
            if kind == "contact":
                derived["IsMainContact"] = account.get("MainContact") == row.id
                derived["AccountIsCustomer"] = account.get("Status") == "C"
                derived["AccountIsSupplier"] = bool(account.get("IsSupplier"))
        return derived

    def _derived_of_account(self, body: Mapping[str, Any]) -> dict[str, Any]:
        manager = next(
            (u for u in reference_data.USERS if u.id == body.get("AccountManager")), None
        )
        customer = body.get("Status") == "C"
        derived = {
            "IsSales": customer,
            "IsPurchase": customer,
            "AccountManagerFullName": manager.name if manager else None,
            "AccountManagerHID": manager.number if manager else None,
            "StateName": reference_data.states(str(body.get("Country", "")).strip()).get(
                str(body.get("State"))
            ),
        }
        for name in ("PaymentConditionSales", "PaymentConditionPurchase"):
            derived[f"{name}Description"] = reference_data.PAYMENT_CONDITIONS.get(
                body.get(name, "")
            )
        for name in ("SalesVATCode", "PurchaseVATCode"):
            code = str(body.get(name, "")).strip()
            derived[f"{name}Description"] = reference_data.VAT_CODES.get(code)
        for name in ("SalesCurrency", "PurchaseCurrency"):
            derived[f"{name}Description"] = reference_data.CURRENCIES.get(body.get(name, ""))
        for name in ("InvoiceAccount", "Reseller"):
            other = self._account(body.get(name))
            derived[f"{name}Code"] = other.get("Code")
            derived[f"{name}Name"] = other.get("Name")
        return derived


@functools.cache
def _blank(kind: Kind) -> Mapping[str, Any]:
    return dict.fromkeys(catalogue(kind))


@functools.cache
def _texts(kind: Kind) -> tuple[str, ...]:
    return tuple(name for name, field in catalogue(kind).items() if field.edm == "String")


@functools.cache
def _dates(kind: Kind) -> tuple[str, ...]:
    return tuple(name for name, field in catalogue(kind).items() if field.edm == "DateTime")
