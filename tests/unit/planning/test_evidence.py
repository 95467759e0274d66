"""What a row and an account say of who they are, and how the two compare."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from exact_import.planning.evidence import (
    Evidence,
    Identity,
    compare,
    compare_people,
    forms_differ,
    identity_of,
    shares_domain,
    shares_first_name,
)
from exact_import.values.names import Likeness

BELGIAN, OTHER_BELGIAN = "BE0403170701", "BE0417497106"
BELGIAN_PLACE = {"Postcode": "9000", "City": "Gent", "Country": "BE"}


def test_an_identity_has_what_the_fields_say_in_the_forms_in_which_it_compares() -> None:
    fields = {
        "Code": "  0042 ",
        "Name": "Bakkerij De Molen",
        "VATNumber": "BE 0403.170.701",
        "ChamberOfCommerce": "0417.497.106",
        "Postcode": "9000 AB",
        "City": "Sint-Niklaas",
        "AddressLine1": "Kerkstraat 1",
        "Email": " Info@DeMolen.example ",
        "Phone": "+32 9 225 10 01",
        "Website": "https://www.demolen.example/nl",
    }
    line = ("a.csv", 2)
    found = identity_of(fields, id="x", own="K-1", ibans=frozenset({"be68"}), line=line)
    assert found == Identity(
        name="Bakkerij De Molen",
        id="x",
        code="42",
        shown="0042",
        numbers={"VATNumber": "be0403170701", "ChamberOfCommerce": "be0417497106"},
        postcode="9000ab",
        city="sintniklaas",
        street="kerkstraat1",
        email="info@demolen.example",
        phone="92251001",
        website="demolen.example",
        ibans=frozenset({"be68"}),
        own="K-1",
        person=False,
        line=line,
    )


def test_an_identity_of_nothing_says_nothing() -> None:
    assert identity_of({}) == identity_of(dict.fromkeys(("Code", "Name", "Email"))) == Identity()
    assert identity_of({}, person=True).person


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"Postcode": "9000", "City": "Gent"}, {"Postcode": "9000", "City": "Ghent"}, True),
        ({"Postcode": "9000", "City": "Gent"}, {"Postcode": "9050", "City": "Gent"}, False),
        ({"Postcode": "9000", "City": "Gent"}, {"City": "GENT"}, True),
        ({"City": "Gent"}, {"Postcode": "8000", "City": "Brugge"}, False),
        ({"Postcode": "9000"}, {"City": "Gent"}, None),
        ({"City": "Gent"}, {"Postcode": "9000"}, None),
        ({"Postcode": "9000"}, {}, None),
        ({}, {"City": "Gent"}, None),
        ({}, {}, None),
        # One postcode in two countries: both the country and the city must differ.
        (BELGIAN_PLACE, {**BELGIAN_PLACE, "Country": "LU", "City": "Ettelbruck"}, False),
        (BELGIAN_PLACE, {**BELGIAN_PLACE, "Country": "BE ", "City": "Ledeberg"}, True),
        (BELGIAN_PLACE, {**BELGIAN_PLACE, "Country": "LU"}, True),
        (BELGIAN_PLACE, {"Postcode": "9000", "City": "Ettelbruck"}, True),
        (BELGIAN_PLACE, {"Postcode": "9000", "Country": "LU"}, True),
    ],
)
def test_a_place_is_the_postcode_or_the_city_where_either_has_none(
    one: dict[str, Any], other: dict[str, Any], expected: bool | None
) -> None:
    assert identity_of(one).in_place(identity_of(other)) is expected
    assert compare(identity_of(one), identity_of(other)).place is expected


VAT, KVK = "VATNumber", "ChamberOfCommerce"
NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("one", "other", "agrees", "differs"),
    [
        ({VAT: BELGIAN}, {VAT: BELGIAN}, {VAT}, NONE),
        ({VAT: BELGIAN}, {VAT: OTHER_BELGIAN}, NONE, {VAT}),
        ({VAT: BELGIAN}, {}, NONE, NONE),
        ({}, {VAT: BELGIAN}, NONE, NONE),
        # The two forms of a Belgian number are one, whichever of them either side has.
        ({VAT: BELGIAN}, {KVK: "0403.170.701"}, {VAT}, NONE),
        ({KVK: "0403170701"}, {VAT: BELGIAN}, {KVK}, NONE),
        ({VAT: BELGIAN}, {KVK: "0417497106"}, NONE, {VAT}),
        # A Dutch KvK number is no VAT number.
        ({VAT: "NL123456789B01"}, {KVK: "12345678"}, NONE, NONE),
        ({KVK: "12345678"}, {VAT: BELGIAN}, NONE, NONE),
        ({VAT: BELGIAN}, {KVK: "12345678"}, NONE, NONE),
        (
            {VAT: "NL123456789B01", KVK: "12345678"},
            {VAT: "NL123456789B01", KVK: "87654321"},
            {VAT},
            {KVK},
        ),
    ],
)
def test_strong_numbers_compare_by_kind(
    one: dict[str, Any], other: dict[str, Any], agrees: set[str], differs: set[str]
) -> None:
    seen = compare(identity_of(one), identity_of(other))
    assert seen.agrees == agrees
    assert seen.differs == differs
    assert seen.number_agrees == bool(agrees)
    assert seen.number_differs == bool(differs)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("Phone", "09 225 10 01", "09 225 10 02"),
        ("Email", "a@x.example", "b@x.example"),
        ("Website", "a.example", "b.example"),
        ("AddressLine1", "Kerkstraat 1", "Kerkstraat 2"),
        ("Postcode", "9000", "8000"),
        ("City", "Gent", "Brugge"),
    ],
)
def test_a_sign_that_both_have_agrees_or_differs(name: str, one: str, other: str) -> None:
    first, second = identity_of({name: one}), identity_of({name: other})
    nothing = identity_of({})
    for row, account, agrees, differs in (
        (first, first, {name}, NONE),
        (first, second, NONE, {name}),
        (first, nothing, NONE, NONE),
        (nothing, first, NONE, NONE),
    ):
        seen = compare(row, account)
        assert seen.agrees == agrees
        assert seen.differs == differs


@pytest.mark.parametrize(
    ("other", "agrees"),
    [({"City": "Gent"}, True), ({"City": "Brugge"}, False), ({}, True)],
)
def test_every_town_has_a_kerkstraat(other: dict[str, Any], agrees: bool) -> None:
    street = {"AddressLine1": "Kerkstraat 1"}
    seen = compare(identity_of({"City": "Gent", **street}), identity_of({**other, **street}))
    assert ("AddressLine1" in seen.agrees) is agrees
    assert "AddressLine1" not in seen.differs


def test_a_bank_account_in_common_agrees() -> None:
    first, second = identity_of({}, ibans=frozenset("ab")), identity_of({}, ibans=frozenset("bc"))
    assert compare(first, second).agrees == {"IBAN"}
    assert compare(first, identity_of({}, ibans=frozenset("c"))).agrees == NONE


def evidence(
    agrees: str = "", differs: str = "", name: Likeness = "none", place: bool | None = None
) -> Evidence:
    return Evidence(name, place, frozenset(agrees.split()), frozenset(differs.split()))


@pytest.mark.parametrize("sign", ["Phone", "Email", "Website", "IBAN", "AddressLine1"])
def test_weak_signs(sign: str) -> None:
    seen = evidence(f"{sign} Postcode City VATNumber")
    assert seen.weak == {sign}
    assert seen.reach == {sign} - {"AddressLine1"}
    assert not evidence("Postcode", sign).weak


@pytest.mark.parametrize(
    ("agrees", "differs", "expected"),
    [
        ("", "Phone", True),
        ("", "Email", True),
        ("Website", "Phone Email", True),
        ("Phone", "Email", False),
        ("Email", "Phone", False),
        ("", "Website", False),
        ("", "", False),
    ],
)
def test_what_says_otherwise_is_another_phone_or_mailbox(
    agrees: str, differs: str, expected: bool
) -> None:
    assert evidence(agrees, differs).contact_data_differs is expected


LISTED: dict[Likeness, str] = {
    "same": "Name",
    "spelling": "Name (another spelling)",
    "similar": "part of the Name",
}


@pytest.mark.parametrize("name", ["same", "spelling", "similar", "word", "none", "unknown"])
def test_what_agrees_and_contradicts_is_listed(name: Likeness) -> None:
    seen = evidence("Phone City", "VATNumber ChamberOfCommerce Email", name)
    assert seen.alike == (name in LISTED)
    assert seen.listed() == (*filter(None, [LISTED.get(name)]), "City", "Phone")
    differing = ("ChamberOfCommerce", "VATNumber")
    assert seen.contradicted() == (("Name", *differing) if name == "none" else differing)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Hilde Geens", "hilde geens", "same"),
        ("Hilde Geens", "Geens Hilde", "same"),
        ("Björn Müller", "Bjoern Mueller", "same"),
        ("H. Geens", "Hilde Geens", "same"),
        ("Hilde Geens", "H Geens", "same"),
        ("Hilde Van den Berg", "H. Van den Berg", "same"),
        ("H. Geens", "Guy Geens", "none"),
        ("Hi Geens", "Hilde Geens", "none"),
        ("H. Geens", "Hilde Maes", "none"),
        ("Hilde Geens", "Guy Geens", "none"),
        ("Hilde Geens", "Hilde Maes", "none"),
        ("Hilde", "H", "none"),
        ("Hilde Geerts", "Hilde Geertz", "spelling"),
        ("", "Hilde Geens", "unknown"),
        ("Hilde Geens", "", "unknown"),
    ],
)
def test_two_private_persons_compare_by_first_and_last_name(
    one: str, other: str, expected: Likeness
) -> None:
    assert compare_people(one, other) == expected
    person = replace(identity_of({"Name": one}), person=True)
    assert compare(person, identity_of({"Name": other})).name == expected


def test_companies_compare_by_all_their_words() -> None:
    one, other = identity_of({"Name": "Kant Gent"}), identity_of({"Name": "Kant Brugge"})
    assert compare(one, other).name == "word"
    assert compare(replace(one, person=True), other).name == "none"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Hilde Geens", "hilde Maes", True),
        ("Hilde", "Hilde Maes", True),
        ("An Geens", "An Maes", True),
        ("H. Geens", "H. Maes", False),
        ("Guy Geens", "Hilde Geens", False),
        ("", "", False),
    ],
)
def test_a_first_name_in_common(one: str, other: str, expected: bool) -> None:
    assert shares_first_name(one, other) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"Email": "an@kant.example"}, {"Email": "info@KANT.example"}, True),
        ({"Email": "an@kant.example"}, {"Website": "www.kant.example"}, True),
        ({"Email": "an@kant.example"}, {"Email": "a@b.example", "Website": "kant.example"}, False),
        ({"Email": "an@gmail.com"}, {"Email": "info@gmail.com"}, False),
        ({"Email": "an@gmail.com"}, {"Email": "jan@hotmail.com"}, False),
        ({"Email": "an@kant.example"}, {}, False),
        ({}, {}, False),
        ({}, {"Email": "an@kant.example"}, False),
    ],
)
def test_a_domain_in_common_is_not_a_providers(
    one: dict[str, Any], other: dict[str, Any], expected: bool
) -> None:
    assert shares_domain(identity_of(one), identity_of(other)) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Kant BVBA", "Kant BV", False),
        ("Kant SPRL", "Kant SRL", False),
        ("Kant NV", "Kant SA", False),
        ("Kant VZW", "Kant ASBL", False),
        ("Kant BV", "Kant NV", True),
        ("Kant BV", "Kant", False),
        ("Kant", "Kant BV", False),
    ],
)
def test_legal_forms_that_neither_follow_nor_translate_each_other_clash(
    one: str, other: str, expected: bool
) -> None:
    assert forms_differ(one, other) is expected
