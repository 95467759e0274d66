"""Checks of a set-up, for `doctor`: without a network, and online."""
