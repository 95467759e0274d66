"""Every run has a name of its own, also where very many begin at once."""

from __future__ import annotations

import contextlib
from pathlib import Path

from exact_import.journal import Journal


def test_two_thousand_runs_that_begin_in_one_moment_have_names_of_their_own(tmp_path: Path) -> None:
    with contextlib.closing(Journal(tmp_path / "j.sqlite3")) as journal, journal.transaction():
        scope = journal.scope("https://example.com/api", 1)
        names = [journal.start_run(scope, "import", ["a.csv"]) for _ in range(2000)]
    assert len(set(names)) == 2000
