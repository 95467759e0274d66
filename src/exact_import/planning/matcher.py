"""All records of a file against Exact Online: which account each is, or why a person must say.

Decides what needs more than one record: how the customer numbers of the file are treated, what a
person answered, two records that are one account, and new records that look alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from exact_import.fields import full_name
from exact_import.planning.codes import CodeVerdict, NumberSeen, Remembered, judge_codes
from exact_import.planning.contacts import emails
from exact_import.planning.decision import (
    NOBODY,
    CodeRule,
    Decision,
    candidate_of,
    hold,
    matched,
    shown,
)
from exact_import.planning.duplicates import NewRecords, likely_duplicate
from exact_import.planning.evidence import Identity, compare, compare_people
from exact_import.planning.lookup import AccountLookup
from exact_import.planning.matching import agrees_with, by_link, decide_account
from exact_import.records.merge import AccountRecord, where
from exact_import.records.models import NEW, RowLocation
from exact_import.store.links import BARE_NUMBER, OWN_NUMBER, LinkKey
from exact_import.store.mirror import Mirror, RemoteRecord
from exact_import.text import quote

# This many records that need no planning are enough to judge a source's numbers.
_SETTLED_SEEN = 1_000


@dataclass(slots=True)
class AccountMatch:
    """The decision about one record, with the keys by which it is linked.

    `found` is the decision about the record alone, before a person's answer. `answered` is True if
    a person said which account it is, or that it is a new one.
    """

    place: int
    record: AccountRecord
    row: Identity
    decision: Decision
    links: Sequence[LinkKey] = ()
    answered: bool = False
    found: Decision = NOBODY

    @property
    def by_itself(self) -> Decision:
        """The decision about the record alone."""
        return self.decision if self.answered else self.found

    @property
    def is_new(self) -> bool:
        """True if the record is a new account, and no person said so."""
        return self.decision.is_new and self.decision.matched_by != NEW

    @property
    def rank(self) -> int:
        """The rank of the match: 0 for a person's answer, an ID or an own number."""
        by, evidence = self.by_itself.matched_by, self.by_itself.evidence
        if by in ("answer", "ID") or self.by_itself.link == OWN_NUMBER:
            return 0
        if by in ("link", "Code"):
            return 1
        placed = bool({"Postcode", "City"} & set(evidence))
        return 2 if "Name" in evidence and placed else 3


