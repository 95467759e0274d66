"""The commands that import: import (also the dry run) and plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from exact_import.cli import options


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
@options.as_json
@options.sandbox
@options.logging_options
@click.pass_context
def plan(ctx: click.Context, /, **said: Any) -> None:
    """Show what an import would change in Exact Online, and change nothing."""
    _run(ctx, "plan", said)


def _run(ctx: click.Context, mode: str, said: dict[str, Any]) -> None:
    # What follows needs the rest of the program; --help does not.
    from exact_import.cli.session import Session

    session = Session.open(ctx, said)
    files: tuple[str, ...] = said["files"]
    rejects: Path | None = said.get("rejects")
    status = session.run_files(
        mode, files, rejects=rejects, detailed=bool(said.get("detailed_exitcode"))
    )
    ctx.exit(status)
