"""Time and interruption: the computer's clock and the server's, waiting, and signals held back."""

from __future__ import annotations

import contextlib
import math
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import FrameType

# How much two clocks may drift apart, in seconds per second; far more than real ones do.
_DRIFT = 0.0002
# A difference that `Date` headers, which count whole seconds, cannot explain: a clock was set.
_STEP_SECONDS = 5.0
# Seconds between two checks whether to stop waiting; a person does not notice them.
_CHECK_EVERY = 0.05
# Clocks that count the time for which the computer sleeps too, as Python's own does on Windows.
_STEADY: int | None = getattr(time, "CLOCK_BOOTTIME", None)
if sys.platform == "darwin":
    _STEADY = time.CLOCK_MONOTONIC


class Interrupted(Exception):
    """The stop event was set while waiting or before a request; nothing is in doubt."""


class Stop(threading.Event):
    """An event that a signal handler may set.

    An ordinary one has a lock, and a signal that arrives while this very thread waits for the
    event would wait for that lock forever. This one has none: a waiter checks again and again.
    """

    def __init__(self) -> None:
        super().__init__()
        self._asked = False

    def is_set(self) -> bool:
        """Return True if it was set."""
        return self._asked

    def set(self) -> None:
        """Set it: waiting threads return, and `is_set` is True."""
        self._asked = True

    def clear(self) -> None:
        """Reset it."""
        self._asked = False

    def wait(self, timeout: float | None = None) -> bool:
        """Wait at most `timeout` seconds until it is set; return True if it is."""
        end = math.inf if timeout is None else time.monotonic() + timeout
        while not self._asked and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _CHECK_EVERY))
        return self._asked


class Clock:
    """The computer's clock; tests pass another."""

    def now(self) -> float:
        """Return the time in epoch seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Return monotonic seconds, which also advance while the computer sleeps."""
        if sys.platform == "win32" or _STEADY is None:
            return time.monotonic()
        return time.clock_gettime(_STEADY)

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        """Wait; return early when `stop` is set."""
        (stop or threading.Event()).wait(max(0.0, seconds))


class ServerTime:
    """The server's clock, derived from the `Date` of its answers.

    A `Date` is cut to whole seconds and is old when it arrives, so every answer gives a lower bound
    of the server's time; the largest seen is nearly the truth. Between answers it advances by a
    monotonic clock, so setting the computer's clock has no effect.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # The server's time when the steady clock was at 0.
        self._start: float | None = None
        self._seen_at = 0.0

    def observe(self, headers: Mapping[str, str]) -> None:
        """Update from the headers (lower-case names) of an answer that has just arrived."""
        date = moment_of(headers.get("date", ""))
        if date is None:
            return
        now = self._clock.monotonic()
        bound = date - now
        if self._start is not None:
            faded = self._start - _DRIFT * max(0.0, now - self._seen_at)
            if bound > faded - _STEP_SECONDS:
                bound = max(bound, faded)
        self._start, self._seen_at = bound, now

    @property
    def ahead(self) -> float | None:
        """Seconds that the server is ahead of this computer; None before any answer."""
        return None if self._start is None else self.now() - self._clock.now()

    def now(self) -> float:
        """Return the server's time in epoch seconds, this computer's before any answer."""
        return self._clock.now() if self._start is None else self._start + self._clock.monotonic()


def moment_of(text: str) -> float | None:
    """Return the time in a header as epoch seconds; None if it has none."""
    from email.utils import parsedate_to_datetime  # a dry run hears no server

    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def as_wall_clock(moment: datetime) -> datetime:
    """Return an aware moment as Exact Online writes it: Central European time, without a zone.

    It marks these as UTC, which they are not (docs/exact-online.md, Dates).
    """
    from zoneinfo import ZoneInfo  # few commands ask for it

    return moment.astimezone(ZoneInfo("Europe/Amsterdam")).replace(tzinfo=None)


# A terminal that is closed, or a connection that breaks, hangs up (not on Windows, which has
# Ctrl-Break instead).
_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
)


@contextlib.contextmanager
def on_signals(handle: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Let `handle` take SIGINT and SIGTERM, and restore the previous handlers afterwards.

    On Windows, Ctrl-Break is how another program asks this one to stop: `handle` gets SIGTERM.
    """
    with contextlib.ExitStack() as woken:

        def take(number: int, frame: FrameType | None) -> None:
            if not asked:
                asked.append(number)
                woken.enter_context(_interrupted_often())
            handle(signal.SIGINT if number == signal.SIGINT else signal.SIGTERM, frame)

        asked: list[int] = []
        numbers = {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGBREAK", signal.SIGTERM)}
        before = {number: signal.signal(number, take) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextlib.contextmanager
def _interrupted_often() -> Iterator[None]:
    """Interrupt the system calls of the main thread twice a second.

    Python handles a signal only between bytecodes: one that comes between the end of a handler and
    the system call that the handler interrupted would wait until that call ends by itself.
    """
    if sys.platform == "win32":
        yield
        return
    handler = signal.signal(signal.SIGALRM, lambda *_: None)
    timer = signal.setitimer(signal.ITIMER_REAL, 0.5, 0.5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, handler)


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
