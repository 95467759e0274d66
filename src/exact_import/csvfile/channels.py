"""Whose e-mail address and whose telephone number a column holds: the company's or the person's.

A file that names people holds their addresses, unless the header or its place among the company's
columns says otherwise: the same address on two people of one company harms nobody, while two
people's addresses on one company contradict each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from exact_import.csvfile.sections import Section
from exact_import.csvfile.words import Reading

# Channel: the contact's own field, the contact's field for work, what it is called.
CHANNELS: Mapping[str, tuple[str, str, str]] = {
    "Email": ("Email", "BusinessEmail", "e-mail address"),
    "Phone": ("Phone", "BusinessPhone", "telephone number"),
    "Mobile": ("Mobile", "BusinessMobile", "mobile number"),
    "Fax": ("BusinessFax", "BusinessFax", "fax number"),
}
FIELDS = frozenset(name for own, work, _ in CHANNELS.values() for name in (own, work)) | {"Fax"}

# Where several columns say the same, the least of these goes first.
_WEIGHT = {
    "business": 1,
    "billing": 2,
    "home": 3,
    "main": 4,
    "other": 5,
    "postal": 6,
    "delivery": 6,
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column whose header is understood: its position, its header, what that says."""

    index: int
    header: str
    reading: Reading

    @property
    def weight(self) -> int:
        """How far this is from the plain one of its kind."""
        return max((_WEIGHT.get(q, 0) for q in self.reading.qualifiers), default=0)

    def has(self, *qualifiers: str) -> bool:
        """Tell whether the header holds one of the `qualifiers`."""
        return not self.reading.qualifiers.isdisjoint(qualifiers)


@dataclass(frozen=True, slots=True)
class Around:
    """What the other columns say.

    `company` and `person`: whether the file names any; `among_company(index)`: whether a column
    stands between columns of the company, before those of the person, and `before_person(index)`
    only that it stands between the company's name and the person's.
    """

    company: bool
    person: bool
    among_company: Callable[[int], bool]
    before_person: Callable[[int], bool]


Take = Callable[[Section, str, Column], None]


def settle_channels(
    columns: list[Column], around: Around, take: Take, note: Callable[[str], None]
) -> None:
    """Give each e-mail, telephone and fax column to a field, by calling `take`."""
    for channel in CHANNELS:
        mine = [c for c in columns if _channel(c.reading) == channel and c.reading.ordinal < 2]
        mine = [c for c in mine if not c.has("other", "postal", "delivery")]
        mine.sort(key=lambda column: (column.weight, column.index))
        if around.person:
            _with_people(channel, mine, around, take, note)
        else:
            # A mobile number is a company's telephone number where there is no other.
            for column in mine:
                take("account", "Phone" if channel == "Mobile" else channel, column)


def _with_people(
    channel: str, columns: list[Column], around: Around, take: Take, note: Callable[[str], None]
) -> None:
    own, work, called = CHANNELS[channel]
    explicit = [c for c in columns if c.has("company", "general")] + [
        c for c in columns if c.has("billing") and not c.has("company", "general", "person")
    ]
    personal = [c for c in columns if c not in explicit and _personal(c, channel)]
    at_work = [c for c in columns if c not in explicit + personal and _at_work(c)]
    home = [c for c in columns if c not in explicit + personal + at_work and c.has("home")]
    plain = [c for c in columns if c not in explicit + personal + at_work + home]
    if around.company and channel != "Mobile":
        company = _companys(channel, plain, bool(personal), around)
        for column in company:
            note(f"'{column.header}' is taken for the company's {called}.")
        plain = [c for c in plain if c not in company]
        if plain and not personal:
            note(
                f"'{plain[0].header}' is taken for the person's {called}, "
                "because the file names people."
            )
        explicit += company
    for column in explicit:
        take("account", "Phone" if channel == "Mobile" else channel, column)
    if channel != "Email" and home and plain and not at_work:
        at_work, plain = plain, []
    # "Primary phone" is a spare where there is a plain one, or one at home.
    spare = [c for c in plain if c.has("main")]
    mine = personal + [c for c in plain if c not in spare] + home + spare
    mine = mine if channel != "Fax" else personal
    if channel == "Email" and not mine:
        mine, at_work = at_work, []
    for column in mine:
        take("contact", own, column)
    for column in at_work:
        take("contact", work, column)


def _companys(channel: str, plain: list[Column], taken: bool, around: Around) -> list[Column]:
    """Return which of the plain columns are the company's."""
    if channel == "Fax" or taken:
        return plain
    if len(plain) > 1:
        before = [column for column in plain if around.before_person(column.index)]
        return before if len(before) < len(plain) else before[:1]
    return [column for column in plain if around.among_company(column.index)]


def _channel(reading: Reading) -> str:
    for channel, (own, work, _) in CHANNELS.items():
        if reading.is_any(channel, own, work):
            return channel
    return ""


def _personal(column: Column, channel: str) -> bool:
    kinds = {kind for kind, _ in column.reading.targets}
    own = CHANNELS[channel][0]
    only = kinds == {"contact"} and column.reading.is_any(own) and channel != "Mobile"
    return column.has("person") or (only and not column.has("home", "business"))


def _at_work(column: Column) -> bool:
    work = {work for own, work, _ in CHANNELS.values() if own != work}
    return column.has("business") or all(name in work for _, name in column.reading.targets)
