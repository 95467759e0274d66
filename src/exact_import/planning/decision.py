"""The decision about a row, what it is based on, and its wording."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from exact_import.fields import FIELD_WORDS
from exact_import.planning.evidence import Identity, compare
from exact_import.planning.plan import Candidate
from exact_import.store.links import (
    BARE_NUMBER,
    CONTENT,
    EMAIL,
    NAME,
    NAME_AND_PLACE,
    NUMBER,
    OWN_NUMBER,
)
from exact_import.text import joined, quote

CodeRule = Literal["exact", "second", "doubt", "own"]
"""How a customer number is treated: as Exact Online's code; as a code if something else agrees; as
a code that holds the row if nothing else agrees; as the source's own number."""

Reason = Literal["", "contradiction", "ambiguous", "likely", "code", "shared"]


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    """An account that a link by `key` leads to; `answered` if a person said so.

    `elsewhere` is True if only other sources made the link.
    """

    key: str
    account: Identity
    answered: bool = False
    gone: bool = False
    elsewhere: bool = False

    def may_mislead(self, row: Identity) -> bool:
        """Return True if it gives its account another name or number, which may be another's."""
        if self.gone or self.answered or self.key in (CONTENT, "ID"):
            return False
        evidence = compare(row, self.account)
        return evidence.name in ("word", "none") or bool(row.numbers) > evidence.number_agrees

    def points_to(self, other: Identity, row: Identity) -> str:
        """Return what says that `row` is rather `other`, "" for nothing.

        A number says nothing that the linked account has too, or that a branch may have.
        """
        seen, known = compare(row, other), compare(row, self.account)
        if seen.name == "same" and seen.place and known.name in ("word", "none"):
            return "name and place are those"
        shared = seen.number_agrees and not (known.number_agrees or seen.alike or seen.fiscal_unity)
        return "VAT or company number is that" if shared else ""


@dataclass(frozen=True, slots=True)
class FoundAccounts:
    """The accounts that have something in common with a row.

    `linked` are in the order of their keys; `named` have the folded name wherever they are;
    `similar` a spelling of it in the same postcode or city; `reached` the e-mail address, phone or
    website; `neighbors` the postcode, street and house number. `known_people` are the IDs of
    accounts, among `coded`, that have a person of the row.
    """

    by_id: Identity | None = None
    linked: Sequence[LinkedAccount] = ()
    numbered: Sequence[Identity] = ()
    coded: Sequence[Identity] = ()
    named: Sequence[Identity] = ()
    similar: Sequence[Identity] = ()
    reached: Sequence[Identity] = ()
    neighbors: Sequence[Identity] = ()
    known_people: frozenset[str] = frozenset()

    def without(self, ids: Collection[str]) -> FoundAccounts:
        """Return the accounts found, without those of these IDs and live ones of links."""
        found = ("numbered", "coded", "named", "similar", "reached", "neighbors")
        left: dict[str, Any] = {
            name: [one for one in getattr(self, name) if one.id not in ids] for name in found
        }
        return replace(self, linked=[one for one in self.linked if one.gone], **left)


@dataclass(frozen=True, slots=True)
class Decision:
    """Which account a row is: `account`, found by `matched_by`; None for a new one.

    `matched_by` is a field, fields joined by "+", "link", "answer", or "new" where a person said
    so; `link` is the key of a link.

    `why` says why a person must decide, for which `reason`, and `candidates` what the row may be;
    `deleted` is the account that it is and that was deleted in Exact Online. `notes` are sentences
    about how it was found, for the row.
    """

    account: Identity | None = None
    matched_by: str = ""
    link: str = ""
    evidence: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    why: str = ""
    reason: Reason = ""
    candidates: tuple[Candidate, ...] = ()
    deleted: Identity | None = None

    @property
    def held(self) -> bool:
        """True if a person must decide."""
        return bool(self.why)

    @property
    def is_new(self) -> bool:
        """True if the row is a new account."""
        return self.account is None and self.deleted is None and not self.held


NOBODY: Final = Decision()
"""The decision about a row that matches no account."""


def matched(
    row: Identity,
    account: Identity,
    matched_by: str,
    notes: tuple[str, ...] = (),
    link: str = "",
) -> Decision:
    """Return the decision that `row` is `account`."""
    evidence = compare(row, account).listed()
    if link:
        evidence = (f"linked by its {KEY_WORDS.get(link, link)}", *evidence)
    return Decision(account, matched_by, link, evidence, notes)


def hold(reason: Reason, why: str, row: Identity, accounts: Sequence[Identity]) -> Decision:
    """Return the decision that a person must say which of `accounts` a row is, and why."""
    candidates = tuple(candidate_of(row, one) for one in distinct(accounts))
    return Decision(why=why, reason=reason, candidates=candidates)


def candidate_of(row: Identity, other: Identity) -> Candidate:
    """Return an account, or an earlier row, as a candidate for `row`."""
    seen = compare(row, other)
    shown = (other.id, other.shown, other.name)
    return Candidate(*shown, seen.listed(), seen.contradicted(), other.line)


def distinct(accounts: Iterable[Identity]) -> list[Identity]:
    """Return each of `accounts` once."""
    return list({one.id or str(one.line): one for one in accounts}.values())


def shown(account: Identity) -> str:
    """Return the name and code of an account for a message."""
    name = quote(account.name)
    return f"{name} (code {account.shown})" if account.shown else name


KEY_WORDS = {
    OWN_NUMBER: "customer number",
    BARE_NUMBER: "customer number",
    NUMBER: "VAT or company number",
    EMAIL: "e-mail address",
    NAME_AND_PLACE: "name and place",
    NAME: "name",
    CONTENT: "unchanged values",
}


def listed(fields: Iterable[str]) -> str:
    """Return the everyday names of fields as part of a sentence."""
    return joined([FIELD_WORDS.get(one, one.casefold()) for one in sorted(fields)])
