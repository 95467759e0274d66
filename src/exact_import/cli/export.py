"""The command export: what Exact Online holds, as a file that imports again."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exact_import.cli import completion, options
from exact_import.cli.json_output import show_document, show_failure
from exact_import.cli.options import CommandOptions
from exact_import.errors import UsageError
from exact_import.files import is_stream
from exact_import.text import counted, one_line

if TYPE_CHECKING:
    from exact_import.cli.session import Session
    from exact_import.exporting.export import ExportColumn, Exported, ExportFilter
    from exact_import.exporting.export_file import Style
    from exact_import.store.division import OpenDivision
    from exact_import.store.journal import Journal
    from exact_import.values.dates import DateOrder

_SHOWN = 20


@click.command()
@click.argument("file", metavar="FILE", shell_complete=completion.files)
@click.option(
    "--status",
    metavar="C,P…",
    help="Only accounts with one of these: C, P, S, A, or words such as klant and supplier.",
)
@click.option(
    "--since",
    metavar="DATE|7d",
    help="Only what changed since a date, or in the last days (7d), hours (12h) or weeks (2w).",
)
@click.option(
    "--columns",
    metavar="A,contact.B…",
    shell_complete=completion.columns,
    help="Only these fields; start with + to add them to the usual ones.",
)
@click.option(
    "--force", is_flag=True, help="Replace FILE even if it was edited or is not an export."
)
@options.common
@options.division
@options.csv_format
@options.wait
@options.results
@options.pass_given
def export(
    given: CommandOptions, status: str | None, since: str | None, columns: str | None, force: bool
) -> int:
    """Write accounts and contacts to a file that imports again ("-" is standard output).

    Writes one row for each contact, with its account: to an Excel workbook if FILE ends in .xlsx,
    otherwise to a CSV that Excel in your country opens. Edit the file and import it; only what you
    changed is sent.
    """
    from exact_import.cli.session import Session
    from exact_import.config.settings import home_country
    from exact_import.exact.clock import Interrupted
    from exact_import.exporting.export import ExportFilter, choose_columns, wanted_statuses
    from exact_import.exporting.export_file import is_workbook_name, style_for
    from exact_import.tables.dialect import parse_delimiter

    name = str(given.file)
    file = None if name == "-" else Path(name)
    if file is None and given.as_json:
        raise UsageError("The CSV and the JSON cannot both go to standard output.", "Name a file.")
    in_sheet = file is not None and is_workbook_name(file)  # before anything is read
    session = Session(given)
    settings = session.settings
    chosen = choose_columns(columns)
    wanted = ExportFilter(wanted_statuses(status), _since(since, settings.date_order))
    style = style_for(
        home_country(settings, settings.rest_url),
        # As files are read, so that this file can be imported.
        parse_delimiter(settings.delimiter) if settings.delimiter else None,
        settings.encoding,
        settings.decimal,
    )
    try:
        with session.reading() as division:
            if file is not None and not force:
                _check_overwrite(file, division.store.journal)
            exported, notes = _export(
                session, division, chosen, wanted, style, file, in_sheet, usual=columns is None
            )
            calls = division.client.calls
    except Interrupted:
        stopped = 128 + (session.signal or signal.SIGINT)
        message = "Stopped; nothing was written."
        if given.as_json:
            show_failure("export", {}, stopped, message, "")
        click.echo(f"exact-import: {message}", err=True)
        return stopped
    document: dict[str, Any] = {
        "file": name,
        "rows": exported.rows,
        "accounts": exported.accounts,
        "contacts": exported.contacts,
        "left_out": list(exported.refused),
        "notes": notes,
        "api_calls": {"total": calls.total, "reads": calls.reads, "writes": calls.writes},
    }
    if given.as_json:
        show_document("export", document)
    else:
        _show(given, exported, notes, file)
    return 0


def _export(
    session: Session,
    division: OpenDivision,
    columns: Sequence[ExportColumn],
    wanted: ExportFilter,
    style: Style,
    file: Path | None,
    in_sheet: bool,
    *,
    usual: bool,
) -> tuple[Exported, list[str]]:
    """Refresh the mirror and write it; return what was written, and notes on it."""
    from exact_import.exporting.export import Exporter
    from exact_import.exporting.export_file import digest_of, write_table
    from exact_import.fields import RECORD_KINDS
    from exact_import.importing.load import rules_of
    from exact_import.text import as_text
    from exact_import.values.convert import Converter

    settings, journal = session.settings, division.store.journal
    fields = {kind: [c.field.name for c in columns if c.kind == kind] for kind in RECORD_KINDS}
    fields["account"] += ["Status", "IsSupplier", "Country"]
    mirror = division.store.mirror
    mirror.keep(fields)
    with session.console.working():
        refreshed = session.refresh(division)
        numbers, left_out = _bank_accounts(session, division, wanted, columns, usual=usual)
        if left_out:
            columns = [column for column in columns if column.kind != "bank account"]
        converter = Converter(rules_of(settings))
        exporter = Exporter(
            mirror,
            columns,
            wanted,
            style.decimal,
            converter,
            clears=settings.clears,
            in_sheet=in_sheet,
            bank_accounts=numbers,
        )
        session.console.stage("Writing")
        header = [column.header for column in columns]
        write_table(file or sys.stdout.buffer, style, header, exporter.rows())
    if file is not None and not is_stream(file):
        journal.note(f"export {as_text(file.absolute())}", digest_of(file))
    notes = [*left_out, *refreshed.notes]
    notes += [stored.sentence for stored in refreshed.stored_otherwise]
    exported = exporter.outcome
    if exported.unnamed:
        notes.append(
            f"Left out: {counted(exported.unnamed, 'contact')} without a first or last name."
        )
    return exported, notes


def _bank_accounts(
    session: Session,
    division: OpenDivision,
    wanted: ExportFilter,
    columns: Sequence[ExportColumn],
    *,
    usual: bool,
) -> tuple[Mapping[str, str], list[str]]:
    """Return the bank accounts to write, by the ID of their account, or why they are left out.

    With the `usual` columns they are left out if reading them takes many calls.
    """
    from exact_import.exporting import export as exporting

    if not any(column.kind == "bank account" for column in columns):
        return {}, []
    mirror = division.store.mirror
    accounts, held = wanted.account_ids(mirror), mirror.count("account")
    calls = exporting.bank_account_calls(len(accounts), held)
    if usual and calls > exporting.MOST_BANK_CALLS:
        why = f"Bank accounts are left out: reading them takes about {counted(calls, 'call')}."
        return {}, [f"{why} Add --columns +IBAN to include them."]
    session.console.stage("Reading bank accounts")
    numbers = exporting.read_bank_accounts(division.client, accounts, held)
    exporting.remember_bank_accounts(mirror, numbers)
    return numbers, []


def _since(text: str | None, date_order: DateOrder) -> str:
    from exact_import.exporting.export import since_moment
    from exact_import.values.vocabulary import InvalidValue

    if not text:
        return ""
    try:
        return since_moment(text.strip(), datetime.now().astimezone(), date_order)
    except InvalidValue as error:
        raise UsageError(
            f"--since: {error.message}", "Use a form such as 2024-12-31 or 7d."
        ) from None
    except OverflowError:
        raise UsageError(f"--since: {text} is too long ago.", "Leave it out.") from None


def _check_overwrite(file: Path, journal: Journal) -> None:
    """Raise UsageError if `file` exists and is not, byte for byte, the last export."""
    from exact_import.exporting.export_file import digest_of
    from exact_import.text import as_text

    if is_stream(file):
        return
    if file.is_dir():
        raise UsageError(f"{file} is a folder.", "Name a file to write to, or - for the screen.")
    if file.exists() and journal.fact(f"export {as_text(file.absolute())}") != digest_of(file):
        raise UsageError(
            f"{file} already exists and is not an unedited export.",
            "Name another file, or add --force to replace it.",
        )


def _show(
    given: CommandOptions, exported: Exported, notes: Sequence[str], file: Path | None
) -> None:
    """Show what was written, unless standard output has the rows themselves."""
    for note in notes:
        click.echo(note, err=True)
    refused = list(exported.refused)
    if refused:
        click.echo(
            f"{counted(len(refused), 'cell')} left empty, because an import would reject the "
            "value; see the column _error:",
            err=True,
        )
        shown = refused if given.verbose else refused[:_SHOWN]
        for reason in shown:
            click.echo(f"  {one_line(reason)}", err=True)
        if len(shown) < len(refused):
            click.echo(f"  … and {len(refused) - len(shown)} more (-v shows all)", err=True)
    if not given.quiet and file is not None:
        click.echo(
            f"Wrote {file}: {counted(exported.accounts, 'account')} and "
            f"{counted(exported.contacts, 'contact')} on {counted(exported.rows, 'row')}.",
            err=is_stream(file),
        )
