"""All records of a file together: answers, customer numbers, two records that are one account."""

from __future__ import annotations

import pytest

from exact_import.records.merge import AccountRecord
from exact_import.records.models import Values
from exact_import.store.bases import RecordBases
from exact_import.store.links import BARE_NUMBER, OWN_NUMBER, LinkKey, account_keys
from matched_company import (
    BRUGGE,
    GENT,
    KANT,
    PHONE,
    VAT,
    ZON,
    Company,
    _outcome,
    record,
    records_of,
)

# --- what was remembered


def test_a_link_is_followed_before_anything_else_is_looked_for(company: Company) -> None:
    company.has("1", {"Name": "Kapsalon Tina", **BRUGGE})
    company.has("2", {**KANT, **BRUGGE})
    company.link(OWN_NUMBER, "k7", "1")
    first, second = company.match([record(KANT, 2, "K-7"), record(ZON, 3, "K-8")]).values()
    assert _outcome(first) == "1"
    assert first.decision.link == OWN_NUMBER
    assert first.place == 0
    assert first.row.name == "Kant"
    assert LinkKey(OWN_NUMBER, "k7", "a") in first.links
    assert first.links[0].key == "content"
    assert _outcome(second) == "new"
    company.has("2", KANT)
    [first] = company.match([record(KANT, 2, "K-7")]).values()
    assert [one.id for one in first.decision.candidates] == ["1", "2"]


def test_a_number_is_known_without_the_zeros_that_a_spreadsheet_drops(company: Company) -> None:
    company.has("1", KANT)
    (written,) = company.match([record(KANT, own="0017")]).values()
    assert [(key.key, key.value) for key in written.links if key.source and key.value == "17"] == [
        (BARE_NUMBER, "17")
    ]
    company.link(BARE_NUMBER, "17", "1")
    moved: Values = {"Name": "Zonnebloem", **BRUGGE}
    assert company.matched([record({**KANT, **BRUGGE}, own="17")]) == ["1"]
    assert company.matched([record(moved, own="17")]) == ["held: contradiction"]
    assert company.matched([record(moved, own="17", file="b.csv")]) == ["new"]
    # A number without zeros makes no link but its own.
    (plain,) = company.match([record(KANT, own="17")]).values()
    assert BARE_NUMBER not in [key.key for key in plain.links]


def test_an_id_of_the_file_goes_before_a_link(company: Company) -> None:
    company.has("1", {"Name": "Kapsalon Tina", **BRUGGE})
    company.has("2", KANT)
    company.link(OWN_NUMBER, "k7", "1")
    named = record({**KANT, "ID": "2"}, 2, "K-7")
    assert company.matched([named]) == ["2"]


def deleted(company: Company, remote_id: str, fields: Values) -> None:
    company.has(remote_id, fields)
    company.store.mirror.set_base(
        "account", remote_id, RecordBases({"a": {"Name": [fields["Name"]] * 2}})
    )
    company.store.links.link("account", remote_id, account_keys(fields, "a"), "created", "run")
    company.store.mirror.drop("account", remote_id)


def test_what_was_deleted_is_known_by_its_link(company: Company) -> None:
    deleted(company, "1", KANT)
    (match,) = company.match(records_of(KANT)).values()
    assert match.decision.deleted is not None
    assert (match.decision.deleted.id, match.decision.deleted.name) == ("1", "Kant")
    # Not where a person said that it is a new one, or another account was found.
    (match,) = company.match(records_of(KANT), {2: "new"}).values()
    assert match.decision.deleted is None
    company.has("2", KANT)
    assert company.matched(records_of(KANT)) == ["2"]
    # Two accounts are not one that takes its place.
    company.has("3", KANT)
    assert company.matched(records_of(KANT)) == ["deleted"]


def test_a_link_to_what_was_deleted_is_kept_until_another_is_found(company: Company) -> None:
    deleted(company, "1", KANT)
    company.link(OWN_NUMBER, "k7", "1")
    given = [record({**ZON, "VATNumber": VAT}, 2, "K-7")]
    assert company.matched(given) == ["deleted"]
    company.has("2", {**ZON, "VATNumber": VAT})
    assert company.matched(given) == ["2"]


def test_what_was_deleted_stays_so_beside_its_namesake_of_another_number(company: Company) -> None:
    company.has("1", KANT)
    company.link(OWN_NUMBER, "k1", "1")
    deleted(company, "2", KANT)
    company.link(OWN_NUMBER, "k2", "2")
    assert company.matched([record(KANT, 2, "K-1"), record(KANT, 3, "K-2")]) == ["1", "deleted"]


# --- what customer numbers count


CODED = [{"Name": name, "Code": code} for code, name in (("1", "Aap"), ("2", "Beer"), ("3", "Das"))]


