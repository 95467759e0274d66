"""What the customer numbers of a file count, judged over all its records."""

from __future__ import annotations

import pytest

from exact_import.planning.codes import CodeVerdict, NumberSeen
from exact_import.planning.evidence import Identity, identity_of
from exact_import.planning.matcher import (
    number_seen,
)
from exact_import.records.models import Values
from exact_import.store.links import OWN_NUMBER
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

NAMES = ("Aap", "Beer", "Das", "Ezel", "Fret")


def numbered(count: int, first: int = 1) -> list[Values]:
    return [{"Name": NAMES[number], "Code": str(number + first), **GENT} for number in range(count)]


def test_numbers_are_judged_over_the_whole_file(company: Company) -> None:
    for fields in numbered(3):
        company.has(str(fields["Code"]), fields)
    assert company.matched(records_of(*numbered(4)), setting="auto") == ["1", "2", "3", "new"]
    assert (company.verdicts["a"].rule, company.verdicts["a"].send) == ("exact", True)
    moved = records_of(*({**one, **BRUGGE, "Name": f"{one['Name']}je"} for one in numbered(3)))
    company.matched(moved, setting="auto")
    assert company.verdicts["a"].rule == "own"


def test_a_setting_is_not_judged_and_a_file_without_numbers_has_no_verdict(
    company: Company,
) -> None:
    company.matched(records_of(*numbered(1)), setting="exact")
    assert company.verdicts["a"] == CodeVerdict("exact", True)
    company.matched(records_of(KANT), setting="auto")
    assert company.verdicts == {}


def test_each_source_has_numbers_of_its_own(company: Company) -> None:
    for fields in numbered(3):
        company.has(str(fields["Code"]), fields)
    theirs = [record({**ZON, "Code": "1", "Name": f"Uil {n}"}, n, file="b.csv") for n in (2, 3)]
    company.matched([*records_of(*numbered(3)), *theirs], setting="auto", remembered="exact")
    assert {source: one.rule for source, one in company.verdicts.items()} == {
        "a": "exact",
        "b": "doubt",
    }


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        # The row is the account with that code, by name, or by what it shares with it.
        ({"Code": "7", **KANT}, ("doubt", True)),
        ({"Code": "7", "Name": "Kantje", **BRUGGE, **PHONE}, ("doubt", True)),
        # It is another one, by name and place.
        ({"Code": "7", **ZON}, ("doubt", False)),
        ({"Code": "70", **ZON}, ("own", False)),
        # Nothing tells.
        ({"Code": "7"}, ("second", False)),
        ({"Code": "70", "Name": "Uil"}, ("second", True)),
        ({"Code": "7", "Name": "Uil"}, ("doubt", False)),
    ],
)
def test_a_number_is_judged_by_what_else_the_row_says(
    company: Company, fields: Values, expected: tuple[str, bool]
) -> None:
    company.has("7", {**KANT, **PHONE})
    company.has("8", ZON)
    company.matched(records_of(fields), setting="auto")
    assert (company.verdicts["a"].rule, company.verdicts["a"].send) == expected


@pytest.mark.parametrize(("linked", "expected"), [("7", True), ("8", False)])
def test_a_number_is_judged_by_a_link(company: Company, linked: str, expected: bool) -> None:
    company.has("7", {"Name": "Kapsalon Tina", **BRUGGE})
    company.has("8", ZON)
    company.link(OWN_NUMBER, "n7", linked)
    given = [record({"Code": "7", "Name": "Uil"}, 2, "N7")]
    assert company.matched(given, setting="auto") == [linked]
    assert company.verdicts["a"].send is expected


def test_a_number_is_judged_by_an_id(company: Company) -> None:
    company.has("7", {"Name": "Kapsalon Tina", **BRUGGE})
    company.matched(records_of({"Code": "7", "Name": "Uil", "ID": "7"}), setting="auto")
    assert company.verdicts["a"].send


def test_records_that_need_no_planning_say_what_numbers_are_too(company: Company) -> None:
    for fields in numbered(4):
        company.has(str(fields["Code"]), fields)
    given = records_of(*numbered(5))
    settled = {place: str(place + 1) for place in range(4)}
    company.matched(given, settled=settled, setting="auto")
    assert company.verdicts["a"].rule == "exact"
    assert company.verdicts["a"].remember == "exact"
    assert company.verdicts["a"].message == ""
    # Their accounts have other codes.
    company.matched(records_of(*numbered(5, 11)), settled=settled, setting="auto")
    assert (company.verdicts["a"].rule, company.verdicts["a"].send) == ("own", False)
    # The numbers of other accounts.
    crossed = {place: str(4 - place) for place in range(4)}
    company.matched(given, settled=crossed, setting="auto")
    assert (company.verdicts["a"].rule, company.verdicts["a"].remember) == ("own", "own")


