"""Joins records that are the same: by a person's answer, or as a company in two sources.

A company of the second source is matched as after an import of the first: to an existing account,
or to one that the first is about to create. Each source keeps its own numbers.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from exact_import.planning.decision import Decision, FoundAccounts
from exact_import.planning.evidence import Identity, compare
from exact_import.planning.matcher import AccountMatch, AccountMatcher
from exact_import.planning.matching import decide_account
from exact_import.records.merge import AccountRecord, merge_records
from exact_import.records.models import RowLocation, RowsRead
from exact_import.store.links import CONTENT
from exact_import.values.names import folded_names

_LINE = re.compile(r"line ([0-9]{1,9})(?: of (.+))?", re.IGNORECASE)


def join_answered(
    records: Sequence[AccountRecord], outcome: RowsRead
) -> tuple[Sequence[AccountRecord], dict[RowLocation, str]]:
    """Return `records` with those joined that a person said are the same, and the other answers.

    An answer "line 3" is the record of that line of the same file, "line 3 of b.csv" of another.
    Where two rows differ, the row that the answer names counts, with a warning in `outcome`.
    """
    places = {one: place for place, record in enumerate(records) for one in record.lines}
    left = dict(outcome.answers)
    merged = dict(enumerate(records))
    into: dict[int, int] = {}

    def home(place: int) -> int:
        while place in into:
            place = into[place]
        return place

    for location, answer in outcome.answers.items():
        match = _LINE.fullmatch(answer.strip())
        other = places.get((match[2] or location[0], int(match[1]))) if match else None
        ours = places.get(location)
        if other is None or ours is None or (ours := home(ours)) == (other := home(other)):
            continue
        del left[location]
        merged[other] = merge_records([merged[other], merged.pop(ours)], outcome)
        into[ours] = other
    return ([*merged.values()] if into else records), left


def join_sources(
    records: Sequence[AccountRecord],
    matches: Mapping[int, AccountMatch],
    matcher: AccountMatcher,
    outcome: RowsRead,
) -> Sequence[AccountRecord]:
    """Return `records` with those joined that are one company in different sources.

    If the sources differ, the value of the first is used, with a warning in `outcome`. Returns
    `records` itself if none are joined. No record is modified.
    """
    source_of = outcome.source_of
    if len({source_of(match.record.lines[0][0]) for match in matches.values()}) < 2:
        return records
    answers = outcome.answers
    joined: dict[int, Sequence[AccountRecord]] = {}
    gone: set[int] = set()
    for several in _alike(matches.values(), matcher, source_of, answers):
        if not gone.isdisjoint(one.place for one in several):
            continue
        # Records with an own number come first: an account gets that of its first row.
        first, *others = sorted(several, key=lambda one: (not one.record.own, one.place))
        joined[first.place] = [one.record for one in (first, *others)]
        gone.update(one.place for one in several)
    if not joined:
        return records
    gone -= joined.keys()
    return [
        merge_records(joined[place], outcome) if place in joined else record
        for place, record in enumerate(records)
        if place not in gone
    ]


def _alike(
    matches: Iterable[AccountMatch],
    matcher: AccountMatcher,
    source_of: Callable[[str], str],
    answers: Mapping[RowLocation, str],
) -> Iterator[Sequence[AccountMatch]]:
    """Yield the matches that are one company, one of each source."""
    together: defaultdict[str, list[AccountMatch]] = defaultdict(list)
    for match in matches:
        for key in _keys(match):
            together[key].append(match)
    for several in together.values():
        if len(several) < 2:
            continue
        lines = [match.record.lines for match in several]
        sources = Counter(
            source for one in lines for source in {source_of(file) for file, _ in one}
        )
        said = {answers[one].strip().casefold() for some in lines for one in some if one in answers}
        # Two of one source must be distinguished first.
        if (
            max(sources.values()) == 1
            and len(said - {""}) < 2
            and all(_are_one(one, other, matcher) for one, other in combinations(several, 2))
        ):
            yield several


def _keys(match: AccountMatch) -> Iterator[str]:
    """Yield what matches of one company share: an account, or a number, sign, or name and place."""
    account = match.by_itself.account
    if account is not None:
        yield f"account {account.id}"
    if match.found.held or (account is None and match.decision.deleted is None):
        places = {match.row.postcode, match.row.city} - {""} or {""}
        for name in filter(None, folded_names(match.row.name)):
            yield from (f"name {name} in {place}" for place in places)
        yield from (f"number {one}" for one in match.row.numbers.values())
        signs = (match.row.email, match.row.phone, match.row.website)
        yield from (f"sign {one}" for one in filter(None, signs))


def _are_one(one: AccountMatch, other: AccountMatch, matcher: AccountMatcher) -> bool:
    """Return True if everything known says that the records of two sources are one company."""
    if one.record.person != other.record.person or (
        one.row.own and other.row.own and matcher.numbered_alike(one.row, other.row)
    ):
        return False
    seen = compare(one.row, other.row)
    ours, theirs = one.by_itself.account, other.by_itself.account
    if ours is not None and theirs is not None and ours.id == theirs.id:
        # Each source is compared with its own last import.
        return not (_is_known(one) and _is_known(other))
    if seen.number_differs or seen.fiscal_unity:
        return False
    if one.found.held and other.found.held:
        asked = _asked(one.found)
        is_here = seen.name == "same" and seen.place is not False
        return bool(asked) and asked == _asked(other.found) and is_here
    if ours is not None or theirs is not None or one.found.held or other.found.held:
        return False
    first, second = sorted((one, other), key=lambda match: match.place)
    return decide_account(second.row, _as_account(second.row, first.row), "own").account is not None


def _as_account(row: Identity, other: Identity) -> FoundAccounts:
    """Return what `row` has in common with `other`, a new record, as if it already existed."""
    seen, known = compare(row, other), [replace(other, id="new")]
    spelled = seen.name == "spelling" and bool(seen.agrees & {"Postcode", "City"})
    return FoundAccounts(
        numbered=known * seen.number_agrees,
        named=known * (seen.name == "same"),
        similar=known * spelled,
        reached=known * bool(seen.agrees & {"Phone", "Email", "Website"}),
        neighbors=known * (bool(row.address) and row.address == other.address),
    )


def _is_known(match: AccountMatch) -> bool:
    """Return True if a person, an ID, or a link of the record's own source leads to its account."""
    return match.rank == 0 or match.by_itself.link == CONTENT


def _asked(found: Decision) -> set[str]:
    """Return the IDs of the accounts that a held record may be."""
    return {one.id for one in found.candidates if one.id}
