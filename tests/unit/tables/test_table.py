"""What the reader makes of the things that people's files have."""

from __future__ import annotations

import gzip
import io
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from exact_import.errors import ConfigError, UsageError
from exact_import.tables import source
from exact_import.tables import table as table_module
from exact_import.tables.table import Table, open_table
from opened_tables import cells, opened

Cells = list[tuple[str, ...]]


def lines(table: Table) -> list[int]:
    return [row.line for row in table.rows()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_finds_the_delimiter(tmp_path: Path, delimiter: str) -> None:
    table = opened(tmp_path, f"Naam{delimiter}Plaats\nJan{delimiter}Gent\n")
    assert table.dialect.delimiter == delimiter
    assert table.header == ("Naam", "Plaats")
    assert cells(table) == [("Jan", "Gent")]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("Naam;Bedrag\nA;1,5\nB;2,5\nC;3,5\n", ";"),
        ("Naam, voornaam;Adres;Plaats\nA, b;Weg 1, bus 2;Gent\nC, d;Weg 3, bus 4;Aalst\n", ";"),
        ('"a;b","c;d"\n"e;f","g;h"\n', ","),
        ('Naam,Nota\n"Jan","a;b;c\nd;e;f"\n"Piet","x;y"\n', ","),
        ("Naam;Nota\nJan;a|b\nPiet;c|d\n", ";"),
        ("Naam\tNota\nJan\ta,b;c\nPiet\td,e;f\n", "\t"),
        ("Naam;Plaats\nJan;Gent;;\nPiet;Aalst;;\n", ";"),
        ("Naam,Straat,Plaats\nJan\nPiet,Weg 1\nKarel,Weg 2,Gent\n", ","),
    ],
)
def test_the_whole_head_decides_on_the_delimiter(tmp_path: Path, text: str, delimiter: str) -> None:
    assert opened(tmp_path, text).dialect.delimiter == delimiter


def test_one_column(tmp_path: Path) -> None:
    table = opened(tmp_path, "Bedrijfsnaam\nJansen, Piet & zn; Gent\n\tTab | pijp\n\n'0123\n")
    assert table.header == ("Bedrijfsnaam",)
    assert cells(table) == [("Jansen, Piet & zn; Gent",), ("Tab | pijp",), ("0123",)]
    assert lines(table) == [2, 3, 5]


def test_one_header_above_several_columns_is_no_single_column(tmp_path: Path) -> None:
    table = opened(tmp_path, "Naam\nJansen;Gent\nPeeters;Aalst\nClaes;Lier\n")
    assert all("2 cells where the header has 1" in row.problem for row in table.rows())


@pytest.mark.parametrize(
    "first", ["sep=;", "SEP=;", '"sep=;"', "sep=;;;;", "sep=;\r", "\ufeffsep=;"]
)
def test_obeys_the_sep_line(tmp_path: Path, first: str) -> None:
    table = opened(tmp_path, first + "\nNaam;Plaats,Land\nJan;Gent,BE\n")
    assert table.dialect.sep_line
    assert table.dialect.delimiter == ";"
    assert table.header == ("Naam", "Plaats,Land")
    assert (table.header_line, lines(table)) == (2, [3])


def test_a_delimiter_that_the_user_gives_wins(tmp_path: Path) -> None:
    table = opened(tmp_path, "sep=;\nNaam;Plaats,Land\nJan;Gent,BE\n", delimiter=",")
    assert table.header == ("Naam;Plaats", "Land")
    assert cells(table) == [("Jan;Gent", "BE")]


@pytest.mark.parametrize(("given", "meant"), [("tab", "\t"), ("\\t", "\t"), ("^", "^")])
def test_names_of_delimiters(tmp_path: Path, given: str, meant: str) -> None:
    text = f"Naam{meant}Plaats\nJan{meant}Gent\n"
    assert cells(opened(tmp_path, text, delimiter=given)) == [("Jan", "Gent")]


