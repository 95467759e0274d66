"""The refused rows themselves, for the page to show."""

from __future__ import annotations

import contextlib
from heapq import nsmallest
from itertools import chain
from typing import TYPE_CHECKING

from exact_import.errors import ExactImportError
from exact_import.reporting.html.view import MOST_REFUSED, Cells
from exact_import.reporting.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exact_import.records.models import RowLocation
    from exact_import.tables.table import Table


def refused_rows(
    report: Report, *, delimiter: str | None = None, encoding: str | None = None
) -> dict[RowLocation, Cells]:
    """Return the cells of the rows that were refused.

    A saved plan has no tables: its files are read, and one that has gone since gives no rows.
    """
    refused = chain(report.rows.rejected, (source for source, _ in report.refused()))
    wanted = set(nsmallest(MOST_REFUSED, refused))
    if not wanted:
        return {}
    return {
        (table.name, row.line): (table.header, row.cells)
        for table in report.tables or _read_again(report, delimiter, encoding)
        for row in table.rows()
        if (table.name, row.line) in wanted
    }


def _read_again(report: Report, delimiter: str | None, encoding: str | None) -> Iterator[Table]:
    from exact_import.tables import table  # only for a saved plan

    for name in report.files:
        if name != table.STDIN:
            with contextlib.suppress(ExactImportError):
                yield table.open_table(name, delimiter=delimiter, encoding=encoding)
