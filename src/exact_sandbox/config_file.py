"""A config.ini with which the importer, and the stock library, can use the sandbox at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from configupdater import ConfigUpdater

from exact_import.files import write_atomic
from exact_sandbox import oauth
from exact_sandbox.reference_data import companies
from exact_sandbox.settings import SandboxSettings
from exact_sandbox.store import SandboxStore

_HEADING = """# Written by the sandbox of exact-import.
# For the exactonline library set SSL_CERT_FILE={} in the environment of its program.

"""


class Running(Protocol):
    """The running sandbox, as far as the file needs it."""

    settings: SandboxSettings

    @property
    def url(self) -> str:
        """Its address, https://127.0.0.1:PORT."""

    @property
    def database(self) -> Path:
        """The file of its records."""

    @property
    def ca_file(self) -> Path:
        """The certificate to trust."""

    def now(self) -> float:
        """Return its time in seconds since 1970."""


def write_config(sandbox: Running, path: Path) -> None:
    """Write (or bring up to date) the INI at `path`: addresses, credentials and tokens that work.

    Tokens in it that still work are kept; otherwise, a pair is granted for all divisions. All its
    other sections, comments and settings stay. The file is replaced in one step, mode 0600.
    """
    updater = ConfigUpdater(strict=False)
    if path.exists():
        updater.read_string(path.read_text(encoding="utf-8"))
    else:
        # The stock library trusts the file in this variable, and does not know ca_bundle.
        updater.read_string(_HEADING.format(sandbox.ca_file))
    store = SandboxStore(sandbox.database)
    try:
        for section, values in _sections(sandbox, store, updater).items():
            if not updater.has_section(section):
                updater.add_section(section)
            for name, value in values.items():
                updater[section][name] = value
    finally:
        store.close()
    write_atomic(path.resolve(), str(updater).encode())


def _sections(
    sandbox: Running, store: SandboxStore, updater: ConfigUpdater
) -> Mapping[str, Mapping[str, str]]:
    settings = sandbox.settings
    client_id, secret = oauth.credentials(store, settings)
    api = f"{sandbox.url}/api"
    known = list(companies(settings.divisions))

    def present(name: str) -> str:
        if not updater.has_option("transient", name):
            return ""
        return updater["transient"][name].value or ""

    division = present("division")
    transient = {"division": division if division in map(str, known) else str(known[0])}
    now = sandbox.now()
    if not oauth.usable(store, settings, now, present("refresh_token")):
        tokens = oauth.grant(store, settings, now, known)
        transient |= {
            "access_expiry": str(tokens.expires),
            "access_token": tokens.access,
            "refresh_token": tokens.refresh,
        }
    return {
        "server": {
            "auth_url": f"{api}/oauth2/auth",
            "rest_url": api,
            "token_url": f"{api}/oauth2/token",
            "ca_bundle": str(sandbox.ca_file),
        },
        "application": {
            "base_url": settings.redirect_uris[0],
            "client_id": client_id,
            "client_secret": secret,
            "iteration_limit": "5000",
        },
        "transient": transient,
    }
