"""What the arguments of the command line mean."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from exact_import.errors import UsageError
from exact_import.tables.rejects_file import write_rejects
from exact_import.tables.rejects_form import parse_rejects_name
from exact_import.tables.source import expand
from exact_import.tables.table import open_table

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    names = "b.csv A.CSV c.csv.gz notes.txt .hidden.csv sub/d.csv e.xlsx f.ODS ~$e.xlsx"
    for name in names.split():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("Naam;Plaats\nJan;Gent\n")
    table = open_table("b.csv")
    for _ in range(2):
        write_rejects(table, [(next(table.rows()), "wrong")])
        (tmp_path / "b.csv").write_text("Naam;Plaats\nPiet;Aalst\n")
        table = open_table("b.csv")
    (tmp_path / "mine.rejected.csv").write_text("Naam\nJan\n")  # only named like ours
    return tmp_path


def test_a_folder_that_cannot_be_read_says_why(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(type(folder), "iterdir", refuse)
    with pytest.raises(UsageError) as caught:
        expand(["sub"])
    assert str(caught.value) == "sub cannot be read: Permission denied. Check its permissions."


def test_names_stay_as_they_are(folder: Path) -> None:
    names = ["b.csv", "-", "nowhere.csv", "b.rejected.csv"]
    assert expand(names) == names


def test_each_file_once(folder: Path) -> None:
    assert expand(["b.csv", "-", "./b.csv", str(folder / "b.csv"), "-"]) == ["b.csv", "-"]
    assert expand(["*.csv", "b.csv"]).count("b.csv") == 1


def test_folders(folder: Path) -> None:
    names = [os.path.relpath(name) for name in expand([str(folder)])]
    assert names == ["A.CSV", "b.csv", "c.csv.gz", "e.xlsx", "f.ODS", "mine.rejected.csv"]
    assert expand(["sub"]) == [os.path.join("sub", "d.csv")]  # noqa: PTH118 -- as text


def test_patterns(folder: Path) -> None:
    assert (folder / "b.rejected.csv").exists()
    assert (folder / "b.rejected-2.csv").exists()
    assert expand(["*.csv"]) == ["b.csv", "mine.rejected.csv"]
    assert expand(["[ab].csv"]) == ["b.csv"]
    assert set(expand(["**/*.csv"])) == {"b.csv", "mine.rejected.csv", os.path.join("sub", "d.csv")}  # noqa: PTH118


def test_a_file_whose_name_looks_like_a_pattern(folder: Path) -> None:
    (folder / "list [1].csv").write_text("Naam\nJan\n")
    assert expand(["list [1].csv"]) == ["list [1].csv"]


@pytest.mark.parametrize("argument", ["*.nothing", "empty", "b.rejected*.csv"])
def test_nothing_found(folder: Path, argument: str) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(UsageError, match=r"There is no CSV, Excel or ODS file|No file matches"):
        expand([argument])


@pytest.mark.parametrize(
    ("name", "parsed"),
    [
        ("contacts.rejected.csv", ("contacts", 1)),
        ("contacts.rejected-12.csv", ("contacts", 12)),
        ("a.b.REJECTED.CSV", ("a.b", 1)),
        ("contacts.csv", None),
        ("rejected.csv", None),
        ("contacts.rejected-0.csv", None),
        ("contacts.rejected-x.csv", None),
    ],
)
def test_names_of_rejects(name: str, parsed: tuple[str, int] | None) -> None:
    assert parse_rejects_name(name) == parsed
