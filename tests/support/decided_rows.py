"""Decides which account one row is, and says in a sentence what was decided."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from exact_import.planning.decision import CodeRule, Decision, FoundAccounts
from exact_import.planning.evidence import Identity, identity_of
from exact_import.planning.matching import decide_account

VAT, OTHER_VAT = "BE0403170701", "BE0417497106"
GENT = {"Postcode": "9000", "City": "Gent"}
BRUGGE = {"Postcode": "8000", "City": "Brugge"}
PHONE, MAIL = {"Phone": "09 225 10 01"}, {"Email": "info@kant.example"}
WEB, STREET = {"Website": "kant.example"}, {"AddressLine1": "Kaai 1"}
KANT: dict[str, Any] = {"Name": "Kant", **GENT}
ZON: dict[str, Any] = {"Name": "Zon", **GENT}


def row(fields: dict[str, Any], *, person: bool = False, **more: Any) -> Identity:
    return replace(identity_of(fields, line=("a.csv", 2)), person=person, **more)


def account(fields: dict[str, Any], code: str = "1", **more: Any) -> Identity:
    return replace(identity_of({"Code": code, **fields}, id=code), **more)


def decided(
    fields: dict[str, Any], found: FoundAccounts, rule: CodeRule = "own", *, person: bool = False
) -> Decision:
    return decide_account(row(fields, person=person), found, rule)


def sentence(decision: Decision) -> str:
    """Return why a row is held, or else by what it was found and what is said of that."""
    if decision.held:
        return f"{decision.reason}: {decision.why}"
    assert decision.account is not None
    return " ".join((decision.account.id, decision.matched_by, *decision.notes))
