"""Which contact of an account a row means, where several share a name or an e-mail address."""

from __future__ import annotations

import pytest

from exact_import.planning.contacts import match_contacts
from exact_import.records.merge import ContactRecord
from exact_import.records.models import Values
from exact_import.store.mirror import RemoteRecord

Who = tuple[str, str, str]


def person(who: Who) -> ContactRecord:
    return ContactRecord(_fields(who), [("a.csv", 2)])


def contact(number: int, who: Who) -> RemoteRecord:
    return RemoteRecord("contact", str(number), "account", _fields(who))


def _fields(who: Who) -> Values:
    named = zip(("FirstName", "LastName", "Email"), who, strict=True)
    return {name: value for name, value in named if value}


JAN = ("Jan", "Peeters", "info@acme.example")
PEETERS = ("", "Peeters", "info@acme.example")
OTHER = ("", "Peeters", "jan@acme.example")
AN = ("An", "Maes", "")


@pytest.mark.parametrize(
    ("people", "held", "expected"),
    [
        ([JAN], [JAN], {0: 0}),
        ([("jan", "PEETERS", "")], [JAN], {0: 0}),
        # Two first names are two people; a last name may change, and an initial be a first name.
        ([("Johan", "Peeters", "info@acme.example")], [JAN], {}),
        ([("Jan", "Peeters-Maes", "info@acme.example")], [JAN], {0: 0}),
        ([("J.", "Peeters", "info@acme.example")], [JAN], {0: 0}),
        ([("", "Peeters", "info@acme.example")], [JAN], {0: 0}),
        # A title is no part of a name, and how a name was taken apart is nothing.
        ([("dr. Jan", "Peeters", "")], [JAN], {0: 0}),
        ([("Peeters", "Jan", "info@acme.example")], [JAN], {0: 0}),
        (
            [("Apr.", "Lies Goethals", "l@acme.example")],
            [("Apr. Lies", "Goethals", "l@acme.example")],
            {0: 0},
        ),
        # An address that two rows or two contacts share says nothing by itself.
        ([JAN, PEETERS, OTHER], [JAN, PEETERS, OTHER], {0: 0, 1: 1, 2: 2}),
        ([PEETERS, OTHER, JAN], [JAN, PEETERS, OTHER], {0: 1, 1: 2, 2: 0}),
        # A new person does not take the place of one who is there.
        ([JAN, PEETERS], [PEETERS], {1: 0}),
        ([("Jan", "Peeters", "new@acme.example"), AN], [JAN, AN], {0: 0, 1: 1}),
        ([("Piet", "Smit", "info@acme.example")], [JAN, PEETERS], {}),
        ([("Prof", "", "info@acme.example")], [("Dr", "", "info@acme.example")], {}),
    ],
)
def test_each_row_finds_its_contact(
    people: list[Who], held: list[Who], expected: dict[int, int]
) -> None:
    contacts = [contact(number, who) for number, who in enumerate(held)]
    matches = match_contacts([person(who) for who in people], contacts)
    found = {place: int(match.record.id) for place, match in matches.items() if match.record}
    assert found == expected
    assert not any(match.why for match in matches.values())


@pytest.mark.parametrize(
    ("row", "known", "same"),
    [
        (("Jurgen", "Mueller"), ("Jürgen", "Müller"), True),
        (("Jürgen", "Müller"), ("Juergen", "Muller"), True),
        (("Björn", "Grass"), ("Bjoern", "Graß"), True),
        (("Michal", "Kowal"), ("Michael", "Kowal"), False),
        (("Manul", "Kowal"), ("Manuel", "Kowal"), False),
        (("Jan", "Muller"), ("Jan", "Mueller"), False),  # neither has the umlaut
    ],
)
def test_umlauts_are_written_in_two_ways(
    row: tuple[str, str], known: tuple[str, str], same: bool
) -> None:
    matches = match_contacts([person((*row, ""))], [contact(1, (*known, ""))])
    assert (0 in matches and matches[0].record is not None) == same


def test_namesakes_that_nothing_tells_apart_are_for_a_human() -> None:
    held = [contact(1, ("Jan", "Peeters", "a@acme.example"))]
    held += [contact(2, ("Jan", "Peeters", "b@acme.example"))]
    matches = match_contacts([person(("Jan", "Peeters", ""))], held)
    assert matches[0].record is None
    assert '2 contacts of this account are called "Jan Peeters"' in matches[0].why


def test_the_last_name_and_mobile_of_another_are_for_a_human() -> None:
    held = [contact(1, ("Jan", "Peeters", "jan@acme.example"))]
    mobile = {"Mobile": "0475 11 22 33"}
    known = RemoteRecord("contact", "1", "account", {**held[0].fields, **mobile})
    row = ContactRecord({**_fields(("Johan", "Peeters", "")), "Mobile": "+32475112233"}, [])
    matches = match_contacts([row], [known])
    assert matches[0].record is None
    assert [one.id for one in matches[0].candidates] == ["1"]


