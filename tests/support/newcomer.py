"""What the tests of setting up share: somebody at the browser, and somebody at a terminal."""

from __future__ import annotations

import configparser
import html
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import urllib3

from exact_sandbox import Sandbox
from sandbox_env import CommandOnTerminal, SandboxEnv

PASTE = "https://example.com/exact-import"
COMPANIES = ("425880", "425881")


class Person:
    """Clicks through the sandbox's pages, as a browser without scripts would."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._pool = urllib3.PoolManager(ca_certs=str(sandbox.ca_file), retries=False)
        self._auth = f"{sandbox.url}/api/oauth2/auth"

    def allow(
        self, address: str, companies: tuple[str, ...] = COMPANIES, answer: str = "allow"
    ) -> str:
        """Log in, answer the question, and return the address at which the browser arrives."""
        first = self._pool.request("GET", address)
        assert first.status == 200, first.data
        second = self._post([*hidden_fields(first.data), ("user", "a"), ("password", "b")])
        chosen = [("division", company) for company in companies]
        back = self._post([*hidden_fields(second.data), *chosen, ("answer", answer)])
        assert back.status == 302, back.data
        return back.headers["Location"]

    def close(self) -> None:
        self._pool.clear()

    def _post(self, fields: list[tuple[str, str]]) -> urllib3.BaseHTTPResponse:
        return self._pool.request("POST", self._auth, body=urlencode(fields), redirect=False)


def hidden_fields(page: bytes) -> list[tuple[str, str]]:
    """Return the names and values of the hidden fields of a form."""
    found = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.decode())
    return [(name, html.unescape(value)) for name, value in found]


def shown_address(process: subprocess.Popen[str]) -> str:
    """Return the address of the login page that a command shows on standard error."""
    assert process.stderr
    for line in process.stderr:
        if line.strip().startswith("https://"):
            return line.strip()
    raise AssertionError("no address was shown")


class Newcomer:
    """A sandbox whose configuration knows the sandbox's addresses only, and what the app has."""

    def __init__(self, env: SandboxEnv) -> None:
        known = ini(env.config)
        self.env = env
        self.client_id = known["application"]["client_id"]
        self.secret = known["application"]["client_secret"]
        self.person = Person(env.sandbox)
        server = "".join(f"{name} = {value}\n" for name, value in known["server"].items())
        env.config.write_text(f"; a remark that stays\n[server]\n{server}", encoding="utf-8")
        env.config.chmod(0o600)

    def knows(self, redirect: str = PASTE) -> None:
        """Let the environment hold id and secret, and the configuration the redirect address."""
        self.env.variables |= {
            "EXACT_CLIENT_ID": self.client_id,
            "EXACT_CLIENT_SECRET": self.secret,
        }
        self.env.configure(f"[application]\nbase_url = {redirect}\n")

    def begin(self, *arguments: str) -> str:
        """Do `login --print-url` and return the address."""
        ended = self.env.run("login", "--print-url", *arguments)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.strip()

    def finish(self, answer: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Do `login --code-url -` with `answer` on standard input."""
        return self.env.run("login", "--code-url", "-", *arguments, typed=answer)

    def ini(self) -> configparser.RawConfigParser:
        return ini(self.env.config)

    def terminal(self, *arguments: str) -> Terminal:
        return Terminal(self.env, *arguments)


class Terminal(CommandOnTerminal):
    """The command with a terminal of its own, and somebody who reads and types."""

    def __init__(self, env: SandboxEnv, *arguments: str) -> None:
        # A browser must not pop up on the screen of whoever runs the tests.
        environment = {**env.environment(), "COLUMNS": "200"}
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
            environment.pop(name, None)
        environment |= env.variables
        super().__init__(env.folder, environment, *arguments)
        self.shown = ""
        self._read_to = 0

    def take(self, shown: bytes) -> None:
        self.shown += shown.decode("utf-8", "replace")

    def wait_for(self, text: str, seconds: float = 60) -> str:
        """Read until `text` is shown; return what came before it since the last wait."""
        until = time.monotonic() + seconds
        while (found := self.shown.find(text, self._read_to)) < 0:
            if time.monotonic() > until or not self.read(until - time.monotonic()):
                raise AssertionError(f"{text!r} was not shown, but: {self.shown!r}")
        before = self.shown[self._read_to : found]
        self._read_to = found + len(text)
        return before

    def asked(self, text: str, answer: str) -> None:
        """Wait for a question and answer it, once the terminal is ready for the answer."""
        self.wait_for(text)
        if "secret" in text or text == "Address":
            # The echo goes off after the question is shown.
            self._until_hidden()
        self.type(f"{answer}\n")

    def address(self) -> str:
        """Return the address that is shown to open."""
        self.wait_for("https://127.0.0.1:")
        self.wait_for("\r\n")
        start = self.shown.rindex("https://127.0.0.1:", 0, self._read_to)
        return self.shown[start : self._read_to].strip()

    def _until_hidden(self) -> None:
        import termios

        until = time.monotonic() + 10
        while termios.tcgetattr(self.ours)[3] & termios.ECHO:
            assert time.monotonic() < until, "the terminal still shows what is typed"
            time.sleep(0.01)


def ini(path: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    parser.read(path, encoding="utf-8")
    return parser


MakeNewcomer = Callable[..., Newcomer]
