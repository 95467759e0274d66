"""What holds for any input, tried with many or with very long ones, of what is pure."""

from __future__ import annotations

from purity import pure

__all__ = ["pure"]  # the fixture
