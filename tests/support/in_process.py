"""The command run inside the test's own process with --json, and the depth of property tests."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings

from depth import EXAMPLES
from exact_import.reporting.report import ROW_WORDS
from exact_sandbox import Sandbox, SandboxSettings, write_config
from sandbox_env import SandboxEnv

PHASES = [Phase.explicit, Phase.reuse, Phase.generate]
FIRST, SECOND = 425880, 425881


def bounded(examples: int = EXAMPLES, **more: Any) -> settings:
    """Return settings for a property whose every example runs the program.

    In CI the examples are the same every time; elsewhere a failure prints how to repeat it. It is
    shown as it was found: to make it smaller takes minutes (PHASES with Phase.shrink do that).
    """
    return settings(
        max_examples=max(1, examples),
        deadline=None,
        derandomize="CI" in os.environ,
        print_blob=True,
        phases=PHASES,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        **more,
    )


@contextlib.contextmanager
def new_env(configuration: str = "", **sandbox_settings: object) -> Iterator[SandboxEnv]:
    """Yield a sandbox of its own that is running; `configuration` is added to its INI."""
    with tempfile.TemporaryDirectory(prefix="exact-import-") as folder:
        place = Path(folder)
        wide: dict[str, Any] = {"minute_limit": 1_000_000, "day_limit": 1_000_000}
        chosen = SandboxSettings(state=place / "sandbox", **{**wide, **sandbox_settings})
        with Sandbox(chosen) as sandbox:
            config = place / "config.ini"
            write_config(sandbox, config)
            env = SandboxEnv(place, sandbox, config)
            if configuration:
                env.configure(configuration)
            yield env


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit status, its JSON document and its standard error."""

    status: int
    document: dict[str, Any]
    errors: str

    @property
    def rows(self) -> Mapping[str, int]:
        """The rows by their words, those without any left out; "read" is not among them."""
        return {
            word: count for word, count in self.document["rows"].items() if word != "read" and count
        }

    def refused_lines(self) -> set[int]:
        """Return the lines of the rows with an error."""
        return {
            problem["line"]
            for problem in self.document["problems"]
            if problem["severity"] == "error"
        }


def run_json(env: SandboxEnv, *arguments: str | Path) -> Ended:
    """Run the command with `arguments` and --json in this process."""
    status, printed, errors = run_text(env, *arguments, "--json")
    document: dict[str, Any] = json.loads(printed)
    assert document["exit_status"] == status, document
    return Ended(status, document, errors)


def run_text(env: SandboxEnv, *arguments: str | Path) -> tuple[int, str, str]:
    """Run the command in this process; return its status, standard output and standard error."""
    ended = env.run("-c", env.config, *arguments)
    assert "Traceback" not in ended.stderr
    assert "An error in exact-import" not in ended.stderr, ended.stderr
    return ended.returncode, ended.stdout, ended.stderr


def assert_rows_add_up(document: Mapping[str, Any]) -> None:
    """Every row that was read stands under one word, and no word is missing."""
    rows = document["rows"]
    assert set(rows) == {"read", *ROW_WORDS}
    if document["mode"] == "dry-run":
        assert all(rows[word] is None for word in ROW_WORDS if word != "rejected")
        assert 0 <= rows["rejected"] <= rows["read"]
        return
    assert all(rows[word] >= 0 for word in ROW_WORDS), rows
    assert sum(rows[word] for word in ROW_WORDS) == rows["read"], rows
