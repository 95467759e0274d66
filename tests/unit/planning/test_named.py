"""What an account is called that no row gives a name: its only person's, or what it was called."""

from __future__ import annotations

from typing import Any

import pytest

from exact_import.planning.decide import following_person, named
from exact_import.records.merge import AccountRecord, ContactRecord
from exact_import.records.models import Values
from exact_import.store.mirror import RemoteRecord

JAN: Values = {"FirstName": "Jan", "LastName": "Peeters", "Email": "jan@a.example"}
AN: Values = {"FirstName": "An", "LastName": "Maes"}


def record(fields: Values, *people: Values) -> AccountRecord:
    return AccountRecord(fields, [("a.csv", 2)], [ContactRecord(one, []) for one in people])


@pytest.mark.parametrize(
    ("fields", "people", "expected"),
    [
        ({"Name": "Acme", "Code": "7"}, [JAN], {"Name": "Acme", "Code": "7"}),
        # Of its only person, where its rows say more than which account it is.
        (
            {"Code": "7", "City": "Gent"},
            [JAN],
            {"Code": "7", "City": "Gent", "Name": "Jan Peeters", "Email": "jan@a.example"},
        ),
        ({"City": "Gent"}, [AN], {"City": "Gent", "Name": "An Maes"}),
        # The account's own address is the row's, not the person's.
        (
            {"City": "Gent", "Email": "shop@a.example"},
            [JAN],
            {"City": "Gent", "Email": "shop@a.example", "Name": "Jan Peeters"},
        ),
        ({"City": "Gent"}, [JAN, AN], None),
        ({"City": "Gent"}, [], None),
        # Rows that only point at an account mean one that exists.
        ({"Code": "7", "ID": "x"}, [JAN], None),
        ({"Code": "7", "City": None}, [JAN], None),
        ({"Code": "7", "Status": "C"}, [JAN], None),
        ({"Code": "7", "Status": "C", "City": "Gent"}, [AN], "An Maes"),
    ],
)
def test_a_new_account_has_a_name(
    fields: Values, people: list[Values], expected: dict[str, Any] | str | None
) -> None:
    given = record(fields, *people)
    found = named(given, {"Status"}, None)
    if isinstance(expected, str):
        assert found is not None
        assert found.fields["Name"] == expected
    else:
        assert (found.fields if found is not None else None) == expected
    if found is not None:
        assert found.person is ("Name" not in fields)
        assert (found is given) is ("Name" in fields)


@pytest.mark.parametrize(
    ("fields", "gone", "expected"),
    [
        ({"Code": "7"}, {"Name": "Acme"}, {"Code": "7", "Name": "Acme"}),
        ({"Code": "7", "Name": "Best"}, {"Name": "Acme"}, {"Code": "7", "Name": "Best"}),
        ({"Code": "7"}, {}, None),
        ({"Code": "7"}, None, None),
    ],
)
def test_an_account_that_was_deleted_comes_back_with_its_name(
    fields: Values, gone: dict[str, Any] | None, expected: Values | None
) -> None:
    found = named(record(fields), (), gone)
    assert (found.fields if found is not None else None) == expected


def test_the_persons_name_goes_before_that_of_the_deleted_account() -> None:
    found = named(record({"City": "Gent"}, AN), (), {"Name": "Acme"})
    assert found is not None
    assert found.fields["Name"] == "An Maes"


@pytest.mark.parametrize(
    ("fields", "called", "expected"),
    [
        ({}, "Jan Peeters", "An Maes"),
        ({}, "Acme", None),
        ({"Name": "Acme"}, "Jan Peeters", "Acme"),
        ({"Name": "Acme"}, "Acme", "Acme"),
    ],
)
def test_an_account_called_as_its_person_follows_them(
    fields: Values, called: str, expected: str | None
) -> None:
    held = RemoteRecord("account", "1", None, {"Name": called})
    person = RemoteRecord("contact", "2", "1", JAN)
    found = following_person(record(fields, AN), held, person)
    assert found.fields.get("Name") == expected
    assert found.person is (expected == "An Maes")
