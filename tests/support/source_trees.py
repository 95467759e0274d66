"""Source files as text and as trees, each read once for all tests that look at the code."""

from __future__ import annotations

import ast
import functools
from pathlib import Path


@functools.cache
def text_of(path: Path) -> str:
    """Return what a source file holds."""
    return path.read_text("utf-8")


@functools.cache
def tree_of(path: Path) -> ast.Module:
    """Return a source file parsed; nobody may change the tree."""
    return ast.parse(text_of(path))
