"""Import contacts from CSV and Excel files into Exact Online, every row exactly once."""

__version__ = "0.1.0"
