"""Tables: from bytes to rows, and rejects back to files."""

from exact_import.tables.table import open_table

__all__ = ["open_table"]
