"""What commands are given: one typed object, whichever side of the name an option stands on."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from exact_import.cli import options
from exact_import.cli.options import CommandOptions

seen: list[tuple[CommandOptions, int]] = []


@click.group()
@options.common
@options.pass_given
def group(given: CommandOptions) -> None:
    """Take options before the name."""
    click.get_current_context().obj = given


@group.command()
@options.files
@options.common
@options.as_json
@click.option("--count", type=int, default=1)
@options.pass_given
def command(given: CommandOptions, count: int) -> int:
    """Take options behind the name."""
    seen.append((given, count))
    return 0


def given_by(*arguments: str) -> tuple[CommandOptions, int]:
    seen.clear()
    ended = CliRunner().invoke(group, arguments, catch_exceptions=False)
    assert ended.exit_code == 0, ended.output
    return seen[0]


@pytest.mark.parametrize(
    ("arguments", "config", "verbose", "quiet"),
    [
        (("command", "a.csv"), None, 0, False),
        (("-v", "command", "-c", "b.ini", "a.csv"), Path("b.ini"), 1, False),
        (("-c", "a.ini", "command", "-vv", "a.csv"), Path("a.ini"), 2, False),
        (("-c", "a.ini", "-q", "command", "-c", "b.ini", "a.csv"), Path("b.ini"), 0, True),
    ],
)
def test_options_may_stand_on_both_sides_of_the_name(
    arguments: tuple[str, ...], config: Path | None, verbose: int, quiet: bool
) -> None:
    given, _ = given_by(*arguments)
    assert (given.config, given.verbose, given.quiet) == (config, verbose, quiet)
    assert given.config_path == (config or Path("config.ini"))
    assert given.files == ("a.csv",)


def test_a_command_gets_its_own_options_by_name() -> None:
    given, count = given_by("command", "--json", "--count", "3", "a.csv", "b.csv")
    assert (given.as_json, given.files, count) == (True, ("a.csv", "b.csv"), 3)
    assert given.settings["count"] == 3
    assert (given.report, given.sandbox, given.log_format) == (None, False, "text")
