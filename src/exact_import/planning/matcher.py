"""All records of a file against Exact Online: which account each is, or why it must be asked.

What one record alone cannot tell is decided here: what the customer numbers of the file count,
what a person answered, two records that are one account, and new records that look alike.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from exact_import.planning.codes import CodeVerdict, NumberSeen, Remembered, judge_codes
from exact_import.planning.decision import CodeRule, Decision, candidate_of, hold, matched
from exact_import.planning.duplicates import likely_duplicate
from exact_import.planning.evidence import Identity, compare
from exact_import.planning.lookup import CROWD, AccountLookup, NamesInPlaces
from exact_import.planning.matching import agrees_with, by_link, decide_account
from exact_import.records.merge import AccountRecord, where
from exact_import.records.models import RowLocation
from exact_import.store.links import BARE_NUMBER, OWN_NUMBER, LinkKey
from exact_import.text import quote
from exact_import.values.names import name_words

NEW = "new"
_SETTLED_SEEN = (
    1_000  # records that need no planning, by whose numbers those of a source are judged
)
_LINE = re.compile(r"line ([0-9]{1,9})(?: of (.+))?", re.IGNORECASE)


@dataclass(slots=True)
class AccountMatch:
    """The decision about one record, with the keys by which it is to be linked.

    `answered` is True where a person said which account it is, or that it is a new one.
    """

    place: int
    record: AccountRecord
    row: Identity
    decision: Decision
    links: Sequence[LinkKey] = ()
    answered: bool = False


def join_answered(
    records: Sequence[AccountRecord], answers: Mapping[RowLocation, str]
) -> tuple[Sequence[AccountRecord], dict[RowLocation, str]]:
    """Return `records` with those put together that a person said are one, and the other answers.

    An answer "line 3" is the record of that line of the same file, "line 3 of b.csv" of another.
    """
    places = {one: place for place, record in enumerate(records) for one in record.lines}
    left = dict(answers)
    merged = dict(enumerate(records))
    into: dict[int, int] = {}

    def home(place: int) -> int:
        while place in into:
            place = into[place]
        return place

    for location, answer in answers.items():
        match = _LINE.fullmatch(answer.strip())
        other = places.get((match[2] or location[0], int(match[1]))) if match else None
        ours = places.get(location)
        if other is None or ours is None or (ours := home(ours)) == (other := home(other)):
            continue
        del left[location]
        merged[other] = _joined(merged[other], merged.pop(ours))
        into[ours] = other
    return ([*merged.values()] if into else records), left


def _joined(one: AccountRecord, other: AccountRecord) -> AccountRecord:
    given = {name: value for name, value in one.fields.items() if value is not None}
    return replace(
        one,
        fields={**other.fields, **given},
        lines=[*one.lines, *other.lines],
        contacts=[*one.contacts, *other.contacts],
        details=[*one.details, *other.details],
    )


def number_seen(
    row: Identity,
    known: Identity | None,
    coded: Sequence[Identity],
) -> NumberSeen:
    """Return what the customer number of a row says of the numbers of its file.

    `known` is the account that the row is by something else, None for none; `coded` are those with
    its number as their code.
    """
    account, code = ("", row.code) if known is None else (known.id, known.code)
    elsewhere = code != row.code
    if not coded:
        return NumberSeen(False, None, elsewhere, account)
    if not row.name and not row.numbers:
        return NumberSeen(True, None, elsewhere, account)
    agreeing = [one for one in coded if one.id == account or agrees_with(compare(row, one))]
    if agreeing and not elsewhere:
        return NumberSeen(True, True, False, agreeing[0].id)
    return NumberSeen(True, False, elsewhere, account)


class AccountMatcher:
    """Decides which account each of `records` is, with `answers` by row.

    `setting` is `[import] code`, `remembered` what was found of a source's customer numbers
    before. `verdicts` are what was found now.
    """

    def __init__(
        self,
        lookup: AccountLookup,
        answers: Mapping[RowLocation, str],
        *,
        setting: Literal["auto", "exact", "own"],
        remembered: Callable[[str], Remembered],
    ) -> None:
        self._lookup = lookup
        self._answers = answers
        self._setting = setting
        self._remembered = remembered
        self.verdicts: dict[str, CodeVerdict] = {}

    def match(
        self, records: Sequence[AccountRecord], settled: Mapping[int, str]
    ) -> dict[int, AccountMatch]:
        """Return the matches by place in `records`; `settled` has the other accounts."""
        rows = {
            place: self._lookup.identity(record)
            for place, record in enumerate(records)
            if place not in settled
        }
        known = {account: records[place] for place, account in settled.items()}
        self._judge(records, rows, settled)
        matches = {place: self._one(place, records[place], row) for place, row in rows.items()}
        self._part_numbered(matches, known)
        self._hold_shared(matches, set(settled.values()))
        self._hold_alike(matches)
        return matches

    # --- what customer numbers count

    def _judge(
        self,
        records: Sequence[AccountRecord],
        rows: Mapping[int, Identity],
        settled: Mapping[int, str],
    ) -> None:
        by_source: defaultdict[str, list[int]] = defaultdict(list)
        unchanged: defaultdict[str, list[int]] = defaultdict(list)
        for place, record in enumerate(records):
            source = self._lookup.source_of(record)
            if place in rows and rows[place].code:
                by_source[source].append(place)
            elif place in settled and record.fields.get("Code"):
                unchanged[source].append(place)
        for source, places in by_source.items():
            seen: list[NumberSeen] = []
            remembered = self._remembered(source)
            if self._setting == "auto":
                seen = [self._seen(records[place], rows[place]) for place in places]
                if not remembered:
                    some = unchanged.pop(source, [])[:_SETTLED_SEEN]
                    seen += [self._seen_settled(records[one], settled[one]) for one in some]
            self.verdicts[source] = judge_codes(
                seen,
                setting=self._setting,
                remembered=remembered,
                settled=len(unchanged[source]),
            )

    def _seen(self, record: AccountRecord, row: Identity) -> NumberSeen:
        known = self._decide(record, row, self._lookup.keys(record), "own").account
        return number_seen(row, known, self._lookup.coded(row))

    def _seen_settled(self, record: AccountRecord, account_id: str) -> NumberSeen:
        """Return what the number of a record that needs no planning says."""
        row = self._lookup.identity(record)
        return number_seen(row, self._lookup.account(account_id), self._lookup.coded(row))

    # --- one record

    def _one(
        self, place: int, record: AccountRecord, row: Identity, without: Collection[str] = ()
    ) -> AccountMatch:
        """Return the decision about a record that is not one of the accounts `without`."""
        links = [self._lookup.content_key(record), *self._lookup.keys(record)]
        verdict = self.verdicts.get(self._lookup.source_of(record))
        rule = verdict.rule if verdict is not None else "own"
        decision = self._decide(record, row, links, rule, without)
        # A number without zeros needs no link to what it would be without zeros.
        if not record.own.startswith("0"):
            links = [key for key in links if key.key != BARE_NUMBER]
        match = AccountMatch(place, record, row, decision, tuple(links))
        answer = next((self._answers[one] for one in record.lines if one in self._answers), "")
        if answer.strip():
            self._follow(match, answer.strip())
        elif decision.account is None and not decision.held and decision.deleted is None:
            gone = self._lookup.gone(row)
            if gone is not None:
                deleted = Identity(str(gone.fields.get("Name") or ""), gone.id)
                match.decision = replace(decision, deleted=deleted)
        return match

    def _decide(
        self,
        record: AccountRecord,
        row: Identity,
        links: Sequence[LinkKey],
        rule: CodeRule,
        without: Collection[str] = (),
    ) -> Decision:
        found = self._lookup.by_link(record, links)
        linked = by_link(row, found.linked) if found.by_id is None else None
        # What a link leads to needs no further look-up.
        if found.by_id is None and (linked is None or linked.deleted is not None):
            found = self._lookup.found(record, row, found)
            if without:
                found = found.without(without)
        return decide_account(row, found, rule, alone=self._lookup.is_alone(row))

    def _follow(self, match: AccountMatch, answer: str) -> None:
        """Follow a person's answer: the code or ID of any account, or "new".

        An answer that names none holds the record, unless it is about a contact person.
        """
        decision = match.decision
        if answer.casefold() == NEW:
            if decision.account is None:
                match.decision = Decision(matched_by=NEW)
                match.answered = True
            return
        account = self._answered_account(match, answer)
        if account is not None:
            match.decision = matched(match.row, account, "answer")
            match.answered = True
        elif decision.held or not self._lookup.is_contact(answer):
            why = f"{quote(answer)} is not the code or ID of an account in Exact Online"
            if decision.held:
                match.decision = replace(decision, why=f"{why}; {decision.why}")
            else:
                why += "; correct the answer, or remove it"
                known = [decision.account] if decision.account is not None else []
                match.decision = hold("contradiction", why, match.row, known)

    def _answered_account(self, match: AccountMatch, answer: str) -> Identity | None:
        wanted = answer.casefold().lstrip("0")
        for one in match.decision.candidates:
            if one.id and wanted in (one.id, one.code.casefold().lstrip("0")):
                return self._lookup.by_answer(one.id)
        return self._lookup.by_answer(answer)

    # --- records together

    def _part_numbered(
        self, matches: dict[int, AccountMatch], settled: Mapping[str, AccountRecord]
    ) -> None:
        """Look again for records whose account is that of another number of the same source.

        Rows of different own numbers are different companies, with a warning.
        """
        owners = {account: record for account, record in settled.items() if record.own}
        for match in matches.values():
            account = match.decision.account
            if account is not None and match.record.own and _rank(match) < 2:
                owners.setdefault(account.id, match.record)
        for place, match in matches.items():
            decision = match.decision
            if not match.record.own or _rank(match) < 2:
                continue
            meant = {one.id for one in decision.candidates}
            meant |= {decision.account.id} if decision.account is not None else set()
            others = {
                one: owners[one]
                for one in meant & owners.keys()
                if owners[one].own != match.record.own
                and self._lookup.source_of(owners[one]) == self._lookup.source_of(match.record)
            }
            if others:
                again = self._one(place, match.record, match.row, others.keys())
                row = where(next(iter(others.values())).lines[0], match.record.lines[0])
                note = f"may be a duplicate of {row}, which has another customer number"
                again.decision = replace(again.decision, notes=(*again.decision.notes, note))
                matches[place] = again

    def _hold_shared(self, matches: Mapping[int, AccountMatch], taken: set[str]) -> None:
        """Hold records that are one account, except a record that a link or a person says it is."""
        claims: defaultdict[str, list[AccountMatch]] = defaultdict(list)
        for match in matches.values():
            if match.decision.account is not None:
                claims[match.decision.account.id].append(match)
        for account_id, several in claims.items():
            if len(several) < 2 and account_id not in taken:
                continue
            ranks = [_rank(match) for match in several]
            best = min(ranks)
            sole = ranks.count(best) == 1 and account_id not in taken
            for match, rank in zip(several, ranks, strict=True):
                if rank == 0 or (sole and rank == best):
                    continue
                other = next((one for one in several if one is not match), None)
                line = "another row"
                if other is not None:
                    line = where(other.record.lines[0], match.record.lines[0])
                match.decision = Decision(
                    why=f"is the same account in Exact Online as {line}; give both rows the "
                    "same customer number, or answer which record each of them is",
                    reason="shared",
                    candidates=(candidate_of(match.row, self._lookup.account(account_id)),),
                )

    def _hold_alike(self, matches: Mapping[int, AccountMatch]) -> None:
        """Hold new records that may be a new one on an earlier row."""
        earlier = _NewRecords()
        for match in matches.values():
            decision = match.decision
            if decision.account is not None or decision.held or decision.deleted is not None:
                continue
            if decision.matched_by != NEW:
                doubt = likely_duplicate(match.row, earlier.like(match.row))
                if doubt is not None:
                    own, other = match.row.own, earlier.own_of(doubt)
                    if own and other and own != other:
                        match.decision = replace(decision, notes=(doubt.why,))
                    else:
                        match.decision = doubt
                        continue
            earlier.add(match.row)


def _rank(match: AccountMatch) -> int:
    """Return how sure a match is, 0 for what a person, an ID or an own number says."""
    by, evidence = match.decision.matched_by, match.decision.evidence
    if by in ("answer", "ID") or match.decision.link == OWN_NUMBER:
        return 0
    if by in ("link", "Code"):
        return 1
    placed = bool({"Postcode", "City"} & set(evidence))
    return 2 if "Name" in evidence and placed else 3


class _NewRecords:
    """The new records so far, found by what they have in common with another."""

    def __init__(self) -> None:
        self._rows: list[Identity] = []
        self._own: dict[RowLocation, str] = {}
        self._names = NamesInPlaces[int]()
        self._signs: defaultdict[tuple[str, str], list[int]] = defaultdict(list)

    def add(self, row: Identity) -> None:
        number = len(self._rows)
        self._rows.append(row)
        if row.line is not None:
            self._own.setdefault(row.line, row.own)
        self._names.add({row.postcode, row.city} - {""}, name_words(row.name), number)
        for sign in self._signs_of(row):
            self._signs[sign].append(number)

    def like(self, row: Identity) -> Iterable[Identity]:
        words = name_words(row.name)
        found: set[int] = set()
        for place in {row.postcode, row.city} - {""}:
            found.update(self._names.spellings(place, words, same=True))
        for sign in self._signs_of(row):
            having = self._signs.get(sign, ())
            found.update(having if len(having) <= CROWD else ())
        return [self._rows[number] for number in sorted(found)]

    def own_of(self, doubt: Decision) -> str:
        line = doubt.candidates[0].line
        return "" if line is None else self._own.get(line, "")

    @staticmethod
    def _signs_of(row: Identity) -> list[tuple[str, str]]:
        signs = (
            ("Email", row.email),
            ("Phone", row.phone),
            ("Website", row.website),
            ("Address", row.address),
        )
        return [sign for sign in signs if sign[1]]
