"""What the tests of `watch` share: a folder, files that arrive in it, and the command on it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox_env import SandboxEnv, ask_to_stop

HEADER = "Code,Company,City"


def company(number: int, city: str = "Gent") -> str:
    return f"{1000 + number},Bedrijf {number},{city}"


def csv(*rows: str) -> str:
    return "\r\n".join([HEADER, *rows]) + "\r\n"


def put(folder: Path, name: str, text: str) -> Path:
    """Rename a file into place, as careful programs do."""
    draft = folder / f".{name}.part"
    draft.write_text(text, "utf-8")
    return draft.rename(folder / name)


def until(condition: Callable[[], object], what: str = "", seconds: float = 60) -> None:
    """Wait for `condition`; fails where it does not come true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"did not happen: {what}"
        time.sleep(0.05)


def filed(inbox: Path, where: str = "done", pattern: str = "*.csv") -> list[str]:
    """Return the names filed away, without the run's name, in the order of the runs."""
    names = sorted(
        path.name for path in (inbox / where).glob(pattern) if ".rejected" not in path.name
    )
    return [name.split("-", 3)[3] for name in names]


def reports(inbox: Path, where: str = "done") -> list[dict[str, Any]]:
    return [json.loads(path.read_text("utf-8")) for path in sorted((inbox / where).glob("*.json"))]


def filed_at_least(inbox: Path, count: int) -> bool:
    return len(filed(inbox)) >= count


def names(env: SandboxEnv) -> set[str]:
    return {account["Name"] for account in env.accounts()}


def once(
    env: SandboxEnv, *options: str, status: int = 0, rest: float = 0.2
) -> subprocess.CompletedProcess[str]:
    ended = env.run("watch", "in", "--once", "--rest", str(rest), *options)
    assert ended.returncode == status, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    return ended


@contextmanager
def watching(env: SandboxEnv, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Run `watch` for as long as this lasts, and end it as a service manager does."""
    process = env.start("watch", "in", "--rest", "0.3", *options)
    try:
        yield process
        ask_to_stop(process)
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 143, errors
        assert "Traceback" not in errors
    finally:
        process.kill()
        process.communicate()
