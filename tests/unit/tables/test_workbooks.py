"""Workbooks: what their sheets hold, as text; which sheet is read; and files that are none."""

from __future__ import annotations

import datetime
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
import xlwt

import workbooks
from exact_import.errors import UsageError
from exact_import.tables.table import Table
from opened_tables import cells
from read_workbooks import FAR, HEADER, ROWS, TEXTS, read, rezipped


def warnings(table: Table) -> list[tuple[int, str, str]]:
    return [(one.line, one.column, one.message) for one in table.problems]


@pytest.mark.parametrize("kind", workbooks.KINDS)
def test_a_sheet_with_a_title_is_read_as_a_person_reads_it(tmp_path: Path, kind: str) -> None:
    sheets: dict[str, list[list[Any]]] = {
        "Blad1": [],
        "Klanten": [["Klantenlijst", *[None] * 7], [None] * 8, HEADER, *ROWS],
    }
    table = read(tmp_path, workbooks.make(kind, sheets, [(0, 0, 0, 5)]), f"some.{kind}")
    assert table.header == tuple(HEADER)
    assert cells(table) == TEXTS
    assert [row.line for row in table.rows()] == [4, 5]
    assert table.name == f'{tmp_path / "some"}.{kind}, sheet "Klanten"'
    assert table.header_line == 3
    assert table.problems == []
    assert list(table.notes) == [
        'Sheet "Klanten" is read; empty: "Blad1".',
        'The header is on row 3; the title above it was left out: "Klantenlijst".',
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0475 12 34 56", "0475 12 34 56"),
        ("007", "007"),
        (12.0, "12"),
        (0.1 + 0.2, "0.3"),
        (1.234, "1.2340"),
        (0.00001, "0.00001"),
        (32475123456, "32475123456"),
        (123456789012345, "123456789012345"),
        (-5, "-5"),
        (True, "TRUE"),
        (datetime.datetime(2024, 12, 31), "2024-12-31"),
        (datetime.datetime(2024, 12, 31, 14, 30), "2024-12-31 14:30:00"),
        (datetime.time(9, 5), "09:05:00"),
        (datetime.timedelta(hours=30), "30:00:00"),
        ("two\nlines", "two\nlines"),
        ("#N/A", "#N/A"),  # openpyxl makes an error of it
    ],
)
def test_values(tmp_path: Path, value: object, text: str) -> None:
    content = workbooks.make("xlsx", {"A": [["Naam", "Waarde"], ["Peeters", value]]})
    assert cells(read(tmp_path, content)) == [("Peeters", text)]


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (1234, "00000", "01234"),
        (475123456, "0000 00 00 00", "0475 12 34 56"),
        (475123456, '"+32 "000 00 00 00', "+32 475 12 34 56"),
        (1234, "0", "1234"),
        (12.5, "0.00", "12.5"),
        (1234567, "#,##0", "1234567"),
        (0.055, "0.0%", "5.5%"),
        (0.07, "0%", "7%"),
        (12.5, "00000", "12.5"),
        (7, "[Red]000;-000", "007"),
    ],
)
def test_numbers_as_their_format_shows_them(
    tmp_path: Path, value: float, code: str, text: str
) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Naam", "Waarde"])
    book.active.append(["Peeters", value])
    book.active["B2"].number_format = code
    stream = io.BytesIO()
    book.save(stream)
    assert cells(read(tmp_path, stream.getvalue())) == [("Peeters", text)]


def test_a_formula_is_its_stored_result_and_reported_where_there_is_none(tmp_path: Path) -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("A")
    sheet.write_row(0, 0, ["Naam", "Postcode"])
    sheet.write_string(1, 0, "Peeters")
    sheet.write_formula(1, 1, "=9000+50", value=9050)
    book.close()
    table = read(tmp_path, stream.getvalue())
    assert (cells(table), table.problems) == ([("Peeters", "9050")], [])
    table = read(tmp_path, workbooks.make("xlsx", {"A": [["Naam", "Plaats"], ["Peeters", "=1+1"]]}))
    assert cells(table) == [("Peeters", "")]
    assert [(line, column) for line, column, _ in warnings(table)] == [(2, "Plaats")]
    assert "formula without a stored result" in warnings(table)[0][2]


def test_a_formula_that_came_to_nothing_is_an_empty_cell(tmp_path: Path) -> None:
    row = b'<row r="2"><c r="A2" t="str"><f>B2</f><v></v></c><c r="B2"><v>7</v></c></row>'
    head = b'<row r="1"><c r="A1" t="str"><v>Naam</v></c><c r="B1" t="str"><v>Plaats</v></c></row>'
    xml = FAR.replace(b'<row r="1"><c r="A1"><v>1</v></c></row>', head) % row
    content = rezipped(workbooks.make("xlsx", {"A": [["x"]]}), sheet1=xml)
    assert read(tmp_path, content).problems == []


