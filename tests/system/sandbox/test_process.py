"""The sandbox as a process: its folder, certificate, control, and what outlives it."""

from __future__ import annotations

import json
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from exact_import.errors import TemporaryError
from exact_sandbox import RemoteControl, Sandbox, SandboxSettings, reset, running
from permissions import is_private
from rest_client import Caller
from sandbox_env import OWN_GROUP, ask_to_stop
from sandbox_process import names, until


@pytest.fixture(name="sandbox")
def _sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """Return a sandbox with the settings that it has by itself."""
    with Sandbox(SandboxSettings(tmp_path / "sandbox", seed=1)) as sandbox:
        yield sandbox


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
    client = Caller(ready["url"], Path(ready["ca_file"]), Path(ready["config"]))
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
    client = Caller(ready["url"], Path(ready["ca_file"]), Path(ready["config"]))
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
    client: Caller, remote: RemoteControl, headers: dict[str, str]
) -> None:
    for method, path in (("GET", "state"), ("POST", "clock"), ("DELETE", "faults")):
        answer = client.pool.request(
            method, f"{client.url}/sandbox/{path}", body=b"{}", headers=headers
        )
        assert answer.status == 403
    own = {"Origin": client.url}
    assert client.pool.request("GET", f"{client.url}/sandbox/counts", headers=own).status == 200
    assert remote.counts()["failures"] == 0
