"""Plans that are kept and applied once, runs that are taken back, and a journal that forgets."""

from __future__ import annotations

import json
import re
from typing import Any

from depth import scaled
from permissions import is_private
from sandbox_env import SandboxEnv, table

AUDIT = ("Modified", "Modifier", "ModifierFullName", "Timestamp")


def without_audit(records: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        record["ID"]: {name: value for name, value in record.items() if name not in AUDIT}
        for record in records
    }


def companies(count: int, city: str = "Gent", start: int = 1) -> str:
    lines = ["Code,Company,City,Last name,E-mail"]
    lines += [
        f"{number},Klant {number},{city},Janssens{number},j{number}@klant.example"
        for number in range(start, start + count)
    ]
    return "\r\n".join(lines) + "\r\n"


def test_a_kept_plan_is_applied_exactly_and_once(env: SandboxEnv) -> None:
    env.write("a.csv", companies(3))
    plan = env.json("plan", "a.csv", "--out", "plan.json")
    kept = env.folder / "plan.json"
    assert is_private(kept)
    assert env.accounts() == []
    (env.folder / "a.csv").unlink()

    applied = env.json("apply", "plan.json")
    assert applied["mode"] == "apply"
    assert applied["rows"]["created"] == plan["rows"]["created"] == 3
    assert len(env.accounts()) == len(env.contacts()) == 3

    again = env.json("apply", "plan.json", status=4)
    assert "applied before" in again["error"]["message"]
    assert len(env.accounts()) == 3


def test_a_plan_is_refused_when_exact_online_has_moved_under_it(env: SandboxEnv) -> None:
    env.write("a.csv", companies(3))
    env.json("a.csv")
    env.write("a.csv", companies(3, "Luik"))
    env.json("plan", "a.csv", "--out", "plan.json")
    moved = env.accounts()[1]
    env.control("POST", "accounts", {"update": [{"ID": moved["ID"], "City": "Namen"}]})
    refused = env.json("apply", "plan.json", status=4)
    assert moved["Name"] in refused["error"]["message"]
    assert not env.calls("PUT")

    # What somebody did elsewhere does not matter.
    env.json("plan", "a.csv", "--out", "plan.json")
    env.control("POST", "accounts", {"create": [{"Name": "Other"}]})
    assert env.json("apply", "plan.json")["accounts"]["update"] == 3


def test_a_plan_for_another_site_is_not_applied(env: SandboxEnv) -> None:
    env.write("a.csv", companies(1))
    env.json("plan", "a.csv", "--out", "plan.json")
    kept = env.folder / "plan.json"
    document = json.loads(kept.read_text("utf-8"))
    document["site"] = "https://start.exactonline.be/api"
    kept.write_text(json.dumps(document), "utf-8")
    refused = env.json("apply", "plan.json", status=4)["error"]["message"]
    assert "is for https://start.exactonline.be/api, not https://" in refused
    assert env.accounts() == []


def test_something_else_is_no_plan(env: SandboxEnv) -> None:
    env.write("plan.json", "{}")
    assert "is not a plan" in env.json("apply", "plan.json", status=2)["error"]["message"]
    assert "cannot be read" in env.json("apply", "none.json", status=2)["error"]["message"]


def test_undo_leaves_the_records_as_they_were(env: SandboxEnv) -> None:
    count = max(40, scaled(100))
    there = count * 2 // 5
    old = [
        {"Name": f"Klant {number}", "Code": str(number), "City": "Brugge", "Phone": "050 12"}
        for number in range(1, there + 1)
    ]
    env.control("POST", "accounts", {"create": old})
    before = without_audit(env.accounts())
    env.write("a.csv", companies(count))
    report = env.json("a.csv")
    assert report["accounts"]["create"] == count - there
    assert report["accounts"]["update"] == there
    assert report["contacts"]["create"] == count

    undone = env.json("undo", report["run"], "--yes")
    assert undone["accounts"]["delete"] == count - there
    assert undone["accounts"]["update"] == there
    assert undone["contacts"]["delete"] == count
    assert without_audit(env.accounts()) == before
    assert env.contacts() == []

    # The file may be imported again afterwards: undo is not somebody's edit.
    assert env.json("a.csv")["rows"]["pending"] == 0
    assert len(env.accounts()) == count


