"""The parts of a plan: candidates, held records, changes with their outcomes, and the rules."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from exact_import import __version__
from exact_import.fields import MATCH_CONTACT, Field, Kind, RecordKind, catalogue

if TYPE_CHECKING:
    from exact_import.records.merge import AccountRecord
    from exact_import.records.models import RowLocation
    from exact_import.store.bases import BaseFields
    from exact_import.store.links import LinkKey
    from exact_import.store.mirror import Mirror
    from exact_import.values.vocabulary import Level

Action = Literal["create", "update", "delete", "unchanged", "kept", "skipped"]
State = Literal["", "done", "failed", "unsettled", "pending"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record of Exact Online, or an earlier row of the file, that a held record may be.

    `agrees` and `contradicts` are the fields that do. `line` is set for a row of the file, which
    has neither `id` nor `code` yet. `address` is where an account is, or how a contact is reached.
    """

    id: str
    code: str
    name: str
    agrees: tuple[str, ...] = ()
    contradicts: tuple[str, ...] = ()
    line: RowLocation | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A valid record that is not sent: which record it is needs a person's decision.

    `why` is a sentence for that person, `label` the record's name in the file, `address` where it
    is or how to reach the person, to compare with the candidates'.
    """

    kind: RecordKind
    lines: tuple[RowLocation, ...]
    label: str
    why: str
    candidates: tuple[Candidate, ...] = ()
    address: str = ""

    def candidate(self, answer: str) -> Candidate | None:
        """Return the candidate that a person's answer names, None if it is none or ambiguous.

        An answer is a candidate's ID or code, or the number of its line ("12" or "line 12").
        """
        wanted = answer.strip().casefold().removeprefix("line ").strip()
        found = [
            one
            for one in self.candidates
            if wanted
            and wanted in (one.id.casefold(), one.code.strip().casefold(), _number(one.line))
        ]
        return found[0] if len(found) == 1 else None


def _number(line: RowLocation | None) -> str:
    return "" if line is None else str(line[1])


def with_addresses(
    held: Iterable[HeldRecord], mirror: Mirror, records: Iterable[AccountRecord]
) -> list[HeldRecord]:
    """Return `held` with the addresses of its candidates, from `mirror` and `records`."""
    held = list(held)
    wanted = {one.line for record in held for one in record.candidates} - {None}
    rows = {
        line: record.fields
        for record in (records if wanted else ())
        for line in record.lines
        if line in wanted
    }

    def addressed(kind: RecordKind, one: Candidate) -> Candidate:
        if one.line is not None:
            return replace(one, address=address_of(kind, rows.get(one.line, {})))
        known = mirror.get(kind, one.id)
        return replace(one, address=address_of(kind, known.fields)) if known is not None else one

    return [
        replace(record, candidates=tuple(addressed(record.kind, one) for one in record.candidates))
        for record in held
    ]


def address_of(kind: RecordKind, fields: Mapping[str, Any]) -> str:
    """Return the street and place of an account, or how to reach a contact; "" if unknown."""
    get = {name: str(value or "").strip() for name, value in fields.items()}.get
    if kind == "contact":
        reached = ("Email", "BusinessEmail", "Mobile", "BusinessMobile", "Phone")
        return next((value for name in reached if (value := get(name, ""))), "")
    place = " ".join(filter(None, (get("Postcode", ""), get("City", ""))))
    return ", ".join(filter(None, (get("AddressLine1", ""), place)))


@dataclass(slots=True, eq=False)  # two equal changes are two changes
class Change:
    """What to do with one account, contact or detail; `Outcomes` has what happened.

    `fields` holds, by field, the value before and after. `base_found` is the base to store once
    Exact Online agrees (`store.bases`); for a new record, it is what is sent, and that the other
    fields `with_cells` were empty. `base_known` says that this base is already stored. `main` is
    the contact that should become the account's main contact and does not exist yet. `key`
    identifies a bank account or further address within its account. `matched` says how the record
    was found ("VATNumber", "link", "answer" …), "" for a new one, and `evidence` what else agrees.
    `links` are the keys by which the record is found again; `answered` says that a person decided.
    `source` is where its rows came from, "" for an undo; `differing` are the values of other
    sources, each with its source and field, which are not used.
    """

    kind: Kind
    action: Action
    lines: list[RowLocation]
    label: str
    id: str | None = None
    fields: dict[str, list[Any]] = field(default_factory=dict)
    base_found: BaseFields | None = None
    base_known: bool = False
    with_cells: Sequence[str] | None = None
    account: Change | None = None
    main: Change | None = None
    key: str = ""
    matched: str = ""
    evidence: tuple[str, ...] = ()
    links: tuple[LinkKey, ...] = ()
    answered: bool = False
    source: str = ""
    differing: Sequence[tuple[str, str, Any]] = ()

    @property
    def base(self) -> BaseFields:
        """The base to store once Exact Online agrees."""
        if self.base_found is not None or self.with_cells is None:
            return self.base_found or {}
        empty: BaseFields = {name: [None, None] for name in self.with_cells}
        return empty | {name: [sent, sent] for name, (_, sent) in self.fields.items()}

    @property
    def payload(self) -> dict[str, Any]:
        """The field values to send."""
        return {name: after for name, (_, after) in self.fields.items()}

    @property
    def writes(self) -> bool:
        """True if the change takes a call to Exact Online."""
        return self.action in ("create", "update", "delete")

    @property
    def sends(self) -> bool:
        """True if it takes a call to Exact Online, now or once its main contact exists."""
        return self.writes or self.main is not None

    def naming(self, account: str, contact: str) -> Change:
        """Return the update that sets an account's main contact, given the IDs of both."""
        step = Change("account", "update", self.lines, self.label, account)
        step.fields["MainContact"] = [None, contact]
        step.base_found = {**self.base, "MainContact": [contact, contact]}
        step.source = self.source
        return step

    def fingerprint(self, account: str | None) -> str:
        """Return a fingerprint of this change, to recognise one that was refused.

        `account` is the ID of the account that it belongs to.
        """
        parts = [self.kind, self.action, self.id, account, self.payload]
        return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()


