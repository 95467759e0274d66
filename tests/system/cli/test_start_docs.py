"""docs/start.md: each command that it shows is understood, and what it says is true."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from exact_import.cli.main import cli
from sandbox_env import SandboxEnv, table

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "start.md").read_text("utf-8")
COMMANDS = sorted(
    set(re.findall(r"^exact-import .+$", PAGE, re.MULTILINE))
    | set(re.findall(r"`(exact-import [^`]+)`", PAGE))
)


@pytest.mark.parametrize("line", COMMANDS)
def test_each_command_shown_is_understood(line: str) -> None:
    words = line.split()[1:]
    with cli.make_context("exact-import", [*words], resilient_parsing=True) as context:
        name, arguments = context.meta["exact_import.command"]
        if "--version" in words:
            return
        command = cli.commands[name]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in arguments if word.startswith("-")} <= known
        command.make_context(name, [*arguments], context)


def test_the_question_and_the_columns_are_those_of_the_program(env: SandboxEnv) -> None:
    account = {"Code": "1001", "Name": "Garage Maes", "City": "Gent", "Postcode": "9000"}
    env.control("POST", "accounts", {"create": [account]})
    env.write("a.csv", table(["Company", "City", "Postcode"], ["Garage Maas", "Gent", "9000"]))
    env.write("b.csv", table(["Company"], ["Klokken Vink"]))
    _, output = env.at_terminal("b.csv", answers=["n"])
    question = r"Import this into (.*)\? \[y/N\]:"
    assert re.search(question, output)
    assert re.search(question, PAGE)
    env.json("a.csv", status=1)
    header = (env.folder / "a.rejected.csv").read_text("utf-8").splitlines()[0]
    for column in re.findall(r"`(_\w+)`", PAGE):
        assert column in header


def test_it_explains_the_words_of_a_terminal() -> None:
    """The first use of such a word is in italics, with its meaning beside it."""
    for word in ("terminal", "change\ndirectory", "dry run", "account", "contact", "held"):
        assert f"*{word}*" in PAGE.casefold(), word


def test_no_command_is_shown_that_needs_a_shell_of_one_system() -> None:
    assert isinstance(cli, click.Group)
    for line in COMMANDS:
        assert not set("|<>$&;") & set(line), line
