"""The file of an export or a list: in a form for Excel, and whole or not at all.

A spreadsheet that opens a CSV reads digits as numbers (and loses leading zeros and all but 15
digits), many texts as dates, and texts that begin with = as formulas. Texts that it would alter are
written as `="…"`, which it shows and saves unchanged; the reader removes both wrappings.
"""

from __future__ import annotations

import codecs
import csv
import importlib.util
import io
import json
import re
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from exact_import import files
from exact_import.errors import StorageError, UsageError, storage_errors
from exact_import.tables.rejects_form import guard, is_hidden, safe_parts
from exact_import.text import extra_advice, quote
from exact_import.values.scalars import POINT_COUNTRIES

# The import ignores this column, as it does in rejects.
REFUSED_COLUMN = "_error"
# A number of more digits is shown, and so saved, as 1,23E+11.
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,10})")
_MONTHS = (
    "jan|ene|gen|feb|fév|fev|mar|mär|maa|mrt|apr|avr|abr|may|mai|mei|mag|jun|jui|giu|jul|lug|"
    "aug|aoû|aou|ago|sep|set|oct|okt|ott|nov|dec|déc|dez|dic"
)
_ALTERED = re.compile(
    # Digits and what numbers, dates, times, fractions and amounts are written with …
    r"[\d .,:/+\-()%€$£¥'’*\u00a0\u202f]*\d[\d .,:/+\-()%€$£¥'’*\u00a0\u202f]*"
    # … powers of ten, hours, amounts with a currency's name, dates with a month's …
    r"|[+-]?\d[\d.,]*e[+-]?\d+"
    r"|\d{1,2}(?::\d\d){0,2} ?[ap]\.?(?:m\.?)?"
    r"|(?:EUR|USD|GBP|CHF|kr\.?) ?[+-]?\d[\d., ]*|[+-]?\d[\d., ]* ?(?:EUR|USD|GBP|CHF|kr\.?)"
    rf"|(?=\D*\d)(?:\d{{1,4}}[ .,/-]*){{0,2}}(?:{_MONTHS})[^\W\d_]*\.?[ .,/-]*"
    r"(?:\d{1,4}[ .,/-]*){0,2}(?:\d{1,2}:\d\d(?::\d\d)?)?"
    # … and the words for true and false.
    r"|true|false|waar|onwaar|vrai|faux|wahr|falsch|verdadero|falso|vero",
    re.IGNORECASE,
)
_TEXT_FILES = ("", ".csv", ".txt", ".tsv", ".tab")
# The limits of an Excel sheet.
_SHEET_ROWS = 1_048_576
_CELL_CHARACTERS = 32_767
# Texts from which the reader would remove a wrapping that belongs to them.
_MISTAKEN = re.compile(r"'[0-9=+\-@]|=\"")
# Signs that some spreadsheets take for = + - @, and from which the reader takes no wrapping off.
_WIDE = re.compile(r"[\uff1d\uff0b\uff0d\uff20]")


@dataclass(frozen=True, slots=True)
class Style:
    """How the file is written: delimiter, encoding (a codec of Python's) and decimal mark."""

    delimiter: str
    encoding: str
    decimal: str


def style_for(country: str, delimiter: str | None, encoding: str | None, decimal: str) -> Style:
    """Return how Excel in `country` (ISO-2) wants a file that it opens with a double click.

    Where the decimal mark is a comma that is with semicolons; UTF-8 must have its byte order mark.
    Given values take precedence. Raises UsageError for an unknown encoding.
    """
    point = country in POINT_COUNTRIES
    try:
        codec = codecs.lookup(encoding or "utf-8").name
        "".encode(codec)
    except (LookupError, ValueError):
        raise UsageError(
            f"Unknown text encoding {quote(str(encoding))}.", "Use utf-8, or leave --encoding out."
        ) from None
    return Style(
        delimiter or ("," if point else ";"),
        "utf-8-sig" if codec == "utf-8" else codec,
        decimal or ("." if point else ","),
    )


def write_table(
    target: Path | BinaryIO, style: Style, header: Sequence[str], rows: Iterable[Sequence[str]]
) -> None:
    """Write the export to a file, or to an open stream.

    A row with one cell more than the header has in it what was left out. A file is written whole
    or not at all, for its owner's eyes only (mode 0600). Raises StorageError if it cannot be
    written, UsageError for text that the encoding lacks.
    """
    try:
        with tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n") as kept:
            # Only the last row shows whether there is a column for what was left out.
            widest = 0
            for cells in rows:
                widest = max(widest, len(cells))
                kept.write(json.dumps(cells) + "\n")
            kept.seek(0)
            header = [*header, *([REFUSED_COLUMN] if widest > len(header) else [])]
            rows = (json.loads(line) for line in kept)
            opened = files.open_atomic(target) if isinstance(target, Path) else nullcontext(target)
            with opened as stream:
                if isinstance(target, Path) and is_workbook_name(target):
                    _write_workbook(stream, header, rows)
                else:
                    _write(stream, style, header, rows)
    except BrokenPipeError:
        raise
    except OSError as error:
        where = target if isinstance(target, Path) else "standard output"
        raise StorageError(
            f"The export cannot be written to {where}: {error.strerror or error}.",
            "Name another file.",
        ) from error


