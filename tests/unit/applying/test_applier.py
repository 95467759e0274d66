"""How a plan is carried out: each write announced, sent once, and looked up where in doubt."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from exact_import.applying.applier import Applier
from exact_import.applying.outcomes import OutcomeRecorder
from exact_import.errors import LoginError, TemporaryError
from exact_import.exact.client import Client
from exact_import.exact.clock import Interrupted
from exact_import.exact.errors import NotFound, OutcomeUnknown, Rejected, ServiceError
from exact_import.fields import Kind
from exact_import.planning.plan import AccountChanges, Action, Change, Outcomes, Plan, State
from exact_import.records.models import RowsRead
from exact_import.store.division import DivisionStore
from exact_import.store.journal import Intent
from memory_journal import memory_journal

LOST = OutcomeUnknown("cut off")
ID = "00000000-0000-0000-0000-{:012d}"


@dataclass
class Company:
    """A company that takes writes; `answers` are the faults by which the next ones end.

    A fault in `after` is one that comes after the write was carried out.
    """

    store: DivisionStore
    answers: list[Exception | None] = field(default_factory=list)
    after: list[Exception | None] = field(default_factory=list)
    now: float = 1000.0
    sent: list[str] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    searches: int = 0

    def wait_for_turn(self, kind: Kind) -> None:
        """The limits are wide."""

    def server_latest(self) -> float:
        return self.server_now()

    def server_now(self) -> float:
        return self.now

    def create(self, kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
        self._begin(f"create {kind} {values.get('Name') or values.get('LastName')}")
        record = {"ID": ID.format(len(self.records) + 1), **values}
        self.records.append(record)
        self._end()
        return record

    def update(self, kind: Kind, remote_id: str, values: Mapping[str, Any]) -> None:
        assert remote_id
        self._begin(f"update {kind} {' '.join(values)}")
        self._end()

    def delete(self, kind: Kind, remote_id: str) -> None:
        assert remote_id
        self._begin(f"delete {kind}")
        self._end()

    def find(self, kind: Kind, filter: str, select: Sequence[str]) -> list[dict[str, Any]]:
        assert filter
        assert len(set(select)) == len(select)
        self.searches += 1
        return [one for one in self.records if ("Name" in one) == (kind == "account")]

    def _begin(self, call: str) -> None:
        states = [one.state for one in self.store.journal.open_intents(self.store.scope)]
        assert states.count("intent") == 1, "a write is announced before it is sent"
        self.sent.append(call)
        if self.answers and (fault := self.answers.pop(0)) is not None:
            raise fault

    def _end(self) -> None:
        if self.after and (fault := self.after.pop(0)) is not None:
            raise fault


class Run:
    """One run that carries plans out."""

    def __init__(self, settle_after: float = 60.0) -> None:
        self.locks = 0
        self.store = DivisionStore.of(memory_journal(), "https://exact.example", 1)
        self.store.check_lock = self._count_lock
        self.company = Company(self.store)
        self.outcomes = Outcomes()
        self.stop = threading.Event()
        self.finished: list[Change] = []
        self.states: list[State] = []
        self.run = self.store.journal.start_run(self.store.scope, "import", [])
        self.applier = Applier(
            cast("Client", self.company),
            self.store,
            self.run,
            OutcomeRecorder(self.store, RowsRead(), self.outcomes),
            settle_after=settle_after,
            stop=self.stop,
            progress=self.finished.append,
        )

    def _count_lock(self) -> None:
        self.locks += 1

    def apply(self, *companies: AccountChanges) -> list[State]:
        """Carry a plan out; return the states of its changes."""
        plan = Plan(list(companies))
        try:
            self.applier.apply(plan)
        finally:
            self.states = [self.outcomes.state(change) for change in plan.changes()]
        return self.states

    def message(self, change: Change) -> str:
        return self.outcomes.of(change).message

    @property
    def journalled(self) -> list[str]:
        return [one.state for one in self.store.journal.changes_of(self.run)]


def change(
    kind: Kind, action: Action, label: str, account: Change | None = None, **values: Any
) -> Change:
    pairs = {name: [None, value] for name, value in values.items()}
    remote_id = None if action == "create" else ID.format(900)
    return Change(kind, action, [("a.csv", 2)], label, remote_id, pairs, account=account)


def new(name: str, *people: str, **values: Any) -> AccountChanges:
    account = change("account", "create", name, Name=name, **values)
    contacts = [change("contact", "create", one, account, LastName=one) for one in people]
    return AccountChanges(account, contacts)


def test_an_account_is_made_and_then_its_people_at_it() -> None:
    run = Run()
    company = new("Kant", "Maes", "Claes")
    assert run.apply(company) == ["done"] * 3
    assert run.company.sent == [
        "create account Kant",
        "create contact Maes",
        "create contact Claes",
    ]
    account, *people = run.company.records
    assert [one["Account"] for one in people] == [account["ID"]] * 2
    assert run.outcomes.of(company.account).id == account["ID"]
    assert run.finished == list(company.changes())
    assert run.journalled == ["done"] * 3
    assert run.locks == 3
    assert run.company.searches == 0


def test_accounts_that_get_a_code_of_exact_online_come_last() -> None:
    run = Run()
    run.apply(new("Uil"), new("Das", Code="2"), new("Ezel"), new("Aap", Code="1"))
    assert [one.rpartition(" ")[2] for one in run.company.sent] == ["Das", "Aap", "Uil", "Ezel"]


def test_a_refused_account_takes_its_people_with_it_and_no_other_row() -> None:
    run = Run()
    run.company.answers = [Rejected(("No name", "No city"), 500)]
    company = new("Kant", "Maes")
    assert run.apply(company, new("Uil")) == ["failed", "failed", "done"]
    assert run.message(company.account) == "No name; No city"
    assert run.message(company.contacts[0]) == "its account was refused"
    assert run.journalled == ["refused", "done"]
    assert run.finished[0] is company.account


def test_a_refused_person_leaves_the_others() -> None:
    run = Run()
    run.company.answers = [None, Rejected(("No",), 500)]
    assert run.apply(new("Kant", "Maes", "Claes")) == ["done", "failed", "done"]


def test_a_lost_create_that_arrived_is_found_and_never_sent_again() -> None:
    run = Run()
    run.company.after = [LOST]
    assert run.apply(new("Kant", "Maes"), new("Uil")) == ["done"] * 3
    assert run.company.sent == ["create account Kant", "create account Uil", "create contact Maes"]
    assert run.company.searches == 1
    assert run.journalled == ["done"] * 3


def test_a_lost_create_is_not_sent_again_before_its_absence_is_certain() -> None:
    run = Run()
    run.company.answers = [LOST]
    company = new("Kant", "Maes")
    assert run.apply(company, new("Uil")) == ["unsettled", "pending", "done"]
    assert run.company.sent == ["create account Kant", "create account Uil"]
    assert run.message(company.account) == "no answer: cut off"
    assert run.journalled == ["unsettled", "done"]


def test_a_lost_create_that_never_arrived_is_sent_once_more() -> None:
    run = Run(settle_after=0)
    run.company.answers = [LOST]
    assert run.apply(new("Kant", "Maes")) == ["done"] * 2
    assert run.company.sent == ["create account Kant"] * 2 + ["create contact Maes"]
    assert run.journalled == ["absent", "done", "done"]


def test_a_lost_create_that_two_records_could_be_is_for_a_person() -> None:
    run = Run()
    run.company.records = [{"ID": "a", "Name": "Kant"}, {"ID": "b", "Name": "Kant"}]
    run.company.answers = [LOST]
    company = new("Kant", "Maes")
    assert run.apply(company) == ["failed", "pending"]
    assert "delete the duplicate there" in run.message(company.account)
    assert run.journalled == ["unclear"]


@pytest.mark.parametrize(
    ("fault", "journalled"),
    [(TemporaryError("limit"), "absent"), (ServiceError("odd"), "absent")],
)
def test_what_ends_a_run_leaves_the_rest_pending(fault: Exception, journalled: str) -> None:
    run = Run()
    run.company.answers = [None, fault]
    with pytest.raises(type(fault)):
        run.apply(new("Aap"), new("Kant", "Maes"), new("Uil"))
    assert run.states == ["done", "pending", "pending", "pending"]
    assert run.journalled == ["done", journalled]
    assert len(run.company.sent) == 2


def test_a_run_that_is_stopped_sends_nothing_more() -> None:
    run = Run()
    run.stop.set()
    assert run.apply(new("Kant", "Maes")) == ["pending"] * 2
    assert run.journalled == []
    run = Run()
    run.company.answers = [Interrupted()]
    assert run.apply(new("Kant"), new("Uil")) == ["pending"] * 2
    assert run.journalled == ["absent"]


def test_what_was_deleted_meanwhile_is_for_the_next_run() -> None:
    run = Run()
    account = change("account", "update", "Kant", City="Gent")
    person = change("contact", "create", "Maes", account, LastName="Maes")
    run.company.answers = [NotFound()]
    assert run.apply(AccountChanges(account, [person])) == ["pending"] * 2
    assert run.message(account) == "was deleted in Exact Online during the run; run again"
    assert run.journalled == ["gone"]


def test_an_account_is_deleted_after_its_people() -> None:
    def deleted(answers: list[Exception | None]) -> Run:
        account = change("account", "delete", "Kant")
        people = [change("contact", "delete", name, account) for name in ("Maes", "Claes")]
        run = Run()
        run.company.answers = answers
        run.apply(AccountChanges(account, people))
        return run

    run = deleted([])
    assert run.states == ["done"] * 3
    assert run.company.sent == ["delete contact", "delete contact", "delete account"]
    assert deleted([NotFound()]).states == ["done"] * 3
    run = deleted([Rejected(("No",), 500)])
    assert run.states == ["failed", "failed", "done"]
    assert run.company.sent == ["delete contact"] * 2
    # One that is lost and carried out is seen to be gone.
    assert deleted([LOST]).states == ["done"] * 3


def asking(*, fields: Mapping[str, Any] | None = None) -> AccountChanges:
    """Return an account whose new person is to be its main contact."""
    account = change("account", "update", "Kant", **(fields or {}))
    person = change("contact", "create", "Maes", account, LastName="Maes")
    account.main = person
    return AccountChanges(account, [person])


def test_a_main_contact_is_named_once_it_is_made() -> None:
    run = Run()
    company = asking()
    assert run.apply(company) == ["done"] * 2
    assert run.company.sent == ["create contact Maes", "update account MainContact"]
    person = run.outcomes.of(company.contacts[0]).id
    assert run.outcomes.of(company.account).fields == {"MainContact": [None, person]}
    run = Run()
    assert run.apply(asking(fields={"City": "Gent"})) == ["done"] * 2
    assert run.company.sent == [
        "update account City",
        "create contact Maes",
        "update account MainContact",
    ]


def test_a_main_contact_that_is_not_made_or_not_taken_is_not_named() -> None:
    run = Run()
    run.company.answers = [Rejected(("No",), 500)]
    run.apply(asking())
    assert run.company.sent == ["create contact Maes"]
    run = Run()
    run.company.answers = [None, Rejected(("Not him",), 500)]
    company = asking()
    assert run.apply(company) == ["failed", "done"]
    assert run.message(company.account) == "Not him"


def test_a_rejected_login_is_followed_by_one_look_up_and_one_repetition() -> None:
    rejection = LoginError("expired")
    unknown = OutcomeUnknown("HTTP 401", rejection=rejection)
    run = Run()
    run.company.answers = [unknown]
    assert run.apply(new("Kant")) == ["done"]
    assert run.company.sent == ["create account Kant"] * 2
    assert run.company.searches == 1
    run = Run()
    run.company.answers = [unknown, unknown]
    with pytest.raises(LoginError):
        run.apply(new("Kant"), new("Uil"))
    assert run.states == ["unsettled", "pending"]
    run = Run()
    run.company.answers = [OutcomeUnknown("HTTP 401", rejection=rejection, final=True)]
    with pytest.raises(LoginError):
        run.apply(new("Kant"))
    assert len(run.company.sent) == 1


# --- what an earlier run left open


def lost(run: Run, name: str, lost_at: float) -> Intent:
    """Return a create of an earlier run whose outcome is not known."""
    earlier = Intent(
        run.run, "account", "create", [("a.csv", 2)], name, None, None, {}, {"Name": name}
    )
    intent = run.store.journal.announce(run.store.scope, earlier)
    intent.lost_at = lost_at
    run.store.journal.conclude(intent, "unsettled", "cut off")
    return intent


@pytest.mark.parametrize(
    ("lost_at", "stored", "states", "sent"),
    [
        # Found: nothing is made again; certain to be absent: it is sent; else it waits.
        (990.0, True, ["done", "done"], ["create contact Maes"]),
        (900.0, False, ["done", "done"], ["create account Kant", "create contact Maes"]),
        (990.0, False, ["unsettled", "pending"], []),
    ],
)
def test_what_an_earlier_run_may_have_made_waits_for_that(
    lost_at: float, stored: bool, states: list[str], sent: list[str]
) -> None:
    run = Run()
    intent = lost(run, "Kant", lost_at)
    if stored:
        run.company.records.append({"ID": "k", "Name": "Kant"})
    company = new("Kant", "Maes")
    run.applier.hold_back(Plan([company]), [intent])
    assert run.message(company.account) == "an earlier answer from Exact Online was lost"
    assert run.apply(company, new("Uil")) == [*states, "done"]
    assert [one for one in run.company.sent if "Uil" not in one] == sent


def test_a_row_that_has_changed_since_waits_too() -> None:
    run = Run()
    intent = lost(run, "Kant", 990.0)
    company = new("Kant", City="Gent")
    run.applier.hold_back(Plan([company]), [intent])
    assert run.message(company.account).startswith('may be "Kant", for which')
    run.company.records.append({"ID": "k", "Name": "Kant"})
    assert run.apply(company) == ["pending"]
    assert "run again" in run.message(company.account)
    assert run.company.sent == []
