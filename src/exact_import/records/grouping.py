"""Rows to companies: finds the rows that belong together and reads again those that matter.

An import reads all of them again, company by company; a dry run only those whose digests differ,
for where they agree nothing can be wrong, and counting needs no more.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, compress
from operator import gt

from exact_import.records.groups import Groups, shared
from exact_import.records.merge import AccountRecord, contradictory, merge, where
from exact_import.records.models import RowRecord, RowsRead
from exact_import.records.survey import Survey
from exact_import.values.convert import Level

# Reads rows again, given their numbers in the survey, ascending.
Again = Callable[[Sequence[int]], Iterator[RowRecord]]

_BATCH = 10_000  # rows that are read again, and held, at a time
_IN_WORDS = {
    "VATNumber": "VAT number",
    "ChamberOfCommerce": "company number",
    "Name+Postcode": "name and postcode",
}


class Companies:
    """The companies of surveyed rows.

    Rows that contradict each other, or could belong to two companies, are refused in `outcome`;
    `doubles` says how bad companies are that differ in their code but are otherwise the same.
    """

    def __init__(
        self, survey: Survey, again: Again, outcome: RowsRead, doubles: Level = "warning"
    ) -> None:
        self._survey = survey
        self._again = again
        self._outcome = outcome
        self._doubles = doubles
        self._hashes = [survey.hashes(key) for key in survey.keys]
        self._groups = Groups(survey.keys, self._hashes)
        self._note_padded()
        self._keyless = _zero_in_all(self._hashes)

    def records(self) -> list[AccountRecord]:
        """Return the accounts in order of their first row."""
        found = list(self._read(self._sound(self._groups)))
        for _ in self._tell_apart():
            pass
        return [account for account in found if account.lines[0] not in self._outcome.rejected]

    def count(self) -> dict[str, int]:
        """Return how many accounts and contacts there are; finds all that `records` would find."""
        counted = Counter(accounts=0, contacts=0)
        for account in self._read(self._doubtful(counted)):
            counted.update(accounts=1, contacts=len(account.contacts))
        for item in self._tell_apart():
            counted["accounts"] -= 1
            counted["contacts"] -= self._survey.names[item] != 0
        return dict(counted)

    def _sound(self, groups: Iterable[list[int]]) -> Iterator[list[int]]:
        """Yield the rows of each company, among `groups`, that is known to be one."""
        survey, outcome, source = self._survey, self._outcome, self._survey.source
        ambiguous, doubles = self._groups.ambiguous, self._groups.doubles
        for members in groups:
            first = members[0]
            if first in ambiguous:
                one, other = (source(item)[1] for item in ambiguous[first])
                message = (
                    f"could be the company on line {one} or the one on line {other}; "
                    "say which by a code, VAT number or postcode"
                )
            elif self._keyless[first] and not survey.alone[first]:
                keys = ", ".join(survey.match_account)
                message = f"has none of {keys}, by which a later run would know it again"
            else:
                if first in doubles and self._doubles != "off":
                    self._tell_double(members, *doubles[first])
                yield members
                continue
            for item in members:
                outcome.reject(source(item), message)

    def _note_padded(self) -> None:
        """Note companies whose codes differ in the zeros before them only: 0123 and 123."""
        codes, bare = self._survey.raw("Code"), self._survey.bare_codes
        doubles = self._groups.doubles
        if bare:
            for members in shared(array("q", map(_bare, codes, bare))):
                firsts: dict[int, int] = {}
                for item in members:
                    firsts.setdefault(codes[item], item)
                one, *others = firsts.values()
                for item in others:
                    doubles.setdefault(self._groups.first(item), ("Code", one))

    def _tell_double(self, members: Sequence[int], key: str, other: int) -> None:
        survey = self._survey
        first = members[0]
        but = "but for zeros before it" if key == "Code" else self._apart(first, other)
        tell = self._outcome.reject if self._doubles == "error" else self._outcome.warn
        for item in members if self._doubles == "error" else members[:1]:
            tell(
                survey.source(item),
                f"has the {_IN_WORDS.get(key, 'code')} of "
                f"{where(survey.source(other), survey.source(item))} {but}; "
                "they may be the same company",
                field_name=key.partition("+")[0],
            )

    def _apart(self, one: int, other: int) -> str:
        columns = ((name, self._survey.raw(name)) for name in self._survey.keys)
        apart = next(
            (name for name, column in columns if 0 != column[one] != column[other] != 0), "Code"
        )
        return f"but another {_IN_WORDS.get(apart, apart)}"

    def _doubtful(self, counted: Counter[str]) -> Iterator[list[int]]:
        """Yield the companies whose rows must be read again; the others are counted."""
        plain = self._plain()
        counted["accounts"] += sum(plain)
        counted["contacts"] += sum(map(bool, compress(self._survey.names, plain)))
        for members in self._sound(self._groups.besides(plain)):
            people = self._agreed(members)
            if people is None:
                yield members
            elif self._survey.source(members[0]) not in self._outcome.rejected:
                counted["accounts"] += 1
                counted["contacts"] += people

    def _plain(self) -> bytes:
        """Return 1 for each row that is a company by itself, of which there is nothing to say."""
        plain = bytearray(self._groups.single())
        for item in (*self._groups.ambiguous, *self._groups.doubles):
            plain[item] = 0
        nameless = map(gt, self._keyless, self._survey.alone)
        for item in compress(range(len(plain)), nameless):
            plain[item] = 0
        return bytes(plain)

    def _agreed(self, members: Sequence[int]) -> int | None:
        """Return how many people a company's rows name, None where rows may contradict."""
        survey = self._survey
        if len(members) == 1:
            return 1 if survey.names[members[0]] else 0
        if len({survey.accounts[item] for item in members}) > 1:
            return None
        people: dict[int, int] = {}
        for item in members:
            name = survey.names[item]
            if name and people.setdefault(name, survey.people[item]) != survey.people[item]:
                return None
        return len(people)

    def _read(self, groups: Iterable[list[int]]) -> Iterator[AccountRecord]:
        batch: list[list[int]] = []
        rows = 0
        for members in groups:
            if len(members) > _BATCH and contradictory(
                self._again(members), map(self._survey.source, members), self._outcome
            ):
                continue
            batch.append(members)
            rows += len(members)
            if rows >= _BATCH:
                yield from self._merged(batch)
                batch, rows = [], 0
        yield from self._merged(batch)

    def _merged(self, batch: Sequence[Sequence[int]]) -> Iterator[AccountRecord]:
        wanted = sorted(chain.from_iterable(batch))
        rows = dict(zip(wanted, self._again(wanted), strict=True))
        for members in batch:
            account = merge([rows.pop(item) for item in members], self._outcome)
            if account is not None:
                yield account

    def _tell_apart(self) -> Iterator[int]:
        """Refuse, and yield, the persons whom the next run would not tell from others."""
        survey, outcome = self._survey, self._outcome
        for namesakes in shared(survey.raw("Name")) if 1 in survey.alone else ():
            firsts = dict.fromkeys(self._groups.first(item) for item in namesakes)
            left = [one for one in firsts if survey.source(one) not in outcome.rejected]
            for item in left if len(left) > 1 else ():
                if self._keyless[item]:  # and so the only one of its group
                    outcome.reject(
                        survey.source(item),
                        "names a person whose name other rows have as well, and nothing tells "
                        "them apart; add an e-mail address, a postcode or a code",
                    )
                    yield item


def _bare(code: int, bare: int) -> int:
    return bare or code


def _zero_in_all(columns: Sequence[array[int]]) -> bytearray:
    """Return 1 for each row that has 0 in all columns, 0 for the others."""
    found = bytearray(len(columns[0]))
    for start in range(0, len(found), _BATCH):
        items: Sequence[int] = range(start, min(start + _BATCH, len(found)))
        for column in columns:
            items = [item for item in items if not column[item]]
        for item in items:
            found[item] = 1
    return found