def write_list(
    path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]], country: str, option: str
) -> None:
    """Write `rows` under `columns`, as Excel in `country` (ISO-2) wants it (mode 0600).

    Written whole or not at all; a device is written to. Raises StorageError, whose advice names
    the `option` that gave `path`.
    """
    cells = ([*map(guard, row)] for row in rows)
    advice = f"Name another file with {option}."
    with storage_errors("list", path, advice), files.open_atomic(path) as stream:
        _write(stream, style_for(country, None, None, ""), columns, cells, errors="replace")


def is_workbook_name(path: Path) -> bool:
    """Return True if a file of this name is written as a workbook.

    Raises UsageError for a file of another kind, which people would open in another program.
    """
    suffix = path.suffix.lower()
    if suffix != ".xlsx" and suffix not in _TEXT_FILES:
        raise UsageError(
            f"An export cannot be written as {suffix}; {path} was not created.",
            "Name a file that ends in .xlsx or .csv.",
        )
    if suffix == ".xlsx" and importlib.util.find_spec("xlsxwriter") is None:
        raise UsageError(
            "An export to .xlsx needs a package that is not installed.",
            f"Name a file that ends in .csv. Or: {extra_advice('excel')}",
        )
    return suffix == ".xlsx"


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits; "" if it cannot be read."""
    try:
        return files.digest(path)
    except OSError:
        return ""


def _write(
    stream: BinaryIO,
    style: Style,
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    errors: str = "strict",
) -> None:
    text = io.TextIOWrapper(stream, style.encoding, errors, newline="")
    table = csv.writer(text, delimiter=style.delimiter, lineterminator="\r\n")
    try:
        table.writerow(header)
        for row in rows:
            table.writerow([*row, *[""] * (len(header) - len(row))])
        text.flush()
    except UnicodeEncodeError as error:
        raise UsageError(
            f"The encoding {style.encoding} has no {quote(error.object[error.start])}.",
            "Leave --encoding out, or use --encoding utf-8.",
        ) from None
    finally:
        text.detach()


def _write_workbook(stream: BinaryIO, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a workbook of one sheet, every cell as the text that it is, never as a formula."""
    import xlsxwriter  # an extra

    with xlsxwriter.Workbook(stream, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("exact-import")
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(chain([header], rows)):
            if number == _SHEET_ROWS or max(map(len, row), default=0) > _CELL_CHARACTERS:
                raise UsageError(
                    f"Row {number + 1:,} does not fit into a workbook, which has at most "
                    f"{_SHEET_ROWS:,} rows and {_CELL_CHARACTERS:,} characters in a cell.",
                    "Name a file that ends in .csv.",
                )
            for place, text in enumerate(row):
                if text:
                    sheet.write_string(number, place, text)


def sheet_text(text: str) -> str:
    """Return the cell of a workbook that the reader reads as `text`."""
    text = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").strip()
    return f"'{as_text(text)}" if _MISTAKEN.match(text) else text


def safe_text(text: str) -> str:
    """Return the cell that a spreadsheet shows, and the reader reads, as `text`.

    Line ends become line feeds, as spreadsheets write them within a cell.
    """
    text = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").strip()
    if _MISTAKEN.match(text):
        # A spreadsheet would save the bare value of a formula; this it leaves alone.
        return f"'{as_text(text)}"
    if _WIDE.match(text) or _is_altered(text) or is_hidden(text) or safe_parts(text)[1:]:
        return as_text(text)
    return guard(text, ours=True)  # the second ' of rejects is taken off in rejects only


def as_text(text: str) -> str:
    """Return the formula whose value is `text`, joined where a cell may begin in its middle."""
    parts = ('"{}"'.format(part.replace('"', '""')) for part in safe_parts(text))
    return f"={'&'.join(parts)}"


def _is_altered(text: str) -> bool:
    if _PLAIN_NUMBER.fullmatch(text):
        return False
    return len(text) < 256 and _ALTERED.fullmatch(text) is not None and text[-1:] != "\n"
