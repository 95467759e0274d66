"""Each rule by which a row finds its account, is held, or is new."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from exact_import.planning.decision import CodeRule, Decision, FoundAccounts, LinkedAccount
from exact_import.planning.duplicates import likely_duplicate
from exact_import.planning.evidence import Identity, identity_of
from exact_import.planning.matching import by_link, decide_account
from exact_import.store.links import (
    BARE_NUMBER,
    CONTENT,
    EMAIL,
    NAME,
    NAME_AND_PLACE,
    NUMBER,
    OWN_NUMBER,
)

VAT, OTHER_VAT = "BE0403170701", "BE0417497106"
GENT = {"Postcode": "9000", "City": "Gent"}
BRUGGE = {"Postcode": "8000", "City": "Brugge"}
DE_MOLEN: dict[str, Any] = {"Code": "1", "Name": "Bakkerij De Molen BV", **GENT}


def row(**fields: Any) -> Identity:
    return identity_of(fields, line=("a.csv", 2))


def account(**fields: Any) -> Identity:
    return identity_of({**DE_MOLEN, **fields}, id=str(fields.get("Code", "1")))


def outcome(found: Decision) -> str:
    """Return the ID of the account, "new", or why a person must decide."""
    if found.held:
        return f"held: {found.reason}"
    return found.account.id if found.account is not None else "new"


def link(key: str, to: Identity, **more: bool) -> FoundAccounts:
    return FoundAccounts(linked=[LinkedAccount(key, to, **more)])


PHONE = {"Phone": "09 225 10 01"}
OTHER_PHONE = {"Phone": "050 123 45 67"}
MAIL = {"Email": "info@demolen.example"}


# --- 1 and 2


def test_an_id_in_the_file_goes_before_everything() -> None:
    found = FoundAccounts(by_id=account(Code="7"), numbered=[account()])
    assert outcome(decide_account(row(Name="Iets anders"), found, "own")) == "7"


@pytest.mark.parametrize(
    ("found", "fields", "expected"),
    [
        # An own number or a VAT number: whatever else changed.
        (link(OWN_NUMBER, account()), {"Name": "Beddenpaleis NV", **BRUGGE}, "1"),
        (link(NUMBER, account(VATNumber=VAT)), {"Name": "Vloerwereld", "VATNumber": VAT}, "1"),
        # A number that only another source linked needs a second thing, as without a link.
        *(
            (replace(found, numbered=[one.account for one in found.linked]), fields, expected)
            for found in (link(NUMBER, account(VATNumber=VAT, **MAIL), elsewhere=True),)
            for fields, expected in (
                ({"Name": "Zon", "VATNumber": VAT, **BRUGGE}, "held: contradiction"),
                ({"Name": "Zon", "VATNumber": VAT, **GENT}, "1"),
                ({"Name": "Zon", "VATNumber": VAT, **BRUGGE, **MAIL}, "1"),
                ({"Name": "De Molen", "VATNumber": VAT, **BRUGGE}, "1"),
                ({"VATNumber": VAT, **BRUGGE}, "1"),
            )
        ),
        (link(NUMBER, account(), elsewhere=True), {"Name": "Zon", **BRUGGE}, "held: contradiction"),
        # Another VAT number is a correction if the name agrees.
        (
            link(OWN_NUMBER, account(VATNumber=VAT)),
            {"Name": "De Molen Bakkerij", "VATNumber": OTHER_VAT},
            "1",
        ),
        (
            link(OWN_NUMBER, account(VATNumber=VAT)),
            {"Name": "Kapsalon Tina", "VATNumber": OTHER_VAT},
            "held: contradiction",
        ),
        # Without its zeros a number may be another one: something else must agree.
        (link(BARE_NUMBER, account()), {"Name": "De Molen Bakkerij", **BRUGGE}, "1"),
        (link(BARE_NUMBER, account()), {"Name": "Beddenpaleis NV", **GENT}, "1"),
        (link(BARE_NUMBER, account(**PHONE)), {"Name": "Zon", **BRUGGE, **PHONE}, "1"),
        (link(BARE_NUMBER, account()), {"Name": "Zon", **BRUGGE}, "held: contradiction"),
        (
            link(BARE_NUMBER, account(VATNumber=VAT)),
            {"Name": "Zon", **GENT, "VATNumber": OTHER_VAT},
            "held: contradiction",
        ),
        (
            link(BARE_NUMBER, account(VATNumber=VAT)),
            {"Name": "Bakkerij De Molen", "VATNumber": OTHER_VAT},
            "1",
        ),
        # By e-mail the name, street, phone or website must agree: a mailbox serves many.
        (link(EMAIL, account(**MAIL)), {"Name": "De Molen, bakkerij", **MAIL, **BRUGGE}, "1"),
        (link(EMAIL, account(**MAIL, **PHONE)), {"Name": "Zon", **MAIL, **PHONE}, "1"),
        (link(EMAIL, account(**MAIL)), {"Name": "Kapsalon Tina", **MAIL, **GENT}, "new"),
        (link(EMAIL, account(**MAIL)), {"Name": "Molen en Zaad", **MAIL}, "held: contradiction"),
        # An ID that the file once had needs no second thing.
        (
            link("ID", account(VATNumber=VAT)),
            {"Name": "Kapsalon Tina", "VATNumber": OTHER_VAT, **BRUGGE},
            "1",
        ),
        # By name: the place or a sign agrees, or nothing says otherwise.
        (link(NAME, account(Name="Pluimveebedrijf Hok")), {"Name": "Kippenhok", **GENT}, "1"),
        (link(NAME, account(**PHONE)), {"Name": "Bakkerij De Molen", **BRUGGE, **PHONE}, "1"),
        (link(NAME, account()), {"Name": "Bakkerij De Molen"}, "1"),
        (
            link(NAME, account(**PHONE)),
            {"Name": "Bakkerij De Molen", **OTHER_PHONE},
            "new",
        ),
        (link(NAME, account()), {"Name": "Bakkerij De Molen", **BRUGGE}, "new"),
        (link(NAME_AND_PLACE, account()), {"Name": "Bakkerij De Molen", **GENT}, "1"),
        # An answer needs no second thing.
        (link(NAME, account(), answered=True), {"Name": "Bakkerij De Molen", **BRUGGE}, "1"),
    ],
)
def test_links(found: FoundAccounts, fields: dict[str, Any], expected: str) -> None:
    assert outcome(decide_account(row(**fields), found, "own")) == expected


def test_a_family_with_one_address_is_not_one_person() -> None:
    home = {**MAIL, **GENT, **PHONE, "AddressLine1": "Veldstraat 12"}
    found = link(EMAIL, account(Name="Eva Frans", **home))
    for name, expected in (("Guy Frans", "new"), ("E. Frans", "1")):
        one = identity_of({"Name": name, **home}, person=True)
        assert outcome(decide_account(one, found, "own")) == expected


@pytest.mark.parametrize(
    ("found", "fields", "expected"),
    [
        (link(OWN_NUMBER, account()), GENT, "held: contradiction"),
        (link(NUMBER, account()), GENT, "held: contradiction"),
        (link(NAME, account()), GENT, "held: contradiction"),
        (link(OWN_NUMBER, account()), BRUGGE, "1"),
        (link(OWN_NUMBER, account(Name="Zon", Code="1")), GENT, "1"),
        (link(OWN_NUMBER, account(), answered=True), GENT, "1"),
        (link(CONTENT, account()), GENT, "1"),
    ],
)
def test_a_link_is_doubted_where_another_account_has_name_and_place(
    found: FoundAccounts, fields: dict[str, Any], expected: str
) -> None:
    found = replace(found, named=[account(Name="Zon", Code="2")])
    assert outcome(decide_account(row(Name="Zon", **fields), found, "own")) == expected


@pytest.mark.parametrize(
    ("linked", "other", "expected"),
    [
        ({}, {"Name": "Zon", "VATNumber": VAT}, "held: contradiction"),
        ({"VATNumber": OTHER_VAT}, {"Name": "Zon", "VATNumber": VAT}, "held: contradiction"),
        # Two that share it, a branch, another one's number.
        ({"VATNumber": VAT}, {"Name": "Zon", "VATNumber": VAT}, "1"),
        ({}, {"VATNumber": VAT, **BRUGGE}, "1"),
        ({}, {"Name": "Zon", "VATNumber": OTHER_VAT}, "1"),
    ],
)
def test_a_link_is_doubted_where_another_account_has_the_rows_number(
    linked: dict[str, Any], other: dict[str, Any], expected: str
) -> None:
    found = link(OWN_NUMBER, account(**linked))
    found = replace(found, numbered=[account(Code="2", **other)])
    one = row(Name="Bakkerij De Molen", VATNumber=VAT, **GENT)
    assert outcome(decide_account(one, found, "own")) == expected


def test_a_link_to_a_deleted_account_stays_until_another_is_found() -> None:
    gone = account(Code="5")
    found = link(OWN_NUMBER, gone, gone=True)
    known = row(Name="Bakkerij De Molen", VATNumber=VAT, **GENT)
    assert decide_account(known, found, "own").deleted == gone
    merged = replace(found, numbered=[account(VATNumber=VAT)])
    assert outcome(decide_account(known, merged, "own")) == "1"


@pytest.mark.parametrize(
    ("key", "fields", "expected"),
    [
        # A row that is put back to what it said once is of the account that was made last.
        (NUMBER, {"Name": "Zonnebloem", "VATNumber": VAT}, "2"),
        (EMAIL, {"Name": "Bakkerij De Molen", **MAIL}, "2"),
        (NAME_AND_PLACE, {"Name": "Bakkerij De Molen", **GENT}, "2"),
        # Not where that link says nothing of this row.
        (EMAIL, {"Name": "Kapsalon Tina", **MAIL}, "1"),
        (NAME, {"Name": "Bakkerij De Molen", **BRUGGE}, "1"),
        ("ID", {"Name": "Kapsalon Tina"}, "2"),
    ],
)
def test_of_two_deleted_accounts_the_last_one_counts(
    key: str, fields: dict[str, Any], expected: str
) -> None:
    first, last = (replace(account(**MAIL), id=one) for one in "12")
    linked = [LinkedAccount(CONTENT, first, gone=True), LinkedAccount(key, last, gone=True)]
    found = by_link(row(**fields), linked)
    assert found is not None
    assert found.deleted is not None
    assert found.deleted.id == expected


@pytest.mark.parametrize("gone", [False, True])
def test_what_a_row_said_once_is_not_the_record_that_its_number_left(gone: bool) -> None:
    first, second = replace(account(), id="1"), replace(account(), id="2")
    linked = [
        LinkedAccount(CONTENT, first, gone=gone),
        LinkedAccount(OWN_NUMBER, second, gone=gone),
    ]
    found = by_link(row(Name="Bakkerij De Molen", **GENT), linked)
    assert found is not None
    assert (found.deleted if gone else found.account) == second


# --- 3


@pytest.mark.parametrize(
    ("fields", "accounts", "expected"),
    [
        ({"Name": "BAKKERIJ DE MOLEN"}, [{}], "1"),
        ({"Name": "Zonnebloem", **GENT}, [{}], "1"),
        ({"Name": "Zonnebloem", **PHONE}, [PHONE], "1"),
        ({"Name": "Zonnebloem"}, [{}], "held: contradiction"),
        # Branches have one number: name and place decide if they leave one.
        ({"Name": "Kant Gent", **GENT}, [{"Name": "Kant Gent"}, {"Name": "Kant", **BRUGGE}], "1"),
        (
            {"Name": "Kant Group"},
            [{"Name": "Kant Gent"}, {"Name": "Kant Brugge"}],
            "held: ambiguous",
        ),
    ],
)
def test_strong_numbers(
    fields: dict[str, Any], accounts: list[dict[str, Any]], expected: str
) -> None:
    numbered = [
        account(**{"Code": str(number), "VATNumber": VAT, **one})
        for number, one in enumerate(accounts, 1)
    ]
    found = FoundAccounts(numbered=numbered)
    assert outcome(decide_account(row(VATNumber=VAT, **fields), found, "own")) == expected


def test_one_vat_number_with_two_kvk_numbers_is_a_fiscal_unity() -> None:
    numbered = [account(VATNumber="NL081000261B01", ChamberOfCommerce="33444555")]
    unity = row(Name="Zusterbedrijf", VATNumber="NL081000261B01", ChamberOfCommerce="30111222")
    assert outcome(decide_account(unity, FoundAccounts(numbered=numbered), "own")) == "new"


def test_the_number_of_one_with_the_name_and_place_of_another_is_held() -> None:
    numbered = [account(Name="Stomerij Damp", VATNumber=VAT, **BRUGGE)]
    named = [account(Code="2", Name="Strijkatelier Plooi", VATNumber=OTHER_VAT)]
    both = row(Name="Strijkatelier Plooi", VATNumber=VAT, **GENT)
    decision = decide_account(both, FoundAccounts(numbered=numbered, named=named), "own")
    assert outcome(decision) == "held: contradiction"
    assert [one.code for one in decision.candidates] == ["1", "2"]


# --- 4


@pytest.mark.parametrize(
    ("rule", "fields", "expected"),
    [
        ("exact", {"Name": "De Molen Bakkerij BV", **BRUGGE}, "1"),
        ("exact", {"Name": "Dakwerken Regen", **BRUGGE}, "held: contradiction"),
        ("exact", {"Name": "Zon", **PHONE, **MAIL}, "1"),
        ("second", {"Name": "Bakkerij De Molen", **BRUGGE}, "1"),
        ("second", {"Name": "Kapsalon Tina", **BRUGGE}, "new"),
        ("doubt", {"Name": "Kapsalon Tina", **BRUGGE}, "held: contradiction"),
        ("own", {"Name": "Kapsalon Tina", **BRUGGE}, "new"),
        # Nothing but the code.
        ("exact", {}, "1"),
        ("second", {}, "held: code"),
        ("second", {"Email": "sara@demolen.example"}, "1"),
    ],
)
def test_codes(rule: CodeRule, fields: dict[str, Any], expected: str) -> None:
    found = FoundAccounts(coded=[account(**PHONE, **MAIL)])
    assert outcome(decide_account(row(Code="1", **fields), found, rule)) == expected


def test_a_known_person_makes_a_bare_code_count() -> None:
    found = FoundAccounts(coded=[account()], known_people=frozenset({"1"}))
    assert outcome(decide_account(row(Code="01"), found, "second")) == "1"


# --- 5


@pytest.mark.parametrize(
    ("fields", "named", "expected"),
    [
        ({"Name": "de molen bakkerij", **GENT}, [{}], "1"),
        ({"Name": "Bakkerij De Molen", "City": "Gent"}, [{}], "1"),
        ({"Name": "Bakkerij De Molen", **GENT}, [{}, {}], "held: ambiguous"),
        ({"Name": "Bakkerij De Molen", **GENT, **PHONE}, [{}, PHONE], "2"),
        ({"Name": "Bakkerij De Molen SPRL", **GENT}, [{}], "1"),
        ({"Name": "Bakkerij De Molen NV", **GENT}, [{}], "held: likely"),
        ({"Name": "Bakkerij De Molen NV", **GENT, **PHONE}, [PHONE], "1"),
        (
            {"Name": "Bakkerij De Molen", "VATNumber": VAT, **GENT},
            [{"VATNumber": OTHER_VAT}],
            "held: likely",
        ),
        # It moved.
        ({"Name": "Bakkerij De Molen", **BRUGGE, **PHONE}, [PHONE], "1"),
        ({"Name": "Bakkerij De Molen", **BRUGGE, **PHONE}, [PHONE, PHONE], "held: ambiguous"),
        # A row without a place is not elsewhere.
        ({"Name": "Bakkerij De Molen", **PHONE}, [PHONE], "1"),
        ({"Name": "Bakkerij De Molen", **OTHER_PHONE}, [PHONE], "held: likely"),
        ({"Name": "Bakkerij De Molen", **PHONE}, [{}, BRUGGE], "held: ambiguous"),
        # 7: the only one of that name, elsewhere.
        ({"Name": "Bakkerij De Molen", **BRUGGE}, [{}], "held: likely"),
        # 8: several of that name elsewhere, or another phone or number.
        ({"Name": "Bakkerij De Molen", **BRUGGE}, [{}, {}], "new"),
        ({"Name": "Bakkerij De Molen", **BRUGGE, "Phone": "050 1234567"}, [PHONE], "new"),
        (
            {"Name": "Bakkerij De Molen", "VATNumber": VAT, **BRUGGE},
            [{"VATNumber": OTHER_VAT}],
            "new",
        ),
    ],
)
def test_names(fields: dict[str, Any], named: list[dict[str, Any]], expected: str) -> None:
    accounts = [account(**{"Code": str(number), **one}) for number, one in enumerate(named, 1)]
    assert outcome(decide_account(row(**fields), FoundAccounts(named=accounts), "own")) == expected


# --- 6 and 7


@pytest.mark.parametrize(
    ("fields", "similar", "expected"),
    [
        ({"Name": "Bakkerij De Moolen", **GENT}, {}, "held: likely"),
        ({"Name": "Bakkerij De Moolen", **GENT, **PHONE}, PHONE, "1"),
        ({"Name": "Bakkerij De Moolen", **GENT, "Phone": "09 999 99 99"}, PHONE, "new"),
        ({"Name": "Bakkerij De Moolen", "VATNumber": VAT, **GENT}, {"VATNumber": OTHER_VAT}, "new"),
    ],
)
def test_spellings(fields: dict[str, Any], similar: dict[str, Any], expected: str) -> None:
    found = FoundAccounts(similar=[account(**similar)])
    assert outcome(decide_account(row(**fields), found, "own")) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"Name": "Molen Bakkerij", **BRUGGE, **MAIL}, "held: likely"),
        # A mailbox serves many; a mailbox and a phone are for a person to see.
        ({"Name": "Nachtwinkel Uil", **GENT, **MAIL}, "new"),
        ({"Name": "Nachtwinkel Uil", **GENT, **MAIL, **PHONE}, "held: likely"),
    ],
)
def test_weak_signs_never_find_an_account(fields: dict[str, Any], expected: str) -> None:
    found = FoundAccounts(reached=[account(**MAIL, **PHONE)])
    assert outcome(decide_account(row(**fields), found, "own")) == expected


def test_a_name_that_another_row_has_too_is_not_held_for_being_elsewhere() -> None:
    found = FoundAccounts(named=[account()])
    moved = row(Name="Bakkerij De Molen", **BRUGGE)
    assert outcome(decide_account(moved, found, "own", alone=False)) == "new"


@pytest.mark.parametrize(
    ("first", "second", "doubted"),
    [
        ({"Name": "Garage Verhaeghe", **GENT}, {"Name": "Garage Verhaege", **GENT}, True),
        (
            {"Name": "Garage Verhaeghe", **GENT, **PHONE},
            {"Name": "Garage Verhaege", **GENT, "Phone": "050 1234567"},
            False,
        ),
        ({"Name": "Traiteur Lepel", **GENT, **MAIL}, {"Name": "Lepel", **BRUGGE, **MAIL}, True),
        ({"Name": "Frituur Goud", **GENT, **MAIL}, {"Name": "Bloemist", **GENT, **MAIL}, False),
        ({"Name": "Kant", "VATNumber": VAT}, {"Name": "Kant Gent", "VATNumber": VAT}, False),
    ],
)
def test_two_new_rows_that_look_alike(
    first: dict[str, Any], second: dict[str, Any], doubted: bool
) -> None:
    found = likely_duplicate(row(**second), [row(**first)])
    assert (found is not None) == doubted
    if found is not None:
        assert found.candidates[0].line == ("a.csv", 2)


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        (("Hilde Geens", GENT), ("Hilde Maes", GENT), "first name and e-mail address"),
        (("Hilde Geens", GENT), ("Hilde Geenss", BRUGGE), "another spelling of the name"),
        (("Hilde Geens", GENT), ("Guy Geens", GENT), ""),
        (("Hilde Geens", GENT), ("Hilde Maes", BRUGGE), ""),
    ],
)
def test_two_new_persons_that_look_alike(
    first: tuple[str, dict[str, Any]], second: tuple[str, dict[str, Any]], why: str
) -> None:
    people = [
        replace(row(Name=name, **MAIL, **place), person=True) for name, place in (first, second)
    ]
    found = likely_duplicate(people[1], people[:1])
    assert (why in found.why) if found is not None and why else not (found or why)


# --- private persons


HILDE = {"Name": "Hilde Geens", "Email": "hilde@mail.example", **GENT}


@pytest.mark.parametrize(
    ("fields", "known", "expected"),
    [
        ({**HILDE, **BRUGGE}, HILDE, "1"),
        ({**HILDE, "Name": "H. Geens"}, HILDE, "1"),
        ({**HILDE, "Name": "Guy Geens"}, HILDE, "new"),
        ({**HILDE, "Email": ""}, HILDE, "1"),
        ({**HILDE, "Email": "hg@new.example"}, HILDE, "held: likely"),
        ({"Name": "Hilde Geens"}, HILDE, "held: likely"),
        ({"Name": "Hilde Geens", **BRUGGE}, HILDE, "new"),
        # Married, misspelled or moved: one e-mail address or phone, and one first name.
        ({**HILDE, "Name": "Hilde Maes"}, HILDE, "held: likely"),
        ({**HILDE, "Name": "Hilde Maes", "Postcode": "", "City": ""}, HILDE, "held: likely"),
        ({**HILDE, "Name": "Hilde"}, HILDE, "held: likely"),
        ({**HILDE, "Name": "Hilde Geenss", **BRUGGE}, HILDE, "held: likely"),
        ({"Name": "Hilde Maes", **GENT, **PHONE}, {**HILDE, **PHONE}, "held: likely"),
        ({"Name": "Hilde Geens", **BRUGGE, **PHONE}, {**HILDE, **PHONE}, "held: likely"),
        # Too little of it: a mailbox that many share, a household, another number.
        ({**HILDE, "Name": "Hilde Maes", **BRUGGE}, HILDE, "new"),
        ({"Name": "Hilde Maes", **BRUGGE, **PHONE}, {**HILDE, **PHONE}, "new"),
        ({**HILDE, "Name": "H. Maes"}, HILDE, "new"),
        ({"Name": "Hilde Maes", **GENT}, HILDE, "new"),
        (
            {**HILDE, "Name": "Hilde Maes", "VATNumber": VAT},
            {**HILDE, "VATNumber": OTHER_VAT},
            "new",
        ),
    ],
)
def test_private_persons(fields: dict[str, Any], known: dict[str, Any], expected: str) -> None:
    found = FoundAccounts(named=[account(**known)], reached=[account(**known)])
    person = replace(row(**fields), person=True)
    assert outcome(decide_account(person, found, "own")) == expected


@pytest.mark.parametrize(
    ("key", "fields", "expected"),
    [
        (NAME, {"Name": "Mia Claes", "City": "Gent"}, "1"),
        (NAME, {"Name": "Mia Claes", "City": "Gent", "Email": "other@a.example"}, "new"),
        (CONTENT, {"Name": "Mia Claes", "City": "Gent", "Email": "other@a.example"}, "1"),
    ],
)
def test_a_linked_person_of_one_city_is_known_again(
    key: str, fields: dict[str, Any], expected: str
) -> None:
    known = account(Name="Mia Claes", Postcode="", City="Gent", Email="mia@a.example")
    mia = replace(row(**fields), person=True)
    assert outcome(decide_account(mia, link(key, known), "own")) == expected
