"""What the last import of the same files reported, so that later ones do not repeat it.

The journal keeps only digests, no text of a row.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from exact_import.errors import ExactImportError, ExitStatus
from exact_import.records.models import KEPT, kind
from exact_import.store import kept

if TYPE_CHECKING:
    from exact_import.records.models import Case
    from exact_import.reporting.report import Report
    from exact_import.store.journal import Journal


_ABOUT = "reported"
"""The start of the names of facts about reports, before the company and its files."""


@dataclass(frozen=True, slots=True)
class LastReport:
    """What an import reported, as digests; empty without arguments.

    `held` is a digest of all held records, "" for none. `warnings` counts the rows of each warning,
    `assumptions` has what was assumed about the files.
    """

    held: str = ""
    warnings: Mapping[str, int] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()

    def has_warning(self, case: Case) -> bool:
        """Return True for a warning that at least as many rows had at that import."""
        problem, rows = case
        return problem.severity == "warning" and rows <= self.warnings.get(
            _digest(*kind(problem)), 0
        )

    def has_held(self, report: Report) -> bool:
        """Return True if `report` has held records, and the same ones were held."""
        return bool(report.held) and self.held == _held(report)

    def has_assumed(self, report: Report) -> bool:
        """Return True if that import assumed all that `report` assumes about its files."""
        return self.assumptions != () and set(_assumed(report)) <= set(self.assumptions)

    def explains(self, report: Report) -> bool:
        """Return True if held rows are the only problem of a run, and were held then too."""
        words = report.row_words()
        alone = report.exit_status == ExitStatus.ROWS_REFUSED and not (
            words["rejected"] or words["refused"]
        )
        return report.error is None and alone and self.has_held(report)


def last_report(path: Path, report: Report) -> LastReport:
    """Return what the journal at `path` has about the files and the company of `report`."""
    if not report.rows.read or not path.exists():
        return LastReport()
    try:
        with _journal(path) as journal:
            return _read(journal, report)
    except ExactImportError:
        return LastReport()


def remember(path: Path, report: Report) -> LastReport:
    """Store what `report` reports; return what was stored before.

    A run that ended with an error may not know all held rows. After an undo, nothing is stored: the
    next import repeats what was undone, and reports everything.
    """
    if report.mode == "undo" and path.exists():
        with contextlib.suppress(ExactImportError), _journal(path) as journal:
            about = f"{_ABOUT} {report.division} "
            journal.write("DELETE FROM fact WHERE substr(name, 1, ?) = ?", (len(about), about))
    if report.plan is None or not report.rows.read or not path.exists():
        return LastReport()
    warnings = [case for case in report.rows.kinds.values() if case[0].severity == "warning"]
    try:
        with _journal(path) as journal:
            before = _read(journal, report)
            now = LastReport(
                before.held if report.error is not None else _held(report),
                {_digest(*kind(problem)): rows for problem, rows in warnings[:KEPT]},
                _assumed(report),
            )
            if now != before:
                journal.note(_name(report), json.dumps(asdict(now)))
            return before
    except ExactImportError:
        return LastReport()


@contextlib.contextmanager
def _journal(path: Path) -> Iterator[Journal]:
    from exact_import.store.journal import Journal  # not for --help

    with contextlib.closing(Journal(path)) as journal:
        yield journal


def _read(journal: Journal, report: Report) -> LastReport:
    found = kept.document(journal.fact(_name(report)) or "{}")
    warnings = found.get("warnings", {})
    if not isinstance(warnings, dict):
        raise kept.damage()
    return LastReport(
        kept.text(found.get("held", "")),
        {digest: kept.whole(rows) for digest, rows in warnings.items()},
        tuple(kept.texts(found.get("assumptions", []))),
    )


def _name(report: Report) -> str:
    about = sorted(set(report.rows.sources.values())) or report.files
    return f"{_ABOUT} {report.division} {', '.join(about)}"


def _held(report: Report) -> str:
    """Return a digest of the held records of a run, independent of their rows."""
    found = [
        (
            part.division,
            one.kind,
            one.label,
            one.why,
            *(what.id or what.name for what in one.candidates),
        )
        for part in (report.divisions or [report])
        for one in part.held
    ]
    return _digest(*map(repr, sorted(found))) if found else ""


def _assumed(report: Report) -> tuple[str, ...]:
    messages = [message for found in report.assumed().values() for message in found]
    return tuple(sorted(set(map(_digest, messages))))


def _digest(*parts: str) -> str:
    text = "\x1f".join(parts).encode("utf-8", "replace")
    import hashlib  # loads OpenSSL, and a dry run does without

    return hashlib.blake2b(text, digest_size=8).hexdigest()
