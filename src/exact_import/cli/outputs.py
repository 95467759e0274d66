"""The files that a command writes: checked before anything else, then written.

--out, --report, --rejects and --log-file must not destroy other files.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from exact_import.cli.options import CommandOptions
from exact_import.config.settings import Settings
from exact_import.errors import ExactImportError, ExitStatus, StorageError, UsageError
from exact_import.files import is_stream
from exact_import.tables.rejects_form import parse_rejects_name
from exact_import.tables.source import STDIN, expand

if TYPE_CHECKING:
    from exact_import.reporting.report import Report

# The outcomes of commands, for the log file only: the console shows them in its own way.
runs = logging.getLogger("exact_import.runs")
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), 127)}
_HEAD = 4096  # bytes that show what a file is
# How a file of --out and of --report is called, and what it begins with and has in its head.
_PLAN = ("plan", (b"{", b'"exact-import plan"'))
_REPORT = ("report", (b"<!doctype html>", b"content=\"default-src 'none'; style-src 'sha256-"))
_ONE_FILE = "--results works with one file only, because it lists every row of that file."
_RESULTS = ("file of results", (b"", b"_account_code"))
_ERRORS = ("list of errors", (b"\xef\xbb\xbffile", b"severity"))
DUPLICATES = ("list of duplicates", (b"\xef\xbb\xbfGroup", b"Postcode"))


def prepare(given: CommandOptions) -> None:
    """Check the files that a command will write, and set up the log.

    Raises UsageError for a file that must not be written to, StorageError for a log file that
    cannot be.
    """
    check_outputs(given)
    set_up_logs(given.verbose, given.log_file, given.log_format)


def check_outputs(given: CommandOptions) -> None:
    """Raise UsageError if an option's file is one that this command reads, or someone else's.

    Nothing is opened for writing; a file that exists is replaced by --out and --report only where
    it is an earlier plan or page of this program.
    """
    own = {"--out": _PLAN, "--report": _REPORT, "--results": _RESULTS, "--errors": _ERRORS}
    named = (
        ("--out", given.out),
        ("--report", given.report),
        ("--results", given.results),
        ("--errors", given.errors),
        ("--rejects", given.rejects),
        ("--log-file", given.log_file),
    )
    written = [(option, path) for option, path in named if path]
    read = list(_files_read(given)) if written else []
    for place, (option, path) in enumerate(written):
        if is_stream(path):
            continue  # it is never replaced
        # Rejects get another name if theirs is taken.
        others = [] if option == "--rejects" else read
        for what, other in [*others, *written[:place]]:
            if _same(path, other):
                raise UsageError(
                    f"{option} and {what} name the same file, {path}; nothing was read or sent.",
                    f"Name another file with {option}.",
                )
    for option, path in written:
        if option != "--log-file" and not path.absolute().parent.is_dir():
            raise UsageError(
                f"{option} {path}: the folder does not exist; nothing was read or sent.",
                "Create it first, or name another folder.",
            )
    for option, path in written:
        if option in own:
            spare(path, option, *own[option])
    if given.results and len(given.files) > 1:
        raise UsageError(_ONE_FILE, "Import one file at a time.")


def _files_read(given: CommandOptions) -> Iterator[tuple[str, Path]]:
    """Yield the files that the command reads, each with its name in messages."""
    try:
        sources = expand(list(given.files))
    except UsageError:
        sources = []  # the reader reports it
    yield from (("the file to import", Path(name)) for name in sources if name != STDIN)
    if given.plan:
        yield "the plan to apply", given.plan
    if given.file and given.file != STDIN:
        yield "the file to write", Path(given.file)
    config = given.config_path
    yield "--config", config
    yield "the journal", Settings(config=config).journal
    for folder in (config.parent, Path()):
        yield "the settings in .env", folder / ".env"


def _same(first: Path, second: Path) -> bool:
    try:
        return first.samefile(second)
    except OSError:  # one of them does not exist
        return first.absolute() == second.absolute()


def spare(path: Path, option: str, called: str, marks: tuple[bytes, bytes]) -> None:
    """Raise UsageError if `path`, the file of `option`, exists and is not an earlier output.

    `called` is the name of such a file in messages; it begins with the first of `marks` and has the
    second near its start.
    """
    if parse_rejects_name(path.name):
        raise UsageError(
            f"{option} {path} is a name that only rejects files have.",
            f"Name another file with {option}.",
        )
    if is_stream(path):
        return
    try:
        if not path.is_file():
            return
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        raise UsageError(
            f"{option} {path} already exists and cannot be read: {error.strerror}.",
            "Name another file.",
        ) from None
    first, second = marks
    if head and not (head.startswith(first) and second in head):
        raise UsageError(
            f"{path} already exists and is not a {called} of exact-import; "
            "nothing was read or sent.",
            f"Name another file with {option}, or remove this one.",
        )


class Lines(logging.Formatter):
    """One line of text each, with local times and their offset from UTC."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line, whatever it quotes."""
        return super().format(record).translate(_CONTROL)


