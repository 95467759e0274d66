"""All records of a file together: answers, customer numbers, two records that are one account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pytest

from exact_import.planning.codes import CodeVerdict, NumberSeen, Remembered
from exact_import.planning.evidence import Identity, identity_of
from exact_import.planning.lookup import AccountLookup
from exact_import.planning.matcher import (
    NEW,
    AccountMatch,
    AccountMatcher,
    join_answered,
    number_seen,
)
from exact_import.records.merge import AccountRecord, ContactRecord
from exact_import.records.models import DetailRecord, RowLocation, Values
from exact_import.store.bases import RecordBases
from exact_import.store.division import DivisionStore
from exact_import.store.links import BARE_NUMBER, OWN_NUMBER, Link, LinkKey
from exact_import.tables.source import source_name
from memory_journal import memory_journal

VAT, OTHER_VAT = "BE0403170701", "BE0417497106"
GENT: Values = {"Postcode": "9000", "City": "Gent"}
BRUGGE: Values = {"Postcode": "8000", "City": "Brugge"}
KANT: Values = {"Name": "Kant", **GENT}
ZON: Values = {"Name": "Zonnebloem", **GENT}
PHONE: Values = {"Phone": "09 225 10 01"}


def record(fields: Values, line: int = 2, own: str = "", file: str = "a.csv") -> AccountRecord:
    return AccountRecord(dict(fields), [(file, line)], own=own)


def records_of(*fields: Values) -> list[AccountRecord]:
    return [record(one, line) for line, one in enumerate(fields, 2)]


class Company:
    """What Exact Online holds, as the mirror and the links know it."""

    def __init__(self) -> None:
        self.store = DivisionStore.of(memory_journal(), "https://exact.example", 1)
        self.verdicts: Mapping[str, CodeVerdict] = {}

    def has(self, remote_id: str, fields: Mapping[str, Any]) -> None:
        account = {"ID": remote_id, "Code": remote_id.rjust(18), **fields, "Timestamp": 1}
        self.store.mirror.put("account", account)

    def link(self, key: str, value: str, remote_id: str, source: str = "a") -> None:
        self.store.links.add([Link("account", source, key, value, remote_id, "matched")])

    def match(
        self,
        records: Sequence[AccountRecord],
        answers: Mapping[int, str] | None = None,
        *,
        settled: Mapping[int, str] | None = None,
        setting: Literal["auto", "exact", "own"] = "own",
        remembered: Remembered = "",
    ) -> dict[int, AccountMatch]:
        """Return the matches; `answers` are by line of a.csv."""
        by_row: dict[RowLocation, str] = {("a.csv", n): text for n, text in (answers or {}).items()}
        lookup = AccountLookup(self.store.mirror, self.store.links, source_name, records)
        matcher = AccountMatcher(
            lookup,
            by_row,
            setting=setting,
            remembered=lambda source: remembered if source == "a" else "",
        )
        found = matcher.match(records, settled or {})
        self.verdicts = matcher.verdicts
        return found

    def matched(self, records: Sequence[AccountRecord], **more: Any) -> list[str]:
        """Return by record the account's ID, "new", "deleted", or "held: " and the reason."""
        return [_outcome(match) for match in self.match(records, **more).values()]


def _outcome(match: AccountMatch) -> str:
    decision = match.decision
    if decision.held:
        return f"held: {decision.reason}"
    if decision.account is not None:
        return decision.account.id
    return "deleted" if decision.deleted is not None else "new"


@pytest.fixture(name="company")
def _company() -> Company:
    return Company()


# --- what a person says of two rows


