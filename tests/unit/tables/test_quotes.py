"""Quotes: doubled, stray, and never closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from exact_import.tables.rows import Row
from exact_import.tables.table import open_table

if TYPE_CHECKING:
    from pathlib import Path


def rows(folder: Path, text: str) -> list[Row]:
    path = folder / "quotes.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return list(open_table(str(path)).rows())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('"a ""quoted"" word"', 'a "quoted" word'),
        ('5" pipe', '5" pipe'),
        ('a "b" c', 'a "b" c'),
        ('"5" pipe"', '5" pipe'),
        ('"Bakkerij "De Zon" BV"', 'Bakkerij "De Zon" BV'),
        ('"De Zon" BV', '"De Zon" BV'),
        ('"Chez Nous; "Gent""', 'Chez Nous; "Gent"'),
        ('""', ""),
        ('""""', '"'),
        ('"a;b"', "a;b"),
    ],
)
def test_quotes_that_have_a_meaning(tmp_path: Path, written: str, meant: str) -> None:
    first, second = rows(tmp_path, f"A;B;C\nx;{written};z\n1;2;3\n")
    assert (first.cells, first.problem) == (("x", meant, "z"), "")
    assert (second.line, second.cells, second.problem) == (3, ("1", "2", "3"), "")


WIDE = "Naam,Straat,Plaats,Land\n"


def test_an_unclosed_quote_costs_its_own_row_only(tmp_path: Path) -> None:
    text = (
        WIDE + 'Jan,"Weg 1,Gent,BE\n' + "Piet,Weg 2,Aalst,BE\n" * 3 + '"Karel","Weg 3",Ieper,BE\n'
    )
    bad, *good = rows(tmp_path, text)
    assert (bad.line, bad.cells) == (2, ("Jan", '"Weg 1', "Gent", "BE"))
    assert (
        bad.problem
        == 'the quote (") that opens on line 2 is closed in the middle of a cell on line 6'
    )
    assert [(row.line, row.problem) for row in good] == [(3, ""), (4, ""), (5, ""), (6, "")]
    assert good[-1].cells == ("Karel", "Weg 3", "Ieper", "BE")


def test_a_quote_that_nothing_closes(tmp_path: Path) -> None:
    text = WIDE + 'Piet,Weg 2,Aalst,BE\n"Jan,Weg 1,Gent,BE\n' + "An,Weg 2,Aalst,BE\n" * 3
    good, bad, *rest = rows(tmp_path, text)
    assert good.problem == ""
    assert bad.line == 3
    assert bad.problem == 'the quote (") that opens on line 3 is never closed'
    assert [(row.line, row.problem) for row in rest] == [(4, ""), (5, ""), (6, "")]


def test_the_remains_of_a_torn_cell_are_no_rows(tmp_path: Path) -> None:
    """A download that broke off within a note must not become customers."""
    torn = rows(tmp_path, WIDE + 'Jan,"Kerkstraat 1\nbus 2\nachterhuis, links')
    assert [row.line for row in torn] == [2, 3, 4]
    assert all(row.problem for row in torn)
    assert "opens on line 2" in torn[1].problem


def test_a_quote_within_a_cell_of_several_lines(tmp_path: Path) -> None:
    found = rows(tmp_path, WIDE + 'Jan,"Zei "ja" en\nbleef\nstaan",Gent,BE\nPiet,Weg 2,Aalst,BE\n')
    assert [(row.line, bool(row.problem)) for row in found] == [
        (2, True),
        (3, True),
        (4, True),
        (5, False),
    ]


def test_the_line_of_the_quote_and_not_of_the_row(tmp_path: Path) -> None:
    found = rows(tmp_path, WIDE + 'Jan,"Weg 1\nbus 2","Gent,BE\nPiet,Weg 2,Aalst,BE\n')
    assert [row.line for row in found] == [2, 4]
    assert "that opens on line 3 is never closed" in found[0].problem
    assert found[1].problem == ""


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ('Naam,Nota\n"Jan,x\nPiet,y\n', [2, 3]),  # one line proves nothing
        ('Naam,Nota\n"Jan,x\nPiet,y\nAn,z\n', [2]),
        ('Naam,Nota\nJan,"x\nhalf a note,\nand more\n', [2, 3, 4]),
        ('Naam\n"Jan\nPiet\nAn\n', [2, 3, 4]),
    ],
)
def test_narrow_tables_distrust_what_a_quote_would_swallow(
    tmp_path: Path, text: str, bad: list[int]
) -> None:
    assert [row.line for row in rows(tmp_path, text) if row.problem] == bad


def test_a_cell_that_holds_rows_is_reported(tmp_path: Path) -> None:
    text = WIDE + '"Jan,Weg 1,Gent,BE\nPiet,Weg 2,Aalst,BE\nAn,Weg 3,Ieper",BE\nX,,,\n'
    bad, good = rows(tmp_path, text)
    assert "continues to line 4 and holds what look like whole rows" in bad.problem
    assert (good.line, good.problem) == (5, "")


def test_a_cell_with_a_list_in_it_is_a_cell(tmp_path: Path) -> None:
    text = WIDE + 'Jan,"Weg 1, bus 2, trap 3\nachter, links, boven",Gent,BE\nX,",,,\n,,,",,\n'
    assert [row.problem for row in rows(tmp_path, text)] == ["", ""]


@pytest.mark.parametrize("last", ['"', 'x,"', 'x,"y', 'x,"y"z', 'x,"y"z"', 'x,"y\n\n\n'])
def test_broken_last_lines(tmp_path: Path, last: str) -> None:
    good, bad = rows(tmp_path, WIDE + "a,b,c,d\n" + last)
    assert good.problem == ""
    assert bad.line == 3
    assert bad.problem
