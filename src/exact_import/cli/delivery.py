"""Says what came of a run where the screen does not: the page, the log file, notices."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from exact_import.cli.logs import note
from exact_import.errors import ExactImportError
from exact_import.watch import notify

if TYPE_CHECKING:
    from exact_import.config.settings import Settings
    from exact_import.reporting.report import Report

_TELLING = ("import", "apply", "undo")


def write_page(
    path: Path, report: Report, settings: Settings, *, mode: int = 0o600, headline: str = ""
) -> None:
    """Write the report as a page; raises StorageError."""
    from exact_import.reporting import html

    rows = html.refused_rows(report, delimiter=settings.delimiter, encoding=settings.encoding)
    html.write_page(path, report, rows, mode=mode, headline=headline)


def tell(
    report: Report,
    settings: Settings,
    html: Path | None,
    *,
    call: bool = True,
    message: bool = True,
) -> None:
    """Note the report in the log file, send messages, and with `call` call the address.

    `page` is where the report is as a page already, None where it is not; without `message` the
    log file is all.
    """
    note(report)
    if report.mode not in _TELLING or not message:
        return
    with _attached(report, settings, html) as attached:
        notify.message(settings.notices, report, attached)
    if call:
        notify.call(settings.notices, report.exit_status)


@contextlib.contextmanager
def _attached(report: Report, settings: Settings, html: Path | None) -> Iterator[Path | None]:
    """Yield the page to send along, made for the occasion where there is none."""
    if not settings.notices.attach or html is not None:
        yield html
        return
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "report.html")
        try:
            write_page(made, report, settings)
        except ExactImportError:
            yield None
            return
        yield made
