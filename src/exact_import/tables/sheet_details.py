"""Details of a workbook's sheets in addition to cell values: extent, display, merged cells.

Cells are identified by (row, column), both from 0.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.parsers import expat

CellPlace = tuple[int, int]

MAX_CELLS = 20_000_000
"""Cells of the rectangle from a sheet's first to its last: 100,000 rows of 200 columns."""


@dataclass(slots=True)
class SheetDetails:
    """The details of a sheet in addition to its values.

    `texts` are the cells whose display differs from their value: errors, percentages, and numbers
    with leading zeros. `spans` are cells of an ODS file that are merged downwards, each with the
    last row of it. `unstored` are formulas without a stored result; `hidden_rows` counts the rows
    that are not shown.
    """

    texts: dict[CellPlace, str] = field(default_factory=dict)
    spans: dict[CellPlace, int] = field(default_factory=dict)
    unstored: list[CellPlace] = field(default_factory=list)
    hidden_rows: int = 0


@dataclass(slots=True)
class Extent:
    """The rectangle around the cells with a value: first and last row and column."""

    top: int = -1
    bottom: int = -1
    left: int = -1
    right: int = -1

    def add(self, row: int, column: int, rows: int = 1, columns: int = 1) -> None:
        """Include `rows` by `columns` cells from (row, column) on."""
        self.top = row if self.top < 0 else min(self.top, row)
        self.left = column if self.left < 0 else min(self.left, column)
        self.bottom = max(self.bottom, row + rows - 1)
        self.right = max(self.right, column + columns - 1)

    @property
    def height(self) -> int:
        """The number of rows."""
        return self.bottom - self.top + 1 if self.top >= 0 else 0

    @property
    def width(self) -> int:
        """The number of columns."""
        return self.right - self.left + 1 if self.top >= 0 else 0

    @property
    def is_too_large(self) -> bool:
        """Return True if it has more than MAX_CELLS cells."""
        return self.height * self.width > MAX_CELLS


def number_text(value: float) -> str:
    """Return a number as a person writes it: 12, 12.5 or 32475123456, without an exponent.

    Excel keeps 15 digits. Three decimals get a fourth, because they could be read as thousands.
    """
    if not math.isfinite(value) or value == int(value):
        return f"{value:.0f}"
    text = f"{value:.15g}"
    if "e" in text:
        text = f"{value:.20f}".rstrip("0")
    return f"{text}0" if text[-4:-3] == "." else text


# --- xlsx --------------------------------------------------------------------------------------

