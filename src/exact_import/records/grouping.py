"""Groups rows into companies, and makes the records of each company.

An import makes a record of every row; a dry run only of rows whose company's rows differ: if they
agree, nothing can be wrong, and it only counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat

from exact_import.fields import RecordKind
from exact_import.records.groups import Groups, shared
from exact_import.records.merge import AccountRecord, merge, where
from exact_import.records.models import Block, RowsRead
from exact_import.records.row_keys import (
    CITY,
    EMAIL,
    NAME,
    NUMBERS,
    OWN,
    POSTCODE,
    REGISTERED,
    VAT,
    Rows,
)
from exact_import.text import fold
from exact_import.values.vocabulary import Level

_NAMES = ("FirstName", "LastName")
_NOTHING: Sequence[str] = ()
_IN_WORDS = {
    OWN: "customer number",
    VAT: "VAT number",
    REGISTERED: "company number",
    POSTCODE: "postcode",
    CITY: "city",
    EMAIL: "e-mail address",
    NAME: "name",
}


class Companies:
    """The companies of `rows`.

    Rows that contradict each other, or could belong to two companies, are rejected in `outcome`;
    `duplicates` is the level of companies that differ only in their code.
    """

    def __init__(self, rows: Rows, outcome: RowsRead, duplicates: Level = "warning") -> None:
        self._rows = rows
        self._outcome = outcome
        self._level = duplicates
        self._groups = Groups(rows.count, rows.has, rows.stages())
        self._note_padded()
        self._note_namesakes()

    def records(self) -> list[AccountRecord]:
        """Return the accounts in order of their first row."""
        made = (
            merge(list(map(self._rows.record, members)), self._outcome)
            for members in self._sound(self._groups)
        )
        found = [account for account in made if account is not None]
        self._reject_namesakes()
        return [account for account in found if account.lines[0] not in self._outcome.rejected]

    def count(self) -> dict[str, int]:
        """Return how many accounts and contacts there are; finds the same problems as `records`."""
        rows, groups, rejected = self._rows, self._groups, self._outcome.rejected
        # A row that is a company by itself and needs no message is only counted.
        odd = rows.rejected.union(groups.several(), groups.ambiguous, groups.duplicates)
        odd.update(item for item, mask in enumerate(groups.masks) if not mask)
        accounts = rows.count - len(odd)
        contacts = sum(sum(block.people) for block in rows.blocks) - rows.persons(odd)
        firsts = sorted(item for item in odd if groups.first(item) == item)
        for members in self._sound(map(groups.members, firsts)):
            people = self._agreed(members)
            if people is None:
                account = merge(list(map(rows.record, members)), self._outcome)
                accounts += account is not None
                contacts += len(account.contacts) if account is not None else 0
            elif self._level != "error" or rows.source(members[0]) not in rejected:
                accounts += 1
                contacts += people
        namesakes = self._reject_namesakes()
        accounts -= len(namesakes)
        contacts -= rows.persons(namesakes)
        return {"accounts": accounts, "contacts": contacts}

    def _sound(self, found: Iterable[list[int]]) -> Iterator[list[int]]:
        """Yield the rows of each company in `found` that is certain."""
        rows, groups = self._rows, self._groups
        for members in found:
            first = members[0]
            if first in rows.rejected:
                continue
            if first in groups.ambiguous:
                here = rows.source(first)
                one, other = (where(rows.source(item), here) for item in groups.ambiguous[first])
                message = (
                    f"could be the company on {one} or the one on {other}; "
                    "add a code, VAT number or postcode"
                )
            else:
                if first in groups.duplicates and self._level != "off":
                    self._note_duplicate(members, *groups.duplicates[first])
                yield members
                continue
            for item in members:
                self._outcome.reject(rows.source(item), message)

    def _note_padded(self) -> None:
        """Note companies whose codes differ only in leading zeros: 0123 and 123."""
        codes = self._rows.has.get(OWN, _NOTHING)
        if not any(map(str.startswith, codes, repeat("0"))):
            return
        for members in shared([code.lstrip("0") or code for code in codes]):
            firsts: dict[str, int] = {}
            for item in members:
                firsts.setdefault(codes[item], item)
            one, *others = firsts.values()
            for item in others:
                self._groups.duplicates.setdefault(self._groups.first(item), (OWN, one))

    def _note_namesakes(self) -> None:
        """Note once that rows with one name in different places are different companies."""
        groups, sharing = self._groups, self._rows.sharing.get(NAME)
        if self._level == "off" or sharing is None:
            return
        apart = [
            members
            for members in sharing.apart(groups.parents)
            if len(set(map(groups.first, members))) > 1
            and not any(
                groups.mask(groups.first(one)) & NUMBERS or groups.first(one) in groups.ambiguous
                for one in members
            )
        ]
        if not apart:
            return
        first = apart[0][0]
        other = next(one for one in apart[0] if groups.first(one) != groups.first(first))
        source = self._rows.source
        more = f" (as for {len(apart) - 1:,} more names)" if len(apart) > 1 else ""
        self._outcome.warn_of_duplicate(
            source(other),
            f"has the same name as {where(source(first), source(other))} in a different place; "
            f"they are imported as different companies{more}",
            field_name="Name",
        )

    def _note_duplicate(self, members: Sequence[int], about: int, other: int) -> None:
        source = self._rows.source
        if self._numbered_apart(members[0], other):
            return  # planning finds out, and says so
        but = ", leading zeros aside" if about == OWN else self._apart(members[0], other)
        outcome = self._outcome
        note = outcome.reject if self._level == "error" else outcome.warn_of_duplicate
        for item in members if self._level == "error" else members[:1]:
            note(
                source(item),
                f"has the same {_words(about)} as {where(source(other), source(item))}{but}; they "
                "may be the same company",
                field_name=_FIELDS.get(about, "Name"),
            )

    def _numbered_apart(self, item: int, other: int) -> bool:
        """Return True if the customer numbers of two rows belong to different sources."""
        numbers = self._rows.has.get(OWN)
        (file, _), (other_file, _) = map(self._rows.source, (item, other))
        return (
            bool(numbers and numbers[item] and numbers[other])
            and file != other_file
            and self._outcome.source_of(file) != self._outcome.source_of(other_file)
        )

    def _apart(self, item: int, other: int) -> str:
        differing = (
            bit
            for bit, values in self._rows.has.items()
            if values[item] and values[other] and values[item] != values[other]
        )
        return f" but a different {_IN_WORDS[next(differing, OWN)]}"

    def _agreed(self, members: Sequence[int]) -> int | None:
        """Return how many people a company's rows name, None if rows may contradict."""
        first, *others = places = list(map(self._rows.place, members))
        company = _values(first, "account")
        if any(_values(other, "account") != company for other in others):
            return None
        people: dict[tuple[str, ...], tuple[Block, int]] = {}
        for place in places:
            block, row = place
            if others and row in block.details:
                return None
            if block.people[row]:
                columns = map(block.contact.get, _NAMES)
                names = [str(column[row] or "") if column else "" for column in columns]
                if not all(map(str.isascii, names)):
                    return None  # two may be one name in two spellings
                same = people.setdefault(tuple(map(fold, names)), place)
                if same is not place and _values(same, "contact") != _values(place, "contact"):
                    return None
        return len(people)

    def _reject_namesakes(self) -> list[int]:
        """Reject, and return, the persons that the next run could not distinguish."""
        rows, outcome, masks = self._rows, self._outcome, self._groups.masks
        keyless = {item for item in rows.alone if not masks[item]} - rows.rejected
        found: list[int] = []
        for namesakes in rows.namesakes.apart(self._groups.parents) if keyless else ():
            firsts = dict.fromkeys(map(self._groups.first, namesakes))
            left = [item for item in firsts if rows.source(item) not in outcome.rejected]
            for item in left if len(left) > 1 else ():
                if item in keyless:  # and so the only one of its group
                    outcome.reject(
                        rows.source(item),
                        "names a person with the same name as another row, and nothing tells "
                        "them apart; add an e-mail address, a postcode or a code",
                    )
                    found.append(item)
        return found


def _values(place: tuple[Block, int], kind: RecordKind) -> list[object]:
    """Return the fields of a row's account or contact, and their values."""
    block, row = place
    columns = block.account if kind == "account" else block.contact
    return [*columns, *[column[row] for column in columns.values()]]


_FIELDS = {OWN: "Code", VAT: "VATNumber", REGISTERED: "ChamberOfCommerce"}


def _words(about: int) -> str:
    return " and ".join(words for bit, words in reversed(_IN_WORDS.items()) if bit & about)