def number_seen(
    row: Identity,
    known: Identity | None,
    coded: Sequence[Identity],
) -> NumberSeen:
    """Return what the customer number of a row shows about the numbers of its file.

    `known` is the account that the row is by something else, None for none; `coded` are the
    accounts with its number as their code.
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

    `setting` is `[import] code`, `remembered` what earlier imports found about a source's customer
    numbers. `verdicts` are the results of this import; given ones are not judged again.
    """

    def __init__(
        self,
        lookup: AccountLookup,
        answers: Mapping[RowLocation, str],
        *,
        setting: Literal["auto", "exact", "own"],
        remembered: Callable[[str], Remembered],
        verdicts: Mapping[str, CodeVerdict] | None = None,
    ) -> None:
        self._lookup = lookup
        self._answers = answers
        self._setting = setting
        self._remembered = remembered
        self.verdicts: dict[str, CodeVerdict] = {**(verdicts or {})}

    def match(
        self, records: Sequence[AccountRecord], settled: Mapping[int, str]
    ) -> dict[int, AccountMatch]:
        """Return the matches by index in `records`; `settled` has the other accounts."""
        rows = {
            place: self._lookup.identity(record)
            for place, record in enumerate(records)
            if place not in settled
        }
        known = {account: records[place] for place, account in settled.items()}
        self._judge(records, rows, settled)
        matches = {place: self._one(place, records[place], row) for place, row in rows.items()}
        self._part_numbered(matches, known)
        self._hold_shared(matches, known)
        self._hold_alike(matches)
        return matches

    # --- customer numbers

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
            if source in self.verdicts:
                continue
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
        """Return what the number of a record that needs no planning shows."""
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
        match = AccountMatch(place, record, row, decision, tuple(links), found=decision)
        answer = next((self._answers[one] for one in record.lines if one in self._answers), "")
        if answer.strip():
            self._follow(match, answer.strip())
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
        if any(one.may_mislead(row) for one in found.linked):
            named, numbered = self._lookup.named(row), self._lookup.numbered(row)
            found = replace(found, named=named, numbered=numbered)
        rivals = (*found.named, *found.numbered)
        linked = by_link(row, found.linked, rivals) if found.by_id is None else None
        # An account that a link leads to needs no further look-up.
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

    def numbered_alike(self, one: Identity, other: Identity) -> bool:
        """Return True if the own numbers of two rows belong to one system.

        That is the same source, or two sources whose numbers are Exact Online's codes.
        """
        return self._numbering_at(one.line) == self._numbering_at(other.line)

    def _numbering(self, record: AccountRecord) -> str:
        return self._numbering_at(record.lines[0] if record.lines else None)

    def _numbering_at(self, line: RowLocation | None) -> str:
        """Return the number system of the row at `line`: its source, "" for Exact's codes."""
        source = self._lookup.source_at(line)
        verdict = self.verdicts.get(source)
        return "" if verdict is not None and verdict.rule == "exact" else source

    def _part_numbered(
        self, matches: dict[int, AccountMatch], settled: Mapping[str, AccountRecord]
    ) -> None:
        """Match records again if their account belongs to another number of the same source.

        Rows with different own numbers are different companies, with a warning.
        """
        owners = {account: record for account, record in settled.items() if record.own}
        for match in matches.values():
            account = match.decision.account
            if account is not None and match.record.own and match.rank < 2:
                owners.setdefault(account.id, match.record)
        for place, match in matches.items():
            decision = match.decision
            if not match.record.own or match.rank < 2:
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
                note = f"may be a duplicate of {row}, which has a different customer number"
                again.decision = replace(again.decision, notes=(*again.decision.notes, note))
                matches[place] = again

    def _hold_shared(
        self, matches: Mapping[int, AccountMatch], settled: Mapping[str, AccountRecord]
    ) -> None:
        """Hold records that are the same account, except one that a link or a person confirms.

        Records of two sources may be the same: each is compared with its own source's last import.
        """
        taken = {(account, self._numbering(one)) for account, one in settled.items()}
        claims: defaultdict[tuple[str, str], list[AccountMatch]] = defaultdict(list)
        for match in matches.values():
            if match.decision.account is not None:
                claims[match.decision.account.id, self._numbering(match.record)].append(match)
        for (account_id, numbering), several in claims.items():
            is_taken = (account_id, numbering) in taken
            if len(several) < 2 and not is_taken:
                continue
            ranks = [match.rank for match in several]
            best = min(ranks)
            sole = ranks.count(best) == 1 and not is_taken
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
        """Hold new records that may be the new record of an earlier row."""
        earlier = NewRecords()
        for match in matches.values():
            decision = match.decision
            if not decision.is_new:
                continue
            if decision.matched_by != NEW:
                branch = partial(self.numbered_alike, match.row)
                doubt = likely_duplicate(match.row, earlier.like(match.row), branch)
                if doubt is not None:
                    own, other = match.row.own, earlier.meant(doubt.candidates[0])
                    if own and other.own not in ("", own) and branch(other):
                        match.decision = replace(decision, notes=(doubt.why,))
                    else:
                        match.decision = doubt
                        continue
            earlier.add(match.row)


def hold_contact_persons(
    matches: Mapping[int, AccountMatch], mirror: Mirror, lookup: AccountLookup
) -> None:
    """Hold new private persons whose name and e-mail address a contact of a company has.

    A row without a company name may be a private customer, or a person whose company is missing.
    """
    new = [
        match for match in matches.values() if match.row.person and match.row.email and match.is_new
    ]
    if not new:
        return
    known: defaultdict[str, list[RemoteRecord]] = defaultdict(list)
    for contact in mirror.contacts_with_email({match.row.email for match in new}):
        for email in emails(contact.fields):
            known[email].append(contact)
    for match in new:
        same = [
            one
            for one in known.get(match.row.email, ())
            if compare_people(match.row.name, full_name(one.fields)) == "same"
        ]
        accounts = [lookup.account(str(one.account)) for one in same]
        if accounts:
            others = f" and {len(accounts) - 1} more" if len(accounts) > 1 else ""
            why = (
                f"may be {quote(full_name(same[0].fields))}, a contact of {shown(accounts[0])}"
                f"{others}, who has the same e-mail address"
            )
            match.decision = hold("likely", why, match.row, accounts)
