"""By what a row found its account, and what a person reads who must decide about it."""

from __future__ import annotations

from typing import Any

import pytest

from decided_rows import (
    BRUGGE,
    GENT,
    KANT,
    MAIL,
    OTHER_VAT,
    PHONE,
    STREET,
    VAT,
    WEB,
    ZON,
    account,
    decided,
    row,
    sentence,
)
from exact_import.planning.decision import CodeRule, Decision, FoundAccounts, LinkedAccount
from exact_import.planning.matching import by_link
from exact_import.store.links import EMAIL, NAME, NUMBER, OWN_NUMBER

RULES: tuple[CodeRule, ...] = ("exact", "second", "doubt", "own")


# --- links


def test_an_account_that_a_link_leads_to_and_that_differs_is_held_and_shown() -> None:
    known = account({**KANT, "VATNumber": VAT})
    linked = FoundAccounts(linked=[LinkedAccount(OWN_NUMBER, known)])
    found = decided({**ZON, "VATNumber": OTHER_VAT}, linked)
    assert sentence(found) == (
        'contradiction: its customer number belonged to "Kant" (code 1), which this row contradicts'
    )
    assert [one.id for one in found.candidates] == ["1"]


def test_the_first_link_that_counts_is_followed() -> None:
    first, second = account(KANT), account(KANT, "2")
    links = [LinkedAccount(EMAIL, first), LinkedAccount(NUMBER, second)]
    found = by_link(row(ZON), links)
    assert found is not None
    assert (found.account, found.matched_by, found.link) == (second, "link", NUMBER)
    assert found.evidence == ("linked by its VAT or company number", "City", "Postcode")


@pytest.mark.parametrize(
    ("fields", "known", "expected"),
    [
        ({**ZON, **MAIL}, KANT, ""),
        ({"Name": "Zon", **MAIL, **STREET}, {**KANT, **STREET}, "1"),
        ({**ZON, **MAIL, **WEB}, {**KANT, **WEB}, "1"),
        ({"Name": "Kante", **MAIL}, {"Name": "Kantt", **MAIL}, "1"),
        ({"Name": "Kantoor Zon", **MAIL}, {"Name": "Zon", **MAIL}, "1"),
    ],
)
def test_a_link_by_e_mail_needs_something_that_is_the_companys_own(
    fields: dict[str, Any], known: dict[str, Any], expected: str
) -> None:
    found = by_link(row(fields), [LinkedAccount(EMAIL, account(known))])
    assert (found.account.id if found is not None and found.account else "") == expected


def test_a_bank_account_in_common_does_not_make_an_e_mail_link_count() -> None:
    one = row({**ZON, **MAIL}, ibans=frozenset("x"))
    known = account({**KANT, **MAIL}, ibans=frozenset("x"))
    assert by_link(one, [LinkedAccount(EMAIL, known)]) is None
    assert by_link(one, [LinkedAccount(NAME, known)]) is not None


@pytest.mark.parametrize(
    ("fields", "known", "person", "expected"),
    [
        # In one place, or with a sign in common, or where nothing says otherwise.
        ({"City": "Gent"}, {"City": "Gent"}, False, "1"),
        ({"City": "Gent"}, {"City": "Gent", **PHONE}, False, "1"),
        ({"City": "Gent"}, {"City": "Ath"}, False, ""),
        ({"City": "Gent", **PHONE}, {"City": "Ath", **PHONE}, False, "1"),
        ({**PHONE}, {"Phone": "1"}, False, ""),
        ({**MAIL}, {"Email": "x"}, False, ""),
        ({**WEB}, {"Website": "x.example"}, False, "1"),
        # Of people the postcode counts: in one city many have one name.
        ({"City": "Gent", **PHONE}, {"City": "Gent", "Phone": "1"}, False, "1"),
        ({"City": "Gent", **PHONE}, {"City": "Gent", "Phone": "1"}, True, ""),
        ({"City": "Gent"}, {"City": "Gent"}, True, "1"),
        ({**GENT, **PHONE}, {**GENT, "Phone": "1"}, True, "1"),
        ({**GENT}, {**BRUGGE}, True, ""),
        ({**GENT, **PHONE}, {**BRUGGE, **PHONE}, True, "1"),
        # Another VAT number with the name that it was linked by is a correction.
        ({"City": "Gent", "VATNumber": VAT}, {"City": "Gent", "VATNumber": OTHER_VAT}, False, "1"),
    ],
)
def test_a_link_by_name(
    fields: dict[str, Any], known: dict[str, Any], person: bool, expected: str
) -> None:
    links = [LinkedAccount(NAME, account({"Name": "Mia Claes", **known}))]
    found = by_link(row({"Name": "Mia Claes", **fields}, person=person), links)
    assert (found.account.id if found is not None and found.account else "") == expected


