"""Every option of the command line, each written once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])


def together(*decorators: Callable[[Any], Any]) -> Callable[[Function], Function]:
    """Return one decorator that adds all of `decorators`, in their order."""

    def add(function: Function) -> Function:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return add


class _Option(click.Option):
    """An option that a variable can say too, in the environment or in `.env`."""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Return what the variable says, None where it says nothing."""
        said = super().resolve_envvar_value(ctx)
        if said is None and self.name != "config" and not ctx.resilient_parsing:
            return _in_dotenv(ctx, str(self.envvar))
        return said


def _in_dotenv(ctx: click.Context, variable: str) -> str | None:
    """Return what `.env` says of an option that is no setting of the INI; those come later."""
    said = (ctx.params.get("config"), ctx.obj.config if ctx.obj is not None else None)
    # What was not said click stands in for in its own way.
    folder = next((path for path in said if isinstance(path, Path)), Path("config.ini")).parent
    if not any((place / ".env").is_file() for place in (folder, Path())):
        return None
    from exact_import.config.loading import read_dotenv  # only where there is such a file
    from exact_import.config.parsers import READERS

    if variable.removeprefix("EXACT_IMPORT_").lower() in READERS:
        return None
    return read_dotenv(folder).get(variable)


def _flag(*names: str, variable: str, **more: Any) -> Callable[[Any], Any]:
    return _value(*names, is_flag=True, default=None, variable=variable, **more)


def _value(*names: str, variable: str, **more: Any) -> Callable[[Any], Any]:
    return click.option(
        *names, cls=_Option, envvar=f"EXACT_IMPORT_{variable}", show_envvar=True, **more
    )


config = _value(
    "-c",
    "--config",
    variable="CONFIG",
    is_eager=True,  # the others look for .env beside it
    type=click.Path(path_type=Path),
    help="The configuration (INI) to use.  [default: config.ini]",
)
verbose = click.option(
    "-v", "--verbose", count=True, help="Say more about what happens; -vv says all."
)
quiet = click.option(
    "-q",
    "--quiet",
    is_flag=True,
    help="Say nothing where there is nothing to tell: for cron.",
)
common = together(config, verbose, quiet)

dry_run = _flag(
    "-n", "--dry-run", variable="DRY_RUN", help="Check the file only; no network, no login."
)
division = _value("--division", variable="DIVISION", type=int, help="Division (company) to use.")
delimiter = _value("--delimiter", variable="DELIMITER", help="What stands between the cells.")
encoding = _value("--encoding", variable="ENCODING", help="The file's encoding, such as utf-8.")
mode = _value(
    "--mode",
    variable="MODE",
    type=click.Choice(["upsert", "create", "update"]),
    help="Whether to create, to update, or both (upsert).  [default: upsert]",
)
limit = _value(
    "--limit",
    variable="LIMIT",
    type=click.IntRange(min=1),
    help="Only the first N companies, for a first real try.",
)
strict = _flag("--strict", variable="STRICT", help="Send nothing if any row is bad.")
retry = _flag("--retry", variable="RETRY", help="Send again what was refused before.")
recreate = _flag(
    "--recreate", variable="RECREATE", help="Make again what was deleted in Exact Online."
)
force = _flag("--force", variable="FORCE", help="Go past max_updates and max_creates.")
wait = _flag("--wait", variable="WAIT", help="Sleep until an exhausted day's budget returns.")
rejects = _value(
    "--rejects",
    variable="REJECTS",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where refused rows go.  [default: NAME.rejected.csv beside the file]",
)
report = _value(
    "--report",
    variable="REPORT",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.html",
    help="Also write the report as a page, to read or to mail.",
)
as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document instead of text."
)
sandbox = _flag("--sandbox", variable="USE_SANDBOX", help="Use the sandbox, not the real thing.")
log_file = _value(
    "--log-file",
    variable="LOG_FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write what happens to this file.",
)
log_format = _value(
    "--log-format",
    variable="LOG_FORMAT",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the log file is written.",
)
files = click.argument("files", nargs=-1, required=True, metavar="CSV...")
detailed_exitcode = click.option(
    "--detailed-exitcode", is_flag=True, help="Leave with 3 when there are changes to make."
)

out = click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Save the plan to this file, for apply.",
)

watch_rest = _value(
    "--rest",
    "watch_rest",
    variable="WATCH_REST",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="A file is complete when nothing changed for so long.  [default: 5]",
)
watch_poll = _value(
    "--poll",
    "watch_poll",
    variable="WATCH_POLL",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Look every so often, where a network share does not tell.",
)
watch_try_every = _value(
    "--try-every",
    "watch_try_every",
    variable="WATCH_TRY_EVERY",
    type=click.FloatRange(min=0),
    metavar="MINUTES",
    help="How long at most until a file that had to wait is tried again.  [default: 15]",
)

reading = together(delimiter, encoding)
planning = together(division, mode, limit, recreate, retry)
logging_options = together(log_file, log_format)
watching = together(watch_rest, watch_poll, watch_try_every)


@dataclass(frozen=True, slots=True)
class CommandOptions:
    """What the command line says in the options and arguments that commands share.

    `config`, `verbose` and `quiet` may come before the command's name as well. `settings` has every
    parameter by its name, None where it is not given.
    """

    config: Path | None = None
    verbose: int = 0
    quiet: bool = False
    as_json: bool = False
    sandbox: bool = False
    log_file: Path | None = None
    log_format: str = "text"
    files: tuple[str, ...] = ()
    file: str | None = None
    plan: Path | None = None
    out: Path | None = None
    report: Path | None = None
    rejects: Path | None = None
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
    """Call `command` with the `CommandOptions`, and by name with the others that it takes."""
    own = list(inspect.signature(command).parameters)[1:]

    @click.pass_context
    @functools.wraps(command)
    def call(ctx: click.Context, /, **values: object) -> int | None:
        return command(CommandOptions.of(ctx), **{name: values[name] for name in own})

    return call
