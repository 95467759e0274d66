"""Imports what arrives in a folder: one file after the other, for as long as it runs.

Files go in the order of their arrival, and none overtakes one that has to wait: a later file may
hold newer values of the same companies.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from exact_import.errors import ExitStatus, worst
from exact_import.watch.inbox import Arrival, Inbox, Signature
from exact_import.watch.processor import BAD, GOOD, Processor, WatchHooks

log = logging.getLogger(__name__)

# Seconds between looks at a folder that is listened to: events are a help, not the truth.
LOOK_EVERY = 30.0
# A file that had to wait is tried again after a minute, two, four and so on, up to `try_every`.
_FIRST_WAIT = 60.0
# Seconds between looks for a folder that has gone.
_RETURNS = 2.0
_TICK_MILLISECONDS = 200
_NAP = 0.1
# How long --once waits for files to become complete, in times of `rest`.
_PATIENCE = 4.0


@dataclass(slots=True)
class _Hold:
    """The file that could not be imported yet, and when (monotonic seconds) it is tried again."""

    path: Path
    signature: Signature
    config: Signature | None
    attempt: int
    until: float
    outcome: str


class Watcher:
    """The loop. `stop` ends it; `config` is the INI, a change of which makes trying worthwhile.

    `try_every` is how long (seconds) at most a file waits to be tried again; `poll` how long
    (seconds) between looks at a folder that is not listened to, 0 to listen. With `once` it ends
    when what is there is dealt with.
    """

    def __init__(
        self,
        inbox: Inbox,
        desk: Processor,
        office: WatchHooks,
        stop: threading.Event,
        config: Path,
        *,
        try_every: float,
        poll: float = 0,
        once: bool = False,
    ) -> None:
        self._inbox = inbox
        self._desk = desk
        self._office = office
        self._stop = stop
        self._config = config
        self._try_every = try_every
        self._look_every = poll or LOOK_EVERY
        self._listen = not poll and not once
        self._once = once
        self._statuses: list[int] = []
        self._hold: _Hold | None = None
        self._there = True
        self._patient_until = 0.0

    def run(self) -> ExitStatus:
        """Watch until told to stop; returns the worst status that a file ended with."""
        look_at = 0.0
        for woken in self._ticks():
            if woken or time.monotonic() >= look_at:
                self._round()
                if self._once and self._is_over():
                    break
                look_at = time.monotonic() + self._pause()
        return worst(*self._statuses)

    def _round(self) -> None:
        """Deal with every file that is complete, until one has to wait."""
        while not self._stop.is_set():
            there = self._inbox.look()
            if there != self._there:
                self._there = there
                state = "is there again" if there else "is not there; it is waited for"
                self._office.say(f"The folder {self._inbox.folder} {state}.")
                log.warning("The folder %s %s.", self._inbox.folder, state)
            ready = self._inbox.ready()
            if not ready or self._waits(ready[0]):
                return
            self._deal(ready[0])
            self._patient_until = 0.0

    def _waits(self, arrival: Arrival) -> bool:
        hold = self._hold
        return (
            hold is not None
            and (hold.path, hold.signature) == (arrival.path, arrival.signature)
            and hold.config == Signature.of(self._config)
            and time.monotonic() < hold.until
        )

    def _deal(self, arrival: Arrival) -> None:
        log.info("%s arrived (%d bytes).", arrival.path, arrival.signature.size)
        report = self._desk.deal(arrival)
        if report is None:
            self._hold = None
            # What is still there as it was is none of ours.
            self._inbox.ignore(arrival)
            return
        status = report.exit_status
        self._statuses.append(status)
        if status in GOOD or status in BAD or self._stop.is_set():
            self._hold = None
            self._office.tell(report)
            return
        before = self._hold
        self._hold = hold = self._held(arrival, f"{status} {report.fault}")
        again = before is not None and (before.path, before.outcome) == (hold.path, hold.outcome)
        self._office.tell(report, again=again, attempt=hold.attempt)

    def _held(self, arrival: Arrival, outcome: str) -> _Hold:
        """Leave the file where it is, to be tried again."""
        before = self._hold
        attempt = before.attempt + 1 if before is not None and before.path == arrival.path else 0
        wait = min(self._try_every, _FIRST_WAIT * 2.0 ** min(attempt, 16))
        if not self._once:
            log.info("%s is tried again in %.0f seconds.", arrival.path.name, wait)
        return _Hold(
            arrival.path,
            arrival.signature,
            Signature.of(self._config),
            attempt,
            time.monotonic() + wait,
            outcome,
        )

    def _is_over(self) -> bool:
        """Tell whether --once has done what it can."""
        if self._hold is not None or not self._there:
            self._statuses.append(ExitStatus.TRY_LATER)
            return True
        if self._inbox.next_ready() is None:
            return True
        now = time.monotonic()
        if not self._patient_until:
            self._patient_until = now + _PATIENCE * max(self._inbox.rest, 1.0)
        if now < self._patient_until:
            return False
        self._office.say("A file is still being written; it is left for the next time.")
        self._statuses.append(ExitStatus.TRY_LATER)
        return True

    def _pause(self) -> float:
        """Return how many seconds may pass before the next look."""
        seconds = [self._look_every if self._there else min(self._look_every, _RETURNS)]
        resting = self._inbox.next_ready()
        if resting is not None:
            seconds.append(resting)
        if self._hold is not None:
            seconds.append(self._hold.until - time.monotonic())
        return max(_NAP, min(seconds))

    def _ticks(self) -> Iterator[bool]:
        """Yield several times a second, True where something happened in the folder."""
        while not self._stop.is_set():
            if self._listen and self._there:
                yield from self._events()
            else:
                # Not Event.wait: a signal that arrives within it could wait for itself.
                time.sleep(_NAP)
                yield False

    def _events(self) -> Iterator[bool]:
        """Yield what the system tells of the folder, until it is another one or gone."""
        from watchfiles import watch  # only needed here, and not by --once

        folder = self._inbox.folder
        identity = _identity(folder)
        try:
            for changes in watch(
                folder,
                watch_filter=None,
                debounce=200,
                step=100,
                stop_event=self._stop,
                rust_timeout=_TICK_MILLISECONDS,
                yield_on_timeout=True,
                raise_interrupt=True,
                recursive=False,
            ):
                yield bool(changes)
                if _identity(folder) != identity:
                    yield True
                    return
        except FileNotFoundError:
            yield True
        except (OSError, RuntimeError) as error:
            log.warning(
                "The system does not tell what happens in %s (%s); it is looked at every %g s.",
                folder,
                type(error).__name__,
                self._look_every,
            )
            self._listen = False


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        status = folder.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino)
