"""What looks double: by number, by name and place, by a spelling; people within their account."""

from __future__ import annotations

import random
from typing import Any

import pytest

from exact_import.exporting.duplicates import (
    EMAIL,
    NAME,
    NAME_AND_PLACE,
    NUMBER,
    OTHER_NAMES,
    OTHER_NUMBERS,
    SPELLING,
    duplicate_accounts,
    duplicate_contacts,
    person_of,
)
from exact_import.planning.evidence import identity_of

Account = dict[str, Any]
Found = list[tuple[tuple[str, ...], tuple[str, ...]]]


def accounts(*fields: Account) -> Found:
    """Return the groups among accounts with these fields, called a, b, c and so on."""
    known = [identity_of(one, id=chr(ord("a") + place)) for place, one in enumerate(fields)]
    return [(group.ids, group.why) for group in duplicate_accounts(known)]


def account(name: str, place: str = "", vat: str = "", **more: str) -> Account:
    return {"Name": name, "Postcode": place, "VATNumber": vat, **more}


GENT = account("Slagerij Maes", "9000")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([GENT], []),
        ([GENT, account("Slagerij Maes", "2000")], []),
        ([GENT, account("MAES, slagerij bv", "9000")], [(("a", "b"), (NAME_AND_PLACE,))]),
        ([GENT, account("Slagerij Maas", "9000")], [(("a", "b"), (SPELLING,))]),
        ([GENT, account("Slagerij Jansens", "9000")], []),
        ([GENT, account("Garage 12", "9000"), account("Garage 13", "9000")], []),
        # The same number wherever it is, and in either of its Belgian forms.
        (
            [
                account("Maes", "9000", "BE0403170701"),
                account("Vlees", "2000", ChamberOfCommerce="0403.170.701"),
            ],
            [(("a", "b"), (NUMBER,))],
        ),
        # A fiscal unity: one VAT number for two companies.
        (
            [
                account("Een", "1000AA", "NL123456789B01", ChamberOfCommerce="12345678"),
                account("Twee", "1000AB", "NL123456789B01", ChamberOfCommerce="87654321"),
            ],
            [],
        ),
        # Other numbers: told where the name is the same, and no spelling then.
        (
            [
                account("Maes", "9000", "BE0403170701"),
                account("Maes bv", "9000", "BE0417497106"),
            ],
            [(("a", "b"), (NAME_AND_PLACE, OTHER_NUMBERS))],
        ),
        (
            [
                account("Maesens", "9000", "BE0403170701"),
                account("Maessens", "9000", "BE0417497106"),
            ],
            [],
        ),
        # Phone and e-mail that differ tell two spellings apart.
        (
            [
                account("Maesens", "9000", Phone="091112233"),
                account("Maessens", "9000", Phone="094445566"),
            ],
            [],
        ),
        # The city counts where one has no postcode.
        (
            [account("Maes", City="Gent"), account("Maes", "9000", City="Gent")],
            [(("a", "b"), (NAME_AND_PLACE,))],
        ),
        (
            [
                account("Maes", "9000", City="Gent"),
                account("Maes", "9050", City="Gent"),
                account("Vos", City="Gent"),
            ],
            [],
        ),
        # What is put together by two reasons is one group.
        (
            [
                account("Maes", "9000", "BE0403170701"),
                account("Vlees", "2000", "BE0403170701"),
                account("Vlees nv", "2000"),
            ],
            [(("a", "b", "c"), (NUMBER, NAME_AND_PLACE))],
        ),
    ],
)
def test_accounts(fields: list[Account], expected: Found) -> None:
    assert accounts(*fields) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Schilderwerken Vandenbroucke", "Schilderwerken Vandenbrouck"),
        ("Schilderwerken Vandenbroucke", "Shcilderwerken Vandenbroucke"),
        ("Schilderwerken Vandenbroucke", "Schilderwerken Van den Broucke"),
        ("Vandenbroucke", "Vanderbroucke"),
        ("Vandenbroucke", "Vandenbruoke"),
        ("Bakkerij Peeters", "Bakerij Peters"),
        ("De Peeters", "Peeters"),
    ],
)
def test_a_spelling_is_found_among_many_names_of_a_place(one: str, other: str) -> None:
    letters = random.Random(1)
    names = ["".join(letters.sample("abcdefghijklmnopqrstuvwxyz", 9)) for _ in range(300)]
    crowd = [account(f"Schilderwerken {name}", "9000") for name in names]
    crowd += [account(f"Bakkerij {name}", "9000") for name in names]
    found = duplicate_accounts(
        identity_of(fields, id=f"{place:03}")
        for place, fields in enumerate([account(one, "9000"), *crowd, account(other, "9000")])
    )
    assert [(group.ids, group.why) for group in found] == [(("000", "601"), (SPELLING,))]


def contacts(*people: tuple[str, str, str, str]) -> Found:
    """Return the groups among people: account, first and last name, e-mail address."""
    known = [
        person_of(chr(ord("a") + place), at, {"FirstName": first, "LastName": last, "Email": email})
        for place, (at, first, last, email) in enumerate(people)
    ]
    return [(group.ids, group.why) for group in duplicate_contacts(known)]


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([("x", "Jan", "Maes", ""), ("y", "Jan", "Maes", "")], []),
        ([("x", "Jan", "Maes", ""), ("x", "JAN", "Maës", "")], [(("a", "b"), (NAME,))]),
        ([("x", "", "", ""), ("x", "", "", "")], []),
        (
            [("x", "Jan", "Maes", "jan@maes.be"), ("x", "", "Maes", "JAN@maes.be")],
            [(("a", "b"), (EMAIL,))],
        ),
        (
            [("x", "Jan", "Maes", "info@maes.be"), ("x", "Els", "Vos", "info@maes.be")],
            [(("a", "b"), (EMAIL, OTHER_NAMES))],
        ),
        ([("x", "Jan", "Maes", "a@b.be"), ("y", "Jan", "Maes", "a@b.be")], []),
    ],
)
def test_contacts(people: list[tuple[str, str, str, str]], expected: Found) -> None:
    assert contacts(*people) == expected
