"""The command `watch`: imports every table that appears in a folder."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from exact_import.cli import options
from exact_import.cli.options import CommandOptions
from exact_import.errors import ExactImportError, ExitStatus, UsageError, unexpected
from exact_import.text import harmless

if TYPE_CHECKING:
    from exact_import.cli.session import Session
    from exact_import.reporting.report import Report
    from exact_import.watch.folder import ImportHistory, InboxFile

# A message is sent once a waiting file has failed this many more times.
_PASSING = 2
_A_DAY = 86_400.0


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--once", is_flag=True, help="Import the files that are there now, then exit (for cron)."
)
@click.option("--again", is_flag=True, help="Import a file even if it is the same as the last one.")
@options.watching
@options.common
@options.reading
@options.planning
@options.strict
@options.force
@options.sandbox
@options.logging_options
@options.pass_given
def watch(given: CommandOptions, folder: Path, once: bool, again: bool) -> int:
    """Import each CSV or Excel file that appears in FOLDER, then move it to done or failed."""
    # What follows needs the rest of the program; --help does not.
    from exact_import.cli.session import Session
    from exact_import.exact.clock import on_signals
    from exact_import.reporting import notify
    from exact_import.watch.folder import Inbox
    from exact_import.watch.watcher import Processor, Watcher

    if folder.is_file():
        raise UsageError(f"{folder} is a file.", "Name the folder in which files appear.")
    if not folder.absolute().is_dir():
        raise UsageError(f"There is no folder {folder}.", "Create it, or check its name.")
    folder = folder.absolute()
    session = Session(given)
    settings = session.settings
    hooks = CommandHooks(session, once=once)

    def end(number: int, _frame: FrameType | None) -> None:
        # Ends the waiting at once; an import handles signals itself.
        session.signal = number
        session.stop.set()

    with contextlib.ExitStack() as stack:
        if given.sandbox:
            from exact_import.cli.sandbox import running_sandbox  # an extra

            stack.enter_context(running_sandbox())  # one for all files
        stack.enter_context(on_signals(end))
        if not once:
            hooks.say(f"Watching {folder} (Ctrl-C stops it).")
        watcher = Watcher(
            Inbox(folder, settings.watch_rest),
            Processor(folder, hooks, again=again),
            hooks,
            session.stop,
            settings.config,
            try_every=60 * settings.watch_try_every,
            poll=settings.watch_poll,
            once=once,
        )
        status = int(watcher.run())
    if session.signal is not None:
        status = 128 + session.signal
    if once and not given.sandbox:
        known = status == ExitStatus.ROWS_REFUSED and hooks.all_known
        notify.call(session.settings.notices, ExitStatus.OK if known else status)
    return status


class CommandHooks:
    """Imports each file as the command `import` does, with the current settings.

    With `once`, the address of [notify] is called once, not for each file. `all_known` says that
    the only problems are rows that were held before.
    """

    def __init__(self, session: Session, *, once: bool) -> None:
        self._session = session
        self._once = once
        self._page: Path | None = None
        self.all_known = True

    def history(self) -> tuple[ImportHistory, str]:
        """Return the history of the division, and a digest of the settings that matter."""
        import hashlib  # loads OpenSSL, and --help does without

        from exact_import.config.loading import resolve
        from exact_import.exact.auth.storage import Storage
        from exact_import.watch.folder import ImportHistory

        given = self._session.given
        self._session.settings = resolve(given.settings, given.config)
        with self._session.configured() as settings:
            storage = Storage(settings.config, settings.overlay)
            division = settings.division_by or settings.division or storage.division_in_use()
            rules = repr(
                (
                    settings.mode,
                    settings.blank,
                    settings.limit,
                    settings.sheet,
                    (settings.source, settings.code, settings.held, settings.match_contact),
                    *({name: dict(settings.sections[name]) for name in settings.sections},),
                    dict(settings.policies),
                    *(settings.values.items()),
                    dict(settings.divisions),
                )
            )
            return (
                ImportHistory(settings.journal, f"{storage.get_rest_url()} {division}"),
                f" {hashlib.sha256(rules.encode()).hexdigest()[:16]}",
            )

    def run(self, path: Path) -> Report:
        """Import one file."""
        from exact_import.reporting.report import failure

        try:
            return self._session.report_of("import", [str(path)])
        except Exception as error:  # noqa: BLE001  # the next file is not to suffer
            failed = unexpected(error, "The file is tried again; please report this.")
            return failure("import", [str(path)], failed)

    def write_page(self, path: Path, report: Report, mode: int, headline: str = "") -> None:
        """Write the report as a page."""
        from exact_import.reporting.html import write_page

        write_page(path, report, self._session.settings, mode=mode, headline=headline)
        self._page = path

    def show(self, report: Report, *, again: bool = False, attempt: int = 0) -> None:
        """Show the outcome of a file and send notices, once for the same outcome.

        For a temporary error, a message is sent only if it lasts.
        """
        if not again:
            self._session.console.show(report)
        if report.exit_status == ExitStatus.TRY_LATER and not self._once:
            message = attempt == _PASSING
        else:
            message = not again and not (self._once and self._known_today(report))
        known = self._session.deliver(report, self._page, call=not self._once, message=message)
        self.all_known = self.all_known and (known or report.exit_status == ExitStatus.OK)
        self._page = None

    def _known_today(self, report: Report) -> bool:
        """Return True if an earlier --once had the same error with this file today; store it."""
        from exact_import.text import as_text
        from exact_import.watch.watcher import BAD, GOOD

        settled = report.exit_status in (*GOOD, *BAD)
        now = "" if settled else as_text(f"{report.exit_status} {report.error}")
        name = f"told {as_text(' '.join(report.files))}"
        return self._noted(name, now, younger_than=_A_DAY) == now != ""

    def pass_over(self, file: InboxFile) -> None:
        """Warn, once for each file, that it is not imported because its name is not a table's."""
        import logging  # slow to load, and --help does without

        from exact_import.tables.source import TABLE_SUFFIXES
        from exact_import.text import as_text

        name = f"passed over {as_text(file.path)}"
        now = f"{file.signature.size} {file.signature.modified}"
        if self._noted(name, now) != now:
            logging.getLogger(__name__).warning(
                "%s is not imported: its name does not end in %s.",
                file.path.name,
                ", ".join(TABLE_SUFFIXES),
            )

    def _noted(self, name: str, now: str, younger_than: float | None = None) -> str | None:
        """Return the journal's fact with this name, None for none, and replace it by `now`."""
        from exact_import.store.journal import Journal

        path = self._session.settings.journal
        if not path.exists():
            return None
        try:
            with contextlib.closing(Journal(path)) as journal:
                before = journal.fact(name, younger_than=younger_than)
                if before != now and (now or before):
                    journal.note(name, now)
        except ExactImportError:
            return None
        return before

    def say(self, text: str) -> None:
        """Show a message about the watch itself."""
        if not self._session.console.quiet:
            click.echo(harmless(text))
