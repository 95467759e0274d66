"""How wide the terminal is, and advice as it has to be typed."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from exact_import.cli.console import for_command, repeat_options, terminal_width
from exact_import.cli.main import cli


@pytest.mark.parametrize(
    ("said", "measured", "expected"),
    [("120", 66, 120), ("0", 66, 66), ("wide", 66, 66), ("", 66, 66), ("", 0, 80), ("", None, 80)],
)
def test_columns_come_before_what_the_terminal_says(
    said: str, measured: int | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def size(_descriptor: int) -> os.terminal_size:
        if measured is None:
            raise OSError
        return os.terminal_size((measured, 24))

    monkeypatch.setenv("COLUMNS", said)
    monkeypatch.setattr(os, "get_terminal_size", size)
    assert terminal_width() == expected


@pytest.fixture
def context() -> Iterator[click.Context]:
    with click.Context(cli) as context:
        yield context
        repeat_options(context, config=None, sandbox=False)


@pytest.mark.parametrize(
    ("config", "sandbox", "advice", "typed"),
    [
        (None, False, "Run `exact-import login`.", "Run `exact-import login`."),
        (None, True, "exact-import runs lists them", "exact-import runs --sandbox lists them"),
        ("a.ini", False, "exact-import login --ask", "exact-import login --config a.ini --ask"),
        ("a.ini", True, "exact-import links", "exact-import links --config a.ini --sandbox"),
        ("a.ini", True, "exact-import map a.csv", "exact-import map --config a.ini a.csv"),
        ("a.ini", True, "exact-import fields", "exact-import fields"),
        ("a.ini", False, "exact-import contacts.csv", "exact-import contacts.csv"),
        ("a.ini", False, "exact-import plan --config b.ini", "exact-import plan --config b.ini"),
    ],
)
def test_advice_names_the_configuration_of_the_command(
    context: click.Context, config: str | None, sandbox: bool, advice: str, typed: str
) -> None:
    repeat_options(context, config=None if config is None else Path(config), sandbox=sandbox)
    assert for_command(for_command(advice)) == typed


def test_a_configuration_with_a_space_is_one_argument(context: click.Context) -> None:
    repeat_options(context, config=Path("a b.ini"), sandbox=False)
    assert shlex.split(for_command("exact-import login"))[-1] == "a b.ini"
