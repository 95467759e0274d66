"""The command links: which record of Exact Online each row of earlier files is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from exact_import.cli import options
from exact_import.cli.console import show_table
from exact_import.cli.json_output import show_document
from exact_import.cli.options import CommandOptions
from exact_import.errors import UsageError
from exact_import.fields import full_name
from exact_import.text import counted, fold, harmless, quote

if TYPE_CHECKING:
    from exact_import.fields import RecordKind
    from exact_import.store.division import DivisionStore
    from exact_import.store.journal import Journal
    from exact_import.store.links import Link

_MADE_BY = {"answer": "your answer", "created": "created by an import", "matched": "matched"}
_WORDS = {
    "Number": "number",
    "Email": "e-mail",
    "Name": "name",
    "Name+Place": "name and place",
    "content": "row",
}
_PARTS = "\x1f"

# A linked record as --json lists it, and the store of its division.
Linked = tuple[dict[str, Any], "DivisionStore"]


@click.command()
@click.argument("text", required=False, metavar="[TEXT]")
@click.option(
    "--remove",
    metavar="ID|KEY",
    help="Remove the links of the record with this ID, or this number, e-mail address or name.",
)
@options.common
@options.as_json
@options.sandbox
@options.pass_given
def links(given: CommandOptions, text: str | None, remove: str | None) -> None:
    """List which record each customer number, e-mail address or name was found to be.

    With TEXT, list only the links whose source, number, name or record contains it. Later imports
    rely on these links. If a link is wrong, remove it; the next import then matches its row again.
    """
    from exact_import.cli.session import Session  # --help does without
    from exact_import.store.locking import only_writer

    if text and remove:
        raise UsageError("TEXT and --remove cannot be combined.", "Leave one out.")
    session = Session(given)
    with session.journal() as journal:
        if remove:
            with only_writer(journal, session.settings.config):
                gone, store = _chosen(_linked(journal, ""), remove)
                store.links.remove(store.links.of(gone["kind"], gone["id"]))
            documents = [gone]
        else:
            documents = [document for document, _ in _linked(journal, text or "")]
    if given.as_json:
        show_document("links", {"removed" if remove else "links": documents})
    elif remove:
        if not given.quiet:
            click.echo(harmless(f"Removed the links to {gone['kind']} {_record(gone)}."))
    else:
        _show(documents, text)


def _linked(journal: Journal, text: str) -> list[Linked]:
    """Return the linked records of all divisions, by source and name."""
    from exact_import.store.division import known_divisions

    found: list[Linked] = []
    for division, store in known_divisions(journal):
        groups: dict[tuple[str, RecordKind, str], list[Link]] = {}
        for one in store.links.all(text):
            groups.setdefault((one.source, one.kind, one.record_id), []).append(one)
        for (source, kind, record_id), links_of in groups.items():
            held = store.mirror.get(kind, record_id)
            fields = held.fields if held is not None else {}
            made_by = {one.made_by for one in links_of}
            confirmed = time.localtime(max(one.at for one in links_of))
            document = {
                "division": division,
                "kind": kind,
                "source": source,
                "id": record_id,
                "code": str(fields.get("Code") or "").strip() or None,
                "name": str(fields.get("Name") or "") or full_name(fields),
                "made_by": next(surest for surest in _MADE_BY if surest in made_by),
                "confirmed": time.strftime("%Y-%m-%d", confirmed),
                "keys": _keys(links_of),
            }
            found.append((document, store))

    def order(linked: Linked) -> tuple[Any, ...]:
        one, _ = linked
        return one["division"], one["source"], fold(one["name"]), one["id"]

    return sorted(found, key=order)


def _keys(links_of: Sequence[Link]) -> list[dict[str, str]]:
    """Return the keys that lead to a record, as people read them, its own number first."""
    shown = [one for one in links_of if one.key != "content"]
    shown.sort(key=lambda one: (one.key != "own number", one.key))
    return [{"key": _WORDS.get(one.key, one.key), "value": _shown(one)} for one in shown]


def _chosen(linked: Sequence[Linked], text: str) -> Linked:
    """Return the record that `text`, an ID or one of its keys, means; raises UsageError."""
    wanted = _bare(text)
    found = [
        (one, store)
        for one, store in linked
        if wanted in map(_bare, (one["id"], *(key["value"] for key in one["keys"])))
    ]
    if not found:
        raise UsageError(
            f"There is no link with the ID or key {quote(text)}.",
            "Run exact-import links to list them.",
        )
    if len({(one["division"], one["id"]) for one, _ in found}) > 1:
        ids = ", ".join(one["id"] for one, _ in found)
        raise UsageError(
            f"{len(found)} records are linked by {quote(text)}.", f"Name one by its ID: {ids}."
        )
    return found[0]


def _show(documents: Sequence[dict[str, Any]], text: str | None) -> None:
    if not documents:
        click.echo(f"No link holds {quote(text)}." if text else "There are no links yet.")
        return
    several = len({one["division"] for one in documents}) > 1
    titles = ["Source", "Linked by", "Record", "How", "Confirmed", "ID"]
    show_table(
        [*(["Division"] if several else []), *titles],
        [
            [
                *([str(one["division"])] if several else []),
                harmless(one["source"]),
                harmless("; ".join(f"{key['key']} {key['value']}" for key in one["keys"])),
                harmless(f"{one['kind']} {_record(one)}"),
                _MADE_BY[one["made_by"]],
                one["confirmed"],
                one["id"],
            ]
            for one in documents
        ],
    )
    click.echo(f"{counted(len(documents), 'record')} linked.", err=True)


def _bare(text: str) -> str:
    return fold(text).replace(" ", "")


def _record(one: dict[str, Any]) -> str:
    return " ".join(filter(None, (one["code"], one["name"]))) or one["id"]


def _shown(link: Link) -> str:
    """Return the value of a link in readable form; a contact's begins with its account."""
    parts = link.value.split(_PARTS)
    if link.kind == "contact" and len(parts) > 1:
        parts = parts[1:]
    return ", ".join(filter(None, parts))
