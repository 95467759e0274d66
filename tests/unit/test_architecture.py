"""The papers for contributors: every room has its paragraph, and no path in them is wrong."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from source_trees import tree_of

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "exact_import"
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
GUIDE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
_MODULE = re.compile(r"`([a-z_/]+\.(?:py|json|j2|html\.j2|css))`")


def paragraphs() -> dict[str, str]:
    """Return what the page says of each room, by the room's folder; "" is the ground."""
    _, *parts = re.split(r"^### (.+)$", PAGE.partition("\n## The rooms\n")[2], flags=re.MULTILINE)
    found = {}
    for title, text in zip(parts[::2], parts[1::2], strict=True):
        name = title.strip("`/") if title.startswith("`") else ""
        found[name] = text.partition("\n## ")[0].strip()
    return found


def rooms() -> set[str]:
    packages = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    return packages | {"", "__main__", "exact_sandbox"}


def shapes() -> list[tuple[str, str]]:
    """Return the shapes of data that a row has, each as its class and module."""
    return re.findall(r"^\| \d\. [^|]+ \| `(\w+)` \| `([\w/]+\.py)` \|", PAGE, re.MULTILINE)


def test_every_room_has_a_paragraph() -> None:
    found = paragraphs()
    assert set(found) == rooms()
    assert [name for name, text in found.items() if len(text) < 80] == []


@pytest.mark.parametrize("name", sorted(paragraphs()))
def test_a_paragraph_names_modules_that_are_in_its_room(name: str) -> None:
    folder = SOURCE.parent / name if name == "exact_sandbox" else SOURCE / name
    if name in ("", "__main__"):
        folder = SOURCE
    named = _MODULE.findall(paragraphs()[name])
    assert [module for module in named if not (folder / module).is_file()] == []


def test_a_row_has_at_most_eight_shapes() -> None:
    found = shapes()
    assert 0 < len(found) <= 8
    for name, module in [*found, ("RemoteRecord", "store/mirror.py")]:
        tree = tree_of(SOURCE / module)
        assert name in {node.name for node in tree.body if isinstance(node, ast.ClassDef)}


@pytest.mark.parametrize("room", ["mapping", "records", "values"])
def test_rows_go_on_as_batches(room: str) -> None:
    """No room below the tables reads a `Row`: irregular rows have no shape of their own."""
    for path in (SOURCE / room).glob("*.py"):
        names = {
            alias.name
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.ImportFrom) and node.module == "exact_import.tables.rows"
            for alias in node.names
        }
        assert names <= {"Batch"}, path


def test_every_path_of_the_contributors_guide_is_there() -> None:
    named = re.findall(r"`((?:src|tests|docs|samples|benchmarks|\.ci|\.github)/[^`\s]*)`", GUIDE)
    assert len(named) > 20
    assert [path for path in named if not any(ROOT.glob(path.rstrip("/")))] == []


def test_the_recipes_are_listed_with_links_that_lead_to_them() -> None:
    titles = re.findall(r"^### (.+)$", GUIDE, re.MULTILINE)
    anchors = [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]
    assert re.findall(r"\]\(#([\w-]+)\)", GUIDE) == anchors
