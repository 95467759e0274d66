"""The command with the independent server in place of Exact Online."""

from __future__ import annotations

import configparser
import contextlib
import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from independent_login import CLIENT_ID, CLIENT_SECRET, REDIRECT
from independent_records import Record
from independent_server import IndependentServer
from sandbox_env import call

WEI = 731


@dataclass(frozen=True)
class IndependentEnv:
    """A folder with a configuration that knows the server's addresses, and nothing else yet."""

    folder: Path
    server: IndependentServer

    @property
    def config(self) -> Path:
        return self.folder / "config.ini"

    def run(self, *arguments: str | Path, typed: str = "") -> subprocess.CompletedProcess[str]:
        variables = {
            "XDG_STATE_HOME": str(self.folder / "state"),
            "EXACT_CLIENT_SECRET": CLIENT_SECRET,
            "TERM": "dumb",
        }
        return call(arguments, self.folder, variables, typed)

    def json(self, *arguments: str | Path, status: int = 0, typed: str = "") -> dict[str, Any]:
        ended = self.run(*arguments, "--json", typed=typed)
        assert ended.returncode == status, ended.stdout + ended.stderr
        document: dict[str, Any] = json.loads(ended.stdout)
        return document

    def log_in(self) -> None:
        """Log in as somebody does who has no browser where the program runs."""
        known = ("--client-id", CLIENT_ID, "--redirect-uri", REDIRECT)
        asked = self.run("login", "--print-url", *known)
        assert asked.returncode == 0, asked.stderr
        arrived = self.server.logins.consent(asked.stdout.strip())
        ended = self.run("login", "--code-url", "-", "--division", str(WEI), typed=arrived)
        assert ended.returncode == 0, ended.stderr
        assert "Kaashandel De Wei" in ended.stdout

    def ini(self) -> configparser.RawConfigParser:
        found = configparser.RawConfigParser()
        found.read(self.config, encoding="utf-8")
        return found

    def write(self, text: str) -> Path:
        path = self.folder / "klanten.csv"
        path.write_text(text, encoding="utf-8")
        return path

    def records(self, name: str = "Accounts") -> list[Record]:
        return list(self.server.books[WEI].sets[name].values())

    def seen(self) -> list[str]:
        """Return the calls since this was last asked."""
        found = self.server.seen[:]
        self.server.seen.clear()
        return found


@contextlib.contextmanager
def independent(*, logged_in: bool = True, **limits: Any) -> Iterator[IndependentEnv]:
    """Yield the command beside a server of its own."""
    with tempfile.TemporaryDirectory(prefix="exact-import-") as name:
        folder = Path(name)
        with IndependentServer(folder, **limits) as server:
            lines: Mapping[str, str] = {
                "auth_url": f"{server.url}/api/oauth2/auth",
                "rest_url": f"{server.url}/api",
                "token_url": f"{server.url}/api/oauth2/token",
                "ca_bundle": str(server.ca_file),
            }
            text = "".join(f"{one} = {value}\n" for one, value in lines.items())
            (folder / "config.ini").write_text(f"[server]\n{text}", encoding="utf-8")
            (folder / "config.ini").chmod(0o600)
            env = IndependentEnv(folder, server)
            if logged_in:
                env.log_in()
            yield env
