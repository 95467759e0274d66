"""Imports the files that appear in a folder, one after the other, while it runs.

Files are imported in the order of arrival, and a waiting file blocks later ones: these may hold
newer values of the same companies.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from exact_import import files
from exact_import.errors import ExactImportError, ExitStatus, TemporaryError, worst
from exact_import.reporting.report import Report, failure
from exact_import.watch.folder import (
    Archive,
    ImportedFile,
    ImportHistory,
    Inbox,
    InboxFile,
    Signature,
    mode_like,
    run_of,
)

log = logging.getLogger(__name__)

GOOD = (ExitStatus.OK, ExitStatus.ROWS_REFUSED)
BAD = (ExitStatus.USAGE, ExitStatus.NOT_APPLIED)
# Seconds between scans of a folder with change events: events may get lost.
SCAN_EVERY = 30.0
# A file that had to wait is tried again after a minute, two, four and so on, up to `try_every`.
_FIRST_WAIT = 60.0
# Seconds between scans for a missing folder.
_SCAN_MISSING_EVERY = 2.0
_TICK_MILLISECONDS = 200
_NAP = 0.1
# How long --once waits for files to become complete, as a multiple of `rest`.
_RESTS_WAITED = 4.0


class WatchHooks(Protocol):
    """How files are imported and outcomes shown; the command line provides it."""

    def history(self) -> tuple[ImportHistory, str]:
        """Return the history, and a digest of the settings that decide what a file means.

        Raises ExactImportError if the configuration is wrong.
        """

    def run(self, path: Path) -> Report:
        """Import one file."""

    def write_page(self, path: Path, report: Report, mode: int, headline: str = "") -> None:
        """Write the report as a page with these permissions; raises StorageError."""

    def show(self, report: Report, *, again: bool = False, attempt: int = 0) -> None:
        """Show the outcome of a file and send notices of it.

        `again` says that the outcome is the same as before, `attempt` how often the file was tried
        before.
        """

    def say(self, text: str) -> None:
        """Show a message about the watch itself."""

    def pass_over(self, file: InboxFile) -> None:
        """Report, once for each file, that it is not imported because its name is not a table's."""


@dataclass(slots=True)
class _Processed:
    """A file that was imported, and where it goes; kept if it could not be moved yet."""

    signature: Signature
    report: Report
    digest: str
    headline: str = ""
    target: Path | None = None


