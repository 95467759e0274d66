"""Writes the rows that were not imported to files that can be fixed or answered.

A cell `_candidates` names each candidate by a code, an ID or a line, so that an answer can be
checked when the file comes back: "1001: Maes (same postcode) | line 12 (ID 1f0c…): Maes bv".
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from exact_import.errors import RowProblem
from exact_import.records.models import NEW
from exact_import.reporting.candidate_words import candidate_key, candidate_words
from exact_import.reporting.document import record_ids
from exact_import.store import kept
from exact_import.tables.rejects_file import is_unedited, remove_stale_rejects, write_rejects
from exact_import.tables.rejects_form import HELD_COLUMNS, RowNotes, beside_original
from exact_import.tables.source import source_name
from exact_import.text import as_text, joined, one_line, quote, split_sheet
from exact_import.values.scalars import POINT_COUNTRIES

if TYPE_CHECKING:
    from exact_import.config.settings import Settings
    from exact_import.importing.sheet import Sheet
    from exact_import.planning.plan import Candidate
    from exact_import.records.models import RowLocation, RowsRead
    from exact_import.reporting.report import Report
    from exact_import.store.journal import Journal
    from exact_import.tables.rows import Row
    from exact_import.tables.table import Table

ANSWER = HELD_COLUMNS[-1]
NEW_WORDS = frozenset((NEW, "nieuw", "nieuwe", "nouveau", "nouvelle", "neu", "neue"))
"""How people write it whose columns have headers in their own language."""
_BETWEEN = " | "
_LINE = re.compile(r"^line ([0-9]{1,9})\b(?! of )", re.IGNORECASE)
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAMED = re.compile(r"(?:line (?P<line>[0-9]+)(?: \(ID (?P<id>[^)]+)\))?|(?P<key>[^:]+)):")

Remembered = Callable[[Path], str | None]
Remember = Callable[[Path, str], None]


def without_rejects(names: Sequence[str], journal: Path) -> tuple[list[str], list[str]]:
    """Return `names` without unedited rejects that are beside their original, and notes on those.

    A shell's `*.csv` names them too. Rejects that are unchanged since `journal` recorded them would
    only be rejected a second time.
    """
    beside = beside_original(names)
    if not beside or not journal.exists():
        return [*names], []
    with _journal_hooks(journal) as (remembered, _, _):
        left_out = [name for name in beside if is_unedited(Path(name), remembered)]
    notes = [
        f"{name} is skipped: nobody has fixed the rejected rows in it yet." for name in left_out
    ]
    return [name for name in names if name not in left_out], notes


def put_rejects(
    tables: Sequence[Table],
    report: Report,
    path: Path | None,
    journal: Path | None,
    sheets: Sequence[Sheet],
) -> None:
    """Write the rejects of each of `tables`, and remove those that no longer apply.

    `path` is the file that the user named, None for a file beside each CSV; `journal`, if there is
    one, records which files we wrote, to notice edits. `sheets` have what the rejects alone do not
    show about the dates and decimals of their file. Raises StorageError.
    """
    reasons = {source: "; ".join(found) for source, found in report.rows.rejected.items()}
    reasons |= dict(report.refused())
    beside = _beside(report)
    places = {*reasons, *beside}
    files = {file for file, _ in places}
    sheet_of = {sheet.table.name: sheet for sheet in sheets}
    with _journal_hooks(journal) as (remembered, remember, opened):
        if opened is not None:
            remember_corrected(opened, tables, report)
        for table in tables:
            if table.name in files:
                bad = [row for row in table.rows() if (table.name, row.line) in places]
                sheet = sheet_of.get(table.name)
                written = write_rejects(
                    table if sheet is None else _for_excel(table, sheet),
                    [(row, reasons.get((table.name, row.line), "")) for row in bad],
                    path,
                    remembered=remembered,
                    remember=remember,
                    taken=[Path(name) for name in report.rejects],
                    conventions=sheet.hidden_conventions(bad) if sheet is not None else {},
                    held=_notes(table, bad, beside, report.rows.sources.get(table.name, "")),
                )
                if opened is not None:
                    remember_rejected(opened, written.name, bad)
                report.rejects.append(str(written))
                report.rejected_files.append(table.name)
            elif path is None:
                remove_stale_rejects(table, remembered=remembered)


def _for_excel(table: Table, sheet: Sheet) -> Table:
    """Return a workbook's table with the delimiter of a CSV for Excel in its country."""
    if split_sheet(table.name)[1] and sheet.rules.country in POINT_COUNTRIES:
        form = table.dialect.form._replace(delimiter=",")
        return replace(table, dialect=replace(table.dialect, form=form))
    return table


