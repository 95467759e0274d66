"""Notifies people and services of the outcome of a run: addresses to call, and messages.

Addresses and message targets hold secrets, so neither they nor what libraries log about them reach
a log. An error here does not change the outcome of the run.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exact_import.config.settings import Notices, When
from exact_import.errors import ExitStatus

if TYPE_CHECKING:
    from exact_import.reporting.report import Report

log = logging.getLogger(__name__)

# Nothing is wrong, the run is only not finished: a monitor can wait a little longer.
UNDECIDED = (ExitStatus.TRY_LATER, ExitStatus.INTERRUPTED, ExitStatus.TERMINATED)
_TRIES = 3
_RETRY_SECONDS = 2.0
# Seconds that all messages together may take.
_SEND_SECONDS = 60.0
_GROUPS_SHOWN = 10
_NO_APPRISE = "the package apprise is missing; add the extra notify (docs/install.md, Extras)"


def call(notices: Notices, status: int) -> None:
    """Call the address for a run that ended with `status`; none for a run that will continue."""
    if status in UNDECIDED:
        return
    url = notices.success_url if status == ExitStatus.OK else notices.failure_url
    if not url:
        return
    name = "success_url" if status == ExitStatus.OK else "failure_url"
    try:
        why = _get(url)
    except Exception as error:  # noqa: BLE001  # the outcome of the run stays
        why = type(error).__name__
    if why:
        log.warning("The address %s in [notify] could not be called: %s.", name, why)


def message(
    notices: Notices, report: Report, page: Path | None = None, *, known: bool = False
) -> None:
    """Send the messages for `report`, with the file `page` if attachments are on.

    `known` says that its problems were notified before.
    """
    if not notices.to or not _calls_for(notices.when, report, known=known):
        return
    sent: list[str] = []

    def send() -> None:
        try:
            sent.append(_send(notices, report, page))
        except Exception as error:  # noqa: BLE001  # the outcome of the run stays
            sent.append(type(error).__name__)

    # A service that does not answer must not block the program.
    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    thread.join(_SEND_SECONDS)
    why = sent[0] if sent else f"no answer within {_SEND_SECONDS:.0f} seconds"
    if why:
        log.warning("A message of [notify] could not be sent: %s.", why)


def text_of(report: Report) -> tuple[str, str]:
    """Return the title and the text of a message; they quote no cell of a row."""
    from exact_import.reporting.summary import file_name, next_steps, sentence, verdict
    from exact_import.text import as_text

    word, _ = verdict(report)
    files = ", ".join(map(file_name, report.files))
    lines = [sentence(report)]
    if report.error is not None:
        lines.append(str(report.error))
    parts = [part for part in report.divisions if part.error is not None]
    lines += [
        f"{part.place[:1].upper()}{part.place[1:]}: {part.error}" for part in parts[:_GROUPS_SHOWN]
    ]
    counted: dict[str, int] = {}
    for kind in report.alike(every=True):
        if kind.first.severity == "error":
            column = f"column {kind.first.column}" if kind.first.column else "the row as a whole"
            counted[column] = counted.get(column, 0) + kind.rows
    lines += [f"Rejected for {column}: {count}" for column, count in counted.items()][
        :_GROUPS_SHOWN
    ]
    lines += [f"{step[:1].upper()}{step[1:]}: {path}" for path, step in next_steps(report)]
    if report.run:  # a run over several divisions has one for each
        lines.append(f"Run {report.run}, {report.place}.")
    about = files or (f"undo of run {report.undoes}" if report.undoes else "")
    title = f"exact-import: {word}" + (f" ({about})" if about else "")
    return as_text(title), as_text("\n".join(lines))


def _calls_for(when: When, report: Report, *, known: bool) -> bool:
    status = ExitStatus.OK if known else report.exit_status
    if status in (ExitStatus.INTERRUPTED, ExitStatus.TERMINATED):
        return when == "always"
    if when == "problems":
        return status != ExitStatus.OK
    if when == "changes":
        from exact_import.reporting.summary import done_counts

        return status != ExitStatus.OK or bool(done_counts(report))
    return True


def _get(url: str) -> str:
    """Call `url`; returns why that failed, or nothing."""
    from exact_import.exact.errors import TransportError
    from exact_import.exact.transport import Transport

    client = Transport(read_timeout=15.0, total_timeout=20.0, most_bytes=1 << 20)
    why = ""
    try:
        for attempt in range(_TRIES):
            if attempt:
                threading.Event().wait(_RETRY_SECONDS)
            try:
                response = client.exchange("GET", url, {})
            except TransportError as error:
                why = str(error)
                continue
            if 200 <= response.status < 300:
                return ""
            why = f"it answers {response.status}"
            if response.status < 500:
                break
    finally:
        client.close()
    return why


def target_errors(notices: Notices) -> list[str]:
    """Return why messages cannot be sent, as far as can be checked without sending any."""
    apprise = _apprise()
    if apprise is None:
        return [_NO_APPRISE]
    targets = enumerate(notices.to, 1)
    return [_unknown(number) for number, target in targets if not apprise.Apprise().add(target)]


def _apprise() -> Any:
    """Return the package that sends messages, None if it is not installed."""
    try:
        import apprise  # an extra, and slow to load
    except ImportError:
        return None
    # What it logs names targets.
    its_log = logging.getLogger("apprise")
    its_log.propagate = False
    its_log.handlers[:] = [logging.NullHandler()]
    return apprise


def _unknown(number: int) -> str:
    return f"target {number} of `to` is not a supported address"


def _send(notices: Notices, report: Report, page: Path | None) -> str:
    """Send the messages; returns why that failed, or nothing."""
    apprise = _apprise()
    if apprise is None:
        return _NO_APPRISE
    title, text = text_of(report)
    kind = {
        ExitStatus.OK: apprise.NotifyType.SUCCESS,
        ExitStatus.ROWS_REFUSED: apprise.NotifyType.WARNING,
        ExitStatus.TRY_LATER: apprise.NotifyType.WARNING,
    }.get(report.exit_status, apprise.NotifyType.FAILURE)
    failed = []
    for number, target in enumerate(notices.to, 1):
        services = apprise.Apprise()
        if not services.add(target):
            failed.append(_unknown(number))
            continue
        attached = str(page) if notices.attach and page is not None else None
        if not services.notify(
            title=title,
            body=text,
            notify_type=kind,
            body_format=apprise.NotifyFormat.TEXT,
            attach=attached,
        ):
            failed.append(f"target {number} of `to` ({target.partition(':')[0]}) did not accept it")
    return "; ".join(failed)
