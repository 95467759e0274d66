"""New private persons who are already contacts of a company."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from exact_import.fields import full_name
from exact_import.planning.contacts import emails
from exact_import.planning.decision import hold, shown
from exact_import.planning.evidence import compare_people
from exact_import.planning.lookup import AccountLookup
from exact_import.planning.matcher import AccountMatch
from exact_import.records.models import NEW
from exact_import.store.mirror import Mirror, RemoteRecord
from exact_import.text import quote


def hold_contact_persons(
    matches: Mapping[int, AccountMatch], mirror: Mirror, lookup: AccountLookup
) -> None:
    """Hold new private persons whose name and e-mail address a contact of a company has.

    A row without a company name may be a private customer, or a person whose company is missing.
    """
    new = [
        match
        for match in matches.values()
        if match.row.person and match.row.email and _is_new(match)
    ]
    if not new:
        return
    known: defaultdict[str, list[RemoteRecord]] = defaultdict(list)
    for contact in mirror.contacts_with_email({match.row.email for match in new}):
        for email in emails(contact.fields):
            known[email].append(contact)
    for match in new:
        same = [
            one
            for one in known.get(match.row.email, ())
            if compare_people(match.row.name, full_name(one.fields)) == "same"
        ]
        accounts = [lookup.account(str(one.account)) for one in same]
        if accounts:
            others = f" and {len(accounts) - 1} more" if len(accounts) > 1 else ""
            why = (
                f"may be {quote(full_name(same[0].fields))}, a contact of {shown(accounts[0])}"
                f"{others}, who has the same e-mail address"
            )
            match.decision = hold("likely", why, match.row, accounts)


def _is_new(match: AccountMatch) -> bool:
    decision = match.decision
    known = decision.account is not None or decision.deleted is not None
    return not (known or decision.held or decision.matched_by == NEW)
