"""Detects how a CSV is written: delimiter, quotes and escapes, line ends, Excel's `sep=` line.

Every possible dialect is tried on the head of the file and scored by its result: rows of equal
width, cells without another delimiter in them, a header of known words. That is the idea of
CleverCSV (van den Burg et al., 2019) and of DuckDB's sniffer. The first line, which may be a title,
decides nothing.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, product

from exact_import.errors import ConfigError
from exact_import.tables.quoting import TYPOGRAPHIC, CsvFormat, resplit
from exact_import.tables.shapes import known_words

DELIMITERS = (",", ";", "\t", "|")
_RARE = "^~\u00a6:"
NO_DELIMITER = "\x1f"
"""The delimiter of a file with one column, whose cells may hold any real delimiter."""
HEAD = 1 << 18
"""Characters of the file that are used to detect its dialect."""

_ROWS = 1000
_FIRST = 20  # rows, one of which may be a header of known words
_CELLS = 3000  # cells that are looked into
_RESTARTS = 20  # rows with wrong quotes, after which the lines they swallow are not read again
_WORDS = 2  # known words in a row that may be text with commas
_SHORT = 0.75  # how well a row fits that lacks cells
_NAMES = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
_SEP_LINE = re.compile(r'"?sep=([^\r\n]?)"?[,;|\t]*(\r\n|\r|\n|$)', re.IGNORECASE)
_EDGE = r"(?:^|[,;\t|]) *"
# Before a formula ' is the marker of a text, which exports and rejects have.
_SINGLE_QUOTED = re.compile(
    _EDGE + r"'(?![=+\-@\uff1d\uff0b\uff0d\uff20])"
    r"[^'\r\n]+(?:'[^'\r\n]+)*'(?= *(?:[,;\t|]|$))",
    re.MULTILINE,
)
_DOUBLE_QUOTED = re.compile(_EDGE + '"', re.MULTILINE)
_QUOTED = re.compile(r" *(?:'.*'|\".*|.*\") *", re.DOTALL)
_ESCAPED = re.compile(r"\\[\"',;\t|\\]")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written, with everything that is needed to write a similar one.

    `encoding` is Python's name of the codec without its byte order mark, which `bom` tells; `form`
    is how its rows are written, `width` how many cells most of them have, 0 if there is none;
    `sep_line` says that Excel's `sep=` line comes first; `newline` is the end of its first row.
    """

    encoding: str
    bom: bool
    form: CsvFormat
    width: int
    sep_line: bool
    newline: str

    @property
    def delimiter(self) -> str:
        """The separator of two cells."""
        return self.form.delimiter


def parse_delimiter(text: str) -> str:
    r"""Return the delimiter that the user typed: a character, "tab", "\t", "semicolon".

    Raises ConfigError if it is not a delimiter.
    """
    delimiter = _NAMES.get(text.strip().lower(), text)
    if not _possible(delimiter):
        raise ConfigError(
            f'"{text}" cannot separate columns.', 'Give one character, such as ";", or "tab".'
        )
    return delimiter


def find_dialect(
    head: str, *, complete: bool, encoding: str, bom: bool, delimiter: str | None
) -> Dialect:
    """Return the dialect of a file that begins with the text `head`.

    `complete` says that `head` is the whole text; `delimiter`, if given, is used.
    """
    sep = _SEP_LINE.match(head)
    body = head[sep.end() :] if sep else head
    if delimiter is None and sep and _possible(sep.group(1)):
        delimiter = sep.group(1)
    end = re.search(r"\r\n|\r|\n", re.sub(r'"[^"]*"', "", head))
    lines = [line for line in io.StringIO(body, newline="") if line.strip()]
    if not complete and len(lines) > 1:
        lines.pop()
    form, width = _find_form(lines, (delimiter,) if delimiter else DELIMITERS)
    return Dialect(
        encoding=encoding,
        bom=bom,
        form=form if delimiter is None else form._replace(delimiter=delimiter),
        width=width,
        sep_line=sep is not None,
        newline=end.group() if end else "\r\n",
    )


