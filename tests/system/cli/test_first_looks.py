"""What a file can be like that nobody warned of: titles, no rows, zero characters, own rejects."""

from __future__ import annotations

import pytest

from sandbox_env import SandboxEnv, table

LIST = "Klantenlijst 2026;;\n\nNaam;Postcode;Plaats\nBakker;9000;Gent\nSlager;1000;Brussel\n"


def test_a_title_above_the_header_is_left_out(env: SandboxEnv) -> None:
    path = env.write("a.csv", LIST)
    found = env.json("-n", path)
    assert found["records"]["accounts"] == 2
    note = 'The header is on line 3; the title above it was left out: "Klantenlijst 2026".'
    assert note in found["notes"]
    path.write_text(LIST.replace("9000", "9000;te veel"), "utf-8")
    found = env.json("-n", path, status=1)
    assert [problem["line"] for problem in found["problems"]] == [4]
    assert "The header is on line 3" in env.run("-n", path).stdout


@pytest.mark.parametrize(
    "text",
    [
        "Naam\nBakker\nSlager\n",
        "Naam,Plaats\nBakker,Gent\nSlager,Brussel\n",
        "Klanten,\nBakker,Gent\nSlager,Brussel\n",
    ],
)
def test_a_header_is_no_title(env: SandboxEnv, text: str) -> None:
    path = env.write("a.csv", text)
    found = env.json("-n", path, status=None)
    assert found["rows"]["read"] == len(text.splitlines()) - 1
    assert not any("title above it" in note for note in found["notes"])


def test_words_that_headers_are_known_by_are_no_row(env: SandboxEnv) -> None:
    found = env.json(env.write("a.csv", "Naam,Bar\nNaam,Plaats\nBakker,Gent\n"))
    assert 'The header is on line 2; the title above it was left out: "Naam Bar".' in found["notes"]
    assert found["rows"]["read"] == 1
    (account,) = env.accounts()
    assert (account["Name"], account["City"]) == ("Bakker", "Gent")


def test_a_file_without_rows_costs_no_call(env: SandboxEnv) -> None:
    path = env.write("a.csv", "Naam,Plaats\n")
    for command in ([], ["plan"]):
        found = env.json(*command, path)
        assert found["api_calls"]["total"] == 0
        assert any("no rows" in note for note in found["notes"])
        output = env.run(*command, path).stdout
        assert f"There are no rows in {path}; no call was made to Exact Online." in output
        assert "Imported" not in output
    assert env.calls() == []


def test_zero_characters_are_reported(env: SandboxEnv) -> None:
    path = env.write("a.csv", "Naam,Plaats\nBakker,Gent\nSla\0ger,Brussel\n")
    found = env.json(path)
    (problem,) = found["problems"]
    assert (problem["line"], problem["severity"]) == (3, "warning")
    assert "NUL" in problem["message"]
    assert {account["Name"] for account in env.accounts()} == {"Bakker", "Slager"}
    assert "line 3: warning: holds zero characters" in env.run("-n", path).stdout


def test_own_rejects_beside_their_original_wait_for_somebody(env: SandboxEnv) -> None:
    bad = env.write("a.csv", table(["Naam", "Land"], ["Bakker", "NL"], ["Slager", "Xyzzy"]))
    env.json(bad, status=1)
    rejects = bad.with_name("a.rejected.csv")
    found = env.json(bad, rejects, status=1)  # as *.csv names them in a shell
    assert found["files"] == [str(bad)]
    assert found["rows"] | {"read": 2, "unchanged": 1, "rejected": 1} == found["rows"]
    assert f"{rejects} is skipped" in found["notes"][0]
    env.json(rejects, status=1)  # named alone it is meant
    rejects.write_text(rejects.read_text("utf-8").replace("Xyzzy", "BE"), "utf-8")
    found = env.json(bad, rejects, status=1)
    assert found["rows"] | {"read": 3, "created": 1} == found["rows"]
    assert found["files"] == [str(bad), str(rejects)]


def test_codes_that_differ_in_zeros_may_be_one(env: SandboxEnv) -> None:
    rows = [["0123", "Bakker"], ["123", "Bakker BV"], ["00123", "De Bakker"], ["0124", "Slager"]]
    path = env.write("a.csv", table(["Code", "Naam"], *rows))
    number = "has the same customer number as line 2, leading zeros aside"
    message = f"{number}; they may be the same company"
    for command, status in (["-n"], 0), ([], 1):
        found = env.json(*command, path, status=status)
        warnings = [one for one in found["problems"] if one["severity"] == "warning"]
        assert [(one["line"], one["message"]) for one in warnings] == [(3, message), (4, message)]
        assert found["records"]["accounts"] == 4
        # An import knows which codes are new, and that Exact Online would refuse the later ones.
        errors = [one for one in found["problems"] if one["severity"] == "error"]
        same = 'is the same code in Exact Online as "0123" on line 2'
        expected = [(3, f'"123" {same}'), (4, f'"00123" {same}')] if status else []
        assert [(one["line"], one["message"].partition(";")[0]) for one in errors] == expected
    assert found["rows"] | {"read": 4, "created": 2, "rejected": 2} == found["rows"]
    assert found["api_calls"]["writes"] == 2
    assert {account["Name"] for account in env.accounts()} == {"Bakker", "Slager"}
    env.configure("[validation]\nduplicate = off\n")
    assert env.json("-n", path)["problems"] == []


def test_of_several_files_each_problem_names_its_own(env: SandboxEnv) -> None:
    rows = [[str(number), "Bakker", str(number)] for number in range(5)]
    for name in ("a.csv", "b.csv"):
        env.write(name, table(["Code", "Naam", "Telefoon"], *rows))
    output = env.run("-n", "a.csv", "b.csv").stdout
    assert "first on line 2 of a.csv" in output or "line 2 of a.csv; also" in output


def test_everything_is_not_reported_where_rows_are_refused(env: SandboxEnv) -> None:
    path = env.write("a.csv", table(["Naam", "Land"], ["Bakker", "NL"], ["Slager", "Xyzzy"]))
    env.json(path, status=1)
    output = env.run(path).stdout
    assert f"Every valid row in {path} is already in Exact Online" in output
