"""Details of the sheets of Excel's binary files (.xlsb, .xls) in addition to cell values."""

from __future__ import annotations

import struct

from exact_import.tables.sheet_details import Extent, SheetDetails

# --- xlsb --------------------------------------------------------------------------------------

_ROW_RECORD = 0
_CELL_RECORDS = range(2, 12)  # all except a cell without a value


def binary_extent(cells: bytes) -> Extent:
    """Return the extent of a sheet of an xlsb file; raises IndexError if it is cut off."""
    extent = Extent()
    row = position = 0
    while position < len(cells):
        kind = cells[position]
        position += 1
        if kind & 0x80:
            kind = kind & 0x7F | cells[position] << 7
            position += 1
        size = 0
        for shift in range(0, 28, 7):
            byte = cells[position]
            position += 1
            size |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
        if kind == _ROW_RECORD:
            row = int.from_bytes(cells[position : position + 4], "little")
        elif kind in _CELL_RECORDS:
            extent.add(row, int.from_bytes(cells[position : position + 4], "little"))
        position += size
    return extent


# --- xls ---------------------------------------------------------------------------------------

_BOF = b"\x09\x08\x10\x00\x00\x06\x05\x00"  # of the part that lists the sheets
_ERRORS = {
    0: "#NULL!",
    7: "#DIV/0!",
    15: "#VALUE!",
    23: "#REF!",
    29: "#NAME?",
    36: "#NUM!",
    42: "#N/A",
}
_BOUNDSHEET, _DIMENSIONS, _BOOLERR, _FORMULA = 0x85, 0x200, 0x205, 0x6


def xls_sheets(content: bytes) -> dict[str, tuple[SheetDetails, Extent]]:
    """Return, by sheet, the errors among the cells of an .xls, and the extent that it claims.

    The records are read in file order, which is how programs write them.
    """
    start = content.find(_BOF)
    names: dict[int, str] = {}
    sheet, extent = SheetDetails(), Extent()
    found = {"": (sheet, extent)}
    position = start if start >= 0 else len(content)
    while position + 4 <= len(content):
        kind, size = struct.unpack_from("<HH", content, position)
        if name := names.get(position - start):
            sheet, extent = found.setdefault(name, (SheetDetails(), Extent()))
        body = content[position + 4 : position + 4 + size]
        code = None
        if kind == _BOUNDSHEET and size > 8:
            text = body[8:].decode("utf-16-le" if body[7] & 1 else "latin-1", "replace")
            names[int.from_bytes(body[:4], "little")] = text
        elif kind == _DIMENSIONS and size >= 12:
            top, bottom, left, right = struct.unpack_from("<IIHH", body)
            extent.add(min(top, bottom), left, abs(bottom - top), abs(right - left))
        elif kind == _BOOLERR and size >= 8 and body[7]:
            code = body[6]
        elif kind == _FORMULA and size >= 14 and body[12:14] == b"\xff\xff" and body[6] == 2:
            code = body[8]
        if code is not None:
            sheet.texts[struct.unpack_from("<HH", body)] = _ERRORS.get(code, "#N/A")
        position += 4 + size
    return found
