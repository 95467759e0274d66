"""What can be set about the sandbox, and the clock it lives by."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from exact_sandbox.readings import Readings

# The scopes an app can be given, docs/exact-online.md, "Scopes".
SCOPES = (
    "crm.accounts",
    "organization.administration",
    "financial.cashflow",
    "financial.accounting",
    "financial.currencies",
)

FIRST_DIVISION = 425880


@dataclass(frozen=True, slots=True)
class SandboxSettings(Readings):
    """How a sandbox behaves; times are in seconds of the sandbox's own clock.

    The defaults are Exact Online's own figures, docs/exact-online.md, "Limits" and "Login".
    Everything but `state` and `port` can be changed while the sandbox runs.
    """

    state: Path  # folder, made with mode 0700
    port: int = 0  # 0: the port of last time if it is free, else any
    minute_limit: int = 60  # calls per division and minute window
    day_limit: int = 5000  # calls per division and day window
    error_limit: int = 10  # answers 400, 401, 403, 404 per division, endpoint and error window
    minute_seconds: float = 60.0
    day_seconds: float = 86400.0
    error_seconds: float = 3600.0
    token_life: int = 600
    refuse_refresh_before: float = 570.0
    refresh_life: float = 30 * 86400.0
    code_life: float = 180.0
    page: int = 60  # rows of a page of crm/*
    sync_page: int = 1000  # rows of a page of sync/* and bulk/*
    latency: float = 0.0  # real seconds that every answer takes
    speed: float = 1.0  # seconds of the sandbox's clock per real second
    language: Literal["en", "nl"] = "en"  # of refusals
    divisions: int = 2
    scopes: tuple[str, ...] = SCOPES
    # A loopback address without port or path stands for all its ports and paths.
    redirect_uris: tuple[str, ...] = (
        "https://example.com/exact-import",
        "https://127.0.0.1",
        "https://localhost",
    )
    client_id: str = ""  # "": made once and kept in the state
    client_secret: str = ""
    limit_headers_on_errors: bool = False
    # Properties that these companies lack, and have beyond those known: "Account.SearchCode".
    fields_missing: tuple[str, ...] = ()
    fields_new: tuple[str, ...] = ()
    timestamp_as_text: bool = False  # OData writes Edm.Int64 either way
    truncate: Mapping[str, int] = field(default_factory=lambda: {"City": 30, "Fax": 25})
    seed: int | None = None  # of the dice that faults with a probability throw


class SandboxClock:
    """Tells the sandbox's time; it can be moved and made to run faster than the real one."""

    def __init__(self, offset: float = 0.0, speed: float = 1.0) -> None:
        self.offset = offset
        self.speed = speed
        self._since = time.time()

    def now(self) -> float:
        """Return the seconds since 1970, UTC."""
        real = time.time()
        return real + self.offset + (real - self._since) * (self.speed - 1.0)

    def now_ms(self) -> int:
        """Return the milliseconds since 1970, UTC."""
        return int(self.now() * 1000)

    def wall_ms(self) -> int:
        """Return what the server's wall shows, Central European time, as if it were UTC.

        Exact Online writes instants so: docs/exact-online.md, "Dates".
        """
        return self.now_ms() + utc_offset(self.now()) * 1000

    def today_ms(self) -> int:
        """Return midnight of the server's calendar day, as if it were UTC."""
        return self.wall_ms() // 86_400_000 * 86_400_000

    def move(self, seconds: float) -> None:
        """Let `seconds` pass at once; negative seconds turn the clock back."""
        self.offset += seconds

    def run_at(self, speed: float) -> None:
        """Run `speed` times as fast as the real clock from now on."""
        now = self.now()
        self._since = time.time()
        self.offset = now - self._since
        self.speed = speed


def utc_offset(moment: float) -> int:
    """Return how many seconds Central European time is ahead of UTC then: 3600, or 7200."""
    ahead = datetime.fromtimestamp(moment, ZoneInfo("Europe/Amsterdam")).utcoffset()
    return round(ahead.total_seconds()) if ahead is not None else 0
