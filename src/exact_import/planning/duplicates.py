"""New records that may already exist, in Exact Online or on an earlier row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from exact_import.planning.decision import (
    Decision,
    FoundAccounts,
    distinct,
    hold,
    listed,
    shown,
)
from exact_import.planning.evidence import Identity, compare, shares_first_name
from exact_import.planning.lookup import CROWD, NamesInPlaces
from exact_import.planning.plan import Candidate
from exact_import.records.merge import where
from exact_import.records.models import RowLocation
from exact_import.values.names import name_words, share_a_word


def likely_account(row: Identity, found: FoundAccounts, *, alone: bool) -> Decision | None:
    """Return the decision to hold a new account that may be one of those `found`; None if none.

    `alone` is True if no other row of the file has its folded name.
    """
    similar = [
        one
        for one in found.similar
        if not (seen := compare(row, one)).number_differs
        and ("AddressLine1" in seen.agrees or not seen.contact_data_differs)
    ]
    if similar:
        spelled = any(compare(row, one).name != "similar" for one in similar)
        name = "another spelling of its name" if spelled else "the same name except for its city"
        return hold("likely", _may_be(similar, name), row, similar)
    if row.person:
        named = [one for one in found.named if _may_be_anywhere(row, one)]
        if named:
            why = _may_be(named, "the same name, which alone does not identify a person")
            return hold("likely", why, row, named)
        near = distinct((*found.reached, *found.neighbors))
        likely = [(one, why) for one in near if (why := _person_in_common(row, one))]
        if likely:
            accounts = [one for one, _ in likely]
            return hold("likely", _may_be(accounts, likely[0][1]), row, accounts)
        return None
    reached = [(one, compare(row, one)) for one in found.reached]
    reached = [(one, seen) for one, seen in reached if not seen.number_differs]
    similar = [one for one, seen in reached if seen.alike]
    if similar:
        sign = listed(compare(row, similar[0]).reach)
        return hold("likely", _may_be(similar, f"a similar name and the same {sign}"), row, similar)
    if alone and len(found.named) == 1:
        seen = compare(row, found.named[0])
        if not (seen.number_differs or seen.contact_data_differs):
            why = _may_be(found.named, "the same name but a different address")
            return hold("likely", why, row, found.named)
    housed = [one for one in found.neighbors if _shares_address(row, one)]
    if housed:
        return hold("likely", _may_be(housed, "the same address and a similar name"), row, housed)
    twice = [one for one, seen in reached if len(seen.weak) > 1]
    if twice:
        sign = listed(compare(row, twice[0]).weak)
        return hold("likely", _may_be(twice, f"a different name but the same {sign}"), row, twice)
    return None


def likely_duplicate(
    row: Identity,
    earlier: Iterable[Identity],
    may_be_branch: Callable[[Identity], bool] = lambda _one: True,
) -> Decision | None:
    """Return the decision to hold a new record that may be an earlier row; None if none.

    `may_be_branch` returns True for a row that can share a strong number and still be another
    company.
    """
    for one in earlier:
        seen = compare(row, one)
        if seen.number_agrees and (seen.fiscal_unity or may_be_branch(one)):
            continue
        if seen.number_agrees:
            why = "the same VAT or company number"
        elif seen.name == "same" and seen.place and not (row.person and "Email" in seen.differs):
            why = "the same name and place"
        elif not row.person and _shares_address(row, one):
            why = "the same address and a similar name"
        elif seen.number_differs or (
            seen.contact_data_differs and "AddressLine1" not in seen.agrees
        ):
            continue
        elif seen.name == "spelling" and (seen.place or "City" in seen.agrees):
            why = "another spelling of its name in the same place"
        elif row.person:
            why = _person_in_common(row, one)
        elif seen.alike and seen.agrees & {"Email", "Phone", "Website"}:
            why = f"a similar name and the same {listed(seen.reach)}"
        else:
            why = ""
        if not why:
            continue
        place = one.line or ("", 0)
        message = f"may be the same as {where(place, row.line or place)}, which has {why}"
        return hold("likely", message, row, [one])
    return None


def _shares_address(row: Identity, other: Identity) -> bool:
    """Return True if two companies with similar names have the same street, number and postcode.

    A different phone or e-mail address does not count: one company has several.
    """
    at_one = bool(row.address) and row.address == other.address
    return at_one and share_a_word(row.name, other.name) and not compare(row, other).number_differs


def _may_be_anywhere(row: Identity, other: Identity) -> bool:
    """Return True if the place of either person is not known, and nothing differs."""
    seen = compare(row, other)
    return seen.place is None and not (seen.number_differs or seen.contact_data_differs)


def _person_in_common(row: Identity, other: Identity) -> str:
    """Return why a private person is likely an existing one (married, moved, misspelled).

    "" if there is no reason: a household shares its address, e-mail and phone, but no first name.
    """
    seen = compare(row, other)
    signs = set(seen.agrees & {"Email", "Phone"})
    if row.address and row.address == other.address and (signs or not seen.contact_data_differs):
        signs.add("AddressLine1")
    if seen.number_differs or not signs:
        return ""
    if seen.name in ("same", "spelling"):
        name = "the same name" if seen.name == "same" else "another spelling of the name"
        return f"{name} and the same {listed(signs)}"
    close = seen.place is not False if "Email" in signs else seen.place
    if close and shares_first_name(row.name, other.name):
        return f"the same first name and {listed(signs)} but a different last name"
    return ""


def _may_be(accounts: Sequence[Identity], what: str) -> str:
    if len(accounts) == 1:
        return f"may be {shown(accounts[0])}, which has {what}"
    return f"may be one of {len(accounts)} accounts with {what}, such as {shown(accounts[0])}"


class NewRecords:
    """The new records of a plan so far, indexed by what they can have in common."""

    def __init__(self) -> None:
        self._rows: list[Identity] = []
        self._by_line: dict[RowLocation, Identity] = {}
        self._names = NamesInPlaces[int]()
        self._signs: defaultdict[tuple[str, str], list[int]] = defaultdict(list)

    def add(self, row: Identity) -> None:
        """Add a new record."""
        number = len(self._rows)
        self._rows.append(row)
        if row.line is not None:
            self._by_line.setdefault(row.line, row)
        self._names.add({row.postcode, row.city} - {""}, name_words(row.name), number)
        for sign in self._signs_of(row):
            self._signs[sign].append(number)

    def like(self, row: Identity) -> Iterable[Identity]:
        """Return the new records that share a sign with `row`, or nearly its name and place."""
        words = name_words(row.name)
        found: set[int] = set()
        for place in {row.postcode, row.city} - {""}:
            found.update(self._names.spellings(place, words, same=True))
        for sign in self._signs_of(row):
            having = self._signs.get(sign, ())
            found.update(having if len(having) <= CROWD else ())
        return [self._rows[number] for number in sorted(found)]

    def meant(self, candidate: Candidate) -> Identity:
        """Return the new records that a row may be."""
        return self._by_line[candidate.line] if candidate.line is not None else Identity()

    @staticmethod
    def _signs_of(row: Identity) -> list[tuple[str, str]]:
        signs = (
            ("Email", row.email),
            ("Phone", row.phone),
            ("Website", row.website),
            ("Address", row.address),
            *(("Number", number) for number in row.numbers.values()),
        )
        return [sign for sign in signs if sign[1]]
