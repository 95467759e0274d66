"""Settles what earlier runs left open, before anything is planned."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from exact_import.applying.outcomes import OutcomeRecorder
from exact_import.applying.reconcile import Finder, certain_at, look
from exact_import.fields import Kind, catalogue
from exact_import.planning.plan import AccountChanges, Change, Plan
from exact_import.store.division import DivisionStore
from exact_import.store.journal import Intent

# By these a planned create is known for one whose answer was lost.
_DECISIVE: Mapping[Kind, tuple[str, ...]] = {
    "account": ("Code", "VATNumber", "Name"),
    "contact": ("FirstName", "LastName", "Email"),
    "bank account": ("BankAccount",),
    "address": ("Type", "AddressLine1", "City"),
}


def settle_earlier(
    finder: Finder, store: DivisionStore, outcomes: OutcomeRecorder, settle_after: float
) -> list[Intent]:
    """Settle what earlier runs left open; returns the creates that cannot be settled yet."""
    left = []
    for intent in store.open_intents():
        certain = certain_at(intent, time.time(), settle_after)
        if intent.lost_at is None:
            # From now on the count runs from the moment at which the crash was noticed.
            intent.lost_at = certain - settle_after
            store.journal.conclude(intent, "unsettled", "the run that sent it ended")
        settled = look(intent, finder, store, certain)
        if settled.verdict == "found" and settled.record is not None:
            outcomes.succeeded(intent, settled.record, None, None)
        elif settled.verdict == "later":
            # Updates and deletions are planned anew today; what came of these is seen later.
            if intent.action == "create":
                left.append(intent)
        elif settled.verdict == "unclear":
            store.journal.conclude(intent, "unclear", settled.message)
        else:
            store.journal.conclude(intent, "absent", "it never arrived")
    return left


def planned_again(
    plan: Plan, unsettled: Sequence[Intent]
) -> list[tuple[AccountChanges, Change, Intent]]:
    """Return what `plan` would make that an unsettled create may have made already.

    What was sent for just that row comes first.
    """
    about = [
        (company, change, intent)
        for company in plan.companies
        for change in company.changes()
        for intent in unsettled
        if change.outcome == "" and is_about(intent, change)
    ]
    return sorted(about, key=lambda found: not is_exactly(found[2], found[1]))


def is_exactly(intent: Intent, change: Change) -> bool:
    """Tell whether `intent` sent just what `change` would send."""
    sent = {name: value for name, value in intent.after.items() if name != "Account"}
    return sent == change.payload


def is_about(intent: Intent, change: Change) -> bool:
    """Tell whether a planned create is for the record that an unsettled create was for."""
    if change.action != "create" or intent.action != "create" or change.kind != intent.kind:
        return False
    known = catalogue(change.kind)
    decisive = _DECISIVE[change.kind]
    if change.kind != "account":
        return (
            change.account is not None
            and str(change.account.id).casefold() == str(intent.account_id).casefold()
            and all(
                known[name].same(intent.after.get(name), change.fields.get(name, [None, None])[1])
                for name in decisive
            )
        )
    for name in decisive:
        sent, planned = intent.after.get(name), change.fields.get(name, [None, None])[1]
        if sent and planned:
            return known[name].same(sent, planned)
    return False
