"""Completion by the shell: the command that prints its script, and what may be completed.

A completion makes no calls and prints no errors: what cannot be read completes nothing.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import (
    CompletionItem,
    ShellComplete,
    add_completion_class,
    get_completion_class,
    split_arg_string,
)

if TYPE_CHECKING:
    from exact_import.store.journal import Journal

_MOST = 50
_PROGRAM = "exact-import"
_VARIABLE = "_EXACT_IMPORT_COMPLETE"  # by which the script calls the program


@click.command()
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish", "powershell")))
def completion(shell: str) -> None:
    """Print the script that completes commands, options, files, runs, companies and fields.

    \b
    bash         eval "$(exact-import completion bash)"   in ~/.bashrc
    zsh          eval "$(exact-import completion zsh)"    in ~/.zshrc
    fish         exact-import completion fish > ~/.config/fish/completions/exact-import.fish
    powershell   exact-import completion powershell | Out-String | Invoke-Expression   in $PROFILE
    """
    found = get_completion_class(shell)
    if found is not None:
        cli = click.get_current_context().find_root().command
        # Click's own class starts a bash only to find its version.
        click.echo(ShellComplete.source(found(cli, {}, _PROGRAM, _VARIABLE)))


def files(
    _context: click.Context, _parameter: click.Parameter | None, incomplete: str
) -> list[CompletionItem]:
    """Let the shell complete the name of a file."""
    return [CompletionItem(incomplete, type="file")]


def runs(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the runs of the journal, newest first, each with its mode and files."""
    found: list[tuple[str, str]] = [("last", "the last run that changed something")]
    with contextlib.suppress(Exception), _journal(context) as journal:
        from exact_import.store.history import list_runs

        found += [
            (str(run["run"]), f"{run['mode']} {', '.join(run['files'])}".strip())
            for run in list_runs(journal)
        ]
    return _matching(found, incomplete)


def divisions(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the companies that the journal knows, by their numbers."""
    with contextlib.suppress(Exception), _journal(context) as journal:
        from exact_import.store.division import known_divisions

        numbers = {str(number): "" for number, _ in known_divisions(journal)}
        return _matching(numbers.items(), incomplete)
    return []


def fields(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the kinds of records, and the names of their fields."""
    from exact_import.fields import catalogue

    names = {"account": "the fields of companies", "contact": "the fields of people"}
    for kind in ("account", "contact"):
        names |= {field.name: field.description for field in catalogue(kind).values()}
    return _matching(names.items(), incomplete)


def columns(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the fields that may follow in a list of fields (Name,contact.Email)."""
    from exact_import.fields import catalogue

    before, comma, last = incomplete.rpartition(",")
    start = f"{before}{comma}" or incomplete[: incomplete.startswith("+")]
    names = {
        f"{start}{kind}.{field.name}": field.description
        for kind in ("account", "contact")
        for field in catalogue(kind).values()
    }
    return _matching(names.items(), f"{start}{last.removeprefix('+')}")


class PowerShellComplete(ShellComplete):
    """Completion for PowerShell, which falls back to files where nothing is returned."""

    name = "powershell"
    source_template = """\
Register-ArgumentCompleter -Native -CommandName %(prog_name)s -ScriptBlock {
    param($word, $command, $position)
    $env:%(complete_var)s = "powershell_complete"
    $env:COMP_WORDS = $command.ToString()
    $env:COMP_INCOMPLETE = $word
    %(prog_name)s | ForEach-Object {
        $type, $value, $about = $_ -split "`t", 3
        if ($type -eq "plain") {
            if (-not $about) { $about = $value }
            [System.Management.Automation.CompletionResult]::new(
                $value, $value, "ParameterValue", $about)
        }
    }
    Remove-Item Env:%(complete_var)s, Env:COMP_WORDS, Env:COMP_INCOMPLETE
}
"""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one at the cursor, and that one."""
        incomplete = os.environ.get("COMP_INCOMPLETE", "")
        args = split_arg_string(os.environ.get("COMP_WORDS", ""))[1:]
        if incomplete and args and args[-1] == incomplete:
            args.pop()
        return args, incomplete

    def format_completion(self, item: CompletionItem) -> str:
        """Return a line: type, value and explanation, with tabs between them."""
        return f"{item.type}\t{item.value}\t{item.help or ''}"


add_completion_class(PowerShellComplete)


def _matching(found: Iterable[tuple[str, str]], incomplete: str) -> list[CompletionItem]:
    wanted = incomplete.casefold()
    items = [
        CompletionItem(name, help=" ".join(about.split()))
        for name, about in found
        if name.casefold().startswith(wanted)
    ]
    return items[:_MOST]


@contextlib.contextmanager
def _journal(context: click.Context) -> Iterator[Journal]:
    """Open the journal of the configuration that the command line names; raises what it raises."""
    from exact_import.config.settings import Settings
    from exact_import.store.journal import Journal

    given = [context.params.get("config"), context.find_root().params.get("config")]
    config = next((path for path in given if isinstance(path, Path)), Path("config.ini"))
    path = Settings(config=config).journal
    if not path.exists():
        raise FileNotFoundError(path)
    with contextlib.closing(Journal(path)) as journal:
        yield journal
