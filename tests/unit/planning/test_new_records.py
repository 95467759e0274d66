"""What a new record has, and what is said of what its row does not say."""

from __future__ import annotations

import pytest

from compared_records import LINES
from exact_import.fields import RecordKind
from exact_import.planning.changes import RecordChanges
from exact_import.planning.plan import PlanRules
from exact_import.records.merge import AccountRecord
from exact_import.records.models import RowsRead, Values
from exact_import.store.mirror import Mirror


def test_a_new_record_has_what_can_be_created(mirror: Mirror) -> None:
    mapped: dict[RecordKind, list[str]] = {
        "account": ["Name", "City"],
        "contact": ["FirstName", "Email"],
    }
    changes = RecordChanges(mirror, PlanRules(mapped=mapped), RowsRead())
    record = AccountRecord({"ID": "x", "Code": "7", "Name": "Kant", "Phone": None}, LINES)
    change = changes.create_account(record)
    assert (change.kind, change.action, change.lines, change.label) == (
        "account",
        "create",
        LINES,
        "Kant",
    )
    assert change.fields == {
        "Status": [None, "C"],
        "Code": [None, "7"],
        "Name": [None, "Kant"],
    }
    assert change.base == {
        "Status": ["C", "C"],
        "Code": ["7", "7"],
        "Name": ["Kant", "Kant"],
        "City": [None, None],
    }
    record.fields["Status"] = "S"
    assert changes.create_account(record).payload["Status"] == "S"
    person = changes.create("contact", LINES, {"FirstName": "Jan"}, "Jan")
    assert person.base == {"FirstName": ["Jan", "Jan"], "Email": [None, None]}


def test_where_only_known_records_are_updated_a_new_one_is_skipped(mirror: Mirror) -> None:
    changes = RecordChanges(mirror, PlanRules(mode="update"), RowsRead())
    assert changes.create("account", LINES, {"Name": "Kant"}, "Kant").action == "skipped"


def test_a_new_account_gets_the_country_that_its_numbers_prove(mirror: Mirror) -> None:
    changes = RecordChanges(mirror, PlanRules(home="BE"), RowsRead())
    dutch: Values = {"Name": "Kade", "Postcode": "1012 JS"}
    cases: list[tuple[Values, str | None]] = [
        (dutch, "NL"),
        ({**dutch, "Country": "DE"}, "DE"),
        ({"Name": "Kant", "VATNumber": "BE0403170701"}, None),
        ({"Name": "Kant", "Postcode": "9000"}, None),
    ]
    for fields, country in cases:
        made = changes.create_account(AccountRecord(fields, LINES))
        assert made.payload.get("Country") == country
    status, said = changes.assumptions()
    assert status.startswith("New accounts become customers (Status C)")
    assert said.startswith("1 new account without a country gets Country NL")
    assert f"line {LINES[0][1]}." in said
    elsewhere = RecordChanges(mirror, PlanRules(), RowsRead())
    assert "Country" not in elsewhere.create_account(AccountRecord(dutch, LINES)).payload


def test_a_new_account_gets_the_country_of_its_file(mirror: Mirror) -> None:
    rules = PlanRules(home="BE", countries={LINES[0][0]: "FR"})
    changes = RecordChanges(mirror, rules, RowsRead())
    cases: list[tuple[Values, str | None]] = [
        ({"Name": "Les Halles", "Postcode": "06000"}, "FR"),
        ({"Name": "Kant", "Postcode": "9000", "City": "Gent"}, None),
        ({"Name": "Kant", "Country": "BE"}, "BE"),
    ]
    for fields, country in cases:
        assert (
            changes.create_account(AccountRecord(fields, LINES)).payload.get("Country") == country
        )
    assert len([*changes.assumptions()]) == 1  # reading the file has said it


@pytest.mark.parametrize(
    ("setting", "status", "said"),
    [
        ("C", None, "customers (Status C)"),
        ("P", None, "prospects (Status P)"),
        ("A", None, ""),
        ("C", {"Status": "S"}, ""),
        ("C", {"Status": None}, ""),
    ],
)
def test_a_status_that_no_column_gives_is_said(
    mirror: Mirror, setting: str, status: Values | None, said: str
) -> None:
    changes = RecordChanges(mirror, PlanRules(new_account_status=setting), RowsRead())
    assert [*changes.assumptions()] == []
    changes.create_account(AccountRecord({"Name": "Kant", **(status or {})}, LINES))
    assert [said in one for one in changes.assumptions()] == [True] * bool(said)
