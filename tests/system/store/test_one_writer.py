"""One writer at a time: who comes second is told who is at work, and readers are never kept."""

from __future__ import annotations

import shutil
import subprocess
import time

from in_process import run_json, run_text
from sandbox_env import SandboxEnv


def test_a_second_writer_leaves_and_readers_do_not(env: SandboxEnv) -> None:
    env.write("a.csv", "Code,Company\r\n1,Acme\r\n")
    elsewhere = env.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "linked.ini").symlink_to(env.config)
    env.faults({"kind": "hang", "match": {"method": "POST", "path": "crm/Accounts"}, "times": 1})
    first = _writing(env)
    try:
        for config, names_process in ((env.config, True), (elsewhere / "linked.ini", False)):
            status, _, errors = run_text(env, "-c", config, env.folder / "a.csv")
            assert status == 75, errors
            assert "Another exact-import run is using this configuration" in errors
            assert (f"(process {first.pid}, since 20" in errors) is names_process
        readers = (["plan", env.folder / "a.csv"], ["export", env.folder / "out.csv"])
        for reader in (*readers, ["doctor"], ["runs"]):
            assert run_text(env, *reader)[0] == 0, reader
        assert first.poll() is None
    finally:
        first.kill()
        first.communicate()
    # The lock of a dead process is nobody's; what it had under way is looked for first.
    env.configure("[import]\nsettle_after = 0\n")
    until = time.monotonic() + 30
    while "unsettled" in (rows := run_json(env, env.folder / "a.csv").rows):
        assert time.monotonic() < until
        time.sleep(0.5)  # the server's Date, by which it counts, is cut to whole seconds
    assert rows == {"created": 1}
    assert len(env.accounts()) == 1


def test_a_copy_of_the_configuration_waits_for_the_same_company(env: SandboxEnv) -> None:
    env.write("a.csv", "Code,Company\r\n1,Acme\r\n")
    copy = env.folder / "copy" / "config.ini"
    copy.parent.mkdir()
    shutil.copy(env.config, copy)
    env.faults({"kind": "hang", "match": {"method": "POST", "path": "crm/Accounts"}, "times": 1})
    first = _writing(env)
    try:
        status, _, errors = run_text(env, "-c", copy, env.folder / "a.csv")
        assert status == 75, errors
        assert "Another exact-import run is writing to company" in errors
        assert len(env.calls("POST", "crm/Accounts")) == 1
    finally:
        first.kill()
        first.communicate()


def test_a_run_whose_lock_file_goes_sends_nothing_more(env: SandboxEnv) -> None:
    env.write("a.csv", "Code,Company\r\n1,Acme\r\n2,Bakkerij\r\n3,Cafe\r\n")
    rule = {"kind": "slow", "delay": 3, "match": {"method": "POST", "path": "crm/Accounts"}}
    env.faults({**rule, "times": 1})
    first = _writing(env)
    for lock in (env.folder / "state").rglob("*.lock"):
        lock.unlink()
    env.config.with_name("config.journal.lock").unlink()
    _, errors = first.communicate(timeout=60)
    assert first.returncode == 75, errors
    assert "was removed or replaced" in errors
    assert len(env.calls("POST", "crm/Accounts")) == 1


def _writing(env: SandboxEnv) -> subprocess.Popen[str]:
    """Start an import of a.csv and return it once its first account is on its way."""
    started = env.start("a.csv")
    until = time.monotonic() + 30
    while not env.calls("POST", "crm/Accounts"):
        assert time.monotonic() < until
        time.sleep(0.05)
    return started


def test_a_state_folder_that_cannot_be_written_is_reported(env: SandboxEnv) -> None:
    blocked = env.write("blocked", "a file, where a folder is wanted")
    env.variables["XDG_STATE_HOME"] = str(blocked)
    ended = env.run("-c", env.config, env.write("a.csv", "Company\r\nAcme\r\n"))
    assert ended.returncode == 0
    assert ended.stderr.count("cannot be used for locks") == 1
    assert str(blocked) in ended.stderr
