"""What every command that works on files or on Exact Online sets up, and takes down again."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import signal
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, cast

import click

from exact_import import pipeline
from exact_import.cli.screen import Screen
from exact_import.csvfile.reader import expand
from exact_import.problems import ConfigFault, ExitStatus, Fault
from exact_import.report import Mode, Report, failure
from exact_import.settings import Settings, resolve


class Session:
    """One command's settings, screen and stop signal."""

    def __init__(self, settings: Settings, screen: Screen, *, sandbox: bool) -> None:
        self.settings = settings
        self.screen = screen
        self.stop = threading.Event()
        self.signal: int | None = None
        self._sandbox = sandbox

    @classmethod
    def open(cls, ctx: click.Context, said: dict[str, Any]) -> Session:
        """Make a session from what was said before and after the command's name."""
        from exact_import.cli.logs import set_up  # needs what was said

        before = ctx.obj
        verbose = max(before.verbose, said.get("verbose") or 0)
        quiet = before.quiet or bool(said.get("quiet"))
        screen = Screen(quiet=quiet, verbose=verbose, as_json=bool(said.get("as_json")))
        set_up(verbose, said.get("log_file"), said.get("log_format") or "text")
        config = said.get("config") or before.config
        settings = resolve(said, config)
        return cls(settings, screen, sandbox=bool(said.get("sandbox")))

    def run_files(
        self, mode: str, files: Sequence[str], *, rejects: Path | None, detailed: bool
    ) -> int:
        """Import, plan or check `files`; shows the report and returns the exit status."""
        with contextlib.ExitStack() as stack:
            try:
                sources = expand(files)
                stack.enter_context(self._signals())
                self._use_config(stack, mode)
            except Fault as fault:
                report = failure(cast("Mode", mode), list(files), fault)
            else:
                job = pipeline.Job(
                    self.settings,
                    sources,
                    cast("Mode", mode),
                    self.screen,
                    self.stop,
                    rejects,
                    detailed,
                )
                with self.screen.working():
                    report = pipeline.run(job, lambda: self._division(writing=mode == "import"))
            if self.signal is not None:
                report.interrupted = 128 + self.signal
            self._show(report)
            return int(report.exit_status)

    def _show(self, report: Report) -> None:
        if self.screen.as_json:
            click.echo(json.dumps(report.document(), ensure_ascii=False, indent=1))
        self.screen.show(report)

    def _use_config(self, stack: contextlib.ExitStack, mode: str) -> None:
        if mode == "dry-run":
            return
        if self._sandbox:
            from exact_import.cli.sandboxing import running_sandbox  # an extra

            config = stack.enter_context(running_sandbox())
            # Its own addresses, tokens and journal; mapping and rules stay the user's.
            self.settings = dataclasses.replace(
                self.settings, config=config, has_config=True, overlay={}
            )
        elif not self.settings.has_config:
            raise ConfigFault(
                f"There is no configuration {self.settings.config} here.",
                "Make one with: exact-import login, or try things out with --sandbox.",
            )

    @contextlib.contextmanager
    def _division(self, *, writing: bool) -> Iterator[pipeline.Division]:
        """Open the division that is asked for; while `writing`, nobody else may."""
        from exact_import.exact.remote import connect  # a dry run does without
        from exact_import.exact.storage import Storage
        from exact_import.journal import Journal

        settings = self.settings
        storage = Storage(settings.config, settings.overlay)
        number = settings.division or storage.get_division()
        journal = Journal(settings.journal)
        try:
            with pipeline.only_writer(journal) if writing else contextlib.nullcontext():
                remote = connect(
                    storage,
                    division=number,
                    limits=journal,
                    connect_timeout=settings.connect_timeout,
                    read_timeout=settings.read_timeout,
                    reserve=settings.reserve,
                    wait=settings.wait,
                    concurrency=settings.concurrency,
                    on_wait=self.screen.waiting,
                    stop=self.stop,
                )
                scope = journal.scope(storage.get_rest_url(), number)
                yield pipeline.Division(remote, journal, scope, number)
        finally:
            journal.close()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Let the first SIGINT or SIGTERM end the work in good order, and the second at once."""

        def end(number: int, _frame: FrameType | None) -> None:
            if self.signal is not None:
                raise SystemExit(128 + number)
            self.signal = number
            self.stop.set()
            self.screen.stopping()

        held = {name: signal.signal(name, end) for name in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for name, handler in held.items():
                signal.signal(name, handler)


__all__ = ["ExitStatus", "Session"]
