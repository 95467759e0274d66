"""Which account of Exact Online a row is: the rules, in order, as pure functions.

Which contact of that account a person is: see `contacts`.

They take what was found (`FoundAccounts`: by link, number, code, name and sign) and return a
`Decision`. Nothing is guessed: if two values point to two accounts, or one points to an account
that the row contradicts, the row is held (docs/matching.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from exact_import.fields import FIELD_WORDS
from exact_import.planning.decision import (
    KEY_WORDS,
    NOBODY,
    CodeRule,
    Decision,
    FoundAccounts,
    LinkedAccount,
    Reason,
    distinct,
    hold,
    listed,
    matched,
    shown,
)
from exact_import.planning.duplicates import likely_account
from exact_import.planning.evidence import Evidence, Identity, compare, forms_differ, shares_domain
from exact_import.store.links import BARE_NUMBER, CONTENT, EMAIL, NUMBER, OWN_NUMBER


def decide_account(
    row: Identity, found: FoundAccounts, code: CodeRule, *, alone: bool = True
) -> Decision:
    """Return which account `row` is.

    `code` says how its customer number is treated; `alone` is True if no other row of the file has
    its folded name.
    """
    if found.by_id is not None:
        return matched(row, found.by_id, "ID")
    linked = by_link(row, found.linked, (*found.named, *found.numbered))
    if linked is not None and linked.deleted is None:
        return linked
    decision = (
        _by_number(row, found, code)
        or _by_code(row, found, code)
        or (_by_person(row, found) if row.person else _by_name(row, found))
    )
    if linked is not None and (decision is None or decision.account is None):
        return linked
    if decision is not None:
        return decision
    return likely_account(row, found, alone=alone) or NOBODY


# --- 2: links


def by_link(
    row: Identity, linked: Sequence[LinkedAccount], rivals: Sequence[Identity] = ()
) -> Decision | None:
    """Return which account `row` is, or was, by its links; None if they do not decide.

    `rivals` are the accounts with the name or a strong number of the row.
    """
    deleted: list[LinkedAccount] = []
    own = next((one.account.id for one in linked if one.key == OWN_NUMBER), None)
    for one in linked:
        if one.key == CONTENT and own not in (None, one.account.id):
            continue  # an old link: another record now has this number
        verdict = _link_counts(one, compare(row, one.account), person=row.person)
        if verdict == "no":
            continue
        if one.gone:
            deleted.append(one)
            continue
        if verdict == "held":
            return hold(
                "contradiction",
                f"its {KEY_WORDS[one.key]} belonged to {shown(one.account)}, which this row "
                "contradicts",
                row,
                [one.account],
            )
        for other in rivals if one.may_mislead(row) else ():
            if what := one.points_to(other, row):
                return hold(
                    "contradiction",
                    f"its {KEY_WORDS[one.key]} belonged to {shown(one.account)}, but its {what} "
                    f"of {shown(other)}",
                    row,
                    [one.account, other],
                )
        return matched(row, one.account, "link", link=one.key)
    # A row that got its old content back means the latest record, not the old one.
    deleted.sort(key=lambda one: one.key == CONTENT)
    return Decision(deleted=deleted[0].account, matched_by="link") if deleted else None


def _link_counts(
    link: LinkedAccount, evidence: Evidence, *, person: bool
) -> Literal["yes", "no", "held"]:
    # With a content link, the row is as it was when it was linked.
    if link.answered or link.key in (CONTENT, "ID"):
        return "yes"
    if link.key in (OWN_NUMBER, NUMBER):
        corrected = evidence.alike or evidence.name == "unknown"
        if evidence.number_differs and not corrected:
            return "held"
        if link.elsewhere and not link.gone and not _is_cleared(evidence, "VATNumber"):
            return "no" if evidence.number_agrees else "held"  # rule 3 holds it, or finds another
        return "yes"
    if link.key == BARE_NUMBER:
        # Without its zeros it may be a different number.
        agrees = evidence.alike or evidence.place or evidence.weak
        return "yes" if agrees and not (evidence.number_differs and not evidence.alike) else "held"
    if link.key == EMAIL:
        # A family has one street and one phone, too.
        if evidence.alike or (not person and evidence.weak - {"Email", "IBAN"}):
            return "yes"
        return "held" if evidence.name == "word" else "no"
    agrees = (_same_home(evidence) if person else evidence.place) or evidence.weak
    unknown = evidence.place is not False and not evidence.differs & {"Phone", "Email"}
    if not (agrees or unknown):
        return "no"
    return "held" if evidence.number_differs and not evidence.alike else "yes"


# --- 3: strong numbers


def _by_number(row: Identity, found: FoundAccounts, code: CodeRule) -> Decision | None:
    numbered = [one for one in found.numbered if not compare(row, one).fiscal_unity]
    if not numbered:
        return None
    if len(numbered) == 1:
        return _checked(row, numbered[0], _number_name(row, numbered[0]), found, code)
    one = _branch(row, numbered)
    if one is None:
        number = FIELD_WORDS[_number_name(row, numbered[0])]
        return hold(
            "ambiguous", f"several accounts in Exact Online have its {number}", row, numbered
        )
    return matched(row, one, _number_name(row, one))


def _branch(row: Identity, several: Sequence[Identity]) -> Identity | None:
    compared = [(one, compare(row, one)) for one in several]
    for fits in (
        [one for one, seen in compared if seen.name == "same" and seen.place],
        [one for one, seen in compared if seen.name == "same" and seen.place is not False],
        [one for one, seen in compared if seen.place and seen.name != "none"],
    ):
        if fits:
            return fits[0] if len(fits) == 1 else None
    return None


def _number_name(row: Identity, other: Identity) -> str:
    return "VATNumber" if "VATNumber" in compare(row, other).agrees else "ChamberOfCommerce"


# --- 4: codes


def _by_code(row: Identity, found: FoundAccounts, code: CodeRule) -> Decision | None:
    if code == "own" or not found.coded:
        return None
    if len(found.coded) > 1:
        return hold(
            "ambiguous",
            f"several accounts in Exact Online have the code {row.shown}, leading zeros aside",
            row,
            found.coded,
        )
    account = found.coded[0]
    evidence = compare(row, account)
    nameless = not row.name and not row.numbers
    if nameless:
        if code == "exact" or account.id in found.known_people or shares_domain(row, account):
            return matched(row, account, "Code")
        return hold(
            "code",
            f"only its customer number matches {shown(account)}; if your numbers are Exact "
            "Online's codes, set code = exact under [import]",
            row,
            found.coded,
        )
    if code == "exact":
        return _checked(row, account, "Code", found, code)
    if agrees_with(evidence):
        return _checked(row, account, "Code", found, code)
    if code == "doubt":
        return hold(
            "contradiction",
            f"its number is the code of {shown(account)}, and nothing else agrees",
            row,
            found.coded,
        )
    return None


def agrees_with(evidence: Evidence) -> bool:
    """Return True if something else also says that a row is the account with its code."""
    return not evidence.number_differs and bool(
        evidence.number_agrees or evidence.alike or evidence.agrees & {"Email", "Phone"}
    )


# --- 5: name and place


def _by_name(row: Identity, found: FoundAccounts) -> Decision | None:
    here = [one for one in found.named if row.in_place(one)]
    if here:
        return _here(row, here)
    signed = [
        one
        for one in found.similar
        if not (seen := compare(row, one)).number_differs
        and seen.name != "similar"  # a name followed by its city may be a branch
        and seen.agrees & {"Phone", "Email", "Website"}
    ]
    if len(signed) == 1:
        evidence = compare(row, signed[0])
        sign = listed(evidence.agrees & {"Phone", "Email", "Website"})
        notes = (
            f"matched to {shown(signed[0])}, another spelling of the name with the same {sign}",
        )
        return matched(row, signed[0], "Name", notes)
    return _elsewhere(row, found)


def _here(row: Identity, here: Sequence[Identity]) -> Decision:
    compared = [(one, compare(row, one)) for one in here]
    fits = [(one, seen) for one, seen in compared if not seen.number_differs]
    if not fits:
        return hold(
            "likely",
            f"{shown(here[0])} has the same name and place but a different VAT or company number",
            row,
            here,
        )
    if len(fits) > 1:
        signed = [(one, seen) for one, seen in fits if seen.weak]
        if len(signed) != 1:
            return hold(
                "ambiguous",
                "several accounts in Exact Online have its name and place",
                row,
                [one for one, _ in fits],
            )
        fits = signed
    account, evidence = fits[0]
    if forms_differ(row.name, account.name) and not evidence.weak:
        return hold(
            "likely",
            f"{shown(account)} has the same name but a different legal form",
            row,
            [account],
        )
    notes = () if row.name == account.name else (f"matched to {shown(account)}, in the same place",)
    return matched(row, account, "Name+Place", notes)


def _elsewhere(row: Identity, found: FoundAccounts) -> Decision | None:
    """Match a company that moved, or whose place is not known; hold it if that is not certain."""
    named = [(one, compare(row, one)) for one in found.named]
    named = [(one, seen) for one, seen in named if not seen.number_differs]
    unplaced = [one for one, seen in named if seen.place is None]
    if unplaced:
        if len(named) == 1 and named[0][1].weak:
            return matched(row, named[0][0], "Name")
        accounts = [one for one, _ in named]
        many = "several accounts have" if len(accounts) > 1 else f"{shown(accounts[0])} has"
        reason: Reason = "ambiguous" if len(accounts) > 1 else "likely"
        return hold(
            reason, f"{many} its name, and nothing else shows which one it is", row, accounts
        )
    # A chain has one website; what has another phone and e-mail address may be a branch.
    moved = [
        one for one, seen in named if seen.reach - {"Website" if seen.contact_data_differs else ""}
    ]
    if len(moved) == 1:
        sign = listed(compare(row, moved[0]).reach)
        same = f"the same name and {sign}, but a different address"
        note = f"matched to {shown(moved[0])}, which moved: {same}"
        return matched(row, moved[0], "Name", (note,))
    if moved:
        return hold(
            "ambiguous",
            "several accounts have its name and its phone number, e-mail address or website",
            row,
            moved,
        )
    return None


def _by_person(row: Identity, found: FoundAccounts) -> Decision | None:
    """Match a private person: by e-mail address and name, or name and place; never name alone."""
    compared = [(one, compare(row, one)) for one in distinct((*found.reached, *found.named))]
    mailed = [one for one, seen in compared if "Email" in seen.agrees and seen.name == "same"]
    if len(mailed) == 1:
        return matched(row, mailed[0], "Email")
    if len(mailed) > 1:
        here = [one for one in mailed if row.in_place(one)]
        if len(here) == 1:
            return matched(row, here[0], "Email")
        return hold("ambiguous", "several accounts have its name and e-mail", row, mailed)
    placed = [
        (one, seen)
        for one, seen in compared
        if seen.name == "same" and _same_home(seen) and not seen.number_differs
    ]
    if len(placed) == 1:
        account, evidence = placed[0]
        if "Email" in evidence.differs:
            return hold(
                "likely",
                f"{shown(account)} has the same name and place but a different e-mail address",
                row,
                [account],
            )
        return matched(row, account, "Name+Place")
    if placed:
        same = [one for one, _ in placed]
        return hold("ambiguous", "several accounts have its name and place", row, same)
    return None


def _same_home(evidence: Evidence) -> bool:
    """Return True if two people have the same postcode: many people in a city share a name."""
    return "Postcode" in evidence.agrees


# --- 6: different names, and evidence for two accounts


def _checked(
    row: Identity, account: Identity, matched_by: str, found: FoundAccounts, code: CodeRule
) -> Decision:
    """Return the match of rules 3 and 4, or hold it if something points to another account."""
    evidence, key = compare(row, account), FIELD_WORDS.get(matched_by, "number")
    others = [one for one in found.named if row.in_place(one) and one.id != account.id]
    if row.in_place(account) and evidence.name in ("same", "unknown"):
        others = []
    if code != "own" and len(found.coded) == 1:
        coded = found.coded[0]
        if coded.id != account.id and (code == "exact" or agrees_with(compare(row, coded))):
            others.append(coded)
    if others:
        return hold(
            "contradiction",
            f"its {key} belongs to {shown(account)}, but {shown(others[0])} matches too",
            row,
            distinct([account, *others]),
        )
    if not _is_cleared(evidence, matched_by):
        return hold(
            "contradiction",
            f"its {key} belongs to {shown(account)}, which "
            f"has a different {listed(evidence.contradicted())}",
            row,
            [account],
        )
    return matched(row, account, matched_by)


def _is_cleared(evidence: Evidence, matched_by: str) -> bool:
    """Return True if nothing contradicts, or if what agrees outweighs it."""
    if evidence.number_differs:
        # One number was corrected: the other number and the name confirm it.
        return matched_by != "Code" and evidence.alike
    if evidence.name != "none":
        return True
    if evidence.number_agrees:
        return bool(evidence.weak) or evidence.place is True
    return len(evidence.weak) > 1
