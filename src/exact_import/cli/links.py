"""The command links: which record of Exact Online the rows of earlier files were found to be."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class LinkedRecord:
    """A record of a division, with the links that lead to it from one source."""

    division: int
    store: DivisionStore
    links: Sequence[Link]
    code: str
    name: str

    @property
    def keys(self) -> list[tuple[str, str]]:
        """The keys that lead to it, as people read them, its own number first."""
        shown = [one for one in self.links if one.key != "content"]
        ordered = sorted(shown, key=lambda one: (one.key != "own number", one.key))
        return [(_WORDS.get(one.key, one.key), _shown(one)) for one in ordered]

    @property
    def made_by(self) -> str:
        """What the surest of the links rests on."""
        found = {one.made_by for one in self.links}
        return next(made_by for made_by in _MADE_BY if made_by in found)

    def document(self) -> dict[str, Any]:
        """Return it as --json lists it."""
        first = self.links[0]
        return {
            "division": self.division,
            "kind": first.kind,
            "source": first.source,
            "id": first.record_id,
            "code": self.code or None,
            "name": self.name,
            "made_by": self.made_by,
            "confirmed": _day(max(one.at for one in self.links)),
            "keys": [{"key": key, "value": value} for key, value in self.keys],
        }


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
                found = [_chosen(_linked(journal, ""), remove)]
                store = found[0].store
                store.links.remove(store.links.of(found[0].links[0].kind, _id(found[0])))
        else:
            found = _linked(journal, text or "")
        # Names come from the journal, which is closed after this.
        documents = [one.document() for one in found]
    if given.as_json:
        show_document("links", {"removed" if remove else "links": documents})
    elif remove:
        if not given.quiet:
            gone = documents[0]
            click.echo(harmless(f"Removed the links to {gone['kind']} {_record(gone)}."))
    else:
        _show(documents, text)


def _linked(journal: Journal, text: str) -> list[LinkedRecord]:
    """Return the linked records of all divisions, by source and name."""
    from exact_import.store.division import known_divisions

    found: list[LinkedRecord] = []
    for division, store in known_divisions(journal):
        groups: dict[tuple[str, str, str], list[Link]] = {}
        for one in store.links.all(text):
            groups.setdefault((one.source, one.kind, one.record_id), []).append(one)
        for links_of in groups.values():
            held = store.mirror.get(links_of[0].kind, links_of[0].record_id)
            fields = held.fields if held is not None else {}
            code = str(fields.get("Code") or "").strip()
            name = str(fields.get("Name") or "") or full_name(fields)
            found.append(LinkedRecord(division, store, links_of, code, name))
    return sorted(
        found, key=lambda one: (one.division, one.links[0].source, fold(one.name), _id(one))
    )


def _chosen(linked: Sequence[LinkedRecord], text: str) -> LinkedRecord:
    """Return the record that `text`, an ID or one of its keys, means; raises UsageError."""
    wanted = _bare(text)
    found = [
        one
        for one in linked
        if wanted in [_bare(known) for known in (_id(one), *(value for _, value in one.keys))]
    ]
    if not found:
        raise UsageError(
            f"There is no link with the ID or key {quote(text)}.",
            "Run exact-import links to list them.",
        )
    if len({(one.division, _id(one)) for one in found}) > 1:
        ids = ", ".join(_id(one) for one in found)
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


def _id(one: LinkedRecord) -> str:
    return one.links[0].record_id


def _shown(link: Link) -> str:
    """Return the value of a link as people read it; a contact's begins with its account."""
    parts = link.value.split(_PARTS)
    if link.kind == "contact" and len(parts) > 1:
        parts = parts[1:]
    return ", ".join(filter(None, parts))


def _day(at: float) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(at))
