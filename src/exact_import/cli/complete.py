"""What the shell may complete an argument or option with: files, runs, companies, fields.

A completion asks nothing of Exact Online and says nothing: what cannot be read completes nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from exact_import.store.journal import Journal

_MOST = 50


def files(
    _context: click.Context, _parameter: click.Parameter | None, incomplete: str
) -> list[CompletionItem]:
    """Leave it to the shell to complete a file's name."""
    return [CompletionItem(incomplete, type="file")]


def runs(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the runs of the journal, newest first, each with what it was."""
    found: list[tuple[str, str]] = [("last", "the last run that changed something")]
    with contextlib.suppress(Exception), _journal(context) as journal:
        from exact_import.store.history import list_runs

        found += [
            (str(run["run"]), f"{run['mode']} {', '.join(run['files'])}".strip())
            for run in list_runs(journal)
        ]
    return _matching(found, incomplete)


def divisions(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the companies that the journal knows, by their numbers."""
    with contextlib.suppress(Exception), _journal(context) as journal:
        from exact_import.store.division import known_divisions

        numbers = {str(number): "" for number, _ in known_divisions(journal)}
        return _matching(numbers.items(), incomplete)
    return []


def fields(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the kinds of records, and the names of their fields."""
    from exact_import.fields import catalogue

    names = {"account": "the fields of companies", "contact": "the fields of people"}
    for kind in ("account", "contact"):
        names |= {field.name: field.description for field in catalogue(kind).values()}
    return _matching(names.items(), incomplete)


def columns(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the fields that may follow in a list of fields (Name,contact.Email)."""
    from exact_import.fields import catalogue

    before, comma, last = incomplete.rpartition(",")
    start = f"{before}{comma}" or incomplete[: incomplete.startswith("+")]
    names = {
        f"{start}{kind}.{field.name}": field.description
        for kind in ("account", "contact")
        for field in catalogue(kind).values()
    }
    return _matching(names.items(), f"{start}{last.removeprefix('+')}")


def _matching(found: Iterable[tuple[str, str]], incomplete: str) -> list[CompletionItem]:
    wanted = incomplete.casefold()
    items = [
        CompletionItem(name, help=" ".join(about.split()))
        for name, about in found
        if name.casefold().startswith(wanted)
    ]
    return items[:_MOST]


@contextlib.contextmanager
def _journal(context: click.Context) -> Iterator[Journal]:
    """Open the journal of the configuration that the command line names; raises what it raises."""
    from exact_import.store.journal import Journal

    given = [context.params.get("config"), context.find_root().params.get("config")]
    config = next((path for path in given if isinstance(path, Path)), Path("config.ini"))
    path = config.with_name(f"{config.stem}.journal.sqlite3")
    if not path.exists():
        raise FileNotFoundError(path)
    with contextlib.closing(Journal(path)) as journal:
        yield journal
