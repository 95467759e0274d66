"""The command fields: what Exact Online keeps of accounts and contacts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from exact_import.cli import completion, options
from exact_import.cli.json_output import show_document
from exact_import.cli.options import CommandOptions
from exact_import.errors import UsageError
from exact_import.text import quote

if TYPE_CHECKING:
    from exact_import.fields import Field, Kind

_TYPES = {
    "String": "text",
    "Guid": "ID",
    "Boolean": "yes/no",
    "Double": "number",
    "Byte": "whole number",
    "Int16": "whole number",
    "Int32": "whole number",
    "Int64": "whole number",
    "DateTime": "date",
    "Binary": "file",
}


@click.command()
@click.argument("words", nargs=-1, metavar="[KIND] [WORD]", shell_complete=completion.fields)
@click.option(
    "--all", "everything", is_flag=True, help="Also show the fields that cannot be imported."
)
@options.common
@options.as_json
@options.pass_given
def fields(given: CommandOptions, words: tuple[str, ...], everything: bool) -> None:
    """List the fields of Exact Online, with the headers that are recognised for them.

    KIND is account, contact, address or "bank account"; WORD is searched for in names, meanings and
    headers.
    """
    kinds, word = _kinds_and_word(words)
    found = [known for kind in kinds for known in _fields(kind, word, everything)]
    if not found:
        from exact_import.mapping.draft import suggest_field

        raise UsageError(f"No field matches {quote(word)}.", suggest_field(word))
    if given.as_json:
        show_document("fields", {"fields": [_document(known) for known in found]})
        return
    from exact_import.cli.console import show_table  # not for --help

    show_table(
        ("Field", "Type", "Length", "Rule", "Meaning", "Headers"),
        [
            (
                f"{known.kind}.{known.name}",
                _TYPES.get(known.edm, known.edm),
                _length(known),
                _rule(known),
                known.description,
                "; ".join(known.aliases),
            )
            for known in found
        ],
    )


def _kinds_and_word(words: Sequence[str]) -> tuple[list[Kind], str]:
    """Return the kinds to list and the word to look for."""
    from exact_import.fields import KIND_OF  # not for --help

    text = " ".join(words).strip()
    names: dict[str, Kind] = {**KIND_OF, "address": "address", "bank": "bank account"}  # type: ignore[dict-item]  # sections are names too
    for name, kind in sorted(names.items(), key=lambda item: -len(item[0])):
        for spelled in (name, f"{name}s", name.replace(" ", "")):
            if text.casefold() == spelled or text.casefold().startswith(f"{spelled} "):
                return [kind], text[len(spelled) :].strip()
    return ["account", "contact", "address", "bank account"], text


def _fields(kind: Kind, word: str, everything: bool) -> list[Field]:
    from exact_import.fields import catalogue
    from exact_import.text import fold

    wanted = fold(word)
    return [
        known
        for known in catalogue(kind).values()
        if (everything or known.writable)
        and (
            wanted in known.name.casefold()
            or any(f" {wanted}" in f" {fold(t)}" for t in (known.description, *known.aliases))
        )
    ]


def _length(known: Field) -> str:
    if known.length is None:
        return ""
    return f"{known.length}" if known.length_source == "documented" else f"about {known.length}"


def _rule(known: Field) -> str:
    words = ["required"] if known.mandatory else []
    if known.kind == "contact" and known.name in ("FirstName", "LastName"):
        words = ["one of first and last name required"]
    if not known.writable:
        words.append("read-only")
    elif known.create_only:
        words.append("create only")
    return ", ".join(words)


def _document(known: Field) -> dict[str, object]:
    return {
        "kind": known.kind,
        "name": known.name,
        "type": known.edm,
        "length": known.length,
        "length_known": known.length_source,
        "required": known.mandatory,
        "rule": _rule(known),
        "create_only": known.create_only,
        "writable": known.writable,
        "meaning": known.description,
        "headers": [f"{known.kind}.{known.name}", known.name, *known.aliases],
    }
