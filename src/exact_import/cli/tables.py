"""Tables on standard output: drawn on a terminal, elsewhere plain lines for whoever greps them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click


def show_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show `rows` under `titles`; off a terminal as columns parted by two spaces or more."""
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        from rich.console import Console  # slow to load, and only for a terminal
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, header_style="bold", pad_edge=False)
        for title in titles:
            table.add_column(title, overflow="fold")
        for row in rows:
            table.add_row(*map(Text, row))
        Console().print(table)
        return
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    for row in (titles, *rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())
