"""The architecture that can be seen: who may know whom, and who may print."""

from __future__ import annotations

import ast
import functools
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from source_trees import nodes_of, text_of, tree_of

SOURCE = Path(__file__).parents[2] / "src"
MODULES = {
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("exact_import", "exact_sandbox")
    for path in sorted(SOURCE.glob(f"{package}/**/*.py"))
}


@functools.cache
def nodes(name: str) -> tuple[ast.Import | ast.ImportFrom | ast.Call, ...]:
    """Return the imports and calls of a module."""
    kinds = (ast.Import, ast.ImportFrom, ast.Call)
    return tuple(node for node in nodes_of(MODULES[name]) if isinstance(node, kinds))


def for_types_only(name: str) -> set[int]:
    """Return what is below `if TYPE_CHECKING` in a module, by identity."""
    return {
        id(inner)
        for node in nodes_of(MODULES[name])
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }


def imports(name: str) -> Iterator[str]:
    """Yield the modules of the package that `name` imports, wherever in it, types left out."""
    path = MODULES[name]
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    typed = for_types_only(name)
    for node in nodes(name):
        if id(node) in typed:
            continue
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


@functools.cache
def graph() -> dict[str, list[str]]:
    """Return the modules that each module imports."""
    return {name: sorted(set(imports(name)) - {name, "exact_import"}) for name in MODULES}


def test_no_circle_of_imports() -> None:
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join([*path[path.index(name) :], name])
        if name in done:
            return
        for other in graph()[name]:
            visit(other, (*path, name))
        done.add(name)

    for name in graph():
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
    "data",
    "errors",
    "files",
    "text",
    "fields",
]


def room(name: str) -> str:
    parts = name.split(".")
    if parts[0] == "exact_sandbox":
        return "exact_sandbox"
    return parts[1] if len(parts) > 1 else ""


def test_every_room_has_its_place_in_the_house() -> None:
    assert {room(name) for name in MODULES} == {"", "exact_sandbox", *ROOMS}


def test_each_room_knows_only_those_below() -> None:
    ground = ("exact_sandbox", "fields", "errors", "files", "text")
    for name, others in graph().items():
        for other in others:
            arrow = f"{name} -> {other}"
            if room(name) in ROOMS and room(other) in ROOMS:
                assert ROOMS.index(room(name)) <= ROOMS.index(room(other)), arrow
            if room(name) == "exact_sandbox":
                assert room(other) in ground, arrow
            else:
                assert room(other) != "exact_sandbox" or name == "exact_import.cli.sandbox", arrow
            if room(name) not in ("cli", "__main__"):
                assert room(other) != "cli", arrow


def test_the_root_holds_the_ground_and_nothing_else() -> None:
    root = {path.name for path in (SOURCE / "exact_import").glob("*.py")}
    assert root == {"__init__.py", "__main__.py", "errors.py", "fields.py", "files.py", "text.py"}


def test_a_module_fits_on_a_few_screens() -> None:
    lines = {name: path.read_text("utf-8").count("\n") for name, path in MODULES.items()}
    assert {name: count for name, count in lines.items() if count > 400} == {}


def test_no_two_classes_have_one_name() -> None:
    names = Counter(
        node.name
        for path in MODULES.values()
        for node in tree_of(path).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_only_the_command_line_prints() -> None:
    printers = ("print", "click.echo", "sys.stdout.write", "sys.stderr.write")
    for name in MODULES:
        if room(name) in ("cli", "exact_sandbox"):
            continue
        called = {ast.unparse(node.func) for node in nodes(name) if isinstance(node, ast.Call)}
        assert called.isdisjoint(printers), name


def test_every_module_loads_on_windows() -> None:
    """What POSIX systems alone have is imported where it is used, behind a check or a skip."""
    posix = {"fcntl", "grp", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"}
    named = re.compile(rf"^import .*\b(?:{'|'.join(posix)})\b", re.MULTILINE)
    tests = sorted(Path(__file__).parents[1].glob("**/*.py"))
    for path in [*MODULES.values(), *tests]:
        if not named.search(text_of(path)):
            continue
        imported = {
            alias.name
            for node in tree_of(path).body
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        assert imported.isdisjoint(posix), path


def _leaves_encoding_open(call: ast.Call) -> bool:
    """Return True if the call reads or writes text and does not name the encoding."""
    name = ast.unparse(call.func)
    texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
    if any(keyword.arg == "encoding" for keyword in call.keywords):
        return False
    if name.endswith(".read_text"):
        return not call.args
    if name.endswith(".write_text"):
        return len(call.args) < 2
    # A mode without a "b"; `os.open` has flags instead.
    if name == "open" or name.endswith(".open"):
        return any(text in ("r", "w", "a", "x", "r+", "w+", "a+") for text in texts)
    return False


def test_every_text_file_names_its_encoding() -> None:
    """On Windows it is not UTF-8 otherwise."""
    for name in MODULES:
        found = [node for node in nodes(name) if isinstance(node, ast.Call)]
        assert [ast.unparse(call) for call in found if _leaves_encoding_open(call)] == [], name


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("path.read_text()", True),
        ('path.read_text("utf-8")', False),
        ("path.write_text(text)", True),
        ('path.write_text(text, encoding="utf-8")', False),
        ('path.open("w")', True),
        ('path.open("rb")', False),
        ('open(place, "a", encoding="utf-8")', False),
        ("webbrowser.open(url)", False),
    ],
)
def test_an_open_encoding_is_noticed(call: str, expected: bool) -> None:
    node = ast.parse(call, mode="eval").body
    assert isinstance(node, ast.Call)
    assert _leaves_encoding_open(node) is expected


def test_only_exact_knows_the_library() -> None:
    for name in MODULES:
        imported = {
            module.partition(".")[0]
            for node in nodes(name)
            for module in (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else []
            )
        }
        assert room(name) == "exact" or "exactonline" not in imported, name
