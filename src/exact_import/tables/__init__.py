"""Tables: bytes to rows, and the rejects back to files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from exact_import.tables.table import open_table

__all__ = ["open_table"]


def __getattr__(name: str) -> Any:
    """Load `open_table` when it is first asked for: names of files are expanded without it."""
    if name == "open_table":
        from exact_import.tables import table

        return table.open_table
    raise AttributeError(name)
