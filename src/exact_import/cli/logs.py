"""Where log lines go: standard error by -v, and the file that --log-file names."""

from __future__ import annotations

import json
import logging
import logging.handlers
import time
from pathlib import Path

from exact_import.problems import DiskFault

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


def set_up(verbose: int, file: Path | None, form: str) -> None:
    """Send log lines to standard error (`verbose` 0 warnings, 1 more, 2 all) and to `file`.

    Raises DiskFault if the file cannot be written.
    """
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    ours = logging.getLogger("exact_import")
    ours.setLevel(logging.DEBUG)
    ours.handlers.clear()
    text = logging.Formatter("%(asctime)s %(levelname)s %(message)s")
    screen = logging.StreamHandler()
    screen.setLevel(level)
    screen.setFormatter(text)
    ours.addHandler(screen)
    if file is None:
        return
    try:
        kept = logging.handlers.RotatingFileHandler(
            file, maxBytes=_MEGABYTES_KEPT * 1_000_000, backupCount=5, encoding="utf-8"
        )
    except OSError as error:
        raise DiskFault(
            f"The log file {file} cannot be written: {error.strerror}.", "Name another one."
        ) from None
    kept.setLevel(min(level, logging.INFO))
    kept.setFormatter(JsonLines() if form == "json" else text)
    ours.addHandler(kept)