def _possible(delimiter: str) -> bool:
    return (
        len(delimiter) == 1
        and (delimiter in "\t\x1f" or (delimiter.isprintable() and not delimiter.isalnum()))
        and delimiter not in "\"'"
    )


@dataclass(slots=True)
class _Candidate:
    """A possible dialect, and the rows of the head in it.

    `widths` are the numbers of cells of its rows, 0 for wrong quotes; `width` is the most common
    one.
    """

    form: CsvFormat
    rows: list[list[str]]
    widths: list[int]
    width: int = 0
    score: float = 0.0

    def __post_init__(self) -> None:
        counts = Counter(width for width in self.widths if width > 1)
        if counts:
            most = max(counts.values())
            self.width = max(width for width, count in counts.items() if count == most)

    @property
    def consistency(self) -> float:
        """Return from 0 to 1 how consistent the widths of the rows are.

        A little less for few columns: text has commas, but seldom the same number on each line.
        """
        if not self.width:
            return 0.0
        fits = [
            1.0
            if width == self.width or (width > self.width and not any(row[self.width :]))
            else _SHORT * (1 < width < self.width)
            for width, row in zip(self.widths, self.rows, strict=True)
        ]
        return sum(fits) / len(fits) * (1 - 1 / self.width)

    @property
    def purity(self) -> float:
        """Return the share of the cells that hold no other delimiter and no stray quote."""
        cells = [cell for cell in islice(chain.from_iterable(self.rows), _CELLS) if cell]
        others = [d for d in (";", "\t", "|") if d != self.form.delimiter]
        dirty = sum(
            1 for cell in cells if any(other in cell for other in others) or _QUOTED.fullmatch(cell)
        )
        return 1 - dirty / len(cells) if cells else 0.0

    def header(self) -> tuple[float, int]:
        """Return the share of known words in the most header-like row, and its index."""
        shares = [
            (known_words(row) / max(sum(1 for cell in row if cell.strip()), 1), -index)
            for index, row in enumerate(self.rows[:_FIRST])
            if len(row) > 1
        ]
        share, index = max(shares, default=(0.0, 0))
        return share, -index


def _find_form(lines: Sequence[str], delimiters: Sequence[str]) -> tuple[CsvFormat, int]:
    """Return the format of the rows, and how many cells most of them have."""
    plain = CsvFormat("", typographic=True)
    if any(quote in lines[0] for quote in "“„«") if lines else False:
        quoted = sum(1 for line in lines if TYPOGRAPHIC.search(line))
        found = _find_among(list(plain.unwrapped(lines)), delimiters)
        if found and quoted * 2 > len(lines):
            return found.form._replace(typographic=True), found.width
    form = _find_among(lines, delimiters)
    unwrapped = list(CsvFormat("", wrapped=True).unwrapped(lines))
    changed = sum(a != b for a, b in zip(lines, unwrapped, strict=True))
    if changed * 2 > len(lines):
        inner = _find_among(unwrapped, delimiters)
        if inner and (form is None or inner.score >= form.score):
            inner.form = inner.form._replace(wrapped=True)
            form = inner
    if form is None and len(delimiters) > 1:
        form = _find_rare(lines)
    if form is not None:
        return form.form, form.width
    if len(delimiters) > 1 and any(
        0 in _parsed(lines[:1], CsvFormat(d)).widths for d in delimiters
    ):
        # Even the first line has wrong quotes.
        return CsvFormat(max(delimiters, key=lines[0].count)), 0
    return CsvFormat(delimiters[0] if len(delimiters) == 1 else NO_DELIMITER), 0


def _find_among(lines: Sequence[str], delimiters: Sequence[str]) -> _Candidate | None:
    """Return the best candidate with several columns, None if there is none."""
    if len(delimiters) > 1 and _parts_by_spaces(lines):
        delimiters = (*delimiters, " ")
    candidates = [
        candidate
        for form in _forms("".join(lines), len(lines), delimiters)
        if (candidate := _parsed(lines, form)).width
    ]
    for candidate in candidates:
        candidate.score = candidate.consistency * (0.5 + candidate.purity / 2)
    best = max((candidate.score for candidate in candidates), default=0.0)
    for candidate in candidates:
        # Asking for the words takes time, and seldom changes anything.
        if candidate.score * 2 > best and len(candidates) > 1:
            candidate.score *= 1 + candidate.header()[0]
    for candidate in sorted(candidates, key=lambda candidate: -candidate.score):
        if len(delimiters) == 1 or _is_table(candidate):
            return _with_spaces(candidate)
    return None


