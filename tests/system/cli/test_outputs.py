"""No option's file destroys what is there: it is looked at before anything is read or sent."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from in_process import run_json, run_text
from sandbox_env import SandboxEnv, table

ROWS = table(("Company", "City"), ("Klant", "Gent"), ("", "Luik"))
BAKERY = table(("Company", "City"), ("Bakkerij Peeters", "Gent"), ("", "Luik"))
PAGE = "<!doctype html>\n<html><title>the menu</title></html>\n"


@pytest.fixture(name="env")
def _shop(env: SandboxEnv, monkeypatch: pytest.MonkeyPatch) -> SandboxEnv:
    monkeypatch.chdir(env.folder)
    env.write("a.csv", ROWS)
    env.write("x.html", PAGE)
    return env


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("plan", "a.csv", "--out", "./a.csv"), ("--out", "the file to import", "a.csv")),
        (("a.csv", "--report", "a.csv"), ("--report", "the file to import")),
        ((".", "--log-file", "a.csv"), ("--log-file", "the file to import")),
        (("-n", "a.csv", "--log-file", "config.ini"), ("--log-file", "--config")),
        (("doctor", "--offline", "--log-file", "config.ini"), ("--log-file", "--config")),
        (("plan", "a.csv", "--out", "config.ini"), ("--out", "--config")),
        (("a.csv", "--report", "config.journal.sqlite3"), ("--report", "the journal")),
        (("a.csv", "--rejects", "x", "--report", "x"), ("--rejects", "--report", "x;")),
        (("plan", "a.csv", "--out", "x", "--report", "x"), ("--out", "--report")),
        (("plan", "a.csv", "--out", "b.csv"), ("b.csv", "not a plan")),
        (("a.csv", "--report", "x.html"), ("x.html", "not a report")),
        (("a.csv", "--report", "a.rejected.csv"), ("--report", "rejects files")),
    ],
)
def test_a_file_that_would_be_lost_is_refused_at_once(
    env: SandboxEnv, arguments: tuple[str, ...], named: tuple[str, ...]
) -> None:
    env.write("b.csv", ROWS)
    before = {path: path.read_bytes() for path in env.folder.iterdir() if path.is_file()}
    status, printed, errors = run_text(env, *arguments)
    assert status == 2, printed + errors
    assert all(word in errors for word in named), errors
    assert before == {path: path.read_bytes() for path in env.folder.iterdir() if path.is_file()}
    assert not env.calls()


def test_an_earlier_plan_and_report_are_replaced(env: SandboxEnv) -> None:
    for city in ("Gent", "Brugge"):
        env.write("a.csv", ROWS.replace("Gent", city))
        run_json(env, "plan", "a.csv", "--out", "plan.json", "--report", "plan.html")
        for name in ("plan.json", "plan.html"):
            assert city in Path(name).read_text("utf-8")


@pytest.mark.posix
def test_devices_and_fifos_are_written_to(env: SandboxEnv) -> None:
    device, fifo = env.folder / "device", env.folder / "fifo"
    device.symlink_to(os.devnull)
    os.mkfifo(fifo)
    env.write("a.csv", BAKERY)
    options = ("--report", "device", "--rejects", "device", "--log-file", "device")
    status, _, errors = run_text(env, "-n", "a.csv", *options)
    assert status == 1, errors
    assert device.is_symlink()
    for arguments, begins in (
        (("plan", "a.csv", "--out", "fifo"), b"{"),
        (("-n", "a.csv", "--report", "fifo"), b"<!doctype html>"),
        (("-n", "a.csv", "--rejects", "fifo"), b"Company"),
        (("-n", "a.csv", "--results", "fifo"), b"Company"),
        (("-n", "a.csv", "--errors", "fifo"), b"\xef\xbb\xbffile"),
    ):
        read: list[bytes] = []
        reader = threading.Thread(target=lambda read=read: read.append(fifo.read_bytes()))
        reader.start()
        status, _, errors = run_text(env, *arguments)
        reader.join()
        assert status in (0, 1), errors
        assert read[0].startswith(begins), read
        assert fifo.is_fifo()


@pytest.mark.posix
def test_standard_output_by_its_name_is_written_to(env: SandboxEnv) -> None:
    into = env.folder / "out.txt"
    env.write("a.csv", BAKERY)
    with into.open("wb") as stream:
        ended = subprocess.run(
            [sys.executable, "-m", "exact_import", "-n", "a.csv", "--report", "/dev/stdout"],
            cwd=env.folder,
            env=env.environment(),
            stdout=stream,
            check=False,
        )
    assert ended.returncode == 1
    text = into.read_text("utf-8")
    assert text.startswith("<!doctype html>")
    assert "Checked a.csv" in text.partition("</html>")[2]
    assert Path("/dev/stdout").is_symlink()
