"""Exports of Exact Online's records to files that import again."""