def _find_rare(lines: Sequence[str]) -> _Candidate | None:
    """Return the candidate of a rare delimiter: all rows of equal width, known words."""
    for delimiter in _RARE:
        candidate = _parsed(lines, CsvFormat(delimiter))
        if {*candidate.widths} == {candidate.width} and known_words(candidate.rows[0]) > 1:
            return candidate
    return None


def _is_table(candidate: _Candidate) -> bool:
    """Return True if several columns are likelier than one whose cells hold the delimiter.

    If the first line is a single cell, it is a title if a header follows; if it has header words
    itself, most rows from the header on must be equally wide. Otherwise, cells that all
    split alike are rows without headers; text has commas, but with spaces after them.
    """
    if candidate.widths[0] != 1:
        return True
    if resplit(candidate.rows[0], candidate.form, candidate.width, DELIMITERS)[0]:
        return True
    known, place = candidate.header()
    table = candidate.rows[place:]
    if known > 0.5 and known_words(candidate.rows[0]) == 0:
        return True
    fits = candidate.widths[place:].count(candidate.width) * 2 > len(table)
    if known > 0.5 and fits and (_spaceless(table) or known_words(table[0]) > _WORDS):
        return True
    body, spaced = candidate.widths[1:], not _spaceless(candidate.rows)
    if len(body) < 3 or set(body) != {candidate.width}:
        return False
    return candidate.form.delimiter != "," or (candidate.width > 2 and not spaced)


def _spaceless(rows: Sequence[Sequence[str]]) -> bool:
    return not any(cell.startswith(" ") for row in rows for cell in row[1:])


def _forms(text: str, lines: int, delimiters: Sequence[str]) -> Iterator[CsvFormat]:
    """Yield the formats that are possible for the text, the usual one first."""
    quotes = ['"']
    if "'" in text and len(_SINGLE_QUOTED.findall(text)) * 2 > lines:
        quotes = ["'"] if not _DOUBLE_QUOTED.search(text) else ['"', "'"]
    escapes = ["", "\\"] if _ESCAPED.search(text) else [""]
    for delimiter, quote, escape in product(delimiters, quotes, escapes):
        yield CsvFormat(delimiter, quote, escape)
        if f"{delimiter} {quote}" in text:
            yield CsvFormat(delimiter, quote, escape, skip_spaces=True)


def _parsed(lines: Sequence[str], form: CsvFormat) -> _Candidate:
    """Return the rows of the lines; rows with wrong quotes have no cells."""
    rows: list[list[str]] = []
    start, errors = 0, 0
    reader = form.reader(iter(lines))
    first = 0  # the line that the reader began with
    while len(rows) < _ROWS:
        try:
            for row in islice(reader, _ROWS - len(rows)):
                rows.append(row)
                start = first + reader.line_num
        except csv.Error:
            rows.append([])
            errors += 1
            if errors > _RESTARTS:
                continue
            # An unclosed quote has swallowed lines: they are rows of their own.
            first = start = start + 1
            reader = form.reader(iter(lines[first:]))
        else:
            break
    return _Candidate(form, rows, list(map(len, rows)))


def _with_spaces(candidate: _Candidate) -> _Candidate:
    """Return the candidate, its cells without the space that follows every delimiter."""
    behind = [cell for row in candidate.rows for cell in row[1:] if cell]
    spaced = bool(behind) and all(cell.startswith(" ") for cell in behind)
    if spaced:
        candidate.form = candidate.form._replace(skip_spaces=True)
    return candidate


def _parts_by_spaces(lines: Sequence[str]) -> bool:
    """Return True if quoted cells are between spaces in most lines, and no other delimiter."""
    spaced = sum(1 for line in lines if '" "' in line or ' "' in line)
    others = sum(1 for line in lines if any(f'{d}"' in line for d in DELIMITERS))
    return spaced * 2 > len(lines) > others * 5
