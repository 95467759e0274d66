"""Accounts and private persons that a name finds, and what a person reads who must decide."""

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
    sentence,
)
from exact_import.planning.decision import Decision, FoundAccounts

# --- names


@pytest.mark.parametrize(
    ("fields", "named", "expected"),
    [
        (KANT, [KANT], "1 Name+Place"),
        (
            {**KANT, "Name": "KANT"},
            [KANT],
            '1 Name+Place matched to "Kant" (code 1), in the same place',
        ),
        (
            {**KANT, "VATNumber": VAT},
            [{**KANT, "VATNumber": OTHER_VAT}],
            (
                'likely: "Kant" (code 1) has the same name and place but a different VAT or '
                "company number"
            ),
        ),
        (
            {**KANT, "VATNumber": VAT},
            [{**KANT, "VATNumber": OTHER_VAT}, KANT],
            "2 Name+Place",
        ),
        (KANT, [KANT, KANT], "ambiguous: several accounts in Exact Online have its name and place"),
        ({**KANT, **WEB}, [{**KANT, **WEB}, {**KANT, **WEB}], "ambiguous"),
        ({**KANT, **WEB}, [KANT, {**KANT, **WEB}], "2 Name+Place"),
        (
            {**KANT, "Name": "Kant BV"},
            [{**KANT, "Name": "Kant NV"}],
            'likely: "Kant NV" (code 1) has the same name but a different legal form',
        ),
        ({**KANT, "Name": "Kant BV", **WEB}, [{**KANT, "Name": "Kant NV", **WEB}], "1 Name+Place"),
        # Where the row or the account has no place.
        (
            {"Name": "Kant", **WEB},
            [{**KANT, **WEB}],
            "1 Name",
        ),
        (
            KANT,
            [{"Name": "Kant"}],
            'likely: "Kant" (code 1) has its name, and nothing else shows which one it is',
        ),
        (
            {"Name": "Kant"},
            [KANT, ZON],
            "ambiguous: several accounts have its name, and nothing else shows which one it is",
        ),
        ({"Name": "Kant", **WEB}, [{**KANT, **WEB}, KANT], "ambiguous: several accounts have"),
        # It moved.
        (
            {**KANT, **WEB, **MAIL},
            [{**KANT, **BRUGGE, **WEB, **MAIL}],
            (
                '1 Name matched to "Kant" (code 1), which moved: the same name and e-mail '
                "address and website, but a different address"
            ),
        ),
        ({**KANT, **WEB}, [{**KANT, **BRUGGE, **WEB}, {**KANT, **BRUGGE}], "1 Name matched"),
        (
            {**KANT, **WEB},
            [{**KANT, **BRUGGE, **WEB}] * 2,
            (
                "ambiguous: several accounts have its name and its phone number, e-mail address or "
                "website"
            ),
        ),
        (
            {**KANT, **WEB, "VATNumber": VAT},
            [{**KANT, **BRUGGE, **WEB, "VATNumber": OTHER_VAT}],
            "",
        ),
    ],
)
def test_names(fields: dict[str, Any], named: list[dict[str, Any]], expected: str) -> None:
    accounts = [account(one, str(number)) for number, one in enumerate(named, 1)]
    found = decided(fields, FoundAccounts(named=accounts))
    if not expected:
        assert found == Decision()
    else:
        assert sentence(found).startswith(expected)
    if found.reason == "ambiguous":
        assert len(found.candidates) == len(accounts)


@pytest.mark.parametrize("sign", [PHONE, MAIL, WEB, STREET])
@pytest.mark.parametrize("count", [1, 2])
def test_a_spelling_in_the_same_place_with_a_sign_of_its_own(
    sign: dict[str, Any], count: int
) -> None:
    similar = [account({**KANT, "Name": "Kantje", **sign}, str(n)) for n in range(1, count + 1)]
    found = decided({**KANT, "Name": "Kantjes", **sign}, FoundAccounts(similar=similar))
    word = {"Phone": "phone number", "Email": "e-mail address", "Website": "website"}.get(
        next(iter(sign))
    )
    if word and count == 1:
        assert sentence(found) == (
            f'1 Name matched to "Kantje" (code 1), another spelling of '
            f"the name with the same {word}"
        )
    else:
        assert found.reason == "likely"


def test_a_sign_says_nothing_of_a_spelling_with_another_number() -> None:
    similar = [account({**KANT, "Name": "Kantje", **PHONE, "VATNumber": VAT})]
    fields = {**KANT, "Name": "Kantjes", **PHONE, "VATNumber": OTHER_VAT}
    assert decided(fields, FoundAccounts(similar=similar)) == Decision()


# --- private persons


MIA = {"Name": "Mia Claes", "Email": "mia@a.example", **GENT}


SISTER = {**MIA, "Name": "Lea Claes"}


@pytest.mark.parametrize(
    ("fields", "known", "expected"),
    [
        (MIA, [MIA], "1 Email"),
        (MIA, [SISTER, MIA], "2 Email"),
        (MIA, [{**MIA, **BRUGGE}, MIA], "2 Email"),
        (MIA, [MIA, MIA], "ambiguous: several accounts have its name and e-mail"),
        ({**MIA, "Postcode": "", "City": ""}, [MIA, {**MIA, **BRUGGE}], "ambiguous: several"),
        ({**MIA, "Email": ""}, [MIA], "1 Name+Place"),
        ({**MIA, "Email": ""}, [SISTER, MIA], "2 Name+Place"),
        ({**MIA, "Email": ""}, [MIA, MIA], "ambiguous: several accounts have its name and place"),
        ({**MIA, "Email": "", "Postcode": ""}, [MIA], ""),
        (
            {**MIA, "Email": "m@b.example"},
            [MIA],
            (
                'likely: "Mia Claes" (code 1) has the same name and place but a different e-mail '
                "address"
            ),
        ),
        (
            {**MIA, "Email": "", "VATNumber": VAT},
            [{**MIA, "VATNumber": OTHER_VAT}],
            "",
        ),
        (
            {"Name": "Mia Claes"},
            [MIA],
            (
                'likely: may be "Mia Claes" (code 1), which has the same name, which '
                "alone does not identify a person"
            ),
        ),
    ],
)
def test_private_persons(
    fields: dict[str, Any], known: list[dict[str, Any]], expected: str
) -> None:
    accounts = [account(one, str(number)) for number, one in enumerate(known, 1)]
    everywhere = FoundAccounts(named=accounts, reached=accounts, similar=())
    found = decided(fields, everywhere, person=True)
    if not expected:
        assert found == Decision()
    else:
        assert sentence(found).startswith(expected)


def test_a_phone_does_not_match_a_name_with_its_city_more() -> None:
    found = FoundAccounts(similar=[account({**KANT, **PHONE})])
    held = decided({**KANT, **PHONE, "Name": f"{KANT['Name']} {KANT['City']}"}, found)
    assert held.account is None
    assert held.reason == "likely"
