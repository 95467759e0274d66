"""Deals with one watched file: imports it, unless that was done already, and files it away."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from exact_import import files
from exact_import.errors import ExactImportError, ExitStatus, TemporaryError
from exact_import.reporting.report import Report, failure
from exact_import.watch.archive import Archive, Imported, Ledger, mode_like, run_of
from exact_import.watch.inbox import Arrival, Signature

log = logging.getLogger(__name__)

GOOD = (ExitStatus.OK, ExitStatus.ROWS_REFUSED)
BAD = (ExitStatus.USAGE, ExitStatus.NOT_APPLIED)


class WatchHooks(Protocol):
    """What a file is imported with, and who hears of it; the command line provides it."""

    def ledger(self) -> tuple[Ledger, str]:
        """Return the ledger, and what besides its bytes makes an import of a file differ.

        Raises ExactImportError where the configuration is wrong.
        """

    def run(self, path: Path) -> Report:
        """Import one file."""

    def write_page(self, path: Path, report: Report, mode: int, headline: str = "") -> None:
        """Write the report as a page with these permissions; raises StorageError."""

    def tell(self, report: Report, *, again: bool = False, attempt: int = 0) -> None:
        """Show and tell what came of a file.

        `again` says that the same came of it before, `attempt` how often it was tried before.
        """

    def say(self, text: str) -> None:
        """Say something about the watch itself."""


@dataclass(slots=True)
class _Unfiled:
    """A file that was dealt with and could not be moved."""

    signature: Signature
    report: Report
    digest: str
    headline: str = ""
    target: Path | None = None


class Processor:
    """Deals with the files of `folder`; with `again` also with the same bytes once more."""

    def __init__(self, folder: Path, office: WatchHooks, *, again: bool) -> None:
        self._office = office
        self._again = again
        self._cabinet = Archive(folder)
        self._unfiled: dict[Path, _Unfiled] = {}

    def deal(self, arrival: Arrival) -> Report | None:
        """Return what came of the file; None where it has gone, or nothing is to be told of it.

        Afterwards a file whose report has a status in `GOOD` or `BAD` is no longer in the folder,
        or it is a new one; all others are where they were.
        """
        files = [str(arrival.path)]
        try:
            return self._deal(arrival)
        except ExactImportError as fault:
            return failure("import", files, fault)
        except FileNotFoundError:
            log.info("%s has gone.", arrival.path)
            return None
        except OSError as error:
            why = f"{arrival.path.name} cannot be read: {error.strerror or type(error).__name__}."
            return failure("import", files, TemporaryError(why, "Check its permissions."))

    def _deal(self, arrival: Arrival) -> Report | None:
        ledger, rules = self._office.ledger()
        held = self._unfiled.pop(arrival.path, None)
        if held is not None and held.signature == arrival.signature:
            held.report.fault = None  # which was that it could not be filed
        else:
            digest = files.digest(arrival.path)
            if ledger.wrote(digest):
                self._office.say(f"{arrival.path.name} is left alone: rejects as we wrote them.")
                return None
            digest += rules
            last = ledger.last()
            if last is not None and last.digest == digest:
                if not last.filed and not Path(last.target).exists():
                    self._finish(arrival, last, ledger)
                    return None
                if not self._again:
                    self._skip(arrival, last)
                    return None
            held = _Unfiled(arrival.signature, self._office.run(arrival.path), digest)
        report = held.report
        status = report.exit_status
        if status in BAD and Signature.of(arrival.path) != arrival.signature:
            log.info("%s changed while it was read; it is read again.", arrival.path)
            return None
        if status in GOOD or status in BAD:
            try:
                self._file(arrival, held, ledger)
            except ExactImportError as fault:
                report.fault = fault
                if status in GOOD:
                    self._unfiled[arrival.path] = held
        return report

    def _finish(self, arrival: Arrival, last: Imported, ledger: Ledger) -> None:
        """Move what was imported when the power failed."""
        self._cabinet.move(arrival, Path(last.target))
        ledger.note(last.now_filed())
        self._office.say(f"{arrival.path.name} was imported by run {last.run}; it is moved now.")

    def _skip(self, arrival: Arrival, last: Imported) -> None:
        """Put away a file that is the last one over again."""
        headline = f"{arrival.path.name} is the same as what run {last.run} imported."
        advice = "It was not imported again; --again does that."
        report = Report("import", [str(arrival.path)], notes=[f"{headline} {advice}"])
        self._file(arrival, _Unfiled(arrival.signature, report, "", headline), None)
        self._office.say(f"{headline} {advice}")

    def _file(self, arrival: Arrival, held: _Unfiled, ledger: Ledger | None) -> None:
        report = held.report
        good = report.exit_status in GOOD
        if held.target is None:
            held.target = self._cabinet.prepare(arrival, report, good=good)
        mode = mode_like(arrival.path)
        page = self._cabinet.beside(held.target, ".html")
        self._office.write_page(page, report, mode, held.headline)
        self._cabinet.write_document(held.target, report, mode)
        imported = Imported(held.digest, run_of(report), report.exit_status, str(held.target))
        if good and ledger is not None:
            ledger.note(imported)
        if not self._cabinet.move(arrival, held.target):
            log.info("%s was replaced or removed while it was imported.", arrival.path)
        if good and ledger is not None:
            ledger.note(imported.now_filed())
