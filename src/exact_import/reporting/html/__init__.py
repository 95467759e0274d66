"""The report of a run as one page of HTML, for people."""

from exact_import.reporting.html.document import page, write_page
from exact_import.reporting.html.rejected_rows import refused_rows

__all__ = ["page", "refused_rows", "write_page"]
