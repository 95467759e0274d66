"""The business rules of Exact Online, and the sentences of refusals.

docs/exact-online.md, "Refusals": a business rule that is broken answers with HTTP 500 and a
sentence, several joined with CRLF, in the language of the user.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from exact_import.fields import Field
from exact_sandbox import reference_data
from exact_sandbox.entities import Entity
from exact_sandbox.http import RequestError
from exact_sandbox.odata import moment
from exact_sandbox.state import SandboxState
from exact_sandbox.store import column

Values = Mapping[str, Any]
Rules = Iterator[tuple[str, str]]
"""Which sentence of `_WORDS` a rule is refused with, and the field it is about."""

# Each in English and Dutch, and as nobody has seen it.
_LANGUAGES = ("en", "nl", "others")
_WORDS = {
    "mandatory": ("Mandatory: {}", "Verplicht: {}", "E-1001 ({})"),
    "invalid": ("Invalid: {} []", "Ongeldig: {} []", "E-1002 ({})"),
    "reference": ("Invalid reference: {}", "Ongeldige referentie: {}", "E-1003 ({})"),
    "exists": ("Data already exists.", "Gegeven bestaat reeds.", "E-1004"),
    "in use": ("In use", "In gebruik", "E-1005"),
}
# Fields are named by the label that a person sees, not by their property.
_LABELS = {
    "Name": ("Name", "Naam"),
    "Email": ("Email", "E-mail"),
    "BusinessEmail": ("Business e-mail", "Zakelijke e-mail"),
    "VATNumber": ("VAT number", "Btw-nummer"),
    "SalesVATCode": ("VAT code: Sales", "Btw-code: Verkoop"),
    "PurchaseVATCode": ("VAT code: Purchase", "Btw-code: Inkoop"),
    "PaymentConditionSales": ("Payment condition: Sales", "Betalingsconditie: Verkoop"),
    "PaymentConditionPurchase": ("Payment condition: Purchase", "Betalingsconditie: Inkoop"),
    "Account": ("Account", "Relatie"),
    "LastName": ("Last name", "Achternaam"),
    "Country": ("Country", "Land"),
    "Language": ("Language", "Taal"),
    "State": ("State", "Provincie"),
    "Gender": ("Gender", "Geslacht"),
    "BankAccount": ("Bank account", "Bankrekening"),
    "MainContact": ("Main contact", "Hoofdcontactpersoon"),
}
_EMAIL = re.compile(r"[^@\s,;<>()]+@[^@\s,;<>()]+\.[^@\s,;<>().]{2,}\Z")
_LANGUAGE = re.compile(r"[A-Za-z]{2}(-[A-Za-z]{2})?\Z")
_VAT = {
    "NL": r"NL\d{9}B\d{2}",
    "BE": r"BE[01]\d{9}",
    "FR": r"FR[0-9A-Z]{2}\d{9}",
    "DE": r"DE\d{9}",
    "LU": r"LU\d{8}",
    "GB": r"GB(\d{9}|\d{12}|GD\d{3}|HA\d{3})",
    "IT": r"IT\d{11}",
    "ES": r"ES[0-9A-Z]\d{7}[0-9A-Z]",
    "CH": r"CHE?\d{9}(TVA|MWST|IVA)?",
}
# Moments that a DateTime holds: the years 1 to 9999, in ms since 1970.
_FIRST, _LAST = -62_135_596_800_000, 253_402_300_799_999
_RANGES = {"Byte": range(256), "Int16": range(-(2**15), 2**15), "Int32": range(-(2**31), 2**31)}
# Valid numbers that no company has.
_UNREGISTERED = re.compile(r"BE19")
_ANY_VAT = r"[A-Z]{2}[0-9A-Z]{2,13}"


_NOT_NESTED = (
    "Error processing request stream. Deep inserts are not supported for property 'BankAccounts'."
)


def words(language: str, key: str, name: str = "") -> str:
    """Return Exact Online's sentence, with the label of the field `name`."""
    label = _LABELS.get(name, (name, name))[language == "nl"]
    return _WORDS[key][_LANGUAGES.index(language)].format(label)


