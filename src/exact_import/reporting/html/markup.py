"""Pieces of the page; whatever comes in as text is escaped here and nowhere else."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

SEARCHED_FROM = 6
"""A list with fewer rows than this is seen at a glance."""


def both(before: Any, after: Any) -> str:
    """Return markup of a value that changed."""
    return (
        f'<del>{value_of(before)}</del> <span class="arrow" aria-label="becomes">→</span> '
        f"<ins>{value_of(after)}</ins>"
    )


def value_of(value: Any) -> str:
    """Return markup of a field's value."""
    if value in (None, ""):
        return '<span class="nothing">empty</span>'
    if isinstance(value, bool):
        return "yes" if value else "no"
    return text(value)


def text(value: object) -> str:
    """Return `value` as markup that shows it and does nothing else."""
    # Control characters have no place in HTML, not even escaped.
    shown = "".join(c if c >= " " or c in "\n\t" else "\ufffd" for c in str(value))
    return html.escape(shown.encode("utf-8", "replace").decode("utf-8"))


def search(rows: int, kinds: Mapping[str, str]) -> Iterator[str]:
    """Yield what searches a list of some length, with a button for each of `kinds`, by name."""
    if rows < SEARCHED_FROM:
        return
    yield '<div class="find">'
    yield '<input type="search" placeholder="Search" aria-label="Search in this list">'
    if len(kinds) > 1:
        yield '<button type="button" data-kind="" aria-pressed="true">All</button>'
    for kind, name in kinds.items() if len(kinds) > 1 else ():
        yield f'<button type="button" data-kind="{kind}" aria-pressed="false">{name}</button>'
    yield '<output aria-live="polite"></output></div>'


def fields_of(fields: Iterable[tuple[str, str, bool]], kind: str = "") -> Iterator[str]:
    """Yield a list of names (text) and values (markup), some of them marked as wrong."""
    yield f'<dl class="fields {kind}">'
    for name, value, marked in fields:
        mark = ' class="marked"' if marked else ""
        yield f"<div{mark}><dt>{text(name)}</dt><dd>{value}</dd></div>"
    yield "</dl>"


def more(count: int, where: str = "which the JSON report (--json) lists") -> Iterator[str]:
    """Yield what stands below a list that `count` lines were left out of: how many, and `where`."""
    if count > 0:
        yield f'<p class="more">… and {count:,} more, {where}.</p>'


def table_head(*names: str) -> str:
    """Return the beginning of a list with columns of these names."""
    heads = "".join(f'<th scope="col">{text(name)}</th>' for name in names)
    return f'<table class="list"><thead><tr>{heads}</tr></thead><tbody>'
