"""Where log lines go: standard error by -v, and the file that --log-file names."""

from __future__ import annotations

import contextlib
import json
import logging
import logging.handlers
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from exact_import.errors import ExitStatus, StorageError

if TYPE_CHECKING:
    from exact_import.reporting.report import Report

# What came of commands: for the log file alone, since the screen shows it in its own way.
runs = logging.getLogger("exact_import.runs")
_MEGABYTES_KEPT = 5
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), 127)}


class Lines(logging.Formatter):
    """One line of text each, times in local time with their distance from UTC."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line, whatever it quotes."""
        return super().format(record).translate(_CONTROL)


class JsonLines(logging.Formatter):
    """One JSON object a line, times in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a line of JSON."""
        return json.dumps(
            {
                "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
                "level": record.levelname.lower(),
                "from": record.name,
                "message": record.getMessage(),
            },
            ensure_ascii=False,
        )


class RotatingFile(logging.handlers.RotatingFileHandler):
    """A log file of at most five megabytes and five before it; a full disk is said once."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            maxBytes=_MEGABYTES_KEPT * 1_000_000,
            backupCount=5,
            encoding="utf-8",
            errors="backslashreplace",
        )
        self._told = False

    def handleError(self, _record: logging.LogRecord) -> None:  # noqa: N802  # logging's own name
        """Say that lines are lost, on standard error, and let the work go on."""
        if not self._told:
            self._told = True
            with contextlib.suppress(OSError):
                sys.stderr.write(
                    f"exact-import: The log file {self.baseFilename} is not written.\n"
                )


def set_up(verbose: int, file: Path | None, form: str) -> None:
    """Send log lines to standard error (`verbose` 0 warnings, 1 more, 2 all) and to `file`.

    Raises StorageError if the file cannot be written.
    """
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    ours = logging.getLogger("exact_import")
    ours.setLevel(logging.DEBUG)
    for earlier in ours.handlers[:]:
        ours.removeHandler(earlier)
        earlier.close()
    screen = logging.StreamHandler()
    screen.setLevel(level)
    screen.setFormatter(Lines())
    screen.addFilter(lambda record: record.name != runs.name)
    ours.addHandler(screen)
    if file is None:
        return
    try:
        kept = RotatingFile(file)
    except OSError as error:
        raise StorageError(
            f"The log file {file} cannot be written: {error.strerror}.", "Name another one."
        ) from None
    kept.setLevel(min(level, logging.INFO))
    kept.setFormatter(JsonLines() if form == "json" else Lines())
    ours.addHandler(kept)


def note(report: Report) -> None:
    """Note in the log file what came of a run; counts and names of files, no cells of rows."""
    words = [f"{count} {word}" for word, count in report.row_words().items() if count]
    counts = ", ".join([f"{report.rows.read} rows read", *words])
    if report.mode == "undo":
        from exact_import.reporting.summary import done_counts  # few commands need it

        done = [f"{' and '.join(kinds)} {word}" for word, kinds in done_counts(report).items()]
        counts = ", ".join(done) or "nothing done"
    status = report.exit_status
    runs.log(
        logging.INFO if status == ExitStatus.OK else logging.WARNING,
        "%s of %s%s%s: %s; %d calls; exit status %d.",
        report.mode,
        ", ".join(report.files) or (f"run {report.undoes}" if report.undoes else "a kept plan"),
        f" into division {report.division}" if report.division else "",
        f" (run {report.run})" if report.run else "",
        counts,
        report.calls.total,
        status,
    )
    if report.fault is not None:
        runs.error("%s", report.fault)
    for path in report.rejects:
        runs.warning("Refused rows are in %s.", path)
