"""Which rows are a header, and which below it are none: by the body of the table, not by words."""

from __future__ import annotations

from pathlib import Path

import pytest

from exact_import.errors import UsageError
from exact_import.tables.damage import repair
from exact_import.tables.header import TableHeader, find_header
from exact_import.tables.quoting import rejoined
from exact_import.tables.rows import Row
from exact_import.tables.shapes import column_shapes, shape_of, without_empty
from opened_tables import opened

HEADER = "Naam;Straat;Postcode;Plaats;E-mail;Telefoon\n"
BODY = (
    "Alfa BV;Dorp 1;9100;Gent;a@a.example;09 123 45 67\n"
    "Beta;Kaai 2;9160;Lokeren;b@b.example;09 223 45 67\n"
    "Gamma NV;Park 3;9140;Temse;g@g.example;09 323 45 67\n"
)
NAMES = ["Alfa BV", "Beta", "Gamma NV"]


def judged(text: str) -> TableHeader:
    rows = [tuple(line.split(";")) for line in text.splitlines()]
    return find_header([Row(line, cells, cells) for line, cells in enumerate(rows) if any(cells)])


@pytest.mark.parametrize(
    ("text", "header", "above", "names"),
    [
        ("A;B;C\n1;2;3\n", (0,), (), ("A", "B", "C")),
        ("Lijst;;\nNaam;Plaats;Land\nX;Gent;BE", (1,), (0,), ("Naam", "Plaats", "Land")),
        ("\n\nNaam;Plaats\nX;Gent", (2,), (), ("Naam", "Plaats")),
        ("Firm:;X;\nYear:;2026;\n\nNaam;Plaats;\nY;G;B", (3,), (0, 1), ("Naam", "Plaats", "")),
        ("Foo;Bar\nQux;Baz\nZap;Zip", (0,), (), ("Foo", "Bar")),
        ("Foo;Bar\n;Straat", (0,), (), ("Foo", "Bar")),
        # Two lines: equal ones, groups of columns, words that go on, hints.
        ("A;B\nA;B\n1;2", (0, 1), (), ("A", "B")),
        (
            "Klant;;Contact;\nNaam;Plaats;Naam;E-mail\nX;Gent;Jan;j@x.example",
            (0, 1),
            (),
            ("Klant Naam", "Klant Plaats", "Contact Naam", "Contact E-mail"),
        ),
        (
            "Bedrijf;Bezoekadres;;Postadres;\n;Straat;Plaats;Straat;Plaats\nX;A 1;Gent;B 2;Mol",
            (0, 1),
            (),
            ("Bedrijf", "Bezoekadres Straat", "Bezoekadres Plaats", "Postadres Straat",
             "Postadres Plaats"),
        ),
        ("Klant-;Post-\nnaam;code\nX;9000", (0, 1), (), ("Klantnaam", "Postcode")),
        ("Naam;Plaats\n(verplicht);\nX;Gent", (0, 1), (), ("Naam (verplicht)", "Plaats")),
        # A row of values that are words of headers too is no second line.
        ("Naam;Soort;Plaats\nX;Klant;Gent", (0,), (), ("Naam", "Soort", "Plaats")),
    ],
)  # fmt: skip
def test_headers(
    text: str, header: tuple[int, ...], above: tuple[int, ...], names: tuple[str, ...]
) -> None:
    found = judged(text)
    lines = tuple(tuple(row.line for row in rows) for rows in (found.rows, found.above))
    assert (*lines, found.names) == (header, above, names)
    assert found.doubt == ""


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("Alfa;a@a.example\nBeta;b@b.example", 'it holds "a@a.example"'),
        ("Alfa;Gent;09 123 45 67\nBeta;Temse;09 223 45 67", 'it holds "09 123 45 67"'),
        ("Alfa;Gent;BE0417058131\nBeta;Temse;BE0417058132", 'it holds "BE0417058131"'),
        ("Alfa;9000;Gent\nBeta;9100;Temse", 'it holds "9000"'),
        ("1;2\n3;4", "it has no words"),
        ("Bedrijf;Alfa\nPlaats;Gent\nE-mail;a@a.example", "in the first column"),
        ("Alfa;Gent;a@a.example\nNaam;Plaats;E-mail\nBeta;Lier;b@b.example", "has a row above it"),
    ],
)
def test_tables_without_a_header_above_them(text: str, doubt: str) -> None:
    assert doubt in judged(text).doubt


