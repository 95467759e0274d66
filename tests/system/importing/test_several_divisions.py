"""Several companies in one run: rows go where a column says, and trouble stays where it is."""

from __future__ import annotations

from typing import Any

from sandbox_env import MakeEnv, SandboxEnv

ROUTED = (
    "[import]\ndivision = {Administratie}\n"
    "[division 425880]\nis = Bakkerij\n"
    "[division 425881]\nis = Tuinen\nnew_account_status = P\n"
)
HEADER = "Administratie,Code,Company,Last name\r\n"


def held(env: SandboxEnv) -> dict[int, list[dict[str, Any]]]:
    divisions = env.control("GET", "state")["divisions"]
    return {int(number): found["accounts"] for number, found in divisions.items()}


def test_rows_go_to_the_division_that_their_column_names(env: SandboxEnv) -> None:
    env.configure(ROUTED)
    env.write(
        "a.csv",
        HEADER
        + "Bakkerij,1,Acme,Jansen\r\n425881,1,Beta,Peeters\r\nTUINEN,2,Gamma,\r\n"
        + "Slagerij,3,Delta,\r\n,4,Epsilon,\r\n",
    )
    report = env.json("a.csv", status=1)
    assert report["rows"] | {"read": 5, "created": 3, "rejected": 2} == report["rows"]
    assert sum(report["rows"].values()) - report["rows"]["read"] == 5
    accounts = held(env)
    assert [one["Name"] for one in accounts[425880]] == ["Acme"]
    assert sorted(one["Name"] for one in accounts[425881]) == ["Beta", "Gamma"]
    assert {one["Status"] for one in accounts[425881]} == {"P"}
    assert [part["division"] for part in report["divisions"]] == [425880, 425881]
    assert [part["accounts"]["create"] for part in report["divisions"]] == [1, 2]
    assert report["api_calls"]["total"] == sum(
        part["api_calls"]["total"] for part in report["divisions"]
    )
    messages = {problem["line"]: problem["message"] for problem in report["problems"]}
    assert 'Unknown division "Slagerij"' in messages[5]
    assert "no division in this row" in messages[6]
    rejects = (env.folder / "a.rejected.csv").read_text("utf-8")
    assert "Delta" in rejects
    assert "Acme" not in rejects

    again = env.json("a.csv", status=1)
    assert again["rows"] | {"unchanged": 3, "rejected": 2} == again["rows"]


def test_an_undo_names_the_run_of_the_other_company(env: SandboxEnv) -> None:
    env.configure(ROUTED)
    env.write("a.csv", HEADER + "Bakkerij,1,Acme,Jansen\r\nTuinen,1,Beta,Peeters\r\n")
    runs = {part["run"] for part in env.json("a.csv")["divisions"]}
    env.json("a.csv")  # another command, which changes nothing
    undone = env.json("undo", "last", "--yes")
    (other,) = runs - {undone["undoes"]}
    assert undone["notes"] == [
        f"The same import changed another company. To undo that: exact-import undo {other}"
    ]
    assert env.json("undo", other, "--yes")["notes"] == []


def test_mended_rows_of_several_divisions_keep_what_their_file_told(env: SandboxEnv) -> None:
    env.configure(ROUTED)
    header = "Administratie,Code,Company,Country,VATNumber,StartDate"
    tells = "Bakkerij,1,Acme,BE,,31/01/2024"
    bad = "Tuinen,2,Beta,BE,BE0123456789,01/02/2024"
    env.write("a.csv", f"{header}\r\n{tells}\r\n{bad}\r\n")
    env.json("a.csv", status=1)
    rejects = env.folder / "a.rejected.csv"
    text = rejects.read_text("utf-8")
    assert text.splitlines()[0] == f"{header},_line,_error,_dates_dmy"
    env.write(rejects.name, text.replace(",BE0123456789,", ",,", 1))
    env.json(rejects.name)
    (beta,) = held(env)[425881]
    assert beta["StartDate"] == "/Date(1706745600000)/"  # 1 February 2024, UTC


def test_what_is_reported_of_a_whole_file_is_reported_once(env: SandboxEnv) -> None:
    env.configure(ROUTED.replace("new_account_status = P\n", ""))
    env.write(
        "a.csv",
        "Administratie,Code,Company,E-mail,Email 2\r\n"
        "Bakkerij,1,Acme,,info@acme.be\r\nTuinen,2,Beta,,info@beta.be\r\n",
    )
    report = env.json("a.csv")
    unused = [one for one in report["problems"] if one["column"] == "Email 2"]
    assert [one["severity"] for one in unused] == ["warning"]
    assert report["rows"] | {"created": 2} == report["rows"]


