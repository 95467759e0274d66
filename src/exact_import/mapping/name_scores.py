"""Scores for columns with names: the company's name, and the person's.

A file names its people in one column (`FullName`) or in parts (`FirstName`, `LastName`), never
both; the form with the best total wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from exact_import.data.header_words import read_header
from exact_import.data.lexicon import squeezed, words_of
from exact_import.mapping.assignment import Assignment, ColumnUse, best_assignment, total, use
from exact_import.mapping.columns import (
    HeaderColumn,
    HeaderColumns,
    names_role,
    plainest,
)
from exact_import.mapping.samples import HALF, SOME
from exact_import.values.vocabulary import EVERYDAY_LANGUAGES

Way = Literal["whole", "parts"]
Group = Literal["company", "party name", "bare", "party", "person"]

# By what a header says: its score as the company's name, as a person's whole name, and as the
# half of a person's name that the file otherwise lacks; and why.
_SCORES: Mapping[Group, tuple[int, int, int, str]] = {
    "company": (100, 0, 0, "its header names a company"),
    "party name": (75, 40, 40, "its header names a customer or supplier"),
    "bare": (60, 50, 50, "its header is a name, without saying whose"),
    "party": (45, 0, 0, "its header says customer or supplier"),
    "person": (25, 100, 85, "its header names a person"),
}
_PARTS = ("FirstName", "MiddleName", "LastName")
_PART = 100  # a first, middle or last name
_NAMES_PEOPLE = 95  # more, if its cells are whole names: rather not half a name
_REST = 15  # more for the "Naam" beside a "Voornaam": rather the last name than the company's
_TRADE = 30
_MAIN_CONTACT = 90
_ROLE = 3
_EXACT = 1000
_SAYS_NAME = re.compile(r"naa?m|nom|denomination|bezeichnung")
# Keys that identify a row without a name: then a delivery name is not the company's.
_KNOWN_BY = ("ID", "Code", "VATNumber", "ChamberOfCommerce")
# The customer's name on an invoice is the customer's name.
_NEAR = frozenset({"main", "billing"})


@dataclass(frozen=True)
class _Names:
    """The columns of one header that could be names, without further addresses and people."""

    table: HeaderColumns

    @cached_property
    def usable(self) -> list[HeaderColumn]:
        named = [c for c in self.table.columns if c.reading.ordinal < 2]
        usable = [c for c in named if not c.has("delivery", "postal", "other")]
        names = (c.reading.part == "name" or c.reading.is_any("TradeName", *_PARTS) for c in usable)
        known = any(names) or self.table.meaning(*_KNOWN_BY)
        return sorted(usable if known else named, key=plainest)

    @cached_property
    def groups(self) -> dict[Group, list[HeaderColumn]]:
        """The columns by what their headers say.

        One that is repeated, or is there in another language, names nobody else.
        """
        groups: dict[Group, list[HeaderColumn]] = {group: [] for group in _SCORES}
        named = [column for column in self.usable if column.reading.part == "name"]
        seen: set[object] = set()
        first: set[int] = set()
        for column in sorted(named, key=lambda column: column.index):
            names = _names_without_language(column)
            if seen.isdisjoint(names):
                first.add(column.index)
                seen |= names
        for column in named:
            if column.index in first:
                groups[_group(column)].append(column)
        return groups

    @cached_property
    def parts(self) -> Mapping[str, list[HeaderColumn]]:
        """The columns with a part of a person's name, by field."""
        return {name: [c for c in self.usable if c.reading.is_any(name)] for name in _PARTS}

    @cached_property
    def given(self) -> list[HeaderColumn]:
        """The columns of first names, or of initials where there are none."""
        return self.parts["FirstName"] or [c for c in self.usable if c.reading.is_any("Initials")]

    @cached_property
    def missing(self) -> str:
        """The half of a person's name that no header names, if one names the other half."""
        first, last = self.given, self.parts["LastName"]
        return "" if bool(first) == bool(last) else "LastName" if first else "FirstName"

    @cached_property
    def company_known(self) -> bool:
        """True if a header names the company regardless of the other columns."""
        exact = any(c.exact == ("account", "Name") for c in self.table.columns)
        return exact or bool(self.groups["company"])

    @cached_property
    def both_roles(self) -> bool:
        """True for "Klant" beside "Leverancier": the company's kind, not its name."""
        sides = {names_role(c.header, "IsSupplier") for c in self.groups["party"]}
        return len(sides) > 1 and any(self.groups[g] for g in ("company", "party name", "bare"))

    @cached_property
    def spares(self) -> Mapping[int, HeaderColumn]:
        """The customers' columns with a name for rows without a company, by position."""
        parties = [*self.groups["party name"], *self.groups["party"]]
        return {c.index: c for c in parties if not self.both_roles and self._also_names(c)}

    def may_name_company(self, group: Group, column: HeaderColumn) -> bool:
        """Return True if no other column is the company's name, so that a column may be."""
        if group == "company" or self.company_known:
            return group == "company"
        if group == "person":
            return bool(self.parts["FirstName"] and self.parts["LastName"])
        if group == "bare":
            return not self.halves_person(column)
        bare = any(not self.halves_person(c) for c in self.groups["bare"][:1])
        return group == "party name" or not (self.both_roles or self.groups["party name"] or bare)

    @cached_property
    def _halves(self) -> tuple[bool, bool]:
        """Whether a "Naam" is half a person's name, and whether Exact Online's own "Name" is."""
        known = [*self.given, *self.parts["LastName"]]
        whole = self.groups["person"] or any(c.has("person") for c in known)
        half = bool(self.missing) and not whole
        return half, half and not all(c.exact for c in known)

    def halves_person(self, bare: HeaderColumn) -> bool:
        """Return True if "Naam" is half a name, as in "Voornaam; Naam"."""
        # Exact Online's own FirstName comes with its own Name: the company's.
        return self._halves[bare.header == "Name"]

    def companies_and_people(self) -> bool:
        """Return True for a "Naam" of companies that is a last name where a first is beside it."""
        others = [*self.groups["person"], *self.groups["bare"], *self.groups["party name"]]
        if self.missing != "LastName" or any(c.index not in self.spares for c in others):
            return False
        head = self.groups["company"][0]
        reading = read_header(head.header)
        plain = reading is not None and not reading.qualifiers
        return plain and self.table.samples.share(head.index, "company") >= SOME

    def may_be_role(self, column: HeaderColumn) -> bool:
        """Return True unless the cells of a "Leverancier" say something else than yes or no."""
        samples, index = self.table.samples, column.index
        says = max(samples.share(index, "yes or no"), samples.share(index, "role"))
        return says >= HALF or not samples.cells(index)

    def _also_names(self, column: HeaderColumn) -> bool:
        """Return True if the cells of a customer's column are names of companies as well."""
        samples, companies = self.table.samples, self.groups["company"]
        if not companies or not samples.cells(column.index):
            return False
        alike = any(
            samples.same(column.index, one.index) or samples.repeats(column.index, [one.index])
            for one in companies
        )
        texts = not samples.mostly(column.index, "number", "role", "yes or no", "email")
        named = samples.share(column.index, "company") >= SOME or alike
        return texts and samples.varies(column.index) and (named or not _says_name(column))


