"""What the tests of the sandbox share; each starts one in a way of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from exact_sandbox import RemoteControl, Sandbox


@pytest.fixture(name="remote")
def _remote(sandbox: Sandbox) -> Iterator[RemoteControl]:
    """Return what steers the test's sandbox, which must not have failed itself at the end."""
    with sandbox.remote() as remote:
        yield remote
        assert remote.counts()["failures"] == 0
