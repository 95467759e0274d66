"""Workbooks of Excel and LibreOffice: their sheets as rows of text, as they are displayed.

Dates become 2024-12-31, numbers 12 or 12.5 without an exponent, formulas their result.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from exact_import.errors import UsageError
from exact_import.tables.office_file import OfficeFile, damaged
from exact_import.tables.rows import Row, is_plain
from exact_import.tables.sheet_details import CellPlace, SheetDetails, number_text
from exact_import.text import joined, quote, suggest

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

    from exact_import.tables.office_file import WorkbookKind

_KEPT_DIGITS = 10**15  # numbers from here on have more digits than Excel stores
_MIDNIGHT = datetime.time()
_ROUNDED = "{} has more than the 15 digits that Excel keeps; the last ones may be wrong"
_NO_RESULT = (
    "this cell has a formula without a stored result and is read as empty; open the file in "
    "Excel, save it and import it again"
)
_ODD_DATE = (
    "{} is a date, unlike most cells of this column; if Excel made it from a value such as 1-2, "
    "format the column as text and type it again"
)


@dataclass(frozen=True, slots=True)
class SheetRows:
    """The rows of a sheet with values, and warnings about their cells.

    `rows` begin with the first column with values. `oddities` are, by row number and column,
    sentences about cells whose value may not be what was typed. `hidden_rows` counts the rows that
    Excel does not show; `plain` says that no cell has a spreadsheet's marker.
    """

    name: str
    rows: Sequence[Row]
    oddities: Mapping[CellPlace, str] = field(default_factory=dict)
    hidden_rows: int = 0
    plain: bool = False


class Workbook:
    """An open workbook: the names of its sheets, and their rows.

    The constructor raises UsageError if the file is damaged, protected or too large.
    """

    def __init__(self, name: str, content: bytes, kind: WorkbookKind) -> None:
        from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

        self.name = name
        self._file = OfficeFile(name, content, kind)
        self._file.check()
        try:
            self._book: CalamineWorkbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        except BaseException as error:
            raise _unreadable(name, error) from error
        sheets = [one for one in self._book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
        self.visible = [one.name for one in sheets if one.visible == SheetVisibleEnum.Visible]
        self.hidden = [one.name for one in sheets if one.visible != SheetVisibleEnum.Visible]

    def sheet_named(self, wanted: str) -> str:
        """Return the sheet named `wanted`; raises UsageError if there is none."""
        names = [*self.visible, *self.hidden]
        folded = {name.strip().casefold(): name for name in reversed(names)}
        found = wanted if wanted in names else folded.get(wanted.strip().casefold())
        if found is None:
            meant = suggest(wanted, names)
            raise UsageError(
                f"{self.name} has no sheet {quote(wanted)}.",
                (f"Did you mean {quote(meant)}? " if meant else "")
                + f"Its sheets: {joined(map(quote, names))}.",
            )
        return found

    def has_cells(self, sheet: str) -> bool:
        """Return True if a sheet has a cell with a value, or if that cannot be found out."""
        try:
            return bool(self.rows(sheet).rows)
        except UsageError:
            return True

    def rows(self, sheet: str) -> SheetRows:
        """Return the rows of a sheet; raises UsageError if it is damaged or too large."""
        details = self._file.details(sheet)
        try:
            found = self._book.get_sheet_by_name(sheet)
            return _rows_of(found, details)
        except BaseException as error:
            raise _unreadable(self.name, error) from error


def _unreadable(name: str, error: BaseException) -> BaseException:
    """Return the error to raise for an error of the reader, which is written in Rust.

    Its panics are not an Exception; an interrupt is passed on.
    """
    if isinstance(error, (KeyboardInterrupt, SystemExit, MemoryError, UsageError)):
        return error
    return damaged(name)


def _rows_of(sheet: CalamineSheet, details: SheetDetails) -> SheetRows:
    top, left = sheet.start or (0, 0)
    values = sheet.to_python(skip_empty_area=True)
    oddities: dict[CellPlace, str] = {}
    dates: dict[int, dict[int, str]] = {}
    rows: list[list[str]] = []
    for index, found in enumerate(values):
        row = []
        for column, value in enumerate(found):
            if type(value) is str:
                row.append(value)
                continue
            row.append(text := _text(value))
            if isinstance(value, datetime.date):
                dates.setdefault(column, {})[index] = text
            elif isinstance(value, int | float) and abs(value) >= _KEPT_DIGITS:
                oddities[index + top + 1, column] = _ROUNDED.format(quote(text))
        rows.append(row)
    for (line, column), text in details.texts.items():
        if 0 <= line - top < len(rows) and 0 <= column - left < len(rows[line - top]):
            rows[line - top][column - left] = text
    spans = dict(details.spans)
    for (line, column), (last, _) in sheet.merged_cell_ranges or ():
        spans[line, column] = last
    for (line, column), last in spans.items():
        _fill_down(rows, line - top, column - left, last - top)
    for line, column in details.unstored:
        oddities[line + 1, max(column - left, 0)] = _NO_RESULT
    oddities.update(_odd_dates(rows, dates, top))
    return SheetRows(
        sheet.name,
        [
            Row(number, cells, cells)
            for number, cells in enumerate(map(tuple, rows), top + 1)
            if any(cells)
        ],
        oddities,
        details.hidden_rows,
        all(is_plain("\n".join(row)) for row in rows),
    )


def _text(value: Any) -> str:
    """Return a value as a person would write it."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return str(value)
        case float():
            return number_text(value)
        case datetime.datetime():
            if value.time() == _MIDNIGHT:
                return value.date().isoformat()
            return value.isoformat(" ", "seconds")
        case datetime.date():
            return value.isoformat()
        case datetime.time():
            return value.isoformat("seconds")
        case datetime.timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        case _:
            return str(value)


def _fill_down(rows: list[list[str]], first: int, column: int, last: int) -> None:
    """Give every row of cells that are merged downwards the text of the first of them."""
    if not 0 <= first < len(rows) or not 0 <= column < len(rows[first]):
        return
    for row in rows[first + 1 : last + 1]:
        row[column] = row[column] or rows[first][column]


def _odd_dates(
    rows: Sequence[Sequence[str]], dates: Mapping[int, Mapping[int, str]], top: int
) -> Iterator[tuple[CellPlace, str]]:
    """Yield the dates in columns that mostly hold something else: Excel makes them from 1-2."""
    for column, found in dates.items():
        filled = sum(1 for row in rows if row[column])
        if len(found) * 2 < filled - 1:  # one cell is the header
            for index, text in found.items():
                yield (index + top + 1, column), _ODD_DATE.format(quote(text))
