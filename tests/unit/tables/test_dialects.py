"""How a file is written is found on its rows: delimiters, quotes, escapes, titles and footers."""

from __future__ import annotations

from pathlib import Path

import pytest

from exact_import.errors import UsageError
from exact_import.tables.quoting import CsvFormat, regrouped, resplit
from exact_import.tables.table import open_table
from opened_tables import opened, sound_cells

BODY = "Bedrijf;E-mail;Plaats\nAlfa BV;a@alfa.example;Gent\nBeta;b@beta.example;Temse\n"
CELLS = [("Alfa BV", "a@alfa.example", "Gent"), ("Beta", "b@beta.example", "Temse")]


@pytest.mark.parametrize(
    "title",
    [
        "Klanten, leveranciers en prospects",
        "Klanten, leveranciers, prospects, oud, nieuw",
        '"Klanten; leveranciers"',
        "Klantenlijst 2026\n\n",
        "[logo];;\nKlantenlijst;;\nAfdruk: 3/02/2026 9:41;;",
        "Administratie:;Test BV;\nPeriode:;2026;\n",
        "Administratie:;Test BV\nDatum:;1/2/2026",
        "Lijst\tvan | alles",
    ],
)
def test_a_title_decides_nothing(tmp_path: Path, title: str) -> None:
    table = opened(tmp_path, f"{title}\n{BODY}")
    assert table.header == ("Bedrijf", "E-mail", "Plaats")
    assert sound_cells(table) == CELLS
    assert len(table.notes) == 1
    assert f"The header is on line {table.header_line}; the title above it was" in table.notes[0]


@pytest.mark.parametrize("title", ['"Customers, suppliers"', "Klanten"])
@pytest.mark.parametrize("blank", ["", "\n"])
@pytest.mark.parametrize("rows", [1, 2])
def test_a_title_of_words_that_headers_have(
    tmp_path: Path, title: str, blank: str, rows: int
) -> None:
    body = "".join(BODY.replace(";", ",").splitlines(keepends=True)[: rows + 1])
    table = opened(tmp_path, f"{title}\n{blank}{body}")
    assert table.header == ("Bedrijf", "E-mail", "Plaats")
    assert sound_cells(table) == CELLS[:rows]
    (note,) = table.notes
    assert "the title above it was left out" in note
    table = opened(tmp_path, f"{title}\n{blank}{body}\nPagina 1 van 1\n")
    assert sound_cells(table) == CELLS[:rows]
    assert "Left out as footer" in table.notes[-1]


@pytest.mark.parametrize(
    "above",
    [
        'Notes:\n"Some names, or places, are missing."\n',
        "Bedrijf\nAlfa BV\nKerkstraat 1, 9000 Gent\nBTW BE0123456749\n",
        "Klanten\nPeriode;2026\nGebruiker;Jan\n",
    ],
)
def test_lines_above_a_header_with_an_unknown_word(tmp_path: Path, above: str) -> None:
    text = f"{above}\nCompany,Email,City,Connected On\nAlfa BV,info@alfa.example,Gent,12 Jan 2025\n"
    header = opened(tmp_path, text).header
    assert header == ("Company", "Email", "City", "Connected On")


@pytest.mark.parametrize(
    "text",
    ["Naam\nPeeters, Jan\nMaes, An\n", "Klant\nKlant, Contact\nMaes, An\n", "Klant\nA,B\nC,D\n"],
)
def test_cells_of_one_column_may_hold_commas(tmp_path: Path, text: str) -> None:
    assert sound_cells(opened(tmp_path, text)) == [(line,) for line in text.splitlines()[1:]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_title_with_other_delimiters(tmp_path: Path, delimiter: str) -> None:
    text = "Lijst; van, alles | samen\n" + BODY.replace(";", delimiter)
    assert sound_cells(opened(tmp_path, text)) == CELLS


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Naam;Nota\nA;{a,b,c,d}\nB;{a,b,c,d}\nC;{a,b,c,d}\n" * 5, ";"),
        ('Naam,Nota\n"A; B","c; d"\n"E; F","g; h"\n', ","),
        ("Naam,Plaats,E-mail\nA;Gent;a@a.example\nB;Temse;b@b.example\nC;Lier;c@c.example\n", ";"),
    ],
)
def test_cells_with_other_delimiters(tmp_path: Path, text: str, found: str) -> None:
    assert opened(tmp_path, text).dialect.delimiter == found


def test_a_header_with_another_delimiter_than_the_rows(tmp_path: Path) -> None:
    text = "Naam,Plaats,E-mail\nA;Gent;a@a.example\nB;Temse;b@b.example\nC;Lier;c@c.example\n"
    table = opened(tmp_path, text)
    assert table.header == ("Naam", "Plaats", "E-mail")
    assert sound_cells(table)[0] == ("A", "Gent", "a@a.example")


