"""What every command that works on files or on Exact Online sets up, and takes down again."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from exact_import.cli.advice import adapted
from exact_import.cli.console import ConsoleReporter
from exact_import.cli.delivery import tell, write_page
from exact_import.cli.outputs import check_outputs
from exact_import.config.loading import resolve
from exact_import.config.settings import Notices, Settings
from exact_import.errors import ConfigError, ExactImportError, UsageError
from exact_import.exact.clock import Stop
from exact_import.exact.signals import guarded
from exact_import.importing import pipeline
from exact_import.importing.rejects import without_rejects
from exact_import.reporting.report import Mode, Report, failure
from exact_import.tables.table import expand
from exact_import.watch.notify import call

Opener = Callable[[int | None], "contextlib.AbstractContextManager[OpenDivision]"]

if TYPE_CHECKING:
    from exact_import.store.division import OpenDivision
    from exact_import.store.journal import Journal
    from exact_import.values.dates import DateOrder


class Session:
    """One command's settings, screen and stop signal."""

    def __init__(self, settings: Settings, screen: ConsoleReporter, *, sandbox: bool) -> None:
        self.settings = settings
        self.screen = screen
        self.stop = Stop()
        self.signal: int | None = None
        self._sandbox = sandbox
        self._page: Path | None = None
        self._orders: dict[str, DateOrder] = {}

    @classmethod
    def open(cls, ctx: click.Context, said: dict[str, Any]) -> Session:
        """Make a session from what was said before and after the command's name."""
        from exact_import.cli.logs import set_up  # needs what was said

        before = ctx.obj
        verbose = max(before.verbose, said.get("verbose") or 0)
        quiet = before.quiet or bool(said.get("quiet"))
        screen = ConsoleReporter(quiet=quiet, verbose=verbose, as_json=bool(said.get("as_json")))
        config = said.get("config") or before.config
        check_outputs(said, Path(config or "config.ini"))
        set_up(verbose, said.get("log_file"), said.get("log_format") or "text")
        settings = resolve(said, config)
        session = cls(settings, screen, sandbox=bool(said.get("sandbox")))
        session._page = said.get("report")
        return session

    def run_job(self, mode: Mode, files: Sequence[str], *, ask: bool = False, **more: Any) -> int:
        """Import, plan, check, apply or undo; shows the report and returns the exit status.

        `more` are further fields of `pipeline.Job`; with `ask` the plan is shown and confirmed
        before it is carried out.
        """
        if sys.stdin.isatty() and sys.stderr.isatty():
            more["ask_order"] = self._ask_order
        report = self.report_of(mode, files, ask=ask, **more)
        if self._page is not None:
            try:
                write_page(self._page, report, self.settings)
            except ExactImportError as fault:
                if report.calls.writes:
                    fault.advice = f"What was sent is sent. {fault.advice}"
                report.fault = report.fault or fault
        self._show(report)
        self.tell(report, self._page)
        return int(report.exit_status)

    def tell(
        self, report: Report, page: Path | None, *, call: bool = True, message: bool = True
    ) -> None:
        """Say what came of it where the screen does not; nobody is told of the sandbox's runs."""
        settings = self.settings
        if self._sandbox:
            settings = dataclasses.replace(settings, notices=Notices())
        tell(report, settings, page, call=call, message=message)

    def call(self, status: int) -> None:
        """Call the address of [notify] for this exit status."""
        if not self._sandbox:
            call(self.settings.notices, status)

    def report_of(
        self, mode: Mode, files: Sequence[str], *, ask: bool = False, **more: Any
    ) -> Report:
        """Do the same and return the report, showing nothing but progress."""
        with contextlib.ExitStack() as stack:
            try:
                if ask and not sys.stdin.isatty():
                    raise UsageError("There is no terminal to ask on.", "Say --yes.")
                sources = expand(files)
                stack.enter_context(self._signals())
                self._use_config(stack, mode)
                sources, more["notes"] = without_rejects(sources, self.settings.journal)
                if more.get("saved") is not None:
                    from exact_import.importing.saved_plan import settings_of

                    self.settings = settings_of(more["saved"], self.settings)
            except ExactImportError as fault:
                report = failure(mode, list(files), fault)
                report.interrupted = self._interrupted()
            else:
                job = pipeline.Job(
                    self.settings,
                    sources,
                    mode,
                    self.screen,
                    stop=self.stop,
                    interrupted=self._interrupted,
                    **more,
                )
                if ask:
                    job.confirm = self._confirm
                else:
                    stack.enter_context(self.screen.working())
                writing = mode in pipeline.WRITING
                if self.settings.division_by and mode in ("import", "plan", "dry-run"):
                    from exact_import.importing.divisions import run_several

                    report = run_several(job, lambda: self.divisions(writing=writing))
                else:
                    report = pipeline.run(job, lambda: self.division(writing=writing))
            for part in (report, *report.divisions):
                if part.fault is not None:
                    adapted(part.fault)
            return report

    def _interrupted(self) -> int | None:
        return None if self.signal is None else 128 + self.signal

    def _ask_order(self, file: str, date: str) -> DateOrder:
        if file in self._orders:
            return self._orders[file]
        with self.screen.paused():
            click.echo(
                f"{file} writes dates such as {date}: dmy has the day first, mdy the month. "
                "(date_order in [import] saves the question.)",
                err=True,
            )
            order: DateOrder = click.prompt(
                "Which is it?", type=click.Choice(("dmy", "mdy")), err=True
            )
        self._orders[file] = order
        return order

    def _confirm(self, report: Report) -> bool:
        if report.plan is None or not report.plan.writes():
            return True
        self.screen.show_plan(report)
        return click.confirm("Carry this out?", err=True)

    @contextlib.contextmanager
    def journal(self) -> Iterator[Journal]:
        """Open the journal alone, for looking back."""
        from exact_import.store.journal import Journal

        if self._sandbox:
            from exact_import.cli.sandbox import state_folder

            config = state_folder() / "config.ini"
            self.settings = dataclasses.replace(self.settings, config=config)
        if not self.settings.journal.exists():
            raise ConfigError(
                f"There is no journal {self.settings.journal}.",
                "It is made by the first import with this configuration.",
            )
        with contextlib.closing(Journal(self.settings.journal)) as journal:
            yield journal

    @contextlib.contextmanager
    def configured(self) -> Iterator[Settings]:
        """Yield the settings with the configuration in use: the sandbox's where that is asked for.

        Raises ConfigError where there is none.
        """
        with contextlib.ExitStack() as stack:
            self._use_config(stack, "import")
            yield self.settings

    def _show(self, report: Report) -> None:
        if self.screen.as_json:
            click.echo(json.dumps(report.document(), ensure_ascii=False, indent=1))
        self.screen.show(report)

    def _use_config(self, stack: contextlib.ExitStack, mode: str) -> None:
        if mode == "dry-run":
            return
        if self._sandbox:
            from exact_import.cli.sandbox import running_sandbox  # an extra

            config = stack.enter_context(running_sandbox())
            # Its own addresses, tokens and journal; mapping and rules stay the user's.
            self.settings = dataclasses.replace(
                self.settings, config=config, has_config=True, overlay={}
            )
        elif not self.settings.has_config:
            raise ConfigError(
                f"There is no configuration {self.settings.config} here.",
                "Make one with: exact-import login, or try things out with --sandbox.",
            )

    @contextlib.contextmanager
    def division(self, *, writing: bool) -> Iterator[OpenDivision]:
        """Open the division that is asked for; while `writing`, nobody else may."""
        with self.divisions(writing=writing) as opened, opened(self.settings.division) as division:
            yield division

    @contextlib.contextmanager
    def divisions(self, *, writing: bool) -> Iterator[Opener]:
        """Yield what opens a division by its number, None for the configured one.

        While `writing`, nobody else may write with this configuration.
        """
        from exact_import.exact.auth.storage import Storage
        from exact_import.exact.client import connect  # a dry run does without
        from exact_import.store.division import DivisionStore, OpenDivision
        from exact_import.store.journal import Journal
        from exact_import.store.locking import only_writer

        settings = self.settings
        journal = Journal(settings.journal)

        @contextlib.contextmanager
        def opened(number: int | None) -> Iterator[OpenDivision]:
            storage = Storage(settings.config, settings.overlay)
            chosen = number or storage.division_in_use()
            client = connect(
                storage,
                division=chosen,
                limits=journal,
                connect_timeout=settings.connect_timeout,
                read_timeout=settings.read_timeout,
                reserve=settings.reserve,
                wait=settings.wait,
                on_wait=self.screen.waiting,
                stop=self.stop,
            )
            with contextlib.closing(client):
                store = DivisionStore.of(journal, storage.get_rest_url(), chosen)
                yield OpenDivision(client, store, chosen)

        with (
            contextlib.closing(journal),
            only_writer(journal, settings.config) if writing else contextlib.nullcontext(),
        ):
            yield opened

    @contextlib.contextmanager
    def reading(self) -> Iterator[OpenDivision]:
        """Open the division for a command that only reads it; a signal ends it in good order."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._signals())
            self._use_config(stack, "export")
            yield stack.enter_context(self.division(writing=False))

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Let the first SIGINT or SIGTERM end the work in good order, and the second at once."""

        def end(number: int, _frame: FrameType | None) -> None:
            if self.signal is not None:
                # The journal knows what is in flight; waiting for it is what was not wanted.
                self.screen.abandon()
                os._exit(128 + number)
            self.signal = number
            self.stop.set()
            self.screen.stopping()

        held = {name: signal.signal(name, end) for name in (signal.SIGINT, signal.SIGTERM)}
        try:
            # Threads save new tokens too: signals wait until those are on disk.
            with guarded():
                yield
        finally:
            for name, handler in held.items():
                signal.signal(name, handler)
