"""Files are written whole or not at all, and for their owner only."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from filelock import BaseFileLock, FileLock, Timeout

from exact_import import files
from permissions import is_private


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_made_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    files.write_atomic(path, b"{}")
    assert path.read_bytes() == b"{}"
    assert is_private(path)
    files.write_atomic(path, b"[]", mode=0o640)
    assert path.read_bytes() == b"[]"
    assert mode_of(path) == 0o640 or os.name == "nt"
    assert names(tmp_path) == ["a.json"]


def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")

    def fail() -> None:
        with files.open_atomic(path) as stream:
            stream.write(b"new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.csv"]
    with files.open_atomic(path) as stream:
        stream.write(b"new")
    assert path.read_text() == "new"


def test_a_draft_that_is_not_put_in_place_goes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with files.open_draft(path) as draft:
        draft.stream.write(b"rows")
        draft.sync()
        assert draft.path.read_bytes() == b"rows"
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["a" * 255, "é" * 127, "[x]*?.ini"])
def test_any_name_will_do(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    files.write_atomic(path, b"x")
    files.check_space(path, 10)
    assert names(tmp_path) == [name]
    (tmp_path / f".{name[:32]}.abc123.tmp").touch()
    files.clear_drafts(path)
    assert names(tmp_path) == [name]


def test_what_a_killed_process_left_goes_at_the_next_writing(tmp_path: Path) -> None:
    old, young = tmp_path / ".report.html.abc.tmp", tmp_path / ".report.html.def.tmp"
    for draft in (old, young):
        draft.touch()
    os.utime(old, (1.0, 1.0))
    files.write_atomic(tmp_path / "report.html", b"x")
    assert names(tmp_path) == [young.name, "report.html"]


def test_a_file_that_others_can_read_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "a.ini"
    path.touch()
    path.chmod(0o644)
    if os.name != "nt":
        assert files.make_private(path) is True
        assert mode_of(path) == 0o600
    assert files.make_private(path) is None


def test_a_digest_is_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    assert files.digest(path).startswith("ba7816bf")
    with pytest.raises(FileNotFoundError):
        files.digest(tmp_path / "b")


@pytest.mark.posix
def test_what_is_no_regular_file_is_written_to(tmp_path: Path) -> None:
    fifo, device, plain = tmp_path / "fifo", tmp_path / "device", tmp_path / "plain"
    os.mkfifo(fifo)
    device.symlink_to(os.devnull)
    plain.touch()
    assert files.is_stream(fifo)
    assert files.is_stream(device)
    assert not any(map(files.is_stream, (plain, tmp_path, tmp_path / "new")))
    assert files.is_stream(Path("/dev/stdout"))
    assert files.is_stream(Path("/proc/self/fd/1"))
    files.write_atomic(device, b"x")
    with files.open_atomic(device) as stream:
        stream.write(b"x")
    assert device.is_symlink()
    reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    files.write_atomic(fifo, b"whole")
    assert os.read(reading, 9) == b"whole"
    os.close(reading)
    assert fifo.is_fifo()


class _OnFileSystemWithoutLocks(BaseFileLock):
    """Does what filelock does where the system knows no locks."""

    def _acquire(self) -> None:
        raise NotImplementedError("FileSystem does not appear to support flock")

    def _release(self) -> None:
        raise AssertionError("it was never acquired")


def test_a_file_system_without_locks_is_an_error_of_that_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="does not appear to support flock"):
        files.acquire(_OnFileSystemWithoutLocks(tmp_path / "lock"), timeout=0)


def test_a_lock_is_for_one(tmp_path: Path) -> None:
    first, second = (FileLock(tmp_path / "lock", is_singleton=False) for _ in range(2))
    files.acquire(first, timeout=0)
    with pytest.raises(Timeout):
        files.acquire(second, timeout=0)
    first.release()
    files.acquire(second, timeout=0)
    second.release()
