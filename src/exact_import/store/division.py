"""An open division of Exact Online."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exact_import.exact.client import Client
    from exact_import.store.journal import Journal


@dataclass(slots=True)
class OpenDivision:
    """An open division of Exact Online with its journal and where that keeps it."""

    remote: Client
    journal: Journal
    scope: int
    number: int
