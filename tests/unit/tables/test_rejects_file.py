"""Rejects look like the original, open safely, and import back."""

from __future__ import annotations

import csv
import stat
import sys
from pathlib import Path

import pytest

from exact_import.errors import StorageError
from exact_import.tables.rejects_file import is_unedited, remove_stale_rejects, write_rejects
from exact_import.tables.rejects_form import guard
from exact_import.tables.rows import Row
from exact_import.tables.table import Table, open_table


def opened(folder: Path, content: str | bytes, name: str = "contacts.csv") -> Table:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_table(str(path))


def everything(table: Table) -> list[tuple[Row, str]]:
    return [(row, row.problem or "is wrong") for row in table.rows()]


class Memory(dict[Path, str]):
    """What a journal would remember of the files written."""

    def write(self, table: Table, path: Path | None = None) -> Path:
        return write_rejects(
            table, everything(table), path, remembered=self.get, remember=self.__setitem__
        )


def test_they_look_like_the_original(tmp_path: Path) -> None:
    table = opened(
        tmp_path, 'sep=;\r\nNaam;"Nota; intern"\r\nZoë;"een\r\ntwee"\r\n'.encode("cp1252")
    )
    written = write_rejects(table, [(row, "te lang — ✗") for row in table.rows()])
    assert written == tmp_path / "contacts.rejected.csv"
    assert written.read_bytes() == (
        'sep=;\r\nNaam;"Nota; intern";_line;_error\r\nZoë;"een\r\ntwee";3;te lang — ?\r\n'
    ).encode("cp1252")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp850"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    table = opened(tmp_path, "Naam\tPlaats\nZoë\tLiège\n".encode(encoding))
    content = write_rejects(table, everything(table)).read_bytes()
    expected = "Naam\tPlaats\t_line\t_error\nZoë\tLiège\t2\tis wrong\n"
    assert content == expected.encode(encoding)


# On Windows st_mode tells of nothing but read-only; README says what that means for privacy.
@pytest.mark.posix
def test_only_their_owner_may_read_them(tmp_path: Path) -> None:
    table = opened(tmp_path, "Naam\nJan\n")
    mode = write_rejects(table, everything(table)).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"contacts.csv", "contacts.rejected.csv"}