def language(state: SandboxState) -> str:
    """Return in which words refusals are given."""
    return "others" if state.settings.refusals == "others" else state.settings.language


def refuse(sentences: list[str]) -> RequestError:
    """Return the refusal that says all of `sentences`."""
    text = sentences[0] if len(sentences) == 1 else "".join(f"{s}\r\n" for s in sentences)
    return RequestError(500, text)


def typed(state: SandboxState, found: Entity, payload: object) -> dict[str, Any]:
    """Return a request's body with values of the fields' types.

    Raises `RequestError` (400) for what the server's reader cannot take: unknown names and wrong
    types.
    """
    model = found.model.rpartition(".")[2]
    nested = state.settings.nested_bank_accounts
    if not isinstance(payload, dict):
        raise RequestError(
            400, "Error processing request stream. The request should be a JSON object."
        )
    values = {}
    for name, value in payload.items():
        if name == "__metadata":
            continue
        field = found.fields.get(name)
        if field is None or f"{model}.{name}" in state.settings.fields_missing:
            raise RequestError(
                400,
                f"Error processing request stream. The property name '{name}' specified for type "
                f"'{found.model}' is not valid.",
            )
        if field.edm == "BankAccounts" and nested == "refused" and value:
            raise RequestError(400, _NOT_NESTED)
        try:
            values[name] = _convert(field, value)
        except (ValueError, TypeError, OverflowError):
            raise RequestError(
                400,
                "Error processing request stream. Error encountered in converting the value from "
                f"request payload for property '{name}' to type 'Edm.{field.edm}', which is the "
                "property's expected type. See inner exception for more detail.",
            ) from None
    return values


def _convert(field: Field, value: object) -> object:
    if value is None or field.edm in ("BankAccounts", "Binary"):
        return None
    if isinstance(value, (dict, list)):
        raise TypeError
    match field.edm:
        case "Guid":
            return str(uuid.UUID(str(value)))
        case "Boolean":
            if str(value).lower() not in ("true", "false"):
                raise ValueError
            return str(value).lower() == "true"
        case "DateTime":
            text = str(value)
            found = re.fullmatch(r"/Date\((-?\d+)\)/", text)
            when = int(found[1]) if found else moment(text)
            if not _FIRST <= when <= _LAST:
                raise ValueError(text)
            return when
        case "String":
            if not isinstance(value, str):
                raise TypeError
            return value or None  # Exact Online sends no empty strings back
        case "Int64":
            return int(str(value))  # OData writes these as texts
        case _ if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError
        case "Double":
            return float(value)
        case _ if int(value) != value or int(value) not in _RANGES[field.edm]:
            raise ValueError
        case _:
            return int(value)


def broken_rules(
    state: SandboxState, division: int, found: Entity, body: Values, sent: Values
) -> list[str]:
    """Return what is wrong with `body`, whose new part is `sent`, in Exact Online's words."""
    rules = {
        "account": _account_rules,
        "contact": _contact_rules,
        "address": _address_rules,
        "bank account": _bank_account_rules,
    }[found.kind]
    broken = [*rules(state, division, body, sent), *_common_rules(body, sent)]
    return [words(language(state), key, name) for key, name in broken]


def _common_rules(body: Values, sent: Values) -> Rules:
    for name in ("Email", "BusinessEmail"):
        if sent.get(name) and not _EMAIL.match(sent[name]):
            yield "invalid", name
    if sent.get("Country") and sent["Country"].strip() not in reference_data.COUNTRIES:
        yield "invalid", "Country"
    if sent.get("Language") and not _LANGUAGE.match(sent["Language"].strip()):
        yield "invalid", "Language"
    state = sent.get("State")
    if state and state.strip() not in reference_data.states(str(body.get("Country") or "").strip()):
        yield "invalid", "State"


