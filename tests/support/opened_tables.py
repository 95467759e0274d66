"""Opens tables that a test writes, and shows what their rows hold."""

from __future__ import annotations

from pathlib import Path

from exact_import.tables.table import Table, open_table


def opened(
    folder: Path,
    content: str | bytes,
    encoding: str | None = None,
    *,
    name: str = "some.csv",
    **options: str,
) -> Table:
    """Return the table of a file with this content; text is written as UTF-8."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_table(str(path), encoding=encoding, **options)


def cells(table: Table) -> list[tuple[str, ...]]:
    """Return the cells of all rows."""
    return [row.cells for row in table.rows()]


def sound_cells(table: Table) -> list[tuple[str, ...]]:
    """Return the cells of all rows; fails where something is wrong with one."""
    assert not any(row.problem for row in table.rows())
    return cells(table)
