"""The command `exact-import`: the import, the other commands, and the sentence of any ending."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from exact_import import __version__
from exact_import.cli import completion, options
from exact_import.cli.console import advise, fitted, terminal_width
from exact_import.cli.doctor import doctor
from exact_import.cli.duplicates import duplicates
from exact_import.cli.export import export
from exact_import.cli.fields import fields
from exact_import.cli.json_output import show_failure
from exact_import.cli.links import links
from exact_import.cli.login import divisions, login, logout
from exact_import.cli.map import map_
from exact_import.cli.options import CommandOptions
from exact_import.cli.runs import apply_, forget, runs, undo
from exact_import.cli.sandbox import sandbox
from exact_import.cli.watch import watch
from exact_import.errors import ExactImportError, ExitStatus, UsageError, unexpected
from exact_import.text import harmless, quote, suggest

_NARROWEST_HELP, _WIDEST_HELP = 50, 100  # characters
_FULL = (errno.ENOSPC, errno.EDQUOT)


def run(arguments: Sequence[str]) -> int:
    """Run the command that `arguments` name and return its exit status."""
    as_json = arguments if "--json" in arguments else None
    _prepare_streams(as_json is not None)
    status = _run(arguments, as_json)
    full = _flush_streams()
    if full is not None and status in (ExitStatus.OK, ExitStatus.ROWS_REFUSED, ExitStatus.CHANGES):
        return _output_lost(None, full)
    return status


def _run(arguments: Sequence[str], as_json: Sequence[str] | None) -> int:
    try:
        # Set here: click loads slow modules to find it out.
        width = max(min(terminal_width(), _WIDEST_HELP) - 2, _NARROWEST_HELP)
        status = cli.main(
            list(arguments), "exact-import", standalone_mode=False, terminal_width=width
        )
    except click.UsageError as error:
        message = error.format_message()
        if type(error).__name__ == "NoArgsIsHelpError":  # which click has since 8.2
            _print(message)
            return ExitStatus.USAGE
        if error.ctx is not None and as_json is None:
            click.echo(error.ctx.get_usage(), err=True)
        if isinstance(error, click.NoSuchOption):
            message = _no_such_option(error, arguments)
        message = " ".join(message.split())  # choices are on lines of their own
        message += "" if message.endswith((".", "?")) else "."
        # A wrong value is wrong usage in an option, and a wrong configuration elsewhere.
        from_environment = options.is_from_environment(error)
        status = ExitStatus.CONFIG if from_environment else ExitStatus.USAGE
        return _end(as_json, status, message, f"See {_path(error.ctx)} --help.")
    except click.ClickException as error:
        return _end(as_json, ExitStatus.USAGE, error.format_message(), "")
    except ExactImportError as error:
        advise(error)
        return _end(as_json, error.exit_status, error.message, error.advice)
    except (click.Abort, KeyboardInterrupt):
        return _end(as_json, ExitStatus.INTERRUPTED, "Interrupted.", "")
    except BrokenPipeError:
        # The reader of our output has ended; nobody can read a message.
        return ExitStatus.OK
    except Exception as error:  # noqa: BLE001  # a user never sees a traceback
        if isinstance(error, OSError) and error.errno in _FULL:
            return _output_lost(as_json, error)
        advice = "What was sent is in the journal; run again to continue, and please report this."
        fault = unexpected(error, advice)
        return _end(as_json, fault.exit_status, fault.message, fault.advice)
    return int(status or 0)


def _output_lost(as_json: Sequence[str] | None, error: OSError) -> ExitStatus:
    return _end(
        as_json,
        ExitStatus.DISK,
        f"The output could not be written: {error.strerror}.",
        "Free some disk space. What was sent is in the journal; run again to continue.",
    )


def _flush_streams() -> OSError | None:
    """Write what is still buffered; return the error of a standard output on a full disk.

    Output that cannot be written is discarded: otherwise Python would end with a status of its own.
    """
    full = None
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            if stream is sys.stdout and error.errno in _FULL:
                full = error
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
    return full


def _no_such_option(error: click.NoSuchOption, arguments: Sequence[str]) -> str:
    """Return the message for an unknown option, with a similar one if there is any."""
    known = [] if error.ctx is None else error.ctx.command.params
    names = {name for parameter in known for name in parameter.opts if name[:2] == "--"}
    for argument in arguments:
        name = argument.partition("=")[0]
        if f"-{name}" in names and len(name) > 2:  # a long option with one dash
            return f"There is no option {name}. Did you mean -{name}?"
    meant = suggest(error.option_name.strip("-"), (name[2:] for name in names))
    return f"There is no option {error.option_name}." + (
        f" Did you mean --{meant}?" if meant else ""
    )


def _path(context: click.Context | None) -> str:
    """Return the current command; without any, the program imports."""
    return "exact-import" if context is None else context.command_path.removesuffix(" import")


def _prepare_streams(as_json: bool) -> None:
    """Keep the standard streams from ending the program.

    They may be closed, or belong to a terminal with few characters.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  # to the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    if as_json and isinstance(sys.stdout, io.TextIOWrapper):
        # JSON is always UTF-8: a question mark in it would be wrong data. A file name that is not
        # UTF-8 has \udc.. for such a byte.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")