@pytest.mark.parametrize(
    ("linked", "answered", "expected"),
    [
        ({0: "1"}, {}, "1"),
        ({0: "1"}, {0: "2"}, "2"),
        ({0: "1"}, {0: "new"}, None),
        ({0: "3"}, {}, None),
    ],
)
def test_an_answer_goes_before_a_link_and_a_link_before_a_name(
    linked: dict[int, str], answered: dict[int, str], expected: str | None
) -> None:
    held = [contact(1, ("Katrien", "Claus", "")), contact(2, ("Sara", "Claus", ""))]
    people = [person(("Kaat", "Claus", ""))]
    matches = match_contacts(people, held, linked=linked, answered=answered)
    found = matches[0].record if matches else None
    assert (found.id if found else None) == expected


def test_match_contact_sets_what_people_are_known_by() -> None:
    row = [person(("Lies", "Maes", "lies@acme.example"))]
    held = [contact(1, ("Lies", "Maes", "l@acme.example"))]
    assert match_contacts(row, held, order=("FirstName+LastName",))[0].record is held[0]
    assert match_contacts(row, held, order=("Email",)) == {}
    same = [contact(1, ("Lies", "Claus", "lies@acme.example"))]
    assert match_contacts(row, same, order=("Email",))[0].record is same[0]
    assert match_contacts(row, same, order=("FirstName+LastName",)) == {}


JAN_MAES = {"FirstName": "Jan", "LastName": "Verhaeghe"}


@pytest.mark.parametrize(
    ("row", "known", "message"),
    [
        ({"FirstName": "J."}, {}, "the same last name, with the first name or an initial"),
        ({"FirstName": ""}, {}, "the same last name, with the first name or an initial"),
        ({}, {"FirstName": "J"}, "the same last name, with the first name or an initial"),
        ({"LastName": "Verhaege"}, {}, "the same first name and another spelling of the last name"),
        (
            {"FirstName": "Verhaeghe", "LastName": "Jan"},
            {},
            "the same name, with first and last name swapped",
        ),
        (
            {"FirstName": "Verhaeghe", "LastName": "Jan", "Mobile": "0475 11 22 33"},
            {"Mobile": "0475 11 22 44"},
            "the same name, with first and last name swapped",
        ),
        ({"FirstName": "J.", "Email": "j@k.example"}, {}, "the same last name, with the first"),
        (
            {"FirstName": "Jan Pieter", "Email": "j@k.example"},
            {"Email": "j@k.example"},
            "the same last name and e-mail address, and a first name that begins alike",
        ),
        ({"FirstName": "Jan Pieter"}, {}, ""),
        ({"LastName": ""}, {}, "the same first name, with the last name or without"),
        # Two first names, two last names, two addresses or mobile numbers are two people.
        ({"FirstName": "Johan"}, {}, ""),
        ({"FirstName": "P."}, {}, ""),
        ({"FirstName": "Jana", "LastName": "Verhaege"}, {}, ""),
        ({"LastName": "Peeters"}, {}, ""),
        ({"FirstName": "J.", "LastName": ""}, {"LastName": ""}, ""),
        ({"FirstName": "J.", "Email": "j@k.example"}, {"Email": "jan@k.example"}, ""),
        ({"FirstName": "J.", "Mobile": "0475 11 22 33"}, {"Mobile": "0475 11 22 44"}, ""),
    ],
)
def test_somebody_who_may_be_there_under_another_spelling_is_for_a_human(
    row: Values, known: Values, message: str
) -> None:
    person = ContactRecord({n: v for n, v in {**JAN_MAES, **row}.items() if v}, [("a.csv", 2)])
    held = RemoteRecord("contact", "1", "account", {**JAN_MAES, **known})
    matches = match_contacts([person], [held])
    assert [match.record for match in matches.values()] == [None] * bool(message)
    if message:
        name = "J Verhaeghe" if known.get("FirstName") else "Jan Verhaeghe"
        assert matches[0].why.startswith(f'may be "{name}", who has {message}')
        assert [one.id for one in matches[0].candidates] == ["1"]


def test_somebody_in_the_file_too_is_nobody_else() -> None:
    held = [RemoteRecord("contact", "1", "account", JAN_MAES)]
    rows = [ContactRecord({**JAN_MAES, "FirstName": name}, []) for name in ("J.", "Jan")]
    matches = match_contacts(rows, held)
    assert {place: match.record for place, match in matches.items()} == {1: held[0]}


def test_a_particle_is_part_of_the_last_name_wherever_it_is() -> None:
    apart = {"FirstName": "Jan", "MiddleName": "van den", "LastName": "Berg"}
    joined: Values = {"FirstName": "Jan", "LastName": "van den Berg"}
    for one, other in ((apart, joined), (joined, apart)):
        held = RemoteRecord("contact", "1", "account", other)
        assert match_contacts([ContactRecord({**one}, [])], [held])[0].record is held
