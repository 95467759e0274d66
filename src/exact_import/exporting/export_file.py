"""The file of an export: in the form that Excel opens, and written whole or not at all."""

from __future__ import annotations

import codecs
import csv
import io
import json
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from exact_import import files
from exact_import.errors import StorageError, UsageError
from exact_import.exporting.export import Exported, Exporter
from exact_import.text import quote
from exact_import.values.scalars import POINT_COUNTRIES

# The import leaves this one out, as it does in rejects.
REFUSED_COLUMN = "_error"


@dataclass(frozen=True, slots=True)
class Style:
    """How the file is written: delimiter, encoding (a codec of Python's) and decimal mark."""

    delimiter: str
    encoding: str
    decimal: str


def style_for(country: str, delimiter: str | None, encoding: str | None, decimal: str) -> Style:
    """Return how Excel in `country` (ISO-2) wants a file that it opens with a double click.

    Where the decimal mark is a comma that is with semicolons; UTF-8 must have its byte order
    mark. What is given wins. Raises UsageError for an encoding that nobody knows.
    """
    point = country in POINT_COUNTRIES
    try:
        codec = codecs.lookup(encoding or "utf-8").name
        "".encode(codec)
    except (LookupError, ValueError):
        raise UsageError(
            f"There is no encoding {quote(str(encoding))} for text.",
            "Say utf-8, or leave --encoding out.",
        ) from None
    return Style(
        delimiter or ("," if point else ";"),
        "utf-8-sig" if codec == "utf-8" else codec,
        decimal or ("." if point else ","),
    )


def write_table(path: Path | None, style: Style, exporter: Exporter) -> Exported:
    """Write the export to `path`, or to standard output where that is None; return what it was.

    Written whole or not at all, for its owner's eyes only (mode 0600). Raises StorageError where it
    cannot be written, UsageError for text that the encoding lacks.
    """
    try:
        with tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n") as kept:
            # Only the last row tells whether there is a column for what was left out.
            for cells in exporter.rows():
                kept.write(json.dumps(cells) + "\n")
            kept.seek(0)
            header = exporter.header + ([REFUSED_COLUMN] if exporter.outcome.refused else [])
            rows = (json.loads(line) for line in kept)
            if path is None:
                _write(sys.stdout.buffer, style, header, rows)
            else:
                with files.open_atomic(path) as stream:
                    _write(stream, style, header, rows)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StorageError(
            f"The export cannot be written to {path or 'standard output'}: "
            f"{error.strerror or error}.",
            "Name another file.",
        ) from error
    return exporter.outcome


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits; "" where it cannot be read."""
    try:
        return files.digest(path)
    except OSError:
        return ""


def _write(stream: BinaryIO, style: Style, header: list[str], rows: Iterable[list[str]]) -> None:
    text = io.TextIOWrapper(stream, style.encoding, newline="")
    table = csv.writer(text, delimiter=style.delimiter, lineterminator="\r\n")
    try:
        table.writerow(header)
        for row in rows:
            table.writerow(row + [""] * (len(header) - len(row)))
        text.flush()
    except UnicodeEncodeError as error:
        raise UsageError(
            f"{style.encoding} has no {quote(error.object[error.start])}, which the records hold.",
            "Leave --encoding out, or say --encoding utf-8.",
        ) from None
    finally:
        text.detach()
