"""The settings of the sandbox, and its clock."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args, get_type_hints
from zoneinfo import ZoneInfo

from exact_import.errors import UsageError


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """How the sandbox reads what is not known; `names`, `sync_lag` and `sync_skip` are of storing.

    Times are in seconds of the sandbox's clock.
    """

    # A GET of crm/Accounts without $filter.
    unfiltered: Literal["allowed", "refused"] = "allowed"
    # Letters in the Code of an account.
    code_letters: Literal["refused", "accepted"] = "refused"
    # A second account with the same VAT number.
    vat_doubles: Literal["accepted", "refused"] = "accepted"
    # Whether a VAT number must be in the European register too.
    vat_register: Literal["ignored", "asked"] = "ignored"
    # null in a PUT.
    put_null: Literal["clears", "ignored"] = "clears"
    # An empty text in a PUT.
    put_empty: Literal["clears", "ignored"] = "clears"
    # What a text field without a value reads as.
    empty_reads: Literal["null", "text"] = "null"
    # Whether answers hold the fields that have no value; bare: a POST is answered with an ID only.
    answers: Literal["whole", "filled", "bare"] = "whole"
    # BankAccounts within the POST of an account.
    nested_bank_accounts: Literal["ignored", "made", "refused"] = "ignored"
    # The answer to a PUT with Prefer: return=representation.
    put_prefer: Literal["nothing", "record"] = "nothing"
    # Whether an account's Timestamp moves when its first contact becomes the main one by itself.
    main_contact: Literal["stays", "moves"] = "stays"
    # How a key that made too many errors is answered.
    error_block: Literal["429", "403"] = "429"
    # The sentences of refusals: those that were seen, or others.
    refusals: Literal["seen", "others"] = "seen"
    # What happens to a Name when it is stored: cut is to 50 characters.
    names: Literal["kept", "cut", "upper", "collapsed"] = "kept"
    # The DELETE of an account that has contacts: they go too, or it is refused as in use.
    delete_with_contacts: Literal["takes", "refused"] = "takes"
    # Where a page of bulk/* names the next one: within "d", or beside it.
    bulk_next: Literal["within", "beside"] = "within"
    # A change shows in sync pages only this long after it was made.
    sync_lag: float = 0.0
    # So long, every other row version stays out of sync pages while later ones show.
    sync_skip: float = 0.0


def reading(text: str) -> tuple[str, str | float]:
    """Return the name and value of a reading written NAME=VALUE; raises UsageError if unknown."""
    name, _, value = text.partition("=")
    known = choices()
    if name not in known:
        raise UsageError(f'Unknown reading "{name}".', f"Choose from: {', '.join(known)}.")
    if not known[name]:
        try:
            return name, float(value)
        except ValueError:
            raise UsageError(f'"{value}" is not a number of seconds for {name}.') from None
    if value not in known[name]:
        raise UsageError(
            f'Unknown value "{value}" for {name}.', f"Choose from: {', '.join(known[name])}."
        )
    return name, value


def choices() -> Mapping[str, tuple[str, ...]]:
    """Return the values of each reading, the one that holds by default first; () for seconds."""
    hints = get_type_hints(Readings)
    return {one.name: get_args(hints[one.name]) for one in dataclasses.fields(Readings)}


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
    seed: int | None = None  # the seed of faults with a probability


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
        """Return the server's local time, Central European, as if it were UTC.

        Exact Online writes instants in this way: docs/exact-online.md, "Dates".
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
