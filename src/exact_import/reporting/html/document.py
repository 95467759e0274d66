"""What happened, as one page that can be read anywhere: no network, everything escaped.

The page may be mailed and is opened in a browser, so nothing that comes from a file or from Exact
Online can become markup, and its policy (Content-Security-Policy) allows nothing but its own two
inline parts.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from exact_import import __version__
from exact_import.errors import ExitStatus
from exact_import.reporting.html.labels import (
    COLOURS,
    file_name,
    kinds,
    number,
    plural,
    sentence,
    verdict,
)
from exact_import.reporting.html.lists import (
    Cells,
    action_name,
    changes,
    divisions,
    left_alone,
    refused,
    rewritten,
    warnings,
)
from exact_import.reporting.html.markup import text
from exact_import.reporting.html.writing import write_whole
from exact_import.reporting.report import CHANGE_WORDS, ROW_WORDS, Report

if TYPE_CHECKING:
    from exact_import.records.models import RowLocation


def write_page(
    path: Path,
    report: Report,
    rows: Mapping[RowLocation, Cells],
    *,
    mode: int = 0o600,
    headline: str = "",
) -> None:
    """Write the page of `report` to `path`, whole or not at all.

    `rows` holds the refused rows by where they stand, `mode` the permissions of the file;
    `headline` goes before what the report says of itself. Raises StorageError when it cannot be
    written.
    """
    write_whole(path, page(report, rows, headline or sentence(report), at=time.time()), mode)


def page(report: Report, rows: Mapping[RowLocation, Cells], title: str, *, at: float) -> str:
    """Return the page of `report`, headed by `title` and made at epoch second `at`."""
    style, script = _part("page.css"), _part("page.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    body = "\n".join(
        [
            *_heading(report, title, at),
            *_fault(report),
            *_counts(report),
            *divisions(report),
            *refused(report, rows),
            *changes(report),
            *left_alone(report),
            *warnings(report),
            *rewritten(report),
            *_notes(report),
            *_numbers(report),
        ]
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{text(title)}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<main>
{body}
</main>
<footer>Made by exact-import {text(__version__)}. It holds data of the rows shown, and opens without
a network.</footer>
<script>{script}</script>
</body>
</html>
"""


def _heading(report: Report, title: str, at: float) -> Iterator[str]:
    word, colour = verdict(report)
    yield f'<p class="verdict {colour}">{text(word)}</p>'
    yield f"<h1>{text(title)}</h1>"
    facts = {
        "File" if len(report.files) == 1 else "Files": ", ".join(map(file_name, report.files)),
        "Division": report.division,
        "Undo of run": report.undoes,
        "Run": report.run,
        "Finished": time.strftime("%d %B %Y, %H:%M", time.localtime(at)).lstrip("0"),
    }
    yield '<dl class="facts">'
    for name, value in facts.items():
        if value:
            yield f"<div><dt>{name}</dt><dd>{text(value)}</dd></div>"
    yield "</dl>"


def _fault(report: Report) -> Iterator[str]:
    if report.fault is None:
        return
    later = " later" if report.exit_status in (ExitStatus.TRY_LATER, ExitStatus.NOT_APPLIED) else ""
    yield f'<div class="callout{later}" role="status"><p>{text(report.fault.message)}</p>'
    if report.fault.advice:
        yield f"<p>{text(report.fault.advice)}</p>"
    yield "</div>"


def _counts(report: Report) -> Iterator[str]:
    words = report.row_words()
    shown = [(word, words[word]) for word in ROW_WORDS if words[word]]
    if report.rows.read:
        yield from _bar(shown, report.rows.read)
        yield '<dl class="counts" aria-label="Rows">'
        rows = "row" if report.rows.read == 1 else "rows"
        yield f"<div><dt>{rows} read</dt><dd>{report.rows.read:,}</dd></div>"
        for word, count in shown:
            colour = COLOURS.get(word, "")
            yield f'<div><dt>{word}</dt><dd class="{colour}">{count:,}</dd></div>'
        yield "</dl>"


def _bar(shown: Sequence[tuple[str, int]], total: int) -> Iterator[str]:
    yield ('<svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">')
    left = 0.0
    for word, count in reversed(shown):
        width = 1000 * count / total
        yield (
            f'<rect class="{COLOURS.get(word, "")}" x="{left:.2f}" y="0" width="{width:.2f}"'
            ' height="10"/>'
        )
        left += width
    yield "</svg>"


def _numbers(report: Report) -> Iterator[str]:
    """Yield how many of each kind, and what of the budget was used."""
    counted = {kind: report.change_words(kind) for kind in kinds(report)}
    words = [word for word in CHANGE_WORDS if any(counts[word] for counts in counted.values())]
    cost = []
    if report.calls.total:
        cost.append(
            f"{number(report.calls.total, 'call')} to Exact Online: {report.calls.reads:,} to "
            f"read, {report.calls.writes:,} to write."
        )
    if report.forecast is not None and report.mode == "plan" and report.forecast.calls:
        cost.append(
            f"Carrying it out takes {number(report.forecast.calls, 'call')}, "
            f"{report.forecast.duration}"
            + (f", over {report.forecast.nights} days." if report.forecast.nights > 1 else ".")
        )
    if report.forecast is not None and report.forecast.left_today is not None:
        left = max(0, report.forecast.left_today - report.calls.writes)
        cost.append(f"Some {left:,} are left of the day's budget.")
    if not words and not cost:
        return
    yield "<section><h2>In numbers</h2>"
    if words:
        # In lists, what is said of an unchanged account is that its main contact is set.
        names = [
            "same" if word == "unchanged" else action_name(report, word).lower() for word in words
        ]
        heads = "".join(f'<th scope="col">{name}</th>' for name in names)
        yield f'<table class="tally"><thead><tr><th scope="col"></th>{heads}</tr></thead><tbody>'
        for kind, counts in counted.items():
            cells = "".join(f"<td>{counts[word] or '–'}</td>" for word in words)
            yield f'<tr><th scope="row">{plural(kind).capitalize()}</th>{cells}</tr>'
        yield "</tbody></table>"
    if cost:
        yield f'<p class="more">{text(" ".join(cost))}</p>'
    yield "</section>"


def _notes(report: Report) -> Iterator[str]:
    if report.notes:
        yield '<section><h2>Notes</h2><ul class="notes">'
        for note in report.notes:
            yield f"<li>{text(note)}</li>"
        yield "</ul></section>"


def _part(name: str) -> str:
    return resources.files("exact_import.reporting.html").joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
