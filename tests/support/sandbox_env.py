"""What the tests run the program in: a real sandbox over TLS, and the command.

`run` calls the command in the test's own process: the same code, the same sockets, the same files,
without the second that a process takes to start. What only a process can show (signals, kills, a
full disk, lost rights, variables that Python itself reads) takes `run_process` or `start`.
"""

from __future__ import annotations

import abc
import contextlib
import io
import json
import logging
import os
import select
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import urllib3

from exact_import.cli.main import run
from exact_sandbox import Sandbox

# On Windows Ctrl-Break goes to a group of processes, and must not reach the tests themselves.
OWN_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)


def ask_to_stop(process: subprocess.Popen[str]) -> None:
    """Ask a process to end in good order, as a service manager of the system does."""
    if sys.platform == "win32":
        process.send_signal(signal.CTRL_BREAK_EVENT)
    else:
        process.send_signal(signal.SIGTERM)


def open_terminal() -> tuple[int, int]:
    """Return both ends of a new pseudo-terminal: ours, and the program's."""
    if sys.platform == "win32":
        # The module pty, and what it opens, are of POSIX systems alone.
        pytest.skip("there are no pseudo-terminals on Windows")
    import pty

    return pty.openpty()


# Makes standard input the terminal of this session, where Ctrl-C is a signal, and goes on as
# Python with the arguments that follow.
_OWN_TERMINAL = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