@pytest.mark.parametrize("given", ["", ";;", '"', "a", "\n", "\0", "'"])
def test_what_cannot_be_a_delimiter(tmp_path: Path, given: str) -> None:
    with pytest.raises(ConfigError, match="cannot separate columns"):
        opened(tmp_path, "Naam\nJan\n", delimiter=given)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_are_those_of_an_editor(tmp_path: Path, newline: str) -> None:
    text = 'Naam;Nota\nA;"een\ntwee\r\ndrie\rvier"\n\n;\n" ";""\nB;x\n'
    text = text.replace("\n", newline).replace("twee\r\r", "twee\r")
    expected = text.splitlines().index("B;x") + 1
    table = opened(tmp_path, text)
    first, last = table.rows()
    assert first.line == 2
    assert last.line == expected
    assert first.cells[1].splitlines() == ["een", "twee", "drie", "vier"]
    assert table.dialect.newline == newline


def test_line_ends_within_the_header_do_not_decide(tmp_path: Path) -> None:
    table = opened(tmp_path, 'Naam;"Nota\nintern"\r\nJan;x\r\n')
    assert table.dialect.newline == "\r\n"
    assert table.header == ("Naam", "Nota\nintern")
    assert lines(table) == [3]


def test_blank_lines_before_the_header(tmp_path: Path) -> None:
    table = opened(tmp_path, "\n;;\n\nNaam;Plaats;Land\n\nJan;Gent;BE\n")
    assert (table.header_line, lines(table)) == (4, [6])


@pytest.mark.parametrize(
    "blank", ["", ";;", " ; ;\t", '"";"";""', "\xa0", "\0\0", "\x1a", '" ";;', '"\n"']
)
def test_blank_lines_are_skipped(tmp_path: Path, blank: str) -> None:
    table = opened(tmp_path, f"A;B;C\n{blank}\n1;2;3\n{blank}\n")
    expected = 3 + blank.count("\n")
    assert [(row.line, row.cells) for row in table.rows()] == [(expected, ("1", "2", "3"))]


@pytest.mark.parametrize("cell", ['""""', '";"', "'", "-", "\u200b"])
def test_what_is_not_quite_blank_is_kept(tmp_path: Path, cell: str) -> None:
    assert len(cells(opened(tmp_path, f"A;B;C\n{cell};;\n"))) == 1


def test_short_rows_are_filled_up(tmp_path: Path) -> None:
    (row,) = opened(tmp_path, "A,B,C\n1\n").rows()
    assert (row.cells, row.raw, row.problem) == (("1", "", ""), ("1",), "")


def test_long_rows_are_problems_only_if_something_is_there(tmp_path: Path) -> None:
    empty, filled = opened(tmp_path, "A,B\n1,2,, \n1,2,,extra\n").rows()
    assert (empty.cells, empty.problem) == (("1", "2"), "")
    assert filled.cells == ("1", "2")
    assert filled.raw == ("1", "2", "", "extra")
    assert filled.problem.startswith("4 cells where the header has 2")
    assert "extra" in filled.problem


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("'0123", "0123"),
        ("'+32 9 1", "+32 9 1"),
        ("'=A1", "=A1"),
        ("'-1", "-1"),
        ("'@home", "@home"),
        ("'s-Hertogenbosch", "'s-Hertogenbosch"),
        ("'t Hof", "'t Hof"),
        ("'", "'"),
        ("''1", "''1"),
        ("'\u0663", "'\u0663"),  # a digit, but not one of ours
        ("it's 0", "it's 0"),
        ('="0123"', "0123"),
        ('"=""0123"""', "0123"),
        ('"=""a ""quoted"" word"""', '="a "quoted" word"'),
        ('"=""a """"quoted"""" word"""', 'a "quoted" word'),
        ('=""', ""),
        ('"="""', '="'),
        ("=A1", "=A1"),
        ("a\0b", "ab"),
        ("'\x000", "0"),
    ],
)
def test_what_spreadsheets_add_is_taken_off(tmp_path: Path, written: str, meant: str) -> None:
    (row,) = opened(tmp_path, f"A;B\n{written};x\n").rows()
    assert row.cells == (meant, "x")
    assert (row.raw is row.cells) == (row.raw == row.cells)


