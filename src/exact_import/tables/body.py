"""Decides which rows below a header are rows of the table.

Reports repeat their header, draw lines, print titles of groups and totals, and end in footers or in
a second table. The table's body decides: a row with one cell where the other rows have many, a row
of a label and numbers. A word alone decides nothing, because a company may be called Total.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from operator import itemgetter
from typing import Literal, get_args

from exact_import.tables.damage import parted_rows
from exact_import.tables.rows import Batch, Row, is_below_gap
from exact_import.tables.shapes import is_typed, known_words, shape_of
from exact_import.text import counted, joined, quote
from exact_import.values.names import has_legal_form

Kind = Literal["repeated header", "separator", "total", "footer"]
_KINDS: tuple[Kind, ...] = get_args(Kind)

_SAMPLE = 1000  # rows from which it is known how many cells rows have
_MANY = 3  # cells of most rows, beside which a row of one is odd
_SPARSEST = 0.25  # share of the rows that may have fewer cells than is usual
_COLUMNS = 5  # the fullest ones, most of which are blank in an odd row
_FEW = 2  # cells of a total or footer
_SHOWN = 5  # lines that a note names
# What a lone cell may be other than a company: words, the number of a total, the date of a
# printout.
_UNNAMED = frozenset({"text", "number", "date", "time"})
_LAST = 40  # rows, at the end, that may be a footer

_RULE = re.compile(
    r"[-=_*+#~.\u2500-\u257f|: ]*([-=_*+#~.\u2500-\u257f])\1{2,}[-=_*+#~.\u2500-\u257f|: ]*"
)
_RULES = frozenset(
    ("--", "==", "__", "**", "++", "##", "~~", "..", "+-", "\u2500\u2500", "\u2550\u2550")
)
# Not compiled, which takes as long as reading a small file: few rows need it.
_COUNTED = (
    r"(customers?|clients?|klanten|contacts?|contacten|relaties?|records?|rows?|rijen|regels|lines?"
    r"|lijnen|items?|leveranciers|suppliers?|debiteuren|crediteuren|accounts?|lignes?|kunden|zeilen"
    r"|entries|results?|resultaten|contactpersonen|companies|bedrijven|personen|adressen|addresses)"
)
_TOTAL = (
    r"((grand|sub|general|algemeen|eind|report)[ -]?)?"
    r"(totals?|totaal|totale|total général|gesamt|gesamtsumme|summe|som|sum|count|aantal|anzahl"
    r"|nombre|number|average|gemiddelden?|moyenne|saldo|balance|solde)"
    rf"( (of|de|der|aantal|number))?( {_COUNTED})?( ?\([^)]*\))?"
    rf"( ?[:=]? ?[-€$\d.,]+( {_COUNTED})?)?[:. ]*"
)
# A total that an export wrote as text: "=SUM(O2:O41)", "=SUBTOTAAL(9;O2:O41)".
_FORMULA = r"=[+-]?[A-Z.]+\(.*\)"
# "Subtotaal Gent": the total of a group, beside a number.
_SUBTOTAL = r"(sub|sous)[ -]?tota(l|al|ux)\b.*|zwischensumme\b.*"
_COUNT = (
    rf"\(?[\d.,]+ {_COUNTED}(\(s\)|\(en\))?( (affected|selected|returned|in set|found))?\)?[. ]*"
)
_MADE = (
    r"(generated|exported|printed|created|produced|gegenereerd|geëxporteerd|afgedrukt|afdruk"
    r"|aangemaakt|opgemaakt|exporté|imprimé|généré|erstellt|gedruckt|exportiert)"
)
_FOOTER = (
    r"(page|pagina|seite|blz\.?|p\.) ?\d+( ?(of|van|de|von|/|sur) ?\d+)?\.?"
    r"|(©|\(c\)|copyright\b).*"
    r"|confidential( information)?\b.*"
    r"|((this )?(report|list|file|document|rapport|lijst|bestand|overzicht) (was )?)?"
    rf"{_MADE} ?:?( (by|on|at|from|with|door|op|met|uit|par|le|von|am)\b.*|.*\d.*)"
    r"|(export|print|run) ?(date|datum|time)?:? [^a-z]*\d.*"
    r"|(end of|einde( van)?|fin d[eu]|ende de[rs]) (report|list|file|rapport|lijst|bestand"
    r"|overzicht|liste|fichier|berichts?)\b.*"
    r"|\*+ ?(end|einde|eof)\b.*"
)


@dataclass(slots=True)
class Body:
    """The rows of a table, and the lines that are not rows.

    `left_out` are, by kind, the lines that are certainly not rows; `second_table` is the line of a
    second header, 0 if there is none; rows from there on are not read.
    """

    batches: list[Batch]
    left_out: dict[str, list[Row]] = field(default_factory=dict)
    second_table: int = 0

    def notes(self, line_word: str) -> Iterator[str]:
        """Return notes on the rows that were left out, and why."""
        for kind, rows in self.left_out.items():
            shown = [f"{line_word} {row.line} ({quote(_text(row))})" for row in rows[:_SHOWN]]
            if len(rows) > _SHOWN:
                shown.append(counted(len(rows) - _SHOWN, f"more {line_word}"))
            yield f"Left out as {kind}: {joined(shown)}."


def judge_body(batches: Sequence[Batch], headers: Sequence[Sequence[str]]) -> Body:
    """Return the rows of a table with the header lines `headers`.

    An unlikely row that could still be a company without data gets a problem.
    """
    return _Judge(batches, headers).body()


class _Judge:
    """Statistics of a table's body, to judge its odd rows."""

    def __init__(self, batches: Sequence[Batch], headers: Sequence[Sequence[str]]) -> None:
        self._batches = batches
        self._headers = [_folded(header) for header in headers]
        self._words = {cell for header in self._headers for cell in header if cell}
        # A set of a few spellings is much faster than folding each cell.
        cells = {cell.strip() for header in headers for cell in header} - {""}
        self._spelled = cells | self._words | {cell.upper() for cell in cells}
        sample = list(islice((row for batch in batches for row in batch.rows()), _SAMPLE))
        # In a table of two columns, a lone cell is a title if other rows are padded, or below a
        # gap.
        self._pads = any(len(row.raw) > _filled(row.raw) == 1 for row in sample)
        while sample and _filled(sample[-1].raw) < _FEW:
            sample.pop()  # a footer, perhaps longer than the table
        several = sorted(
            count for row in sample if len(row.raw) > 1 and (count := _filled(row.cells)) > 1
        )
        padded = sum(1 for row in sample if len(row.raw) > 1)
        # If half of the rows have one cell, that is not odd.
        steady = several and len(several) * 2 >= padded
        self._usual = several[int(len(several) * _SPARSEST)] if steady else 0
        starts = [*sample[:1], *(two for one, two in pairwise(sample) if is_below_gap(one, two))]
        titled = len(starts) > 1 and all(_filled(row.raw) == 1 for row in starts)
        self._starts = {row.line for row in starts} if titled else set()
        full = Counter(place for row in sample for place, cell in enumerate(row.cells) if cell)
        self._fullest = [place for place, _ in full.most_common(_COLUMNS)]
        self._last = {row.line: row for row in self._last_rows()}
        self._footer = set(self._footer_lines())
        self._parted = parted_rows(batches, max(map(len, headers), default=0))

    def body(self) -> Body:
        """Return the body without its odd rows."""
        found = Body([])
        for number, batch in enumerate(self._batches):
            verdicts: dict[int, Kind | str] = {}
            odd_rows = list(self._odd_rows(batch))
            verdicts.update(self._titles(odd_rows))
            for row in odd_rows:
                if self._is_second_header(row):
                    found.second_table = row.line
                    below = sum(row.line < one.line for one in batch.rows())
                    below += sum(map(len, self._batches[number + 1 :]))
                    verdicts[row.line] = (
                        "a second table with other columns begins here and was not read "
                        f"({counted(below, 'row')}). Put it in a file of its own"
                    )
                    break
                if verdict := self._verdict(row):
                    verdicts.setdefault(row.line, verdict)
            if verdicts:
                found.batches.append(_sorted_out(batch, verdicts, found))
            else:
                found.batches.append(batch)
            if found.second_table:
                break
        return found

    def _odd_rows(self, batch: Batch) -> Iterator[Row]:
        """Yield, in order, the rows that need a check, such as mostly blank ones."""
        blank: Counter[int] = Counter()
        places: set[int] = set()
        columns = [batch.columns[place] for place in self._fullest] if batch.lines else []
        for place, column in enumerate(columns):
            if "" in column:
                blank.update(index for index, cell in enumerate(column) if not cell)
            if not self._spelled.isdisjoint(column):
                places.update(i for i, cell in enumerate(column) if cell in self._spelled)
            if not place and not _RULES.isdisjoint(map(itemgetter(slice(2)), column)):
                places.update(i for i, cell in enumerate(column) if cell[:2] in _RULES)
        enough = max(len(columns) - _FEW, 1)
        places.update(index for index, count in blank.items() if count >= enough)
        lines = batch.lines
        if not isinstance(lines, range):
            places.update(i for i in range(1, len(lines)) if lines[i] - lines[i - 1] > 1)
        if self._parted:
            places.update(i for i, line in enumerate(lines) if line in self._parted)
        odd = [self._last[line] for line in lines if line in self._last] if self._last else []
        for index in places:
            cells = tuple(column[index] for column in batch.columns)
            odd.append(Row(lines[index], cells, batch.raw.get(lines[index], cells)))
        return iter(sorted({row.line: row for row in (*odd, *batch.broken)}.values()))

    def _verdict(self, row: Row) -> Kind | str:
        """Return what a line is instead of a row, or its problem; "" if it is a row."""
        if row.line in self._footer:
            return "footer"
        if kind := self._kind(row):
            return kind
        if problem := self._parted.get(row.line):
            return problem
        cells = [cell.strip() for cell in row.raw if cell.strip()]
        if (
            len(cells) == 1
            and not row.problem
            and (self._usual >= _MANY or self._is_group_title(row))
            and shape_of(cells[0]) in _UNNAMED
            and not has_legal_form(cells[0])
        ):
            return _title(cells[0])
        return ""

    def _titles(self, rows: Sequence[Row]) -> Iterator[tuple[int, str]]:
        """Yield the lines of lone cells right above a repeated header, with their problem."""
        for row, below in pairwise(rows):
            if (
                _filled(row.raw) == 1
                and below.line == row.line + 1
                and self._kind(below) == "repeated header"
            ):
                yield row.line, _title(_text(row))

    def _is_group_title(self, row: Row) -> bool:
        """Return True if a lone cell in a table of two columns is a title, not a half-empty row."""
        short = self._pads and len(row.raw) == 1
        return self._usual == _FEW and (short or row.line in self._starts)

    def _kind(self, row: Row) -> Kind | None:
        """Return the kind of a line that is certainly not a row; None if it may be one."""
        cells = [cell.strip() for cell in row.raw if cell.strip()]
        if _folded(row.raw) in self._headers and len(cells) > 1:
            return "repeated header"
        if any(len(cell) > 2 for cell in cells) and all(map(_RULE.fullmatch, cells)):
            return "separator"
        labels = [cell for cell in cells if not _is_amount(cell)]
        sparse = len(cells) < max(self._usual, _FEW)
        if len(labels) != 1 or not (sparse or row.line in self._last) or len(cells) > self._usual:
            return None
        if re.fullmatch(_TOTAL, labels[0], re.IGNORECASE) and (len(cells) > 1 or self._usual > 1):
            return "total"
        if len(cells) > 1 and re.fullmatch(_SUBTOTAL, labels[0], re.IGNORECASE):
            return "total"
        if len(cells) == 1 and any(
            re.fullmatch(pattern, labels[0], re.IGNORECASE) for pattern in (_COUNT, _FOOTER)
        ):
            return "footer"
        return None

    def _is_second_header(self, row: Row) -> bool:
        """Return True if a row is the header of another table, with other column names."""
        folded = _folded(row.raw)
        cells = [cell for cell in folded if cell]
        if len(cells) < _MANY or folded in self._headers or any(map(is_typed, cells)):
            return False
        ours = sum(cell in self._words for cell in cells)
        if ours * 5 >= len(cells) * 3:
            return True
        return known_words(cells) == len(cells)

    def _last_rows(self) -> list[Row]:
        rows: list[Row] = []
        for batch in reversed(self._batches):
            rows = [*batch.rows(), *rows]
            if len(rows) >= _LAST:
                break
        return rows[-_LAST:]

    def _footer_lines(self) -> Iterator[int]:
        """Yield the lines of a footer: few cells, below a blank line, one certainly not a row."""
        rows = list(self._last.values())
        block: list[Row] = []
        while rows and 0 < _filled(rows[-1].raw) <= _FEW and _filled(rows[-1].raw) < self._usual:
            row = rows.pop()
            block.append(row)
            before = rows[-1] if rows else None
            if before is None or is_below_gap(before, row):
                if any(self._kind(one) for one in block):
                    yield from (one.line for one in block if not self._kind(one))
                else:
                    return