# --- two records that are one account


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # Neither is surer: both are held.
        (record(KANT), record(KANT, 3), ["held: shared", "held: shared"]),
        # A link is surer than a name, an own number than all.
        (record(KANT, 2, "K-1"), record(KANT, 3), ["1", "held: shared"]),
        (record({**KANT, "ID": "1"}), record(KANT, 3), ["1", "held: shared"]),
        (record({**KANT, "ID": "1"}), record(KANT, 3, "K-1"), ["1", "1"]),
        (record({**KANT, "ID": "1"}), record(KANT, 3, "K-9"), ["1", "held: shared"]),
        (record(KANT, 2, "K-8"), record(KANT, 3, "K-9"), ["held: shared", "held: shared"]),
        # Name and place are surer than a moved namesake, or a number with another name.
        (
            record({**ZON, "VATNumber": VAT, **PHONE}),
            record(KANT, 3),
            ["held: shared", "1"],
        ),
        (record(KANT), record({**KANT, **BRUGGE, **PHONE}, 3), ["1", "held: shared"]),
        (record({"Name": "Kant", **PHONE}), record({**BRUGGE, **KANT}, 3), ["held: shared", "1"]),
    ],
)
def test_records_that_are_one_account(
    company: Company, one: AccountRecord, other: AccountRecord, expected: list[str]
) -> None:
    company.has("1", {**KANT, **PHONE, "VATNumber": VAT})
    company.link(OWN_NUMBER, "k1", "1")
    assert company.matched([one, other]) == expected


@pytest.mark.parametrize("place", ["Postcode", "City"])
def test_a_name_in_one_place_is_surer_than_one_that_moved(company: Company, place: str) -> None:
    company.has("1", {"Name": "Kant", place: "9000", **PHONE})
    given = records_of({"Name": "Kant", place: "9000"}, {"Name": "Kant", place: "8000", **PHONE})
    assert company.matched(given) == ["1", "held: shared"]


def test_a_link_or_a_code_is_surer_than_a_name(company: Company) -> None:
    company.has("1", KANT)
    company.link("Email", "a@k.example", "1")
    linked: Values = {"Name": "Kant Gent", "Email": "a@k.example"}
    assert company.matched(records_of(KANT, linked)) == ["held: shared", "1"]
    coded: Values = {"Name": "Kant", "Code": "1", **BRUGGE}
    assert company.matched(records_of(KANT, coded), setting="exact") == ["held: shared", "1"]


def test_two_own_numbers_that_are_one_account_stay_so(company: Company) -> None:
    company.has("1", KANT)
    for number in ("k1", "k2"):
        company.link(OWN_NUMBER, number, "1")
    both = company.match([record(KANT, 2, "K-1"), record(KANT, 3, "K-2")]).values()
    assert [(_outcome(match), match.decision.notes) for match in both] == [("1", ()), ("1", ())]


def test_a_row_of_the_same_number_as_one_that_needs_no_planning_is_held(company: Company) -> None:
    company.has("1", KANT)
    given = [record(KANT, 2, "K-1"), record(KANT, 3, "K-1")]
    assert company.matched(given, settled={0: "1"}) == ["held: shared"]


def test_accounts_of_one_row_and_of_several(company: Company) -> None:
    company.has("9", ZON)
    company.has("1", KANT)
    assert company.matched(records_of(ZON, KANT, KANT)) == ["9", "held: shared", "held: shared"]


def test_a_row_of_the_account_of_another_says_which_one_that_is(company: Company) -> None:
    company.has("1", KANT)
    first, second = company.match(records_of(KANT, KANT)).values()
    assert first.decision.why == (
        "is the same account in Exact Online as line 3; give both rows the same customer "
        "number, or answer which record each of them is"
    )
    assert "as line 2;" in second.decision.why
    assert [one.id for one in second.decision.candidates] == ["1"]
    assert second.decision.candidates[0].agrees == ("Name", "City", "Postcode")


def test_an_account_of_a_record_that_needs_no_planning_is_taken(company: Company) -> None:
    company.has("1", KANT)
    given = records_of(KANT, KANT)
    (match,) = company.match(given, settled={0: "1"}).values()
    assert _outcome(match) == "held: shared"
    assert match.decision.why.startswith("is the same account in Exact Online as another row;")
    assert company.matched(given, settled={0: "1"}, answers={3: "1"}) == ["1"]


def test_a_link_does_not_take_the_account_of_a_record_that_needs_no_planning(
    company: Company,
) -> None:
    company.has("1", KANT)
    company.link("Name", "kant", "1")
    assert company.matched([record(ZON), record(KANT, 3)], settled={0: "1"}) == ["held: shared"]
    assert company.matched([record(ZON), record(KANT, 3)]) == ["new", "1"]


# --- rows of different numbers


def test_rows_of_different_numbers_are_different_companies_which_is_told(company: Company) -> None:
    company.has("1", {**KANT, **PHONE})
    company.link(OWN_NUMBER, "k1", "1")
    first, second = company.match([record(KANT, 2, "K-1"), record(KANT, 3, "K-2")]).values()
    assert _outcome(first) == "1"
    assert _outcome(second) == "new"
    assert second.decision.notes == (
        "may be a duplicate of line 2, which has a different customer number",
    )
    assert second.place == 1
    # Also where it only may be that account, or is not matched again.
    near = record({**KANT, "Name": "Kants"}, 3, "K-2")
    first, second = company.match([record(KANT, 2, "K-1"), near]).values()
    assert _outcome(second) == "new"
    assert (
        "may be a duplicate of line 2, which has a different customer number"
        in second.decision.notes
    )


