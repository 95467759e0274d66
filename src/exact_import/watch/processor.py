"""Processes one watched file: imports it, unless that was done already, and moves it away."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from exact_import import files
from exact_import.errors import ExactImportError, ExitStatus, TemporaryError
from exact_import.reporting.report import Report, failure
from exact_import.watch.folder import (
    Archive,
    ImportedFile,
    ImportHistory,
    InboxFile,
    Signature,
    mode_like,
    run_of,
)

log = logging.getLogger(__name__)

GOOD = (ExitStatus.OK, ExitStatus.ROWS_REFUSED)
BAD = (ExitStatus.USAGE, ExitStatus.NOT_APPLIED)


class WatchHooks(Protocol):
    """How files are imported and outcomes shown; the command line provides it."""

    def history(self) -> tuple[ImportHistory, str]:
        """Return the history, and a text of the settings that decide what a file means.

        Raises ExactImportError where the configuration is wrong.
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
        """Show a sentence about the watch itself."""


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
            log.info("%s has gone.", file.path)
            return None
        except OSError as error:
            why = f"{file.path.name} cannot be read: {error.strerror or type(error).__name__}."
            return failure("import", names, TemporaryError(why, "Check its permissions."))

    def _process(self, file: InboxFile) -> Report | None:
        history, rules = self._hooks.history()
        processed = self._unmoved.pop(file.path, None)
        if processed is not None and processed.signature == file.signature:
            processed.report.fault = None  # which was that it could not be moved
        else:
            digest = files.digest(file.path)
            if history.is_unedited_rejects(digest):
                self._hooks.say(f"{file.path.name} is left alone: rejects as we wrote them.")
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
                report.fault = error
                if status in GOOD:
                    self._unmoved[file.path] = processed
        return report

    def _finish(self, file: InboxFile, last: ImportedFile, history: ImportHistory) -> None:
        """Move what was imported when the power failed."""
        self._archive.move(file, Path(last.target))
        history.record(last.now_filed())
        self._hooks.say(f"{file.path.name} was imported by run {last.run}; it is moved now.")

    def _skip(self, file: InboxFile, last: ImportedFile) -> None:
        """Move a file away that is the same as the last one."""
        headline = f"{file.path.name} is the same as what run {last.run} imported."
        advice = "It was not imported again; --again does that."
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
            history.record(imported.now_filed())
