"""What each column of a file is taken for, and how that gets into the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from configparser import ConfigParser
from pathlib import Path

import pytest

from permissions import is_private
from sandbox_env import SandboxEnv, table
from workbooks import make

HEADER = ("Klantnr", "Bedrijf", "Straat", "Nr", "Voornaam", "Achternaam", "E-mail", "Kleur")
ROWS = (
    ("1001", "Bakker BV", "Kerkstraat", "12", "An", "Peeters", "an@bakker.example", "rood"),
    ("1002", "Slager NV", "Markt", "1", "", "", "", "blauw"),
)


def _file(env: SandboxEnv, header: Sequence[str] = HEADER) -> Path:
    return env.write("people.csv", table(header, *ROWS, delimiter=";"))


def _sections(path: Path) -> dict[str, dict[str, str]]:
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # keeps Exact's own spelling
    parser.read_string(path.read_text("utf-8"))
    return {name: dict(parser[name]) for name in parser.sections()}


def test_map_shows_each_column_with_a_sample_and_its_meaning(env: SandboxEnv) -> None:
    ended = env.run("map", _file(env))
    assert ended.returncode == 0
    lines = {line.split("  ")[0]: line for line in ended.stdout.splitlines() if line[:1].isdigit()}
    assert len(lines) == len(HEADER)
    assert "Bedrijf" in lines["2"]
    assert "Bakker BV" in lines["2"]
    assert "account.Name" in lines["2"]
    assert "Name of the company" in lines["2"]
    assert "not used" in lines["8"]
    assert "account.AddressLine1 = {Straat} {Nr}" in ended.stdout
    assert "Fields of the account without a column: " in ended.stdout
    assert "VATNumber" in ended.stdout


def test_nothing_in_a_file_steers_the_terminal(env: SandboxEnv) -> None:
    file = env.write("x.csv", "Bedrijf,Kleur \x1b[31m\nBakker \x1b]0;x\x07,rood\n")
    assert "\x1b" not in env.run("map", file).stdout


def test_map_as_json(env: SandboxEnv) -> None:
    document = env.json("map", _file(env))
    columns = {column["header"]: column for column in document["columns"]}
    assert columns["Klantnr"]["fields"] == ["account.Code"]
    assert columns["Klantnr"]["sample"] == "1001"
    assert columns["Nr"]["fields"] == ["account.AddressLine1"]
    assert columns["Kleur"]["fields"] == []
    assert document["sections"]["contact"]["Email"] == "{E-mail}"
    assert "City" in document["remaining"]["account"]
    assert "Code" not in document["remaining"]["account"]
    assert document["written"] is None


def test_written_sections_do_what_the_headers_did(env: SandboxEnv) -> None:
    file = _file(env)
    env.configure("; a remark of mine\n[import]\n; and here\nreserve = 100\n")
    before = env.config.read_text("utf-8")
    ended = env.run("map", file, "--write")
    assert ended.returncode == 0, ended.stderr
    after = env.config.read_text("utf-8")
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    sections = _sections(env.config)
    assert sections["account"]["AddressLine1"] == "{Straat} {Nr}"
    assert sections["contact"] == {
        "FirstName": "{Voornaam}",
        "LastName": "{Achternaam}",
        "Email": "{E-mail}",
    }
    document = env.json("-c", env.config, file)
    assert document["accounts"]["create"] == 2
    assert document["contacts"]["create"] == 1
    assert env.contacts()[0]["Email"] == "an@bakker.example"


def test_writing_again_changes_nothing(env: SandboxEnv) -> None:
    file = _file(env)
    env.run("map", file, "--write")
    before = env.config.read_bytes()
    ended = env.run("map", file, "--write")
    assert (ended.returncode, env.config.read_bytes()) == (0, before)
    assert "already" in ended.stdout


def test_another_mapping_is_replaced_only_by_force(env: SandboxEnv) -> None:
    env.configure("[account]\n; whose name\nName = {Bedrijf}\n[contact]\n")
    before = env.config.read_bytes()
    file = _file(env, ("Code", "Firma", "Straat", "Nr", "Voornaam", "Achternaam", "Mail", "X"))
    ended = env.run("map", file, "--write")
    assert ended.returncode == 2
    assert "--force" in ended.stderr
    assert env.config.read_bytes() == before
    assert env.run("map", file, "--write", "--force").returncode == 0
    assert _sections(env.config)["account"]["Name"] == "{Firma}"
    assert "; whose name" in env.config.read_text("utf-8")
    assert env.json("--dry-run", file)["records"] == {"accounts": 2, "contacts": 1}


def test_a_mapping_that_does_not_fit_is_reported_and_left_aside(env: SandboxEnv) -> None:
    env.configure("[account]\nName = {Onderneming}\n")
    ended = env.run("map", _file(env))
    assert ended.returncode == 0
    assert "there is no column {Onderneming}" in ended.stderr
    assert "account.Name" in ended.stdout


def test_a_configuration_is_made_where_there_is_none(env: SandboxEnv) -> None:
    file = _file(env)
    path = env.folder / "new.ini"
    ended = env.run("map", file, "--write", "-c", path)
    assert ended.returncode == 0, ended.stderr
    assert f"Created {path}" in ended.stdout
    assert is_private(path)
    assert _sections(path)["account"]["Name"] == "{Bedrijf}"


def test_headers_of_every_kind_survive_the_ini(env: SandboxEnv) -> None:
    header = ("Naam; (bedrijf)", "Straat {x} = 100 %", "E-mail\nadres", "Fax:", "Fax:", "")
    row = ("Bakker", "y", "a@x.example", "b@x.example", "c@x.example", "z")
    text = ",".join(f'"{cell}"' for cell in header) + "\n" + ",".join(row) + "\n"
    file = env.write("odd.csv", text)
    document = env.json("map", file, "--write", "--delimiter", ",")
    assert env.json("map", file, "--delimiter", ",")["sections"] == document["sections"]
    assert env.run("--dry-run", file, "--delimiter", ",").returncode == 0


def test_columns_are_corrected_on_a_terminal(env: SandboxEnv) -> None:
    file = _file(env)
    # Code, company, street and number stay; the first name was none, the rest is right.
    answers = ["y", "", "", "", "", "-", "FullName", "", "account.Remarkz", "account.Remarks", "y"]
    status, output = env.at_terminal("map", str(file), answers=answers)
    assert status == 0, output
    assert "Did you mean account.Remarks?" in output
    sections = _sections(env.config)
    assert sections["contact"] == {"FullName": "{Achternaam}", "Email": "{E-mail}"}
    assert sections["account"]["Remarks"] == "{Kleur}"
    assert sections["account"]["AddressLine1"] == "{Straat} {Nr}"


def test_a_column_taken_out_of_several_leaves_the_others(env: SandboxEnv) -> None:
    file = _file(env)
    answers = ["y", "", "", "", "AddressLine2", "", "", "", "", "y"]
    status, output = env.at_terminal("map", str(file), answers=answers)
    assert status == 0, output
    account = _sections(env.config)["account"]
    assert (account["AddressLine1"], account["AddressLine2"]) == ("{Straat}", "{Nr}")


def test_nothing_is_written_unless_it_is_wanted(env: SandboxEnv) -> None:
    before = env.config.read_bytes()
    status, _ = env.at_terminal("map", str(_file(env)), answers=["n"])
    assert (status, env.config.read_bytes()) == (0, before)


def test_a_file_without_any_name(env: SandboxEnv) -> None:
    file = env.write("x.csv", "Kleur,Maat\nrood,3\n")
    assert env.run("map", file).returncode == 0
    ended = env.run("map", file, "--write")
    assert ended.returncode == 2
    assert "No column of" in ended.stderr


def test_map_checks_that_no_data_is_left_out(env: SandboxEnv) -> None:
    assert env.run("map", "--check", _file(env)).returncode == 0
    rows = (("Alfa BV", "a@alfa.example", "b@alfa.example"),)
    path = env.write("two.csv", table(["Bedrijf", "E-mail", "E-mail 2"], *rows))
    assert env.run("map", path).returncode == 0
    document = env.json("map", "--check", path, status=1)
    (unused,) = document["unused"]
    assert (unused["column"], unused["field"]) == ("E-mail 2", "Email")
    assert "holds e-mail addresses" in env.run("map", "--check", path).stdout


def test_map_says_why(env: SandboxEnv) -> None:
    header, row = ["Bedrijf", "Kanaal", "Kleur"], ["Alfa BV", "a@alfa.example", "rood"]
    path = env.write("a.csv", table(header, row, ["Beta NV", "b@beta.example", "blauw"]))
    why = [column["why"] for column in env.json("map", path)["columns"]]
    assert why[0][1] == "100% of its cells are names with a legal form"
    assert why[0][2] == "is used as account.Name, because its header names a company"
    assert why[1] == [
        "the header has no known word",
        "100% of its cells are e-mail addresses",
        "is used as account.Email, because the file names no people",
    ]
    assert why[2] == ["the header has no known word"]
    assert why[1][1] in env.run("map", "-v", path).stdout
    assert why[1][1] not in env.run("map", path).stdout


def test_map_says_what_a_column_could_also_be(env: SandboxEnv) -> None:
    path = env.write("a.csv", table(["Bedrijf", "Naam", "Voornaam"], ["Alfa", "Maes", "Jan"]))
    why = [column["why"] for column in env.json("map", path)["columns"]]
    beside = "because its header is a name, without saying whose"
    assert why[1][-1] == f"is used as contact.LastName, {beside}"
    path = env.write("b.csv", table(["Naam", "Contact"], ["Alfa", "Jan Maes"]))
    why = [column["why"] for column in env.json("map", path)["columns"]]
    assert why[0][-2:] == [
        f"is used as account.Name, {beside}",
        f"could also be contact.FullName, {beside}",
    ]


def test_map_says_which_column_is_split(env: SandboxEnv) -> None:
    path = env.write("a.csv", table(["Bedrijf", "Postcode en plaats"], ["Alfa BV", "9000 Gent"]))
    ended = env.run("map", path)
    assert "account.PostcodeCity: Postcode and City" in ended.stdout
    left = ended.stdout.split("Fields of the account without a column: ")[1]
    assert "Postcode" not in left.partition("(")[0]


@pytest.mark.parametrize("numbers", [("K1", "K2"), ("1001", "1002")])
def test_map_and_a_dry_run_say_the_same_of_own_numbers(
    env: SandboxEnv, numbers: tuple[str, str]
) -> None:
    rows = [[number, f"Bedrijf {number}"] for number in numbers]
    env.write("a.csv", table(["Klantnr", "Bedrijf"], *rows))
    start = '"Klantnr" has the numbers that your program gives its customers. They are remembered '
    (output,) = [line for line in env.run("map", "a.csv").stdout.splitlines() if start in line]
    checked = env.run("--dry-run", "a.csv").stdout
    table_row = env.run("map", "a.csv").stdout.splitlines()[1]
    assert ("own number" if numbers[0] == "K1" else "account.Code") in table_row
    if numbers[0] == "K1":
        assert "not sent: they have letters" in output
        assert output in checked
    else:
        assert "New accounts get them as codes, unless" in output
        assert "not sent" not in checked


def test_a_number_that_no_field_takes_is_an_own_number(env: SandboxEnv) -> None:
    env.write("a.csv", table(["ID", "Bedrijf"], ["x-1", "Bakker"], ["x-2", "Visser"]))
    (line,) = [one for one in env.run("map", "a.csv").stdout.splitlines() if "x-1" in one]
    assert "own number" in line


def test_map_shows_the_columns_of_another_contact(env: SandboxEnv) -> None:
    header = ["Bedrijf", "Contact 1 naam", "Contact 2 naam", "Kleur"]
    path = env.write("a.csv", table(header, ["Alfa BV", "Jan Maes", "An Vos", "rood"]))
    shown = env.run("map", path).stdout.splitlines()
    assert "another contact" in next(line for line in shown if "Contact 2 naam" in line)
    assert "not used" in next(line for line in shown if "Kleur" in line)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_a_mapping_cannot_say_is_reported(env: SandboxEnv, kind: str) -> None:
    rows = [["Firma", "Contact"], ["Alfa BV", "Dhr. J. Maes"]]
    file = env.write(f"a.{kind}", "")
    text = "".join(f"{';'.join(row)}\n" for row in rows)
    file.write_bytes(text.encode() if kind == "csv" else make("xlsx", {"Klanten": rows}))
    ended = env.run("map", file.name, "--write")
    assert (
        "With this mapping, 1 row is read differently than without it (contact.Gender)"
        in ended.stdout
    )
    again = env.run("map", file.name, "--write")
    assert "differently" not in again.stdout
