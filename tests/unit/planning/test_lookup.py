"""What records of a file have in common with accounts: by link, number, code, name, place, sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unittest import mock

import pytest

from exact_import.planning.lookup import CROWD, AccountLookup, NamesInPlaces
from exact_import.records.merge import AccountRecord, ContactRecord
from exact_import.records.models import DetailRecord, Values
from exact_import.store.bases import RecordBases
from exact_import.store.division import DivisionStore
from exact_import.store.links import BARE_NUMBER, EMAIL, NAME, NUMBER, OWN_NUMBER, Link
from exact_import.tables.source import source_name
from exact_import.values.names import name_words
from memory_journal import memory_journal

VAT, OTHER_VAT = "BE0403170701", "BE0417497106"
KANT: Values = {"Name": "Kant", "Postcode": "9000", "City": "Gent"}


class Known:
    """What the mirror and the links of a company hold."""

    def __init__(self) -> None:
        self.store = DivisionStore.of(memory_journal(), "https://exact.example", 1)

    def account(self, remote_id: str, fields: Mapping[str, Any], *, gone: bool = False) -> None:
        record = {"ID": remote_id, "Code": remote_id.rjust(18), **fields, "Timestamp": 1}
        self.store.mirror.put("account", record)
        if gone:
            self.store.mirror.set_base("account", remote_id, RecordBases())
            self.store.mirror.drop("account", remote_id)

    def link(
        self, key: str, value: str, remote_id: str, at: float = 1.0, made_by: Any = "matched"
    ) -> None:
        self.store.links.add([Link("account", "a", key, value, remote_id, made_by, at=at)])

    def lookup(self, *records: AccountRecord) -> AccountLookup:
        return AccountLookup(self.store.mirror, self.store.links, source_name, records)

    def found(self, fields: Values, **more: Any) -> dict[str, list[str]]:
        """Return the IDs of what was found for a record of these fields, by how; not the empty."""
        record = AccountRecord(fields, [("a.csv", 2)], **more)
        lookup = self.lookup(record)
        keys = lookup.keys(record)
        found = lookup.found(record, lookup.identity(record), lookup.by_link(record, keys))
        kinds = ("numbered", "coded", "named", "similar", "reached", "neighbors")
        by_kind = {kind: [one.id for one in getattr(found, kind)] for kind in kinds}
        by_kind["known_people"] = sorted(found.known_people)
        return {kind: ids for kind, ids in by_kind.items() if ids}


@pytest.fixture(name="known")
def _known() -> Known:
    return Known()


def record(fields: Values, line: int = 2, own: str = "", **more: Any) -> AccountRecord:
    return AccountRecord(fields, [("a 2026.csv", line)], own=own, **more)


# --- spellings in a place


@pytest.mark.parametrize(
    ("name", "place", "same", "expected"),
    [
        ("Zonnebloen", "9000", False, ["z"]),
        ("Zonnebloem", "9000", False, []),
        ("Zonnebloem", "9000", True, ["z"]),
        ("De Zonnebloem", "9000", False, ["z"]),
        ("Zonnebloen", "8000", False, []),
        ("Zonnebloen", "7000", False, []),
        ("Zonnebloem Gent", "9000", False, []),
        ("Bloem Zonne", "9000", False, ["z"]),
    ],
)
def test_spellings_of_a_name_are_found_in_its_place(
    name: str, place: str, same: bool, expected: list[str]
) -> None:
    names = NamesInPlaces[str]()
    names.add(["9000"], name_words("Zonnebloem"), "z")
    names.add(["9000"], name_words("Kant"), "k")
    names.add(["8000"], name_words("Zonnewijzer"), "w")
    assert names.spellings(place, name_words(name), same=same) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Restaurant Noordzee 24", ["24"]),
        ("24 Restaurand Noordzee", ["24"]),
        ("Restaurand Noordzee 25", ["25"]),
        ("Restaurand Noordzee", []),
        ("J. P. Peetersen", ["jp"]),
        ("P. J. Peetersen", ["jp"]),
        ("J. K. Peetersen", []),
    ],
)
def test_spellings_share_numbers_and_initials(name: str, expected: list[str]) -> None:
    names = NamesInPlaces[str]()
    names.add(["9000"], name_words("Restaurants Noordzee 24"), "24")
    names.add(["9000"], name_words("Restaurant Noordzee 25"), "25")
    names.add(["9000"], name_words("J P Peeterssen"), "jp")
    assert names.spellings("9000", name_words(name)) == expected


# --- who a record says that it is


def test_the_identity_of_a_record(known: Known) -> None:
    accounts = [
        DetailRecord("bank account", {"BankAccount": "BE68 5390 0754 7034"}, []),
        DetailRecord("postal address", {"City": "Gent"}, []),
    ]
    given = record(KANT, 5, "K-1", details=accounts)
    found = known.lookup(given).identity(given)
    assert (found.name, found.own, found.line) == ("Kant", "K-1", ("a 2026.csv", 5))
    assert found.ibans == {"be68539007547034"}
    assert not found.person


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "jan@a.example"),
        ({"Email": "shop@a.example"}, "shop@a.example"),
        # A person's address is not their company's.
        ({"Name": "Kant"}, ""),
    ],
)
def test_a_record_without_a_name_has_the_address_of_its_person(
    known: Known, fields: Values, expected: str
) -> None:
    given = record(fields)
    given.contacts = [ContactRecord({"Email": "JAN@a.example"}, [])]
    assert known.lookup(given).identity(given).email == expected


def test_a_key_that_two_records_have_is_no_key(known: Known) -> None:
    first = record({**KANT, "Email": "a@kant.example"}, 2, "1")
    second = record({**KANT, "Email": "b@kant.example"}, 3, "2")
    lookup = known.lookup(first, second, record({"Name": "Zon"}, 4))
    assert [(key.key, key.value, key.source) for key in lookup.keys(first)] == [
        (OWN_NUMBER, "1", "a"),
        (BARE_NUMBER, "1", "a"),
        (EMAIL, "a@kant.example", "a"),
    ]
    assert not lookup.is_alone(lookup.identity(first))
    assert lookup.is_alone(lookup.identity(record({"Name": "Zon"})))
    assert lookup.source_of(first) == "a"
    assert lookup.source_of(AccountRecord({}, [])) == ""


def test_a_number_that_two_records_have_without_its_zeros_is_none_without_them(
    known: Known,
) -> None:
    one, other, third = record({}, 2, "017"), record({}, 3, "17"), record({}, 4, "A017")
    lookup = known.lookup(one, other, third)
    kinds = [[(key.key, key.value) for key in lookup.keys(each)] for each in (one, other, third)]
    assert kinds == [[(OWN_NUMBER, "017")], [(OWN_NUMBER, "17")], [(OWN_NUMBER, "a017")]]
    assert [key.value for key in known.lookup(one).keys(one)] == ["017", "17"]


def test_what_a_record_says_is_a_key_of_its_own(known: Known) -> None:
    given = record(KANT, 2, "1")
    lookup = known.lookup(given)
    key = lookup.content_key(given)
    assert (key.key, key.source) == ("content", "a")
    assert key == lookup.content_key(record(dict(reversed(KANT.items())), 9, "1"))
    others = [
        record(KANT, 2, "2"),
        record({**KANT, "City": None}, 2, "1"),
        record(KANT, 2, "1", contacts=[ContactRecord({"LastName": "Maes"}, [])]),
        record(KANT, 2, "1", contacts=[ContactRecord({"LastName": "Claes"}, [])]),
        record(KANT, 2, "1", contacts=[ContactRecord({"LastName": "Claes"}, [], own="7")]),
    ]
    assert len({key, *map(lookup.content_key, others)}) == 6


# --- links and IDs


def linked(known: Known, given: AccountRecord) -> list[tuple[str, str, bool]]:
    """Return the keys of a record that lead to an account, with its ID and whether it is gone."""
    lookup = known.lookup(given)
    found = lookup.by_link(given, lookup.keys(given))
    return [(one.key, one.account.id, one.gone) for one in found.linked]


def test_links_lead_to_accounts_in_the_order_of_their_keys(known: Known) -> None:
    known.account("1", KANT)
    known.account("2", KANT)
    known.link(NAME, "kant", "1")
    known.link(NUMBER, "be0403170701", "2")
    known.link(EMAIL, "nobody@kant.example", "3")
    given = record({**KANT, "VATNumber": VAT, "Email": "nobody@kant.example"})
    assert linked(known, given) == [(NUMBER, "2", False), (NAME, "1", False)]


@pytest.mark.parametrize(
    ("gone", "expected"),
    [
        ((), []),
        # Of several the one that is left, and of those that are gone the one made last.
        ((1,), [(NUMBER, "2", False)]),
        ((2,), [(NUMBER, "1", False)]),
        ((1, 2), [(NUMBER, "1", True)]),
    ],
)
def test_a_key_of_two_accounts(
    known: Known, gone: tuple[int, ...], expected: list[tuple[str, str, bool]]
) -> None:
    for number, at in ((1, 20.0), (2, 10.0)):
        known.account(str(number), KANT, gone=number in gone)
        known.link(NUMBER, "be0403170701", str(number), at)
    assert linked(known, record({"VATNumber": VAT})) == expected


def test_an_answer_is_one(known: Known) -> None:
    known.account("1", KANT)
    known.link(NAME, "kant", "1", made_by="answer")
    given = record(KANT)
    lookup = known.lookup(given)
    assert lookup.by_link(given, lookup.keys(given)).linked[0].answered


@pytest.mark.parametrize("given", [record({"ID": "X1"}), record({}, 2, "x1")])
def test_an_id_in_the_file_is_that_account(known: Known, given: AccountRecord) -> None:
    known.account("x1", KANT)
    found = known.lookup(given).by_link(given, [])
    assert found.by_id is not None
    assert found.by_id.id == "x1"
    known.account("x1", KANT, gone=True)
    found = known.lookup(given).by_link(given, [])
    assert found.by_id is None
    assert [(one.key, one.account.id, one.gone) for one in found.linked] == [("ID", "x1", True)]


# --- what accounts have in common with a record


def test_accounts_are_found_by_number_code_name_and_sign(known: Known) -> None:
    known.account("1", {**KANT, "VATNumber": VAT, "Phone": "09 225 10 01"})
    known.account("2", {"Name": "Zon", "Email": "info@zon.example", "Website": "zon.example"})
    known.account("3", {"Name": "KANT", "City": "Brugge"})
    assert known.found({"VATNumber": VAT}) == {"numbered": ["1"]}
    assert known.found({"ChamberOfCommerce": "0403.170.701"}) == {"numbered": ["1"]}
    assert known.found({"Code": "0002"}) == {"coded": ["2"]}
    assert known.found({"Name": "Kant NV"}) == {"named": ["1", "3"]}
    assert known.found({"Phone": "+32 9 225 10 01"}) == {"reached": ["1"]}
    assert known.found({"Email": "INFO@zon.example", "Website": "www.zon.example/nl"}) == {
        "reached": ["2"]
    }
    assert known.found({"Name": "Uil", "Postcode": "9000"}) == {}


def test_spellings_are_found_in_the_postcode_or_city_unless_a_number_is(known: Known) -> None:
    known.account("1", {"Name": "Zonnebloem", "Postcode": "9000", "City": "Gent", "VATNumber": VAT})
    known.account("2", {"Name": "Zonnebloem", "City": "Gent"})
    known.account("3", {"Name": "Zonnebloem", "City": "Ath"})
    known.account("4", {"Name": "Zonnebloem", "City": "Gent"}, gone=True)
    similar: Values = {"Name": "Zonnebloen", "Postcode": "9000", "City": "Gent"}
    assert known.found(similar) == {"similar": ["1", "2"]}
    assert known.found({"Name": "Zonnebloen", "Postcode": "9000"}) == {"similar": ["1"]}
    assert known.found({**similar, "VATNumber": VAT}) == {"numbered": ["1"]}
    assert known.found({"Name": "Zonnebloen"}) == {}


def test_a_name_with_its_own_city_more_or_less_is_found_in_that_city(known: Known) -> None:
    known.account("1", {"Name": "Kant", "City": "Gent"})
    known.account("2", {"Name": "Zon Sint-Niklaas BV", "City": "Sint-Niklaas"})
    known.account("3", {"Name": "Kant", "City": "Ath"})
    assert known.found({"Name": "Kant Gent", "City": "Gand"}) == {"similar": ["1"]}
    assert known.found({"Name": "Kant (Gand)", "City": "Gent"}) == {"similar": ["1"]}
    assert known.found({"Name": "Zon", "City": "Sint Niklaas"}) == {"similar": ["2"]}
    assert known.found({"Name": "Kant Gent", "City": "Aalst"}) == {}
    assert known.found({"Name": "Gent", "City": "Gent"}) == {}


def test_spellings_are_found_beside_a_company_of_the_same_fiscal_unity(known: Known) -> None:
    unity = {"VATNumber": "NL081000261B01"}
    known.account("1", {"Name": "Kant", **unity, "ChamberOfCommerce": "30111222"})
    known.account("2", {"Name": "Zonnebloem", "City": "Utrecht"})
    row: Values = {"Name": "Zonnebloen", "City": "Utrecht", **unity}
    assert known.found({**row, "ChamberOfCommerce": "30555666"}) == {
        "numbered": ["1"],
        "similar": ["2"],
    }
    assert known.found({**row, "ChamberOfCommerce": "30111222"}) == {"numbered": ["1"]}


def test_the_people_of_an_account_are_known_where_a_row_has_no_name(known: Known) -> None:
    known.account("7", KANT)
    person = {"ID": "p", "Account": "7", "FirstName": "Jan", "LastName": "Maes", "Timestamp": 1}
    known.store.mirror.put("contact", person)
    people = [ContactRecord({"FirstName": "JAN", "LastName": "Maes"}, [])]
    assert known.found({"Code": "7"}, contacts=people) == {"coded": ["7"], "known_people": ["7"]}
    assert known.found({"Code": "7", "Name": "Kant"}, contacts=people) == {
        "coded": ["7"],
        "named": ["7"],
    }
    others = [ContactRecord({"FirstName": "An", "LastName": "Maes"}, [])]
    assert known.found({"Code": "7"}, contacts=others) == {"coded": ["7"]}


def test_a_bank_account_counts_that_an_import_gave_the_account(known: Known) -> None:
    known.account("1", KANT)
    bases = RecordBases({"a": {"BankAccount": ["x", "x"]}})
    known.store.mirror.set_base("bank account", "1 be68539007547034", bases)
    detail = DetailRecord("bank account", {"BankAccount": "BE68539007547034"}, [])
    given = record(KANT, details=[detail])
    lookup = known.lookup(given)
    row = lookup.identity(given)
    (named,) = lookup.found(given, row, lookup.by_link(given, [])).named
    assert named.ibans == {"be68539007547034"}
    assert lookup.account("1").ibans == frozenset()


# --- what a person means, and what was deleted


@pytest.mark.parametrize(
    ("text", "expected"),
    [("7", "7"), ("0007", "7"), ("GUID-1", "guid-1"), ("K1", "guid-1"), ("9", None), ("8", None)],
)
def test_an_answer_is_an_id_or_a_code(known: Known, text: str, expected: str | None) -> None:
    known.account("7", KANT)
    known.account("guid-1", {**KANT, "Code": "K1"})
    known.account("8", KANT, gone=True)
    known.account("a", {**KANT, "Code": "9"})
    known.account("b", {**KANT, "Code": "09"})
    found = known.lookup().by_answer(text)
    assert (found.id if found is not None else None) == expected


def test_an_account_that_the_mirror_does_not_have_is_known_by_its_id_only(known: Known) -> None:
    assert known.lookup().account("x").id == "x"


def test_accounts_of_one_address_are_found_unless_it_is_a_crowds(known: Known) -> None:
    home: Values = {"Postcode": "9000", "AddressLine1": "Veldstraat 12"}
    for number in range(CROWD):
        known.account(str(number), {"Name": f"Firma {number}", **home})
    row: Values = {"Name": "Zon", "Postcode": "9000", "AddressLine1": "Veldstr. 12"}
    assert len(known.found(row)["neighbors"]) == CROWD
    assert known.found({**row, "AddressLine1": "Veldstraat 14"}) == {}
    known.account("more", {"Name": "Eentje", **home})
    assert known.found(row) == {}


def test_an_account_that_many_rows_find_is_read_once(
    known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    home: Values = {"Postcode": "9000", "AddressLine1": "Veldstraat 12"}
    for number in "123":
        known.account(number, {"Name": f"Firma {number}", **home})
    rows = [record({"Name": f"Zon {line}", **home}, line) for line in range(2, 5)]
    lookup, get = known.lookup(*rows), mock.Mock(wraps=known.store.mirror.get)
    monkeypatch.setattr(known.store.mirror, "get", get)
    for row in rows:
        found = lookup.found(row, lookup.identity(row), lookup.by_link(row, []))
        assert [one.id for one in found.neighbors] == ["1", "2", "3"]
    assert [call.args[1] for call in get.call_args_list] == ["1", "2", "3"]
