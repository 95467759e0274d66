"""New records that may be one that is there: how that is said, and what is not said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from exact_import.planning.decision import FoundAccounts
from exact_import.planning.duplicates import likely_account, likely_duplicate
from exact_import.planning.evidence import Identity, identity_of

VAT, OTHER_VAT = "BE0403170701", "BE0417497106"
GENT = {"Postcode": "9000", "City": "Gent"}
BRUGGE = {"Postcode": "8000", "City": "Brugge"}
KANT: dict[str, Any] = {"Name": "Kant", **GENT}
MAIL, PHONE, WEB = {"Email": "a@k.example"}, {"Phone": "11111111"}, {"Website": "k.example"}
OTHER_PHONE = {"Phone": "22222222"}


def account(fields: dict[str, Any], number: int = 1) -> Identity:
    return identity_of({"Code": str(number), **fields}, id=str(number))


def row(fields: dict[str, Any], line: int = 2, *, person: bool = False) -> Identity:
    return replace(identity_of(fields, line=("a.csv", line)), person=person)


@pytest.mark.parametrize(
    ("fields", "similar", "expected"),
    [
        (
            {**KANT, "Name": "Kants"},
            [KANT],
            'may be "Kant" (code 1), which has another spelling of its name',
        ),
        (
            {**KANT, "Name": "Kants"},
            [KANT, KANT],
            'may be "Kant" (code 1) or 1 more, which has another spelling of its name',
        ),
        # Another number, or another phone or mailbox, says otherwise.
        ({**KANT, "Name": "Kants", "VATNumber": VAT}, [{**KANT, "VATNumber": OTHER_VAT}], ""),
        ({**KANT, "Name": "Kants", **PHONE}, [{**KANT, **OTHER_PHONE}], ""),
    ],
)
def test_a_spelling_near_by(
    fields: dict[str, Any], similar: list[dict[str, Any]], expected: str
) -> None:
    accounts = [account(one, number) for number, one in enumerate(similar, 1)]
    for person in (False, True):
        found = likely_account(
            row(fields, person=person), FoundAccounts(similar=accounts), alone=True
        )
        assert (found.why if found is not None else "") == expected


@pytest.mark.parametrize(
    ("fields", "reached", "expected"),
    [
        (
            {"Name": "Kant Gent", **MAIL},
            {**KANT, **MAIL},
            "which has a similar name and the same e-mail address",
        ),
        (
            {"Name": "Kant Gent", **MAIL, **WEB},
            {**KANT, **MAIL, **WEB},
            "which has a similar name and the same e-mail address and website",
        ),
        (
            {"Name": "Zon", **MAIL, **PHONE},
            {**KANT, **MAIL, **PHONE},
            "which has another name but the same e-mail address and phone",
        ),
        ({"Name": "Zon", **MAIL}, {**KANT, **MAIL}, ""),
        (
            {"Name": "Kant Gent", **MAIL, "VATNumber": VAT},
            {**KANT, **MAIL, "VATNumber": OTHER_VAT},
            "",
        ),
    ],
)
def test_an_account_that_is_reached_in_the_same_way(
    fields: dict[str, Any], reached: dict[str, Any], expected: str
) -> None:
    found = likely_account(row(fields), FoundAccounts(reached=[account(reached)]), alone=True)
    if expected:
        assert found is not None
        assert found.why == f'may be "Kant" (code 1), {expected}'
        assert found.reason == "likely"
        assert [one.id for one in found.candidates] == ["1"]
    else:
        assert found is None


@pytest.mark.parametrize(
    ("fields", "named", "alone", "held"),
    [
        ({**KANT, **BRUGGE}, [KANT], True, True),
        ({**KANT, **BRUGGE}, [KANT], False, False),
        ({**KANT, **BRUGGE}, [KANT, KANT], True, False),
        ({**KANT, **BRUGGE, **PHONE}, [{**KANT, **OTHER_PHONE}], True, False),
        ({**KANT, **BRUGGE, "VATNumber": VAT}, [{**KANT, "VATNumber": OTHER_VAT}], True, False),
    ],
)
def test_the_only_one_of_its_name_elsewhere(
    fields: dict[str, Any], named: list[dict[str, Any]], alone: bool, held: bool
) -> None:
    accounts = [account(one, number) for number, one in enumerate(named, 1)]
    found = likely_account(row(fields), FoundAccounts(named=accounts), alone=alone)
    said = 'may be "Kant" (code 1), which has the same name and another address'
    assert (found.why if found is not None else "") == (said if held else "")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (KANT, KANT, "which has the same name and place"),
        (
            {**KANT, **PHONE},
            {**KANT, **OTHER_PHONE},
            "which has the same name and place",
        ),
        (
            KANT,
            {**KANT, "Name": "Kants"},
            "which has another spelling of its name in the same place",
        ),
        (
            {**KANT, "Postcode": "9000"},
            {"Name": "Kants", "Postcode": "9050", "City": "Gent"},
            "which has another spelling of its name in the same place",
        ),
        (
            {**KANT, **MAIL},
            {"Name": "Kant Gent", **BRUGGE, **MAIL},
            "which has a similar name and the same e-mail address",
        ),
        (
            {**KANT, **PHONE, **WEB},
            {"Name": "Kant Gent", **BRUGGE, **PHONE, **WEB},
            "which has a similar name and the same phone and website",
        ),
        # A branch, another number, another phone, another name.
        ({**KANT, "VATNumber": VAT}, {**KANT, "VATNumber": VAT}, ""),
        (
            {**KANT, "VATNumber": VAT},
            {**KANT, "Name": "Kants", "VATNumber": OTHER_VAT},
            "",
        ),
        ({**KANT, **PHONE}, {**KANT, "Name": "Kants", **OTHER_PHONE}, ""),
        ({**KANT, **MAIL}, {"Name": "Zon", **GENT, **MAIL}, ""),
        (KANT, {**KANT, **BRUGGE}, ""),
        (KANT, {"Name": "Kant Gent", **GENT}, ""),
    ],
)
def test_an_earlier_row(first: dict[str, Any], second: dict[str, Any], expected: str) -> None:
    found = likely_duplicate(row(second, 3), [row(first)])
    if expected:
        assert found is not None
        assert found.why == f"may be the same as line 2, {expected}"
        assert found.reason == "likely"
    else:
        assert found is None


def test_the_first_earlier_row_that_it_may_be_is_named() -> None:
    earlier = [row({"Name": "Zon", **GENT}), row(KANT, 3), row(KANT, 4)]
    found = likely_duplicate(row(KANT, 5), earlier)
    assert found is not None
    assert [one.line for one in found.candidates] == [("a.csv", 3)]


JAN = {"Name": "Jan Maes", **GENT, **MAIL}


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ({**JAN, "Email": ""}, "which has the same name and place"),
        ({**JAN, "Email": "b@k.example"}, ""),
        ({**JAN, "Name": "Jan Claes"}, "which has the same first name and e-mail address with"),
        ({**JAN, "Name": "Jan Maess", **BRUGGE}, "which has another spelling of the name and the"),
        ({**JAN, **BRUGGE}, "which has the same name and the same e-mail address"),
        ({**JAN, "Name": "An Maes"}, ""),
    ],
)
def test_an_earlier_private_person(second: dict[str, Any], expected: str) -> None:
    found = likely_duplicate(row(second, 3, person=True), [row(JAN, person=True)])
    if expected:
        assert found is not None
        assert found.why.startswith(f"may be the same as line 2, {expected}")
    else:
        assert found is None
