"""The commands that import: import (also the dry run) and plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from exact_import.cli import options

if TYPE_CHECKING:
    from exact_import.report import Mode


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