def test_errors_of_an_xls_are_seen(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    book.add_sheet("Eerste").row(0).set_cell_error(3, 0x17)
    sheet = book.add_sheet("Klánten")
    for place, text in enumerate(("Naam", "Plaats", "E-mail")):
        sheet.write(0, place, text)
        sheet.write(1, place, f"één {place}")
    sheet.row(2).set_cell_text(0, "Peeters")
    sheet.row(2).set_cell_error(1, 0x2A)
    sheet.row(2).set_cell_boolean(2, True)
    stream = io.BytesIO()
    book.save(stream)
    found = cells(read(tmp_path, stream.getvalue(), sheet="Klánten"))
    assert found == [("één 0", "één 1", "één 2"), ("Peeters", "#N/A", "TRUE")]


@pytest.mark.parametrize("kind", workbooks.KINDS)
def test_cells_merged_downwards_hold_for_each_row(tmp_path: Path, kind: str) -> None:
    rows: workbooks.Cells = [
        ["Firma", "Voornaam", "Naam"],
        ["Peeters", "An", "Maes"],
        [None, "Jan", "Claes"],
    ]
    table = read(tmp_path, workbooks.make(kind, {"A": rows}, [(1, 2, 0, 0)]))
    assert cells(table) == [("Peeters", "An", "Maes"), ("Peeters", "Jan", "Claes")]


def test_a_date_among_texts_and_a_number_too_long_are_reported(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["Naam", "Straat", "Huisnummer", "Rekening"]]
    rows += [[f"Firma {number}", "Markt", number, "BE68"] for number in range(1, 6)]
    rows += [["Laatste", "Markt", datetime.date(2026, 2, 1), 1234567890123456]]
    table = read(tmp_path, workbooks.make("xlsx", {"A": rows}))
    assert [(line, column) for line, column, _ in warnings(table)] == [
        (7, "Huisnummer"),
        (7, "Rekening"),
    ]


def test_what_is_beside_the_table_is_reported(tmp_path: Path) -> None:
    rows: workbooks.Cells = [
        ["Naam", "Plaats"],
        ["Peeters", "Gent"],
        ["Claes", "Aalst", None, "bellen!"],
    ]
    table = read(tmp_path, workbooks.make("xlsx", {"A": rows}))
    assert table.header == ("Naam", "Plaats")
    assert cells(table) == [("Peeters", "Gent"), ("Claes", "Aalst")]
    assert [line for line, _, _ in warnings(table)] == [3]
    assert '"bellen!"' in warnings(table)[0][2]


def test_texts_that_were_decoded_wrongly_before_are_repaired_and_reported(tmp_path: Path) -> None:
    rows: workbooks.Cells = [["Naam", "Plaats"], ["Smit &amp; Zoon", "LiÃ¨ge"], ["Maes", "Gent"]]
    table = read(tmp_path, workbooks.make("xlsx", {"A": rows}))
    assert cells(table) == [("Smit & Zoon", "Liège"), ("Maes", "Gent")]
    assert len(table.notes) > 0


def test_totals_and_footers_are_no_rows(tmp_path: Path) -> None:
    rows: workbooks.Cells = [HEADER, *ROWS * 5, ["Totaal", *[None] * 6, 175.5], ["Pagina 1 van 1"]]
    table = read(tmp_path, workbooks.make("xlsx", {"A": rows}))
    assert cells(table) == TEXTS * 5
    assert list(table.notes) == [
        'Left out as total: row 12 ("Totaal 175.5").',
        'Left out as footer: row 13 ("Pagina 1 van 1").',
    ]


def test_a_total_without_a_stored_result_gets_no_warning(tmp_path: Path) -> None:
    total = ["Totaal", *[None] * 6, "=SUM(H2:H11)"]
    table = read(tmp_path, workbooks.make("xlsx", {"A": [HEADER, *ROWS * 5, total]}))
    assert (cells(table), warnings(table)) == (TEXTS * 5, [])
    assert list(table.notes) == ['Left out as total: row 12 ("Totaal").']


def test_the_table_may_begin_anywhere(tmp_path: Path) -> None:
    rows: workbooks.Cells = [
        [],
        [],
        [None, None, "Naam", "Plaats"],
        [],
        [None, None, "Peeters", "Gent"],
    ]
    table = read(tmp_path, workbooks.make("xlsx", {"A": rows}))
    assert [(row.line, row.cells) for row in table.rows()] == [(5, ("Peeters", "Gent"))]


# --- sheets ------------------------------------------------------------------------------------


def _two(hidden: str = "") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "Uitleg"
    book.active.append(["Deze lijst is van Jan"])
    for name in ("Klanten", "Leveranciers"):
        sheet = book.create_sheet(name)
        sheet.append(["Naam", "Plaats", "E-mail"])
        sheet.append([f"{name} bv", "Gent", "info@example.com"])
    if hidden:
        book[hidden].sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_the_first_list_of_contacts_is_read_and_the_next_is_reported(tmp_path: Path) -> None:
    table = read(tmp_path, _two())
    assert cells(table)[0][0] == "Klanten bv"
    assert [message for _, _, message in warnings(table)] == [
        'sheet "Leveranciers" (2 rows) is not read; import it as well with --sheet "Leveranciers"'
    ]
    assert list(table.notes) == [
        'Sheet "Klanten" is read; not "Uitleg" (--sheet NAME reads another).'
    ]


def test_hidden_sheets_are_reported_and_not_read(tmp_path: Path) -> None:
    table = read(tmp_path, _two(hidden="Klanten"))
    assert cells(table)[0][0] == "Leveranciers bv"
    assert '"Klanten" (hidden)' in table.notes[0]


def test_a_sheet_by_name(tmp_path: Path) -> None:
    assert cells(read(tmp_path, _two(), sheet="leveranciers "))[0][0] == "Leveranciers bv"
    assert cells(read(tmp_path, _two(hidden="Klanten"), sheet="Klanten"))[0][0] == "Klanten bv"
    with pytest.raises(UsageError, match='no sheet "Leverancier"') as caught:
        read(tmp_path, _two(), sheet="Leverancier")
    assert caught.value.advice == (
        'Did you mean "Leveranciers"? Its sheets: "Uitleg", "Klanten" and "Leveranciers".'
    )


def test_hidden_rows_are_read_and_reported(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["Naam", "Plaats"], ["Peeters", "Gent"], ["Claes", "Aalst"]):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    stream = io.BytesIO()
    book.save(stream)
    table = read(tmp_path, stream.getvalue())
    assert len(cells(table)) == 2
    assert list(table.notes) == ["Hidden rows are read too; Excel hides 1 of this sheet."]
