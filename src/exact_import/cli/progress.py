"""Progress on a terminal: a bar with the progress and the time left, and a line below.

The line shows the current step, or what the program waits for and until when. Only a terminal needs
this module, and the library rich that it loads.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from exact_import.reporting.forecast import Forecast, side_by_side

_BAR = 24  # characters: with the longest texts beside it, a line has less than 80


class WorkProgress(Progress):
    """One run on standard error. With several companies, the figures are totals."""

    def __init__(self) -> None:
        self._below = ""
        self._waiting = ""
        self._waits_until = 0.0
        self._left: dict[int, Forecast] = {}
        self._calls: dict[int, int] = {}
        super().__init__(
            TextColumn("{task.description}", markup=False),
            BarColumn(_BAR),
            TextColumn("{task.fields[figures]}", markup=False),
            console=Console(file=sys.stderr, highlight=False),
            transient=True,
        )
        self._work = self.add_task("", total=None, figures="")

    def get_renderables(self) -> Iterable[RenderableType]:
        """Yield the bar, and the line below if there is text for it."""
        yield self.make_tasks_table(self.tasks)
        below = self._waiting if time.time() < self._waits_until else self._below
        if below:
            yield Text(below, style="dim", no_wrap=True, overflow="ellipsis")

    def stage(self, text: str) -> None:
        """Show the step that begins."""
        self._below = ""
        self.update(self._work, description=text)

    def started(self, division: int, left: Forecast) -> None:
        """Show what is to be sent to a division."""
        self._calls[division] = left.calls
        self._show(division, left)

    def advanced(self, division: int, left: Forecast, label: str) -> None:
        """Show that the change `label` is done, and what is left for its division."""
        self._waits_until = 0.0
        self._below = label
        self._show(division, left)

    def waiting(self, until: float, text: str) -> None:
        """Show `text` instead of the current step, until epoch second `until`."""
        self._waiting, self._waits_until = text, until
        self.refresh()

    def _show(self, division: int, left: Forecast) -> None:
        self._left[division] = left
        total = sum(self._calls.values())
        whole = side_by_side(self._left.values()) if len(self._left) > 1 else left
        done = total - whole.calls
        rest = f", {whole.words} left" if whole.calls else ""
        figures = f"{done:,} of {total:,} calls{rest}"
        self.update(
            self._work, description="Importing", total=total, completed=done, figures=figures
        )
