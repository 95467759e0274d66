"""Runs a sandbox as a process: `python -m exact_sandbox --state FOLDER [--port N …]`.

Every setting is an option. When it is ready it prints one line of JSON: url, ca_file, config.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from exact_sandbox import Sandbox, SandboxSettings
from exact_sandbox.settings import choices, reading


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m exact_sandbox", description=__doc__)
    for field in dataclasses.fields(SandboxSettings):
        if field.name not in ("state", "truncate", *choices()):
            parser.add_argument(
                f"--{field.name.replace('_', '-')}", type=_reader(field), default=None
            )
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument(
        "--reading", action="append", default=[], type=reading, metavar="NAME=VALUE"
    )
    parser.add_argument("--fault", action="append", default=[], type=json.loads, metavar="JSON")
    options = vars(parser.parse_args(arguments))
    rules = options.pop("fault")
    given: dict[str, Any] = dict(options.pop("reading"))
    given |= {name: value for name, value in options.items() if value is not None}
    sandbox = Sandbox(SandboxSettings(**given))
    sandbox.faults.add(rules)
    sandbox.serve_forever(_announce)
    return 0


def _announce(sandbox: Sandbox) -> None:
    found = {"url": sandbox.url, "ca_file": str(sandbox.ca_file), "config": str(sandbox.config)}
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


def _reader(field: dataclasses.Field[object]) -> Callable[[str], object]:
    default = field.default
    if isinstance(default, bool):
        return lambda text: text.lower() in ("1", "true", "yes")
    if isinstance(default, tuple):
        return lambda text: tuple(part for part in text.split(",") if part)
    return int if default is None else type(default)


if __name__ == "__main__":
    raise SystemExit(main())
