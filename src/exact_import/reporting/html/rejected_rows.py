"""The refused rows themselves, read from their files again, for the page to show."""

from __future__ import annotations

from heapq import nsmallest
from itertools import chain
from typing import TYPE_CHECKING

from exact_import.errors import ExactImportError
from exact_import.reporting.html.view import MOST_REFUSED, Cells
from exact_import.reporting.report import Report

if TYPE_CHECKING:
    from exact_import.records.models import RowLocation


def refused_rows(
    report: Report, *, delimiter: str | None = None, encoding: str | None = None
) -> dict[RowLocation, Cells]:
    """Return the cells of the rows that were refused, read from the files again.

    A file that has gone or changed since gives none: the page then shows its reasons alone.
    """
    from exact_import.tables.table import STDIN, open_table  # only where rows were refused

    refused = chain(report.rows.rejected, (source for source, _ in report.refused()))
    wanted = set(nsmallest(MOST_REFUSED, refused))
    found: dict[RowLocation, Cells] = {}
    for name in report.files if wanted else ():
        if name == STDIN:
            continue
        try:
            table = open_table(name, delimiter=delimiter, encoding=encoding)
            for row in table.rows():
                if (table.name, row.line) in wanted:
                    found[table.name, row.line] = (table.header, row.cells)
        except ExactImportError:
            continue
    return found
