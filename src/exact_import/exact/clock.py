"""Time: the computer's, the server's, and waiting that can be interrupted."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping

# How much two clocks may drift apart, in seconds per second; far more than real ones do.
_DRIFT = 0.0002
# A difference that `Date` headers, which count whole seconds, cannot explain: a clock was set.
_STEP_SECONDS = 5.0
# Seconds after which somebody who waits looks whether to stop; a person does not notice them.
_LOOK_AGAIN = 0.05


class Interrupted(Exception):
    """The stop event was set while waiting or before a request; nothing is in doubt."""


class Stop(threading.Event):
    """An event that a signal handler may set.

    An ordinary one has a lock, and a signal that arrives while this very thread waits for the
    event would wait for that lock for ever. This one has none: who waits looks again and again.
    """

    def __init__(self) -> None:
        super().__init__()
        self._asked = False

    def is_set(self) -> bool:
        """Tell whether it was set."""
        return self._asked

    def set(self) -> None:
        """Let everybody stop who waits or asks."""
        self._asked = True

    def clear(self) -> None:
        """Take it back."""
        self._asked = False

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, at most `timeout` seconds; tell whether it is."""
        end = math.inf if timeout is None else time.monotonic() + timeout
        while not self._asked and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_AGAIN))
        return self._asked


class Clock:
    """The computer's clock; tests pass another."""

    def now(self) -> float:
        """Return the time in epoch seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that are never set back."""
        return time.monotonic()

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        """Wait; return early when `stop` is set."""
        (stop or threading.Event()).wait(max(0.0, seconds))


class ServerTime:
    """What the server's clock says, learned from the `Date` of its answers.

    A `Date` is cut to whole seconds and is old when it arrives, so every answer gives a lower
    bound of how far the server is ahead; the largest seen is nearly the truth.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead: float | None = None
        self._seen_at = 0.0

    def observe(self, headers: Mapping[str, str]) -> None:
        """Learn from the headers (lower-case names) of an answer that has just arrived."""
        from email.utils import parsedate_to_datetime  # a dry run hears no server

        try:
            date = parsedate_to_datetime(headers["date"]).timestamp()
        except (KeyError, ValueError):
            return
        now = self._clock.now()
        bound = date - now
        if self._ahead is not None:
            faded = self._ahead - _DRIFT * max(0.0, now - self._seen_at)
            if bound > faded - _STEP_SECONDS:
                bound = max(bound, faded)
        self._ahead, self._seen_at = bound, now

    @property
    def ahead(self) -> float | None:
        """Seconds that the server is ahead of this computer; None before any answer."""
        return self._ahead

    def now(self) -> float:
        """Return the server's time in epoch seconds, this computer's before any answer."""
        return self._clock.now() + (self._ahead or 0.0)
