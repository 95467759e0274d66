"""What a person answered about held rows in a file of rejects, and what it asked them.

A cell `_candidates` names each candidate by a code, an ID or a line, so that an answer can be
checked when the file comes back: "1001: Maes (same postcode) | line 12 (ID 1f0c…): Maes bv".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exact_import.records.models import NEW
from exact_import.reporting.candidate_words import candidate_key, candidate_words
from exact_import.tables.rejects_file import HELD_COLUMNS
from exact_import.tables.source import source_name
from exact_import.text import joined, one_line, quote

if TYPE_CHECKING:
    from exact_import.config.settings import Settings
    from exact_import.planning.plan import Candidate
    from exact_import.records.models import RowLocation, RowsRead
    from exact_import.tables.rejects_file import RowNotes
    from exact_import.tables.table import Table

ANSWER = HELD_COLUMNS[-1]
NEW_WORDS = frozenset((NEW, "nieuw", "nieuwe", "nouveau", "nouvelle", "neu", "neue"))
"""How people write it whose columns have headers in their own language."""
_BETWEEN = " | "
_LINE = re.compile(r"^line ([0-9]{1,9})\b(?! of )", re.IGNORECASE)
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAMED = re.compile(r"(?:line (?P<line>[0-9]+)(?: \(ID (?P<id>[^)]+)\))?|(?P<key>[^:]+)):")


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
        return _renumber(answer, lines)  # whoever knows the record may say it
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
