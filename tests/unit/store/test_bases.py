"""What each source said of a record: kept, read back, and what an undo and a reading do to it."""

from __future__ import annotations

from typing import Any

import pytest

from exact_import.store.bases import ANY, Bases, RecordBases, place_of
from exact_import.store.journal import Intent, Journal
from memory_journal import memory_journal

SHOP = {"Phone": ["1", "1"], "City": ["Gent", "Gent"]}
CRM = {"Phone": ["2", "2"], "City": ["Gent", "Gent"], "Email": ["x", "x"]}


@pytest.fixture(name="bases")
def _bases() -> Bases:
    return Bases(memory_journal(), 1)


def journal_of(bases: Bases) -> Journal:
    return bases._journal


def source_rows(bases: Bases) -> list[tuple[str, str]]:
    return journal_of(bases).read("SELECT source, fields FROM source_base ORDER BY source")


# --- whose base counts


@pytest.mark.parametrize(
    ("by_source", "source", "own", "others"),
    [
        ({}, "shop", None, []),
        ({"shop": SHOP}, "shop", SHOP, []),
        ({"shop": SHOP}, "crm", None, ["shop"]),
        ({"crm": CRM, "shop": SHOP}, "shop", SHOP, ["crm"]),
        ({"crm": CRM, "erp": SHOP, "shop": SHOP}, "new", None, ["crm", "erp", "shop"]),
        # What an earlier version kept counts for whoever has none, and is no other source.
        ({ANY: SHOP}, "shop", SHOP, []),
        ({"crm": CRM, ANY: SHOP}, "shop", SHOP, ["crm"]),
        ({"crm": CRM, ANY: SHOP}, "crm", CRM, []),
        # A source without anything left is known, and has nothing to say to other sources.
        ({"crm": {}}, "crm", {}, []),
        ({"crm": {}}, "shop", None, []),
    ],
)
def test_each_source_has_its_own_base(
    by_source: dict[str, Any], source: str, own: Any, others: list[str]
) -> None:
    bases = RecordBases(by_source)
    assert bases.of(source) == own
    assert list(bases.others(source)) == others


def test_the_source_that_imports_comes_first_where_it_brings_something() -> None:
    bases = RecordBases().with_base("shop", SHOP)
    assert (bases.latest_source, bases.latest) == ("shop", SHOP)
    same = bases.with_base("crm", SHOP)
    assert list(same.by_source) == ["shop", "crm"]
    other = same.with_base("crm", CRM)
    assert list(other.by_source) == ["crm", "shop"]
    assert (other.latest_source, other.latest) == ("crm", CRM)
    assert (RecordBases().latest_source, RecordBases().latest) == (ANY, {})


def test_what_is_taken_from_bases_does_not_change_them() -> None:
    bases = RecordBases({"shop": {"Phone": ["1", "1"]}})
    found = bases.of("shop")
    assert found is not None
    found["Phone"] = ["2", "2"]
    assert bases.of("shop") == {"Phone": ["1", "1"]}


# --- in the journal


@pytest.mark.parametrize(
    "by_source",
    [
        {"shop": SHOP},
        {"shop": SHOP, "crm": SHOP},
        {"crm": CRM, "shop": SHOP},
        {"shop": SHOP, "crm": CRM, ANY: {}},
        {"shop": {}, "crm": {"Phone": ["1", "2", True]}},
        {"shop": {"Phone": [None, None]}},
    ],
)
def test_what_is_kept_is_read_back(bases: Bases, by_source: dict[str, Any]) -> None:
    bases.write("account", "A", RecordBases({"old": CRM, "older": SHOP}))
    bases.write("account", "A", RecordBases(by_source))
    found = bases.read("account", "a")
    assert found.by_source == by_source
    assert found.latest_source == next(iter(by_source))
    assert bases.read("contact", "a") == RecordBases()


def test_only_what_differs_is_kept_a_second_time(bases: Bases) -> None:
    bases.write("account", "a", RecordBases({"shop": SHOP}))
    assert source_rows(bases) == []
    bases.write("account", "a", RecordBases({"shop": SHOP, "crm": SHOP}))
    assert source_rows(bases) == [("crm", "{}")]
    bases.write("account", "a", RecordBases({"crm": CRM, "shop": SHOP}))
    assert source_rows(bases) == [("shop", '{"Phone": ["1", "1"], "Email": null}')]


def test_what_is_forgotten_is_gone_of_every_source(bases: Bases) -> None:
    bases.write("account", "a", RecordBases({"shop": SHOP, "crm": CRM}))
    assert bases.known("account", "A")
    bases.drop("account", "A")
    assert not bases.known("account", "a")
    assert source_rows(bases) == []


