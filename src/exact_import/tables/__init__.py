"""Tables: bytes to rows, and the rejects back to files."""

from exact_import.tables.table import open_table

__all__ = ["open_table"]
