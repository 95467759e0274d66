"""Nothing lost, nothing doubled: the real process killed, and answers lost in every way."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from depth import KILLS, STEPS_APART, thinned
from sandbox_env import MakeEnv, SandboxEnv

FINISHED = {0, 1}
STEPPING = [sys.executable, str(Path(__file__).parents[2] / "support" / "kill_at_step.py")]
SETTLE = "[import]\nsettle_after = 0.5\nread_timeout = 1\nconnect_timeout = 2\n"


DETAILS = "[bank account]\nBankAccount = {IBAN}\n[delivery address]\nAddressLine1 = {Dock}\n"
IBANS = ("BE68539007547034", "NL91ABNA0417164300")


def rows(count: int, *, code: bool) -> str:
    """Return a CSV of companies with one or two people, as many bank accounts and a dock each."""
    lines = [("Code," if code else "") + "Company,City,First name,Last name,E-mail,IBAN,Dock"]
    lines += [
        (f"{1000 + number}," if code else "")
        + f"Bedrijf {number},Gent,Jan{person},Peeters{number},"
        + f"jan{person}@bedrijf{number}.example,{IBANS[person]},Kaai {number}"
        for number in range(count)
        for person in range(1 + number % 2)
    ]
    return "\r\n".join(lines) + "\r\n"


def assert_every_row_once(env: SandboxEnv, count: int) -> None:
    names = Counter(account["Name"] for account in env.accounts())
    assert names == Counter(f"Bedrijf {number}" for number in range(count))
    people = Counter((contact["FirstName"], contact["LastName"]) for contact in env.contacts())
    assert people == Counter(
        (f"Jan{person}", f"Peeters{number}")
        for number in range(count)
        for person in range(1 + number % 2)
    )


def assert_every_detail_once(env: SandboxEnv, count: int) -> None:
    divisions = env.control("GET", "state")["divisions"]
    held = divisions[min(divisions)]
    names = {account["ID"]: account["Name"] for account in held["accounts"]}
    banks = Counter((names[one["Account"]], one["BankAccount"]) for one in held["bankaccounts"])
    assert banks == Counter(
        (f"Bedrijf {number}", IBANS[person])
        for number in range(count)
        for person in range(1 + number % 2)
    )
    docks = Counter(one["AddressLine1"] for one in held["addresses"] if one["Type"] == 4)
    assert docks == Counter(f"Kaai {number}" for number in range(count))


def run_until_finished(env: SandboxEnv, *, most: int = 12) -> int:
    """Run until the program says that it is done; returns how many runs it took."""
    for attempt in range(1, most + 1):
        ended = env.run("a.csv", "--retry")
        assert ended.returncode in (*FINISHED, 75), ended.stderr
        assert "Traceback" not in ended.stderr
        if ended.returncode in FINISHED:
            return attempt
        time.sleep(0.5)
    raise AssertionError(f"not finished after {most} runs: {ended.stdout}{ended.stderr}")


LOST = {
    "dropped before the write": {"kind": "drop_before"},
    "dropped after the write": {"kind": "drop_after"},
    "written after the drop": {"kind": "drop_then_write", "delay": 0.3},
    "reset": {"kind": "reset", "written": True},
    "truncated": {"kind": "truncated"},
    "503 after the write": {"kind": "error_503", "written": True},
    "503 without": {"kind": "error_503"},
    "504 after the write": {"kind": "error_504", "written": True},
    "502 without": {"kind": "error_502"},
    "500 without a word, written": {"kind": "empty_500", "written": True},
    "a maintenance page": {"kind": "html_200"},
    "hanging, written": {"kind": "hang", "written": True},
    "hanging": {"kind": "hang"},
    "too many calls": {"kind": "too_many"},
}


# In this order half of the cases, too, have each fault and each of the others.
LOST_WHERE = [
    ("crm/Accounts", True), ("crm/Accounts", False), ("crm/Contacts", False), ("crm/Contacts", True)
]  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "path", "code"),
    thinned(
        [
            pytest.param(fault, path, code, id=f"{name}-{path}-{'with' * code or 'no'} codes")
            for name, fault in LOST.items()
            for path, code in LOST_WHERE
        ]
    ),
)
def test_a_lost_answer_doubles_nothing(
    env: SandboxEnv, fault: dict[str, object], path: str, code: bool
) -> None:
    env.configure(SETTLE)
    env.write("a.csv", rows(4, code=code))
    env.faults({**fault, "match": {"method": "POST", "path": path}, "skip": 1, "times": 1})
    run_until_finished(env)
    assert_every_row_once(env, 4)
    assert env.json("a.csv")["rows"]["unchanged"] == 6


def test_an_unsettled_row_is_said_to_be_so(env: SandboxEnv) -> None:
    env.configure("[import]\nsettle_after = 600\n")
    env.write("a.csv", rows(3, code=True))
    env.faults(
        {"kind": "drop_before", "match": {"method": "POST", "path": "crm/Accounts"}, "times": 1}
    )
    report = env.json("a.csv", status=75)
    assert report["rows"]["unsettled"] == 1
    assert report["accounts"]["unsettled"] == 1
    assert report["rows"]["created"] == 3

    # As long as absence is not certain, it is not created again.
    again = env.json("a.csv", status=75)
    assert again["rows"]["unsettled"] == 1
    assert len(env.accounts()) == 2


def test_a_lost_update_is_found_or_made_again(env: SandboxEnv) -> None:
    env.configure(SETTLE)
    env.write("a.csv", rows(3, code=True))
    run_until_finished(env)
    env.write("a.csv", rows(3, code=True).replace("Gent", "Luik"))
    env.faults(
        {"kind": "drop_after", "match": {"method": "PUT"}, "times": 1},
        {"kind": "drop_before", "match": {"method": "PUT"}, "times": 1},
    )
    run_until_finished(env)
    assert {account["City"] for account in env.accounts()} == {"Luik"}
    assert_every_row_once(env, 3)


def kill_somewhere(process: subprocess.Popen[str], after: float) -> None:
    """Kill the process `after` seconds from now, if it lives that long."""
    try:
        process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()


@pytest.mark.crash
@pytest.mark.timeout(1500)
@pytest.mark.parametrize(
    "code", thinned([pytest.param(False, id="without codes"), pytest.param(True, id="with codes")])
)
def test_kills_at_random_moments_double_and_lose_nothing(make_env: MakeEnv, code: bool) -> None:
    dice = random.Random(20261122)
    killed = 0
    while killed < KILLS // 4:
        env = make_env(latency=0.01)
        env.configure(SETTLE + DETAILS)
        count = 12
        env.write("a.csv", rows(count, code=code))
        for _ in range(10):
            process = env.start("a.csv")
            kill_somewhere(process, dice.uniform(0.3, 1.6))
            if process.returncode == -signal.SIGKILL:
                killed += 1
        run_until_finished(env)
        assert_every_row_once(env, count)
        assert_every_detail_once(env, count)


@pytest.mark.crash
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("code", [True, False], ids=["with codes", "without codes"])
def test_kills_at_every_step_of_the_journal_double_and_lose_nothing(
    make_env: MakeEnv, code: bool
) -> None:
    """The process ends itself with SIGKILL at the Nth step of the journal, in full for every N."""
    killed = 0
    step = 1 - STEPS_APART
    while killed < KILLS // 4:
        env = make_env()
        env.configure(SETTLE + DETAILS)
        count = 4
        env.write("a.csv", rows(count, code=code))
        step += STEPS_APART
        env.variables["EXACT_IMPORT_TEST_STEP"] = str(step)
        process = subprocess.run(
            [*STEPPING, "a.csv"],
            cwd=env.folder,
            env=env.environment(),
            capture_output=True,
            timeout=60,
            check=False,
        )
        if process.returncode != -signal.SIGKILL:
            assert process.returncode == 0, process.stderr
            step = 1 - STEPS_APART
            continue
        killed += 1
        run_until_finished(env)
        assert_every_row_once(env, count)
        assert_every_detail_once(env, count)
