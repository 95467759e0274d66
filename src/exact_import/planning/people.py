"""The people of an account: which contacts they are, and what to do with each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from exact_import.fields import full_name
from exact_import.planning.changes import RecordChanges
from exact_import.planning.contacts import (
    ContactMatch,
    DeletedRecords,
    in_common,
    is_same_person,
    match_contacts,
    may_be_one,
    name_forms,
)
from exact_import.planning.late import LateRecords
from exact_import.planning.lookup import CROWD
from exact_import.planning.plan import (
    Candidate,
    Change,
    HeldRecord,
    Plan,
    PlanRules,
    address_of,
)
from exact_import.records.merge import AccountRecord, ContactRecord, add_values, copied, where
from exact_import.records.models import NEW, RowsRead, fold
from exact_import.store.division import DivisionStore
from exact_import.store.links import LinkKey, contact_keys, within
from exact_import.store.mirror import RemoteRecord
from exact_import.text import quote


class _Planned(NamedTuple):
    """A contact that a row names, and its change."""

    person: ContactRecord
    change: Change


class _Colleagues:
    """The contacts of an account that rows have named so far, by the words of their names."""

    def __init__(self) -> None:
        self._by_word: defaultdict[str, list[_Planned]] = defaultdict(list)

    def add(self, one: _Planned) -> None:
        for word in name_forms(one.person.fields):
            self._by_word[word].append(one)

    def near(self, person: ContactRecord) -> list[_Planned]:
        """Return those who share a first or last name; a very common name is ignored."""
        having = map(self._by_word.get, name_forms(person.fields) if self._by_word else ())
        found = {id(one): one for some in having if some and len(some) <= CROWD for one in some}
        # Two own numbers of a source are two people.
        return [
            one for one in found.values() if one.person.own in ("", person.own) or not person.own
        ]


class PeoplePlanner:
    """Plans the contacts of one record after the other; rejected rows go to `outcome`."""

    def __init__(
        self,
        store: DivisionStore,
        rules: PlanRules,
        outcome: RowsRead,
        changes: RecordChanges,
        deleted: DeletedRecords,
        late: LateRecords,
    ) -> None:
        self._store = store
        self._mirror = store.mirror
        self._rules = rules
        self._outcome = outcome
        self._changes = changes
        self._deleted = deleted
        self._late = late
        # By existing account: records of two sources may have the same one.
        self._new: defaultdict[str, _Colleagues] = defaultdict(_Colleagues)

    def matched(
        self, record: AccountRecord, held: RemoteRecord | None
    ) -> Mapping[int, ContactMatch]:
        """Return which contacts of `held`, an account, the people of a record are, by index."""
        if held is None or not record.contacts:
            return {}
        live = self._mirror.contacts_of(held.id)
        if not live:
            return {}
        by_place = {p: self._links_of(one) for p, one in enumerate(record.contacts)}
        having = Counter(key for keys in by_place.values() for key in keys)
        # A name that two people of a company share leads to neither.
        places = {
            within(held.id, key): place
            for place, keys in by_place.items()
            for key in keys
            if having[key] == 1
        }
        linked: dict[int, str] = {}
        found = self._store.links.find("contact", places)
        for key, place in places.items():
            ids = {one.record_id for one in found.get(key, ())} & {one.id for one in live}
            if len(ids) == 1:
                linked.setdefault(place, ids.pop())
        answers = {
            place: answer
            for place, person in enumerate(record.contacts)
            if (answer := self._outcome.answer(person.lines))
        }
        if _is_only_person(record, held, live) and answers.get(0, "").casefold() != NEW:
            (answers if answers else linked)[0] = live[0].id
        matches = match_contacts(
            record.contacts,
            live,
            order=self._rules.match_contact,
            linked=linked,
            answered=answers,
        )
        return self._late.hold_people(record.contacts, live, matches, answers)

    def _links_of(self, person: ContactRecord) -> list[LinkKey]:
        source = self._outcome.source_of(person.lines[0][0]) if person.lines else ""
        return contact_keys(person.fields, source, person.own)

    def planned(
        self,
        plan: Plan,
        record: AccountRecord,
        held: RemoteRecord | None,
        matches: Mapping[int, ContactMatch],
    ) -> list[Change | None]:
        """Return the change of each person of a record, None for one who is held or rejected."""
        away = self._deleted.people(record, held) if held is not None else set()
        changes: list[Change | None] = []
        colleagues = self._new[held.id] if held is not None else _Colleagues()
        for place, person in enumerate(record.contacts):
            match = matches.get(place, ContactMatch())
            change = None
            if match.why:
                plan.held.append(held_person(person, match.why, match.candidates))
            elif match.record is not None:
                change = self._changes.compare(
                    person.lines,
                    person.fields,
                    match.record,
                    label_of(person),
                    matched=match.matched_by,
                )
                change.matched = match.matched_by
                colleagues.add(_Planned(person, change))
            elif other := self._elsewhere(person, held):
                self._changes.reject(
                    person.lines,
                    f"has the ID of a contact of {other}, and a contact cannot move to another "
                    "account; clear contact.ID to create a new contact here",
                )
            elif place in away:
                change = self._changes.kept(person.lines, "contact", person.fields)
            else:
                change = self._created(plan, person, colleagues)
            if change is not None:
                change.links = tuple(self._links_of(person))
            changes.append(change)
        return changes

    def _created(self, plan: Plan, person: ContactRecord, colleagues: _Colleagues) -> Change | None:
        """Return the change that creates a person; None if one of `colleagues` may be the same.

        If another row creates the person, its change has the values of both rows.
        """
        lines = person.lines
        is_new = self._outcome.answer(lines).casefold() == NEW
        for one in () if is_new else colleagues.near(person):
            if one.change.action == "create" and is_same_person(person.fields, one.person.fields):
                self._add(one, person)
                return None
            if why := in_common(person.fields, one.person.fields, apart=True):
                line = where(one.person.lines[0], lines[0])
                why = f"may be {quote(label_of(one.person))} on {line}, who has {why}"
                why += '; if so, write the name the same way in both rows; otherwise, answer "new"'
                plan.held.append(held_person(person, why))
                return None
        change = self._changes.create("contact", lines, person.fields, label_of(person))
        colleagues.add(_Planned(copied(person), change))
        return change

    def _add(self, one: _Planned, person: ContactRecord) -> None:
        """Add a row's values for a new contact to the change of another row that creates it."""
        change, here = one.change, one.person
        add_values(here.fields, person, "contact", here.lines[0], self._outcome)
        here.lines += person.lines
        whole = self._changes.create("contact", here.lines, here.fields, change.label)
        change.fields, change.base_found = whole.fields, whole.base_found
        change.with_cells, change.lines = whole.with_cells, whole.lines
        change.links += tuple(self._links_of(person))

    def _elsewhere(self, person: ContactRecord, held: RemoteRecord | None) -> str:
        """Return the name of the account that has a person's ID, "" if that is `held`."""
        known = person.fields.get("ID") and self._mirror.get("contact", str(person.fields["ID"]))
        if not known or known.gone or (held is not None and known.account == held.id):
            return ""
        account = self._mirror.get("account", known.account or "")
        return quote(str(account.fields.get("Name") or "")) if account else "another account"


def _is_only_person(record: AccountRecord, held: RemoteRecord, live: list[RemoteRecord]) -> bool:
    """Return True if a row and its account are of one private person, the only contact there."""
    return (
        (record.person or not record.fields.get("Name"))
        and len(record.contacts) == 1 == len(live)
        and full_name(live[0].fields) == held.fields.get("Name")
        and may_be_one(record.contacts[0].fields, live[0].fields)
    )


def held_person(
    person: ContactRecord, why: str, candidates: tuple[Candidate, ...] = ()
) -> HeldRecord:
    """Return a person who waits for a decision."""
    address = address_of("contact", person.fields)
    return HeldRecord("contact", tuple(person.lines), label_of(person), why, candidates, address)


def label_of(person: ContactRecord) -> str:
    """Return a person's name for messages, or the e-mail address."""
    return full_name(person.fields) or fold("Email", person.fields.get("Email") or "")
