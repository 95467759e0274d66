"""The commands runs, undo and forget for past runs, and apply for a saved plan."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exact_import.cli import completion, options
from exact_import.cli.console import at_terminal, show_table, shown_value
from exact_import.cli.json_output import show_document
from exact_import.cli.options import CommandOptions
from exact_import.errors import ExitStatus, NotApplied, UsageError
from exact_import.text import counted, harmless

if TYPE_CHECKING:
    from exact_import.store.history import Known


@click.command("apply")
@click.argument("plan", type=click.Path(path_type=Path, dir_okay=False))
@options.common
@options.wait
@options.report
@options.results
@options.pass_given
def apply_(given: CommandOptions) -> int:
    """Carry out a plan that `plan --out` saved, if its records have not changed since."""
    from exact_import.cli.session import Session  # --help does without

    return Session(given).run_job("apply")


@click.command()
@click.argument("run", shell_complete=completion.runs)
@options.common
@click.option("-y", "--yes", is_flag=True, help="Do not ask before undoing.")
@options.wait
@options.report
@options.results
@options.pass_given
def undo(given: CommandOptions, run: str, yes: bool) -> int:
    """Undo RUN: delete what it created, restore what it changed. Shows the plan first.

    RUN is the name of a run, its first characters, or "last". The company is the run's own.
    """
    from exact_import.cli.session import Session  # --help does without

    return Session(given).run_job("undo", undo=run, ask=not yes)


@click.command()
@click.argument("run", required=False, shell_complete=completion.runs)
@options.common
@options.as_json
@options.sandbox
@options.pass_given
def runs(given: CommandOptions, run: str | None) -> None:
    """List the runs of this configuration, or show each change of one RUN."""
    from exact_import.cli.session import Session  # --help does without
    from exact_import.store.history import list_runs, show_run

    with Session(given).journal() as journal:
        found = show_run(journal, run) if run else list_runs(journal)
    if given.as_json:
        show_document("runs", {"changes" if run else "runs": found})
    elif run:
        _show_changes(found)
    else:
        _show_runs(found)


@click.command()
@click.argument("who", required=False, metavar="[TEXT]")
@click.option(
    "--all", "everything", is_flag=True, help="Forget all runs, links and copies of records."
)
@options.common
@click.option("-y", "--yes", is_flag=True, help="Do not ask before forgetting.")
@options.as_json
@options.sandbox
@options.pass_given
def forget(given: CommandOptions, who: str | None, everything: bool, yes: bool) -> None:
    """Remove a person (an e-mail address, a full name or an ID) from the journal, or everything.

    Nothing changes in Exact Online. Reports, plans and rejects files are yours to delete.
    """
    from exact_import.cli.session import Session  # --help does without
    from exact_import.store import history
    from exact_import.store.locking import only_writer

    if bool(who) == everything:
        raise click.UsageError("Name a company or person to forget, or add --all.")
    session = Session(given)
    with session.journal() as journal, only_writer(journal, session.settings.config):
        if everything:
            _ask(f"Forget everything in {journal.path}?", yes)
            history.forget_all(journal)
            outcome, records, changes = f"{journal.path} is empty.", [], 0
        else:
            found = history.look_up(journal, who or "")
            records, changes = found.records, len(found.changes)
            outcome = "The journal has nothing that matches."
            if records:
                counts = f"{counted(len(records), 'record')} and {counted(changes, 'change')}"
                if not given.as_json and not (given.quiet and yes):
                    _show_known(records, err=not yes)
                _ask(f"Forget {counts}?", yes)
                history.forget(journal, found)
                outcome = f"Forgotten: {counts}."
    if given.as_json:
        forgotten = [dataclasses.asdict(record) for record in records]
        show_document("forget", {"forgotten": forgotten, "changes": changes})
    elif not (given.quiet and (records or everything)):
        click.echo(outcome)


def _ask(question: str, yes: bool) -> None:
    """Ask unless `yes`; raises NotApplied for a no, and UsageError without a terminal."""
    if yes:
        return
    if not at_terminal():
        raise UsageError("Not a terminal.", "Add --yes to confirm.")
    if not click.confirm(question, err=True):
        raise NotApplied("Nothing was forgotten.")


def _show_known(records: Sequence[Known], *, err: bool) -> None:
    from exact_import.store.history import SHOWN

    for record in records[:SHOWN]:
        click.echo(f"  {record}", err=err)
    if len(records) > SHOWN:
        click.echo(f"  … and {len(records) - SHOWN} more", err=err)


def _show_changes(changes: Sequence[dict[str, Any]]) -> None:
    from exact_import.reporting.candidate_words import shown_lines

    if not changes:
        click.echo("There are no changes in this run.")
    for change in changes:
        lines = [(file, line) for file, line in change["lines"]]
        where = f" ({shown_lines(lines)})" if lines else ""
        what = f"{change['action']} {change['kind']} {change['label']}"
        click.echo(f"{what}{where}: {change['state']}")
        for name, (before, after) in change["fields"].items():
            click.echo(f"    {name}: {shown_value(before)} → {shown_value(after)}")
        if change["answer"]:
            click.echo(f"    {change['answer']}")


def _show_runs(found: Sequence[dict[str, Any]]) -> None:
    if not found:
        click.echo("There are no runs yet.")
        return
    companies = list(dict.fromkeys(map(_company, found)))
    several = len(companies) > 1
    if not several:
        click.echo(f"Company: {companies[0]}")
    titles = ["Run", "Started", "What", *(["Company"] if several else []), "Outcome"]
    rows = [
        [
            run["run"],
            str(run["started"] or "")[:16],
            _about(run),
            *([_company(run)] if several else []),
            _run_outcome(run),
        ]
        for run in found
    ]
    show_table(titles, [[harmless(cell) for cell in row] for row in rows], whole=2)


def _company(run: Mapping[str, Any]) -> str:
    return f"{run['company']} ({run['division']})" if run["company"] else str(run["division"])


def _about(run: Mapping[str, Any]) -> str:
    what = f"of {run['undoes']}" if run["undoes"] else ", ".join(run["files"])
    return f"{run['mode']} {what}".strip()


def _run_outcome(run: Mapping[str, Any]) -> str:
    """Return what a run did, and its exit status if it is not 0."""
    from exact_import.reporting.summary import UNDONE, verdict_of

    words = run["rows"]
    if run["mode"] == "undo":
        words = {UNDONE[action]: count for action, count in run["records"].items()}
    counts = ", ".join(f"{count:,} {word}" for word, count in words.items() if count)
    status = run["exit_status"]
    if status is None:
        end = "not finished (running, or killed)"
    else:
        end = "" if status == ExitStatus.OK else f"{verdict_of(status)[0].lower()} ({status})"
    return "; ".join(part for part in (counts, end) if part) or "nothing to do"