def test_one_divisions_trouble_does_not_hold_up_the_others(make_env: MakeEnv) -> None:
    env = make_env()
    env.configure(ROUTED)
    env.write("a.csv", HEADER + "Bakkerij,1,Acme,\r\nTuinen,1,Beta,\r\n999999,1,Gamma,\r\n")
    report = env.json("a.csv", status=None)
    assert report["exit_status"] != 0
    assert report["rows"] | {"created": 2, "pending": 1} == report["rows"]
    accounts = held(env)
    assert [one["Name"] for one in accounts[425880]] == ["Acme"]
    assert [one["Name"] for one in accounts[425881]] == ["Beta"]
    trouble = report["divisions"][2]
    assert trouble["division"] == 999999
    assert "error" in trouble


def test_a_plan_over_several_changes_nothing(env: SandboxEnv) -> None:
    env.configure(ROUTED)
    env.write("a.csv", HEADER + "Bakkerij,1,Acme,\r\nTuinen,1,Beta,\r\n")
    plan = env.json("plan", "a.csv")
    assert plan["accounts"]["create"] == 2
    assert held(env) == {425880: [], 425881: []}
    text = env.run("plan", "a.csv").stdout
    assert "425881" in text


def test_a_dry_run_over_several_needs_no_network(env: SandboxEnv) -> None:
    env.configure(ROUTED)
    env.write("a.csv", HEADER + "Bakkerij,1,Acme,\r\nTuinen,1,Beta,\r\n")
    report = env.json("--dry-run", "a.csv")
    assert report["records"] == {"accounts": 2, "contacts": 0}
    assert report["rows"]["read"] == 2
    assert env.calls() == []


def test_what_is_wrong_with_the_sections_is_reported(env: SandboxEnv) -> None:
    env.configure("[import]\ndivision = {Bedrijf}\n[division x]\nis = a\n[division 5]\nfoo = 1\n")
    env.write("a.csv", HEADER + "Bakkerij,1,Acme,\r\n")
    message = env.json("a.csv", status=78)["error"]["message"]
    assert "[division x]" in message
    assert '"foo"' in message
    env.config.write_text(env.config.read_text("utf-8").partition("[division")[0], encoding="utf-8")
    assert "Bedrijf" in env.json("a.csv", status=78)["error"]["message"]


def test_on_a_terminal_all_companies_are_asked_about_once(env: SandboxEnv) -> None:
    env.configure(ROUTED)
    env.write(
        "a.csv",
        HEADER + "Bakkerij,1,Acme,\r\nTuinen,1,Beta,\r\nTuinen,2,Gamma,\r\nSlagerij,3,Delta,\r\n",
    )
    status, output = env.at_terminal("a.csv", answers=["n"])
    assert status == 4
    before, _, after = output.partition("Import this into 2 companies? [y/N]")
    assert "Bakkerij (425880):" in before
    assert "+ account Acme (line 2)" in before
    assert "  accounts  3 to create" in before
    assert "  company   Tuinen (425881): 2 to create" in before
    assert "  cost      3 calls, less than a minute" in before
    assert "You answered no, so nothing was sent." in after
    assert held(env) == {425880: [], 425881: []}

    status, output = env.at_terminal("a.csv", answers=["y"])
    assert status == 1
    assert output.count("[y/N]") == 1
    assert "Imported a.csv into 2 companies." in output
    assert {number: len(found) for number, found in held(env).items()} == {425880: 1, 425881: 2}

    status, output = env.at_terminal("a.csv", answers=[])
    assert (status, "[y/N]" in output) == (1, False)


def test_companies_in_trouble_do_not_keep_the_question_from_being_asked(env: SandboxEnv) -> None:
    env.configure(ROUTED)
    env.write("a.csv", HEADER + "Bakkerij,1,Acme,\r\n999999,1,Gamma,\r\n")
    _, output = env.at_terminal("a.csv", answers=["y"])
    assert "  company   999999: " in output
    assert output.count("[y/N]") == 1
    assert [one["Name"] for one in held(env)[425880]] == ["Acme"]
