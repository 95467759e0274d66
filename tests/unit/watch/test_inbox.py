"""When a file in the folder is complete, and how it is put away, step by step."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from exact_import.errors import StorageError
from exact_import.reporting.report import Report
from exact_import.tables.rejects_form import stem_of
from exact_import.watch.folder import (
    Archive,
    ImportedFile,
    ImportHistory,
    Inbox,
    InboxFile,
    Signature,
)


@dataclass
class Clocks:
    """A clock that tests move, from the time that it is."""

    seconds: float = 1000.0
    wall: float = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> float:
        return self.wall


def inbox_of(folder: Path, clocks: Clocks, newest: Path | None = None) -> Inbox:
    if newest is not None:
        clocks.wall = newest.stat().st_ctime
    return Inbox(folder, 5.0, monotonic=clocks.monotonic, now=clocks.now)


def arrival_of(path: Path) -> InboxFile:
    signature = Signature.of(path)
    assert signature is not None
    return InboxFile(path, signature, 0.0)


def ready(inbox: Inbox) -> list[str]:
    assert inbox.scan()
    return [arrival.path.name for arrival in inbox.ready()]


def test_a_file_rests_from_its_last_change(tmp_path: Path) -> None:
    clocks = Clocks()
    path = tmp_path / "a.csv"
    path.write_text("one")
    inbox = inbox_of(tmp_path, clocks, path)
    assert ready(inbox) == []
    assert inbox.next_ready() == 5.0
    clocks.seconds += 4
    path.write_text("one, two")
    assert ready(inbox) == []
    assert inbox.next_ready() == 5.0
    clocks.seconds += 5
    assert ready(inbox) == ["a.csv"]
    assert inbox.next_ready() is None


def test_a_file_of_before_our_time_is_complete(tmp_path: Path) -> None:
    clocks = Clocks()
    path = tmp_path / "a.csv"
    path.write_text("one")
    inbox = inbox_of(tmp_path, clocks, path)
    clocks.wall += 121
    assert ready(inbox) == ["a.csv"]


@pytest.mark.parametrize("seconds", [-3600, 119])
def test_a_clock_that_differs_makes_no_file_complete(tmp_path: Path, seconds: int) -> None:
    clocks = Clocks()
    path = tmp_path / "a.csv"
    path.write_text("one")
    inbox = inbox_of(tmp_path, clocks, path)
    clocks.wall += seconds
    assert ready(inbox) == []


def test_a_file_with_an_old_date_that_was_put_there_now_rests(tmp_path: Path) -> None:
    clocks = Clocks()
    path = tmp_path / "a.csv"
    path.write_text("one")
    os.utime(path, (0, 0))
    assert ready(inbox_of(tmp_path, clocks, path)) == []


def test_an_empty_file_rests_longer(tmp_path: Path) -> None:
    clocks = Clocks()
    path = tmp_path / "a.csv"
    path.touch()
    inbox = inbox_of(tmp_path, clocks, path)
    assert ready(inbox) == []
    clocks.seconds += 59
    assert ready(inbox) == []
    clocks.seconds += 1
    assert ready(inbox) == ["a.csv"]


def test_only_files_that_are_csvs_and_stay_are_looked_at(tmp_path: Path) -> None:
    clocks = Clocks()
    for name in ("a.csv", "b.CSV.gz", ".c.csv", "~$d.csv", "e.csv.part", "f.txt"):
        (tmp_path / name).write_text("one")
    (tmp_path / "g.csv").mkdir()
    (tmp_path / "h.csv").symlink_to(tmp_path / "a.csv")
    inbox = inbox_of(tmp_path, clocks, tmp_path / "f.txt")
    clocks.wall += 1000
    assert sorted(ready(inbox)) == ["a.csv", "b.CSV.gz"]

    (arrival, _) = inbox.ready()
    inbox.ignore(arrival)
    assert arrival.path.name not in ready(inbox)
    arrival.path.write_text("another")
    clocks.seconds += 5
    ready(inbox)
    clocks.seconds += 5
    assert arrival.path.name in ready(inbox)


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    inbox = inbox_of(tmp_path / "nowhere", Clocks())
    assert not inbox.scan()
    assert inbox.ready() == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.csv", "a"), ("a.b.CSV", "a.b"), ("a.csv.gz", "a"), ("a.gz", "a"), (".csv", ".csv")],
)
def test_the_stem_of_a_name(name: str, expected: str) -> None:
    assert stem_of(name) == expected


def test_everything_of_a_run_has_one_beginning(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("one")
    archive = Archive(tmp_path)
    report = Report("import", [str(path)], run="20261123-033000-abcd")
    rejects = [tmp_path / "a.rejected.csv", tmp_path / "a.rejected-2.csv"]
    for rejected in rejects:
        rejected.write_text("bad")
        report.rejects.append(str(rejected))
    target = archive.prepare(arrival_of(path), report, good=True)
    assert target == tmp_path / "done" / "20261123-033000-abcd-a.csv"
    archive.write_document(target, report, 0o600)
    assert archive.move(arrival_of(path), target)
    names = sorted(found.name.removeprefix(report.run) for found in target.parent.iterdir())
    assert names == ["-a.csv", "-a.json", "-a.rejected-2.csv", "-a.rejected.csv"]
    assert report.rejects == [
        str(target.with_name(f"{report.run}-a.rejected.csv")),
        str(target.with_name(f"{report.run}-a.rejected-2.csv")),
    ]

    # The same name once more takes another one, and overwrites nothing.
    path.write_text("two")
    assert archive.prepare(arrival_of(path), report, good=True).name == f"{report.run}-a-2.csv"


@pytest.mark.parametrize(
    ("name", "filed", "rejects"),
    [
        ("a.rejected.csv", "a.rejected.csv", "a.rejected-2.csv"),
        ("a.rejected-2.csv", "a.rejected-2.csv", "a.rejected-3.csv"),
        ("a.csv", "a.csv", "a.rejected.csv"),
    ],
)
def test_what_comes_back_has_the_name_of_one_run(
    tmp_path: Path, name: str, filed: str, rejects: str
) -> None:
    path = tmp_path / f"20261122-033000-1234-{name}"
    path.write_text("one")
    report = Report("import", [str(path)], run="20261123-033000-abcd")
    left = tmp_path / "left.csv"
    left.write_text("bad")
    report.rejects.append(str(left))
    target = Archive(tmp_path).prepare(arrival_of(path), report, good=True)
    assert target.name == f"{report.run}-{filed}"
    assert [Path(one).name for one in report.rejects] == [f"{report.run}-{rejects}"]


def test_nothing_is_imported_where_nothing_can_be_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Archive(tmp_path).check()
    monkeypatch.setattr(os, "access", lambda path, mode: (path, mode) != (tmp_path, os.W_OK))
    with pytest.raises(StorageError, match="nothing was imported"):
        Archive(tmp_path).check()


def test_what_came_to_no_run_has_a_name_like_one(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("one")
    target = Archive(tmp_path).prepare(arrival_of(path), Report("import", []), good=False)
    assert target.parent == tmp_path / "failed"
    date, moment, unique, name = target.name.split("-")
    assert (len(date), len(moment), len(unique), name) == (8, 6, 4, "a.csv")


def test_what_has_gone_or_is_another_is_not_moved(tmp_path: Path) -> None:
    path, target = tmp_path / "a.csv", tmp_path / "b.csv"
    path.write_text("one")
    arrival = arrival_of(path)
    path.unlink()
    assert not Archive(tmp_path).move(arrival, target)
    path.write_text("two, which is longer")
    assert not Archive(tmp_path).move(arrival, target)
    assert path.exists()
    assert not target.exists()


def test_a_folder_that_has_gone_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("one")
    with pytest.raises(StorageError, match="no longer exists"):
        Archive(tmp_path).move(arrival_of(path), tmp_path / "done" / "a.csv")
    assert path.exists()


def test_another_disk_is_refused_rather_than_copied_to(tmp_path: Path) -> None:
    # Moving between disks cannot be tried on one; Linux has one in memory nearly always.
    disks = [one for one in map(Path, ("/dev/shm", "/var/tmp")) if one.is_dir()]
    others = [one for one in disks if one.stat().st_dev != tmp_path.stat().st_dev]
    if not others:
        pytest.skip("There is no second disk here.")
    elsewhere = others[0]
    path = tmp_path / "a.csv"
    path.write_text("one")
    target = elsewhere / f"exact-import-{os.getpid()}.csv"
    with pytest.raises(StorageError, match="same disk"):
        Archive(tmp_path).move(arrival_of(path), target)
    assert path.exists()
    assert not target.exists()


@contextmanager
def replaced_at_the_last_instant(path: Path, content: str) -> Iterator[None]:
    """Replace `path` the moment before it is renamed."""
    left = [content]

    def meddle(event: str, arguments: tuple[object, ...]) -> None:
        if event == "os.rename" and left and os.fspath(path) == os.fspath(str(arguments[0])):
            path.unlink()
            path.write_text(left.pop(0))

    # Python tells hooks of a rename just before it is done; they cannot be taken away again.
    sys.addaudithook(meddle)
    try:
        yield
    finally:
        left.clear()


def test_what_was_replaced_at_the_last_instant_comes_back(tmp_path: Path) -> None:
    path, target = tmp_path / "a.csv", tmp_path / "b.csv"
    path.write_text("imported")
    arrival = arrival_of(path)
    with replaced_at_the_last_instant(path, "not yet imported"):
        assert not Archive(tmp_path).move(arrival, target)
    assert path.read_text() == "not yet imported"
    assert not target.exists()


def test_the_history_remembers_the_last_file(tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite3"
    history = ImportHistory(journal, "https://a.example 1")
    assert history.last() is None
    imported = ImportedFile("digest", "run", 0, "done/a.csv")
    history.record(imported)
    assert ImportHistory(journal, "https://a.example 1").last() == imported
    assert ImportHistory(journal, "https://a.example 2").last() is None
    history.record(replace(imported, filed=True))
    assert history.last() == replace(imported, filed=True)
