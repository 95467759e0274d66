"""The command `exact-import`: its commands, and the import that it does without naming one."""

from __future__ import annotations

import re

import click

from exact_import import __version__
from exact_import.cli import options
from exact_import.cli.doctor import doctor
from exact_import.cli.export import export
from exact_import.cli.fields import fields
from exact_import.cli.imports import import_, plan
from exact_import.cli.login import divisions, login, logout
from exact_import.cli.map import map_
from exact_import.cli.options import CommandOptions
from exact_import.cli.runs import apply_, forget, runs, undo
from exact_import.cli.sandbox import sandbox
from exact_import.cli.watch import watch

_TAKES_VALUE = ("-c", "--config")
_GLOBAL_FLAG = re.compile(r"-[vq]+|--verbose|--quiet|--config=.*|-c.+")


class DefaultImportGroup(click.Group):
    """A group that takes anything that is not a command for a file to import."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `import` before arguments that name no command, and --sandbox behind one."""
        place = 0
        sandbox: list[str] = []
        while place < len(args):
            if args[place] in _TAKES_VALUE:
                place += 2
            elif _GLOBAL_FLAG.fullmatch(args[place]):
                place += 1
            elif args[place] == "--sandbox":
                sandbox = [args[place]]
                args = [*args[:place], *args[place + 1 :]]
            else:
                break
        before, rest = args[:place], args[place:]
        command = self.commands.get(rest[0]) if rest else None
        if command is not None:
            knows = any("--sandbox" in parameter.opts for parameter in command.params)
            # Those that do not know it use no Exact Online at all.
            args = [*before, rest[0], *(sandbox if knows else ()), *rest[1:]]
        elif (sandbox or rest) and rest[:1] not in (["-h"], ["--help"], ["--version"]):
            args = [*before, "import", *sandbox, *rest]
        else:
            args = [*before, *rest]
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the commands, then the options of the import that is done without naming one."""
        self.format_commands(ctx, formatter)
        records = [
            record
            for parameter in import_.get_params(ctx)
            if (record := parameter.get_help_record(ctx)) is not None
        ]
        records += [("--version", "Show the version and leave.")]
        with formatter.section("Options of an import"):
            formatter.write_dl(records)


@click.group(
    cls=DefaultImportGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    subcommand_metavar="[COMMAND] CSV...",
    options_metavar="[OPTIONS]",
)
@options.common
@click.version_option(__version__, prog_name="exact-import", message="%(prog)s %(version)s")
@options.pass_given
def cli(given: CommandOptions) -> None:
    """Put the contacts of a CSV file into Exact Online, every row exactly once.

    \b
    exact-import contacts.csv               import: plan, then apply
    exact-import --dry-run contacts.csv     only check the file
    exact-import plan contacts.csv          show what an import would change
    exact-import --sandbox contacts.csv     try it on a local Exact Online

    Without a command, the files named are imported.
    """
    click.get_current_context().obj = given


for command in (
    *(import_, plan, watch, export),
    *(map_, fields),
    *(apply_, runs, undo, forget),
    *(sandbox, login, logout, divisions, doctor),
):
    cli.add_command(command)
