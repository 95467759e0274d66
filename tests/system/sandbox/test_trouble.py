"""Limits, and faults on request: what a client sees of an Exact Online in trouble."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import IncompleteRead
from pathlib import Path

import pytest
import urllib3

from exact_sandbox import RemoteControl, Sandbox, SandboxSettings
from rest_client import HOME, Caller
from sandbox_process import names, until

BUSY = {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}


MINUTELY = {
    "X-RateLimit-Minutely-Limit",
    "X-RateLimit-Minutely-Remaining",
    "X-RateLimit-Minutely-Reset",
}


LOST = (urllib3.exceptions.ProtocolError, urllib3.exceptions.SSLError)


@pytest.fixture(name="sandbox")
def _sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings(tmp_path / "sandbox", seed=1)) as sandbox:
        yield sandbox


@pytest.fixture(name="client")
def _client(sandbox: Sandbox, remote: RemoteControl) -> Iterator[Caller]:
    client = Caller(sandbox.url, sandbox.ca_file, sandbox.config)
    yield client
    client.pool.clear()


def limits(answer: urllib3.BaseHTTPResponse) -> dict[str, int]:
    return {k: int(v) for k, v in answer.headers.items() if k.startswith("X-RateLimit")}


def talk(
    wire: socket.socket, tls: ssl.SSLObject, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO
) -> None:
    """Ask something, and read until the connection ends."""
    asked = False
    while True:
        try:
            if not asked:
                tls.do_handshake()
                tls.write(b"GET /api/v1/current/Me HTTP/1.1\r\nHost: localhost\r\n\r\n")
                asked = True
            tls.read()
        except ssl.SSLWantReadError:
            wire.sendall(outgoing.read())
            incoming.write(wire.recv(65536) or b"the end")


# --- limits


def test_the_minute_budget_and_its_headers(client: Caller, remote: RemoteControl) -> None:
    # Far from the end of a minute, so that the window does not change on the way.
    remote.settings(minute_limit=3, minute_seconds=3600)
    now = remote.counts()["now"]
    remote.move_clock(3600 - now % 3600)
    client.token = remote.tokens("grant")["access"]
    found = [limits(client.post(f"N{n}")) for n in range(3)]
    assert [entry["X-RateLimit-Minutely-Remaining"] for entry in found] == [2, 1, 0]
    assert found[0].keys() == BUSY | MINUTELY
    reset_at = found[0]["X-RateLimit-Minutely-Reset"]
    assert reset_at % 3_600_000 == 0
    assert found[0]["X-RateLimit-Reset"] % 86_400_000 == 0
    over = client.post("te veel")
    assert (over.status, over.data) == (429, b"")
    assert limits(over).keys() == MINUTELY
    remote.move_clock(3600)
    client.token = remote.tokens("grant")["access"]
    assert client.post("N3").status == 201
    assert names(remote) == ["N0", "N1", "N2", "N3"]


def test_the_day_budget_survives_a_restart(
    sandbox: Sandbox, client: Caller, remote: RemoteControl
) -> None:
    remote.settings(day_limit=2)
    assert limits(client.post("A"))["X-RateLimit-Remaining"] == 1
    client.post("B")
    assert client.post("C").status == 429
    sandbox.stop()
    sandbox.start()
    client.pool.clear()
    remote.close()
    remote.settings(day_limit=2)
    over = client.post("C")
    assert (over.status, limits(over)["X-RateLimit-Remaining"]) == (429, 0)
    remote.move_clock(86400)
    client.token = remote.tokens("grant")["access"]
    assert client.post("C").status == 201


def test_too_many_errors_close_one_endpoint_for_an_hour(
    client: Caller, remote: RemoteControl
) -> None:
    statuses = [client.ask("POST", "crm/Accounts", {"Nope": 1}).status for _ in range(13)]
    assert statuses == [400] * 11 + [429] * 2
    blocked = client.post("X")
    assert (blocked.status, blocked.data, limits(blocked)) == (429, b"", {})
    assert client.ask("GET", "sync/CRM/Accounts?$filter=Timestamp gt 1L").status == 200
    remote.move_clock(3601)
    client.token = remote.tokens("grant")["access"]
    assert client.post("X").status == 201


def test_refusals_of_rows_are_no_such_errors(client: Caller) -> None:
    statuses = {client.ask("POST", "crm/Accounts", {"Email": "x"}).status for _ in range(15)}
    assert statuses == {500}


def test_divisions_have_budgets_of_their_own(client: Caller, remote: RemoteControl) -> None:
    remote.settings(day_limit=1)
    client.post("A")
    assert client.post("B").status == 429
    other = client.pool.request(
        "GET",
        f"{client.url}/api/v1/{HOME + 1}/vat/VATCodes",
        headers={"Authorization": f"Bearer {client.token}", "Accept": "application/json"},
    )
    assert other.status == 200


# --- faults


def test_dropped_before_the_write(client: Caller, remote: RemoteControl) -> None:
    remote.add_faults({"kind": "drop_before", "match": {"method": "POST"}, "times": 1})
    with pytest.raises(LOST):
        client.post("A")
    assert names(remote) == []
    assert client.post("A").status == 201
    assert remote.faults()[0]["applied"] == 1


def test_dropped_after_the_write(client: Caller, remote: RemoteControl) -> None:
    remote.add_faults({"kind": "drop_after", "match": {"path": "crm/Accounts"}, "skip": 1})
    assert client.post("A").status == 201
    with pytest.raises(LOST):
        client.post("B")
    assert names(remote) == ["A", "B"]


def test_a_reset(sandbox: Sandbox, client: Caller, remote: RemoteControl) -> None:
    remote.add_faults({"kind": "reset", "written": True})
    with pytest.raises(LOST):
        client.post("A")
    assert names(remote) == ["A"]
    # Python's TLS sockets call a reset an end of file: look beneath them.
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context(cafile=sandbox.ca_file).wrap_bio(
        incoming, outgoing, server_hostname="localhost"
    )
    port = int(sandbox.url.rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port)) as wire,
        pytest.raises(ConnectionResetError),
    ):
        talk(wire, tls, incoming, outgoing)


def test_written_only_after_the_connection_dropped(client: Caller, remote: RemoteControl) -> None:
    remote.add_faults({"kind": "drop_then_write", "delay": 0.4, "times": 1})
    with pytest.raises(LOST):
        client.post("A")
    assert names(remote) == []
    until(lambda: names(remote) == ["A"])


@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize(
    ("kind", "status"),
    [("error_502", 502), ("error_503", 503), ("error_504", 504), ("empty_500", 500)],
)
def test_answers_of_a_server_in_trouble(
    client: Caller, remote: RemoteControl, kind: str, status: int, *, written: bool
) -> None:
    remote.add_faults({"kind": kind, "written": written})
    answer = client.post("A")
    assert answer.status == status
    assert (b"Server maintenance" in answer.data) == (status != 500)
    assert names(remote) == (["A"] if written else [])


def test_a_maintenance_page_as_an_answer(client: Caller, remote: RemoteControl) -> None:
    remote.add_faults({"kind": "html_200", "match": {"method": "GET"}})
    answer = client.ask("GET", "sync/CRM/Accounts?$filter=Timestamp gt 1L")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_an_answer_cut_short(client: Caller, remote: RemoteControl) -> None:
    remote.add_faults({"kind": "truncated"})
    with pytest.raises(urllib3.exceptions.ProtocolError) as caught:
        client.post("A")
    assert isinstance(caught.value.args[1], IncompleteRead)
    assert names(remote) == ["A"]


@pytest.mark.parametrize("written", [True, False])
def test_no_answer_at_all(client: Caller, remote: RemoteControl, *, written: bool) -> None:
    remote.add_faults({"kind": "hang", "written": written})
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        client.post("A", timeout=0.3)
    assert names(remote) == (["A"] if written else [])
    until(lambda: remote.counts()["in_flight"] == 0)


def test_a_slow_answer_does_its_work_late(client: Caller, remote: RemoteControl) -> None:
    remote.add_faults({"kind": "slow", "delay": 0.6})
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        client.post("A", timeout=0.2)
    assert names(remote) == []
    until(lambda: names(remote) == ["A"])


def test_sync_pages_that_lag(client: Caller, remote: RemoteControl) -> None:
    client.post("A")
    path = "sync/CRM/Accounts?$filter=Timestamp gt 1L&$select=Name"
    remote.add_faults({"kind": "stale_sync", "delay": 60, "match": {"path": "sync/CRM/Accounts"}})
    assert client.ask("GET", path).json()["d"]["results"] == []
    assert len(client.ask("GET", "crm/Accounts?$filter=Name eq 'A'").json()["d"]["results"]) == 1
    remote.move_clock(61)
    assert len(client.ask("GET", path).json()["d"]["results"]) == 1


def test_the_rest_of_the_trouble(client: Caller, remote: RemoteControl) -> None:
    remote.add_faults(
        {"kind": "too_many", "times": 1},
        {"kind": "redirect", "times": 1, "location": "https://127.0.0.1:9/x"},
        {"kind": "answer", "times": 1, "status": 403, "headers": {"Reason": "BlockedUser"}},
    )
    first, second, third = client.post("A"), client.ask("GET", "x"), client.post("A")
    assert (first.status, first.data, limits(first)) == (429, b"", {})
    assert (second.status, second.headers["Location"]) == (302, "https://127.0.0.1:9/x")
    assert (third.status, third.headers["Reason"]) == (403, "BlockedUser")
    assert client.post("A").status == 201
    assert [entry["fault"] for entry in remote.log()] == ["too_many", "redirect", "answer", ""]


def test_which_calls_a_rule_is_for(client: Caller, remote: RemoteControl) -> None:
    remote.add_faults({"kind": "error_503", "match": {"body": "Bad"}})
    remote.add_faults({"kind": "error_504", "match": {"query": "Code eq", "path": "crm/*"}})
    remote.add_faults({"kind": "error_502", "match": {"path": "oauth2/token"}})
    assert [client.post(name).status for name in ("Good", "Bad")] == [201, 503]
    assert client.ask("GET", "crm/Accounts?$filter=Code eq '1'").status == 504
    assert client.pool.request("POST", f"{client.url}/api/oauth2/token").status == 502
    remote.clear_faults()
    assert client.post("Bad").status == 201
    with pytest.raises(ValueError, match="no fault 'earthquake'"):
        remote.add_faults({"kind": "earthquake"})
    with pytest.raises(ValueError, match="can match on"):
        remote.add_faults({"kind": "reset", "match": {"weather": "rain"}})


def test_probability_is_drawn_with_the_seed(client: Caller, remote: RemoteControl) -> None:
    remote.settings(minute_limit=1000)
    remote.add_faults({"kind": "error_503", "probability": 0.5})
    statuses = [client.post("A").status for _ in range(40)]
    assert 5 < statuses.count(503) < 35


# --- the server


def test_one_connection_serves_many_calls_and_many_callers_at_once(
    client: Caller, remote: RemoteControl
) -> None:
    remote.settings(minute_limit=1000, latency=0.05)
    before = remote.counts()["connections"]
    for n in range(4):
        client.post(f"A{n}")
    assert remote.counts()["connections"] == before + 1
    with ThreadPoolExecutor(8) as pool:
        assert {a.status for a in pool.map(client.post, map(str, range(40)))} == {201}
    codes = [record["Code"] for record in remote.records()]
    assert len(set(codes)) == 44
    assert remote.counts()["most_in_flight"] > 1


def test_the_clock_tells_its_time_and_can_run(client: Caller, remote: RemoteControl) -> None:
    remote.move_clock(-90)
    answer = client.post("A")
    date = answer.headers["Date"]
    server_time = time.mktime(time.strptime(date, "%a, %d %b %Y %H:%M:%S GMT")) - time.timezone
    assert -150 < server_time - time.time() < -60
    remote.settings(speed=1000.0)
    first = remote.counts()["now"]
    until(lambda: remote.counts()["now"] - first > 50)
