"""What tests of a sandbox in trouble, or in a process of its own, wait for and look at."""

from __future__ import annotations

import time
from typing import Any

from exact_sandbox import RemoteControl


def names(remote: RemoteControl) -> list[str]:
    return [record["Name"] for record in remote.records()]


def until(condition: Any) -> None:
    for _ in range(400):
        if condition():
            return
        time.sleep(0.025)
    raise AssertionError("it did not happen")
