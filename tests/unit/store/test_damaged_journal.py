"""A journal that is damaged, or that others can read, is noticed when it is opened or read."""

from __future__ import annotations

import contextlib
import sqlite3
import stat
from pathlib import Path

import pytest

from exact_import.errors import StorageError, UsageError
from exact_import.store import history
from exact_import.store.bases import BaseFields, RecordBases
from exact_import.store.journal import Intent, Journal
from exact_import.store.layouts import FileLayout, Layouts
from exact_import.store.links import Link, Links
from exact_import.store.mirror import Mirror

LAYOUT = FileLayout({"Naam": "account.Name"}, frozenset({"account"}))


def copied(content: bytes, folder: Path) -> Path:
    """Return a journal that holds `content`, as its owner alone can read it."""
    path = folder / "x.journal.sqlite3"
    path.write_bytes(content)
    path.chmod(0o600)
    return path


@pytest.fixture(name="small", scope="module")
def _small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return a journal with one write and one record in it."""
    path = tmp_path_factory.mktemp("small") / "journal.sqlite3"
    with contextlib.closing(Journal(path)) as journal:
        scope = journal.scope("https://example.com", 1)
        run = journal.start_run(scope, "import", ["a.csv"])
        intent = Intent(run, "account", "create", [("a.csv", 2)], "Acme", "id", None, {}, {})
        journal.announce(scope, intent)
        Mirror(journal, scope).put("account", {"ID": "id", "Name": "Acme"})
    return path.read_bytes()


@pytest.fixture(name="path")
def _path(small: bytes, tmp_path: Path) -> Path:
    """Return the path of a journal with one write and one record in it."""
    return copied(small, tmp_path)


def change(path: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute(statement)
        database.commit()


@pytest.mark.parametrize("kept", ["'{\"Name\": '", "'[]'", "'\"x\"'", "x'ff00'", "7"])
@pytest.mark.parametrize("column", ["change SET before", "change SET after", "mirror SET fields"])
def test_what_it_kept_is_read_by_type(path: Path, column: str, kept: str) -> None:
    change(path, f"UPDATE {column} = {kept}")
    with contextlib.closing(Journal(path)) as journal:
        mirror = Mirror(journal, 1)
        with pytest.raises(StorageError, match="damaged") as caught:
            (journal.open_intents(1), mirror.get("account", "id"))
    assert "move it away" in caught.value.advice


@pytest.mark.parametrize("lines", ["'7'", "'[[1]]'", "'[\"a\"]'"])
def test_the_rows_of_a_write_are_read_by_type(path: Path, lines: str) -> None:
    change(path, f"UPDATE change SET lines = {lines}")
    with (
        contextlib.closing(Journal(path)) as journal,
        pytest.raises(StorageError, match="damaged"),
    ):
        journal.open_intents(1)


def test_tables_without_a_version_are_damage(path: Path) -> None:
    change(path, "PRAGMA user_version = 0")
    with pytest.raises(StorageError, match="damaged"):
        Journal(path)


def test_it_is_checked_after_an_unclean_end(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as database:
        roots = database.execute("SELECT rootpage FROM sqlite_master WHERE type = 'table'")
        pages = [page for (page,) in roots]
    with path.open("r+b") as stream:
        for page in pages:
            stream.seek((page - 1) * 4096 + 8)
            stream.write(b"\xff" * 64)
    Journal(path).close()  # nothing says that it ended badly, and nothing is read
    path.with_name(f"{path.name}-wal").touch()
    with pytest.raises(StorageError, match="damaged"):
        Journal(path)


@pytest.mark.posix
def test_one_that_others_can_read_is_made_private(path: Path) -> None:
    path.chmod(0o644)
    Journal(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.fixture(name="large", scope="module")
def _large(small: bytes, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the journal with a cursor, a link, a base, facts and a run that ended as well."""
    path = copied(small, tmp_path_factory.mktemp("large"))
    with contextlib.closing(Journal(path)) as journal:
        Links(journal, 1).add([Link("account", "a", "Name", "acme", "id", "created", "run")])
        said: dict[str, BaseFields] = {
            "a": {"Name": ["Acme", "Acme"]},
            "b": {"Name": ["ACME", "Acme", True]},
        }
        Mirror(journal, 1).set_base("account", "id", RecordBases(said))
        Layouts(journal, 1).remember("crm", "klanten", LAYOUT)
        journal.write("INSERT INTO cursor VALUES (1, 'account', 7, '[\"Name\"]', 1.0, 2.0)")
        run = journal.read("SELECT id FROM run")[0][0]
        journal.end_run(run, 0, {"rows": {"read": 1}, "accounts": {"create": 1}})
        for name in ("generation 1 account", "a fact"):
            journal.note(name, "1")
    return path.read_bytes()


@pytest.fixture(name="full")
def _full(large: bytes, tmp_path: Path) -> Path:
    """Return the path of a journal in which every kind of record is."""
    return copied(large, tmp_path)


@pytest.mark.parametrize(
    "columns",
    ["'[]'", "'{\"columns\": 7}'", "'{\"columns\": {}}'", '\'{"columns": {}, "written": [7]}\''],
)
def test_a_damaged_layout_is_reported(full: Path, columns: str) -> None:
    change(full, f"UPDATE layout SET columns = {columns}")
    with (
        contextlib.closing(Journal(full)) as journal,
        pytest.raises(StorageError, match="damaged"),
    ):
        Layouts(journal, 1).last("crm", "klanten", LAYOUT)


def read_all(journal: Journal) -> None:
    mirror = Mirror(journal, 1)
    mirror.bases.read("account", "id")
    mirror.generation("account")
    list(mirror.live("account"))
    Links(journal, 1).all()
    Layouts(journal, 1).last("crm", "klanten", LAYOUT)
    history.list_runs(journal)
    history.show_run(journal, "2")
    journal.fact("a fact", 1e12)
    with contextlib.suppress(UsageError):
        history.look_up(journal, "Acme")


@pytest.mark.parametrize("value", ["'['", "x'ff00'", "CAST(x'fffe' AS TEXT)", "'{\"rows\": 7}'"])
@pytest.mark.parametrize(
    "place",
    [
        *("cursor SET fields", "cursor SET timestamp", "cursor SET read_at"),
        *("link SET kind", "link SET made_by", "link SET at"),
        *("base SET fields", "mirror SET timestamp", "mirror SET fields"),
        *("run SET summary", "run SET files", "run SET started", "change SET links"),
        *("change SET kind", "change SET cursor", "fact SET value", "fact SET at"),
        *("layout SET columns", "layout SET at"),
    ],
)
def test_whatever_is_read_of_it_is_read_by_type(full: Path, place: str, value: str) -> None:
    change(full, f"UPDATE {place} = {value}")
    with contextlib.closing(Journal(full)) as journal, contextlib.suppress(StorageError):
        read_all(journal)
        # Where the column takes that value, it is nothing that could be told from another.
        assert place in ("mirror SET fields", "run SET summary") or value == "'{\"rows\": 7}'"


def test_what_is_whole_is_read(full: Path) -> None:
    with contextlib.closing(Journal(full)) as journal:
        read_all(journal)
