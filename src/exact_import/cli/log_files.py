"""Log files: rotating ones, those that are written to a stream, and lines of JSON."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import logging.handlers
import os
import sys
import time
from pathlib import Path

from exact_import.files import PRIVATE, open_stream

_MEGABYTES_KEPT = 5


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


class _WarnsOnce:
    """A log that warns once if lines are lost, as on a full disk, and continues."""

    baseFilename: str  # noqa: N815  # logging's own name
    _warned = False

    def handleError(self, _record: logging.LogRecord) -> None:  # noqa: N802  # logging's own name
        """Warn on standard error that lines are lost, and continue."""
        if not self._warned:
            self._warned = True
            with contextlib.suppress(OSError):
                sys.stderr.write(
                    f"exact-import: The log file {self.baseFilename} cannot be written.\n"
                )


class RotatingFile(_WarnsOnce, logging.handlers.RotatingFileHandler):
    """A log file of at most five megabytes and five before it."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            maxBytes=_MEGABYTES_KEPT * 1_000_000,
            backupCount=5,
            encoding="utf-8",
            errors="backslashreplace",
        )

    def _open(self) -> io.TextIOWrapper:
        flags = os.O_APPEND | os.O_CREAT | os.O_WRONLY
        descriptor = os.open(self.baseFilename, flags, PRIVATE)  # whatever the umask is
        return os.fdopen(descriptor, "a", encoding=self.encoding, errors=self.errors)


class StreamLog(_WarnsOnce, logging.FileHandler):
    """A log that is written to a device, a FIFO or standard output."""

    def _open(self) -> io.TextIOWrapper:
        stream = open_stream(Path(self.baseFilename))
        return io.TextIOWrapper(stream, "utf-8", "backslashreplace")
