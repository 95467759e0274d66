"""Any table is read in any dialect, below any title and above any footer."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from depth import scaled
from opened_tables import opened, sound_cells

words = st.sampled_from(
    ["Alfa", "Beta BV", "Café Zoë", "Gent", "12", "1,5", "x@y.example", "de Zon", "+32 9 1", "a/b"]
)


awkward = st.sampled_from([*[f"a{mark}b" for mark in ",;\t|"], 'a "b" c', "it's", "'t Hof", "a: b"])


DIALECTS = [
    *[(delimiter, '"', "double") for delimiter in ",;\t|"],
    *[(delimiter, '"', "all") for delimiter in ",;\t|"],
    *[(delimiter, "'", "all") for delimiter in ",;\t|"],
    *[(delimiter, '"', "escaped") for delimiter in ",;\t|"],
    *[(delimiter, '"', "wrapped") for delimiter in ",;\t|"],
    *[(delimiter, '"', "spaced") for delimiter in ",;"],
]


TITLES = ["", "Klantenlijst 2026\n", "Klanten, en meer\n\n", "Overzicht; van alles\n"]


FOOTERS = ["", "\nTotaal: 3 klanten\n", "Pagina 1 van 1\n", "\n(3 rows affected)\n"]


@settings(deadline=None, max_examples=scaled(300), suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(DIALECTS),
    st.lists(
        st.tuples(words, st.one_of(words, awkward), words, st.one_of(words, awkward)),
        min_size=3,
        max_size=12,
    ),
    st.sampled_from(TITLES),
    st.sampled_from(FOOTERS),
    st.sampled_from(["\n", "\r\n"]),
)
def test_any_table_in_any_dialect_with_any_title_and_footer(
    dialect: tuple[str, str, str],
    rows: list[tuple[str, ...]],
    title: str,
    footer: str,
    newline: str,
) -> None:
    delimiter, quote, style = dialect
    header = ("Bedrijf", "Straat", "Plaats", "Opmerking")
    text = io.StringIO()
    writer = csv.writer(
        text,
        delimiter=delimiter,
        quotechar=quote,
        quoting=csv.QUOTE_ALL if style in {"all", "escaped"} else csv.QUOTE_MINIMAL,
        doublequote=style != "escaped",
        escapechar="\\" if style == "escaped" else None,
        lineterminator="\n",
    )
    writer.writerow(header)
    writer.writerows(rows)
    body = text.getvalue()
    if style == "wrapped":
        body = "".join('"' + line.replace('"', '""') + '"\n' for line in body.splitlines())
    if style == "spaced":
        body = "".join(
            (delimiter + " ").join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n"
            for row in (header, *rows)
        )
    with tempfile.TemporaryDirectory() as folder:
        table = opened(Path(folder), (title + body + footer).replace("\n", newline))
    assert table.header == header
    assert sound_cells(table) == [*rows]
    assert len(table.notes) == bool(title) + bool(footer)
