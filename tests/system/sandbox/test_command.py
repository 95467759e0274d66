"""What keeps the sandbox from starting is said in a sentence."""

from __future__ import annotations

import socket
from pathlib import Path

from sandbox_env import SandboxEnv


def test_a_state_folder_that_cannot_be_made(env: SandboxEnv) -> None:
    in_the_way = env.write("file", "")
    env.variables["EXACT_IMPORT_SANDBOX"] = str(in_the_way / "state")
    env.write("a.csv", "Company\r\nA\r\n")
    for arguments in (["--sandbox", "a.csv"], ["sandbox"]):
        ended = env.run(*arguments)
        assert ended.returncode == 73, ended.stderr
        assert "The sandbox cannot keep its state in" in ended.stderr
        assert "EXACT_IMPORT_SANDBOX" in ended.stderr


def test_a_port_that_is_taken(env: SandboxEnv, tmp_path: Path) -> None:
    env.variables["EXACT_IMPORT_SANDBOX"] = str(tmp_path / "another")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = env.run("sandbox", "--port", str(taken.getsockname()[1]))
    assert ended.returncode == 2
    assert "already in use" in ended.stderr


def test_an_unknown_reading_lists_those_there_are(env: SandboxEnv) -> None:
    for text, message in (
        ("nothing=1", "Unknown reading"),
        ("names=long", "kept, cut, upper, collapsed"),
        ("sync_lag=soon", "number of seconds"),
    ):
        ended = env.run("sandbox", "--reading", text)
        assert ended.returncode == 2
        assert message in ended.stderr
