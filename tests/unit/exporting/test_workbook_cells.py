"""A cell of an exported workbook is the text that it was; nothing else is written as one."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from exact_import.errors import UsageError
from exact_import.exporting.export_file import (
    _write_workbook,
    is_workbook_name,
    safe_text,
)

_ID = "2f1c7a34-9d0e-4a51-8f5b-6c1d2e3f4a5b"


def _book(rows: list[list[str]]) -> bytes:
    stream = io.BytesIO()
    _write_workbook(stream, ["account.Name", "account.ID"], rows)
    return stream.getvalue()


def test_no_cell_is_a_formula_or_a_number() -> None:
    book = openpyxl.load_workbook(io.BytesIO(_book([["=1+1", "0123"], ["@x", "12"]])))
    assert {cell.data_type for row in book.active.iter_rows() for cell in row} == {"s"}


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(UsageError, match="Row 2 does not fit into a workbook"):
        _book([["x" * 32_768, ""]])


@pytest.mark.parametrize("name", ["a.xls", "a.ODS", "a.pdf", "a.csv.gz"])
def test_files_of_other_kinds_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be written as"):
        is_workbook_name(Path(name))


def test_a_csv_is_no_workbook() -> None:
    assert (is_workbook_name(Path("a.csv")), is_workbook_name(Path("a.XLSX"))) == (False, True)
    assert safe_text("0123") == '="0123"'