def _beside(report: Report) -> dict[RowLocation, RowNotes]:
    """Return the notes beside each held row; a company's before its people's."""
    rows = any(one.line is not None for record in report.held for one in record.candidates)
    made = record_ids(report) if rows else {}
    found: dict[RowLocation, RowNotes] = {}
    for record in sorted(report.held, key=lambda record: record.kind):
        cell = candidates_cell(record.candidates, made.get(record.kind, {}), record.lines[0][0])
        for place in record.lines:
            found.setdefault(place, RowNotes(0, record.why, cell))
    return found


def _notes(
    table: Table, rows: Sequence[Row], beside: Mapping[RowLocation, RowNotes], source: str
) -> dict[int, RowNotes]:
    """Return the notes beside `rows` of a table, by line; empty if no question is open.

    The answer to a row that is now rejected stays beside it.
    """
    found, lines = {}, original_lines(table)
    for row in rows:
        notes = beside.get((table.name, row.line))
        if notes is None:
            notes = renumbered(table.beside.get(row.line, RowNotes()), lines)
        found[row.line] = notes._replace(source=source)
    return found if any(notes.why or notes.answer for notes in found.values()) else {}


@contextlib.contextmanager
def _journal_hooks(path: Path | None) -> Iterator[tuple[Remembered, Remember, Journal | None]]:
    if path is None:
        yield lambda _path: None, lambda _path, _digest: None, None
        return
    from exact_import.store.journal import Journal

    with contextlib.closing(Journal(path)) as journal:
        yield (
            lambda file: journal.fact(f"rejects {as_text(file.absolute())}"),
            lambda file, digest: journal.note(f"rejects {as_text(file.absolute())}", digest),
            journal,
        )


# --- what a person answered about held rows, and what the file asked


@dataclass(frozen=True, slots=True)
class Choice:
    """A candidate as a file of rejects names it: by a code or an ID, by a line, or by both."""

    key: str = ""
    line: int = 0


def candidates_cell(
    candidates: Iterable[Candidate], made: Mapping[RowLocation, str], file: str
) -> str:
    """Return the cell that names `candidates` beside a row of `file`.

    `made` are the IDs of the records that rows were made into: later the line alone would not
    tell which one is meant, and of a row of another file the ID alone does.
    """
    found = []
    for one in candidates:
        known = made.get(one.line, "") if one.line is not None else ""
        key = candidate_key(one, file)
        if known and one.line is not None:
            key = f"{key} (ID {known})" if one.line[0] == file else known
        found.append(f"{key}: {candidate_words(one)}".replace("|", "/"))
    return one_line(_BETWEEN.join(found))


def choices(cell: str) -> list[Choice]:
    """Return the candidates that a cell `_candidates` names."""
    named = filter(None, map(_NAMED.match, cell.split(_BETWEEN)))
    return [
        Choice((match["id"] or match["key"] or "").strip(), int(match["line"] or 0))
        for match in named
    ]


def followed(notes: RowNotes, lines: Mapping[int, int]) -> str:
    """Return what the answer beside a row means: a code or an ID, "new", or "line 3".

    `lines` has, by line of the original, the line of this file. Anything else may name another
    account, which matching looks up. Raises ValueError, with what to do instead, for an answer that
    cannot be one: where people are the candidates, and for a number that may be a line.
    """
    answer = " ".join(notes.answer.split())
    offered = choices(notes.candidates)
    word = answer.casefold()
    # "Neu" may be the code of a candidate.
    if word == NEW or (word in NEW_WORDS and not any(word in _names(one) for one in offered)):
        return NEW
    if not offered:
        return _renumber(answer, lines)  # an answer may name any record
    wanted = answer.partition(":")[0].strip().casefold()
    found = [one for one in offered if wanted in _names(one)]
    if not found:
        found = [one for one in offered if wanted.lstrip("0") in _names(one, zeros=False)]
    if len(found) == 1:
        one = found[0]
        return one.key or f"line {lines.get(one.line, one.line)}"
    if not found and _may_be_account(wanted, offered):
        return wanted
    keys = [one.key if not one.line else f"line {one.line}" for one in offered]
    raise ValueError(
        f"the answer {quote(answer)} is not one of the candidates; write "
        f"{joined([*keys, NEW], 'or')}, or leave {ANSWER} empty"
    )


