"""Every option of the command line, each written once.

Those that are settings too are defined in `config.settings`, with their help.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from exact_import.cli import completion
from exact_import.cli.console import repeat_options
from exact_import.config.settings import IMPORT, RUN, VARIABLE
from exact_import.errors import ConfigError

Function = TypeVar("Function", bound=Callable[..., Any])


def together(*decorators: Callable[[Any], Any]) -> Callable[[Function], Function]:
    """Return one decorator that adds all of `decorators`, in their order."""

    def add(function: Function) -> Function:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return add


class _Option(click.Option):
    """An option that a variable can set too, in the environment or in `.env`."""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Return the value of the variable, None if it is not set."""
        given = super().resolve_envvar_value(ctx)
        if given is None and self.name != "config" and not ctx.resilient_parsing:
            return _in_dotenv(ctx, str(self.envvar))
        return given


def is_from_environment(error: click.UsageError) -> bool:
    """Return True for a wrong value that a variable or `.env` gives a setting, not an option."""
    parameter, context = getattr(error, "param", None), error.ctx
    return (
        isinstance(parameter, _Option)
        and context is not None
        and context.get_parameter_source(str(parameter.name)) is ParameterSource.ENVIRONMENT
    )


def _in_dotenv(ctx: click.Context, variable: str) -> str | None:
    """Return the value in `.env` of an option that the INI does not have."""
    given = (ctx.params.get("config"), ctx.obj.config if ctx.obj is not None else None)
    # Click has its own value for options that were not given.
    folder = next((path for path in given if isinstance(path, Path)), Path("config.ini")).parent
    if not any((place / ".env").is_file() for place in (folder, Path())):
        return None
    from exact_import.config.loading import read_dotenv  # only where there is such a file

    if variable in {setting.variable for setting in IMPORT.values()}:
        return None
    return read_dotenv(folder).get(variable)


def _check_format(_ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Check the format options of a CSV; raises click.BadParameter for impossible values."""
    if value is not None:
        from exact_import.tables.dialect import parse_delimiter  # slow to load
        from exact_import.tables.encoding import parse_encoding

        try:
            (parse_encoding if parameter.name == "encoding" else parse_delimiter)(value)
        except ConfigError as error:
            raise click.BadParameter(f"{error.message} {error.advice}") from None
    return value


def _option(name: str) -> Callable[[Any], Any]:
    """Return the option of the setting `name`, as the table of settings has it."""
    setting = IMPORT.get(name) or RUN[name]
    kind: Any = setting.type
    if setting.choices:
        kind = click.Choice(setting.choices)
    elif kind is Path:
        kind = click.Path(path_type=Path, dir_okay=False)
    elif setting.minimum is not None:
        kind = (click.IntRange if kind is int else click.FloatRange)(setting.minimum)
    return click.option(
        *setting.flags.split(),
        name,
        cls=_Option,
        # The plain name is the variable of the folder where the sandbox keeps its state.
        envvar=f"{VARIABLE}USE_SANDBOX" if name == "sandbox" else setting.variable,
        show_envvar=True,
        type=kind,
        is_flag=kind is bool,
        default=None,
        metavar=setting.metavar,
        callback=_check_format if name in ("encoding", "delimiter") else None,
        shell_complete=completion.divisions if name == "division" else None,
        help=setting.help.replace("{default}", setting.shown_default),
    )


config = click.option(
    "-c",
    "--config",
    cls=_Option,
    envvar=f"{VARIABLE}CONFIG",
    show_envvar=True,
    is_eager=True,  # other options look for .env beside it
    type=click.Path(path_type=Path),
    help="The configuration (INI) to use.  [default: config.ini]",
)
verbose = click.option(
    "-v", "--verbose", count=True, help="Show more detail; -vv shows everything."
)
quiet = click.option(
    "-q", "--quiet", is_flag=True, help="Print only what needs attention (for cron)."
)
common = together(config, verbose, quiet)
as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document instead of text."
)
yes = click.option("-y", "--yes", is_flag=True, help="Ask nothing.")
files = click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", shell_complete=completion.files
)
detailed_exitcode = click.option(
    "--detailed-exitcode", is_flag=True, help="Exit with 3 if there are changes."
)
out = click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Save the plan to this file, for apply.",
)

dry_run = _option("dry_run")
strict = _option("strict")
force = _option("force")
wait = _option("wait")
rejects = _option("rejects")
report = _option("report")
lists = together(_option("results"), _option("errors"))
sandbox = _option("sandbox")
division = _option("division")
csv_format = together(_option("delimiter"), _option("encoding"))
reading = together(csv_format, _option("sheet"))
planning = together(
    division, _option("mode"), _option("limit"), _option("recreate"), _option("retry")
)
logging_options = together(_option("log_file"), _option("log_format"))
results = together(as_json, sandbox, logging_options)
watching = together(*map(_option, ("watch_rest", "watch_poll", "watch_try_every")))


@dataclass(frozen=True, slots=True)
class CommandOptions:
    """The options and arguments that commands share.

    `config`, `verbose` and `quiet` may come before the command's name as well. `settings` has every
    parameter by its name, None if it is not given.
    """

    config: Path | None = None
    verbose: int = 0
    quiet: bool = False
    as_json: bool = False
    sandbox: bool = False
    yes: bool = False
    log_file: Path | None = None
    log_format: str = "text"
    files: tuple[str, ...] = ()
    file: str | None = None
    plan: Path | None = None
    out: Path | None = None
    report: Path | None = None
    rejects: Path | None = None
    results: Path | None = None
    errors: Path | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, ctx: click.Context) -> CommandOptions:
        """Return the options of the command of `ctx`, those before its name included."""
        before = ctx.obj if isinstance(ctx.obj, cls) else cls()
        names = {known.name for known in fields(cls)}
        given = {
            name: value for name, value in ctx.params.items() if name in names and value is not None
        }
        given["config"] = given.get("config") or before.config
        given["verbose"] = max(given.get("verbose", 0), before.verbose)
        given["quiet"] = given.get("quiet", False) or before.quiet
        return cls(**given, settings=ctx.params)

    @property
    def config_path(self) -> Path:
        """The configuration that the command line names, else `config.ini` here."""
        return self.config or Path("config.ini")


def pass_given(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Call `command` with the `CommandOptions`, and by name with its other arguments."""
    own = [*inspect.get_annotations(command)][1:-1]  # all but the first, and what it returns

    @click.pass_context
    @functools.wraps(command)
    def call(ctx: click.Context, /, **values: object) -> int | None:
        given = CommandOptions.of(ctx)
        repeat_options(ctx, config=given.config, sandbox=given.sandbox)
        return command(given, **{name: values[name] for name in own})

    return call
