"""The commands that look back and take back: runs, undo, forget, and apply for a kept plan."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from exact_import.cli import options


@click.command("apply")
@click.argument("plan", type=click.Path(path_type=Path, dir_okay=False))
@options.common
@options.wait
@options.report
@options.as_json
@options.sandbox
@options.logging_options
@click.pass_context
def apply_(ctx: click.Context, /, **said: Any) -> None:
    """Carry out a plan that `plan --out` saved, if Exact Online has not moved under it."""
    from exact_import.cli.session import Session

    session = Session.open(ctx, said)
    ctx.exit(session.run_job("apply", [], saved=said["plan"]))


@click.command()
@click.argument("run")
@options.common
@click.option("-y", "--yes", is_flag=True, help="Do not ask before undoing.")
@options.wait
@options.report
@options.as_json
@options.sandbox
@options.logging_options
@click.pass_context
def undo(ctx: click.Context, /, **said: Any) -> None:
    """Take RUN back: delete what it created, put back what it changed; shows the plan first."""
    from exact_import.cli.session import Session

    session = Session.open(ctx, said)
    ctx.exit(session.run_job("undo", [], undo=said["run"], ask=not said["yes"]))


@click.command()
@click.argument("run", required=False)
@options.common
@options.as_json
@options.sandbox
@click.pass_context
def runs(ctx: click.Context, /, **said: Any) -> None:
    """List the runs of this configuration, or show each change of one RUN."""
    from exact_import.cli.session import Session
    from exact_import.history import list_runs, show_run

    session = Session.open(ctx, said)
    with session.journal() as journal:
        found = show_run(journal, said["run"]) if said["run"] else list_runs(journal)
    if said["as_json"]:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        _show(found, bool(said["run"]))


@click.command()
@click.argument("who", required=False, metavar="[TEXT]")
@click.option("--all", "everything", is_flag=True, help="Forget everything: all runs and copies.")
@options.common
@click.option("-y", "--yes", is_flag=True, help="Do not ask before forgetting.")
@options.sandbox
@click.pass_context
def forget(ctx: click.Context, /, **said: Any) -> None:
    """Remove a person (an e-mail address, a name or an ID) from the journal, or everything.

    Nothing changes in Exact Online. Reports, plans and rejects that you kept are yours to delete.
    """
    from exact_import.cli.session import Session
    from exact_import.history import forget_all, forget_person
    from exact_import.lock import only_writer

    if bool(said["who"]) == said["everything"]:
        raise click.UsageError("Say whom to forget, or --all.")
    session = Session.open(ctx, said)
    with session.journal() as journal, only_writer(journal, session.settings.config):
        if said["everything"]:
            if not said["yes"]:
                click.confirm(f"Forget everything in {journal.path}?", abort=True)
            forget_all(journal)
            click.echo(f"{journal.path} is empty.")
            return
        found = forget_person(journal, said["who"], really=False)
        if not found:
            click.echo("The journal knows nothing of that.")
            return
        if not said["yes"]:
            click.confirm(f"Forget {found} records and changes?", abort=True)
        forget_person(journal, said["who"], really=True)
        click.echo(f"Forgotten: {found} records and changes.")


def _show(found: Sequence[dict[str, Any]], one: bool) -> None:
    from exact_import.cli.screen import shown_value

    if not found:
        click.echo("There are no changes in this run." if one else "There are no runs yet.")
    for item in found:
        if one:
            click.echo(f"{item['action']} {item['kind']} {item['label']}: {item['state']}")
            for name, (before, after) in item["fields"].items():
                click.echo(f"    {name}: {shown_value(before)} → {shown_value(after)}")
            if item["answer"]:
                click.echo(f"    {item['answer']}")
        else:
            counts = ", ".join(f"{count} {word}" for word, count in item["rows"].items() if count)
            click.echo(
                f"{item['run']}  {item['started']}  {item['mode']}  division {item['division']}  "
                f"status {item['exit_status']}  {', '.join(item['files'])}  {counts}".rstrip()
            )
