"""What the commands that set up share: the configuration, made where it is missing, and calls."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exact_import.cli.advice import as_said
from exact_import.errors import ConfigError, StorageError

if TYPE_CHECKING:
    from exact_import.config.settings import Settings
    from exact_import.exact.auth.storage import Storage
    from exact_import.exact.client import Client


def say(text: str = "") -> None:
    """Tell the person at the terminal something; standard output is kept for results."""
    click.echo(as_said(text), err=True)


def at_terminal() -> bool:
    """Tell whether there is somebody to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def config_path(ctx: click.Context, said: dict[str, Any]) -> Path:
    """Return the configuration that the command line names, else `config.ini` here."""
    return Path(said.get("config") or ctx.obj.config or "config.ini")


def make_config(path: Path) -> None:
    """Make the configuration at `path` from the example that comes with the program (0600)."""
    from importlib.resources import files  # slow to load

    text = (files("exact_import") / "config.example.ini").read_bytes()
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(text)
    except OSError as error:
        raise StorageError(
            f"The configuration {path} cannot be made: {error.strerror}.",
            "Name another place with --config.",
        ) from None


@contextlib.contextmanager
def opened(ctx: click.Context, said: dict[str, Any]) -> Iterator[Settings]:
    """Yield the settings of a command, those of the sandbox's own configuration if it is asked for.

    Raises ConfigError where the configuration does not exist.
    """
    from exact_import.cli.logs import set_up  # only once a command runs
    from exact_import.cli.outputs import check_outputs
    from exact_import.config.loading import resolve

    check_outputs(said, config_path(ctx, said))
    set_up(
        max(ctx.obj.verbose, said.get("verbose") or 0),
        said.get("log_file"),
        said.get("log_format") or "text",
    )
    if said.get("sandbox"):
        from exact_import.cli.sandbox import running_sandbox  # an extra

        with running_sandbox() as config:
            yield dataclasses.replace(resolve(said, config), overlay={})
        return
    settings = resolve(said, said.get("config") or ctx.obj.config)
    if not settings.has_config:
        raise ConfigError(
            f"There is no configuration {settings.config} here.",
            "Make one with: exact-import login, or try things out with --sandbox.",
        )
    yield settings


@contextlib.contextmanager
def connected(settings: Settings, storage: Storage, division: int) -> Iterator[Client]:
    """Yield `division` (0 for none yet) of Exact Online, to ask a few things of it."""
    from exact_import.exact.client import connect  # few commands call Exact Online
    from exact_import.store.journal import Journal

    with contextlib.closing(Journal(settings.journal)) as journal:
        remote = connect(
            storage,
            division=division,
            limits=journal,
            connect_timeout=settings.connect_timeout,
            read_timeout=settings.read_timeout,
            reserve=0,
            on_wait=lambda seconds, why: say(f"Waiting {seconds:.0f} seconds: {why}"),
        )
        with contextlib.closing(remote):
            yield remote