@pytest.mark.parametrize(
    ("cell", "guarded"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
        ("+a", "'+a"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("\n=1", "'\n'=1"),
        ("＝1", "'＝1"),
        ("\0=1", "'=1"),
        ("+", "'+"),
        ("-", "'-"),
        ("+32 9 123.45.67", "+32 9 123.45.67"),
        ("+32(0)9/123-45-67", "+32(0)9/123-45-67"),
        ("-12,50", "-12,50"),
        ("-12.5 %", "-12.5 %"),
        ("+1=2", "'+1=2"),
        ("+1\n=2", "'+1\n'=2"),
        ("Jan", "Jan"),
        ("'s-Gravenhage", "'s-Gravenhage"),
        ("'=1", "'=1"),
        ("'\t=1", "''\t'=1"),
        (" =1", "' =1"),
        ("\u00a0=1", "'\u00a0=1"),
        ("\u200b@a", "'\u200b@a"),
        ("\ufeff-a", "'\ufeff-a"),
        (" \u2060\t+a", " \u2060\t'+a"),
        ("' =1", "'' =1"),
        ("a;=1", "a;'=1"),
        ("a, \u200b@b", "a, \u200b'@b"),
        ("a\t+b|-c", "a\t'+b|'-c"),
        ('a;"=1"', 'a;"\'=1"'),
        ("a\n=1", "a\n'=1"),
        ("a;'=1", "a;''=1"),
        ("Tel, +32 9 123 45 67; -5 %", "Tel, +32 9 123 45 67; -5 %"),
        ("a - b = c, d-e", "a - b = c, d-e"),
        ("", ""),
    ],
)
def test_spreadsheets_find_no_formula(cell: str, guarded: str) -> None:
    assert guard(cell) == guarded


NASTY = [
    "=1+1", "'=1+1", "''=1", "'", "''", "+32 9", "'+32 9", "+a", "-", "@b", "\t=x", "'\tx", "''\tx",
    "'\r", "\n=x", '="007"', '\'="007"', '="=x"', '="a""b"', "'007", "=", "＝x", "'＝x", "a\0=",
    "\0=x", " =x", "\xa0=x", "\u200b@x", "\ufeff-x", "' =x", "''\u200b=x", "a;=1", "a,'=1",
    "a\t''+b", 'a;"=1"', "a\n-b", "a;' =1", "a; -5; '-5", "a;'", "a,'\"=", "\t'=x",
    " a ", "a;b", 'a"b', '"', "a\r\nb",
]  # fmt: skip


@pytest.mark.parametrize("nasty", NASTY)
def test_each_cell_comes_back_even_twice(tmp_path: Path, nasty: str) -> None:
    quoted = nasty.replace('"', '""')
    table = opened(tmp_path, f'Naam;Nota\nJan;"{quoted}"\n"{quoted}";x\n')
    cells = [row.cells for row in table.rows()]
    again = table
    for _ in range(3):
        again = open_table(str(write_rejects(again, everything(again))))
        assert again.header == ("Naam", "Nota")
        assert [row.cells for row in again.rows()] == cells


def test_the_header_is_guarded_as_well(tmp_path: Path) -> None:
    table = opened(tmp_path, "Naam;=cmd();＝x\nJan;1;2\n")
    written = write_rejects(table, everything(table))
    assert written.read_text("utf-8").startswith("Naam;'=cmd();'＝x;_line")
    assert open_table(str(written)).header == ("Naam", "=cmd()", "＝x")


def test_long_and_short_rows_keep_their_columns(tmp_path: Path) -> None:
    table = opened(tmp_path, "A;B;C\nAlfa BV\n1;2;3;4;5\n")
    written = write_rejects(table, everything(table))
    with written.open(newline="") as stream:
        short, long = csv.DictReader(stream, delimiter=";", restkey="more")
    assert (short["A"], short["C"], short["_line"], short["_error"]) == (
        "Alfa BV",
        "",
        "2",
        "is wrong",
    )
    assert (long["C"], long["_line"], long["more"]) == ("3", "3", ["4", "5"])
    short_row, long_row = open_table(str(written)).rows()
    assert (short_row.cells, short_row.problem) == (("Alfa BV", "", ""), "")
    assert long_row.raw == ("1", "2", "3", "4", "5")
    assert long_row.problem.startswith("5 cells where the header has 3")


def test_a_file_of_one_column(tmp_path: Path) -> None:
    table = opened(tmp_path, "Naam\nJansen, Piet\nA; B\n")
    again = open_table(str(write_rejects(table, everything(table))))
    assert [row.cells for row in again.rows()] == [("Jansen, Piet",), ("A; B",)]


def test_rows_with_broken_quotes_can_be_mended(tmp_path: Path) -> None:
    table = opened(tmp_path, 'A,B,C,D\n1,"2,3,4\n5,6,7,8\n')
    bad, _ = table.rows()
    again = open_table(str(write_rejects(table, [(bad, bad.problem)])))
    assert [row.cells for row in again.rows()] == [("1", '"2', "3", "4")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("contacts.csv", "contacts.rejected.csv"),
        ("contacts.txt", "contacts.rejected.csv"),
        ("CONTACTS.CSV", "CONTACTS.rejected.csv"),
        ("contacts", "contacts.rejected.csv"),
        ("a.b.csv", "a.b.rejected.csv"),
    ],
)
def test_their_name(tmp_path: Path, name: str, expected: str) -> None:
    table = opened(tmp_path, "Naam\nJan\n", name)
    assert write_rejects(table, everything(table)).name == expected


