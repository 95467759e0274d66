"""Limits, faults on request, and the sandbox as a process that is killed and started again."""

from __future__ import annotations

import configparser
import json
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import IncompleteRead
from pathlib import Path
from typing import Any

import pytest
import urllib3

from exact_import.errors import TemporaryError
from exact_sandbox import RemoteControl, Sandbox, SandboxSettings, reset, running
from permissions import is_private
from sandbox_env import OWN_GROUP, ask_to_stop

HOME = 425880
BUSY = {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
MINUTELY = {
    "X-RateLimit-Minutely-Limit",
    "X-RateLimit-Minutely-Remaining",
    "X-RateLimit-Minutely-Reset",
}
LOST = (urllib3.exceptions.ProtocolError, urllib3.exceptions.SSLError)


class Client:
    def __init__(self, url: str, ca_file: Path, config: Path) -> None:
        ini = configparser.RawConfigParser()
        ini.read(config)
        self.url = url
        self.pool = urllib3.PoolManager(ca_certs=str(ca_file), retries=False, maxsize=16)
        self.token = ini["transient"]["access_token"]

    def ask(
        self, method: str, path: str, content: object = None, *, timeout: float = 20.0
    ) -> urllib3.BaseHTTPResponse:
        return self.pool.request(
            method,
            f"{self.url}/api/v1/{HOME}/{path}",
            body=None if content is None else json.dumps(content),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Accept": "application/json",
                "Content-Type": "application/json",
            },
            timeout=timeout,
        )

    def post(self, name: str, *, timeout: float = 20.0) -> urllib3.BaseHTTPResponse:
        return self.ask("POST", "crm/Accounts", {"Name": name}, timeout=timeout)


@pytest.fixture(name="sandbox")
def _sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings(tmp_path / "sandbox", seed=1)) as sandbox:
        yield sandbox


@pytest.fixture(name="client")
def _client(sandbox: Sandbox, remote: RemoteControl) -> Iterator[Client]:
    client = Client(sandbox.url, sandbox.ca_file, sandbox.config)
    yield client
    client.pool.clear()


def limits(answer: urllib3.BaseHTTPResponse) -> dict[str, int]:
    return {k: int(v) for k, v in answer.headers.items() if k.startswith("X-RateLimit")}


def names(remote: RemoteControl) -> list[str]:
    return [record["Name"] for record in remote.records()]


def until(condition: Any) -> None:
    for _ in range(400):
        if condition():
            return
        time.sleep(0.025)
    raise AssertionError("it did not happen")


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


def test_the_minute_budget_and_its_headers(client: Client, remote: RemoteControl) -> None:
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
    sandbox: Sandbox, client: Client, remote: RemoteControl
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
    client: Client, remote: RemoteControl
) -> None:
    statuses = [client.ask("POST", "crm/Accounts", {"Nope": 1}).status for _ in range(13)]
    assert statuses == [400] * 11 + [429] * 2
    blocked = client.post("X")
    assert (blocked.status, blocked.data, limits(blocked)) == (429, b"", {})
    assert client.ask("GET", "sync/CRM/Accounts?$filter=Timestamp gt 1L").status == 200
    remote.move_clock(3601)
    client.token = remote.tokens("grant")["access"]
    assert client.post("X").status == 201


def test_refusals_of_rows_are_no_such_errors(client: Client) -> None:
    statuses = {client.ask("POST", "crm/Accounts", {"Email": "x"}).status for _ in range(15)}
    assert statuses == {500}


def test_divisions_have_budgets_of_their_own(client: Client, remote: RemoteControl) -> None:
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


def test_dropped_before_the_write(client: Client, remote: RemoteControl) -> None:
    remote.add_faults({"kind": "drop_before", "match": {"method": "POST"}, "times": 1})
    with pytest.raises(LOST):
        client.post("A")
    assert names(remote) == []
    assert client.post("A").status == 201
    assert remote.faults()[0]["applied"] == 1


def test_dropped_after_the_write(client: Client, remote: RemoteControl) -> None:
    remote.add_faults({"kind": "drop_after", "match": {"path": "crm/Accounts"}, "skip": 1})
    assert client.post("A").status == 201
    with pytest.raises(LOST):
        client.post("B")
    assert names(remote) == ["A", "B"]


def test_a_reset(sandbox: Sandbox, client: Client, remote: RemoteControl) -> None:
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


