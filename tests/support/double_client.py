"""Calls to the double of Exact Online that need a login which is renewed in time."""

from __future__ import annotations

from pathlib import Path

from exact_import.exact import client
from exact_import.exact.auth.storage import Storage
from exact_import.exact.client import Client
from exact_import.exact.rate_limit import MemoryLimitStore
from tls_double import DIVISION, FastClock

START = 1_800_000_000.0
TOKEN = "/api/oauth2/token"


def connected(path: Path, clock: FastClock, **options: object) -> Client:
    """Connect with the INI at `path`, with `options` of `remote.connect`."""
    return client.connect(
        Storage(path),
        division=DIVISION,
        limits=MemoryLimitStore(),
        clock=clock,
        **options,  # type: ignore[arg-type] # settings of one test
    )


def call(exact: Client) -> None:
    """Make one call, for which an access token is needed."""
    exact.find("account", "Name eq 'x'", [])
