"""What --json prints: one document for each command, with the same fields whatever happened.

docs/output.schema.json describes the documents.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from exact_import.errors import ExactImportError

# The fields of the commands that import nothing, as they are where there is nothing to tell.
_FIELDS: Mapping[str, Mapping[str, Any]] = {
    "divisions": {"divisions": [], "listed": False, "division": None},
    "doctor": {"checks": []},
    "duplicates": {
        "division": None,
        "duplicates": [],
        "notes": [],
        "api_calls": {"total": 0, "reads": 0, "writes": 0},
    },
    "export": {
        "file": None,
        "rows": 0,
        "accounts": 0,
        "contacts": 0,
        "left_out": [],
        "notes": [],
        "api_calls": {"total": 0, "reads": 0, "writes": 0},
    },
    "fields": {"fields": []},
    "forget": {"forgotten": [], "changes": 0},
    "links": {"links": [], "removed": []},
    "login": {
        "user": None,
        "division": None,
        "name": None,
        "account": None,
        "config": None,
        "server": None,
        "client_id": None,
        "unused_until": None,
        "url": None,
    },
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


def echo_document(document: Mapping[str, Any]) -> None:
    """Print a document on standard output."""
    import json  # slow to load, and --help does without

    click.echo(json.dumps(document, ensure_ascii=False, indent=1))