def test_written_only_after_the_connection_dropped(client: Client, remote: RemoteControl) -> None:
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
    client: Client, remote: RemoteControl, kind: str, status: int, *, written: bool
) -> None:
    remote.add_faults({"kind": kind, "written": written})
    answer = client.post("A")
    assert answer.status == status
    assert (b"Server maintenance" in answer.data) == (status != 500)
    assert names(remote) == (["A"] if written else [])


def test_a_maintenance_page_as_an_answer(client: Client, remote: RemoteControl) -> None:
    remote.add_faults({"kind": "html_200", "match": {"method": "GET"}})
    answer = client.ask("GET", "sync/CRM/Accounts?$filter=Timestamp gt 1L")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_an_answer_cut_short(client: Client, remote: RemoteControl) -> None:
    remote.add_faults({"kind": "truncated"})
    with pytest.raises(urllib3.exceptions.ProtocolError) as caught:
        client.post("A")
    assert isinstance(caught.value.args[1], IncompleteRead)
    assert names(remote) == ["A"]


@pytest.mark.parametrize("written", [True, False])
def test_no_answer_at_all(client: Client, remote: RemoteControl, *, written: bool) -> None:
    remote.add_faults({"kind": "hang", "written": written})
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        client.post("A", timeout=0.3)
    assert names(remote) == (["A"] if written else [])
    until(lambda: remote.counts()["in_flight"] == 0)


def test_a_slow_answer_does_its_work_late(client: Client, remote: RemoteControl) -> None:
    remote.add_faults({"kind": "slow", "delay": 0.6})
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        client.post("A", timeout=0.2)
    assert names(remote) == []
    until(lambda: names(remote) == ["A"])


def test_sync_pages_that_lag(client: Client, remote: RemoteControl) -> None:
    client.post("A")
    path = "sync/CRM/Accounts?$filter=Timestamp gt 1L&$select=Name"
    remote.add_faults({"kind": "stale_sync", "delay": 60, "match": {"path": "sync/CRM/Accounts"}})
    assert client.ask("GET", path).json()["d"]["results"] == []
    assert len(client.ask("GET", "crm/Accounts?$filter=Name eq 'A'").json()["d"]["results"]) == 1
    remote.move_clock(61)
    assert len(client.ask("GET", path).json()["d"]["results"]) == 1


def test_the_rest_of_the_trouble(client: Client, remote: RemoteControl) -> None:
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


def test_which_calls_a_rule_is_for(client: Client, remote: RemoteControl) -> None:
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


def test_probability_is_drawn_with_the_seed(client: Client, remote: RemoteControl) -> None:
    remote.settings(minute_limit=1000)
    remote.add_faults({"kind": "error_503", "probability": 0.5})
    statuses = [client.post("A").status for _ in range(40)]
    assert 5 < statuses.count(503) < 35


# --- the server


