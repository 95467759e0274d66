"""Workbooks as files: which kind they are, damaged ones, bombs, passwords, and their rejects."""

from __future__ import annotations

import contextlib
import gzip
import io
import random
import struct
import zipfile
from pathlib import Path

import pytest

import workbooks
from depth import scaled
from exact_import.errors import UsageError
from exact_import.tables.rejects_file import write_rejects
from exact_import.tables.table import open_table
from opened_tables import cells
from read_workbooks import FAR, HEADER, ROWS, TEXTS, read, rezipped

# --- files -------------------------------------------------------------------------------------


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    content = workbooks.make("xlsx", {"A": [HEADER, *ROWS]})
    assert cells(read(tmp_path, content, "some.csv")) == TEXTS
    assert cells(read(tmp_path, gzip.compress(content), "some.xlsx.gz")) == TEXTS
    assert cells(read(tmp_path, b"Naam;Plaats\nPeeters;Gent\n", "a.xlsx")) == [("Peeters", "Gent")]


@pytest.mark.parametrize(
    "far",
    [
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        b"<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>",
        b'<row r="4000000000"><c r="B4000000000"><v>1</v></c></row>',
        b"<row>" + b"<c><v>1</v></c>" * 16_384 + b"</row>" + b"<row><c><v>1</v></c></row>" * 2_000,
    ],
)
def test_a_cell_far_away_is_no_bomb(tmp_path: Path, far: bytes) -> None:
    content = rezipped(workbooks.make("xlsx", {"A": [["x"]]}), sheet1=FAR % far)
    with pytest.raises(UsageError, match="more than a table of contacts has"):
        read(tmp_path, content)


def test_styled_cells_without_a_value_are_not_far_away(tmp_path: Path) -> None:
    styled = b'<row r="2"><c r="XFD2" s="1"/></row><row r="1048576"><c r="A1048576" s="1"/></row>'
    text = b'<row r="3"><c r="A3" t="inlineStr"><is><t>Naam</t></is></c></row>'
    content = rezipped(workbooks.make("xlsx", {"A": [["x"]]}), sheet1=FAR % (styled + text))
    assert read(tmp_path, content).header == ("Naam",)


def test_repeated_cells_of_an_ods_are_no_bomb(tmp_path: Path) -> None:
    content = workbooks.make("ods", {"A": [["Naam", "Plaats"], ["Peeters", "Gent"]]})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read("content.xml")
    bomb = xml.replace(
        b'<table:table-cell office:value-type="string"><text:p>Gent',
        b'<table:table-cell office:value-type="string" '
        b'table:number-columns-repeated="16384000"><text:p>Gent',
    )
    assert bomb != xml
    with pytest.raises(UsageError, match="more than a table of contacts has"):
        read(tmp_path, rezipped(content, content=bomb), "some.ods")


def test_an_xlsb_is_read_and_a_far_cell_in_it_is_no_bomb(tmp_path: Path) -> None:
    table = read(tmp_path, workbooks.make_xlsb("Klanten", [["Naam", "Plaats"], ["Zoë", "Gent"]]))
    assert table.name.endswith('sheet "Klanten"')
    assert cells(table) == [("Zoë", "Gent")]
    far = workbooks.make_xlsb("Klanten", [["Naam", "Plaats"]], far=(1_048_575, 16_383))
    with pytest.raises(UsageError, match="more than a table of contacts has"):
        read(tmp_path, far)


def test_a_workbook_that_unpacks_to_too_much(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
    content = bytearray(stream.getvalue())
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = (600 << 20).to_bytes(4, "little")
    with pytest.raises(UsageError, match="unpacks to more than 512 MB"):
        read(tmp_path, bytes(content))


@pytest.mark.parametrize("kind", workbooks.KINDS)
def test_damaged_workbooks(tmp_path: Path, kind: str) -> None:
    content = workbooks.make(kind, {"A": [HEADER, *ROWS * 200]})
    for cut in (600, len(content) // 2, len(content) - 40):
        with pytest.raises(UsageError, match="damaged"):
            read(tmp_path, content[:cut], f"some.{kind}")


@pytest.mark.parametrize("kind", [*workbooks.KINDS, "xlsb"])
def test_bytes_changed_anywhere_end_with_a_sentence_at_worst(tmp_path: Path, kind: str) -> None:
    chance = random.Random(kind)
    rows: workbooks.Cells = [HEADER, *ROWS * 10]
    content = workbooks.make_xlsb("A", [["Naam", "Plaats"], ["Zoë", "Gent"]])
    if kind != "xlsb":
        content = workbooks.make(kind, {"A": rows})
    for _ in range(scaled(40)):
        broken = bytearray(content)
        for _ in range(chance.randint(1, 6)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        with contextlib.suppress(UsageError):
            read(tmp_path, bytes(broken))


def test_rows_that_an_xls_claims_to_have_are_no_bomb(tmp_path: Path) -> None:
    content = bytearray(workbooks.make("xls", {"A": [HEADER, *ROWS]}))
    place = content.index(b"\x00\x02\x0e\x00") + 4  # the record DIMENSIONS
    for rows in ((0, 1 << 31), (1 << 31, 5)):
        content[place : place + 8] = struct.pack("<II", *rows)
        with pytest.raises(UsageError, match="more than a table of contacts has"):
            read(tmp_path, bytes(content))


def _encrypted_package(xls: bytes) -> bytes:
    """Return an OLE file with the stream that Excel keeps a protected .xlsx in."""
    old, new = ("Workbook".encode("utf-16-le"), "EncryptedPackage".encode("utf-16-le"))
    place = xls.index(old + bytes(2))
    return xls[:place] + new + xls[place + len(new) :]


def _file_pass(xls: bytes) -> bytes:
    place = xls.index(b"\x09\x08\x10\x00") + 20
    return xls[:place] + b"\x2f\x00" + xls[place + 2 :]


def test_workbooks_with_a_password(tmp_path: Path) -> None:
    xls = workbooks.make("xls", {"A": [HEADER]})
    ods = workbooks.make("ods", {"A": [HEADER]})
    locked = b"<manifest:manifest><manifest:encryption-data/></manifest:manifest>"
    for content in (_encrypted_package(xls), _file_pass(xls), rezipped(ods, manifest=locked)):
        with pytest.raises(UsageError, match="protected by a password"):
            read(tmp_path, content)


def test_an_empty_workbook(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no sheet that Excel shows has a cell with a value"):
        read(tmp_path, workbooks.make("xlsx", {"A": [], "B": []}))


# --- rejects -----------------------------------------------------------------------------------


def test_rejects_are_a_csv_that_reads_the_same(tmp_path: Path) -> None:
    table = read(tmp_path, workbooks.make("xlsx", {"Klanten": [HEADER, *ROWS]}), "klanten.xlsx")
    row = list(table.rows())[1]
    path = write_rejects(table, [(row, "wrong")])
    assert path == tmp_path / "klanten.rejected.csv"
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbfKlantnr;Naam;")
    assert (
        b"\r\n1002;Garage Claes;Markt 5A;2000;Antwerpen;032251234;1980-12-31;5;3;wrong" in content
    )
    again = open_table(str(path))
    assert again.header == table.header
    assert cells(again) == [row.cells]