def test_a_link_by_name_to_one_renamed_with_another_number_is_held() -> None:
    known = account({**KANT, "VATNumber": VAT})
    found = by_link(row({**ZON, "VATNumber": OTHER_VAT}), [LinkedAccount(NAME, known)])
    assert found is not None
    assert found.why == 'its name belonged to "Kant" (code 1), which this row contradicts'


def test_what_was_deleted_stays_so_where_a_person_would_have_to_decide() -> None:
    gone = LinkedAccount(OWN_NUMBER, account(KANT, "9"), gone=True)
    found = decided(KANT, FoundAccounts(linked=[gone], named=[account(KANT), account(KANT, "2")]))
    assert not found.held
    assert (found.deleted, found.matched_by, found.account) == (gone.account, "link", None)


def test_an_id_in_the_file_and_a_name_as_it_is_need_no_note() -> None:
    found = decided(ZON, FoundAccounts(by_id=account(KANT)))
    assert sentence(found) == "1 ID"
    assert sentence(decided(KANT, FoundAccounts(named=[account(KANT)]))) == "1 Name+Place"


def test_another_link_leads_on_where_the_number_was_that_of_a_deleted_account() -> None:
    gone = LinkedAccount(OWN_NUMBER, account(KANT, "9"), gone=True)
    found = by_link(row({**KANT, **MAIL}), [gone, LinkedAccount(EMAIL, account(KANT))])
    assert found is not None
    assert found.account is not None
    assert found.account.id == "1"


def test_a_row_without_a_name_corrects_a_number_of_its_linked_account() -> None:
    known = account({**KANT, "VATNumber": VAT})
    found = by_link(row({"VATNumber": OTHER_VAT}), [LinkedAccount(OWN_NUMBER, known)])
    assert found is not None
    assert found.account == known


# --- numbers


@pytest.mark.parametrize(
    ("fields", "known", "expected"),
    [
        ({**KANT, "VATNumber": VAT}, {**KANT, "VATNumber": VAT}, "1 VATNumber"),
        (
            {**KANT, "ChamberOfCommerce": "1"},
            {**KANT, "ChamberOfCommerce": "1"},
            "1 ChamberOfCommerce",
        ),
        # One number corrected: the other one and the name say so.
        (
            {**KANT, "VATNumber": VAT, "ChamberOfCommerce": "12345678"},
            {**KANT, "VATNumber": OTHER_VAT, "ChamberOfCommerce": "12345678"},
            "1 ChamberOfCommerce",
        ),
        (
            {**ZON, "VATNumber": VAT, "ChamberOfCommerce": "12345678"},
            {**KANT, "VATNumber": OTHER_VAT, "ChamberOfCommerce": "12345678"},
            (
                'contradiction: its company number belongs to "Kant" (code 1), which has '
                "a different name and VAT number"
            ),
        ),
        (
            {"Name": "Zon", "VATNumber": VAT},
            {"Name": "Kant", "VATNumber": VAT},
            'contradiction: its VAT number belongs to "Kant" (code 1), which has a different name',
        ),
        ({"VATNumber": VAT}, {"Name": "Kant", "VATNumber": VAT}, "1 VATNumber"),
        (
            {"Name": "Zon en Zee", "VATNumber": VAT},
            {"Name": "Zon", "VATNumber": VAT},
            "1 VATNumber",
        ),
        (
            {"Name": "Zon", "VATNumber": VAT, **WEB},
            {**KANT, "VATNumber": VAT, **WEB},
            "1 VATNumber",
        ),
        ({**ZON, "VATNumber": VAT}, {**KANT, **BRUGGE, "VATNumber": VAT}, "contradiction"),
    ],
)
def test_a_strong_number(fields: dict[str, Any], known: dict[str, Any], expected: str) -> None:
    message = sentence(decided(fields, FoundAccounts(numbered=[account(known)])))
    assert message.startswith(expected)
    assert ":" in message or message == expected


