"""Which planned changes wait for a write whose outcome is not known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from exact_import.applying.reconcile import Waiting, is_exactly, waiting_for
from exact_import.fields import Kind
from exact_import.planning.plan import AccountChanges, Change, Outcomes, Plan
from exact_import.store.journal import Intent

ACCOUNT = "11111111-0000-0000-0000-000000000000"
OTHER = "22222222-0000-0000-0000-000000000000"
JAN = {"FirstName": "Jan", "LastName": "Peeters"}


def change(kind: Kind, fields: Mapping[str, Any], account: Change | None = None) -> Change:
    pairs = {name: [None, value] for name, value in fields.items()}
    return Change(kind, "create", [("a.csv", 2)], "", fields=pairs, account=account)


def lost(kind: Kind, after: Mapping[str, Any], account_id: str | None = None) -> Intent:
    return Intent("r", kind, "create", [], "", None, account_id, {}, dict(after))


def waits(plan: Plan, intent: Intent) -> dict[Change, Intent]:
    """Return the changes that wait for `intent`."""
    return {one.change: intent for one in waiting_for(plan, [intent], Outcomes())}


@pytest.mark.parametrize(
    ("sent", "planned", "expected"),
    [
        ({"Code": "7", "Name": "Acme"}, {"Code": "7", "Name": "Best"}, True),
        ({"Code": "7", "Name": "Acme"}, {"Code": "8", "Name": "Acme"}, False),
        # Without a code on both sides the VAT number tells, and without that the name.
        ({"VATNumber": "X", "Name": "Acme"}, {"Code": "7", "VATNumber": "X", "Name": "B"}, True),
        ({"VATNumber": "X", "Name": "Acme"}, {"VATNumber": "Y", "Name": "Acme"}, False),
        ({"Code": "7", "Name": "Acme"}, {"Name": "Acme "}, True),
        ({"Name": "Acme"}, {"Name": "Best"}, False),
        ({"Name": "Acme"}, {}, False),
    ],
)
def test_a_lost_account_is_the_planned_one(
    sent: dict[str, Any], planned: dict[str, Any], expected: bool
) -> None:
    exact, candidate = change("account", sent), change("account", planned)
    plan = Plan([AccountChanges(exact), AccountChanges(candidate)])
    assert (candidate in waits(plan, lost("account", sent))) is expected


PARENT = Change("account", "unchanged", [], "", ACCOUNT)


@pytest.mark.parametrize(
    ("kind", "sent", "planned", "expected"),
    [
        ("contact", JAN, JAN, True),
        ("contact", JAN, {**JAN, "Phone": "1"}, True),
        ("contact", {**JAN, "Email": "a"}, JAN, False),
        ("contact", JAN, {**JAN, "Email": "a"}, False),
        ("contact", JAN, {**JAN, "FirstName": "An"}, False),
        ("contact", JAN, {**JAN, "LastName": "Maes"}, False),
        ("bank account", {"BankAccount": "1"}, {"BankAccount": "1"}, True),
        ("bank account", {"BankAccount": "1"}, {"BankAccount": "2"}, False),
        ("address", {"Type": 4, "City": "Gent"}, {"Type": 4, "City": "Gent"}, True),
        ("address", {"Type": 4, "City": "Gent"}, {"Type": 3, "City": "Gent"}, False),
        ("address", {"Type": 4, "City": "Gent"}, {"Type": 4, "City": "Ath"}, False),
        ("address", {"Type": 4, "AddressLine1": "A"}, {"Type": 4, "AddressLine1": "B"}, False),
    ],
)
def test_what_belongs_to_an_account_is_known_by_what_tells_it_apart(
    kind: Kind, sent: dict[str, Any], planned: dict[str, Any], expected: bool
) -> None:
    exact, candidate = change(kind, sent, PARENT), change(kind, planned, PARENT)
    plan = Plan([AccountChanges(PARENT, [exact, candidate])])
    assert (candidate in waits(plan, lost(kind, sent, ACCOUNT.upper()))) is expected
    assert waits(plan, lost(kind, sent, OTHER)) == {}


def test_only_a_create_of_the_same_kind_is_made_again() -> None:
    planned = change("account", {"Name": "Acme"})
    plan = Plan([AccountChanges(planned)])
    made = lost("account", {"Name": "Acme"})
    assert waits(plan, made) == {planned: made}
    assert waits(plan, lost("contact", {"Name": "Acme"})) == {}
    made.action = "update"
    assert waits(plan, made) == {}
    planned.action, planned.id = "update", ACCOUNT
    assert waits(plan, made) == {}
    made.action = "create"
    assert waits(plan, made) == {}


def test_a_late_update_would_undo_a_newer_one() -> None:
    planned = Change("account", "update", [("a.csv", 2)], "", ACCOUNT, {"City": ["Ath", "Gent"]})
    plan = Plan([AccountChanges(planned)])
    intent = lost("account", {"City": "Mons"})
    intent.action, intent.remote_id = "update", ACCOUNT.upper()
    (waiting,) = waiting_for(plan, [intent], Outcomes())
    assert (waiting.change, waiting.own, waiting.others) == (planned, None, [intent])
    intent.remote_id = OTHER
    assert waiting_for(plan, [intent], Outcomes()) == []


@pytest.mark.parametrize(
    ("sent", "planned", "expected"),
    [
        ({"Name": "Peachtree BV", "City": "Gent"}, {"Name": "Peachtre BV", "City": "Gent"}, True),
        ({"Name": "Peach BV", "VATNumber": "X1"}, {"Name": "Plum NV", "VATNumber": "X1"}, True),
        ({"Name": "Peach BV", "City": "Gent"}, {"Name": "Quince NV", "City": "Aalst"}, False),
    ],
)
def test_a_row_that_may_have_been_edited_waits(
    sent: dict[str, Any], planned: dict[str, Any], expected: bool
) -> None:
    candidate = change("account", planned)
    candidate.lines = [("a.csv", 9)]
    assert bool(waits(Plan([AccountChanges(candidate)]), lost("account", sent))) is expected


def test_what_is_sent_for_just_that_row_comes_first() -> None:
    intent = lost("account", {"Name": "Acme", "City": "Gent", "Account": "x"})
    first = AccountChanges(change("account", {"Name": "Acme"}))
    exact = AccountChanges(change("account", {"Name": "Acme", "City": "Gent"}))
    settled = AccountChanges(change("account", {"Name": "Acme"}))
    outcomes = Outcomes()
    outcomes.note(settled.account, "failed")
    plan = Plan([first, exact, settled, AccountChanges(change("account", {"Name": "Best"}))])
    assert waiting_for(plan, [intent], outcomes) == [
        Waiting(exact, exact.account, intent),
        Waiting(first, first.account, None, [intent]),
    ]
    assert is_exactly(intent, exact.account)
    assert not is_exactly(intent, first.account)
