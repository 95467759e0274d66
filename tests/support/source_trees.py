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


@functools.cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Return every node of a source file's tree, in no order that counts."""
    found: list[ast.AST] = []
    left: list[ast.AST] = [tree_of(path)]
    while left:
        node = left.pop()
        found.append(node)
        if isinstance(node, ast.Name | ast.Constant):
            continue
        for name in node._fields:
            value = getattr(node, name)
            if isinstance(value, list):
                left.extend(child for child in value if isinstance(child, ast.AST))
            elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
                left.append(value)
    return tuple(found)
