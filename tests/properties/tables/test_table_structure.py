"""Each row of any table is kept, or named among those that are left out."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from depth import scaled
from exact_import.tables.body import judge_body
from exact_import.tables.line_reader import read_batches
from exact_import.tables.quoting import CsvFormat
from exact_import.tables.rows import RowLayout

HEADER = "Naam;Straat;Postcode;Plaats;E-mail;Telefoon\n"


odd_rows = st.sampled_from(
    ["Alfa;Dorp 1;9100;Gent;a@a.example;1", "B;;;;;", "Totaal;;;;;3", "Totaal", "", "----;;;;;",
     "Pagina 2", "Beta;Kaai;9000;Gent;;", "C;;9000;;;", ";;;;;5", HEADER.strip(), "Acme NV",
     '"x\ny";;;;;', "a;b;c;d;e;f;g"]
)  # fmt: skip


@settings(deadline=None, max_examples=scaled(300))
@given(st.lists(odd_rows, max_size=30), st.integers(1, 8))
def test_each_row_is_kept_or_named(lines: list[str], size: int) -> None:
    form = CsvFormat(";")
    header = tuple(HEADER.strip().split(";"))
    layout = RowLayout(form, header)
    text = "".join(f"{line}\n" for line in lines)
    batches = list(read_batches(iter(text.splitlines(keepends=True)), 2, layout, size))
    before = [row for batch in batches for row in batch.rows()]
    body = judge_body(batches, [header])
    kept = [row for batch in body.batches for row in batch.rows()]
    left_out = [row for rows in body.left_out.values() for row in rows]
    assert sorted(row.line for row in (*kept, *left_out)) == [row.line for row in before]
    assert [row.raw for row in sorted((*kept, *left_out))] == [row.raw for row in before]
