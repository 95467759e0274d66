"""What docs/login.md tells people to type exists, and what it says the program says is said."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from exact_import.cli.main import cli

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "login.md").read_text("utf-8")
COMMANDS = sorted(set(re.findall(r"(?m)(?:^|`)(exact-import [^`\n]+)", PAGE)))


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_can_be_typed(line: str) -> None:
    words = shlex.split(line)[1:]
    name = words.pop(0) if words[0] in cli.commands else "import"
    with click.Context(cli, info_name="exact-import", **cli.context_settings) as top:
        cli.commands[name].make_context(name, words, parent=top)


def test_there_are_commands() -> None:
    assert "exact-import login --print-url" in COMMANDS


def test_the_sentences_are_the_programs() -> None:
    source = " ".join(
        path.read_text("utf-8")
        for folder in ("exact", "cli")
        for path in sorted((ROOT / "src" / "exact_import" / folder).rglob("*.py"))
    )
    spoken = re.sub(r'"\s*\n\s*f?"', "", source).casefold()
    table = PAGE.partition("## What it says")[2]
    rows = re.findall(r"(?m)^\| ([a-z][^|]*) \|", table)
    sentences = [part.strip(" …") for row in rows[1:] for part in row.split(",")]
    assert len(sentences) > 10
    missing = [text for text in sentences if text.casefold() not in spoken]
    assert missing == []