def _title(text: str) -> str:
    return (
        f"only {quote(text)} is filled in, so this looks like a title or footer; "
        "if it is a company, fill in another cell"
    )


def _sorted_out(batch: Batch, verdicts: dict[int, Kind | str], found: Body) -> Batch:
    """Return the remaining rows of a batch, and add the removed ones to `found`."""
    kept: set[int] = set()
    for row in batch.rows():
        verdict = verdicts.get(row.line, "")
        if found.second_table and row.line > found.second_table:
            break
        if verdict in _KINDS:
            found.left_out.setdefault(verdict, []).append(row)
        else:
            kept.add(row.line)
    return batch.only(kept).with_problems(verdicts)


def _folded(cells: Sequence[str]) -> list[str]:
    """Return cells in lower case without outer spaces, and without trailing blank cells."""
    folded = [cell.strip().casefold() for cell in cells]
    while folded and not folded[-1]:
        folded.pop()
    return folded


def _text(row: Row) -> str:
    return " ".join(cell for cell in row.raw if cell.strip())


def _is_amount(cell: str) -> bool:
    """Return True if a cell has a number, or an unevaluated formula of a number."""
    if cell[0] == "=":
        return re.fullmatch(_FORMULA, cell, re.IGNORECASE) is not None
    return shape_of(cell) == "number"


def _filled(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if cell.strip())
