"""What the screen says: one of a thing, what is left, and why, where it is looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from exact_import.reporting.forecast import Forecast
from exact_import.reporting.report import Report
from exact_import.reporting.summary import summary_lines
from in_process import run_text
from sandbox_env import SandboxEnv, table


@pytest.fixture(name="env")
def _shop(env: SandboxEnv, monkeypatch: pytest.MonkeyPatch) -> SandboxEnv:
    monkeypatch.chdir(env.folder)
    env.write("a.csv", table(("Company", "Last name"), ("Klant", "Peeters")))
    return env


def test_one_is_not_many(env: SandboxEnv) -> None:
    assert "found     1 account, 1 contact\n" in run_text(env, "-n", "a.csv")[1]
    planned = run_text(env, "plan", "a.csv")[1]
    assert "rows      1 read: 1 to create\n" in planned
    assert "2 calls, less than a minute" in planned
    assert run_text(env, "a.csv")[0] == 0
    wrote = run_text(env, "export", "e.csv")[1]
    assert "1 account and 1 contact on 1 row." in wrote


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0.0, "less than a minute"),
        (1.2, "about a minute"),
        (83.4, "about 83 minutes"),
        (119.0, "about 2 hours"),
        (158.3, "about 2 hours 40 minutes"),
    ],
)
def test_how_long_it_takes(minutes: float, words: str) -> None:
    assert Forecast(1, minutes, None, 1).duration == words


def test_what_was_held_back_says_so_at_the_end(env: SandboxEnv) -> None:
    env.configure("[import]\nmax_creates = 0\n")
    status, printed, _ = run_text(env, "a.csv")
    assert status == 4
    assert "+ account Klant (line 2) — not done\n" in printed
    assert "not done  Nothing was sent: the plan would create 1" in printed.splitlines()[-1]


def test_who_stopped_it_is_told_how_to_go_on() -> None:
    report = Report("import", ["a.csv"], interrupted=130)
    assert summary_lines(report)[0] == (
        "Stopped early: nothing was changed. Run the command again to continue."
    )


def test_a_page_counts_what_is_unchanged_and_says_what_was_not_written(env: SandboxEnv) -> None:
    assert run_text(env, "a.csv")[0] == 0
    assert run_text(env, "a.csv", "--report", "r.html")[0] == 0
    numbers = Path("r.html").read_text("utf-8").partition("In numbers")[2]
    assert '<th scope="col">same</th>' in numbers
    assert '<th scope="col">set</th>' not in numbers


# Nobody may make a file in /proc; elsewhere root, as which tests often run, may write anywhere.
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody can fill")
def test_a_page_that_cannot_be_written_is_reported_in_words_of_a_dry_run(env: SandboxEnv) -> None:
    status, _, errors = run_text(env, "-n", "a.csv", "--report", "/proc/self/r.html")
    assert status == 73
    assert "sent" not in errors
    assert "imported" not in errors