def _names_without_language(column: HeaderColumn) -> set[object]:
    """Return what the same name in another language has in common with the header.

    "Naam NL" has "naam" with "Naam FR", and whose name it is with "Nom (FR)".
    """
    words = words_of(column.header)
    named = EVERYDAY_LANGUAGES
    languages = [{word, word.removesuffix("e")} & named.keys() for word in words]
    bare = [word for word, known in zip(words, languages, strict=True) if not known]
    found: set[object] = {" ".join(bare or words)}
    if bare and languages[-1]:
        found.add(column.reading.qualifiers)
    return found


def best_names(table: HeaderColumns) -> tuple[Assignment, list[ColumnUse]]:
    """Return which columns name companies and people, and all their possible uses."""
    names = _Names(table)
    ways: tuple[Way, ...] = ("whole", "parts")
    found = [[*_uses(names, way)] for way in ways]
    return max(((best_assignment(uses), uses) for uses in found), key=lambda one: total(one[0]))


def _uses(names: _Names, way: Way) -> Iterator[ColumnUse]:
    for column in names.table.columns:
        if column.exact is not None:
            yield use(column, *column.exact, _EXACT, "its header is a field of Exact Online")
    for group, columns in names.groups.items():
        for column in columns:
            if column.index not in names.spares:
                yield from _uses_of_name(names, way, group, column)
    for part in _PARTS:
        for column in names.parts[part] if way == "parts" or part == "MiddleName" else ():
            if column.exact is None:
                yield use(column, "contact", part, _PART, "its header names this part", _NEAR)
    if way == "whole" and not names.groups["person"]:
        # "Hoofdcontact" is a person's name where nothing else is, and else a yes or no.
        for column in names.table.meaning("MainContact"):
            if column.has("person") and column.exact is None:
                reason = "no other column names a person"
                yield use(column, "contact", "FullName", _MAIN_CONTACT, reason, _NEAR)
    named = any(columns for group, columns in names.groups.items() if group != "person")
    if not named and not names.parts["FirstName"] + names.parts["LastName"]:
        for column in names.table.meaning("TradeName"):
            if column.exact is None:
                yield use(column, "account", "Name", _TRADE, "no other column names the company")
    yield from _uses_beside(names, way)


