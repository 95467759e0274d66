"""`doctor --probe`: asks for the company's name, probes it, and writes what was found."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exact_import import __version__, files
from exact_import.cli.console import say
from exact_import.errors import ExitStatus, NotApplied, StorageError, UsageError

if TYPE_CHECKING:
    from exact_import.config.settings import Settings

_FILE = "probe.json"
_WHAT = """\
This tests how Exact Online behaves where that is unknown. In the company {name} ({number}), it
creates two accounts and a contact, changes them, and deletes all three: at most {calls} calls, in
about a minute. Use a test company. Requests and answers go to {path}, without names, IDs and
tokens.
"""


def _asked(question: str) -> str:
    try:
        return str(click.prompt(question, default="", show_default=False, err=True))
    except click.Abort:
        if sys.stdin.isatty():
            raise
        return ""  # the end of the input is not an interruption


def probe(settings: Settings, division: int, *, as_json: bool) -> ExitStatus:
    """Probe `division` and write probe.json; raises NotApplied unless its name is typed."""
    from exact_import.cli.setup import connected
    from exact_import.diagnostics.probe import NAME, Probe
    from exact_import.diagnostics.recorder import MOST_CALLS, Recorder
    from exact_import.exact.auth.storage import Storage

    path = Path(_FILE)
    if path.exists():
        raise UsageError(f"{path} already exists.", "Move it away, then run this again.")
    with connected(settings, Storage(settings.config, settings.overlay), division) as client:
        found = client.lookup("system/Divisions", ["Code", "Description"], f"Code eq {division}")
        if not found:
            raise UsageError(
                f"This login has no access to company {division}.",
                "Run exact-import divisions to list the companies it can use.",
            )
        name = str(found[0]["Description"]).strip()
        say(_WHAT.format(name=name, number=division, calls=MOST_CALLS, path=path))
        typed = _asked("Type the name of the company to continue")
        if typed.strip() != name:
            raise NotApplied("That is not the name of the company; nothing was done.")
        one = Probe(Recorder(client.api))
        try:
            one.run()
        finally:
            text = json.dumps(one.document(__version__), ensure_ascii=False, indent=1)
            try:
                files.write_atomic(path, text.encode("utf-8"))
            except OSError as error:
                raise StorageError(f"{path} cannot be written: {error.strerror}.") from None
            finally:
                if "left behind" in one.facts:
                    say(f"The probe could not delete all that it made in {name}.")
                    say(f'In Exact Online, delete the accounts named "{NAME}".')
    whole = not one.facts.keys() & {"left behind", "not finished"}
    status = ExitStatus.OK if whole else ExitStatus.ROWS_REFUSED
    if as_json:
        document = {"facts": one.facts, "file": str(path), "exit_status": int(status)}
        click.echo(json.dumps(document))
        return status
    for fact, value in one.facts.items():
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        click.echo(f"{fact:26} {shown}")
    say(f"\nWritten to {path}. Look through it, and attach it to an issue if you like.")
    return status
