"""What cron gives a program, and what it may send by mail: as little as possible, and no less."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from depth import thinned
from exact_import.cli.reporter import ConsoleReporter
from in_process import run_text
from sandbox_env import MakeEnv, SandboxEnv, table

LATER = Path(__file__).parents[2] / "support" / "clock_shift.py"
DAY = 86_400
HEADER = ["Code", "Company", "City", "Email"]
GOOD = table(HEADER, ["1001", "Café Ünï", "Liège", ""])
BAD = table(HEADER, ["1001", "Café Ünï", "Gent", ""], ["1002", "Slecht", "Gent", "geenadres"])


def cron(
    env: SandboxEnv, *arguments: str | Path, later: float = 0, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run as cron does: no HOME, no terminal, the C locale, another working directory."""
    program = [str(LATER)] if later else ["-m", "exact_import"]
    environment = {
        "PATH": "/usr/bin:/bin",
        "SHELL": "/bin/sh",
        "LANG": "C",
        "PYTHONPATH": env.environment().get("PYTHONPATH", ""),
        "EXACT_IMPORT_TEST_LATER": str(later),
        **{name: value for name, value in os.environ.items() if name.startswith("COV")},
        **variables,
    }
    return subprocess.run(
        [sys.executable, *program, "-c", str(env.config), *map(str, arguments)],
        cwd="/",
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=120,
        check=False,
    )


def without_terminal(env: SandboxEnv, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run without a terminal inside the test's own process: what is printed is the same."""
    return subprocess.CompletedProcess(arguments, *run_text(env, *map(str, arguments)))


def mail(ended: subprocess.CompletedProcess[str]) -> str:
    """Return what cron would send; plain text, or it fails."""
    text = ended.stdout + ended.stderr
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text), "control characters, or progress"
    assert "Traceback" not in text
    return text


def test_success_with_nothing_to_tell_sends_no_mail(env: SandboxEnv) -> None:
    path = env.write("a.csv", GOOD)
    for _ in range(2):
        ended = cron(env, "--quiet", path)
        assert ended.returncode == 0, ended.stderr
        assert mail(ended) == ""
    ended = cron(env, "plan", "-q", path)
    assert (ended.returncode, mail(ended)) == (0, "")
    assert [account["Name"] for account in env.accounts()] == ["Café Ünï"]


def test_refused_rows_send_one_compact_summary_with_the_rejects(env: SandboxEnv) -> None:
    path = env.write("a.csv", BAD)
    ended = cron(env, "-q", path)
    assert ended.returncode == 1
    lines = mail(ended).splitlines()
    assert len(lines) <= 8
    assert ended.stderr == ""
    assert "line 3, column Email" in lines[0]
    assert "1 rejected" in mail(ended)
    assert str(path.with_name("a.rejected.csv")) in mail(ended)
    # What went well is not spelled out.
    assert "Café" not in mail(ended)


def test_what_the_last_night_said_is_not_reported_again(env: SandboxEnv) -> None:
    odd = [["1001", "Bakker", "Gent", "a@b.example", "12"], ["1002", "Visser", "Gent", "", "2"]]
    header = [*HEADER, "Phone"]
    path = env.write("a.csv", table(header, *odd))
    first = without_terminal(env, "-q", path)
    assert (first.returncode, first.stdout.count("warning: ")) == (0, 2)
    again = without_terminal(env, "-q", path)
    assert (again.returncode, mail(again)) == (0, "")
    document = env.json(path)
    assert len(document["problems"]) == 2
    # A change of another cell is no news, a new warning is.
    odd[0][2] = "Brugge"
    env.write("a.csv", table(header, *odd))
    assert mail(without_terminal(env, "-q", path)) == ""
    env.write("a.csv", table(header, *odd, ["1003", "Smid", "Gent", "", "3"]))
    fourth = without_terminal(env, "-q", path)
    assert fourth.stdout.count("warning: ") == 1
    assert "and 2 warnings that the last import showed too" in fourth.stdout
    # Somebody who asks at a terminal is told all.
    _, output = env.at_terminal("-q", path, answers=[])
    assert output.count("warning: ") == 3