@pytest.mark.parametrize(
    ("last", "note"),
    [
        ("Totaal;;;;;3", 'total: line 5 ("Totaal 3")'),
        ("TOTAL;;;;;", 'total: line 5 ("TOTAL")'),
        ("Totaal aantal klanten: 3", 'total: line 5 ("Totaal aantal klanten: 3")'),
        ("Aantal relaties: 3;;;;;", 'total: line 5 ("Aantal relaties: 3")'),
        ("\n(3 rows affected)", 'footer: line 6 ("(3 rows affected)")'),
        ("Pagina 1 van 1;;;;;", 'footer: line 5 ("Pagina 1 van 1")'),
        ("Exported by Office on 2026-02-03", 'footer: line 5 ("Exported by Office on 2026-02-03")'),
        (
            "\nContacts Report\n(c) 2026 Vendor\nAcme NV",
            'footer: line 6 ("Contacts Report"), line 7 ("(c) 2026 Vendor") and line 8 ("Acme NV")',
        ),
        ("----;----;----;----;----;---", 'separator: line 5 ("---- ---- ---- ---- ---- ---")'),
        (HEADER.strip(), 'repeated header: line 5 ("Naam Straat Postcode Plaats E-mail Tele…")'),
    ],
)  # fmt: skip
def test_rows_that_are_none_are_left_out_and_named(tmp_path: Path, last: str, note: str) -> None:
    table = opened(tmp_path, f"{HEADER}{BODY}{last}\n")
    assert [row.cells[0] for row in table.rows()] == NAMES
    assert list(table.notes) == [f"Left out as {note}."]


def test_a_footer_longer_than_the_table(tmp_path: Path) -> None:
    text = "Naam,Plaats,E-mail\nAlfa,Gent,a@a.example\n\nReport\n(c) Vendor\nUser: Jan\nAcme NV\n"
    table = opened(tmp_path, text)
    assert [row.cells[0] for row in table.rows()] == ["Alfa"]


def test_pages_with_headers_and_footers(tmp_path: Path) -> None:
    pages = "".join(f"{HEADER}{BODY.replace('a', letter)}\nPagina 1\n\n" for letter in "axy")
    table = opened(tmp_path, pages)
    assert len(list(table.rows())) == 9
    assert not any(row.problem for row in table.rows())


@pytest.mark.parametrize(
    "name",
    [
        "Totaal Bouw;Meir 1;2000;Antwerpen;t@t.example;09 423 45 67",
        "Total;;;;t@t.example;",
        "Total;Meir 1;2000;Antwerpen;;",
        "Totaal Bouw BV;;;;;",
        "Pagina 1 BV;;;;;",
    ],
)
def test_companies_are_not_taken_for_totals(tmp_path: Path, name: str) -> None:
    table = opened(tmp_path, f"{HEADER}{BODY}{name}\n")
    assert [row.cells[0] for row in table.rows()] == [*NAMES, name.split(";", maxsplit=1)[0]]
    assert not table.notes
    assert not any(row.problem for row in table.rows())


def test_a_row_of_one_cell_among_full_ones_is_asked_about(tmp_path: Path) -> None:
    table = opened(tmp_path, f"{HEADER}Actief;;;;;\n{BODY}Groep Noord\n{BODY}")
    doubted = {row.line: row.problem for row in table.rows() if row.problem}
    assert list(doubted) == [2, 6]
    assert doubted[2].startswith('only "Actief" is filled in, so this looks like a title or footer')


@pytest.mark.parametrize(
    ("rows", "titles"),
    [
        # Whoever pads the rows that are half empty writes a title and no company without a city.
        ("Klanten\nAcme;Gent\nBest;\nVerkoop\nCool;Gent\nDeco;Gent\n", [2, 5]),
        ("Acme;Gent\nBest\nCool;Gent\nDeco;Gent\n", []),
        ("Klanten;\nAcme;Gent\nBest;Gent\nCool;Gent\n", []),
        # A title begins each group, below a blank line.
        ("Klanten;\nAcme;Gent\nBest;Gent\n\nVerkoop;\nCool;Gent\nDeco;Gent\n", [2, 6]),
        ("Acme;Gent\nBest;Gent\n\nVerkoop;\nCool;Gent\nDeco;Gent\n", []),
        ("Klanten;\nAcme;Gent\nBest;Gent\n\nCool;Gent\nDeco;Gent\n", []),
        ('Klanten;\nAcme;"Gent\n\n(B)"\nBest;\nCool;Gent\nDeco;Gent\n', []),
    ],
)
def test_a_title_in_a_table_of_two_columns(tmp_path: Path, rows: str, titles: list[int]) -> None:
    table = opened(tmp_path, f"Company;City\n{rows}")
    assert [row.line for row in table.rows() if row.problem] == titles


def test_a_title_above_a_repeated_header_is_asked_about(tmp_path: Path) -> None:
    table = opened(tmp_path, "Naam;Plaats\nAcme;Gent\n\nBlad 2\nNaam;Plaats\nBest;Mol\n")
    assert [(row.cells[0], bool(row.problem)) for row in table.rows()] == [
        ("Acme", False),
        ("Blad 2", True),
        ("Best", False),
    ]


