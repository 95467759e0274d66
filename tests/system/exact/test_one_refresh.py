"""Several processes with one expired token: one of them renews it, and all of them work."""

from __future__ import annotations

import subprocess

from depth import scaled
from sandbox_env import SandboxEnv


def test_eight_plans_at_once_renew_an_expired_token_once(env: SandboxEnv) -> None:
    env.write("a.csv", "Code,Company\r\n1,Acme\r\n")
    for round_number in range(scaled(3)):
        env.control("POST", "clock", {"move": 601})
        text = env.config.read_text("utf-8")
        lines = [
            "access_expiry = 1700000000" if line.startswith("access_expiry") else line
            for line in text.splitlines()
        ]
        env.config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        seen = len(env.control("GET", "log"))
        processes = [env.start("plan", "a.csv", "--json") for _ in range(8)]
        for process in processes:
            output, errors = process.communicate(timeout=120)
            assert process.returncode == 0, output + errors
        calls = env.control("GET", "log")[seen:]
        renewals = [call for call in calls if "oauth2/token" in call["path"]]
        assert len(renewals) == 1, f"round {round_number}"
        assert [call for call in calls if call["status"] != 200] == []
    assert env.control("GET", "state")["counts"]["reused_refresh_tokens"] == 0


def test_a_running_import_survives_a_token_that_another_process_renewed(env: SandboxEnv) -> None:
    env.write("a.csv", "Code,Company\r\n1,Acme\r\n")
    assert env.json("a.csv")["rows"]["created"] == 1
    env.control("POST", "clock", {"move": 601})
    ended: list[subprocess.Popen[str]] = [env.start("plan", "a.csv"), env.start("a.csv")]
    for process in ended:
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, output + errors
