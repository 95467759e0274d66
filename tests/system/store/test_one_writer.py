"""One writer at a time: who comes second is told who is at work, and readers are never kept."""

from __future__ import annotations

import time

from in_process import run_text
from sandbox_env import SandboxEnv


def test_a_second_writer_leaves_and_readers_do_not(env: SandboxEnv) -> None:
    env.write("a.csv", "Code,Company\r\n1,Acme\r\n")
    elsewhere = env.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "linked.ini").symlink_to(env.config)
    env.faults({"kind": "hang", "match": {"method": "POST", "path": "crm/Accounts"}, "times": 1})
    first = env.start("a.csv")
    try:
        until = time.monotonic() + 30
        while not env.calls("POST", "crm/Accounts"):
            assert time.monotonic() < until
            time.sleep(0.05)
        for config, told in ((env.config, True), (elsewhere / "linked.ini", False)):
            status, _, errors = run_text(env, "-c", config, env.folder / "a.csv")
            assert status == 75, errors
            assert "Another run is busy with this configuration" in errors
            assert (f"(process {first.pid}, since 20" in errors) is told
        readers = (["plan", env.folder / "a.csv"], ["export", env.folder / "out.csv"])
        for reader in (*readers, ["doctor"], ["runs"]):
            assert run_text(env, *reader)[0] == 0, reader
        assert first.poll() is None
    finally:
        first.kill()
        first.communicate()
    # The lock of a dead process is nobody's; what it had under way is looked for first.
    env.configure("[import]\nsettle_after = 0\n")
    assert env.json("a.csv")["rows"]["created"] == 1
    assert len(env.accounts()) == 1
