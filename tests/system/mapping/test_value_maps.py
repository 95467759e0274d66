"""Values that the INI puts in the place of a column's cells."""

from __future__ import annotations

import pytest

from sandbox_env import SandboxEnv

FILE = "Bedrijf;Plaats;Soort;Land\nAlfa BV;Gent;goud;BE\nBeta BV;Aalst;;BE\nCeta BV;Mol;z;\n"


def statuses(env: SandboxEnv) -> dict[str, str]:
    return {account["Name"]: account["Status"].strip() for account in env.accounts()}


def test_values_are_replaced_with_recognised_columns_too(env: SandboxEnv) -> None:
    """Its cells are those of a status only once they are replaced."""
    env.configure("[values]\nsoort = goud: prospect, z: klant\nLand = be: NL, *:\n")
    env.write("a.csv", FILE)
    env.json("a.csv")
    assert statuses(env) == {"Alfa BV": "P", "Beta BV": "C", "Ceta BV": "C"}
    assert env.json("a.csv")["rows"]["unchanged"] == 3


def test_an_unlisted_value_stays_and_the_rejects_hold_what_the_file_said(env: SandboxEnv) -> None:
    env.configure(
        "[account]\nName = {Bedrijf}\nStatus = {Soort}\n[values]\n{#3} = goud: P\n"
        "[validation]\nstatus = error\n"
    )
    path = env.write(
        "a.csv", FILE.replace(";z;", ";zilver;").replace("Beta BV;Aalst;;", "Beta;;goud;")
    )
    found = env.json("a.csv", status=1)
    (problem,) = [one for one in found["problems"] if one["severity"] == "error"]
    assert (problem["line"], problem["column"]) == (4, "Soort")
    assert '"zilver"' in problem["message"]
    assert statuses(env) == {"Alfa BV": "P", "Beta": "P"}
    assert "Ceta BV;Mol;zilver" in path.with_name("a.rejected.csv").read_text("utf-8-sig")


@pytest.mark.parametrize(
    ("column", "status", "message"),
    [
        ("Sort", 78, "there is no column {Sort}; did you mean {Soort}?"),
        ("Klasse", 0, '[values] Klasse: the file has no column "Klasse".'),
    ],
)
def test_a_column_that_is_not_there_is_reported(
    env: SandboxEnv, column: str, status: int, message: str
) -> None:
    env.configure(f"[values]\n{column} = goud: P\n")
    env.write("a.csv", FILE)
    found = env.json("plan", "a.csv", status=status)
    assert message in " ".join([*found["notes"], str(found["error"])])


def test_an_export_is_read_as_it_is(env: SandboxEnv) -> None:
    env.write("a.csv", FILE)
    env.json("a.csv")
    env.run("export", "b.csv")
    env.configure("[values]\naccount.City = Gent: Aalst\naccount.Citi = x: y\n")
    assert env.json("plan", "b.csv")["rows"]["unchanged"] == 3


def test_values_say_to_which_company_a_row_goes(env: SandboxEnv) -> None:
    number = env.json("divisions")["divisions"][0]["code"]
    env.configure(f"[import]\ndivision = {{Land}}\n[values]\nLand = BE: {number}\n")
    env.write("a.csv", FILE)
    found = env.json("-n", "a.csv", status=1)
    assert [problem["line"] for problem in found["problems"]] == [4]
