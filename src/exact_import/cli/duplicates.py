"""The command duplicates: what may be a duplicate in Exact Online."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exact_import.cli import options
from exact_import.cli.console import show_table
from exact_import.cli.json_output import show_document
from exact_import.cli.options import CommandOptions
from exact_import.fields import full_name
from exact_import.text import counted, fold, harmless

if TYPE_CHECKING:
    from exact_import.cli.session import Session
    from exact_import.exporting.duplicates import DuplicateGroup
    from exact_import.store.division import OpenDivision
    from exact_import.store.mirror import Mirror, RemoteRecord

    _Shown = tuple[DuplicateGroup, list[RemoteRecord]]

_COLUMNS = ("Group", "Kind", "Why", "Code", "Name", "Account", "Postcode", "City", "E-mail", "ID")
_SHOWN = ("Group", "Kind", "Code", "Name", "Account", "Postcode", "City", "Why")


@click.command()
@click.option(
    "--csv",
    "csv_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write the list to this CSV.",
)
@options.common
@options.division
@options.wait
@options.results
@options.pass_given
def duplicates(given: CommandOptions, csv_file: Path | None) -> None:
    """List accounts and contacts that Exact Online seems to hold twice, and change nothing.

    Two accounts may be duplicates if they have the same VAT or company number, or the same or
    nearly the same name in one place; two contacts of one account, if they have the same name or
    e-mail address.
    """
    from exact_import.cli.outputs import DUPLICATES, spare  # --help does without
    from exact_import.cli.session import Session

    session = Session(given)
    if csv_file is not None:
        spare(csv_file, "--csv", *DUPLICATES)
    with session.reading() as division:
        mirror = division.store.mirror
        found, notes = _find(session, division)
        groups = _ordered(found, mirror)
        rows = _rows(groups, mirror)
        calls = division.client.calls
    if csv_file is not None:
        from exact_import.config.settings import home_country
        from exact_import.exporting.export_file import write_list

        country = home_country(session.settings, session.settings.rest_url)
        cells = [[row[name] for name in _COLUMNS] for row in rows]
        write_list(csv_file, _COLUMNS, cells, country, "--csv")
    if given.as_json:
        document = {
            "division": division.number,
            "duplicates": _documents(groups, rows),
            "notes": notes,
            "api_calls": {"total": calls.total, "reads": calls.reads, "writes": calls.writes},
        }
        show_document("duplicates", document)
        return
    for note in notes:
        click.echo(harmless(note), err=True)
    if rows and not (given.quiet and csv_file is not None):
        show_table(_SHOWN, [[harmless(row[name]) for name in _SHOWN] for row in rows])
    if not given.quiet:
        _sum_up(groups, csv_file)


def _find(session: Session, division: OpenDivision) -> tuple[list[DuplicateGroup], list[str]]:
    """Refresh the mirror; return possible duplicates, and notes on the reading."""
    from exact_import.exporting.duplicates import duplicate_accounts, duplicate_contacts, person_of
    from exact_import.planning.evidence import identity_of

    mirror = division.store.mirror
    division.store.prepare({})
    with session.console.working():
        refreshed = session.refresh(division)
        session.console.stage("Comparing")
        accounts = duplicate_accounts(
            identity_of(one.fields, id=one.id) for one in mirror.live("account")
        )
        contacts = duplicate_contacts(
            person_of(one.id, one.account or "", one.fields) for one in mirror.live("contact")
        )
    return [*accounts, *contacts], list(refreshed.notes)


def _ordered(groups: Iterable[DuplicateGroup], mirror: Mirror) -> list[_Shown]:
    """Return the groups with their records, accounts first, both by code and name."""
    found = []
    for group in groups:
        records = [held for id in group.ids if (held := mirror.get(group.kind, id)) is not None]
        found.append((group, sorted(records, key=_order)))
    return sorted(found, key=lambda shown: (shown[0].kind, _order(shown[1][0])))


def _order(held: RemoteRecord) -> tuple[str, ...]:
    name = _name(held)
    return (_text(held, "Code").rjust(18), fold(name), name, held.id)


def _rows(groups: Sequence[_Shown], mirror: Mirror) -> list[dict[str, str]]:
    """Return a row for each record, by the names of `_COLUMNS`."""
    rows = []
    for number, (group, records) in enumerate(groups, 1):
        for held in records:
            account = mirror.get("account", held.account) if held.account else None
            rows.append(
                {
                    "Group": str(number),
                    "Kind": group.kind,
                    "Why": ", ".join(group.why),
                    "Code": _text(held, "Code"),
                    "Name": _name(held),
                    "Account": _text(account, "Name") if account is not None else "",
                    "Postcode": _text(held, "Postcode"),
                    "City": _text(held, "City"),
                    "E-mail": _text(held, "Email") or _text(held, "BusinessEmail"),
                    "ID": held.id,
                }
            )
    return rows


def _name(held: RemoteRecord) -> str:
    return _text(held, "Name") or full_name(held.fields)


def _text(held: RemoteRecord, name: str) -> str:
    return str(held.fields.get(name) or "").strip()


def _documents(groups: Sequence[_Shown], rows: Iterable[dict[str, str]]) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = [
        {"kind": group.kind, "why": list(group.why), "records": []} for group, _ in groups
    ]
    for row in rows:
        names = ("ID", "Code", "Name", "Account", "Postcode", "City", "E-mail")
        record = {fold(name).replace(" ", "_"): row[name] or None for name in names}
        documents[int(row["Group"]) - 1]["records"].append(record)
    return documents


def _sum_up(groups: Sequence[_Shown], csv_file: Path | None) -> None:
    counts = []
    for kind in ("account", "contact"):
        found = [records for group, records in groups if group.kind == kind]
        if found:
            records = counted(sum(map(len, found)), kind)
            counts.append(f"{records} in {counted(len(found), 'group')}")
    text = f"{' and '.join(counts)} may be duplicates." if counts else "No duplicates were found."
    click.echo(text, err=True)
    if csv_file is not None:
        click.echo(f"Wrote {csv_file}.", err=True)
