"""The command completion: the script by which a shell completes this program's arguments."""

from __future__ import annotations

import os

import click
from click.shell_completion import (
    CompletionItem,
    ShellComplete,
    add_completion_class,
    get_completion_class,
    split_arg_string,
)

_PROGRAM = "exact-import"
_VARIABLE = "_EXACT_IMPORT_COMPLETE"  # by which the script asks the program


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
        # That of click's own class for bash starts a bash, only to see which one it is.
        click.echo(ShellComplete.source(found(cli, {}, _PROGRAM, _VARIABLE)))
