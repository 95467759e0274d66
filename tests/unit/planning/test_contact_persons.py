"""A row that names only a person, whom Exact Online knows as a contact of a company."""

from __future__ import annotations

from typing import Any

import pytest

from exact_import.planning.decision import Decision
from exact_import.planning.evidence import identity_of
from exact_import.planning.lookup import AccountLookup
from exact_import.planning.matcher import AccountMatch, hold_contact_persons
from exact_import.records.merge import AccountRecord
from exact_import.records.models import NEW, Values
from exact_import.store.division import DivisionStore
from memory_journal import memory_journal

JAN = {"FirstName": "Jan", "LastName": "Müller", "Email": "Jan@Kant.example"}
KNOWN = Decision(identity_of({"Name": "Jan Müller"}, id="b"))


def held(
    name: str = "Jan Müller",
    email: str = "jan@kant.example",
    *,
    person: bool = True,
    decision: Decision | None = None,
    contact: dict[str, Any] | None = None,
) -> Decision:
    """Return what is decided about a row where a company has the contact Jan, or `contact`."""
    store = DivisionStore.of(memory_journal(), "https://exact.example", 1)
    store.mirror.put("account", {"ID": "a", "Code": "1001", "Name": "Kant", "Timestamp": 1})
    known = {"ID": "c", "Account": "a", "Timestamp": 1, **JAN, **(contact or {})}
    store.mirror.put("contact", known)
    fields: Values = {"Name": name, "Email": email}
    record = AccountRecord(fields, [("a.csv", 2)], person=person)
    match = AccountMatch(0, record, identity_of(fields, person=person), decision or Decision())
    lookup = AccountLookup(store.mirror, store.links, str, [record])
    hold_contact_persons({0: match}, store.mirror, lookup)
    return match.decision


@pytest.mark.parametrize("name", ["Jan Müller", "J. Müller", "Jan Mueller", "JAN MULLER"])
def test_a_contact_person_is_held_with_the_company_named(name: str) -> None:
    decision = held(name)
    assert decision.why == (
        'may be "Jan Müller", a contact of "Kant" (code 1001), who has the same e-mail address'
    )
    assert (decision.reason, [one.id for one in decision.candidates]) == ("likely", ["a"])


def test_the_business_address_counts_too() -> None:
    assert held(contact={"Email": None, "BusinessEmail": " JAN@kant.example"}).held


@pytest.mark.parametrize(
    "given",
    [
        {"name": "Piet Müller"},
        {"email": "jan@other.example"},
        {"email": ""},
        {"person": False},
        {"decision": KNOWN},
        {"decision": Decision(matched_by=NEW)},
        {"decision": Decision(deleted=KNOWN.account)},
    ],
)
def test_anybody_else_is_left_as_decided(given: dict[str, Any]) -> None:
    assert held(**given) == given.get("decision", Decision())
