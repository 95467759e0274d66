"""Errors and exit statuses.

A `RowProblem` concerns one row and is collected; an `ExactImportError` ends the command and carries
the exit status that the command line promises for it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]


class ExitStatus(IntEnum):
    """The exit statuses of the command line; cron jobs and scripts rely on them."""

    OK = 0
    ROWS_REFUSED = 1
    USAGE = 2
    CHANGES = 3
    NOT_APPLIED = 4
    FAULT = 70
    DISK = 73
    TRY_LATER = 75
    LOGIN = 77
    CONFIG = 78
    INTERRUPTED = 130
    TERMINATED = 143


class ExitMeaning(NamedTuple):
    """The meaning of an exit status: a heading, its tone, and the documentation's sentence."""

    heading: str
    tone: Literal["good", "change", "bad"]
    meaning: str


_STOPPED = ExitMeaning(
    "Interrupted", "change", "stopped by Ctrl-C or by the system; run again to continue"
)

# Every exit status, in order of precedence: when several apply, the command ends with the first.
EXIT_STATUSES: Mapping[ExitStatus, ExitMeaning] = {
    ExitStatus.INTERRUPTED: _STOPPED,
    ExitStatus.TERMINATED: _STOPPED,
    ExitStatus.FAULT: ExitMeaning(
        "Stopped by an error in the program",
        "bad",
        "an error in the program, or an answer from Exact Online that trying again cannot fix",
    ),
    ExitStatus.DISK: ExitMeaning(
        "A file could not be written",
        "bad",
        "the disk, the journal or `config.ini` cannot be written",
    ),
    ExitStatus.LOGIN: ExitMeaning(
        "You need to log in",
        "bad",
        "not logged in, the login has expired, or a permission is missing: `exact-import login`",
    ),
    ExitStatus.CONFIG: ExitMeaning(
        "The configuration is wrong", "bad", "the configuration is wrong"
    ),
    ExitStatus.USAGE: ExitMeaning(
        "The file could not be read",
        "bad",
        "wrong usage, or a file that cannot be read as a table",
    ),
    ExitStatus.TRY_LATER: ExitMeaning(
        "Not finished yet",
        "change",
        "not finished, and nothing is wrong: out of calls, maintenance, network down, another run "
        "in progress. Run again to continue",
    ),
    ExitStatus.NOT_APPLIED: ExitMeaning(
        "Nothing was sent",
        "change",
        "nothing was applied: `--strict`, the safeguard, or a saved plan that is out of date "
        "or used",
    ),
    ExitStatus.ROWS_REFUSED: ExitMeaning(
        "Done, but some rows need you",
        "change",
        "done, but some rows were rejected, refused or held; they are in the rejects file. "
        "`undo`: done, but some records were left alone",
    ),
    ExitStatus.CHANGES: ExitMeaning(
        "There are changes to make",
        "change",
        "only for `plan --detailed-exitcode`: there are changes to make",
    ),
    ExitStatus.OK: ExitMeaning(
        "Done",
        "good",
        "everything in the file is in Exact Online, or kept or skipped by a rule you set",
    ),
}


def worst(*statuses: int) -> ExitStatus:
    """Return the exit status that wins when all of `statuses` apply; OK when none does."""
    return next((status for status in EXIT_STATUSES if status in statuses), ExitStatus.OK)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """An error or warning about one row.

    `line` is the physical line (from 1) where the row starts, 0 where the whole file is meant;
    `column` is the header as the file spells it, `field` Exact Online's name; either may be "". An
    "error" keeps the row from being sent, a "warning" does not. `about` marks warnings with a
    section of their own: "duplicate" for a row that may be the same as another.
    """

    file: str
    line: int
    severity: Severity
    message: str
    column: str = ""
    field: str = ""
    about: Literal["", "duplicate"] = ""


class ExactImportError(Exception):
    """Ends the command: one clear sentence, and the exit status that goes with it.

    The text never holds a secret. `advice`, when there is any, says what to do next.
    """

    exit_status = ExitStatus.FAULT

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class UsageError(ExactImportError):
    """Wrong usage, or a file that cannot be read as a table."""

    exit_status = ExitStatus.USAGE


class NotApplied(ExactImportError):
    """Nothing was sent: `--strict`, the safeguard, or a plan that is out of date."""

    exit_status = ExitStatus.NOT_APPLIED


class StorageError(ExactImportError):
    """Disk, journal or INI cannot be written."""

    exit_status = ExitStatus.DISK


@contextlib.contextmanager
def storage_errors(what: str, path: object, advice: str) -> Iterator[None]:
    """Raise StorageError for an OSError inside: `what` cannot be written to `path`."""
    try:
        yield
    except OSError as error:
        why = error.strerror or error
        raise StorageError(f"The {what} cannot be written to {path}: {why}.", advice) from error


class TemporaryError(ExactImportError):
    """Not finished, and nothing is wrong: running again continues the work."""

    exit_status = ExitStatus.TRY_LATER


class LoginError(ExactImportError):
    """Not logged in, login expired or revoked, or a scope is missing."""

    exit_status = ExitStatus.LOGIN


class ConfigError(ExactImportError):
    """The configuration is wrong."""

    exit_status = ExitStatus.CONFIG


def unexpected(error: Exception, advice: str) -> ExactImportError:
    """Return the error for a fault in this program, which quotes nothing of the user's.

    The text of `error` may quote a cell or a secret; where it happened does not.
    """
    place = "start-up"
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if "exact_import" in code.co_filename:
            module = code.co_filename.rpartition("exact_import")[2].strip("/\\")
            place = f"{module}:{trace.tb_lineno}"
        trace = trace.tb_next
    name = type(error).__name__
    return ExactImportError(f"An error in exact-import: {name} at {place}.", advice)
