"""A terminal of 80 × 24 with the command on it, and somebody who reads it and types."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import pyte

from sandbox_env import CommandOnTerminal, SandboxEnv

COLUMNS, LINES = 80, 24

# The names of the emulator that others call otherwise.
_COLOURS = {"default": "", "brown": "yellow"}
CTRL_C = "\x03"


class Screen(CommandOnTerminal):
    """What a terminal shows of one command, as an emulator of a terminal draws it."""

    def __init__(self, env: SandboxEnv, *arguments: str) -> None:
        variables = {**env.environment(), "TERM": "xterm-256color"}
        super().__init__(env.folder, variables, *arguments, size=(LINES, COLUMNS))
        self._screen = pyte.HistoryScreen(COLUMNS, LINES, history=10_000)
        self._stream = pyte.ByteStream(self._screen)

    def take(self, shown: bytes) -> None:
        self._stream.feed(shown)

    def lines(self) -> list[str]:
        """Return the lines that are on the screen now, without spaces at their ends."""
        return [line.rstrip() for line in self._screen.display]

    def all_lines(self) -> list[str]:
        """Return what was scrolled off the top, and what is on the screen."""
        above = [
            "".join(line[column].data for column in range(COLUMNS)).rstrip()
            for line in self._screen.history.top
        ]
        return [*above, *self.lines()]

    def coloured_lines(self) -> list[list[tuple[str, str, bool]]]:
        """Return all lines as parts: their text, the name of its colour ("" for none), if bold."""
        rows = [*self._screen.history.top, *map(self._screen.buffer.__getitem__, range(LINES))]
        lines = []
        for row in rows:
            cells = [row[column] for column in range(COLUMNS)]
            lines.append([(cell.data, _COLOURS.get(cell.fg, cell.fg), cell.bold) for cell in cells])
        return lines

    def wait_for(self, text: str, seconds: float = 60) -> str:
        """Read until a line on the screen has `text`; return that line."""
        until = time.monotonic() + seconds
        while True:
            for line in self.lines():
                if text in line:
                    return line
            if time.monotonic() > until or not self.read():
                raise AssertionError(f"{text!r} was not shown, but: {self.all_lines()}")


@contextlib.contextmanager
def on_screen(env: SandboxEnv, *arguments: str) -> Iterator[Screen]:
    """Start the command; whatever happens it does not outlive the test."""
    screen = Screen(env, *arguments)
    try:
        yield screen
    finally:
        screen.stop()
