"""Calls to the double of Exact Online that need a login which is renewed in time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from exact_import.config.settings import IMPORT, Settings
from exact_import.exact import client
from exact_import.exact.auth.storage import Storage
from exact_import.exact.client import Client
from exact_import.exact.clock import Clock
from exact_import.store.journal import Journal
from memory_journal import memory_journal
from tls_double import DIVISION

START = 1_800_000_000.0
TOKEN = "/api/oauth2/token"


def connected(
    path: Path, clock: Clock | None = None, journal: Journal | None = None, **options: Any
) -> Client:
    """Connect with the INI at `path`; `options` are settings, or what `connect` takes."""
    settings = {name: value for name, value in options.items() if name in IMPORT}
    return client.connect(
        Storage(path),
        journal or memory_journal(),
        Settings(**settings),
        division=DIVISION,
        clock=clock,
        **{name: value for name, value in options.items() if name not in settings},
    )


def call(exact: Client) -> None:
    """Make one call, for which an access token is needed."""
    exact.find("account", "Name eq 'x'", [])