class Processor:
    """Processes the files of `folder`; with `again` also a file with the same bytes as the last."""

    def __init__(self, folder: Path, hooks: WatchHooks, *, again: bool) -> None:
        self._hooks = hooks
        self._again = again
        self._archive = Archive(folder)
        self._unmoved: dict[Path, _Processed] = {}

    def process(self, file: InboxFile) -> Report | None:
        """Return the report on the file; None if it is gone, or there is nothing to report.

        Afterwards a file whose report has a status in `GOOD` or `BAD` is no longer in the folder,
        or it is a new one; all others are where they were.
        """
        names = [str(file.path)]
        try:
            return self._process(file)
        except ExactImportError as error:
            return failure("import", names, error)
        except FileNotFoundError:
            log.info("%s no longer exists.", file.path)
            return None
        except OSError as error:
            why = f"{file.path.name} cannot be read: {error.strerror or type(error).__name__}."
            return failure("import", names, TemporaryError(why, "Check its permissions."))

    def _process(self, file: InboxFile) -> Report | None:
        self._archive.check()
        history, rules = self._hooks.history()
        processed = self._unmoved.pop(file.path, None)
        if processed is not None and processed.signature == file.signature:
            processed.report.error = None  # which was that it could not be moved
        else:
            digest = files.digest(file.path)
            if history.is_unedited_rejects(digest):
                self._hooks.say(
                    f"{file.path.name} is skipped: it has rejected rows that nobody has edited."
                )
                return None
            digest += rules
            last = history.last()
            if last is not None and last.digest == digest:
                if not last.filed and not Path(last.target).exists():
                    self._finish(file, last, history)
                    return None
                if not self._again:
                    self._skip(file, last)
                    return None
            processed = _Processed(file.signature, self._hooks.run(file.path), digest)
        report = processed.report
        status = report.exit_status
        if status in BAD and Signature.of(file.path) != file.signature:
            log.info("%s changed while it was read; it is read again.", file.path)
            return None
        if status in GOOD or status in BAD:
            try:
                self._file_away(file, processed, history)
            except ExactImportError as error:
                report.error = error
                if status in GOOD:
                    self._unmoved[file.path] = processed
        return report

    def _finish(self, file: InboxFile, last: ImportedFile, history: ImportHistory) -> None:
        """Move the file that was imported when the power failed."""
        self._archive.move(file, Path(last.target))
        history.record(replace(last, filed=True))
        self._hooks.say(f"{file.path.name} was imported by run {last.run}; it is moved now.")

    def _skip(self, file: InboxFile, last: ImportedFile) -> None:
        """Move a file away that is the same as the last one."""
        headline = f"{file.path.name} is the same as what run {last.run} imported."
        advice = "It was not imported again; add --again to do that."
        report = Report("import", [str(file.path)], notes=[f"{headline} {advice}"])
        self._file_away(file, _Processed(file.signature, report, "", headline), None)
        self._hooks.say(f"{headline} {advice}")

    def _file_away(
        self, file: InboxFile, processed: _Processed, history: ImportHistory | None
    ) -> None:
        """Write the reports, record the import, and move the file, in this order."""
        report = processed.report
        good = report.exit_status in GOOD
        if processed.target is None:
            processed.target = self._archive.prepare(file, report, good=good)
        target = processed.target
        mode = mode_like(file.path)
        page = self._archive.beside(target, ".html")
        self._hooks.write_page(page, report, mode, processed.headline)
        self._archive.write_document(target, report, mode)
        imported = ImportedFile(processed.digest, run_of(report), report.exit_status, str(target))
        if good and history is not None:
            history.record(imported)
        if not self._archive.move(file, target):
            log.info("%s was replaced or removed while it was imported.", file.path)
        if good and history is not None:
            history.record(replace(imported, filed=True))


@dataclass(slots=True)
class _Retry:
    """The file that could not be imported yet, and when (monotonic seconds) it is tried again."""

    path: Path
    signature: Signature
    config: Signature | None
    attempt: int
    until: float
    outcome: str


