"""Unit tests are of what is pure: no process, no network, no waiting."""

from __future__ import annotations

from purity import pure

__all__ = ["pure"]  # the fixture
