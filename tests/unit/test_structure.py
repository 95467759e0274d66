"""The architecture that can be seen: who may know whom, and who may print."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
MODULES = {
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("exact_import", "exact_sandbox")
    for path in sorted(SOURCE.glob(f"{package}/**/*.py"))
}


def imports(name: str) -> Iterator[str]:
    """Yield the modules of the package that `name` imports, wherever in it, types left out."""
    path = MODULES[name]
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in _walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in MODULES:
                    yield alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parts, *([node.module] if node.module else [])])
            for alias in node.names:
                full = f"{base}.{alias.name}"
                if full in MODULES:
                    yield full
                elif base in MODULES:
                    yield base


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from _walk(child)


GRAPH = {name: sorted(set(imports(name)) - {name, "exact_import"}) for name in MODULES}


def test_no_circle_of_imports() -> None:
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join([*path[path.index(name) :], name])
        if name in done:
            return
        for other in GRAPH[name]:
            visit(other, (*path, name))
        done.add(name)

    for name in GRAPH:
        visit(name, ())


# The packages, from the top down: a package knows only packages that stand below it.
ROOMS = [
    "__main__",
    "cli",
    "importing",
    "diagnostics",
    "watch",
    "exporting",
    "reporting",
    "applying",
    "planning",
    "store",
    "exact",
    "records",
    "mapping",
    "tables",
    "config",
    "values",
    "errors",
    "files",
    "text",
    "data",
    "fields",
]


def room(name: str) -> str:
    parts = name.split(".")
    if parts[0] == "exact_sandbox":
        return "exact_sandbox"
    return parts[1] if len(parts) > 1 else ""


def test_every_room_has_its_place_in_the_house() -> None:
    assert {room(name) for name in MODULES} == {"", "exact_sandbox", *ROOMS}


@pytest.mark.parametrize("name", MODULES)
def test_each_room_knows_only_those_below(name: str) -> None:
    for other in GRAPH[name]:
        if room(name) in ROOMS and room(other) in ROOMS:
            assert ROOMS.index(room(name)) <= ROOMS.index(room(other)), other
        if room(name) == "exact_sandbox":
            assert room(other) in ("exact_sandbox", "fields", "errors", "files", "text"), other
        else:
            assert room(other) != "exact_sandbox" or name == "exact_import.cli.sandbox", other
        if room(name) not in ("cli", "__main__"):
            assert room(other) != "cli", other
        if room(name) == "csvfile":
            assert room(other) != "exact", other


@pytest.mark.parametrize(
    "name", [name for name in MODULES if room(name) not in ("cli", "exact_sandbox")]
)
def test_only_the_command_line_prints(name: str) -> None:
    for node in ast.walk(ast.parse(MODULES[name].read_text("utf-8"))):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in ("print", "click.echo", "sys.stdout.write", "sys.stderr.write")


@pytest.mark.parametrize("name", [name for name in MODULES if room(name) not in ("exact",)])
def test_only_exact_knows_the_library(name: str) -> None:
    for node in ast.walk(ast.parse(MODULES[name].read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] != "exactonline"
        elif isinstance(node, ast.Import):
            assert all(alias.name.partition(".")[0] != "exactonline" for alias in node.names)
