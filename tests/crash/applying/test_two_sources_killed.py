"""Two files that disagree, and runs of both killed where the journal is written.

Whatever was killed, each file's change is made once, and afterwards neither undoes the other's.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from depth import KILLS, STEPS_APART, thinned
from sandbox_env import MakeEnv, SandboxEnv

STEPPING = [sys.executable, str(Path(__file__).parents[2] / "support" / "kill_at_step.py")]
COMPANIES = 3
PHONES = {
    ("webshop", "old"): "09 111 11 11",
    ("webshop", "new"): "09 111 11 99",
    ("crm", "old"): "09 222 22 22",
    ("crm", "new"): "09 222 22 99",
}
CONFIG = (
    "[import]\nsettle_after = 0.5\nread_timeout = 1\nconnect_timeout = 2\n"
    "[account]\nCode = {Code}\nName = {Company}\nPhone = {Phone}\n"
    "[delivery address]\nAddressLine1 = {Dock}\n"
)


def rows(source: str, *, changed: int = 0) -> str:
    """Return a CSV whose phones and docks are those of `source`; the first of them are new."""
    lines = ["Code,Company,Phone,Dock"]
    for number in range(COMPANIES):
        version = "new" if number < changed else "old"
        lines.append(
            f"{1000 + number},Bedrijf {number},{PHONES[source, version]},{source} {version}"
        )
    return "\r\n".join(lines) + "\r\n"


def finished(env: SandboxEnv, file: str) -> dict[str, Any]:
    """Run until the program says that it is done, and return what its last run reports."""
    for _ in range(8):
        report = env.json(file, "--retry", status=None)
        assert report["exit_status"] in (0, 75), report["error"]
        if report["exit_status"] == 0:
            return report
        time.sleep(0.5)
    raise AssertionError(report)


def killed_at(env: SandboxEnv, step: int, file: str) -> bool:
    """Run an import that is killed at a step of its journal; False where it ended before that."""
    env.variables["EXACT_IMPORT_TEST_STEP"] = str(step)
    process = subprocess.run(
        [*STEPPING, file],
        cwd=env.folder,
        env=env.environment(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert process.returncode in (0, -signal.SIGKILL), process.stderr
    return process.returncode != 0


def held(env: SandboxEnv) -> list[tuple[str, str]]:
    """Return the phone and the dock of each company, in the order of their codes."""
    divisions = env.control("GET", "state")["divisions"]
    state = divisions[min(divisions)]
    docks = {one["Account"]: one["AddressLine1"] for one in state["addresses"] if one["Type"] == 4}
    accounts = sorted(state["accounts"], key=lambda one: str(one["Code"]).strip())
    return [(one["Phone"], docks[one["ID"]]) for one in accounts]


@pytest.mark.crash
@pytest.mark.timeout(1500)
@pytest.mark.parametrize(("source", "other"), thinned([("crm", "webshop"), ("webshop", "crm")]))
def test_kills_of_either_file_leave_each_its_own_base(
    make_env: MakeEnv, source: str, other: str
) -> None:
    killed, step = 0, 1
    while killed < max(2, KILLS // 8):
        env = make_env()
        env.configure(CONFIG)
        for one in ("webshop", "crm"):
            env.write(f"{one}.csv", rows(one))
            finished(env, f"{one}.csv")
        env.write(f"{source}.csv", rows(source, changed=1))
        if not killed_at(env, step, f"{source}.csv"):
            step = 1
            continue
        killed += 1
        step += STEPS_APART
        # What was being written when the process ended is settled by the other file's run.
        for one in (other, source, other):
            finished(env, f"{one}.csv")
        changed = (PHONES[source, "new"], f"{source} new")
        unchanged = (PHONES["crm", "old"], "crm old")
        assert held(env) == [changed, *[unchanged] * (COMPANIES - 1)]
        for one in ("webshop", "crm"):
            report = env.json(f"{one}.csv")
            assert report["rows"]["unchanged"] == COMPANIES
            assert (report["problems"], report["api_calls"]["writes"]) == ([], 0)
