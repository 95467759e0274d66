"""Tables of many megabytes: read row by row, whatever stands in them."""

from __future__ import annotations

from pathlib import Path

from exact_import.tables.rows import Row
from exact_import.tables.table import open_table

WIDE = "Naam,Straat,Plaats,Land\n"


def test_a_quote_cannot_swallow_a_large_file(tmp_path: Path) -> None:
    text = WIDE + 'Jan,"Weg 1,Gent,BE\n' + "Piet,Weg 2,Aalst,BE\n" * 450_000
    path = tmp_path / "quotes.csv"
    path.write_text(text, encoding="utf-8", newline="")
    bad, *rest = open_table(str(path)).rows()
    assert "line 2 is never closed" in bad.problem
    assert len(rest) == 450_000
    assert rest[-1] == Row(450_002, ("Piet", "Weg 2", "Aalst", "BE"), rest[-1].raw, "")
    assert not any(row.problem for row in rest)
