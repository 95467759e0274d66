"""Rows of a file, as accounts and contacts to be: read, checked, brought together."""