def test_what_is_remembered_is_said_again_by_records_that_need_no_planning(
    company: Company,
) -> None:
    for fields in numbered(4):
        company.has(str(fields["Code"]), {"Name": "Kapsalon Tina", **BRUGGE})
    given = records_of(*numbered(4), {"Code": "9", "Name": "Uil"}, KANT)
    for remembered, settled, reopened in (
        ("exact", {}, True),
        ("exact", {4: "1"}, True),
        ("own", {}, False),
    ):
        company.matched(given, settled=settled, setting="auto", remembered=remembered)
        assert company.verdicts["a"].reopened is reopened, remembered
    same = {place: str(place) for place in range(4, 10)}
    more = [*given[:4], *(record({**ZON, "Code": str(n)}, n) for n in range(20, 26))]
    company.matched(more, settled=same, setting="auto", remembered="exact")
    assert not company.verdicts["a"].reopened


def test_a_namesake_of_a_settled_row_with_its_own_number_is_not_elsewhere(
    company: Company,
) -> None:
    company.has("1", {**KANT, **PHONE})
    given = records_of({**KANT, "Code": "1"}, {**KANT, **PHONE, "Code": "2"})
    company.matched(given, settled={0: "1"}, setting="auto")
    assert company.verdicts["a"].send
    other = [record({**KANT, "Code": "1"}, 2, file="b.csv"), given[1]]
    company.matched(other, settled={0: "1"}, setting="auto")
    assert not company.verdicts["a"].send
    given[0].fields["Code"] = "5"
    company.matched(given, settled={0: "1"}, setting="auto")
    assert not company.verdicts["a"].send


SEVEN: Values = {"Code": "7", **KANT}


seen = NumberSeen


@pytest.mark.parametrize(
    ("row", "known", "coded", "expected"),
    [
        # No account has the number.
        (SEVEN, None, [], seen(False, None, False, "")),
        (SEVEN, ("8", KANT), [], seen(False, None, True, "8")),
        # One does, and the row is it, or is like it.
        (
            SEVEN,
            ("7", ZON),
            [("7", ZON)],
            seen(True, True, False, "7"),
        ),
        (SEVEN, None, [("7", KANT)], seen(True, True, False, "7")),
        (
            SEVEN,
            None,
            [("7", ZON), ("07", KANT)],
            seen(True, True, False, "07"),
        ),
        # Another one does.
        (SEVEN, None, [("7", ZON)], seen(True, False, False, "")),
        (
            SEVEN,
            ("8", KANT),
            [("7", ZON)],
            seen(True, False, True, "8"),
        ),
        (
            SEVEN,
            ("8", KANT),
            [("7", KANT)],
            seen(True, False, True, "8"),
        ),
        # The row has nothing else to tell by.
        ({"Code": "7"}, None, [("7", ZON)], seen(True, None, False, "")),
        ({"Code": "7"}, ("8", KANT), [("7", ZON)], seen(True, None, True, "8")),
        (
            {"Code": "7", "VATNumber": VAT},
            None,
            [("7", {"VATNumber": VAT})],
            seen(True, True, False, "7"),
        ),
    ],
)
def test_what_one_number_says(
    row: Values,
    known: tuple[str, Values] | None,
    coded: list[tuple[str, Values]],
    expected: NumberSeen,
) -> None:
    def account(code: str, fields: Values) -> Identity:
        return identity_of({"Code": code, **fields}, id=code)

    found = number_seen(
        identity_of(row),
        account(*known) if known is not None else None,
        [account(*one) for one in coded],
    )
    assert found == expected


def test_records_without_a_number_say_nothing_of_numbers(company: Company) -> None:
    for fields in numbered(4):
        company.has(str(fields["Code"]), {"Name": "Kapsalon Tina", **BRUGGE})
    unnumbered: list[Values] = [{"Name": f"Uil {letter}"} for letter in "abcdefgh"]
    given = records_of(*numbered(4), *unnumbered)
    settled = {place: f"s{place}" for place in range(4, 12)}
    company.matched(given, settled=settled, setting="auto", remembered="exact")
    assert company.verdicts["a"].reopened


def test_a_code_that_is_one_finds_a_company_that_moved(company: Company) -> None:
    company.has("7", KANT)
    moved: Values = {"Name": "Kant", "Code": "7", **BRUGGE}
    (match,) = company.match(records_of(moved), setting="exact").values()
    assert (_outcome(match), match.decision.matched_by) == ("7", "Code")
    assert company.matched(records_of(moved), setting="own") == ["held: likely"]
