"""Workbooks for tests, made by openpyxl and xlwt, or as LibreOffice writes them."""

from __future__ import annotations

import datetime
import html
import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

import openpyxl
import xlwt

Cells = Sequence[Sequence[Any]]
Merged = tuple[int, int, int, int]
_SPACE = "urn:oasis:names:tc:opendocument:xmlns"
KINDS = ("xlsx", "xls", "ods")


def make(kind: str, sheets: Mapping[str, Cells], merged: Sequence[Merged] = ()) -> bytes:
    """Return a workbook of the kind, with these sheets.

    `merged` are cells of the last sheet that are merged: first and last row, first and last column,
    from 0.
    """
    return {"xlsx": _xlsx, "xls": _xls, "ods": _ods}[kind](sheets, merged)


def _xlsx(sheets: Mapping[str, Cells], merged: Sequence[Merged]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        whole = len(list(takewhile(lambda row: row and None not in row, rows)))
        for row in rows[:whole]:
            sheet.append(row)  # in half the time of a cell at a time
        for number, row in enumerate(rows[whole:], whole + 1):
            for column, value in enumerate(row, 1):
                if value is not None:
                    sheet.cell(number, column, value)
    for top, bottom, left, right in merged:
        sheet.merge_cells(None, top + 1, left + 1, bottom + 1, right + 1)
    return _saved(book.save)


def _xls(sheets: Mapping[str, Cells], merged: Sequence[Merged]) -> bytes:
    book = xlwt.Workbook()
    date = xlwt.easyxf(num_format_str="DD/MM/YYYY")
    for name, rows in sheets.items():
        last = name == list(sheets)[-1]
        corners = {(top, left): (bottom, right) for top, bottom, left, right in merged if last}
        sheet = book.add_sheet(name)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                style = date if isinstance(value, datetime.date) else xlwt.Style.default_style
                if (number, column) in corners:
                    bottom, right = corners[number, column]
                    sheet.write_merge(number, bottom, column, right, value)
                elif value is not None:
                    sheet.write(number, column, value, style)
    return _saved(book.save)


def _ods(sheets: Mapping[str, Cells], merged: Sequence[Merged]) -> bytes:
    tables = []
    for name, rows in sheets.items():
        corners = {(m[0], m[2]): m for m in merged if name == list(sheets)[-1]}
        lines = [
            "".join(_ods_cell(one, corners.get((number, place))) for place, one in enumerate(row))
            for number, row in enumerate(rows)
        ]
        # What LibreOffice writes below each table.
        rest = (
            f'<table:table-row table:number-rows-repeated="{1048576 - len(rows)}">'
            '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
        )
        found = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
        tables.append(f'<table:table table:name="{name}">{found}{rest}</table:table>')
    spaces = "".join(f' xmlns:{one}="{_SPACE}:{one}:1.0"' for one in ("office", "table", "text"))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        kind = "application/vnd.oasis.opendocument.spreadsheet"
        archive.writestr("mimetype", kind, zipfile.ZIP_STORED)
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{spaces}><office:body>'
            f"<office:spreadsheet>{''.join(tables)}</office:spreadsheet></office:body>"
            "</office:document-content>",
        )
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{_SPACE}:manifest:1.0"><manifest:file-entry '
            f'manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>',
        )
    return stream.getvalue()


def _ods_cell(value: Any, merged: Merged | None) -> str:
    match value:
        case None:
            kind = ""
        case bool():
            kind = f' office:value-type="boolean" office:boolean-value="{str(value).lower()}"'
        case int() | float():
            kind = f' office:value-type="float" office:value="{value}"'
        case datetime.date():
            kind = f' office:value-type="date" office:date-value="{value.isoformat()}"'
        case _:
            kind = ' office:value-type="string"'
    if merged is not None:
        top, bottom, left, right = merged
        kind += f' table:number-rows-spanned="{bottom - top + 1}"'
        kind += f' table:number-columns-spanned="{right - left + 1}"'
    text = "" if value is None else f"<text:p>{html.escape(str(value))}</text:p>"
    return f"<table:table-cell{kind}>{text}</table:table-cell>"


def make_xlsb(name: str, rows: Cells, far: tuple[int, int] | None = None) -> bytes:
    """Return an .xlsb with one sheet of texts; `far` is the row and column of one more cell."""
    cells = [
        (number, place, text) for number, row in enumerate(rows) for place, text in enumerate(row)
    ]
    cells += [(*far, "x")] if far is not None else []
    sheet = _record(129) + _record(148, struct.pack("<4I", 0, len(rows) - 1, 0, len(rows[0]) - 1))
    sheet += _record(145)
    last = -1
    for row, column, text in cells:
        if row != last:
            sheet += _record(0, struct.pack("<2IHBBBI", row, 0, 300, 0, 0, 0, 0))
            last = row
        sheet += _record(6, struct.pack("<2I", column, 0) + _wide(text))
    sheet += _record(146) + _record(130)
    bundle = struct.pack("<2I", 0, 1) + _wide("rId1") + _wide(name)
    book = _record(131) + _record(143) + _record(156, bundle) + _record(144) + _record(132)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        relation = '<Relationship Id="rId1" Type="worksheet" Target="worksheets/sheet1.bin"/>'
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/_rels/workbook.bin.rels", f"<Relationships>{relation}</Relationships>")
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return stream.getvalue()


def _record(kind: int, body: bytes = b"") -> bytes:
    number = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size = len(body)
    length = bytes([size]) if size < 128 else bytes([size & 0x7F | 0x80, size >> 7])
    return number + length + body


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _saved(save: Any) -> bytes:
    stream = io.BytesIO()
    save(stream)
    return stream.getvalue()
