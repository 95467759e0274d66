"""The commands that look back and take back: runs, undo, forget, and apply for a kept plan."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exact_import.cli import options
from exact_import.cli.tables import harmless
from exact_import.errors import NotApplied, UsageError

if TYPE_CHECKING:
    from exact_import.store.history import Known


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
    from exact_import.store.history import list_runs, show_run

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
@options.as_json
@options.sandbox
@click.pass_context
def forget(ctx: click.Context, /, **said: Any) -> None:
    """Remove a person (an e-mail address, a full name or an ID) from the journal, or everything.

    Nothing changes in Exact Online. Reports, plans and rejects that you kept are yours to delete.
    """
    from exact_import.cli.session import Session
    from exact_import.store import history
    from exact_import.store.locking import only_writer

    if bool(said["who"]) == said["everything"]:
        raise click.UsageError("Say whom to forget, or --all.")
    session = Session.open(ctx, said)
    with session.journal() as journal, only_writer(journal, session.settings.config):
        if said["everything"]:
            _ask(f"Forget everything in {journal.path}?", said)
            history.forget_all(journal)
            told, records, changes = f"{journal.path} is empty.", [], 0
        else:
            found = history.look_up(journal, said["who"])
            records, changes = found.records, len(found.changes)
            told = "The journal knows nothing of that."
            if records:
                counts = f"{_number(len(records), 'record')} and {_number(changes, 'change')}"
                if not said["as_json"] and not (said["quiet"] and said["yes"]):
                    _show_known(records, err=not said["yes"])
                _ask(f"Forget {counts}?", said)
                history.forget(journal, found)
                told = f"Forgotten: {counts}."
    if said["as_json"]:
        known = [dataclasses.asdict(one) for one in records]
        document = {"forgotten": known, "changes": changes, "exit_status": 0}
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))
    elif not (said["quiet"] and (records or said["everything"])):
        click.echo(told)


def _ask(question: str, said: Mapping[str, Any]) -> None:
    """Ask unless --yes was said; raises NotApplied for a no and UsageError without a terminal."""
    from exact_import.cli.opening import at_terminal

    if said["yes"]:
        return
    if not at_terminal():
        raise UsageError("There is no terminal to ask on.", "Say --yes.")
    if not click.confirm(question, err=True):
        raise NotApplied("Nothing was forgotten.")


def _show_known(records: Sequence[Known], *, err: bool) -> None:
    from exact_import.store.history import SHOWN

    for one in records[:SHOWN]:
        click.echo(f"  {one}", err=err)
    if len(records) > SHOWN:
        click.echo(f"  … and {len(records) - SHOWN} more", err=err)


def _number(count: int, word: str) -> str:
    return f"{count:,} {word}" + ("" if count == 1 else "s")


def _show(found: Sequence[dict[str, Any]], one: bool) -> None:
    from exact_import.cli.console import shown_lines, shown_value
    from exact_import.reporting.summary import UNDONE

    if not found:
        click.echo("There are no changes in this run." if one else "There are no runs yet.")
    for item in found:
        if one:
            numbers = [line for _, line in item["lines"]]
            where = f" ({shown_lines(numbers)})" if numbers else ""
            click.echo(f"{item['action']} {item['kind']} {item['label']}{where}: {item['state']}")
            for name, (before, after) in item["fields"].items():
                click.echo(f"    {name}: {shown_value(before)} → {shown_value(after)}")
            if item["answer"]:
                click.echo(f"    {item['answer']}")
        else:
            counted = item["rows"]
            about = ", ".join(item["files"])
            if item["mode"] == "undo":
                counted = {UNDONE[action]: count for action, count in item["records"].items()}
                about = f"of {item['undoes']}" if item["undoes"] else ""
            counts = ", ".join(f"{count} {word}" for word, count in counted.items() if count)
            ended = item["exit_status"]
            status = "not ended (running, or killed)" if ended is None else f"status {ended}"
            parts = (item["run"], item["started"], item["mode"], f"division {item['division']}")
            click.echo(
                harmless("  ".join(part for part in (*parts, status, about, counts) if part))
            )