def _end(
    as_json: Sequence[str] | None, status: ExitStatus, message: str, advice: str
) -> ExitStatus:
    """Print the error and log the end, also as JSON if the arguments `as_json` ask for it."""
    if as_json is not None:
        with contextlib.suppress(OSError):  # the exit status still says it
            show_failure(*_invoked(as_json), int(status), message, advice)
    text = harmless(f"exact-import: {message} {advice}".rstrip())
    _print(fitted(text) if sys.stderr.isatty() else text)
    import logging  # slow to load, and --help does without

    if logging.getLogger("exact_import").handlers:
        # For the log file; the console leaves this logger's lines out.
        logging.getLogger("exact_import.runs").error("%s Exit status %d.", message, status)
    return status


def _invoked(arguments: Sequence[str]) -> tuple[str, Mapping[str, Any]]:
    """Return the command that `arguments` name, and its parameters as far as they can be read."""
    name = "import"
    try:
        with cli.make_context("exact-import", [*arguments], resilient_parsing=True) as context:
            name, rest = context.meta[_COMMAND]
            command = cli.commands[name]
            return name, command.make_context(name, rest, context, resilient_parsing=True).params
    except Exception:  # noqa: BLE001  # their errors are already being reported
        return name, {}


def _print(text: str) -> None:
    with contextlib.suppress(OSError):  # the exit status still says it
        click.echo(text, err=True)


@click.command("import")
@options.files
@options.common
@options.dry_run
@options.yes
@options.reading
@options.planning
@options.strict
@options.force
@options.wait
@options.rejects
@options.report
@options.lists
@options.results
@options.pass_given
def import_(given: CommandOptions, dry_run: bool | None) -> int:
    """Import CSV, Excel or ODS files: plan, then apply ("-" reads standard input)."""
    from exact_import.cli.session import Session  # --help does without

    _check_first(given.files[0])
    return Session(given).run_job("dry-run" if dry_run else "import")


@click.command()
@options.files
@options.common
@options.reading
@options.planning
@options.strict
@options.detailed_exitcode
@options.out
@options.report
@options.lists
@options.results
@options.pass_given
def plan(given: CommandOptions, detailed_exitcode: bool) -> int:
    """Show what an import would change in Exact Online, and change nothing."""
    from exact_import.cli.session import Session

    return Session(given).run_job("plan", detailed=detailed_exitcode)


def _check_first(name: str) -> None:
    """Raise UsageError if the first file does not exist and may be a misspelt command."""
    if not name.isalpha() or Path(name).exists():
        return
    meant = "--help" if name == "help" else suggest(name, cli.commands)
    raise UsageError(
        f"There is no command and no file {quote(name)}.",
        f"Did you mean exact-import {meant}?"
        if meant
        else "Check the name of the file; exact-import --help lists the commands.",
    )


_COMMAND = "exact_import.command"
_SHARED = re.compile(r"-[vq]+|--verbose|--quiet|--config(=.*)?|-c.*")
_ENDING = ("--", "-h", "--help", "--version")