def test_an_update_is_unverified_until_it_was_seen(bases: Bases) -> None:
    kept = RecordBases({"shop": SHOP})
    bases.write("account", "a", kept, {"Phone": ["0", "1"]})
    assert bases.unverified() == {("account", "a"): {"Phone": ["0", "1"]}}
    assert bases.written_at("account", "a") is None
    bases.write("account", "a", kept)  # what another run learns of it says nothing of that
    assert bases.unverified() == {("account", "a"): {"Phone": ["0", "1"]}}
    # An account is written once for its fields and once for its main contact.
    bases.write("account", "a", kept, {"MainContact": [None, "C"]})
    seen = {"Phone": ["0", "1"], "MainContact": [None, "C"]}
    assert bases.unverified() == {("account", "a"): seen}
    bases.write("account", "a", kept, {"Phone": ["1", None]})
    assert bases.unverified() == {("account", "a"): {**seen, "Phone": ["1", None]}}
    bases.write("account", "a", kept, {}, "2026-11-02")
    assert bases.unverified() == {}
    assert bases.written_at("account", "a") == "2026-11-02"
    bases.write("account", "a", kept, {}, "")
    bases.write("account", "a", kept, {}, "2026-11-03")
    assert bases.written_at("account", "a") == ""


# --- what an undo takes back, and what was stored


def test_what_an_undo_took_back_is_new_to_the_sources_that_said_it() -> None:
    bases = RecordBases(
        {
            "shop": {"Phone": ["2", "2"], "City": ["Gent", "Gent"]},
            "erp": {"Phone": [" 2", "2"], "City": ["Gent", "Gent"]},
            "crm": {"Phone": ["1", "1", True], "City": ["Luik", "Luik"]},
        }
    )
    assert bases.without_values("account", {"Phone": "2"}).by_source == {
        "shop": {"City": ["Gent", "Gent"]},
        "erp": {"City": ["Gent", "Gent"]},
        "crm": {"Phone": ["1", "1", True], "City": ["Luik", "Luik"]},
    }


def test_what_was_stored_otherwise_is_known_to_every_source_that_saw_it() -> None:
    bases = RecordBases(
        {
            "shop": {"Name": ["Kantfabriek", "Kantfabriek"], "City": ["Gent", "Gent"]},
            "crm": {"Name": ["Kant", "Kantfabriek", True]},
            "erp": {"Name": ["Kant", "Kant"]},
        }
    )
    sent = {"Name": ["Kant", "Kantfabriek"]}
    assert bases.with_stored("account", sent, {"Name": "Kantfab", "City": "Ath"}).by_source == {
        "shop": {"Name": ["Kantfabriek", "Kantfab"], "City": ["Gent", "Gent"]},
        "crm": {"Name": ["Kant", "Kantfab", True]},
        "erp": {"Name": ["Kant", "Kant"]},
    }
    filled = bases.filled_in({"City"}, {"City": "GENT", "Name": "x"})
    assert filled.by_source["shop"] == {
        "Name": ["Kantfabriek", "Kantfabriek"],
        "City": ["Gent", "GENT"],
    }


@pytest.mark.parametrize(
    ("base", "left"),
    [
        (["1", "1"], ["1", "1", True]),
        (["one", "1"], ["one", "1", True]),
        (["1", "1", True], ["1", "1", True]),
        # It says what is there now; it left the field empty; something else was replaced.
        (["2", "1"], ["2", "1"]),
        ([None, "1"], [None, "1"]),
        (["3", "3"], ["3", "3"]),
    ],
)
def test_a_source_whose_value_was_replaced_need_not_hear_it_again(
    base: list[Any], left: list[Any]
) -> None:
    both = {"shop": {"Phone": ["2", "2"]}, "crm": {"Phone": base, "City": ["1", "1"]}}
    bases = RecordBases(both).with_replaced("account", "shop", {"Phone": "1"}, {"Phone": "2"})
    assert bases.by_source == {**both, "crm": {"Phone": left, "City": ["1", "1"]}}
    assert bases.latest_source == "shop"


def test_what_a_field_held_last_is_known_from_the_source_that_brought_it() -> None:
    bases = RecordBases(
        {"shop": {"Phone": ["1", "1", True]}, "erp": {}, "crm": {"Phone": ["2", "3"]}}
    )
    assert bases.last_stored("Phone") == ("3", "crm")
    assert bases.last_stored("City") == (None, None)


def test_a_detail_is_known_by_its_account_and_its_key() -> None:
    detail = Intent("r", "address", "update", [], "", "D", "A", {}, {}, key="postal address")
    assert place_of(detail) == ("address", "A postal address")
    contact = Intent("r", "contact", "update", [], "", "C", "A", {}, {})
    assert place_of(contact) == ("contact", "C")


# --- how they are kept


@pytest.mark.parametrize(
    "base",
    [
        {},
        {"City": ["Gent", "Gent"]},
        {"City": ["Gent", "GENT"]},
        {"City": ["Gent", None], "Email": [None, None]},
        {"IsSupplier": [True, 1], "DiscountPurchase": [1, 1.0]},
        {"City": ["Gent", "Gent", True]},
    ],
)
def test_a_base_comes_back_as_it_was(bases: Bases, base: dict[str, Any]) -> None:
    bases.write("account", "a", RecordBases({"shop": base}))
    found = bases.read("account", "a").latest
    assert found == base
    assert repr(found) == repr(base)


def test_what_was_stored_as_it_was_sent_is_kept_once(bases: Bases) -> None:
    bases.write("account", "a", RecordBases({"shop": {"City": ["Gent", "Gent"]}}))
    assert journal_of(bases).read("SELECT fields FROM base") == [('{"City":["Gent"]}',)]
