"""Records and what Exact Online holds make a plan: what is changed, held or rejected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from exact_import.fields import RecordKind
from exact_import.planning.plan import AccountChanges, Plan, PlanRules
from exact_import.planning.planner import Planner
from exact_import.records.merge import AccountRecord, ContactRecord
from exact_import.records.models import DetailRecord, RowLocation, RowsRead, Values
from exact_import.store.bases import RecordBases
from exact_import.store.division import DivisionStore
from exact_import.store.links import OWN_NUMBER, LinkKey, account_keys
from memory_journal import memory_journal

GENT: Values = {"Postcode": "9000", "City": "Gent"}
KANT: Values = {"Name": "Kant", **GENT}
ZON: Values = {"Name": "Zonnebloem", **GENT}
JAN: Values = {"FirstName": "Jan", "LastName": "Peeters"}
AN: Values = {"FirstName": "An", "LastName": "Maes"}


class Books:
    """A company with its journal, in which plans are made."""

    def __init__(self) -> None:
        self.store = DivisionStore.of(memory_journal(), "https://exact.example", 1)
        self.rows = RowsRead()
        self.notes: list[str] = []

    def account(self, remote_id: str, fields: Mapping[str, Any]) -> None:
        record = {"ID": remote_id, "Code": remote_id.rjust(18), **fields, "Timestamp": 1}
        self.store.mirror.put("account", record)

    def contact(self, remote_id: str, account: str, fields: Mapping[str, Any]) -> None:
        record = {"ID": remote_id, "Account": account, **fields, "Timestamp": 1}
        self.store.mirror.put("contact", record)

    def delete(
        self, remote_id: str, file_values: Mapping[str, Any], kind: RecordKind = "account"
    ) -> None:
        """Let a record be deleted of which a file said something at the last import."""
        base = {name: [value, value] for name, value in file_values.items()}
        self.store.mirror.set_base(kind, remote_id, RecordBases({"a": base}))
        if kind == "account":
            self.store.links.link(kind, remote_id, account_keys(file_values, "a"), "created", "run")
        self.store.mirror.drop(kind, remote_id)

    def plan(
        self, *records: AccountRecord, answers: Mapping[int, str] | None = None, **rules: Any
    ) -> Plan:
        by_row: dict[RowLocation, str] = {("a.csv", n): text for n, text in (answers or {}).items()}
        self.rows, self.notes = RowsRead(answers=by_row), []
        return Planner(self.store, PlanRules(**rules), self.rows, self.notes).plan(records)

    @property
    def problems(self) -> list[tuple[str, int, str]]:
        return [(one.severity, one.line, one.message) for one in self.rows.problems]


@pytest.fixture(name="books")
def _books() -> Books:
    return Books()


def record(
    fields: Values, line: int = 2, *people: Values, own: str = "", **more: Any
) -> AccountRecord:
    contacts = [ContactRecord(dict(one), [("a.csv", line)]) for one in people]
    return AccountRecord(dict(fields), [("a.csv", line)], contacts, own=own, **more)


def actions(plan: Plan) -> list[list[str]]:
    return [[change.action for change in company.changes()] for company in plan.companies]


def only(plan: Plan) -> AccountChanges:
    (company,) = plan.companies
    return company


# --- which code a new account gets


@pytest.mark.parametrize("second", ["007", "7", " 07 "])
def test_of_two_new_accounts_with_one_code_the_later_is_rejected(books: Books, second: str) -> None:
    given = [record({"Name": "Kant", "Code": "7"}), record({"Name": "Uil", "Code": second}, 3)]
    plan = books.plan(*given, record({"Name": "Das", "Code": "8"}, 4), code="exact")
    assert [company.account.label for company in plan.companies] == ["Kant", "Das"]
    assert books.rows.rejected == {
        ("a.csv", 3): [
            (
                f'"{second.strip()}" is the same code in Exact Online as "7" on line 2; if both '
                "rows are the same company, give them the same number; otherwise, correct this one"
            )
        ]
    }


def test_a_code_that_no_account_gets_is_free(books: Books) -> None:
    books.account("5", KANT)
    given = [record({**KANT, "Code": "7"}), record({"Name": "Uil", "Code": "07"}, 3)]
    plan = books.plan(*given, code="exact")
    assert actions(plan) == [["unchanged"], ["create"]]
    assert only(books.plan(given[1], code="exact")).account.payload["Code"] == "07"
    # Where nothing is made, nothing is asked for.
    plan = books.plan(
        given[1], record({"Name": "Das", "Code": "7"}, 4), code="exact", mode="update"
    )
    assert actions(plan) == [["skipped"], ["skipped"]]
    assert books.problems == []


def test_numbers_of_ones_own_are_not_sent(books: Books) -> None:
    given = [record({"Name": "Kant", "Code": "7"}), record({"Name": "Uil", "Code": "07"}, 3)]
    plan = books.plan(*given, code="own")
    assert all("Code" not in company.account.payload for company in plan.companies)
    assert books.problems == []
    assert given[0].fields["Code"] == "7", "a record of the file was changed"


def test_a_code_that_is_taken_is_not_asked_for_which_is_reported(books: Books) -> None:
    books.account("7", KANT)
    plan = books.plan(record({**ZON, "Code": "007"}), code="exact", answers={2: "new"})
    assert only(plan).account.payload == {**ZON, "Status": "C"}
    assert books.problems == [
        (
            "warning",
            2,
            (
                '"007" is already the code of "Kant" (code 7), so Exact Online gives the new '
                "account another code"
            ),
        )
    ]


def test_what_was_found_of_numbers_is_reported_once_and_remembered(books: Books) -> None:
    names = ("Aap", "Beer", "Das")
    for number, name in enumerate(names, 1):
        books.account(str(number), {"Name": f"Firma {name}"})
    given = [
        record({"Name": f"Winkel {number}", "Code": str(number)}, number + 1)
        for number in range(1, 4)
    ]
    plan = books.plan(*given)
    assert "Your customer numbers are not Exact Online's codes: 3 of 3" in " ".join(books.notes)
    ((fact, value),) = plan.facts.items()
    assert value == "own"
    books.store.journal.note(fact, value)
    books.plan(*given)
    assert not any("customer numbers" in note for note in books.notes)
    books.store.journal.note(fact, "exact")
    plan = books.plan(*given)
    assert not any("customer numbers" in note for note in books.notes)
    assert plan.alarms[0].startswith("The customer numbers of this file were Exact Online's codes")


# --- what a new account is called


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        (
            [],
            (
                "no account in Exact Online has this code, ID or number, and there is no name to "
                "create one with; fill in the name of the company"
            ),
        ),
        (
            [JAN, AN],
            "no account in Exact Online has this code, ID or number, and the rows name several",
        ),
    ],
)
def test_an_account_without_a_name_is_rejected(
    books: Books, people: Sequence[Values], expected: str
) -> None:
    plan = books.plan(record({"Code": "7", "City": "Gent"}, 2, *people), code="exact")
    assert plan.companies == []
    ((severity, line, message),) = books.problems
    assert (severity, line) == ("error", 2)
    assert message.startswith(expected)


def test_an_account_is_called_as_its_only_person(books: Books) -> None:
    plan = books.plan(record({"Code": "7", "City": "Gent"}, 2, JAN), code="own")
    assert only(plan).account.payload == {"City": "Gent", "Name": "Jan Peeters", "Status": "C"}
    books.account("5", {"Name": "Jan Peeters"})
    books.contact("p", "5", {**JAN, "Email": "jan@a.example"})
    pointed = record({"ID": "5", "City": "Gent"}, 2, {**AN, "ID": "p"})
    account = only(books.plan(pointed)).account
    assert account.payload == {"City": "Gent"}
    assert account.label == "An Maes"


# --- what is held


@pytest.mark.parametrize(
    ("first", "answer", "account", "contact"),
    [
        ("Jan", "", {"Name": ["Jan Peeters", "Jan Claes"]}, {"LastName": ["Peeters", "Claes"]}),
        # An answer says which record it is, and not that it has another name.
        ("Jan", "1", {}, {}),
        ("An", "", {}, {"FirstName": [None, "An"], "LastName": [None, "Claes"]}),
    ],
)
def test_the_only_person_of_a_private_account_is_its_customer(
    books: Books,
    first: str,
    answer: str,
    account: dict[str, list[Any]],
    contact: dict[str, list[Any]],
) -> None:
    books.account("1", {"Name": "Jan Peeters", **GENT})
    books.contact("p", "1", JAN)
    base = {"Name": ["Jan Peeters", "Jan Peeters"]}
    if not answer:
        books.store.mirror.set_base("account", "1", RecordBases({"a": base}))
    books.store.links.link("account", "1", [LinkKey(OWN_NUMBER, "w1", "a")], "matched", "run")
    customer = record(GENT, 2, {"FirstName": first, "LastName": "Claes"}, own="W1")
    change = only(books.plan(customer, answers={2: answer} if answer else None))
    assert (change.account.fields, change.contacts[0].fields) == (account, contact)


def test_a_held_company_holds_its_people(books: Books) -> None:
    books.account("1", KANT)
    books.account("2", KANT)
    plan = books.plan(record(KANT, 2, JAN), record(ZON, 3))
    assert [company.account.label for company in plan.companies] == ["Zonnebloem"]
    account, person = plan.held
    assert (account.kind, account.label, account.lines) == ("account", "Kant", (("a.csv", 2),))
    assert [one.id for one in account.candidates] == ["1", "2"]
    assert (person.kind, person.label, person.why) == (
        "contact",
        "Jan Peeters",
        'its company, "Kant", is held',
    )


def test_a_held_company_without_a_name_is_called_as_its_person(books: Books) -> None:
    books.account("7", KANT)
    plan = books.plan(record({"Code": "7"}, 2, JAN))
    assert plan.held[0].label == "Jan Peeters"


def test_a_new_record_is_made_instead_where_it_only_may_be_another(books: Books) -> None:
    books.account("1", KANT)
    books.account("2", KANT)
    books.account("7", {"Name": "Das", "VATNumber": "BE0403170701"})
    given = [record(KANT), record({"Name": "Uil", "VATNumber": "BE0403170701"}, 3)]
    plan = books.plan(*given, held="create")
    assert [company.account.label for company in plan.companies] == ["Kant"]
    assert [one.label for one in plan.held] == ["Uil"]
    why = "several accounts in Exact Online have its name and place"
    assert books.problems == [("warning", 2, f"created as new (held = create); {why}")]


# --- what was deleted in Exact Online


def test_what_was_deleted_stays_so_until_its_row_changes(books: Books) -> None:
    books.account("1", KANT)
    books.contact("p", "1", JAN)
    books.delete("p", JAN, "contact")
    books.delete("1", KANT)
    plan = books.plan(record(KANT, 2, JAN))
    assert actions(plan) == [["kept", "kept"]]
    assert only(plan).contacts[0].account is only(plan).account
    assert len(books.problems) == 2
    assert actions(books.plan(record(KANT, 2, JAN), recreate=True)) == [["create", "create"]]
    assert actions(books.plan(record({**KANT, "Phone": "1"}, 2, JAN))) == [["kept", "kept"]]
    assert actions(books.plan(record({**KANT, "City": "Ath"}, 2, JAN))) == [["create", "create"]]
    assert actions(books.plan(record(KANT, 2, JAN, AN))) == [["create"] * 3]
    assert actions(books.plan(record(KANT, 2, JAN), answers={2: "new"})) == [["create", "create"]]


def test_a_deleted_person_of_an_account_stays_away(books: Books) -> None:
    books.account("1", KANT)
    books.contact("p", "1", JAN)
    books.delete("p", JAN, "contact")
    assert actions(books.plan(record(KANT, 2, JAN, AN))) == [["unchanged", "kept", "create"]]


# --- people and main contacts


def test_people_are_found_within_their_account(books: Books) -> None:
    books.account("1", KANT)
    books.contact("p", "1", JAN)
    company = only(books.plan(record(KANT, 2, {**JAN, "Phone": "1"}, AN)))
    found, new = company.contacts
    assert (found.action, found.id, found.matched) == ("update", "p", "FirstName+LastName")
    assert (new.action, new.label) == ("create", "An Maes")
    assert new.account is company.account
    assert [key.key for key in new.links] == ["Name"]


def test_a_person_with_the_id_of_another_accounts_contact_is_rejected(books: Books) -> None:
    books.account("1", KANT)
    books.account("2", ZON)
    books.contact("p", "2", JAN)
    plan = books.plan(record(KANT, 2, {**AN, "ID": "p"}))
    assert plan.companies == []
    assert books.problems[0][2] == (
        'has the ID of a contact of "Zonnebloem", and a contact cannot move to another '
        "account; clear contact.ID to create a new contact here"
    )
    books.delete("p", JAN, "contact")
    assert actions(books.plan(record(KANT, 2, {**AN, "ID": "p"}))) == [["unchanged", "create"]]


def test_a_person_that_must_be_decided_about_is_held_alone(books: Books) -> None:
    books.account("1", KANT)
    for number in "pq":
        books.contact(number, "1", JAN)
    plan = books.plan(record({**KANT, "City": "Ath"}, 2, JAN))
    assert actions(plan) == [["update"]]
    (person,) = plan.held
    assert (person.kind, person.lines) == ("contact", (("a.csv", 2),))
    assert '2 contacts of this account are called "Jan Peeters"' in person.why
    plan = books.plan(record(KANT, 2, JAN), answers={2: "q"})
    assert only(plan).contacts[0].id == "q"


def main(fields: Values, line: int = 2) -> AccountRecord:
    """Return a record whose second person is to be its main contact."""
    given = record(fields, line, JAN, AN)
    given.contacts[1].main = True
    return given


def test_the_first_person_of_a_new_account_becomes_its_main_contact(books: Books) -> None:
    company = only(books.plan(main(KANT)))
    assert [one.label for one in company.contacts] == ["An Maes", "Jan Peeters"]
    assert company.account.main is None


def test_a_new_main_contact_of_an_account_with_people_is_named_afterwards(books: Books) -> None:
    books.account("1", KANT)
    books.contact("p", "1", JAN)
    company = only(books.plan(main(KANT)))
    assert company.account.action == "update"
    assert company.account.main is company.contacts[1]
    assert [one.label for one in company.contacts] == ["Jan Peeters", "An Maes"]
    assert only(books.plan(main(KANT), mode="create")).account.action == "unchanged"
    skipped = only(books.plan(main({**KANT, "City": "Ath"}), mode="create"))
    assert (skipped.account.action, skipped.account.main) == ("skipped", None)


def test_a_known_main_contact_is_named_at_once(books: Books) -> None:
    books.account("1", KANT)
    books.contact("p", "1", JAN)
    books.contact("q", "1", AN)
    account = only(books.plan(main(KANT))).account
    assert (account.payload, account.main) == ({"MainContact": "q"}, None)


def test_where_no_account_is_made_neither_are_its_people(books: Books) -> None:
    assert actions(books.plan(record(KANT, 2, JAN), mode="update")) == [["skipped", "skipped"]]


# --- what is said and remembered of a match


def test_a_match_has_its_reasons_and_the_keys_to_be_known_by(books: Books) -> None:
    books.account("1", KANT)
    account = only(books.plan(record({**KANT, "Phone": "1"}, own="K-1"))).account
    assert (account.matched, account.evidence) == ("Name+Place", ("Name", "City", "Postcode"))
    assert [key.key for key in account.links] == ["content", OWN_NUMBER, "Name+Place", "Name"]
    assert not account.answered
    new = only(books.plan(record({"Name": "Uil"}))).account
    assert (new.matched, new.evidence) == ("", ())
    answered = only(books.plan(record(ZON), answers={2: "1"})).account
    assert (answered.matched, answered.answered) == ("answer", True)


@pytest.mark.parametrize(
    ("given", "reported"),
    [
        (record({"Name": "Uil", "VATNumber": "BE0403170701", "Phone": "11111111", **GENT}), True),
        (record({"Name": "Uil", "ID": "1"}), False),
        (record({"Name": "Kant Brussel", "VATNumber": "BE0403170701"}), False),
    ],
)
def test_a_wholly_different_name_is_reported(
    books: Books, given: AccountRecord, reported: bool
) -> None:
    number = {"VATNumber": "BE0403170701", "Phone": "11111111"}
    books.account("1", {**KANT, **number})
    assert actions(books.plan(given)) == [["update"]]
    message = 'gives "Kant" a completely different name; is it the same person or company?'
    assert ([one[2] for one in books.problems] == [message]) is reported


# --- what needs no planning, and how much is planned


def test_a_record_that_agrees_has_a_fingerprint_and_then_needs_no_planning(books: Books) -> None:
    books.account("1", KANT)
    first = only(books.plan(record(KANT)))
    assert first.fingerprint
    books.store.mirror.fingerprints.add([(first.fingerprint, "1")])
    plan = books.plan(record(KANT), record(ZON, 3))
    assert plan.unchanged == {"account": 1, "contact": 0}
    assert plan.unchanged_rows == 1
    assert actions(plan) == [["create"]]
    assert actions(books.plan(record(KANT), every=True)) == [["unchanged"]]
    assert actions(books.plan(record(KANT), answers={2: "1"})) == [["unchanged"]]
    assert only(books.plan(record({**KANT, "City": "Ath"}, 2), answers={2: "1"})).fingerprint == b""


def test_a_company_with_a_held_person_is_planned_again(books: Books) -> None:
    books.account("1", KANT)
    for number in "pq":
        books.contact(number, "1", JAN)
    assert only(books.plan(record(KANT, 2, JAN))).fingerprint == b""


def test_no_more_than_the_limit_is_sent(books: Books) -> None:
    plan = books.plan(record(KANT, 2, JAN), record(ZON, 3), record({"Name": "Uil"}, 4), limit=1)
    assert actions(plan) == [["create", "create"], ["skipped"], ["skipped"]]


def test_an_odd_plan_has_alarms(books: Books) -> None:
    for number in range(6):
        books.account(
            f"a{number}", {"Name": f"Das {'abcdef'[number]}b", "Phone": f"9999990{number}"}
        )
    given = [
        record({"Name": f"Uil {number}x", "ID": f"a{number}"}, number + 2) for number in range(6)
    ]
    assert "6 of the 6 rows that match" in books.plan(*given).alarms[0]


def test_the_details_of_each_planned_account_are_for_later(books: Books) -> None:
    details = [DetailRecord("delivery address", {"City": "Gent"}, [("a.csv", 2)])]
    given, without = record(KANT, details=details), record({"Name": "Zon"}, 3)
    planner = Planner(books.store, PlanRules(), RowsRead(), [])
    company, _ = planner.plan([given, without]).companies
    assert planner.details == [(company, details)]


@pytest.mark.parametrize(
    ("known", "said", "base"),
    [
        # What is remembered already need not be remembered again.
        (KANT, KANT, {}),
        ({**KANT, "City": "Luik"}, KANT, {name: [value, value] for name, value in KANT.items()}),
    ],
)
def test_an_unchanged_record_carries_only_what_is_to_be_remembered_of_it(
    books: Books, known: Values, said: Values, base: dict[str, Any]
) -> None:
    books.account("7", KANT)
    remembered = {name: [value, value] for name, value in known.items()}
    books.store.mirror.set_base("account", "7", RecordBases({"a": remembered}))
    account = only(books.plan(record(said))).account
    assert (account.action, account.base) == ("unchanged", base)
