"""Shared by the commands that set up: the configuration, and a connection without a run."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from exact_import.cli.console import say, waiting_words
from exact_import.cli.options import CommandOptions
from exact_import.cli.outputs import prepare
from exact_import.config.loading import resolve
from exact_import.config.settings import Settings
from exact_import.errors import ConfigError, StorageError

if TYPE_CHECKING:
    from exact_import.exact.auth.storage import Storage
    from exact_import.exact.client import Client


def must_exist(settings: Settings) -> None:
    """Raise ConfigError if there is no configuration."""
    if not settings.has_config:
        raise ConfigError(
            f"There is no configuration {settings.config} here.",
            "Create one with exact-import login, or try things out with --sandbox.",
        )


def make_config(path: Path) -> None:
    """Create the configuration at `path` from the example of the program (0600)."""
    from importlib.resources import files  # slow to load

    text = (files("exact_import") / "config.example.ini").read_bytes()
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(text)
    except OSError as error:
        raise StorageError(
            f"The configuration {path} cannot be created: {error.strerror}.",
            "Name another place with --config.",
        ) from None


@contextlib.contextmanager
def opened(given: CommandOptions) -> Iterator[Settings]:
    """Yield the settings of a command that sets up; with --sandbox, the sandbox's.

    Raises ConfigError if the configuration does not exist.
    """
    prepare(given)
    if given.sandbox:
        from exact_import.cli.sandbox import running_sandbox  # an extra

        with running_sandbox() as config:
            yield dataclasses.replace(resolve(given.settings, config), overlay={})
        return
    settings = resolve(given.settings, given.config)
    must_exist(settings)
    yield settings


@contextlib.contextmanager
def connected(settings: Settings, storage: Storage, division: int) -> Iterator[Client]:
    """Yield a client for `division` (0 for none yet), for a few calls."""
    from exact_import.exact.client import connect  # few commands call Exact Online
    from exact_import.store.journal import Journal

    with contextlib.closing(Journal(settings.journal)) as journal:
        client = connect(
            storage,
            journal,
            settings,
            division=division,
            reserve=0,
            on_wait=lambda seconds, why: say(waiting_words(seconds, why)),
        )
        with contextlib.closing(client):
            yield client
