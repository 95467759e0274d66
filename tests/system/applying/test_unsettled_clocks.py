"""A write whose answer was lost while a clock is wrong: `settle_after` goes by the server's."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from depth import thinned
from in_process import new_env, run_json
from lost_answers import carry_out_lost, lose
from sandbox_env import SandboxEnv, table

LATER = Path(__file__).parents[2] / "support" / "clock_shift.py"
PATIENT = "[import]\nsettle_after = 600\nread_timeout = 5\n"
YEAR = 365 * 86_400


def run_later(env: SandboxEnv, seconds: float) -> dict[str, Any]:
    """Import a.csv with this computer's clock `seconds` ahead, and the server's as it was."""
    ended = subprocess.run(
        [sys.executable, str(LATER), "-c", str(env.config), str(env.folder / "a.csv"), "--json"],
        cwd=env.folder,
        env={**env.environment(), "EXACT_IMPORT_TEST_LATER": str(seconds)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in ended.stderr
    document: dict[str, Any] = json.loads(ended.stdout)
    return document


@pytest.mark.parametrize("jump", thinned([600, YEAR, -YEAR, -600]))
def test_a_late_write_is_not_repeated_however_the_computers_clock_jumps(jump: float) -> None:
    with new_env(PATIENT) as env:
        env.write("a.csv", table(("Company", "City"), ("Acme", "Gent")))
        env.faults(lose("POST", "crm/Accounts"))
        assert run_json(env, env.folder / "a.csv").rows == {"unsettled": 1}
        again = run_later(env, jump)
        assert (again["exit_status"], again["rows"]["unsettled"]) == (75, 1)
        carry_out_lost(env)
        assert run_later(env, jump)["exit_status"] == 0
        assert len(env.accounts()) == len(env.calls("POST", "crm/Accounts")) == 1


@pytest.mark.parametrize("jump", thinned([-600, -YEAR]))
def test_a_write_that_never_arrived_is_sent_again_after_the_servers_minute(jump: float) -> None:
    with new_env(PATIENT) as env:
        env.write("a.csv", table(("Company", "City"), ("Acme", "Gent")))
        env.faults(lose("POST", "crm/Accounts"))
        assert run_json(env, env.folder / "a.csv").rows == {"unsettled": 1}
        with env.sandbox.remote() as control:
            control.move_clock(700)
        again = run_later(env, jump)
        assert (again["exit_status"], again["rows"]["created"]) == (0, 1)
        assert len(env.accounts()) == 1


def test_a_run_that_was_killed_with_a_write_under_way_is_waited_for() -> None:
    with new_env(PATIENT) as env:
        env.write("a.csv", table(("Company", "City"), ("Acme", "Gent")))
        match = {"method": "POST", "path": "crm/Accounts"}
        env.faults({"kind": "hang", "times": 1, "match": match})
        process = env.start("-c", env.config, env.folder / "a.csv")
        while not env.control("GET", "faults")[0]["applied"]:
            time.sleep(0.02)
        process.kill()
        process.communicate()
        assert run_later(env, YEAR)["exit_status"] == 75
        carry_out_lost(env)
        assert run_later(env, 0)["exit_status"] == 0
        assert len(env.accounts()) == 1