def test_an_undo_can_be_undone(env: SandboxEnv) -> None:
    env.write("a.csv", companies(2))
    run = env.json("a.csv")["run"]
    undone = env.json("undo", run, "--yes")
    assert env.accounts() == []
    redone = env.json("undo", undone["run"], "--yes")
    assert redone["accounts"]["create"] == 2
    assert redone["contacts"]["create"] == 2
    assert [account["Code"].strip() for account in env.accounts()] == ["1", "2"]
    names = {contact["ID"]: contact["Account"] for contact in env.contacts()}
    assert set(names.values()) == {account["ID"] for account in env.accounts()}


def test_undo_leaves_alone_what_has_moved_on(env: SandboxEnv) -> None:
    env.write("a.csv", companies(4))
    run = env.json("a.csv")["run"]
    edited, used, peopled, _ = env.accounts()
    env.control("POST", "accounts", {"update": [{"ID": edited["ID"], "City": "Aalst"}]})
    env.control("POST", "accounts", {"hold": [used["ID"]]})
    env.control("POST", "contacts", {"create": [{"Account": peopled["ID"], "LastName": "Nieuw"}]})
    undone = env.json("undo", run, "--yes", status=1)
    assert undone["accounts"] | {"delete": 1, "failed": 1} == undone["accounts"]
    left = {account["ID"] for account in env.accounts()}
    assert left == {edited["ID"], used["ID"], peopled["ID"]}
    left_alone = {one["label"] for one in undone["left_alone"]}
    assert {edited["Name"], peopled["Name"]} <= left_alone


def test_undo_asks_and_wants_a_terminal_for_it(env: SandboxEnv) -> None:
    env.write("a.csv", companies(1))
    run = env.json("a.csv")["run"]
    ended = env.run("undo", run)
    assert ended.returncode == 2
    assert "--yes" in ended.stderr
    assert len(env.accounts()) == 1
    unknown = env.run("undo", "20200101-000000-0000")
    assert unknown.returncode == 2
    assert "no run" in unknown.stderr
    assert "--yes" not in unknown.stderr
    assert (
        "no run" in env.json("undo", "20200101-000000-0000", "--yes", status=2)["error"]["message"]
    )


def test_runs_tell_what_happened(env: SandboxEnv) -> None:
    assert env.run("runs").returncode == 78
    env.write("a.csv", companies(2))
    run = env.json("a.csv")["run"]
    env.write("a.csv", companies(2, "Luik"))
    env.json("a.csv")
    listed = json.loads(env.run("runs", "--json").stdout)["runs"]
    assert [item["rows"].get("updated") for item in listed] == [2, 0]
    assert listed[1]["run"] == run
    changes = json.loads(env.run("runs", listed[0]["run"], "--json").stdout)["changes"]
    assert [item["fields"] for item in changes] == [{"City": ["Gent", "Luik"]}] * 2
    text = env.run("runs", run).stdout
    assert "create account Klant 1 (line 2): done" in text


def test_forgetting_a_person_leaves_nothing_and_doubles_nothing(env: SandboxEnv) -> None:
    env.write("a.csv", companies(3))
    env.json("a.csv")
    journal = env.folder / "config.journal.sqlite3"
    assert b"j2@klant.example" in journal.read_bytes() + wal_of(env)
    ended = env.run("forget", "j2@klant.example", "--yes")
    assert ended.returncode == 0, ended.stderr
    assert b"j2@klant.example" not in journal.read_bytes() + wal_of(env)
    assert b"j1@klant.example" in journal.read_bytes() + wal_of(env)
    assert env.json("a.csv")["rows"]["unchanged"] == 3

    assert env.run("forget", "--all", "--yes").returncode == 0
    assert b"klant.example" not in journal.read_bytes() + wal_of(env)
    assert env.json("a.csv")["rows"]["unchanged"] == 3
    assert len(env.accounts()) == 3


def wal_of(env: SandboxEnv) -> bytes:
    wal = env.folder / "config.journal.sqlite3-wal"
    return wal.read_bytes() if wal.exists() else b""


def test_the_list_of_runs_says_what_each_did(env: SandboxEnv) -> None:
    env.write("a.csv", table(["Company", "Email"], ["Acme", ""], ["Beta", "geen adres"]))
    run = env.json("a.csv", status=1)["run"]
    undone = env.json("undo", run, "--yes")["run"]
    lines = env.run("runs").stdout.splitlines()
    assert lines[0] == "Company: 425880"
    assert lines[1].split() == ["Run", "Started", "What", "Outcome"]
    assert re.fullmatch(rf"{undone}  [-\d]+ [:\d]+  undo of {run} +1 deleted", lines[2])
    assert lines[3].startswith(run)
    assert lines[3].endswith("  1 rejected, 1 created; done, but some rows need you (1)")
