"""A list as a CSV that Excel opens with a double click; no import reads it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from exact_import.errors import StorageError
from exact_import.exporting.export_file import style_for
from exact_import.files import write_atomic
from exact_import.tables.guarding import guard


def write_list(
    path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]], country: str, option: str
) -> None:
    """Write `rows` under `columns`, as Excel in `country` (ISO-2) wants it (mode 0600).

    Written whole or not at all; a device is written to. Raises StorageError, whose advice names
    the `option` that gave `path`.
    """
    style = style_for(country, None, None, "")
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=style.delimiter, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(map(guard, row) for row in rows)
    content = text.getvalue().encode(style.encoding, "replace")
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            write_atomic(path, content)
    except OSError as error:
        raise StorageError(
            f"The list cannot be written to {path}: {error.strerror or error}.",
            f"Name another file with {option}.",
        ) from None
