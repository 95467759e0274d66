"""Every run has a name of its own, also where very many begin at once, and names sort by time."""

from __future__ import annotations

import contextlib
from pathlib import Path

from exact_import.store.journal import Journal, run_name


def test_two_thousand_runs_that_begin_in_one_moment_have_names_of_their_own(tmp_path: Path) -> None:
    with contextlib.closing(Journal(tmp_path / "j.sqlite3")) as journal, journal.transaction():
        scope = journal.scope("https://example.com/api", 1)
        names = [journal.start_run(scope, "import", ["a.csv"]) for _ in range(2000)]
    assert len(set(names)) == 2000


def test_names_sort_by_time() -> None:
    moments = [1_700_000_000 + number / 1000 for number in range(3000)]
    names = [run_name(moment) for moment in moments]
    assert names == sorted(set(names))
    assert all(len(name) == len("20231114-221320-0000") for name in names)