def _account_rules(state: SandboxState, division: int, body: Values, sent: Values) -> Rules:
    if not (body.get("Name") or "").strip():
        yield "mandatory", "Name"
    if sent.get("Code"):
        letters = state.settings.code_letters == "accepted"
        form = r" *[0-9A-Za-z-]{1,18}" if letters else r" *[0-9]{1,18}"
        if not re.fullmatch(form, sent["Code"]) or len(sent["Code"]) > 18:
            yield "invalid", "Code"
        elif _is_taken(state, division, sent["Code"].strip()):
            yield "exists", "Code"
    if sent.get("VATNumber"):
        number = sent["VATNumber"]
        form = _VAT.get(number[:2], _ANY_VAT)
        asked = state.settings.vat_register == "asked"
        if not re.fullmatch(form, number, re.ASCII) or (asked and _UNREGISTERED.match(number)):
            yield "invalid", "VATNumber"
        elif state.settings.vat_doubles == "refused" and _another_has(
            state, division, "VATNumber", number, body
        ):
            yield "exists", "VATNumber"
    if sent.get("Status") and sent["Status"] not in ("A", "S", "P", "C"):
        yield "invalid", "Status"
    for name in ("PaymentConditionSales", "PaymentConditionPurchase"):
        if sent.get(name) and sent[name].strip() not in reference_data.PAYMENT_CONDITIONS:
            yield "reference", name
    for name in ("SalesVATCode", "PurchaseVATCode"):
        if sent.get(name) and sent[name].strip() not in reference_data.VAT_CODES:
            yield "reference", name
    known = reference_data.classification_of(division)
    for number in range(1, 9):
        name = f"Classification{number}"
        if sent.get(name) and known.get(sent[name]) != number:
            yield "reference", name
    if sent.get("MainContact"):
        contact = state.store.get("contact", division, sent["MainContact"])
        if contact is None or contact.body.get("Account") != body.get("ID"):
            yield "reference", "MainContact"


def _is_taken(state: SandboxState, division: int, code: str) -> bool:
    """Return True if an account has that code; 77799 and 0077799 are one."""
    forms = {code.lstrip("0").zfill(width) for width in range(len(code.lstrip("0")) or 1, 19)}
    marks = ", ".join("?" for _ in forms)
    padded = [form.rjust(18) for form in forms]
    return bool(
        state.store.select(
            "account", division, f"{column('account', 'Code')} IN ({marks})", padded, limit=1
        )
    )


def _another_has(state: SandboxState, division: int, name: str, value: str, body: Values) -> bool:
    found = state.store.select(
        "account", division, f"{column('account', name)} = ?", (value.rstrip(),)
    )
    return any(row.id != body.get("ID") for row in found)


def _contact_rules(state: SandboxState, division: int, body: Values, sent: Values) -> Rules:
    yield from _belongs(state, division, body, sent)
    if not any((body.get(name) or "").strip() for name in ("FirstName", "LastName")):
        yield "mandatory", "LastName"
    if sent.get("Gender") and sent["Gender"] not in ("M", "V", "O"):
        yield "invalid", "Gender"


def _address_rules(state: SandboxState, division: int, body: Values, sent: Values) -> Rules:
    if not body.get("Warehouse"):
        yield from _belongs(state, division, body, sent)
    if body.get("Type") not in (1, 2, 3, 4):
        yield "invalid", "Type"
    if sent.get("Contact") and state.store.get("contact", division, sent["Contact"]) is None:
        yield "reference", "Contact"


def _bank_account_rules(state: SandboxState, division: int, body: Values, sent: Values) -> Rules:
    yield from _belongs(state, division, body, sent)
    number = (body.get("BankAccount") or "").strip()
    if not number:
        yield "mandatory", "BankAccount"
    elif "BankAccount" in sent and re.match(r"[A-Z]{2}\d\d", number) and not _iban(number):
        yield "invalid", "BankAccount"


def _belongs(state: SandboxState, division: int, body: Values, sent: Values) -> Rules:
    if not body.get("Account"):
        yield "mandatory", "Account"
    elif "Account" in sent and state.store.get("account", division, sent["Account"]) is None:
        yield "reference", "Account"


def _iban(number: str) -> bool:
    compact = number.replace(" ", "")
    if not re.fullmatch(r"[A-Z]{2}\d\d[0-9A-Z]{8,30}", compact):
        return False
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1
