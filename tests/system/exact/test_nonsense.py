"""A server whose answers make no sense: each ends with a sentence, and with 70 or 75."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from double_client import connected
from exact_import.errors import ExactImportError, ExitStatus
from exact_import.exact.api import LEAST_A_PAGE, PAGES_TO_JUDGE
from exact_import.exact.client import Client
from exact_import.exact.errors import ServiceError
from tls_double import Double, FastClock, Reply, Seen, answer

ANYONE = "00000000-0000-4000-8000-000000000000"
DEEP = b'{"d": {"results": [' + b"[" * 50_000 + b"]" * 50_000 + b"]}}"
READS: dict[str, Callable[[Client], object]] = {
    "sync": lambda exact: list(exact.sync_pages("account", 1, ["Name"])),
    "deleted": lambda exact: list(exact.deleted_pages(1)),
    "created": lambda exact: list(exact.created_since("account", 0, ["Name"])),
    "find": lambda exact: exact.find("contact", "LastName eq 'x'", ["LastName"]),
    "lookup": lambda exact: exact.lookup("cashflow/PaymentConditions", ["Code"]),
    "me": lambda exact: exact.me(),
    "divisions": lambda exact: exact.divisions(),
}


def listed(*rows: object, **more: object) -> Reply:
    return answer({"d": {"results": list(rows), **more}})


def account(**fields: object) -> dict[str, object]:
    return {"ID": ANYONE, "Timestamp": 7, "Name": "Acme", **fields}


@pytest.fixture(name="exact")
def _exact(ini: Callable[..., Path]) -> Client:
    return connected(ini(), FastClock(), read_timeout=2.0)


def ends(exact: Client, read: str) -> ExactImportError:
    with pytest.raises(ExactImportError) as caught:
        READS[read](exact)
    assert caught.value.exit_status in (ExitStatus.FAULT, ExitStatus.TRY_LATER)
    assert caught.value.advice
    return caught.value


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize(
    "reply",
    {
        "nested too deep": Reply(200, DEEP),
        "rows that are numbers": listed(1, 2),
        "rows that are lists": listed([account()]),
        "rows that are nothing": listed(None),
        "values that are objects": listed(account(Name={"x": 1}, Code=[1], CurrentDivision={})),
        "infinite": Reply(200, b'{"d": {"results": [{"ID": 1e999, "Code": -Infinity}]}}'),
        "huge numbers": Reply(200, b'{"d": {"results": [{"ID": ' + b"9" * 5000 + b"}]}}"),
        "an empty body": Reply(200),
        "no d": answer({"results": []}),
        "d is a text": answer({"d": "nothing"}),
        "a page": Reply(200, b"<html><body>Welcome</body></html>", {"Content-Type": "text/html"}),
        "cut-off gzip": Reply(200, gzip.compress(b"x" * 999)[:20], {"Content-Encoding": "gzip"}),
        "no gzip": Reply(200, b"plain", {"Content-Encoding": "gzip"}),
        "not UTF-8": Reply(200, b'{"d": {"results": [{"ID": "\xff\xfe"}]}}'),
    }.items(),
    ids=lambda named: named[0].replace(" ", "-"),
)
def test_what_no_list_looks_like(
    exact: Client, double: Double, reply: tuple[str, Reply], read: str
) -> None:
    double.respond = lambda _: reply[1]
    ends(exact, read)


@pytest.mark.parametrize(
    ("read", "row", "why"),
    [
        ("sync", account(ID=None), "no ID"),
        ("sync", account(ID=17), "no ID"),
        ("sync", account(ID="x' or 1 eq 1"), "no ID"),
        ("sync", account(Timestamp=None), "no Timestamp"),
        ("sync", account(Timestamp="soon"), "no Timestamp"),
        ("sync", account(Timestamp=10**30), "Timestamp"),
        ("sync", account(Timestamp=True), "no Timestamp"),
        ("sync", account(Name=12), "the value of Name in it is not a text"),
        ("sync", account(Modified="/Date(999999999999999999)/"), "date in Modified"),
        ("find", account(Account=3), "the value of Account in it is not a text"),
        ("created", {"Name": "Acme"}, "no ID"),
        ("deleted", {"EntityType": 2, "Timestamp": 3}, "no EntityKey"),
        ("deleted", {"EntityKey": ANYONE, "Timestamp": 3}, "no EntityType"),
        ("deleted", {"EntityKey": ANYONE, "EntityType": 2}, "no Timestamp"),
        ("lookup", {"Code": {"a": 1}}, "impossible value for Code"),
        ("divisions", {"CurrentDivision": "x"}, "no CurrentDivision"),
        ("divisions", {"CurrentDivision": 1}, "no Code"),
    ],
)
def test_what_no_record_looks_like(
    exact: Client, double: Double, read: str, row: dict[str, object], why: str
) -> None:
    double.respond = lambda _: listed(row)
    fault = ends(exact, read)
    assert isinstance(fault, ServiceError)
    assert "cannot be read" in str(fault)
    assert why in str(fault)


def fresh(count: int) -> Iterator[list[dict[str, object]]]:
    """Yield pages of `count` accounts that nobody has seen before."""
    number = 0
    while True:
        rows = [
            account(ID=f"00000000-0000-4000-8000-{number + i:012}", Timestamp=number + i + 2)
            for i in range(count)
        ]
        yield rows
        number += count


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_pages_without_end(exact: Client, double: Double, rows: int) -> None:
    pages = fresh(rows)
    double.minute_limit, double.day_limit = 100_000, 100_000

    def respond(seen: Seen) -> Reply:
        following = f"{double.url}{seen.path}?$skiptoken={len(double.seen)}"
        return listed(*next(pages), __next=following)

    double.respond = respond
    fault = ends(exact, "sync")
    assert "links back" in str(fault)
    assert len(double.seen) <= PAGES_TO_JUDGE + LEAST_A_PAGE


def test_pages_that_repeat_themselves_under_new_links(exact: Client, double: Double) -> None:
    def respond(seen: Seen) -> Reply:
        following = f"{double.url}{seen.path}?$skiptoken={len(double.seen)}"
        return listed(account(), __next=following)

    double.respond = respond
    assert "links back" in str(ends(exact, "sync"))
    assert len(double.seen) == 2


@pytest.mark.parametrize("number", ["-1", "-99999999999", "9" * 18, "9" * 400, "1e9", "0", ""])
def test_limits_that_make_no_sense_stop_nothing(exact: Client, double: Double, number: str) -> None:
    names = ("Limit", "Remaining", "Reset", "Minutely-Limit", "Minutely-Reset")
    headers = {f"X-RateLimit-{name}": number for name in names}
    headers |= {"Date": number, "Retry-After": number, "X-RateLimit-Remaining": "4000"}
    double.respond = lambda _: Reply(200, json.dumps({"d": {"results": []}}).encode(), headers)
    for _ in range(100):
        exact.find("account", "Name eq 'x'", [])
    clock = exact.api.limiter.clock
    assert isinstance(clock, FastClock)
    assert 0 < sum(clock.sleeps) <= 120


def test_half_a_character_is_replaced(exact: Client, double: Double) -> None:
    body = b'{"d": {"results": [{"ID": "%s", "Timestamp": 7, "Name": "A\\ud800B\\ud83d\\ude00"}]}}'
    double.respond = lambda _: Reply(200, body % ANYONE.encode())
    [[row]] = exact.sync_pages("account", 1, ["Name"])
    assert row["Name"] == "A\ufffdB\U0001f600"


def test_a_record_that_is_made_but_shown_as_nonsense_is_made(exact: Client, double: Double) -> None:
    double.respond = lambda _: answer({"d": account(Name=["x"]), "more": 1}, 201)
    assert exact.create("account", {"Name": "Acme"}) == {"ID": ANYONE}


def test_lists_that_belong_to_a_record_are_left_out(exact: Client, double: Double) -> None:
    made = account(BankAccounts={"__deferred": {"uri": "https://x.example"}}, Timestamp=None)
    double.respond = lambda _: answer({"d": made}, 201)
    assert exact.create("account", {"Name": "Acme"}) == account(Timestamp=None)