def test_an_answer_that_names_a_line_puts_two_records_together() -> None:
    person, detail = ContactRecord({"LastName": "Maes"}, []), DetailRecord("postal address", {}, [])
    first = AccountRecord({"Name": "Kant", "City": None}, [("a.csv", 2)], [person])
    second = AccountRecord(
        {"Name": "Kantt", "City": "Gent"}, [("a.csv", 3)], [ContactRecord({}, [])], details=[detail]
    )
    third = record(ZON, 4)
    answers = {("a.csv", 3): " Line 2 ", ("a.csv", 4): "new"}
    joined, left = join_answered([first, second, third], answers)
    assert left == {("a.csv", 4): "new"}
    assert joined == [
        AccountRecord(
            {"Name": "Kant", "City": "Gent"},
            [("a.csv", 2), ("a.csv", 3)],
            [person, second.contacts[0]],
            details=[detail],
        ),
        third,
    ]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({3: "line 2", 4: "line 3"}, [[2, 3, 4]]),
        ({4: "line 3", 3: "line 2"}, [[2, 3, 4]]),
        ({2: "line 3"}, [[3, 2], [4]]),
        ({2: "line 3", 3: "line 2"}, [[3, 2], [4]]),
        ({2: "line 2"}, [[2], [3], [4]]),
        ({9: "line 2", 3: "line 2"}, [[2, 3], [4]]),
        ({3: "line 9"}, [[2], [3], [4]]),
        ({9: "line 2"}, [[2], [3], [4]]),
        ({3: "2"}, [[2], [3], [4]]),
        ({3: "line 2 or 4"}, [[2], [3], [4]]),
    ],
)
def test_lines_that_are_one(answers: dict[int, str], expected: list[list[int]]) -> None:
    given = records_of(KANT, ZON, KANT)
    located: dict[RowLocation, str] = {("a.csv", line): text for line, text in answers.items()}
    joined, left = join_answered(given, located)
    assert [[line for _, line in one.lines] for one in joined] == expected
    if len(joined) == 3:
        assert joined is given
        assert left == located
    assert located == {("a.csv", line): text for line, text in answers.items()}


def test_a_line_is_one_of_the_same_file() -> None:
    given = [record(KANT, 2), record(KANT, 3, file="b.csv")]
    assert join_answered(given, {("b.csv", 3): "line 2"}) == (given, {("b.csv", 3): "line 2"})


def test_a_line_may_be_of_another_file() -> None:
    given = [record(KANT, 2), record(ZON, 2, file="b.csv"), record(KANT, 3, file="b.csv")]
    joined, left = join_answered(given, {("b.csv", 3): "line 2 of a.csv"})
    assert [one.lines for one in joined] == [[("a.csv", 2), ("b.csv", 3)], [("b.csv", 2)]]
    assert left == {}


# --- what a person says of one


def test_an_answer_is_followed_whatever_else_a_row_says(company: Company) -> None:
    company.has("1", KANT)
    company.has("2", {"Name": "Kapsalon Tina", **BRUGGE})
    (match,) = company.match(records_of(KANT), {2: " 0002 "}).values()
    assert _outcome(match) == "2"
    assert match.answered
    assert match.decision.matched_by == "answer"


def test_new_is_followed_where_no_account_was_found(company: Company) -> None:
    company.has("1", KANT)
    company.has("2", KANT)
    company.has("9", ZON)
    held, known = company.match(records_of(KANT, ZON), {2: "New", 3: "new"}).values()
    assert (_outcome(held), held.answered, held.decision.matched_by) == ("new", True, NEW)
    assert (_outcome(known), known.answered) == ("9", False)


@pytest.mark.parametrize("answer", ["77", "nonsense", "new2"])
def test_an_answer_that_names_no_account_is_said(company: Company, answer: str) -> None:
    company.has("1", KANT)
    company.has("2", KANT)
    company.has("3", ZON)
    records = records_of(KANT, {"Name": "Uil"}, ZON)
    held, new, known = company.match(records, {2: answer, 3: answer, 4: answer}).values()
    assert held.decision.why == (
        f'"{answer}" is not the code or ID of an account in Exact Online; several accounts in '
        "Exact Online have its name and place"
    )
    assert not held.answered
    for other in (new, known):
        assert other.decision.why == (
            f'"{answer}" is not the code or ID of an account in Exact Online; correct the answer, '
            "or remove it"
        )
    assert [one.id for one in known.decision.candidates] == ["3"]


