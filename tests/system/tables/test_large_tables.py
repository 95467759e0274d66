"""Tables of many megabytes: read whole, whatever stands in them, in memory that the rows set."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import pytest

import workbooks
from depth import scaled
from exact_import.errors import UsageError
from exact_import.tables.rows import Row
from exact_import.tables.table import open_table
from opened_tables import opened

WIDE = "Naam,Straat,Plaats,Land\n"


def test_a_quote_cannot_swallow_a_large_file(tmp_path: Path) -> None:
    count = max(75_000, scaled(450_000))
    text = WIDE + 'Jan,"Weg 1,Gent,BE\n' + "Piet,Weg 2,Aalst,BE\n" * count
    path = tmp_path / "quotes.csv"
    path.write_text(text, encoding="utf-8", newline="")
    bad, *rest = open_table(str(path)).rows()
    assert "line 2 is never closed" in bad.problem
    assert len(rest) == count
    assert rest[-1] == Row(count + 2, ("Piet", "Weg 2", "Aalst", "BE"), rest[-1].raw, "")
    assert not any(row.problem for row in rest)


def test_memory_grows_by_the_rows_alone(tmp_path: Path) -> None:
    count = max(20_000, scaled(60_000))
    row = b"Jan;Peeters;" + b"x" * 188 + b"\n"
    plain, packed = tmp_path / "a.csv", tmp_path / "b.csv.gz"
    plain.write_bytes(b"Voornaam;Achternaam;Nota\n" + row * count)
    packed.write_bytes(gzip.compress(plain.read_bytes(), 1))
    open_table(str(packed))  # loads what is loaded once
    for path in (plain, packed):
        tracemalloc.start()
        table = open_table(str(path))
        held, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert sum(map(len, table.batches)) == count
        # Equal cells are one string; while reading, the bytes and the text come on top.
        assert held < 50 * count
        assert peak < 3 * len(row) * count


@pytest.mark.parametrize("kind", workbooks.KINDS)
def test_many_rows(tmp_path: Path, kind: str) -> None:
    count = max(6_000, scaled(20_000))
    rows = [[number, f"Firma {number}", 1000 + number % 9000] for number in range(1, count + 1)]
    path = tmp_path / f"many.{kind}"
    path.write_bytes(workbooks.make(kind, {"A": [["Nr", "Naam", "Postcode"], *rows]}))
    table = open_table(str(path))
    found = list(table.rows())
    assert len(found) == count
    assert found[-1].cells == (str(count), f"Firma {count}", str(1000 + count % 9000))
    assert found[-1].line == count + 1


def test_cells_of_megabytes(tmp_path: Path) -> None:
    large = "é" * 3_000_000
    (row,) = opened(tmp_path, f'Naam;Nota;Plaats\nJan;"{large}\n{large}";Gent\n').rows()
    assert row.cells == ("Jan", f"{large}\n{large}", "Gent")


def test_cells_beyond_reason(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"some\.csv, line 3: a cell has more than 8 million"):
        opened(tmp_path, "Naam;Nota\nJan;x\nPiet;" + "x" * 9_000_000 + "\n")


def test_lines_beyond_reason(tmp_path: Path) -> None:
    path = tmp_path / "long.csv.gz"
    path.write_bytes(gzip.compress(b"Naam;Nota\n") + gzip.compress(b"x;" * (1 << 19)) * 70)
    with pytest.raises(UsageError, match="a line of more than 64 million characters"):
        open_table(str(path))


def test_the_accent_may_come_late(tmp_path: Path) -> None:
    late = "Naam;Plaats\n" + "Jan;Gent\n" * 100_000 + "Zoë;Liège\n"
    for encoding in ("utf-8", "cp1252"):
        table = opened(tmp_path, late.encode(encoding))
        assert table.dialect.encoding == encoding
        *_, last = table.rows()
        assert last.cells == ("Zoë", "Liège")
