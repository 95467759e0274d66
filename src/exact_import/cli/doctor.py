"""The command doctor: shows what the checks of `exact_import.diagnostics` find.

With --probe it asks for the name of a test company, probes it, and writes what was found.
"""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exact_import import __version__
from exact_import.cli import options
from exact_import.cli.console import for_command, say
from exact_import.cli.json_output import show_document
from exact_import.cli.options import CommandOptions
from exact_import.errors import (
    ConfigError,
    ExactImportError,
    ExitStatus,
    NotApplied,
    StorageError,
    UsageError,
    worst,
)

if TYPE_CHECKING:
    from exact_import.config.settings import Settings
    from exact_import.diagnostics.local_checks import Check

_MARKS = {"ok": "✓", "wrong": "✗", "note": "!", "not done": "–"}
_PLAIN_MARKS = {"ok": "ok", "wrong": "NO", "note": "! ", "not done": "- "}
_PROBE_FILE = "probe.json"
_PROBE_QUESTION = """\
This finds out how Exact Online behaves where its documentation does not say. In the company
{name} ({number}), it creates two accounts and a contact, changes them, and deletes all three. That
takes at most {calls} calls and about a minute. Use a test company. Requests and answers are written
to {path}, without names, IDs and tokens.
"""


@click.command()
@options.common
@options.division
@click.option("--offline", is_flag=True, help="Make no calls to Exact Online.")
@click.option("--live", is_flag=True, help="Also compare the company's fields (one more call).")
@click.option(
    "--probe",
    is_flag=True,
    help="In a test company, find out what is unknown about Exact Online, and write probe.json.",
)
@options.results
@options.pass_given
def doctor(given: CommandOptions, offline: bool, live: bool, probe: bool) -> int:
    """Check the set-up, and show how to fix what is wrong (at most three calls)."""
    from exact_import.cli.outputs import check_outputs

    check_outputs(given)
    if probe:
        return _probe(given)
    found = []
    for made in _checks(given, offline=offline, live=live):
        check = dataclasses.replace(made, advice=for_command(made.advice))
        found.append(check)
        if not given.as_json and not (given.quiet and check.state in ("ok", "not done")):
            _show(check)
    status = worst(*(check.status for check in found))
    if given.as_json:
        checks = [
            {
                "name": check.name,
                "ok": {"ok": True, "note": True, "wrong": False}.get(check.state),
                "state": check.state,
                "message": check.message,
                "advice": check.advice,
            }
            for check in found
        ]
        show_document("doctor", {"checks": checks}, int(status))
    return status


def _probe(given: CommandOptions) -> ExitStatus:
    """Probe the company and write probe.json; raises NotApplied unless its name is typed."""
    import json  # slow to load, and --help does without

    from exact_import import files
    from exact_import.cli.login_prompts import chosen_division
    from exact_import.cli.setup import connected, opened
    from exact_import.diagnostics.probe import NAME, Probe
    from exact_import.diagnostics.recorder import MOST_CALLS, Recorder
    from exact_import.exact.auth.storage import Storage

    path = Path(_PROBE_FILE)
    with contextlib.ExitStack() as stack:
        settings = stack.enter_context(opened(given))
        storage = Storage(settings.config, settings.overlay)
        division = settings.division or chosen_division(storage)
        if not division:
            raise UsageError("No company is chosen.", "Choose one: exact-import divisions --use N")
        if path.exists():
            raise UsageError(f"{path} already exists.", "Move it away, then run this again.")
        client = stack.enter_context(connected(settings, storage, division))
        found = client.lookup("system/Divisions", ["Code", "Description"], f"Code eq {division}")
        if not found:
            raise UsageError(
                f"This login has no access to company {division}.",
                "Run exact-import divisions to list the companies it can use.",
            )
        name = str(found[0]["Description"]).strip()
        say(_PROBE_QUESTION.format(name=name, number=division, calls=MOST_CALLS, path=path))
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
                    say(f"The probe could not delete everything that it created in {name}.")
                    say(f'In Exact Online, delete the accounts named "{NAME}".')
    whole = not one.facts.keys() & {"left behind", "not finished"}
    status = ExitStatus.OK if whole else ExitStatus.ROWS_REFUSED
    if given.as_json:
        document = {"facts": one.facts, "file": str(path), "exit_status": int(status)}
        click.echo(json.dumps(document))
        return status
    for fact, value in one.facts.items():
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        click.echo(f"{fact:26} {shown}")
    say(f"\nWritten to {path}. Look through it, and attach it to an issue if you like.")
    return status