def test_an_answer_means_a_candidate_before_another_account_of_that_code(company: Company) -> None:
    company.has("a", {**KANT, "Code": "K1"})
    company.has("b", {**KANT, "Code": "0K2"})
    company.has("c", {"Name": "Kapsalon Tina", "Code": "K2", **BRUGGE})
    for answer, expected in (("k1", "a"), ("B", "b"), ("0k2", "b"), ("K2", "b"), ("C", "c")):
        assert company.matched(records_of(KANT), answers={2: answer}) == [expected], answer
    # Of two accounts of that code none is meant.
    assert company.matched(records_of({"Name": "Uil"}), answers={2: "K2"}) == [
        "held: contradiction"
    ]


def test_an_empty_answer_is_none_and_the_first_one_of_a_record_counts(company: Company) -> None:
    company.has("1", KANT)
    company.has("2", ZON)
    both = AccountRecord(dict(KANT), [("a.csv", 2), ("a.csv", 3), ("a.csv", 4)])
    assert company.matched([both], answers={2: " ", 3: "2"}) == ["1"]
    assert company.matched([both], answers={3: "2", 4: "1"}) == ["2"]


def test_a_name_that_two_rows_have_is_not_held_for_being_elsewhere(company: Company) -> None:
    company.has("1", KANT)
    moved: Values = {**KANT, **BRUGGE}
    assert company.matched(records_of(moved)) == ["held: likely"]
    assert company.matched(records_of(moved, {"Name": "Kant", "City": "Ath"})) == ["new", "new"]


# --- what was remembered


def test_a_link_is_followed_before_anything_else_is_looked_for(company: Company) -> None:
    company.has("1", {"Name": "Kapsalon Tina", **BRUGGE})
    company.has("2", KANT)
    company.link(OWN_NUMBER, "k7", "1")
    first, second = company.match([record(KANT, 2, "K-7"), record(ZON, 3, "K-8")]).values()
    assert _outcome(first) == "1"
    assert first.decision.link == OWN_NUMBER
    assert first.place == 0
    assert first.row.name == "Kant"
    assert LinkKey(OWN_NUMBER, "k7", "a") in first.links
    assert first.links[0].key == "content"
    assert _outcome(second) == "new"


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
    company.store.mirror.drop("account", remote_id)


def test_what_was_deleted_is_known_without_a_link_too(company: Company) -> None:
    deleted(company, "1", KANT)
    (match,) = company.match(records_of(KANT)).values()
    assert match.decision.deleted is not None
    assert (match.decision.deleted.id, match.decision.deleted.name) == ("1", "Kant")
    # Not where a person said that it is a new one, or another account was found.
    (match,) = company.match(records_of(KANT), {2: "new"}).values()
    assert match.decision.deleted is None
    company.has("2", KANT)
    assert company.matched(records_of(KANT)) == ["2"]
    company.has("3", KANT)
    (match,) = company.match(records_of(KANT)).values()
    assert (_outcome(match), match.decision.deleted) == ("held: ambiguous", None)


def test_a_link_to_what_was_deleted_is_kept_until_another_is_found(company: Company) -> None:
    deleted(company, "1", KANT)
    company.link(OWN_NUMBER, "k7", "1")
    given = [record({**ZON, "VATNumber": VAT}, 2, "K-7")]
    assert company.matched(given) == ["deleted"]
    company.has("2", {**ZON, "VATNumber": VAT})
    assert company.matched(given) == ["2"]


# --- what customer numbers count


CODED = [{"Name": name, "Code": code} for code, name in (("1", "Aap"), ("2", "Beer"), ("3", "Das"))]
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
        "may be a duplicate of line 2, which has another customer number",
    )
    assert second.place == 1
    # Also where it only may be that account, or is not matched again.
    near = record({**KANT, "Name": "Kants"}, 3, "K-2")
    first, second = company.match([record(KANT, 2, "K-1"), near]).values()
    assert _outcome(second) == "new"
    assert (
        "may be a duplicate of line 2, which has another customer number" in second.decision.notes
    )


@pytest.mark.parametrize(
    "other",
    [
        record(KANT, 3),
        record(KANT, 3, "K-2", file="b.csv"),
    ],
)
def test_rows_without_numbers_or_of_other_sources_are_not_parted(
    company: Company, other: AccountRecord
) -> None:
    company.has("1", KANT)
    company.link(OWN_NUMBER, "k1", "1")
    assert company.matched([record(KANT, 2, "K-1"), other]) == ["1", "held: shared"]


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
