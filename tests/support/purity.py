"""What the tests of pure code may not do: start a process, use the network, wait."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest


def _refusal(what: str) -> Callable[..., NoReturn]:
    def refuse(*_: object, **__: object) -> NoReturn:
        pytest.fail(f"A unit test may not {what}: such a test belongs into tests/system.")

    return refuse


@pytest.fixture(autouse=True, scope="module")
def pure() -> Iterator[None]:
    """Let every test fail that reaches outside its own process, or waits."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "bind"):
            patch.setattr(socket.socket, name, _refusal("use the network"))
        patch.setattr(subprocess.Popen, "__init__", _refusal("start a process"))
        patch.setattr(time, "sleep", _refusal("wait"))
        yield
