"""A note that the login is being renewed, for the case that nobody lives to store the outcome.

A refresh token works once (docs/exact-online.md, "Logging in"). Who is killed between asking and
storing leaves a login that Exact Online calls used, and only this note tells why.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from pathlib import Path

from exact_import.config import ini_file
from exact_import.errors import LoginError, StorageError


class RefreshMarker:
    """The note beside the INI at `path`; holds no secret. Use it with the INI's lock held."""

    def __init__(self, path: Path) -> None:
        ini = path.resolve()
        self._path = ini.with_name(f".{ini.name}.renewal")
        self._note: dict[str, object] = {}
        self._left = False

    def look(self, refresh_token: str) -> None:
        """Find out whether an earlier process began to renew this login and did not end it."""
        found = self._read()
        self._left = found.get("login") == _fingerprint(refresh_token)
        if self._left:
            self._note = found

    def begin(self, refresh_token: str) -> None:
        """Write durably that this login is about to be renewed; raises `StorageError`.

        A note that an earlier process left about it is kept.
        """
        if not self._left:
            login = _fingerprint(refresh_token)
            self._write({"login": login, "process": os.getpid(), "at": time.time(), "lost": False})

    def lost(self) -> None:
        """Keep the note: Exact Online may have renewed the login, and the tokens did not come."""
        if not self._left:
            with contextlib.suppress(StorageError):
                self._write({**self._note, "lost": True})

    def withdraw(self) -> None:
        """Take back what `begin` wrote: the login was certainly not renewed."""
        if not self._left:
            self.end()

    def end(self) -> None:
        """Remove the note: the new tokens are stored."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    def cut_off(self) -> LoginError | None:
        """Return why this login is used up, if `look` found that its renewal was cut off."""
        if not self._left:
            return None
        at = time.strftime("%Y-%m-%d at %H:%M", time.localtime(float(str(self._note["at"]))))
        if self._note["lost"]:
            text = (
                f"When the login was renewed, on {at}, the answer of Exact Online was lost, and "
                "the new login with it."
            )
        else:
            text = (
                f"This program was killed while it renewed the login (on {at}, process "
                f"{self._note['process']}), and the new login was lost with it."
            )
        return LoginError(text, "Run `exact-import login`; nothing else is lost.")

    def _read(self) -> dict[str, object]:
        try:
            found = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return {}
        known = isinstance(found, dict) and {"login", "process", "at", "lost"} <= found.keys()
        return found if known and isinstance(found["at"], float) else {}

    def _write(self, note: dict[str, object]) -> None:
        self._note = note
        ini_file.put_beside(self._path, json.dumps(note).encode())


def _fingerprint(refresh_token: str) -> str:
    return hashlib.sha256(refresh_token.encode()).hexdigest()[:12]
