"""The commands that import: import (also the dry run) and plan."""

from __future__ import annotations

from pathlib import Path

import click

from exact_import.cli import options
from exact_import.cli.options import CommandOptions
from exact_import.errors import UsageError
from exact_import.text import quote, suggest


@click.command("import")
@options.files
@options.common
@options.dry_run
@options.yes
@options.reading
@options.planning
@options.strict
@options.force
@options.wait
@options.rejects
@options.report
@options.lists
@options.results
@options.pass_given
def import_(given: CommandOptions, dry_run: bool | None) -> int:
    """Import CSV, Excel or ODS files: plan, then apply ("-" reads standard input)."""
    # What follows needs the rest of the program; --help does not.
    from exact_import.cli.session import Session

    _check_first(given.files[0])
    return Session(given).run_job("dry-run" if dry_run else "import")


@click.command()
@options.files
@options.common
@options.reading
@options.planning
@options.strict
@options.detailed_exitcode
@options.out
@options.report
@options.lists
@options.results
@options.pass_given
def plan(given: CommandOptions, detailed_exitcode: bool) -> int:
    """Show what an import would change in Exact Online, and change nothing."""
    from exact_import.cli.session import Session

    return Session(given).run_job("plan", detailed=detailed_exitcode)


def _check_first(name: str) -> None:
    """Raise UsageError if the first file is not there and may have been meant for a command."""
    ctx = click.get_current_context()
    if not name.isalpha() or Path(name).exists() or ctx.parent is None:
        return
    group = ctx.parent.command
    commands = group.commands if isinstance(group, click.Group) else {}
    meant = "--help" if name == "help" else suggest(name, commands)
    raise UsageError(
        f"There is no command and no file {quote(name)}.",
        f"Did you mean exact-import {meant}?"
        if meant
        else "Check the name of the file; exact-import --help lists the commands.",
    )