@pytest.mark.parametrize(
    ("fields", "several", "expected"),
    [
        (KANT, [KANT, {**KANT, **BRUGGE}], "1 VATNumber"),
        (KANT, [{"Name": "Kant", **BRUGGE}, {"Name": "Kant"}], "2 VATNumber"),
        (KANT, [KANT, {"Name": "Kant"}], "1 VATNumber"),
        (KANT, [{"Name": "Kant Brugge", **BRUGGE}, {"Name": "Kant Gent", **GENT}], "2 VATNumber"),
        (KANT, [ZON, {**KANT, **BRUGGE}], "ambiguous"),
        (KANT, [KANT, KANT], "ambiguous"),
        ({**KANT, **BRUGGE}, [{"Name": "Kant"}, {"Name": "Kant"}], "ambiguous"),
        (KANT, [{"Name": "Kante BV"}, {"Name": "Kanto BV"}], "ambiguous"),
    ],
)
def test_branches_have_one_number(
    fields: dict[str, Any], several: list[dict[str, Any]], expected: str
) -> None:
    numbered = [account({**one, "VATNumber": VAT}, str(n)) for n, one in enumerate(several, 1)]
    found = decided({**fields, "VATNumber": VAT}, FoundAccounts(numbered=numbered))
    assert sentence(found).startswith(expected)
    if found.held:
        assert found.why == "several accounts in Exact Online have its VAT number"
        assert len(found.candidates) == len(several)


def test_branches_that_share_a_company_number() -> None:
    number = {"ChamberOfCommerce": "12345678"}
    numbered = [account({**KANT, **number}), account({**KANT, **BRUGGE, **number}, "2")]
    found = FoundAccounts(numbered=numbered)
    assert sentence(decided({**KANT, **number}, found)) == "1 ChamberOfCommerce"
    assert decided({"Name": "Zon", **number}, found).why == (
        "several accounts in Exact Online have its company number"
    )


UNITY = {"VATNumber": "NL081000261B01", "ChamberOfCommerce": "33444555"}


def test_a_fiscal_unity_is_found_by_what_else_the_row_says() -> None:
    sister = {**KANT, **UNITY, "ChamberOfCommerce": "30111222"}
    known = FoundAccounts(numbered=[account({**ZON, **UNITY}), account(sister, "2")])
    assert sentence(decided(sister, known)) == "2 VATNumber"


# --- codes


NUMBERED = {**KANT, "Code": "007"}


@pytest.mark.parametrize(
    ("rule", "fields", "known", "expected"),
    [
        ("exact", NUMBERED, {**KANT, **BRUGGE}, "7 Code"),
        ("second", NUMBERED, {**KANT, **BRUGGE}, "7 Code"),
        ("own", NUMBERED, KANT, ""),
        (
            "doubt",
            {**NUMBERED, "Name": "Zon"},
            KANT,
            'contradiction: its number is the code of "Kant" (code 7), and nothing else agrees',
        ),
        ("second", {**NUMBERED, "Name": "Zon"}, KANT, ""),
        # What agrees: a number, the name, the mailbox or the phone; a number that differs, nothing.
        ("second", {**NUMBERED, "Name": "Zon", **MAIL}, {**KANT, **MAIL, **WEB}, "contradiction"),
        ("second", {"Code": "7", **ZON, **MAIL, **PHONE}, {**KANT, **MAIL, **PHONE}, "7 Code"),
        ("second", {"Code": "7", **ZON, **WEB}, {**KANT, **WEB}, ""),
        ("second", {**NUMBERED, "VATNumber": VAT}, {**KANT, "VATNumber": OTHER_VAT}, ""),
        ("second", {"Code": "7", **ZON, "VATNumber": VAT}, {**KANT, "VATNumber": VAT}, "7 Code"),
        (
            "exact",
            {**NUMBERED, "VATNumber": VAT},
            {**KANT, "VATNumber": OTHER_VAT},
            (
                'contradiction: its number belongs to "Kant" (code 7), which has a different VAT '
                "number"
            ),
        ),
        ("exact", {"Code": "7", "Name": "Zon", **PHONE}, {**KANT, **PHONE}, "contradiction"),
        ("exact", {"Code": "7", "Name": "Zon", **PHONE, **WEB}, {**KANT, **PHONE, **WEB}, "7 Code"),
        # Nothing but a number.
        ("exact", {"Code": "7"}, KANT, "7 Code"),
        ("second", {"Code": "7", "VATNumber": VAT}, {"Name": "Kant", "VATNumber": VAT}, "7 Code"),
        ("doubt", {"Code": "7"}, KANT, "code: only its customer number matches"),
    ],
)
def test_codes(
    rule: CodeRule, fields: dict[str, Any], known: dict[str, Any], expected: str
) -> None:
    found = decided(fields, FoundAccounts(coded=[account(known, "7")]), rule)
    if not expected:
        assert found == Decision()
    else:
        assert sentence(found).startswith(expected)


