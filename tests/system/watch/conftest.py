"""What the tests of unattended running share."""

from __future__ import annotations

from pathlib import Path

import pytest

from house import House


@pytest.fixture(name="inbox")
def _inbox(house: House) -> Path:
    folder = house.folder / "in"
    folder.mkdir()
    return folder