def _asked(question: str) -> str:
    try:
        return str(click.prompt(question, default="", show_default=False, err=True))
    except click.Abort:
        if sys.stdin.isatty():
            raise
        return ""  # the end of the input is not an interrupt


def _checks(given: CommandOptions, *, offline: bool, live: bool) -> Iterator[Check]:
    from exact_import.cli.setup import opened
    from exact_import.diagnostics import local_checks

    config = given.config_path
    yield local_checks.program()
    # Checked first: opening the configuration fixes it. The sandbox rewrites its own.
    was_open = not given.sandbox and local_checks.others_may_read(config)
    try:
        with opened(given) as settings:
            yield from _all(settings, offline=offline, live=live, was_open=was_open)
    except ExactImportError as error:
        yield local_checks.from_error("configuration", error)
        if not given.sandbox:
            yield from _without_settings(config, was_open=was_open)


def _without_settings(config: Path, *, was_open: bool) -> Iterator[Check]:
    """Yield the checks that are possible with invalid settings, if the INI can be read at all."""
    from exact_import.config.settings import Settings
    from exact_import.diagnostics import local_checks
    from exact_import.exact.auth.storage import Storage

    try:
        storage = Storage(config)
    except ConfigError:
        return
    for check in local_checks.offline(Settings(config=config), storage, was_open=was_open):
        if check.name not in ("configuration", "mapping"):  # neither could be read
            yield check
    yield local_checks.not_done("online", "no calls were made, because the configuration is wrong")


def _all(settings: Settings, *, offline: bool, live: bool, was_open: bool) -> Iterator[Check]:
    from exact_import.cli.login_prompts import chosen_division
    from exact_import.diagnostics import local_checks
    from exact_import.exact.auth.storage import Storage
    from exact_import.reporting.notify import target_errors

    storage = Storage(settings.config, settings.overlay)
    found = {}
    for check in local_checks.offline(settings, storage, was_open=was_open):
        found[check.name] = check.state
        yield check
    if settings.notices.to:
        wrong = target_errors(settings.notices)
        if wrong:
            yield local_checks.wrong("messages", "; ".join(wrong), "Fix the addresses in [notify].")
        else:
            text = "all addresses in [notify] are valid; nothing was sent"
            yield local_checks.ok("messages", text)
    division = settings.division or chosen_division(storage)
    needed = local_checks.scopes_needed(settings.sections)
    if offline:
        yield local_checks.not_done(
            "online", f"no calls were made; scopes needed: {', '.join(needed)}"
        )
        return
    if "wrong" in (found["configuration"], found["addresses"], found["writing"]):
        yield local_checks.not_done(
            "online", "no calls were made, because the configuration is wrong"
        )
        return
    from exact_import.diagnostics.online_checks import OnlineChecks
    from exact_import.store.journal import IN_MEMORY, Journal

    healthy = found["journal"] != "wrong" and settings.journal.exists()
    with contextlib.closing(Journal(settings.journal if healthy else IN_MEMORY)) as journal:
        online = OnlineChecks(settings, storage, division, journal, live=live)
        if found["login"] == "wrong":
            yield from online.before_login()
        elif not division:
            yield local_checks.wrong("company", "none is chosen", "exact-import divisions --use N")
        else:
            yield from online.checks(needed)
            if healthy:
                from exact_import.config.settings import home_country
                from exact_import.store.division import DivisionStore

                store = DivisionStore.of(journal, storage.get_rest_url(), division)
                home = home_country(settings, storage.get_rest_url())
                yield from local_checks.belgian_numbers(store.mirror, home)


def _show(check: Check) -> None:
    marks = _MARKS
    try:
        _MARKS["ok"].encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        marks = _PLAIN_MARKS
    advice = f" → {check.advice}" if check.advice else ""
    if marks is _PLAIN_MARKS:
        advice = advice.replace("→", "->")
    click.echo(f"{marks[check.state]} {check.name:14} {check.message}{advice}")
