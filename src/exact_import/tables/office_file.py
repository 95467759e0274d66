"""Workbooks as files: their kind and size, and what their XML has in addition to values.

The reader of workbooks, calamine, gives the value of each cell, but not how it is shown (01234 for
1234) or which cells are errors, and it allocates the whole rectangle from the first to the last
cell. So each sheet is scanned first.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from typing import Literal
from xml.etree import ElementTree
from xml.parsers.expat import ExpatError

from exact_import.errors import UsageError
from exact_import.tables.sheet_details import (
    Extent,
    OdsParser,
    SheetDetails,
    certainly_small,
    number_formats,
    xlsx_details,
    xlsx_extent,
)
from exact_import.text import quote

WorkbookKind = Literal["xlsx", "xlsb", "ods", "xls", ""]

MAX_UNPACKED = 1 << 29
"""Bytes that the parts of a workbook may have together."""

_OLE = b"\xd0\xcf\x11\xe0"
# The record FILEPASS behind the first record of an .xls.
_FILE_PASS = re.compile(rb"\x09\x08\x10\x00.{16}\x2f\x00", re.DOTALL)
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    LookupError,
    ValueError,
    RuntimeError,  # an entry with a password, or compressed in a way that Python lacks
    StopIteration,
    ElementTree.ParseError,
    ExpatError,
)


def workbook_kind(content: bytes) -> WorkbookKind:
    """Return the kind of workbook of a zip or OLE file, "" if it is not a workbook."""
    if content.startswith(_OLE):
        # The names of streams in it; a workbook with a password is in such a file too.
        streams = [name.encode("utf-16-le") for name in ("Workbook", "Book", "EncryptedPackage")]
        return "xls" if any(name in content for name in streams) else ""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = tuple(archive.namelist())
            if "mimetype" in names:
                return "ods" if b"spreadsheet" in archive.open("mimetype").read(100) else ""
    except _BROKEN:
        # Without its directory at the end, the first entries of an archive show what it is.
        if b"opendocument.spreadsheet" in content[:200]:
            return "ods"
        return "xlsx" if b"xl/" in content else ""
    if "xl/workbook.bin" in names:
        return "xlsb"
    return "xlsx" if any(name.startswith("xl/") for name in names) else ""


def damaged(name: str) -> UsageError:
    """Return the error for a workbook that cannot be read to its end."""
    return UsageError(
        f"{name} is damaged: it cannot be read as a workbook.",
        "Open it in Excel or LibreOffice, save it again and import that.",
    )


class OfficeFile:
    """The parts of the workbook `name`: all formats but .xls are zip archives."""

    def __init__(self, name: str, content: bytes, kind: WorkbookKind) -> None:
        self.name = name
        self._content = content
        self._kind = kind
        self._archive: zipfile.ZipFile | None = None
        self._sheets: dict[str, tuple[SheetDetails, Extent]] = {}
        if kind == "xls":
            return
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
            size = sum(entry.file_size for entry in self._archive.infolist())
        except _BROKEN as error:
            raise damaged(name) from error
        if size > MAX_UNPACKED:
            raise UsageError(
                f"{name} unpacks to more than {MAX_UNPACKED >> 20} MB, more than a table of "
                "contacts has.",
                "If it is one, divide it into several files.",
            )

    def check(self) -> None:
        """Raise UsageError for a file with a password, and for one with too large a sheet.

        The latter is judged here of .ods and .xls, whose sheets are all read at once.
        """
        if self._has_password():
            raise UsageError(
                f"{self.name} is protected by a password.",
                "Open it in the program that made it, save it without a password and import that.",
            )
        try:
            if self._kind == "ods":
                self._sheets = OdsParser().parse(self._part("content.xml"))
            elif self._kind == "xls":
                self._sheets = xls_sheets(self._content)
        except _BROKEN as error:
            raise damaged(self.name) from error
        for sheet, (_, extent) in self._sheets.items():
            self._check_extent(sheet, extent)

    def details(self, sheet: str) -> SheetDetails:
        """Return the details of a sheet in addition to its values.

        Raises UsageError if the file is damaged or the sheet is larger than one can be.
        """
        if self._kind in ("ods", "xls"):
            return self._sheets[sheet][0] if sheet in self._sheets else SheetDetails()
        try:
            if self._kind == "xlsb":
                for part in self._names("xl/worksheets/"):
                    self._check_extent(sheet, binary_extent(self._part(part)))
                return SheetDetails()
            cells = self._part(self._path_of(sheet))
            if not certainly_small(cells):
                self._check_extent(sheet, xlsx_extent(cells))
            styles = self._names("xl/styles.xml")
            formats = number_formats(self._part(styles[0])) if styles else {}
            return xlsx_details(cells, formats)
        except _BROKEN as error:
            raise damaged(self.name) from error

    def _has_password(self) -> bool:
        if self._kind == "xls":
            package = "EncryptedPackage".encode("utf-16-le")
            return package in self._content or _FILE_PASS.search(self._content) is not None
        manifest = self._names("META-INF/manifest.xml") if self._kind == "ods" else []
        return any(b"encryption-data" in self._part(name) for name in manifest)

    def _check_extent(self, sheet: str, extent: Extent) -> None:
        if extent.is_too_large:
            raise UsageError(
                f"{self.name}, sheet {quote(sheet)}: its cells reach over {extent.height:,} rows "
                f"and {extent.width:,} columns, more than a table of contacts has.",
                "Delete what is far below or beside the table, and save it again.",
            )

    def _names(self, start: str) -> list[str]:
        names = self._archive.namelist() if self._archive is not None else []
        return [name for name in names if name.startswith(start) and not name.endswith(".rels")]

    def _part(self, path: str) -> bytes:
        if self._archive is None:
            raise damaged(self.name)
        try:
            return self._archive.read(path)
        except _BROKEN as error:
            raise damaged(self.name) from error

    def _path_of(self, sheet: str) -> str:
        """Return the name of the part with the cells of a sheet."""
        # Python's expat bounds what entities expand to.
        book = ElementTree.fromstring(self._part("xl/workbook.xml"))  # noqa: S314
        relation = next(
            value
            for element in book.iter()
            if element.tag.rpartition("}")[2] == "sheet" and element.get("name") == sheet
            for key, value in element.items()
            if key.endswith("}id")
        )
        relations = ElementTree.fromstring(self._part("xl/_rels/workbook.xml.rels"))  # noqa: S314
        path = next(one.get("Target", "") for one in relations if one.get("Id") == relation)
        return path.lstrip("/") if path.startswith("/") else posixpath.normpath(f"xl/{path}")


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