# A cell beyond the 104th column or the 199,999th row.
_FAR = re.compile(rb'<c r="(?:[A-Z]{3}|[D-Z][A-Z]|[A-Z]+(?:[2-9]\d{5}|\d{7}))')
_COLUMN = re.compile(rb'<c r="([A-Z]{1,3})')
_FAR_ROW = re.compile(rb'<c r="[A-Z]+(\d{6,})')
_ATTRIBUTE = re.compile(rb'([\w:]+)="([^"]*)"')
_VALUE = re.compile(rb"<(?:\w+:)?v[^>]*>([^<]*)<")
_ERROR = re.compile(rb'<(?:\w+:)?c\s([^>]*\bt="e"[^>]*)>(.*?)</(?:\w+:)?c>', re.DOTALL)
_NO_RESULT = re.compile(
    rb"<(?:\w+:)?c\s([^>]*[^/>])>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_HIDDEN = re.compile(rb'<(?:\w+:)?row\s[^>]*\bhidden="(?:1|true)"')
_PERCENT_FORMATS = ("9", "10")
# Colours, languages and padding in the code of a number's format.
_UNSHOWN = re.compile(r"\[[^\]]*\]|_.|\*.")
_PIECE = re.compile(r'"[^"]*"|\\.|.')


def certainly_small(cells: bytes) -> bool:
    """Return True if the XML of a sheet has few cells; a fast check, so False may be wrong."""
    if cells.count(b'<c r="') != sum(map(cells.count, (b"<c ", b"<c>", b"<c/>", b":c ", b":c>"))):
        return False  # cells without a place, or written in an unusual way
    if _FAR.search(cells) is None:
        return True
    columns = set(_COLUMN.findall(cells))
    last = max([99_999, *map(int, _FAR_ROW.findall(cells))])
    return max((column_number(name) for name in columns), default=0) * last <= MAX_CELLS


def xlsx_extent(cells: bytes) -> Extent:
    """Return the extent of the cells of a sheet that have a value, cell by cell.

    Raises ExpatError for what is not XML, ValueError for a cell without a place.
    """
    extent = Extent()
    row = column = -1

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        nonlocal row, column
        match tag.rpartition(":")[2]:
            case "row":
                row, column = int(attributes.get("r", row + 2)) - 1, -1
            case "c":
                column += 1
                if place := attributes.get("r"):
                    row, column = place_of(place.encode())
            case "v" | "is":
                extent.add(row, column)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.Parse(cells, True)
    return extent


def xlsx_details(cells: bytes, formats: Mapping[bytes, Callable[[float], str]]) -> SheetDetails:
    """Return the details in the XML of a sheet.

    `formats` are the styles (by their number) whose numbers are displayed differently.
    """
    details = SheetDetails()
    if b't="e"' in cells:
        for attributes, body in _ERROR.findall(cells):
            if value := _VALUE.search(body):
                details.texts[_place(attributes)] = value[1].decode("utf-8", "replace")
    if formats:
        details.texts.update(_formatted(cells, formats))
    if any(tag in cells for tag in (b"<f>", b"<f ", b":f>", b":f ")):
        details.unstored = [
            _place(attributes)
            for attributes in _NO_RESULT.findall(cells)
            if b't="str"' not in attributes  # its result is an empty text
        ]
    details.hidden_rows = len(_HIDDEN.findall(cells)) if b"hidden=" in cells else 0
    return details


def _formatted(
    cells: bytes, formats: Mapping[bytes, Callable[[float], str]]
) -> Iterator[tuple[CellPlace, str]]:
    styles = b"|".join(formats)
    styled = re.compile(
        rb'<(?:\w+:)?c\s([^>]*\bs="(' + styles + rb')"[^>]*[^/>]|[^>]*\bs="(' + styles + rb')")>'
        rb"(.*?)</(?:\w+:)?c>",
        re.DOTALL,
    )
    for attributes, style, last_style, body in styled.findall(cells):
        kind = dict(_ATTRIBUTE.findall(attributes)).get(b"t", b"n")
        value = _VALUE.search(body)
        if kind == b"n" and value and value[1].strip():
            yield _place(attributes), formats[style or last_style](float(value[1]))


def number_formats(styles: bytes) -> dict[bytes, Callable[[float], str]]:
    """Return, by style number, the number formats that change the display.

    These are percentages, and formats with leading zeros such as 00000 or "+32 "000 00 00 00.
    """
    root = ElementTree.fromstring(styles)  # noqa: S314 -- expat bounds what entities expand to
    codes: dict[str, str] = {}
    found: dict[bytes, Callable[[float], str]] = {}
    for element in root.iter():
        tag = element.tag.rpartition("}")[2]
        if tag == "numFmt" and (number := element.get("numFmtId")):
            codes[number] = element.get("formatCode", "")
        elif tag == "cellXfs":
            for style, form in enumerate(element):
                number = form.get("numFmtId", "")
                show = (
                    _percentage if number in _PERCENT_FORMATS else _shown_by(codes.get(number, ""))
                )
                if show is not None:
                    found[str(style).encode()] = show
    return found


def _shown_by(code: str) -> Callable[[float], str] | None:
    """Return how a number with this format code is displayed, None if as its value."""
    pieces = _PIECE.findall(_UNSHOWN.sub("", code.partition(";")[0]))
    if pieces[-1:] == ["%"]:
        return _percentage
    places = [piece for piece in pieces if piece in "0#"]
    literals = [piece for piece in pieces if piece[0] in '"\\ -/()+']
    if not places or len(places) + len(literals) < len(pieces):
        return None
    zeros = places.count("0")
    if zeros < 2 and not re.search(r"[+\d]", "".join(literals)):
        return None
    return lambda value: _filled(pieces, zeros, value)


def _filled(pieces: list[str], zeros: int, value: float) -> str:
    """Return a whole number in the places of its format, from the last digit on."""
    if value < 0 or value != int(value):
        return number_text(value)
    digits = list(str(int(value)).zfill(zeros))
    shown: list[str] = []
    for index in range(len(pieces) - 1, -1, -1):
        piece = pieces[index]
        if piece not in "0#":
            shown.append(piece.strip('"').removeprefix("\\"))
        elif not any(one in "0#" for one in pieces[:index]):
            shown.append("".join(digits))  # the first place takes all remaining digits
        elif digits:
            shown.append(digits.pop())
    return "".join(reversed(shown)).strip()


def _percentage(value: float) -> str:
    return f"{number_text(float(f'{value * 100:.12g}'))}%"


def _place(attributes: bytes) -> CellPlace:
    return place_of(dict(_ATTRIBUTE.findall(attributes)).get(b"r", b""))


def place_of(reference: bytes) -> CellPlace:
    """Return row and column of a reference such as B7; raises ValueError for what is none."""
    letters = reference.rstrip(b"0123456789")
    return int(reference[len(letters) :]) - 1, column_number(letters) - 1


def column_number(letters: bytes) -> int:
    """Return the number, from 1, of a column such as AB."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


# --- ods ---------------------------------------------------------------------------------------

_CELLS = ("table:table-cell", "table:covered-table-cell")
_SHOWN_DIGITS = re.compile(r"[+0][\d ./()\-]+")


class OdsParser:
    """Finds the extent and details of each sheet of an ODS file."""

    def __init__(self) -> None:
        self._sheets: dict[str, tuple[SheetDetails, Extent]] = {}
        self._details, self._extent = SheetDetails(), Extent()
        self._row = self._column = 0
        self._rows = self._columns = 1
        self._cell: Mapping[str, str] = {}
        self._text: list[str] | None = None

    def parse(self, content: bytes) -> dict[str, tuple[SheetDetails, Extent]]:
        """Return details and extent of each sheet; raises ExpatError for what is not XML."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.Parse(content, True)
        return self._sheets

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in _CELLS:
            self._columns = int(attributes.get("table:number-columns-repeated", 1))
            if "office:value-type" in attributes:
                self._valued(attributes)
        elif tag == "table:table-row":
            self._rows = int(attributes.get("table:number-rows-repeated", 1))
            self._column = 0
            hidden = attributes.get("table:visibility") in ("collapse", "filter")
            self._details.hidden_rows += self._rows if hidden and self._rows < 100_000 else 0
        elif tag == "table:table":
            self._row = 0
            self._details, self._extent = SheetDetails(), Extent()
            self._sheets[attributes.get("table:name", "")] = (self._details, self._extent)

    def _valued(self, cell: Mapping[str, str]) -> None:
        self._extent.add(self._row, self._column, self._rows, self._columns)
        spanned = int(cell.get("table:number-rows-spanned", 1))
        if spanned > 1:
            self._details.spans[self._row, self._column] = self._row + spanned - 1
        kind = cell["office:value-type"]
        is_error = cell.get("calcext:value-type") == "error"
        if kind == "percentage":
            self._put(_percentage(float(cell["office:value"])))
        elif kind == "float" or is_error:
            self._cell, self._text = cell, []

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, tag: str) -> None:
        if tag in _CELLS:
            if self._text is not None:
                self._shown("".join(self._text).strip())
                self._text = None
            self._column += self._columns
        elif tag == "table:table-row":
            self._row += self._rows

    def _shown(self, text: str) -> None:
        """Keep the text of an error, and of a number with leading zeros."""
        if self._cell.get("calcext:value-type") == "error":
            self._put(text)
        elif _SHOWN_DIGITS.fullmatch(text):
            value = number_text(float(self._cell["office:value"]))
            digits = re.sub(r"\D", "", text)
            if (
                value != "0"
                and digits.endswith(value)
                and (text[0] == "+" or not digits.removesuffix(value).strip("0"))
            ):
                self._put(text)

    def _put(self, text: str) -> None:
        if self._extent.is_too_large:
            return  # reported as an error below
        for row in range(self._row, self._row + self._rows):
            for column in range(self._column, self._column + self._columns):
                self._details.texts[row, column] = text
