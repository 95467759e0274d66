"""What the tests of unattended running share."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox_env import SandboxEnv


@pytest.fixture(name="inbox")
def _inbox(env: SandboxEnv) -> Path:
    folder = env.folder / "in"
    folder.mkdir()
    return folder