class Watcher:
    """The loop. `stop` ends it; a change of `config`, the INI, makes it try again at once.

    `try_every` is how long (seconds) at most a file waits to be tried again; `poll` is the time
    (seconds) between scans of a folder without change events, 0 to listen to events. With `once`
    it ends when the files that are there are processed.
    """

    def __init__(
        self,
        inbox: Inbox,
        processor: Processor,
        hooks: WatchHooks,
        stop: threading.Event,
        config: Path,
        *,
        try_every: float,
        poll: float = 0,
        once: bool = False,
    ) -> None:
        self._inbox = inbox
        self._processor = processor
        self._hooks = hooks
        self._stop = stop
        self._config = config
        self._try_every = try_every
        self._scan_every = poll or SCAN_EVERY
        self._listen = not poll and not once
        self._once = once
        self._statuses: list[int] = []
        self._retry: _Retry | None = None
        self._exists = True
        self._wait_until = 0.0

    def run(self) -> ExitStatus:
        """Watch until told to stop; returns the worst status that a file ended with."""
        scan_at = 0.0
        for woken in self._ticks():
            if woken or time.monotonic() >= scan_at:
                self._process_ready()
                if self._once and self._is_over():
                    break
                scan_at = time.monotonic() + self._pause()
        return worst(*self._statuses)

    def _process_ready(self) -> None:
        """Process every file that is complete, until one has to wait."""
        while not self._stop.is_set():
            exists = self._inbox.scan()
            if exists != self._exists:
                self._exists = exists
                state = "is available again" if exists else "is missing; waiting for it"
                self._hooks.say(f"The folder {self._inbox.folder} {state}.")
                log.warning("The folder %s %s.", self._inbox.folder, state)
            ready = self._inbox.ready()
            if not ready or self._must_wait(ready[0]):
                for file in self._inbox.passed_over():
                    self._hooks.pass_over(file)
                return
            self._process(ready[0])
            self._wait_until = 0.0

    def _must_wait(self, file: InboxFile) -> bool:
        retry = self._retry
        return (
            retry is not None
            and (retry.path, retry.signature) == (file.path, file.signature)
            and retry.config == Signature.of(self._config)
            and time.monotonic() < retry.until
        )

    def _process(self, file: InboxFile) -> None:
        log.info("%s arrived (%d bytes).", file.path, file.signature.size)
        report = self._processor.process(file)
        if report is None:
            self._retry = None
            # If it still exists, it is not imported.
            self._inbox.ignore(file)
            return
        status = report.exit_status
        self._statuses.append(status)
        if status in GOOD or status in BAD or self._stop.is_set():
            self._retry = None
            self._hooks.show(report)
            return
        before = self._retry
        self._retry = retry = self._retry_of(file, f"{status} {report.error}")
        again = before is not None and (before.path, before.outcome) == (retry.path, retry.outcome)
        self._hooks.show(report, again=again, attempt=retry.attempt)

    def _retry_of(self, file: InboxFile, outcome: str) -> _Retry:
        """Return when the file is tried again; it stays where it is."""
        before = self._retry
        attempt = before.attempt + 1 if before is not None and before.path == file.path else 0
        wait = min(self._try_every, _FIRST_WAIT * 2.0 ** min(attempt, 16))
        if not self._once:
            log.info("%s is retried in %.0f seconds.", file.path.name, wait)
        return _Retry(
            file.path,
            file.signature,
            Signature.of(self._config),
            attempt,
            time.monotonic() + wait,
            outcome,
        )

    def _is_over(self) -> bool:
        """Return True if --once has nothing left to do."""
        if self._retry is not None or not self._exists:
            self._statuses.append(ExitStatus.TRY_LATER)
            return True
        if self._inbox.next_ready() is None:
            return True
        now = time.monotonic()
        if not self._wait_until:
            self._wait_until = now + _RESTS_WAITED * max(self._inbox.rest, 1.0)
        if now < self._wait_until:
            return False
        self._hooks.say("A file is still being written; the next run imports it.")
        self._statuses.append(ExitStatus.TRY_LATER)
        return True

    def _pause(self) -> float:
        """Return how many seconds may pass before the next scan."""
        every = self._scan_every
        seconds = [every if self._exists else min(every, _SCAN_MISSING_EVERY)]
        resting = self._inbox.next_ready()
        if resting is not None:
            seconds.append(resting)
        if self._retry is not None:
            seconds.append(self._retry.until - time.monotonic())
        return max(_NAP, min(seconds))

    def _ticks(self) -> Iterator[bool]:
        """Yield several times a second, True if something happened in the folder."""
        while not self._stop.is_set():
            if self._listen and self._exists:
                yield from self._events()
            else:
                # Not Event.wait: a signal that arrives within it could wait for itself.
                time.sleep(_NAP)
                yield False

    def _events(self) -> Iterator[bool]:
        """Yield True at each change event, until the folder is replaced or gone."""
        from watchfiles import watch  # only needed here, and not by --once

        folder = self._inbox.folder
        watched = files.identity(folder)
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
                if files.identity(folder) != watched:
                    yield True
                    return
        except FileNotFoundError:
            yield True
        except (OSError, RuntimeError) as error:
            log.warning(
                "The system reports no changes in %s (%s); it is checked every %g s.",
                folder,
                type(error).__name__,
                self._scan_every,
            )
            self._listen = False