def set_up_logs(verbose: int, file: Path | None, form: str) -> None:
    """Send log lines to standard error (`verbose` 0 warnings, 1 more, 2 all) and to `file`.

    Raises StorageError if the file cannot be written.
    """
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    ours = logging.getLogger("exact_import")
    ours.setLevel(logging.DEBUG)
    for earlier in ours.handlers[:]:
        ours.removeHandler(earlier)
        earlier.close()
    console = logging.StreamHandler()
    console.setLevel(level)
    console.setFormatter(Lines())
    console.addFilter(lambda record: record.name != runs.name)
    ours.addHandler(console)
    if file is None:
        return
    from exact_import.cli.log_files import JsonLines, RotatingFile, StreamLog  # loads sockets

    try:
        kept = StreamLog(file) if is_stream(file) else RotatingFile(file)
    except OSError as error:
        raise StorageError(
            f"The log file {file} cannot be written: {error.strerror}.",
            "Name another file with --log-file.",
        ) from None
    kept.setLevel(min(level, logging.INFO))
    kept.setFormatter(JsonLines() if form == "json" else Lines())
    ours.addHandler(kept)


def log_outcome(report: Report) -> None:
    """Write the outcome of a run to the log file: counts and names of files, no cells of rows."""
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
        ", ".join(report.files) or (f"run {report.undoes}" if report.undoes else "a saved plan"),
        f" into division {report.division}" if report.division else "",
        f" (run {report.run})" if report.run else "",
        counts,
        report.calls.total,
        status,
    )
    if report.error is not None:
        runs.error("%s", report.error)
    for path in report.rejects:
        runs.warning("Rows that were not imported are in %s.", path)


def write_lists(report: Report, given: CommandOptions, settings: Settings) -> None:
    """Write what --results and --errors ask for; raises UsageError and StorageError."""
    if given.results:
        from exact_import.reporting.document import results
        from exact_import.tables.rejects_file import write_results

        if len(report.tables) > 1:
            raise UsageError(_ONE_FILE, "Import one file at a time.")
        found = results(report)
        for table in report.tables:
            write_results(table, found[table.name], given.results)
    if given.errors:
        from exact_import.config.settings import home_country
        from exact_import.exporting.export_file import write_list

        problems = report.problems()
        write_list(
            given.errors,
            ("file", "line", "column", "severity", "message"),
            [(one.file, str(one.line), one.column, one.severity, one.message) for one in problems],
            home_country(settings, settings.rest_url),
            "--errors",
        )


@contextlib.contextmanager
def attached(report: Report, settings: Settings, page: Path | None) -> Iterator[Path | None]:
    """Yield the page to attach, a temporary one if there is none."""
    if not settings.notices.attach or page is not None:
        yield page
        return
    import tempfile

    from exact_import.reporting.html import write_page

    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "report.html")
        try:
            write_page(made, report, settings)
        except ExactImportError:
            yield None
            return
        yield made
