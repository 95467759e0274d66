"""What the tests of this folder share."""

from __future__ import annotations

import pytest

from exact_import.store.division import DivisionStore
from exact_import.store.mirror import Mirror
from matched_company import Company
from memory_journal import memory_journal


@pytest.fixture(name="company")
def _company() -> Company:
    return Company()


@pytest.fixture(name="mirror")
def _mirror() -> Mirror:
    return DivisionStore.of(memory_journal(), "https://exact.example", 1).mirror
