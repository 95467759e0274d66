"""The change that makes a record of Exact Online agree with the file, and what its row is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from compared_records import LINES, compared
from exact_import.planning.changes import RecordChanges, skip
from exact_import.planning.plan import Change, PlanRules
from exact_import.records.merge import AccountRecord
from exact_import.records.models import RowsRead, Values
from exact_import.store.bases import RecordBases
from exact_import.store.mirror import Mirror, RemoteRecord


def test_a_field_that_differs_is_updated_and_remembered(mirror: Mirror) -> None:
    change, told = compared(
        mirror, {"Name": "Kant", "City": "Gent"}, {"Name": "Kant", "City": "Ath"}
    )
    assert (change.action, change.id, change.label, change.lines) == ("update", "1", "Kant", LINES)
    assert change.fields == {"City": ["Ath", "Gent"]}
    assert change.base == {"Name": ["Kant", "Kant"], "City": ["Gent", "Gent"]}
    assert told == []


def test_what_agrees_is_unchanged(mirror: Mirror) -> None:
    change, _ = compared(mirror, {"City": "Gent"}, {"City": " Gent"})
    assert (change.action, change.fields, change.base) == (
        "unchanged",
        {},
        {"City": ["Gent", " Gent"]},
    )


@pytest.mark.parametrize("name", ["ID", "Code"])
def test_a_key_is_never_updated(mirror: Mirror, name: str) -> None:
    assert compared(mirror, {name: "8"}, {name: "7"})[0].action == "unchanged"


@pytest.mark.parametrize(
    ("value", "held", "told"),
    [
        (
            "Gent",
            "Ath",
            (
                'City was changed in Exact Online to "Ath" since the last import; the file\'s '
                '"Gent" was not sent'
            ),
        ),
        ("Gent", None, "City was changed in Exact Online to empty since the last import;"),
        (
            "Luik",
            "Ath",
            'City was changed both in the file and in Exact Online ("Ath"); the file wins',
        ),
    ],
)
def test_somebodys_edit_is_told(mirror: Mirror, value: str, held: str | None, told: str) -> None:
    change, said = compared(mirror, {"City": value}, {"City": held}, {"City": "Gent"})
    assert len(said) == 1
    assert said[0].startswith(told)
    assert change.action == ("kept" if value == "Gent" else "update")
    assert change.base["City"] == (["Gent", "Gent"] if value == "Gent" else ["Luik", "Luik"])


def test_an_update_of_another_field_is_an_update_though_one_is_kept(mirror: Mirror) -> None:
    fields: Values = {"City": "Gent", "Phone": "2"}
    change, told = compared(mirror, fields, {"City": "Ath", "Phone": "1"}, {"City": "Gent"})
    assert (change.action, list(change.fields), len(told)) == ("update", ["Phone"], 1)


@pytest.mark.parametrize(
    ("matched", "base", "policy", "name", "action"),
    [
        ("VATNumber", None, None, "KANT NV", "unchanged"),
        ("link", None, None, "KANT NV", "unchanged"),
        # Whoever is found by Exact Online's own terms has its names too.
        *((exact, None, None, "KANT NV", "update") for exact in ("ID", "Code")),
        ("VATNumber", {"Name": "Kant"}, None, "KANT NV", "update"),
        ("VATNumber", None, "overwrite", "KANT NV", "update"),
        ("VATNumber", None, None, "Kanten", "update"),
    ],
)
def test_a_name_that_folds_alike_is_not_written(
    mirror: Mirror,
    matched: str,
    base: Mapping[str, Any] | None,
    policy: str | None,
    name: str,
    action: str,
) -> None:
    change, told = compared(
        mirror, {"Name": name}, {"Name": "Kant"}, base, matched, policy=lambda *_: policy
    )
    assert change.action == action
    assert len(told) == (action == "unchanged")
    if action == "unchanged":
        assert change.base["Name"] == ["KANT NV", "Kant"]
        assert told[0] == (
            'Exact Online keeps the name "Kant"; "KANT NV" in this row is only written differently '
            "and was not sent"
        )
        # The row is as it was at its last import from then on.
        mirror.set_base("account", "1", RecordBases({"a": change.base}))
        again, told = compared(mirror, {"Name": name}, {"Name": "Kant"}, matched=matched)
        assert (again.action, told) == ("unchanged", [])


@pytest.mark.parametrize(
    ("matched", "base", "policy", "action"),
    [
        ("VATNumber", None, None, "unchanged"),
        ("link", None, None, "unchanged"),
        # Who writes it otherwise from now on, or asks for it, has it so.
        ("link", {"Phone": "02 1"}, None, "update"),
        ("VATNumber", None, "overwrite", "update"),
        ("ID", None, None, "update"),
    ],
)
def test_a_first_match_changes_no_spelling(
    mirror: Mirror, matched: str, base: Mapping[str, Any] | None, policy: str | None, action: str
) -> None:
    change, told = compared(
        mirror,
        {"Phone": "+3293456789"},
        {"Phone": "09 345 67 89"},
        base,
        matched,
        policy=lambda *_: policy,
    )
    assert change.action == action
    if action == "unchanged":
        assert (change.base["Phone"], told) == (["+3293456789", "09 345 67 89"], [])


@pytest.mark.parametrize(
    ("base", "policy", "held", "kept"),
    [
        (None, None, "Kant", True),
        (None, "overwrite", "Kant", False),
        (None, None, "", False),
        ({"Name": "Kant"}, None, "Kant", False),
    ],
)
def test_an_answer_renames_nobody(
    mirror: Mirror,
    base: Mapping[str, Any] | None,
    policy: str | None,
    held: str,
    kept: bool,
) -> None:
    change, told = compared(
        mirror, {"Name": "Zon"}, {"Name": held}, base, "answer", policy=lambda *_: policy
    )
    assert list(change.fields) == ([] if kept else ["Name"])
    message = (
        'Exact Online keeps the name "Kant": your answer says which record it is, and "Zon" in '
        "this row was not sent; if that is its name, change it there"
    )
    assert told == [message][: int(kept)]
    if kept:
        mirror.set_base("account", "1", RecordBases({"a": change.base}))
        later, told = compared(mirror, {"Name": "Maan"}, {"Name": held}, matched="link")
        assert (list(later.fields), told) == (["Name"], [])


@pytest.mark.parametrize(
    ("matched", "last", "kept"),
    [
        ("FirstName+LastName", "Mueller", True),
        ("Email", "MULLER", True),
        ("Email", "Peeters", False),
        ("ID", "Mueller", False),
        ("answer", "Peeters", True),
    ],
)
def test_the_name_of_a_person_that_folds_alike_is_not_written(
    mirror: Mirror, matched: str, last: str, kept: bool
) -> None:
    outcome = RowsRead()
    known = RemoteRecord("contact", "1", "account", {"LastName": "Müller"})
    change = RecordChanges(mirror, PlanRules(), outcome).compare(
        LINES, {"LastName": last}, known, "Jan", matched=matched
    )
    assert list(change.fields) == ([] if kept else ["LastName"])
    assert [
        one.message.startswith('Exact Online keeps the LastName "Müller"')
        for one in outcome.problems
    ] == [True][: int(kept)]


@pytest.mark.parametrize(
    ("first", "last", "kept"),
    [
        ("J.", "Peeters", ["FirstName"]),
        ("Peeters", "Jan", ["FirstName", "LastName"]),
        ("P.", "Peeters", []),
        ("Jana", "Peeters", []),
    ],
)
def test_an_initial_or_an_exchange_changes_no_name(
    mirror: Mirror, first: str, last: str, kept: list[str]
) -> None:
    outcome = RowsRead()
    known = RemoteRecord("contact", "1", "account", {"FirstName": "Jan", "LastName": "Peeters"})
    change = RecordChanges(mirror, PlanRules(), outcome).compare(
        LINES, {"FirstName": first, "LastName": last}, known, "Jan", matched="Email"
    )
    assert list(change.fields) == ([] if kept else ["FirstName"])
    assert [one.field for one in outcome.problems] == kept
    assert all("swapped" in one.message for one in outcome.problems[1:])


def test_a_name_that_is_never_written_is_not_said_to_be_kept(mirror: Mirror) -> None:
    change, told = compared(
        mirror, {"Name": "KANT NV"}, {"Name": "Kant"}, policy=lambda *_: "never"
    )
    assert (change.action, told) == ("unchanged", [])


def test_a_street_is_written_as_the_file_has_it(mirror: Mirror) -> None:
    fields: Values = {"AddressLine1": "KERKSTRAAT 1"}
    change, told = compared(mirror, fields, {"AddressLine1": "Kerkstraat 1"}, matched="VATNumber")
    assert (list(change.fields), told) == (["AddressLine1"], [])


def test_what_follows_a_key_or_a_kept_field_is_compared_too(mirror: Mirror) -> None:
    said = {"City": ["Gent", "Gent"], "Phone": ["1", "1"]}
    mirror.set_base("account", "1", RecordBases({"crm": {"Email": ["x", "x"]}, "a": said}))
    given: Values = {"Code": "8", "City": "Gent", "Phone": "1"}
    change, told = compared(mirror, given, {"Code": "7", "City": "Ath", "Phone": "1"})
    assert (change.action, len(told)) == ("kept", 1)
    change, told = compared(mirror, {**given, "Phone": "2"}, {"City": "Gent", "Phone": "1"})
    assert (list(change.fields), told) == (["Phone"], [])


@pytest.mark.parametrize(
    ("held", "fields", "action"),
    [
        ("C", {"Status": "A", "IsSupplier": True}, "unchanged"),
        ("C", {"Status": "A"}, "update"),
        ("P", {"Status": "A", "IsSupplier": True}, "update"),
        ("C", {"Status": "P", "IsSupplier": True}, "update"),
    ],
)
def test_a_list_of_suppliers_makes_no_customer_none(
    mirror: Mirror, held: str, fields: Values, action: str
) -> None:
    assert compared(mirror, fields, {"Status": held, "IsSupplier": True})[0].action == action


def test_a_field_that_the_row_leaves_empty_is_remembered_with_what_is_there(
    mirror: Mirror,
) -> None:
    mapped = {"account": ["Name", "City", "Phone", "MainContact"], "contact": ["Email"]}
    change, _ = compared(
        mirror, {"Name": "Kant"}, {"Name": "Kant", "City": "Ath"}, {"Phone": "1"}, mapped=mapped
    )
    assert change.base == {"Name": ["Kant", "Kant"], "City": [None, "Ath"], "Phone": ["1", "1"]}


def test_a_policy_a_constant_and_a_reading_are_followed(mirror: Mirror) -> None:
    def policy(kind: str, name: str) -> str | None:
        return {"account Phone": "never"}.get(f"{kind} {name}")

    def read(_field: object, text: str, country: str) -> str:
        return f"{country} {text}"

    fields: Values = {"Phone": "1", "City": "Gent", "Email": "BE x", "Country": "BE"}
    held = {"Phone": "2", "City": "Ath", "Email": "x", "Country": "BE"}
    constants = {"account": frozenset({"City"})}
    change, _ = compared(mirror, fields, held, policy=policy, read=read, constants=constants)
    assert change.action == "unchanged"


def test_the_derived_name_of_a_person_follows_only_what_a_run_set(mirror: Mirror) -> None:
    outcome = RowsRead()
    changes = RecordChanges(mirror, PlanRules(), outcome)
    record = AccountRecord({"Name": "Jan Maes", "City": "Gent"}, LINES, person=True)
    held = RemoteRecord("account", "1", None, {"Name": "Kant", "City": "Ath"})
    assert list(changes.update(record, held, "ID").fields) == ["City"]
    record.person = False
    assert list(changes.update(record, held, "ID").fields) == ["Name", "City"]


def test_where_only_new_records_are_made_an_update_is_skipped(mirror: Mirror) -> None:
    change, _ = compared(mirror, {"City": "Gent"}, {"City": "Ath"}, mode="create")
    assert change.action == "skipped"
    assert compared(mirror, {"City": "Gent"}, {"City": "Gent"}, mode="create")[0].action == (
        "unchanged"
    )


def test_a_deleted_record_that_stays_away_is_told(mirror: Mirror) -> None:
    outcome = RowsRead()
    changes = RecordChanges(mirror, PlanRules(), outcome)
    person = changes.kept(LINES, "contact", {"FirstName": "Jan", "LastName": "Maes"})
    assert (person.kind, person.action, person.label) == ("contact", "kept", "Jan Maes")
    assert changes.kept(LINES, "account", {"Name": "Kant"}).label == "Kant"
    assert outcome.problems[0].message.startswith('"Jan Maes" was deleted in Exact Online')


def test_what_writes_is_skipped_and_nothing_else() -> None:
    main = Change("contact", "create", LINES, "")
    changes = [
        Change("account", "update", LINES, "", main=main),
        Change("account", "unchanged", LINES, "", main=main),
        Change("account", "kept", LINES, ""),
        main,
    ]
    skip(changes)
    assert [one.action for one in changes] == ["skipped", "unchanged", "kept", "skipped"]
    assert [one.main for one in changes] == [None, main, None, None]


def test_every_row_of_what_is_rejected_is_told(mirror: Mirror) -> None:
    outcome = RowsRead()
    RecordChanges(mirror, PlanRules(), outcome).reject(LINES, "no")
    assert outcome.rejected == {("a.csv", 2): ["no"], ("a.csv", 3): ["no"]}


BERG = {"FirstName": "Jan", "MiddleName": "van den", "LastName": "Berg"}


@pytest.mark.parametrize(
    ("fields", "sent", "told"),
    [
        # The name is the same, however it is cut.
        ({"LastName": "van den Berg"}, {}, ""),
        ({"LastName": "Van Den BERG"}, {}, ""),
        ({"MiddleName": "van den", "LastName": "Berg"}, {}, ""),
        # What becomes of the particle of another last name is told.
        ({"LastName": "Peeters"}, {"LastName": "Peeters"}, '"van den Peeters"'),
        (
            {"MiddleName": "de", "LastName": "Wit"},
            {"MiddleName": "de", "LastName": "Wit"},
            "",
        ),
    ],
)
def test_a_last_name_with_its_particle_is_not_written_twice(
    mirror: Mirror, fields: Values, sent: Values, told: str
) -> None:
    outcome = RowsRead()
    held = RemoteRecord("contact", "1", "2", BERG)
    change = RecordChanges(mirror, PlanRules(), outcome).compare(LINES, fields, held, "Jan")
    assert {name: new for name, (_, new) in change.fields.items()} == sent
    said = [problem.message for problem in outcome.problems]
    assert [told in message for message in said] == [True] * bool(told)


def test_a_last_name_without_a_particle_is_written_as_any_other(mirror: Mirror) -> None:
    outcome = RowsRead()
    held = RemoteRecord("contact", "1", "2", {"LastName": "Berg"})
    change = RecordChanges(mirror, PlanRules(), outcome).compare(
        LINES, {"LastName": "van den Berg"}, held, "Jan"
    )
    assert change.fields == {"LastName": ["Berg", "van den Berg"]}
    assert not outcome.problems


@pytest.mark.parametrize(
    ("name", "value", "stored", "sent"),
    [
        ("Phone", "475123456", "0475 12 34 56", False),
        ("Phone", "32475123456", "+32 475 12 34 56", False),
        ("Postcode", "1067", "01067", False),
        ("Phone", "475123457", "0475 12 34 56", True),
        ("Phone", "0475123456", "475123456", True),
        ("Phone", "+32 475 12 34 57", "0475 12 34 56", True),
        ("Phone", "", "0", True),
        ("Name", "47", "047", True),
    ],
)
def test_a_number_that_lost_its_start_replaces_no_whole_one(
    mirror: Mirror, name: str, value: str, stored: str, sent: bool
) -> None:
    change, _ = compared(mirror, {name: value}, {name: stored}, {})
    assert (name in change.fields) is sent
    assert change.base[name] == ([value, value] if sent else [value, stored])
    changed, _ = compared(mirror, {name: value}, {name: stored}, {name: "another"})
    assert (name in changed.fields) is sent
