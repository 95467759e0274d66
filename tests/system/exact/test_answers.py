"""Every way an answer can come, or fail to come, and what it is taken for.

The table of answers is tried at the socket, through the whole layer; tests/unit tries `classify`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from answer_table import METHODS, RECORD, SCOPE, TABLE, UNKNOWN_PROPERTY, D, G, R, S, T, U
from double_client import connected
from exact_import.errors import ConfigError, ExitStatus, TemporaryError
from exact_import.exact.client import Client
from exact_import.exact.errors import (
    Method,
    NotFound,
    NotTrusted,
    OutcomeUnknown,
    Rejected,
    Response,
    ScopeMissing,
    ServiceError,
    Verdict,
    WrongDivision,
    messages_of,
    stop,
)
from tls_double import Double, FastClock, Reply, Seen, refusal


@pytest.fixture
def clock() -> FastClock:
    return FastClock()


@pytest.fixture
def exact(ini: Callable[..., Path], clock: FastClock) -> Client:
    return connected(ini(), clock, connect_timeout=5.0, read_timeout=0.4)


ANYONE = "00000000-0000-4000-8000-000000000000"
CALLS: dict[Method, Callable[[Client], object]] = {
    "GET": lambda exact: exact.find("account", "Name eq 'x'", ["Name"]),
    "POST": lambda exact: exact.create("account", {"Name": "x"}),
    "PUT": lambda exact: exact.update("account", ANYONE, {"Name": "x"}),
    "DELETE": lambda exact: exact.delete("account", ANYONE),
}
RAISED: dict[Verdict, tuple[type[Exception], ...]] = {
    R: (Rejected,),
    G: (NotFound,),
    T: (TemporaryError,),
    S: (ServiceError, ScopeMissing),
    U: (OutcomeUnknown,),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "name", [n for n, row in TABLE.items() if isinstance(row[0], Reply) and n != "401"]
)
def test_at_the_socket_it_is_the_same(
    exact: Client, double: Double, clock: FastClock, name: str, method: Method
) -> None:
    reply, *verdicts = TABLE[name]
    verdict = verdicts[METHODS.index(method)]
    assert isinstance(reply, Reply)
    double.respond = lambda _: reply
    if verdict is D and method == "GET" and "ID" in name:
        with pytest.raises(ServiceError, match="a record in it has no ID"):
            CALLS[method](exact)
    elif verdict is D:
        CALLS[method](exact)
    else:
        # A list that is not there is no record that is gone, but a wrong address.
        expected = (ServiceError,) if (verdict, method) == (G, "GET") else RAISED[verdict]
        with pytest.raises(expected):
            CALLS[method](exact)
    if verdict is T:
        assert len(double.seen) > 3
        assert sum(clock.sleeps) > 5
    else:
        assert len(double.seen) == 1
        assert not clock.sleeps


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("fault", ["drop", "reset", "truncate", "hang", "trickle", "raw"])
def test_only_reads_are_repeated_when_the_answer_is_lost(
    ini: Callable[..., Path], double: Double, method: Method, fault: str
) -> None:
    exact = connected(ini(), FastClock(), read_timeout=0.3)
    body = b"this is not HTTP\r\n\r\n" if fault == "raw" else json.dumps(RECORD).encode() * 9
    broken = Reply(200, body, fault=fault)
    double.respond = lambda _: broken if len(double.seen) == 1 else None
    if method == "GET":
        assert exact.find("account", "Name eq 'x'", []) == []
        assert len(double.seen) == 2
    else:
        with pytest.raises(OutcomeUnknown) as caught:
            CALLS[method](exact)
        assert len(double.seen) == 1
        assert str(caught.value) in {
            "no answer came in time",
            "the answer was cut off",
            "the connection broke before the answer arrived",
        }


def test_a_write_that_never_left_is_sent_again(
    exact: Client, double: Double, clock: FastClock
) -> None:
    exact.find("account", "Name eq 'x'", [])
    with Double() as elsewhere:
        gone = elsewhere.url
    text = exact.api.storage.path.read_text().replace(double.url, gone)
    exact.api.storage.path.write_text(text)
    exact.api.storage.reload()
    with pytest.raises(TemporaryError, match="refuses the connection") as caught:
        exact.create("account", {"Name": "x"})
    assert caught.value.exit_status == ExitStatus.TRY_LATER
    assert exact.calls.writes == 5
    assert len(clock.sleeps) == 4
    assert clock.sleeps == sorted(clock.sleeps)


def test_the_sentences_of_a_refusal_are_split(exact: Client, double: Double) -> None:
    text = "Ongeldige referentie: Leveren aan\r\nOngeldige referentie: Besteld door\r\n"
    double.respond = lambda _: refusal(text)
    with pytest.raises(Rejected) as caught:
        exact.create("account", {"Name": "x"})
    assert caught.value.messages == (
        "Ongeldige referentie: Leveren aan",
        "Ongeldige referentie: Besteld door",
    )
    assert caught.value.status == 500
    assert messages_of(Response(500, {}, b"\xff")) == ()


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (refusal(UNKNOWN_PROPERTY, 400), "The property name 'X'"),
        (Reply(403, b"", {"Reason": "BlockedUser"}), "user of this login is blocked"),
        (Reply(403, b"", {"Reason": "InactiveUser"}), "not active"),
        (Reply(403, b"", {"Reason": "BlockedCustomer"}), "blocked the holder of this licence"),
        (Reply(403, b"", {"Reason": "LicenseExpired"}), "licence of this company has expired"),
        (Reply(403, b"", {"Reason": "DivisionBlocked"}), "company is blocked"),
        (Reply(403), "may lack a permission"),
        (refusal("Forbidden", 403), "HTTP 403): Forbidden. The user"),
        (Reply(404), "Check rest_url"),
        (Reply(413), "HTTP 413). "),
        (Reply(302, b"", {"Location": "https://x.example"}), "Redirects are never followed"),
    ],
)
def test_a_stop_says_which_request_was_wrong_and_why(
    exact: Client, double: Double, reply: Reply, sentence: str
) -> None:
    double.respond = lambda _: reply
    with pytest.raises(ServiceError) as caught:
        exact.create("account", {"Name": "x"})
    assert "POST crm/Accounts" in str(caught.value)
    assert sentence in f"{caught.value} "
    assert caught.value.exit_status == ExitStatus.FAULT
    assert caught.value.status == reply.status


@pytest.mark.parametrize(
    "reply",
    [
        refusal("Forbidden - WrongDivision", 403),
        Reply(403, b"", {"Reason": "WrongDivision"}),
        Reply(403, b"", {"Reason": "NoDivisionAccess"}),
    ],
)
@pytest.mark.parametrize("method", METHODS)
def test_a_division_that_may_not_be_opened_is_a_matter_of_configuration(
    exact: Client, double: Double, reply: Reply, method: Method
) -> None:
    double.respond = lambda _: reply
    with pytest.raises(WrongDivision, match="has no access to this company") as caught:
        CALLS[method](exact)
    assert isinstance(caught.value, ConfigError)
    assert caught.value.exit_status == ExitStatus.CONFIG
    assert "`exact-import divisions`" in caught.value.advice
    assert caught.value.status == 403


def test_a_missing_scope_is_a_matter_of_logging_in(exact: Client, double: Double) -> None:
    double.respond = lambda _: refusal(SCOPE, 403)
    with pytest.raises(ScopeMissing) as caught:
        list(exact.deleted_pages(1))
    assert caught.value.exit_status == ExitStatus.LOGIN
    assert caught.value.endpoint == "sync/Deleted"
    assert "organization.administration" in str(caught.value)


def test_an_endpoint_that_said_stop_is_left_alone_for_an_hour(
    exact: Client, double: Double, clock: FastClock
) -> None:
    double.respond = lambda seen: refusal("No", 400) if seen.path.endswith("crm/Accounts") else None
    for _ in range(3):
        with pytest.raises(ServiceError, match="POST crm/Accounts"):
            exact.create("account", {"Name": "x"})
    assert len(double.seen) == 1
    # Other endpoints go on.
    list(exact.sync_pages("account", 1, []))
    clock.skipped += 3601
    with pytest.raises(ServiceError):
        exact.create("account", {"Name": "x"})
    assert len(double.requests("crm/Accounts")) == 2


def test_a_service_that_is_not_there_is_reported(exact: Client, double: Double) -> None:
    double.respond = lambda _: Reply(404)
    with pytest.raises(ServiceError, match="no sync/CRM/Accounts at this address"):
        list(exact.sync_pages("account", 1, []))
    with pytest.raises(ServiceError, match="no current/Me at this address"):
        exact.me()


def test_an_untrusted_server_is_a_matter_of_configuration() -> None:
    fault = stop("GET", "crm/Accounts", NotTrusted("its certificate is not valid: self-signed"))
    assert fault.exit_status == ExitStatus.CONFIG
    assert "SSL_CERT_FILE" in str(fault)


def test_a_redirect_does_not_get_the_token(exact: Client, double: Double) -> None:
    with Double() as thief:

        def respond(_: Seen) -> Reply:
            return Reply(307, b"", {"Location": f"{thief.url}/api/v1/1/crm/Accounts"})

        double.respond = respond
        for call in CALLS.values():
            with pytest.raises(ServiceError):
                call(exact)
        assert thief.connections == 0