def _may_be_account(wanted: str, offered: Sequence[Choice]) -> bool:
    """Return True if an answer beside the candidates `offered` can only mean another account.

    The candidates for a contact person are known by their IDs alone.
    """
    if _ID.fullmatch(wanted):
        return any(one.line or not _ID.fullmatch(one.key) for one in offered)
    if any(one.line for one in offered):
        return not (wanted.isdigit() or _LINE.match(wanted))
    return not (_LINE.match(wanted) or all(_ID.fullmatch(one.key) for one in offered))


def renumbered(notes: RowNotes, lines: Mapping[int, int]) -> RowNotes:
    """Return the notes beside a row that goes into a further file of rejects.

    What they call line 3 of the original is the line of this file that `lines` has for it.
    """
    cell = _BETWEEN.join(_renumber(part, lines) for part in notes.candidates.split(_BETWEEN))
    return notes._replace(candidates=cell, answer=_renumber(notes.answer, lines))


def _renumber(text: str, lines: Mapping[int, int]) -> str:
    return _LINE.sub(lambda line: f"line {lines.get(int(line[1]), int(line[1]))}", text)


def original_lines(table: Table) -> dict[int, int]:
    """Return, by line of the original, the line of a file of rejects that has its row."""
    return {notes.line: line for line, notes in table.beside.items()}


def _names(choice: Choice, *, zeros: bool = True) -> Iterator[str]:
    key = choice.key.casefold()
    yield key if zeros else key.lstrip("0") or key
    if choice.line and zeros:
        yield from (str(choice.line), f"line {choice.line}")


def follow_answers(
    tables: Sequence[Table], settings: Settings, rows: RowsRead
) -> dict[RowLocation, str]:
    """Note in `rows` the answers in `tables` and the source of each; return those that do not fit.

    The latter by row, each with what is wrong with it.
    """
    unfit: dict[RowLocation, str] = {}
    for table in tables:
        sources = (notes.source for notes in table.beside.values() if notes.source)
        rows.sources[table.name] = next(sources, "") or settings.source or source_name(table.name)
        lines = original_lines(table)
        for line, notes in table.beside.items():
            try:
                if notes.answer:
                    rows.answers[table.name, line] = followed(notes, lines)
            except ValueError as error:
                unfit[table.name, line] = str(error)
    return unfit


# --- which rejected rows somebody corrected in their file of rejects, and imported from there; the
# file that they came from still has the mistakes, and is often imported again

_MOST = 2_000  # rows that are remembered of a file, and of a source
_IMPORTED = frozenset({"created", "updated", "unchanged", "kept", "skipped"})


def remember_rejected(journal: Journal, name: str, rows: Sequence[Row]) -> None:
    """Note which rows, by their line in the original, the file of rejects called `name` has."""
    found = {str(row.line): _digest(row) for row in rows[:_MOST]}
    journal.note(_rejected(name), kept.packed(found))


def remember_corrected(journal: Journal, tables: Sequence[Table], report: Report) -> None:
    """Note which rows of the originals were imported by a finished run from files of rejects."""
    if report.mode != "import" or report.error is not None or report.interrupted:
        return
    for table in tables:
        if not table.is_rejects or table.path is None:
            continue
        rows = _noted(journal, _rejected(table.path.name))
        outcomes = report.row_outcomes() if rows else {}
        found = {
            rows[str(notes.line)]: table.path.name
            for line, notes in table.beside.items()
            if str(notes.line) in rows
            and outcomes.get((table.name, line), "unchanged") in _IMPORTED
        }
        if found:
            fact = _corrected(report.rows.source_of(table.name))
            both = {**_noted(journal, fact), **found}
            journal.note(fact, kept.packed(dict([*both.items()][-_MOST:])))


def corrected_rows(
    journal: Journal, tables: Sequence[Table], rows: RowsRead
) -> Iterator[RowProblem]:
    """Yield a warning for each rejected row that was imported, corrected, from its rejects."""
    for table in tables:
        wrong = {line for file, line in rows.rejected if file == table.name}
        known = _noted(journal, _corrected(rows.source_of(table.name))) if wrong else {}
        for row in table.rows() if known and not table.is_rejects else ():
            name = known.get(_digest(row)) if row.line in wrong else None
            if name is not None:
                message = (
                    f"this row was corrected in {name} and imported from there; correct it in "
                    "this file too"
                )
                yield RowProblem(table.name, row.line, "warning", message)


def _rejected(name: str) -> str:
    return f"rejected rows {as_text(name)}"


def _corrected(source: str) -> str:
    return f"corrected rows {as_text(source)}"


def _noted(journal: Journal, fact: str) -> dict[str, str]:
    return kept.mapped(journal.fact(fact) or "{}", kept.text)


def _digest(row: Row) -> str:
    return hashlib.blake2b(repr([*row.raw]).encode(), digest_size=12).hexdigest()
