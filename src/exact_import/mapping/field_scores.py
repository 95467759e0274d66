"""Scores for columns other than names and addresses: e-mail, telephone and so on.

Once it is known which columns name companies and people (`name_scores`), the position of a column
among these shows whether it belongs to the company or the person, if its header does not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from exact_import.data.lexicon import squeezed
from exact_import.fields import Section
from exact_import.mapping import address_columns
from exact_import.mapping.assignment import Assignment, ColumnUse, use
from exact_import.mapping.columns import (
    AT_WORK,
    CHANNEL_FIELDS,
    CHANNELS,
    PERSON_NAMES,
    HeaderColumn,
    HeaderColumns,
    channel_of,
    plainest,
    says,
)
from exact_import.text import quote

# Only these may differ between a column and one that fills its gaps.
_SPARE = frozenset({"main"})
_ANY = frozenset({"main", "business", "home"})  # where the file names no people
_FURTHER = ("other", "postal", "delivery")
_WHOSE = ("company", "party", "account", "person")
_SHARED = frozenset({"Language", "StartDate", "EndDate", "LeadSource", "LeadPurpose"})
_OPEN = {"Language": "language", "Notes": "notes", "Remarks": "notes"}
# Words that are looked up in Exact Online: it is not known yet whether it has them.
_LOOKED_UP = frozenset({"AccountManager", "PaymentConditionSales"})
_OF_COMPANY = frozenset({"Code", "VATNumber", "ChamberOfCommerce", "Website", "Status"})
_OF_PERSON = frozenset({"FirstName", "LastName", "JobTitleDescription", "Gender", "BirthDate"})
_NAMES = frozenset({"Name", "FullName", "FirstName", "MiddleName", "LastName"})


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Where the names of companies and people are: `company` and `people` by position.

    `party` is whether the company is called a customer or the like, so that "Mail klant" is the
    company's; `one_contact` whether it is a list of companies with one column for a contact.
    `settled` says of some columns whose they are; `named` are all that could be a name, and
    `channels` all telephone, e-mail and fax columns.
    """

    company: int
    people: Collection[int]
    party: bool
    one_contact: bool
    settled: Mapping[int, str]
    named: Collection[int]
    channels: Collection[int]

    @property
    def both(self) -> bool:
        """True if the file names companies and people."""
        return self.company >= 0 and bool(self.people)

    def before_person(self, index: int) -> bool:
        """Return True for a column between the company's name and the person's."""
        return 0 <= self.company < index < min(self.people, default=-1)

    def among_company(self, index: int) -> bool:
        """Return True for a column that is also between columns of the company."""
        left = max((i for i in self.settled if i < index), default=-1)
        right = min((i for i in self.settled if i > index), default=-1)
        around = self.settled.get(left), self.settled.get(right)
        return self.before_person(index) and around == ("account", "account")

    def beside_person(self, index: int) -> bool:
        """Return True for a column that follows the person's directly, or what is theirs."""
        nearest = max((i for i in self.people if i < index), default=-1)
        between = range(nearest + 1, index)
        return nearest >= 0 and all(
            i in self.channels or self.settled.get(i) == "contact" for i in between
        )


def neighbours(table: HeaderColumns, names: Assignment, uses: Sequence[ColumnUse]) -> Neighbours:
    """Return the positions of the `names` of a file; `uses` are all columns that could be names."""
    placed = {one.column for one in names.values()}
    open_names = [one for one in uses if one.shared or one.column not in placed]
    meant = [*names.values(), *open_names]
    companies = {one.column for one in meant if one.slot == ("account", "Name")}
    people = {one.column for one in meant if one.section == "contact" and one.field in PERSON_NAMES}
    whole = names.get(("contact", "FullName"))
    named = names.get(("account", "Name"))
    company = named.column if named is not None else -1
    settled = {c.index: "account" for c in table.columns if c.reading.is_any(*_OF_COMPANY)}
    settled |= {c.index: "contact" for c in table.columns if c.reading.is_any(*_OF_PERSON)}
    settled |= {c.index: "contact" for c in table.columns if c.names_person}
    return Neighbours(
        company=company,
        people=people,
        party=any(c.index in companies and c.has("party") for c in table.columns),
        one_contact=whole is not None and 0 <= company < whole.column,
        settled=settled | {one.column: one.section for one in meant},
        named={one.column for one in meant},
        channels={c.index for c in table.columns if channel_of(c.reading)},
    )


def field_uses(table: HeaderColumns, around: Neighbours) -> Iterator[ColumnUse]:
    """Yield the uses of each column, without names and parts of an address."""
    for channel in CHANNELS:
        columns = [
            c
            for c in table.columns
            if channel_of(c.reading) == channel and c.exact is None and c.reading.ordinal < 2
        ]
        columns = sorted((c for c in columns if not c.has(*_FURTHER)), key=plainest)
        if around.people:
            yield from _with_people(channel, columns, around)
        else:
            # A mobile number is a company's telephone number if there is no other.
            score, reason = 60, "the file names no people"
            if channel == "Mobile":
                score, reason = 20, "the file names no people, and it is the only number"
            for column in columns:
                yield use(column, "account", _company_field(channel), score, reason, _ANY)
                if channel == "Mobile":
                    gaps = "it fills the gaps of the company's telephone number"
                    yield use(column, "account", "Phone", 1, gaps, shared=True)
    for column in table.columns:
        reading = column.reading
        named = reading.is_any(*CHANNEL_FIELDS, *_NAMES) or address_columns.is_address(reading)
        further = reading.ordinal > 1 or column.has("delivery", "postal", "other")
        settled = column.exact is not None or column.index in around.named
        if reading.targets and not named and not further and not settled:
            yield from _other(column, table, around)


