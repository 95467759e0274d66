"""The report of a run as one page of HTML, for people."""

from exact_import.page.document import page, write_page
from exact_import.page.rows import refused_rows

__all__ = ["page", "refused_rows", "write_page"]
