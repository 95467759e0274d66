"""Shared state of a running sandbox."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from exact_sandbox.reference_data import SandboxCompany, companies
from exact_sandbox.settings import SandboxClock, SandboxSettings
from exact_sandbox.store import SandboxStore

_LOG_LENGTH = 200_000  # requests


@dataclass(slots=True)
class CallCounters:
    """Counts since the sandbox started."""

    calls: int = 0
    connections: int = 0
    refreshes: int = 0
    refused_refreshes: int = 0
    reused_refresh_tokens: int = 0
    faults: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    failures: int = 0  # of the sandbox itself; always 0 unless it has a mistake


@dataclass(slots=True)
class SandboxState:
    """Settings, clock, store, and the log of requests."""

    settings: SandboxSettings
    clock: SandboxClock
    store: SandboxStore
    counters: CallCounters = field(default_factory=CallCounters)
    log: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_LOG_LENGTH))

    def companies(self) -> Mapping[int, SandboxCompany]:
        """Return the divisions that exist, by code."""
        return companies(self.settings.divisions)
