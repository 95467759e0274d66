"""A journal that is damaged, or that others can read, is noticed when it is opened or read."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from pathlib import Path

import pytest

from exact_import.errors import StorageError
from exact_import.store.journal import Intent, Journal
from exact_import.store.mirror import Mirror


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    """Return a journal with one write and one record in it."""
    path = tmp_path / "x.journal.sqlite3"
    with contextlib.closing(Journal(path)) as journal:
        scope = journal.scope("https://example.com", 1)
        run = journal.start_run(scope, "import", ["a.csv"])
        intent = Intent(run, "account", "create", [("a.csv", 2)], "Acme", "id", None, {}, {})
        journal.announce(scope, intent)
        Mirror(journal, scope).put("account", {"ID": "id", "Name": "Acme"})
    return path


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


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps permissions in another way")
def test_one_that_others_can_read_is_made_private(path: Path) -> None:
    path.chmod(0o644)
    Journal(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
