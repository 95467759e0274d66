"""A large file is read in parts, by several processes where there are cores, and says the same."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exact_import.records.workers import cores
from exact_import.tables.parts import LARGE, PART
from exact_import.tables.table import open_table

ROWS = 5000
NOTES = "Wij leveren al jaren aan deze klant. " * 58


def row(number: int) -> list[str]:
    company = number // 2 + 1
    day = f"{company % 12 + 1:02}/{company % 11 + 1:02}/2024"  # either way
    return [f"{company}", f"Klant {company}", f"p{number}@example.com", day, NOTES]


def write(path: Path, change: Callable[[int, list[str]], None] = lambda _n, _cells: None) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("Code;Company;Contact e-mail;StartDate;Remarks;Last name\n")
        for number in range(ROWS):
            cells = row(number)
            change(number, cells)
            file.write(";".join((*cells, f"Peeters{number}")) + "\n")
    assert path.stat().st_size > LARGE + PART
    return path


def dry_run(path: Path, *, one_core: bool = False) -> dict[str, Any]:
    """Return what a dry run of a file says, under the name `FILE`."""

    def hold() -> None:
        os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])

    ended = subprocess.run(
        [sys.executable, "-m", "exact_import", "--dry-run", "--json", path.name],
        check=False,
        cwd=path.parent,
        capture_output=True,
        text=True,
        preexec_fn=hold if one_core and hasattr(os, "sched_setaffinity") else None,
    )
    assert ended.returncode in (0, 1), ended.stderr
    said: dict[str, Any] = json.loads(ended.stdout.replace(path.name, "FILE"))
    return said


def packed(path: Path) -> Path:
    """Return the same file compressed, which can only be read from its start."""
    other = path.with_suffix(".csv.gz")
    other.write_bytes(gzip.compress(path.read_bytes(), 1))
    return other


def wrong(number: int, cells: list[str]) -> None:
    cells[3] = "31/12/2023"
    if number % 1000 == 7:
        cells[2] = "nobody"
    if number == 4001:
        cells[1] = "Another name"  # than the row above, which has its code


def late_dates(number: int, cells: list[str]) -> None:
    if number in (3100, 3101):
        cells[3] = "31/12/2023"


def lines_in_cells(number: int, cells: list[str]) -> None:
    if number % 3 == 0:
        cells[4] = f'"{NOTES}\n{NOTES};\n""{number}"""'


def stray_quote(number: int, cells: list[str]) -> None:
    lines_in_cells(number, cells)
    if number == 2500:
        cells[1] = f'"{cells[1]}'


@pytest.mark.parametrize("change", [wrong, late_dates, lines_in_cells, stray_quote])
def test_however_a_large_file_is_read_it_says_the_same(
    tmp_path: Path, change: Callable[[int, list[str]], None]
) -> None:
    path = write(tmp_path / "large.csv", change)
    said = dry_run(path)
    assert said == dry_run(path, one_core=True) == dry_run(packed(path))
    assert said["rows"]["read"] > ROWS / 2
    errors = {problem["line"]: problem["message"] for problem in said["problems"]}
    if change is wrong:
        assert set(errors) == {9, 1009, 2009, 3009, 4002, 4003, 4009}
    elif change is late_dates:
        assert errors == {}
    elif change is stray_quote:
        assert any("quote" in message for message in errors.values())


# Nothing but /proc tells which processes another one has started, and one core starts none.
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for processes in /proc")
@pytest.mark.skipif(cores() < 2, reason="on one core no other process reads")
def test_a_signal_ends_the_processes_that_read(tmp_path: Path) -> None:
    path = write(tmp_path / "large.csv")
    header, _, rows = path.read_text("utf-8").partition("\n")
    path.write_text(f"{header}\n{rows * 5}", "utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "exact_import", "--dry-run", "--json", str(path)],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    children: list[str] = []
    while not children and process.poll() is None:
        tasks = Path(f"/proc/{process.pid}/task").iterdir()
        children = [one for task in tasks for one in (task / "children").read_text().split()]
    assert children, "no other process was started to read"
    os.killpg(process.pid, signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    assert not any(Path(f"/proc/{child}").exists() for child in children)


def test_the_parts_of_a_file_are_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "large.csv", lines_in_cells)
    table = open_table(str(path))
    parts = list(table.parts())
    assert len(parts) > 3
    read = [
        (line, tuple(cells))
        for part in parts
        for batch in table.batches(part)
        for line, cells in zip(batch.lines, batch.cells, strict=True)
    ]
    assert read == [(row.line, row.cells) for row in table.rows()]