class CommandOnTerminal(abc.ABC):
    """The command on a terminal of its own, of `size` lines and columns; `take` gets its output."""

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        *arguments: str,
        size: tuple[int, int] | None = None,
    ) -> None:
        self.ours, theirs = open_terminal()
        if size is not None:
            import fcntl  # what follows is of POSIX systems too
            import termios

            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-c", _OWN_TERMINAL, "-m", "exact_import", *arguments],
            cwd=folder,
            env=environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    @abc.abstractmethod
    def take(self, shown: bytes) -> None:
        """Take what the program has shown."""

    def read(self, seconds: float = 60) -> bool:
        """Take what is shown within `seconds`; return False where that is nothing any more."""
        if not select.select([self.ours], [], [], max(0.0, seconds))[0]:
            return False
        try:
            shown = os.read(self.ours, 65536)
        except OSError:  # Linux says so when the other side has closed
            return False
        self.take(shown)
        return bool(shown)

    def type(self, text: str) -> None:
        os.write(self.ours, text.encode())

    def end(self) -> int:
        """Read to the end and return the exit status."""
        while self.read():
            pass
        status = self.process.wait(60)
        os.close(self.ours)  # only now: it hangs up on a process that has not ended yet
        return status

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@dataclass
class SandboxEnv:
    """A folder with a configuration, the sandbox it points at, and the command to run in it."""

    folder: Path
    sandbox: Sandbox
    config: Path
    variables: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, text: str, encoding: str = "utf-8") -> Path:
        """Write a file into the folder, line ends as they stand."""
        path = self.folder / name
        path.write_bytes(text.encode(encoding))
        return path

    def configure(self, text: str) -> None:
        """Add sections to the configuration."""
        with self.config.open("a", encoding="utf-8") as file:
            file.write("\n" + text)

    def environment(self) -> dict[str, str]:
        """Return the environment for a process: nothing of the tester's own settings."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("EXACT_", "COLUMNS", "PYTHONUNBUFFERED"))
        }
        state = {"XDG_STATE_HOME": str(self.folder / "state")}  # where locks are kept, on Linux
        return {**kept, **state, "TERM": "dumb", **self.variables}

    def run(self, *arguments: str | Path, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Call `exact-import` with `arguments` in the folder and return how it ended.

        `typed` is its standard input, which is no terminal.
        """
        return call(arguments, self.folder, self.environment(), typed)

    def run_process(
        self,
        *arguments: str | Path,
        timeout: float = 120,
        before: Callable[[], object] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run `exact-import` as a process of its own and return how it ended.

        `before` is called in the new process, before the program begins.
        """
        return subprocess.run(
            [sys.executable, "-m", "exact_import", *map(str, arguments)],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            check=False,
            preexec_fn=before,
        )

    def start(self, *arguments: str | Path, stderr: int = subprocess.PIPE) -> subprocess.Popen[str]:
        """Start `exact-import` with `arguments` and return the process."""
        return subprocess.Popen(
            [sys.executable, "-m", "exact_import", *map(str, arguments)],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            stdin=subprocess.DEVNULL,
            creationflags=OWN_GROUP,
        )

    def at_terminal(self, *arguments: str | Path, answers: Sequence[str]) -> tuple[int, str]:
        """Run on a terminal of its own, typing `answers`; return the exit status and the output."""
        ours, theirs = open_terminal()
        with subprocess.Popen(
            [sys.executable, "-m", "exact_import", *map(str, arguments)],
            cwd=self.folder,
            env=self.environment(),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            close_fds=True,
        ) as process:
            os.close(theirs)
            os.write(ours, "".join(f"{answer}\n" for answer in answers).encode())
            output = b""
            with contextlib.suppress(OSError):  # a terminal whose other side is closed
                while chunk := os.read(ours, 4096):
                    output += chunk
            os.close(ours)
        return process.returncode, output.decode("utf-8")

    def json(self, *arguments: str | Path, status: int | None = 0) -> dict[str, Any]:
        """Run with --json and return the document; fails unless the exit status is `status`."""
        ended = self.run(*arguments, "--json")
        if status is not None:
            assert ended.returncode == status, ended.stdout + ended.stderr
        document: dict[str, Any] = json.loads(ended.stdout)
        assert document["exit_status"] == ended.returncode
        return document

    def control(self, method: str, path: str, body: object = None) -> Any:
        """Call one of the sandbox's control addresses."""
        with urllib3.PoolManager(ca_certs=str(self.sandbox.ca_file)) as pool:
            answer = pool.request(method, f"{self.sandbox.url}/sandbox/{path}", json=body)
            assert answer.status == 200, answer.data
            return answer.json()

    def accounts(self) -> list[dict[str, Any]]:
        """Return the accounts that the first division holds."""
        return self._division()["accounts"]

    def contacts(self) -> list[dict[str, Any]]:
        """Return the contacts that the first division holds."""
        return self._division()["contacts"]

    def _division(self) -> dict[str, list[dict[str, Any]]]:
        divisions = self.control("GET", "state")["divisions"]
        found: dict[str, list[dict[str, Any]]] = divisions[min(divisions)]
        return found

    def calls(self, method: str = "", path: str = "") -> list[dict[str, Any]]:
        """Return the calls that the sandbox has seen, by method and part of the path."""
        return [
            call
            for call in self.control("GET", "log")
            if (not method or call["method"] == method) and path in call["path"]
        ]

    def faults(self, *rules: Mapping[str, object]) -> None:
        """Ask the sandbox for trouble."""
        self.control("POST", "faults", list(rules))


def call(
    arguments: Sequence[str | Path], folder: Path, environment: Mapping[str, str], typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Call `exact-import` in this process as a process of its own would run, and return its end.

    Not for threads: the current folder, the environment and the standard streams are the process's.
    """
    words = [str(argument) for argument in arguments]
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(3)]
    entered, printed, errors = streams
    entered.buffer.write(typed.encode())
    entered.buffer.seek(0)
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        contextlib.chdir(folder),
        own_logging(),
        mock.patch.object(sys, "stdin", entered),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(errors),
    ):
        status = run(words)
    texts = ["", ""]
    for number, stream in enumerate((printed, errors)):
        with contextlib.suppress(ValueError):  # the program closed it
            stream.flush()
            texts[number] = stream.buffer.getvalue().decode().replace("\r\n", "\n")
    return subprocess.CompletedProcess(words, int(status), *texts)


@contextlib.contextmanager
def own_logging() -> Iterator[None]:
    """Take back what the command sets up for its process, which here is that of other tests too."""
    ours = logging.getLogger("exact_import")
    level, handlers, propagate = ours.level, ours.handlers[:], ours.propagate
    # pytest would show the lines too, and xdist cannot carry names of files that are no Unicode.
    ours.propagate = False
    try:
        yield
    finally:
        ours.setLevel(level)
        ours.propagate = propagate
        for theirs in set(ours.handlers).difference(handlers):
            ours.removeHandler(theirs)
            theirs.close()


def table(header: Sequence[str], *rows: Sequence[str], delimiter: str = ",") -> str:
    """Return CSV text of a header and rows."""
    return "".join(delimiter.join(cells) + "\r\n" for cells in (header, *rows))


MakeEnv = Callable[..., SandboxEnv]
