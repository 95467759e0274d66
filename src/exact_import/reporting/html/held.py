"""What the page shows of a held record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exact_import.reporting.candidate_words import (
    candidate_key,
    fields_words,
    shown_lines,
    shown_places,
)
from exact_import.reporting.summary import file_name
from exact_import.text import joined

if TYPE_CHECKING:
    from exact_import.planning.plan import Candidate, HeldRecord
    from exact_import.records.models import RowLocation
    from exact_import.reporting.report import Report


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """What a held record may be: what an answer calls it, its name and address, what compares."""

    key: str
    name: str
    address: str
    same: str
    different: str


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A held record: where its rows are, why, what it may be, and the cells of its first row.

    `kind` also names the people who are held with a company.
    """

    where: str
    label: str
    kind: str
    why: str
    candidates: Sequence[CandidateRow]
    cells: Sequence[tuple[str, str]]


def held_row(
    report: Report,
    record: HeldRecord,
    people: Sequence[str],
    rows: Mapping[RowLocation, tuple[Sequence[str], Sequence[str]]],
) -> HeldRow:
    """Return what is shown of `record`, with which `people` are held; `rows` has its cells."""
    header, cells = rows.get(record.lines[0], ((), ()))
    lines = [(file_name(file), line) for file, line in record.lines]
    return HeldRow(
        shown_places(lines) if len(report.files) > 1 else shown_lines(lines),
        record.label,
        f"{record.kind}, with {joined(people)}" if people else record.kind,
        record.why[:1].upper() + record.why[1:],
        list(map(_candidate_row, record.candidates)),
        [(name, cell) for name, cell in zip(header, cells, strict=False) if cell],
    )


def _candidate_row(one: Candidate) -> CandidateRow:
    same, different = fields_words(one.agrees), fields_words(one.contradicts)
    return CandidateRow(candidate_key(one), one.name, one.address, same, different)