def test_a_row_with_another_delimiter_is_reported(tmp_path: Path) -> None:
    table = opened(tmp_path, BODY + "Gamma,g@gamma.example,Lier\n")
    *_, last = table.rows()
    assert last.raw == ("Gamma", "g@gamma.example", "Lier")
    assert last.problem == 'its cells are separated by ",", unlike those of other rows'


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("'Bedrijf';'Plaats'\n'Alfa; Beta';'Gent'\n", ("Alfa; Beta", "Gent")),
        ("'Bedrijf';'Plaats'\n'Café ''t Hof';'Gent'\n", ("Café 't Hof", "Gent")),
        ("'Bedrijf';'Plaats'\n'Café 't Hof';'Gent'\n", ("Café 't Hof", "Gent")),
        ("Bedrijf;Plaats\n't Hof;'s-Hertogenbosch\n", ("'t Hof", "'s-Hertogenbosch")),
        ('Bedrijf;Plaats\n"Een \\"groot\\" huis";Gent\n', ('Een "groot" huis', "Gent")),
        ("Bedrijf,Plaats\nAlfa\\, Beta,Gent\nGamma,Lier\n", ("Alfa, Beta", "Gent")),
        ('Bedrijf;Map\n"Alfa";"C:\\"\n"Beta";"D:\\x"\n', ("Alfa", "C:\\")),
        ('Bedrijf, Plaats\n"Alfa, Beta", "Gent, Zuid"\n', ("Alfa, Beta", "Gent, Zuid")),
        ("Bedrijf; Plaats\nAlfa; Gent\n", ("Alfa", "Gent")),
        ('"Bedrijf;Plaats"\n"Alfa, Beta;Gent"\n', ("Alfa, Beta", "Gent")),
        ('"Bedrijf,Plaats"\n"""Alfa, Beta"",Gent"\n', ("Alfa, Beta", "Gent")),
        ('Bedrijf,Plaats\n"Alfa,Gent"\n"Beta,Lier"\n', ("Alfa", "Gent")),
        ('"Bedrijf";"Plaats"\n"Bakkerij "De Zon" BV";"Gent"\n', ('Bakkerij "De Zon" BV', "Gent")),
        ('"Bedrijf","Plaats"\n"Chez "Nous", Gent","Gent"\n', ('Chez "Nous", Gent', "Gent")),
        ("“Bedrijf”;“Plaats”\n“Alfa; Beta”;“Gent”\n", ("Alfa; Beta", "Gent")),
        ("Bedrijf^Plaats\nAlfa, Beta^Gent\n", ("Alfa, Beta", "Gent")),
        ("Bedrijf;Plaats\nJansen &amp; Zn;Gent\n", ("Jansen & Zn", "Gent")),
    ],
)
def test_quotes_and_escapes(tmp_path: Path, text: str, first: tuple[str, ...]) -> None:
    assert sound_cells(opened(tmp_path, text))[0] == first


def test_quoted_cells_between_spaces(tmp_path: Path) -> None:
    text = 'Naam Plaats Nota\n"Alfa BV" Gent "a b"\n"Beta" Temse "c"\n"Gamma NV" Lier "d e"\n'
    assert sound_cells(opened(tmp_path, text))[0] == ("Alfa BV", "Gent", "a b")


def test_columns_made_of_spaces_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="hold several spaces"):
        opened(tmp_path, "Naam      Plaats\nAlfa BV   Gent\nBeta      Temse\n")


def test_cells_that_hold_a_delimiter_everywhere_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match='most cells below "Naam" hold ";"'):
        opened(tmp_path, "Naam\nAlfa;Gent\nBeta;Temse\n")


@pytest.mark.parametrize(
    ("line", "width", "readings"),
    [
        ('"a "b" c";d', 2, [['a "b" c', "d"]]),
        ('"a;"b";c', 2, [['a;"b', "c"]]),
        ('"a;b;c', 3, [['"a', "b", "c"]]),
        ('"a";"b"', 5, []),
        ('""a;b";c', 2, [['"a;b', "c"]]),
        ('"a";"b" c;d', 3, [["a", '"b" c', "d"]]),
    ],
)
def test_the_readings_of_broken_quotes(line: str, width: int, readings: list[list[str]]) -> None:
    assert regrouped(line, CsvFormat(";"), width)[:1] == readings[:1]


def test_a_row_of_running_text_is_not_split_at_its_spaces() -> None:
    assert resplit(["Lijst van alle klanten"], CsvFormat(";"), 4, (",", ";")) == ([], "")


def test_lines_that_a_spreadsheet_put_into_its_first_column(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        '"Naam,Plaats,E-mail",,\n"Alfa ""A"" BV,Gent,a@a.example",,\n"Beta,Ath,b@b.example",,\n',
        "utf-8",
    )
    table = open_table(str(path))
    assert table.header == ("Naam", "Plaats", "E-mail")
    assert [row.cells[1] for row in table.rows()] == ["Gent", "Ath"]
