"""Holds SIGINT, SIGTERM and SIGHUP back while something is done that must not be cut in two.

A refresh spends the only refresh token there is: between asking and the new token being on disk
the process must not be stopped politely. (SIGKILL cannot be held back.)
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

# A terminal that is closed, or a connection that breaks, hangs up (not on Windows).
_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class _Gate:
    """The signals that are held back; shared by all threads of the process."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.shields = 0
        self.arrived: list[int] = []
        self.before: dict[int, signal._HANDLER] = {}


_gate = _Gate()


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """Let `shield` work in every thread for as long as the block lasts.

    Only the main thread can take signals, so a program whose other threads refresh tokens wraps
    its work in this. Entered in another thread, or within another `guarded`, it does nothing.
    """
    if threading.current_thread() is not threading.main_thread() or _gate.before:
        yield
        return
    for number in _SIGNALS:
        handler = signal.getsignal(number)
        if handler is not None:
            _gate.before[number] = handler
            signal.signal(number, _arrive)
    try:
        yield
    finally:
        before = dict(_gate.before)
        _gate.before.clear()
        for known, handler in before.items():
            signal.signal(known, handler)
        _deliver()


@contextlib.contextmanager
def shield() -> Iterator[None]:
    """Hold signals back until the block has ended, then let them act; in any thread."""
    with guarded():
        with _gate.lock:
            _gate.shields += 1
        try:
            yield
        finally:
            with _gate.lock:
                _gate.shields -= 1
            if _gate.before:
                _deliver()


def _arrive(number: int, frame: FrameType | None) -> None:
    with _gate.lock:
        if _gate.shields:
            if number not in _gate.arrived:
                _gate.arrived.append(number)
            return
    handler = _gate.before.get(number, signal.SIG_DFL)
    if callable(handler):
        handler(number, frame)
    elif handler == signal.SIG_DFL:
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)


def _deliver() -> None:
    """Let the signals that arrived act now, each kind once."""
    while True:
        with _gate.lock:
            if _gate.shields or not _gate.arrived:
                return
            number = _gate.arrived.pop(0)
        signal.raise_signal(number)
