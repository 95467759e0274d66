"""The report of a run as one page of HTML, for people.

The page may be mailed and is opened in a browser, so nothing from a file or from Exact Online can
become markup, and its policy (Content-Security-Policy) allows only its own two inline parts.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import re
import time
from collections.abc import Iterator, Mapping
from heapq import nsmallest
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from exact_import import __version__
from exact_import.errors import ExactImportError, storage_errors
from exact_import.files import PRIVATE, write_atomic
from exact_import.reporting.candidate_words import with_their_people
from exact_import.reporting.html.view import MOST_REFUSED, Cells, view
from exact_import.reporting.report import Report
from exact_import.reporting.summary import sentence

if TYPE_CHECKING:
    import jinja2

    from exact_import.config.settings import Settings
    from exact_import.records.models import RowLocation
    from exact_import.tables.table import Table

# Control characters have no place in HTML, not even escaped.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")


def write_page(
    path: Path, report: Report, settings: Settings, *, mode: int = PRIVATE, headline: str = ""
) -> None:
    """Write the page of `report` to `path`, whole or not at all.

    `mode` is the permissions of the file; `headline` goes before the report's own sentence. Raises
    StorageError when it cannot be written.
    """
    rows = _refused_rows(report, settings)
    write_whole(path, page(report, rows, headline or sentence(report), at=time.time()), mode)


def _refused_rows(report: Report, settings: Settings) -> dict[RowLocation, Cells]:
    """Return the cells of rejected and held rows.

    A saved plan has no tables, so its files are read; a deleted file gives no rows.
    """
    refused = chain(report.rows.rejected, (source for source, _ in report.refused()))
    wanted = set(nsmallest(MOST_REFUSED, refused))
    held = with_their_people(report.held)[:MOST_REFUSED]
    wanted.update(record.lines[0] for record, _ in held)
    if not wanted:
        return {}
    return {
        (table.name, row.line): (table.header, row.cells)
        for table in report.tables or _read_again(report, settings)
        for row in table.rows()
        if (table.name, row.line) in wanted
    }


def _read_again(report: Report, settings: Settings) -> Iterator[Table]:
    from exact_import.tables.source import STDIN  # only for a saved plan
    from exact_import.tables.table import open_table

    for name in report.files:
        if name != STDIN:
            with contextlib.suppress(ExactImportError):
                yield open_table(
                    name,
                    delimiter=settings.delimiter,
                    encoding=settings.encoding,
                    sheet=settings.sheet,
                )


def page(report: Report, rows: Mapping[RowLocation, Cells], title: str, *, at: float) -> str:
    """Return the page of `report`, headed by `title` and made at epoch second `at`."""
    from markupsafe import Markup

    text = _template().render(
        view(report, rows, at),
        title=title,
        version=__version__,
        # Our own, not shown as text: they match the policy only unchanged.
        style=Markup(_part("page.css")),  # noqa: S704
        script=Markup(_part("page.js")),  # noqa: S704
    )
    return _CONTROL.sub("\ufffd", text).encode("utf-8", "replace").decode("utf-8")


@functools.cache
def _template() -> jinja2.Template:
    import jinja2  # slow to load, and only for a page

    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["thousands"] = "{:,}".format
    environment.filters["sha256"] = _sha256
    return environment.from_string(_part("report.html.j2"))


def write_whole(path: Path, content: str, mode: int = PRIVATE) -> None:
    """Write `content` to `path`, whole or not at all, with this mode; raises StorageError."""
    with storage_errors("report", path, "Name another file, or free some disk space."):
        # In JSON, a name that is not UTF-8 is spelled with \udc...
        write_atomic(path, content.encode("utf-8", "backslashreplace"), mode=mode)


def _part(name: str) -> str:
    return resources.files("exact_import.reporting.html").joinpath(name).read_text(encoding="utf-8")


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
