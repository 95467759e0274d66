"""A terminal of 80 × 24 with the command on it, and somebody who reads it and types."""

from __future__ import annotations

import contextlib
import os
import select
import struct
import subprocess
import sys
import time
from collections.abc import Iterator

import pyte

from sandbox_env import SandboxEnv, open_terminal

COLUMNS, LINES = 80, 24

# Makes standard input the terminal of this session, where Ctrl-C is a signal, and goes on as
# Python with the arguments that follow.
_OWN_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
# The names of the emulator that others call otherwise.
_COLOURS = {"default": "", "brown": "yellow"}
CTRL_C = "\x03"


class Screen:
    """What a terminal shows of one command, as an emulator of a terminal draws it."""

    def __init__(self, env: SandboxEnv, *arguments: str) -> None:
        self._ours, theirs = open_terminal()
        import fcntl  # what follows is of POSIX systems too
        import termios

        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-c", _OWN_TERMINAL, "-m", "exact_import", *arguments],
            cwd=env.folder,
            env={**env.environment(), "TERM": "xterm-256color"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._screen = pyte.HistoryScreen(COLUMNS, LINES, history=10_000)
        self._stream = pyte.ByteStream(self._screen)

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
            if time.monotonic() > until or not self._more():
                raise AssertionError(f"{text!r} was not shown, but: {self.all_lines()}")

    def type(self, text: str) -> None:
        """Type `text`."""
        os.write(self._ours, text.encode())

    def end(self) -> int:
        """Read to the end and return the exit status."""
        while self._more():
            pass
        os.close(self._ours)
        return self.process.wait(60)

    def _more(self) -> bool:
        if not select.select([self._ours], [], [], 60)[0]:
            return False
        try:
            read = os.read(self._ours, 65536)
        except OSError:  # Linux says so when the other side has closed
            return False
        self._stream.feed(read)
        return bool(read)


@contextlib.contextmanager
def on_screen(env: SandboxEnv, *arguments: str) -> Iterator[Screen]:
    """Start the command; whatever happens it does not outlive the test."""
    screen = Screen(env, *arguments)
    try:
        yield screen
    finally:
        if screen.process.poll() is None:
            screen.process.kill()
            screen.process.wait()
