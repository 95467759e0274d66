"""What commands share: settings, configuration, journal, connection, jobs and signals."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from exact_import.cli.console import advise, at_terminal
from exact_import.cli.json_output import echo_document
from exact_import.cli.options import CommandOptions
from exact_import.cli.outputs import attached, log_outcome, prepare, write_lists
from exact_import.cli.questions import Questions
from exact_import.cli.reporter import ConsoleReporter
from exact_import.cli.setup import must_exist
from exact_import.config.loading import resolve
from exact_import.config.settings import Settings
from exact_import.errors import ConfigError, ExactImportError, ExitStatus, UsageError
from exact_import.exact.clock import Interrupted, Stop, guarded, on_signals
from exact_import.reporting.report import Mode, Report, failure
from exact_import.tables.source import STDIN

if TYPE_CHECKING:
    from exact_import.reporting.last_report import LastReport
    from exact_import.store.division import OpenDivision
    from exact_import.store.journal import Journal
    from exact_import.store.sync import Refreshed

Opener = Callable[[int | None], "contextlib.AbstractContextManager[OpenDivision]"]
# The modes that send messages.
_NOTIFYING = ("import", "apply", "undo")


class Session:
    """One command's options, settings, console and stop signal."""

    def __init__(self, given: CommandOptions) -> None:
        prepare(given)
        self.given = given
        self.console = ConsoleReporter(
            quiet=given.quiet, verbose=given.verbose, as_json=given.as_json
        )
        self.settings = resolve(given.settings, given.config)
        self.console.last_report = self._last_report
        self.stop = Stop()
        self.signal: int | None = None
        self._questions = Questions(self.console, self._interrupt)

    def run_job(
        self, mode: Mode, *, undo: str = "", ask: bool = False, detailed: bool = False
    ) -> int:
        """Import, plan, check, apply or undo; shows the report and returns the exit status.

        `undo` is the run to undo. With `ask`, the plan is shown and confirmed before it is carried
        out; with `detailed`, a plan with changes has its own exit status.
        """
        report = self.report_of(
            mode, self.given.files, undo=undo, ask=ask, detailed=detailed, asking=True
        )
        page = self.given.report
        try:
            write_lists(report, self.given, self.settings)
            if page is not None:
                from exact_import.reporting.html import write_page

                write_page(page, report, self.settings)
        except ExactImportError as error:
            if report.calls.writes:
                error.advice = f"What was sent stays in Exact Online. {error.advice}"
            report.error = report.error or error
        if self.console.as_json:
            from exact_import.reporting.document import change_documents, run_document

            document = run_document(report, changes=False)
            echo_document(document, {"changes": change_documents(report)})
        self.console.show(report)
        self.deliver(report, page)
        return int(report.exit_status)

    def deliver(
        self, report: Report, page: Path | None, *, call: bool = True, message: bool = True
    ) -> bool:
        """Write the outcome to the log file, send messages, and with `call` call the address.

        Returns True if all that is wrong are rows that were held the last time too; that is
        notified once.

        `page` is where the report is as a page already, None if it is not; without `message` the
        log file is all, as it is for the sandbox's runs.
        """
        from exact_import.reporting import notify
        from exact_import.reporting.last_report import remember

        log_outcome(report)
        if report.mode not in _NOTIFYING:
            return False
        known = remember(self.settings.journal, report).explains(report)
        if self.given.sandbox or not message:
            return False
        with attached(report, self.settings, page) as sent_along:
            notify.message(self.settings.notices, report, sent_along, known=known)
        if call:
            status = ExitStatus.OK if known else report.exit_status
            notify.call(self.settings.notices, status)
        return known

    def report_of(
        self,
        mode: Mode,
        files: Sequence[str],
        *,
        undo: str = "",
        ask: bool = False,
        detailed: bool = False,
        asking: bool = False,
    ) -> Report:
        """Do the same with `files` and return the report, showing nothing but progress.

        With `asking` a person at the terminal is asked what only a person knows.
        """
        from exact_import.importing import pipeline
        from exact_import.importing.rejects import without_rejects
        from exact_import.tables.source import expand, folder_notes

        saved = self.given.plan
        with contextlib.ExitStack() as stack:
            try:
                sources = expand(files)
                stack.enter_context(self._signals())
                if mode != "dry-run":
                    stack.enter_context(self.configured())
                sources, notes = without_rejects(sources, self.settings.journal)
                notes += folder_notes(files, sources)
                if saved is not None:
                    from exact_import.importing.saved_plan import settings_of

                    self.settings = settings_of(saved, self.settings)
                if undo:
                    undo = self._find_undone(undo)
                if ask and not sys.stdin.isatty():
                    raise UsageError("Not a terminal.", "Add --yes to confirm.")
            except ExactImportError as error:
                report = failure(mode, list(files), error)
                report.interrupted = self._interrupted()
            else:
                job = pipeline.Job(
                    self.settings,
                    sources,
                    mode,
                    self.console,
                    stop=self.stop,
                    rejects=self.given.rejects,
                    detailed=detailed,
                    save_to=self.given.out,
                    saved=saved,
                    undo=undo,
                    interrupted=self._interrupted,
                    ask_order=self._questions.date_order if asking and at_terminal() else None,
                    notes=notes,
                    every=self.given.results is not None,
                )
                if asking and mode == "import" and self._may_ask():
                    job.ask_held = self._questions.held
                    ask_first = self.settings.confirm and not self.given.sandbox
                    job.confirm = self._questions.confirm if ask_first else None
                if ask:
                    job.confirm = self._questions.confirm
                else:
                    stack.enter_context(self.console.working())
                writing = mode in pipeline.WRITING
                if self.settings.division_by and mode in ("import", "plan", "dry-run"):
                    from exact_import.importing.divisions import run_several

                    report = run_several(job, lambda: self.divisions(writing=writing))
                else:
                    report = pipeline.run(job, lambda: self.division(writing=writing))
            for part in (report, *report.divisions):
                if part.error is not None:
                    advise(part.error)
            return report

    def _last_report(self, report: Report) -> LastReport:
        from exact_import.reporting.last_report import last_report

        return last_report(self.settings.journal, report)

    def _find_undone(self, text: str) -> str:
        """Return the name of the run to undo, and use its company."""
        from exact_import.store.history import find_run, list_runs

        with self.journal() as journal:
            run, division = find_run(journal, text)
            self._questions.undone = next(one for one in list_runs(journal) if one["run"] == run)
        self.settings = dataclasses.replace(self.settings, division=division, division_by="")
        return run

    def _interrupted(self) -> int | None:
        return None if self.signal is None else 128 + self.signal

    def _may_ask(self) -> bool:
        """Return True if the user is at a terminal and wants to be asked."""
        given = self.given
        silent = given.yes or given.quiet or given.as_json or STDIN in given.files
        return not silent and at_terminal()

    def _interrupt(self, number: int) -> None:
        self.signal = number
        self.stop.set()
        raise Interrupted

    @contextlib.contextmanager
    def journal(self) -> Iterator[Journal]:
        """Open only the journal, to read past runs."""
        from exact_import.store.journal import Journal

        if self.given.sandbox:
            from exact_import.cli.sandbox import state_folder

            config = state_folder() / "config.ini"
            self.settings = dataclasses.replace(self.settings, config=config)
        if not self.settings.journal.exists():
            raise ConfigError(
                f"There is no journal {self.settings.journal}.",
                "The first import with this configuration creates it.",
            )
        with contextlib.closing(Journal(self.settings.journal)) as journal:
            yield journal

    @contextlib.contextmanager
    def configured(self) -> Iterator[Settings]:
        """Yield the settings with the configuration in use: with --sandbox, the sandbox's.

        Raises ConfigError if there is none.
        """
        if not self.given.sandbox:
            must_exist(self.settings)
            yield self.settings
            return
        from exact_import.cli.sandbox import running_sandbox  # an extra

        with running_sandbox() as config:
            # The sandbox's addresses, tokens and journal; the user's mapping and rules.
            self.settings = dataclasses.replace(
                self.settings, config=config, has_config=True, overlay={}
            )
            yield self.settings

    @contextlib.contextmanager
    def division(self, *, writing: bool) -> Iterator[OpenDivision]:
        """Open the chosen division; while `writing`, no other run may."""
        with self.divisions(writing=writing) as opened, opened(self.settings.division) as division:
            yield division

    @contextlib.contextmanager
    def divisions(self, *, writing: bool) -> Iterator[Opener]:
        """Yield a function that opens a division by its number, None for the configured one.

        While `writing`, no other run may write with this configuration or to the same company.
        """
        from exact_import.exact.auth.storage import Storage
        from exact_import.exact.client import connect, make_transport  # a dry run does without
        from exact_import.exact.transport import SpareTransports
        from exact_import.store.division import DivisionStore, OpenDivision
        from exact_import.store.history import company_name, remember_company
        from exact_import.store.journal import Journal
        from exact_import.store.locking import WriteLock, only_writer, only_writer_of

        settings = self.settings
        journal = Journal(settings.journal)

        def named(journal: Journal, site: str, division: int) -> str:
            known = company_name(journal, site, division)
            if not known and self.given.sandbox:  # no login there
                from exact_import.cli.sandbox import sandbox_company

                remember_company(journal, site, division, known := sandbox_company(division))
            return known

        @contextlib.contextmanager
        def opened(number: int | None) -> Iterator[OpenDivision]:
            chosen = number or storage.division_in_use()
            site = storage.get_rest_url()
            with contextlib.ExitStack() as held:
                store = DivisionStore.of(journal, site, chosen)
                if writing:
                    own = held.enter_context(only_writer_of(site, chosen))

                    def check() -> None:
                        lock.check()
                        own.check()

                    store.check_lock = check
                client = connect(
                    storage,
                    journal,
                    settings,
                    division=chosen,
                    on_wait=self.console.waiting,
                    stop=self.stop,
                    transport=held.enter_context(transports.lent()),
                )
                yield OpenDivision(client, store, chosen, named(journal, site, chosen))

        with (
            contextlib.closing(journal),
            (
                only_writer(journal, settings.config)
                if writing
                else contextlib.nullcontext(WriteLock())
            ) as lock,
        ):
            storage = Storage(settings.config, settings.overlay)
            transports = SpareTransports(lambda: make_transport(storage, settings))
            with contextlib.closing(transports):
                yield opened

    @contextlib.contextmanager
    def reading(self) -> Iterator[OpenDivision]:
        """Open the division for a command that only reads it; a signal ends it cleanly."""
        with self._signals(), self.configured(), self.division(writing=False) as division:
            yield division

    def refresh(self, division: OpenDivision) -> Refreshed:
        """Bring what is remembered of `division` up to date with Exact Online."""
        from exact_import.store.sync import Sync

        self.console.stage("Reading what Exact Online holds")
        days = self.settings.reread_after_days
        return Sync(division.store, division.client).refresh(reread_after=days * 86_400.0)

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Let the first SIGINT or SIGTERM end the work cleanly, and the second at once."""

        def end(number: int, _frame: FrameType | None) -> None:
            if self.signal is not None:
                # The journal has the call in progress; the user does not want to wait for it.
                try:
                    self.console.abandon()
                finally:
                    os._exit(128 + number)
            self.signal = number
            self.stop.set()
            self.console.stopping()

        # Threads save new tokens too: signals wait until those are on disk.
        with on_signals(end), guarded():
            yield
