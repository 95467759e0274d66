"""Carrying out a plan: every change once, whatever happens."""
