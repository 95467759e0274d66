"""Unit tests cannot reach outside their process."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable

import pytest


def connect() -> None:
    with socket.socket() as unconnected:
        unconnected.connect(("127.0.0.1", 9))


@pytest.mark.parametrize(
    ("what", "does"),
    [
        ("use the network", connect),
        ("start a process", lambda: subprocess.run([sys.executable, "-c", ""], check=False)),
        ("wait", lambda: time.sleep(0)),
    ],
)
def test_what_is_not_pure_fails(what: str, does: Callable[[], object]) -> None:
    with pytest.raises(pytest.fail.Exception, match=f"A unit test may not {what}"):
        does()
