"""Accounts and contacts through the whole layer, over TLS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from double_client import connected
from exact_import.exact import client
from exact_import.exact.answer_rows import Deletion
from exact_import.exact.client import Client
from exact_import.exact.errors import NotFound, ServiceError
from tls_double import DIVISION, Double, Seen, answer

ANYONE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def exact(ini: Callable[..., Path]) -> Client:
    return connected(ini())


def test_a_record_is_created_read_changed_and_deleted(exact: Client, double: Double) -> None:
    made = exact.create("account", {"Name": "Zoë & Zo", "Code": "42"})
    assert made["Name"] == "Zoë & Zo"
    assert made["Code"] == "42"
    exact.update("account", str(made["ID"]), {"City": "Gent"})
    [page] = exact.sync_pages("account", 1, ["Name", "City", "Code"])
    assert page == [{**made, "City": "Gent", "Timestamp": 1002}]
    exact.delete("account", str(made["ID"]))
    [deletions] = exact.deleted_pages(1)
    assert deletions == [Deletion("account", str(made["ID"]), 1004)]
    assert (exact.calls.reads, exact.calls.writes, exact.calls.token) == (2, 3, 0)
    assert double.connections == 1


def test_what_is_sent_is_utf8_and_only_creating_asks_for_the_record(
    exact: Client, double: Double
) -> None:
    made = exact.create("contact", {"LastName": "Müller", "Account": None})
    exact.update("contact", str(made["ID"]), {"LastName": "Möller"})
    post, put = double.seen
    assert "Müller".encode() in post.body
    assert post.headers["prefer"] == "return=representation"
    assert "prefer" not in put.headers
    assert put.document == {"LastName": "Möller"}
    assert post.headers["user-agent"].startswith("exact-import/")
    assert put.path == f"/api/v1/{DIVISION}/crm/Contacts(guid'{made['ID']}')"


def test_values_lose_their_padding_and_dates_become_text(exact: Client, double: Double) -> None:
    row = {
        "ID": ANYONE,
        "Code": "                42",
        "Country": "NL ",
        "Language": "NL-BE     ",
        "Name": " kept ",
        "Modified": "/Date(1392224884577)/",
        "StartDate": "/Date(1388534400000)/",
        "Remarks": "/Date(0)/",
        "Timestamp": "77",
        "__metadata": {"uri": "…"},
    }
    double.respond = lambda _: answer({"d": {"results": [row]}})
    [[read]] = exact.sync_pages("account", 1, ["Name"])
    assert read == {
        "ID": ANYONE,
        "Code": "42",
        "Country": "NL",
        "Language": "NL-BE",
        "Name": " kept ",
        "Modified": "2014-02-12T17:08:04.577Z",
        "StartDate": "2014-01-01T00:00:00Z",
        "Remarks": "/Date(0)/",
        "Timestamp": 77,
    }


def test_pages_come_one_at_a_time_and_without_a_limit(exact: Client, double: Double) -> None:
    double.minute_limit = 1000
    for number in range(3500):
        one = f"00000000-0000-4000-8000-{number:012}"
        double.records["Accounts"][one] = {"ID": one, "Timestamp": number + 2}
    pages = exact.sync_pages("account", 1, [])
    assert len(next(pages)) == 1000
    assert len(double.seen) == 1
    assert sum(map(len, pages)) == 2500
    found = exact.find("account", "Status eq 'C'", ["Name"])
    assert len(found) == 3500
    assert len(double.requests("crm/Accounts")) == 59


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://localhost.example:{port}/api/v1/1/crm/Accounts?$skiptoken=1",
        "https://localhost:1/api/v1/1/crm/Accounts?$skiptoken=1",
        "http://localhost:{port}/api/v1/1/crm/Accounts?$skiptoken=1",
        "https://localhost:{port}/elsewhere",
        "https://user@evil.example/api/v1/1/x",
        "//evil.example/api/v1/x",
        "https://localhost:{port}/api/../secrets",
    ],
)
def test_a_next_page_elsewhere_is_not_read(exact: Client, double: Double, elsewhere: str) -> None:
    following = elsewhere.format(port=double.port)
    double.respond = lambda _: answer({"d": {"results": [], "__next": following}})
    with pytest.raises(ServiceError, match="another address"):
        list(exact.sync_pages("account", 1, []))
    assert len(double.seen) == 1


def test_a_relative_next_page_is_read(exact: Client, double: Double) -> None:
    other = ANYONE.replace("0", "1")

    def respond(seen: Seen) -> object:
        if "$skiptoken" in seen.query:
            return answer({"d": {"results": [{"ID": other}]}})
        return answer({"d": {"results": [{"ID": ANYONE}], "__next": "Accounts?$skiptoken=1"}})

    double.respond = respond  # type: ignore[assignment] # always a reply
    assert [row["ID"] for row in exact.find("account", "Name eq 'x'", [])] == [ANYONE, other]
    assert double.seen[1].path == f"/api/v1/{DIVISION}/crm/Accounts"


def test_pages_that_lead_in_a_circle_end(exact: Client, double: Double) -> None:
    again = f"{double.url}/api/v1/{DIVISION}/sync/CRM/Accounts?$skiptoken=1"
    double.respond = lambda _: answer({"d": {"results": [], "__next": again}})
    with pytest.raises(ServiceError, match="links back to an earlier page"):
        list(exact.sync_pages("account", 1, []))
    assert len(double.seen) == 2


def test_filters_arrive_as_they_were_meant(exact: Client, double: Double) -> None:
    text = "O'Neil & Söhne 100% +1 #2 a/b=c"
    exact.find("account", f"Name eq {client.quoted(text)}", ["Name"])
    exact.find("account", f"Code eq {client.code('42')}", ["Code"])
    assert double.seen[0].query["$filter"] == "Name eq 'O''Neil & Söhne 100% +1 #2 a/b=c'"
    assert double.seen[1].query["$filter"] == "Code eq '                42'"
    assert double.seen[1].query["$select"] == "ID,Code"
    with pytest.raises(ValueError, match="an ID in it is not one"):
        client.guid("' or 1 eq 1 or '")
    with pytest.raises(ValueError, match="filter is needed"):
        exact.find("account", "", [])


def test_what_is_gone_is_gone(exact: Client) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    with pytest.raises(NotFound):
        exact.update("account", nobody, {"Name": "x"})
    with pytest.raises(NotFound):
        exact.delete("contact", nobody)


def test_reference_lists_lose_padding_and_metadata(exact: Client, double: Double) -> None:
    row = {"Code": "7  ", "Percentage": 0.21, "__metadata": {}}
    double.respond = lambda _: answer({"d": {"results": [row]}})
    assert exact.lookup("vat/VATCodes", ["Code", "Percentage"], "Code eq '7  '") == [
        {"Code": "7", "Percentage": 0.21}
    ]
    assert double.seen[0].query == {"$select": "Code,Percentage", "$filter": "Code eq '7  '"}


def test_divisions_and_the_user(exact: Client, double: Double) -> None:
    assert exact.me()["CurrentDivision"] == DIVISION
    assert exact.divisions() == [client.DivisionInfo(DIVISION, "Bakkerij", True)]
    assert exact.calls.total == 1
    double.respond = lambda seen: (
        answer({}, 403) if seen.path.endswith("system/Divisions") else None
    )
    [division] = exact.divisions()
    assert not division.active  # 1 means archived in the older list


@pytest.mark.parametrize("wrapped", [False, True])
def test_the_next_page_may_be_named_beside_the_rows(
    exact: Client, double: Double, wrapped: bool
) -> None:
    other = ANYONE.replace("0", "1")

    def respond(seen: Seen) -> object:
        if "$skiptoken" in seen.query:
            return answer({"d": [{"ID": other}]})
        rows = [{"ID": ANYONE}]
        following = "Accounts?$skiptoken=1"
        return answer({"d": {"results": rows} if wrapped else rows, "__next": following})

    double.respond = respond  # type: ignore[assignment] # always a reply
    assert [row["ID"] for row in exact.lookup("bulk/CRM/Accounts", ["ID"])] == [ANYONE, other]


def test_what_was_created_lately(exact: Client, double: Double) -> None:
    double.respond = lambda _: answer({"d": {"results": [{"ID": ANYONE, "Code": "  7"}]}})
    pages = list(exact.created_since("account", 1392224884.9, ["Code"]))
    assert pages == [[{"ID": ANYONE, "Code": "7"}]]
    assert double.seen[0].path == f"/api/v1/{DIVISION}/crm/Accounts"
    assert double.seen[0].query == {
        "$filter": "Created ge datetime'2014-02-12T17:08:04'",
        "$select": "ID,Created,Code",
        "$orderby": "Created desc",
    }


def test_each_type_of_value_goes_out_in_its_form(exact: Client, double: Double) -> None:
    sent = {"Name": "Ä", "StartDate": "2024-02-29", "IsSupplier": True, "DiscountSales": 1e-07}
    made = exact.create("account", sent)
    exact.update("account", str(made["ID"]), {"EndDate": "2030-01-01"})
    post, put = double.seen
    assert post.body.decode() == (
        '{"Name": "Ä", "StartDate": "2024-02-29T00:00:00Z", "IsSupplier": true, '
        '"DiscountSales": 0.0000001}'
    )
    assert put.document == {"EndDate": "2030-01-01T00:00:00Z"}
