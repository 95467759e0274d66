"""A large file says the same however its bytes come, and a signal ends the reading of it."""

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

from depth import thinned

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
    assert path.stat().st_size > 10_000_000
    return path


def dry_run(path: Path, *, piped: bool = False) -> dict[str, Any]:
    """Return what a dry run of a file says, under the name `FILE`."""
    ended = subprocess.run(
        [sys.executable, "-m", "exact_import", "--dry-run", "--json", "-" if piped else path.name],
        check=False,
        cwd=path.parent,
        input=path.read_bytes() if piped else b"",
        capture_output=True,
    )
    assert ended.returncode in (0, 1), ended.stderr
    name = "<stdin>" if piped else path.name
    document: dict[str, Any] = json.loads(ended.stdout.decode().replace(name, "FILE"))
    document.pop("files")
    return document


def packed(path: Path) -> Path:
    """Return the same file compressed."""
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


@pytest.mark.parametrize("change", thinned([wrong, late_dates, stray_quote, lines_in_cells]))
def test_however_a_large_file_is_read_it_says_the_same(
    tmp_path: Path, change: Callable[[int, list[str]], None]
) -> None:
    path = write(tmp_path / "large.csv", change)
    document = dry_run(path)
    assert document == dry_run(path, piped=True) == dry_run(packed(path))
    assert document["rows"]["read"] > ROWS / 2
    errors = {problem["line"]: problem["message"] for problem in document["problems"]}
    if change is wrong:
        assert set(errors) == {9, 1009, 2009, 3009, 4002, 4003, 4009}
    elif change is late_dates:
        assert errors == {}
    elif change is stray_quote:
        assert any("quote" in message for message in errors.values())


# A pipe that has a name in a folder is made by mkfifo, which Windows does not have.
@pytest.mark.posix
def test_a_signal_ends_the_reading(tmp_path: Path) -> None:
    pipe = tmp_path / "large.csv"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [sys.executable, "-m", "exact_import", "--dry-run", "--json", str(pipe)],
        stdout=subprocess.PIPE,
    )
    with pipe.open("wb") as stream:  # as soon as the other one reads
        process.send_signal(signal.SIGINT)
        stream.write(write(tmp_path / "other.csv").read_bytes())
    out, _ = process.communicate()
    assert process.returncode == 130
    assert json.loads(out)["records"] == {"accounts": 0, "contacts": 0}
