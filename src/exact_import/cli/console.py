"""The console: messages, tables and advice."""

from __future__ import annotations

import contextlib
import math
import os
import re
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from exact_import.errors import ExactImportError
from exact_import.text import wrapped

_USUAL_WIDTH = 80  # characters, if the terminal's width is not known
# "fields" reads no configuration.
_COMMAND = re.compile(r"exact-import (?!fields\b)([a-z]+)\b(?! --(?:sandbox|config)\b)")
_repeated: dict[str, str] = {}  # the options to add, by command


def say(text: str = "") -> None:
    """Show a message on standard error; standard output is for results."""
    text = for_command(text)
    click.echo(fitted(text) if sys.stderr.isatty() else text, err=True)


def fitted(text: str) -> str:
    """Return `text` in lines that fit the terminal."""
    return wrapped(text, terminal_width())


def terminal_width() -> int:
    """Return the width of the terminal in characters: from COLUMNS, or from the terminal."""
    # As shutil does, which loads archive modules and takes longer than the rest of --help.
    with contextlib.suppress(KeyError, ValueError):
        if (columns := int(os.environ["COLUMNS"])) > 0:
            return columns
    with contextlib.suppress(ValueError, OSError):
        descriptor = sys.__stdout__.fileno() if sys.__stdout__ is not None else -1
        return os.get_terminal_size(descriptor).columns or _USUAL_WIDTH
    return _USUAL_WIDTH


def at_terminal() -> bool:
    """Return True if somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def repeat_options(context: click.Context, *, config: Path | None, sandbox: bool) -> None:
    """Let all advice name the configuration and the sandbox that the command under way has."""
    _repeated.clear()
    named = "" if config is None else f" --config {_quoted(str(config))}"
    chosen = {"--config": named, "--sandbox": " --sandbox" if sandbox else ""}
    for name, command in getattr(context.find_root().command, "commands", {}).items():
        taken = {option for parameter in command.params for option in parameter.opts}
        _repeated[name] = "".join(text for option, text in chosen.items() if option in taken)


def _quoted(argument: str) -> str:
    """Return an argument as the shell of this system takes it."""
    if os.name == "nt":
        return f'"{argument}"' if " " in argument else argument
    return shlex.quote(argument)


def for_command(text: str) -> str:
    """Return `text` with our commands as they have to be typed now: see `repeat_options`."""
    return _COMMAND.sub(lambda found: f"{found[0]}{_repeated.get(found[1], '')}", text)


def advise(error: ExactImportError) -> None:
    """Add the options of the current command to the commands in the advice of `error`."""
    error.message, error.advice = for_command(error.message), for_command(error.advice)


def waiting_words(seconds: float, why: str) -> str:
    """Return what the program waits for, and the local time at which it continues.

    Seconds are shown only if it is not a full minute, which Exact Online's limits always are.
    """
    until = math.ceil(time.time() + seconds)
    local = time.localtime(until)
    clock = time.strftime("%H:%M:%S" if local.tm_sec else "%H:%M", local)
    return f"Waiting for {why}; continues at {clock}"


def show_table(titles: Sequence[str], rows: Sequence[Sequence[str]], *, whole: int = 0) -> None:
    """Show `rows` under `titles`; off a terminal as plain lines, columns two spaces apart.

    The first `whole` columns are never broken into lines.
    """
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        from rich.console import Console  # slow to load, and only for a terminal
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, header_style="bold", pad_edge=False)
        for place, title in enumerate(titles):
            table.add_column(title, overflow="fold", no_wrap=place < whole)
        for row in rows:
            table.add_row(*map(Text, row))
        Console().print(table)
        return
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    for row in (titles, *rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())


def shown_value(value: Any) -> str:
    """Return a field's value on one line, a text in quotes."""
    if value in (None, ""):
        return "(empty)"
    if not isinstance(value, str):
        return str(value)
    import json  # slow to load, and --help does without

    return json.dumps(value, ensure_ascii=False)
