"""A terminal that is closed while tokens are renewed: a process of its own, which may be ended."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap

import pytest


# A closed terminal is no signal on Windows, so there is nothing to hold back.
@pytest.mark.posix
@pytest.mark.parametrize("before", ["SIG_DFL", "SIG_IGN"])
def test_a_terminal_that_is_closed_waits_too(before: str) -> None:
    program = f"""
        import signal
        from exact_import.exact.clock import guarded, shield
        signal.signal(signal.SIGHUP, signal.{before})
        with guarded():
            with shield():
                signal.raise_signal(signal.SIGHUP)
                print("saved", flush=True)
            print("on", flush=True)
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, check=False
    )
    hangs_up = before == "SIG_DFL"
    assert ended.stdout.split() == ([b"saved"] if hangs_up else [b"saved", b"on"])
    assert ended.returncode == (-signal.SIGHUP if hangs_up else 0)