def _uses_of_name(
    names: _Names, way: Way, group: Group, column: HeaderColumn
) -> Iterator[ColumnUse]:
    company, whole, half, reason = _SCORES[group]
    if names.may_name_company(group, column):
        yield use(column, "account", "Name", company, reason, _NEAR)
    if group == "party" and names_role(column.header, "IsSupplier") and names.may_be_role(column):
        # "Klant/Leverancier" says which of the two, and perhaps both.
        role = "Status" if names_role(column.header, "IsCustomer") else "IsSupplier"
        yield use(column, "account", role, _ROLE, reason, _NEAR)
    if way == "whole" and whole:
        people = group == "person" and names.table.samples.share(column.index, "person") >= HALF
        score = whole + (_NAMES_PEOPLE if people else 0)
        yield use(column, "contact", "FullName", score, reason, _NEAR)
    elif way == "parts" and half and names.missing:
        rest = group == "bare" and names.halves_person(column)
        if group == "bare" and names.table.samples.share(column.index, "company") >= SOME:
            return  # a company's name is not half a person's
        yield use(column, "contact", names.missing, half + (_REST if rest else 0), reason)


def _uses_beside(names: _Names, way: Way) -> Iterator[ColumnUse]:
    """Yield the columns that fill a name only in rows where its own column is empty."""
    companies = names.groups["company"]
    alike = [c for c in companies if c.reading.qualifiers == companies[0].reading.qualifiers]
    # Of rows of companies and rows of their people, a company's own row has it in "Name".
    both = any(c.reading.part == "sort" for c in names.table.columns) and way == "whole"
    own = names.groups["bare"][:1] if both else []
    reason = "it names the company where another column does not"
    for score, columns in ((3, alike[1:]), (2, [*names.spares.values()][:1]), (1, own)):
        for column in columns:
            yield use(column, "account", "Name", score, reason, shared=True)
    if way == "parts" and companies and names.companies_and_people():
        reason = "it names a person where a first name is beside it"
        yield use(companies[0], "contact", "LastName", 1, reason, shared=True)


def _group(column: HeaderColumn) -> Group:
    if column.has("person"):
        return "person"
    if column.has("company"):
        return "company"
    if column.has("party", "account"):
        return "party name" if _says_name(column) else "party"
    return "bare"


def _says_name(column: HeaderColumn) -> bool:
    return _SAYS_NAME.search(squeezed(column.header)) is not None
