"""Remote control of a running sandbox, for tests and for people who try their nightly job."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import urllib3


class RemoteControl:
    """Talks to the addresses of `control`, in this process or from another one.

    Every method raises `ValueError` with the sandbox's sentence where it refuses.
    """

    def __init__(self, url: str, ca_file: Path) -> None:
        self.url = url
        self._pool = urllib3.PoolManager(ca_certs=str(ca_file), retries=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def log(self, since: int = 0) -> list[dict[str, Any]]:
        """Return the requests served after number `since`, oldest first."""
        found: list[dict[str, Any]] = self._ask("GET", f"log?since={since}")
        return found

    def state(self) -> dict[str, Any]:
        """Return all records by division, and the counts since the start."""
        found: dict[str, Any] = self._ask("GET", "state")
        return found

    def counts(self) -> dict[str, Any]:
        """Return the counts since the start: calls, connections, refreshes and so on."""
        found: dict[str, Any] = self._ask("GET", "counts")
        return found

    def records(self, kind: str = "accounts", division: int | None = None) -> list[dict[str, Any]]:
        """Return the "accounts" (contacts, addresses, bankaccounts) of one division, as stored."""
        divisions = self.state()["divisions"]
        found: list[dict[str, Any]] = divisions[str(division or min(divisions))][kind]
        return found

    def add_faults(self, *rules: Mapping[str, Any]) -> None:
        """Add fault rules after the active ones; see the module `faults`."""
        self._ask("POST", "faults", list(rules))

    def faults(self) -> list[dict[str, Any]]:
        """Return the active fault rules and how often each was applied."""
        found: list[dict[str, Any]] = self._ask("GET", "faults")
        return found

    def clear_faults(self) -> None:
        """Remove all fault rules."""
        self._ask("DELETE", "faults")

    def settings(self, **changes: object) -> dict[str, Any]:
        """Change settings of the running sandbox and return them all."""
        method = "POST" if changes else "GET"
        found: dict[str, Any] = self._ask(method, "settings", changes or None)
        return found

    def move_clock(self, seconds: float) -> float:
        """Let `seconds` of the sandbox's time pass at once; return its time."""
        return float(self._ask("POST", "clock", {"move": seconds})["now"])

    def edit(self, kind: str, **edits: object) -> dict[str, Any]:
        """Create, update, delete, hold or release records as someone else; see `control`."""
        found: dict[str, Any] = self._ask("POST", kind, edits)
        return found

    def generate(self, **counts: int) -> dict[str, Any]:
        """Make many records: division, accounts, contacts."""
        found: dict[str, Any] = self._ask("POST", "generate", counts)
        return found

    def tokens(self, action: str) -> dict[str, Any]:
        """Do "grant", "revoke", "expire access" or "expire refresh"."""
        found: dict[str, Any] = self._ask("POST", "tokens", {"action": action})
        return found

    def _ask(self, method: str, path: str, content: object = None) -> Any:  # JSON
        body = None if content is None else json.dumps(content)
        answer = self._pool.request(method, f"{self.url}/sandbox/{path}", body=body)
        if answer.status != 200:
            raise ValueError(answer.data.decode())
        return answer.json()
