"""What the rows of one company come to together, and when they contradict each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from exact_import.records.merge import AccountRecord, ContactRecord, merge, merge_records
from exact_import.records.models import DetailRecord, RowsRead, Values

JAN: Values = {"FirstName": "Jan", "LastName": "Maes"}
AN: Values = {"FirstName": "An", "LastName": "Claes"}


def row(
    line: int,
    account: Values,
    contact: Values | None = None,
    *,
    file: str = "a.csv",
    own: str = "",
    own_contact: str = "",
    main: bool = False,
    person: bool = False,
    details: Sequence[DetailRecord] = (),
) -> AccountRecord:
    """Return what one row says; its contact is None where it names no user."""
    source = (file, line)
    people = [] if contact is None else [ContactRecord(dict(contact), [source], main, own_contact)]
    return AccountRecord(dict(account), [source], people, person, [*details], own)


def merged(*rows: AccountRecord) -> tuple[AccountRecord | None, dict[int, str]]:
    """Return the record of the rows, and by line what they are told."""
    outcome = RowsRead()
    record = merge(rows, outcome)
    rejected = {line for _, line in outcome.rejected}
    assert rejected == {one.line for one in outcome.problems if one.severity == "error"}
    return record, {one.line: one.message for one in outcome.problems}


def test_the_first_value_of_each_field_counts_and_an_empty_one_never_contradicts() -> None:
    record, messages = merged(
        row(2, {"Name": "Kant", "City": None}, own="K1"),
        row(3, {"Name": "Kant", "City": "Gent", "Phone": "1"}, own="K1"),
        row(4, {"Name": "Kant"}),
    )
    assert record == AccountRecord(
        {"Name": "Kant", "City": "Gent", "Phone": "1"},
        [("a.csv", 2), ("a.csv", 3), ("a.csv", 4)],
        own="K1",
    )
    assert messages == {}


@pytest.mark.parametrize(
    ("name", "one", "other", "agree"),
    [
        ("Name", "Kant NV", "KANT", True),
        ("Name", "Kant", "Zon", False),
        ("City", "Gent", " GENT ", True),
        ("City", "Gent", "Ghent", False),
        ("VATNumber", "BE 0403.170.701", "BE0403170701", True),
        ("Postcode", "1234 AB", "1234ab", True),
        ("DiscountSales", 0.1, 0.1000000000001, True),
        ("DiscountSales", 0.1, 0.2, False),
        ("IsSupplier", True, False, False),
    ],
)
def test_two_values_of_a_company_agree(name: str, one: Any, other: Any, agree: bool) -> None:
    record, messages = merged(row(2, {name: one}), row(3, {name: other}))
    assert (record is not None) is agree
    assert set(messages) == (set() if agree else {2, 3})
    if record is not None:
        assert record.fields[name] == one


def test_rows_that_contradict_are_all_rejected_with_every_field_that_differs() -> None:
    record, messages = merged(
        row(2, {"Name": "Kant", "City": "Gent", "Email": "a@k.example"}),
        row(3, {"Name": "Kant", "City": "Ath", "Email": "b@k.example"}),
        row(4, {"Name": "Kant"}),
    )
    assert record is None
    assert messages[2] == messages[3] == messages[4]
    assert messages[2] == (
        'City is "Gent" on line 2 but "Ath" on line 3; Email is "a@k.example" on line 2 but '
        '"b@k.example" on line 3 for the same company; make them agree'
    )


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("Email", "make them agree, or name the column under [contact] if it is the people's own"),
        ("Phone", "make them agree, or name the column under [contact] if it is the people's own"),
        ("Name", "make them agree, or give each a code, VAT number or e-mail address of its own"),
        ("City", "make them agree"),
    ],
)
def test_the_advice_is_that_of_the_field(name: str, advice: str) -> None:
    _, messages = merged(row(2, {name: "one"}), row(3, {name: "two"}))
    assert messages[2].endswith(f" for the same company; {advice}")


PEOPLES = (
    "AddressLine1",
    "AddressLine2",
    "AddressLine3",
    "Postcode",
    "City",
    "State",
    "Phone",
    "Fax",
)


@pytest.mark.parametrize("name", PEOPLES)
def test_people_of_one_number_may_have_addresses_and_phones_of_their_own(name: str) -> None:
    rows = [
        row(2, {"Name": "Kant", name: "1"}, JAN, own="K1"),
        row(3, {"Name": "Kant", name: "2"}, AN, own="K1"),
        row(4, {"Name": "Kant", name: "3"}, AN, own="K1"),
    ]
    record, messages = merged(*rows)
    assert record is not None
    assert record.fields[name] == "1"
    assert messages == {
        3: f"{name} differs from that on line 2 for the same company; the first is used"
    }


@pytest.mark.parametrize(
    ("second", "own"),
    [
        (row(3, {"Phone": "2"}, AN), "K1"),
        (row(3, {"Phone": "2"}, JAN, own="K1"), "K1"),
        (row(3, {"Phone": "2"}, own="K1"), "K1"),
        (row(3, {"Phone": "2"}, AN), ""),
        (row(3, {"Email": "2"}, AN, own="K1"), "K1"),
    ],
)
def test_not_without_that_number_of_one_person_or_of_another_field(
    second: AccountRecord, own: str
) -> None:
    record, messages = merged(row(2, {"Phone": "1", "Email": "1"}, JAN, own=own), second)
    assert record is None
    assert set(messages) == {2, 3}


def test_where_something_else_contradicts_nothing_is_passed_over() -> None:
    record, messages = merged(
        row(2, {"Name": "Kant", "Phone": "1"}, JAN, own="K1"),
        row(3, {"Name": "Zon", "Phone": "2"}, AN, own="K1"),
    )
    assert record is None
    assert not any("Phone" in message for message in messages.values())


def test_a_row_of_another_file_is_named_with_it() -> None:
    outcome = RowsRead()
    rows = [row(2, {"City": "a"}), row(2, {"City": "b"}, file="b.csv")]
    assert merge(rows, outcome) is None
    assert 'City is "a" on line 2 but "b" on line 2 of b.csv' in outcome.problems[0].message
    assert 'City is "a" on line 2 of a.csv but "b" on line 2 for' in outcome.problems[1].message


# --- people


def test_rows_that_name_one_person_make_one_contact() -> None:
    record, _ = merged(
        row(2, {"Name": "Kant"}, {**JAN, "Email": "j@k.example"}),
        row(
            3,
            {"Name": "Kant"},
            {**JAN, "FirstName": "JAN", "Phone": "1"},
            main=True,
            own_contact="7",
        ),
        row(4, {"Name": "Kant"}, AN),
        row(5, {"Name": "Kant"}),
    )
    assert record is not None
    assert [*record.contacts] == [
        ContactRecord(
            {**JAN, "Email": "j@k.example", "Phone": "1"},
            [("a.csv", 2), ("a.csv", 3)],
            main=True,
            own="7",
        ),
        ContactRecord(AN, [("a.csv", 4)]),
    ]
    assert not record.person


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"Email": "a"}, {"Email": "b"}),
        ({"ID": "1"}, {"ID": "2"}),
    ],
)
def test_namesakes_with_something_of_their_own_are_two(one: Values, other: Values) -> None:
    record, messages = merged(row(2, {}, {**JAN, **one}), row(3, {}, {**JAN, **other}))
    assert record is not None
    assert len(record.contacts) == 2
    assert messages == {}


def test_namesakes_of_two_numbers_are_two() -> None:
    record, _ = merged(row(2, {}, JAN, own_contact="1"), row(3, {}, JAN, own_contact="2"))
    assert record is not None
    assert [one.own for one in record.contacts] == ["1", "2"]


def test_rows_that_disagree_about_a_person_are_rejected_and_the_others_stay() -> None:
    record, messages = merged(
        row(2, {"Name": "Kant"}, {**JAN, "Phone": "1"}),
        row(3, {"Name": "Kant"}, {**JAN, "Phone": "2"}),
        row(4, {"Name": "Kant"}, AN),
    )
    assert messages == dict.fromkeys(
        (2, 3), "lines 2 and 3 name the same person, but disagree about Phone; make them agree"
    )
    assert record is not None
    assert (record.lines, [*record.contacts]) == (
        [("a.csv", 4)],
        [ContactRecord(AN, [("a.csv", 4)])],
    )
    assert merged(row(2, {}, {**JAN, "Phone": "1"}), row(3, {}, {**JAN, "Phone": "2"}))[0] is None


@pytest.mark.parametrize(("first", "second", "person"), [(True, True, True), (True, False, False)])
def test_an_account_is_a_persons_if_all_its_rows_say_so(
    first: bool, second: bool, person: bool
) -> None:
    record, _ = merged(row(2, {}, JAN, person=first), row(3, {}, JAN, person=second))
    assert record is not None
    assert record.person is person


# --- bank accounts and addresses


def bank(number: str, line: int, **more: str) -> DetailRecord:
    return DetailRecord("bank account", {"BankAccount": number, **more}, [("a.csv", line)])


def test_each_bank_account_and_address_is_kept_once() -> None:
    address = DetailRecord("postal address", {"City": "Gent", "Postcode": None}, [("a.csv", 2)])
    again = DetailRecord("postal address", {"City": "GENT", "Postcode": "9000"}, [("a.csv", 3)])
    record, messages = merged(
        row(2, {}, details=[bank("BE68 5390 0754 7034", 2), address]),
        row(3, {}, details=[bank("BE68539007547034", 3), again, bank("BE71096123456769", 3)]),
    )
    assert messages == {}
    assert record is not None
    assert [(one.section, one.fields, len(one.lines)) for one in record.details] == [
        ("bank account", {"BankAccount": "BE68 5390 0754 7034"}, 2),
        ("postal address", {"City": "Gent", "Postcode": "9000"}, 2),
        ("bank account", {"BankAccount": "BE71096123456769"}, 1),
    ]


def test_rows_with_two_values_in_one_detail_are_rejected() -> None:
    record, messages = merged(
        row(2, {}, details=[bank("1", 2, BICCode="A")]),
        row(3, {}, details=[bank("1", 3, BICCode="B")]),
        row(4, {}),
    )
    assert messages == dict.fromkeys(
        (2, 3),
        "lines 2 and 3 give the same company different values in its bank account; make them agree",
    )
    assert record is not None
    assert record.lines == [("a.csv", 4)]


def test_two_people_of_one_name_on_a_row_are_rejected_once() -> None:
    both = row(2, {}, {"LastName": "Peeters", "Gender": "M"})
    both.contacts = [
        *both.contacts,
        ContactRecord({"LastName": "Peeters", "Gender": "V"}, both.lines),
    ]
    record, messages = merged(both, row(3, {}))
    assert record is not None
    assert messages == {
        2: "names two people with the same name who differ in Gender; give each a first name, or "
        "name one of them"
    }


@pytest.mark.parametrize(
    ("first", "last", "is_one"),
    [
        ("Jurgen", "Mueller", True),
        ("JÜRGEN", "Muller", True),
        ("Juergen", "Müller", True),
        ("Jorgen", "Müller", False),
        ("", "Müller", False),
    ],
)
def test_a_person_whose_name_is_written_differently_is_one(
    first: str, last: str, is_one: bool
) -> None:
    jurgen: Values = {"FirstName": "Jürgen", "LastName": "Müller"}
    more: Values = {"FirstName": first or None, "LastName": last, "Phone": "1"}
    record, messages = merged(row(2, {"Name": "Kant"}, jurgen), row(3, {"Name": "Kant"}, more))
    assert record is not None
    assert len(record.contacts) == 1 + (not is_one)
    if is_one:
        assert record.contacts[0].fields == {**jurgen, "Phone": "1"}
        assert messages[3].endswith("on line 2 for the same person; the first is used")


# --- two sources


def two_sources(*rows: AccountRecord) -> tuple[AccountRecord, list[str]]:
    outcome = RowsRead()
    return merge_records(rows, outcome), [one.message for one in outcome.problems]


def test_where_two_sources_differ_the_first_is_used_and_it_is_said() -> None:
    ours = row(2, {"Name": "Kant", "Phone": "1", "Code": "7"}, JAN, own="7")
    theirs = row(4, {"Name": "KANT", "Phone": "2", "City": "Gent", "Code": "9"}, own="9")
    theirs = replace(theirs, lines=[("b.csv", 4)])
    record, messages = two_sources(ours, theirs)
    assert record.fields == {"Name": "Kant", "Phone": "1", "City": "Gent", "Code": "7"}
    assert (record.own, record.further) == ("7", (("b.csv", "9"),))
    assert record.lines == [("a.csv", 2), ("b.csv", 4)]
    assert messages == [
        'Phone "2" differs from "1" on line 2 of a.csv for the same company; the first is used'
    ]
    assert ours.fields["Phone"] == "1"
    assert "City" not in ours.fields


def test_people_of_two_sources_are_one_where_nothing_tells_them_apart() -> None:
    ours = row(2, {"Name": "Kant"}, {**JAN, "Email": "j@k.example"})
    same = row(2, {"Name": "Kant"}, {**JAN, "Phone": "1"}, file="b.csv")
    other = row(3, {"Name": "Kant"}, {**JAN, "Email": "p@k.example"}, file="b.csv")
    record, messages = two_sources(ours, same, other)
    assert [len(one.lines) for one in record.contacts] == [2, 1]
    assert record.contacts[0].fields["Phone"] == "1"
    assert "Phone" not in ours.contacts[0].fields
    assert messages == []
