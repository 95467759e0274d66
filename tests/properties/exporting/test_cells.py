"""A cell of an export is read as it was, before and after a spreadsheet saved it."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from depth import scaled
from exact_import.exporting.export_file import safe_text
from exact_import.tables.table import open_table

_MADE_OF = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
    st.text("'=\"+-@0123456789 .,/:eE%\n\uff1d", max_size=12),
)

_ID = "d8240cfd-892b-417a-9927-262574525902"


def _read_back(folder: Path, cells: list[str]) -> list[str]:
    path = folder / "cells.csv"
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(
        [["account.Name", "account.ID"], *([cell, _ID] for cell in cells)]
    )
    path.write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode())
    return [row.cells[0] for row in open_table(str(path), delimiter=";").rows()]


def _saved(cell: str) -> str:
    """Return what a spreadsheet saves of a cell: the value of a formula, or the text itself."""
    formula = re.fullmatch(r'="(?:[^"]|"")*"(?:&"(?:[^"]|"")*")*', cell)
    if formula is None:
        return cell
    parts = re.findall(r'"((?:[^"]|"")*)"', cell)
    return "".join(part.replace('""', '"') for part in parts)


@settings(
    max_examples=scaled(300),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(texts=st.lists(_MADE_OF, min_size=1, max_size=20))
@example(texts=["'0", '="x"', "'='x", "=", "0123", "''1", '"', "'", "＝1", "'＝1", "''＝"])
@example(texts=["Â\x80", "LiÃ¨ge", "Jansen &amp; Zn", "&#65;"])
@example(texts=["='", "='"])
@example(texts=["a;=1", 'a,"=1', "a\t-b;@c", "\u200b=1", "\n=", "a;'=1", '"&"=', 'x"";+a'])
def test_any_text_comes_back(tmp_path: Path, texts: list[str]) -> None:
    cells = [safe_text(text) for text in texts]
    expected = [text.replace("\r\n", "\n").replace("\r", "\n").strip() for text in texts]
    assert _read_back(tmp_path, cells) == expected
    assert _read_back(tmp_path, [_saved(cell) for cell in cells]) == expected
    for cell in cells:
        assert (
            not re.match(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]", cell)
            or cell.startswith('="')
            or re.fullmatch(r"-\d{1,11}", cell)
        )


@pytest.mark.parametrize(
    "text",
    [
        *("0123", "123456789012", "+3295550121", "0475/55.01.21", "1/2", "12-5", "2024-01-31"),
        *("12:30", "9 am", "12 A", "1E5", "1,5", "1.234", "5 %", "€ 5", "5 EUR", "3 mei"),
        *("mei 2020", "1-jan-20", "2020 Dec 3", "déc. 2020", "TRUE", "waar", "Vrai", "(5)"),
    ],
)
def test_what_a_spreadsheet_alters_is_written_as_text(text: str) -> None:
    assert safe_text(text) == f'="{text}"'


@pytest.mark.parametrize(
    "text",
    ["1001", "12345678901", "-5", "0", "1234 AB", "Kerkstraat 12", "Maria", "mei", "a\n1", ""],
)
def test_the_rest_stays_as_it_is(text: str) -> None:
    assert safe_text(text) == text


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "text", ["a,=1", "a;=1", "a;\u200b@x", 'a,"=1"', "a\t-b", "a|+b", " =1", "\u2060=1", "a\n=1"]
)
def test_no_cell_is_a_formula_whatever_the_delimiter(text: str, delimiter: str) -> None:
    written = io.StringIO()
    csv.writer(written, delimiter=";", lineterminator="\r\n").writerow(["x", safe_text(text), "y"])
    for cell in next(csv.reader(io.StringIO(written.getvalue()), delimiter=delimiter)):
        bare = re.sub(r'^[\s"\u200b\u2060\ufeff]+', "", cell)
        assert not re.match(r"[=+\-@]", bare) or re.match(r'="', cell)
