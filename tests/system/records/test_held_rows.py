"""A held row is sent nowhere: it is shown, asked about, answered, and never asked about again."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from depth import thinned
from in_process import run_json, run_text
from sandbox_env import MakeEnv, SandboxEnv

HEADER = ["Company", "Postcode", "City", "Phone", "E-mail"]
ROWS = (
    ["Garage Verhaege", "8200", "Brugge", "050380800", ""],
    ["Wolwinkel Kluwen", "8200", "Brugge", "050380801", ""],
    ["Fout BV", "8200", "Brugge", "", "geen adres"],
)
CODES = {"1001": "Garage Verhaeghe", "1002": "Taverne Anker"}


def lines(*rows: list[str]) -> str:
    return "".join(",".join(cells) + "\r\n" for cells in (HEADER, *rows))


@pytest.fixture(name="env")
def _env(make_env: MakeEnv) -> SandboxEnv:
    """Return an environment whose company has an account that a row of a.csv may be."""
    env = make_env()
    place = {"Postcode": "8200", "City": "Brugge", "Country": "BE"}
    accounts = [{"Code": code, "Name": name, **place} for code, name in CODES.items()]
    env.control("POST", "accounts", {"create": accounts})
    env.configure("[import]\ncountry = BE\n")
    env.write("a.csv", lines(*ROWS))
    return env


def names(env: SandboxEnv) -> list[str]:
    return [account["Name"] for account in env.accounts()]


def rejects(env: SandboxEnv) -> list[dict[str, str]]:
    path = env.folder / "a.rejected.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def answer(env: SandboxEnv, text: str) -> Path:
    """Write `text` into the column _answer of the held row, and repair the rejected one."""
    rows = rejects(env)
    held = next(row for row in rows if row["_why"])
    held["_answer"] = text
    for row in rows:
        row["E-mail"] = ""
    path = env.folder / "a.rejected.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(held))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_it_is_held_and_shown_everywhere(env: SandboxEnv) -> None:
    found = run_json(env, "a.csv")
    assert found.status == 1
    assert found.rows == {"rejected": 1, "held": 1, "created": 1}
    assert found.document["accounts"]["held"] == 1
    (record,) = found.document["held"]
    assert (record["kind"], record["line"], record["label"]) == ("account", 2, "Garage Verhaege")
    assert [one["code"] for one in record["candidates"]] == ["1001"]
    assert sorted(names(env)) == [*CODES.values(), "Wolwinkel Kluwen"]
    held, wrong = rejects(env)
    assert list(held)[len(HEADER) :] == [
        *("_line", "_error", "_why", "_candidates", "_source", "_answer")
    ]
    assert (held["_line"], held["_error"], held["_source"]) == ("2", "", "a")
    assert held["_candidates"].startswith("1001: Garage Verhaeghe, 8200 Brugge (same ")
    assert (wrong["_why"], wrong["_answer"]) == ("", "")
    status, output, _ = run_text(env, "plan", "a.csv", "--report", "page.html")
    assert status == 1
    assert '? account "Garage Verhaege", 8200 Brugge (line 2) is held: ' in output
    assert "    1001: Garage Verhaeghe, 8200 Brugge (same " in output
    assert "  accounts  1 unchanged, 1 held" in output
    page = (env.folder / "page.html").read_text("utf-8")
    assert "Held: which record is it?" in page
    assert '<span class="key">1001</span>' in page


def test_a_code_is_followed_and_remembered(env: SandboxEnv) -> None:
    run_json(env, "a.csv")
    found = run_json(env, answer(env, "1001"))
    assert found.status == 0
    assert found.rows == {"updated": 1, "created": 1}
    (change,) = [one for one in found.document["changes"] if one["action"] == "update"]
    assert (change["matched"], list(change["fields"])) == ("answer", ["Phone"])
    assert "Garage Verhaege" not in names(env)
    assert 'keeps the name "Garage Verhaeghe"' in found.document["problems"][0]["message"]
    env.write("a.csv", lines(["Garage Verhaege", "8200", "Brugge", "050380899", ""]))
    again = run_json(env, "a.csv")
    assert (again.status, again.rows) == (0, {"updated": 1})
    assert next(a for a in env.accounts() if a["Code"].strip() == "1001")["Phone"] == "050380899"
    status, output, _ = run_text(env, "links", "1001")
    assert status == 0
    assert "account 1001 Garage Verhaeghe  your answer" in output


def test_new_makes_it_once(env: SandboxEnv) -> None:
    run_json(env, "a.csv")
    assert run_json(env, answer(env, "new")).rows == {"created": 2}
    assert sorted(names(env)) == sorted(
        [*CODES.values(), "Fout BV", "Garage Verhaege", "Wolwinkel Kluwen"]
    )
    assert run_json(env, env.write("b.csv", lines(*ROWS[:2]))).rows == {"unchanged": 2}


def test_an_answer_may_be_any_account(env: SandboxEnv) -> None:
    run_json(env, "a.csv")
    found = run_json(env, answer(env, "1002"))
    assert found.rows == {"updated": 1, "created": 1}
    phones = {account["Name"]: account.get("Phone") for account in env.accounts()}
    assert phones["Taverne Anker"] == "050380800"
    assert phones["Garage Verhaeghe"] is None


def test_an_undo_says_that_an_answer_stays(env: SandboxEnv) -> None:
    run_json(env, "a.csv")
    run = run_json(env, answer(env, "1001")).document["run"]
    remote_id = next(one["ID"] for one in env.accounts() if one["Name"] == CODES["1001"])
    status, output, errors = run_text(env, "undo", run, "--yes")
    assert status == 0
    assert "1 record keeps the answer you gave, so the next import changes it again." in " ".join(
        (output + errors).split()
    )
    assert f"exact-import links --remove {remote_id}" in output + errors
    assert run_json(env, "links", "--remove", remote_id).status == 0
    assert run_json(env, "a.csv").rows == {"held": 1, "rejected": 1, "unchanged": 1}


def test_an_answer_that_no_account_has_is_asked_again(env: SandboxEnv) -> None:
    run_json(env, "a.csv")
    found = run_json(env, answer(env, "9999"))
    assert (found.status, found.rows) == (1, {"held": 1, "created": 1})
    (record,) = found.document["held"]
    assert record["why"].startswith('"9999" is not the code or ID of an account in Exact Online; ')
    assert [one["code"] for one in record["candidates"]] == ["1001"]


def test_an_answer_that_is_no_line_is_rejected_and_reported(env: SandboxEnv) -> None:
    run_json(env, "a.csv")
    found = run_json(env, answer(env, "line 9"))
    assert found.status == 1
    assert found.rows == {"rejected": 1, "created": 1}
    (problem,) = [one for one in found.document["problems"] if one["severity"] == "error"]
    assert problem["column"] == "_answer"
    assert '"line 9" is not one of the candidates; write 1001 or new' in problem["message"]
    assert set(CODES.values()) < set(names(env))


def test_rejects_that_nobody_answered_ask_again(env: SandboxEnv) -> None:
    run_json(env, "a.csv")
    found = run_json(env, env.folder / "a.rejected.csv")
    assert found.rows == {"held": 1, "rejected": 1}


def test_held_create_makes_new_records(env: SandboxEnv) -> None:
    env.configure("")
    text = env.config.read_text("utf-8").replace("country = BE", "country = BE\nheld = create")
    env.config.write_text(text, "utf-8")
    found = run_json(env, "a.csv")
    assert found.rows == {"rejected": 1, "created": 2}


def test_a_later_row_of_the_file_is_answered_by_the_line_of_the_first(env: SandboxEnv) -> None:
    rows = (["Apotheek Lindeboom", "9000", "Gent", "", ""], ["Apotheek Lindebom", "9000", "Gent"])
    env.write("a.csv", lines(rows[0], [*rows[1], "", ""]))
    found = run_json(env, "a.csv")
    assert found.rows == {"held": 1, "created": 1}
    (record,) = found.document["held"]
    assert (record["line"], record["candidates"][0]["row"]) == (3, ["a.csv", 2])
    (held,) = rejects(env)
    account = next(one for one in env.accounts() if one["Name"] == rows[0][0])
    assert held["_candidates"].startswith(f"line 2 (ID {account['ID']}): Apotheek Lindeboom")
    found = run_json(env, answer(env, "2"))
    assert found.status == 0
    assert len(env.accounts()) == 3
    assert found.document["changes"][0]["id"] == account["ID"]


def test_a_terminal_asks_before_the_import(env: SandboxEnv) -> None:
    status, output = env.at_terminal("a.csv", answers=["1", "y"])
    assert status == 1
    assert 'a.csv, line 2: account "Garage Verhaege"' in output
    assert "  1  1001: Garage Verhaeghe, 8200 Brugge (same " in output
    assert "Type a number in this list, the code of an account, new or later [later]: " in output
    assert "by your answer" in output
    assert sorted(names(env)) == sorted([*CODES.values(), "Wolwinkel Kluwen"])
    assert not [row for row in rejects(env) if "_why" in row]


@pytest.mark.parametrize("option", thinned([("--yes",), ("--json",), ("--quiet",)]))
def test_nothing_is_asked_where_nobody_wants_it(env: SandboxEnv, option: tuple[str, ...]) -> None:
    status, output = env.at_terminal(*option, "a.csv", answers=[])
    assert status == 1
    assert "or later [later]" not in output
    assert "Garage Verhaege" not in names(env)


def test_a_saved_plan_leaves_held_rows_as_they_are(env: SandboxEnv) -> None:
    assert run_json(env, "plan", "a.csv", "--out", "plan.json").status == 1
    found = run_json(env, "apply", "plan.json")
    assert found.rows == {"rejected": 1, "held": 1, "created": 1}
    assert found.status == 1


def test_a_held_row_that_is_decided_by_now_takes_a_new_plan(env: SandboxEnv) -> None:
    env.write("held.csv", lines(ROWS[0]))
    assert run_json(env, "plan", "held.csv", "--out", "plan.json").rows == {"held": 1}
    [account] = [one for one in env.accounts() if one["Name"] == "Garage Verhaeghe"]
    env.control("POST", "accounts", {"update": [{"ID": account["ID"], "Name": ROWS[0][0]}]})
    ended = env.run("apply", "plan.json")
    assert ended.returncode == 4
    assert (
        "some rows that were held in this plan have been decided since: account Garage Verhaege."
        in ended.stderr
    )
    assert "exact-import plan held.csv --out PLAN.json" in ended.stderr


def test_plan_v_says_what_else_agrees(env: SandboxEnv) -> None:
    row = ["Taverne Anker", "8200", "Brugge", "050111111", ""]
    env.write("b.csv", lines(row))
    _, output, _ = run_text(env, "plan", "-v", "b.csv")
    assert "~ account Taverne Anker (line 2), matched by name and place\n" in output
    assert "    same city and postcode\n" in output
