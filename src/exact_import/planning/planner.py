"""Makes a plan from records and the mirror: what to create, update field by field, and keep.

Planning reads the mirror and decides; it sends nothing and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, cast

from exact_import.exact.client import Client
from exact_import.planning.brake import Brake
from exact_import.planning.changes import RecordChanges, skip
from exact_import.planning.codes import CodeVerdict, NewCodes, Remembered
from exact_import.planning.contacts import DeletedRecords
from exact_import.planning.decide import fingerprint, following_person, named, unchanged
from exact_import.planning.details import DetailPlanner, resolve
from exact_import.planning.joining import join_answered, join_sources
from exact_import.planning.late import LateRecords
from exact_import.planning.lookup import AccountLookup
from exact_import.planning.matcher import AccountMatch, AccountMatcher, hold_contact_persons
from exact_import.planning.people import PeoplePlanner, held_person, label_of
from exact_import.planning.plan import (
    AccountChanges,
    Change,
    HeldRecord,
    Plan,
    PlanRules,
    address_of,
    with_addresses,
)
from exact_import.records.merge import AccountRecord
from exact_import.records.models import DetailRecord, RowLocation, RowsRead
from exact_import.store.division import DivisionStore
from exact_import.store.links import OWN_NUMBER
from exact_import.store.mirror import RemoteRecord
from exact_import.text import quote
from exact_import.values.identifiers import has_belgian_number
from exact_import.values.names import compare_names


def plan_records(
    records: Sequence[AccountRecord],
    rules: PlanRules,
    *,
    store: DivisionStore,
    client: Client,
    rows: RowsRead,
    notes: list[str],
) -> Plan:
    """Return the plan for `records`; problems of rows are noted in `rows`.

    Costs a call for each list of references that is used and was not read today, and for each kind
    of details of an existing account that differ from the file's last import.
    """
    resolved = resolve(records, rules, client, store, rows, notes)
    planner = Planner(store, rules, rows, notes)
    plan = planner.plan(resolved)
    DetailPlanner(store.mirror, client, rules.mode, rows).add(planner.details)
    return plan


class _Matched(NamedTuple):
    """The matched records of all files: matches by index, and the `settled` accounts."""

    lookup: AccountLookup
    matcher: AccountMatcher
    matches: dict[int, AccountMatch]
    settled: Mapping[int, str]
    digests: Sequence[bytes]


class Planner:
    """Makes the plan for records against a store; rejected rows are noted in `outcome`.

    Afterwards, `details` holds the bank accounts and addresses of each planned account, to be
    planned next; `notes` get messages about the file as a whole. No record is modified: planning
    copies it.
    """

    def __init__(
        self, store: DivisionStore, rules: PlanRules, outcome: RowsRead, notes: list[str]
    ) -> None:
        self._store = store
        self._mirror = store.mirror
        self._rules = rules
        self._outcome = outcome
        self._notes = notes
        self._changes = RecordChanges(store.mirror, rules, outcome)
        self._deleted = DeletedRecords(store.mirror, rules.recreate, outcome)
        self._codes = NewCodes(self._changes)
        self._late = LateRecords(store)
        self._people = PeoplePlanner(
            store, rules, outcome, self._changes, self._deleted, self._late
        )
        self.details: list[tuple[AccountChanges, Sequence[DetailRecord]]] = []

    def plan(self, records: Sequence[AccountRecord]) -> Plan:
        """Return the plan for `records`, in their order."""
        plan = Plan()
        records, answers = join_answered(records, self._outcome)
        found = self._match(records, answers)
        while True:
            joined = join_sources(records, found.matches, found.matcher, self._outcome)
            if joined is records:
                break
            records = joined
            found = self._match(records, answers, found.matcher.verdicts)
        lookup, matcher, matches, settled, digests = found
        self._late.hold_accounts(matches, settled, lookup)
        hold_contact_persons(matches, self._mirror, lookup)
        brake = Brake(matches, settled, lookup, self._store.links)
        for place, record in enumerate(records):
            if place in settled:
                plan.leave_out(record, self._outcome.rejected)
                self._check_number(plan, record, settled[place])
                continue
            # Not kept: the matches take as much memory as the plan.
            company = self._planned(plan, matches.pop(place), lookup, matcher)
            if company is None:
                continue
            self._check_number(plan, record, company.account.id)
            if company.agrees and len(company.contacts) == len(record.contacts):
                company.fingerprint = digests[place]
            if company.agrees:
                company.drop_known_bases()
            if self._rules.limit is not None and place >= self._rules.limit:
                skip(company.changes())
            plan.companies.append(company)
            if record.details:
                self.details.append((company, record.details))
        self._note_numbers(plan, matcher)
        plan.held = with_addresses(plan.held, self._mirror, records)
        self._notes += self._changes.assumptions()
        plan.alarms += brake.alarms(plan)
        return plan

    def _check_number(self, plan: Plan, record: AccountRecord, known: str | None) -> None:
        file, get = record.lines[0][0], self._mirror.get
        country = self._rules.countries.get(file, self._rules.home or "")
        if file in self._rules.with_numbers and lacks_number(
            record, lambda: get("account", known) if known else None, country
        ):
            plan.unnumbered.append((record.lines[0], str(record.fields.get("Name") or "")))

    def _match(
        self,
        records: Sequence[AccountRecord],
        answers: Mapping[RowLocation, str],
        verdicts: Mapping[str, CodeVerdict] | None = None,
    ) -> _Matched:
        lookup = AccountLookup(self._mirror, self._store.links, self._outcome.source_of, records)
        sources = map(lookup.source_of, records)
        digests = list(map(fingerprint(self._rules.digest()), records, sources))
        answered = {
            place
            for place, record in enumerate(records)
            if self._outcome.answers and self._outcome.answer(record.lines)
        }
        known = {} if self._rules.every else self._mirror.fingerprints.find(digests)
        settled = unchanged(records, digests, known, self._mirror.account_ids_by, answered)
        matcher = AccountMatcher(
            lookup,
            answers,
            setting=self._rules.code,
            remembered=self._remembered,
            verdicts=verdicts,
        )
        matches = matcher.match(records, settled) if len(settled) < len(records) else {}
        return _Matched(lookup, matcher, matches, settled, digests)

    def _remembered(self, source: str) -> Remembered:
        return cast("Remembered", self._store.journal.fact(self._fact(source)) or "")

    def _fact(self, source: str) -> str:
        return f"codes {self._store.scope} {source}"

    def _note_numbers(self, plan: Plan, matcher: AccountMatcher) -> None:
        several = len(matcher.verdicts) > 1
        for source, verdict in matcher.verdicts.items():
            message = f"{source}: {verdict.message}" if several else verdict.message
            news = not verdict.remember or self._remembered(source) != verdict.remember
            if verdict.reopened:
                plan.alarms.append(message)
            elif verdict.message and news and (self._codes.given or not verdict.send):
                self._notes.append(message)
            if verdict.remember:
                plan.facts[self._fact(source)] = verdict.remember

    def _planned(
        self, plan: Plan, match: AccountMatch, lookup: AccountLookup, matcher: AccountMatcher
    ) -> AccountChanges | None:
        """Return the changes of one record; None if it is held or rejected."""
        record, decision = match.record, match.decision
        for note in decision.notes:
            # The notes of a new record say which other record it may be; its rows may say so first.
            new = decision.account is None
            if not new or record.lines[0] not in self._outcome.duplicates:
                self._changes.warn(record.lines, note, duplicate=new)
        if decision.held:
            if self._rules.held == "hold" or decision.reason not in ("likely", "ambiguous"):
                self._hold(plan, match)
                return None
            made = f"created as new (held = create); {decision.why}"
            self._changes.warn(record.lines, made, duplicate=True)
        held = self._mirror.get("account", decision.account.id) if decision.account else None
        gone = self._mirror.get("account", decision.deleted.id) if decision.deleted else None
        if held is None:
            verdict = matcher.verdicts.get(lookup.source_of(record))
            sends = verdict is None or verdict.send
            sends = sends and self._codes.is_free(record, match.row, lookup)
            constants = self._rules.constants.get("account", ())
            found = named(record, constants, gone.fields if gone is not None else None)
            if found is None:
                several = "the rows name several people, and so " if record.contacts[1:] else ""
                self._changes.reject(
                    record.lines,
                    f"no account in Exact Online has this code, ID or number, and {several}"
                    "there is no name to create one with; fill in the name of the company",
                )
                return None
            record = found if sends else found.without("Code")
        company = self._company(plan, record, match, held, gone)
        self._codes.reject_same(company.account)
        if all(source in self._outcome.rejected for source in record.lines):
            return None
        return company

    def _hold(self, plan: Plan, match: AccountMatch) -> None:
        record, decision = match.record, match.decision
        label = str(record.fields.get("Name") or (record.contacts and label_of(record.contacts[0])))
        lines, address = tuple(record.lines), address_of("account", record.fields)
        plan.held.append(
            HeldRecord("account", lines, label, decision.why, decision.candidates, address)
        )
        why = f"its company, {quote(label)}, is held"
        plan.held += [held_person(person, why) for person in record.contacts]

    def _company(
        self,
        plan: Plan,
        record: AccountRecord,
        match: AccountMatch,
        held: RemoteRecord | None,
        gone: RemoteRecord | None,
    ) -> AccountChanges:
        if held is None and gone is not None and self._deleted.company(record, gone):
            company = AccountChanges(self._changes.kept(record.lines, "account", record.fields))
            for person in record.contacts:
                contact = self._changes.kept(person.lines, "contact", person.fields)
                contact.account = company.account
                company.contacts.append(contact)
            return company
        matches = self._people.matched(record, held)
        known = matches[0].record if len(record.contacts) == 1 and matches else None
        if held is not None and known is not None:
            record = following_person(record, held, known)
        contacts = self._people.planned(plan, record, held, matches)
        main = next(
            (
                change
                for person, change in zip(record.contacts, contacts, strict=True)
                if person.main and change is not None
            ),
            None,
        )
        if main is not None and main.id is not None:
            record = replace(record, fields={**record.fields, "MainContact": main.id})
            main = None
        account = self._account(record, match, held)
        peopled = held is not None and (
            held.fields.get("MainContact") or self._mirror.contacts_of(held.id)
        )
        if main is not None and not peopled:
            # The first contact of an account becomes its main contact automatically.
            contacts.sort(key=lambda change: change is not main)
        elif main is not None and main.action == "create" and account.action != "skipped":
            account.main = main
            if account.action in ("unchanged", "kept") and self._rules.mode != "create":
                account.action = "update"
        company = AccountChanges(account)
        for change in contacts:
            if change is not None:
                change.account = account
                if account.action == "skipped" and account.id is None:
                    change.action = "skipped"
                company.contacts.append(change)
        return company

    def _account(
        self, record: AccountRecord, match: AccountMatch, held: RemoteRecord | None
    ) -> Change:
        decision = match.decision
        account = (
            self._changes.create_account(record)
            if held is None
            else self._changes.update(record, held, decision.matched_by)
        )
        known, new = account.fields.get("Name", ("", ""))
        if (
            decision.matched_by not in ("ID", "Code", "answer")
            and decision.link != OWN_NUMBER
            and compare_names(str(known or ""), str(new or "")) == "none"
        ):
            self._changes.warn(
                account.lines,
                f"gives {quote(str(known))} a completely different name; is it the same person or "
                "company?",
                "Name",
            )
        account.matched = decision.matched_by if held is not None else ""
        account.evidence = decision.evidence
        account.links = tuple(match.links)
        account.answered = match.answered
        account.differing = [
            (self._outcome.source_of(file), name, value) for file, name, value in record.differing
        ]
        return account


# --- numbers for electronic invoices


def lacks_number(
    record: AccountRecord, held: Callable[[], RemoteRecord | None], country: str
) -> bool:
    """Return True if a row's company is a Belgian customer without a number for e-invoices.

    Since January 2026, Belgian companies get their invoices through Peppol, which identifies a
    company by its enterprise number (scheme 0208), unless it has another participant ID.

    `held` returns its account in Exact Online, None for a new one; it is called only if the row
    does not decide. `country` (ISO-2) is that of rows without one.
    """
    if record.person or _has_number(record.fields):
        return False
    if not _needs_number(record.fields, "BE"):
        return False
    account = held()
    known = account.fields if account is not None else {}
    stated = {name: value for name, value in record.fields.items() if value}
    return _needs_number({**known, **stated}, country) and not _has_belgian(known)


def _needs_number(fields: Mapping[str, Any], country: str) -> bool:
    """Return True for a customer in Belgium without another participant ID."""
    return (
        (fields.get("Country") or country) == "BE"
        and str(fields.get("Status") or "").strip() in ("", "C")
        and not str(fields.get("PeppolIdentifier") or "").strip()
    )


def _has_number(row: Mapping[str, Any]) -> bool:
    # The check digits of a row's VAT number have already been checked.
    return str(row.get("VATNumber") or "").startswith("BE") or _has_belgian(row)


def _has_belgian(fields: Mapping[str, Any]) -> bool:
    return has_belgian_number(*(fields.get(name) for name in ("VATNumber", "ChamberOfCommerce")))
