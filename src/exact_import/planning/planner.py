"""Records and the mirror make a plan: what to create, what to update field by field, what to keep.

Planning reads the mirror and decides; it sends nothing and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from exact_import.exact.client import Client
from exact_import.fields import Field, Kind, catalogue, full_name
from exact_import.planning.decide import (
    Base,
    FieldRule,
    decide,
    fingerprint,
    following_person,
    named,
    unchanged,
)
from exact_import.planning.details import DetailPlanner, resolve
from exact_import.planning.matching import (
    Claims,
    DeletedRecords,
    Match,
    are_strange,
    match_account,
    match_contacts,
)
from exact_import.planning.plan import AccountChanges, Change, Plan, PlanRules
from exact_import.records.merge import AccountRecord, ContactRecord
from exact_import.records.models import DetailRecord, RowLocation, RowsRead, fold
from exact_import.store.division import DivisionStore
from exact_import.store.mirror import Mirror, RemoteRecord
from exact_import.text import quote

# Never part of an update: the key of the address, and what Exact Online refuses to see again
# even unchanged (docs/exact-online.md, Codes).
_NEVER_UPDATED = frozenset({"ID", "Code", "Account"})


def plan_records(
    records: Sequence[AccountRecord],
    rules: PlanRules,
    *,
    store: DivisionStore,
    client: Client,
    rows: RowsRead,
    notes: list[str],
) -> Plan:
    """Return the plan for `records`; what is wrong with rows is noted in `rows`.

    Costs a call for each list of references that is used and was not read today, and for each kind
    of details of an existing account that differ from the file's last import.
    """
    resolved = resolve(records, rules, client, store, rows, notes)
    planner = Planner(store.mirror, rules, rows, store.made_here)
    plan = planner.plan(resolved)
    DetailPlanner(store.mirror, client, rules.mode).add(planner.details)
    return plan


class Planner:
    """Makes the plan for records against a mirror, noting rows it must refuse in `outcome`.

    `details` then holds the bank accounts and addresses of each planned account, for whoever plans
    those. No record is written to: what planning makes of one is a copy.
    """

    def __init__(
        self,
        mirror: Mirror,
        rules: PlanRules,
        outcome: RowsRead,
        made_here: Callable[[str], bool],
    ) -> None:
        self._mirror = mirror
        self._rules = rules
        self._outcome = outcome
        self._made_here = made_here
        self._departed = DeletedRecords(mirror, rules.recreate)
        self._field_rules: dict[tuple[Kind, str, bool], FieldRule] = {}
        self.details: list[tuple[AccountChanges, Sequence[DetailRecord]]] = []

    def plan(self, records: Sequence[AccountRecord]) -> Plan:
        """Return the plan for `records`, in their order."""
        plan = Plan()
        matched: dict[str, AccountChanges] = {}
        claims = Claims(records, self._rules.match_account)
        digests = list(map(fingerprint(self._rules.digest()), records))
        settled = (
            {}
            if self._rules.every
            else unchanged(records, digests, self._mirror, self._rules.match_account)
        )
        for place, record in enumerate(records):
            if place in settled:
                plan.leave_out(record, self._outcome.rejected)
                continue
            match = match_account(record, claims, self._mirror, self._made_here)
            double = match.doubt if self._rules.doubles != "off" else ""
            if double and self._rules.doubles == "warning":
                self._warn(record.lines, double)
            elif double or match.problem:
                self._reject(record.lines, match.problem or double)
                continue
            gone = match.deleted.fields if match.deleted is not None else None
            constants = self._rules.constants.get("account", ())
            company_record = record if match.record else named(record, constants, gone)
            if company_record is None:
                several = "the rows name several people, and so " if record.contacts[1:] else ""
                self._reject(
                    record.lines,
                    f"no account in Exact Online has this code or ID, and {several}there is no "
                    "name to make a new one with; add a column with the name of the company",
                )
                continue
            if match.record is not None and match.record.id in matched:
                earlier = matched[match.record.id].account.lines[0][1]
                self._reject(
                    record.lines,
                    f"is the same account in Exact Online as line {earlier}; give both rows the "
                    "same code",
                )
                continue
            company = self._company(company_record, match.record, match.deleted)
            if match.matched_by not in ("ID", "Code"):
                self._doubt_name(company.account, match.matched_by)
            if all(source in self._outcome.rejected for source in record.lines):
                continue
            if match.record is not None:
                matched[match.record.id] = company
                if match.certain and len(company.contacts) == len(record.contacts):
                    company.fingerprint = digests[place]
            if self._rules.limit is not None and place >= self._rules.limit:
                _skip(company.changes())
            plan.companies.append(company)
            self.details.append((company, record.details))
        return plan

    def _doubt_name(self, change: Change, key: str) -> None:
        """Warn where an account would get a name that has nothing of the one it has."""
        known, said = change.fields.get("Name", (None, None))
        if change.action == "update" and known and said and are_strange(known, said):
            self._warn(
                change.lines,
                f"has the {key} of {_short(known)}, a wholly different name; are they the same?",
                "Name",
            )

    def _company(
        self, record: AccountRecord, held: RemoteRecord | None, gone: RemoteRecord | None
    ) -> AccountChanges:
        if held is None and gone is not None and self._departed.company(record, gone):
            company = AccountChanges(self._kept(record.lines, "account", record.fields))
            for person in record.contacts:
                contact = self._kept(person.lines, "contact", person.fields)
                contact.account = company.account
                company.contacts.append(contact)
            return company
        live = self._mirror.contacts_of(held.id) if held is not None else []
        matches = match_contacts(record.contacts, live)
        known = matches[0].record if len(record.contacts) == 1 and matches else None
        if held is not None and known is not None:
            record = following_person(record, held, known)
        contacts = self._contacts(record, held, matches)
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
        account = self._create_account(record) if held is None else self._update(record, held)
        if main is not None and main.action == "create" and account.action != "skipped":
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

    def _contacts(
        self,
        record: AccountRecord,
        held: RemoteRecord | None,
        matches: Mapping[int, Match],
    ) -> list[Change | None]:
        away = self._departed.people(record, held) if held is not None else set()
        changes: list[Change | None] = []
        for place, person in enumerate(record.contacts):
            match = matches.get(place, Match())
            if match.problem:
                self._reject(person.lines, match.problem)
                changes.append(None)
            elif match.record is not None:
                changes.append(
                    self._compare(person.lines, person.fields, match.record, _person_label(person))
                )
            elif other := self._elsewhere(person, held):
                self._reject(
                    person.lines,
                    f"has the ID of a contact of {other}, and Exact Online keeps a contact with "
                    "its account; clear contact.ID to make a new one here",
                )
                changes.append(None)
            elif place in away:
                changes.append(self._kept(person.lines, "contact", person.fields))
            else:
                changes.append(
                    self._create("contact", person.lines, person.fields, _person_label(person))
                )
        return changes

    def _elsewhere(self, person: ContactRecord, held: RemoteRecord | None) -> str:
        """Return what the account is called that has a person's ID, "" if that is `held`."""
        known = person.fields.get("ID") and self._mirror.get("contact", str(person.fields["ID"]))
        if not known or known.gone or (held is not None and known.account == held.id):
            return ""
        account = self._mirror.get("account", known.account or "")
        return quote(str(account.fields.get("Name") or "")) if account else "another account"

    def _kept(self, lines: list[RowLocation], kind: Kind, fields: Mapping[str, Any]) -> Change:
        label = str(fields.get("Name") or full_name(fields))
        self._warn(
            lines,
            f"{quote(label)} was deleted in Exact Online and its row has not changed since, so it "
            "is not made again (--recreate makes it)",
        )
        return Change(kind, "kept", lines, label)

    def _create_account(self, record: AccountRecord) -> Change:
        fields = {"Status": self._rules.new_account_status, **record.fields}
        return self._create("account", record.lines, fields, str(fields["Name"]))

    def _create(
        self, kind: Kind, lines: list[RowLocation], fields: Mapping[str, Any], label: str
    ) -> Change:
        known = catalogue(kind)
        change = Change(kind, "create", lines, label)
        for name, value in fields.items():
            if value is not None and name != "ID" and known[name].create:
                change.fields[name] = [None, value]
                change.base[name] = [value, value]
        for name in self._mapped(kind):
            change.base.setdefault(name, [None, None])
        if self._rules.mode == "update":
            _skip([change])
        return change

    def _mapped(self, kind: Kind) -> list[str]:
        """Return the fields that have cells: an empty one, too, is what the file said."""
        mapped = self._rules.mapped["contact" if kind == "contact" else "account"]
        known = catalogue(kind)
        return [name for name in mapped if known[name].update and name != "MainContact"]

    def _update(self, record: AccountRecord, held: RemoteRecord) -> Change:
        label = str(record.fields.get("Name") or held.fields.get("Name") or "")
        derived = frozenset({"Name", "Email"}) if record.person else frozenset[str]()
        return self._compare(record.lines, record.fields, held, label, derived)

    def _compare(
        self,
        lines: list[RowLocation],
        fields: Mapping[str, Any],
        held: RemoteRecord,
        label: str,
        derived: frozenset[str] = frozenset(),
    ) -> Change:
        known = catalogue(held.kind)
        change = Change(held.kind, "unchanged", lines, label, held.id)
        change.base = self._mirror.base(held.kind, held.id)
        for name in self._mapped(held.kind):
            if name not in fields:
                change.base.setdefault(name, [None, held.fields.get(name)])
        kept = False
        country = str(fields.get("Country") or "")
        for name, value in fields.items():
            if name in _NEVER_UPDATED or not known[name].update:
                continue
            column, current = known[name], held.fields.get(name)
            decision = decide(
                column,
                value,
                Base.of(change.base.get(name)),
                current,
                self._rule(column, name in derived),
                self._reader(column, country),
            )
            if decision == "same":
                change.base[name] = [value, current]
            elif decision == "keep":
                kept = True
                self._warn(
                    lines,
                    f"{name} was changed in Exact Online to {_short(current)} since the last "
                    f"import; the file's {_short(value)} was not sent",
                    name,
                )
            elif decision in ("update", "conflict"):
                if decision == "conflict":
                    self._warn(
                        lines,
                        f"{name} was changed both in the file and in Exact Online "
                        f"({_short(current)}); the file wins",
                        name,
                    )
                change.fields[name] = [current, value]
                change.base[name] = [value, value]
        if change.fields:
            change.action = "update"
            if self._rules.mode == "create":
                _skip([change])
        elif kept:
            change.action = "kept"
        return change

    def _reader(self, column: Field, country: str) -> Callable[[str], Any]:
        return lambda text: self._rules.read(column, text, country)

    def _rule(self, column: Field, derived: bool) -> FieldRule:
        place = (column.kind, column.name, derived)
        rule = self._field_rules.get(place)
        if rule is None:
            policy = self._rules.policy(column.kind, column.name) or ""
            constant = column.name in self._rules.constants.get(column.kind, ())
            rule = self._field_rules[place] = FieldRule(policy, constant, derived)
        return rule

    def _reject(self, lines: Sequence[RowLocation], message: str) -> None:
        for source in lines:
            self._outcome.reject(source, message)

    def _warn(self, lines: Sequence[RowLocation], message: str, name: str = "") -> None:
        self._outcome.warn(lines[0], message, field_name=name)


def _skip(changes: Iterator[Change] | Sequence[Change]) -> None:
    for change in changes:
        if change.writes:
            change.action = "skipped"
            change.main = None


def _short(value: object) -> str:
    return quote(str(value)) if value not in (None, "") else "empty"


def _person_label(person: ContactRecord) -> str:
    return full_name(person.fields) or fold("Email", person.fields.get("Email") or "")
