"""Everyday words for how records were found, and what held records may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from exact_import.fields import FIELD_WORDS
from exact_import.text import joined, line_word, quote

if TYPE_CHECKING:
    from exact_import.planning.plan import Candidate, Change, HeldRecord
    from exact_import.records.models import RowLocation

_LINES_SHOWN = 6


def field_words(name: str) -> str:
    """Return the everyday name of a field, or of several joined by "+"."""
    return joined([FIELD_WORDS.get(part, part.casefold()) for part in name.split("+")])


def how_found(change: Change) -> str:
    """Return how the record of a change was found, "" for a new one."""
    if not change.matched or change.action == "create":
        return ""
    if change.matched == "link":
        linked = (text for text in change.evidence if text.startswith("linked"))
        return next(linked, "linked by an earlier import")
    if change.matched == "answer":
        return "by your answer"
    return f"matched by {field_words(change.matched)}"


def more_evidence(change: Change) -> str:
    """Return what else agrees with the record of a change, "" if nothing does."""
    known = (how_found(change), *change.matched.split("+"))
    seen = [name for name in change.evidence if name not in known]
    return f"same {fields_words(seen)}" if seen else ""


def candidate_key(candidate: Candidate, file: str = "") -> str:
    """Return the key of a candidate for an answer: its code or ID, or "line 12" for a row.

    `file` is the file of the question; for a row of another file it is "line 12 of b.csv".
    """
    if candidate.line is not None:
        other, line = candidate.line
        return f"line {line}" if file in ("", other) else f"line {line} of {other}"
    return candidate.code.strip() or candidate.id


def shown_key(candidate: Candidate, file: str = "") -> str:
    """Return the key of a candidate as it is shown: "row 12" for a row of a workbook."""
    key = candidate_key(candidate, file)
    if candidate.line is None:
        return key
    return f"{line_word(candidate.line[0])}{key.removeprefix('line')}"


def candidate_words(candidate: Candidate) -> str:
    """Return the name and address of a candidate, and what agrees and differs."""
    parts = []
    if candidate.agrees:
        parts.append(f"same {fields_words(candidate.agrees)}")
    if candidate.contradicts:
        parts.append(f"different {fields_words(candidate.contradicts)}")
    named = ", ".join(filter(None, (candidate.name, candidate.address)))
    return named + (f" ({'; '.join(parts)})" if parts else "")


def with_their_people(held: Sequence[HeldRecord]) -> list[tuple[HeldRecord, list[str]]]:
    """Return the held records to decide about, each with the names of the people held with it.

    People who are held only because of their company are decided with it.
    """
    companies = {
        place: number
        for number, record in enumerate(held)
        if record.kind == "account"
        for place in record.lines
    }
    people: dict[int, list[str]] = {}
    alone: list[int] = []
    for number, record in enumerate(held):
        company = companies.get(record.lines[0]) if record.kind == "contact" else None
        if company is None:
            alone.append(number)
        else:
            people.setdefault(company, []).append(record.label)
    return [(held[number], people.get(number, [])) for number in alone]


def held_lines(record: HeldRecord, people: Sequence[str] = (), *, named: bool) -> Iterator[str]:
    """Yield why a record is held, and a line for each candidate.

    `people` are held with it; `named` tells that several files are at hand, so that lines need the
    name of theirs.
    """
    where = shown_places(record.lines) if named else shown_lines(record.lines)
    whose = f" with {joined(map(quote, people))}" if people else ""
    who = ", ".join(filter(None, (quote(record.label), record.address)))
    yield f"? {record.kind} {who}{whose} ({where}) is held: {record.why}"
    for candidate in record.candidates:
        yield f"    {shown_key(candidate, record.lines[0][0])}: {candidate_words(candidate)}"


def shown_lines(lines: Sequence[RowLocation], *, named: bool = False) -> str:
    """Return line numbers in a few words; with their file if `named` or of several files."""
    by_file: dict[str, set[int]] = {}
    for file, line in lines:
        by_file.setdefault(file, set()).add(line)
    named = named or len(by_file) > 1
    return "; ".join(
        _shown(file, sorted(several)) + (f" of {file}" if named else "")
        for file, several in by_file.items()
    )


def shown_places(lines: Sequence[RowLocation]) -> str:
    """Return lines with their file, as questions and messages name them."""
    where = shown_lines(lines)
    return where if len({file for file, _ in lines}) > 1 else f"{lines[0][0]}, {where}"


def _shown(file: str, lines: Sequence[int]) -> str:
    word = line_word(file)
    if len(lines) > _LINES_SHOWN:
        return f"{len(lines)} {word}s from {lines[0]}"
    return f"{word}{'s' * (len(lines) > 1)} {', '.join(map(str, lines))}"


def fields_words(names: Sequence[str]) -> str:
    """Return the everyday names of several fields, each once; "" for none."""
    return joined(list(dict.fromkeys(map(field_words, names)))) if names else ""
