"""Records of two sources that are one company, and those that are not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from exact_import.planning.joining import join_sources
from exact_import.planning.lookup import AccountLookup
from exact_import.planning.matcher import AccountMatcher
from exact_import.records.merge import AccountRecord
from exact_import.records.models import RowLocation, RowsRead, Values
from exact_import.tables.source import source_name
from matched_company import BRUGGE, KANT, OTHER_VAT, PHONE, VAT, ZON, Company, record

ANKER: Values = {**KANT, "Name": "Taverne Anker"}
Lines = list[list[RowLocation]]
OURS, THEIRS = [("a.csv", 2)], [("b.csv", 2)]


def joined(
    company: Company,
    records: Sequence[AccountRecord],
    answers: dict[RowLocation, str] | None = None,
) -> Lines:
    """Return the lines of each record, after those that are one were put together."""
    rows = RowsRead(answers=answers or {})
    lookup = AccountLookup(company.store.mirror, company.store.links, source_name, records)
    matcher = AccountMatcher(lookup, rows.answers, setting="own", remembered=lambda _: "")
    matches = matcher.match(records, {})
    return [one.lines for one in join_sources(records, matches, matcher, rows)]


def two(
    ours: Values, theirs: Values, *, own: tuple[str, str] = ("41", "52")
) -> list[AccountRecord]:
    return [record(ours, own=own[0]), record(theirs, own=own[1], file="b.csv")]


@pytest.mark.parametrize(
    ("ours", "theirs", "is_one"),
    [
        (KANT, {**KANT, "Name": "Kant BV"}, True),
        (KANT, {**KANT, **BRUGGE}, False),
        (KANT, {"Name": "Kant"}, False),
        (KANT, ZON, False),
        (KANT, {**KANT, "Name": "Kannt"}, False),
        ({**ANKER, **PHONE}, {**ANKER, "Name": "Taverne Ankker", **PHONE}, True),
        ({**ANKER, **PHONE}, {**ANKER, "Name": "Taverne Ankker"}, False),
        ({**KANT, **PHONE}, {**KANT, **BRUGGE, **PHONE}, True),
        ({**ANKER, **PHONE}, {**ZON, **PHONE}, False),
        ({**KANT, "Name": "Kant BV"}, {**KANT, "Name": "Kant NV"}, False),
        ({**KANT, "VATNumber": VAT}, {**KANT, **BRUGGE, "VATNumber": VAT}, True),
        ({**KANT, "VATNumber": VAT}, {**ZON, "VATNumber": VAT}, True),
        ({**KANT, "VATNumber": VAT}, {**ZON, **BRUGGE, "VATNumber": VAT}, False),
        ({**KANT, "VATNumber": VAT}, {**KANT, "VATNumber": OTHER_VAT}, False),
    ],
)
def test_new_records_of_two_sources(
    company: Company, ours: Values, theirs: Values, is_one: bool
) -> None:
    expected = [[*OURS, *THEIRS]] if is_one else [OURS, THEIRS]
    assert joined(company, two(ours, theirs)) == expected


def test_of_one_source_nothing_is_joined(company: Company) -> None:
    records = [record(KANT, 2, own="1"), record(KANT, 3, own="2")]
    assert joined(company, records) == [[("a.csv", 2)], [("a.csv", 3)]]
    # One elsewhere is no hindrance; a second one here is.
    other = record({**KANT, **BRUGGE}, 4, own="9")
    third = record(KANT, own="7", file="b.csv")
    assert joined(company, [records[0], other, third]) == [[*OURS, *THEIRS], [("a.csv", 4)]]
    assert joined(company, [*records, third]) == [[("a.csv", 2)], [("a.csv", 3)], THEIRS]


def test_records_that_match_one_account_are_one(company: Company) -> None:
    company.has("1", KANT)
    assert joined(company, two(KANT, KANT)) == [[*OURS, *THEIRS]]
    # What a link of each leads there is compared with what its own source said before.
    company.link("own number", "41", "1")
    assert joined(company, two(KANT, KANT)) == [[*OURS, *THEIRS]]
    company.link("own number", "52", "1", source="b")
    assert joined(company, two(KANT, KANT)) == [OURS, THEIRS]


@pytest.mark.parametrize(
    ("answers", "is_one"),
    [
        ({}, True),
        ({("a.csv", 2): "2"}, True),
        ({("a.csv", 2): "new", ("b.csv", 2): " New "}, True),
        ({("a.csv", 2): "1", ("b.csv", 2): "new"}, False),
    ],
)
def test_held_records_are_asked_about_once(
    company: Company, answers: dict[RowLocation, str], is_one: bool
) -> None:
    company.has("1", KANT)
    company.has("2", KANT)
    expected = [[*OURS, *THEIRS]] if is_one else [OURS, THEIRS]
    assert joined(company, two(KANT, KANT), answers) == expected


def test_what_may_be_other_accounts_is_asked_about_twice(company: Company) -> None:
    company.has("1", {**KANT, "VATNumber": VAT})
    company.has("2", {**ZON, "VATNumber": OTHER_VAT})
    # Each has the number of the one and the name of the other.
    records = two({**KANT, "VATNumber": OTHER_VAT}, KANT)
    assert joined(company, records) == [OURS, THEIRS]


def test_the_record_with_a_number_comes_first(company: Company) -> None:
    company.has("1", KANT)
    records = [record({**KANT, **BRUGGE, "Email": "a@kant.example"}), record(KANT, 2, "7", "b.csv")]
    company.link("Email", "a@kant.example", "1")
    assert joined(company, records) == [[*THEIRS, *OURS]]