def test_one_connection_serves_many_calls_and_many_callers_at_once(
    client: Client, remote: RemoteControl
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


def test_the_clock_tells_its_time_and_can_run(client: Client, remote: RemoteControl) -> None:
    remote.move_clock(-90)
    answer = client.post("A")
    date = answer.headers["Date"]
    server_time = time.mktime(time.strptime(date, "%a, %d %b %Y %H:%M:%S GMT")) - time.timezone
    assert -150 < server_time - time.time() < -60
    remote.settings(speed=1000.0)
    first = remote.counts()["now"]
    until(lambda: remote.counts()["now"] - first > 50)


def test_settings_that_do_not_exist(remote: RemoteControl) -> None:
    with pytest.raises(ValueError, match="nonsense"):
        remote.settings(nonsense=1)
    with pytest.raises(ValueError, match="names must be one of kept, cut, upper, collapsed"):
        remote.settings(names="long")
    for value in ("5", True, None, 1.5):
        with pytest.raises(ValueError, match="minute_limit must be of type int"):
            remote.settings(minute_limit=value)
    assert remote.settings()["minute_limit"] == 60


def test_control_requests_that_make_no_sense(sandbox: Sandbox) -> None:
    requests = (
        ("POST", "settings", "x"),
        ("POST", "settings", "[]"),
        ("POST", "clock", '{"move": "x"}'),
        ("POST", "clock", '{"move": 1e300}'),
        ("POST", "accounts", '{"create": 5}'),
        ("POST", "accounts", '{"update": [{}]}'),
        ("POST", "generate", '{"accounts": "x"}'),
        ("POST", "faults", '[{"kind": "nothing"}]'),
        ("GET", "log?since=x", None),
    )
    with urllib3.PoolManager(ca_certs=str(sandbox.ca_file), retries=False) as pool:
        for method, path, body in requests:
            answer = pool.request(method, f"{sandbox.url}/sandbox/{path}", body=body)
            assert answer.status == 400, (path, body)
            assert answer.json()["error"]


def test_the_certificate_is_for_us_alone(sandbox: Sandbox) -> None:
    with pytest.raises(urllib3.exceptions.SSLError):
        urllib3.PoolManager(retries=False).request("GET", f"{sandbox.url}/sandbox/state")
    strict = ssl.create_default_context(cafile=sandbox.ca_file)
    strict.verify_flags |= ssl.VERIFY_X509_STRICT
    pool = urllib3.PoolManager(ssl_context=strict, retries=False)
    address = sandbox.url.replace("127.0.0.1", "localhost")
    assert pool.request("GET", f"{address}/sandbox/counts").status == 200
    pool.clear()


def test_one_sandbox_to_a_folder(sandbox: Sandbox, tmp_path: Path) -> None:
    state = sandbox.settings.state
    assert is_private(state)
    assert running(state) == sandbox.url
    with pytest.raises(TemporaryError):
        Sandbox(SandboxSettings(state)).start()
    with pytest.raises(TemporaryError):
        reset(state)
    sandbox.stop()
    assert running(state) is None
    assert running(tmp_path / "nothing") is None
    reset(state)
    sandbox.start()
    with sandbox.remote() as remote:
        assert names(remote) == []


def test_a_port_that_is_taken(sandbox: Sandbox, tmp_path: Path) -> None:
    port = int(sandbox.url.rpartition(":")[2])
    other = Sandbox(SandboxSettings(tmp_path / "other", port=port))
    with pytest.raises(OSError, match="address"):
        other.start()
    assert running(tmp_path / "other") is None
    with Sandbox(SandboxSettings(tmp_path / "other")) as third:
        assert third.url != sandbox.url


def test_a_process_that_is_killed_forgets_nothing(tmp_path: Path) -> None:
    state = tmp_path / "sandbox"
    process, ready = launch(state, "--minute-limit", "100000")
    client = Client(ready["url"], Path(ready["ca_file"]), Path(ready["config"]))
    answered: list[str] = []

    def write() -> None:
        try:
            while True:
                answered.append(client.post(f"N{len(answered)}").json()["d"]["ID"])
        except (urllib3.exceptions.HTTPError, ValueError):
            return

    writer = threading.Thread(target=write)
    writer.start()
    until(lambda: len(answered) > 20)
    process.kill()
    writer.join()
    process.wait()
    assert running(state) is None
    process, again = launch(state)
    assert again["url"] == ready["url"]
    with RemoteControl(again["url"], Path(again["ca_file"])) as remote:
        kept = {record["ID"] for record in remote.records()}
    assert kept >= set(answered)
    assert len(kept) <= len(answered) + 1
    ask_to_stop(process)
    assert process.wait(20) == 0
    client.pool.clear()


@pytest.mark.posix
def test_a_process_begins_with_faults(tmp_path: Path) -> None:
    rule = json.dumps({"kind": "error_503", "times": 1})
    process, ready = launch(tmp_path / "s", "--fault", rule, "--scopes", "crm.accounts")
    client = Client(ready["url"], Path(ready["ca_file"]), Path(ready["config"]))
    assert client.post("A").status == 503
    assert client.ask("GET", "hrm/Divisions").status == 403
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    client.pool.clear()


def launch(state: Path, *options: str) -> tuple[subprocess.Popen[str], dict[str, str]]:
    command = [sys.executable, "-m", "exact_sandbox", "--state", str(state), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, creationflags=OWN_GROUP)
    assert process.stdout is not None
    with process.stdout:
        return process, json.loads(process.stdout.readline())


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example:443"},
        {"Host": "127.0.0.1.evil.example"},
    ],
)
def test_no_web_page_steers_it(
    client: Client, remote: RemoteControl, headers: dict[str, str]
) -> None:
    for method, path in (("GET", "state"), ("POST", "clock"), ("DELETE", "faults")):
        answer = client.pool.request(
            method, f"{client.url}/sandbox/{path}", body=b"{}", headers=headers
        )
        assert answer.status == 403
    own = {"Origin": client.url}
    assert client.pool.request("GET", f"{client.url}/sandbox/counts", headers=own).status == 200
    assert remote.counts()["failures"] == 0