def test_a_number_alone_says_which_setting_makes_it_count() -> None:
    found = decided({"Code": "7"}, FoundAccounts(coded=[account(KANT, "7")]), "second")
    assert sentence(found) == (
        'code: only its customer number matches "Kant" (code 7); if your numbers are Exact '
        "Online's codes, set code = exact under [import]"
    )
    assert [one.id for one in found.candidates] == ["7"]


def test_a_code_that_nobody_has_says_nothing() -> None:
    for rule in RULES:
        assert decided(NUMBERED, FoundAccounts(), rule) == Decision()


def test_two_codes_that_differ_in_zeros_are_asked_about() -> None:
    coded = [account(KANT, "7"), account(ZON, "007")]
    found = decided({"Code": "07", "Name": "Kant"}, FoundAccounts(coded=coded), "exact")
    assert sentence(found) == (
        "ambiguous: several accounts in Exact Online have the code 07, leading zeros aside"
    )
    assert len(found.candidates) == 2


# --- evidence for two accounts


@pytest.mark.parametrize(
    ("fields", "numbered", "named", "expected"),
    [
        # The name and place of another account.
        ({**KANT, "VATNumber": VAT}, {**ZON, **BRUGGE}, KANT, True),
        ({**KANT, "VATNumber": VAT}, {**KANT, **BRUGGE}, KANT, True),
        ({**KANT, "VATNumber": VAT}, {**ZON, **BRUGGE}, {**KANT, **BRUGGE}, False),
        # Of the same name and place itself: the other one is a duplicate.
        ({**KANT, "VATNumber": VAT}, KANT, KANT, False),
        ({"VATNumber": VAT, **GENT}, KANT, KANT, False),
        ({**KANT, "VATNumber": VAT}, ZON, KANT, True),
    ],
)
def test_a_number_of_one_with_the_name_and_place_of_another(
    fields: dict[str, Any], numbered: dict[str, Any], named: dict[str, Any], expected: bool
) -> None:
    one, other = account({**numbered, "VATNumber": VAT}), account(named, "2")
    found = decided(fields, FoundAccounts(numbered=[one], named=[one, other]))
    message = (
        f'its VAT number belongs to "{numbered["Name"]}" (code 1), but "{named["Name"]}" (code 2) '
        "matches too"
    )
    assert (found.why == message) is expected
    if expected:
        assert [candidate.id for candidate in found.candidates] == ["1", "2"]


@pytest.mark.parametrize(
    ("rule", "coded", "expected"),
    [
        ("exact", ZON, True),
        ("second", ZON, False),
        ("second", KANT, True),
        ("doubt", {**ZON, **PHONE}, True),
        ("own", KANT, False),
    ],
)
def test_a_number_of_one_with_the_code_of_another(
    rule: CodeRule, coded: dict[str, Any], expected: bool
) -> None:
    one, other = account({**KANT, "VATNumber": VAT}, "1"), account(coded, "7")
    fields = {**KANT, **PHONE, "VATNumber": VAT, "Code": "7"}
    found = decided(fields, FoundAccounts(numbered=[one], coded=[other]), rule)
    assert (found.reason == "contradiction") is expected
    assert decided(fields, FoundAccounts(numbered=[one], coded=[one]), rule).account == one
    both = FoundAccounts(numbered=[one], coded=[other, other])
    assert decided(fields, both, rule).account == one


def test_a_code_of_one_with_the_name_and_place_of_another() -> None:
    one, other = account({**KANT, **BRUGGE}, "7"), account(KANT, "2")
    found = decided({**KANT, "Code": "7"}, FoundAccounts(coded=[one], named=[one, other]), "exact")
    assert found.why == ('its number belongs to "Kant" (code 7), but "Kant" (code 2) matches too')