def test_the_totals_of_groups_are_left_out(tmp_path: Path) -> None:
    text = "Klant;Plaats;Omzet\nAcme;Gent;100\nSubtotaal Gent;;100\nBest;Mol;50\n"
    table = opened(tmp_path, f"{text}Sous-total Mol;;50\nSubtotaal BV;Gent;5\n")
    assert [row.cells[0] for row in table.rows()] == ["Acme", "Best", "Subtotaal BV"]


@pytest.mark.parametrize("sum_of", ["=SUM(C2:C3)", "=SUBTOTAAL(9;C2:C3)", '"=som(C2:C3)"'])
def test_a_total_may_be_a_formula(tmp_path: Path, sum_of: str) -> None:
    cell = sum_of if '"' in sum_of else f'"{sum_of}"'
    table = opened(tmp_path, f"Klant;Plaats;Omzet\nAcme;Gent;100\nBest;Mol;50\nTotaal;;{cell}\n")
    assert [row.cells[0] for row in table.rows()] == ["Acme", "Best"]
    assert any(note.startswith("Left out as total: line 4") for note in table.notes)


def test_one_cell_is_nothing_odd_where_rows_differ(tmp_path: Path) -> None:
    table = opened(tmp_path, f"{HEADER}A;;;;;\nB;;;Gent;;\nC;;;;;\nD;;;;;\n")
    assert not any(row.problem for row in table.rows())


@pytest.mark.parametrize(
    "second",
    [
        "Naam;Plaats;BTW-nummer\nDelta;Gent;BE0417058131\n",
        "Voornaam;Achternaam;Functie\nJan;Peeters;CEO\n",
        HEADER.strip() + ";Land\nDelta;Dorp 1;9100;Gent;a@a.example;09 1;BE\n",
    ],
)
def test_a_second_table_is_not_read_as_rows_of_the_first(tmp_path: Path, second: str) -> None:
    table = opened(tmp_path, f"{HEADER}{BODY}\n{second}")
    *rows, last = table.rows()
    assert [row.cells[0] for row in rows] == NAMES
    assert last.line == 6
    assert last.problem == (
        "a second table with other columns begins here and was not read (1 row). "
        "Put it in a file of its own"
    )


def test_the_header_has_an_empty_cell_too_many(tmp_path: Path) -> None:
    table = opened(tmp_path, "Naam;;E-mail;Plaats\n" + "A;a@a.example;Gent\n" * 3)
    assert table.header == ("Naam", "E-mail", "Plaats")
    assert "empty cell in column 2 of the header" in table.notes[0]


def test_a_row_with_an_empty_cell_too_many_is_not_misread(tmp_path: Path) -> None:
    shifted = "Delta;;Dorp 1;9100;Gent;d@d.example;\n"
    table = opened(tmp_path, "Naam;Straat;Postcode;Plaats;E-mail;Nota\n" + 9 * (
        "Alfa;Dorp 1;9100;Gent;a@a.example;\n"
    ) + shifted)  # fmt: skip
    *_, last = table.rows()
    assert last.cells == ("Delta", "Dorp 1", "9100", "Gent", "d@d.example", "")
    assert "an extra empty cell" in last.problem


def test_a_header_with_a_broken_quote_is_read_where_the_rows_bear_it_out(tmp_path: Path) -> None:
    table = opened(tmp_path, 'Naam;"Plaats;Land;Nota\nJan;Gent;BE;x\nAn;Lier;BE;y\n')
    assert table.header == ("Naam", '"Plaats', "Land", "Nota")
    assert [problem.severity for problem in table.problems] == ["warning"]
    with pytest.raises(UsageError, match="never closed"):
        opened(tmp_path, 'Naam;"Plaats\nJan;Gent\n')


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("CafÃ© LiÃ¨ge", "Café Liège"),
        ("Ã–ztÃ¼rk", "Öztürk"),
        ("â‚¬ 5", "€ 5"),
        ("ÃƒÂ¨", "è"),
        ("Jansen &amp; Zn", "Jansen & Zn"),
        ("Li&egrave;ge &#233;", "Liège é"),
        ("R&D; AT&T;", "R&D; AT&T;"),
        ("Ångström Äpfel Ã la carte", "Ångström Äpfel Ã la carte"),
        ("Crème brûlée", "Crème brûlée"),
        ("Ã\x89mile â\x82¬", "Émile €"),
        ("Â\x80", "Â\x80"),
        ("a\x80 Ã©", "a\x80 Ã©"),
    ],
)
def test_damaged_text_is_repaired_where_it_is_certain(cell: str, meant: str) -> None:
    assert repair(cell) == meant