@dataclass(slots=True)
class AccountChanges:
    """One account's change, with the changes of its contacts and details, which follow it.

    `fingerprint` is that of the record, b"" if the match depends on other records.
    """

    account: Change
    contacts: list[Change] = field(default_factory=list)
    fingerprint: bytes = b""

    @property
    def agrees(self) -> bool:
        """True if nothing of it is written, now or later, and nothing is kept."""
        return all(one.action == "unchanged" and one.main is None for one in self.changes())

    def drop_known_bases(self) -> None:
        """Drop the bases that are already stored: they take most of a plan's memory."""
        for change in self.changes():
            if change.base_known:
                change.base_found = None

    def changes(self) -> Iterator[Change]:
        """Yield the account's change and then its contacts'."""
        yield self.account
        yield from self.contacts


@dataclass(slots=True)
class Plan:
    """The changes that would make Exact Online agree with the file.

    Records that have not changed since both sides last agreed are only counted: `unchanged_rows`,
    and by kind how many records are `unchanged`. `held` are the records that wait for a decision;
    the people of a held company are held with it, each as a record of its own. `alarms` say why a
    person should check the plan before anything is sent; `facts` are stored once the plan is
    carried out. `unnumbered` are the Belgian customers without a number for electronic invoices:
    row and name.
    """

    companies: list[AccountChanges] = field(default_factory=list)
    held: list[HeldRecord] = field(default_factory=list)
    unchanged: Counter[str] = field(default_factory=Counter)
    unchanged_rows: int = 0
    alarms: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    unnumbered: list[tuple[RowLocation, str]] = field(default_factory=list)

    def changes(self) -> Iterator[Change]:
        """Yield every change, accounts before their contacts."""
        for company in self.companies:
            yield from company.changes()

    def include(self, other: Plan) -> None:
        """Add the changes and counts of another division's plan."""
        self.companies.extend(other.companies)
        self.held.extend(other.held)
        self.alarms.extend(other.alarms)
        self.unchanged.update(other.unchanged)
        self.unchanged_rows += other.unchanged_rows
        self.unnumbered.extend(other.unnumbered)

    def leave_out(self, record: AccountRecord, rejected: Container[RowLocation]) -> None:
        """Count a record that needs no planning, except for its `rejected` rows."""
        self.unchanged["account"] += 1
        self.unchanged["contact"] += len(record.contacts)
        for detail in record.details:
            self.unchanged[detail.kind] += 1
        self.unchanged_rows += sum(source not in rejected for source in record.lines)

    def makes(self) -> set[RecordKind]:
        """Return the kinds of new records that may already exist.

        The contacts of a new account are as new as it is.
        """
        made: set[RecordKind] = set()
        for company in self.companies:
            if company.account.action == "create":
                made.add("account")
            elif any(one.kind == "contact" and one.action == "create" for one in company.contacts):
                made.add("contact")
        return made

    @property
    def writes(self) -> bool:
        """True if there is something to send."""
        return any(change.sends for change in self.changes())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to a change: its state ("" until it is tried), and why it failed.

    `id` is the ID of the record, once known; `fields` are values that were written in addition to
    those of the change: the main contact of an account.
    """

    state: State = ""
    message: str = ""
    id: str | None = None
    fields: Mapping[str, Sequence[Any]] = field(default_factory=dict)


class Outcomes:
    """What happened to the changes of a plan; the plan itself does not change."""

    def __init__(self) -> None:
        self._found: dict[Change, Outcome] = {}

    def of(self, change: Change) -> Outcome:
        """Return the outcome of a change; an empty one until it is tried."""
        return self._found.get(change) or Outcome(id=change.id)

    def state(self, change: Change) -> State:
        """Return the state of a change, "" until it is tried."""
        found = self._found.get(change)
        return found.state if found is not None else ""

    def is_open(self, change: Change) -> bool:
        """Return True if a change is still to be sent."""
        return change.writes and self.state(change) == ""

    def note(self, change: Change, state: State, message: str = "", id: str | None = None) -> None:
        """Record the state of a change, and the ID of a new record."""
        so_far = self.of(change)
        self._found[change] = replace(so_far, state=state, message=message, id=id or so_far.id)

    def note_fields(self, change: Change, fields: Mapping[str, Sequence[Any]]) -> None:
        """Record that `fields` were written in addition to those of the change, now done."""
        so_far = self.of(change)
        self._found[change] = Outcome("done", "", so_far.id, {**so_far.fields, **fields})

    def include(self, other: Outcomes) -> None:
        """Add the outcomes of another plan."""
        self._found.update(other._found)

    def calls_left(self, plan: Plan) -> int:
        """Return how many calls the rest of `plan` takes."""
        return sum(
            change.writes + (change.main is not None)
            for change in plan.changes()
            if self.state(change) in ("", "pending")
        )


@dataclass(frozen=True, slots=True)
class PlanRules:
    """What the settings and the mapping say about planning.

    `mapped` are the fields, by kind, that rows can set, and `constants` those whose template has no
    column: they are sent on creation only. `policy` returns what [policy] says about a field, None
    for nothing. `read` returns the value of a text in a field, given the row's country ("" for
    none), None for nothing; `reading` identifies this way of reading. `references` is the level of
    a reference that the division does not have. `code`, `held` and `match_contact` are those of
    [import]. `home` is the country (ISO-2) that a new account without one gets in Exact Online, ""
    if not known, None to leave it alone. `countries` are the known countries, by file, of its rows
    without one; `with_numbers` are the files with a column for VAT or enterprise numbers.
    """

    new_account_status: str = "C"
    mode: str = "upsert"
    limit: int | None = None
    recreate: bool = False
    mapped: Mapping[RecordKind, Sequence[str]] = field(
        default_factory=lambda: {"account": (), "contact": ()}
    )
    constants: Mapping[str, frozenset[str]] = field(default_factory=dict)
    policy: Callable[[str, str], str | None] = lambda _kind, _name: None
    read: Callable[[Field, str, str], Any] = lambda _field, text, _country: text
    references: Level = "warning"
    reading: str = ""
    every: bool = False
    code: Literal["auto", "exact", "own"] = "auto"
    held: Literal["hold", "create"] = "hold"
    match_contact: Sequence[str] = MATCH_CONTACT
    home: str | None = None
    countries: Mapping[str, str] = field(default_factory=dict)
    with_numbers: frozenset[str] = frozenset()

    def digest(self) -> bytes:
        """Return a digest of the rules that decide whether records agree."""
        fields = [(kind, name) for kind in self.mapped for name in catalogue(kind)]
        policies = [(*place, self.policy(*place)) for place in fields]
        constants = sorted((kind, sorted(names)) for kind, names in self.constants.items())
        mapped = sorted((kind, list(names)) for kind, names in self.mapped.items())
        matching = (self.code, list(self.match_contact))
        parts = (__version__, matching, mapped, constants, policies, self.reading)
        return hashlib.blake2b(repr(parts).encode(), digest_size=16).digest()