@pytest.mark.parametrize(
    ("other", "outcome"),
    [
        (record(KANT, 3), "held: shared"),
        # Each source keeps numbers of its own, and may know the same account.
        (record(KANT, 3, "K-2", file="b.csv"), "1"),
    ],
)
def test_rows_without_numbers_or_of_other_sources_are_not_parted(
    company: Company, other: AccountRecord, outcome: str
) -> None:
    company.has("1", KANT)
    company.link(OWN_NUMBER, "k1", "1")
    assert company.matched([record(KANT, 2, "K-1"), other]) == ["1", outcome]


def test_a_row_parted_from_an_account_may_be_another_one(company: Company) -> None:
    company.has("1", KANT)
    company.has("2", KANT)
    company.link(OWN_NUMBER, "k1", "1")
    assert company.matched([record(KANT, 2, "K-1"), record(KANT, 3, "K-2")]) == ["1", "2"]


def test_a_settled_row_has_its_account_for_itself(company: Company) -> None:
    company.has("1", KANT)
    given = [record(KANT, 2, "K-1"), record(KANT, 3, "K-2")]
    (match,) = company.match(given, settled={0: "1"}).values()
    assert _outcome(match) == "new"
    assert match.decision.notes[0].startswith("may be a duplicate of line 2")
    assert company.matched([record(KANT), given[1]], settled={0: "1"}) == ["held: shared"]


def test_a_code_parts_rows_as_an_own_number_does(company: Company) -> None:
    company.has("7", KANT)
    given = [record({**KANT, "Code": "7"}, 2, "7"), record({**KANT, "Code": "8"}, 3, "8")]
    assert company.matched(given, setting="exact") == ["7", "new"]


# --- new records that look alike


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (KANT, KANT, "held: likely"),
        ({"Name": "Zonnebloem", **GENT}, {"Name": "Zonnebloen", **GENT}, "held: likely"),
        (
            {"Name": "Zonnebloem", "City": "Gent"},
            {"Name": "Zonnebloen", "City": "Gent"},
            "held: likely",
        ),
        ({"Name": "Kant", **PHONE}, {"Name": "Kant Gent", **PHONE}, "held: likely"),
        (
            {"Name": "Kant", "Email": "a@k.be"},
            {"Name": "Kant Gent", "Email": "A@k.be"},
            "held: likely",
        ),
        (
            {"Name": "Kant", "Website": "k.be"},
            {"Name": "Kant Gent", "Website": "k.be"},
            "held: likely",
        ),
        (KANT, {**KANT, **BRUGGE}, "new"),
        (KANT, ZON, "new"),
    ],
)
def test_a_new_record_that_may_be_an_earlier_one(
    company: Company, first: Values, second: Values, expected: str
) -> None:
    assert company.matched(records_of(first, second)) == ["new", expected]


def test_a_new_record_is_held_for_the_first_that_it_may_be(company: Company) -> None:
    third = company.match(records_of(KANT, ZON, {**KANT, **PHONE}, KANT))[3]
    assert third.decision.why == "may be the same as line 2, which has the same name and place"
    assert third.decision.candidates[0].line == ("a.csv", 2)
    # What is held itself is nothing that another could be.
    found = company.match(records_of(KANT, {**KANT, **PHONE}, {"Name": "Kant Gent", **PHONE}))
    assert [_outcome(one) for one in found.values()] == ["new", "held: likely", "new"]


def test_rows_of_two_numbers_that_look_alike_are_told_of(company: Company) -> None:
    given = [record(KANT, 2, "1"), record(KANT, 3, "2"), record(KANT, 4), record(KANT, 5, "1")]
    found = company.match(given)
    assert [_outcome(one) for one in found.values()] == [
        "new",
        "new",
        "held: likely",
        "held: likely",
    ]
    assert found[1].decision.notes == (
        "may be the same as line 2, which has the same name and place",
    )
    found = company.match([record(ZON), record(KANT, 3, "1"), record(KANT, 4, "2")])
    assert [_outcome(one) for one in found.values()] == ["new", "new", "new"]
    # A row with a number may be one without.
    assert company.matched([record(KANT), record(KANT, 3, "2")]) == ["new", "held: likely"]


def test_what_a_person_said_is_new_is_not_asked_again_but_others_may_be_it(
    company: Company,
) -> None:
    given = records_of(KANT, KANT, KANT)
    assert company.matched(given, answers={3: "new"}) == ["new", "new", "held: likely"]


def test_records_that_exist_or_were_deleted_are_no_new_ones(company: Company) -> None:
    company.has("1", KANT)
    deleted(company, "2", ZON)
    given = records_of(KANT, ZON, {**KANT, "Name": "Kantoren"}, {**ZON, **BRUGGE})
    assert company.matched(given) == ["1", "deleted", "new", "new"]
    alike: Values = {**ZON, "Name": "Zonnebloen"}
    assert company.matched(records_of(ZON, alike)) == ["deleted", "new"]
    assert company.matched(records_of(KANT, alike, alike)) == ["1", "new", "held: likely"]
