"""What the doctor says, check by check."""

from __future__ import annotations

import re
from typing import Any

from sandbox_env import SandboxEnv

STATUSES = {0, 75, 77, 78}


def examined(env: SandboxEnv, status: int, *arguments: str) -> dict[str, dict[str, Any]]:
    document = env.json("doctor", *arguments, status=status)
    assert document["exit_status"] in STATUSES
    return {check["name"]: check for check in document["checks"]}


def line_of(env: SandboxEnv, name: str, status: int, *arguments: str) -> str:
    """Return the line of one check."""
    ended = env.run("doctor", *arguments)
    assert ended.returncode == status, ended.stdout + ended.stderr
    (line,) = [line for line in ended.stdout.splitlines() if line[2:].startswith(f"{name} ")]
    return line


def count_calls(env: SandboxEnv) -> int:
    return len(env.calls())


def replace_in_config(env: SandboxEnv, old: str, new: str) -> None:
    text = env.config.read_text(encoding="utf-8")
    assert re.search(old, text)
    env.config.write_text(re.sub(old, new, text), encoding="utf-8")
