"""On a terminal of 80 × 24: the question, the progress, Ctrl-C, and the run that finishes it."""

from __future__ import annotations

import re

from sandbox_env import MakeEnv, table
from screen import CTRL_C, on_screen

COMPANIES = 30
ESTIMATE = "(about a minute|about 2 minutes|less than a minute)"


def test_a_run_that_is_stopped_and_finished(make_env: MakeEnv) -> None:
    env = make_env(minute_limit=12, minute_seconds=5, latency=0.02)
    rows = [[str(1000 + number), f"Klant {number} BV"] for number in range(COMPANIES)]
    env.write("a.csv", table(["Code", "Company"], *rows))

    with on_screen(env, "a.csv") as screen:
        screen.wait_for("Import this into")
        lines = screen.all_lines()
        assert f"  accounts  {COMPANIES} to create" in lines
        cost = next(line for line in lines if line.startswith("  cost "))
        assert re.search(rf"^  cost      {COMPANIES} calls, {ESTIMATE} \(", cost)
        screen.type("y\n")
        bar = screen.wait_for(f" of {COMPANIES} calls")
        assert re.search(rf"^Importing +\S+ +\d+ of {COMPANIES} calls, {ESTIMATE} left$", bar)

        waiting = screen.wait_for("Waiting for Exact Online's limit of 12 calls a minute")
        assert re.search(r"; continues at \d\d:\d\d(:\d\d)?$", waiting)
        assert re.search(rf" [1-9]\d* of {COMPANIES} calls, ", screen.wait_for("Importing"))
        screen.type(CTRL_C)
        assert screen.end() == 130
        made = len(env.accounts())
        assert 0 < made < COMPANIES
        after = screen.all_lines()
        assert not any("Waiting for" in line for line in after)
        text = " ".join(after)
        assert f"Stopped early: {made} of {COMPANIES} changes made in division 425880." in text
        assert "Run the command again to continue." in text
        assert f"{COMPANIES - made} left: " in text
        assert "not done" not in text

    with on_screen(env, "a.csv", "--yes") as screen:
        assert screen.end() == 0
        after = screen.all_lines()
    assert "Imported a.csv into division 425880." in after
    assert f"  accounts  {COMPANIES - made} created, {made} unchanged" in after
    assert len(env.accounts()) == COMPANIES


def test_the_login_fits_on_the_screen_without_broken_words(make_env: MakeEnv) -> None:
    env = make_env()
    env.config.unlink()
    with on_screen(env, "login") as screen:
        screen.wait_for("The country of your Exact Online")
        lines = screen.all_lines()
        screen.type(CTRL_C)
        assert screen.end() == 130
    first = "  1. Log in at https://apps.exactonline.com, on your own country's page, choose"
    assert lines[lines.index(first) + 1].startswith("     Manage my apps, and register an app")
    assert all(len(line) < 80 for line in lines)


def test_ctrl_c_at_the_question_of_several_companies_sends_nothing(make_env: MakeEnv) -> None:
    env = make_env()
    env.configure("[import]\ndivision = {Administratie}\n")
    env.write("a.csv", "Administratie,Company\r\n425880,Acme\r\n425881,Beta\r\n")
    with on_screen(env, "a.csv") as screen:
        screen.wait_for("Import this into 2 companies? [y/N]")
        screen.type(CTRL_C)
        assert screen.end() == 130
        lines = screen.all_lines()
    assert "Stopped early: 0 of 2 changes made in 2 companies. Run the command" in " ".join(lines)
    assert "not done" not in " ".join(lines)
    assert not env.calls("POST", "crm/")
