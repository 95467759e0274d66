"""The command `sandbox`, and the sandbox that `--sandbox` uses."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import click

from exact_import.errors import (
    ConfigError,
    ExactImportError,
    StorageError,
    TemporaryError,
    UsageError,
)
from exact_import.text import extra_advice

_PATIENCE = 50  # tenths of a second


def _own_folder() -> Path:
    """Return the state folder; raises ConfigError if it has another configuration."""
    folder = state_folder()
    if (folder / "config.ini").exists() and not (folder / "sandbox.sqlite3").exists():
        raise ConfigError(
            f"The folder {folder} has a configuration that is not the sandbox's.",
            "Name another folder in EXACT_IMPORT_SANDBOX.",
        )
    return folder


def state_folder() -> Path:
    """Return the folder with the sandbox's state, which EXACT_IMPORT_SANDBOX names."""
    named = os.environ.get("EXACT_IMPORT_SANDBOX")
    if named:
        return Path(named)
    from platformdirs import user_state_path  # only for the sandbox

    return user_state_path("exact-import") / "sandbox"


def sandbox_company(number: int) -> str:
    """Return the name of the sandbox's company with the division `number`, "" for none."""
    server = _sandbox_package()
    first = next(iter(server.companies(1)))
    found = server.companies(max(0, number - first + 1)).get(number)
    return "" if found is None else str(found.name)


def must_run() -> None:
    """Raise UsageError unless a sandbox is running that outlives this command."""
    if not _sandbox_package().running(_own_folder()):
        raise UsageError(
            "No sandbox is running, so the address would not work once this command ends.",
            "Start one in another terminal: exact-import sandbox",
        )


@contextlib.contextmanager
def running_sandbox() -> Iterator[Path]:
    """Yield the configuration of a running sandbox: an existing one, or a temporary one."""
    server = _sandbox_package()
    folder = _own_folder()
    config = folder / "config.ini"
    own = server.Sandbox(server.SandboxSettings(state=folder))
    for attempt in range(_PATIENCE):
        if server.running(folder) and config.exists():
            yield config
            return
        try:
            own.start()
        except OSError as error:
            raise _cannot_start(error, folder) from None
        except TemporaryError:
            # Another command is starting one; it is ready soon.
            if attempt == _PATIENCE - 1:
                raise
            time.sleep(0.1)
        else:
            break
    try:
        yield config
    finally:
        own.stop()


def _cannot_start(error: OSError, folder: Path) -> ExactImportError:
    if error.errno == errno.EADDRINUSE:
        return UsageError("This port is already in use.", "Choose another port with --port.")
    return StorageError(
        f"The sandbox cannot keep its state in {folder}: {error.strerror or error}.",
        "Set EXACT_IMPORT_SANDBOX to another folder.",
    )


def _sandbox_package() -> ModuleType:
    try:
        import exact_sandbox  # an extra that may be missing
        from exact_sandbox import Sandbox  # noqa: F401
    except ImportError as error:
        raise ConfigError(
            f"The sandbox needs a package that is not installed ({error.name}).",
            extra_advice("sandbox"),
        ) from None
    return exact_sandbox


@click.command()
@click.option("--port", type=int, default=0, help="The port to listen on.  [default: a free one]")
@click.option("--reset", is_flag=True, help="Delete everything in the sandbox, and exit.")
@click.option("--minute-limit", type=int, default=60, show_default=True, help="Calls a minute.")
@click.option("--day-limit", type=int, default=5000, show_default=True, help="Calls a day.")
@click.option(
    "--reading",
    "readings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Choose a behaviour where that of Exact Online is not known; repeatable. An invalid NAME "
    "lists them.",
)
def sandbox(
    port: int, reset: bool, minute_limit: int, day_limit: int, readings: Sequence[str]
) -> None:
    """Run a local stand-in for Exact Online, until you press Ctrl-C.

    Commands with --sandbox start one if none is running. Its data is kept between commands, with
    its own login and journal, in the folder that EXACT_IMPORT_SANDBOX names; by default
    exact-import/sandbox in the user's state folder (on Linux ~/.local/state). From the config.ini
    here, --sandbox uses the mapping and the rules, never the login.
    """
    server = _sandbox_package()
    folder = _own_folder()
    if reset:
        server.reset(folder)
        for kept in folder.glob("config.journal.sqlite3*"):
            kept.unlink()
        click.echo(f"The sandbox in {folder} is now empty.")
        return
    settings = server.SandboxSettings(
        state=folder,
        port=port,
        minute_limit=minute_limit,
        day_limit=day_limit,
        **dict(map(server.reading, readings)),
    )
    with contextlib.ExitStack() as stack:
        running = server.Sandbox(settings)
        try:
            stack.enter_context(running)
        except OSError as error:
            raise _cannot_start(error, folder) from None
        click.echo(f"A local Exact Online runs at {running.url} (its state is in {folder}).")
        click.echo("In another terminal:")
        click.echo("  exact-import --sandbox contacts.csv")
        click.echo(f"  exact-import --config {running.config} contacts.csv")
        click.echo("Ctrl-C stops it; its data is kept for the next time.")
        running.serve_forever()
