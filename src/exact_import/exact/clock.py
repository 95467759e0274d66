"""Time: the computer's, the server's, waiting that can be interrupted, and pauses between tries."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping

from exact_import.exact.errors import Response, TransportError

# How much two clocks may drift apart, in seconds per second; far more than real ones do.
_DRIFT = 0.0002
# A difference that `Date` headers, which count whole seconds, cannot explain: a clock was set.
_STEP_SECONDS = 5.0
# Seconds between two checks whether to stop waiting; a person does not notice them.
_CHECK_EVERY = 0.05
# Tries of a read, or of a request that was certainly not carried out, before giving up for now.
MOST_TRIES = 5
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
# A server that asks for more than this, in seconds, is better come back to later.
_LONGEST_ASKED = 300.0


class Interrupted(Exception):
    """The stop event was set while waiting or before a request; nothing is in doubt."""


class Stop(threading.Event):
    """An event that a signal handler may set.

    An ordinary one has a lock, and a signal that arrives while this very thread waits for the
    event would wait for that lock for ever. This one has none: a waiter checks again and again.
    """

    def __init__(self) -> None:
        super().__init__()
        self._asked = False

    def is_set(self) -> bool:
        """Return True if it was set."""
        return self._asked

    def set(self) -> None:
        """Let everybody stop who waits or asks."""
        self._asked = True

    def clear(self) -> None:
        """Take it back."""
        self._asked = False

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, at most `timeout` seconds; return True if it is."""
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


def pause_before(
    failures: int, result: Response | TransportError, server_now: float
) -> float | None:
    """Return the seconds to wait after the `failures`th failure, None to give up for now.

    They grow and vary, and are what the answer's `Retry-After` says where that is more;
    `server_now` is the server's time in epoch seconds.
    """
    if failures >= MOST_TRIES:
        return None
    from random import random  # few calls fail

    longest = min(_FIRST_PAUSE * 2**failures, _LONGEST_PAUSE)
    pause = longest * (0.5 + random() / 2)  # noqa: S311 # no secret
    asked = _asked(result, server_now) if isinstance(result, Response) else 0.0
    return None if asked > _LONGEST_ASKED else max(pause, asked)


def _asked(answer: Response, server_now: float) -> float:
    from email.utils import parsedate_to_datetime  # few answers are waited for

    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        return parsedate_to_datetime(text).timestamp() - server_now
    except ValueError:
        return 0.0
