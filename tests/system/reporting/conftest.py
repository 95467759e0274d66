"""What the tests of this folder share."""

from __future__ import annotations

from pathlib import Path

import pytest

from report_files import AFTER, ALIKE, BEFORE, HELD
from sandbox_env import SandboxEnv


@pytest.fixture(name="demo")
def _demo(env: SandboxEnv) -> Path:
    """Return the page of an import with all that a page can show."""
    env.write("klanten.csv", BEFORE)
    env.json("klanten.csv")
    env.write("klanten.csv", AFTER + HELD + ALIKE)
    env.json("klanten.csv", "--report", "report.html", status=1)
    return env.folder / "report.html"
