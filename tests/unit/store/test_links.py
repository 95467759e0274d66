"""What a link remembers, for whom it holds, and how long."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from exact_import.store.history import prune
from exact_import.store.journal import Journal
from exact_import.store.links import (
    BARE_NUMBER,
    CONTENT,
    NAME,
    OWN_NUMBER,
    Link,
    LinkKey,
    Links,
    MadeBy,
    account_keys,
)
from exact_import.tables.source import source_name


@pytest.fixture
def links(tmp_path: Path) -> Iterator[Links]:
    with contextlib.closing(Journal(tmp_path / "j.sqlite3")) as journal:
        yield Links(journal, journal.scope("https://example.com/api", 1))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("contacts.csv", "contacts"),
        ("/srv/out/Klanten 2026-11-27.csv", "klanten"),
        ("klanten_20261127 (1).xlsx", "klanten"),
        ("klanten.rejected.csv", "klanten"),
        ("klanten.rejected-2.csv", "klanten"),
        ("klanten-2026-11-28.rejected.rejected.csv", "klanten"),
        ("20261128-130514-92f7-relaties.rejected.csv", "relaties"),
        ("20261129-130514-bde2-20261128-130514-92f7-relaties.csv", "relaties"),
        ("C:\\export\\CRM export nov 2026.csv", "crm export"),
        ("2026.csv", "2026"),
        ("-", "-"),
        ("mei.csv", "mei"),
    ],
)
def test_the_source_of_a_file_is_its_name_without_what_changes(name: str, source: str) -> None:
    assert source_name(name) == source


@pytest.mark.parametrize("kind", [OWN_NUMBER, BARE_NUMBER])
def test_an_own_number_holds_for_its_source_only(links: Links, kind: str) -> None:
    links.add([Link("account", "crm", kind, "1", "AB-1", "created", "run")])
    ours, other = LinkKey(kind, "1", "crm"), LinkKey(kind, "1", "shop")
    found = links.find("account", [ours, other])
    assert [(key, one.record_id) for key, several in found.items() for one in several] == [
        (ours, "ab-1")
    ]
    assert links.find("contact", [ours]) == {}


@pytest.mark.parametrize("kind", [OWN_NUMBER, BARE_NUMBER])
def test_an_own_number_is_of_the_record_that_had_it_last(links: Links, kind: str) -> None:
    for source, record in (("crm", "a"), ("shop", "a"), ("crm", "b")):
        links.link("account", record, [LinkKey(kind, "1", source)], "matched", "run")
    assert [(one.source, one.record_id) for one in links.all()] == [("crm", "b"), ("shop", "a")]


@pytest.mark.parametrize(
    ("own", "keys"),
    [
        ("0017", [(OWN_NUMBER, "0017"), (BARE_NUMBER, "17")]),
        (" 17 ", [(OWN_NUMBER, "17"), (BARE_NUMBER, "17")]),
        ("K-017", [(OWN_NUMBER, "k017")]),
        ("000", [(OWN_NUMBER, "000")]),
        ("", []),
    ],
)
def test_a_number_of_digits_is_known_without_its_zeros_too(
    own: str, keys: list[tuple[str, str]]
) -> None:
    assert [(one.key, one.value) for one in account_keys({}, "crm", own)] == keys


def test_any_other_key_holds_for_every_source(links: Links) -> None:
    links.add([Link("account", "crm", "VATNumber", "be1", "a", "created", "run")])
    key = LinkKey("VATNumber", "be1", "shop")
    assert [one.record_id for one in links.find("account", [key])[key]] == ["a"]


def test_an_answer_stays_an_answer_and_replaces_another_record(links: Links) -> None:
    links.add([Link("account", "crm", "Name", "anker", "a", "matched", "run 1")])
    links.replace([Link("account", "crm", "Name", "anker", "b", "answer", "run 2")])
    links.add([Link("account", "crm", "Name", "anker", "b", "matched", "run 3")])
    assert [(one.record_id, one.made_by, one.run) for one in links.all()] == [
        ("b", "answer", "run 2")
    ]


def test_undo_takes_back_what_its_run_made_but_no_answer(links: Links) -> None:
    links.add(
        [
            Link("account", "crm", "Name", "one", "a", "created", "run 1"),
            Link("account", "crm", "Name", "two", "b", "answer", "run 1"),
            Link("account", "crm", "Name", "three", "c", "matched", "run 2"),
        ]
    )
    links.undo("run 1")
    assert sorted(one.value for one in links.all()) == ["three", "two"]


def test_links_are_listed_by_a_text_removed_and_forgotten(links: Links) -> None:
    links.add(
        [
            Link("account", "crm", OWN_NUMBER, "17", "a", "created"),
            Link("account", "shop", "Email", "info@anker.example", "b", "matched"),
            Link("contact", "shop", OWN_NUMBER, "c-1", "b", "matched"),
        ]
    )
    assert [one.record_id for one in links.all("anker")] == ["b"]
    assert links.records_of("account", "crm") == {"a"}
    links.remove(links.all("17"))
    assert links.of("account", "A") == []
    links.forget(["B"])
    assert links.all() == []


def test_more_keys_than_one_query_takes(links: Links) -> None:
    links.add(
        [Link("account", "crm", OWN_NUMBER, str(n), f"id {n}", "created") for n in range(999)]
    )
    found = links.find("account", [LinkKey(OWN_NUMBER, str(n), "crm") for n in range(2_000)])
    assert len(found) == 999


def test_what_a_row_said_long_ago_is_forgotten_where_a_record_has_been_linked_since(
    links: Links,
) -> None:
    def said(content: str, record: str, at: float, made_by: MadeBy, source: str = "crm") -> Link:
        return Link("account", source, CONTENT, content, record, made_by, "run", at)

    now = time.time()
    links.add(
        [
            said("old", "a", 1, "created"),
            said("answered", "a", 2, "answer"),
            said("recent", "a", now - 60, "matched"),
            said("last", "a", now, "matched"),
            said("of another source", "a", 3, "matched", "shop"),
            said("never changed", "b", 4, "created"),
            Link("account", "crm", NAME, "kant", "a", "created", "run", 1),
        ]
    )
    prune(links._journal, 90 * 86_400)
    assert [one.value for one in links.all()] == [
        *("kant", "answered", "last", "recent", "never changed", "of another source")
    ]
