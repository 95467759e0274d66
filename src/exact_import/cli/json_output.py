"""What --json prints: one document for each command, with the same fields whatever happened.

docs/output.schema.json describes the documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import click

from exact_import.errors import ExactImportError

_AT_ONCE = 500  # items printed at a time

# The fields of the commands that import nothing, with their empty values.
_NO_CALLS = {"total": 0, "reads": 0, "writes": 0}
_FIELDS: Mapping[str, Mapping[str, Any]] = {
    "divisions": {"divisions": [], "listed": False, "division": None},
    "doctor": {"checks": []},
    "duplicates": {"division": None, "duplicates": [], "notes": [], "api_calls": _NO_CALLS},
    "export": {
        "file": None,
        "rows": 0,
        "accounts": 0,
        "contacts": 0,
        "left_out": [],
        "notes": [],
        "api_calls": _NO_CALLS,
    },
    "fields": {"fields": []},
    "forget": {"forgotten": [], "changes": 0},
    "links": {"links": [], "removed": []},
    "login": dict.fromkeys(
        (
            *("user", "division", "name", "account", "config", "server"),
            *("client_id", "unused_until", "url"),
        )
    ),
    "logout": {"config": None, "logged_out": False},
    "map": {
        "file": None,
        "columns": [],
        "sections": {},
        "remaining": {},
        "notes": [],
        "unused": [],
        "written": None,
    },
    "runs": {"runs": [], "changes": []},
}


def show_document(command: str, found: Mapping[str, Any], status: int = 0) -> None:
    """Print the document of a command that imports nothing: what it found, and its exit status."""
    echo_document({**_FIELDS[command], **found, "exit_status": status, "error": None})


def show_failure(
    command: str, given: Mapping[str, Any], status: int, message: str, advice: str
) -> None:
    """Print the document of a command that ended before it could print one of its own.

    `given` are its parameters, as far as they could be read.
    """
    if command in _FIELDS:
        error = {"message": message, "advice": advice}
        echo_document({**_FIELDS[command], "exit_status": status, "error": error})
        return
    from exact_import.reporting.document import run_document  # not for --help
    from exact_import.reporting.report import Mode, failure

    modes: Mapping[str, Mode] = {"plan": "plan", "apply": "apply", "undo": "undo"}
    mode = modes.get(command) or ("dry-run" if given.get("dry_run") else "import")
    report = failure(mode, list(given.get("files") or ()), ExactImportError(message, advice))
    report.undoes = str(given.get("run") or "")
    echo_document({**run_document(report), "exit_status": status})


def echo_document(
    document: Mapping[str, Any], streamed: Mapping[str, Iterable[object]] | None = None
) -> None:
    """Print a document on standard output.

    `streamed` has the items of long lists by field: they are printed one by one, for as a whole
    100,000 changes would take more memory than all else.
    """
    import json  # slow to load, and --help does without

    def encoded(value: object, indent: str) -> str:
        # No text has a line break of its own: JSON escapes it.
        return json.dumps(value, ensure_ascii=False, indent=1).replace("\n", f"\n{indent}")

    begin = "{"
    for name, value in document.items():
        click.echo(f"{begin}\n {json.dumps(name, ensure_ascii=False)}: ", nl=False)
        begin = ","
        if streamed is None or name not in streamed:
            click.echo(encoded(value, " "), nl=False)
            continue
        items, opening = iter(streamed[name]), "["
        while some := [encoded(item, "  ") for item in islice(items, _AT_ONCE)]:
            click.echo(opening + ",".join(f"\n  {one}" for one in some), nl=False)
            opening = ","
        click.echo("[]" if opening == "[" else "\n ]", nl=False)
    click.echo("\n}")
