"""Files full of broken quotes are read to their end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from depth import scaled
from exact_import.tables.rows import Row
from exact_import.tables.table import open_table

if TYPE_CHECKING:
    from pathlib import Path


def rows(folder: Path, text: str) -> list[Row]:
    path = folder / "quotes.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return list(open_table(str(path)).rows())


WIDE = "Naam,Straat,Plaats,Land\n"


@pytest.mark.parametrize("line", ['"', 'a,"', '""",', '"a"b', '"a"b,"', '""""",', 'x","'])
def test_files_full_of_broken_quotes_end(tmp_path: Path, line: str) -> None:
    count = scaled(40_000)
    found = rows(tmp_path, WIDE + f"{line}\n" * count)
    assert len(found) <= count
    assert all(row.line <= count + 1 for row in found)