def test_edited_rejects_are_never_replaced(tmp_path: Path) -> None:
    memory = Memory()
    table = opened(tmp_path, "Naam\nJan\n")
    first = memory.write(table)
    table = opened(tmp_path, "Naam\nPiet\n")
    assert memory.write(table) == first
    assert "Piet" in first.read_text()
    first.write_text(first.read_text().replace("Piet", "Pieter"))
    second = memory.write(table)
    assert second.name == "contacts.rejected-2.csv"
    assert "Pieter" in first.read_text()
    table = opened(tmp_path, "Naam\nKarel\n")
    assert memory.write(table) == second
    assert remove_stale_rejects(table, remembered=memory.get) == [second]
    assert first.exists()


def test_without_a_memory_nothing_is_replaced(tmp_path: Path) -> None:
    table = opened(tmp_path, "Naam\nJan\n")
    first = write_rejects(table, everything(table))
    assert write_rejects(table, everything(table)) == first  # the same bytes
    table = opened(tmp_path, "Naam\nPiet\n")
    assert write_rejects(table, everything(table)).name == "contacts.rejected-2.csv"
    assert "Jan" in first.read_text()


def test_two_files_of_one_run_share_no_rejects(tmp_path: Path) -> None:
    memory = Memory()
    one = opened(tmp_path, "Naam\nJan\n", "contacts.csv")
    two = opened(tmp_path, "Naam\nPiet\n", "contacts.txt")
    first = memory.write(one)
    second = write_rejects(two, everything(two), remembered=memory.get, taken=[first])
    assert (first.name, second.name) == ("contacts.rejected.csv", "contacts.rejected-2.csv")
    same = write_rejects(one, everything(one), remembered=memory.get, taken=[first])
    assert same.name == "contacts.rejected-3.csv"


def test_a_gap_in_the_numbers_hides_no_stale_rejects(tmp_path: Path) -> None:
    memory = Memory()
    first = memory.write(opened(tmp_path, "Naam\nJan\n"))
    first.write_text("edited")
    table = opened(tmp_path, "Naam\nPiet\n")
    second = memory.write(table)
    first.unlink()
    assert remove_stale_rejects(table, remembered=memory.get) == [second]


def test_rejects_of_rejects_leave_their_source_alone(tmp_path: Path) -> None:
    memory = Memory()
    source = memory.write(opened(tmp_path, "Naam\nJan\nPiet\n"))
    table = open_table(str(source))
    before = source.read_bytes()
    assert memory.write(table).name == "contacts.rejected-2.csv"
    assert source.read_bytes() == before
    assert is_unedited(source, memory.get)
    assert [path.name for path in remove_stale_rejects(table, remembered=memory.get)] == [
        "contacts.rejected-2.csv"
    ]
    assert source.exists()


def test_a_path_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    memory = Memory()
    table = opened(tmp_path, "Naam\nJan\n")
    written = memory.write(table, Path("mine.csv"))
    assert written == Path("mine.csv")
    assert is_unedited(tmp_path / "mine.csv", memory.get)


def test_standard_input_has_its_rejects_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "in.csv").open("w+") as stream:
        stream.write("Naam\nJan\n")
        stream.seek(0)
        monkeypatch.setattr(sys, "stdin", stream)
        table = open_table("-")
    assert write_rejects(table, everything(table)) == Path("stdin.rejected.csv")


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    table = opened(tmp_path, "Naam\nJan\n")
    with pytest.raises(StorageError, match=r"cannot be written to .*nowhere"):
        write_rejects(table, everything(table), tmp_path / "nowhere" / "a.csv")


def test_a_fault_half_way_leaves_nothing(tmp_path: Path) -> None:
    table = opened(tmp_path, "Naam\nJan\nPiet\n")

    def failing() -> object:
        yield next(table.rows()), "wrong"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_rejects(table, failing())  # type: ignore[arg-type] # an iterator all the same
    assert [path.name for path in tmp_path.iterdir()] == ["contacts.csv"]
