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
            'may be one of 2 accounts with another spelling of its name, such as "Kant" (code 1)',
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


def test_a_name_with_its_city_more_may_be_the_company_there() -> None:
    one = row({**KANT, "Name": "Kant Gent"})
    found = likely_account(one, FoundAccounts(similar=[account(KANT)]), alone=True)
    assert found is not None
    assert found.why == 'may be "Kant" (code 1), which has the same name except for its city'
    other = account({**KANT, **OTHER_PHONE})
    one = row({**KANT, "Name": "Kant Gent", **PHONE})
    assert likely_account(one, FoundAccounts(similar=[other]), alone=True) is None


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
            "which has a different name but the same e-mail address and phone number",
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
    message = 'may be "Kant" (code 1), which has the same name but a different address'
    assert (found.why if found is not None else "") == (message if held else "")


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
            "which has a similar name and the same phone number and website",
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


HOME = {**GENT, "AddressLine1": "Veldstraat 12"}


@pytest.mark.parametrize(
    ("one", "other", "held"),
    [
        # A word in common, or one edit apart, at one address: whatever else they say.
        ({"Name": "De Zon"}, {"Name": "Bakkerij De Zonn"}, True),
        ({"Name": "Kant Bouw"}, {"Name": "Kant Vastgoed"}, True),
        ({"Name": "Kant Bouw", **PHONE}, {"Name": "Kant Vastgoed", **OTHER_PHONE}, True),
        ({"Name": "Kant Bouw", "AddressLine1": "Veldstr. 12"}, {"Name": "Kant Groen"}, True),
        # Another number, house, street or town; a trade that many have; nothing in common.
        ({"Name": "Kant A", "VATNumber": VAT}, {"Name": "Kant B", "VATNumber": OTHER_VAT}, False),
        ({"Name": "Kant Bouw", "AddressLine1": "Veldstraat 14"}, {"Name": "Kant Groen"}, False),
        ({"Name": "Kant Bouw", "AddressLine1": "Veldstraat"}, {"Name": "Kant Groen"}, False),
        ({"Name": "Kant Bouw", **BRUGGE}, {"Name": "Kant Groen"}, False),
        ({"Name": "Kant Bouw", "Postcode": ""}, {"Name": "Kant Groen"}, False),
        ({"Name": "Garage Kant"}, {"Name": "Garage Zon"}, False),
        ({"Name": "Kant"}, {"Name": "Zon"}, False),
    ],
)
def test_two_of_nearly_one_name_at_one_address(
    one: dict[str, Any], other: dict[str, Any], held: bool
) -> None:
    fields, known = {**HOME, **one}, {**HOME, **other}
    found = likely_account(row(fields), FoundAccounts(neighbors=[account(known)]), alone=True)
    assert (found is not None) is held
    earlier = likely_duplicate(row(fields, 3), [row(known)])
    assert (earlier is not None) is held
    if found is not None and earlier is not None:
        what = "which has the same address and a similar name"
        assert found.why == f'may be "{known["Name"]}" (code 1), {what}'
        assert earlier.why == f"may be the same as line 2, {what}"
        assert (found.reason, earlier.reason) == ("likely", "likely")
        assert [one.id for one in found.candidates] == ["1"]


def test_a_spelling_at_one_street_is_held_whatever_the_phone() -> None:
    known = {"Name": "Kants", "City": "Gent", "AddressLine1": "Veldstraat 12", **PHONE}
    fields = {**HOME, "Name": "Kant", **OTHER_PHONE}
    for person in (False, True):
        one = row(fields, 3, person=person)
        found = likely_account(one, FoundAccounts(similar=[account(known)]), alone=True)
        assert found is not None
        assert "another spelling of its name" in found.why
        earlier = likely_duplicate(one, [row(known, person=person)])
        assert earlier is not None
        assert "another spelling" in earlier.why


@pytest.mark.parametrize(
    ("fields", "known", "message"),
    [
        ({"Name": "Els Claes"}, {"Name": "Els Maes"}, "the same first name and street but"),
        ({"Name": "Els Claes", **MAIL}, {"Name": "Els Maes"}, "the same first name and street"),
        (
            {"Name": "Els Claes", **MAIL},
            {"Name": "Els Maes", **MAIL},
            "the same first name and street and e-mail address but a different last name",
        ),
        ({"Name": "Els Maess"}, {"Name": "Els Maes"}, "another spelling of the name and the same"),
        # A household, and two whose e-mail addresses differ.
        ({"Name": "Jan Maes"}, {"Name": "Els Maes"}, ""),
        ({"Name": "Els Claes", **MAIL}, {"Name": "Els Maes", "Email": "b@k.example"}, ""),
        ({"Name": "Els Claes", "AddressLine1": "Veldstraat 14"}, {"Name": "Els Maes"}, ""),
        ({"Name": "Els Claes"}, {"Name": "Claes"}, ""),
    ],
)
def test_two_persons_at_one_address(
    fields: dict[str, Any], known: dict[str, Any], message: str
) -> None:
    one = row({**HOME, **fields}, person=True)
    found = likely_account(one, FoundAccounts(neighbors=[account({**HOME, **known})]), alone=True)
    assert (found is not None) is bool(message)
    if found is not None:
        assert f"which has {message}" in found.why


@pytest.mark.parametrize(
    ("fields", "known", "held"),
    [
        ({**MAIL}, GENT, True),
        ({**PHONE}, {**GENT, **MAIL}, True),
        ({**GENT, **MAIL}, {}, True),
        ({}, GENT, True),
        ({**MAIL}, {**GENT, "Email": "b@k.example"}, False),
        ({"VATNumber": VAT}, {**GENT, "VATNumber": OTHER_VAT}, False),
        (BRUGGE, GENT, False),
    ],
)
def test_a_person_whose_place_is_not_known(
    fields: dict[str, Any], known: dict[str, Any], held: bool
) -> None:
    one = row({"Name": "Jan Maes", **fields}, person=True)
    found = likely_account(
        one, FoundAccounts(named=[account({"Name": "Jan Maes", **known})]), alone=True
    )
    assert (found is not None) is held
    if found is not None:
        assert "the same name, which alone does not identify a person" in found.why


JAN = {"Name": "Jan Maes", **GENT, **MAIL}


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ({**JAN, "Email": ""}, "which has the same name and place"),
        ({**JAN, "Email": "b@k.example"}, ""),
        ({**JAN, "Name": "Jan Claes"}, "which has the same first name and e-mail address but"),
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
