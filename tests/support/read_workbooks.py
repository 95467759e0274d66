"""How tests read a workbook."""

from __future__ import annotations

import datetime
import io
import zipfile
from pathlib import Path
from typing import Any

from exact_import.tables.table import Table, open_table

HEADER = ["Klantnr", "Naam", "Straat", "Postcode", "Plaats", "Telefoon", "Geboortedatum", "Korting"]

ROWS: list[list[Any]] = [
    [
        1001,
        "Bakkerij Peeters",
        "Kerkstraat 12",
        9000,
        "Gent",
        "092251234",
        datetime.date(1970, 3, 1),
        12.5,
    ],
    [
        1002,
        "Garage Claes",
        "Markt 5A",
        2000,
        "Antwerpen",
        "032251234",
        datetime.date(1980, 12, 31),
        5,
    ],
]

TEXTS = [
    (
        "1001",
        "Bakkerij Peeters",
        "Kerkstraat 12",
        "9000",
        "Gent",
        "092251234",
        "1970-03-01",
        "12.5",
    ),
    ("1002", "Garage Claes", "Markt 5A", "2000", "Antwerpen", "032251234", "1980-12-31", "5"),
]


def read(folder: Path, content: bytes, name: str = "some.xlsx", sheet: str | None = None) -> Table:
    path = folder / name
    path.write_bytes(content)
    return open_table(str(path), sheet=sheet)


def rezipped(workbook: bytes, **parts: bytes) -> bytes:
    """Return the archive with other contents of the parts whose names end so."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(stream, "w", 8) as new:
        for name in old.namelist():
            end = name.rpartition("/")[2].partition(".")[0]
            new.writestr(name, parts.get(end, old.read(name)))
    return stream.getvalue()


FAR = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="A1"><v>1</v></c></row>%s</sheetData></worksheet>'
)
