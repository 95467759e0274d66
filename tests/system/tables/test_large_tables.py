"""Tables of many megabytes: read whole, whatever stands in them, in memory that the rows set."""

from __future__ import annotations

import gzip
import tracemalloc
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


def test_memory_grows_by_the_rows_alone(tmp_path: Path) -> None:
    row = b"Jan;Peeters;" + b"x" * 188 + b"\n"
    plain, packed = tmp_path / "a.csv", tmp_path / "b.csv.gz"
    plain.write_bytes(b"Voornaam;Achternaam;Nota\n" + row * 60_000)
    packed.write_bytes(gzip.compress(plain.read_bytes(), 1))
    open_table(str(packed))  # loads what is loaded once
    for path in (plain, packed):
        tracemalloc.start()
        table = open_table(str(path))
        held, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert sum(map(len, table.batches)) == 60_000
        # Equal cells are one string; while reading, the bytes and the text come on top.
        assert held < 3_000_000
        assert peak < 3 * len(row) * 60_000
