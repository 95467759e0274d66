"""Fixtures for the tests of the Exact Online layer."""

from double_fixtures import _clean_environment, authority_file, clock, double, ini

__all__ = ["_clean_environment", "authority_file", "clock", "double", "ini"]