def test_raw_cells_are_as_in_the_file(tmp_path: Path) -> None:
    (row,) = opened(tmp_path, 'A;B\n\'01;="2"\n').rows()
    assert row.raw == ("'01", '="2"')


def test_the_header_is_cleaned_too(tmp_path: Path) -> None:
    table = opened(tmp_path, '\ufeff"Naam ";="Plaats";\'-x;a\0b\nJan;Gent;1;2\n')
    assert table.header == ("Naam", "Plaats", "-x", "ab")


def test_odd_headers_are_reported(tmp_path: Path) -> None:
    table = opened(tmp_path, "Naam;;Tel;Naam;;\nA;B;C;D;E;F\n")
    assert table.header == ("Naam", "", "Tel", "Naam", "", "")
    problems = [(p.line, p.severity, p.column, p.message) for p in table.problems]
    assert problems == [
        (1, "warning", "Naam", 'columns 1, 4 have the same header "Naam"'),
        (2, "warning", "", 'column 2 has no header and is not read; 1 cell in it, here "B"'),
        (2, "warning", "", 'column 5 has no header and is not read; 1 cell in it, here "E"'),
        (2, "warning", "", 'column 6 has no header and is not read; 1 cell in it, here "F"'),
    ]


@pytest.mark.parametrize("text", ["Naam;Tel;;\nA;B;;\n", "Naam;;Tel\nA;;B\n"])
def test_empty_columns_without_a_header_go_unmentioned(tmp_path: Path, text: str) -> None:
    assert opened(tmp_path, text).problems == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        (" \r\n\t", "is empty"),
        (";;\n;;\n", "no header"),
        ("jan@example.be;Gent\npiet@example.be;Aalst\n", "looks like a row"),
        ("12;13\n14;15\n", "no words"),
        ('Naam;"Plaats\nJan;Gent\n', "never closed"),
        ('Naam;"Pla"ats;"Land\nJan;Gent\n', "never closed"),
        (";".join(["a"] * 16385), "16385 columns"),
    ],
)
def test_headers_that_cannot_be_one(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        opened(tmp_path, text)
    assert str(tmp_path / "some.csv") in caught.value.message


def test_a_header_alone_is_a_table(tmp_path: Path) -> None:
    table = opened(tmp_path, "Naam;Plaats")
    assert (table.header, cells(table)) == (("Naam", "Plaats"), [])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.xlsx", b"PK\x03\x04....[Content_Types].xml....xl/", "damaged"),
        ("a.ods", b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "damaged"),
        ("a.zip", b"PK\x03\x04..contacts.csv..", "zip archive"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Word"),
        ("a.pdf", b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        ("a.csv", b"\xef\xbb\xbf\n <!DOCTYPE html><html>", "web page"),
        ("a.csv", b'[{"name": "Jan"}]', "JSON"),
        ("a.vcf", b"BEGIN:VCARD\r\nVERSION:3.0", "vCard"),
        ("a.bin", bytes(range(256)) * 40, "binary"),
        ("a.nul", b"Naam" + bytes(5000), "binary"),
        ("a.csv.gz", gzip.compress(b"PK\x03\x04 xl/", mtime=0), "damaged"),
        ("a.csv.gz", gzip.compress(b"Naam,Plaats\n" * 99, mtime=0)[:-9], "damaged"),
        ("a.csv.gz", b"\x1f\x8b nonsense", "damaged"),
        ("a.csv.gz", gzip.compress(b"", mtime=0), "empty"),
    ],
)
def test_files_that_are_no_csv(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        opened(tmp_path, content, name=name)
    assert name in caught.value.message


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.csv does not exist"):
        open_table(str(tmp_path / "nowhere.csv"))
    with pytest.raises(UsageError, match="is a folder"):
        open_table(str(tmp_path))
    with pytest.raises(UsageError, match="cannot be read"):
        open_table("a\0b.csv")
    with pytest.raises(UsageError, match="cannot be read"):
        open_table(str(tmp_path / ("x" * 5000)))


# Windows has no /dev/zero: NUL is a name there, and no file that could be opened by mistake.
@pytest.mark.posix
def test_devices_are_no_files() -> None:
    with pytest.raises(UsageError, match="is a device"):
        open_table("/dev/zero")


def test_compressed_files_stream_as_well(tmp_path: Path) -> None:
    content = b"Naam;Plaats\nJan;Gent\n"
    table = opened(
        tmp_path, gzip.compress(content[:9], mtime=0) + gzip.compress(content[9:]), name="x.csv.gz"
    )
    assert cells(table) == cells(table) == [("Jan", "Gent")]


def test_standard_input_can_be_read_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"Naam;Plaats\nJan;Gent\nPiet;Aalst\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    table = open_table("-")
    assert (table.name, table.path) == ("<stdin>", None)
    first, second = table.rows(), table.rows()
    assert next(first).cells == ("Jan", "Gent")
    assert [row.cells for row in second] == [("Jan", "Gent"), ("Piet", "Aalst")]
    assert next(first).cells == ("Piet", "Aalst")


def test_no_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match="no standard input"):
        open_table("-")


# A pipe that has a name in a folder is made by mkfifo, which Windows does not have.
# mkfifo, which makes a pipe in a folder, is not there on Windows.
@pytest.mark.posix
def test_pipes(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    # As long as the noise of a packed file must be, to be told from text.
    rows = "".join(f"Jan {number * number};Gent\n" for number in range(2000))
    content = gzip.compress(f"Naam;Plaats\n{rows}".encode(), mtime=0)
    writer = threading.Thread(target=pipe.write_bytes, args=(content,))
    writer.start()
    table = open_table(str(pipe))
    writer.join()
    found = cells(table)
    assert found == cells(table)
    assert (len(found), found[-1]) == (2000, ("Jan 3996001", "Gent"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda path: path.write_text("Naam\nPiet\n"), "changed while it was being read"),
        (lambda path: path.with_name("other.csv").replace(path), "changed while it was being read"),
        (lambda path: path.unlink(), "cannot be read"),
    ],
)
def test_a_file_that_changes_underneath(
    tmp_path: Path, change: Callable[[Path], object], message: str
) -> None:
    """The change comes as soon as the file is open, which an audit hook hears."""
    path = tmp_path / "some.csv"
    path.write_text("Naam\nJan\n")
    (tmp_path / "other.csv").write_text("Naam\nAn\n")
    left = [change]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and arguments[0] == str(path) and left:
            left.pop()(path)

    sys.addaudithook(hook)
    with pytest.raises(UsageError, match=message):
        open_table(str(path))
    assert not left


def test_what_was_read_stays_whatever_becomes_of_the_file(tmp_path: Path) -> None:
    table = opened(tmp_path, "Naam\nJan\n")
    (tmp_path / "some.csv").write_text("Naam\nPiet\n")
    assert cells(table) == cells(table) == [("Jan",)]


@pytest.mark.parametrize("packed", [True, False])
def test_bombs_end_with_a_sentence(
    tmp_path: Path, packed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"Naam;Plaats\n" + b"Jan;Gent\n" * 1_000_000
    monkeypatch.setattr(source, "MAX_BYTES", 1 << 20)
    with pytest.raises(UsageError, match="has more than 1 MB"):
        opened(tmp_path, gzip.compress(content) if packed else content)


def test_more_rows_than_fit_into_memory_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_module, "MAX_ROWS", 1000)
    content = "Naam;Plaats\n" + "Jan;Gent\n" * 1000
    assert sum(map(len, opened(tmp_path, content).batches)) == 1000
    with pytest.raises(UsageError, match=r"more than 1,000 rows. Divide it"):
        opened(tmp_path, content + "An;Gent\n")