# The owner of a channel by its header, or which of the person's channels it is.
_Whose = Literal["company", "billing", "person", "work", "home", "plain"]
_SAYS: Mapping[_Whose, tuple[int, str]] = {
    "company": (90, "its header says the company"),
    "billing": (40, "invoices go to the company"),
    "person": (90, "its header says the person"),
    "work": (80, "its header says work"),
    "home": (55, "its header says home"),
    "plain": (60, "the file names people"),
}


def _with_people(
    channel: str, columns: list[HeaderColumn], around: Neighbours
) -> Iterator[ColumnUse]:
    own, work, called = CHANNELS[channel]
    whose = {c.index: _whose(c, channel, around) for c in columns}
    named = {*whose.values()}
    plain = [c for c in columns if whose[c.index] == "plain"]
    companys = {c.index for c in _companys(channel, plain, "person" in named, around)}
    persons = [c for c in plain if c.index not in companys]
    home_and_plain = "home" in named and "work" not in named
    doubtful = around.company >= 0 and "person" not in named and channel != "Mobile"
    for column in columns:
        is_whose = whose[column.index]
        score, reason = _SAYS[is_whose]
        if is_whose in ("company", "billing"):
            yield use(column, "account", _company_field(channel), score, reason, _SPARE)
        elif column.index in companys:
            note = f"{quote(column.header)} is used as the company's {called}."
            reason = "its place is among the company's columns"
            yield use(column, "account", _company_field(channel), 65, reason, _SPARE, note)
        elif is_whose == "work":
            # The only e-mail address of a person is the person's own.
            only = channel == "Email" and not persons and named.isdisjoint(("person", "home"))
            yield use(column, "contact", own if only else work, score, reason, _SPARE)
        elif is_whose == "person" or (is_whose == "home" and channel != "Fax"):
            yield use(column, "contact", own, score, reason, _SPARE)
        elif channel != "Fax":
            because = f"person's {called}, because the file names people"
            note = f"{quote(column.header)} is used as the {because}." if doubtful else ""
            elsewhere = home_and_plain and channel != "Email"
            less = (10 if column.has("main") else 0) + (20 if elsewhere else 0)
            yield use(column, "contact", own, score - less, reason, _SPARE, note)
            if elsewhere:
                reason = "another column is the number at home"
                yield use(column, "contact", work, 50 - less, reason, _SPARE, note)


def _whose(column: HeaderColumn, channel: str, around: Neighbours) -> _Whose:
    if column.has("company", "account", "general") or (around.party and column.has("party")):
        return "company"
    if column.has("billing") and not column.has("person"):
        return "billing"
    kinds = {kind for kind, _ in column.reading.targets}
    only = kinds == {"contact"} and column.reading.is_any(CHANNELS[channel][0])
    at_home = column.has("home")
    if column.has("person") or (
        only and channel != "Mobile" and not at_home and not column.has("business")
    ):
        return "person"
    if column.has("business") or all(name in AT_WORK for _, name in column.reading.targets):
        return "work"
    return "home" if at_home else "plain"


def _companys(
    channel: str, plain: list[HeaderColumn], taken: bool, around: Neighbours
) -> list[HeaderColumn]:
    """Return which of the plain columns belong to the company, if their headers do not say."""
    if around.company < 0 or channel == "Mobile":
        return []
    if channel == "Fax" or taken:
        return plain
    if around.one_contact:
        return [column for column in plain if not around.beside_person(column.index)]
    if len(plain) > 1:
        before = [column for column in plain if around.before_person(column.index)]
        return before if len(before) < len(plain) else before[:1]
    return [column for column in plain if around.among_company(column.index)]


def _other(column: HeaderColumn, table: HeaderColumns, around: Neighbours) -> Iterator[ColumnUse]:
    kind, name = sorted(column.reading.targets)[0]
    of_company = column.has("company", "party", "account")
    if name == "BirthDate" and says(table.header, "birthyear", "geboortejaar"):
        return  # then "Birth Day" is the day of the month
    reason = "its header means only this"
    if name == "Remarks" and (column.has("person") or (around.people and not of_company)):
        kind, name = "contact", "Notes"
        reason = "the file names people"
    elif name in _SHARED and (column.has("person") or _of_person(around, column)):
        kind = "contact"
    elif kind == "account" and column.has("person") and name != "MainContact":
        return  # "Contact status" is not an account's
    note = ""
    if column.reading.assumed or name in _LOOKED_UP:
        note = f"{quote(column.header)} is used as {name}."
    elif name in _OPEN and around.both and not column.has(*_WHOSE):
        whose = f"{'person' if kind == 'contact' else 'company'}'s {_OPEN[name]}"
        note = f"{quote(column.header)} is used as the {whose}."
    # "Kontonummer" beside "IBAN" is the obsolete number.
    score = 21 if "iban" in squeezed(column.header) else 20
    yield use(column, cast(Section, kind), name, score, reason, note=note)


def _of_person(around: Neighbours, column: HeaderColumn) -> bool:
    """Return True if a column such as "Taal" is the person's, in a file of companies and people."""
    both = around.both and not column.has("company", "party", "account")
    return both and not around.before_person(column.index)


def _company_field(channel: str) -> str:
    return "Phone" if channel == "Mobile" else channel
