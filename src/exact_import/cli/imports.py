"""The commands that import: import (also the dry run) and plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exact_import.cli import options
from exact_import.errors import UsageError
from exact_import.text import quote, suggest

if TYPE_CHECKING:
    from exact_import.reporting.report import Mode


@click.command("import")
@options.files
@options.common
@options.dry_run
@options.reading
@options.planning
@options.strict
@options.force
@options.wait
@options.rejects
@options.report
@options.as_json
@options.sandbox
@options.logging_options
@click.pass_context
def import_(ctx: click.Context, /, **said: Any) -> None:
    """Import CSV files: plan, then apply ("-" reads standard input)."""
    _check_first(ctx, said["files"][0])
    _run(ctx, "dry-run" if said["dry_run"] else "import", said)


@click.command()
@options.files
@options.common
@options.reading
@options.planning
@options.strict
@options.detailed_exitcode
@options.out
@options.report
@options.as_json
@options.sandbox
@options.logging_options
@click.pass_context
def plan(ctx: click.Context, /, **said: Any) -> None:
    """Show what an import would change in Exact Online, and change nothing."""
    _run(ctx, "plan", said)


def _check_first(ctx: click.Context, name: str) -> None:
    """Raise UsageError where what was taken for a file is meant for a command."""
    if not name.isalpha() or Path(name).exists() or ctx.parent is None:
        return
    group = ctx.parent.command
    commands = group.commands if isinstance(group, click.Group) else {}
    if name in commands:
        raise UsageError(
            f"The options of {name} stand behind its name.", f"Say: exact-import {name} …"
        )
    meant = "--help" if name == "help" else suggest(name, commands)
    if meant:
        raise UsageError(
            f"There is no command and no file {quote(name)}.", f"Did you mean exact-import {meant}?"
        )


def _run(ctx: click.Context, mode: Mode, said: dict[str, Any]) -> None:
    # What follows needs the rest of the program; --help does not.
    from exact_import.cli.session import Session

    session = Session.open(ctx, said)
    status = session.run_job(
        mode,
        said["files"],
        rejects=said.get("rejects"),
        detailed=bool(said.get("detailed_exitcode")),
        save_to=said.get("out"),
    )
    ctx.exit(status)
