"""What the tests of the sandbox share; a module may start one in a way of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exact_sandbox import RemoteControl, Sandbox, SandboxSettings
from rest_client import Client


@pytest.fixture(name="remote")
def _remote(sandbox: Sandbox) -> Iterator[RemoteControl]:
    """Return what steers the test's sandbox, which must not have failed itself at the end."""
    with sandbox.remote() as remote:
        yield remote
        assert remote.counts()["failures"] == 0


@pytest.fixture(name="sandbox")
def _sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """Return a sandbox with small pages and limits that no test reaches."""
    chosen = SandboxSettings(
        tmp_path / "sandbox", minute_limit=10_000, error_limit=1_000, page=3, sync_page=4, seed=7
    )
    with Sandbox(chosen) as sandbox:
        yield sandbox


@pytest.fixture(name="client")
def _client(sandbox: Sandbox, remote: RemoteControl) -> Iterator[Client]:
    """Return what calls the test's sandbox."""
    client = Client(sandbox)
    yield client
    client.pool.clear()