class DefaultImportGroup(click.Group):
    """A group that takes anything that is not a command for a file to import."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `import` before arguments without a command, and its options after a command.

        Only the options that all commands share are taken before it.
        """
        shared, own, rest = self._leading_options(args)
        command = self.commands.get(rest[0]) if rest else None
        if command is not None:
            if not any("--sandbox" in parameter.opts for parameter in command.params):
                # Commands without it do not use Exact Online.
                own = [one for one in own if one != "--sandbox"]
            named = [rest[0], *own, *rest[1:]]
        elif (own or rest) and rest[:1] not in ([one] for one in _ENDING):
            named = ["import", *own, *rest]
        else:
            named = rest
        ctx.meta[_COMMAND] = (named[0], named[1:]) if named else ("import", [])
        return super().parse_args(ctx, [*shared, *named])

    def _leading_options(self, args: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
        """Return the options before a command's name that all share, others, and what follows."""
        alone: dict[bool, set[str]] = {True: set(), False: set()}
        for command in self.commands.values():
            for parameter in command.params:
                if isinstance(parameter, click.Option):
                    alone[parameter.is_flag or parameter.count].update(parameter.opts)
        shared: list[str] = []
        own: list[str] = []
        place = 0
        while place < len(args) and len(args[place]) > 1 and args[place][0] == "-":
            if args[place] in _ENDING:
                break
            end = place + 1
            # If one command takes it as a flag and others take a value, the command comes next.
            named = args[place] in alone[True] and next(iter(args[end:]), "") in self.commands
            if args[place] in alone[False] and not named:
                end += 1
            (shared if _SHARED.fullmatch(args[place]) else own).extend(args[place:end])
            place = end
        return shared, own, [*args[place:]]

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete a command, or the file that is imported without one."""
        # Files first: the script for bash drops everything before them.
        return [*completion.files(ctx, None, incomplete), *super().shell_complete(ctx, incomplete)]

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the commands in the order in which they are needed, not in alphabetical order."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show each command with the whole first sentence of its help."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, self.commands[name].get_short_help_str(limit=200))
                    for name in self.list_commands(ctx)
                ]
            )

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the commands, then the options of an import, which is the default command."""
        self.format_commands(ctx, formatter)
        records = [
            record
            for parameter in import_.get_params(ctx)
            if (record := parameter.get_help_record(ctx)) is not None and record[1]
        ]
        records += [("--version", "Show the version and exit.")]
        with formatter.section("Import options"):
            formatter.write_dl(records)


@click.group(
    cls=DefaultImportGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": _WIDEST_HELP},
    subcommand_metavar="[COMMAND] FILE...",
    options_metavar="[OPTIONS]",
)
@options.common
@click.version_option(__version__, prog_name="exact-import", message="%(prog)s %(version)s")
@options.pass_given
def cli(given: CommandOptions) -> None:
    """Put the contacts of a CSV or Excel file into Exact Online, every row exactly once.

    \b
    exact-import contacts.csv               import: plan, then apply
    exact-import --dry-run contacts.csv     only check the file
    exact-import plan contacts.csv          show what an import would change
    exact-import --sandbox contacts.csv     try it on a local Exact Online

    Without a command, the files named are imported.
    """
    click.get_current_context().obj = given


# In the order in which they are listed, each with an example.
for command, example in (
    (import_, "exact-import contacts.xlsx --sheet Customers"),
    (plan, "exact-import plan contacts.csv --out plan.json"),
    (watch, "exact-import watch /srv/exact/in"),
    (export, "exact-import export --status customer --since 7d contacts.xlsx"),
    (duplicates, "exact-import duplicates --csv duplicates.csv"),
    (links, "exact-import links bakery"),
    (map_, "exact-import map contacts.csv --write"),
    (fields, "exact-import fields account phone"),
    (apply_, "exact-import apply plan.json"),
    (runs, "exact-import runs last"),
    (undo, "exact-import undo last"),
    (forget, "exact-import forget person@example.com"),
    (sandbox, "exact-import sandbox --port 8443"),
    (login, "exact-import login --site be"),
    (logout, "exact-import logout"),
    (divisions, "exact-import divisions --use 425880"),
    (doctor, "exact-import doctor --offline"),
    (completion.completion, 'eval "$(exact-import completion bash)"'),
):
    command.epilog = f"Example: {example}"
    cli.add_command(command)