def test_repairs_are_reported_and_leave_the_raw_cells(tmp_path: Path) -> None:
    table = opened(tmp_path, "Naam;Plaats\nAlfa;Gent\nBeta;LiÃ¨ge\nGamma &amp; Zn;Lier\n")
    _, second, third = table.rows()
    assert (second.cells, second.raw) == (("Beta", "Liège"), ("Beta", "LiÃ¨ge"))
    assert (third.cells, third.problem) == (("Gamma & Zn", "Lier"), "")
    assert list(table.notes) == [
        'Damaged text was repaired in 2 cells: "Gamma &amp; Zn" on line 4 was read as "Gamma & Zn".'
    ]


def test_entities_at_semicolons() -> None:
    assert rejoined(["A &amp", " B", "C"], ";") == ["A &amp; B", "C"]
    assert rejoined(["A &amp", " B"], ",") == ["A &amp", " B"]
    assert rejoined(["R&D", "B"], ";") == ["R&D", "B"]


@pytest.mark.parametrize(
    ("cell", "shape"),
    [
        ("", ""),
        ("1.234,50", "number"),
        ("€ 5", "number"),
        ("3/02/2026 9:41", "date"),
        ("09:30", "time"),
        ("+32 9 123 45 67", "phone"),
        ("BE0417058131", "code"),
        ("d8240cfd-892b-417a-9927-262574525902", "code"),
        ("{D8240CFD-892B-417A-9927-262574525902}", "code"),
        ("www.x.example", "url"),
        ("Dorp 1", "text"),
    ],
)
def test_shapes(cell: str, shape: str) -> None:
    assert shape_of(cell) == shape


def test_columns_have_the_shape_of_nearly_all_their_cells() -> None:
    rows = [["1", "x", "", "a@a.example"]] * 9 + [["?", "2", "", ""]]
    assert column_shapes(rows, 4) == ("number", "", "blank", "e-mail")
    assert without_empty(["1", "", "x", "a@a.example", ""], ["number", "", "e-mail", "blank"]) == [
        "1", "x", "a@a.example", ""
    ]  # fmt: skip
    assert without_empty(["1", "", "x", "", ""], ["number", "", "", ""]) is None


@pytest.mark.parametrize(
    ("text", "parted"),
    [
        # The e-mail address of the second half fits the whole row only.
        ("Naam;Adres;E-mail\nA;Dorp 1\n9000 Gent;a@a.example\nB;Kaai 2;b@b.example\n", [2, 3]),
        # Wide, and no other short row: nothing else can have happened.
        (
            "Naam;Straat;Plaats;Land\nA;Dorp 1\nbus 2;Gent;BE\nB;Kaai 2;Temse;BE\n",
            [2, 3],
        ),
        ("Naam;Straat;Plaats;Land\nA\nen Zoon;Dorp\n1;Gent;BE\nB;Kaai;Temse;BE\n", [2, 3, 4]),
        # A program that leaves out the blank cells at the end.
        ("Naam;Plaats;E-mail\nA;Gent\nB;Temse\nC;Aalst;c@c.example\n", []),
        ("Naam;Straat;Plaats;Land\nA;Dorp\nB;Kaai;Gent\nC\nD;Meir;Temse;BE\n", []),
        ("Naam;Straat;Plaats;Land\nA;Dorp\nB;Kaai;Temse;BE\nC;Meir;Gent\n", []),
    ],
)
def test_a_row_parted_by_a_line_break(tmp_path: Path, text: str, parted: list[int]) -> None:
    rows = list(opened(tmp_path, text).rows())
    assert [row.line for row in rows if "line" in row.problem and "join" in row.problem] == parted


@pytest.mark.parametrize("lone", ["4", "28-11-2026", "1.500,00"])
def test_a_number_or_date_alone_is_no_company(tmp_path: Path, lone: str) -> None:
    table = opened(tmp_path, HEADER + BODY + f"{lone};;;;;\n")
    assert list(table.rows())[-1].problem.startswith(f'only "{lone}" is filled in')


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('Naam;Nota\nA;"x\ny"\nB;z\n', "line 4 is row 3"),
        ('Naam;Nota\r\nA;"x\r\n\r\ny"\r\n\r\nB;z\r\n', "line 6 is row 4"),
        ('"Naam\nbedrijf";Nota\nA;x\n', "line 3 is row 2"),
        ('Naam;Nota\nA;x\nB;"y\nz"\n', ""),
        ("Naam;Nota\n\nA;x\n\nB;y\n", ""),
    ],
)
def test_a_line_that_is_another_row_in_excel_is_said(tmp_path: Path, text: str, rows: str) -> None:
    notes = [note for note in opened(tmp_path, text).notes if "row in Excel" in note]
    assert [note.rpartition(": ")[2] for note in notes] == ([f"{rows}."] if rows else [])
