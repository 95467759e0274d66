"""Rows of a file as accounts and contacts: read, checked, grouped and merged."""