def test_held_rows_are_reported_once(env: SandboxEnv) -> None:
    env.write("a.csv", table(["Company", "Postcode", "City"], ["Garage Maes", "9000", "Gent"]))
    env.json("a.csv")
    path = env.write("b.csv", table(["Company", "City"], ["Garage Maas", "Gent"]))
    first = without_terminal(env, "-q", path)
    assert (first.returncode, "is held" in mail(first)) == (1, True)
    again = without_terminal(env, "-q", path)
    assert (again.returncode, mail(again)) == (1, "")
    env.write("b.csv", table(["Company", "City"], ["Garage Maas", "Gent"], ["Garage Maes", "Mol"]))
    third = without_terminal(env, "-q", path)
    assert (third.returncode, mail(third).count("is held")) == (1, 2)


def test_many_refused_rows_are_still_one_summary(env: SandboxEnv) -> None:
    rows = [[str(1000 + number), f"Bedrijf {number}", "Gent", "geenadres"] for number in range(500)]
    ended = without_terminal(env, "-q", env.write("a.csv", table(HEADER, *rows)))
    assert ended.returncode == 1
    assert len(mail(ended).splitlines()) <= 30


def test_what_stops_it_is_one_line(env: SandboxEnv) -> None:
    ended = without_terminal(env, "-q", env.folder / "nothing.csv")
    assert ended.returncode == 2
    assert len(mail(ended).splitlines()) == 1
    assert "nothing.csv does not exist" in mail(ended)
    env.configure("[import]\nblank = perhaps\n")
    ended = without_terminal(env, "-q", env.write("a.csv", GOOD))
    assert ended.returncode == 78
    assert len(mail(ended).splitlines()) == 1


# `>&-` and /dev/full are of POSIX shells and systems; cmd.exe has neither.
@pytest.mark.posix
@pytest.mark.parametrize(
    ("streams", "status"),
    [("<&- >&- 2>&-", 0), (">/dev/full", 73), ("2>/dev/full", 0), (">/dev/full 2>/dev/full", 73)],
)
def test_streams_that_are_closed_or_full_lose_no_outcome(
    env: SandboxEnv, streams: str, status: int
) -> None:
    env.write("a.csv", GOOD)
    ended = subprocess.run(
        ["sh", "-c", f"{shlex.quote(sys.executable)} -m exact_import a.csv {streams}"],
        cwd=env.folder,
        env=env.environment(),
        capture_output=True,
        check=False,
    )
    assert ended.returncode == status
    assert b"Traceback" not in ended.stderr
    assert len(env.accounts()) == 1


@pytest.mark.parametrize("coding", thinned(["ascii", "latin-1", "cp1252"]))
def test_an_output_that_knows_few_characters_is_no_fault(env: SandboxEnv, coding: str) -> None:
    env.write("a.csv", GOOD)
    cron(env, env.folder / "a.csv")
    env.write("a.csv", GOOD.replace("Liège", "Łódź →"))
    ended = cron(env, env.folder / "a.csv", PYTHONIOENCODING=coding, PYTHONUTF8="0")
    assert ended.returncode == 0, ended.stderr
    assert [account["City"] for account in env.accounts()] == ["Łódź →"]
    assert "City:" in ended.stdout

    # JSON is UTF-8 all the same.
    path = env.write("a.csv", GOOD.replace("Liège", "Gdańsk"))
    result = cron(env, path, "--json", PYTHONIOENCODING=coding, PYTHONUTF8="0")
    assert json.loads(result.stdout)["changes"][0]["fields"]["City"] == ["Łódź →", "Gdańsk"]


@pytest.mark.parametrize(
    ("quiet", "verbose", "waits"),
    [(False, 0, ["2 hours"]), (False, 1, ["a minute", "2 hours"]), (True, 2, [])],
)
def test_where_no_terminal_shows_it_a_long_wait_is_reported(
    capsys: pytest.CaptureFixture[str], quiet: bool, verbose: int, waits: list[str]
) -> None:
    screen = ConsoleReporter(quiet=quiet, verbose=verbose, as_json=False)
    with screen.working():
        screen.waiting(60, "a minute")
        screen.waiting(7200, "2 hours")
    output = capsys.readouterr().err.splitlines()
    assert [line.partition(";")[0].removeprefix("Waiting for ") for line in output] == waits
    assert all(re.search(r"; continues at \d\d:\d\d(:\d\d)?$", line) for line in output)


