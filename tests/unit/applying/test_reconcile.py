"""Whether a write whose answer was lost was carried out, found out by reading."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from exact_import.applying.outcomes import OutcomeRecorder
from exact_import.applying.reconcile import (
    LONGEST_CALL,
    Reconciled,
    connection_end,
    find_outcome,
    settle_earlier,
    time_of_loss,
)
from exact_import.exact.client import Client
from exact_import.fields import Kind
from exact_import.planning.plan import Outcomes
from exact_import.records.models import RowsRead
from exact_import.store.bases import RecordBases
from exact_import.store.division import DivisionStore
from exact_import.store.journal import Intent
from memory_journal import memory_journal

_TERM = re.compile(r"(\w+) eq (?:guid)?'(.*)'")
NOW = 1000.0  # by the server's clock
NEVER = NOW + 1
PAST = NOW
ACCOUNT = "11111111-0000-0000-0000-000000000000"
OTHER = "22222222-0000-0000-0000-000000000000"


@dataclass
class Books:
    """The lists of a company, which answer a filter of "field eq value" joined by "or"."""

    records: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[Kind, str]] = field(default_factory=list)

    def server_latest(self) -> float:
        return self.server_now()

    def server_now(self) -> float:
        return NOW

    def find(self, kind: Kind, filter: str, select: Sequence[str]) -> list[dict[str, Any]]:
        assert len(select) == len(set(select)), "a field is asked for twice"
        self.asked.append((kind, filter))
        terms = [_TERM.fullmatch(term) for term in filter.split(" or ")]
        wanted = [(term[1], term[2].strip().replace("''", "'")) for term in terms if term]
        assert len(wanted) == len(terms), filter
        return [
            {name: one[name] for name in ("ID", *select) if name in one}
            for one in self.records
            if any(str(one.get(name)).casefold() == value.casefold() for name, value in wanted)
        ]


@pytest.fixture(name="store")
def _store() -> DivisionStore:
    return DivisionStore.of(memory_journal(), "https://exact.example", 1)


def announce(
    store: DivisionStore,
    after: Mapping[str, Any],
    kind: Kind = "account",
    action: str = "create",
    remote_id: str | None = None,
    account_id: str | None = None,
    **more: Any,
) -> Intent:
    """Return a write that the journal knows and whose outcome it does not."""
    if not store.journal.read("SELECT 1 FROM run"):
        store.journal.start_run(store.scope, "import", ["a.csv"])
    (run,) = store.journal.read("SELECT id FROM run")[0]
    intent = Intent(
        run, kind, action, [("a.csv", 2)], "", remote_id, account_id, {}, dict(after), **more
    )
    return store.journal.announce(store.scope, intent)


def outcome(
    intent: Intent, store: DivisionStore, *records: dict[str, Any], certain: float = PAST
) -> Reconciled:
    return find_outcome(intent, cast("Client", Books(list(records))), store, certain)


def verdict(
    intent: Intent, store: DivisionStore, *records: dict[str, Any], certain: float = PAST
) -> str:
    """Return the ID of the record that was found, or else the verdict."""
    books = Books(list(records))
    found = find_outcome(intent, cast("Client", books), store, certain)
    assert [kind for kind, _ in books.asked] == [intent.kind]
    assert (found.record is not None) == (found.verdict == "found")
    return str(found.record["ID"]) if found.record is not None else found.verdict


# --- when finding nothing proves that there is nothing


@pytest.mark.parametrize(
    ("lost_at", "now", "expected"),
    [
        (1010.0, 2000.0, 1010.0),
        (0.0, 2000.0, 0.0),
        # Nobody noted when the connection broke; the run that sent it has ended by now.
        (None, 2000.0, 2000.0),
        # What was noted lies ahead of the server's clock.
        (5000.0, 1030.0, 1030.0),
    ],
)
def test_an_answer_was_lost_no_later_than_now(
    lost_at: float | None, now: float, expected: float
) -> None:
    intent = Intent("r", "account", "create", [], "", None, None, {}, {})
    intent.lost_at = lost_at
    assert time_of_loss(intent, now) == expected


def test_a_write_cannot_arrive_once_its_connection_is_gone() -> None:
    assert connection_end(1000.0) == 1000.0 + LONGEST_CALL


# --- accounts


@pytest.mark.parametrize("stored", ["42", "0000042"])
def test_a_lost_account_is_found_by_its_code_whatever_was_stored(
    store: DivisionStore, stored: str
) -> None:
    intent = announce(store, {"Code": "42", "Name": "Acme and more"})
    books = Books([{"ID": "a", "Code": stored, "Name": "Acme and"}])
    found = find_outcome(intent, cast("Client", books), store, NEVER)
    assert found == Reconciled("found", books.records[0])
    assert verdict(intent, store, {"ID": "a", "Code": "43", "Name": "Acme and more"}) == "absent"
    assert verdict(intent, store, {"ID": "a", "Code": stored, "Name": "Best"}) == "absent"
    assert verdict(intent, store, {"ID": "a", "Code": stored, "Name": None}) == "absent"
    assert verdict(intent, store, certain=NEVER) == "later"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"Name": "Acme", "City": "Gent", "Phone": "1"}, "a"),
        # Exact Online tidies, shortens and drops values.
        ({"Name": "ACME", "City": " GENT ", "Phone": "1"}, "a"),
        ({"Name": "Acme", "City": "Gen"}, "a"),
        ({"Name": "Acme", "City": None, "Phone": ""}, "a"),
        # It has another value: it is another account.
        ({"Name": "Acme", "City": "Brugge", "Phone": "1"}, "absent"),
        ({"Name": "Acme", "City": "Gentbrugge"}, "absent"),
        ({"Name": "Best", "City": "Gent", "Phone": "1"}, "absent"),
    ],
)
def test_a_lost_account_without_a_code_is_found_by_all_that_it_sent(
    store: DivisionStore, record: dict[str, Any], expected: str
) -> None:
    intent = announce(store, {"Name": "Acme", "City": "Gent", "Phone": "1", "IsSupplier": True})
    assert verdict(intent, store, {"ID": "a", "IsSupplier": True, **record}) == expected


@pytest.mark.parametrize(
    ("name", "sent", "stored", "expected"),
    [
        ("VATNumber", "BE0403170701", "BE 0403.170.701", "a"),
        ("IsSupplier", True, 1, "a"),
        ("DiscountSales", 0.1, 0.1000000000001, "a"),
        ("DiscountSales", 0.1, 0.2, "absent"),
    ],
)
def test_values_compare_as_those_of_their_field(
    store: DivisionStore, name: str, sent: object, stored: object, expected: str
) -> None:
    intent = announce(store, {"Name": "Acme", name: sent})
    assert verdict(intent, store, {"ID": "a", "Name": "Acme", name: stored}) == expected


@pytest.mark.parametrize(("certain", "expected"), [(NEVER, "later"), (PAST, "absent")])
def test_not_finding_proves_nothing_while_the_server_may_be_at_work(
    store: DivisionStore, certain: float, expected: str
) -> None:
    assert verdict(announce(store, {"Name": "Acme"}), store, certain=certain) == expected


def test_a_quote_in_a_name_is_asked_for(store: DivisionStore) -> None:
    intent = announce(store, {"Name": "Jan's Bakery"})
    assert verdict(intent, store, {"ID": "a", "Name": "Jan's Bakery"}) == "a"


def test_several_records_are_for_a_person(store: DivisionStore) -> None:
    intent = announce(store, {"Name": "Acme"})
    found = outcome(intent, store, {"ID": "a", "Name": "Acme"}, {"ID": "b", "Name": "Acme"})
    assert (found.verdict, found.record) == ("unclear", None)
    assert found.message == (
        "2 records in Exact Online could be the one whose answer was lost; delete the duplicate "
        "there, then run again"
    )


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [(1, "absent"), (10, "absent"), (11, "a"), (0, "a")],
)
def test_what_was_there_before_is_not_what_was_made(
    store: DivisionStore, timestamp: int, expected: str
) -> None:
    store.mirror.put("account", {"ID": "A", "Name": "Acme", "Timestamp": timestamp})
    intent = announce(store, {"Name": "Acme"}, cursor=10)
    assert verdict(intent, store, {"ID": "a", "Name": "Acme"}) == expected


def test_what_another_write_made_is_not_what_this_one_made(store: DivisionStore) -> None:
    done, refused = announce(store, {"Name": "Acme"}), announce(store, {"Name": "Acme"})
    done.remote_id, refused.remote_id = "a", "b"
    store.journal.conclude(done, "done")
    store.journal.conclude(refused, "refused")
    intent = announce(store, {"Name": "Acme"})
    records = [{"ID": "A", "Name": "Acme"}, {"ID": "b", "Name": "Acme"}]
    assert verdict(intent, store, *records) == "b"
    # What it made itself, by what was concluded before the journal knew, it still made.
    intent.remote_id = "c"
    store.journal.conclude(intent, "done")
    assert verdict(intent, store, {"ID": "c", "Name": "Acme"}) == "c"


@pytest.mark.parametrize(
    ("name", "timestamp", "gone", "expected"),
    [
        ("A very long name that", 11, False, "n"),
        ("A very long name that", 10, False, "absent"),
        ("A very long name that", 11, True, "absent"),
        ("A very long name tha", 11, False, "n"),
        ("A very short name", 11, False, "absent"),
        ("A very long name th", 11, False, "absent"),
    ],
)
def test_a_name_that_was_shortened_is_found_among_newcomers(
    store: DivisionStore, name: str, timestamp: int, gone: bool, expected: str
) -> None:
    store.mirror.put("account", {"ID": "n", "Name": name, "Timestamp": timestamp})
    if gone:
        store.mirror.set_base("account", "n", RecordBases())
        store.mirror.drop("account", "n")
    intent = announce(store, {"Name": "A very long name that goes on and on"}, cursor=10)
    assert verdict(intent, store) == expected


def test_a_newcomer_that_was_listed_counts_once(store: DivisionStore) -> None:
    store.mirror.put("account", {"ID": "a", "Name": "Acme", "Timestamp": 11})
    intent = announce(store, {"Name": "Acme"}, cursor=10)
    assert verdict(intent, store, {"ID": "A", "Name": "Acme", "Extra": 1}) == "A"


def test_newcomers_are_of_this_division_and_accounts(store: DivisionStore) -> None:
    other = DivisionStore.of(store.journal, "https://exact.example", 2)
    other.mirror.put("account", {"ID": "n", "Name": "Acme", "Timestamp": 11})
    store.mirror.put("contact", {"ID": "c", "Name": "Acme", "Account": ACCOUNT, "Timestamp": 11})
    assert verdict(announce(store, {"Name": "Acme"}), store) == "absent"


def test_of_two_lost_writes_each_gets_what_has_more_of_it(store: DivisionStore) -> None:
    gent = announce(store, {"Name": "Acme", "City": "Gent"})
    brugge = announce(store, {"Name": "Acme", "City": "Brugge"})
    bare = announce(store, {"Name": "Acme"})
    records: list[dict[str, Any]] = [
        {"ID": "g", "Name": "Acme", "City": "Gent"},
        {"ID": "b", "Name": "Acme", "City": "Brugge"},
        {"ID": "x", "Name": "Acme", "City": None},
    ]
    assert [verdict(one, store, *records) for one in (gent, brugge)] == ["unclear", "unclear"]
    assert [verdict(one, store, *records[:2]) for one in (gent, brugge)] == ["g", "b"]
    assert verdict(bare, store, *records[:2]) == "absent"
    # A record that cannot come from a write is not rather that one's, whatever they share.
    announce(store, {"Name": "Acme", "City": "Ath", "Phone": "1", "Email": "a"})
    ath = {"ID": "a", "Name": "Acme", "City": "Luik", "Phone": "1", "Email": "a"}
    assert verdict(bare, store, ath) == "a"
    # One that is settled, or that is no create, is no rival.
    for other in (gent, brugge):
        store.journal.conclude(other, "absent")
    announce(store, {"Name": "Acme", "City": "Gent"}, action="update", remote_id="y")
    assert verdict(bare, store, records[0]) == "g"


# --- contacts and details


JAN = {"FirstName": "Jan", "LastName": "Peeters"}


@pytest.mark.parametrize(
    ("sent", "stored", "expected"),
    [
        (JAN, JAN, "p"),
        ({**JAN, "Email": "j@a.example"}, {**JAN, "Email": None}, "p"),
        # A name is never dropped; a stored one that was not sent is somebody else's.
        (JAN, {"LastName": "Peeters"}, "absent"),
        (JAN, {"FirstName": "Jan"}, "absent"),
        (JAN, {**JAN, "FirstName": ""}, "absent"),
        ({"LastName": "Peeters"}, JAN, "absent"),
        ({"LastName": "Peeters"}, {"LastName": "Peeters", "FirstName": ""}, "p"),
        ({"FirstName": "Jan"}, JAN, "absent"),
        (JAN, {**JAN, "FirstName": "An"}, "absent"),
        (JAN, {**JAN, "LastName": "Peet"}, "p"),
    ],
)
def test_a_lost_contact_is_found_at_its_account(
    store: DivisionStore, sent: dict[str, Any], stored: dict[str, Any], expected: str
) -> None:
    intent = announce(store, {**sent, "Account": ACCOUNT}, "contact", account_id=ACCOUNT)
    record = {"ID": "p", "Account": ACCOUNT, **stored}
    assert verdict(intent, store, record) == expected
    assert verdict(intent, store, {**record, "Account": OTHER}) == "absent"


def test_only_writes_to_the_same_account_are_rivals(store: DivisionStore) -> None:
    bare = announce(store, {**JAN, "Account": ACCOUNT}, "contact", account_id=ACCOUNT)
    full = {**JAN, "Email": "j@a.example"}
    announce(store, {**full, "Account": OTHER}, "contact", account_id=OTHER)
    announce(store, {**full, "Account": ACCOUNT}, "address", account_id=ACCOUNT)
    record = {"ID": "p", "Account": ACCOUNT, **full}
    assert verdict(bare, store, record) == "p"
    announce(store, {**full, "Account": ACCOUNT}, "contact", account_id=ACCOUNT.upper())
    assert verdict(bare, store, record) == "absent"


def test_a_lost_bank_account_is_found_at_its_account(store: DivisionStore) -> None:
    after = {"BankAccount": "BE68539007547034", "Account": ACCOUNT}
    intent = announce(store, after, "bank account", account_id=ACCOUNT)
    record = {"ID": "i", "Account": ACCOUNT, "BankAccount": "BE68 5390 0754 7034"}
    assert verdict(intent, store, record) == "i"
    assert verdict(intent, store, {**record, "BankAccount": "BE71096123456769"}) == "absent"


# --- updates and deletions


@pytest.mark.parametrize(
    ("records", "certain", "expected"),
    [
        ([{"ID": ACCOUNT, "Name": "Acme", "City": "Gent"}], NEVER, ACCOUNT),
        ([{"ID": ACCOUNT, "Name": "Acme", "City": "Brugge"}], NEVER, "later"),
        ([{"ID": ACCOUNT, "Name": "Acme", "City": "Brugge"}], PAST, "absent"),
        # Somebody deleted it: there is nothing to update.
        ([], NEVER, "absent"),
        ([{"ID": OTHER, "Name": "Acme", "City": "Gent"}], NEVER, "absent"),
    ],
)
def test_a_lost_update_is_seen_on_its_record(
    store: DivisionStore, records: list[dict[str, Any]], certain: float, expected: str
) -> None:
    after = {"Name": "Acme", "City": "Gent"}
    intent = announce(store, after, action="update", remote_id=ACCOUNT)
    assert verdict(intent, store, *records, certain=certain) == expected


@pytest.mark.parametrize(
    ("records", "certain", "expected"),
    [
        ([], NEVER, ACCOUNT),
        ([{"ID": ACCOUNT}], NEVER, "later"),
        ([{"ID": ACCOUNT}], PAST, "absent"),
    ],
)
def test_a_lost_deletion_is_seen_by_what_is_left(
    store: DivisionStore, records: list[dict[str, Any]], certain: float, expected: str
) -> None:
    kinds: tuple[Kind, ...] = ("account", "contact")
    for kind in kinds:
        intent = announce(store, {"Name": "x"}, kind, "delete", ACCOUNT, OTHER)
        assert verdict(intent, store, *records, certain=certain) == expected


# --- what earlier runs left open


def settle(store: DivisionStore, *records: dict[str, Any], settle_after: float = 0) -> list[Intent]:
    recorder = OutcomeRecorder(store, RowsRead(), Outcomes())
    return settle_earlier(cast("Client", Books(list(records))), store, recorder, settle_after)


def states(store: DivisionStore) -> list[tuple[str, str]]:
    return [(one.state, one.answer) for one in store.journal.intents("scope = ?", (store.scope,))]


def test_what_was_found_is_recorded_and_known_from_then_on(store: DivisionStore) -> None:
    announce(store, {"Name": "Acme"}, lost_at=1.0)
    assert settle(store, {"ID": "A", "Name": "Acme"}) == []
    assert states(store) == [("done", "")]
    held = store.mirror.get("account", "a")
    assert held is not None
    assert held.fields["Name"] == "Acme"
    assert store.mirror.bases.read("account", "a").latest == {"Name": ["Acme", "Acme"]}


def test_what_never_arrived_is_planned_anew(store: DivisionStore) -> None:
    announce(store, {"Name": "Acme"})
    assert settle(store) == []
    assert states(store) == [("absent", "it never arrived")]


def test_what_two_records_could_be_is_for_a_person(store: DivisionStore) -> None:
    announce(store, {"Name": "Acme"}, lost_at=1.0)
    assert settle(store, {"ID": "a", "Name": "Acme"}, {"ID": "b", "Name": "Acme"}) == []
    ((state, answer),) = states(store)
    assert state == "unclear"
    assert "delete the duplicate there" in answer


def test_what_is_not_certain_yet_waits(store: DivisionStore) -> None:
    made = announce(store, {"Name": "Acme"})
    updated = announce(store, {"Name": "Acme"}, action="update", remote_id=OTHER)
    left = settle(store, {"ID": OTHER, "Name": "Best"}, settle_after=1)
    assert [one.id for one in left] == [made.id, updated.id]
    assert states(store) == [("unsettled", "the run that sent it ended")] * 2


@pytest.mark.parametrize(
    ("state", "lost_at", "answer", "noted"),
    [
        ("unsettled", NOW - 5, "cut off", NOW - 5),
        ("unsettled", NOW + 5, "the run that sent it ended", NOW),
        ("intent", NOW - 5, "the run that sent it ended", NOW - 5),
        ("intent", None, "the run that sent it ended", NOW),
    ],
)
def test_when_an_answer_was_lost_is_noted_once(
    store: DivisionStore, state: str, lost_at: float | None, answer: str, noted: float
) -> None:
    intent = announce(store, {"Name": "Acme"}, lost_at=lost_at)
    if lost_at is not None:
        store.journal.write("UPDATE change SET lost_at = ?", (lost_at,))
    if state == "unsettled":
        store.journal.conclude(intent, "unsettled", "cut off")
    (left,) = settle(store, settle_after=3600)
    assert left.lost_at == noted
    assert states(store) == [("unsettled", answer)]