def test_a_night_in_fast_motion(make_env: MakeEnv) -> None:
    """The budget runs out, the token ages, there is maintenance; the third night finishes it."""
    env = make_env(day_limit=40)
    env.configure("[import]\nreserve = 5\n")
    count = 48
    rows = [[str(1000 + number), f"Bedrijf {number}", "Gent", ""] for number in range(count)]
    path = env.write("klanten.csv", table(HEADER, *rows))
    refreshed = env.control("GET", "counts")["refreshes"]

    first = cron(env, "-q", path)
    assert first.returncode == 75
    assert "The day's 40 calls" in first.stderr
    assert "They return on" in first.stderr
    assert len(mail(first).splitlines()) <= 6
    made = len(env.accounts())
    assert 20 < made < 40
    # Once more in the same night costs nothing, and says the same.
    calls = len(env.calls())
    again = cron(env, "-q", path)
    assert again.returncode == 75
    assert len(env.calls()) == calls

    env.control("POST", "clock", {"move": DAY})
    env.faults({"kind": "html_200"})
    second = cron(env, "-q", path, later=DAY)
    assert second.returncode == 75
    assert len(mail(second).splitlines()) <= 6
    assert "aintenance" in mail(second)
    assert len(env.accounts()) == made

    env.control("DELETE", "faults")
    env.control("POST", "clock", {"move": DAY})
    third = cron(env, "-q", path, later=2 * DAY)
    assert third.returncode == 0, third.stderr
    assert mail(third) == ""
    names = Counter(account["Name"] for account in env.accounts())
    assert names == Counter(f"Bedrijf {number}" for number in range(count))
    assert env.control("GET", "counts")["refreshes"] > refreshed


def test_the_log_file_has_the_time_and_the_outcome_of_each_run(env: SandboxEnv) -> None:
    log = env.folder / "import.log"
    for text in (GOOD, BAD):
        cron(env, "-q", "--log-file", log, env.write("a.csv", text))
    cron(env, "-q", "--log-file", log, env.folder / "nothing.csv")
    lines = log.read_text("utf-8").splitlines()
    for line in lines:
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} (INFO|WARNING|ERROR) ", line)
    assert [line.partition("exit status ")[2] for line in lines if "exit status" in line] == [
        "0.",
        "1.",
        "2.",
    ]
    assert any("a.rejected.csv" in line for line in lines)
    assert any("nothing.csv does not exist" in line for line in lines)


def test_the_log_file_can_be_json(env: SandboxEnv) -> None:
    log = env.folder / "import.log"
    path = env.write("a\nb.csv", GOOD)
    cron(env, "-q", "--log-file", log, "--log-format", "json", path)
    entries = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert entries
    assert all(set(entry) == {"at", "level", "from", "message"} for entry in entries)
    assert any("a\nb.csv" in entry["message"] for entry in entries)


def test_a_line_of_the_log_is_one_line_whatever_it_quotes(env: SandboxEnv) -> None:
    log = env.folder / "import.log"
    cron(env, "-q", "--log-file", log, env.write("a\nb\x1b[31m.csv", GOOD))
    text = log.read_text("utf-8")
    assert "\x1b" not in text
    assert "a\\x0ab\\x1b[31m.csv" in text


def test_the_log_file_rotates(env: SandboxEnv) -> None:
    log = env.folder / "import.log"
    log.write_bytes(b"x" * 4_999_990 + b"\n")
    cron(env, "-q", "--log-file", log, env.write("a.csv", GOOD))
    assert log.with_name("import.log.1").stat().st_size > 4_999_000
    assert "exit status 0" in log.read_text("utf-8")


def test_a_log_file_that_cannot_be_made_is_reported_at_once(env: SandboxEnv) -> None:
    path = env.write("a.csv", GOOD)
    ended = cron(env, "-q", "--log-file", env.folder / "nowhere" / "log", path)
    assert ended.returncode == 73
    assert len(mail(ended).splitlines()) == 1
    assert env.accounts() == []


# Every write to Linux's /dev/full fails as on a full disk; macOS and Windows have no such device.
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_log_on_a_full_disk_is_reported_once_and_stops_nothing(env: SandboxEnv) -> None:
    ended = cron(env, "-q", "-v", "--log-file", "/dev/full", env.write("a.csv", BAD))
    assert ended.returncode == 1
    assert mail(ended).count("The log file /dev/full cannot be written") == 1
    assert [account["Name"] for account in env.accounts()] == ["Café Ünï"]
